"""Replay: how long a seek takes to a complete picture, and how late the desk's thread comes while it plays at 60x.

    python -m tests.bench.replay [--tags 1000] [--records 250000] [--minutes 30] [--play-s 12] [--data FOLDER]

A station, in a process of its own and with its field alive, over a journal of that many records of thirty days and samples of
every tag each second for the last minutes of them (`--data` keeps it for the next time); then a real desk that seeks and plays.
How late a thread comes is told without the time it waited for a processor, which on a busy machine is others' doing.
"""

import argparse
import asyncio
import gc
import json
import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from app.domain.alarm import AlarmState, What
from app.domain.instant import DAY, MINUTE, SECOND, Instant, to_datetime, to_rfc3339
from app.domain.plant import Layout, LayoutItem, Site, Source
from app.domain.sample import Sample, good
from app.domain.tag import Limits, Tag
from app.station.past import START
from app.store import open_store
from app.store.ports import Store
from app.store.rows import OccurrenceRow, Record
from drivers.base import DriverContext, Sink
from tests.bench.rig import PASSWORD, USER, StationProcess, point, quantile, site_of, station_process, station_with
from tests.bench.turns import lag_of, loop_lag

SEEKS = 15
SLICES = 20
LAGS, ENDS = "lags.json", "ends"
LIMITS = Limits(h=80.0)


class Steady:
    """All tags once a second, in slices, below their limit. Meters the loop it runs on, into a file."""

    def __init__(self, source: Source, tags: Sequence[Tag], context: DriverContext) -> None:
        self._tags, self._now = [one.tag for one in tags], context.now

    async def run(self, sink: Sink) -> None:
        sink.up()
        lags: list[float] = []
        meter = asyncio.create_task(loop_lag(lags))
        size = -(-len(self._tags) // SLICES)
        try:
            while True:
                for part in range(SLICES):
                    first, now = part * size, self._now()
                    mine = enumerate(self._tags[first : first + size], first)
                    sink.publish([good(one, 50.0 + (now // SECOND + n) % 97 / 10, now, now) for n, one in mine])
                    await asyncio.sleep(1 / SLICES)
                await asyncio.to_thread(self._write, [round(one, 2) for one in lags[-5000:]])
        finally:
            meter.cancel()

    @staticmethod
    def _write(lags: list[float]) -> None:
        whole = Path(os.environ["BENCH_LAGS"])
        half = whole.with_suffix(".new")
        half.write_text(json.dumps([time.time(), lags]), "utf-8")
        half.replace(whole)


def a_plant(count: int) -> Site:
    """`count` tanks with a level each, on one picture."""
    names = [f"TK{n}.LT" for n in range(count)]
    side = int(count**0.5) + 1
    items = tuple(
        LayoutItem(
            f"i{n}", "tank.vertical", 5 + n % side * 10, 5 + n // side * 10, 8, 8, equipment="V-101", bind={"level": name}
        )
        for n, name in enumerate(names)
    )
    layout = Layout("farm", "罐区", 2, (0, 0, side * 10 + 10, side * 10 + 10), items)
    source = Source("dcs", "modbus_tcp", "tcp://127.0.0.1:9")
    site = site_of(source, [point(name, f"HR:{n}", LIMITS, stale_s=600.0) for n, name in enumerate(names)])
    return replace(site, layouts=(layout,))


def fill_journal(store: Store, tags: tuple[Tag, ...], count: int, end: Instant) -> None:
    """Alarms that come, are acknowledged and go, as a real station would have written them."""
    begin = end - 30 * DAY
    store.journal.append([Record(begin - SECOND, "system", "@station", data={"what": START, "clean": True})])
    step = 30 * DAY // count
    records: list[Record] = []
    rows: list[OccurrenceRow] = []
    moves = ((What.RAISED, "NORM", "UNACK"), (What.ACKNOWLEDGED, "UNACK", "ACKED"), (What.CLEARED, "ACKED", "NORM"))
    for n in range(count):
        number, move = n // 60 * 20 + n % 20, n % 60 // 20  # twenty alarms stand at a time
        what, before, after = moves[move]
        name, at = tags[number * 7919 % len(tags)].tag, begin + n * step
        data: dict[str, Any] = {
            "after": after, "annunciate": what is What.RAISED, "before": before, "limit": 80.0, "note": "", "priority": "high",
            "rule": "H", "source_time": to_rfc3339(at), "value": 85.5, "what": what.value,
        }  # fmt: skip
        records.append(Record(at, "alarm", "wang" if move == 1 else "", name, number + 1, data))
        if what is What.RAISED:
            state = AlarmState.NORM.value
            rows.append(OccurrenceRow(number + 1, name, "H", "high", "V-101", state, 85.5, 80.0, "%", "高报", at, at + MINUTE))
        if len(records) >= 5000 or n == count - 1:
            store.journal.append(records, {}, rows)
            records, rows = [], []


def fill_history(store: Store, tags: tuple[Tag, ...], minutes: int, end: Instant) -> None:
    for second in range(minutes * 60):
        at = end - minutes * MINUTE + second * SECOND
        samples: list[Sample] = [
            good(one.tag, 50.0 + (second * 7 + n * 13) % 200 / 10, at - 20_000, at + n) for n, one in enumerate(tags)
        ]
        store.historian.append(samples)


def text(at: Instant) -> str:
    return to_datetime(at).isoformat().replace("+00:00", "Z")


def told(name: str, times: Sequence[float], more: str = "") -> None:
    found = f"median {statistics.median(times):.0f} ms, worst of {len(times)} {max(times):.0f} ms"
    print(f"{name}: {found}{more} (load {os.getloadavg()[0]:.1f})", flush=True)


class Measured:
    """The station seen from outside: what an answer takes, and how its event loop fares meanwhile."""

    def __init__(self, station: StationProcess, lags: Path) -> None:
        self._station, self._lags = station, lags

    def wait_for_index(self, records: int) -> None:
        began = time.perf_counter()
        store = open_store(self._station.data, exclusive=False)
        try:
            while (newest := store.moments.newest()) is None or newest.id < records // 1000 * 1000:
                time.sleep(0.5)
        finally:
            store.close()
        print(f"index of {records} records made in the background: {time.perf_counter() - began:.0f} s", flush=True)

    def asked(self, name: str, path: str, asked: Sequence[dict[str, Any]]) -> None:
        took, size, cpu, began = [], 0, self._station.cpu_s(), time.time()
        for params in asked:
            at = time.perf_counter()
            size = max(size, len(self._station.fetch(path, **params)))
            took.append((time.perf_counter() - at) * 1000)
        cpu = (self._station.cpu_s() - cpu) / len(asked) * 1000
        told(name, took, f", {cpu:.0f} ms of a core each, {size / 1e6:.1f} MB; {_late(self._since(began))}")

    def quiet(self, seconds: float) -> None:
        began = time.time()
        time.sleep(seconds)
        lags = self._since(began)
        print(
            f"nobody looks back: the station's event loop late by p99 {quantile(lags, 0.99):.1f} ms, worst {max(lags):.1f} ms"
        )

    def _since(self, began: float) -> list[float]:
        ended = time.time()
        while (found := json.loads(self._lags.read_text("utf-8")))[0] < ended:
            time.sleep(0.05)
        count = max(1, round((found[0] - began) / 0.0055))
        return list(found[1][-count:])


def _late(lags: Sequence[float]) -> str:
    return f"the station's event loop late by p99 {quantile(lags, 0.99):.1f} ms, worst {max(lags):.1f} ms"


def measure(station: StationProcess, wanted: argparse.Namespace, end: Instant, lags: Path) -> None:
    measured = Measured(station, lags)
    measured.wait_for_index(wanted.records)
    chance = random.Random(5)
    recent = [end - chance.randrange(wanted.minutes * 60) * SECOND for _ in range(SEEKS)]
    old = [end - chance.randrange(30 * DAY) for _ in range(SEEKS)]
    measured.quiet(5.0)
    measured.asked("first seek", "/replay/at", [{"at": text(recent[0])}])
    measured.asked("seek, values and alarms", "/replay/at", [{"at": text(at)} for at in recent])
    measured.asked("seek, anywhere in 30 days", "/replay/at", [{"at": text(at)} for at in old])
    spans = [{"start": text(at - 4 * MINUTE), "end": text(at - MINUTE), "step_s": 15} for at in recent[:8]]
    measured.asked("three minutes at 60x", "/replay/span", spans)


async def play(url: str, folder: Path, start: Instant, end: Instant, seconds: float) -> None:
    from tests.console.rig import desk_at, type_login, until

    async with desk_at(folder, url, pages=("replay",)) as desk:
        type_login(desk, PASSWORD, USER)
        await until(
            lambda: bool(desk.state.site.tags) and desk.state.feed.heard_at is not None and desk.seat.role is not None, 60
        )
        page = desk.window.page_named("replay")
        assert page is not None
        desk.seat.replay_wanted.emit(start, end, start, [])
        await until(lambda: bool(page.plant._values), 30)
        gc.freeze()  # as the program does when somebody has logged in
        await asyncio.sleep(3.0)
        await seek(page, start, end, until)
        page.moment.go(start)
        await asyncio.sleep(3.0)
        page.moment.set_speed(60.0)
        page.moment.play(True)
        late: list[float] = []
        own: list[float] = []
        timer = lag_of(page, late, own)
        before, at = time.perf_counter(), page.moment.at
        await asyncio.sleep(seconds)
        timer.stop()
        gone = (page.moment.at - at) / SECOND / (time.perf_counter() - before)
        found = (
            f"median {statistics.median(own) - 10:.1f} ms, p99 {quantile(own, 0.99) - 10:.1f} ms, worst {max(own) - 10:.1f} ms"
        )
        waited = f"with the waiting for a processor worst {max(late) - 10:.0f} ms"
        print(f"60x: {gone:.1f}x reached; the Qt thread late by {found}; {waited} (load {os.getloadavg()[0]:.1f})", flush=True)


async def seek(page: Any, start: Instant, end: Instant, until: Callable[..., Any]) -> None:
    """From the click to the last value of it on the plan."""
    took = []
    chance = random.Random(7)
    for _ in range(SEEKS):
        at = start + chance.randrange(end - start)
        began = time.perf_counter()
        page.moment.go(at)
        await until(lambda at=at: _stands_at(page, at), 30)
        took.append((time.perf_counter() - began) * 1000)
        await asyncio.sleep(0.3)
    told("seek at the desk, until every value of it is on the plan", took)


def _stands_at(page: Any, at: Instant) -> bool:
    shown = [slot.sample.receive_time for item in page.plant.view._items for slot in item.slots]
    return at - 2 * SECOND < min(shown) and max(shown) <= at


def main(wanted: argparse.Namespace, folder: Path) -> None:
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    os.environ["BENCH_LAGS"] = str(folder / LAGS)
    site, ends = a_plant(wanted.tags), folder / ENDS
    if not ends.exists():
        end = time.time_ns() // 1000 - MINUTE
        store = open_store(folder / "data")
        fill_journal(store, site.tags, wanted.records, end)
        fill_history(store, site.tags, wanted.minutes, end)
        store.close()
    with station_process(folder, None if ends.exists() else site, ("tests.bench.replay", "--station")) as station:
        if not ends.exists():
            ends.write_text(str(end))
        end = int(ends.read_text())
        measure(station, wanted, end, folder / LAGS)
        from PySide6.QtWidgets import QApplication

        from tests.console.rig import run_ui

        application = QApplication([])
        start = end - (wanted.minutes - 2) * MINUTE
        run_ui(application, play(station.url, folder / "desk", start, end, wanted.play_s))


if __name__ == "__main__":
    if "--station" in sys.argv:
        raise SystemExit(station_with(Steady))
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tags", type=int, default=1000)
    parser.add_argument("--records", type=int, default=250_000)
    parser.add_argument("--minutes", type=int, default=30)
    parser.add_argument("--play-s", type=float, default=12.0)
    parser.add_argument("--data", type=Path)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        main(asked, asked.data or Path(made))

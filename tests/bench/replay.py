"""Replay: how long a seek takes to a complete picture, and how late the desk's beat comes while it plays at 60x.

    python -m tests.bench.replay [--tags 1000] [--records 250000] [--minutes 30] [--play-s 12]

A station over a journal of that many records of thirty days, with samples of every tag each second for the last minutes of
them. Prints one line each: the first index, the seek over HTTP (median, worst of 15 random moments), the same with what the
journal alone takes, a page of a span at 60x, and the lateness of a 20 ms timer on the Qt thread of a real desk that plays.
"""

import argparse
import asyncio
import os
import random
import statistics
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from app.domain.alarm import AlarmState, What
from app.domain.instant import DAY, MINUTE, SECOND, Instant, to_datetime, to_rfc3339
from app.domain.plant import Layout, LayoutItem, Site
from app.domain.sample import Sample, good
from app.domain.tag import Tag
from app.station.past import START
from app.store import open_store
from app.store.ports import Store
from app.store.rows import OccurrenceRow, Record
from tests.console.real_station import RealStation
from tests.console.rig import desk_at, run_ui, type_login, until
from tests.station.rig import PASSWORD, a_site, people_in, tag
from widgets.replay.page import ReplayPage

SEEKS = 15
FRAME_MS = 20


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
    return replace(a_site(*(tag(name) for name in names)), layouts=(layout,))


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


async def timed(rig: Any, path: str, **params: Any) -> tuple[float, float, int]:
    """Milliseconds by the clock, of the processor, and bytes."""
    began, worked = time.perf_counter(), time.process_time()
    answer = await rig.raw("GET", path, params=params)
    assert answer.status_code == 200, answer.text
    return (time.perf_counter() - began) * 1000, (time.process_time() - worked) * 1000, len(answer.content)


def told(name: str, times: list[float]) -> None:
    print(f"{name}: median {statistics.median(times):.0f} ms, worst of {len(times)} {max(times):.0f} ms", flush=True)


async def play(url: str, folder: Path, start: Instant, end: Instant, seconds: float) -> None:
    async with desk_at(folder, url, pages=("replay",)) as desk:
        type_login(desk, PASSWORD, "wang")
        await until(
            lambda: bool(desk.state.site.tags) and desk.state.feed.heard_at is not None and desk.seat.role is not None, 60
        )
        page = desk.window.page_named("replay")
        assert isinstance(page, ReplayPage)
        desk.seat.replay_wanted.emit(start, end, start, [])
        await until(lambda: bool(page.plant._values), 30)
        await asyncio.sleep(3.0)
        page.moment.set_speed(60.0)
        page.moment.play(True)
        late: list[float] = []
        ends = time.perf_counter() + seconds
        before = time.perf_counter()
        at = page.moment.at
        while (now := time.perf_counter()) < ends:
            await asyncio.sleep(FRAME_MS / 1000)
            late.append((time.perf_counter() - now) * 1000 - FRAME_MS)
        gone = (page.moment.at - at) / SECOND / (time.perf_counter() - before)
        late.sort()
        print(
            f"60x: {gone:.1f}x reached; the Qt thread late by median {statistics.median(late):.1f} ms, "
            f"p99 {late[len(late) * 99 // 100]:.1f} ms, worst {late[-1]:.1f} ms",
            flush=True,
        )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--tags", type=int, default=1000)
    parser.add_argument("--records", type=int, default=250_000)
    parser.add_argument("--minutes", type=int, default=30)
    parser.add_argument("--play-s", type=float, default=12.0)
    wanted = parser.parse_args()
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "station"
        people_in(data)
        site = a_plant(wanted.tags)
        end = time.time_ns() // 1000 - MINUTE
        store = open_store(data)
        fill_journal(store, site.tags, wanted.records, end)
        fill_history(store, site.tags, wanted.minutes, end)
        store.close()
        with RealStation(data, site) as station:
            measure(station, wanted, end)
            from PySide6.QtWidgets import QApplication

            application = QApplication([])
            start = end - (wanted.minutes - 2) * MINUTE
            run_ui(application, play(station.url, Path(folder) / "desk", start, end, wanted.play_s))


def measure(station: RealStation, wanted: argparse.Namespace, end: Instant) -> None:
    replay = station.rig.station.replay
    began = time.perf_counter()
    store = station.rig.station.store
    while (newest := store.moments.newest()) is None or newest.id < wanted.records // 1000 * 1000:
        time.sleep(0.2)
    print(f"index of {wanted.records} records made in the background: {time.perf_counter() - began:.0f} s", flush=True)
    chance = random.Random(5)
    recent = [end - chance.randrange(wanted.minutes * 60) * SECOND for _ in range(SEEKS)]
    old = [end - chance.randrange(30 * DAY) for _ in range(SEEKS)]
    get = lambda path, **params: station.do(lambda rig: timed(rig, path, **params))  # noqa: E731
    get("/replay/at", at=text(recent[0]))
    for name, moments in (("seek, values and alarms", recent), ("seek, anywhere in 30 days", old)):
        found = [get("/replay/at", at=text(at)) for at in moments]
        told(name, [took for took, _, _ in found])
        told("  of the processor", [worked for _, worked, _ in found])
    alone = []
    for at in old:
        began = time.perf_counter()
        replay._index.board(replay._index.last_not_after(at))
        alone.append((time.perf_counter() - began) * 1000)
    told("  of it the journal", alone)
    times, sizes = [], []
    for at in recent[:8]:
        span = {"start": text(at - 4 * MINUTE), "end": text(at - MINUTE), "step_s": 15}
        took, _, size = get("/replay/span", **span)
        times.append(took)
        sizes.append(size)
    told(f"three minutes at 60x ({max(sizes) / 1e6:.1f} MB)", times)


if __name__ == "__main__":
    main()

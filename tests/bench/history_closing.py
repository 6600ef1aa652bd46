"""Bench: what writing the history costs a station, and whether its closing and merging hold up alarms.

    python -m tests.bench.history_closing [--seconds 20] [--minutes 0] [--tags 20000]

Each station is a process of its own whose field says 20,000 values a second, some of which rise over their limit and stay. The
first one has nothing to close; the second begins with samples that are due to be closed and an hour of chunks that are due to
be merged, so that both go on all the time. With `--minutes 10` a single one, in which the closing falls due after a minute and
the merging of the whole hour, six times a ten minutes' share of it, after three.

The lag is how much later than asked a task on the station's event loop runs that sleeps for 5 ms; `own` is without the time
its thread waited for a processor, which other programs decide (Linux). An alarm is timed from the value to a feed client in
another process, an acknowledgement to its durable answer over HTTP, and the disk alone makes 4 kB safe beside them. One line a
station.
"""

import argparse
import asyncio
import json
import multiprocessing
import os
import sqlite3
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import insert, select

from app.domain.instant import HOUR, MINUTE, SECOND, Instant
from app.domain.plant import Source
from app.domain.sample import good
from app.domain.tag import Limits, Tag
from app.store import open_store, tables
from app.store.historian import StationHistorian
from app.store.history_chunks import FRESH, MERGED, STAGES
from app.store.history_hot import GROUP, group_of, rows_of
from app.store.samples import Block
from drivers.base import DriverContext, Sink
from tests.bench.rig import StationProcess, disk_probe, in_ms, point, quantile, site_of, station_process, station_with
from tests.bench.storm import listen

SLICES = 20
A_SECOND = 2  # tags that rise
LAGS = "lags.json"
Histogram = Counter[int]  # of milliseconds


class Steady:
    """All tags once a second, in slices; some more stand above their limit each time. Meters the loop it runs on."""

    def __init__(self, source: Source, tags: Sequence[Tag], context: DriverContext) -> None:
        self._tags, self._now = [t.tag for t in tags], context.now
        self._late, self._own = Histogram(), Histogram()

    async def run(self, sink: Sink) -> None:
        sink.up()
        meter = asyncio.create_task(self._meter())
        size = -(-len(self._tags) // SLICES)
        began, turn = time.monotonic(), 0
        try:
            while True:
                for number in range(SLICES):
                    await asyncio.sleep(max(0.0, began + turn + number / SLICES - time.monotonic()))
                    now, first, risen = self._now(), number * size, A_SECOND * turn
                    part = self._tags[first : first + size]
                    values = [95.0 if n < risen else 40 + (n + turn) % 97 / 10 for n in range(first, first + len(part))]
                    sink.publish([good(tag, value, now, now) for tag, value in zip(part, values, strict=True)])
                turn += 1
                await asyncio.to_thread(self._write, json.dumps([dict(self._late), dict(self._own)]))
        finally:
            meter.cancel()

    @staticmethod
    def _write(lags: str) -> None:
        whole = Path(os.environ["BENCH_LAGS"])
        half = whole.with_suffix(".new")
        half.write_text(lags, "utf-8")
        half.replace(whole)

    async def _meter(self) -> None:
        waited = _waited()
        while True:
            began, before = time.perf_counter(), waited
            await asyncio.sleep(0.005)
            late = time.perf_counter() - began - 0.005
            waited = _waited()
            self._late[round(1000 * late)] += 1
            self._own[round(1000 * max(0.0, late - (waited - before) / 1e9))] += 1


def _waited() -> int:
    """Nanoseconds that this thread was ready to run and had no processor."""
    try:
        return int(Path(f"/proc/self/task/{threading.get_native_id()}/schedstat").read_text().split()[1])
    except OSError:
        return 0


def seed(data: Path, tags: Sequence[str], close_in: Instant, merge_in: Instant, seconds: int) -> None:
    """So many seconds of samples that become due to be closed `close_in` after now, and an hour of chunks that become due to
    be merged `merge_in` after now. One group of tags is closed for real, the others repeat it."""
    store = open_store(data)
    historian = store.historian
    assert isinstance(historian, StationHistorian)
    mine = StationHistorian(historian._database, 10 * HOUR, 10**9, 10 * HOUR)
    now = time.time_ns() // 1000
    begin = now - HOUR - 10 * MINUTE + merge_in
    mine.append([good(tag, 0.0, begin - HOUR, begin - HOUR) for tag in tags])
    mine.close_batches(merge=True)
    for second in range(3600):
        at = begin + second * SECOND
        mine.append([good(tag, 40 + (n + second) % 97 / 10, at, at + 900) for n, tag in enumerate(tags[:GROUP])])
        if second % 600 == 599:
            mine.close_batches()
    with historian._database.write() as connection:
        chunks = [dict(one._mapping) for one in connection.execute(select(tables.chunk).where(tables.chunk.c.stage == FRESH))]
        axes = [dict(one._mapping) for one in connection.execute(select(tables.axis).where(tables.axis.c.grp == 0))]
        step = 1 + max(one["id"] for one in (*chunks, *axes)) + len(tags)
        for group in range(1, group_of(len(tags)) + 1):
            more, low = group * step, group * GROUP
            connection.execute(insert(tables.axis), [{**one, "id": one["id"] + more, "grp": group} for one in axes])
            fresh = [{**one, "id": one["id"] + more, "tag": one["tag"] + low, "axis": one["axis"] + more} for one in chunks]
            connection.execute(insert(tables.chunk), [one for one in fresh if one["tag"] <= len(tags)])
        places, next_id = np.arange(1, len(tags) + 1, dtype=np.int32), 1
        first = now - 10 * MINUTE + close_in
        for begin in range(first, first + seconds * SECOND, SECOND):
            at = np.full(len(tags), begin, np.int64)
            rows = rows_of(places, Block(at, at + 900, 40 + places % 97 / 10, np.zeros(len(tags), np.uint16)), next_id)
            connection.execute(insert(tables.hot), rows)
            next_id += len(rows)
    store.close()


def people(station: StationProcess, seconds: float) -> list[float]:
    """Acknowledges what rises, one by one; seconds each confirmation took."""
    took, ends = [], time.monotonic() + seconds
    while time.monotonic() < ends:
        began = time.monotonic()
        for alarm in station.get("/alarms", view="unacked"):
            asked = time.perf_counter()
            answer = station.post(f"/alarms/{alarm['occurrence']}/ack", {"note": "bench"})
            took.append(time.perf_counter() - asked)
            assert answer.status_code == 200, answer.text
        time.sleep(max(0.0, min(began + 1, ends) - time.monotonic()))
    return took


def run(what: str, tags: int, seconds: float, due: tuple[Instant, Instant, int] | None) -> None:
    """`due`: see `seed`."""
    names = [f"A{n:05}" for n in range(tags)]  # groups are made in the order of names
    points = [point(name, f"HR:{n}", Limits(h=80.0), stale_s=600.0) for n, name in enumerate(names)]
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ["BENCH_LAGS"] = str(folder / LAGS)
        if due is not None:
            seed(folder / "data", names, *due)
        site = site_of(Source("dcs", "modbus_tcp", "tcp://127.0.0.1:9"), points)
        with station_process(folder, site, ("tests.bench.history_closing", "--station")) as station:
            client = context.Process(target=listen, args=(station.feed, theirs), daemon=True)
            client.start()
            station.wait_for(lambda: station.get("/status")["counts"]["good"] >= tags)
            station.wait_for(lambda: station.get("/status")["counts"]["clients"])
            people(station, 3)
            before, values, cpu, lags_before = _history(station), station.samples(), station.cpu_s(), _lags(folder)
            stages, began = _stages(folder), time.monotonic()
            with disk_probe(folder) as disk:
                confirmed = people(station, seconds)
            lasted = time.monotonic() - began
            after, share, rate = _history(station), station.cpu_s() - cpu, (station.samples() - values) / lasted
            thread = after["cpu_s"] - before["cpu_s"]
            late, own = (now - then for now, then in zip(_lags(folder), lags_before, strict=True))
            chunks = [now - then for now, then in zip(_stages(folder), stages, strict=True)]
            ours.send(None)
            heard = [lag for _, lag in ours.recv()]
            client.join()
    print(
        f"{what}: {rate:.0f} values/s for {lasted:.0f} s, chunks {chunks[FRESH]:+d} fresh and "
        f"{chunks[MERGED]:+d} merged, {after['lost']} samples lost; station "
        f"{100 * share / lasted:.1f} % of a core, of it the history's thread {100 * thread / lasted:.1f} %, its longest "
        f"call {1000 * after['longest_s']:.0f} ms; {len(heard)} alarms heard after p50/p99 {in_ms(heard)}, "
        f"{len(confirmed)} acknowledgements confirmed {in_ms(confirmed)}, the disk alone {in_ms(disk)}; event loop late p99 "
        f"{_quantile(late, 0.99)} ms, worst {max(late)}, own p99 {_quantile(own, 0.99)} ms, worst {max(own)} "
        f"(load of the machine {os.getloadavg()[0]:.1f})",
        flush=True,
    )


def _history(station: StationProcess) -> dict[str, Any]:
    found: dict[str, Any] = station.get("/status")["store"]["history"]
    return found


def _stages(folder: Path) -> list[int]:
    """Chunks by stage."""
    with closing(sqlite3.connect(folder / "data" / "history.db", timeout=30)) as database:
        found = dict(database.execute("SELECT stage, count(*) FROM sample_chunk GROUP BY stage").fetchall())
    return [found.get(stage, 0) for stage in STAGES]


def _lags(folder: Path) -> tuple[Histogram, Histogram]:
    late, own = json.loads((folder / LAGS).read_text("utf-8"))
    return Histogram({int(ms): n for ms, n in late.items()}), Histogram({int(ms): n for ms, n in own.items()})


def _quantile(of: Histogram, share: float) -> int:
    return quantile(sorted(of.elements()), share)  # type: ignore[return-value]


if __name__ == "__main__":
    if "--station" in sys.argv:
        raise SystemExit(station_with(Steady))
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tags", type=int, default=20_000)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--minutes", type=float, default=0.0)
    wanted = parser.parse_args()
    if wanted.minutes:
        run("sustained writing", wanted.tags, 60 * wanted.minutes, (MINUTE, 3 * MINUTE, 540))
    else:
        run("without closing", wanted.tags, wanted.seconds, None)
        run("while closing and merging", wanted.tags, wanted.seconds, (0, 0, 60))

"""Bench: does the historian's closing and merging hold up the station? Event loop and acknowledgements with and without it.

    python -m tests.bench.history_closing [--seconds 15] [--tags 20000]

Two stations one after the other, each a process of its own with 20,000 values a second. The second one begins with ten minutes
of samples that are due to be closed and an hour-old ones that are due to be merged, so that both go on all the time. The lag is
how much later than asked a task on the station's event loop runs that sleeps for 5 ms; the confirmation is the durable answer
to an acknowledgement over HTTP. Two lines.
"""

import argparse
import asyncio
import json
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from app.domain.instant import HOUR, MINUTE, SECOND
from app.domain.plant import Source
from app.domain.sample import good
from app.domain.tag import Limits, Tag
from app.station.main import run_station
from app.store import open_store
from app.store.historian import StationHistorian
from drivers.base import DriverContext, Sink
from drivers.registry import DRIVERS
from tests.bench.rig import in_ms, point, quantile, site_of, station_process

SLICES = 20
ALARMS = 500
LAGS = "lags.json"


class Steady:
    """All tags once a second, in slices; the first few stand above their limit. Meters the loop it runs on."""

    def __init__(self, source: Source, tags: Sequence[Tag], context: DriverContext) -> None:
        self._tags, self._now = [t.tag for t in tags], context.now

    async def run(self, sink: Sink) -> None:
        sink.up()
        lags: list[float] = []
        meter = asyncio.create_task(self._meter(lags))
        size = -(-len(self._tags) // SLICES)
        began, turn = time.monotonic(), 0
        try:
            while True:
                for number in range(SLICES):
                    await asyncio.sleep(max(0.0, began + turn + number / SLICES - time.monotonic()))
                    now, first = self._now(), number * size
                    part = self._tags[first : first + size]
                    values = [95.0 if n < ALARMS else 40 + (n + turn) % 97 / 10 for n in range(first, first + len(part))]
                    sink.publish([good(tag, value, now, now) for tag, value in zip(part, values, strict=True)])
                turn += 1
                await asyncio.to_thread(self._write, list(lags))
        finally:
            meter.cancel()

    @staticmethod
    def _write(lags: list[float]) -> None:
        whole = Path(os.environ["BENCH_LAGS"])
        half = whole.with_suffix(".new")
        half.write_text(json.dumps(lags), "utf-8")
        half.replace(whole)

    async def _meter(self, lags: list[float]) -> None:
        while True:
            began = time.perf_counter()
            await asyncio.sleep(0.005)
            lags.append(time.perf_counter() - began - 0.005)


def seed(data: Path, tags: Sequence[str]) -> None:
    """Samples of an hour and a half ago in small chunks, and such of eleven minutes ago that are not closed yet."""
    store = open_store(data)
    historian = store.historian
    assert isinstance(historian, StationHistorian)
    waiting = StationHistorian(historian._database, 10 * HOUR, 10**9, 10 * HOUR)
    now = time.time_ns() // 1000
    for begin, seconds, close in ((now - 90 * MINUTE, 120, True), (now - 16 * MINUTE, 240, False)):
        for second in range(seconds):
            at = begin + second * SECOND
            waiting.append([good(tag, 40 + (n + second) % 97 / 10, at, at + 900) for n, tag in enumerate(tags)])
        if close:
            waiting.close_batches()
    store.close()


def run(tags: int, seconds: float, busy: bool) -> None:
    names = [f"A{n}" for n in range(tags)]
    points = [point(name, f"HR:{n}", Limits(h=80.0), stale_s=600.0) for n, name in enumerate(names)]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ["BENCH_LAGS"] = str(folder / LAGS)
        if busy:
            seed(folder / "data", names)
        site = site_of(Source("dcs", "modbus_tcp", "tcp://127.0.0.1:9"), points)
        with station_process(folder, site, ("tests.bench.history_closing", "--station")) as station:
            station.wait_for(lambda: station.get("/status")["counts"]["good"] >= tags)
            alarms = station.get("/alarms")
            time.sleep(3)
            before, cpu, lags_before = _status(station), station.cpu_s(), len(_lags(folder))
            began, took = time.monotonic(), []
            for alarm in alarms:
                asked = time.perf_counter()
                answer = station.post(f"/alarms/{alarm['occurrence']}/ack", {"note": "bench"})
                took.append(time.perf_counter() - asked)
                assert answer.status_code == 200, answer.text
                time.sleep(0.05)
                if time.monotonic() - began > seconds:
                    break
            lasted = time.monotonic() - began
            after, share = _status(station), 100 * (station.cpu_s() - cpu) / lasted
            lags = _lags(folder)[lags_before:]
    thread = 100 * (after["cpu_s"] - before["cpu_s"]) / lasted
    what = "while closing and merging" if busy else "without closing"
    print(
        f"{what}: {tags} values/s, event loop late p99 {1000 * quantile(lags, 0.99):.1f} ms, worst {1000 * max(lags):.0f} ms; "
        f"{len(took)} acknowledgements confirmed p50/p99 {in_ms(took)}, worst {1000 * max(took):.0f} ms; "
        f"the history's thread {thread:.1f} % of a core, its longest call {1000 * after['longest_s']:.0f} ms; "
        f"station {share:.0f} % (load {os.getloadavg()[0]:.1f})",
        flush=True,
    )


def _status(station: Any) -> dict[str, Any]:
    found: dict[str, Any] = station.get("/status")["store"]["history"]
    return found


def _lags(folder: Path) -> list[float]:
    found: list[float] = json.loads((folder / LAGS).read_text("utf-8") or "[]")
    return found


def _station(arguments: Sequence[str]) -> int:
    DRIVERS["modbus_tcp"] = Steady
    reader = argparse.ArgumentParser()
    for name in ("--site", "--data", "--port"):
        reader.add_argument(name)
    given = reader.parse_args(arguments)
    return run_station(Path(given.site), Path(given.data), port=int(given.port))


if __name__ == "__main__":
    if "--station" in sys.argv:
        raise SystemExit(_station([word for word in sys.argv[1:] if word != "--station"]))
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tags", type=int, default=20_000)
    parser.add_argument("--seconds", type=float, default=15.0)
    wanted = parser.parse_args()
    for is_busy in (False, True):
        run(wanted.tags, wanted.seconds, is_busy)

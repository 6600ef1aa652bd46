"""What a value costs the station: `python -m tests.bench.station [--tags N] [--seconds S] [--clients N]`.

A whole station in this process (real store, HTTP, WebSocket) with a driver that changes every tag once a second, and clients
in a process of their own. One line: CPU of the station per value through ingest, engine, history and feed; start; memory.
"""

import argparse
import asyncio
import multiprocessing
import resource
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from app.domain.plant import Source
from app.domain.roles import Role
from app.domain.sample import Sample, good
from app.domain.tag import Tag
from app.station.api import make_api
from app.station.memory import settle_memory
from app.station.server import listen, serving
from app.station.station import Given, Station
from app.store import open_store
from app.store.rows import Account
from drivers.base import Driver, DriverContext, Sink
from tests.station.rig import a_site, tag

BATCHES = 20  # a second's values come in so many notifications


class Steady:
    """Every tag once a second, well inside its limits; the samples are made before, a real driver's cost is its own."""

    def __init__(self, source: Source, tags: Sequence[Tag], context: DriverContext) -> None:
        self._tags, self._now = tags, context.now
        self.published = 0
        self.making = 0.0

    async def run(self, sink: Sink) -> None:
        sink.up()
        size = len(self._tags) // BATCHES
        turn = 0
        due = time.monotonic()
        while self._tags:
            begin = turn % BATCHES * size
            t0 = time.thread_time()
            now = self._now()
            value = 50.0 + turn % 7
            batch: list[Sample] = [good(t.tag, value, now, now) for t in self._tags[begin : begin + size]]
            self.making += time.thread_time() - t0
            sink.publish(batch)
            self.published += len(batch)
            turn += 1
            due += 1 / BATCHES
            await asyncio.sleep(max(0.0, due - time.monotonic()))
        await asyncio.Future()


def _client(address: str, seconds: float) -> None:
    from websockets.sync.client import connect

    with connect(address, max_size=None, proxy=None) as socket:
        ends = time.monotonic() + seconds
        while time.monotonic() < ends:
            socket.recv()


async def bench(count: int, seconds: float, clients: int) -> None:
    site = a_site(*(tag(f"T{i:05}") for i in range(count)))
    made: list[Steady] = []

    def factory(source: Source, tags: Sequence[Tag], context: DriverContext) -> Driver:
        made.append(Steady(source, tags, context))
        return made[-1]

    with tempfile.TemporaryDirectory() as folder:
        store = open_store(Path(folder))
        began = time.perf_counter()
        station = await Station.start(Given(site, store, Path(folder), {"scripted_dcs": factory, "scripted_gds": factory}))
        try:
            async with serving(make_api(station), listen("127.0.0.1", 0)) as url:
                started = time.perf_counter() - began
                key = station.logins.admit(Account("bench", Role.VIEWER), "").token
                address = f"{url.replace('http', 'ws', 1)}/api/v1/feed?token={key}"
                people = [
                    multiprocessing.get_context("spawn").Process(target=_client, args=(address, seconds + 6), daemon=True)
                    for _ in range(clients)
                ]
                for one in people:
                    one.start()
                settle_memory()
                await asyncio.sleep(4)
                driver, worst = next(one for one in made if one.published), 0.0
                published, cpu, making = driver.published, time.process_time(), driver.making
                loop_cpu, wall = time.thread_time(), time.perf_counter()
                while time.perf_counter() - wall < seconds:
                    t0 = time.thread_time()
                    await asyncio.sleep(0.02)
                    worst = max(worst, time.thread_time() - t0)
                values = driver.published - published
                made_us = (driver.making - making) / values * 1e6
                us = (time.process_time() - cpu) / values * 1e6 - made_us
                loop_us = (time.thread_time() - loop_cpu) / values * 1e6 - made_us
                rate = values / (time.perf_counter() - wall)
                for one in people:
                    one.terminate()
                    one.join()
        finally:
            await station.stop()
            store.close()
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{count} tags, {rate:.0f} values/s, {clients} client(s): {us:.2f} us of CPU a value (event loop {loop_us:.2f}), "
        f"longest run of the loop {worst * 1000:.0f} ms of CPU, start {started:.2f} s, peak memory {memory:.0f} MB, "
        f"lost by history {station.history.lost}"
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tags", type=int, default=20_000)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--clients", type=int, default=1)
    asked = parser.parse_args()
    sys.exit(asyncio.run(bench(asked.tags, asked.seconds, asked.clients)))

"""Bench: ten Modbus TCP devices, one falls silent (accepts, never answers) and later vanishes; do the others lose a sample?

    python -m tests.bench.dead_device [--tags 50] [--period 0.5] [--seconds 8]

Tags a device, period of the poll, and how long each of the three acts lasts: all well, one silent, one gone. Every sample is
counted in the historian: a gap of n periods between two samples of a tag is n - 1 lost. One line.
"""

import argparse
import asyncio
import tempfile
import time
from contextlib import AsyncExitStack
from itertools import pairwise
from pathlib import Path

from app.domain.plant import Source
from app.domain.sample import Quality, Sample
from app.domain.tag import DataType, Tag
from app.store import open_store
from tests.bench.rig import site_of, station_process
from tests.peers.modbus_faulty import FaultyDevice

DEVICES, DEAD = 10, 4


def tag(device: int, register: int) -> Tag:
    return Tag(
        f"D{device}.R{register}", source=f"d{device}", address=f"HR:{register}", data_type=DataType.UINT16, equipment="V-101"
    )


def lost(samples: list[Sample], start: int, end: int, period_s: float) -> int:
    """Polls of one tag between `start` and `end` of which no good sample is kept."""
    times = [start, *(s.receive_time for s in samples if s.quality is Quality.GOOD), end]
    return sum(max(0, round((after - before) / 1e6 / period_s) - 1) for before, after in pairwise(times))


async def main(tags: int, period_s: float, seconds: float) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        async with AsyncExitStack() as stack:
            devices = [await stack.enter_async_context(FaultyDevice()) for _ in range(DEVICES)]
            sources = [
                Source(f"d{n}", "modbus_tcp", f"tcp://127.0.0.1:{device.port}", period_s=period_s)
                for n, device in enumerate(devices)
            ]
            table = [tag(device, register) for device in range(DEVICES) for register in range(tags)]

            def run(loop: asyncio.AbstractEventLoop) -> list[int]:
                """The acts, from a thread: the devices live on the loop. Microseconds since 1970 at each change."""
                with station_process(folder, site_of(sources, table)) as station:
                    station.wait_for(lambda: station.get("/status")["counts"]["good"] == len(table))
                    times = [time.time_ns() // 1000]
                    time.sleep(seconds)
                    devices[DEAD].behave = lambda _: []
                    times.append(time.time_ns() // 1000)
                    time.sleep(seconds)
                    asyncio.run_coroutine_threadsafe(devices[DEAD].__aexit__(), loop).result()
                    times.append(time.time_ns() // 1000)
                    time.sleep(seconds)
                    times.append(time.time_ns() // 1000)
                return times

            start, silent, _gone, end = await asyncio.to_thread(run, asyncio.get_running_loop())
        store = open_store(folder / "data")
        try:
            kept = {one.tag: store.historian.raw(one.tag, start, end) for one in table}
        finally:
            store.close()
    well = [one.tag for one in table if one.source != f"d{DEAD}"]
    missing = sum(lost(kept[one], start, end, period_s) for one in well)
    polls = round((end - start) / 1e6 / period_s) * len(well)
    found = sum(sample.quality is Quality.GOOD for one in well for sample in kept[one])
    dead = [kept[one.tag] for one in table if one.source == f"d{DEAD}"]
    bad = [
        next((s.receive_time for s in one if s.quality is not Quality.GOOD and s.receive_time >= silent), end) for one in dead
    ]
    alive = sum(s.quality is Quality.GOOD and s.receive_time > max(bad) for one in dead for s in one)
    print(
        f"dead device, {DEVICES} Modbus TCP devices of {tags} tags every {period_s:g} s: the other nine lost {missing} samples "
        f"({found} of about {polls} kept); every tag of the silent one was bad "
        f"{(max(bad) - silent) / 1e6:.1f} s later, good samples of it afterwards {alive}"
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tags", type=int, default=50)
    parser.add_argument("--period", type=float, default=0.5)
    parser.add_argument("--seconds", type=float, default=8.0)
    given = parser.parse_args()
    asyncio.run(main(given.tags, given.period, given.seconds))

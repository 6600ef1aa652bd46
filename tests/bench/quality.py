"""Bench: the pass of the data quality over 1,000 points x 24 h x 1 Hz, in a worker process, as the station runs it.

    python -m tests.bench.quality [--tags 1000] [--hours 24]

The samples are written as closed chunks straight into the store (no driver, no writer: what is measured is the pass). Peer: the
bare reading of the same columns in the same run. One line; the last number is the cancel of a second run, to the end of its
process.
"""

import argparse
import asyncio
import os
import resource
import tempfile
import time
from pathlib import Path

import numpy as np
from sqlalchemy import insert

from app.domain.instant import HOUR, SECOND
from app.domain.plant import Equipment, Site, Source
from app.domain.tag import Kind, Limits, Tag
from app.station.jobs import Job
from app.store import open_store
from app.store.history_chunks import FRESH
from app.store.history_codec import pack
from app.store.opening import StationStore
from app.store.samples import Block
from app.store.tables import chunk, tag

START = 1_795_190_400 * SECOND
RANGES = {
    Kind.LEVEL: (0.0, 16.0, 2e-4, Limits(1.3, 2.2, 12.0, 12.8)),
    Kind.TEMPERATURE: (-30.0, 80.0, 4e-4, Limits(-10, -5, 40, 45)),
    Kind.PRESSURE: (0.0, 2.5, 6e-4, Limits(0.1, 0.2, 2.0, 2.2)),
    Kind.COMBUSTIBLE_GAS: (0.0, 100.0, 3e-3, Limits(None, None, 25, 50)),
}


def the_site(count: int) -> Site:
    kinds = list(RANGES)
    tags = []
    for number in range(count):
        low, high, _, limits = RANGES[kinds[number % 4]]
        tags.append(
            Tag(
                f"T{number:04d}", f"测点{number}", f"V{number // 4}", kinds[number % 4], "m", low, high, 2,
                ("dcs", "gds")[number % 2], f"HR:{number * 2}", limits=limits,
            )
        )  # fmt: skip
    equipment = tuple(Equipment(f"V{number}", area="罐区", hazard_source=f"H{number % 5}") for number in range(count // 4 + 1))
    sources = (Source("dcs", "opcua", "opc.tcp://127.0.0.1:1"), Source("gds", "modbus_tcp", "tcp://127.0.0.1:1"))
    return Site("1", "厂", tags=tuple(tags), equipment=equipment, sources=sources)


def fill(store: StationStore, site: Site, seconds: int) -> None:
    """12-bit readings with noise about a slow wave, each point its own."""
    store.historian.last()  # opens the database
    chance = np.random.default_rng(1)
    noise = chance.normal(0, 1, seconds)
    wave = np.sin(np.arange(seconds) / 13_000)
    source = START + np.arange(seconds, dtype=np.int64) * SECOND
    status = np.zeros(seconds, np.uint16)
    with store._history.write() as connection:
        for number, one in enumerate(site.tags, 1):
            low, high, share, _ = RANGES[one.kind]
            span = high - low
            middle = 0.0 if one.kind is Kind.COMBUSTIBLE_GAS else 0.5 + 0.1 * np.roll(wave, number * 211)
            seen = np.clip(middle + share * np.roll(noise, number * 83), 0, 1)
            values = low + np.rint(seen * 4095) * span / 4095
            block = Block(source + number, source + number + 40_000, values, status)
            row = {
                "id": number, "tag": number, "stage": FRESH, "n": seconds, "first": int(block.source[0]),
                "last": int(block.source[-1]), "received": int(block.receive[-1]), "ahead": -40_000,
                "body": pack(block, None, None, 1),
            }  # fmt: skip
            names = {"id": number, "tag": one.tag} | ({"chunk": number} if "chunk" in tag.c else {})
            connection.execute(insert(tag).values(names))
            connection.execute(insert(chunk).values(row))


async def in_worker(data: Path, order: dict[str, object], cut_at: int | None = None) -> tuple[float, Job]:
    """Seconds the job took, or the cancel of it took."""

    async def finish(job: Job, well: bool) -> None:
        return None

    job = Job("bench", {**order, "work": "quality", "data": str(data), "url": None}, 0)
    began = time.perf_counter()
    job.begin(lambda: 0, finish)
    assert job.running is not None
    if cut_at is not None:
        while job.done < cut_at and not job.running.done():  # noqa: ASYNC110  a job has no event for its progress
            await asyncio.sleep(0.05)
        began = time.perf_counter()
        await job.cancel()
    await asyncio.wait([job.running])
    return time.perf_counter() - began, job


def main(count: int, hours: float) -> None:
    seconds = round(hours * 3600)
    end = START + seconds * SECOND
    site = the_site(count)
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder)
        store = open_store(data)
        store.config.save(site, "bench", "bench", START - HOUR)
        began = time.perf_counter()
        fill(store, site, seconds)
        filled = time.perf_counter() - began
        began = time.perf_counter()
        samples = sum(len(one.source) for one in store.historian.columns([one.tag for one in site.tags], START, end))
        reading = time.perf_counter() - began
        store.close()
        order = {"day": "2026-11-21", "start": START, "end": end, "now": end, "by": "bench"}
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        took, job = asyncio.run(in_worker(data, order))
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        cancelled, _ = asyncio.run(in_worker(data, order, count // 10))
        store = open_store(data, exclusive=False)
        found = store.quality.findings()
        store.close()
        print(
            f"quality, {count} points x {hours:g} h x 1 Hz = {samples / 1e6:.1f} million samples: {took:.1f} s ({job.state}), "
            f"{used:.1f} s of processor, {1000 * used / count:.1f} ms a point | "
            f"bare reading {reading:.1f} s, ratio {took / reading:.1f} | {len(found)} findings | cancel {cancelled:.2f} s | "
            f"filled in {filled:.1f} s (load {os.getloadavg()[0]:.1f})"
        )
        for one in found[:5]:
            print("  ", one.finding.tag, one.finding.kind, one.finding.reason)


if __name__ == "__main__":
    given = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    given.add_argument("--tags", type=int, default=1000)
    given.add_argument("--hours", type=float, default=24)
    chosen = given.parse_args()
    main(chosen.tags, chosen.hours)

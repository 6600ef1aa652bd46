"""Bench: the month report of 1,000 tags, made by the worker as at a station, and how soon it is gone when called off.

    python -m tests.bench.reports [--tags 1000] [--step 1]

Data: 30 days of `--tags` analogue tags, a sample every `--step` seconds, a slow wave with noise; one tag in twenty swings over
its H limit once a day. At 1 Hz (2.6e9 samples) the chunks are written as merging makes them, see `historian.fill`. 5,000
alarms, 200 forms. PDF with its pictures, workbook. One line.
"""

import argparse
import asyncio
import json
import random
import resource
import tempfile
import time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from app.domain.instant import DAY, SECOND, Instant, from_rfc3339
from app.domain.plant import Equipment, Site, Source
from app.domain.report_period import Calendar
from app.domain.sample import good
from app.domain.settings.shift import ShiftSettings
from app.domain.shift import Rota
from app.domain.site_json import site_to_dict
from app.domain.tag import Kind, Limits, Tag
from app.station.jobs import Job, JobState
from app.station.reports.order import ORDER, Order, Scope, order_json
from app.store import open_store
from app.store.historian import StationHistorian
from app.store.rows import FormRow, OccurrenceRow
from tests.bench.historian import Values
from tests.bench.historian import fill as fill_history

START = from_rfc3339("2026-10-31T16:00:00Z")  # 1 November in the plant
NOW = START + 30 * DAY
CHUNK = 50_000
KINDS = 20  # of signals


def a_site(count: int, step: int) -> Site:
    tags = tuple(
        Tag(
            f"T{n}",
            f"{n} 号液位",
            f"V{n % 100}",
            Kind.LEVEL,
            "%",
            0.0,
            100.0,
            source="dcs",
            limits=Limits(5.0, 10.0, 80.0, 90.0),
        )
        for n in range(count)
    )
    places = tuple(Equipment(f"V{n}", f"{n} 号罐", area=f"罐区{n % 6}", hazard_source=f"H{n % 3}") for n in range(100))
    return Site(
        "370300001", "示范化工", sources=(Source("dcs", "opcua", "", period_s=float(step)),), tags=tags, equipment=places
    )


def wave(n: int, seconds: int, step: int = 1) -> Values:
    """What the tag in place n of the plan says: around 50, one in twenty up to 85 and the others up to 70, with noise."""
    at = np.arange(0, seconds, step) / 86_400 * 2 * np.pi
    high = 35.0 if n % KINDS == 0 else 20.0
    found: Values = np.round(50 + high * np.sin(at + n) + np.random.default_rng(n).random(len(at)), 2)
    return found


def fill(data: Path, site: Site, step: int) -> int:
    store, chance, names = open_store(data), random.Random(1), [tag.tag for tag in site.tags]
    assert isinstance(store.historian, StationHistorian)
    if step == 1:
        fill_history(store.historian, 30, names, names[:KINDS], START, wave)
    else:
        said = [wave(n, 30 * 86_400, step) for n in range(KINDS)]
        waiting = []
        for turn, at in enumerate(range(START, NOW, step * SECOND)):
            waiting += [good(name, float(said[n % KINDS][turn]), at, at) for n, name in enumerate(names)]
            if len(waiting) >= CHUNK or at + step * SECOND >= NOW:
                store.historian.append(waiting)
                waiting.clear()
    rows = []
    for number, ago in enumerate(sorted(chance.randrange(30 * DAY) for _ in range(5000)), 1):
        at, tag = START + ago, site.tags[min(int(chance.paretovariate(0.6)), len(site.tags) - 1)]
        priority = chance.choice(("critical", "high", "medium", "low"))
        over, acked = at + chance.randrange(1, 3600) * SECOND, at + chance.randrange(1, 600) * SECOND
        rows.append(
            OccurrenceRow(number, tag.tag, "H", priority, tag.equipment, "NORM", 1.0, 1.0, "%", "高报", at, over, acked, "wang")
        )
    forms = [
        FormRow(
            n, "handling", "archived", f"occurrence:{n}", "高报", "high", False, rows[n].raised_at, NOW, None, {"fields": {}}
        )
        for n in range(1, 200)
    ]
    store.journal.append([], {}, rows, forms)
    store.close()
    return 30 * 86_400 // step * len(names)


def ordered(data: Path, site: Site) -> dict[str, Any]:
    period = Calendar(Rota(ShiftSettings(), (), ZoneInfo(site.timezone))).named("2026-11")
    order = Order("month-2026-11-bench", "month", period, Scope(), ("pdf", "xlsx"), NOW, "bench", False, site.timezone)
    folder = Path(tempfile.mkdtemp(dir=data))
    (folder / ORDER).write_text(json.dumps({"order": order_json(order), "site": site_to_dict(site)}))
    return {"data": str(data), "url": None, "work": "report", "folder": str(folder)}


async def run(task: dict[str, Any], cancel_at: float | None = None) -> tuple[Job, float, float]:
    """The job, how long it took, and how long calling it off took."""

    async def finish(job: Job, well: bool) -> None: ...

    job, began, stopped = Job("bench", task, NOW), time.perf_counter(), 0.0
    job.begin(_now, finish)
    assert job.running is not None
    if cancel_at is not None:
        while not job.done or job.done < cancel_at * job.total:  # noqa: ASYNC110  the worker tells it when it likes
            await asyncio.sleep(0.02)
        called = time.perf_counter()
        await job.cancel()
        stopped = time.perf_counter() - called
    await asyncio.wait([job.running])
    return job, time.perf_counter() - began, stopped


def _now() -> Instant:
    return NOW


def main(tags: int, step: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        data, site = Path(name) / "data", a_site(tags, step)
        began = time.perf_counter()
        samples = fill(data, site, step)
        filled = time.perf_counter() - began
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        job, took, _ = asyncio.run(run(ordered(data, site)))
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        assert job.state is JobState.DONE, job.error
        cpu = used.ru_utime + used.ru_stime - before.ru_utime - before.ru_stime
        _, _, stopped = asyncio.run(run(ordered(data, site), 0.4))
        sizes = {format: f"{size / 1e6:.1f} MB" for format, size in job.result["size"].items()}
    print(
        f"month report, {tags} tags, {samples / 1e6:.1f} million samples ({filled:.0f} s to write), 5,000 alarms: {took:.1f} s "
        f"({cpu:.1f} s of processor, {used.ru_maxrss / 1e3:.0f} MB), {job.result['pages']} pages, {sizes} | "
        f"called off at 40 %: gone in {1000 * stopped:.0f} ms"
    )


if __name__ == "__main__":
    given = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    given.add_argument("--tags", type=int, default=1000)
    given.add_argument("--step", type=int, default=1)
    said = given.parse_args()
    main(said.tags, said.step)

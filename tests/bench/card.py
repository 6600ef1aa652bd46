"""What opening an alarm card costs: the station's one call, and the click until everything but video is painted.

    python -m tests.bench.card [--tags 20000] [--past 250000] [--opens 20]

A real station over SQLite with that many tags and past occurrences, 5,000 of them of the alarm that is opened, and a limit that
was changed since (an old configuration has to be read). Station and window share this process and its interpreter, so the times
are upper bounds. "fresh": an alarm whose card was never opened before. Offscreen unless QT_QPA_PLATFORM says otherwise.
"""

import argparse
import asyncio
import os
import statistics
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from sqlalchemy import create_engine, text

from app.console.application import make_application
from app.domain.instant import DAY, SECOND
from app.domain.plant import Equipment, Layout, LayoutItem, Site
from app.domain.tag import Kind, Limits, Tag
from app.station.past import START
from app.store import open_store
from app.store.rows import Record
from tests.console.rig import desk_at, run_ui, type_login, until
from tests.console.station_thread import StationThread
from tests.station.rig import PASSWORD, a_site, people_in, tag
from widgets.card.page import CardPage

HOT = 5000  # past occurrences of the alarm that is opened
TANKS = 200
FILL = """
WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < :past)
INSERT INTO occurrence (occurrence, tag, rule, priority, equipment, state, value, "limit", unit, message, raised_at, cleared_at,
    acked_at, acked_by, note, search)
SELECT n, CASE WHEN n % (:past / :hot) = 0 THEN 'T00000' ELSE 'T' || printf('%05d', n * 7919 % :tags) END, 'HH', 'critical',
    'V-' || (n % 90), 'NORM', '95.5', 90.0, '%', '一号罐区液位高高报警', :now - (:past - n) * 9000000,
    :now - (:past - n) * 9000000 + 300000000, :now - (:past - n) * 9000000 + 40000000, '张工', '已派人到现场检查', '张工'
FROM n
"""


def plant(tags: int, limit: float) -> Site:
    """`TANKS` of the tags are drawn, each with a detector beside it."""
    points = [tag(f"T{n:05}", equipment=f"V-{n % 90}", guidance="停止进料；切换收料罐", stale_s=86_400.0) for n in range(tags)]
    points[0] = replace(points[0], limits=Limits(h=80.0, hh=limit))
    unit = {"kind": Kind.COMBUSTIBLE_GAS, "unit": "%LEL", "source": "gds", "stale_s": 86_400.0}
    gas = [replace(Tag(f"G{n}", range_low=0.0, range_high=100.0, address=f"HR:{n}"), **unit) for n in range(TANKS)]
    items = []
    for n in range(TANKS):
        x, y = 20.0 + n % 20 * 22, 20.0 + n // 20 * 24
        items.append(LayoutItem(f"t{n}", "tank.vertical", x, y, 11, 11, equipment=f"V-{n}", bind={"level": f"T{n:05}"}))
        items.append(LayoutItem(f"g{n}", "gas_detector", x + 9, y, label=f"GT-{n}", bind={"value": f"G{n}"}))
    equipment = tuple(Equipment(f"V-{n}", f"{n}号罐", area="罐区", hazard_source="H1", chemical="甲醇") for n in range(90))
    return a_site(*points, *gas, equipment=equipment, layouts=(Layout("farm", "罐区", 2, (0, 0, 460, 260), tuple(items)),))


def prepare(data: Path, tags: int, past: int) -> Site:
    """Two versions of the configuration and the history of alarms."""
    people_in(data)
    now = time.time_ns() // 1000
    site = plant(tags, 90.0)
    store = open_store(data)
    try:
        for at, limit in ((now - 60 * DAY, 88.0), (now - DAY, 90.0)):
            version = store.config.save(plant(tags, limit), "li", "bench", at)
            store.journal.append([Record(at + SECOND, "system", "@station", data={"what": START, "config": version.version})])
    finally:
        store.close()
    engine = create_engine(f"sqlite:///{data / 'station.db'}")
    with engine.begin() as connection:
        connection.execute(text(FILL), {"past": past, "hot": HOT, "tags": tags, "now": now})
    engine.dispose()
    return site


def spread(times: list[float]) -> str:
    return f"{statistics.median(times):.0f} ms (worst {max(times):.0f})"


async def calls(station: StationThread, past: int, opens: int) -> tuple[list[float], list[float]]:
    """Milliseconds of the call for the alarm with the long past, and for others never asked for."""
    step = past // HOT
    found: tuple[list[float], list[float]] = ([], [])
    await asyncio.to_thread(station.do, station.rig.get("/alarms/1/card"))  # the journal's starts are read once
    for n in range(opens):
        for name, driver in station.rig.field.items():  # a source that says nothing for a minute is lost
            station.soon(driver.say, "G1" if name == "gds" else "T00099", 50.0)
        for numbers, times in zip((past - n * step, past - n * step - 1), found, strict=True):
            began = time.perf_counter()
            station.do(station.rig.get(f"/alarms/{numbers}/card"))
            times.append(1000 * (time.perf_counter() - began))
    return found


async def clicks(data: Path, station: StationThread, opens: int) -> tuple[list[float], list[float], list[float]]:
    """Milliseconds from the click until the card is painted, until all the station has to say is painted too, and the processor
    time of the window's thread for all of it."""
    first, whole, worked = [], [], []
    async with desk_at(data, station.rig.url, pages=("card", "why")) as desk:
        type_login(desk, PASSWORD, "wang")
        await until(lambda: desk.window.page is not desk.login_page and bool(desk.state.values), 30)
        page = desk.window.page_named("card")
        assert isinstance(page, CardPage)
        for n in range(opens):
            name = f"T{n % 50:05}"
            station.say(name, 95.0 + n % 3)
            station.soon(station.rig.field["gds"].say, "G1", 1.0)
            await until(lambda name=name: (name, "HH") in desk.state.alarms, 20)  # type: ignore[misc]
            desk.window.show_page("alarms")
            await asyncio.sleep(0.4)
            alarm: Any = desk.state.alarms[name, "HH"]
            began, cpu = time.perf_counter(), time.thread_time()
            desk.seat.card_wanted.emit(alarm)
            page.repaint()
            first.append(1000 * (time.perf_counter() - began))
            while not (page.chemical.chemicals and page.why.facts and page.plot.pen and page.plot.pen.past):
                await asyncio.sleep(0.001)
                assert time.perf_counter() - began < 10, "the card never came"
            page.repaint()
            whole.append(1000 * (time.perf_counter() - began))
            worked.append(1000 * (time.thread_time() - cpu))
    return first, whole, worked


def main() -> None:
    reader = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    reader.add_argument("--tags", type=int, default=20_000)
    reader.add_argument("--past", type=int, default=250_000)
    reader.add_argument("--opens", type=int, default=20)
    given = reader.parse_args()
    qt = make_application()
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "station"
        site = prepare(data, given.tags, given.past)
        station = StationThread(data, site)
        try:
            hot, fresh = asyncio.run(calls(station, given.past, given.opens))
            found: list[tuple[list[float], list[float], list[float]]] = []

            async def window() -> None:
                found.append(await clicks(Path(folder) / "seat", station, given.opens))

            run_ui(qt, window())
        finally:
            station.close()
    first, whole, worked = found[0]
    print(
        f"alarm card, {given.tags} tags, {given.past} past occurrences: call {spread(hot)} with {HOT} of the same alarm, "
        f"{spread(fresh)} fresh; click to painted {spread(first)}, to everything but video {spread(whole)}, "
        f"of it the window's own work {spread(worked)}"
    )


if __name__ == "__main__":
    main()

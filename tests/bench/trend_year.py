"""The trend page over a year: how long until something true is drawn after a step of pan or zoom, and until it is exact.

    python -m tests.bench.trend_year [--data FOLDER] [--tags 8]

Eight tags at 1 Hz over 365 days, made as `tests.bench.historian` makes them (two kinds of body, so that it does not take an
hour; `--data` keeps and uses them again), a station as a process of its own, the desk with its real page here. A step counts
from the hand to the end of the paint event in which every moment of the view is drawn: as a line, or as a band that is marked
as not exact; and to that in which nothing is marked any more. The steps are those of a person: a drag over some screens, turns
of the wheel out and in, a hand that goes on before the answer is there. "Empty" counts the pictures in which a part of the view
had data and showed none. One line.
"""

import argparse
import asyncio
import os
import tempfile
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from pathlib import Path
from statistics import median
from typing import Any

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtWidgets import QApplication

from app.console.desk import Desk
from app.domain.instant import SECOND
from app.domain.plant import Source
from app.store import open_store
from app.store.historian import StationHistorian
from tests.bench.historian import START, fill
from tests.bench.rig import PASSWORD, USER, StationProcess, point, site_of, station_process
from tests.console.rig import desk_at, run_ui, type_login, until
from widgets.trend.page import TrendPage

HOUR_S, DAY_S = 3600.0, 86400.0
BEGIN_S, YEAR_S = START / SECOND, 365 * DAY_S


@dataclass
class Seen:
    """What the paint events of the chart showed, in seconds since the step."""

    first: list[float] = field(default_factory=list)
    exact: list[float] = field(default_factory=list)
    empty: int = 0
    asked: int = 0
    in_flight: int = 0
    most_in_flight: int = 0
    dropped: int = 0


def tags_of(count: int) -> list[str]:
    return [f"TK{n:04d}.LT" for n in range(count)]


def prepared(folder: Path, count: int) -> AbstractContextManager[StationProcess]:
    data = folder / "data"
    tags = tags_of(count)
    if not (data / "history.db").exists():
        store = open_store(data)
        assert isinstance(store.historian, StationHistorian)
        fill(store.historian, 365, tags, tags[:2])
        store.close()
    if (folder / "site").exists():
        return station_process(folder, None)
    source = Source("dcs", "opcua", "opc.tcp://127.0.0.1:1/plant")
    site = site_of(source, [point(tag, f"ns=1;s={tag}") for tag in tags])
    return station_process(folder, replace(site, options={**site.options, "history": {"raw_days": 3650}}))


def watched(page: TrendPage, desk: Desk, seen: Seen) -> Callable[[], bool]:
    """Counts the questions of the page; the call tells whether the chart is exact."""
    asks = desk.seat.history

    async def counted(*asked: Any) -> Any:
        seen.asked += 1
        seen.in_flight += 1
        seen.most_in_flight = max(seen.most_in_flight, seen.in_flight)
        try:
            return await asks(*asked)
        except asyncio.CancelledError:
            seen.dropped += 1
            raise
        finally:
            seen.in_flight -= 1

    desk.seat.history = counted  # type: ignore[method-assign]
    return lambda: not page.plot.rough


async def step(page: TrendPage, seen: Seen, move: Callable[[], None], whole: bool = True) -> None:
    """One movement of the hand; `whole`: and then wait for the exact curve."""
    painted: list[tuple[bool, bool]] = []
    plot = page.plot
    paint = type(plot).paintEvent

    def noting(event: Any) -> None:
        paint(plot, event)
        rough = plot.rough
        painted.append((not rough.unknown, not rough))

    plot.paintEvent = noting
    began = time.perf_counter()
    first: float | None = None
    move()
    try:
        while True:
            await asyncio.sleep(0)
            while painted:
                there, exact = painted.pop(0)
                if not there:
                    seen.empty += 1
                elif first is None:
                    first = time.perf_counter() - began
                    seen.first.append(first)
                if exact:
                    if whole:
                        seen.exact.append(time.perf_counter() - began)
                    return
            if not whole and first is not None:
                return
            if time.perf_counter() - began > 60:
                raise RuntimeError("never drawn")
    finally:
        del plot.paintEvent


async def at_rest(seen: Seen, exact: Callable[[], bool]) -> None:
    """As long as a person looks: what lies around comes meanwhile."""
    await until(exact, 60)
    asked = -1
    while asked != seen.asked or seen.in_flight:
        asked = seen.asked
        await asyncio.sleep(0.5)


async def walk(page: TrendPage, seen: Seen, exact: Callable[[], bool]) -> None:
    plot = page.plot

    def pan(share: float) -> Callable[[], None]:
        return lambda: plot.pan_to(plot.t0 + share * plot.span, plot.end + share * plot.span)

    def zoom(factor: float, about: float = 0.5) -> Callable[[], None]:
        def turn() -> None:
            at = plot.t0 + about * plot.span
            plot.pan_to(at - (at - plot.t0) * factor, at + (plot.end - at) * factor)

        return turn

    for span in (YEAR_S, 30 * DAY_S, 7 * DAY_S, DAY_S, HOUR_S):
        middle = BEGIN_S + YEAR_S / 2
        start = BEGIN_S if span == YEAR_S else middle - span / 2
        await step(page, seen, lambda start=start, span=span: plot.pan_to(start, start + span))  # type: ignore[misc]
        await at_rest(seen, exact)
        if span < YEAR_S:
            for share in (0.3, 0.8, -2.5, 1.0):
                await step(page, seen, pan(share))
                await at_rest(seen, exact)
            for _ in range(12):  # a drag over three screens, a frame at a time
                await step(page, seen, pan(0.25), whole=False)
            await step(page, seen, pan(0.1))
            await at_rest(seen, exact)
    for factor in (4.0, 4.0, 6.0, 8.0, 0.2, 0.1, 0.2, 0.1):
        await step(page, seen, zoom(factor, 0.4))
        await at_rest(seen, exact)
    for _ in range(20):  # the wheel, without waiting for anything
        await step(page, seen, zoom(0.85), whole=False)
        await asyncio.sleep(0.03)
    await step(page, seen, zoom(0.85))


async def work(station: StationProcess, seat: Path, count: int, seen: Seen) -> None:
    async with desk_at(seat, station.url, whole=True) as desk:
        type_login(desk, PASSWORD, USER)
        await until(lambda: desk.seat.user == USER and desk.window.page is not desk.login_page, 60)
        desk.window.show_page("trend")
        assert desk.watch is not None and desk.watch.plant_side is not None
        page = desk.watch.plant_side.trend
        exact = watched(page, desk, seen)
        page.plot.show_span(BEGIN_S + YEAR_S / 2 - HOUR_S, BEGIN_S + YEAR_S / 2)
        page.set_tags(tags_of(count))
        await until(exact, 60)
        await at_rest(seen, exact)
        seen.asked = 0
        await walk(page, seen, exact)


def told(values: list[float]) -> str:
    ordered = sorted(values)
    most = ordered[int(len(ordered) * 0.95)]
    return f"median {median(ordered) * 1e3:.0f}, 95 % {most * 1e3:.0f}, worst {ordered[-1] * 1e3:.0f} ms"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, metavar="FOLDER")
    parser.add_argument("--tags", type=int, default=8)
    given = parser.parse_args()
    application = QApplication([])
    seen = Seen()
    with tempfile.TemporaryDirectory() as name:
        folder = given.data or Path(name) / "year"
        with prepared(folder, given.tags) as station:
            run_ui(application, work(station, Path(name) / "seat", given.tags, seen))
    print(
        f"trend over a year, {given.tags} tags at 1 Hz: {len(seen.first)} steps, something true drawn {told(seen.first)}; "
        f"exact {told(seen.exact)}; {seen.asked} questions, {seen.most_in_flight} at most under way, {seen.dropped} dropped; "
        f"{seen.empty} pictures with an empty part (load {os.getloadavg()[0]:.1f})"
    )


if __name__ == "__main__":
    main()

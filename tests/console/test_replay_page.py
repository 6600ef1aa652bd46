"""The replay page on a real desk over a real station: an accident seen again, beside a live desk that goes on."""

import asyncio
import time
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton

from app.console.desk import Desk
from app.console.errors import Known
from app.domain.instant import SECOND, Instant
from app.domain.wire import AlarmMsg
from tests.console.real_station import RealStation
from tests.console.rig import desk_at, run_ui, type_login, until
from tests.station.rig import PASSWORD, Rig
from widgets.replay.look import clock
from widgets.replay.page import ReplayPage


def now(station: RealStation) -> Instant:
    """By the clock that stands in its records."""
    return station.do(lambda rig: rig.station.clock.now())


def page_of(desk: Desk) -> ReplayPage:
    page = desk.window.page_named("replay")
    assert isinstance(page, ReplayPage)
    return page


def queue(page: ReplayPage) -> dict[tuple[str, str], AlarmMsg]:
    """Of the plant; a seat without a sound card has an alarm of its own."""
    page.table.flush()
    rows = [row.alarm for row in page.table.queue.rows if not row.alarm.tag.startswith("@")]
    return {(alarm.tag, alarm.rule): alarm for alarm in rows}


def value(page: ReplayPage, tag: str) -> Any:
    sample = page.plant._values.get(tag)  # what the plan was given last
    return None if sample is None else sample.value


async def calm_in(station: RealStation, desk: Desk) -> None:
    """Both tags are well, and no alarm of the plant stands: a machine that took its time has told them bad until now."""
    for tag in ("T1", "T2"):
        station.say(tag, 50.0)
    await until(lambda: all(tag in desk.state.values and desk.state.values[tag].value == 50.0 for tag in ("T1", "T2")))
    if told := [one.occurrence for one in desk.state.alarms.values() if not one.tag.startswith("@")]:

        async def acknowledge(rig: Rig) -> None:
            await rig.post("/alarms/ack", {"occurrences": told, "note": "等待数据"}, "wang")

        station.do(acknowledge)
    await until(lambda: all(one.tag.startswith("@") for one in desk.state.alarms.values()))


async def accident(station: RealStation, desk: Desk) -> list[Instant]:
    """Calm, high, high-high, acknowledged, calm again; the moments between."""
    moments = []

    async def stands(tag: str, rule: str, state: str | None) -> None:
        def there() -> bool:
            alarm = desk.state.alarms.get((tag, rule))
            return (None if alarm is None else alarm.state) == state

        await until(there)
        moments.append(now(station))

    await calm_in(station, desk)
    moments.append(now(station))
    station.say("T1", 85.0)
    await stands("T1", "H", "UNACK")
    station.say("T1", 95.0)
    await stands("T1", "HH", "UNACK")
    occurrence = desk.state.alarms["T1", "HH"].occurrence

    async def acknowledge(rig: Rig) -> None:
        await rig.post(f"/alarms/{occurrence}/ack", {"note": "到场"}, "wang")

    station.do(acknowledge)
    await stands("T1", "HH", "ACKED")
    station.say("T1", 40.0)
    await stands("T1", "HH", None)
    await until(lambda: station.do(lambda rig: not rig.station.history.buffered))
    return moments


def test_an_accident_is_seen_again_and_nothing_of_it_can_be_touched(qapp: QApplication, tmp_path: Path) -> None:
    async def work() -> None:
        with RealStation(tmp_path / "station") as station:
            async with desk_at(tmp_path / "desk", station.url, whole=True) as desk:
                type_login(desk, PASSWORD, "wang")
                await until(lambda: bool(desk.state.values) and desk.seat.role is not None)
                calm, _, highest, acked, over = await accident(station, desk)
                page = page_of(desk)
                desk.seat.replay_wanted.emit(calm - 5 * SECOND, over + SECOND, calm, [])
                await until(lambda: value(page, "T1") == 50.0)
                assert desk.window.page is page
                assert queue(page) == {}
                await until(lambda: len(page.events.happened) >= 5)

                # a step goes to the first moment at which the event can be seen
                assert page.moment.step(1)
                await until(lambda: ("T1", "H") in queue(page))
                assert queue(page)["T1", "H"].state == "UNACK"
                page.moment.go(acked)
                await until(lambda: queue(page).get(("T1", "HH")) is not None and queue(page)["T1", "HH"].state == "ACKED")
                assert queue(page)["T1", "HH"].acked_by == "wang"
                assert value(page, "T1") == 95.0
                page.moment.go(highest)  # back
                await until(lambda: queue(page)["T1", "HH"].state == "UNACK")

                # beside it the live desk knows nothing of all this
                assert ("T1", "HH") not in desk.state.alarms
                assert desk.state.values["T1"].value == 40.0
                words = ("确认", "复位", "搁置")
                buttons = [one for one in page.findChildren(QPushButton) if one.isVisible()]
                assert not [one.text() for one in buttons if any(word in one.text() for word in words)]
                page.table.selectAll()
                before = station.do(lambda rig: rig.station.writer.written)
                for key in (Qt.Key.Key_S, Qt.Key.Key_R):
                    QTest.keyClick(page.table, key)
                assert station.do(lambda rig: rig.station.writer.written) == before
                assert "不是实时" in page.strip.text

                # played: it comes to the end by itself and shows how it ended
                page.moment.go(highest)
                page.moment.set_speed(60.0)
                QTest.keyClick(page, Qt.Key.Key_Space)
                assert page.moment.playing
                await until(lambda: not page.moment.playing and page.moment.at == page.moment.end)
                await until(lambda: value(page, "T1") == 40.0)
                assert {key: one.state for key, one in queue(page).items()} == {("T1", "H"): "RTNUN"}
                QTest.keyClick(page, Qt.Key.Key_Escape)
                assert desk.window.page is not page

    run_ui(qapp, work())


def test_a_picture_that_is_not_yet_of_this_second_says_so(qapp: QApplication, tmp_path: Path) -> None:
    async def work() -> None:
        with RealStation(tmp_path / "station") as station:
            async with desk_at(tmp_path / "desk", station.url, pages=("replay",)) as desk:
                type_login(desk, PASSWORD, "wang")
                await until(lambda: bool(desk.state.values) and desk.seat.role is not None)
                calm, _, highest, _, over = await accident(station, desk)
                page = page_of(desk)
                desk.seat.replay_wanted.emit(calm - 5 * SECOND, over + SECOND, highest, [])
                await until(lambda: value(page, "T1") == 95.0)
                panes = (page.plan_pane, page.table_pane)
                assert not any(pane.veiled for pane in panes)
                fetch, held, refused = desk.seat.fetch, asyncio.Event(), False

                async def slow(path: str, params: Any = None) -> bytes:
                    await held.wait()
                    if refused:
                        raise Known("站点忙", "busy")
                    return await fetch(path, params)

                desk.seat.fetch = slow  # type: ignore[method-assign]
                page.moment.go(calm)
                assert all(pane.moment == f"还是 {clock(highest)} 的" for pane in panes), "at once"
                await until(lambda: all(pane.veiled for pane in panes))
                assert value(page, "T1") == 95.0
                held.set()
                await until(lambda: value(page, "T1") == 50.0)
                assert all(pane.moment == clock(calm) and not pane.veiled for pane in panes)

                refused = True
                page.moment.go(over)
                await until(lambda: "站点忙" in page.strip.said)
                await until(lambda: all(pane.veiled for pane in panes))
                refused = False
                page.moment.go(highest)
                await until(lambda: value(page, "T1") == 95.0)
                assert not any(pane.veiled for pane in panes) and "站点忙" not in page.strip.said

    run_ui(qapp, work())


def test_a_live_alarm_sounds_shows_its_banner_and_offers_the_way_back(qapp: QApplication, tmp_path: Path) -> None:
    async def work() -> None:
        with RealStation(tmp_path / "station") as station:
            async with desk_at(tmp_path / "desk", station.url, whole=True) as desk:
                type_login(desk, PASSWORD, "wang")
                await until(lambda: bool(desk.state.values) and desk.seat.role is not None)
                await calm_in(station, desk)
                page = page_of(desk)
                start = now(station)
                desk.seat.replay_wanted.emit(start - 60 * SECOND, start, start - 30 * SECOND, [])
                await until(lambda: desk.window.page is page and bool(page.plant._values))
                assert desk.watch is not None and desk.watch.horn is not None
                station.say("T2", 95.0)
                await until(lambda: page.offer.isVisible())
                assert page.offer.alarm is not None and page.offer.alarm.tag == "T2"
                horn = desk.watch.horn
                await until(lambda: horn.pattern.sounding(time.monotonic()) is not None)
                assert desk.watch.banner.isVisible()
                assert queue(page) == {}  # of the past it is no alarm
                QTest.mouseClick(page.offer.go, Qt.MouseButton.LeftButton)
                assert desk.window.page is not page
                assert not page.moment.playing

    run_ui(qapp, work())

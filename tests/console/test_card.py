"""The alarm card in the real window over a real station: opened, filled, live, acknowledged, handled, left again."""

from collections.abc import Callable, Coroutine, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.console.desk import Desk
from app.domain.plant import Equipment, Layout, LayoutItem
from app.domain.tag import Limits
from app.domain.wire import AlarmMsg
from tests.console.rig import desk_at, run_ui, until
from tests.console.station_thread import StationThread
from tests.station.rig import PASSWORD, a_site, tag
from widgets.card.page import CardPage
from widgets.card.whypage import WhyPage

PAGES = ("card", "why")
TANK = LayoutItem("e1", "tank.vertical", 50, 50, 10, 10, equipment="V-101", bind={"level": "T1"})
SITE = replace(
    a_site(tag("T1", guidance="停止进料；切换罐", limits=Limits(h=80.0, hh=90.0), deadband=4.0), tag("T2")),
    equipment=(Equipment("V-101", "一号罐", area="罐区", hazard_source="H1", chemical="甲醇", cas="67-56-1"),),
    layouts=(Layout("farm", "罐区", 2, (0, 0, 100, 100), (TANK,)),),
)


@pytest.fixture
def station(tmp_path: Path) -> Iterator[StationThread]:
    made = StationThread(tmp_path / "station", SITE)
    yield made
    made.close()


def live(desk: Desk, name: str = "T1", rule: str = "HH") -> AlarmMsg | None:
    return desk.state.alarms.get((name, rule))


async def opened(desk: Desk, station: StationThread) -> tuple[CardPage, AlarmMsg]:
    """The card of an alarm that was just raised, with all that the station has to say."""
    station.say("T1", 95.0)
    await until(lambda: live(desk) is not None)
    alarm = live(desk)
    assert alarm is not None
    desk.window.show_page("alarms")
    desk.seat.card_wanted.emit(alarm)
    page = desk.window.page_named("card")
    assert isinstance(page, CardPage) and desk.window.page is page
    await until(lambda: bool(page.chemical.chemicals) and bool(page.why.facts))
    return page, alarm


def story(tell: Callable[[Desk, StationThread], Coroutine[Any, Any, None]], *, user: str = "wang") -> Any:
    """A test that runs `tell` with somebody logged in."""

    def run(qapp: QApplication, station: StationThread, tmp_path: Path) -> None:
        async def whole() -> None:
            async with desk_at(tmp_path / "seat", station.rig.url, pages=PAGES) as desk:
                desk.login_page.user.setText(user)
                desk.login_page.password.setText(PASSWORD)
                QTest.mouseClick(desk.login_page.button, Qt.MouseButton.LeftButton)
                await until(lambda: desk.window.page is not desk.login_page and bool(desk.state.values))
                await tell(desk, station)

        run_ui(qapp, whole())

    run.__doc__ = tell.__doc__
    return run


async def from_raise_to_form(desk: Desk, station: StationThread) -> None:
    page, alarm = await opened(desk, station)
    await until(lambda: page.head.now.value.text() == "95.0 %")
    assert page.guide.texts == ["停止进料", "切换罐"]
    assert [one.name for one in page.chemical.chemicals] == ["甲醇"] and "24 小时 1 次" in page.earlier.remark.text()
    await until(lambda: page.plot.pen is not None and page.plot.pen.past is not None)
    station.say("T1", 97.0)
    await until(lambda: page.head.now.value.text() == "97.0 %")

    assert page.head.note_due, "the policy of the station: a critical alarm needs a note"
    page.head.note.setText("已派人")
    QTest.keyClick(page.head.note, Qt.Key.Key_Return)
    await until(lambda: page.alarm is not None and page.alarm.state == "ACKED")
    inside = {one.rule: one.state for one in desk.state.alarms.values() if one.tag == "T1"}
    assert inside == {"HH": "ACKED", "H": "ACKED"}, "as the queue does: what is shown inside it too"
    await until(lambda: page.handling.form is not None)
    assert "wang" in page.head.state.about.text() and "已派人" in page.head.state.about.text()
    await until(lambda: "处置-" in page.handling.text.text())
    wanted: list[tuple[str, object]] = []
    desk.seat.form_wanted.connect(lambda kind, number: wanted.append((kind, number)))
    page.handling.button.click()
    assert wanted == [("handling", page.handling.form.id)]

    desk.window.show_page("card")
    station.say("T1", 88.0)  # within the limit, but not below the deadband
    await until(lambda: page.head.now.value.text() == "88.0 %")
    desk.seat.card_wanted.emit(alarm)
    await until(lambda: any(fact.scale is not None for fact in page.why.facts))
    station.say("T1", 50.0)
    await until(lambda: not page.live)
    assert page.alarm is not None and page.alarm.occurrence == alarm.occurrence, "it stays with its occurrence"
    assert page.head.state.value.text() == "已结束"
    station.say("T1", 96.0)
    await until(lambda: page.newer.isVisibleTo(page))
    page.newer.button.click()
    await until(lambda: [line.key for line in page.earlier.rows.lines] == [alarm.occurrence])
    page.back.emit()
    assert page.alarm.occurrence == alarm.occurrence, "back to the card it was opened from"


test_from_the_raise_to_the_form_and_on = story(from_raise_to_form)


async def back_and_forth(desk: Desk, station: StationThread) -> None:
    page, alarm = await opened(desk, station)
    page.head.buttons["why"].click()
    why = desk.window.page
    assert isinstance(why, WhyPage)
    await until(lambda: list(why.panels) == ["HH", "H", "BAD"])
    QTest.keyClick(why, Qt.Key.Key_Escape)
    assert desk.window.page is page
    QTest.keyClick(page, Qt.Key.Key_Escape)
    assert desk.window.page is desk.watch.alarms, "where it was opened from"  # type: ignore[union-attr]
    desk.seat.card_wanted.emit(replace(alarm, occurrence=99_999, rule="H"))
    await until(lambda: page.failed.isVisibleTo(page))
    assert "99999" in page.failed.text() and not page.chemical.chemicals, "the station knows of no such alarm"


test_back_leads_where_one_came_from = story(back_and_forth)


async def stale(desk: Desk, station: StationThread) -> None:
    page, alarm = await opened(desk, station)
    status, _ = station.do(station.rig.post(f"/alarms/{alarm.occurrence}/ack", {"note": "我来"}, user="li"))
    assert status == 200
    desk.seat.run(_acknowledge(page, alarm))  # before the news of it could come
    await until(lambda: page.alarm is not None and page.alarm.state == "ACKED")
    assert page.alarm is not None and page.alarm.acked_by == "li", "the first one counts"


async def _acknowledge(page: CardPage, alarm: AlarmMsg) -> None:
    page.acknowledge.emit(alarm.occurrence, "我也来")


test_two_people_acknowledge_and_one_wins = story(stale)


async def only_looks(desk: Desk, station: StationThread) -> None:
    page, _ = await opened(desk, station)
    assert page.head.act.isHidden() and page.head.note.isHidden()
    assert page.handling.button.isHidden(), "nor begins a form"


test_a_viewer_only_looks = story(only_looks, user="sun")


async def lost(desk: Desk, station: StationThread) -> None:
    page, _ = await opened(desk, station)
    driver = station.rig.field["dcs"]
    driver.refuse = OSError("no")
    station.soon(driver.cut)
    await until(lambda: page.head.lost.isVisibleTo(page))
    await until(lambda: page.head.now.value.text() == "〔95.0〕 %")
    assert page.alarm is not None and page.alarm.state == "UNACK", "a standing alarm stays standing"
    desk._on_log_out()
    assert page.alarm is None and page.empty.isVisibleTo(page), "nothing of it stays for the next one to log in"


test_a_lost_source_is_shown_and_nothing_stays_after_logging_out = story(lost)

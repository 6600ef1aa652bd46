"""What an operator does on the alarm page, through the real window and a real station: done, refused, or done by another."""

import csv
import os
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.console.alarm_history import AlarmHistory
from app.console.desk import Desk
from app.console.session import Session
from app.console.settings import load_settings
from app.console.tasks import Tasks
from app.console.watch import Watch
from app.console.window import DeskWindow
from tests.console.real_station import RealStation
from tests.console.rig import run_ui, type_login, until
from tests.station.rig import PASSWORD, a_site, tag
from widgets.alarms.past import PastSearch
from widgets.alarms.row import View
from widgets.alarms.wish import Want, Wish
from widgets.theme import NIGHT, ThemeHolder

Ui = Callable[[Coroutine[Any, Any, None]], None]


@pytest.fixture
def ui(qapp: QApplication, monkeypatch: pytest.MonkeyPatch) -> Ui:
    monkeypatch.setattr("app.console.pages.PAGES", ())
    return lambda work: run_ui(qapp, work)


@pytest.fixture
def station(tmp_path: Path) -> Iterator[RealStation]:
    tags = [tag(f"T{n}") for n in range(1, 5)]
    with RealStation(tmp_path / "station", a_site(*tags)) as made:
        yield made


@asynccontextmanager
async def seat_at(station: RealStation, data: Path, user: str = "wang") -> AsyncIterator[tuple[Desk, Watch]]:
    themes = ThemeHolder(NIGHT)
    window = DeskWindow(themes)
    window.resize(1600, 900)
    window.show()
    session = Session()
    bugs: list[BaseException] = []
    tasks = Tasks(bugs.append)
    desk = Desk(data, load_settings(data), themes, window, session, tasks)
    try:
        session.start()
        desk.fix_station(station.url)
        desk.show_login()
        desk.login_page.user.setText(user)
        await desk.build(desk.adopt(Watch(themes, window, bugs.append, sound=False, seat=desk.seat)))
        type_login(desk, PASSWORD, user)
        await until(lambda: desk.window.page is not desk.login_page and desk.state.feed.heard_at is not None)
        assert desk.watch is not None
        await until(lambda: bool(desk.watch) and desk.watch.alarms.panel.permits.note_required != frozenset())
        desk.window.show_page("alarms")
        yield desk, desk.watch
    finally:
        await desk.close()
        window.close()
        window.deleteLater()
    assert not bugs, bugs


def row(watch: Watch, name: str, rule: str = "H") -> Any:
    found = (one for one in watch.alarms.table.queue.rows if (one.alarm.tag, one.alarm.rule) == (name, rule))
    return next(found, None)


async def raised(station: RealStation, watch: Watch, name: str, value: float = 85.0, rule: str = "H") -> int:
    station.say(name, value)
    await until(lambda: row(watch, name, rule) is not None and row(watch, name, rule).alarm.state == "UNACK")
    occurrence: int = row(watch, name, rule).occurrence
    return occurrence


def picture(watch: Watch) -> tuple[Any, ...]:
    """All that the page shows of alarms."""
    table = watch.alarms.table
    lines = tuple((line.occurrence, line.cells) for line in table.queue.shown)
    return lines, frozenset(table.selected()), table.verticalScrollBar().value(), watch.alarms.bar.view


def test_an_acknowledgement_with_its_note_comes_back_through_the_feed(ui: Ui, station: RealStation, tmp_path: Path) -> None:
    async def story() -> None:
        async with seat_at(station, tmp_path / "seat") as (_, watch):
            occurrence = await raised(station, watch, "T1")
            watch.alarms.table.select([occurrence])
            watch.alarms.panel.note.setText("现场已确认")
            QTest.keyClick(watch.alarms.table, Qt.Key.Key_Space)
            await until(lambda: row(watch, "T1").alarm.state == "ACKED")
            assert (row(watch, "T1").alarm.acked_by, row(watch, "T1").alarm.note) == ("wang", "现场已确认")
            await until(lambda: watch.alarms.panel.outcome.whole == "已确认 1 条")
            assert watch.alarms.panel.note.text() == ""

    ui(story())


def test_a_critical_alarm_wants_a_note_and_the_button_says_so(ui: Ui, station: RealStation, tmp_path: Path) -> None:
    async def story() -> None:
        async with seat_at(station, tmp_path / "seat") as (desk, watch):
            occurrence = await raised(station, watch, "T1", 95.0, "HH")
            panel = watch.alarms.panel
            desk.window.show_page("overview")
            watch.banner._ack.click()
            assert desk.window.page is watch.alarms and watch.alarms.table.selected() == {occurrence}
            assert "备注" in panel.buttons[Want.ACK].text() and "紧急" in panel.outcome.whole
            assert panel.note.hasFocus()
            panel.note.setText("已通知现场")
            QTest.keyClick(panel.note, Qt.Key.Key_Return)
            await until(lambda: row(watch, "T1", "HH").alarm.state == "ACKED")

    ui(story())


def test_a_stale_occurrence_changes_nothing_but_the_sentence(ui: Ui, station: RealStation, tmp_path: Path) -> None:
    async def story() -> None:
        async with seat_at(station, tmp_path / "seat") as (desk, watch):
            stale = await raised(station, watch, "T1")
            await raised(station, watch, "T2")
            station.do(lambda rig: rig.post(f"/alarms/{stale}/ack"))
            station.say("T1", 50.0)
            await until(lambda: row(watch, "T1") is None)
            newer = await raised(station, watch, "T1")
            assert newer != stale
            watch.alarms.table.select([newer])
            before = picture(watch)
            panel = watch.alarms.panel
            panel.wished.emit(Wish(Want.ACK, (row(watch, "T1").alarm,), (stale,)))
            await until(lambda: "没有确认" in panel.outcome.whole)
            assert "结束" in panel.outcome.whole or "取代" in panel.outcome.whole
            assert picture(watch) == before and row(watch, "T1").alarm.state == "UNACK"
            assert desk.state.alarms["T1", "H"].occurrence == newer

    ui(story())


def test_who_was_faster_is_told(ui: Ui, station: RealStation, tmp_path: Path) -> None:
    async def story() -> None:
        async with seat_at(station, tmp_path / "seat") as (_, watch):
            occurrence = await raised(station, watch, "T1")
            watch.alarms.table.select([occurrence])
            shown = row(watch, "T1").alarm
            assert station.do(lambda rig: rig.post(f"/alarms/{occurrence}/ack", user="li"))[0] == 200
            watch.alarms.wished.emit(Wish(Want.ACK, (shown,), (occurrence,)))
            await until(lambda: "li" in watch.alarms.panel.outcome.whole)
            await until(lambda: row(watch, "T1").alarm.acked_by == "li")

    ui(story())


def test_shelving_by_its_sheet_and_back(ui: Ui, station: RealStation, tmp_path: Path) -> None:
    async def story() -> None:
        async with seat_at(station, tmp_path / "seat") as (_, watch):
            panel, sheet = watch.alarms.panel, watch.alarms.panel.shelve
            occurrence = await raised(station, watch, "T1")
            watch.alarms.table.select([occurrence])
            QTest.keyClick(watch.alarms.table, Qt.Key.Key_S)
            assert panel.stack.currentWidget() is sheet and not sheet.send.isEnabled()
            assert "时间" in sheet.send.text() and "原因" in sheet.send.text()
            assert "非官方" in sheet.hint.text() and "0/5" in sheet.hint.text()
            sheet.times.buttons[0].click()
            next(button for button in sheet.reasons.buttons if button.text() == "其他").click()
            assert "说明" in sheet.send.text()
            sheet.text.setText("换表")
            QTest.keyClick(sheet.text, Qt.Key.Key_Return)
            await until(lambda: row(watch, "T1") is not None and row(watch, "T1").alarm.state == "SHLVD")
            assert panel.stack.currentIndex() == 0
            await until(lambda: watch.strip.buttons[View.SHELVED].text() == "搁置 1")
            assert "T1" in watch.strip.next.text() and ("14:" in watch.strip.next.text() or "15:" in watch.strip.next.text())
            await until(lambda: panel.permits.shelve.used == 1)
            watch.strip.buttons[View.SHELVED].click()
            assert [line.alarm.tag for line in watch.alarms.table.queue.shown] == ["T1"]
            watch.alarms.table.select([occurrence])
            QTest.keyClick(watch.alarms.table, Qt.Key.Key_S)
            await until(lambda: row(watch, "T1").alarm.state == "UNACK")

    ui(story())


def test_shelving_a_critical_alarm_asks_for_a_second_person(ui: Ui, station: RealStation, tmp_path: Path) -> None:
    async def story() -> None:
        async with seat_at(station, tmp_path / "seat", "zhao") as (_, watch):
            occurrence = await raised(station, watch, "T1", 95.0, "HH")
            watch.alarms.table.select([occurrence])
            panel, sheet = watch.alarms.panel, watch.alarms.panel.shelve
            QTest.keyClick(watch.alarms.table, Qt.Key.Key_S)
            sheet.times.buttons[0].click()
            sheet.reasons.buttons[0].click()
            assert "申请" in sheet.send.text() and "另一人批准" in sheet.hint.text()
            sheet.send.click()
            await until(lambda: "申请" in panel.outcome.whole)
            assert row(watch, "T1", "HH").alarm.state == "UNACK", "nothing is shelved before somebody agreed"

    ui(story())


def test_suppress_and_out_of_service_by_a_supervisor(ui: Ui, station: RealStation, tmp_path: Path) -> None:
    async def story() -> None:
        async with seat_at(station, tmp_path / "seat", "zhao") as (_, watch):
            panel, sheet = watch.alarms.panel, watch.alarms.panel.reason
            occurrence = await raised(station, watch, "T1")
            watch.alarms.table.select([occurrence])
            panel.buttons[Want.OUT_OF_SERVICE].click()
            assert "原因" in sheet.send.text() and "工单号" in sheet.send.text()
            sheet.text.setText("变送器送检")
            sheet.order.setText("WO-7")
            sheet.send.click()
            await until(lambda: row(watch, "T1") is not None and row(watch, "T1").alarm.state == "OOSRV")
            assert "WO-7" in row(watch, "T1").alarm.reason
            watch.alarms.show_list(View.OUT_OF_SERVICE)
            watch.alarms.table.select([occurrence])
            assert panel.buttons[Want.OUT_OF_SERVICE].text() == "恢复使用"
            panel.buttons[Want.OUT_OF_SERVICE].click()
            await until(lambda: row(watch, "T1").alarm.state == "UNACK")

    ui(story())


@pytest.mark.parametrize("user", ["wang", "sun"])
def test_buttons_are_those_of_the_role(ui: Ui, station: RealStation, tmp_path: Path, user: str) -> None:
    async def story() -> None:
        async with seat_at(station, tmp_path / "seat", user) as (_, watch):
            shown = {want for want, button in watch.alarms.panel.buttons.items() if not button.isHidden()}
            acts = {Want.ACK, Want.RESET, Want.SHELVE, Want.SUPPRESS, Want.OUT_OF_SERVICE}
            assert shown & acts == ({Want.ACK, Want.RESET, Want.SHELVE} if user == "wang" else set())

    ui(story())


def test_keys_lead_to_the_other_pages(ui: Ui, station: RealStation, tmp_path: Path) -> None:
    async def story() -> None:
        async with seat_at(station, tmp_path / "seat") as (desk, watch):
            occurrence = await raised(station, watch, "T1")
            watch.alarms.table.select([occurrence])
            seen: list[Any] = []
            desk.seat.card_wanted.connect(lambda alarm: seen.append(("card", alarm.occurrence)))
            desk.seat.why_wanted.connect(lambda name: seen.append(("why", name)))
            desk.seat.form_wanted.connect(lambda kind, number: seen.append((kind, number)))
            for key in (Qt.Key.Key_C, Qt.Key.Key_W):
                QTest.keyClick(watch.alarms.table, key)
            assert seen == [("card", occurrence), ("why", "T1")]
            QTest.keyClick(watch.alarms.table, Qt.Key.Key_F)
            await until(lambda: "再按一次" in watch.alarms.panel.outcome.whole)
            QTest.keyClick(watch.alarms.table, Qt.Key.Key_F)
            await until(lambda: seen[-1][0] == "handling")

    ui(story())


def test_kept_filters_are_the_seats(ui: Ui, station: RealStation, tmp_path: Path) -> None:
    async def story(first: bool) -> None:
        async with seat_at(station, tmp_path / "seat") as (_, watch):
            bar = watch.alarms.bar
            if first:
                bar.search.setText("t2")
                bar.show_list(View.UNACKED)
                bar.presets._save("罐区未确认")
                return
            assert [one.name for one in bar.presets.presets] == ["罐区未确认"]
            await raised(station, watch, "T1")
            await raised(station, watch, "T2")
            bar.recall(bar.presets.presets[0])
            assert [line.alarm.tag for line in watch.alarms.table.queue.shown] == ["T2"] and bar.view is View.UNACKED

    ui(story(True))
    ui(story(False))


def test_a_flood_is_counted_also_by_a_desk_that_comes_later(ui: Ui, station: RealStation, tmp_path: Path) -> None:
    async def story(first: bool) -> None:
        async with seat_at(station, tmp_path / "seat") as (_, watch):
            badge = watch.banner.flood
            if first:
                assert badge.isHidden()
                for value in (85.0, 50.0, 85.0, 50.0, 85.0):
                    for number in range(1, 5):
                        station.say(f"T{number}", value)
                    await until(lambda up=value > 80: all(is_active(row(watch, f"T{n}")) == up for n in range(1, 5)))
            await until(lambda: badge.isVisible() and badge.text().endswith(" · 12 条/10 分钟"))

    ui(story(True))
    ui(story(False))


def is_active(line: Any) -> bool:
    return line is not None and line.alarm.state == "UNACK"


def test_history_is_searched_paged_and_exported(ui: Ui, station: RealStation, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr("app.console.alarm_history.PAGE", 2)
    monkeypatch.setattr("app.console.alarm_history.EXPORT_PAGE", 2)

    async def story() -> None:
        async with seat_at(station, tmp_path / "seat") as (_, watch):
            for name in ("T1", "T2", "T3"):
                await raised(station, watch, name)
            past = watch.alarms.past
            assert isinstance(past, PastSearch)
            watch.alarms.bar.past.click()
            past.look.click()
            await until(lambda: len(past.model.alarms) >= 2)
            await until(lambda: past.status.text() == "共 3 条")
            assert [one.tag for one in past.model.alarms] == ["T3", "T2", "T1"]
            past.tag.setText("T2")
            past.look.click()
            await until(lambda: [one.tag for one in past.model.alarms] == ["T2"])
            past.tag.clear()
            file = tmp_path / "out.csv"
            history = past.findChild(AlarmHistory)
            assert history is not None
            history.export(past.query(), file)
            await until(lambda: "已导出 3 条" in past.progress.text())
            lines = list(csv.reader(file.open(encoding="utf-8-sig")))
            assert [line[1] for line in lines] == ["位号", "T3", "T2", "T1"]
            history.export(past.query(), tmp_path / "cancelled.csv")
            past.cancel.click()
            await until(lambda: "已停止" in past.progress.text())
            assert sorted(name for name in os.listdir(tmp_path) if ".csv" in name) == ["out.csv"]
            history.export(past.query(), tmp_path / "nowhere" / "x.csv")
            await until(lambda: "写不了" in past.progress.text())

    ui(story())

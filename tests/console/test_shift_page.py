"""Handing over at the desk, over a real station: taken over, noted, signed by two people at one desk without logging it out,
read again; and the reminder before the end, on whatever page somebody is."""

from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.console.desk import Desk
from app.domain.plant import Site
from tests.console.real_station import RealStation
from tests.console.rig import desk_at, run_ui, type_login, until
from tests.station.rig import PASSWORD, a_site
from widgets.shift.lines import Block, Opens
from widgets.shift.page import ShiftPage

Ui = Callable[[Coroutine[Any, Any, None]], None]
PEOPLE = [{"name": "王强", "user": "wang"}, {"name": "李敏", "user": "li"}]


@pytest.fixture
def ui(qapp: QApplication) -> Ui:
    return lambda work: run_ui(qapp, work)


def ending_in(minutes: int) -> Site:
    """One shift round the clock that ends so soon, and another."""
    end = datetime.now(UTC) + timedelta(minutes=minutes, hours=8)  # the wall clock of Shanghai
    early = end - timedelta(hours=12)
    shifts = [
        {"name": "前班", "start": f"{early:%H:%M}", "hours": 12},
        {"name": "后班", "start": f"{end:%H:%M}", "hours": 12},
    ]
    return a_site(options={"shift": {"person": PEOPLE, "shift": shifts}})


@asynccontextmanager
async def at_desk(tmp_path: Path, station: RealStation, user: str = "wang") -> AsyncIterator[tuple[Desk, ShiftPage]]:
    async with desk_at(tmp_path / "seat", station.url, pages=("shift", "forms")) as desk:
        page = desk.window.page_named("shift")
        assert isinstance(page, ShiftPage)
        await enter(desk, user)
        desk.window.show_page("shift")
        await until(lambda: page.form is not None)
        yield desk, page


async def enter(desk: Desk, user: str) -> None:
    type_login(desk, PASSWORD, user)
    await until(lambda: desk.seat.user == user and desk.window.page is not desk.login_page)


def click(button: Any) -> None:
    assert button.isVisible() and button.isEnabled(), button.text()
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def block(page: ShiftPage, key: str) -> Block:
    return next(one for one in page.sheet.blocks if one.key == key)


def texts(page: ShiftPage, key: str) -> list[str]:
    return [line.main for line in block(page, key).lines]


def test_two_people_hand_over_at_one_desk(ui: Ui, tmp_path: Path) -> None:
    async def story() -> None:
        with RealStation(tmp_path / "data", ending_in(30)) as station:
            async with at_desk(tmp_path, station) as (desk, page):
                first = page.form["id"]  # type: ignore[index]
                await until(lambda: page.watch.take.isVisible())
                click(page.watch.take)
                await until(lambda: "王强" in page.watch.duty.text())
                assert not page.watch.take.isVisible()
                # a note with Enter, a horn that was heard, an alarm that opens its card
                page.watch.note.setText("一号罐区动火作业已办票")
                QTest.keyClick(page.watch.note, Qt.Key.Key_Return)
                await until(lambda: texts(page, "notes") == ["一号罐区动火作业已办票"])
                assert page.watch.note.text() == ""
                click(page.watch.heard)
                await until(lambda: "声音正常" in page.watch.horn.text())
                station.say("T1", 85.0)
                page.sheet.setFocus()
                await until(lambda: len(block(page, "open_alarms").lines) == 1)
                cards: list[Any] = []
                desk.seat.card_wanted.connect(cards.append)
                QTest.keyClick(page.sheet, Qt.Key.Key_Down)
                QTest.keyClick(page.sheet, Qt.Key.Key_Return)
                assert [card.tag for card in cards] == ["T1"]
                # out
                click(page.hand_over)
                page.sign.remarks.setPlainText("T1 正在降液位")
                page.sign.matters.setPlainText("盯住 T1\n\n清罐准备")
                click(page.sign.sign)
                await until(lambda: page.sign.accept.isVisible())
                assert "王强" in page.sign.who_signed.text()
                assert not page.hand_over.isVisible()
                # the same person is refused, a wrong password too, and neither logs the desk out
                for user, password, says in (("wang", PASSWORD, "另一人"), ("li", "falsch", "密码")):
                    page.sign.user.setText(user)
                    page.sign.password.setText(password)
                    click(page.sign.accept)
                    await until(lambda says=says: says in page.sign.fault.text())
                    assert page.sign.password.text() == ""
                assert (desk.seat.user, desk.window.page) == ("wang", page)
                # in
                page.sign.refused.setPlainText("T1")
                page.sign.password.setText(PASSWORD)
                click(page.sign.accept)
                assert "原因" in page.sign.fault.text()  # a refusal has to say why
                page.sign.refused.setPlainText("T1：原因不明")
                page.sign.password.setText(PASSWORD)
                click(page.sign.accept)
                await until(lambda: page.form is not None and page.form["id"] != first)
                assert texts(page, "left") == ["盯住 T1", "清罐准备", "T1"]
                assert "李敏" in page.watch.duty.text()
                assert any("li" in text and "登录" in text for text in desk.window.notices.texts)
                assert page.sign.isHidden()
                assert (page.sign.user.text(), page.sign.refused.toPlainText()) == ("", "")
                # what was left is closed by whoever is on watch
                page.sheet.opened.emit(next(one for one in block(page, "left").lines if one.opens is Opens.LEFT))
                page.closing_text.setText("已安排外操")
                click(page.close_item)
                await until(lambda: "已办结" in block(page, "left").lines[0].side)
                # the earlier sheet is read again, and left again
                await until(lambda: page.sheets.count() == 1)
                page.sheets.itemActivated.emit(page.sheets.item(0))
                await until(lambda: page.reading)
                assert texts(page, "signed")[:2] == ["交班　王强　T1 正在降液位", "接班　李敏"]
                assert not page.hand_over.isVisible()
                click(page.present)
                await until(lambda: not page.reading and page.form is not None and page.form["id"] != first)
                # the next person logs in at this desk
                await until(lambda: page.relogin.isVisible())
                assert "李敏" in page.relogin.text()
                click(page.relogin)
                assert desk.window.page is desk.login_page
                assert desk.login_page.user.text() == "li"
                await enter(desk, "li")
                desk.window.show_page("shift")
                await until(lambda: page.form is not None and bool(page.watch.duty.text()))
                await until(lambda: not page.relogin.isVisible())

    ui(story())


def test_the_end_of_the_shift_is_told_on_any_page_and_only_to_those_who_hand_over(ui: Ui, tmp_path: Path) -> None:
    async def story() -> None:
        with RealStation(tmp_path / "data", ending_in(10)) as station:
            async with desk_at(tmp_path / "seat", station.url, pages=("shift",)) as desk:
                await enter(desk, "wang")

                def told() -> list[str]:
                    return [text for text in desk.window.notices.texts if "准备交班" in text]

                await until(lambda: bool(told()))
                assert "前班" in told()[0]
                assert desk.window.page is not desk.window.page_named("shift")
                desk._on_log_out()
                await enter(desk, "sun")  # a viewer
                page = desk.window.page_named("shift")
                assert isinstance(page, ShiftPage)
                desk.window.show_page("shift")
                await until(lambda: page.form is not None)
                for button in (page.hand_over, page.watch.take, page.watch.note, page.make_daily):
                    assert not button.isVisible()

    ui(story())


def test_without_a_roster_the_page_says_how_to_make_one(ui: Ui, tmp_path: Path) -> None:
    async def story() -> None:
        with RealStation(tmp_path / "data") as station:
            async with at_desk(tmp_path, station) as (_, page):
                await until(lambda: page.roster._empty)
                assert "默认值" in page.watch.hint.text()
                assert page.watch.shift.text() in ("白班", "夜班")

    ui(story())

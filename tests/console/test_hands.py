"""The desk by keyboard alone, and what one person leaves behind for the next."""

from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from tests.console.fake_station import FakeStation, alarm
from tests.console.rig import desk_at, logged_in, run_ui, until

Ui = Callable[[Coroutine[Any, Any, None]], None]


@pytest.fixture
def ui(qapp: QApplication) -> Ui:
    return lambda work: run_ui(qapp, work)


def test_tab_reaches_what_lies_in_front_of_the_table_too(ui: Ui, tmp_path: Path) -> None:
    async def story() -> None:
        with FakeStation() as station:
            station.alarms["TK101.LT", "HH"] = alarm(7, "TK101.LT", "HH")
            async with desk_at(tmp_path, station.url) as desk:
                watch = await logged_in(desk, station.password)
                desk.window.activateWindow()
                await until(desk.window.isActiveWindow)
                page, seen = watch.alarms, set[QWidget | None]()
                await until(lambda: page.table.queue.shown_rows == 1)
                desk.window.show_page("alarms")
                await until(page.table.hasFocus)
                for _ in range(80):
                    QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
                    seen.add(QApplication.focusWidget())
                assert {page.bar.search, *page.bar.priorities.values(), page.panel.note, page.table} <= seen
                assert seen & set(page.bar.views.values()) and seen & set(page.bar.groupings.values())
                page.bar.search.setFocus()
                desk.window.show_page("overview")
                desk.window.show_page("alarms")
                assert page.table.hasFocus(), "whoever comes to the page acts on its table"

    ui(story())


def test_a_question_to_one_person_is_not_left_for_the_next(ui: Ui, tmp_path: Path) -> None:
    async def story() -> None:
        with FakeStation() as station:
            async with desk_at(tmp_path, station.url) as desk:
                await logged_in(desk, station.password)
                desk.seat.ask("看过画面后请填写抽查记录。", [("填写记录", lambda: None)])
                desk.seat.tell_briefly("已保存")
                desk.seat.tell("本席设置无法保存")
                desk._on_log_out()
                texts = desk.window.notices.texts
                assert "本席设置无法保存" in texts and not {"看过画面后请填写抽查记录。", "已保存"} & set(texts)

    ui(story())

"""The journal page at a real desk over a real station: search, record, check, export, seals; and who may see it."""

from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication, QFileDialog

from app.console.desk import Desk
from tests.console.real_station import RealStation
from tests.console.rig import desk_at, run_ui, type_login, until
from tests.station.rig import PASSWORD
from tests.station.test_duty_log import filled
from widgets.journal.page import JournalPage

Ui = Callable[[Coroutine[Any, Any, None]], None]


@pytest.fixture
def ui(qapp: QApplication) -> Ui:
    return lambda work: run_ui(qapp, work)


@asynccontextmanager
async def at_journal(tmp_path: Path, station: RealStation, user: str = "zhao") -> AsyncIterator[tuple[Desk, JournalPage]]:
    async with desk_at(tmp_path / "seat", station.url, pages=("journal",)) as desk:
        page = desk.window.page_named("journal")
        assert isinstance(page, JournalPage)
        type_login(desk, PASSWORD, user)
        await until(lambda: desk.seat.user == user and desk.window.page is not desk.login_page)
        desk.window.show_page("journal")
        yield desk, page


def test_reading_back_searching_and_opening(tmp_path: Path, ui: Ui) -> None:
    filled(tmp_path / "station", 1500)

    async def work() -> None:
        with RealStation(tmp_path / "station") as station:
            async with at_journal(tmp_path, station) as (desk, page):
                await until(lambda: len(page.model.lines) >= 200)
                newest = [line["id"] for line in page.model.lines]
                assert newest == sorted(newest, reverse=True)
                while page.model.lines[-1]["id"] > 1:
                    before = len(page.model.lines)
                    page.table.scrollToBottom()
                    await until(lambda before=before: len(page.model.lines) > before)
                assert [line["id"] for line in page.model.lines] == list(range(newest[0], 0, -1))
                page.filters.look_for("确认 现场")
                await until(lambda: 0 < len(page.model.lines) < 200)
                assert all("已到现场" in line["text"] for line in page.model.lines)
                page.table.selectRow(0)
                await until(lambda: page.record.number == page.model.lines[0]["id"])
                page.record.older.click()
                await until(lambda: page.record.number == page.model.lines[0]["id"] - 1)
                page.filters.look_for("没有这个词")
                await until(lambda: not page.model.lines and "放宽时间" in page.empty.text())
                desk.window.top.log_out.emit()
                await until(lambda: not page.filters.text.text() and page.empty.text() == "")

    ui(work())


def test_a_check_an_export_and_a_seal_from_the_page(tmp_path: Path, ui: Ui) -> None:
    filled(tmp_path / "station", 3000)

    async def saved_as(page: JournalPage, name: str) -> Path:
        """Chooses a place in the dialog that is open."""
        await until(lambda: any(one.isVisible() for one in page.findChildren(QFileDialog)))
        dialog = next(one for one in page.findChildren(QFileDialog) if one.isVisible())
        assert not dialog.isModal()
        file = tmp_path / name
        dialog.fileSelected.emit(str(file))
        dialog.close()
        await until(file.exists)
        return file

    async def work() -> None:
        with RealStation(tmp_path / "station") as station:
            async with at_journal(tmp_path, station) as (_desk, page):
                page.verify.click()
                await until(lambda: page.checking.isVisible() and not page.checking.running)
                assert "日志完整" in page.checking.words.text()
                page.filters.tag.setText("T1")
                page.export.emit("csv")
                await until(lambda: page.exporting.save.isVisible())
                page.exporting.save.click()
                body = (await saved_as(page, "journal.csv")).read_bytes()
                assert body.startswith(b"\xef\xbb\xbf") and body.count(b"\r\n") > 1500
                page.show_seals.click()
                await until(lambda: page.seals.chosen() is not None)
                seal = page.seals.chosen()
                assert seal is not None
                page.seals.print.click()
                assert (await saved_as(page, "seal.pdf")).read_bytes().startswith(b"%PDF")
                page.seals.paper.setPlainText(seal["text"])
                page.checking.hide()
                page.seals.hold.click()
                await until(lambda: page.checking.isVisible() and not page.checking.running)
                assert "与纸上的封印相符" in page.checking.words.text()
                page.seals.paper.setPlainText(f"last={seal['last']} hash={'0' * 64}")
                page.seals.hold.click()
                await until(lambda: "不完整" in page.checking.words.text())
                assert page.checking.words.objectName() == "error"

    ui(work())


def test_who_may_not_read_it_is_told_so(tmp_path: Path, ui: Ui) -> None:
    async def work() -> None:
        with RealStation(tmp_path / "station") as station:
            async with at_journal(tmp_path, station, "wang") as (desk, page):
                assert not desk.window.navigation._group.button(desk.window.navigation._names.index("journal")).isVisible()
                await until(lambda: "权限" in page.empty.text())

    ui(work())

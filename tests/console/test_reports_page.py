"""The reports page at a real desk over a real station: made, shown page by page, saved; called off."""

from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication, QFileDialog

from tests.console.real_station import RealStation
from tests.console.rig import desk_at, run_ui, type_login, until
from tests.station.rig import PASSWORD
from tests.station.test_duty_log import filled
from widgets.reports.page import ReportsPage

Ui = Callable[[Coroutine[Any, Any, None]], None]


@pytest.fixture
def ui(qapp: QApplication) -> Ui:
    return lambda work: run_ui(qapp, work)


def test_made_looked_at_saved_and_called_off(tmp_path: Path, ui: Ui) -> None:
    filled(tmp_path / "station", 200)

    async def work() -> None:
        with RealStation(tmp_path / "station") as station:
            async with desk_at(tmp_path / "seat", station.url, pages=("reports",)) as desk:
                page = desk.window.page_named("reports")
                assert isinstance(page, ReportsPage)
                type_login(desk, PASSWORD, "zhao")
                await until(lambda: desk.seat.user == "zhao" and desk.window.page is not desk.login_page)
                desk.window.show_page("reports")
                await until(lambda: page.chooser.isEnabled())
                chooser = page.chooser
                chooser.kind.setCurrentIndex(chooser.kind.findData("alarms"))
                chooser.span.setCurrentIndex(chooser.span.findData("day"))
                chooser.which["now"].click()
                chooser.make.click()
                await until(lambda: page.strip.running)
                await until(lambda: not page.strip.running, 60)
                assert "已生成" in page.strip.words.text(), page.strip.words.text()
                await until(lambda: page.preview.sheet.has_picture)
                [row] = [one for one in page.table.rows if one["kind"] == "alarms"]
                assert row["by"] == "zhao" and page.preview.report == row["id"]

                page.preview.save_xlsx.click()
                [dialog] = page.findChildren(QFileDialog)
                to = tmp_path / "kept.xlsx"
                dialog.fileSelected.emit(str(to))
                dialog.close()
                await until(lambda: to.exists() and to.read_bytes().startswith(b"PK"))

                chooser.which["last"].click()
                chooser.make.click()
                await until(lambda: page.strip.running and page.strip.share.isVisible())
                page.strip.end.click()
                await until(lambda: not page.strip.running)
                assert "没有留下文件" in page.strip.words.text()
                made = tmp_path / "station" / "reports" / "made"
                assert [one.name for one in made.iterdir()] == [row["id"]]

    ui(work())

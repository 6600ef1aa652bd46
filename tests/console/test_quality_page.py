"""The page of the data quality at a real desk over a real station: worked out, read, sieved, exported, patrol record begun."""

import asyncio
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QFileDialog

from tests.console.real_station import RealStation
from tests.console.rig import desk_at, run_ui, type_login, until
from tests.station.quality.test_api import a_past, the_site
from tests.station.rig import PASSWORD
from widgets.quality.page import QualityPage


@pytest.fixture
def ui(qapp: QApplication):
    return lambda work: run_ui(qapp, work)


def test_a_day_from_the_button_to_the_sheet(tmp_path: Path, ui) -> None:
    a_past(tmp_path / "station")

    async def work() -> None:
        with RealStation(tmp_path / "station", the_site()) as station:
            async with desk_at(tmp_path / "seat", station.url, pages=("quality", "forms")) as desk:
                page = desk.window.page_named("quality")
                assert isinstance(page, QualityPage)
                type_login(desk, PASSWORD, "zhao")
                await until(lambda: desk.seat.user == "zhao" and desk.window.page is not desk.login_page)
                desk.window.show_page("quality")
                await until(lambda: "重新计算" in page.empty.text())
                day = station.do(lambda rig: rig.station.quality.day_of(rig.station.clock.now()).isoformat())
                page.choose_day(day)
                page.again.click()
                await until(lambda: page.work.isVisible())
                await until(lambda: page.table.points.rows and not page.work.running)
                assert page.table.points.rows[0]["tag"] == "T1", "worst first"
                assert page.cards.cards[0].title == "全厂"
                page.table.selectRow(0)
                await until(lambda: page.detail.list.count() > 0 and page.detail.tag == "T1")
                texts = [page.detail.list.item(n).text() for n in range(page.detail.list.count())]
                assert any("漏报" in text for text in texts)
                await until(lambda: bool(page.detail.plot._times))
                assert page.detail.plot.mark is not None
                wanted = []
                desk.seat.trend_wanted.connect(wanted.append)
                page.detail.button.click()
                assert wanted == [["T1"]]
                page.kind.setCurrentIndex(page.kind.findData("missed"))
                assert [row["tag"] for row in page.table.points.rows] == ["T1"]
                page.kind.setCurrentIndex(0)
                page.cards.cards[-1].click()
                assert {row["source"] for row in page.table.points.rows} == {page.cards.cards[-1].row["key"]}
                page.sheet.click()
                await until(lambda: any(one.isVisible() for one in page.findChildren(QFileDialog)))
                dialog = next(one for one in page.findChildren(QFileDialog) if one.isVisible())
                file = tmp_path / "quality.xlsx"
                dialog.fileSelected.emit(str(file))
                dialog.close()
                await until(file.exists)
                forms = []
                desk.seat.form_wanted.connect(lambda kind, id: forms.append(kind))
                page.patrol.click()
                await until(lambda: forms == ["patrol"])
                desk.window.top.log_out.emit()
                await until(lambda: not page.table.points.rows and not page.detail.tag)
                await asyncio.sleep(0)

    ui(work())

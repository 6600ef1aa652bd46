"""The trend page at a real desk over a real station: history, limits of then, marks, figures, export, groups, drops."""

import time
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QApplication, QFileDialog

from app.console.desk import Desk
from app.console.keeping import write_whole
from app.domain.sample import Quality, Reason, Sample
from app.station.retune import retune
from app.store import open_store
from tests.console.real_station import RealStation
from tests.console.rig import desk_at, run_ui, type_login, until
from tests.station.rig import PASSWORD, Rig, a_site, people_in
from widgets.tagdrag import tag_mime
from widgets.trend.legend import APART
from widgets.trend.page import TrendPage

Ui = Callable[[Coroutine[Any, Any, None]], None]


@pytest.fixture
def ui(qapp: QApplication) -> Ui:
    return lambda work: run_ui(qapp, work)


def with_history(folder: Path) -> None:
    """An hour of T1, 10 s apart, with ten minutes of bad data and one peak; and the configuration it was measured under."""
    people_in(folder)
    store = open_store(folder)
    now = int(time.time())
    rows = []
    for ago in range(3600, 0, -10):
        at = (now - ago) * 1_000_000
        quality = Quality.BAD if 1200 < ago <= 1800 else Quality.GOOD
        value = 77.0 if ago == 2400 else 40.0 + ago / 360
        rows.append(Sample("T1", value, quality, Reason.NONE if quality is Quality.GOOD else Reason.SENSOR_FAILURE, at, at))
    store.historian.append(rows)
    store.close()


@asynccontextmanager
async def at_trend(tmp_path: Path, station: RealStation, user: str = "wang") -> AsyncIterator[tuple[Desk, TrendPage]]:
    async with desk_at(tmp_path / "seat", station.url, whole=True) as desk:
        type_login(desk, PASSWORD, user)
        await until(lambda: desk.seat.user == user and desk.window.page is not desk.login_page)
        desk.window.show_page("trend")
        assert desk.watch is not None and desk.watch.plant_side is not None
        yield desk, desk.watch.plant_side.trend


def test_history_limits_and_marks_come_and_a_mark_opens_the_card(tmp_path: Path, ui: Ui) -> None:
    with_history(tmp_path / "station")

    async def prepare(rig: Rig) -> None:
        station = rig.station
        first = await station.call(station.store.config.save, station.site, "zheng", "开站", station.clock.now())
        station.adopt(station.site, first)
        await retune(station, {"T1": {"hh": 95.0}}, "zheng", "zhou", "清罐")
        rig.field["dcs"].say("T1", 96.0)
        alarm = await rig.has("T1", "HH", "UNACK")
        await rig.post(f"/alarms/{alarm['occurrence']}/ack", {"note": "去现场"})
        await rig.has("T1", "HH", "ACKED")

    async def work() -> None:
        with RealStation(tmp_path / "station", a_site()) as station:
            station.do(prepare)
            async with at_trend(tmp_path, station) as (desk, page):
                page.set_tags(["T1"])
                page.plot.set_span(3600.0)
                await until(lambda: page.pens[0].history.newest is not None)
                await until(lambda: len(page.pens[0].limits) > 0)
                await until(lambda: {"raised", "acknowledged", "limit"} <= {mark.kind for mark in page.plot.marks})
                assert page.pens[0].extremes(page.plot.t0, time.time() - 60, time.time())[1] == 77.0, "a peak of one sample"
                [bad] = [span for span in page.pens[0].bad(page.plot.t0, time.time() - 300) if span[2]]
                assert bad[1] - bad[0] == pytest.approx(600, abs=30)
                assert page.pens[0].limits[-1].limits.hh == 95.0 and page.pens[0].limits[-1].why.startswith("清罐")
                raised = next(mark for mark in page.plot.marks if mark.kind == "raised" and mark.text.count("高高报"))
                page.plot.mark_opened.emit(raised)
                await until(lambda: desk.window.page is desk.window.page_named("card"))

    ui(work())


def test_figures_of_a_selection_and_a_group_that_is_kept(tmp_path: Path, ui: Ui) -> None:
    with_history(tmp_path / "station")

    async def work() -> None:
        with RealStation(tmp_path / "station") as station:
            async with at_trend(tmp_path, station) as (desk, page):
                page.set_tags(["T1", "T2"])
                page.plot.set_span(3600.0)
                now = time.time()
                page.plot.select((now - 3000, now - 300))
                page.plot.selected.emit()
                await until(lambda: page.figures.table.rowCount() == 2)
                table = page.figures.table
                texts = [table.item(0, column).text() for column in range(table.columnCount())]
                assert texts[0] == "T1  %" and texts[3] == "77.0" and texts[-2:] == ["77.8%", "60"]
                page.plot.set_fixed(0, now - 1000)
                page.plot.set_fixed(1, now - 640)
                await until(lambda: page.legend.item(0, APART).text() == "-1.0")
                page.bar._stacked.click()
                page.groups._name.setText("罐区")
                page.groups._keep()
                kept = desk.settings.trend_groups
                assert [(one["name"], one["tags"], one["user"]) for one in kept] == [("罐区", ("T1", "T2"), "wang")]
                page.set_tags([])
                page.bar._overlay.click()
                page.groups.chosen.emit(page.groups.groups[0])
                assert page.tags == ["T1", "T2"] and page.plot.stacked
            async with at_trend(tmp_path, station, "li") as (_, page):
                assert page.groups.groups == [], "of another person"
            async with at_trend(tmp_path, station) as (_, page):
                assert [one.name for one in page.groups.groups] == ["罐区"]

    ui(work())


def test_figures_of_a_long_span_show_how_far_they_are_and_can_be_called_off(tmp_path: Path, ui: Ui) -> None:
    with_history(tmp_path / "station")

    async def work() -> None:
        with RealStation(tmp_path / "station") as station:
            async with at_trend(tmp_path, station) as (_, page):
                page.set_tags(["T1"])
                now = time.time()
                for call_off in (True, False):
                    page.plot.select((now - 300 * 86400.0, now))
                    page.plot.selected.emit()
                    assert page.figures.cancel.isVisible() and page.figures.table.rowCount() == 0
                    if call_off:
                        page.figures.cancel.click()
                        assert "已取消" in page.figures.about.text() and not page.figures.cancel.isVisible()
                        await until(lambda: not _running(station), 180)
                    else:
                        await until(lambda: page.figures.table.rowCount() == 1, 180)
                        assert page.figures.table.item(0, 3).text() == "77.0" and not page.figures.cancel.isVisible()

    ui(work())


def _running(station: RealStation) -> list[str]:
    def look(rig: Rig) -> list[str]:
        return [job.id for job in rig.station.duty_log.figures._jobs.values() if job.state == "running"]

    found: list[str] = station.do(look)
    return found


def test_an_export_and_a_picture_are_saved_whole(tmp_path: Path, ui: Ui) -> None:
    with_history(tmp_path / "station")

    async def saved_as(page: TrendPage, name: str) -> Path:
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
            async with at_trend(tmp_path, station) as (_, page):
                page.set_tags(["T1"])
                page.plot.set_span(3600.0)
                page.bar.export.emit("csv", True)
                await until(lambda: page.exporting.save.isVisible())
                page.exporting.save.click()
                file = await saved_as(page, "raw.csv")
                assert file.read_text("utf-8-sig").count("T1") >= 340
                page.bar.export.emit("png", False)
                picture = await saved_as(page, "trend.png")
                assert picture.read_bytes().startswith(b"\x89PNG")
                assert not list(tmp_path.glob(".*"))  # noqa: ASYNC240

    ui(work())


def test_a_lost_station_is_told_with_what_to_do_and_asked_again(tmp_path: Path, ui: Ui) -> None:
    with_history(tmp_path / "station")

    async def work() -> None:
        with RealStation(tmp_path / "station") as station:
            async with at_trend(tmp_path, station) as (_, page):
                page.set_tags(["T1"])
                await until(lambda: page.pens[0].history.newest is not None)
                station.do(lambda rig: setattr(rig.station.store.historian, "reduced", None))
                page.plot.show_span(time.time() - 90_000, time.time() - 80_000)
                await until(lambda: "没有取到" in page.asking.words.text())
                assert page.asking.button.text() == "重试"
                station.do(lambda rig: delattr(rig.station.store.historian, "reduced"))
                page.asking.button.click()
                await until(lambda: page.pens[0].covered(page.plot.t0, page.plot.end, 25.0))
                await until(lambda: page.asking.words.isHidden() and not page.plot.rough)

    ui(work())


def test_tags_are_dropped_into_the_chart(tmp_path: Path, ui: Ui) -> None:
    async def work() -> None:
        with RealStation(tmp_path / "station") as station:
            async with at_trend(tmp_path, station) as (_, page):
                mime = tag_mime(["T2", "T1", "@dcs", "NO"])
                keys, buttons = Qt.KeyboardModifier.NoModifier, Qt.MouseButton.LeftButton
                page.dropEvent(QDropEvent(QPointF(9, 9), Qt.DropAction.CopyAction, mime, buttons, keys))
                assert page.tags == ["T2", "T1"]

    ui(work())


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    target = tmp_path / "a.png"
    target.write_bytes(b"old")
    with pytest.raises(OSError):
        write_whole(target / "b.png", b"new")
    write_whole(target, b"new")
    assert target.read_bytes() == b"new" and len(list(tmp_path.iterdir())) == 1

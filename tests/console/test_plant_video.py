"""A camera on the plant picture, or what one looks at, shows live at the faceplate: one click, the page stays."""

from collections.abc import Callable, Coroutine
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication

from app.console.plant_video import cameras_of
from app.domain.plant import Camera, LayoutItem
from app.domain.tag import Tag
from tests.console.real_station import RealStation
from tests.console.rig import desk_at, run_ui, type_login, until
from tests.console.video_rig import write_numbers
from tests.station.rig import PASSWORD, a_site, tag
from widgets.video.beside import LiveBeside
from widgets.video.feed import Look
from widgets.video.single import LivePicture

Ui = Callable[[Coroutine[Any, Any, None]], None]


def item(id: str, type: str, **more: Any) -> LayoutItem:
    return LayoutItem(id=id, type=type, x=0.0, y=0.0, **more)


def test_which_cameras_belong_to_an_item() -> None:
    tags: dict[str, Tag] = {"T1": replace(tag("T1"), camera=("C", "GONE"))}
    cameras = {code: Camera(code, code, equipment=("V-101",) if code == "D" else ()) for code in "ABCD"}
    drawn = item("1", "tank.vertical", equipment="V-101", camera="B", cameras=("A", "B"), bind={"level": "T1"})
    assert [one.camera for one in cameras_of(drawn, cameras, tags)] == ["B", "A", "C", "D"]
    assert cameras_of(item("2", "text"), cameras, tags) == []


@pytest.fixture
def ui(qapp: QApplication) -> Ui:
    return lambda work: run_ui(qapp, work)


def picture_in(beside: LiveBeside) -> LivePicture | None:
    return next((one for one in beside.findChildren(LivePicture) if not one.isHidden()), None)


def is_live(beside: LiveBeside, camera: str) -> bool:
    shown = picture_in(beside)
    if shown is None or shown.camera.camera != camera or shown.pane.said is None:
        return False
    return shown.pane.painted > 2 and shown.pane.said.look is Look.LIVE


def test_one_click_shows_it_and_the_page_stays(ui: Ui, tmp_path: Path) -> None:
    url = write_numbers(tmp_path / "film" / "cam.mp4").as_uri()
    cameras = tuple(Camera(f"CAM-{number}", f"罐区{number}号", url, url, kind="tank") for number in (1, 2))

    async def story() -> None:
        with RealStation(tmp_path / "station", replace(a_site(), cameras=cameras)) as station:
            async with desk_at(tmp_path / "desk", station.url, whole=True) as desk:
                type_login(desk, PASSWORD, "wang")
                await until(lambda: desk.window.page is not desk.login_page)
                desk.window.show_page("plant")
                plant = desk.window.page_named("plant")
                [beside] = plant.findChildren(LiveBeside)
                click = plant.view.item_clicked.emit
                plant._stack.setCurrentIndex(1)
                click(item("c", "camera", camera="CAM-1"))
                await until(lambda: is_live(beside, "CAM-1"))
                assert desk.window.page is plant and desk.seat.streams is not None
                click(item("t", "tank.vertical", equipment="V-101", cameras=("CAM-2", "CAM-1")))
                await until(lambda: is_live(beside, "CAM-2"))
                assert [one.text() for one in beside._choices.buttons()] == ["CAM-2", "CAM-1"]
                beside._choices.buttons()[1].click()
                await until(lambda: is_live(beside, "CAM-1"))
                plant.close_faceplate()
                assert not beside.isVisible()
                assert picture_in(beside) is None
                click(item("t", "tank.vertical", equipment="V-101", cameras=("CAM-2",)))
                await until(lambda: is_live(beside, "CAM-2"))
                beside.close_button.click()  # not wanted on tanks now
                click(item("u", "tank.vertical", equipment="V-102", cameras=("CAM-1",)))
                assert not beside.isVisible()
                click(item("c", "camera", camera="CAM-2"))  # but asked for
                await until(lambda: is_live(beside, "CAM-2"))
                beside.large.click()
                await until(lambda: desk.window.page is desk.window.page_named("video"))

    ui(story())

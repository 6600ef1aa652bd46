"""The video page at a real desk over a real station, with cameras that are films."""

import asyncio
import hashlib
import itertools
import json
from collections.abc import Callable, Coroutine
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from app.console.kiosk_video import KioskVideo
from app.console.recordings import CameraRecordings, Shelf
from app.console.session import Session
from app.console.settings import Settings
from app.console.tasks import Tasks
from app.console.wall import Screen, Wall
from app.console.watch import Watch
from app.console.window import DeskWindow
from app.domain.clip import ClipMsg
from app.domain.instant import SECOND, to_rfc3339
from app.domain.plant import Camera, Site
from tests.console.real_station import RealStation
from tests.console.rig import desk_at, run_ui, type_login, until
from tests.console.video_rig import number_of, write_numbers
from tests.station.rig import PASSWORD, a_site
from widgets.theme import ThemeHolder
from widgets.video.arrangement import Arrangement
from widgets.video.feed import Decoding, Look
from widgets.video.page import VideoPage

Ui = Callable[[Coroutine[Any, Any, None]], None]


@pytest.fixture
def ui(qapp: QApplication) -> Ui:
    return lambda work: run_ui(qapp, work)


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_numbers(tmp_path_factory.mktemp("film") / "cam.mp4")


@pytest.fixture(scope="module")
def body(film: Path) -> bytes:
    return film.read_bytes()


def site_with(film: Path, count: int = 3) -> Site:
    url = film.as_uri()
    cameras = [Camera(f"CAM-{number}", f"罐区{number}号", url, url, kind="tank") for number in range(1, count + 1)]
    return replace(a_site(), cameras=tuple(cameras))


def is_live(page: VideoPage) -> bool:
    shown = [pane for pane in page.wall.panes if pane.camera is not None]
    return bool(shown) and all(p.painted > 2 and p.said is not None and p.said.look is Look.LIVE for p in shown)


def test_live_hidden_kept_and_logged_out(ui: Ui, film: Path, tmp_path: Path) -> None:
    async def story() -> None:
        with RealStation(tmp_path / "station", site_with(film)) as station:
            async with desk_at(tmp_path / "desk", station.url, whole=True) as desk:
                type_login(desk, PASSWORD, "wang")
                await until(lambda: desk.window.page is not desk.login_page)
                page = desk.window.page_named("video")
                assert isinstance(page, VideoPage)
                desk.window.show_page("video")
                await until(lambda: is_live(page))
                desk.window.show_page("alarms")
                assert {pane.decoding for pane in page.wall.panes if pane.camera} == {Decoding.NONE}
                desk.window.show_page("video")
                page._show(Arrangement(4, ("CAM-2", "CAM-1"), 0))
                page._keep("夜间")
                kept = tmp_path / "desk" / "console.json"
                await until(lambda: "夜间" in json.loads(kept.read_text("utf-8"))["video_last"].get("name", ""))
                assert json.loads(kept.read_text("utf-8"))["video_walls"][0]["cameras"] == ["CAM-2", "CAM-1"]
                desk.seat.camera_wanted.emit("CAM-3")
                await until(lambda: page.wall.large is not None)
                page.full_wanted.emit(True)
                assert not desk.window.top.isVisible() and desk.window.banner_place.isVisible()
                desk.window.show_page("alarms")
                assert desk.window.top.isVisible()
                page.show_full(False)
                desk._on_log_out()
                await until(lambda: not [pane for pane in page.wall.panes if pane.camera])
                # the station's own rings go on on its side of this process; the seat's streams have ended
                assert desk.seat.streams is not None and desk.seat.streams.running == 0

    ui(story())


def test_who_looked_is_journalled_when_the_page_is_seen_and_not_before(ui: Ui, film: Path, tmp_path: Path) -> None:
    async def story() -> None:
        with RealStation(tmp_path / "station", site_with(film, 2)) as station:
            async with desk_at(tmp_path / "desk", station.url, whole=True) as desk:
                noted: list[str] = []
                call = desk.seat.call

                async def heard(method: str, path: str, *given: Any, **more: Any) -> Any:
                    if path == "/viewed":
                        noted.append(given[0]["subject"])
                    return await call(method, path, *given, **more)

                desk.seat.call = heard  # type: ignore[method-assign]
                type_login(desk, PASSWORD, "wang")
                await until(lambda: desk.window.page is not desk.login_page)
                page = desk.window.page_named("video")
                assert isinstance(page, VideoPage)
                await until(lambda: sum(pane.camera is not None for pane in page.wall.panes) == 2)
                await asyncio.sleep(0.2)  # whatever a hidden wall had to say would have been said
                assert noted == []
                desk.window.show_page("video")
                await until(lambda: noted == ["camera:CAM-1", "camera:CAM-2"])

    ui(story())


def test_the_wall_kiosk_shows_a_kept_wall(ui: Ui, film: Path, tmp_path: Path) -> None:
    settings = Settings(video_walls=[Arrangement(4, ("CAM-2", "CAM-1"), name="夜间").kept()])

    async def story() -> None:
        with RealStation(tmp_path / "station", site_with(film)) as station:
            bugs: list[BaseException] = []
            session, tasks = Session(), Tasks(bugs.append)
            session.start()
            window = DeskWindow(ThemeHolder(), kiosk=True)
            watch = Watch(ThemeHolder(), window, bugs.append, sound=False)
            for step in watch.steps():
                step()
            video = KioskVideo(ThemeHolder(), session, settings, tasks.start)
            window.add_page("video", "video", "视频", video.wall, greys_itself=True)
            name = QGuiApplication.primaryScreen().name()
            screen = Screen(name, window, watch, itertools.cycle(["video:夜间"]), False, video)
            wall = Wall(session, tasks, [screen])
            try:
                await wall.begin(station.url, "", "wang", PASSWORD)
                await until(lambda: window.page is video.wall)
                await until(lambda: all(pane.painted > 2 for pane in video.wall.panes[:2]))
                shown = [pane.camera.camera for pane in video.wall.panes if pane.camera is not None]
                assert shown == ["CAM-2", "CAM-1"]
                assert not video.show("gone")
            finally:
                await wall.close()
                window.close()
                window.deleteLater()
            assert not bugs
            assert video.streams.running == 0

    ui(story())


class FakeSeat:
    """What recordings ask of a seat."""

    def __init__(self, data: Path, body: bytes) -> None:
        self.data, self.body = data, body
        self.fetched = 0
        self.tasks: list[Any] = []

    async def fetch(self, path: str, params: Any = None) -> bytes:
        self.fetched += 1
        return self.body

    def run(self, work: Any) -> Any:
        self.tasks.append(asyncio.get_running_loop().create_task(work))
        return self.tasks[-1]


BEGINS = 1_790_000_000 * SECOND


def clip(body: bytes, **more: Any) -> ClipMsg:
    start, end = to_rfc3339(BEGINS), to_rfc3339(BEGINS + 4 * SECOND)
    made = ClipMsg(7, "CAM-1", "罐区", "alarm", "ready", start, end, start, start)
    made.first_frame, made.last_frame, made.sha256 = start, end, hashlib.sha256(body).hexdigest()
    for name, value in more.items():
        setattr(made, name, value)
    return made


async def test_a_clip_is_fetched_once_checked_and_shown_at_the_cursor(body: bytes, tmp_path: Path) -> None:
    seat: Any = FakeSeat(tmp_path, body)
    found = CameraRecordings(seat, Shelf(seat), [clip(body)], lambda: None)
    assert found.frame_at(BEGINS - 60 * SECOND) is None
    assert seat.fetched == 0
    assert found.frame_at(BEGINS + SECOND) is None
    assert found.words_at(BEGINS + SECOND)
    wanted = BEGINS + SECOND + SECOND // 100

    def there() -> bool:
        frame = found.frame_at(wanted)
        return frame is not None and number_of(frame) == 25

    await until(there)
    assert seat.fetched == 1
    assert BEGINS + 2 * SECOND in found.key_moments()
    found.stop()
    again = CameraRecordings(seat, Shelf(seat), [clip(body)], lambda: None)
    await until(lambda: again.frame_at(wanted) is not None)
    assert seat.fetched == 1  # the copy of this seat
    again.stop()


async def test_a_clip_that_was_changed_is_not_shown(body: bytes, tmp_path: Path) -> None:
    seat: Any = FakeSeat(tmp_path, body)
    found = CameraRecordings(seat, Shelf(seat), [clip(b"another")], lambda: None)
    assert found.frame_at(BEGINS) is None
    await until(lambda: "校验值" in found.words_at(BEGINS))
    assert found.frame_at(BEGINS) is None
    assert not list((tmp_path / "clips").glob("*.mp4")) if (tmp_path / "clips").exists() else True
    found.stop()


async def test_what_is_not_there_yet_is_said(film: Path, tmp_path: Path) -> None:
    seat: Any = FakeSeat(tmp_path, b"")
    found = CameraRecordings(seat, Shelf(seat), [clip(b"", state="recording", progress=0.4)], lambda: None)
    assert [span.ready for span in found.spans] == [False]
    assert "40" in found.spans[0].word
    assert found.frame_at(BEGINS) is None and seat.fetched == 0
    gone = CameraRecordings(seat, Shelf(seat), [clip(b"", state="removed"), clip(b"", state="failed")], lambda: None)
    assert gone.spans == []

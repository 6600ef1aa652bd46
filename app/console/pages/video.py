"""The video page joined to the streams, the settings of this seat, and the station. Console side."""

import asyncio
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from app.console.errors import Known
from app.console.keeping import ask_for_file
from app.console.seat import Seat
from app.console.state import Changes
from app.console.video import LIVE, SNAPSHOT, alarm_of, alarms_by_camera, note_viewing, streams_of
from app.domain.plant import Camera
from app.domain.roles import Action
from widgets.pulse import Settle
from widgets.video.arrangement import read_arrangement
from widgets.video.page import VideoPage
from widgets.video.pane import VideoPane
from widgets.video.snapshot import Snapshot, snapshot_of
from widgets.words import tr

NAME = "video"
SPOT_CHECK = "spot_check"
_SETTLE_MS = 500


def make(seat: Seat) -> QWidget:
    page = VideoPage(seat.themes, streams_of(seat))
    VideoSide(seat, page)
    return page


class VideoSide(QObject):
    """Lives as long as the page."""

    def __init__(self, seat: Seat, page: VideoPage) -> None:
        super().__init__(page)
        self._seat, self._page = seat, page
        self._version = ""
        self._remember = Settle(self, _SETTLE_MS, self._keep_last)
        self._alarms = Settle(self, _SETTLE_MS, self._put_alarms)
        page.walls_changed.connect(lambda walls: seat.remember(video_walls=[one.kept() for one in walls]))
        page.shown_changed.connect(lambda _: self._remember.poke())
        page.opened.connect(self._on_opened)
        page.snapshot_wanted.connect(lambda pane: save_snapshot(seat, page, pane))
        page.full_wanted.connect(self._on_full)
        page.place_wanted.connect(self._on_place)
        page.playback_wanted.connect(seat.playback_wanted)
        page.alarm_wanted.connect(self._on_alarm)
        page.bar.spot_check_wanted.connect(lambda: seat.run(self._spot_check()))
        seat.camera_wanted.connect(self.open)
        seat.page_shown.connect(self._on_page)
        seat.entered.connect(self._on_entered)
        seat.left.connect(self._on_left)
        seat.news.connect(self._on_news)

    def open(self, camera: str) -> None:
        """From another page: this camera, large."""
        self._seat.show_page(NAME)
        self._page.show_camera(camera)

    def _on_entered(self) -> None:
        site = self._seat.state.site
        self._version = site.version
        self._page.bar.spot_check.setVisible(self._seat.may(Action.FETCH_VIDEO))
        self._page.show_site(site.cameras, site.equipment)
        kept = [read_arrangement(one) for one in self._seat.settings.video_walls]
        last = read_arrangement(self._seat.settings.video_last)
        self._page.begin(last, [one for one in kept if one is not None])
        self._put_alarms()

    def _on_left(self) -> None:
        self._remember.stop()
        self._alarms.stop()
        self._page.clear()

    def _on_news(self, changes: Changes) -> None:
        site = self._seat.state.site
        if site.version != self._version and site.tags:
            self._version = site.version
            self._page.show_site(site.cameras, site.equipment)
        if changes.alarms or changes.whole:
            self._alarms.poke()

    def _put_alarms(self) -> None:
        self._page.put_alarms(alarms_by_camera(self._seat))

    def _keep_last(self) -> None:
        self._seat.remember(video_last=self._page.wall.arrangement.kept())

    def _on_opened(self, camera: Camera) -> None:
        """Behind another page nobody looks at it: that is noted when the page is shown."""
        if self._page.isVisible():
            note_viewing(self._seat, LIVE, f"camera:{camera.camera}")

    def _on_page(self, name: str) -> None:
        if name == NAME:
            for code in dict.fromkeys(pane.camera.camera for pane in self._page.wall.shown if pane.camera is not None):
                note_viewing(self._seat, LIVE, f"camera:{code}")

    def _on_place(self, camera: Camera) -> None:
        for code in camera.equipment:
            if code in self._seat.state.site.equipment:
                self._seat.equipment_wanted.emit(code)
                return
        self._seat.tell_briefly(tr("{camera} 没有绑定设备，平面图上没有它的位置。", camera=camera.name or camera.camera))

    def _on_alarm(self, camera: Camera) -> None:
        alarm = alarm_of(self._seat, camera.camera)
        if alarm is not None:
            self._seat.card_wanted.emit(alarm)

    async def _spot_check(self) -> None:
        """The station draws; the camera is shown and its record is one answer away."""
        try:
            drawn = await self._seat.call("POST", "/spot_check", {})
        except Known as error:
            self._seat.tell_briefly(tr("没有抽查：{why}", why=error.message))
            return
        form = drawn["form"]
        self.open(str(drawn["camera"]))
        open_form = partial(self._seat.form_wanted.emit, SPOT_CHECK, form["id"])
        self._seat.ask(tr("{title}。看过画面后请填写抽查记录。", title=form["title"]), [(tr("填写记录"), open_form)])

    def _on_full(self, full: bool) -> None:
        self._page.show_full(full)
        self._seat.show_full(full)


def save_snapshot(seat: Seat, page: QWidget, pane: VideoPane) -> None:
    """The picture is taken now; where it goes is asked afterwards."""
    if pane.frame is None or pane.camera is None:
        return
    made = snapshot_of(pane.frame, pane.camera, seat.state.site.name, seat.user, pane.said)
    ask_for_file(page, tr("保存抓拍"), made.name, lambda path: seat.run(_save(seat, made, path)))


async def _save(seat: Seat, made: Snapshot, path: Path) -> None:
    try:
        await asyncio.to_thread(path.write_bytes, made.png)
    except OSError as error:
        seat.tell(tr("抓拍没有保存：{why}", why=error))
        return
    note_viewing(seat, SNAPSHOT, f"camera:{made.camera} sha256:{made.file_sha256}")
    seat.tell_briefly(tr("已保存到 {path}", path=path))

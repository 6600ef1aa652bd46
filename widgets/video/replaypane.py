"""Recorded pictures of several cameras at one time cursor: a grid of panes and nothing else. Console side.

For every page that replays: `pick` the cameras, `follow` the cursor, `show_footage` what there is of them. Nothing here reads a
file or knows an address; pictures come by `Footage`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QColor, QHideEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QGridLayout, QMenu, QWidget

from app.domain.instant import SECOND, Instant
from app.domain.plant import Camera
from widgets.theme import ThemeHolder, font
from widgets.timecursor import TimeCursor
from widgets.video.arrangement import columns_of
from widgets.video.feed import Decoding, Frame, Look
from widgets.video.pane import VideoPane
from widgets.video.ticker import Ticker
from widgets.words import tr

MOST = 9


class Footage(Protocol):
    """What was recorded of one camera. `at`: where the cursor stands; asked with every beat, so all calls return at once."""

    def frame_at(self, at: Instant) -> Frame | None:
        """None: nothing was recorded there, or it is not here yet (`words_at` says which)."""

    def words_at(self, at: Instant) -> str:
        """Why there is no picture; beside one, where it comes from if that is worth saying."""

    def key_moments(self) -> Sequence[Instant]: ...

    def pace(self, speed: float) -> None:
        """How fast the cursor goes now: 1 as in life, 0 it stands."""

    @property
    def waiting(self) -> bool:
        """Its picture is on the way; a cursor that waits a moment keeps all cameras together."""

    def retry(self) -> None:
        """Whatever was wrong: try again now."""

    def rest(self) -> None:
        """Nobody looks any more: let go of what others could use."""


@dataclass
class _State:
    """What a pane asks of a feed (`widgets.video.feed.State`)."""

    picture: str = Look.EMPTY
    since: float = 0.0
    words: str = ""
    fps: float = 0.0
    width: int = 0
    height: int = 0
    codec: str = ""
    reconnects: int = 0


class AtCursor:
    """A feed for a pane: the picture of one camera at the cursor."""

    def __init__(self, footage: Footage, cursor: TimeCursor) -> None:
        self.footage, self._cursor = footage, cursor
        self._frame: Frame | None = None
        self._found = False

    def newest(self) -> Frame | None:
        frame = self.footage.frame_at(self._cursor.at)
        self._found = frame is not None
        if frame is not None:
            self._frame = frame
        return self._frame

    def state(self) -> _State:
        words = self.footage.words_at(self._cursor.at)
        if self._found and self._frame is not None:
            shown = datetime.fromtimestamp(self._frame.wall / SECOND).astimezone()
            said = tr("回放 {at}", at=f"{shown:%m-%d %H:%M:%S}")
            return _State(Look.REPLAY, words="  ".join(one for one in (said, words) if one))
        return _State(Look.EMPTY, words=words)

    def want(self, decoding: Decoding) -> None:
        """Pictures are read only while the cursor asks for them."""

    def retry_now(self) -> None:
        self.footage.retry()


class ReplayWall(QWidget):
    picked_changed = Signal(list)  # codes of cameras
    snapshot_wanted = Signal(object)  # VideoPane
    live_wanted = Signal(str)  # camera: as it is now
    stepped = Signal(int)  # -1, 1: to the key picture before, to the next one

    def __init__(self, holder: ThemeHolder) -> None:
        super().__init__()
        self._holder = holder
        self._cameras: Mapping[str, Camera] = {}
        self._footage: dict[str, Footage] = {}
        self._cursor = TimeCursor(self)
        self._large: int | None = None
        self.picked: list[str] = []
        self.panes: list[VideoPane] = []
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(2)
        self.setMinimumHeight(160)
        self.ticker = Ticker(self, self._look)
        holder.changed.connect(self.update)
        self._cursor.changed.connect(self._set_pace)

    def show_cameras(self, cameras: Mapping[str, Camera]) -> None:
        """Those the station has; what was picked stays as far as it is among them."""
        self._cameras = cameras
        self.pick(self.picked)

    def follow(self, cursor: TimeCursor) -> None:
        """The panes stand where it stands."""
        self._cursor.changed.disconnect(self._set_pace)
        self._cursor = cursor
        cursor.changed.connect(self._set_pace)
        self.show_footage(self._footage)

    def pick(self, cameras: Sequence[str]) -> None:
        """These cameras side by side, without pictures until `show_footage`."""
        self.picked = [code for code in dict.fromkeys(cameras) if code in self._cameras][:MOST]
        self._footage, self._large = {}, None
        for pane in self.panes:
            self._grid.removeWidget(pane)
            pane.hide()
            pane.deleteLater()
        self.panes = []
        side = columns_of(max(1, len(self.picked)))
        for place, code in enumerate(self.picked):
            pane = VideoPane(self._holder, place, movable=False)
            pane.show_camera(self._cameras[code], None)
            pane.enlarge.connect(self.toggle_large)
            pane.key_pressed.connect(self._on_key)
            pane.menu_wanted.connect(self._on_menu)
            self.panes.append(pane)
            self._grid.addWidget(pane, place // side, place % side)
        self.picked_changed.emit(self.picked)

    def show_footage(self, footage: Mapping[str, Footage]) -> None:
        """By camera. Whose footage it was ends it; here it is only let go of."""
        self._footage = dict(footage)
        for pane in self.panes:
            found = footage.get(self.picked[pane.place])
            pane.show_camera(pane.camera, None if found is None else AtCursor(found, self._cursor))
        self._set_pace()

    @property
    def waiting(self) -> bool:
        """Some pane's picture is on the way."""
        return any(one.waiting for one in self._footage.values())

    def key_moments(self) -> list[Instant]:
        """Of all cameras, in order."""
        return sorted({key for one in self._footage.values() for key in one.key_moments()})

    def toggle_large(self, place: int) -> None:
        self._large = None if self._large is not None else place
        for pane in self.panes:
            pane.setVisible(self._large in (None, pane.place))

    # inside

    def _set_pace(self) -> None:
        speed = self._cursor.speed if self._cursor.playing else 0.0
        for one in self._footage.values():
            one.pace(speed)

    def _look(self, now: float) -> None:
        for pane in self.panes:
            if not pane.isHidden():
                pane.look(now)

    def _on_key(self, place: int, key: int) -> None:
        if key == Qt.Key.Key_S and self.panes[place].frame is not None:
            self.snapshot_wanted.emit(self.panes[place])
        elif key in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            self.stepped.emit(1 if key == Qt.Key.Key_Right else -1)
        elif key == Qt.Key.Key_Escape and self._large is not None:
            self.toggle_large(place)

    def _on_menu(self, place: int, at: QPoint) -> None:
        pane = self.panes[place]
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.setFont(font(12))
        if len(self.panes) > 1:
            word = tr("还原  双击") if self._large is not None else tr("放大  双击")
            menu.addAction(word).triggered.connect(lambda: self.toggle_large(place))
        if not pane.zoom.whole:
            menu.addAction(tr("取消数字变倍  0")).triggered.connect(pane.reset_zoom)
        if pane.frame is not None:
            menu.addAction(tr("抓拍  S")).triggered.connect(lambda: self.snapshot_wanted.emit(pane))
        menu.addSeparator()
        footage = self._footage.get(self.picked[place])
        if footage is not None:
            menu.addAction(tr("重新连接")).triggered.connect(footage.retry)
        menu.addAction(tr("看实时画面")).triggered.connect(lambda: self.live_wanted.emit(self.picked[place]))
        menu.addAction(tr("移走这路画面")).triggered.connect(lambda: self._remove(place))
        menu.popup(at)

    def _remove(self, place: int) -> None:
        self.pick([code for number, code in enumerate(self.picked) if number != place])

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        for one in self._footage.values():
            one.rest()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(event.rect(), QColor(self._holder.theme.background))
        painter.end()

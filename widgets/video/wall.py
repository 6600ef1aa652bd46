"""The wall of panes: who stands where, one large or all of them, what may be decoded, who gives way under load. Console side.

Streams belong to whoever fulfils `Feeds`; the wall opens and closes them and says how much of each is wanted: nothing while it
cannot be seen, nothing of the panes behind an enlarged one.
"""

from collections.abc import Mapping

from PySide6.QtCore import QPoint, QRect, Qt, Signal
from PySide6.QtGui import QColor, QHideEvent, QPainter, QPaintEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QWidget

from app.domain.alarm import AlarmState
from app.domain.plant import Camera
from app.domain.tag import Priority
from widgets.theme import ThemeHolder
from widgets.video.arrangement import Arrangement, columns_of
from widgets.video.feed import Decoding, Feed, Feeds, Look
from widgets.video.governor import EVERY_S, Governor, Step
from widgets.video.pane import VideoPane
from widgets.video.ticker import Ticker
from widgets.words import tr

GAP = 2
MAIN_FROM_ZOOM = 1.9
_SAID = {
    Step.HALF: "本机吃紧：除所选和有报警的画面外已减半帧率",
    Step.KEYS: "本机吃紧：次要画面只解关键帧",
    Step.ALL_KEYS: "本机吃紧：除所选和有报警的画面外只解关键帧",
}


class VideoWall(QWidget):
    changed = Signal(object)  # Arrangement, as a person made it
    opened = Signal(object)  # Camera: its picture is now shown
    chosen = Signal(int)
    enlarged = Signal(int)  # -1 none
    menu_wanted = Signal(int, QPoint)
    snapshot_wanted = Signal(int)
    strained = Signal(str)  # what is given up under load, "" nothing
    escaped = Signal()

    def __init__(self, holder: ThemeHolder, feeds: Feeds, fixed: bool = False) -> None:
        """`fixed`: nobody moves a camera (kiosk)."""
        super().__init__()
        self._holder, self._feeds, self._fixed = holder, feeds, fixed
        self.arrangement = Arrangement()
        self.group = 0
        self.large: int | None = None
        self.selected = 0
        self.panes: list[VideoPane] = []
        self.governor = Governor()
        self._cameras: Mapping[str, Camera] = {}
        self._alarms: Mapping[str, tuple[Priority | None, AlarmState]] = {}
        self._subs: dict[int, Feed] = {}
        self._main: tuple[int, Feed] | None = None
        self._by_hand: dict[int, bool] = {}  # place: main stream or not, as somebody chose
        self._judged_at = 0.0
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.ticker = Ticker(self, self._look)
        self._set_panes(4)
        holder.changed.connect(self.update)

    # what is shown

    def show_cameras(self, cameras: Mapping[str, Camera]) -> None:
        """Those the station has. Panes of cameras that are gone, or have another address, are opened anew."""
        changed = {code for code, one in self._cameras.items() if cameras.get(code) != one}
        self._cameras = cameras
        for pane in self.panes:
            if pane.camera is not None and pane.camera.camera in changed:
                self._close(pane.place)
                pane.show_camera(None, None)
        self._fill()

    def show_arrangement(self, arrangement: Arrangement, group: int = 0) -> None:
        if self.large is not None:
            self._set_large(None)
        self.arrangement, self.group = arrangement, group % arrangement.groups
        self._set_panes(arrangement.size)
        self._fill()

    def show_group(self, group: int) -> None:
        self.show_arrangement(self.arrangement, group)

    def put_alarms(self, alarms: Mapping[str, tuple[Priority | None, AlarmState]]) -> None:
        """By camera: the worst alarm of what it looks at."""
        self._alarms = alarms
        for pane in self.panes:
            pane.put_alarm(None if pane.camera is None else alarms.get(pane.camera.camera))

    def put_camera(self, camera: str, place: int | None = None) -> None:
        """To that place, or the first free one, or where the chosen pane is."""
        if place is None:
            free = [pane.place for pane in self.panes if pane.camera is None]
            place = self.selected if not free or self.panes[self.selected].camera is None else free[0]
        self._arrange(self.arrangement.put(self.group, place, camera))
        self.choose(place)

    def place_of(self, camera: str) -> int | None:
        return next((pane.place for pane in self.panes if pane.camera is not None and pane.camera.camera == camera), None)

    def choose(self, place: int) -> None:
        if place >= len(self.panes):
            return
        self.selected = place
        for pane in self.panes:
            if pane.selected != (pane.place == place):
                pane.selected = pane.place == place
                pane.update()
        self.chosen.emit(place)
        self._govern()

    def toggle_large(self, place: int) -> None:
        """One pane as large as the wall, by its main stream; the same again brings all of them back."""
        if self.large is not None:
            self._set_large(None)
        elif self.panes[place].camera is not None and len(self.panes) > 1:
            self._set_large(place)

    def close_all(self) -> None:
        """Nothing is shown and nothing runs any more."""
        self._drop_main()
        for place in list(self._subs):
            self._close(place)
        for pane in self.panes:
            pane.show_camera(None, None)

    @property
    def shown(self) -> list[VideoPane]:
        """The panes that can be seen while the wall is."""
        return self.panes if self.large is None else [self.panes[self.large]]

    # carrying: a camera of the tree, or the camera of a pane; no drag of the system, whose loop could hide an alarm

    def carry_over(self, at: QPoint, done: bool, camera: str = "", place: int = -1) -> None:
        """`at` on the screen. `camera` comes from outside, or the one that stands in `place`."""
        target = next((pane for pane in self.shown if pane.rect().contains(pane.mapFromGlobal(at))), None)
        if self._fixed or not self.isVisible():
            target = None
        for pane in self.shown:
            pane.set_hovered(pane is target and not done and pane.place != place)
        self.setCursor(Qt.CursorShape.ArrowCursor if done else Qt.CursorShape.DragMoveCursor)
        if not done or target is None or target.place == place:
            return
        if camera:
            self._arrange(self.arrangement.put(self.group, target.place, camera))
        else:
            self._arrange(self.arrangement.swapped(self.group, place, target.place))
        self.choose(target.place)

    # inside: panes and streams

    def _set_panes(self, count: int) -> None:
        while len(self.panes) > count:
            pane = self.panes.pop()
            self._close(pane.place)
            pane.hide()
            pane.setParent(None)
            pane.deleteLater()
        while len(self.panes) < count:
            pane = VideoPane(self._holder, len(self.panes), movable=not self._fixed)
            pane.setParent(self)
            if self._fixed:
                pane.setFocusPolicy(Qt.FocusPolicy.ClickFocus)  # nobody chose a pane on a wall nobody sits at
            pane.chosen.connect(self.choose)
            pane.enlarge.connect(self.toggle_large)
            pane.carried.connect(self._on_carried)
            pane.menu_wanted.connect(self.menu_wanted)
            pane.key_pressed.connect(self._on_key)
            pane.zoomed.connect(self._on_zoomed)
            pane.show()
            self.panes.append(pane)
        if self.selected >= count:
            self.selected = 0
        self._lay_out()

    def _fill(self) -> None:
        """Streams of cameras that stay go on, wherever they stand now."""
        wanted = [self._cameras.get(code) for code in self.arrangement.group(self.group)]
        running: dict[str, list[Feed]] = {}
        if self._main is not None:
            self._drop_main()
        for pane, camera in zip(self.panes, wanted, strict=True):
            if pane.camera != camera and pane.place in self._subs:
                assert pane.camera is not None
                running.setdefault(pane.camera.camera, []).append(self._subs.pop(pane.place))
        for pane, camera in zip(self.panes, wanted, strict=True):
            if pane.camera == camera:
                continue
            self._by_hand.pop(pane.place, None)
            if camera is None:
                pane.show_camera(None, None)
                continue
            kept = running.get(camera.camera)
            feed = kept.pop() if kept else self._feeds.open(camera, False)
            self._subs[pane.place] = feed
            pane.show_camera(camera, feed)
            self.opened.emit(camera)
        for feeds in running.values():
            for feed in feeds:
                self._feeds.close(feed)
        self.put_alarms(self._alarms)
        self._want()

    def _close(self, place: int) -> None:
        if self._main is not None and self._main[0] == place:
            self._drop_main()
        feed = self._subs.pop(place, None)
        if feed is not None:
            self._feeds.close(feed)

    def _arrange(self, arrangement: Arrangement) -> None:
        self.arrangement = arrangement
        self._fill()
        self.changed.emit(arrangement)

    # inside: one large, main streams

    def _set_large(self, place: int | None) -> None:
        self.large = place
        for pane in self.panes:
            pane.setVisible(place is None or pane.place == place)
        if place is not None:
            self.panes[place].setFocus()
        self._lay_out()
        self._want()
        self.enlarged.emit(-1 if place is None else place)

    def _main_place(self) -> int | None:
        """The pane that deserves its camera's main stream: alone on the wall, or zoomed into."""
        alone = self.large if self.large is not None else 0 if len(self.panes) == 1 else None
        if alone is not None:
            return None if self._by_hand.get(alone) is False else alone
        chosen = next((place for place, main in self._by_hand.items() if main and place in self._subs), None)
        if chosen is not None:
            return chosen
        zoomed = [pane.place for pane in self.panes if pane.zoom.scale >= MAIN_FROM_ZOOM]
        return self.selected if self.selected in zoomed else (zoomed[0] if zoomed else None)

    def shows_main(self, place: int) -> bool:
        return self._main is not None and self._main[0] == place

    def choose_stream(self, place: int, main: bool) -> None:
        """By a person, until that pane shows another camera; one main stream in a wall."""
        self._by_hand = {one: wish for one, wish in self._by_hand.items() if not (wish and main)} | {place: main}
        self._want()

    def _want(self) -> None:
        """Which streams run, and how much of each is decoded."""
        place = self._main_place() if self.isVisible() else None
        if self._main is not None and self._main[0] != place:
            self._drop_main()
        if place is not None and self._main is None and place in self._subs:
            camera = self.panes[place].camera
            assert camera is not None
            if camera.main_url and camera.main_url != camera.sub_url:
                self._main = (place, self._feeds.open(camera, True))
        self._govern()

    def _drop_main(self) -> None:
        if self._main is None:
            return
        place, feed = self._main
        self._main = None
        sub = self._subs.get(place)
        if place < len(self.panes) and self.panes[place].feed is feed and sub is not None:
            self.panes[place].take_feed(sub)
            self.panes[place].put_remark("")
        self._feeds.close(feed)

    def _take_main(self) -> None:
        """The main stream takes over with its first picture, not before; while it cannot, the sub-stream goes on."""
        if self._main is None:
            return
        place, feed = self._main
        pane = self.panes[place]
        if pane.feed is feed:
            return
        if feed.newest() is not None:
            pane.take_feed(feed)
            pane.put_remark(tr("主码流"))
            self._govern()
        elif Look(feed.state().picture) in (Look.LOST, Look.REFUSED):
            pane.put_remark(tr("子码流（主码流没有接通）"))

    # inside: the beat

    def _look(self, now: float) -> None:
        self._take_main()
        for pane in self.shown:
            pane.look(now)
        if now - self._judged_at < EVERY_S:
            return
        self._judged_at = now
        counts = [pane.take_counts() for pane in self.panes]
        seen, unseen = sum(one for one, _ in counts), sum(one for _, one in counts)
        share = unseen / (seen + unseen) if seen + unseen > 50 else 0.0
        if self.governor.judge(self.ticker.late_ms(), share, self.ticker.own_cores(), now):
            self._govern()
            self.ticker.forget()
            self.strained.emit(tr(_SAID[self.governor.step]) if self.governor.step in _SAID else "")

    def _rank(self, pane: VideoPane) -> tuple[bool, bool, int]:
        """Sort key, the most important first."""
        return pane.alarm is None, not pane.selected, pane.place

    def _govern(self) -> None:
        visible = self.isVisible()
        shown = set(self.shown)
        ranked = sorted((pane for pane in self.panes if pane.camera is not None and pane in shown), key=self._rank)
        for rank, pane in enumerate(ranked):
            share = self.governor.share(rank, len(ranked), pane.selected or pane.alarm is not None)
            pane.every = share.every
            pane.decoding = Decoding.NONE if not visible else Decoding.KEYS if share.keys_only else Decoding.FULL
            if self._main is None or pane.place != self._main[0]:
                pane.put_remark(tr("降帧：仅关键帧") if share.keys_only else tr("降帧：半帧率") if share.every > 1 else "")
        for place, feed in self._subs.items():
            pane = self.panes[place]
            covered = pane not in shown or (self._main is not None and self._main[0] == place and pane.feed is not feed)
            feed.want(Decoding.NONE if covered or not visible else pane.decoding)
        if self._main is not None:
            self._main[1].want(Decoding.FULL if visible else Decoding.NONE)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.ticker.forget()
        self._want()

    def hideEvent(self, event: QHideEvent) -> None:
        """Behind another page, or minimised: nothing is decoded."""
        super().hideEvent(event)
        self._want()

    # inside: layout, keys

    def _lay_out(self) -> None:
        if self.large is not None:
            self.panes[self.large].setGeometry(self.rect())
            return
        side = columns_of(len(self.panes))
        for pane in self.panes:
            row, column = divmod(pane.place, side)
            pane.setGeometry(_cell(self.rect(), row, column, side))

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._lay_out()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(event.rect(), QColor(self._holder.theme.line))
        painter.end()

    def _on_carried(self, place: int, at: QPoint, done: bool) -> None:
        self.carry_over(at, done, place=place)

    def _on_zoomed(self, place: int) -> None:
        self._want()

    def _on_key(self, place: int, key: int) -> None:
        side = columns_of(len(self.panes))
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Up: -side, Qt.Key.Key_Down: side}.get(Qt.Key(key))
        if key == Qt.Key.Key_Escape:
            if self.large is not None:
                self.toggle_large(place)
            else:
                self.escaped.emit()
        elif key == Qt.Key.Key_Delete and not self._fixed and self.large is None:
            self._arrange(self.arrangement.put(self.group, place, ""))
        elif key == Qt.Key.Key_S and self.panes[place].frame is not None:
            self.snapshot_wanted.emit(place)
        elif step is not None and self.large is None and 0 <= place + step < len(self.panes):
            self.panes[place + step].setFocus()


def _cell(room: QRect, row: int, column: int, side: int) -> QRect:
    """Cells that share the room to the pixel, a thin line between them."""
    x0, x1 = (room.width() + GAP) * column // side, (room.width() + GAP) * (column + 1) // side - GAP
    y0, y1 = (room.height() + GAP) * row // side, (room.height() + GAP) * (row + 1) // side - GAP
    return QRect(room.x() + x0, room.y() + y0, x1 - x0, y1 - y0)

"""The video page: tree of cameras, line of controls, wall. Console side; decides nothing, says what is wanted."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QMenu, QVBoxLayout, QWidget

from app.domain.alarm import AlarmState
from app.domain.plant import Camera, Equipment
from app.domain.tag import Priority
from widgets.forms.controls import label
from widgets.pulse import Pulse
from widgets.theme import ThemeHolder, font
from widgets.video.arrangement import Arrangement, fitting, with_kept
from widgets.video.bar import WallBar
from widgets.video.feed import Feeds, Look
from widgets.video.tree import CameraTree, groups_of
from widgets.video.wall import VideoWall
from widgets.words import tr

_LOOKS_MS = 500
MOST_GIVEN = 16
"""Panes of the walls the plant gives by itself: more are too small to see anything in."""


class VideoPage(QWidget):
    walls_changed = Signal(list)  # of Arrangement: what is kept under a name
    shown_changed = Signal(object)  # Arrangement: what is on the wall now
    snapshot_wanted = Signal(object)  # VideoPane
    playback_wanted = Signal(list)  # cameras
    alarm_wanted = Signal(object)  # Camera: the gravest alarm of what it looks at
    place_wanted = Signal(object)  # Camera: where it stands in the plant
    full_wanted = Signal(bool)
    opened = Signal(object)  # Camera

    def __init__(self, holder: ThemeHolder, feeds: Feeds) -> None:
        super().__init__()
        self._holder = holder
        self._cameras: Mapping[str, Camera] = {}
        self._turned_ms = 0
        self._full = False
        self.kept: list[Arrangement] = []
        self.wall = VideoWall(holder, feeds)
        self.tree = CameraTree(holder)
        self.bar = WallBar(holder)
        self.empty = label(size=14, dim=True, wrap=True)
        self.empty.setText(tr("站点没有摄像机。\n请在 cameras.csv 写明摄像机和地址，再导入配置。"))
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        body = QHBoxLayout()
        body.setContentsMargins(0, 0, 0, 0)
        body.setSpacing(0)
        body.addWidget(self.tree)
        body.addWidget(self.wall, 1)
        body.addWidget(self.empty, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.bar)
        column.addLayout(body, 1)
        self._connect()
        self.setFocusProxy(self.tree.list)
        self._pulse = Pulse(self, _LOOKS_MS, self._beat)
        holder.changed.connect(self.update)
        self.show_site({}, {})

    # data in

    def show_site(self, cameras: Mapping[str, Camera], equipment: Mapping[str, Equipment]) -> None:
        self._cameras = cameras
        self.tree.show_cameras(cameras, equipment)
        self.wall.show_cameras(cameras)
        given = [fitting(list(cameras), tr("全部摄像机"), MOST_GIVEN)]
        for by_area in (False, True):
            for title, inside in groups_of(cameras, equipment, by_area).items():
                if title not in [one.name for one in given]:
                    given.append(fitting([one.camera for one in inside], title, MOST_GIVEN))
        self._given = given if cameras else []
        self.bar.put_walls(self.kept, self._given)
        self.wall.setVisible(bool(cameras))
        self.empty.setVisible(not cameras)

    def show_arrangement(self, arrangement: Arrangement) -> None:
        self._turned_ms = 0
        self.wall.show_arrangement(arrangement)
        self.bar.show_arrangement(arrangement, self.wall.group)

    def begin(self, last: Arrangement | None, kept: Sequence[Arrangement]) -> None:
        """What this seat had on its wall, or the first cameras of the plant."""
        self.kept = list(kept)
        self.bar.put_walls(self.kept, self._given)
        start = last.known(self._cameras) if last is not None else None
        if start is None or not any(start.cameras):
            start = fitting(list(self._cameras)[:9])
        self.show_arrangement(start)

    def put_alarms(self, alarms: Mapping[str, tuple[Priority | None, AlarmState]]) -> None:
        self.wall.put_alarms(alarms)

    def show_camera(self, camera: str) -> None:
        """Somebody asked for this one from another page: large, whatever else is on the wall."""
        if camera not in self._cameras:
            return
        if self.wall.large is not None:
            self.wall.toggle_large(self.wall.large)
        place = self.wall.place_of(camera)
        if place is None:
            self.wall.put_camera(camera)
            place = self.wall.place_of(camera)
        if place is not None:
            self.wall.choose(place)
            self.wall.toggle_large(place)

    def clear(self) -> None:
        """Nobody is logged in: nothing is shown, nothing runs."""
        self.wall.close_all()
        self.show_site({}, {})

    def show_full(self, full: bool) -> None:
        """The page fills the screen: only the wall is left of it."""
        self._full = full
        self.bar.setVisible(not full)
        self.tree.setVisible(not full and self.bar.tree.isChecked())

    # inside

    def _connect(self) -> None:
        wall, bar, tree = self.wall, self.bar, self.tree
        tree.carried.connect(lambda code, at, done: wall.carry_over(at, done, camera=code))
        tree.opened.connect(wall.put_camera)
        tree.group_opened.connect(lambda title, cameras: self._show(fitting(cameras, title, MOST_GIVEN)))
        wall.changed.connect(self._on_changed)
        wall.opened.connect(self.opened)
        wall.menu_wanted.connect(self._on_menu)
        wall.snapshot_wanted.connect(self._snapshot)
        wall.strained.connect(bar.show_strain)
        wall.escaped.connect(lambda: self.full_wanted.emit(False))
        bar.sized.connect(lambda size: self._show(wall.arrangement.resized(size)))
        bar.wall_chosen.connect(lambda one: self._show(one.known(self._cameras)))
        bar.keep_wanted.connect(self._keep)
        bar.forget_wanted.connect(self._forget)
        bar.turn_chosen.connect(self._turn_every)
        bar.step_wanted.connect(lambda step: self._show_group(wall.group + step))
        bar.tree_wanted.connect(tree.setVisible)
        bar.full_wanted.connect(lambda: self.full_wanted.emit(not self._full))
        bar.snapshot_wanted.connect(lambda: self._snapshot(wall.selected))
        bar.clear_wanted.connect(lambda: self._show(Arrangement(wall.arrangement.size)))
        bar.playback_wanted.connect(self._playback)

    def _show(self, arrangement: Arrangement) -> None:
        self.show_arrangement(arrangement)
        self.shown_changed.emit(arrangement)

    def _on_changed(self, arrangement: Arrangement) -> None:
        self.bar.show_arrangement(arrangement, self.wall.group)
        self.shown_changed.emit(arrangement)

    def _keep(self, name: str) -> None:
        made = replace(self.wall.arrangement, name=name)
        self.kept = with_kept(self.kept, made)
        self.bar.put_walls(self.kept, self._given)
        self.walls_changed.emit(self.kept)
        self.wall.arrangement = made
        self._on_changed(made)

    def _forget(self, name: str) -> None:
        self.kept = [one for one in self.kept if one.name != name]
        self.bar.put_walls(self.kept, self._given)
        self.walls_changed.emit(self.kept)

    def _turn_every(self, seconds: int) -> None:
        self._turned_ms = 0
        self.wall.arrangement = replace(self.wall.arrangement, turn_s=seconds)
        self._on_changed(self.wall.arrangement)

    def _show_group(self, group: int) -> None:
        self._turned_ms = 0
        self.wall.show_group(group)
        self.bar.show_arrangement(self.wall.arrangement, self.wall.group)

    def _snapshot(self, place: int) -> None:
        pane = self.wall.panes[place] if place < len(self.wall.panes) else None
        if pane is not None and pane.frame is not None:
            self.snapshot_wanted.emit(pane)

    def _reconnect(self, place: int) -> None:
        """Both streams of it, whichever is shown."""
        feed = self.wall.panes[place].feed
        if feed is not None:
            feed.retry_now()

    def _playback(self) -> None:
        self.playback_wanted.emit([pane.camera.camera for pane in self.wall.shown if pane.camera is not None][:4])

    def _beat(self) -> None:
        looks: dict[str, Look] = {}
        for pane in self.wall.panes:
            if pane.camera is not None and pane.said is not None:
                looks[pane.camera.camera] = pane.said.look
        self.tree.put_looks(looks)
        arrangement = self.wall.arrangement
        if arrangement.turn_s and arrangement.groups > 1 and self.wall.large is None:
            self._turned_ms += _LOOKS_MS
            if self._turned_ms >= arrangement.turn_s * 1000:
                self._show_group(self.wall.group + 1)

    def _on_menu(self, place: int, at: QPoint) -> None:
        """Built anew each time, gone when it closes; never executed, which would hold the loop."""
        pane = self.wall.panes[place]
        camera = pane.camera
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.setFont(font(12))
        if camera is not None:
            large = tr("还原  双击") if self.wall.large is not None else tr("放大（主码流）  双击")
            menu.addAction(large).triggered.connect(lambda: self.wall.toggle_large(place))
            if camera.main_url and camera.main_url != camera.sub_url:
                main = self.wall.shows_main(place)
                word = tr("改看子码流（省带宽）") if main else tr("改看主码流（更清晰）")
                menu.addAction(word).triggered.connect(lambda: self.wall.choose_stream(place, not main))
            menu.addAction(tr("重新连接")).triggered.connect(lambda: self._reconnect(place))
            if not pane.zoom.whole:
                menu.addAction(tr("取消数字变倍  0")).triggered.connect(pane.reset_zoom)
            if pane.frame is not None:
                menu.addAction(tr("抓拍  S")).triggered.connect(lambda: self._snapshot(place))
            menu.addSeparator()
            alarms = menu.addAction(tr("查看相关报警") if pane.alarm is not None else tr("没有相关报警"))
            alarms.setEnabled(pane.alarm is not None)
            alarms.triggered.connect(lambda: self.alarm_wanted.emit(camera))
            menu.addAction(tr("从一分钟前回放")).triggered.connect(lambda: self.playback_wanted.emit([camera.camera]))
            menu.addAction(tr("在平面图上定位")).triggered.connect(lambda: self.place_wanted.emit(camera))
            menu.addSeparator()
            if self.wall.large is None:
                clear = menu.addAction(tr("移走这路画面  Delete"))
                clear.triggered.connect(lambda: self.wall.put_camera("", place))
        else:
            menu.addAction(tr("把左边的摄像机拖到这里")).setEnabled(False)
        menu.popup(at)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        alt_enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and event.modifiers() & Qt.KeyboardModifier.AltModifier
        if alt_enter or (event.key() == Qt.Key.Key_Escape and self._full):
            self.full_wanted.emit(not self._full)
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(event.rect(), QColor(self._holder.theme.background))
        painter.end()

"""The place of one camera on the card: its name and a pane for the picture. Console side.

The picture itself is not ours: whoever brings it gives a widget to `set_view`. Until then the pane says that there is none; a
grey rectangle that looks like a dark room at night would be a lie.
"""

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QGridLayout, QPushButton, QSizePolicy, QStackedLayout, QVBoxLayout, QWidget

from app.domain.clip import ClipMsg, ClipState
from app.domain.plant import Camera
from widgets.card.panel import Panel, clear_layout, text_label
from widgets.theme import ThemeHolder, font
from widgets.vocabulary import local_time
from widgets.words import tr

MOST = 4


class CameraSlot(QWidget):
    """`set_view(widget)` puts a picture in; `set_view(None)` takes it out again. The slot owns the widget while it holds it."""

    def __init__(self, camera: Camera, holder: ThemeHolder) -> None:
        super().__init__()
        self._holder = holder
        self.camera = camera
        self.view: QWidget | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._name = text_label(10.5, dim=True)
        self._name.setText(" ".join(part for part in (camera.camera, camera.name) if part))
        self._none = text_label(12, dim=True)
        self._none.setText(tr("视频未接入"))
        self._none.setAlignment(Qt.AlignmentFlag.AlignCenter)
        pane = QWidget()
        self._stack = QStackedLayout(pane)
        self._stack.addWidget(self._none)
        column = QVBoxLayout(self)
        column.setContentsMargins(6, 4, 6, 6)
        column.setSpacing(2)
        column.addWidget(self._name)
        column.addWidget(pane, 1)

    @property
    def says_none(self) -> bool:
        return self._stack.currentWidget() is self._none

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._holder.theme
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(theme.background))
        painter.setPen(QColor(theme.line))
        painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
        painter.end()

    def set_view(self, view: QWidget | None) -> None:
        if self.view is not None:
            self._stack.removeWidget(self.view)
            self.view.hide()
            self.view.deleteLater()
        self.view = view
        self._name.setVisible(view is None)  # a picture brings its own
        if view is not None:
            self._stack.addWidget(view)
        self._stack.setCurrentWidget(self._none if view is None else view)


class CameraPanel(Panel):
    """`make_view`: what the video work sets to bring the picture of a camera; None = it has none."""

    clip_wanted = Signal(object)  # ClipMsg

    def __init__(self, holder: ThemeHolder) -> None:
        super().__init__(tr("摄像机"))
        self._holder = holder
        self.make_view: Callable[[Camera], QWidget | None] = _no_view
        self.slots: list[CameraSlot] = []
        self._grid = QGridLayout()
        self._grid.setSpacing(8)
        self.body.addLayout(self._grid, 1)
        self.clips: list[ClipMsg] = []
        self._lines = QVBoxLayout()
        self._lines.setSpacing(4)
        self.body.addLayout(self._lines)

    def show_cameras(self, cameras: Sequence[Camera]) -> None:
        if [slot.camera for slot in self.slots] == list(cameras[:MOST]) and cameras:
            return
        clear_layout(self._grid)
        self.slots = [CameraSlot(camera, self._holder) for camera in cameras[:MOST]]
        more = "、".join(one.name or one.camera for one in cameras[MOST:])
        self.remark.setText(tr("另绑定：{names}", names=more) if more else "")
        for place, slot in enumerate(self.slots):
            slot.set_view(self.make_view(slot.camera))
            self._grid.addWidget(slot, place // 2, place % 2)
        if not self.slots:
            none = text_label(11.5, dim=True, wrap=True)
            none.setText(tr("没有绑定摄像机。\n请在 tags.csv 的“摄像机”列或 cameras.csv 的“设备”列写明。"))
            none.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
            self._grid.addWidget(none, 0, 0)

    def show_clips(self, clips: Sequence[ClipMsg]) -> None:
        """What was recorded of this alarm (报警录像): one line each, to be opened as soon as it is whole."""
        clips = [clip for clip in clips if clip.state != ClipState.REMOVED][:MOST]
        if clips == self.clips:
            return
        self.clips = list(clips)
        clear_layout(self._lines)
        for clip in clips:
            self._lines.addWidget(self._line(clip))

    def _line(self, clip: ClipMsg) -> QWidget:
        if clip.state != ClipState.READY:
            line = text_label(10.5, dim=True, wrap=True)
            recording = tr("{camera} 录像正在写入…", camera=clip.camera)
            line.setText(recording if clip.state == ClipState.RECORDING else f"{clip.camera}  {clip.words}")
            return line
        start, end = local_time(clip.first_frame or clip.start), local_time(clip.last_frame or clip.end)
        opens = QPushButton(tr("录像 {camera}  {start} 至 {end}", camera=clip.camera, start=start, end=end))
        opens.setFont(font(11))
        opens.setAutoDefault(False)
        opens.setToolTip(f"{clip.words}\nSHA-256 {clip.sha256}".strip())
        opens.clicked.connect(lambda: self.clip_wanted.emit(clip))
        return opens


def _no_view(camera: Camera) -> QWidget | None:
    return None

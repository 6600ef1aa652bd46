"""A live picture docked to another page's panel (伴随画面): one camera at a time, of what the person looks at. Console side.

It takes its own room and lies over nothing: on the plan any spot may hold an alarm. Closed by hand it stays closed until
somebody asks for a camera.
"""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QSize, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from app.domain.plant import Camera
from widgets.forms.controls import label
from widgets.theme import ThemeHolder
from widgets.video.tool import tool
from widgets.words import tr

HIGH = 348
MOST = 4


class LiveBeside(QWidget):
    """`make`: a live picture of a camera, which runs while it is shown."""

    wanted = Signal(str)  # camera: large, on the page of video

    def __init__(self, holder: ThemeHolder, make: Callable[[Camera], QWidget]) -> None:
        super().__init__()
        self._holder, self._make = holder, make
        self._cameras: Sequence[Camera] = ()
        self._picture: QWidget | None = None
        self.shut = False
        """Closed by hand."""
        self.camera = ""
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.title = label(tr("实时画面"), size=11.5, bold=True)
        self._choices = QButtonGroup(self)
        self._line = QHBoxLayout()
        self._line.setContentsMargins(12, 4, 6, 4)
        self._line.setSpacing(4)
        self._line.addWidget(self.title)
        self._line.addStretch(1)
        self.large, self.close_button = self._button(tr("放大")), self._button("✕")
        self.large.setToolTip(tr("在视频页看大画面"))
        self.large.clicked.connect(lambda: self.wanted.emit(self.camera))
        self.close_button.setToolTip(tr("关闭实时画面；点摄像机再打开"))
        self.close_button.setAccessibleName(tr("关闭实时画面"))
        self.close_button.clicked.connect(self.shut_by_hand)
        self._line.addWidget(self.large)
        self._line.addWidget(self.close_button)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 1, 0, 0)
        self._column.setSpacing(0)
        self._column.addLayout(self._line)
        holder.changed.connect(self.update)
        self.hide()

    def sizeHint(self) -> QSize:
        return QSize(400, HIGH)

    def show_cameras(self, cameras: Sequence[Camera]) -> None:
        """The first of them is shown, the others are one click away. None: it closes."""
        if not cameras:
            self.dismiss()
            return
        self._cameras = cameras[:MOST]
        for old in self._choices.buttons():
            self._choices.removeButton(old)
            self._line.removeWidget(old)
            old.deleteLater()
        for place, camera in enumerate(self._cameras if len(self._cameras) > 1 else ()):
            one = self._button(camera.camera)
            one.setCheckable(True)
            one.setChecked(not place)
            one.setToolTip(f"{camera.camera} {camera.name}".strip())
            one.clicked.connect(lambda _=False, place=place: self._show(place))
            self._choices.addButton(one, place)
            self._line.insertWidget(1 + place, one)
        self.title.setVisible(len(self._cameras) == 1)
        self._show(0)
        self.show()

    def dismiss(self) -> None:
        """What it belonged to is closed: nothing runs."""
        self.hide()
        self._drop()
        self.camera = ""

    def shut_by_hand(self) -> None:
        self.shut = True
        self.dismiss()

    # inside

    def _show(self, place: int) -> None:
        camera = self._cameras[place]
        if camera.camera == self.camera and self._picture is not None:
            return
        self._drop()
        self.camera = camera.camera
        self._picture = self._make(camera)
        self._column.addWidget(self._picture, 1)

    def _drop(self) -> None:
        picture, self._picture = self._picture, None
        if picture is not None:
            picture.hide()
            self._column.removeWidget(picture)
            picture.deleteLater()

    def _button(self, text: str) -> QToolButton:
        made = tool(text, 10.5, 30)
        made.setAutoRaise(True)
        return made

    def paintEvent(self, event: QPaintEvent) -> None:
        theme, painter = self._holder.theme, QPainter(self)
        painter.fillRect(event.rect(), QColor(theme.surface))
        painter.fillRect(0, 0, self.width(), 1, QColor(theme.line))
        painter.end()

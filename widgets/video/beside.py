"""A live picture that floats over another page (浮动画面): one camera at a time, moved by its head. Console side.

It covers a corner of what it floats over and never leaves it. Closed by hand it stays closed until somebody asks for a camera.
"""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QToolButton, QVBoxLayout, QWidget

from app.domain.plant import Camera
from widgets.forms.controls import label
from widgets.theme import ThemeHolder, font
from widgets.words import tr

WIDE, HIGH = 480, 330
GAP = 12
MOST = 4


class LiveBeside(QWidget):
    """`make`: a live picture of a camera, which runs while it is shown."""

    wanted = Signal(str)  # camera: large, on the page of video

    def __init__(self, holder: ThemeHolder, make: Callable[[Camera], QWidget], over: QWidget) -> None:
        super().__init__(over)
        self._holder, self._make, self._over = holder, make, over
        self._cameras: Sequence[Camera] = ()
        self._picture: QWidget | None = None
        self._grip: QPoint | None = None
        self._corner: QPoint | None = None  # where somebody put it, from the lower right corner
        self.shut = False
        """Closed by hand."""
        self.camera = ""
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.title = label(tr("实时画面"), size=11.5, bold=True)
        self._choices = QButtonGroup(self)
        self._line = QHBoxLayout()
        self._line.setContentsMargins(10, 4, 4, 4)
        self._line.setSpacing(4)
        self._line.addWidget(self.title)
        self._line.addStretch(1)
        self.large, self.close_button = self._button(tr("放大")), self._button("✕")
        self.large.setToolTip(tr("在视频页看大画面"))
        self.large.clicked.connect(lambda: self.wanted.emit(self.camera))
        self.close_button.setToolTip(tr("关闭（Esc）"))
        self.close_button.setAccessibleName(tr("关闭实时画面"))
        self.close_button.clicked.connect(self.shut_by_hand)
        self._line.addWidget(self.large)
        self._line.addWidget(self.close_button)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(1, 1, 1, 1)
        self._column.setSpacing(0)
        self._column.addLayout(self._line)
        over.installEventFilter(self)
        holder.changed.connect(self.update)
        self.hide()

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
            one = self._button(camera.name or camera.camera)
            one.setCheckable(True)
            one.setChecked(not place)
            one.setToolTip(f"{camera.camera} {camera.name}".strip())
            one.clicked.connect(lambda _=False, place=place: self._show(place))
            self._choices.addButton(one, place)
            self._line.insertWidget(1 + place, one)
        self.title.setVisible(len(self._cameras) == 1)
        self._show(0)
        self._put()
        self.show()
        self.raise_()

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
        made = QToolButton()
        made.setText(text)
        made.setFont(font(10.5))
        made.setAutoRaise(True)
        made.setMinimumHeight(28)
        return made

    def _put(self) -> None:
        """In its corner, inside what it floats over."""
        room = self._over.rect()
        self.resize(min(WIDE, max(120, room.width() - 2 * GAP)), min(HIGH, max(100, room.height() - 2 * GAP)))
        corner = self._corner or QPoint(GAP, GAP)
        left = room.right() - corner.x() - self.width()
        top = room.bottom() - corner.y() - self.height()
        self.move(max(0, min(left, room.width() - self.width())), max(0, min(top, room.height() - self.height())))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and self.isVisible():
            self._put()
        return False

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._grip = event.position().toPoint()
        event.accept()  # not a click on what lies beneath

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._grip is not None:
            at, room = self.pos() + event.position().toPoint() - self._grip, self._over.rect()
            self._corner = QPoint(room.right() - at.x() - self.width(), room.bottom() - at.y() - self.height())
            self._put()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._grip = None

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.shut_by_hand()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        theme, painter = self._holder.theme, QPainter(self)
        painter.fillRect(event.rect(), QColor(theme.surface))
        painter.setPen(QColor(theme.line))
        painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
        painter.end()

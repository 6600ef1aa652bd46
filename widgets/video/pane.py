"""One pane: the newest picture of one camera, its name, state, rate and age; zoom, drag, menu, keys. Console side.

The picture is drawn over the memory it was decoded into, at its own size, and scaled by the painter. Nothing here runs by
itself: the wall's one ticker calls `look`, which says whether there is something new to paint.
"""

from dataclasses import replace

from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QFocusEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPixmap,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QApplication, QWidget

from app.domain.alarm import AlarmState
from app.domain.plant import Camera
from app.domain.tag import Priority
from widgets.symbols import paint_symbol
from widgets.theme import ThemeHolder
from widgets.video import paint
from widgets.video.feed import Decoding, Feed, Fitting, Frame, Look, Said, clock, said_of
from widgets.video.zoom import STEP, Zoom, fitted
from widgets.words import tr

SLOW_S = 0.25
"""How often state and age are looked at; pictures are looked at on every tick."""


class VideoPane(QWidget):
    """`place`: its number on the wall, from 0. Signals carry it."""

    chosen = Signal(int)
    enlarge = Signal(int)  # or back again
    carried = Signal(int, QPoint, bool)  # its camera is dragged to there on the screen; let go?
    menu_wanted = Signal(int, QPoint)
    key_pressed = Signal(int, int)  # place, Qt.Key
    zoomed = Signal(int)

    def __init__(self, holder: ThemeHolder, place: int = 0, movable: bool = True) -> None:
        super().__init__()
        self._holder = holder
        self.place = place
        self.camera: Camera | None = None
        self.feed: Feed | None = None
        self.frame: Frame | None = None
        self._frame_of: Feed | None = None
        self.said: Said | None = None
        self.remark = ""  # of the wall: main stream, half rate, key frames only
        self.decoding = Decoding.FULL
        self.every = 1  # paints one picture of so many
        self.painted = self.unseen = 0
        self._counted = (0, 0)
        self.zoom = Zoom()
        self.selected = False
        self.alarm: tuple[Priority | None, AlarmState] | None = None
        self._movable = movable
        self._image: QImage | None = None
        self._grey: QImage | None = None
        self._strip = QPixmap()
        self._strip_said: object = None
        self._slow_at = 0.0
        self._fresh = False
        self._hovered = False
        self._grip: QPointF | None = None
        self._carrying = False
        self._pressed: QPoint | None = None
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumSize(96, 72)
        holder.changed.connect(self._dress)

    def sizeHint(self) -> QSize:
        return QSize(480, 300)

    # what is shown

    def show_camera(self, camera: Camera | None, feed: Feed | None) -> None:
        """Another camera, or none: nothing of the last one stays."""
        self.camera, self.feed = camera, feed
        self.frame, self._image, self._grey, self.said = None, None, None, None
        self.zoom, self.remark, self.alarm = Zoom(), "", None
        self._slow_at = 0.0
        name = tr("空画面") if camera is None else self.title
        self.setAccessibleName(tr("第 {n} 画面：{name}", n=self.place + 1, name=name))
        self.setToolTip("")
        self.update()

    def take_feed(self, feed: Feed) -> None:
        """The same camera by another stream. The last picture stays, marked by its age until a new one comes."""
        self.feed = feed
        self._slow_at = 0.0

    @property
    def title(self) -> str:
        if self.camera is None:
            return ""
        return " ".join(part for part in (self.camera.camera, self.camera.name) if part)

    def put_alarm(self, alarm: tuple[Priority | None, AlarmState] | None) -> None:
        """The worst alarm of what the camera looks at."""
        if alarm != self.alarm:
            self.alarm = alarm
            self.update()

    def put_remark(self, text: str) -> None:
        if text != self.remark:
            self.remark = text
            self.update()

    def look(self, now: float) -> bool:
        """Takes the newest picture and, four times a second, the state. True when something is to be painted."""
        if self.feed is None:
            return False
        newest = self.feed.newest()
        slow = now - self._slow_at >= SLOW_S
        if newest is not None and newest is not self.frame:
            same = self.frame is not None and self._frame_of is self.feed
            passed = newest.number - self.frame.number if same and self.frame is not None else self.every
            # what is not trusted is painted only as often as its age counts
            if (passed >= self.every or passed < 0) and (self.said is None or self.said.trusted or slow):
                self._take(newest, passed)
        if slow:
            self._slow_at = now
            if self._look_at_state(now):
                self._fresh = False
                self.update()
                return True
        if not self._fresh:
            return False
        self._fresh = False
        self.update(self.picture_rect())
        return True

    def take_counts(self) -> tuple[int, int]:
        """Pictures painted, and replaced unseen, since the last call."""
        counted, self._counted = self._counted, (self.painted, self.unseen)
        return self.painted - counted[0], self.unseen - counted[1]

    def _take(self, newest: Frame, passed: int) -> None:
        if self.painted and passed > self.every:
            self.unseen += passed - self.every
        self.frame, self._frame_of, self._grey = newest, self.feed, None
        self._image = paint.image_of(newest)
        self.painted += 1
        self._fresh = True

    def _look_at_state(self, now: float) -> bool:
        assert self.feed is not None
        if isinstance(self.feed, Fitting):
            size, ratio = self.picture_rect() if self.zoom.whole else QRect(), self.devicePixelRatioF()
            self.feed.fit(round(size.width() * ratio), round(size.height() * ratio))
        arrived = None if self.frame is None else self.frame.arrived
        said = said_of(self.feed.state(), arrived, now, self.decoding)
        if self.decoding is Decoding.NONE and said.look is Look.FROZEN and not said.words:
            said = replace(said, words=tr("本路已暂停解码"))
        if said == self.said:
            return False
        if self.said is None or said.words != self.said.words or said.look is not self.said.look:
            self.setToolTip("" if said.trusted else f"{self.title}\n{paint.word_of(said.look)}  {said.words}")
            self.setAccessibleDescription(paint.word_of(said.look))
        self.said = said
        return True

    # where things are

    def strip_rect(self) -> QRect:
        return QRect(0, 0, self.width(), paint.STRIP)

    def room(self) -> QRect:
        return QRect(0, paint.STRIP, self.width(), self.height() - paint.STRIP)

    def picture_rect(self) -> QRect:
        if self.frame is None:
            return QRect()
        return fitted(self.room(), self.frame.width, self.frame.height)

    # painting

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._holder.theme
        painter = QPainter(self)
        room, picture, dirty = self.room(), self.picture_rect(), event.rect()
        if picture.isEmpty() or not picture.contains(dirty):
            if dirty.intersects(self.strip_rect()):
                self._paint_strip(painter)
            for rest in _around(room, picture):
                painter.fillRect(rest, QColor(theme.background))
        if self.camera is None:
            paint.paint_empty(painter, room, self._movable, self._hovered, theme)
        elif self.frame is not None and self._image is not None:
            self._paint_picture(painter, picture)
        if self.camera is not None and self.said is not None and not self.said.trusted:
            if self.frame is None:
                paint.paint_band(painter, room, self.said, theme, across=False)
            else:
                paint.paint_distrust(painter, picture, room, self.said, theme)
        if not self.zoom.whole:
            self._paint_zoom(painter, picture)
        self._paint_frames(painter)
        painter.end()

    def _paint_picture(self, painter: QPainter, picture: QRect) -> None:
        assert self.frame is not None and self._image is not None
        image = self._image
        if self.said is None or not self.said.trusted:
            if self._grey is None:
                self._grey = paint.grey_of(image)
            image = self._grey
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)  # free where it comes as large as it is painted
        painter.drawImage(QRectF(picture), image, self.zoom.source(image.width(), image.height()))

    def _paint_strip(self, painter: QPainter) -> None:
        said, theme = self.said, self._holder.theme
        words, rate = self._strip_text()
        content = (
            self.width(),
            self.title,
            words,
            rate,
            None if said is None else said.look,
            self.selected,
            self.alarm,
            theme.name,
        )
        ratio = self.devicePixelRatioF()
        if content != self._strip_said or self._strip.devicePixelRatio() != ratio:
            self._strip_said = content
            self._strip = QPixmap(self.strip_rect().size() * ratio)
            self._strip.setDevicePixelRatio(ratio)
            inner = QPainter(self._strip)
            place = self.strip_rect()
            name = self.title if self.camera is not None else str(self.place + 1)
            if self.alarm is not None:
                inner.fillRect(place, QColor(theme.surface))
                place = place.adjusted(26, 0, 0, 0)
                paint_symbol(inner, QRectF(4, 2, 20, 20), self.alarm[0], self.alarm[1], True, theme)
            paint.paint_strip(inner, place, said, name, words, rate, self.selected, theme)
            inner.end()
        painter.drawPixmap(0, 0, self._strip)

    def _strip_text(self) -> tuple[str, str]:
        """Words, and the rate."""
        said = self.said
        if self.camera is None or said is None:
            return "", ""
        if said.look in (Look.REPLAY, Look.EMPTY):
            return said.words if said.trusted else "", ""  # why there is nothing stands in the middle
        if said.trusted:
            shed = self.every > 1 or self.decoding is Decoding.KEYS  # the rate that comes is not the rate that is shown
            return self.remark, tr("{n} 帧/秒", n=said.rate) if said.rate and not shed else ""
        return f"{paint.word_of(said.look)} {clock(said.age)}", ""

    def _paint_zoom(self, painter: QPainter, picture: QRect) -> None:
        """How much, and which part of the whole."""
        theme = self._holder.theme
        wide, high = 64, 44
        place = QRect(picture.right() - wide - 8, picture.bottom() - high - 8, wide, high)
        ground = QColor(theme.background)
        ground.setAlpha(200)
        painter.fillRect(place, ground)
        part = self.zoom.source(wide, high)
        painter.setPen(QColor(theme.text))
        painter.drawRect(place)
        painter.drawRect(part.translated(place.x(), place.y()))
        painter.drawText(place.adjusted(0, -18, 0, -high), Qt.AlignmentFlag.AlignRight, f"{self.zoom.scale:.1f}×")

    def _paint_frames(self, painter: QPainter) -> None:
        theme = self._holder.theme
        if self.alarm is not None and self.alarm[0] is not None:
            paint.paint_frame(painter, self.rect(), theme.alarm(self.alarm[0]), 3)
        elif self._hovered or self.hasFocus():
            paint.paint_frame(painter, self.rect(), theme.focus, 2)

    def _dress(self) -> None:
        self._strip_said = None
        self.update()

    # mouse and keys

    def wheelEvent(self, event: QWheelEvent) -> None:
        picture = self.picture_rect()
        if picture.isEmpty() or not picture.contains(event.position().toPoint()):
            event.ignore()
            return
        at = event.position() - QPointF(picture.topLeft())
        turns = event.angleDelta().y() / 120
        self._zoom_to(self.zoom.closer(STEP**turns, QPointF(at.x() / picture.width(), at.y() / picture.height())))
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.chosen.emit(self.place)
        if event.button() == Qt.MouseButton.LeftButton:
            self._pressed = event.position().toPoint()
            self._grip = event.position() if not self.zoom.whole else None

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if not event.buttons() & Qt.MouseButton.LeftButton:
            return
        picture = self.picture_rect()
        if self._grip is not None and not picture.isEmpty():
            gone = event.position() - self._grip
            self._grip = event.position()
            self._zoom_to(self.zoom.moved(-gone.x() / picture.width(), -gone.y() / picture.height()))
        elif self._pressed is not None and self._movable and self.camera is not None:
            far = (event.position().toPoint() - self._pressed).manhattanLength()
            if self._carrying or far >= QApplication.startDragDistance():
                self._carrying = True
                self.carried.emit(self.place, event.globalPosition().toPoint(), False)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._carrying:
            self.carried.emit(self.place, event.globalPosition().toPoint(), True)
        self._grip = self._pressed = None
        self._carrying = False

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self.camera is not None:
            self.enlarge.emit(self.place)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        self.chosen.emit(self.place)
        self.menu_wanted.emit(self.place, event.globalPos())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, alt = event.key(), event.modifiers() & Qt.KeyboardModifier.AltModifier
        middle = QPointF(0.5, 0.5)
        if key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            self._zoom_to(self.zoom.closer(STEP, middle))
        elif key == Qt.Key.Key_Minus:
            self._zoom_to(self.zoom.closer(1 / STEP, middle))
        elif key == Qt.Key.Key_0:
            self._zoom_to(Zoom())
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.camera is not None and not alt:
            self.enlarge.emit(self.place)
        elif key == Qt.Key.Key_Menu:
            self.menu_wanted.emit(self.place, self.mapToGlobal(self.room().center()))
        elif key in _WALL_KEYS:
            self.key_pressed.emit(self.place, key)
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        self.chosen.emit(self.place)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self.update()

    def _zoom_to(self, zoom: Zoom) -> None:
        if self.frame is not None and zoom != self.zoom:
            self.zoom = zoom
            self.update()
            self.zoomed.emit(self.place)

    def reset_zoom(self) -> None:
        self._zoom_to(Zoom())

    def set_hovered(self, on: bool) -> None:
        """Something is carried over it and would land here."""
        if on != self._hovered:
            self._hovered = on
            self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self.update()


_WALL_KEYS = frozenset(
    {Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Delete, Qt.Key.Key_Escape, Qt.Key.Key_S}
)


def _around(room: QRect, picture: QRect) -> list[QRect]:
    """What of the room the picture leaves free."""
    if picture.isEmpty():
        return [room]
    left = QRect(room.x(), room.y(), picture.x() - room.x(), room.height())
    right = QRect(picture.right() + 1, room.y(), room.right() - picture.right(), room.height())
    top = QRect(picture.x(), room.y(), picture.width(), picture.y() - room.y())
    bottom = QRect(picture.x(), picture.bottom() + 1, picture.width(), room.bottom() - picture.bottom())
    return [one for one in (left, right, top, bottom) if not one.isEmpty()]

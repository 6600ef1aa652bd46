"""The time line of a replay: how many alarms when, where nothing was recorded, the cursor. Console side.

A click or a drag moves the cursor; the wheel moves it by a hundredth of the span. What does not move with the cursor is painted
once and kept: twenty times a second is too often for some hundred bars.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QMouseEvent, QPainter, QPaintEvent, QPen, QPixmap, QPolygonF, QWheelEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.domain.instant import HOUR, MINUTE, SECOND, Instant
from app.domain.tag import Priority
from widgets.replay.look import clock, colours, hatch
from widgets.theme import ThemeHolder, font
from widgets.timecursor import TimeCursor
from widgets.words import tr

_HIGH, _RULER, _SIDE = 78, 22, 12
_STEPS = tuple(s * SECOND for s in (1, 2, 5, 10, 30)) + tuple(m * MINUTE for m in (1, 2, 5, 10, 30, 60, 120, 240, 720, 1440))
_ROOM = 90  # pixels between two times of the ruler
_DAY = 24 * HOUR


@dataclass(frozen=True, slots=True)
class Density:
    """Raised alarms by slot from `start` on, gravest priority first; `gaps`: nothing was recorded."""

    start: Instant
    width: Instant
    counts: Sequence[Sequence[int]]
    gaps: Sequence[tuple[Instant, Instant]]


class ReplayTimeline(QWidget):
    def __init__(self, holder: ThemeHolder, cursor: TimeCursor) -> None:
        super().__init__()
        self._holder, self._cursor = holder, cursor
        self.density = Density(0, 1, (), ())
        self._still: QPixmap | None = None  # everything but the cursor
        self._still_of: tuple[object, ...] = ()
        self._cursor_at = QRect()  # where the cursor was painted last
        self.setFixedHeight(_HIGH)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAccessibleName(tr("回放时间轴"))
        cursor.moved.connect(self._on_moved)
        cursor.changed.connect(self.update)
        holder.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(800, _HIGH)

    def put(self, density: Density) -> None:
        self.density = density
        self.update()

    def clear(self) -> None:
        self.put(Density(0, 1, (), ()))

    # hand

    def moment_at(self, x: float) -> Instant:
        cursor = self._cursor
        share = (x - _SIDE) / max(1, self.width() - 2 * _SIDE)
        return cursor.start + round(min(1.0, max(0.0, share)) * (cursor.end - cursor.start))

    def x_of(self, at: Instant) -> float:
        cursor = self._cursor
        return _SIDE + (at - cursor.start) / max(1, cursor.end - cursor.start) * (self.width() - 2 * _SIDE)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._cursor.drag(self.moment_at(event.position().x()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._cursor.drag(self.moment_at(event.position().x()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._cursor.drop()

    def wheelEvent(self, event: QWheelEvent) -> None:
        cursor = self._cursor
        way = 1 if event.angleDelta().y() < 0 else -1
        cursor.go(cursor.at + way * max(SECOND, (cursor.end - cursor.start) // 100))

    # paint

    def _on_moved(self) -> None:
        """Only where the cursor was and where it is now."""
        self.update(self._cursor_at)
        self.update(self._around_cursor())

    def paintEvent(self, event: QPaintEvent) -> None:
        cursor, ratio = self._cursor, self.devicePixelRatioF()
        shown = (self.size(), ratio, self._holder.theme.name, self.density, cursor.start, cursor.end)
        if self._still is None or shown != self._still_of:
            self._still, self._still_of = self._painted_still(ratio), shown
        painter = QPainter(self)
        painter.drawPixmap(0, 0, self._still)
        if cursor.end > cursor.start:
            self._paint_cursor(painter)
        painter.end()

    def _painted_still(self, ratio: float) -> QPixmap:
        still = QPixmap(round(self.width() * ratio), round(self.height() * ratio))
        still.setDevicePixelRatio(ratio)
        painter = QPainter(still)
        painter.fillRect(self.rect(), QColor(self._holder.theme.surface))
        if self._cursor.end > self._cursor.start:
            floor = self.height() - _RULER
            self._paint_gaps(painter, floor)
            self._paint_ruler(painter, floor)
            self._paint_bars(painter, floor)
        painter.end()
        return still

    def _paint_gaps(self, painter: QPainter, floor: float) -> None:
        theme = self._holder.theme
        painter.setFont(font(10))
        for low, high in self.density.gaps:
            left, right = self.x_of(max(low, self._cursor.start)), self.x_of(min(high, self._cursor.end))
            room = QRectF(left, 0, max(2.0, right - left), floor)
            hatch(painter, room, theme.bad)
            word = tr("没有记录")
            if painter.fontMetrics().horizontalAdvance(word) + 12 < room.width():
                painter.setPen(QColor(theme.text))
                painter.drawText(room.adjusted(6, 2, 0, 0), Qt.AlignmentFlag.AlignTop, word)

    def _paint_ruler(self, painter: QPainter, floor: float) -> None:
        theme, cursor = self._holder.theme, self._cursor
        span = cursor.end - cursor.start
        wide = self.width() - 2 * _SIDE
        step = next((one for one in _STEPS if one / span * wide >= _ROOM), _DAY)
        painter.setFont(font(10))
        painter.setPen(QPen(QColor(theme.line), 1))
        painter.drawLine(QPointF(0, floor), QPointF(self.width(), floor))
        zone = _zone(cursor.start)
        at = -(-(cursor.start + zone) // step) * step - zone
        while at <= cursor.end:
            x = self.x_of(at)
            painter.setPen(QPen(QColor(theme.line), 1))
            painter.drawLine(QPointF(x, floor), QPointF(x, floor + 5))
            painter.setPen(QColor(theme.text_dim))
            text = clock(at)[: 8 if step < MINUTE else 5]
            wide = painter.fontMetrics().horizontalAdvance(text) + 2
            left = min(max(2.0, x - wide / 2), self.width() - wide - 2)  # the first and the last one are whole too
            painter.drawText(QRectF(left, floor + 3, wide, _RULER - 3), Qt.AlignmentFlag.AlignCenter, text)
            at += step

    def _paint_bars(self, painter: QPainter, floor: float) -> None:
        theme, density = self._holder.theme, self.density
        most = max((sum(slot) for slot in density.counts), default=0)
        if not most:
            return
        unit = (floor - 22) / max(most, 2)
        for number, slot in enumerate(density.counts):
            left = self.x_of(density.start + number * density.width)
            wide = max(3.0, self.x_of(density.start + (number + 1) * density.width) - left - 1)
            bottom = floor
            for priority, count in zip(reversed(Priority), reversed(slot), strict=True):
                if count:
                    high = max(3.0, count * unit)
                    painter.fillRect(QRectF(left, bottom - high, wide, high), QColor(theme.alarm(priority)))
                    bottom -= high

    def _label(self) -> QRectF:
        """Where the time of the cursor stands."""
        wide = QFontMetricsF(font(10.5, bold=True)).horizontalAdvance(clock(self._cursor.at)) + 14
        left = min(max(0.0, self.x_of(self._cursor.at) - wide / 2), self.width() - wide)
        return QRectF(left, 0, wide, 18)

    def _around_cursor(self) -> QRect:
        return self._label().toAlignedRect().adjusted(-8, 0, 8, self.height())

    def _paint_cursor(self, painter: QPainter) -> None:
        ground, ink = colours(self._holder.theme)
        x, room = self.x_of(self._cursor.at), self._label()
        self._cursor_at = self._around_cursor()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(ground), 2))
        painter.drawLine(QPointF(x, 0), QPointF(x, self.height() - 4))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(ground))
        painter.drawRoundedRect(room, 3, 3)
        foot = self.height() - 4.0
        painter.drawPolygon(QPolygonF([QPointF(x - 5, foot + 4), QPointF(x, foot - 3), QPointF(x + 5, foot + 4)]))
        painter.setPen(QColor(ink))
        painter.setFont(font(10.5, bold=True))
        painter.drawText(room, Qt.AlignmentFlag.AlignCenter, clock(self._cursor.at))


def _zone(at: Instant) -> Instant:
    """How far local time is ahead: whole hours of the ruler are whole hours of the wall clock."""
    offset = datetime.fromtimestamp(at / SECOND).astimezone().utcoffset()
    return 0 if offset is None else round(offset.total_seconds()) * SECOND

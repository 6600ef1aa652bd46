"""The time line of recordings: a row for each camera with its clips, the alarms of that span, curves of tags, one cursor.

Console side. Shows what it is given; a click or a drag moves the cursor, the wheel zooms round it, Shift and the wheel pan.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetrics, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF, QWheelEvent
from PySide6.QtWidgets import QWidget

from app.domain.alarm import AlarmState
from app.domain.instant import HOUR, MINUTE, SECOND, Instant
from app.domain.tag import Priority
from widgets.symbols import paint_symbol
from widgets.theme import Theme, ThemeHolder, font
from widgets.timecursor import TimeCursor
from widgets.words import tr

NAMES = 200
_RULER, _ROW, _CURVE, _MARKS = 26, 24, 56, 24
_LEAST = 5 * SECOND
_STEPS = tuple(s * SECOND for s in (1, 2, 5, 10, 30)) + tuple(
    m * MINUTE for m in (1, 2, 5, 10, 30, 60, 120, 360, 720, 1440, 4320)
)


@dataclass(frozen=True, slots=True)
class Span:
    """One clip. `word`: what stands in it; `ready` False: it is still being recorded or fetched; `locked`: evidence."""

    id: int
    start: Instant
    end: Instant
    ready: bool = True
    locked: bool = False
    word: str = ""


@dataclass(frozen=True, slots=True)
class Mark:
    """An alarm that was raised."""

    at: Instant
    priority: Priority | None
    text: str = ""


@dataclass(frozen=True, slots=True)
class Curve:
    """A tag over the span; None is a gap."""

    name: str
    unit: str
    t: Sequence[Instant]
    low: Sequence[float | None]
    high: Sequence[float | None]
    decimals: int = 1


class Timeline(QWidget):
    sought = Signal(object)  # Instant
    grew = Signal(int)  # its height

    def __init__(self, holder: ThemeHolder, cursor: TimeCursor) -> None:
        super().__init__()
        self._holder, self.moment = holder, cursor
        self.cameras: list[tuple[str, str]] = []  # code, name
        self.spans: Mapping[str, Sequence[Span]] = {}
        self.marks: Sequence[Mark] = ()
        self.curves: Sequence[Curve] = ()
        self.t0: Instant = 0
        self.t1: Instant = 0
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setAccessibleName(tr("录像时间轴"))
        cursor.moved.connect(self.update)
        cursor.changed.connect(self._on_cursor)
        holder.changed.connect(self.update)
        self._on_cursor()

    def show_rows(self, cameras: Sequence[tuple[str, str]], spans: Mapping[str, Sequence[Span]]) -> None:
        self.cameras, self.spans = list(cameras), spans
        self._grow()

    def put_marks(self, marks: Sequence[Mark]) -> None:
        self.marks = marks
        self.update()

    def put_curves(self, curves: Sequence[Curve]) -> None:
        self.curves = list(curves)
        self._grow()

    def sizeHint(self) -> QSize:
        return QSize(800, self._high())

    def x_of(self, at: Instant) -> float:
        share = (at - self.t0) / max(1, self.t1 - self.t0)
        return NAMES + share * (self.width() - NAMES - 8)

    def at_of(self, x: float) -> Instant:
        share = (x - NAMES) / max(1, self.width() - NAMES - 8)
        return self.t0 + round(share * (self.t1 - self.t0))

    def zoom(self, factor: float, around: Instant) -> None:
        """Never beyond the span of the cursor."""
        span = self.moment.end - self.moment.start
        wide = min(span, max(_LEAST, round((self.t1 - self.t0) / factor)))
        share = (around - self.t0) / max(1, self.t1 - self.t0)
        self._view(around - round(wide * share), wide)

    def _view(self, t0: Instant, wide: Instant) -> None:
        t0 = min(max(t0, self.moment.start), self.moment.end - wide)
        self.t0, self.t1 = t0, t0 + wide
        self.update()

    def _on_cursor(self) -> None:
        if not (self.moment.start <= self.t0 and self.t1 <= self.moment.end and self.t1 > self.t0):
            self.t0, self.t1 = self.moment.start, max(self.moment.end, self.moment.start + _LEAST)
        self.update()

    def _high(self) -> int:
        return _RULER + _MARKS + _ROW * max(1, len(self.cameras)) + _CURVE * len(self.curves) + 8

    def _grow(self) -> None:
        self.setFixedHeight(self._high())
        self.grew.emit(self._high())
        self.update()

    # painting

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._holder.theme
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(theme.surface))
        y = self._paint_ruler(painter, theme)
        y = self._paint_marks(painter, theme, y)
        for code, name in self.cameras:
            self._paint_spans(painter, theme, y, f"{code} {name}", self.spans.get(code, ()))
            y += _ROW
        if not self.cameras:
            self._words(painter, theme, y, tr("从左边选摄像机"))
            y += _ROW
        for number, curve in enumerate(self.curves):
            self._paint_curve(painter, theme, y, curve, theme.pens[number % len(theme.pens)])
            y += _CURVE
        self._paint_cursor(painter, theme)
        painter.end()

    def _paint_ruler(self, painter: QPainter, theme: Theme) -> int:
        painter.fillRect(0, 0, self.width(), _RULER, QColor(theme.raised))
        face = font(9.5)
        painter.setFont(face)
        room = max(1, (self.width() - NAMES) // 110)
        step = next((one for one in _STEPS if (self.t1 - self.t0) / one <= room), _STEPS[-1])
        at = -(-self.t0 // step) * step
        long_form = "%m-%d %H:%M" if self.t1 - self.t0 > 20 * HOUR else "%H:%M:%S"
        half = QFontMetrics(face).horizontalAdvance(_local(self.t0, long_form)) / 2
        while at <= self.t1:
            x = self.x_of(at)
            painter.setPen(QColor(theme.line))
            painter.drawLine(QPointF(x, _RULER), QPointF(x, self.height()))
            painter.setPen(QColor(theme.text_dim))
            if x + half <= self.width():  # never half a time
                painter.drawText(QRectF(x - 60, 0, 120, _RULER), Qt.AlignmentFlag.AlignCenter, _local(at, long_form))
            at += step
        return _RULER

    def _paint_marks(self, painter: QPainter, theme: Theme, y: int) -> int:
        self._words(painter, theme, y, tr("报警  {n}", n=len(self.marks)))
        shown: list[tuple[float, Mark]] = []
        for mark in self.marks:
            x = self.x_of(mark.at)
            if not NAMES <= x <= self.width():
                continue
            if shown and x - shown[-1][0] < 5:  # a storm is a row of symbols, not a thousand over each other
                shown[-1] = shown[-1][0], min(shown[-1][1], mark, key=_gravity)
            else:
                shown.append((x, mark))
        for x, mark in sorted(shown, key=lambda one: -_gravity(one[1])):  # the gravest lies on top
            paint_symbol(painter, QRectF(x - 8, y + 4, 16, 16), mark.priority, AlarmState.ACKED, True, theme)
        return y + _MARKS

    def _paint_spans(self, painter: QPainter, theme: Theme, y: int, name: str, spans: Sequence[Span]) -> None:
        self._words(painter, theme, y, name)
        face = font(9)
        for span in spans:
            x0, x1 = max(float(NAMES), self.x_of(span.start)), min(float(self.width() - 4), self.x_of(span.end))
            if x1 < NAMES or x0 > self.width():
                continue
            bar = QRectF(x0, y + 4, max(3.0, x1 - x0), _ROW - 8)
            if span.ready:
                painter.fillRect(bar, QColor(theme.level_fill))
            else:
                painter.fillRect(bar, Qt.BrushStyle.BDiagPattern)
            painter.setPen(QPen(QColor(theme.text if span.locked else theme.equipment_line), 2 if span.locked else 1))
            painter.drawRect(bar)
            if span.word and bar.width() > 60:
                painter.setFont(face)
                painter.setPen(QColor(theme.text))
                text = QFontMetrics(face).elidedText(span.word, Qt.TextElideMode.ElideRight, int(bar.width()) - 8)
                painter.drawText(bar.adjusted(4, 0, -4, 0), Qt.AlignmentFlag.AlignVCenter, text)

    def _paint_curve(self, painter: QPainter, theme: Theme, y: int, curve: Curve, ink: str) -> None:
        known = [one for one in (*curve.low, *curve.high) if one is not None]
        at = _nearest(curve, self.moment.at)
        value = "" if at is None else f"  {at:.{curve.decimals}f} {curve.unit}"
        self._words(painter, theme, y, f"{curve.name}{value}", _CURVE)
        if not known:
            return
        low, high = min(known), max(known)
        spread = (high - low) or 1.0
        painter.save()
        painter.setClipRect(QRect(NAMES, y, self.width() - NAMES, _CURVE))
        painter.setPen(QPen(QColor(ink), 1))
        line: list[QPointF] = []
        for t, a, b in zip(curve.t, curve.low, curve.high, strict=True):
            if a is None or b is None:
                painter.drawPolyline(QPolygonF(line))
                line = []
                continue
            x = self.x_of(t)
            line += [QPointF(x, y + 6 + (_CURVE - 12) * (1 - (one - low) / spread)) for one in ((a, b) if a != b else (a,))]
        painter.drawPolyline(QPolygonF(line))
        painter.restore()

    def _paint_cursor(self, painter: QPainter, theme: Theme) -> None:
        x = self.x_of(self.moment.at)
        if x < NAMES or x > self.width():
            return
        painter.setPen(QPen(QColor(theme.focus), 2))
        painter.drawLine(QPointF(x, 0), QPointF(x, self.height()))
        text = _local(self.moment.at, "%H:%M:%S")
        face = font(10, bold=True)
        wide = QFontMetrics(face).horizontalAdvance(text) + 12
        box = QRectF(min(max(x - wide / 2, NAMES), self.width() - wide), 2, wide, _RULER - 4)
        painter.fillRect(box, QColor(theme.focus))
        painter.setFont(face)
        painter.setPen(QColor(theme.background if theme.name == "night" else "#ffffff"))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)

    def _words(self, painter: QPainter, theme: Theme, y: int, text: str, high: int = _ROW) -> None:
        face = font(10)
        painter.setFont(face)
        painter.setPen(QColor(theme.text))
        shown = QFontMetrics(face).elidedText(text, Qt.TextElideMode.ElideRight, NAMES - 16)
        painter.drawText(QRect(8, y, NAMES - 12, high), Qt.AlignmentFlag.AlignVCenter, shown)
        painter.setPen(QColor(theme.line))
        painter.drawLine(0, y + high, self.width(), y + high)

    # mouse and keys

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._seek(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self.setToolTip("" if event.buttons() else self._tip(event.position()))
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._seek(event)

    def _seek(self, event: QMouseEvent) -> None:
        if event.position().x() >= NAMES - 10:
            self.sought.emit(min(max(self.at_of(event.position().x()), self.moment.start), self.moment.end))

    def _tip(self, at: QPointF) -> str:
        """Of the clip under the mouse: a short one has no room for words."""
        number, moment = int((at.y() - _RULER - _MARKS) // _ROW), self.at_of(at.x())
        if not 0 <= number < len(self.cameras) or at.x() < NAMES:
            return ""
        near = self.at_of(at.x() + 2) - moment  # two pixels: some are hardly wider
        spans = self.spans.get(self.cameras[number][0], ())
        one = next((one for one in spans if one.start - near <= moment <= one.end + near), None)
        if one is None:
            return ""
        times = f"{_local(one.start, '%m-%d %H:%M:%S')} – {_local(one.end, '%H:%M:%S')}"
        return "  ".join(part for part in (tr("片段 {id}", id=one.id), times, one.word) if part)

    def wheelEvent(self, event: QWheelEvent) -> None:
        turns = event.angleDelta().y() / 120
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self._view(self.t0 - round((self.t1 - self.t0) * 0.15 * turns), self.t1 - self.t0)
        else:
            self.zoom(1.25**turns, self.at_of(event.position().x()))
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Plus, Qt.Key.Key_Minus):
            self.zoom(1.5 if event.key() == Qt.Key.Key_Plus else 1 / 1.5, self.moment.at)
        else:
            super().keyPressEvent(event)


def _gravity(mark: Mark) -> int:
    """The gravest first."""
    return 9 if mark.priority is None else int(mark.priority)


def _nearest(curve: Curve, at: Instant) -> float | None:
    """What the curve shows at the cursor: the newest value at or before it."""
    found = None
    for t, low, high in zip(curve.t, curve.low, curve.high, strict=True):
        if t > at:
            break
        found = None if low is None or high is None else (low + high) / 2
    return found


def _local(at: Instant, form: str) -> str:
    return datetime.fromtimestamp(at / SECOND).astimezone().strftime(form)

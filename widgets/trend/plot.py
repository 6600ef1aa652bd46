"""The chart: every pen on its own scale (or one a unit) over one time axis, overlaid or in lanes, with cursors. Console side.

The picture is painted into a pixmap when something in it changed; what moves with the mouse is laid over it. What the mouse
does is in `hand`. Data go through the pyramid and the reduced answers of the historian: about two points a pixel however long
the span is.
"""

from collections.abc import Sequence
from datetime import datetime
from time import time

from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPixmap, QResizeEvent
from PySide6.QtWidgets import QToolTip, QWidget

from app.domain.instant import SECOND, Instant
from widgets.theme import ThemeHolder, font
from widgets.timecursor import TimeCursor
from widgets.trend.frame import SPAN_MAX_S, SPAN_MIN_S, By, Frame, Scales, frame_of
from widgets.trend.hand import Hand
from widgets.trend.marks import Mark, Spot, paint_marks, spots, tip
from widgets.trend.pen import Pen
from widgets.trend.picture import Look, nearest, paint

REDRAW_MS = 200
FUTURE = 0.04  # of the span, empty, right of now
_LANE_NAMES_AT = 0.945  # at the beginning of a lane stands its name; before the numbers of the curves
_FOLLOW_AT = 0.8  # of the span: where a followed cursor stands after the chart had to move


class TrendPlot(QWidget):
    """`moved(t0, t1)` after the span changed, `cursor(t | None)` in seconds, `left_live` when a hand moves the chart,
    `fixed_changed` when cursor A or B moved, `selected` when a span was marked or given up, `mark_opened(Mark)` when one was
    clicked, `chosen_changed(place)` when a curve was clicked, `scaled` when an axis was moved by hand."""

    moved = Signal(float, float)
    cursor = Signal(object)  # type: ignore[assignment]  # hides the shape of the mouse, which nobody asks for
    left_live = Signal()
    fixed_changed = Signal()
    selected = Signal()
    mark_opened = Signal(object)
    chosen_changed = Signal(int)
    scaled = Signal()
    limit_names_at = 0.06  # of the width: at its end stand the numbers of the curves
    has_marks = True

    def __init__(self, holder: ThemeHolder) -> None:
        super().__init__()
        self._holder = holder
        self.pens: list[Pen] = []
        self.scales = Scales()
        self.stacked = False
        self.show_limits = True
        self.live = True
        self.span = 600.0
        self.end = time()
        self.marks: Sequence[Mark] = ()
        self.ghost_s: float | None = None  # by how much the compared span is earlier
        self.fixed: list[float | None] = [None, None]  # cursors A and B
        self.selection: tuple[float, float] | None = None
        self.hover: float | None = None
        self._followed: TimeCursor | None = None
        self._chosen = 0
        self._picture: QPixmap | None = None
        self._spots: list[Spot] = []
        self._frame: Frame | None = None
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setMinimumSize(160, 90)
        self._hand = Hand(self)
        self._timer = QTimer(self)
        self._timer.setInterval(REDRAW_MS)
        self._timer.timeout.connect(self._beat)
        holder.changed.connect(self.redraw)
        self.go_live()

    # pens

    @property
    def t0(self) -> float:
        return self.end - self.span

    @property
    def chosen(self) -> int:
        return self._chosen

    @property
    def auto_scale(self) -> bool:
        return self.scales.auto

    @auto_scale.setter
    def auto_scale(self, auto: bool) -> None:
        self.scales.auto = auto
        self.scales.manual.clear()
        self.redraw()

    def set_pens(self, pens: list[Pen]) -> None:
        self.pens = pens
        self._chosen = min(self._chosen, max(len(pens) - 1, 0))
        self.redraw()

    def choose(self, place: int) -> None:
        """This pen owns the first axis and the limit bands."""
        if 0 <= place < len(self.pens) and place != self._chosen:
            self._chosen = place
            self.redraw()

    def set_layout(self, stacked: bool, by: By) -> None:
        self.stacked, self.scales.by = stacked, by
        self.redraw()

    def set_marks(self, marks: Sequence[Mark]) -> None:
        self.marks = sorted(marks, key=lambda one: one.at)
        self.redraw()

    def compare(self, earlier_s: float | None) -> None:
        """Draw `Pen.ghost`, which is of so much earlier, over the present span; None: no more."""
        self.ghost_s = earlier_s
        self.redraw()

    # time

    def go_live(self) -> None:
        if self._followed is not None:
            return
        self.live = True
        self._advance()

    def show_span(self, t0: float, t1: float, live: bool = False) -> None:
        self.span = min(max(t1 - t0, SPAN_MIN_S), SPAN_MAX_S)
        self.end = t1
        self.live = live and self._followed is None
        self._apply()

    def set_span(self, seconds: float) -> None:
        """Keeps the right edge."""
        self.span = seconds
        if self.live:
            self._advance()
        else:
            self._apply()

    def pan_to(self, t0: float, t1: float) -> None:
        """By hand: the chart is not live any more."""
        was_live, self.live = self.live, False
        self.span, self.end = min(max(t1 - t0, SPAN_MIN_S), SPAN_MAX_S), t1
        self._apply()
        if was_live:
            self.left_live.emit()

    def follow(self, cursor: TimeCursor | None) -> None:
        """Stand at that moment (replay): a line at `cursor.at`, what is later is veiled, and nothing claims to be live. None:
        live again."""
        if self._followed is not None:
            self._followed.moved.disconnect(self._follow)
        self._followed = cursor
        if cursor is None:
            self.cursor.emit(None)
            self.go_live()
            return
        self.live = False
        cursor.moved.connect(self._follow)
        self._follow(cursor.at)

    @property
    def following(self) -> bool:
        return self._followed is not None

    def moment(self) -> float | None:
        """What the legend reads its values at: the followed cursor, or the mouse."""
        return self._followed.at / SECOND if self._followed is not None else self.hover

    def _follow(self, at: Instant) -> None:
        t = at / SECOND
        if not self.t0 <= t <= self.end - self.span * 0.02:
            self.end = t + self.span * (1 - _FOLLOW_AT)
            self._apply()
        else:
            self.update()
        self.cursor.emit(t)

    def _beat(self) -> None:
        if self.live:
            self._advance()
        elif self.end >= time() - 1.0 and self._followed is None:
            self.redraw()

    def _advance(self) -> None:
        self.end = time() + self.span * FUTURE
        self._apply()

    def _apply(self) -> None:
        self.redraw()
        self.moved.emit(self.t0, self.end)

    # drawing

    def redraw(self) -> None:
        """Something in the picture changed."""
        self._picture = None
        self._frame = None
        self.update()

    @property
    def frame(self) -> Frame:
        if self._frame is None:
            axes = self.scales.axes(self.pens, self.t0, self.end, self._now())
            self._frame = frame_of(
                self.rect(), axes, len(self.pens), self._chosen, self.t0, self.end, self.stacked, self.has_marks
            )
        return self._frame

    @property
    def spots(self) -> Sequence[Spot]:
        return self._spots

    def _now(self) -> float:
        return time() if self._followed is None else self._followed.end / SECOND

    def paintEvent(self, event: QPaintEvent) -> None:
        ratio = self.devicePixelRatioF()
        if self._picture is None:
            self._picture = QPixmap(round(self.width() * ratio), round(self.height() * ratio))
            self._picture.setDevicePixelRatio(ratio)
            inner = QPainter(self._picture)
            frame = self.frame
            names_at = _LANE_NAMES_AT if self.stacked else self.limit_names_at
            look = Look(
                self._holder.theme, self._chosen, self._now(), names_at, self.ghost_s or 0.0,
                self.ghost_s is not None, self.show_limits,
            )  # fmt: skip
            paint(inner, self.rect(), frame, self.pens, look)
            self._spots = spots(self.marks, frame) if self.has_marks else []
            if self._spots:
                paint_marks(inner, self._spots, frame.marks, self._holder.theme, ratio)
            inner.end()
        painter = QPainter(self)
        painter.drawPixmap(0, 0, self._picture)
        if self.pens:
            self.paint_over(painter, self.frame)
        painter.end()

    def paint_over(self, painter: QPainter, frame: Frame) -> None:
        """What moves by itself: selection, now, cursors."""
        theme, area = self._holder.theme, frame.area
        painter.setClipRect(area.adjusted(0, -8, 1, 40))
        if self.selection is not None:
            left, right = (frame.x(t) for t in self.selection)
            shade = QColor(theme.focus)
            shade.setAlpha(40)
            painter.fillRect(QRectF(left, area.top(), right - left, area.height()), shade)
        if self._followed is None:
            self._line(painter, frame, time(), QPen(QColor(theme.text_dim), 1, Qt.PenStyle.DotLine))
        else:
            at = self._followed.at / SECOND
            veil = QColor(theme.background)
            veil.setAlpha(150)
            x = max(frame.x(at), area.left())
            painter.fillRect(QRectF(x, area.top(), area.right() + 1 - x, area.height()), veil)
            self._line(painter, frame, at, QPen(QColor(theme.text), 1), _clock(at))
        for name, fixed in zip("AB", self.fixed, strict=True):
            if fixed is not None:
                self._line(painter, frame, fixed, QPen(QColor(theme.focus), 1), name)
        if self.hover is not None:
            self._line(painter, frame, self.hover, QPen(QColor(theme.focus), 1), _clock(self.hover))

    def _line(self, painter: QPainter, frame: Frame, at: float, pen: QPen, text: str = "") -> None:
        if not frame.t0 <= at <= frame.t1:
            return
        area, x = frame.area, round(frame.x(at))
        painter.setPen(pen)
        painter.drawLine(x, area.top(), x, area.bottom())
        if not text:
            return
        painter.setFont(font(9.5))
        width = painter.fontMetrics().horizontalAdvance(text) + 10
        left = min(max(x + 3, area.left()), area.right() - width)
        box = QRectF(left if text not in "AB" else x - width / 2, area.top() - 2, width, 17)
        painter.fillRect(box, pen.color())
        painter.setPen(QColor(self._holder.theme.background))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)

    # cursors and selection

    def set_fixed(self, which: int, at: float | None) -> None:
        self.fixed[which] = at
        self.fixed_changed.emit()
        self.update()

    def select(self, span: tuple[float, float] | None) -> None:
        self.selection = span
        self.update()

    def set_hover(self, where: QPointF | None) -> None:
        before, self.hover = self.hover, None
        if where is not None and self.frame.area.contains(where.toPoint()):
            self.hover = self.frame.t(where.x())
        if before is not None or self.hover is not None:
            self.cursor.emit(self.moment())
            self.update()

    def pen_at(self, where: QPointF) -> int | None:
        return nearest(self.frame, self.pens, where, self._now())

    def show_tip(self, spot: Spot | None, at: QPoint) -> None:
        if spot is None:
            QToolTip.hideText()
        else:
            QToolTip.showText(self.mapToGlobal(at), tip(spot), self)

    # Qt

    def mousePressEvent(self, event) -> None:  # type: ignore[no-untyped-def]
        self._hand.press(event)

    def mouseMoveEvent(self, event) -> None:  # type: ignore[no-untyped-def]
        self._hand.move(event)

    def mouseReleaseEvent(self, event) -> None:  # type: ignore[no-untyped-def]
        self._hand.release(event)

    def mouseDoubleClickEvent(self, event) -> None:  # type: ignore[no-untyped-def]
        self._hand.double(event)

    def wheelEvent(self, event) -> None:  # type: ignore[no-untyped-def]
        self._hand.wheel(event)

    def keyPressEvent(self, event) -> None:  # type: ignore[no-untyped-def]
        if not self._hand.key(event):
            super().keyPressEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self.set_hover(None)

    def showEvent(self, event) -> None:  # type: ignore[no-untyped-def]
        super().showEvent(event)
        self._timer.start()

    def hideEvent(self, event) -> None:  # type: ignore[no-untyped-def]
        super().hideEvent(event)
        self._timer.stop()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.redraw()


def _clock(at: float) -> str:
    return f"{datetime.fromtimestamp(at).astimezone():%m-%d %H:%M:%S}"

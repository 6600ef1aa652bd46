"""The chart: every pen on its own scale (or one a unit) over one time axis, overlaid or in lanes, with cursors. Console side.

The picture is painted into a pixmap when something in it changed; what moves with the mouse is laid over it. What the mouse
does is in `hand`. Data go through the pyramid and the reduced answers of the historian: about two points a pixel however long
the span is.
"""

from collections.abc import Sequence
from math import inf
from time import time

from PySide6.QtCore import QEvent, QPoint, QPointF, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPixmap, QResizeEvent
from PySide6.QtWidgets import QToolTip

from app.domain.instant import SECOND
from widgets.theme import ThemeHolder
from widgets.trend.frame import By, Frame, Scales, frame_of
from widgets.trend.hand import Hand
from widgets.trend.marks import Mark, Spot, paint_marks, spots, tip
from widgets.trend.overlay import clock, paint_cursor, paint_moment, paint_selection
from widgets.trend.past import fine_enough, slack_s
from widgets.trend.pen import Pen
from widgets.trend.picture import Look, nearest, paint
from widgets.trend.rough import EXACT, Rough, rough_of
from widgets.trend.timed import TimedChart

_LANE_NAMES_AT = 0.945  # at the beginning of a lane stands its name; before the numbers of the curves


class TrendPlot(TimedChart):
    """`fixed_changed` when cursor A or B moved, `selected` when a span was marked or given up, `mark_opened(Mark)` when one was
    clicked, `chosen_changed(place)` when a curve was clicked, `scaled` when an axis was moved by hand."""

    fixed_changed = Signal()
    selected = Signal()
    mark_opened = Signal(object)
    chosen_changed = Signal(int)
    scaled = Signal()
    limit_names_at = 0.06  # of the width: at its end stand the numbers of the curves
    has_marks = True
    resolution = 0  # slots over the width that whoever owns the chart asks for; 0: what there is counts as exact

    def __init__(self, holder: ThemeHolder) -> None:
        super().__init__()
        self._holder = holder
        self.pens: list[Pen] = []
        self.scales = Scales()
        self.stacked = False
        self.show_limits = True
        self.marks: Sequence[Mark] = ()
        self.rough_text = ""
        self.ghost_s: float | None = None  # by how much the compared span is earlier
        self.fixed: list[float | None] = [None, None]  # cursors A and B
        self.selection: tuple[float, float] | None = None
        self._chosen = 0
        self._picture: QPixmap | None = None
        self._spots: list[Spot] = []
        self._frame: Frame | None = None
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setMinimumSize(160, 90)
        self._hand = Hand(self)
        holder.changed.connect(self.redraw)
        self.go_live()

    # pens

    @property
    def chosen(self) -> int:
        return self._chosen

    def set_auto(self, auto: bool) -> None:
        """Scales follow what is seen."""
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

    def set_limits_shown(self, on: bool) -> None:
        self.show_limits = on
        self.redraw()

    def set_marks(self, marks: Sequence[Mark]) -> None:
        self.marks = sorted(marks, key=lambda one: one.at)
        self.redraw()

    def compare(self, earlier_s: float | None) -> None:
        """Draw `Pen.ghost`, which is of so much earlier, over the present span; None: no more."""
        self.ghost_s = earlier_s
        self.redraw()

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
    def fine_s(self) -> float:
        """What is known in wider slots only is not the exact curve; inf where nobody asks for a finer one."""
        return fine_enough(self.span, self.resolution) if self.resolution else inf

    @property
    def rough(self) -> Rough:
        """Where the exact curve is not here yet."""
        if not self.resolution:
            return EXACT
        return rough_of(
            self.pens, self.t0, self.end, self._now(), self.fine_s, slack_s(self.span), self.ghost_s, self.rough_text
        )

    @property
    def spots(self) -> Sequence[Spot]:
        return self._spots

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
                self.ghost_s is not None, self.show_limits, self.fine_s, self.rough,
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
        theme, followed = self._holder.theme, self._followed
        painter.setClipRect(frame.area.adjusted(0, -8, 1, 40))
        if self.selection is not None:
            paint_selection(painter, frame, self.selection, theme)
        if followed is None:
            paint_moment(painter, frame, time(), QPen(QColor(theme.text_dim), 1, Qt.PenStyle.DotLine), theme)
        else:
            paint_cursor(painter, frame, followed.at / SECOND, theme)
        for name, fixed in zip("AB", self.fixed, strict=True):
            if fixed is not None:
                paint_moment(painter, frame, fixed, QPen(QColor(theme.focus), 1), theme, name)
        if self.hover is not None:
            paint_moment(painter, frame, self.hover, QPen(QColor(theme.focus), 1), theme, clock(self.hover))

    # cursors and selection

    def set_fixed(self, which: int, at: float | None) -> None:
        self.fixed[which] = at
        self.fixed_changed.emit()
        self.update()

    def toggle_cursors(self, on: bool) -> None:
        """Both somewhere in sight, or neither."""
        self.fixed[1] = self.t0 + self.span * 0.65 if on else None
        self.set_fixed(0, self.t0 + self.span * 0.35 if on else None)

    def chosen_span(self) -> tuple[float, float]:
        """What figures and exports are about: the selection, else A to B, else what is shown up to now."""
        a, b = self.fixed
        if self.selection is not None:
            return self.selection
        if a is not None and b is not None and a != b:
            return min(a, b), max(a, b)
        return self.t0, max(min(self.end, time()), self.t0 + 1.0)

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

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.redraw()

"""The chart: every pen on its own scale over one time axis, the axis and the limit bands of the chosen pen, a cursor.

Console side, pyqtgraph. Pen width 1 (wider is 8 times slower), no antialiasing, data through the pyramid: a view is redrawn
with about two points a pixel however long it is.
"""

from time import time

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QLineF, QPointF, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QResizeEvent

from app.domain.tag import Priority, Tag
from widgets.theme import ThemeHolder, font
from widgets.trend.pen import Pen

REDRAW_MS = 200
SPAN_MIN_S, SPAN_MAX_S = 10.0, 400 * 86400.0
FUTURE = 0.04  # of the span, empty, right of now


class _Axis(pg.AxisItem):  # type: ignore[misc]
    """The left axis in the unit of the chosen pen; the chart itself runs from 0 to 1."""

    def __init__(self) -> None:
        super().__init__("left")
        self.low, self.high = 0.0, 1.0

    def tickValues(self, minimum: float, maximum: float, size: float):  # type: ignore[no-untyped-def]
        span = self.high - self.low
        levels = super().tickValues(self.low + minimum * span, self.low + maximum * span, size)
        return [(step / span, [(v - self.low) / span for v in values]) for step, values in levels]

    def tickStrings(self, values, scale, spacing):  # type: ignore[no-untyped-def]
        span = self.high - self.low
        return super().tickStrings([self.low + v * span for v in values], 1.0, spacing * span)


class _Time(pg.DateAxisItem):  # type: ignore[misc]
    """Local time. Can be asked for its ticks before it was painted for the first time."""

    def __init__(self) -> None:
        super().__init__()
        self.fontMetrics = QFontMetrics(font(10.5))


class _Grid(pg.UIGraphicsItem):  # type: ignore[misc]
    """Lines at the first level of ticks of both axes. The library's own grid costs more than eight curves do."""

    def __init__(self, box: pg.ViewBox, left: pg.AxisItem, bottom: pg.AxisItem) -> None:
        super().__init__()
        self._box, self._left, self._bottom = box, left, bottom
        self.pen = pg.mkPen("#888888")
        self.setZValue(-30)

    def paint(self, painter: QPainter, *_: object) -> None:
        (x0, x1), (y0, y1) = self._box.viewRange()
        lines = [QLineF(x, y0, x, y1) for x in _first(self._bottom.tickValues(x0, x1, self._box.width()))]
        lines += [QLineF(x0, y, x1, y) for y in _first(self._left.tickValues(y0, y1, self._box.height()))]
        painter.setPen(self.pen)
        painter.drawLines(lines)


def _first(levels: list[tuple[float, list[float]]]) -> list[float]:
    """The coarsest level that has at least three ticks."""
    return next((values for _, values in levels if len(values) >= 3), [])


class TrendPlot(pg.PlotWidget):  # type: ignore[misc]
    """`moved(t0, t1)` after the span changed, `cursor(t | None)` in seconds, `left_live` when a hand moves the chart."""

    moved = Signal(float, float)
    cursor = Signal(object)
    left_live = Signal()
    limit_names_at = 0.985  # of the width

    def __init__(self, holder: ThemeHolder) -> None:
        self._axis = _Axis()
        super().__init__(axisItems={"left": self._axis, "bottom": _Time()})
        self._holder = holder
        self.pens: list[Pen] = []
        self.auto_scale = False
        self.live = True
        self.span = 600.0
        self.end = time()
        self._curves: list[pg.PlotCurveItem] = []
        self._chosen = 0
        self._bands: list[pg.GraphicsObject] = []
        self._banded: object = None
        item = self.getPlotItem()
        self._box = item.getViewBox()
        self._box.setMouseEnabled(x=True, y=False)
        self._box.setMenuEnabled(False)
        self._box.disableAutoRange()
        self._box.setYRange(0, 1, padding=0.02)
        self._box.setLimits(minXRange=SPAN_MIN_S, maxXRange=SPAN_MAX_S)
        item.hideButtons()
        self._grid = _Grid(self._box, self._axis, item.getAxis("bottom"))
        item.addItem(self._grid, ignoreBounds=True)
        for axis in (self._axis, item.getAxis("bottom")):
            axis.setTickFont(font(10.5))
        self._axis.setWidth(74)
        self._line = pg.InfiniteLine(angle=90, movable=False)
        self._line.hide()
        item.addItem(self._line, ignoreBounds=True)
        self._now = pg.InfiniteLine(angle=90, movable=False)
        item.addItem(self._now, ignoreBounds=True)
        self._setting = False
        self._box.sigXRangeChanged.connect(self._dragged)
        self.scene().sigMouseMoved.connect(self._hover)
        self._timer = QTimer(self)
        self._timer.setInterval(REDRAW_MS)
        self._timer.timeout.connect(self._advance)
        holder.changed.connect(self._dress)
        self._dress()
        self.go_live()

    @property
    def t0(self) -> float:
        return self.end - self.span

    # pens

    def set_pens(self, pens: list[Pen]) -> None:
        for curve in self._curves:
            self.getPlotItem().removeItem(curve)
        self.pens = pens
        self._curves = [pg.PlotCurveItem(antialias=False) for _ in pens]
        for curve in self._curves:
            self.getPlotItem().addItem(curve, ignoreBounds=True)
        self._chosen = min(self._chosen, max(len(pens) - 1, 0))
        self._dress()
        self.redraw()

    def choose(self, place: int) -> None:
        """This pen owns the axis and the limit bands."""
        if 0 <= place < len(self.pens):
            self._chosen = place
            self._dress()
            self.redraw()

    # time

    def go_live(self) -> None:
        self.live = True
        self._advance()

    def show_span(self, t0: float, t1: float, live: bool = False) -> None:
        self.span = min(max(t1 - t0, SPAN_MIN_S), SPAN_MAX_S)
        self.end = t1
        self.live = live
        self._apply()

    def set_span(self, seconds: float) -> None:
        """Keeps the right edge."""
        self.span = seconds
        if self.live:
            self._advance()
        else:
            self._apply()

    def _advance(self) -> None:
        if self.live:
            self.end = time() + self.span * FUTURE
            self._apply()
        else:
            self.redraw()

    def _apply(self) -> None:
        self._setting = True
        self._box.setXRange(self.t0, self.end, padding=0)
        self._setting = False
        self.redraw()
        self.moved.emit(self.t0, self.end)

    def _dragged(self, _box: object, span: tuple[float, float]) -> None:
        if self._setting:
            return
        was_live, self.live = self.live, False
        self.span, self.end = span[1] - span[0], span[1]
        self.redraw()
        self.moved.emit(self.t0, self.end)
        if was_live:
            self.left_live.emit()

    # drawing

    def redraw(self) -> None:
        now = time()
        pixels = max(int(self._box.width()), 100)
        for place, (pen, curve) in enumerate(zip(self.pens, self._curves, strict=True)):
            low, high = pen.scale(self.t0, self.end, now, self.auto_scale)
            x, y = pen.points(self.t0, self.end, pixels, now)
            gaps = not np.isfinite(y).all()
            curve.setData(x, (y - low) / (high - low), connect="finite" if gaps else "all", skipFiniteCheck=not gaps)
            if place == self._chosen:
                if (self._axis.low, self._axis.high) != (low, high):
                    self._axis.low, self._axis.high = low, high
                    self._axis.picture = None
                    self._axis.update()
                self._draw_bands(pen.tag, low, high)
        self._now.setPos(now)

    def _draw_bands(self, tag: Tag, low: float, high: float) -> None:
        """Limits of the chosen pen: from the limit on, faintly in the colour of its priority, with its name at the edge."""
        key = (tag.tag, low, high, self._holder.theme.name)
        if key == self._banded:
            return
        self._banded = key
        for band in self._bands:
            self.getPlotItem().removeItem(band)
        self._bands = []
        limits = tag.limits
        for name, limit, beyond, priority in (
            ("HH", limits.hh, None, tag.priority_hh),
            ("H", limits.h, limits.hh, tag.priority_h),
            ("L", limits.l, limits.ll, tag.priority_l),
            ("LL", limits.ll, None, tag.priority_ll),
        ):
            if limit is not None:
                self._band(name, limit, beyond, priority, name.startswith("H"), low, high)

    def _band(
        self, name: str, limit: float, beyond: float | None, priority: Priority, upward: bool, low: float, high: float
    ) -> None:
        at = (limit - low) / (high - low)
        to = (beyond - low) / (high - low) if beyond is not None else (10.0 if upward else -10.0)
        colour = QColor(self._holder.theme.alarm(priority))
        fill = QColor(colour)
        fill.setAlpha(16 if self._holder.theme.name == "night" else 24)  # a limit is no alarm
        region = pg.LinearRegionItem((at, to), orientation="horizontal", movable=False, brush=fill, pen=pg.mkPen(None))
        region.setZValue(-20)
        line = pg.InfiniteLine(
            at, angle=0, pen=pg.mkPen(colour, width=1, style=Qt.PenStyle.DashLine), label=f"{name} {limit:g}",
            labelOpts={"position": self.limit_names_at, "color": self._holder.theme.text, "anchors": [(1, 1), (1, 1)]},
        )  # fmt: skip
        line.label.setFont(font(9.5))
        line.setZValue(-10)
        for item in (region, line):
            self.getPlotItem().addItem(item, ignoreBounds=True)
            self._bands.append(item)

    def _dress(self) -> None:
        theme = self._holder.theme
        self.setBackground(theme.background)
        for axis in (self._axis, self.getPlotItem().getAxis("bottom")):
            axis.setPen(pg.mkPen(theme.line))
            axis.setTextPen(pg.mkPen(theme.text_dim))
        for place, curve in enumerate(self._curves):
            curve.setPen(pg.mkPen(theme.pens[place % len(theme.pens)], width=1))
            curve.setZValue(5 if place == self._chosen else 0)
        self._grid.pen = pg.mkPen(theme.equipment_fill if theme.name == "night" else theme.raised)
        self._line.setPen(pg.mkPen(theme.focus, width=1))
        self._now.setPen(pg.mkPen(theme.line, width=1, style=Qt.PenStyle.DotLine))
        self._banded = None

    # cursor

    def _hover(self, where: QPointF) -> None:
        inside = self._box.sceneBoundingRect().contains(where)
        self._line.setVisible(inside)
        if inside:
            t = self._box.mapSceneToView(where).x()
            self._line.setPos(t)
            self.cursor.emit(t)
        else:
            self.cursor.emit(None)

    def leaveEvent(self, event) -> None:  # type: ignore[no-untyped-def]
        super().leaveEvent(event)
        self._line.hide()
        self.cursor.emit(None)

    def showEvent(self, event) -> None:  # type: ignore[no-untyped-def]
        super().showEvent(event)
        self._timer.start()

    def hideEvent(self, event) -> None:  # type: ignore[no-untyped-def]
        super().hideEvent(event)
        self._timer.stop()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if hasattr(self, "pens"):
            self.redraw()

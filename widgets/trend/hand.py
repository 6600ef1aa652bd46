"""What mouse and keys do on the chart: pan, zoom, one axis alone, cursors A and B, a selection, marks. Console side.

Left: move in time. Shift + left: mark a span. Wheel: zoom in time at the mouse; over an axis: that axis alone, which can be
dragged too and goes back by a double click. A and B set the cursors, Esc takes cursors and selection away.
"""

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QKeyEvent, QMouseEvent, QWheelEvent

from widgets.trend.frame import SPAN_MAX_S, SPAN_MIN_S, Strip
from widgets.trend.marks import spot_at

if TYPE_CHECKING:
    from widgets.trend.plot import TrendPlot

_GRIP = 5  # pixels round a cursor
_CLICK = 4  # a mouse that moved no further has clicked
_STEP = 0.1  # of the span, by an arrow key


class Hand:
    def __init__(self, plot: "TrendPlot") -> None:
        self._plot = plot
        self._doing = ""  # pan | axis | fixed | select
        self._from = QPointF()
        self._began: tuple[float, float] = (0.0, 0.0)
        self._strip: Strip | None = None
        self._which = 0
        self._far = False

    def press(self, event: QMouseEvent) -> None:
        plot, at = self._plot, event.position()
        if event.button() is not Qt.MouseButton.LeftButton or not plot.pens:
            event.ignore()
            return
        frame = plot.frame
        self._from, self._far, self._doing = at, False, ""
        self._strip = self._strip_at(at)
        grip = next((n for n, t in enumerate(plot.fixed) if t is not None and abs(frame.x(t) - at.x()) <= _GRIP), None)
        if self._strip is not None:
            self._doing = "axis"
        elif not frame.area.adjusted(0, 0, 0, 60).contains(at.toPoint()):
            return
        elif event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self._doing = "select"
            t = frame.t(at.x())
            self._began = (t, t)
        elif grip is not None:
            self._doing, self._which = "fixed", grip
        else:
            self._doing, self._began = "pan", (plot.t0, plot.end)

    def move(self, event: QMouseEvent) -> None:
        plot, at = self._plot, event.position()
        frame = plot.frame
        if (at - self._from).manhattanLength() > _CLICK:
            self._far = True
        if not self._doing:
            plot.set_hover(at)
            self._show(at)
            return
        if not self._far:
            return
        if self._doing == "pan":
            by = (self._from.x() - at.x()) / max(frame.area.width(), 1) * plot.span
            plot.pan_to(self._began[0] + by, self._began[1] + by)
        elif self._doing == "select":
            t = min(max(frame.t(at.x()), frame.t0), frame.t1)
            plot.select((min(t, self._began[0]), max(t, self._began[0])))
        elif self._doing == "fixed":
            plot.set_fixed(self._which, min(max(frame.t(at.x()), frame.t0), frame.t1))
        elif self._strip is not None:
            lane = self._strip.lane
            plot.scales.shift(lane.axis, lane.value(self._from.y()) - lane.value(at.y()))
            self._from = at
            plot.redraw()
            self._strip = self._strip_of(lane.axis.key)
            plot.scaled.emit()

    def release(self, event: QMouseEvent) -> None:
        plot, doing = self._plot, self._doing
        self._doing = ""
        if doing == "select":
            if not self._far:
                plot.select(None)
            plot.selected.emit()
        elif doing == "pan" and not self._far:
            spot = spot_at(plot.spots, plot.frame.marks, event.position())
            if spot is not None:
                plot.mark_opened.emit(next((one for one in spot.marks if one.occurrence), spot.chief))
                return
            place = plot.pen_at(event.position())
            if place is not None:
                plot.chosen_changed.emit(place)

    def double(self, event: QMouseEvent) -> None:
        """On an axis that was moved: back to what it shows by itself."""
        strip = self._strip_at(event.position())
        if strip is not None and self._plot.scales.manual.pop(strip.lane.axis.key, None) is not None:
            self._plot.redraw()
            self._plot.scaled.emit()

    def wheel(self, event: QWheelEvent) -> None:
        plot, at = self._plot, event.position()
        if not plot.pens:
            event.ignore()
            return
        factor = 0.85 ** (event.angleDelta().y() / 120)
        strip = self._strip_at(at)
        if strip is not None:
            plot.scales.zoom(strip.lane.axis, strip.lane.value(at.y()), factor)
            plot.redraw()
            plot.scaled.emit()
        elif plot.live:
            plot.set_span(_bounded(plot.span * factor))
        else:
            self._zoom(plot.frame.t(at.x()), factor)
        event.accept()

    def key(self, event: QKeyEvent) -> bool:
        """False: it means nothing here."""
        plot, key = self._plot, Qt.Key(event.key())
        step = plot.span * _STEP
        if key in (Qt.Key.Key_A, Qt.Key.Key_B) and not event.modifiers():
            where = plot.hover if plot.hover is not None else plot.t0 + plot.span * (0.35 if key == Qt.Key.Key_A else 0.65)
            plot.set_fixed(0 if key == Qt.Key.Key_A else 1, where)
        elif key == Qt.Key.Key_Escape and (plot.selection is not None or plot.fixed != [None, None]):
            plot.select(None)
            plot.fixed[1] = None
            plot.set_fixed(0, None)
            plot.selected.emit()
        elif key == Qt.Key.Key_Left:
            plot.pan_to(plot.t0 - step, plot.end - step)
        elif key == Qt.Key.Key_Right:
            plot.pan_to(plot.t0 + step, plot.end + step)
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal, Qt.Key.Key_Minus):
            factor = 1.25 if key == Qt.Key.Key_Minus else 0.8
            if plot.live:
                plot.set_span(_bounded(plot.span * factor))
            else:
                self._zoom(plot.t0 + plot.span / 2, factor)
        elif key == Qt.Key.Key_End:
            plot.go_live()
            plot.left_live.emit()
        else:
            return False
        return True

    def _zoom(self, about: float, factor: float) -> None:
        plot = self._plot
        plot.pan_to(about - (about - plot.t0) * factor, about + (plot.end - about) * factor)

    def _show(self, at: QPointF) -> None:
        plot = self._plot
        spot = spot_at(plot.spots, plot.frame.marks, at)
        plot.show_tip(spot, at.toPoint())
        grip = any(t is not None and abs(plot.frame.x(t) - at.x()) <= _GRIP for t in plot.fixed)
        strip = self._strip_at(at)
        shape = Qt.CursorShape.ArrowCursor
        if spot is not None:
            shape = Qt.CursorShape.PointingHandCursor
        elif strip is not None:
            shape = Qt.CursorShape.SizeVerCursor
        elif grip:
            shape = Qt.CursorShape.SizeHorCursor
        plot.setCursor(shape)

    def _strip_at(self, at: QPointF) -> Strip | None:
        return next((one for one in self._plot.frame.strips if one.rect.contains(at.toPoint())), None)

    def _strip_of(self, key: str) -> Strip | None:
        return next((one for one in self._plot.frame.strips if one.lane.axis.key == key), None)


def _bounded(span: float) -> float:
    return min(max(span, SPAN_MIN_S), SPAN_MAX_S)

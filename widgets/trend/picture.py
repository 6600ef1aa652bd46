"""The picture of a trend: limits, grid, bad spans, curves, axes; everything that does not move with the mouse. Console side.

Painted into a pixmap that the plot keeps; cursors are laid over it. Nothing here is remembered from one picture to the next.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf

import numpy as np
from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QPen

from widgets.theme import Theme, font
from widgets.trend.axes import paint_axes, paint_grid, pen_colour, ticks_of
from widgets.trend.curve import dashed, draw_band, draw_curve
from widgets.trend.frame import Frame, Lane
from widgets.trend.limitbands import paint_limits
from widgets.trend.pen import Pen
from widgets.trend.pyramid import Floats
from widgets.trend.rough import EXACT, Rough, paint_rough


@dataclass(frozen=True, slots=True)
class Look:
    """How it is to be drawn. `names_at`: where along the width the names of limits stand; `ghost_s`: by how much the ghosts are
    later than they are drawn; `limits`: whether bands are shown; `fine_s`: what is known in wider slots only is a band;
    `rough`: where that is so, or nothing is known, and what there is to say of it."""

    theme: Theme
    chosen: int
    now: float
    names_at: float = 0.985
    ghost_s: float = 0.0
    ghosts: bool = False
    limits: bool = True
    fine_s: float = inf
    rough: Rough = EXACT


def paint(painter: QPainter, whole: QRect, frame: Frame, pens: Sequence[Pen], look: Look) -> None:
    theme, area = look.theme, frame.area
    painter.fillRect(whole, QColor(theme.background))
    ticks = ticks_of(frame)
    painter.setClipRect(area)
    paint_grid(painter, frame, ticks, theme)
    if pens and look.limits:
        shown = list(range(len(pens))) if frame.stacked else [look.chosen]
        for place in shown:
            paint_limits(painter, frame, frame.lanes[place], pens[place], theme, look.names_at)
    for place, pen in enumerate(pens):
        if frame.stacked or place == look.chosen:
            _bad(painter, frame, frame.lanes[place], pen, theme)
        else:
            _bad_line(painter, frame, place, pen, theme)
    order = sorted(range(len(pens)), key=lambda place: place == look.chosen)
    for place in order:
        _curve(painter, frame, frame.lanes[place], pens[place], pen_colour(theme, place), look)
    if len(pens) > 1:
        taken: list[QRectF] = []
        for place in reversed(order):
            _number(painter, frame, place, pens[place], look, taken)
    paint_rough(painter, frame, look.rough, theme)
    painter.setClipping(False)
    paint_axes(painter, frame, ticks, pens, theme)


def curve_points(frame: Frame, lane: Lane, x: Floats, y: Floats) -> tuple[Floats, Floats]:
    """Times and values as pixels."""
    area, axis = frame.area, lane.axis
    return (
        (x - frame.t0) * (area.width() / (frame.t1 - frame.t0)) + area.left(),
        lane.bottom - (y - axis.low) * ((lane.bottom - lane.top) / (axis.high - axis.low)),
    )


def _curve(painter: QPainter, frame: Frame, lane: Lane, pen: Pen, colour: QColor, look: Look) -> None:
    if frame.stacked:
        painter.setClipRect(QRectF(frame.area.left(), lane.top, frame.area.width(), lane.bottom - lane.top))
    if look.ghosts:
        t0, t1 = frame.t0 - look.ghost_s, frame.t1 - look.ghost_s
        for edges, low, high in pen.ghost.bands(t0, t1, look.fine_s):
            _band(painter, frame, lane, edges + look.ghost_s, low, high, colour, 28)
        x, y = pen.ghost.view(t0, t1, look.fine_s)
        faint = QColor(colour)
        faint.setAlpha(190)
        painter.setPen(QPen(faint, 1))
        draw_curve(painter, *dashed(*curve_points(frame, lane, x + look.ghost_s, y)))
    for edges, low, high in pen.bands(frame.t0, min(frame.t1, look.now), look.fine_s):
        _band(painter, frame, lane, edges, low, high, colour, 75)
    x, y = pen.points(frame.t0, frame.t1, max(frame.area.width(), 100), look.now, look.fine_s)
    painter.setPen(QPen(colour, 1))
    draw_curve(painter, *curve_points(frame, lane, x, y))
    if frame.stacked:
        painter.setClipRect(frame.area)


def _band(
    painter: QPainter, frame: Frame, lane: Lane, edges: Floats, low: Floats, high: Floats, colour: QColor, alpha: int
) -> None:
    """From the lowest to the highest of each slot: the value was in there, no more is known."""
    fill = QColor(colour)
    fill.setAlpha(alpha)
    x, bottom = curve_points(frame, lane, edges, np.append(low, np.nan))
    _, top = curve_points(frame, lane, edges, np.append(high, np.nan))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(fill)
    draw_band(painter, x, bottom[:-1], top[:-1])
    painter.setBrush(Qt.BrushStyle.NoBrush)


def _number(painter: QPainter, frame: Frame, place: int, pen: Pen, look: Look, taken: list[QRectF]) -> None:
    """The number of the pen at the newest end of its curve that is seen: colour never stands alone. Beside those that have
    their place already."""
    end = min(look.now, frame.t1)
    found = pen.value_at(end) or pen.value_at(end - (frame.t1 - frame.t0) * 0.02)
    if found is None:
        return
    lane = frame.lanes[place]
    x = min(frame.x(end), frame.area.right() - 2.0) + 2
    y = min(max(lane.y(found[1]), lane.top + 7), lane.bottom - 7)
    text = str(place + 1)
    width = 8 * len(text) + 6
    box = QRectF(min(x, frame.area.right() - width), y - 7, width, 14)
    while any(box.intersects(other) for other in taken) and box.right() + width < frame.area.right():
        box.translate(width + 2, 0)
    taken.append(box)
    painter.fillRect(box, pen_colour(look.theme, place))
    painter.setFont(font(9, bold=True))
    painter.setPen(QColor(look.theme.background))
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)


def _bad(painter: QPainter, frame: Frame, lane: Lane, pen: Pen, theme: Theme) -> None:
    """Hatched where the value could not be believed: densely where it was bad."""
    for start, end, worse in pen.bad(frame.t0, frame.t1):
        left, right = frame.x(start), frame.x(end)
        box = QRectF(left, lane.top, max(right - left, 2.0), lane.bottom - lane.top)
        colour = QColor(theme.bad)
        colour.setAlpha(90 if worse else 55)
        painter.fillRect(box, QBrush(colour, Qt.BrushStyle.BDiagPattern))
        colour.setAlpha(255)
        painter.fillRect(QRectF(left, lane.bottom - 4, max(right - left, 2.0), 4), colour)


def _bad_line(painter: QPainter, frame: Frame, place: int, pen: Pen, theme: Theme) -> None:
    """Of a pen that is not chosen: a line above the time axis, with its own colour at its beginning."""
    lane = frame.lanes[place]
    y = lane.bottom - 8 - 4 * place
    for start, end, _ in pen.bad(frame.t0, frame.t1):
        left, right = frame.x(start), frame.x(end)
        painter.fillRect(QRectF(left, y, max(right - left, 2.0), 2), QColor(theme.bad))
        painter.fillRect(QRectF(left - 1, y - 1, 4, 4), pen_colour(theme, place))


def nearest(frame: Frame, pens: Sequence[Pen], at: QPointF, now: float, within: float = 12.0) -> int | None:
    """The place of the pen whose curve passes closest below or above `at`, in pixels."""
    best: tuple[float, int] | None = None
    for place, pen in enumerate(pens):
        found = pen.value_at(frame.t(at.x())) if frame.t(at.x()) <= now else None
        if found is None:
            continue
        high, low = frame.lanes[place].y(found[1]), frame.lanes[place].y(found[0])
        apart = float(np.clip(max(high - at.y(), at.y() - low), 0.0, None))
        if best is None or apart < best[0]:
            best = apart, place
    return None if best is None or best[0] > within else best[1]

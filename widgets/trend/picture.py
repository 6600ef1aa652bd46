"""The picture of a trend: limits, grid, bad spans, curves, axes; everything that does not move with the mouse. Console side.

Painted into a pixmap that the plot keeps; cursors are laid over it. Nothing here is remembered from one picture to the next.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QLineF, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QFontMetrics, QPainter, QPen

from app.domain.tag import Limits, Priority, Tag
from widgets.theme import Theme, font
from widgets.trend.curve import dashed, draw_curve
from widgets.trend.frame import Frame, Lane
from widgets.trend.pen import Pen
from widgets.trend.pyramid import Floats
from widgets.trend.scale import Tick, time_ticks, value_text, value_ticks

TICK_FONT = 10.5
_TICK_PX = 46  # between two values of an axis, at least
_TIME_PX = 108
_NAME_PX = 17
_CLEAR_PX = 5  # between the name of a limit and its line


@dataclass(frozen=True, slots=True)
class Look:
    """How it is to be drawn. `names_at`: where along the width the names of limits stand; `ghost_s`: by how much the ghosts are
    later than they are drawn; `limits`: whether bands are shown."""

    theme: Theme
    chosen: int
    now: float
    names_at: float = 0.985
    ghost_s: float = 0.0
    ghosts: bool = False
    limits: bool = True


def pen_colour(theme: Theme, place: int) -> QColor:
    """Eight colours, then the same ones nearer to the text: what tells sixteen apart is the number at the end of the curve."""
    colour = QColor(theme.pens[place % len(theme.pens)])
    if place >= len(theme.pens):
        colour = colour.darker(135) if theme.name == "night" else colour.lighter(150)
    return colour


def paint(painter: QPainter, whole: QRect, frame: Frame, pens: Sequence[Pen], look: Look) -> None:
    theme, area = look.theme, frame.area
    painter.fillRect(whole, QColor(theme.background))
    ticks = time_ticks(frame.t0, frame.t1, area.width() // _TIME_PX)
    painter.setClipRect(area)
    _grid(painter, frame, ticks, theme)
    if pens and look.limits:
        shown = list(range(len(pens))) if frame.stacked else [look.chosen]
        for place in shown:
            _bands(painter, frame, frame.lanes[place], pens[place], look)
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
    painter.setClipping(False)
    _time_axis(painter, frame, ticks, theme)
    for strip in frame.strips:
        places = strip.lane.axis.places
        own = pen_colour(theme, places[0]) if len(places) == 1 and len(pens) > 1 else QColor(theme.text_dim)
        _value_axis(painter, strip.rect, strip.lane, strip.right, own, theme)
    if frame.stacked:
        painter.setFont(font(10))
        for place, pen in enumerate(pens):
            _lane_name(painter, frame, place, pen, pens, theme)


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
        x, y = pen.ghost.view(frame.t0 - look.ghost_s, frame.t1 - look.ghost_s)
        faint = QColor(colour)
        faint.setAlpha(190)
        painter.setPen(QPen(faint, 1))
        draw_curve(painter, *dashed(*curve_points(frame, lane, x + look.ghost_s, y)))
    x, y = pen.points(frame.t0, frame.t1, max(frame.area.width(), 100), look.now)
    painter.setPen(QPen(colour, 1))
    draw_curve(painter, *curve_points(frame, lane, x, y))
    if frame.stacked:
        painter.setClipRect(frame.area)


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
    painter.setFont(font(8.5, bold=True))
    painter.setPen(QColor(look.theme.background))
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)


def _bands(painter: QPainter, frame: Frame, lane: Lane, pen: Pen, look: Look) -> None:
    """Limits as they counted at each time: from the limit on, faintly in the colour of its priority, its name at the edge."""
    area = frame.area
    spans = pen.limits_in(frame.t0, frame.t1)
    for number, span in enumerate(spans):
        left = max(frame.x(span.start), area.left())
        right = area.right() + 1.0 if span.end is None else min(frame.x(span.end), area.right() + 1.0)
        if right <= left:
            continue
        named: list[float] = []
        for name, limit, beyond, priority in _limit_rows(pen.tag, span.limits):
            if limit is None:
                continue
            y = lane.y(limit)
            to = (lane.top if name.startswith("H") else lane.bottom) if beyond is None else lane.y(beyond)
            top, bottom = max(min(y, to), lane.top), min(max(y, to), lane.bottom)
            colour = QColor(look.theme.alarm(priority))
            fill = QColor(colour)
            fill.setAlpha(16 if look.theme.name == "night" else 24)  # a limit is no alarm
            if bottom > top:
                painter.fillRect(QRectF(left, top, right - left, bottom - top), fill)
            if lane.top <= y <= lane.bottom:
                painter.setPen(QPen(colour, 1, Qt.PenStyle.DashLine))
                painter.drawLine(QLineF(left, y, right, y))
                newest = number == len(spans) - 1
                where = area.left() + area.width() * look.names_at if newest else right - 4
                if lane.bottom - lane.top > 3 * _NAME_PX and all(
                    abs(y - other) >= _NAME_PX for other in named
                ):  # the graver one is named where both have no room
                    named.append(y)
                    box = QRectF(left, lane.top, right - left, lane.bottom - lane.top)
                    _limit_name(painter, f"{name} {limit:g}", where, y, name.startswith("H"), box, look)


def _limit_rows(tag: Tag, limits: Limits) -> tuple[tuple[str, float | None, float | None, Priority], ...]:
    return (
        ("HH", limits.hh, None, tag.priority_hh),
        ("LL", limits.ll, None, tag.priority_ll),
        ("H", limits.h, limits.hh, tag.priority_h),
        ("L", limits.l, limits.ll, tag.priority_l),
    )


def _limit_name(painter: QPainter, text: str, right: float, y: float, high: bool, box: QRectF, look: Look) -> None:
    """Clear of its line, on the side away from the normal range; on the other where there is no room."""
    painter.setFont(font(9.5))
    metrics = painter.fontMetrics()
    width, tall = metrics.horizontalAdvance(text), metrics.tightBoundingRect("H0").height()
    left = max(min(right, box.right() - 4) - width, box.left() + 4)
    if left + width > box.right():
        return
    above, below = y - _CLEAR_PX, y + _CLEAR_PX + tall
    fits = above - tall > box.top() if high else below < box.bottom()
    base = above if high == fits else below
    if not fits:  # there it may stand on another limit, or on the curve
        painter.fillRect(QRectF(left - 2, base - tall - 2, width + 4, tall + 4), QColor(look.theme.background))
    painter.setPen(QColor(look.theme.text))
    painter.drawText(QPointF(left, base), text)


def _grid(painter: QPainter, frame: Frame, ticks: Sequence[Tick], theme: Theme) -> None:
    area = frame.area
    lines = [QLineF(x, area.top(), x, area.bottom()) for x in (round(frame.x(tick.at)) for tick in ticks)]
    lanes = [strip.lane for strip in frame.strips] if frame.stacked else [strip.lane for strip in frame.strips[:1]]
    for lane in lanes:
        for value in value_ticks(lane.axis.low, lane.axis.high, max(int((lane.bottom - lane.top) / _TICK_PX), 1)):
            y = round(lane.y(value))
            lines.append(QLineF(area.left(), y, area.right(), y))
    painter.setPen(QPen(QColor(theme.equipment_fill if theme.name == "night" else theme.raised), 1))
    painter.drawLines(lines)
    painter.setPen(QPen(QColor(theme.line), 1))
    edges = [QLineF(area.left(), round(one.bottom), area.right(), round(one.bottom)) for one in lanes]
    painter.drawLines([*edges, QLineF(area.left(), area.top(), area.left(), area.bottom())])


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


def _time_axis(painter: QPainter, frame: Frame, ticks: Sequence[Tick], theme: Theme) -> None:
    area = frame.area
    y = frame.marks.bottom() + 1 if frame.marks.height() else area.top() + area.height()
    painter.setFont(font(TICK_FONT))
    painter.setPen(QColor(theme.text_dim))
    for tick in ticks:
        x = frame.x(tick.at)
        painter.drawText(QRectF(x - 50, y + 2, 100, 18), Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop, tick.text)
        if tick.date:
            box = QRectF(x - 60, y + 18, 120, 18)
            painter.drawText(box, Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop, tick.date)


def _value_axis(painter: QPainter, rect: QRect, lane: Lane, right: bool, colour: QColor, theme: Theme) -> None:
    face = font(TICK_FONT)
    painter.setFont(face)
    height = QFontMetrics(face).height()
    ticks = value_ticks(lane.axis.low, lane.axis.high, max(int((lane.bottom - lane.top) / _TICK_PX), 1))
    side = Qt.AlignmentFlag.AlignLeft if right else Qt.AlignmentFlag.AlignRight
    painter.setPen(colour)
    edge = rect.left() if right else rect.right()
    painter.drawLine(edge, rect.top(), edge, rect.bottom())
    unit_y = lane.top
    for value in ticks:
        y = lane.y(value)
        if lane.axis.unit and y < unit_y + height * 1.2:
            continue  # there the unit stands
        box = QRectF(rect.left() + 6, min(y - height / 2, lane.bottom - height), rect.width() - 12, height)
        painter.drawText(box, side | Qt.AlignmentFlag.AlignVCenter, value_text(value, ticks))
    if lane.axis.unit:
        painter.setPen(QColor(theme.text_dim))
        names = "/".join(str(place + 1) for place in lane.axis.places[:4]) if colour != QColor(theme.text_dim) else ""
        text = f"{names} {lane.axis.unit}".strip() + (" *" if lane.axis.manual else "")
        painter.drawText(QRectF(rect.left() + 4, unit_y - 3, rect.width() - 10, height), side, text)


def _lane_name(painter: QPainter, frame: Frame, place: int, pen: Pen, pens: Sequence[Pen], theme: Theme) -> None:
    """Pens that share a lane are named one after the other."""
    lane = frame.lanes[place]
    before = [f"{other + 1} {pens[other].tag.tag}" for other in lane.axis.places if other < place]
    metrics = painter.fontMetrics()
    x = frame.area.left() + 8 + sum(metrics.horizontalAdvance(text) + 18 for text in before)
    name = pen.tag.name if len(lane.axis.places) == 1 else ""
    text = f"{place + 1} {pen.tag.tag} {name}".strip()
    behind = QRectF(x - 3, lane.top + 2, metrics.horizontalAdvance(text) + 6, metrics.height())
    painter.fillRect(behind, QColor(theme.background))
    painter.setPen(pen_colour(theme, place))
    painter.drawText(QPointF(x, lane.top + metrics.ascent() + 2), text)


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

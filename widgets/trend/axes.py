"""Grid, ticks and names of a trend: everything around the curves. Console side."""

from collections.abc import Sequence

from PySide6.QtCore import QLineF, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPen

from widgets.theme import Theme, font
from widgets.trend.frame import Frame, Lane
from widgets.trend.pen import Pen
from widgets.trend.scale import Tick, time_ticks, value_text, value_ticks

TICK_FONT = 10.5
_TICK_PX = 46  # between two values of an axis, at least
_TIME_PX = 108


def pen_colour(theme: Theme, place: int) -> QColor:
    """Eight colours, then the same ones nearer to the text: what tells sixteen apart is the number at the end of the curve."""
    colour = QColor(theme.pens[place % len(theme.pens)])
    if place >= len(theme.pens):
        colour = colour.darker(135) if theme.name == "night" else colour.lighter(150)
    return colour


def ticks_of(frame: Frame) -> list[Tick]:
    return time_ticks(frame.t0, frame.t1, frame.area.width() // _TIME_PX)


def paint_axes(painter: QPainter, frame: Frame, ticks: Sequence[Tick], pens: Sequence[Pen], theme: Theme) -> None:
    _time_axis(painter, frame, ticks, theme)
    for strip in frame.strips:
        places = strip.lane.axis.places
        own = pen_colour(theme, places[0]) if len(places) == 1 and len(pens) > 1 else QColor(theme.text_dim)
        _value_axis(painter, strip.rect, strip.lane, strip.right, own, theme)
    if frame.stacked:
        painter.setFont(font(10))
        for place, pen in enumerate(pens):
            _lane_name(painter, frame, place, pen, pens, theme)


def paint_grid(painter: QPainter, frame: Frame, ticks: Sequence[Tick], theme: Theme) -> None:
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

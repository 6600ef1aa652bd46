"""Limits of a curve as bands, as they counted at each time, with their names (限值带). Console side."""

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from app.domain.tag import Limits, Priority, Tag
from widgets.theme import Theme, font
from widgets.trend.frame import Frame, Lane
from widgets.trend.pen import Pen

_NAME_PX = 17
_ROOMY_PX = 96  # of a lane: in a lower one names would lie upon lines; the legend has them
_CLEAR_PX = 5  # between the name of a limit and its line


def paint_limits(painter: QPainter, frame: Frame, lane: Lane, pen: Pen, theme: Theme, names_at: float) -> None:
    """From the limit on, faintly in the colour of its priority, its name at the edge; `names_at`: where along the width."""
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
            colour = QColor(theme.alarm(priority))
            fill = QColor(colour)
            fill.setAlpha(16 if theme.name == "night" else 24)  # a limit is no alarm
            if bottom > top:
                painter.fillRect(QRectF(left, top, right - left, bottom - top), fill)
            if lane.top <= y <= lane.bottom:
                painter.setPen(QPen(colour, 1, Qt.PenStyle.DashLine))
                painter.drawLine(QLineF(left, y, right, y))
                newest = number == len(spans) - 1
                where = area.left() + area.width() * names_at if newest else right - 4
                if lane.bottom - lane.top > _ROOMY_PX and all(
                    abs(y - other) >= _NAME_PX for other in named
                ):  # the graver one is named where both have no room
                    named.append(y)
                    box = QRectF(left, lane.top, right - left, lane.bottom - lane.top)
                    _limit_name(painter, f"{name} {limit:g}", where, y, name.startswith("H"), box, theme)


def _limit_rows(tag: Tag, limits: Limits) -> tuple[tuple[str, float | None, float | None, Priority], ...]:
    return (
        ("HH", limits.hh, None, tag.priority_hh),
        ("LL", limits.ll, None, tag.priority_ll),
        ("H", limits.h, limits.hh, tag.priority_h),
        ("L", limits.l, limits.ll, tag.priority_l),
    )


def _limit_name(painter: QPainter, text: str, right: float, y: float, high: bool, box: QRectF, theme: Theme) -> None:
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
        painter.fillRect(QRectF(left - 2, base - tall - 2, width + 4, tall + 4), QColor(theme.background))
    painter.setPen(QColor(theme.text))
    painter.drawText(QPointF(left, base), text)

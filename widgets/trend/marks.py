"""What happened, on the time axis: alarms raised, acknowledged, cleared; shelved; limits changed. Console side.

Grey unless an alarm was raised: only that has a colour. Where marks would lie upon each other they become one with a number.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from app.domain.alarm import AlarmState
from app.domain.tag import Priority
from widgets.symbols import symbol_pixmap
from widgets.theme import Theme, font
from widgets.trend.frame import Frame
from widgets.words import tr

SIZE = 16
_NEAR = 10
"""Pixels within which marks are one."""
_MOST_TOLD = 8
RAISED = ("raised", "active_again", "reannounced")


@dataclass(frozen=True, slots=True)
class Mark:
    """`at` in seconds since the epoch; `kind` as in the journal (raised, acknowledged, cleared, shelved, limit …); `text` what
    it was, in a sentence; `occurrence` 0 where no alarm belongs to it; `priority` of the alarm, None for what is none."""

    at: float
    kind: str
    tag: str
    text: str
    occurrence: int = 0
    priority: Priority | None = None


@dataclass(frozen=True, slots=True)
class Spot:
    """Marks in one place, `x` in pixels; the gravest gives the symbol."""

    x: float
    marks: tuple[Mark, ...]

    @property
    def chief(self) -> Mark:
        return min(self.marks, key=lambda one: (one.kind not in RAISED, one.priority or 9, one.at))


def spots(marks: Sequence[Mark], frame: Frame) -> list[Spot]:
    """`marks` by time."""
    found: list[tuple[float, list[Mark]]] = []
    for mark in marks:
        if not frame.t0 <= mark.at <= frame.t1:
            continue
        x = frame.x(mark.at)
        if found and x - found[-1][0] < _NEAR:
            found[-1][1].append(mark)
        else:
            found.append((x, [mark]))
    return [Spot(x, tuple(some)) for x, some in found]


def spot_at(found: Sequence[Spot], strip: QRect, at: QPointF) -> Spot | None:
    if not strip.adjusted(-SIZE, -2, SIZE, 2).contains(at.toPoint()):
        return None
    near = min(found, key=lambda one: abs(one.x - at.x()), default=None)
    return near if near is not None and abs(near.x - at.x()) <= SIZE else None


def tip(spot: Spot) -> str:
    lines = [f"{datetime.fromtimestamp(one.at).astimezone():%m-%d %H:%M:%S}  {one.text}" for one in spot.marks[:_MOST_TOLD]]
    more = len(spot.marks) - _MOST_TOLD
    if more > 0:
        lines.append(tr("还有 {n} 条，放大可分开", n=more))
    elif any(one.occurrence for one in spot.marks):
        lines.append(tr("点击打开报警卡片"))
    return "\n".join(lines)


def paint_marks(painter: QPainter, found: Sequence[Spot], strip: QRect, theme: Theme, dpr: float) -> None:
    middle = strip.top() + strip.height() / 2 + 1
    for spot in found:
        mark = spot.chief
        box = QRectF(spot.x - SIZE / 2, middle - SIZE / 2, SIZE, SIZE)
        if mark.kind in RAISED:
            state = AlarmState.ACKED
            painter.drawPixmap(box.topLeft(), symbol_pixmap(mark.priority, state, True, SIZE, theme, dpr))
        else:
            _plain(painter, box.adjusted(2.5, 2.5, -2.5, -2.5), mark.kind, theme)
        if len(spot.marks) > 1:
            painter.setFont(font(9))
            painter.setPen(QColor(theme.text))
            painter.drawText(QPointF(box.right() + 1, middle + 4), str(len(spot.marks)))


def _plain(painter: QPainter, box: QRectF, kind: str, theme: Theme) -> None:
    """A tick: acknowledged; a ring: cleared; a diamond: a limit; a bar: put aside or brought back."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(QColor(theme.text_dim), 1.6))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    middle = box.center()
    if kind == "acknowledged":
        corner = QPointF(box.left() + box.width() * 0.38, box.bottom() - 1)
        painter.drawPolyline([QPointF(box.left(), middle.y()), corner, QPointF(box.right(), box.top())])
    elif kind == "cleared":
        painter.drawEllipse(box)
    elif kind == "limit":
        painter.setBrush(QColor(theme.text_dim))
        ends = (middle.x(), box.top()), (box.right(), middle.y()), (middle.x(), box.bottom()), (box.left(), middle.y())
        painter.drawPolygon(QPolygonF([QPointF(*end) for end in ends]))
    else:
        painter.drawRect(box)
        painter.drawLine(QPointF(box.left(), middle.y()), QPointF(box.right(), middle.y()))
    painter.restore()

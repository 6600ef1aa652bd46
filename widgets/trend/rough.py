"""Where a trend does not show the exact curve yet, and what there is to say of it (正在读取). Console side.

A span nobody answered for looks like a span without data, and an old answer looks like a curve: both would be untrue, so both
are marked until the exact answer is here.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QPainter

from widgets.theme import Theme, font
from widgets.trend.frame import Frame
from widgets.trend.pen import Pen

_BAR_PX = 5


@dataclass(frozen=True, slots=True)
class Rough:
    """`coarse`: spans in seconds since the epoch in which some curve is a band; `unknown`: in which nothing is known of some
    curve; `text`: why."""

    coarse: tuple[tuple[float, float], ...] = ()
    unknown: tuple[tuple[float, float], ...] = ()
    text: str = ""

    def __bool__(self) -> bool:
        return bool(self.coarse or self.unknown)


EXACT = Rough()


def rough_of(
    pens: Sequence[Pen], t0: float, t1: float, now: float, fine_s: float, slack_s: float, ghost_s: float | None, text: str
) -> Rough:
    spans = [part for pen in pens for part in pen.rough(t0, t1, now, fine_s, slack_s)]
    if ghost_s is not None:
        for pen in pens:
            parts = pen.ghost.rough(t0 - ghost_s, min(t1, now) - ghost_s, fine_s, slack_s)
            spans += [(a + ghost_s, b + ghost_s, known) for a, b, known in parts]
    coarse, unknown = (_merged([(a, b) for a, b, known in spans if known is wanted]) for wanted in (True, False))
    return Rough(coarse, unknown, text)


def _merged(spans: Sequence[tuple[float, float]]) -> tuple[tuple[float, float], ...]:
    found: list[tuple[float, float]] = []
    for a, b in sorted(spans):
        if found and a <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], b))
        else:
            found.append((a, b))
    return tuple(found)


def paint_rough(painter: QPainter, frame: Frame, rough: Rough, theme: Theme) -> None:
    """A hatched bar at the top over what is coarse, a veil over what is unknown, and the words once."""
    if not rough:
        return
    area, ink = frame.area, QColor(theme.text_dim)
    veil = QColor(theme.text_dim)
    veil.setAlpha(26)
    for a, b in rough.unknown:
        painter.fillRect(QRectF(frame.x(a), area.top(), frame.x(b) - frame.x(a), area.height()), veil)
    for a, b in (*rough.coarse, *rough.unknown):
        box = QRectF(frame.x(a), area.top(), frame.x(b) - frame.x(a), _BAR_PX)
        painter.fillRect(box, QBrush(ink, Qt.BrushStyle.BDiagPattern))
    painter.setFont(font(11))
    widest = max((*rough.coarse, *rough.unknown), key=lambda span: span[1] - span[0])
    wide = painter.fontMetrics().horizontalAdvance(rough.text) + 16
    middle = (max(frame.x(widest[0]), area.left()) + min(frame.x(widest[1]), area.right())) / 2
    left = min(max(middle - wide / 2, area.left() + 4), area.right() - wide - 4)
    box = QRectF(left, area.top() + _BAR_PX + 3, wide, painter.fontMetrics().height() + 4)
    painter.fillRect(box, QColor(theme.raised))
    painter.setPen(QColor(theme.text))
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, rough.text)

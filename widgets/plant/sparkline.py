"""The last hour of one tag in the size of a thumb: lows and highs per slice, gaps where nothing could be believed."""

from collections.abc import Sequence

from PySide6.QtCore import QLineF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from app.domain.instant import HOUR, Instant
from widgets.theme import Theme

SPAN = HOUR
SLICES = 240
_SLICE = SPAN // SLICES


class Recent:
    """Lowest and highest value per slice of 15 s; bounded whatever comes in."""

    def __init__(self) -> None:
        self._slices: dict[int, tuple[float, float]] = {}

    def put(self, at: Instant, value: float) -> None:
        key = at // _SLICE
        low, high = self._slices.get(key, (value, value))
        self._slices[key] = (min(low, value), max(high, value))
        if len(self._slices) > 2 * SLICES:
            newest = max(self._slices)
            self._slices = {k: v for k, v in self._slices.items() if k > newest - SLICES}

    def put_history(
        self, times: Sequence[Instant], lows: Sequence[float | None], highs: Sequence[float | None] | None = None
    ) -> None:
        """Older points, with `highs` as spans so that extremes survive; None is a gap. What came live is kept."""
        for at, low, high in zip(times, lows, lows if highs is None else highs, strict=True):
            if low is not None and high is not None:
                self.put(at, low)
                self.put(at, high)

    def window(self, now: Instant) -> list[tuple[int, float, float]]:
        """(slice counted from the left edge, low, high), oldest first."""
        first = now // _SLICE - SLICES + 1
        return [(key - first, *self._slices[key]) for key in sorted(self._slices) if first <= key < first + SLICES]


def paint_sparkline(
    painter: QPainter, rect: QRectF, recent: Recent, now: Instant, theme: Theme, limits: Sequence[float]
) -> None:
    """`limits`: values drawn as thin dashed lines where they fall into the picture; the curve chooses the scale."""
    window = recent.window(now)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    painter.setPen(QPen(QColor(theme.line), 1))
    painter.drawLine(rect.bottomLeft(), rect.bottomRight())
    if not window:
        return
    low, high = min(w[1] for w in window), max(w[2] for w in window)
    margin = max((high - low) * 0.15, abs(high) * 0.02, 1e-9)  # the noise of a calm value stays calm
    low, high = low - margin, high + margin

    def y(value: float) -> float:
        return rect.bottom() - (value - low) / (high - low) * rect.height()

    step = rect.width() / SLICES
    pen = QPen(QColor(theme.text_dim), 1)
    pen.setStyle(Qt.PenStyle.DashLine)
    painter.setPen(pen)
    painter.drawLines([QLineF(rect.left(), y(v), rect.right(), y(v)) for v in limits if low < v < high])
    lines, before = [], None
    for at, least, most in window:
        x = rect.left() + (at + 0.5) * step
        lines.append(QLineF(x, y(least), x, y(most)))
        if before is not None and at - before[0] == 1:  # a gap stays a gap
            lines.append(QLineF(x - step, before[1], x, y((least + most) / 2)))
        before = at, y((least + most) / 2)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(QColor(theme.pens[0]), 1))
    painter.drawLines(lines)

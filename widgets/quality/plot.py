"""A day of one point, small, with the span of a finding marked. Console side; painted whole from a few hundred slots."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QLineF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.domain.instant import Instant, to_rfc3339
from app.domain.tag import Priority
from widgets.theme import ThemeHolder, font
from widgets.vocabulary import local_time
from widgets.words import tr

_LEFT, _BOTTOM, _TOP = 64, 24, 8


class FindingPlot(QWidget):
    def __init__(self, themes: ThemeHolder) -> None:
        super().__init__()
        self._themes = themes
        self._times: list[Instant] = []
        self._low: list[float | None] = []
        self._high: list[float | None] = []
        self._span: tuple[Instant, Instant] = (0, 1)
        self.mark: tuple[Instant, Instant] | None = None
        self._message = ""
        self.setMinimumHeight(170)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        themes.changed.connect(self.update)

    def put(
        self, times: Sequence[Instant], low: Sequence[float | None], high: Sequence[float | None], span: tuple[Instant, Instant]
    ) -> None:
        """Lowest and highest of each slot; None is a gap."""
        self._times, self._low, self._high, self._span = list(times), list(low), list(high), span
        self._message = "" if any(one is not None for one in low) else tr("这段时间没有数据")
        self.update()

    def say(self, text: str) -> None:
        """Instead of a curve."""
        self._times, self._message = [], text
        self.update()

    def show_mark(self, mark: tuple[Instant, Instant] | None) -> None:
        self.mark = mark
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._themes.theme
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(theme.surface))
        painter.setFont(font(10))
        painter.setPen(QColor(theme.text_dim))
        if self._message or not self._times:
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, self._message)
            painter.end()
            return
        room = QRectF(self.rect()).adjusted(_LEFT, _TOP, -10, -_BOTTOM)
        known = [
            (at, a, b) for at, a, b in zip(self._times, self._low, self._high, strict=True) if a is not None and b is not None
        ]
        low, high = min(a for _, a, _ in known), max(b for _, _, b in known)
        margin = max((high - low) * 0.1, abs(high) * 0.01, 1e-9)
        low, high = low - margin, high + margin
        start, end = self._span

        def x(at: Instant) -> float:
            return room.left() + (min(max(at, start), end) - start) / max(1, end - start) * room.width()

        def y(value: float) -> float:
            return room.bottom() - (value - low) / (high - low) * room.height()

        self._paint_mark(painter, room, x)
        for share in (0.0, 0.5, 1.0):
            value = low + share * (high - low)
            painter.setPen(QPen(QColor(theme.line), 1))
            painter.drawLine(QLineF(room.left(), y(value), room.right(), y(value)))
            painter.setPen(QColor(theme.text_dim))
            where = QRectF(0, y(value) - 9, _LEFT - 8, 18)
            painter.drawText(where, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, f"{value:.4g}")
        for share in (0.0, 0.25, 0.5, 0.75):
            at = round(start + share * (end - start))
            text = local_time(to_rfc3339(at))[:5]
            painter.drawText(QRectF(x(at), room.bottom() + 4, 80, 18), Qt.AlignmentFlag.AlignLeft, text)
        lines, before = [], None
        slot = self._times[1] - self._times[0] if len(self._times) > 1 else 1
        for at, a, b in known:
            lines.append(QLineF(x(at), y(a), x(at), y(b)))
            if before is not None and at - before[0] <= 1.5 * slot:
                lines.append(QLineF(x(before[0]), before[1], x(at), y((a + b) / 2)))
            before = at, y((a + b) / 2)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(theme.pens[0]), 1))
        painter.drawLines(lines)
        painter.end()

    def _paint_mark(self, painter: QPainter, room: QRectF, x: Callable[[Instant], float]) -> None:
        if self.mark is None:
            return
        left, right = x(self.mark[0]), x(self.mark[1])
        colour = QColor(self._themes.theme.alarm(Priority.HIGH))
        colour.setAlpha(70)
        painter.fillRect(QRectF(left, room.top(), max(3.0, right - left), room.height()), colour)

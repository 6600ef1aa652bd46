"""One fact of the trace of an alarm: its sentence, and where a picture says more, a small bar or scale. Console side.

The facts are those of `app.domain.trace`, as `GET /tags/{tag}/why` tells them: code, sentence, numbers.
"""

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from widgets.card.panel import text_label
from widgets.theme import ThemeHolder, font
from widgets.words import tr

DELAYS = frozenset({"on_delay", "off_delay"})
HOLDS = frozenset(
    {"not_good", "deadband", "on_delay", "off_delay", "latched", "source_lost", "out_of_service", "suppressed", "masked",
     "shelved", "chattering"}
)  # fmt: skip
"""What stands between the value and the alarm: marked, the rest is only told."""


class FactRow(QWidget):
    """`tick` lets a running delay run on between two answers of the station."""

    def __init__(self, holder: ThemeHolder, fact: Mapping[str, Any], limit: Mapping[str, Any], now: float) -> None:
        """`limit`: the numbers of the rule's limit fact, {} without; `now`: monotonic seconds at which the fact came."""
        super().__init__()
        self.code = str(fact.get("code", ""))
        self._came = now
        self.bar: DelayBar | None = None
        self.scale: BandScale | None = None
        self.text = text_label(11.5, bold=self.code in HOLDS, dim=self.code == "limit", wrap=True)
        self.text.setText(str(fact.get("text", "")))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(10)
        row.addWidget(self.text, 1)
        numbers = fact.get("numbers") or {}
        if self.code in DELAYS:
            self.bar = DelayBar(holder, numbers)
            row.addWidget(self.bar)
        elif self.code == "deadband" and limit:
            self.scale = BandScale(holder, float(limit["limit"]), float(numbers["until"]), float(numbers["by"]))
            row.addWidget(self.scale)

    def tick(self, now: float) -> None:
        """Monotonic seconds."""
        if self.bar is not None:
            self.bar.advance(now - self._came)


class DelayBar(QWidget):
    """`4 / 10 秒`: how much of a delay has passed."""

    def __init__(self, holder: ThemeHolder, numbers: Mapping[str, Any]) -> None:
        super().__init__()
        self._holder = holder
        self.of_s, self._done_s = float(numbers.get("of_s", 0.0)), float(numbers.get("done_s", 0.0))
        self._running = bool(numbers.get("running"))
        self.done_s = self._done_s
        self.setFixedSize(150, 22)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        holder.changed.connect(self.update)

    def advance(self, seconds: float) -> None:
        done = min(self.of_s, self._done_s + (max(0.0, seconds) if self._running else 0.0))
        if done != self.done_s:
            self.done_s = done
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._holder.theme
        painter = QPainter(self)
        box = QRectF(0, 6, 76, 10)
        painter.fillRect(box, QColor(theme.raised))
        part = self.done_s / self.of_s if self.of_s > 0 else 1.0
        painter.fillRect(QRectF(box.left(), box.top(), box.width() * part, box.height()), QColor(theme.focus))
        painter.setPen(QPen(QColor(theme.line), 1))
        painter.drawRect(box)
        painter.setPen(QColor(theme.text))
        painter.setFont(font(10.5))
        said = tr("{a} / {b} 秒", a=int(self.done_s), b=f"{self.of_s:g}")
        painter.drawText(self.rect().adjusted(82, 0, 0, 0), Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, said)
        painter.end()


class BandScale(QWidget):
    """The deadband on a scale: the limit, where the alarm ends, and the value between the two."""

    def __init__(self, holder: ThemeHolder, limit: float, until: float, by: float) -> None:
        """`by`: how far the value is beyond the limit, negative within."""
        super().__init__()
        self._holder = holder
        self.limit, self.until = limit, until
        self.value = limit + by if until <= limit else limit - by
        self.setFixedSize(190, 34)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        holder.changed.connect(self.update)

    def place(self, value: float, left: float, right: float) -> float:
        """Left of the picture is the smaller number."""
        low, high = min(self.limit, self.until), max(self.limit, self.until)
        span = (high - low) or 1.0
        return left + (right - left) * min(1.15, max(-0.15, (value - low) / span))

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._holder.theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        left, right, y = 34.0, self.width() - 34.0, 12.0
        painter.fillRect(QRectF(left, y - 4, right - left, 8), QColor(theme.raised))
        painter.setFont(font(9.5))
        for number in (self.limit, self.until):
            x = self.place(number, left, right)
            painter.setPen(QPen(QColor(theme.text if number == self.limit else theme.text_dim), 2))
            painter.drawLine(QPointF(x, y - 7), QPointF(x, y + 7))
            painter.drawText(QRectF(x - 32, y + 8, 64, 15), Qt.AlignmentFlag.AlignCenter, f"{number:g}")
        x = self.place(self.value, left, right)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(theme.focus))
        painter.drawPolygon(QPolygonF([QPointF(x, y), QPointF(x - 6, y - 10), QPointF(x + 6, y - 10)]))
        painter.end()

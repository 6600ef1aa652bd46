"""The range of a tag as a bar, its limits above as they hold, below as they would be. Console side."""

from collections.abc import Mapping

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from widgets.forms.values import number_words
from widgets.theme import ThemeHolder, font
from widgets.words import tr

_HIGH = 112
_LEFT, _RIGHT = 76, 60
_BAR = QRectF(0, 44, 0, 16)
_COLOURS = {"ll": 0, "l": 1, "h": 1, "hh": 0}  # priorities by default
_SIGNS = {"ll": "LL", "l": "L", "h": "H", "hh": "HH"}
_GAP = 6

Limits = Mapping[str, float | None]


class LimitPicture(QWidget):
    def __init__(self, themes: ThemeHolder) -> None:
        super().__init__()
        self._themes = themes
        self._low: float | None = None
        self._high: float | None = None
        self._unit = ""
        self._old: Limits = {}
        self._new: Limits = {}
        self.setFixedHeight(_HIGH)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        themes.changed.connect(self.update)

    def show_limits(self, low: float | None, high: float | None, unit: str, old: Limits, new: Limits) -> None:
        self._low, self._high, self._unit, self._old, self._new = low, high, unit, dict(old), dict(new)
        self.setAccessibleName(tr("现行值") + _spoken(old) + "；" + tr("新值") + _spoken(new))
        self.update()

    def span(self) -> tuple[float, float] | None:
        """What the bar shows: the range, wider where a limit lies outside of it."""
        values = [v for v in (*self._old.values(), *self._new.values(), self._low, self._high) if v is not None]
        if len(values) < 2 or min(values) == max(values):
            return None
        return min(values), max(values)

    def x_of(self, value: float) -> float:
        low, high = self.span() or (0.0, 1.0)
        return _LEFT + (value - low) / (high - low) * (self.width() - _LEFT - _RIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:
        span = self.span()
        if span is None:
            return
        theme = self._themes.theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        bar = QRectF(_LEFT, _BAR.top(), self.width() - _LEFT - _RIGHT, _BAR.height())
        painter.fillRect(bar, QColor(theme.equipment_fill))
        if self._low is not None and self._high is not None:
            left, right = self.x_of(self._low), self.x_of(self._high)
            painter.setPen(QPen(QColor(theme.equipment_line), 1))
            painter.drawRect(QRectF(left, bar.top(), right - left, bar.height()))
        painter.setFont(font(11))
        painter.setPen(QColor(theme.text_dim))
        for text, top in ((tr("现行"), 4), (tr("新"), 82)):
            painter.drawText(QRectF(0, top, _LEFT - 12, 22), Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, text)
        ends = ((number_words(span[0]), 0.0, _LEFT - 12, Qt.AlignmentFlag.AlignRight),
                (f"{number_words(span[1])} {self._unit}", bar.right() + 8, _RIGHT - 8, Qt.AlignmentFlag.AlignLeft))  # fmt: skip
        for text, left, wide, side in ends:
            painter.drawText(QRectF(left, bar.top() - 3, wide, 22), side | Qt.AlignmentFlag.AlignVCenter, text)
        self._marks(painter, self._old, above=True)
        self._marks(painter, self._new, above=False)
        painter.end()

    def _marks(self, painter: QPainter, limits: Limits, above: bool) -> None:
        """A triangle at each limit, in the colour of its priority, with sign and number; what does not change is dim."""
        theme, face = self._themes.theme, font(11)
        metrics = QFontMetrics(face)
        edge = _BAR.top() if above else _BAR.bottom()
        away = -1.0 if above else 1.0
        taken = -1.0
        for code, value in sorted(((c, v) for c, v in limits.items() if v is not None), key=lambda one: one[1]):
            x = self.x_of(value)
            changed = self._old.get(code) != self._new.get(code)
            colour = QColor(theme.priority[_COLOURS.get(code, 1)]) if changed else QColor(theme.text_dim)
            painter.setPen(QPen(QColor(theme.symbol_outline), 1))
            painter.setBrush(colour)
            painter.drawPolygon(
                QPolygonF([QPointF(x, edge), QPointF(x - 6, edge + away * 11), QPointF(x + 6, edge + away * 11)])
            )
            text = f"{_SIGNS.get(code, code)} {number_words(value)}"
            wide = metrics.horizontalAdvance(text)
            left = max(x - wide / 2, taken + _GAP)
            painter.setFont(font(11, bold=changed))
            painter.setPen(QColor(theme.text if changed else theme.text_dim))
            top = edge - 36 if above else edge + 16
            painter.drawText(QRectF(left - 4, top, wide + 12, 20), Qt.AlignmentFlag.AlignHCenter, text)
            taken = left + wide + 4


def _spoken(limits: Limits) -> str:
    return " ".join(f"{_SIGNS.get(code, code)} {number_words(value)}" for code, value in limits.items() if value is not None)

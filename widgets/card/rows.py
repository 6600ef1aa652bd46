"""A short list, painted whole: a few columns, a symbol before a row, a row that can be clicked or chosen with the keyboard.

For lists of a dozen rows that are read at a glance; not for the alarm queue. What does not fit is counted in the last line:
nothing is left out in silence.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from app.domain.alarm import AlarmState
from app.domain.tag import Priority
from widgets.symbols import symbol_pixmap
from widgets.theme import ThemeHolder, font
from widgets.words import tr

ROW = 26
_SYMBOL = 18
_GAP = 10


@dataclass(frozen=True, slots=True)
class Column:
    """`width` in pixels, 0 takes what is left (one column)."""

    title: str
    width: int = 0
    right: bool = False
    strong: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """`cells` one text a column; `symbol` as `symbols.symbol_of` says; `key` comes back when the row is opened."""

    cells: tuple[str, ...]
    key: object = None
    symbol: tuple[Priority | None, AlarmState] | None = None
    doubtful: bool = False  # its values may not be believed
    tip: str = ""


class Rows(QWidget):
    """`opened` carries the key of a line."""

    opened = Signal(object)

    def __init__(self, holder: ThemeHolder, columns: Sequence[Column], empty: str, symbols: bool = False) -> None:
        super().__init__()
        self._holder = holder
        self._columns = tuple(columns)
        self._left = _SYMBOL + 8 if symbols else 0
        self.empty = empty
        self.lines: list[Line] = []
        self.total = 0
        self.openable = True
        self._chosen = -1
        self._head = ROW if any(column.title for column in columns) else 0
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setMouseTracking(True)
        holder.changed.connect(self.update)

    def show_lines(self, lines: Sequence[Line], total: int | None = None) -> None:
        """`total`: how many there are in all, when more than are given."""
        new, count = list(lines), len(lines) if total is None else total
        if new == self.lines and count == self.total:
            return
        self.lines, self.total = new, count
        self._chosen = min(self._chosen, len(new) - 1)
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(240, self._head + ROW * 3)

    def shown(self) -> int:
        """Lines there is room for; the last place counts those left out."""
        room = max(0, (self.height() - self._head) // ROW)
        return self.total if self.total <= room and len(self.lines) == self.total else min(len(self.lines), max(0, room - 1))

    def line_at(self, y: float) -> int:
        """-1 where no line is."""
        at = int((y - self._head) // ROW)
        return at if y >= self._head and at < self.shown() else -1

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._holder.theme
        painter = QPainter(self)
        if not self.lines and not self.total:
            painter.setFont(font(11))
            painter.setPen(QColor(theme.text_dim))
            flags = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop | Qt.TextFlag.TextWordWrap
            painter.drawText(self.rect().adjusted(0, 4, 0, 0), flags, self.empty)
            painter.end()
            return
        boxes = self._boxes()
        if self._head:
            painter.setFont(font(10))
            painter.setPen(QColor(theme.text_dim))
            for column, (left, width) in zip(self._columns, boxes, strict=True):
                self._text(painter, QRect(left, 0, width, ROW), column.title, column.right)
        shown = self.shown()
        for place, line in enumerate(self.lines[:shown]):
            top = self._head + place * ROW
            if place == self._chosen and self.hasFocus():
                painter.fillRect(0, top, self.width(), ROW, QColor(theme.raised))
            painter.setPen(QColor(theme.line))
            painter.drawLine(0, top, self.width(), top)
            if line.symbol is not None:
                made = symbol_pixmap(*line.symbol, True, _SYMBOL, theme, self.devicePixelRatioF())
                painter.drawPixmap(0, top + (ROW - _SYMBOL) // 2, made)
            for column, (left, width), text in zip(self._columns, boxes, line.cells, strict=True):
                painter.setFont(font(11, bold=column.strong))
                painter.setPen(QColor(theme.bad if line.doubtful and column.strong else theme.text))
                self._text(painter, QRect(left, top, width, ROW), text, column.right)
        if self.total > shown:
            painter.setFont(font(10.5))
            painter.setPen(QColor(theme.text_dim))
            self._text(painter, QRect(0, self._head + shown * ROW, self.width(), ROW), self._more(shown), False)
        painter.end()

    def _more(self, shown: int) -> str:
        return tr("另有 {n} 条", n=self.total - shown)

    def _boxes(self) -> list[tuple[int, int]]:
        fixed = sum(column.width for column in self._columns) + _GAP * (len(self._columns) - 1)
        rest = max(0, self.width() - self._left - fixed)
        boxes, left = [], self._left
        for column in self._columns:
            width = column.width or rest
            boxes.append((left, width))
            left += width + _GAP
        return boxes

    @staticmethod
    def _text(painter: QPainter, box: QRect, text: str, right: bool) -> None:
        side = Qt.AlignmentFlag.AlignRight if right else Qt.AlignmentFlag.AlignLeft
        said = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, box.width())
        painter.drawText(box, side | Qt.AlignmentFlag.AlignVCenter, said)

    # by hand

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            at = self.line_at(event.pos().y())
            tip = "" if at < 0 else self.lines[at].tip or "　".join(cell for cell in self.lines[at].cells if cell)
            QToolTip.showText(event.globalPos(), tip, self)
            return True
        return super().event(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        at = self.line_at(event.position().y())
        if event.button() == Qt.MouseButton.LeftButton and at >= 0:
            self._open(at)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        hand = self.openable and self.line_at(event.position().y()) >= 0
        self.setCursor(Qt.CursorShape.PointingHandCursor if hand else Qt.CursorShape.ArrowCursor)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        moves = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}
        if event.key() in moves and self.lines:
            self._chosen = min(max(0, self._chosen + moves[Qt.Key(event.key())]), self.shown() - 1)
            self.update()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and 0 <= self._chosen < self.shown():
            self._open(self._chosen)
        else:
            super().keyPressEvent(event)

    def _open(self, at: int) -> None:
        if self.openable and self.lines[at].key is not None:
            self.opened.emit(self.lines[at].key)

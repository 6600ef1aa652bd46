"""The handover sheet being written, or a signed one: sections with counts, a line a row, Enter or a click opens what it is
about. Console side; draws `lines.Block`s.

Painted by hand: fourteen sections, some with two hundred rows, renewed every few seconds without losing place or selection.
"""

from collections.abc import Sequence
from typing import NamedTuple

from PySide6.QtCore import QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetricsF, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractScrollArea

from app.domain.alarm import AlarmState
from app.domain.tag import Priority
from widgets.shift.lines import Block, Line, Opens, count_words
from widgets.symbols import paint_symbol
from widgets.theme import ThemeHolder, font
from widgets.words import tr

HEAD, ROW, PAIR = 34, 30, 30  # px
GAP = 8
_PAD = 16
_TIME = 112
_SYMBOL = 26
_PAIR_WIDTH = 300
_SIDE_SHARE = 0.42
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class _Item(NamedTuple):
    top: int
    height: int
    block: Block
    line: Line | None  # None: the head of the block, or its pairs
    pairs: bool = False


class SheetView(QAbstractScrollArea):
    """`opened(Line)`: by Enter, or a click."""

    opened = Signal(object)

    def __init__(self, themes: ThemeHolder) -> None:
        super().__init__()
        self._themes = themes
        self._blocks: list[Block] = []
        self._items: list[_Item] = []
        self._chosen: tuple[str, int] | None = None  # section, row
        self._hover: int | None = None
        self.setFrameShape(QAbstractScrollArea.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.viewport().setMouseTracking(True)
        self.setAccessibleName(tr("交接班记录"))
        self.setMinimumWidth(480)
        self.verticalScrollBar().setSingleStep(ROW)
        themes.changed.connect(self.viewport().update)

    def show_blocks(self, blocks: Sequence[Block]) -> None:
        """The place read stays; what was chosen stays chosen while it is there."""
        if list(blocks) == self._blocks:
            return
        self._blocks = list(blocks)
        self._place()
        self.viewport().update()

    @property
    def blocks(self) -> list[Block]:
        return self._blocks

    @property
    def chosen(self) -> Line | None:
        at = self._at_chosen()
        return None if at is None else self._items[at].line

    def sizeHint(self) -> QSize:
        return QSize(820, 600)

    # drawing

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._themes.theme
        painter = QPainter(self.viewport())
        painter.fillRect(event.rect(), QColor(theme.surface))
        offset = self.verticalScrollBar().value()
        width = self.viewport().width()
        chosen = self._at_chosen()
        for number, item in enumerate(self._items):
            top = item.top - offset
            if top + item.height < event.rect().top() or top > event.rect().bottom():
                continue
            box = QRectF(0, top, width, item.height)
            if item.pairs:
                self._paint_pairs(painter, box, item.block)
            elif item.line is None:
                self._paint_head(painter, box, item.block)
            else:
                self._paint_line(painter, box, item.line, number == chosen, number == self._hover)
        painter.end()

    def _paint_head(self, painter: QPainter, box: QRectF, block: Block) -> None:
        theme = self._themes.theme
        box = box.adjusted(0, GAP, 0, 0)
        empty = not block.lines and not block.pairs
        painter.fillRect(QRectF(box.left(), box.bottom() - 1, box.width(), 1), QColor(theme.line))
        if block.key == "after":
            painter.fillRect(QRectF(box.left(), box.top() + 3, 4, box.height() - 7), QColor(theme.focus))
        inner = box.adjusted(_PAD, 0, -_PAD, 0)
        painter.setPen(QColor(theme.text_dim if empty else theme.text))
        painter.setFont(font(12.5, bold=not empty))
        painter.drawText(inner, _LEFT, block.title)
        painter.setFont(font(12, bold=not empty))
        painter.drawText(inner, _RIGHT, count_words(block))

    def _paint_line(self, painter: QPainter, box: QRectF, line: Line, chosen: bool, hover: bool) -> None:
        theme = self._themes.theme
        if chosen or hover:
            painter.fillRect(box, QColor(theme.raised))
        if chosen and self.hasFocus():
            painter.setPen(QColor(theme.focus))
            painter.drawRect(box.adjusted(1, 0, -2, -1))
        left, right = box.left() + _PAD, box.right() - _PAD
        painter.setFont(font(12))
        painter.setPen(QColor(theme.text_dim))
        painter.drawText(QRectF(left, box.top(), _TIME, box.height()), _LEFT, line.time)
        left += _TIME
        if line.priority:
            state = AlarmState(line.state) if line.state else AlarmState.ACKED
            symbol = QRectF(left, box.center().y() - 9, 18, 18)
            paint_symbol(painter, symbol, Priority.of(line.priority), state, True, theme)
        left += _SYMBOL
        metrics = QFontMetricsF(painter.font())
        side = min(metrics.horizontalAdvance(line.side) + 4, (right - left) * _SIDE_SHARE) if line.side else 0.0
        painter.drawText(
            QRectF(right - side, box.top(), side, box.height()),
            _RIGHT,
            metrics.elidedText(line.side, Qt.TextElideMode.ElideRight, side),
        )
        painter.setPen(QColor(theme.text))
        painter.setFont(font(12, bold=line.strong))
        room = right - side - (12 if side else 0) - left
        text = QFontMetricsF(painter.font()).elidedText(line.main, Qt.TextElideMode.ElideRight, room)
        painter.drawText(QRectF(left, box.top(), room, box.height()), _LEFT, text)

    def _paint_pairs(self, painter: QPainter, box: QRectF, block: Block) -> None:
        theme = self._themes.theme
        columns = self._pair_columns()
        width = (box.width() - 2 * _PAD) / columns
        for number, (name, value) in enumerate(block.pairs):
            row, column = divmod(number, columns)
            cell = QRectF(box.left() + _PAD + column * width, box.top() + row * PAIR, width - 24, PAIR)
            painter.setFont(font(12))
            painter.setPen(QColor(theme.text_dim))
            painter.drawText(cell, _LEFT, name)
            painter.setPen(QColor(theme.text))
            painter.setFont(font(12, bold=True))
            painter.drawText(cell, _RIGHT, value)

    # moving and opening

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = event.key()
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._open(self._at_chosen())
        elif key in (Qt.Key.Key_Down, Qt.Key.Key_Up):
            self._move(1 if key == Qt.Key.Key_Down else -1)
        elif key in (Qt.Key.Key_PageDown, Qt.Key.Key_PageUp, Qt.Key.Key_Home, Qt.Key.Key_End):
            bar = self.verticalScrollBar()
            page = max(ROW, self.viewport().height() - ROW)
            bar.setValue(
                {
                    Qt.Key.Key_Home: 0,
                    Qt.Key.Key_End: bar.maximum(),
                    Qt.Key.Key_PageDown: bar.value() + page,
                    Qt.Key.Key_PageUp: bar.value() - page,
                }[Qt.Key(key)]
            )
        else:
            super().keyPressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        at = self._index_at(event.position().y())
        opens = at is not None and self._opens(at)
        self._hover = at if opens else None
        self.viewport().setCursor(Qt.CursorShape.PointingHandCursor if opens else Qt.CursorShape.ArrowCursor)
        self.viewport().update()

    def leaveEvent(self, event: object) -> None:
        self._hover = None
        self.viewport().update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        at = self._index_at(event.position().y())
        if at is None or self._items[at].line is None or event.button() != Qt.MouseButton.LeftButton:
            return
        self._choose(at)
        self._open(at)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place()

    def line_rect(self, section: str, row: int) -> QRect:
        """Where that row stands in the viewport."""
        at = self._find(section, row)
        if at is None:
            return QRect()
        return QRect(0, self._items[at].top - self.verticalScrollBar().value(), self.viewport().width(), self._items[at].height)

    # inside

    def _place(self) -> None:
        items, top = [], 0
        for block in self._blocks:
            items.append(_Item(top, HEAD + GAP, block, None))
            top += HEAD + GAP
            if block.pairs:
                rows = -(-len(block.pairs) // self._pair_columns())
                items.append(_Item(top, rows * PAIR, block, None, True))
                top += rows * PAIR
            for line in block.lines:
                items.append(_Item(top, ROW, block, line))
                top += ROW
        self._items = items
        self._hover = None
        bar = self.verticalScrollBar()
        bar.setPageStep(self.viewport().height())
        bar.setRange(0, max(0, top + GAP - self.viewport().height()))

    def _pair_columns(self) -> int:
        return max(1, (self.viewport().width() - 2 * _PAD) // _PAIR_WIDTH)

    def _index_at(self, y: float) -> int | None:
        wanted = y + self.verticalScrollBar().value()
        return next((n for n, item in enumerate(self._items) if item.top <= wanted < item.top + item.height), None)

    def _opens(self, at: int) -> bool:
        line = self._items[at].line
        return line is not None and line.opens is not Opens.NOTHING

    def _open(self, at: int | None) -> None:
        if at is not None and self._opens(at):
            self.opened.emit(self._items[at].line)

    def _move(self, by: int) -> None:
        lines = [n for n, item in enumerate(self._items) if item.line is not None]
        if not lines:
            return
        at = self._at_chosen()
        where = 0 if at is None else max(0, min(len(lines) - 1, lines.index(at) + by))
        self._choose(lines[where])
        item, bar = self._items[lines[where]], self.verticalScrollBar()
        if item.top < bar.value():
            bar.setValue(max(0, item.top - HEAD - GAP))
        elif item.top + item.height > bar.value() + self.viewport().height():
            bar.setValue(item.top + item.height - self.viewport().height())

    def _choose(self, at: int) -> None:
        item = self._items[at]
        first = next(n for n, other in enumerate(self._items) if other.block is item.block and other.line is not None)
        self._chosen = (item.block.key, at - first)
        self.viewport().update()

    def _at_chosen(self) -> int | None:
        return None if self._chosen is None else self._find(*self._chosen)

    def _find(self, section: str, row: int) -> int | None:
        lines = [n for n, item in enumerate(self._items) if item.block.key == section and item.line is not None]
        return lines[row] if row < len(lines) else None

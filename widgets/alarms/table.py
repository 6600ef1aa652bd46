"""The alarm table: a thin Qt model over `AlarmQueue` and a delegate that paints a row straight from its texts.

Console side. Changes are collected and applied once per 100 ms; selection and scroll place belong to alarms, not to line
numbers, so neither is lost in a storm.
"""

from collections.abc import Callable, Iterable
from typing import Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QEvent,
    QItemSelection,
    QItemSelectionModel,
    QItemSelectionRange,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRectF,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import QColor, QFontMetrics, QKeyEvent, QPainter
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QTableView

from app.domain.wire import AlarmMsg
from widgets.alarms.queue import SORTABLE, AlarmQueue, Filter, Listener
from widgets.alarms.row import (
    BY,
    CLEARED,
    COLUMNS,
    EQUIPMENT,
    LIMIT,
    NAME,
    NOTE,
    PRIORITY,
    RAISED,
    RULE,
    STATE,
    TAG,
    UNACKED_STATES,
    VALUE,
    Row,
    View,
)
from widgets.symbols import Blink, symbol_of, symbol_pixmap
from widgets.theme import ThemeHolder, font
from widgets.words import tr

FLUSH_MS = 100
ROW_HEIGHT = 32
_WIDTHS = {
    PRIORITY: 84, RAISED: 148, TAG: 130, NAME: 220, RULE: 130, VALUE: 110, LIMIT: 100,
    STATE: 170, EQUIPMENT: 110, CLEARED: 96, BY: 90, NOTE: 240,
}  # fmt: skip
_RIGHT = {VALUE, LIMIT}
Index = QModelIndex | QPersistentModelIndex


class AlarmModel(QAbstractTableModel, Listener):
    """What Qt asks of `AlarmQueue`. Texts for accessibility and copying; painting goes past it."""

    def __init__(self, queue: AlarmQueue) -> None:
        super().__init__()
        self.queue = queue
        self.was_reset = False
        queue.listener = self

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.queue.shown)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(COLUMNS)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole):
            return self.queue.shown[index.row()].cells[index.column()]
        return None

    def headerData(self, section: int, way: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if way is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            mark = " ▾" if section == self.queue.sort_column else ""
            return tr(COLUMNS[section]) + mark
        return None

    # Listener

    def removing(self, first: int, last: int) -> None:
        self.beginRemoveRows(QModelIndex(), first, last)

    def removed(self) -> None:
        self.endRemoveRows()

    def inserting(self, first: int, last: int) -> None:
        self.beginInsertRows(QModelIndex(), first, last)

    def inserted(self) -> None:
        self.endInsertRows()

    def changed(self, first: int, last: int) -> None:
        self.dataChanged.emit(self.index(first, 0), self.index(last, len(COLUMNS) - 1))

    def resetting(self) -> None:
        self.beginResetModel()

    def reset(self) -> None:
        self.was_reset = True
        self.endResetModel()


class RowDelegate(QStyledItemDelegate):
    """One Python call a cell, reading the row's texts; about nine `data()` calls a cell otherwise."""

    def __init__(self, queue: AlarmQueue, holder: ThemeHolder, blink: Blink) -> None:
        super().__init__()
        self._queue, self._holder, self._blink = queue, holder, blink
        self._font = font(12)
        self._metrics = QFontMetrics(self._font)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        row = self._queue.shown[index.row()]
        column = index.column()
        theme = self._holder.theme
        rect = option.rect
        state = option.state
        selected = bool(state & QStyle.StateFlag.State_Selected)
        if selected:
            painter.fillRect(rect, QColor(theme.raised))
        painter.setFont(self._font)
        inside = rect.adjusted(8, 0, -8, 0)
        unacked = row.state in UNACKED_STATES
        if column == PRIORITY:
            size = ROW_HEIGHT - 8
            priority, alarm_state = symbol_of(row.alarm)
            picture = symbol_pixmap(
                priority, alarm_state, self._blink.phase(alarm_state), size, theme, painter.device().devicePixelRatio()
            )
            painter.drawPixmap(QPoint(rect.left() + 8, rect.top() + (rect.height() - size) // 2), picture)
            inside.setLeft(rect.left() + size + 16)
            if selected:
                painter.fillRect(QRectF(rect.left(), rect.top(), 3, rect.height()), QColor(theme.focus))
        painter.setPen(QColor(theme.text if unacked or column in (TAG, RULE) else theme.text_dim))
        text = self._metrics.elidedText(row.cells[column], Qt.TextElideMode.ElideRight, inside.width())
        side = Qt.AlignmentFlag.AlignRight if column in _RIGHT else Qt.AlignmentFlag.AlignLeft
        painter.drawText(inside, int(Qt.AlignmentFlag.AlignVCenter | side), text)
        painter.setPen(QColor(theme.line))
        painter.drawLine(rect.bottomLeft(), rect.bottomRight())


class AlarmTable(QTableView):
    """The queue on screen. Says what the operator wants; changes nothing itself."""

    acknowledge = Signal(list)  # occurrences
    opened = Signal(object)  # AlarmMsg: Enter or double click
    chosen = Signal()  # selection changed
    flushed = Signal()

    def __init__(self, holder: ThemeHolder, blink: Blink, decimals: Callable[[str], int] = lambda tag: 1) -> None:
        super().__init__()
        self.queue = AlarmQueue(decimals)
        self._model = AlarmModel(self.queue)
        self._delegate = RowDelegate(self.queue, holder, blink)
        self._holder, self._blink = holder, blink
        self._waiting: list[AlarmMsg] = []
        self._selected: set[int] = set()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(FLUSH_MS)
        self._timer.timeout.connect(self.flush)
        self.setModel(self._model)
        self.setItemDelegate(self._delegate)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerItem)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setFrameShape(self.Shape.NoFrame)
        self.setTabKeyNavigation(False)
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.verticalHeader().setDefaultSectionSize(ROW_HEIGHT)
        self.verticalHeader().hide()
        header = self.horizontalHeader()
        header.setFont(font(11))
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setHighlightSections(False)
        header.setStretchLastSection(True)
        header.sectionClicked.connect(self._sort)
        for column, width in _WIDTHS.items():
            self.setColumnWidth(column, width)
        self.selectionModel().selectionChanged.connect(self._note_selection)
        self.doubleClicked.connect(self._open)
        blink.fast_changed.connect(self._beat)
        blink.slow_changed.connect(self._beat)
        holder.changed.connect(self.viewport().update)

    # data in

    def put_alarms(self, alarms: Iterable[AlarmMsg]) -> None:
        """Changes, in order. Shown within 100 ms."""
        self._waiting.extend(alarms)
        if self._waiting and not self._timer.isActive():
            self._timer.start()

    def replace_alarms(self, alarms: Iterable[AlarmMsg]) -> None:
        self._waiting.clear()
        with _Kept(self):
            self.queue.replace(alarms)
        self._after()

    def flush(self) -> None:
        waiting, self._waiting = self._waiting, []
        if waiting:
            with _Kept(self):
                self.queue.apply(waiting)
            self._after()

    def set_filter(self, wanted: Filter) -> None:
        with _Kept(self):
            self.queue.set_filter(wanted)
        self.flushed.emit()

    def _after(self) -> None:
        self._blink.use(self, self.queue.count(View.UNACKED) > 0)
        self.flushed.emit()

    # selection

    def selected(self) -> set[int]:
        """Selected occurrences."""
        return set(self._selected)

    def forget_gone(self) -> None:
        """What is no longer shown is no longer selected: nobody acknowledges what he does not see."""
        kept = {one for one in self._selected if self.queue.index_of(one) is not None}
        if kept != self._selected:
            self._selected = kept
            self.chosen.emit()

    def model_was_reset(self) -> bool:
        """Since the last call."""
        was, self._model.was_reset = self._model.was_reset, False
        return was

    def selected_rows(self) -> list[Row]:
        rows = (self.queue.row_of(occurrence) for occurrence in self._selected)
        return [row for row in rows if row is not None]

    def page_rows(self) -> list[Row]:
        """What can be seen now."""
        first = max(0, self.rowAt(0))
        last = self.rowAt(self.viewport().height() - 1)
        rows = self.queue.shown
        return rows[first : (len(rows) if last < 0 else last + 1)]

    def select(self, occurrences: Iterable[int], add: bool = False) -> None:
        """Marks these rows, in as few ranges as there are."""
        places = sorted(place for one in occurrences if (place := self.queue.index_of(one)) is not None)
        marked = QItemSelection()
        first = last = -2
        for place in [*places, -9]:
            if place != last + 1:
                if first >= 0:
                    marked.append(_range(self._model, first, last))
                first = place
            last = place
        flag = QItemSelectionModel.SelectionFlag
        self.selectionModel().select(marked, flag.Select if add else flag.ClearAndSelect)

    def _note_selection(self) -> None:
        rows = self.queue.shown
        self._selected = {
            rows[place].occurrence
            for part in list(self.selectionModel().selection())  # type: ignore[call-overload]
            for place in range(part.top(), min(part.bottom() + 1, len(rows)))
        }
        self.chosen.emit()

    # what the operator does

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Space:
            wanted = [occurrence for row in self.selected_rows() for occurrence in row.unacked]
            if wanted:
                self.acknowledge.emit(wanted)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._open(self.currentIndex())
        else:
            super().keyPressEvent(event)

    def _open(self, index: QModelIndex) -> None:
        if index.isValid():
            self.opened.emit(self.queue.shown[index.row()].alarm)

    def _sort(self, column: int) -> None:
        if column in SORTABLE:
            with _Kept(self):
                self.queue.sort(column)
            self.horizontalHeader().viewport().update()

    def _beat(self) -> None:
        if self.isVisible():
            self.viewport().update(0, 0, self.columnViewportPosition(PRIORITY) + _WIDTHS[PRIORITY], self.viewport().height())

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange:
            self.horizontalHeader().viewport().update()


def _range(model: AlarmModel, first: int, last: int) -> QItemSelectionRange:
    return QItemSelectionRange(model.index(first, 0), model.index(last, len(COLUMNS) - 1))


class _Kept:
    """Around a change: the same alarms stay selected and the same alarm stays at the top of the view."""

    def __init__(self, table: AlarmTable) -> None:
        self._table = table

    def __enter__(self) -> None:
        table = self._table
        rows, bar = table.queue.shown, table.verticalScrollBar()
        self._bar_value = bar.value()
        self._top = rows[self._bar_value].occurrence if 0 < self._bar_value < len(rows) else None
        self._selected = table.selected()
        current = table.currentIndex()
        self._current = rows[current.row()].occurrence if current.isValid() and current.row() < len(rows) else None
        table.setUpdatesEnabled(False)
        table.selectionModel().blockSignals(True)

    def __exit__(self, *_: object) -> None:
        table = self._table
        model = table.selectionModel()
        if table.model_was_reset():
            table.select(self._selected)
        elif moved := self._selected.intersection(table.queue.moved):
            table.select(moved, add=True)
        place = table.queue.index_of(self._current) if self._current is not None else None
        if place is not None:
            model.setCurrentIndex(table.model().index(place, 0), QItemSelectionModel.SelectionFlag.NoUpdate)
        model.blockSignals(False)
        top = table.queue.index_of(self._top) if self._top is not None else None
        table.verticalScrollBar().setValue(self._bar_value if top is None else top)
        table.setUpdatesEnabled(True)
        table.forget_gone()

"""The alarm table: a thin Qt model over `AlarmQueue` and a painter that keeps each row as a picture.

Console side. Changes are collected and applied once per 100 ms; selection and scroll place belong to alarms, not to line
numbers, so neither is lost in a storm.
"""

from collections import OrderedDict
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
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import QColor, QFontMetrics, QKeyEvent, QPainter, QPaintEvent, QPixmap, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView

from app.domain.wire import AlarmMsg
from widgets.alarms.queue import SORTABLE, AlarmQueue, Listener
from widgets.alarms.sieve import Filter
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
STORM, STORM_FLUSH_MS = 50, 250  # so many changes in one flush are a storm: nobody reads them one by one, paint less often
ROW_HEIGHT = 34
_WIDTHS = {
    PRIORITY: 92, TAG: 120, NAME: 240, RULE: 140, VALUE: 116, LIMIT: 96, STATE: 210,
    RAISED: 150, CLEARED: 96, EQUIPMENT: 100, BY: 96, NOTE: 200,
}  # fmt: skip
_GROWING = {NAME: 0.25, RULE: 0.1, STATE: 0.15}  # share of the room a wider window gives; the note takes the rest
_NUMBERS = (VALUE, LIMIT)
_FIRST_READ = (NAME, RULE)
SYMBOL = ROW_HEIGHT - 10
_LEFT = int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft)
_RIGHT = int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight)
_PICTURES = 160
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
        if role == Qt.ItemDataRole.TextAlignmentRole and section in _NUMBERS:
            return _RIGHT
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


class _Pictures:
    """Whole rows as pixmaps: in a storm most lines only move, and Chinese text is costly to set. Bounded."""

    def __init__(self, holder: ThemeHolder) -> None:
        self._holder = holder
        self._font, self._strong = font(12.5), font(12.5, bold=True)
        self._metrics = {False: QFontMetrics(self._font), True: QFontMetrics(self._strong)}
        self._kept: OrderedDict[int, tuple[Row, tuple[object, ...], QPixmap]] = OrderedDict()

    def of(self, row: Row, edges: tuple[tuple[int, int], ...], selected: bool, ratio: float) -> QPixmap:
        """`edges`: (left, width) of every column."""
        key = (edges, selected, ratio, self._holder.theme.name)
        kept = self._kept.get(row.occurrence)
        if kept is not None and kept[0] is row and kept[1] == key:
            self._kept.move_to_end(row.occurrence)
            return kept[2]
        made = self._draw(row, edges, selected, ratio)
        self._kept[row.occurrence] = (row, key, made)
        if len(self._kept) > _PICTURES:
            self._kept.popitem(last=False)
        return made

    def _draw(self, row: Row, edges: tuple[tuple[int, int], ...], selected: bool, ratio: float) -> QPixmap:
        theme = self._holder.theme
        width = max((left + wide for left, wide in edges), default=1)
        made = QPixmap(round(width * ratio), round(ROW_HEIGHT * ratio))
        made.setDevicePixelRatio(ratio)
        made.fill(_mixed(theme.surface, theme.focus, 0.22) if selected else QColor(theme.surface))
        painter = QPainter(made)
        bright, dim = QColor(theme.text), QColor(theme.text_dim)
        unacked = row.state in UNACKED_STATES
        for column, (left, wide) in enumerate(edges):
            text = row.cells[column]
            if not text or wide <= 0:
                continue
            indent = SYMBOL + 16 if column == PRIORITY else 8
            room = wide - indent - 8
            strong = unacked and column in _FIRST_READ
            metrics = self._metrics[strong]
            if metrics.horizontalAdvance(text) > room:
                text = metrics.elidedText(text, Qt.TextElideMode.ElideRight, room)
            painter.setFont(self._strong if strong else self._font)
            painter.setPen(bright if unacked or column in _FIRST_READ else dim)
            painter.drawText(left + indent, 0, room, ROW_HEIGHT, _RIGHT if column in _NUMBERS else _LEFT, text)
        painter.setPen(QColor(theme.line))
        painter.drawLine(0, ROW_HEIGHT - 1, width, ROW_HEIGHT - 1)
        if selected:
            painter.fillRect(0, 0, 4, ROW_HEIGHT, QColor(theme.focus))
        painter.end()
        return made


def _mixed(ground: str, over: str, share: float) -> QColor:
    below, above = QColor(ground), QColor(over)
    parts = zip((below.red(), below.green(), below.blue()), (above.red(), above.green(), above.blue()), strict=True)
    return QColor(*(round(a + (b - a) * share) for a, b in parts))


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
        self._pictures = _Pictures(holder)
        self._holder, self._blink = holder, blink
        self._waiting: list[AlarmMsg] = []
        self._selected: set[int] = set()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(FLUSH_MS)
        self._timer.timeout.connect(self.flush)
        self.setModel(self._model)
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
        self._share_width(0)
        self.selectionModel().selectionChanged.connect(self._note_selection)
        self.selectionModel().currentRowChanged.connect(self._repaint)
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
        self._timer.setInterval(STORM_FLUSH_MS if len(waiting) > STORM else FLUSH_MS)
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

    def paintEvent(self, event: QPaintEvent) -> None:
        """Past the delegates: one picture a row, then its symbol in the present phase of the flash."""
        rows, theme, header = self.queue.shown, self._holder.theme, self.horizontalHeader()
        painter = QPainter(self.viewport())
        ratio = self.viewport().devicePixelRatioF()
        edges = tuple((header.sectionPosition(c), header.sectionSize(c)) for c in range(len(COLUMNS)))
        left, bottom = -self.horizontalOffset(), event.rect().bottom()
        place = max(self.rowAt(event.rect().top()), 0)
        top = self.rowViewportPosition(place)
        selection, root = self.selectionModel(), QModelIndex()
        while place < len(rows) and top <= bottom:
            row = rows[place]
            painter.drawPixmap(left, top, self._pictures.of(row, edges, selection.isRowSelected(place, root), ratio))
            priority, state = symbol_of(row.alarm)
            symbol = symbol_pixmap(priority, state, self._blink.phase(state), SYMBOL, theme, ratio)
            painter.drawPixmap(left + 8, top + (ROW_HEIGHT - SYMBOL) // 2, symbol)
            if self.hasFocus() and place == self.currentIndex().row():
                painter.setPen(QColor(theme.focus))
                painter.drawRect(0, top, self.viewport().width() - 1, ROW_HEIGHT - 2)
            place += 1
            top += ROW_HEIGHT
        painter.end()

    def _repaint(self) -> None:
        """The ring of the current line goes with it; Qt itself repaints only the cell that was left."""
        self.viewport().update()

    def _beat(self) -> None:
        if self.isVisible():
            self.viewport().update(
                0, 0, self.columnViewportPosition(PRIORITY) + self.columnWidth(PRIORITY), self.viewport().height()
            )

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self._share_width(event.size().width())

    def _share_width(self, room: int) -> None:
        """Columns as wide as their words need; on a wide screen names and states get more before they are cut."""
        heads = QFontMetrics(self.horizontalHeader().font())
        spare = max(0, room - sum(_WIDTHS.values()))
        for column, width in _WIDTHS.items():
            if column != NOTE:
                head = heads.horizontalAdvance(f"{tr(COLUMNS[column])} ▾") + 24
                self.setColumnWidth(column, max(head, width + round(_GROWING.get(column, 0.0) * min(spare, 1600))))

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

"""The alarm table: a thin Qt model over `AlarmQueue`, painted past the delegates.

Console side. Changes are collected and applied once per 100 ms; selection and scroll place belong to alarms, not to line
numbers, so neither is lost in a storm.
"""

from collections.abc import Callable, Iterable

from PySide6.QtCore import (
    QEvent,
    QItemSelection,
    QItemSelectionModel,
    QItemSelectionRange,
    QModelIndex,
    QPoint,
    QRectF,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView

from app.domain.tag import Priority
from app.domain.wire import AlarmMsg
from widgets.alarms.columns import widths
from widgets.alarms.groups import Grouping, Heading, Line
from widgets.alarms.kept import Kept
from widgets.alarms.model import AlarmModel
from widgets.alarms.paint import ROW_HEIGHT, SYMBOL, RowPictures, paint_heading
from widgets.alarms.queue import SORTABLE, AlarmQueue
from widgets.alarms.row import (
    COLUMNS,
    PRIORITY,
    Row,
    View,
)
from widgets.alarms.sieve import Filter
from widgets.pulse import Settle
from widgets.symbols import Blink, symbol_of, symbol_pixmap
from widgets.theme import ThemeHolder, font

FLUSH_MS = 100
STORM, STORM_FLUSH_MS = 50, 400  # so many changes in one flush are a storm: nobody reads them one by one, paint less often
KEYS = {
    Qt.Key.Key_Space: "ack",
    Qt.Key.Key_S: "shelve",
    Qt.Key.Key_R: "reset",
    Qt.Key.Key_W: "why",
    Qt.Key.Key_C: "card",
    Qt.Key.Key_F: "form",
}
MOST, NEXT_MS = 250, 20  # changes taken in one go, and the breath between two goes
IDLE_MS, TIDY_BLOCKS = 20, 12


class AlarmTable(QTableView):
    """The queue on screen. Says what the operator wants; changes nothing itself."""

    pressed_key = Signal(str)  # a word of KEYS
    opened = Signal(object)  # AlarmMsg: Enter or double click
    menu_wanted = Signal(object)  # QPoint on the screen
    chosen = Signal()  # selection changed
    flushed = Signal()

    def __init__(self, holder: ThemeHolder, blink: Blink, decimals: Callable[[str], int] = lambda tag: 1) -> None:
        super().__init__()
        self.queue = AlarmQueue(decimals)
        self._model = AlarmModel(self.queue)
        self._pictures = RowPictures(holder)
        self._holder, self._blink = holder, blink
        self._waiting: list[AlarmMsg] = []
        self._selected: set[int] = set()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(FLUSH_MS)
        self._timer.timeout.connect(self._flush_some)
        self._idle = Settle(self, IDLE_MS, self._tidy)
        self.setModel(self._model)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerItem)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setFrameShape(self.Shape.NoFrame)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)  # columns keep their width whatever passes
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
        with Kept(self):
            self.queue.replace(alarms)
        self._after(True)

    def flush(self) -> None:
        """All that waits, at once."""
        self._take(len(self._waiting))

    def _flush_some(self) -> None:
        """What waits; of very much a part, and the rest soon: nobody at the desk should feel it."""
        waiting = len(self._waiting)
        self._take(min(waiting, MOST))
        if self._waiting:
            self._timer.start(NEXT_MS)
        else:
            self._timer.setInterval(STORM_FLUSH_MS if waiting > STORM else FLUSH_MS)

    def _take(self, count: int) -> None:
        """Of two goes in a row only the second is painted: taking and painting together are what the desk would feel."""
        taken, self._waiting = self._waiting[:count], self._waiting[count:]
        if taken:
            paint = not self._waiting or not self.updatesEnabled()
            with Kept(self, paint):
                self.queue.apply(taken)
            self._after(paint or bool(self._selected & self.queue.touched))

    def set_filter(self, wanted: Filter) -> None:
        with Kept(self):
            self.queue.set_filter(wanted)
        self.flushed.emit()

    def group(self, grouping: Grouping) -> None:
        with Kept(self):
            self.queue.group(grouping)
        self.flushed.emit()

    def toggle(self, heading: Heading) -> None:
        """Folds a group or unfolds it."""
        with Kept(self):
            self.queue.toggle(heading.key)
        self.flushed.emit()

    def _tidy(self) -> None:
        """In quiet moments what a filter will ask for is made ready, a little at a time."""
        if self.queue.tidy(TIDY_BLOCKS):
            self._idle.poke()

    def _after(self, tell: bool) -> None:
        self._blink.use(self, self.queue.count(View.UNACKED) > 0)
        self._idle.poke()
        if tell:
            self.flushed.emit()

    # selection

    def selected(self) -> set[int]:
        """Selected occurrences."""
        return set(self._selected)

    def keep_selected(self, occurrences: set[int]) -> None:
        """What is no longer shown is no longer selected: nobody acknowledges what he does not see."""
        if occurrences != self._selected:
            self._selected = occurrences
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
        lines = self.queue.shown
        return [line for line in lines[first : (len(lines) if last < 0 else last + 1)] if isinstance(line, Row)]

    def select(self, occurrences: Iterable[int], add: bool = False) -> None:
        """Marks these rows, in as few ranges as there are."""
        self.mark([place for one in occurrences if (place := self.queue.index_of(one)) is not None], add)

    def selectAll(self) -> None:
        """All that is shown but the critical alarms: those are chosen by hand."""
        lines = enumerate(self.queue.shown)
        self.mark([n for n, line in lines if isinstance(line, Row) and line.priority is not Priority.CRITICAL])

    def measure(self) -> None:
        """The bars know how many lines there are now."""
        self.executeDelayedItemsLayout()
        self.updateGeometries()

    def mark(self, places: list[int], add: bool = False) -> None:
        marked = QItemSelection()
        first = last = -2
        for place in [*sorted(places), -9]:
            if place != last + 1:
                if first >= 0:
                    marked.append(_range(self._model, first, last))
                first = place
            last = place
        flag = QItemSelectionModel.SelectionFlag
        self.selectionModel().select(marked, flag.Select if add else flag.ClearAndSelect)

    def _note_selection(self) -> None:
        lines = self.queue.shown
        self._selected = {
            lines[place].occurrence
            for part in list(self.selectionModel().selection())  # type: ignore[call-overload]
            for place in range(part.top(), min(part.bottom() + 1, len(lines)))
        } - {0}  # headings
        self.chosen.emit()

    # what the operator does

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, line = Qt.Key(event.key()), self._current_line()
        plain = event.modifiers() in (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier)
        if plain and key in KEYS:
            self.pressed_key.emit(KEYS[key])
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._open(self.currentIndex())
        elif isinstance(line, Heading) and key in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            if line.folded == (key == Qt.Key.Key_Right):
                self.toggle(line)
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        index = self.indexAt(event.position().toPoint())
        line = self.queue.shown[index.row()] if index.isValid() else None
        if isinstance(line, Heading):
            if event.button() == Qt.MouseButton.LeftButton:
                self.toggle(line)
            return
        super().mousePressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """For what is selected; a row outside the selection becomes it."""
        index = self.indexAt(event.pos())
        line = self.queue.shown[index.row()] if index.isValid() else None
        if isinstance(line, Row):
            if line.occurrence not in self._selected:
                self.selectRow(index.row())
            self.menu_wanted.emit(event.globalPos())

    def _current_line(self) -> Line | None:
        place = self.currentIndex().row()
        return self.queue.shown[place] if 0 <= place < len(self.queue.shown) else None

    def _open(self, index: QModelIndex) -> None:
        line = self.queue.shown[index.row()] if index.isValid() else None
        if isinstance(line, Row):
            self.opened.emit(line.alarm)
        elif isinstance(line, Heading):
            self.toggle(line)

    def _sort(self, column: int) -> None:
        if column in SORTABLE:
            with Kept(self):
                self.queue.sort(column)
            self.horizontalHeader().viewport().update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Past the delegates: one picture a row, then its symbol in the present phase of the flash."""
        lines, header = self.queue.shown, self.horizontalHeader()
        painter = QPainter(self.viewport())
        ratio = self.viewport().devicePixelRatioF()
        edges = tuple((header.sectionPosition(c), header.sectionSize(c)) for c in range(len(COLUMNS)))
        left, bottom = -self.horizontalOffset(), event.rect().bottom()
        place = max(self.rowAt(event.rect().top()), 0)
        top = self.rowViewportPosition(place)
        current = self.currentIndex().row() if self.hasFocus() else -1
        while place < len(lines) and top <= bottom:
            line = lines[place]
            if isinstance(line, Row):
                self._paint_row(painter, line, edges, QPoint(left, top), ratio)
            else:
                box = QRectF(0, top, self.viewport().width(), ROW_HEIGHT - 1)
                paint_heading(painter, box, line, self._holder, ratio)
            if place == current:
                painter.setPen(QColor(self._holder.theme.focus))
                painter.drawRect(0, top, self.viewport().width() - 1, ROW_HEIGHT - 2)
            place += 1
            top += ROW_HEIGHT
        painter.end()

    def _paint_row(self, painter: QPainter, row: Row, edges: tuple[tuple[int, int], ...], at: QPoint, ratio: float) -> None:
        grouping = self.queue.grouping
        first = grouping is Grouping.FIRST_OUT and row.alarm.first_out
        painter.drawPixmap(at, self._pictures.of(row, edges, row.occurrence in self._selected, first, ratio))
        priority, state = symbol_of(row.alarm)
        symbol = symbol_pixmap(priority, state, self._blink.phase(state), SYMBOL, self._holder.theme, ratio)
        painter.drawPixmap(at + QPoint(8, (ROW_HEIGHT - SYMBOL) // 2), symbol)

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
        for column, width in widths(self.horizontalHeader().font(), room).items():
            self.setColumnWidth(column, width)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange:
            self.horizontalHeader().viewport().update()


def _range(model: AlarmModel, first: int, last: int) -> QItemSelectionRange:
    return QItemSelectionRange(model.index(first, 0), model.index(last, len(COLUMNS) - 1))

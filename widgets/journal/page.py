"""The journal page (日志): newest first, endless by pages, filters, one record opened, check, export, seals.

Console side; says what is wanted, fetches nothing itself.
"""

from collections.abc import Sequence

from PySide6.QtCore import QModelIndex, QPoint, QSize, Qt, Signal
from PySide6.QtGui import QKeySequence, QResizeEvent, QShortcut, QShowEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QMenu,
    QPushButton,
    QStackedLayout,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from widgets.journal.detail import RecordView
from widgets.journal.filters import HIGH, Filters, Wanted
from widgets.journal.model import KIND, NUMBER, TAG, TIME, WHO, JournalModel, Line
from widgets.journal.seals import SealsView
from widgets.journal.work import WorkStrip
from widgets.theme import ThemeHolder, font
from widgets.vocabulary import local_time
from widgets.words import tr

ROW = 32
AHEAD = 60  # rows before the end at which the next page is asked for
SIDE = 520
_WIDTHS = {TIME: 150, NUMBER: 96, KIND: 84, WHO: 130, TAG: 150}


class JournalPage(QWidget):
    wanted = Signal(object)  # Wanted: begin anew
    more = Signal()  # the end of what is there came into view
    opened = Signal(int)  # show this record
    check = Signal()
    export = Signal(str)  # csv | xlsx
    seals_wanted = Signal()
    shown = Signal()  # came into view

    def __init__(self, themes: ThemeHolder) -> None:
        super().__init__()
        self.model = JournalModel()
        self.filters = Filters()
        self.table = QTableView()
        self.record = RecordView()
        self.seals = SealsView()
        self.checking, self.exporting = WorkStrip(themes), WorkStrip(themes)
        self._whole = False  # nothing older is left
        self._busy = False
        self.verify = _button(tr("校验"))
        self.save = _button(tr("导出　▾"))
        self.show_seals = _button(tr("日封印"))
        self.show_seals.setCheckable(True)
        self.again = _button(tr("刷新（Ctrl+R）"))
        self.status = _label(11.5)
        self.empty = _label(14)
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.empty.setEnabled(False)
        self._menu = QMenu(self)
        self._menu.setFont(font(12))
        for word, format in ((tr("CSV（任何程序可读）"), "csv"), (tr("Excel（xlsx）"), "xlsx")):
            self._menu.addAction(word).triggered.connect(lambda checked=False, format=format: self.export.emit(format))
        self._dress_table()
        self._lay_out()
        self._connect()
        self.clear()

    # what the station said

    def begin(self) -> None:
        """A search is under way; what is there stays until the first page comes."""
        self._busy, self._whole = True, False
        self.status.setText(tr("正在查找…"))

    def show_first(self, lines: Sequence[Line], whole: bool) -> None:
        self._busy, self._whole = False, whole
        self.model.replace(lines)
        self.table.scrollToTop()
        self._show_state()

    def show_more(self, lines: Sequence[Line], whole: bool) -> None:
        self._busy, self._whole = False, whole
        self.model.extend(lines)
        self._show_state()

    def show_searched(self, to: str | None) -> None:
        """Still looking, and so far back by now."""
        self._busy = True
        if to:
            self.status.setText(tr("正在查找，已查到 {at}，找到 {n} 条", at=local_time(to, date=True), n=len(self.model.lines)))

    def show_fault(self, text: str) -> None:
        self._busy, self._whole = False, True
        self._show_state()
        self.status.setText(text)
        if not self.model.lines:
            self.empty.setText(text)

    def show_record(self, line: Line) -> None:
        self.record.show_record(line)

    def clear(self) -> None:
        self.model.replace([])
        self.record.show_nothing()
        self.seals.show_seals([], "")
        self.checking.hide()
        self.exporting.hide()
        self._busy, self._whole = False, False
        self.status.setText("")
        self.empty.setText("")
        self._stack.setCurrentIndex(1)

    @property
    def asked(self) -> Wanted:
        return self.filters.wanted()

    # inside

    def _show_state(self) -> None:
        shown = len(self.model.lines)
        self._stack.setCurrentIndex(0 if shown else 1)
        if shown:
            self.status.setText(tr("共 {n} 条", n=shown) if self._whole else tr("已显示 {n} 条，向下滚动继续", n=shown))
        else:
            self.status.setText("")
            filtered = self.asked != Wanted()
            self.empty.setText(
                tr("没有符合筛选条件的记录。\n放宽时间、清除人员、位号或内容，再试。") if filtered else tr("日志里还没有记录。")
            )
        self._look_for_more()

    def _look_for_more(self) -> None:
        if self._busy or self._whole or not self.model.lines:
            return
        bar = self.table.verticalScrollBar()
        if bar.value() >= bar.maximum() - AHEAD:
            self._busy = True
            self.more.emit()

    def _ask(self) -> None:
        self.begin()
        self.wanted.emit(self.asked)

    def _open(self, index: QModelIndex) -> None:
        if index.isValid():
            self.show_side(False)
            self.opened.emit(self.model.lines[index.row()]["id"])

    def show_side(self, seals: bool) -> None:
        self.show_seals.setChecked(seals)
        self._side.setCurrentIndex(1 if seals else 0)

    def _choose_seals(self, on: bool) -> None:
        self.show_side(on)
        if on:
            self.seals_wanted.emit()

    def _connect(self) -> None:
        self.filters.changed.connect(self._ask)
        self.again.clicked.connect(self._ask)
        self.verify.clicked.connect(self.check)
        self.save.clicked.connect(lambda: self._menu.popup(self.save.mapToGlobal(QPoint(0, self.save.height()))))
        self.show_seals.clicked.connect(self._choose_seals)
        self.seals.closed.connect(lambda: self.show_side(False))
        self.record.neighbour.connect(self.opened)
        self.table.verticalScrollBar().valueChanged.connect(self._look_for_more)
        self.table.selectionModel().currentRowChanged.connect(lambda now, before: self._open(now))
        for key, slot in (
            (QKeySequence.StandardKey.Find, self.filters.text.setFocus),
            (QKeySequence("Ctrl+R"), self._ask),
        ):
            shortcut = QShortcut(key, self, context=Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(slot)
        self.setFocusProxy(self.table)

    def _lay_out(self) -> None:
        for button in (self.verify, self.save, self.show_seals, self.again):
            self.filters.first.addWidget(button)
        main = QWidget()
        self._stack = QStackedLayout(main)
        self._stack.addWidget(self.table)
        self._stack.addWidget(self.empty)
        side = QWidget()
        side.setFixedWidth(SIDE)
        self._side = QStackedLayout(side)
        self._side.addWidget(self.record)
        self._side.addWidget(self.seals)
        body = QHBoxLayout()
        body.setSpacing(12)
        body.addWidget(main, 1)
        body.addWidget(side)
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 12, 14, 10)
        column.setSpacing(10)
        column.addWidget(self.filters)
        column.addWidget(self.checking)
        column.addWidget(self.exporting)
        column.addLayout(body, 1)
        column.addWidget(self.status)

    def _dress_table(self) -> None:
        table = self.table
        table.setModel(self.model)
        table.setFont(font(12))
        table.setWordWrap(False)
        table.setShowGrid(False)
        table.setFrameShape(QTableView.Shape.NoFrame)
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        table.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerItem)
        table.setTabKeyNavigation(False)
        table.verticalHeader().hide()
        table.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        table.verticalHeader().setDefaultSectionSize(ROW)
        header = table.horizontalHeader()
        header.setFont(font(11))
        header.setHighlightSections(False)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setStretchLastSection(True)
        for column, width in _WIDTHS.items():
            table.setColumnWidth(column, width)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._look_for_more()  # a taller window may show the end of the first page

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.shown.emit()

    def sizeHint(self) -> QSize:
        return QSize(1600, 900)


def _button(text: str) -> QPushButton:
    made = QPushButton(text)
    made.setFont(font(12))
    made.setMinimumHeight(HIGH)
    made.setAutoDefault(False)
    return made


def _label(size: float) -> QLabel:
    made = QLabel()
    made.setFont(font(size))
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.setWordWrap(True)
    return made

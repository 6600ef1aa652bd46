"""The alarm page: lists, filters, table, acknowledge one or many. Console side; says what is wanted, decides nothing.

Everything works by keyboard: Space acknowledges what is selected, Ctrl+A selects all that is shown, Enter opens the place,
Ctrl+F searches, F9 (main window) silences.
"""

from collections.abc import Callable, Iterable

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QIcon, QKeySequence, QShortcut
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QLabel, QLineEdit, QPushButton, QStackedLayout, QVBoxLayout, QWidget

from app.domain.alarm import AlarmState
from app.domain.tag import Priority
from app.domain.wire import AlarmMsg
from widgets.alarms.row import View
from widgets.alarms.sieve import Filter
from widgets.alarms.table import AlarmTable
from widgets.symbols import Blink, symbol_pixmap
from widgets.theme import ThemeHolder, font
from widgets.vocabulary import priority_word
from widgets.words import tr

_LISTS = (
    (View.QUEUE, "全部"),
    (View.UNACKED, "未确认"),
    (View.ACTIVE, "报警中"),
    (View.RETURNED, "已恢复"),
    (View.ASIDE, "搁置与抑制"),
)
_EMPTY = {
    View.QUEUE: "没有报警。\n新报警会出现在这里，并在上方横幅显示、发声。",
    View.UNACKED: "没有未确认的报警。",
    View.ACTIVE: "没有正在报警的位号。",
    View.RETURNED: "没有已恢复而未了结的报警。",
    View.ASIDE: "没有搁置、抑制或停用的报警。",
}


class AlarmPage(QWidget):
    """`acknowledge(occurrences, note)`, `opened(AlarmMsg)`; `changed` after each change of the queue."""

    acknowledge = Signal(list, str)
    opened = Signal(object)
    changed = Signal()

    def __init__(self, holder: ThemeHolder, blink: Blink, decimals: Callable[[str], int] = lambda tag: 1) -> None:
        super().__init__()
        self._holder = holder
        self._may_acknowledge = True
        self.table = AlarmTable(holder, blink, decimals)
        self._view = View.QUEUE
        self._lists = {view: self._list_button(view) for view, _ in _LISTS}
        self._group = QButtonGroup(self)
        for button in self._lists.values():
            self._group.addButton(button)
        self._lists[View.QUEUE].setChecked(True)
        self._priorities = {priority: self._priority_button(priority) for priority in Priority}
        self._search = QLineEdit()
        self._search.setFont(font(12))
        self._search.setClearButtonEnabled(True)
        self._search.setMaximumWidth(320)
        self._search.textChanged.connect(self._filter)
        self._note = QLineEdit()
        self._note.setFont(font(12))
        self._note.setMaxLength(500)
        self._note.setMaximumWidth(420)
        self._note.returnPressed.connect(self._acknowledge_selected)
        self._ack = QPushButton()
        self._ack_page = QPushButton()
        for button, slot in ((self._ack, self._acknowledge_selected), (self._ack_page, self._acknowledge_page)):
            button.setFont(font(12))
            button.clicked.connect(slot)
        self._status = QLabel()
        self._status.setFont(font(11.5))
        self._empty = QLabel()
        self._empty.setFont(font(14))
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._empty.setEnabled(False)
        self._lay_out()
        self.setFocusProxy(self.table)
        self._find = QShortcut(QKeySequence(QKeySequence.StandardKey.Find), self)
        self._find.activated.connect(self._search.setFocus)
        self.table.pressed_key.connect(lambda key: self._acknowledge_selected() if key == "ack" else None)
        self.table.opened.connect(self.opened)
        self.table.chosen.connect(self._show_chosen)
        self.table.flushed.connect(self._show_counts)
        holder.changed.connect(self._dress)
        self._dress()
        self.retranslate()

    def put_alarms(self, alarms: Iterable[AlarmMsg]) -> None:
        self.table.put_alarms(alarms)

    def replace_alarms(self, alarms: Iterable[AlarmMsg]) -> None:
        self.table.replace_alarms(alarms)

    def allow_acknowledge(self, allowed: bool) -> None:
        """By the role of who is logged in. The station decides again."""
        self._may_acknowledge = allowed
        for widget in (self._ack, self._ack_page, self._note):
            widget.setVisible(allowed)

    def show_list(self, view: View) -> None:
        self._lists[view].setChecked(True)
        self._choose(view)

    def retranslate(self) -> None:
        self._search.setPlaceholderText(tr("搜索位号、名称、设备（Ctrl+F）"))
        self._note.setPlaceholderText(tr("确认备注（可不填）"))
        self._ack.setText(tr("确认所选（空格）"))
        self._ack_page.setText(tr("确认本页"))
        for priority, button in self._priorities.items():
            button.setText(priority_word(priority))
            button.setToolTip(tr("显示或隐藏：{word}", word=priority_word(priority)))
        self._show_counts()

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        top.setSpacing(6)
        for view, _ in _LISTS:
            top.addWidget(self._lists[view])
        top.addSpacing(18)
        for button in self._priorities.values():
            top.addWidget(button)
        top.addStretch(1)
        top.addWidget(self._search, 1)
        bottom = QHBoxLayout()
        bottom.setSpacing(10)
        bottom.addWidget(self._status, 1)
        bottom.addWidget(self._note, 1)
        bottom.addWidget(self._ack)
        bottom.addWidget(self._ack_page)
        self._stack = QStackedLayout()
        self._stack.addWidget(self.table)
        self._stack.addWidget(self._empty)
        box = QVBoxLayout(self)
        box.setContentsMargins(14, 12, 14, 12)
        box.setSpacing(10)
        box.addLayout(top)
        box.addLayout(self._stack, 1)
        box.addLayout(bottom)

    def _list_button(self, view: View) -> QPushButton:
        made = QPushButton()
        made.setCheckable(True)
        made.setFont(font(12))
        made.clicked.connect(lambda: self._choose(view))
        return made

    def _priority_button(self, priority: Priority) -> QPushButton:
        made = QPushButton()
        made.setCheckable(True)
        made.setChecked(True)
        made.setFont(font(12))
        made.toggled.connect(self._filter)
        return made

    def _choose(self, view: View) -> None:
        self._view = view
        self._filter()

    def _filter(self) -> None:
        wanted = frozenset(priority for priority, button in self._priorities.items() if button.isChecked())
        self.table.set_filter(Filter(self._view, wanted, self._search.text()))

    def _acknowledge(self, occurrences: list[int]) -> None:
        if occurrences and self._may_acknowledge:
            self.acknowledge.emit(occurrences, self._note.text().strip())
            self._note.clear()

    def _acknowledge_selected(self) -> None:
        self._acknowledge([one for row in self.table.selected_rows() for one in row.unacked])

    def _acknowledge_page(self) -> None:
        """What can be seen, but never a critical alarm in passing: those are chosen by hand."""
        rows = [row for row in self.table.page_rows() if row.priority is not Priority.CRITICAL]
        self._acknowledge([one for row in rows for one in row.unacked])

    def _show_counts(self) -> None:
        queue = self.table.queue
        for view, word in _LISTS:
            self._lists[view].setText(f"{tr(word)}  {queue.count(view)}")
        shown = len(queue.shown)
        self._stack.setCurrentWidget(self.table if shown else self._empty)
        filtered = queue.count(self._view) > 0
        self._empty.setText(
            tr("没有符合筛选条件的报警。\n清除搜索文字，或重新打开被关闭的级别。") if filtered else tr(_EMPTY[self._view])
        )
        self._show_chosen()
        self.changed.emit()

    def _show_chosen(self) -> None:
        rows = self.table.selected_rows()
        waiting = sum(len(row.unacked) for row in rows)
        self._ack.setEnabled(waiting > 0)
        text = tr("显示 {n} 条", n=len(self.table.queue.shown))
        if rows:
            text += tr("，已选 {n} 条，其中待确认 {m} 条", n=len(rows), m=waiting)
        self._status.setText(text)
        self._ack_page.setToolTip(tr("确认本页可见的报警；紧急报警须逐条选中确认"))

    def _dress(self) -> None:
        ratio = self.devicePixelRatioF()
        for priority, button in self._priorities.items():
            button.setIcon(QIcon(symbol_pixmap(priority, AlarmState.ACKED, True, 20, self._holder.theme, ratio)))
            button.setIconSize(QSize(20, 20))

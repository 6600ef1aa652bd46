"""What stands above the alarm table: which list, in which order, which priorities, which words. Console side.

The counts on the buttons are of all rows, whatever the filter; the buttons keep their width, so that nothing moves under the
hand while alarms pour in.
"""

from PySide6.QtCore import QSize, Signal
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QLineEdit, QPushButton, QVBoxLayout, QWidget

from app.domain.alarm import AlarmState
from app.domain.tag import Priority
from widgets.alarms.groups import Grouping
from widgets.alarms.presets import Preset, PresetButton
from widgets.alarms.queue import AlarmQueue
from widgets.alarms.row import View
from widgets.alarms.sieve import Filter
from widgets.symbols import symbol_pixmap
from widgets.theme import ThemeHolder, font
from widgets.vocabulary import priority_word
from widgets.words import tr

LISTS = (
    (View.QUEUE, "全部"),
    (View.UNACKED, "未确认"),
    (View.ACTIVE, "报警中"),
    (View.RETURNED, "已恢复"),
    (View.SHELVED, "搁置"),
    (View.SUPPRESSED, "抑制"),
    (View.OUT_OF_SERVICE, "停用"),
)
_GROUPINGS = ((Grouping.NONE, "逐条"), (Grouping.EQUIPMENT, "按设备"), (Grouping.FIRST_OUT, "按首出"))


class ListBar(QWidget):
    changed = Signal(object)  # Filter
    grouped = Signal(object)  # Grouping, by the operator's hand
    past_wanted = Signal(bool)  # history instead of the live lists

    def __init__(self, holder: ThemeHolder) -> None:
        super().__init__()
        self._holder = holder
        self._view = View.QUEUE
        self._recalling = False
        self.views: dict[View, QPushButton] = {}
        self._view_group = QButtonGroup(self)
        for view, _ in LISTS:
            self.views[view] = self._checkable(self._view_group)
            self.views[view].clicked.connect(lambda _=False, wanted=view: self.show_list(wanted))
        self.past = self._checkable(self._view_group)
        self.past.clicked.connect(lambda: self.past_wanted.emit(True))
        self.views[View.QUEUE].setChecked(True)
        self.groupings: dict[Grouping, QPushButton] = {}
        self._grouping_group = QButtonGroup(self)
        for grouping, _ in _GROUPINGS:
            self.groupings[grouping] = self._checkable(self._grouping_group)
            self.groupings[grouping].clicked.connect(lambda _=False, wanted=grouping: self.grouped.emit(wanted))
        self.groupings[Grouping.NONE].setChecked(True)
        self.priorities: dict[Priority, QPushButton] = {}
        for priority in Priority:
            made = self._checkable(None)
            made.setChecked(True)
            made.toggled.connect(self._tell)
            self.priorities[priority] = made
        self.search = QLineEdit()
        self.search.setFont(font(12))
        self.search.setClearButtonEnabled(True)
        self.search.setMaximumWidth(380)
        self.search.textChanged.connect(self._tell)
        self.presets = PresetButton()
        self.presets.chosen.connect(self.recall)
        self.presets.save.connect(self._keep)
        self._lay_out()
        holder.changed.connect(self._dress)
        self._dress()
        self.retranslate()

    @property
    def view(self) -> View:
        return self._view

    @property
    def filter(self) -> Filter:
        wanted = frozenset(priority for priority, button in self.priorities.items() if button.isChecked())
        return Filter(self._view, wanted, self.search.text())

    @property
    def grouping(self) -> Grouping:
        return next(one for one, button in self.groupings.items() if button.isChecked())

    def show_list(self, view: View) -> None:
        if view in self.views:
            self.views[view].setChecked(True)
        self._view = view
        self.past_wanted.emit(False)
        self._tell()

    def show_grouping(self, grouping: Grouping) -> None:
        self.groupings[grouping].setChecked(True)

    def recall(self, preset: Preset) -> None:
        self._recalling = True  # one change, not one for each button
        for priority, button in self.priorities.items():
            button.setChecked(priority in preset.filter.priorities)
        self.search.setText(preset.filter.text)
        self._recalling = False
        self.show_grouping(preset.grouping)
        self.grouped.emit(preset.grouping)
        self.show_list(preset.filter.view)

    def show_counts(self, queue: AlarmQueue) -> None:
        for view, word in LISTS:
            text = f"{tr(word)}  {queue.count(view)}"
            if self.views[view].text() != text:
                self.views[view].setText(text)

    def retranslate(self) -> None:
        self.search.setPlaceholderText(tr("搜索位号、名称、设备（Ctrl+F）"))
        self.past.setText(tr("历史查询"))
        for grouping, word in _GROUPINGS:
            self.groupings[grouping].setText(tr(word))
        for priority, button in self.priorities.items():
            button.setText(priority_word(priority))
            button.setToolTip(tr("显示或隐藏：{word}", word=priority_word(priority)))
        for view, word in LISTS:
            room = self.fontMetrics().horizontalAdvance(tr(word)) * 1.25
            self.views[view].setMinimumWidth(round(room) + 86)

    def _tell(self) -> None:
        if not self._recalling:
            self.changed.emit(self.filter)

    def _keep(self, name: str) -> None:
        self.presets.keep(Preset(name, self.filter, self.grouping))

    def _checkable(self, group: QButtonGroup | None) -> QPushButton:
        made = QPushButton()
        made.setCheckable(True)
        made.setFont(font(12))
        if group is not None:
            group.addButton(made)
        return made

    def _lay_out(self) -> None:
        first, second = QHBoxLayout(), QHBoxLayout()
        first.setSpacing(6)
        second.setSpacing(6)
        for view, button in self.views.items():
            if view is View.SHELVED:
                first.addSpacing(16)
            first.addWidget(button)
        first.addSpacing(16)
        first.addWidget(self.past)
        first.addStretch(1)
        for button in self.groupings.values():
            second.addWidget(button)
        second.addSpacing(16)
        for button in self.priorities.values():
            second.addWidget(button)
        second.addSpacing(16)
        second.addWidget(self.presets)
        second.addStretch(1)
        second.addWidget(self.search, 1)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(8)
        box.addLayout(first)
        self.second = QWidget()
        self.second.setLayout(second)
        second.setContentsMargins(0, 0, 0, 0)
        box.addWidget(self.second)

    def _dress(self) -> None:
        ratio = self.devicePixelRatioF()
        for priority, button in self.priorities.items():
            button.setIcon(QIcon(symbol_pixmap(priority, AlarmState.ACKED, True, 20, self._holder.theme, ratio)))
            button.setIconSize(QSize(20, 20))

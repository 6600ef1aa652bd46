"""Search in the history of alarms (历史查询): when, which tag, who, how grave, which words; page by page, newest first.

Console side. Asks with `wanted` and is given what was found; knows nothing of the station. The export runs elsewhere and tells
here how far it is.
"""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QDateTime, QModelIndex, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent
from PySide6.QtWidgets import (
    QComboBox,
    QDateTimeEdit,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QPushButton,
    QStackedLayout,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from app.domain.tag import Priority
from app.domain.wire import AlarmMsg
from widgets.alarms.past_model import PastModel, PastQuery
from widgets.alarms.sheets import Choice
from widgets.theme import ThemeHolder, font
from widgets.vocabulary import priority_word
from widgets.words import tr

PAGE = 200
_SPANS_H = (1, 8, 24, 24 * 7, 24 * 30)
_WIDTHS = (92, 120, 220, 110, 110, 96, 150, 140, 96, 100, 96, 140, 260)


class PastSearch(QWidget):
    wanted = Signal(object, object)  # PastQuery, occurrence after which to go on or None
    export_wanted = Signal(object)  # PastQuery
    cancelled = Signal()
    opened = Signal(object)  # AlarmMsg
    replay_wanted = Signal(object)  # AlarmMsg

    def __init__(self, holder: ThemeHolder, decimals: Callable[[str], int] = lambda tag: 1) -> None:
        super().__init__()
        self._holder = holder
        self._query = PastQuery()
        self.model = PastModel(holder, decimals)
        self.model.more_wanted.connect(self._more)
        self.spans = Choice()
        self.spans.offer([_span_word(hours) for hours in _SPANS_H])
        self.spans.changed.connect(self._set_span)
        self.start, self.end = QDateTimeEdit(), QDateTimeEdit()
        for edit in (self.start, self.end):
            edit.setFont(font(12))
            edit.setDisplayFormat("yyyy-MM-dd HH:mm")
            edit.setCalendarPopup(True)
        self.tag, self.user, self.text = (
            _field(tr("位号"), 150),
            _field(tr("确认人"), 120),
            _field(tr("名称、说明里的文字"), 260),
        )
        self.priority = QComboBox()
        self.priority.setFont(font(12))
        self.priority.addItem(tr("全部级别"), "")
        for rank in Priority:
            self.priority.addItem(priority_word(rank), rank.word)
        self.look = _button(tr("查询（回车）"), "primary")
        self.look.clicked.connect(self.search)
        self.export = _button(tr("导出 CSV"))
        self.export.clicked.connect(lambda: self.export_wanted.emit(self.query()))
        self.replay = _button(tr("回放这次报警"))
        self.replay.setToolTip(tr("回放这次报警：从触发前 2 分钟到结束后 5 分钟"))
        self.replay.setEnabled(False)
        self.replay.clicked.connect(self._replay)
        self.cancel = _button(tr("停止导出"))
        self.cancel.clicked.connect(self.cancelled)
        self.cancel.hide()
        for field in (self.tag, self.user, self.text):
            field.returnPressed.connect(self.search)
        self.status = QLabel()
        self.status.setFont(font(11.5))
        self.progress = QLabel()
        self.progress.setFont(font(11.5))
        self.table = self._make_table()
        self.table.selectionModel().selectionChanged.connect(self._allow_replay)
        self.model.modelReset.connect(self._allow_replay)
        self.empty = QLabel(tr("选好时间和条件，按“查询”。\n结果从新到旧，滚到底部自动载入更多。"))
        self.empty.setFont(font(14))
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.empty.setEnabled(False)
        self._lay_out()
        holder.changed.connect(self._dress)
        self._dress()
        self.spans.buttons[2].click()

    def focusInEvent(self, event: QFocusEvent) -> None:
        self.text.setFocus()  # a focus proxy would have Tab pass by what lies in front of the text

    def query(self) -> PastQuery:
        return PastQuery(
            _utc(self.start.dateTime()),
            _utc(self.end.dateTime()),
            self.tag.text().strip(),
            self.user.text().strip(),
            self.priority.currentData(),
            self.text.text().strip(),
        )

    def search(self) -> None:
        """Begins anew with what the fields say."""
        if self.spans.chosen >= 0:
            self._set_span()  # "the last 24 hours" end now, not when the page was opened
        self._query = self.query()
        self.model.clear()
        self.say(tr("正在查询…"))
        self.wanted.emit(self._query, None)

    def put(self, query: PastQuery, alarms: Sequence[AlarmMsg], more: bool) -> None:
        """A page of what was found; one that belongs to an earlier question is not looked at."""
        if query != self._query:
            return
        self.model.append(alarms, more)
        found = len(self.model.alarms)
        self.say(tr("已载入 {n} 条，向下滚动载入更多", n=found) if more else tr("共 {n} 条", n=found))
        self.empty.setText(tr("这段时间里没有符合条件的报警。\n放宽时间，或清除位号、确认人、文字。"))
        self._stack.setCurrentWidget(self.table if found else self.empty)

    def fail(self, query: PastQuery, why: str) -> None:
        if query == self._query:
            self.say(why)

    def say(self, text: str) -> None:
        self.status.setText(text)

    def show_progress(self, text: str, running: bool) -> None:
        self.progress.setText(text)
        self.progress.setToolTip(text)
        self.cancel.setVisible(running)
        self.export.setEnabled(not running)

    def clear(self) -> None:
        """Nothing of another station stays."""
        self._query = PastQuery()
        self.model.clear()
        self.say("")
        self.show_progress("", False)
        self._stack.setCurrentWidget(self.empty)

    def _more(self) -> None:
        if self.model.alarms:
            self.wanted.emit(self._query, min(alarm.occurrence for alarm in self.model.alarms))

    def _set_span(self) -> None:
        now = QDateTime.currentDateTime()
        self.end.setDateTime(now.addSecs(60))  # the minute that runs belongs to it
        self.start.setDateTime(now.addSecs(-3600 * _SPANS_H[self.spans.chosen]))

    def _allow_replay(self) -> None:
        self.replay.setEnabled(self.table.currentIndex().isValid())

    def _replay(self) -> None:
        row = self.table.currentIndex().row()
        if 0 <= row < len(self.model.alarms) and self.model.alarms[row].raised_at:
            self.replay_wanted.emit(self.model.alarms[row])

    def _open(self, index: QModelIndex) -> None:
        self.opened.emit(self.model.alarms[index.row()])

    def _dress(self) -> None:
        theme = self._holder.theme
        self.setStyleSheet(
            f"QComboBox, QDateTimeEdit {{ background: {theme.surface}; border: 1px solid {theme.line}; border-radius: 3px;"
            f" padding: 5px 8px; }} QComboBox:focus, QDateTimeEdit:focus {{ border: 1px solid {theme.focus}; }}"
            "QComboBox::drop-down, QDateTimeEdit::drop-down { border: 0; width: 20px; }"
            f"QComboBox QAbstractItemView {{ background: {theme.surface}; selection-background-color: {theme.raised}; }}"
        )

    def _make_table(self) -> QTableView:
        table = QTableView()
        table.setModel(self.model)
        table.setFont(font(12))
        table.setSelectionBehavior(QTableView.SelectionBehavior.SelectRows)
        table.setEditTriggers(QTableView.EditTrigger.NoEditTriggers)
        table.setShowGrid(False)
        table.setIconSize(QSize(20, 20))
        table.setWordWrap(False)
        table.verticalHeader().hide()
        table.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        table.verticalHeader().setDefaultSectionSize(32)
        header = table.horizontalHeader()
        header.setFont(font(11))
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setStretchLastSection(True)
        for column, width in enumerate(_WIDTHS):
            table.setColumnWidth(column, width)
        table.doubleClicked.connect(self._open)
        table.activated.connect(self._open)
        return table

    def _lay_out(self) -> None:
        first, second, last = QHBoxLayout(), QHBoxLayout(), QHBoxLayout()
        for line in (first, second, last):
            line.setSpacing(8)
        for widget in (self.spans, self.start, QLabel("—"), self.end):
            first.addWidget(widget)
        first.addStretch(1)
        fields: tuple[QWidget, ...] = (self.tag, self.user, self.priority, self.text, self.look, self.export, self.replay)
        for field in fields:
            second.addWidget(field)
        second.addStretch(1)
        last.addWidget(self.status)
        last.addStretch(1)
        last.addWidget(self.progress)
        last.addWidget(self.cancel)
        lines = QWidget()
        self._stack = QStackedLayout(lines)
        self._stack.addWidget(self.empty)
        self._stack.addWidget(self.table)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(8)
        box.addLayout(first)
        box.addLayout(second)
        box.addWidget(lines, 1)
        box.addLayout(last)


def _field(hint: str, width: int) -> QLineEdit:
    made = QLineEdit()
    made.setFont(font(12))
    made.setPlaceholderText(hint)
    made.setClearButtonEnabled(True)
    made.setFixedWidth(width)
    made.setMaxLength(200)
    return made


def _button(text: str, name: str = "") -> QPushButton:
    made = QPushButton(text)
    made.setFont(font(12))
    made.setObjectName(name)
    return made


def _span_word(hours: int) -> str:
    return tr("近 {n} 天", n=hours // 24) if hours > 24 else tr("近 {n} 小时", n=hours)


def _utc(at: QDateTime) -> str:
    return str(at.toUTC().toString("yyyy-MM-ddTHH:mm:ss")) + "Z"

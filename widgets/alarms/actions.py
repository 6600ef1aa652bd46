"""The action panel under the alarm table: what is chosen, what may be done with it, and what became of it. Console side.

Not modal, always in the same place, no button ever moves. Says what is wanted (`Wish`); changes nothing itself.
"""

from collections.abc import Sequence

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QMenu,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from app.domain.alarm import AlarmState
from app.domain.tag import Priority
from app.domain.wire import AlarmMsg
from widgets.alarms.elided import Elided
from widgets.alarms.permits import Permits
from widgets.alarms.row import LIMIT, RAISED, RULE, STATE, TAG, VALUE, Row, View
from widgets.alarms.sheets import ReasonSheet, ShelveSheet
from widgets.alarms.wish import Outcome, Want, Wish
from widgets.theme import ThemeHolder, font
from widgets.vocabulary import local_time, priority_word
from widgets.words import tr

HEIGHT = 168
_LATCHED = AlarmState.LAKED
_LOOKS = (Want.CARD, Want.WHY, Want.FORM, Want.TREND, Want.PLACE)
_SHOWN = (Want.ACK, Want.RESET, Want.SHELVE, Want.SUPPRESS, Want.OUT_OF_SERVICE, *_LOOKS)
_UNDO = {
    Want.SHELVE: Want.UNSHELVE,
    Want.SUPPRESS: Want.UNSUPPRESS,
    Want.OUT_OF_SERVICE: Want.RETURN_TO_SERVICE,
}
_OVERLAY = {
    Want.SHELVE: AlarmState.SHLVD,
    Want.SUPPRESS: AlarmState.DSUPR,
    Want.OUT_OF_SERVICE: AlarmState.OOSRV,
}
_KEY_OF = {"ack": Want.ACK, "shelve": Want.SHELVE, "reset": Want.RESET, "why": Want.WHY, "card": Want.CARD, "form": Want.FORM}


class ActionPanel(QFrame):
    wished = Signal(object)  # Wish
    page_wanted = Signal()  # acknowledge the page
    back = Signal()  # the keyboard goes back to the table

    def __init__(self, holder: ThemeHolder) -> None:
        super().__init__()
        self._holder = holder
        self._permits = Permits()
        self._rows: tuple[Row, ...] = ()
        self._about: tuple[Row, ...] = ()  # what the open sheet is about
        self.head, self._said, self._guide = Elided(13, bold=True), Elided(11.5), Elided(11.5)
        self.status, self.outcome = Elided(11.5, dim=True), Elided(12)
        self.note = QLineEdit()
        self.note.setFont(font(12))
        self.note.setMaxLength(500)
        self.note.textChanged.connect(self._check)
        self.note.returnPressed.connect(self._acknowledge)
        self.buttons = {want: self._button(want) for want in _SHOWN}
        self.page = QPushButton()
        self.page.setFont(font(12))
        self.page.clicked.connect(self.page_wanted)
        self.shelve, self.reason = ShelveSheet(), ReasonSheet()
        self.shelve.done.connect(self._send_shelve)
        self.reason.done.connect(self._send_reason)
        for sheet in (self.shelve, self.reason):
            sheet.left.connect(self.close_sheet)
        self.stack = QStackedWidget()
        self.setFixedHeight(HEIGHT)
        for want, longest in ((Want.ACK, tr("确认所选（空格）")), (Want.SHELVE, tr("取消搁置（S）"))):
            button = self.buttons[want]
            button.setMinimumWidth(button.fontMetrics().horizontalAdvance(longest) + 40)  # no word moves its neighbours
        self._lay_out()
        holder.changed.connect(self._dress)
        self._dress()
        self.retranslate()
        self.show_rows(())

    def retranslate(self) -> None:
        self.note.setPlaceholderText(tr("确认备注（可不填）"))
        self.page.setText(tr("确认本页"))
        self.page.setToolTip(tr("确认本页可见的报警；紧急报警须逐条选中确认"))
        self._name_buttons()

    def allow(self, permits: Permits) -> None:
        self._permits = permits
        for want in (Want.ACK, Want.RESET, Want.SHELVE, Want.SUPPRESS, Want.OUT_OF_SERVICE):
            self.buttons[want].setVisible(self._may(want))
        for widget in (self.note, self.page):
            widget.setVisible(permits.acknowledge)
        self._check()

    @property
    def permits(self) -> Permits:
        return self._permits

    def show_rows(self, rows: Sequence[Row]) -> None:
        """What is selected now. A sheet stays open: it is about what was selected when it was opened."""
        if [row.occurrence for row in rows] != [row.occurrence for row in self._rows] and rows:
            self._say("", True)
        self._rows = tuple(rows)
        if not rows:
            self.head.say(tr("没有选中报警"))
            self._guide.say("")
            self._said.say(tr("点选一条查看详情；空格确认，S 搁置，R 复位，C 报警卡，W 为何，F 处置单，回车看位置。"))
        elif len(rows) == 1:
            self._show_one(rows[0])
        else:
            self._show_many(rows)
        self._check()

    def show_outcome(self, outcome: Outcome) -> None:
        """In place, until something else is selected or done."""
        self._say(outcome.text, outcome.done)

    def note_taken(self, note: str) -> None:
        """The acknowledgement with this note succeeded."""
        if self.note.text().strip() == note:
            self.note.clear()

    def key(self, word: str) -> None:
        self.do(_KEY_OF[word])

    def do(self, want: Want) -> None:
        """A button, a key or a line of the menu."""
        if want is Want.ACK:
            self._acknowledge()
        elif want in _LOOKS:
            if self._rows:
                self.wished.emit(Wish(want, (self._rows[0].alarm,)))
        elif self._ready(want):
            undo = _UNDO.get(want)
            if undo is not None and self._all(_OVERLAY[want]):
                self._wish(Wish(undo, self._alarms()))
            elif want is Want.RESET:
                self._wish(Wish(want, tuple(row.alarm for row in self._rows if row.state is _LATCHED)))
            else:
                self._open(want)

    def menu(self, at: QPoint) -> QMenu:
        """The same by right click."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.setFont(font(12))
        for want in _SHOWN:
            button = self.buttons[want]
            if want is Want.CARD:
                menu.addSeparator()
            if not button.isHidden():
                action = menu.addAction(button.text())
                action.setEnabled(button.isEnabled())
                action.triggered.connect(lambda _=False, chosen=want: self.do(chosen))
        menu.popup(at)
        return menu

    def close_sheet(self) -> None:
        self.stack.setCurrentIndex(0)
        self.back.emit()

    # inside

    def _acknowledge(self) -> None:
        waiting = [one for row in self._rows for one in row.unacked]
        if not waiting or not self._permits.acknowledge:
            return
        if self._note_due():
            self.note.setFocus()
            self.show_outcome(Outcome(self._note_word(), False))
            return
        self._wish(Wish(Want.ACK, self._alarms(), tuple(waiting), note=self.note.text().strip()))

    def _note_due(self) -> list[Priority]:
        """Priorities among the selected that want a note, while there is none."""
        if self.note.text().strip():
            return []
        return sorted({row.priority for row in self._rows if row.unacked and row.priority.word in self._permits.note_required})

    def _note_word(self) -> str:
        return tr("{word}级报警须填写确认备注", word=priority_word(self._note_due()[0]))

    def _open(self, want: Want) -> None:
        self._about = self._rows
        if want is Want.SHELVE:
            self.shelve.begin(self._rows, self._permits.shelve)
            self.stack.setCurrentWidget(self.shelve)
        else:
            self.reason.begin(want, self._rows)
            self.stack.setCurrentWidget(self.reason)
        self._say("", True)

    def _send_shelve(self) -> None:
        sheet, about = self.shelve, tuple(row.alarm for row in self._about)
        self._wish(Wish(Want.SHELVE, about, minutes=sheet.minutes, reason=sheet.reason, text=sheet.text.text().strip()))
        self.close_sheet()

    def _send_reason(self) -> None:
        sheet, about = self.reason, tuple(row.alarm for row in self._about)
        order = sheet.order.text().strip() if sheet.want is Want.OUT_OF_SERVICE else ""
        self._wish(Wish(sheet.want, about, reason=sheet.text.text().strip(), work_order=order))
        self.close_sheet()

    def _wish(self, wish: Wish) -> None:
        self._say("", True)
        self.wished.emit(wish)

    def _alarms(self) -> tuple[AlarmMsg, ...]:
        return tuple(row.alarm for row in self._rows)

    def _all(self, state: AlarmState) -> bool:
        return bool(self._rows) and all(row.state is state for row in self._rows)

    def _may(self, want: Want) -> bool:
        permits = self._permits
        return {
            Want.ACK: permits.acknowledge, Want.RESET: permits.reset, Want.SHELVE: permits.shelve.may,
            Want.SUPPRESS: permits.suppress, Want.OUT_OF_SERVICE: permits.out_of_service,
        }.get(want, True)  # fmt: skip

    def _ready(self, want: Want) -> bool:
        """May this be done with what is selected?"""
        rows = self._rows
        if not rows or not self._may(want):
            return False
        if want is Want.ACK:
            return any(row.unacked for row in rows)
        if want is Want.RESET:
            return any(row.state is _LATCHED for row in rows)
        if want in _OVERLAY:
            return self._all(_OVERLAY[want]) or all(row.views & View.QUEUE.value for row in rows)
        return True

    def _check(self) -> None:
        for want, button in self.buttons.items():
            button.setEnabled(self._ready(want))
        due = bool(self._rows) and self._permits.acknowledge and bool(self._note_due())
        self.note.setStyleSheet(f"border: 2px solid {self._holder.theme.text};" if due else "")
        self.note.setPlaceholderText(self._note_word() if due else tr("确认备注（可不填）"))
        self._name_buttons()

    def _name_buttons(self) -> None:
        due = bool(self._rows) and bool(self._note_due())
        names = {
            Want.ACK: tr("先填备注再确认") if due else tr("确认所选（空格）"),
            Want.RESET: tr("复位（R）"),
            Want.SHELVE: tr("取消搁置（S）") if self._all(AlarmState.SHLVD) else tr("搁置（S）"),
            Want.SUPPRESS: tr("解除抑制") if self._all(AlarmState.DSUPR) else tr("抑制"),
            Want.OUT_OF_SERVICE: tr("恢复使用") if self._all(AlarmState.OOSRV) else tr("停用"),
            Want.CARD: tr("报警卡（C）"),
            Want.WHY: tr("为何（W）"),
            Want.FORM: tr("处置单（F）"),
            Want.TREND: tr("趋势"),
            Want.PLACE: tr("位置（回车）"),
        }
        for want, name in names.items():
            if self.buttons[want].text() != name:
                self.buttons[want].setText(name)

    def _show_one(self, row: Row) -> None:
        cells, alarm = row.cells, row.alarm
        limit = tr("限值 {limit}", limit=cells[LIMIT]) if cells[LIMIT] else ""
        head = (priority_word(row.priority), cells[TAG], alarm.name, cells[RULE], cells[VALUE], limit)
        self.head.say("  ".join(part for part in head if part))
        who = tr("{who} 确认于 {at}", who=alarm.acked_by, at=local_time(alarm.acked_at)) if alarm.acked_by else ""
        aside = tr("{who}：{why}", who=alarm.shelved_by, why=alarm.reason) if alarm.shelved_by else alarm.reason
        told = (cells[STATE], cells[RAISED], who, aside, alarm.note)
        self._said.say("　".join(part.replace("\n", " ") for part in told if part))
        self._guide.say(tr("处置提示：{what}", what=alarm.guidance.replace("\n", "　")) if alarm.guidance else "")

    def _show_many(self, rows: Sequence[Row]) -> None:
        counts = {rank: sum(row.priority is rank for row in rows) for rank in Priority}
        self.head.say(tr("选中 {n} 条报警", n=len(rows)))
        self._said.say("　".join(f"{priority_word(rank)} {count}" for rank, count in counts.items() if count))
        self._guide.say("")

    def _button(self, want: Want) -> QPushButton:
        made = QPushButton()
        made.setFont(font(12))
        made.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        made.clicked.connect(lambda: self.do(want))
        return made

    def _lay_out(self) -> None:
        told = QVBoxLayout()
        told.setSpacing(4)
        for label in (self.head, self._said, self._guide, self.status, self.outcome):
            told.addWidget(label)
        told.addStretch(1)
        acts = QWidget()
        grid = QGridLayout(acts)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(8)
        grid.addWidget(self.note, 0, 0, 1, 6)
        line = (Want.ACK, None, Want.RESET, Want.SHELVE, Want.SUPPRESS, Want.OUT_OF_SERVICE)
        for column, want in enumerate(line):
            grid.addWidget(self.page if want is None else self.buttons[want], 1, column)
        for column, want in enumerate(_LOOKS):
            grid.addWidget(self.buttons[want], 2, column)
        for column in range(6):
            grid.setColumnStretch(column, 1)
        for page in (acts, self.shelve, self.reason):
            self.stack.addWidget(page)
        box = QHBoxLayout(self)
        box.setContentsMargins(14, 10, 14, 10)
        box.setSpacing(24)
        box.addLayout(told, 1)
        box.addWidget(self.stack, 1)

    def _say(self, text: str, done: bool) -> None:
        theme = self._holder.theme
        edge = theme.line if done else theme.bad
        self.outcome.setStyleSheet(f"background: {theme.raised}; border-left: 4px solid {edge}; padding: 3px 8px;")
        self.outcome.setVisible(bool(text))
        self.outcome.say(text)

    def _dress(self) -> None:
        theme = self._holder.theme
        self.setStyleSheet(f"ActionPanel {{ background: {theme.surface}; border: 1px solid {theme.line}; }}")
        self._say("", True)
        self._check()

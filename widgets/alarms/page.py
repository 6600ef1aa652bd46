"""The alarm page: lists, filters, table, and the panel of what may be done. Console side; says what is wanted, decides nothing.

Everything works by keyboard: Space acknowledges what is selected, Ctrl+A selects all that is shown but the critical ones, S
shelves, R resets, C card, W why, F form, Enter opens the place, Ctrl+F searches, F9 (main window) silences.
"""

from collections.abc import Callable, Iterable, Sequence

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QLabel, QStackedLayout, QVBoxLayout, QWidget

from app.domain.wire import AlarmMsg
from widgets.alarms.actions import ActionPanel
from widgets.alarms.flood import Flood
from widgets.alarms.groups import Grouping
from widgets.alarms.lists import ListBar
from widgets.alarms.permits import Permits
from widgets.alarms.presets import Preset
from widgets.alarms.row import View
from widgets.alarms.sieve import Filter
from widgets.alarms.table import AlarmTable
from widgets.alarms.wish import Outcome, Want, Wish
from widgets.symbols import Blink
from widgets.theme import ThemeHolder, font
from widgets.words import tr

_EMPTY = {
    View.QUEUE: "没有报警。\n新报警会出现在这里，并在上方横幅显示、发声。",
    View.UNACKED: "没有未确认的报警。",
    View.ACTIVE: "没有正在报警的位号。",
    View.RETURNED: "没有已恢复而未了结的报警。",
    View.SHELVED: "没有搁置的报警。\n选中一条报警按 S 可以搁置一段时间，到时自动恢复。",
    View.SUPPRESSED: "没有抑制的报警。",
    View.OUT_OF_SERVICE: "没有停用的报警。",
}


class AlarmPage(QWidget):
    """`wished(Wish)`: what the operator wants; `opened(AlarmMsg)`: its place; `changed` after each change of the queue."""

    wished = Signal(object)
    opened = Signal(object)
    changed = Signal()

    def __init__(self, holder: ThemeHolder, blink: Blink, decimals: Callable[[str], int] = lambda tag: 1) -> None:
        super().__init__()
        self._holder = holder
        self.table = AlarmTable(holder, blink, decimals)
        self.table.setDragEnabled(True)
        self.bar, self.panel = ListBar(holder), ActionPanel(holder)
        self._flood = Flood()
        self._chosen = ""
        self._by_itself = False  # grouped by the flood, not by a hand
        self._empty = QLabel()
        self._empty.setFont(font(14))
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._empty.setEnabled(False)
        self._live = QWidget()
        self.past: QWidget | None = None
        self._lay_out()
        self.setFocusProxy(self.table)
        self._find = QShortcut(QKeySequence(QKeySequence.StandardKey.Find), self)
        self._find.activated.connect(self.bar.search.setFocus)
        self._join()
        self._show_counts()

    # data in

    def put_alarms(self, alarms: Iterable[AlarmMsg]) -> None:
        self.table.put_alarms(alarms)

    def replace_alarms(self, alarms: Iterable[AlarmMsg]) -> None:
        self.table.replace_alarms(alarms)

    def allow(self, permits: Permits) -> None:
        """By the role of who is logged in. The station decides again."""
        self.panel.allow(permits)

    def show_outcome(self, wish: Wish, outcome: Outcome) -> None:
        """What became of a wish, in its place. A refusal changes nothing but the sentence."""
        self.panel.show_outcome(outcome)
        if outcome.done and wish.want is Want.ACK:
            self.panel.note_taken(wish.note)
            if self.panel.note.hasFocus() and not self.panel.note.text():
                self.table.setFocus()  # the next key is a command again, not a letter of a note

    def show_flood(self, flood: Flood) -> None:
        """A flood groups the queue by first-out, once; whoever wants it otherwise switches back and is left alone. That there
        is one, the banner says."""
        began, ended = flood.active and not self._flood.active, self._flood.active and not flood.active
        self._flood = flood
        if began and self.bar.grouping is Grouping.NONE:
            self._by_itself = True
            self._group(Grouping.FIRST_OUT)
        elif ended and self._by_itself:
            self._by_itself = False
            self._group(Grouping.NONE)

    def show_list(self, view: View) -> None:
        self.bar.show_list(view)

    def acknowledge_from_outside(self, occurrences: Sequence[int]) -> bool:
        """From the banner or the plant picture. False: a note is due, see `ask_for_note`."""
        rows = [row for one in occurrences if (row := self.table.queue.row_of(one)) is not None]
        if any(row.priority.word in self.panel.permits.note_required for row in rows):
            return False
        self.wished.emit(Wish(Want.ACK, tuple(row.alarm for row in rows), tuple(occurrences)))
        return True

    def ask_for_note(self, occurrences: Sequence[int]) -> None:
        """Chooses these alarms, so that only the note is missing."""
        if any(self.table.queue.index_of(one) is None for one in occurrences):
            self.bar.recall(Preset("", Filter(), Grouping.NONE))
        self.table.select(occurrences)
        self.panel.do(Want.ACK)

    def set_past(self, past: QWidget) -> None:
        """The search in the history of alarms."""
        self.past = past
        self._whole.addWidget(past)

    def retranslate(self) -> None:
        self.bar.retranslate()
        self.panel.retranslate()
        self._show_counts()

    # inside

    def _lay_out(self) -> None:
        lines = QWidget()
        self._stack = QStackedLayout(lines)
        self._stack.addWidget(self.table)
        self._stack.addWidget(self._empty)
        live = QVBoxLayout(self._live)
        live.setContentsMargins(0, 0, 0, 0)
        live.setSpacing(10)
        live.addWidget(lines, 1)
        live.addWidget(self.panel)
        whole = QWidget()
        self._whole = QStackedLayout(whole)
        self._whole.addWidget(self._live)
        box = QVBoxLayout(self)
        box.setContentsMargins(14, 12, 14, 12)
        box.setSpacing(10)
        box.addWidget(self.bar)
        box.addWidget(whole, 1)

    def _join(self) -> None:
        table, panel, bar = self.table, self.panel, self.bar
        table.pressed_key.connect(panel.key)
        table.opened.connect(self.opened)
        table.chosen.connect(self._show_chosen)
        table.flushed.connect(self._show_counts)
        table.menu_wanted.connect(self._menu)
        panel.wished.connect(self.wished)
        panel.page_wanted.connect(self._acknowledge_page)
        panel.back.connect(table.setFocus)
        bar.changed.connect(self._filter)
        bar.grouped.connect(self._group_by_hand)
        bar.past_wanted.connect(self._show_past)

    def _filter(self, wanted: Filter) -> None:
        self.table.set_filter(wanted)

    def _group(self, grouping: Grouping) -> None:
        self.bar.show_grouping(grouping)
        self.table.group(grouping)

    def _group_by_hand(self, grouping: Grouping) -> None:
        self._by_itself = False
        self.table.group(grouping)

    def _show_past(self, wanted: bool) -> None:
        self.bar.second.setVisible(not (wanted and self.past is not None))
        if wanted and self.past is not None:
            self._whole.setCurrentWidget(self.past)
            self.past.setFocus()
        else:
            self._whole.setCurrentWidget(self._live)

    def _menu(self, at: QPoint) -> None:
        self.panel.menu(at)

    def _acknowledge_page(self) -> None:
        """What can be seen, but never in passing a critical alarm, nor one that wants a note while there is none."""
        note, permits = self.panel.note.text().strip(), self.panel.permits
        rows = [
            row
            for row in self.table.page_rows()
            if row.unacked and row.priority > 1 and (note or row.priority.word not in permits.note_required)
        ]
        if not permits.acknowledge:
            return
        if not rows:
            self.panel.show_outcome(Outcome(tr("本页没有可以成批确认的报警：紧急报警和须填备注的报警请逐条选中。"), False))
            return
        occurrences = tuple(one for row in rows for one in row.unacked)
        self.wished.emit(Wish(Want.ACK, tuple(row.alarm for row in rows), occurrences, note=note))

    def _show_counts(self) -> None:
        queue = self.table.queue
        self.bar.show_counts(queue)
        shown = len(queue.shown)
        self._stack.setCurrentWidget(self.table if shown else self._empty)
        if not shown:
            filtered = queue.count(self.bar.view) > 0
            none = tr(_EMPTY.get(self.bar.view, _EMPTY[View.QUEUE]))
            filtered_words = tr("没有符合筛选条件的报警。\n清除搜索文字，或重新打开被关闭的级别。")
            self._empty.setText(filtered_words if filtered else none)
        if self.table.selected() & queue.touched:
            self._show_chosen()
        else:
            self._show_status()
        self.changed.emit()

    def _show_chosen(self) -> None:
        rows = sorted(self.table.selected_rows(), key=lambda row: (row.priority, -row.occurrence))
        self._chosen = ""
        if rows:
            waiting = sum(bool(row.unacked) for row in rows)
            self._chosen = tr("，已选 {n} 条，其中待确认 {m} 条", n=len(rows), m=waiting)
        self.panel.show_rows(rows)
        self._show_status()

    def _show_status(self) -> None:
        self.panel.status.say(tr("显示 {n} 条", n=self.table.queue.shown_rows) + self._chosen)

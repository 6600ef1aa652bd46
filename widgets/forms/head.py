"""The head of a form: what it is, how long it may still take, its way, and how to get it on paper. Console side."""

from PySide6.QtCore import Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from app.domain.alarm import AlarmState
from app.domain.form import FormDef
from app.domain.journal_words import person
from app.domain.tag import Priority
from app.domain.wire import AlarmMsg
from widgets.forms.chain import Chain, DueChip
from widgets.forms.controls import button, column, label, row
from widgets.forms.due import due_words, urgency
from widgets.forms.parse import FormMsg
from widgets.forms.path import chain_of
from widgets.symbols import symbol_pixmap
from widgets.theme import ThemeHolder
from widgets.vocabulary import local_time
from widgets.words import tr

SYMBOL = 24


class PrioritySymbol(QWidget):
    """The same symbol as in the alarm list; empty for a form without priority."""

    def __init__(self, themes: ThemeHolder) -> None:
        super().__init__()
        self._themes = themes
        self._priority: Priority | None = None
        self.setFixedSize(SYMBOL, SYMBOL)
        themes.changed.connect(self.update)

    def show_priority(self, word: str) -> None:
        self._priority = priority_of(word)
        self.setVisible(self._priority is not None)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._priority is None:
            return
        ratio = self.devicePixelRatioF()
        painter = QPainter(self)
        painter.drawPixmap(0, 0, symbol_pixmap(self._priority, AlarmState.ACKED, True, SYMBOL, self._themes.theme, ratio))
        painter.end()


def priority_of(word: str) -> Priority | None:
    try:
        return Priority.of(word)
    except KeyError:
        return None


class FormHead(QWidget):
    print_wanted = Signal(str)  # pdf | xlsx
    alarm_wanted = Signal(object)  # AlarmMsg: show its card

    def __init__(self, themes: ThemeHolder) -> None:
        super().__init__()
        self._form: FormMsg | None = None
        self.symbol = PrioritySymbol(themes)
        self.title = label(size=15, bold=True, wrap=True)
        self.state = label(bold=True)
        self.due = DueChip(themes)
        self.about = label(dim=True, wrap=True)
        self.basis = label(dim=True, size=10.5, wrap=True)
        self.chain = Chain(themes)
        self.card = button(tr("报警卡片"))
        self.pdf, self.xlsx = button("PDF…", name=tr("打印为 PDF 文件")), button("Excel…", name=tr("导出为 Excel 文件"))
        self.card.clicked.connect(self._ask_for_card)
        self.pdf.clicked.connect(lambda: self.print_wanted.emit("pdf"))
        self.xlsx.clicked.connect(lambda: self.print_wanted.emit("xlsx"))
        line = row(self.symbol, self.title, self.state, self.due, self.card, self.pdf, self.xlsx, gap=10)
        line.setStretch(1, 1)
        self.setLayout(column(line, self.about, self.chain, self.basis, gap=4))

    def show_form(self, definition: FormDef, form: FormMsg) -> None:
        self._form = form
        self.symbol.show_priority(form.priority)
        kind = tr(definition.title)
        self.title.setText(form.title or kind)
        self.state.setText(tr(form.state_title or definition.state(form.state).title) if form.id else tr("新单，尚未建立"))
        begun = (
            tr("{by} 建于 {at}", by=person(form.created_by), at=local_time(form.created_at, date=True))
            if form.created_at
            else ""
        )
        self.about.setText("　".join(part for part in (form.number, kind if self.title.text() != kind else "", begun) if part))
        self.basis.setText(tr("依据：{basis}", basis=tr(definition.basis)) if definition.basis else "")
        self.basis.setVisible(bool(definition.basis))
        self.chain.show_links(chain_of(definition, form))
        for one in (self.pdf, self.xlsx):
            one.setVisible(form.id > 0)
        self.card.setVisible(form.occurrence is not None)

    def tick(self, now: float) -> None:
        """`now`: seconds since the epoch by the station's clock."""
        if self._form is not None:
            due, open = self._form.due_at, self._form.open
            self.due.say(due_words(due, open, now), urgency(due, open, now))
            self.chain.show_urgency(urgency(due, open, now))

    def _ask_for_card(self) -> None:
        alarm = self._form.occurrence if self._form is not None else None
        if isinstance(alarm, AlarmMsg):
            self.alarm_wanted.emit(alarm)

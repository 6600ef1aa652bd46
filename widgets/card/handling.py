"""The handling form of the alarm in short: where it stands in its chain, who, until when; and the way into it. Console side."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QPushButton, QSizePolicy, QWidget

from app.domain.card import FormNow
from widgets import vocabulary
from widgets.card.panel import Panel, text_label
from widgets.theme import ThemeHolder, font
from widgets.words import tr


@dataclass(frozen=True, slots=True)
class FormAbout:
    """What the station's list of forms adds: the number people see, the word of the state, who moved it last."""

    number: str = ""
    state_title: str = ""
    last: str = ""


class HandlingPanel(Panel):
    """`begin` begins the form of this alarm, `opened` carries the id of the one there is."""

    begin = Signal()
    opened = Signal(object)

    def __init__(self, holder: ThemeHolder) -> None:
        super().__init__(tr("处置单"))
        self.form: FormNow | None = None
        self._about = FormAbout()
        self._may_begin = False
        self.chain = Chain(holder)
        self.text = text_label(11.5, wrap=True)
        self.button = QPushButton()
        self.button.setFont(font(12))
        self.button.setMinimumHeight(32)
        self.button.clicked.connect(self._on_button)
        self.bar.addWidget(self.button)
        self.body.addWidget(self.chain)
        self.body.addWidget(self.text, 1)
        self.wait(tr("正在读取…"))

    def set_chain(self, states: Sequence[tuple[str, str]]) -> None:
        """The states of the form in order, as (code, word)."""
        self.chain.show_states(states)

    def wait(self, text: str) -> None:
        self.form = None
        self.chain.show_at("")
        self.text.setText(text)
        self.button.hide()

    def show_form(self, form: FormNow | None, may_begin: bool, about: FormAbout | None = None) -> None:
        self.form, self._may_begin, self._about = form, may_begin, about or FormAbout()
        self.chain.show_at("" if form is None else form.state)
        if form is None:
            self.text.setText(tr("还没有处置单。需要处置的报警确认后自动建单，也可以现在开始。"))
            self.button.setText(tr("开始处置"))
            self.button.setVisible(may_begin)
            return
        about_ = self._about
        due = ""
        if form.open and form.due_at is not None:
            at = vocabulary.local_time(form.due_at, date=True)[:-3]
            due = tr("已超时，限 {at} 前", at=at) if form.overdue else tr("限 {at} 前", at=at)
        state = about_.state_title or ("" if self.chain.knows(form.state) else form.state)
        self.text.setText("　".join(part for part in (about_.number, state, due, about_.last) if part))
        self.button.setText(tr("打开处置单"))
        self.button.show()

    def _on_button(self) -> None:
        if self.form is None:
            self.begin.emit()
        else:
            self.opened.emit(self.form.id)


class Chain(QWidget):
    """The states of a form as a line of steps; those passed are filled, the present one is named in bold."""

    def __init__(self, holder: ThemeHolder) -> None:
        super().__init__()
        self._holder = holder
        self._states: list[tuple[str, str]] = []
        self.at = ""
        self.setFixedHeight(40)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.hide()
        holder.changed.connect(self.update)

    def show_states(self, states: Sequence[tuple[str, str]]) -> None:
        self._states = list(states)
        self.show_at(self.at)

    def show_at(self, code: str) -> None:
        self.at = code
        self.setVisible(self.knows(code))
        self.update()

    def knows(self, code: str) -> bool:
        return any(code == one for one, _ in self._states)

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._holder.theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        codes = [code for code, _ in self._states]
        here = codes.index(self.at) if self.at in codes else -1
        step = self.width() / max(1, len(codes))
        for place, (_, word) in enumerate(self._states):
            middle = (place + 0.5) * step
            if place:
                painter.setPen(QPen(QColor(theme.text_dim if place <= here else theme.line), 2))
                painter.drawLine(round(middle - step + 7), 10, round(middle - 7), 10)
            painter.setPen(QPen(QColor(theme.text if place == here else theme.text_dim), 1.5))
            painter.setBrush(QColor(theme.text if place == here else theme.text_dim if place < here else theme.surface))
            painter.drawEllipse(QRectF(middle - 5, 5, 10, 10))
            painter.setFont(font(9.5, bold=place == here))
            painter.setPen(QColor(theme.text if place == here else theme.text_dim))
            said = painter.fontMetrics().elidedText(word, Qt.TextElideMode.ElideRight, round(step) - 2)
            painter.drawText(QRectF(place * step, 19, step, 20), Qt.AlignmentFlag.AlignCenter, said)
        painter.end()

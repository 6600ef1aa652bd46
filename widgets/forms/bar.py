"""The foot of a form: what is still missing, the note, saving, and the steps this person may take now. Console side.

A dangerous step is asked for once more in the foot itself, never in a window of its own.
"""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit, QPushButton, QStackedLayout, QWidget

from app.domain.form import StepDef
from app.domain.form_step import LONGEST_NOTE
from widgets.forms.controls import HIGH, button, column, empty_out, label, row
from widgets.forms.flow import Flow
from widgets.theme import font
from widgets.words import tr


class StepBar(QWidget):
    pressed = Signal(str)  # code of a step
    confirmed = Signal(str)  # code of a step that was asked for with `ask`
    save = Signal()
    wanted = Signal(str)  # key of a missing field that was clicked
    note_typed = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._steps: Sequence[StepDef] = ()
        self.primary: StepDef | None = None
        self.buttons: dict[str, QPushButton] = {}
        self.missing: dict[str, QPushButton] = {}
        self.note = QLineEdit()
        self.note.setFont(font(12))
        self.note.setMinimumHeight(HIGH)
        self.note.setMaxLength(LONGEST_NOTE)
        self.note.setPlaceholderText(tr("备注（随这一步记入经过）"))
        self.note.textEdited.connect(self.note_typed)
        self.save_button = button(tr("保存（Ctrl+S）"))
        self.save_button.clicked.connect(self.save)
        self.said = label(dim=True, wrap=True)
        self._asked = ""
        self._intro = label("")
        self.question = label(wrap=True)
        self.yes = button("")
        self.no = button(tr("不做，返回"))
        self.yes.clicked.connect(self._confirmed)
        self.no.clicked.connect(self.leave_question)
        self._lay_out()

    def show_steps(self, steps: Sequence[StepDef], primary: StepDef | None) -> None:
        """Dangerous ones to the left, the primary one at the right end."""
        if (steps, primary) == (self._steps, self.primary):
            return
        self.leave_question()
        self._steps, self.primary = steps, primary
        self.buttons = {}
        empty_out(self._step_row)
        for one in sorted(steps, key=lambda one: (one == primary, not one.danger)):
            text, first = tr(one.title), one == primary
            made = button(tr("{step}（Ctrl+回车）", step=text) if first else text, first)
            made.clicked.connect(lambda checked=False, code=one.code: self.press(code))
            self.buttons[one.code] = made
            self._step_row.addWidget(made)

    def show_missing(self, missing: Sequence[tuple[str, str]], intro: str) -> None:
        """Keys and titles, each a button that leads to the field. `intro`: what they are needed for."""
        texts = [(key, title) for key, title in missing]
        if [(key, one.text()) for key, one in self.missing.items()] == texts and self._intro.text() == intro:
            return
        empty_out(self._flow)
        self.missing = {}
        self._intro = label(intro, dim=True)
        self._intro.setMinimumHeight(HIGH)
        self._flow.addWidget(self._intro)
        for key, title in texts:
            made = QPushButton(title)
            made.setFont(font(11))
            made.setMinimumHeight(HIGH)
            made.setAutoDefault(False)
            made.clicked.connect(lambda checked=False, key=key: self.wanted.emit(key))
            self.missing[key] = made
            self._flow.addWidget(made)
        self.chips.setVisible(bool(texts))

    def show_state(self, changed: bool, busy: bool, may_write: bool, saves: bool) -> None:
        """`changed`: something is typed and not saved. `saves`: there is something here that saving could keep."""
        self.save_button.setVisible(saves)
        self.save_button.setEnabled(changed and not busy)
        self.note.setVisible(may_write)
        for one in (*self.buttons.values(), self.yes):
            one.setEnabled(not busy)
        self.said.setText(tr("正在提交…") if busy else tr("有未保存的修改") if changed and saves else "")

    def press(self, code: str) -> None:
        if code in self.buttons and self.buttons[code].isEnabled() and not self._asked:
            self.pressed.emit(code)

    def ask(self, step: StepDef) -> None:
        """Is the step really meant? The foot turns into the question; the answer that does nothing has the focus."""
        self._asked = step.code
        self.question.setText(tr("“{step}”做了就不能撤回。确定要做吗？", step=tr(step.title)))
        self.yes.setText(tr("确定：{step}", step=tr(step.title)))
        self._stack.setCurrentIndex(1)
        self.no.setFocus()

    def press_primary(self) -> None:
        if self.primary is not None:
            self.press(self.primary.code)

    def leave_question(self) -> None:
        if self._asked:
            asked, self._asked = self._asked, ""
            self._stack.setCurrentIndex(0)
            if asked in self.buttons:
                self.buttons[asked].setFocus()

    @property
    def is_asking(self) -> bool:
        return bool(self._asked)

    def _confirmed(self) -> None:
        code = self._asked
        self.leave_question()
        self.confirmed.emit(code)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.KeyPress and self._asked:
            assert isinstance(event, QKeyEvent)
            if event.key() == Qt.Key.Key_Escape:
                self.leave_question()
                return True
        return super().event(event)

    def _lay_out(self) -> None:
        self.chips = QWidget()
        self._flow = Flow(self.chips)
        self._flow.addWidget(self._intro)
        self.chips.hide()
        self._step_row = row()
        acting = QWidget()
        line = row(self.note, self.said, self.save_button)
        line.setStretch(0, 1)
        line.addLayout(self._step_row)
        acting.setLayout(line)
        asking = QWidget()
        inner = row(self.question, self.no, self.yes)
        inner.setStretch(0, 1)
        asking.setLayout(inner)
        place = QWidget()
        self._stack = QStackedLayout(place)
        self._stack.addWidget(acting)
        self._stack.addWidget(asking)
        self.setLayout(column(self.chips, place, gap=8))

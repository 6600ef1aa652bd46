"""Several forms at once: what they are, the step they can take together with the same fields, and what became of each.

Console side.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from app.domain.form import FieldType, FormDef, StepDef
from app.domain.form_values import is_empty, is_shown
from app.domain.roles import Role
from widgets.forms.bar import StepBar
from widgets.forms.body import FormBody
from widgets.forms.controls import button, column, empty_out, label, line, name_look, scrolling
from widgets.forms.editors import Desk
from widgets.forms.flow import Flow
from widgets.forms.parse import BulkMsg, Entry
from widgets.forms.path import primary_step
from widgets.words import tr

_MOST_TOLD = 200


class BulkView(QWidget):
    step = Signal(str, list, str, object, str)  # kind, ids, code, fields, note
    opened = Signal(int)  # a form that was refused

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._entries: Sequence[Entry] = ()
        self._definition: FormDef | None = None
        self._step: StepDef | None = None
        self._values: dict[str, Any] = {}
        self._note = ""
        self._busy = False
        self.title = label(size=15, bold=True)
        self.about = label(dim=True, wrap=True)
        self.choice: dict[str, QPushButton] = {}
        self._choices = QWidget()
        self._flow = Flow(self._choices)
        self.body: FormBody | None = None
        self.bar = StepBar()
        self.bar.pressed.connect(self._want)
        self.bar.confirmed.connect(self._take)
        self.bar.wanted.connect(self._go_to)
        self.bar.note_typed.connect(self._note_typed)
        self.outcome = label(bold=True, wrap=True)
        self._refused = QVBoxLayout()
        self._column = QVBoxLayout()
        self._lay_out()

    def show_entries(self, entries: Sequence[Entry], kinds: Mapping[str, FormDef], role: Role | None) -> None:
        if [one.id for one in entries] != [one.id for one in self._entries]:
            self.show_outcome(None)
        self._entries = entries
        self.title.setText(tr("已选 {n} 张表单", n=len(entries)))
        of_a_kind = {one.kind for one in entries}
        definition = kinds.get(next(iter(of_a_kind))) if len(of_a_kind) == 1 else None
        steps = [] if definition is None or role is None else common_steps(definition, entries, role)
        if definition is None:
            self.about.setText(tr("所选的表单种类不同。请只选同一种，再一起办理。"))
        elif not steps:
            self.about.setText(tr("所选的表单没有您现在可以一起办理的步骤。请只选处于同一状态的表单。"))
        else:
            titles = tr("、").join(one.number or one.title for one in entries[:8])
            more = tr(" 等 {n} 张", n=len(entries)) if len(entries) > 8 else ""
            self.about.setText(f"{tr(definition.title)}：{titles}{more}")
        if steps != self._steps_shown or definition is not self._definition:
            self._definition = definition
            self._show_choice(steps)

    def show_busy(self, busy: bool) -> None:
        self._busy = busy
        self._show_bar()

    def show_outcome(self, outcome: BulkMsg | None) -> None:
        """What became of each; those refused are buttons that open them."""
        empty_out(self._refused)
        self.outcome.setVisible(outcome is not None)
        if outcome is None:
            return
        names = {one.id: one.number or one.title for one in self._entries}
        self.outcome.setText(tr("办成 {n} 张，被拒绝 {m} 张。", n=len(outcome.done), m=len(outcome.refused)))
        for one in outcome.refused[:_MOST_TOLD]:
            made = button(f"{names.get(one.id, one.id)}　{one.message}")
            made.setStyleSheet("text-align: left;")
            made.clicked.connect(lambda checked=False, id=one.id: self.opened.emit(id))
            self._refused.addWidget(made)

    # inside

    _steps_shown: Sequence[StepDef] | None = None

    def _show_choice(self, steps: Sequence[StepDef]) -> None:
        self._steps_shown = steps
        empty_out(self._flow)
        self.choice = {}
        for one in steps:
            made = button(tr(one.title))
            made.setCheckable(True)
            made.clicked.connect(lambda checked=False, one=one: self._choose(one))
            self.choice[one.code] = made
            self._flow.addWidget(made)
        self._choices.setVisible(len(steps) > 1)
        first = None
        if self._definition is not None and steps:
            first = primary_step(self._definition, self._entries[0].state, [one.code for one in steps]) or steps[0]
        self._choose(first)

    def _choose(self, step: StepDef | None) -> None:
        self._step, self._values = step, {}
        for code, made in self.choice.items():
            chosen = step is not None and code == step.code
            made.setChecked(chosen)
            name_look(made, "primary" if chosen else "")
        if self.body is not None:
            self._column.removeWidget(self.body)
            self.body.hide()
            self.body.deleteLater()
            self.body = None
        if step is not None and self._definition is not None:
            fields = [f for f in self._definition.fields if f.key in step.sets and f.type is not FieldType.FILES]
            self.body = FormBody(fields, self._desk, {})
            self.body.changed.connect(self._field_changed)
            self._column.insertWidget(0, self.body)
        self._show()

    def _field_changed(self, key: str, value: Any) -> None:
        self._values[key] = value
        self._show()

    def _show(self) -> None:
        if self.body is not None and self._step is not None:
            needed = {*self._step.needs}
            self.body.show_values(self._values, self._step.sets, needed, {}, ())
        self._show_bar()

    def _show_bar(self) -> None:
        steps = [] if self._step is None else [self._step]
        self.bar.show_steps(steps, self._step)
        lacking = self._lacking()
        self.bar.show_missing(lacking, tr("还没有填写（各张原已填写的不必再填）：") if lacking else "")
        self.bar.show_state(False, self._busy, self._step is not None, False)

    def _lacking(self) -> list[tuple[str, str]]:
        """A hint only: each form may have the field already."""
        if self._step is None or self.body is None:
            return []
        return [
            (key, tr(box.field.title))
            for key, box in self.body.boxes.items()
            if key in self._step.needs and is_shown(box.field, self._values) and is_empty(self._values.get(key))
        ]

    def _go_to(self, key: str) -> None:
        if self.body is not None:
            self.body.go_to(key)

    def _note_typed(self, text: str) -> None:
        self._note = text

    def _want(self, code: str) -> None:
        if self._step is None or self.body is None:
            return
        faulty = self.body.faults()
        if faulty:
            self.body.go_to(faulty[0])
        elif self._step.danger:
            self.bar.ask(self._step)
        else:
            self._take(code)

    def _take(self, code: str) -> None:
        if self._definition is None:
            return
        fields = {
            key: value
            for key, value in self._values.items()
            if not is_empty(value) and is_shown(self._definition.field_named(key), self._values)
        }
        self.step.emit(self._definition.kind, [one.id for one in self._entries], code, fields, self._note.strip())

    def _lay_out(self) -> None:
        main = QWidget()
        self._column.setContentsMargins(16, 12, 16, 12)
        self._column.setSpacing(14)
        self._column.addWidget(self.outcome)
        self._column.addLayout(self._refused)
        self._column.addStretch(1)
        main.setLayout(self._column)
        scroll = scrolling(main)
        top, foot = QWidget(), QWidget()
        top.setLayout(column(self.title, self.about, self._choices, gap=8, margins=(16, 12, 16, 10)))
        foot.setLayout(column(self.bar, margins=(16, 10, 16, 12)))
        box = column(top, line(), scroll, line(), foot, gap=0)
        box.setStretch(2, 1)
        self.setLayout(box)


def common_steps(definition: FormDef, entries: Sequence[Entry], role: Role) -> list[StepDef]:
    """Steps that, by state and role, each of these forms could take."""
    states = {one.state for one in entries}
    return [
        step
        for step in definition.steps
        if step.source != "station" and role in step.roles and states <= set(step.states) and all(one.open for one in entries)
    ]

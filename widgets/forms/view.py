"""One form, made from its declaration: head, fields, attachments, history, and a foot with the steps. Console side.

Shows what the station has with this desk's draft laid over it; says what the person wants, and changes nothing itself.
"""

from collections.abc import Callable, Collection, Mapping
from itertools import pairwise
from typing import Any

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import QBoxLayout, QVBoxLayout, QWidget

from app.domain.form import FormDef, StepDef
from app.domain.form_step import BEGIN, missing
from app.domain.form_values import is_shown
from widgets.forms.attachments import Attachments
from widgets.forms.bar import StepBar
from widgets.forms.body import FormBody
from widgets.forms.controls import column, label, line, scrolling
from widgets.forms.draft import Conflict, Draft
from widgets.forms.editors import Desk, Editor
from widgets.forms.head import FormHead
from widgets.forms.history import History
from widgets.forms.parse import FormMsg
from widgets.forms.path import primary_step
from widgets.pulse import Pulse, Settle
from widgets.theme import ThemeHolder
from widgets.words import tr

_SIDE = 270
_BELOW = 200  # height of the history where there is no room beside
_ALL = 16777215  # Qt's own "no limit"
_ROOM_FOR_SIDE = 980

OwnEditors = Mapping[tuple[str, str], Callable[[], Editor]]
"""(kind, field) to the maker of an editor of its own."""


class FormView(QWidget):
    save = Signal(object)  # fields that changed
    step = Signal(str, object, object, str)  # code, its fields, other changed fields to be saved before, note
    dropped = Signal(list)  # Path: files to attach

    def __init__(self, themes: ThemeHolder, desk: Desk, own: OwnEditors | None = None) -> None:
        super().__init__()
        self._themes, self._desk, self._own = themes, desk, own or {}
        self.definition: FormDef | None = None
        self.form: FormMsg | None = None
        self._draft = Draft()
        self._conflicts: dict[str, Conflict] = {}
        self._chosen = ""  # a step other than the primary one whose fields are open
        self._busy = False
        self.body: FormBody | None = None
        self.head = FormHead(themes)
        self.notice = label(wrap=True)
        self.notice.setObjectName("error")
        self.notice.hide()
        self.attachments = Attachments(themes)
        self.history = History()
        self.bar = StepBar()
        self._lay_out()
        self.bar.pressed.connect(self._want_step)
        self.bar.confirmed.connect(self._go)
        self.bar.save.connect(self.want_save)
        self.bar.wanted.connect(self.go_to)
        self.bar.note_typed.connect(self._note_typed)
        self.attachments.chosen.connect(self.dropped)
        for keys, do in (
            ("Ctrl+Return", self.bar.press_primary),
            ("Ctrl+Enter", self.bar.press_primary),
            ("Ctrl+S", self.want_save),
            ("Ctrl+M", self.go_to_missing),
        ):
            QShortcut(QKeySequence(keys), self, context=Qt.ShortcutContext.WidgetWithChildrenShortcut).activated.connect(do)
        self._pulse = Pulse(self, 1000, self._tick)
        self._settle_down = Settle(self, 0, self._show_work)

    # what is shown

    def show_form(self, definition: FormDef, form: FormMsg, draft: Draft) -> None:
        """Also of the form that is already there, as it is now; the draft is laid over it again."""
        other = self.form is None or self.form.id != form.id or definition is not self.definition or form.id == 0
        moved = self.form is not None and not other and form.state != self.form.state
        if other or moved:
            self._chosen = ""
        if other:
            self.show_notice("")
            self.attachments.end_all()
            self.bar.leave_question()
        if definition is not self.definition or self.body is None or form.id == 0:
            self._make_body(definition)
        self.definition, self.form, self._draft = definition, form, draft
        self._conflicts = {one.key: one for one in draft.meet(form.fields, frozenset(self._settable()))}
        self.head.show_form(definition, form)
        self.history.show_form(definition, form)
        self._past.setVisible(form.id > 0)
        self._files.setVisible(form.id > 0)
        self.attachments.show_files(form.attachments, bool(form.steps))
        if self.bar.note.text() != draft.note:
            self.bar.note.setText(draft.note)
        self._refresh()
        self._order_tabs()
        self._tick()
        if other:
            self._scroll.verticalScrollBar().setValue(0)
        if other or moved:
            self._settle_down.poke()  # once it is laid out

    def show_notice(self, text: str) -> None:
        """A sentence under the head: a refusal, or that somebody moved the form."""
        self.notice.setText(text)
        self.notice.setVisible(bool(text))

    def show_busy(self, busy: bool) -> None:
        self._busy = busy
        self._show_foot()

    def values(self) -> dict[str, Any]:
        return self._draft.over(self.form.fields) if self.form is not None else {}

    @property
    def conflicts(self) -> list[str]:
        return list(self._conflicts)

    # what the person wants

    def want_save(self) -> None:
        if self.form is None or self._busy or not self._may_go_on(()):
            return
        if self.form.id == 0:
            self.bar.press_primary()
        elif fields := self._changed(self._settable()):
            self.save.emit(fields)

    def go_to(self, key: str) -> None:
        if self.body is None:
            return
        if not self.body.is_open(key) and (step := next((one for one in self.steps() if key in one.sets), None)) is not None:
            self._choose(step)
        self.body.go_to(key)
        self._bring(self.body.boxes[key])

    def go_to_missing(self) -> None:
        """The first field the next step still asks for."""
        if self.bar.missing:
            self.go_to(next(iter(self.bar.missing)))

    def steps(self) -> list[StepDef]:
        """Those this person may take now, as declared."""
        if self.form is None or self.definition is None:
            return []
        if self.form.id == 0:
            definition = self.definition
            return [StepDef(BEGIN, tr("建立"), (), "", definition.creates, definition.sets, definition.needs)]
        return [step for step in self.definition.steps if step.code in self.form.steps]

    # inside

    def _active(self) -> StepDef | None:
        """The step whose fields are open: the primary one, or another whose button was pressed."""
        assert self.form is not None and self.definition is not None
        steps = self.steps()
        if self.form.id == 0:
            return steps[0]
        if self._chosen:
            return next((step for step in steps if step.code == self._chosen), None)
        return primary_step(self.definition, self.form.state, self.form.steps)

    def _settable(self) -> list[str]:
        """Keys that may be filled in now: of the active step, and what was typed before. Other steps open theirs by button:
        whoever approves is not to change by mistake what he approves."""
        if self.definition is None or self.form is None:
            return []
        active = self._active()
        keys = set() if active is None else set(active.sets)
        for step in self.steps():
            keys |= self._draft.mine.keys() & set(step.sets)
        if self.form.id > 0:
            keys &= set(self.form.editable)
        return [field.key for field in self.definition.fields if field.key in keys and not field.filled]

    def _choose(self, step: StepDef) -> None:
        self._chosen = step.code
        self._refresh()
        self._order_tabs()

    def _want_step(self, code: str) -> None:
        """A step other than the active one first opens its fields; the second press takes it."""
        step = next(one for one in self.steps() if one.code == code)
        if step != self._active() and step.sets:
            self.show_notice("")
            self._choose(step)
            lacking = self._missing(step)
            first = next((key for key in (*lacking, *step.sets) if self.body is not None and self.body.is_open(key)), "")
            if first:
                self.go_to(first)
        elif self._may_go_on(self._missing(step)):
            if step.danger:
                self.bar.ask(step)
            else:
                self._go(code)

    def _go(self, code: str) -> None:
        step = next((one for one in self.steps() if one.code == code), None)
        if step is None:
            return
        fields = self._changed(step.sets)
        before = {key: value for key, value in self._changed(self._settable()).items() if key not in step.sets}
        self.step.emit(code, fields, before, self.bar.note.text().strip())

    def _may_go_on(self, lacking: Collection[str]) -> bool:
        """Otherwise says why not, and goes there."""
        assert self.body is not None
        faulty = self.body.faults()
        if self._conflicts:
            self.show_notice(tr("有内容与别人的修改冲突，请先在字段下方选择用哪一个。"))
            self._bring(self.body.boxes[next(iter(self._conflicts))])
        elif faulty:
            self.show_notice(tr("有字段填写不对，请按字段下方的说明改正。"))
            self.go_to(faulty[0])
        elif lacking:
            titles = tr("、").join(tr(self.body.boxes[key].field.title) for key in lacking)
            self.show_notice(tr("还没有填写：{titles}", titles=titles))
            self.go_to(next(iter(lacking)))
        else:
            self.show_notice("")
            return True
        return False

    def _missing(self, step: StepDef) -> list[str]:
        assert self.definition is not None
        return missing(self.definition, self.values(), step)

    def _changed(self, keys: Collection[str]) -> dict[str, Any]:
        """What of the draft may be sent: never a field that is not asked for as the others stand."""
        assert self.definition is not None
        values = self.values()
        return {
            key: value
            for key, value in self._draft.mine.items()
            if key in keys and is_shown(self.definition.field_named(key), values)
        }

    def _field_changed(self, key: str, value: Any) -> None:
        assert self.form is not None
        self._draft.put(key, value, self.form.fields.get(key))
        self._refresh()
        if any(field.show_if is not None and field.show_if[0] == key for field in self._fields()):
            self._order_tabs()

    def _note_typed(self, text: str) -> None:
        self._draft.note = text

    def _settle(self, key: str, mine: bool) -> None:
        assert self.form is not None and self.body is not None
        self._draft.settle(key, mine, self.form.fields)
        self._conflicts.pop(key, None)
        self._refresh()
        self.body.go_to(key)

    def _fields(self) -> Any:
        return self.definition.fields if self.definition is not None else ()

    def _refresh(self) -> None:
        assert self.form is not None and self.body is not None
        primary = self._active()
        needed = set() if primary is None else {*primary.needs, *(f.key for f in self._fields() if f.required)}
        self.body.show_values(self.values(), self._settable(), needed, self._conflicts, self.form.attachments)
        self._show_foot()

    def _show_foot(self) -> None:
        if self.form is None or self.body is None:
            return
        steps, primary = self.steps(), self._active()
        self.bar.show_steps(steps, primary)
        lacking = [] if primary is None else self._missing(primary)
        titles = [(key, tr(self.body.boxes[key].field.title)) for key in lacking]
        intro = tr("“{step}”还缺：", step=tr(primary.title)) if primary is not None else ""
        self.bar.show_missing(titles, intro)
        settable = self._settable()
        changed = bool(self._changed(settable))
        self.bar.show_state(changed, self._busy, bool(steps), self.form.id > 0 and bool(settable))

    def _show_work(self) -> None:
        """What there is to fill in comes into view; of the facts above it as much as there is room for."""
        if self.body is None or self.form is None:
            return
        active = self._active()
        needs = () if active is None else (*active.needs, *active.sets)
        key = next((key for key in needs if self.body.is_open(key)), "")
        if not key:
            return
        self._bring(self.body.group_of(key))

    def _bring(self, widget: QWidget) -> None:
        """Into view, its beginning before its end; not moved when it can be seen already."""
        bar, room = self._scroll.verticalScrollBar(), self._scroll.viewport().height()
        top = widget.mapTo(self._inner, QPoint(0, 0)).y() - 12
        bottom = top + widget.height() + 24
        if top < bar.value() or bottom > bar.value() + room:
            bar.setValue(min(top, max(0, bottom - room)))

    def _make_body(self, definition: FormDef) -> None:
        if self.body is not None:
            self._column.removeWidget(self.body)
            self.body.hide()
            self.body.deleteLater()
        own = {key: make for (kind, key), make in self._own.items() if kind == definition.kind}
        self.body = FormBody(definition.fields, self._desk, own)
        self.body.changed.connect(self._field_changed)
        self.body.settled.connect(self._settle)
        self._column.insertWidget(0, self.body)

    def _order_tabs(self) -> None:
        """Fields in reading order, then attachments, then the foot: editors are made when they are first needed."""
        if self.body is None:
            return
        stops = [*self.body.stops(), self.attachments.add, self.bar.note, self.bar.save_button, *self.bar.buttons.values()]
        for one, following in pairwise(stops):
            QWidget.setTabOrder(one, following)

    def _tick(self) -> None:
        self.head.tick(self._desk.now())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        beside = event.size().width() >= _ROOM_FOR_SIDE
        way = QBoxLayout.Direction.LeftToRight if beside else QBoxLayout.Direction.TopToBottom
        if self._across.direction() != way:
            self._across.setDirection(way)
        self._past.setMaximumSize(*((_SIDE, _ALL) if beside else (_ALL, _BELOW)))
        self._past.setMinimumSize(*((_SIDE, 0) if beside else (0, _BELOW)))

    def _lay_out(self) -> None:
        self._files = QWidget()
        self._files.setLayout(column(label(tr("附件"), 12.5, bold=True), line(), self.attachments, gap=6))
        self._inner = QWidget()
        self._column = QVBoxLayout(self._inner)
        self._column.setContentsMargins(16, 12, 16, 12)
        self._column.setSpacing(18)
        self._column.addWidget(self._files)
        self._column.addStretch(1)
        self.history.layout().setContentsMargins(8, 12, 16, 12)  # type: ignore[union-attr]
        self._scroll, self._past = scrolling(self._inner), scrolling(self.history)
        middle = QWidget()
        self._across = QBoxLayout(QBoxLayout.Direction.LeftToRight, middle)
        self._across.setContentsMargins(0, 0, 0, 0)
        self._across.addWidget(self._scroll, 1)
        self._across.addWidget(self._past)
        top, foot = QWidget(), QWidget()
        top.setLayout(column(self.head, self.notice, gap=8, margins=(16, 12, 16, 8)))
        foot.setLayout(column(self.bar, margins=(16, 10, 16, 12)))
        box = column(top, line(), middle, line(), foot, gap=0)
        box.setStretch(2, 1)
        self.setLayout(box)

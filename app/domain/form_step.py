"""The form engine (表单引擎): begin a form, move it on, edit it, attach to it; only what the declaration allows. Both sides.

Pure: `now` is given, nothing is written here, a new `Form` comes back. The history only grows; each entry holds the fields it
set, so that every earlier version can be told again. A `role` of None is the station itself: it takes the steps that are its
own, and none of the others, and it alone fills fields that are declared `filled`.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from app.domain.form import Attached, FieldDef, Form, FormDef, Moved, StepDef
from app.domain.form_values import UNFIT_LINES, FormRefused, checked, is_empty, is_shown
from app.domain.instant import Instant, seconds
from app.domain.roles import Role

BEGIN, EDIT, ATTACH = "begin", "edit", "attach"
OWN_STEPS = {BEGIN: "建单", EDIT: "修改", ATTACH: "上传附件"}
"""Entries of the history that are no step of a declaration, and their titles."""
STATION_ROLE = "station"
LONGEST_NOTE = 1000
NOTHING: Mapping[str, Any] = {}


def begin(
    definition: FormDef,
    id: int,
    subject: str,
    title: str,
    priority: str,
    fields: Mapping[str, Any],
    by: str,
    role: Role | None,
    now: Instant,
    prefilled: Mapping[str, Any] = NOTHING,
    number: str = "",
) -> Form:
    """A new form in its start state. `fields` are the person's, `prefilled` what the station knows: that one is taken where the
    person gave nothing, and always for `filled` fields. Raises FormRefused."""
    if role is not None and role not in definition.creates:
        raise FormRefused("forbidden", f"角色 {role} 不能建立“{definition.title}”")
    given = checked(definition, fields)
    known = _kept({}, checked(definition, prefilled))
    if role is not None:
        _only(definition, given, definition.sets, f"建立“{definition.title}”时")
    values = _kept(known, given)
    _nothing_hidden(definition, given, values)
    _nothing_missing(definition, values, definition.needs, definition.sets if role is not None else ())
    first = Moved(BEGIN, now, by, _word(role), "", definition.start, values)
    return Form(
        id=id,
        kind=definition.kind,
        version=definition.version,
        state=definition.start,
        subject=subject,
        title=title,
        priority=priority,
        created_at=now,
        created_by=by,
        updated_at=now,
        due_at=due_at(definition, definition.start, priority, now),
        fields=values,
        moves=(first,),
        number=number,
    )


def move(
    definition: FormDef,
    form: Form,
    step: str,
    fields: Mapping[str, Any],
    note: str,
    by: str,
    role: Role | None,
    now: Instant,
    filled: Mapping[str, Any] = NOTHING,
) -> Form:
    """The form after that step. `filled`: what the station adds. Raises FormRefused."""
    taken = may_take(definition, form, step, by, role)
    files = _files(form)
    given = checked(definition, fields, files)
    if role is not None:
        _only(definition, given, taken.sets, f"“{taken.title}”这一步")
    added = checked(definition, filled, files)
    values = _kept(_kept(form.fields, added), given)
    _nothing_hidden(definition, given, values)
    _nothing_missing(definition, values, taken.needs, taken.sets)
    before, after = form.state, taken.to
    moved = Moved(step, now, by, _word(role), before, after, {**added, **given}, note_text(note))
    due = form.due_at if after == before else due_at(definition, after, form.priority, now)
    return replace(form, state=after, updated_at=now, due_at=due, fields=values, moves=(*form.moves, moved))


def edit(
    definition: FormDef,
    form: Form,
    fields: Mapping[str, Any],
    by: str,
    role: Role | None,
    now: Instant,
    note: str = "",
    priority: str = "",
) -> Form:
    """Fields changed without a step: a person's are those that some step open to the role may set in this state. A finished
    form is not edited by people. `priority`: the station may raise it. Unchanged values make no entry. Raises FormRefused."""
    files = _files(form)
    given = checked(definition, fields, files)
    if role is not None:
        allowed = editable(definition, form, role)
        if not allowed:
            state = definition.state(form.state).title
            raise FormRefused("forbidden", f"角色 {role} 在“{state}”时不能修改“{definition.title}”")
        _only(definition, given, allowed, "现在")
    values = _kept(form.fields, given)
    _nothing_hidden(definition, given, values)
    changed = {key: value for key, value in given.items() if form.fields.get(key) != value}
    if not changed and not priority:
        return form
    moved = Moved(EDIT, now, by, _word(role), form.state, form.state, changed, note_text(note))
    return replace(form, updated_at=now, fields=values, moves=(*form.moves, moved), priority=priority or form.priority)


def attach(definition: FormDef, form: Form, attached: Attached, role: Role | None) -> Form:
    """The form with a file more. People may attach while some step is open to their role. Raises FormRefused."""
    if role is not None and not any(role in step.roles for step in _from(definition, form.state)):
        state = definition.state(form.state).title
        raise FormRefused("forbidden", f"角色 {role} 在“{state}”时不能给“{definition.title}”加附件")
    if any(one.file == attached.file for one in form.attachments):
        return form
    entry = Moved(ATTACH, attached.at, attached.by, _word(role), form.state, form.state, {}, attached.name)
    return replace(form, updated_at=attached.at, attachments=(*form.attachments, attached), moves=(*form.moves, entry))


# looking


def may_take(definition: FormDef, form: Form, step: str, by: str, role: Role | None) -> StepDef:
    """The step, when that person may take it now as far as state and person go. Raises FormRefused."""
    try:
        taken = definition.step(step)
    except KeyError:
        raise FormRefused("no_such_step", f"“{definition.title}”没有步骤 {step}") from None
    own = taken.source == "station"
    if own and role is not None:
        raise FormRefused("forbidden", f"“{taken.title}”由站自动完成，不能由人操作")
    if role not in taken.roles and not (own and role is None):
        raise FormRefused("forbidden", f"角色 {_word(role)} 不能做“{taken.title}”")
    if form.state not in taken.states:
        state = definition.state(form.state).title
        raise FormRefused("wrong_state", f"表单现在是“{state}”，不能做“{taken.title}”{_who_moved(definition, form)}")
    if role is not None and by in others(definition, form, taken):
        raise FormRefused("same_person", f"“{taken.title}”须由另一人来做：{by} 已经办理过这张表单的前一步")
    return taken


def others(definition: FormDef, form: Form, step: StepDef) -> set[str]:
    """Who may not take the step, because four eyes are asked for."""
    barred: set[str] = set()
    for code in step.other_than.split():
        sets = set(definition.sets if code == BEGIN else definition.step(code).sets)
        for moved in form.moves:
            if moved.step == code or (moved.step == EDIT and sets & moved.fields.keys()):
                barred.add(moved.by)
    return barred


def steps_open(definition: FormDef, form: Form, by: str, role: Role) -> list[StepDef]:
    """The steps that person may take now; fields may still be missing."""
    return [
        step
        for step in _from(definition, form.state)
        if step.source != "station" and role in step.roles and by not in others(definition, form, step)
    ]


def missing(definition: FormDef, values: Mapping[str, Any], step: StepDef) -> list[str]:
    """Keys that are still to be filled for the step."""
    return _missing(definition, values, step.needs, step.sets)


def editable(definition: FormDef, form: Form, role: Role) -> list[str]:
    """Keys a person of that role may change now, in the order of the declaration."""
    keys = {key for step in _from(definition, form.state) if role in step.roles for key in step.sets}
    return [field.key for field in definition.fields if field.key in keys and not field.filled]


def due_at(definition: FormDef, state: str, priority: str, now: Instant) -> Instant | None:
    """When a form that comes into that state now is overdue; None: never."""
    declared = definition.state(state)
    limit = declared.limit_s.get(priority, declared.limit_s.get(""))
    return None if declared.final or limit is None else now + seconds(limit)


def step_title(definition: FormDef, step: str) -> str:
    """Also of steps an older declaration had."""
    try:
        return definition.step(step).title
    except KeyError:
        return OWN_STEPS.get(step, step)


def note_text(note: str) -> str:
    return UNFIT_LINES.sub(" ", note).strip()[:LONGEST_NOTE]


# inside


def _from(definition: FormDef, state: str) -> Iterable[StepDef]:
    return (step for step in definition.steps if state in step.states)


def _word(role: Role | None) -> str:
    return STATION_ROLE if role is None else role.value


def _who_moved(definition: FormDef, form: Form) -> str:
    last = next((m for m in reversed(form.moves) if m.before != m.after and m.step != BEGIN), None)
    return "" if last is None else f"；{last.by} 已做过“{step_title(definition, last.step)}”"


def _files(form: Form) -> set[str]:
    return {one.file for one in form.attachments}


def _kept(before: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    values = {**before, **given}
    return {key: value for key, value in values.items() if value is not None}


def _only(definition: FormDef, given: Mapping[str, Any], allowed: Collection[str], when: str) -> None:
    for key in given:
        field = definition.field_named(key)
        if field.filled:
            raise FormRefused("bad_field", f"“{field.title}”由站填写，不能由人修改", (key,))
        if key not in allowed:
            raise FormRefused("bad_field", f"{when}不能填写“{field.title}”", (key,))


def _nothing_hidden(definition: FormDef, given: Mapping[str, Any], values: Mapping[str, Any]) -> None:
    for key, value in given.items():
        field = definition.field_named(key)
        if not is_empty(value) and not is_shown(field, values):
            assert field.show_if is not None
            asked = definition.field_named(field.show_if[0])
            wanted = "、".join(_said(asked, word) for word in field.show_if[1])
            raise FormRefused("bad_field", f"“{field.title}”只在“{asked.title}”为 {wanted} 时填写，请清空", (key,))


def _said(field: FieldDef, word: str) -> str:
    return {"true": "是", "false": "否"}.get(word, "") or field.choices.get(word, word)


def _nothing_missing(definition: FormDef, values: Mapping[str, Any], needs: Sequence[str], sets: Sequence[str]) -> None:
    keys = _missing(definition, values, needs, sets)
    if keys:
        titles = "、".join(definition.field_named(key).title for key in keys)
        raise FormRefused("missing_fields", f"还没有填写：{titles}", keys)


def _missing(definition: FormDef, values: Mapping[str, Any], needs: Sequence[str], sets: Sequence[str]) -> list[str]:
    wanted = {*needs, *(field.key for field in definition.fields if field.required and field.key in sets)}
    return [
        field.key
        for field in definition.fields
        if field.key in wanted and is_shown(field, values) and is_empty(values.get(field.key))
    ]

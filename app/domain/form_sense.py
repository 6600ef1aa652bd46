"""Does a form's declaration hold together (定义自洽)? Names that exist, states that are reached and left, fields somebody can
fill. Both sides, pure."""

from collections.abc import Collection, Iterable, Iterator

from app.domain.form import FieldDef, FieldType, FormDef, StepDef
from app.domain.form_step import OWN_STEPS
from app.domain.settings.section import WrongSetting

TAKEN = (*OWN_STEPS, "attachments", "step")
"""Names of the history and of the API that no step may have."""


def senseless(definition: FormDef) -> list[WrongSetting]:
    """Everything that could never work, as faults: `path` is `field#0`, `state#2`, `step#1` or ""."""
    return [*_names(definition), *_fields(definition), *_steps(definition), *_ways(definition)]


def _names(definition: FormDef) -> Iterator[WrongSetting]:
    yield from _unique("field", "key", [one.key for one in definition.fields])
    yield from _unique("state", "code", [one.code for one in definition.states])
    yield from _unique("step", "code", [one.code for one in definition.steps])
    states = {state.code for state in definition.states}
    if definition.start not in states:
        yield WrongSetting("", "start", f"没有状态 {definition.start}", "应为某个 [[state]] 的 code")
    yield from _known("", definition, definition.sets, definition.needs)


def _unique(table: str, key: str, codes: list[str]) -> Iterator[WrongSetting]:
    for number, code in enumerate(codes):
        if code in codes[:number]:
            yield WrongSetting(f"{table}#{number}", key, f"{code} 重复", "不能重复")


def _fields(definition: FormDef) -> Iterator[WrongSetting]:
    by_key = {field.key: field for field in definition.fields}
    settable = {*definition.sets, *(key for step in definition.steps for key in step.sets)}
    for number, field in enumerate(definition.fields):
        path = f"field#{number}"
        yield from _shape(path, "", field)
        for column in field.columns:
            yield from _shape(path, f"列 {column.key}：", column)
            if column.type in (FieldType.TABLE, FieldType.FILES) or column.show_if is not None or column.filled:
                yield WrongSetting(path, "columns", f"列 {column.key} 的类型或 show_if、filled 不能用在表格里", "应为普通字段")
        yield from _unique_columns(path, field)
        if field.filled and field.required:
            yield WrongSetting(path, "required", "filled 的字段由站填写", "请去掉 required，需要时写在步骤的 needs 里")
        if not field.filled and field.key not in settable:
            yield WrongSetting(path, "key", f"没有步骤能填写 {field.key}", "应写进某个 [[step]] 的 sets，或标为 filled = true")
        if field.show_if is not None:
            yield from _condition(path, field, by_key.get(field.show_if[0]), field.show_if[1])


def _unique_columns(path: str, field: FieldDef) -> Iterator[WrongSetting]:
    keys = [column.key for column in field.columns]
    for key in sorted({key for key in keys if keys.count(key) > 1}):
        yield WrongSetting(path, "columns", f"列 {key} 重复", "不能重复")


def _shape(path: str, where: str, field: FieldDef) -> Iterator[WrongSetting]:
    choosing = field.type in (FieldType.CHOICE, FieldType.CHOICES)
    if choosing and not field.choices:
        yield WrongSetting(path, "choices", f"{where}没有可选项", '应写明可选项，如 choices = { a = "甲", b = "乙" }')
    if field.choices and not choosing:
        yield WrongSetting(path, "choices", f"{where}类型 {field.type} 没有可选项", "应为 type = “choice” 或 “choices”")
    if (field.type is FieldType.TABLE) != bool(field.columns):
        found = "表格没有列" if field.type is FieldType.TABLE else f"类型 {field.type} 没有列"
        yield WrongSetting(path, "columns", f"{where}{found}", '表格应写明列，如 columns = [{ key = "name", title = "名称" }]')


def _condition(path: str, field: FieldDef, asked: FieldDef | None, wanted: Collection[str]) -> Iterator[WrongSetting]:
    if asked is None or asked is field:
        yield WrongSetting(path, "show_if", f"没有字段 {field.show_if and field.show_if[0]}", "应为另一个字段的 key")
        return
    known: Collection[str] = asked.choices if asked.type is not FieldType.FLAG else ("true", "false")
    for word in wanted:
        if known and word not in known:
            yield WrongSetting(path, "show_if", f"{asked.key} 没有取值 {word}", f"只能用 {'、'.join(known)}")
    if not wanted:
        yield WrongSetting(path, "show_if", "没有写明取值", f'应像 show_if = {{ {asked.key} = ["…"] }}')


def _steps(definition: FormDef) -> Iterator[WrongSetting]:
    states = {state.code: state for state in definition.states}
    codes = {step.code for step in definition.steps}
    for number, step in enumerate(definition.steps):
        path = f"step#{number}"
        if step.code in TAKEN:
            yield WrongSetting(path, "code", f"{step.code} 是程序保留的名字", "请换一个")
        if not step.states:
            yield WrongSetting(path, "states", "没有写明从哪些状态开始", "应为一列状态的 code")
        for state in step.states:
            if state not in states:
                yield WrongSetting(path, "states", f"没有状态 {state}", "应为某个 [[state]] 的 code")
            elif states[state].final:
                yield WrongSetting(path, "states", f"{state} 是终态", "终态不能再离开")
        if step.to not in states:
            yield WrongSetting(path, "to", f"没有状态 {step.to}", "应为某个 [[state]] 的 code")
        yield from _hands(path, step)
        for other in step.other_than.split():
            if other not in codes and other != "begin":
                yield WrongSetting(path, "other_than", f"没有步骤 {other}", "应为别的步骤的 code，或 begin（建单）")
        yield from _known(path, definition, step.sets, step.needs)


def _hands(path: str, step: StepDef) -> Iterator[WrongSetting]:
    own = step.source == "station"
    if own and step.roles:
        yield WrongSetting(path, "roles", "由站完成的步骤写了角色", "source = “station” 的步骤不写 roles")
    if not own and not step.roles:
        yield WrongSetting(path, "roles", "没有写明谁可以做这一步", "应为一列角色，或写 source = “station”")


def _known(path: str, definition: FormDef, sets: Iterable[str], needs: Iterable[str]) -> Iterator[WrongSetting]:
    by_key = {field.key: field for field in definition.fields}
    for name, keys in (("sets", sets), ("needs", needs)):
        for key in keys:
            if key not in by_key:
                yield WrongSetting(path, name, f"没有字段 {key}", "应为某个 [[field]] 的 key")
            elif name == "sets" and by_key[key].filled:
                yield WrongSetting(path, name, f"{key} 由站填写", "filled 的字段不写在 sets 里")


def _ways(definition: FormDef) -> Iterator[WrongSetting]:
    """Every state is reached from the start, and from every one a final state is reached."""
    ends = {state.code for state in definition.states if state.final}
    if not ends:
        yield WrongSetting("", "start", "没有终态", "至少一个 [[state]] 应写 final = true")
        return
    onward: dict[str, set[str]] = {state.code: set() for state in definition.states}
    backward: dict[str, set[str]] = {state.code: set() for state in definition.states}
    for step in definition.steps:
        for state in step.states:
            if state in onward and step.to in onward:
                onward[state].add(step.to)
                backward[step.to].add(state)
    reached = _spread(onward, {definition.start} & onward.keys())
    leading = _spread(backward, ends)
    for number, one in enumerate(definition.states):
        if one.code not in reached:
            yield WrongSetting(f"state#{number}", "code", f"状态 {one.code} 永远到不了", "应有步骤通向它，或删去")
        elif one.code not in leading:
            yield WrongSetting(f"state#{number}", "code", f"从状态 {one.code} 走不到终态", "应有步骤离开它")


def _spread(ways: dict[str, set[str]], found: set[str]) -> set[str]:
    found, fresh = set(found), list(found)
    while fresh:
        for state in ways[fresh.pop()] - found:
            found.add(state)
            fresh.append(state)
    return found

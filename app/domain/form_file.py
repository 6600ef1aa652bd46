"""A form's declaration (表单定义) from TOML text: read, and checked for what could never work. Both sides, pure.

Top level: kind, title, version, number, start, creates, views, sets, needs, basis, note. `[[field]]`, `[[state]]`, `[[step]]`
hold the names of `app.domain.form`; time limits of a state are written in minutes, `limit_min = { critical = 5, other = 30 }`.
Whether the declaration holds together is asked in `form_sense`.
"""

import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from app.domain.form import FieldDef, FieldType, FormDef, StateDef, StepDef
from app.domain.form_sense import senseless
from app.domain.places import Places
from app.domain.plant import Fault
from app.domain.roles import Role
from app.domain.settings.section import Section, WrongSetting
from app.domain.tag import Priority

PRIORITIES = tuple(priority.word for priority in Priority)
OTHER = "other"
LONGEST_LIMIT_MIN = 366 * 24 * 60
_ROLES = tuple(role.value for role in Role)
_TYPES = tuple(kind.value for kind in FieldType)
_CODE = re.compile(r"[a-z][a-z0-9_]*", re.ASCII)
_PATH = re.compile(r"(\w*)(?:#(\d+))?\.?(.*)")  # of a fault: table, which one of them, what is inside it
_TOP_TABLES = ("field", "state", "step")


def read_form(file: str, data: bytes, faults: list[Fault]) -> FormDef | None:
    """None, and a fault for everything that is wrong, when it is no usable declaration."""
    try:
        text = data.decode("utf-8-sig")
        written = tomllib.loads(text)
    except UnicodeDecodeError:
        faults.append(Fault(file, 0, "", "不是 UTF-8 文字", "请用 UTF-8 保存"))
        return None
    except tomllib.TOMLDecodeError as error:
        place = re.search(r"\(at line (\d+)", str(error))
        row = int(place[1]) if place else text.count("\n") + 1
        why = str(error).split(" (at ")[0]
        faults.append(Fault(file, row, "", f"不是正确的 TOML（{why}）", "文字应放在双引号内，每行一个 键 = 值"))
        return None
    except RecursionError:
        faults.append(Fault(file, 0, "", "嵌套层数过多", "应为 TOML 格式"))
        return None
    wrong: list[WrongSetting] = []
    definition = _definition(written, wrong)
    if not wrong:
        wrong += senseless(definition)
    places = Places(text)
    for one in wrong:
        table, number, inside = _PATH.fullmatch(one.path).groups()  # type: ignore[union-attr]  # matches everything
        key = ".".join(part for part in (inside, one.key) if part)
        row = places.row(table, int(number or 0), key.partition(".")[0])
        faults.append(Fault(file, row, f"[[{table}]] {key}".strip() if table else key, one.found, one.expected))
    return None if wrong else definition


def _definition(written: Mapping[str, Any], wrong: list[WrongSetting]) -> FormDef:
    top = Section({key: value for key, value in written.items() if key not in _TOP_TABLES}, "", wrong)
    definition = FormDef(
        kind=_code(top, "kind"),
        title=top.text("title", required=True),
        version=top.whole("version", 1, 1, 1_000_000),
        start=top.text("start", required=True),
        fields=tuple(_each(written, "field", _field, wrong)),
        states=tuple(_each(written, "state", _state, wrong)),
        steps=tuple(_each(written, "step", _step, wrong)),
        creates=_roles(top, "creates", ()),
        views=_roles(top, "views", _ROLES),
        basis=top.text("basis"),
        number=top.text("number", required=True),
        note=top.text("note"),
        sets=top.texts("sets"),
        needs=top.texts("needs"),
    )
    top.done()
    return definition


def _each(written: Mapping[str, Any], name: str, read: Callable[[Section], Any], wrong: list[WrongSetting]) -> Sequence[Any]:
    tables = written.get(name, [])
    if not isinstance(tables, list):
        wrong.append(WrongSetting(name, "", "不是一列段", f"每一个应以 [[{name}]] 开头"))
        return []
    found = []
    for number, table in enumerate(tables):
        section = Section(table, f"{name}#{number}", wrong)
        found.append(read(section))
        section.done()
    return found


def _field(section: Section) -> FieldDef:
    kind = FieldType(section.choice("type", FieldType.TEXT.value, _TYPES))
    low, high = (_number(section, key) for key in ("low", "high"))
    if low is not None and high is not None and low > high:
        section.fault("low", f"= {low:g} 大于 high = {high:g}", "下限应不大于上限")
    return FieldDef(
        key=_code(section, "key"),
        title=section.text("title", required=True),
        type=kind,
        choices=_words(section, "choices"),
        unit=section.text("unit"),
        help=section.text("help"),
        filled=section.flag("filled", False),
        required=section.flag("required", False),
        low=low,
        high=high,
        longest=section.whole("longest", 2000, 1, 20_000),
        columns=_columns(section),
        show_if=_show_if(section),
        group=section.text("group"),
    )


def _columns(section: Section) -> tuple[FieldDef, ...]:
    found = []
    for column in section.tables("columns"):
        found.append(_field(column))
        column.done()
    return tuple(found)


def _show_if(section: Section) -> tuple[str, tuple[str, ...]] | None:
    table = section.table("show_if")
    names = table.names()
    if not names:
        return None
    if len(names) > 1:
        section.fault("show_if", f"写了 {len(names)} 个字段", '应只有一个，如 show_if = { site_result = ["true"] }')
    return names[0], table.texts(names[0])


def _state(section: Section) -> StateDef:
    limits = section.table("limit_min")
    found = {}
    for word in (*PRIORITIES, OTHER):
        if word in limits:
            minutes = limits.number(word, 0.0, 0.0, LONGEST_LIMIT_MIN, "分钟数")
            found["" if word == OTHER else word] = minutes * 60
    for key in limits.names():
        if key not in (*PRIORITIES, OTHER):
            section.fault("limit_min", f"不认识 {key}", f"只能用 {'、'.join((*PRIORITIES, OTHER))}")
    return StateDef(_code(section, "code"), section.text("title", required=True), section.flag("final", False), found)


def _step(section: Section) -> StepDef:
    source = section.choice("source", "person", ("person", "station"))
    return StepDef(
        code=_code(section, "code"),
        title=section.text("title", required=True),
        states=section.texts("states"),
        to=section.text("to", required=True),
        roles=_roles(section, "roles", ()),
        sets=section.texts("sets"),
        needs=section.texts("needs"),
        other_than=" ".join(section.texts("other_than")),
        effect=section.text("effect"),
        source=source,
        danger=section.flag("danger", False),
    )


def _code(section: Section, key: str) -> str:
    text = section.text(key, required=True)
    if text and not _CODE.fullmatch(text):
        section.fault(key, f"= {text!r} 不对", "应为小写英文字母开头，只含小写字母、数字和下划线")
    return text


def _roles(section: Section, key: str, default: Sequence[str]) -> frozenset[Role]:
    return frozenset(Role(word) for word in section.texts(key, default, _ROLES))


def _words(section: Section, key: str) -> Mapping[str, str]:
    table = section.table(key)
    return {code: table.text(code, required=True) for code in table.names()}


def _number(section: Section, key: str) -> float | None:
    return section.number(key, 0.0, -1e15, 1e15) if key in section else None

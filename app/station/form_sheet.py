"""A form as it goes on paper and into Excel (表单打印内容): plain texts in order, times local. Station side, pure.

The same content for `resources/print/form.typ` and `sheets`.
"""

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from app.domain.form import FieldDef, FieldType, Form, FormDef
from app.domain.form_step import STATION_ROLE, step_title
from app.domain.form_values import is_empty, is_shown
from app.domain.instant import Instant, from_rfc3339, to_datetime
from app.domain.policy import PRIORITY_WORDS
from app.domain.roles import Role

ROLE_WORDS = {
    Role.VIEWER: "查看",
    Role.OPERATOR: "值班员",
    Role.SUPERVISOR: "值班主管",
    Role.ENGINEER: "工程师",
    Role.ADMIN: "系统管理员",
    Role.SECURITY: "安全管理员",
    Role.AUDITOR: "审计员",
}
SHORT = 24  # characters; a longer text takes the whole width
HASH_PIECE = 16
MOST_SIGNATURES = 4


def sheet_of(definition: FormDef, form: Form, site: str, zone: ZoneInfo, now: Instant, printed_by: str) -> dict[str, Any]:
    """`head`: pairs; `groups`: title, `rows` of title, value, wide, and `tables` of title, head, rows; `history`: time, step,
    person, note; `attachments`: number, name, size, hash; `signatures`: what for, and who."""
    state = definition.state(form.state)
    due = "" if form.due_at is None else local(form.due_at, zone)
    head = [
        ("编号", form.number),
        ("状态", state.title),
        ("建立时间", local(form.created_at, zone)),
        ("建立人", _person(form.created_by)),
        ("优先级", PRIORITY_WORDS.get(form.priority, "—")),
        ("办理时限", due or "—"),
    ]
    return {
        "site": site,
        "title": definition.title,
        "subtitle": form.title,
        "number": form.number,
        "head": head,
        "groups": _groups(definition, form, zone),
        "history": [
            (local(move.at, zone), step_title(definition, move.step), _who(move.by, move.role), move.note)
            for move in form.moves
        ],
        "attachments": [
            (str(number), one.name, size_text(one.size), _pieces(one.sha256))
            for number, one in enumerate(form.attachments, start=1)
        ],
        "signatures": _signatures(definition, form),
        "basis": definition.basis,
        "printed": f"打印于 {local(now, zone)}  {printed_by}",
    }


def local(at: Instant, zone: ZoneInfo) -> str:
    return to_datetime(at).astimezone(zone).strftime("%Y-%m-%d %H:%M:%S")


def value_text(field: FieldDef, value: Any, form: Form, zone: ZoneInfo) -> str:
    """A value as people read it; a table is told elsewhere."""
    if is_empty(value):
        return "—"
    match field.type:
        case FieldType.FLAG:
            return "是" if value else "否"
        case FieldType.CHOICE:
            return field.choices.get(value, str(value))
        case FieldType.CHOICES:
            return "、".join(field.choices.get(one, str(one)) for one in value)
        case FieldType.TIME:
            return local(from_rfc3339(value), zone)
        case FieldType.NUMBER:
            return f"{value:g} {field.unit}".rstrip()
        case FieldType.FILES:
            names = {one.file: one.name for one in form.attachments}
            return "、".join(names.get(one, one) for one in value)
        case _:
            return f"{value} {field.unit}".rstrip()


def size_text(size: int) -> str:
    return f"{size / 1e6:.1f} MB" if size >= 1e6 else f"{max(1, round(size / 1e3))} kB"


def _groups(definition: FormDef, form: Form, zone: ZoneInfo) -> list[dict[str, Any]]:
    groups: dict[str, dict[str, Any]] = {}
    for field in definition.fields:
        value = form.fields.get(field.key)
        if not is_shown(field, form.fields) or (field.filled and is_empty(value)):
            continue
        group = groups.setdefault(field.group, {"title": field.group, "rows": [], "tables": []})
        if field.type is FieldType.TABLE and not is_empty(value):
            group["tables"].append(_table(field, value, form, zone))
            continue
        text = value_text(field, value, form, zone)
        wide = field.type in (FieldType.LONG, FieldType.FILES, FieldType.TABLE) or len(text) > SHORT
        group["rows"].append({"title": field.title, "value": text, "wide": wide})
    for group in groups.values():
        group["rows"] = _paired(group["rows"])
    return list(groups.values())


def _paired(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Two short ones stand beside each other; one left alone takes the width."""
    found: list[dict[str, Any]] = []
    alone: dict[str, Any] | None = None
    for row in rows:
        if row["wide"]:
            if alone is not None:
                alone["wide"] = True
                alone = None
        else:
            alone = row if alone is None else None
        found.append(row)
    if alone is not None:
        alone["wide"] = True
    return found


def _table(field: FieldDef, rows: Any, form: Form, zone: ZoneInfo) -> dict[str, Any]:
    return {
        "title": field.title,
        "head": [column.title for column in field.columns],
        "rows": [[value_text(column, row.get(column.key), form, zone) for column in field.columns] for row in rows],
    }


def _signatures(definition: FormDef, form: Form) -> list[tuple[str, str]]:
    """Who took each of the last steps that people take: the newest of each, in the order they were taken."""
    taken: dict[str, str] = {}
    for move in form.moves:
        if move.role != STATION_ROLE and move.before != move.after and move.before:
            taken.pop(move.step, None)
            taken[move.step] = move.by
    last: list[tuple[str, str]] = [(step_title(definition, step), _person(by)) for step, by in taken.items()]
    return last[-MOST_SIGNATURES:]


def _who(by: str, role: str) -> str:
    if role == STATION_ROLE:
        return "站" if by.startswith("@") else by
    words: Mapping[str, str] = {one.value: word for one, word in ROLE_WORDS.items()}
    return f"{by}（{words.get(role, role)}）" if role else by


def _person(by: str) -> str:
    return "站" if by.startswith("@") else by


def _pieces(text: str) -> str:
    """A long hash may be broken into lines."""
    return " ".join(text[at : at + HASH_PIECE] for at in range(0, len(text), HASH_PIECE))

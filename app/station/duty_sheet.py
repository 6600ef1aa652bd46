"""The handover sheet and the daily duty report on paper and in Excel (交接班记录、值班值守日报). Station side, pure.

The same content for `resources/print/duty.typ` and `duty_book`: parts in their order, empty tables told in one line, columns by
weight, numbers of the program left out.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from app.domain.form import FieldDef, FieldType, Form, FormDef
from app.domain.form_step import step_title
from app.domain.form_values import is_empty, is_shown
from app.domain.instant import Instant, from_rfc3339, to_datetime
from app.station.form_sheet import SHORT, local, value_text
from app.station.shift_facts import DAILY, HANDOVER

DUTY = (HANDOVER, DAILY)
_INTERNAL = {HANDOVER: ("occurrence", "form", "kind"), DAILY: ()}  # columns no reader of the paper needs
_SIGNED = {HANDOVER: ("sign_out", "sign_in"), DAILY: ("submit", "sign")}
_FIRST = {HANDOVER: "班次", DAILY: "基本情况"}
_WEIGHTS = {
    "text": 4.0, "item": 4.0, "reason": 3.5, "why": 3.5, "error": 3.5, "closed": 2.5, "note": 2.0, "at": 1.7, "until": 1.7,
    "due": 1.7, "closed_at": 1.7, "since": 2.0, "tag": 1.8, "code": 2.0, "number": 2.4, "chemicals": 2.5, "area": 2.0,
    "name": 2.0, "responsible": 2.0, "place": 2.0, "ticket": 2.0, "equipment": 1.5, "shift": 1.5, "kind": 2.0,
}  # fmt: skip
_WEIGHT = 1.2


def duty_sheet(
    definition: FormDef, form: Form, site: str, zone: ZoneInfo, now: Instant, printed_by: str, name_of: Callable[[str], str]
) -> dict[str, Any]:
    """`rows` of a part: title, value, wide; its `tables`: title, head, weights, right (numbers), rows; `nothing`: titles of
    tables without a row. `signatures`: what for, who, when."""
    groups = list(dict.fromkeys(field.group for field in definition.fields))
    first = _part(definition, form, zone, _FIRST[form.kind])
    parts = [_part(definition, form, zone, group) for group in groups if group not in (_FIRST[form.kind], "签发")]
    signed = {move.step: move for move in form.moves}
    return {
        "site": site,
        "title": definition.title,
        "subtitle": form.title,
        "number": form.number,
        "state": definition.state(form.state).title,
        "first": first,
        "parts": parts,
        "signatures": [
            (step_title(definition, step), name_of(signed[step].by), local(signed[step].at, zone))
            if step in signed
            else (step_title(definition, step), "", "")
            for step in _SIGNED[form.kind]
        ],
        "opinion": str(form.fields.get("opinion") or ""),
        "basis": definition.basis,
        "printed": f"打印于 {local(now, zone)}  {printed_by}",
    }


def _part(definition: FormDef, form: Form, zone: ZoneInfo, group: str) -> dict[str, Any]:
    rows: list[dict[str, Any]] = []
    tables: list[dict[str, Any]] = []
    nothing: list[str] = []
    for field in definition.fields:
        if field.group != group or not is_shown(field, form.fields):
            continue
        value = form.fields.get(field.key)
        if field.key == "figures":
            rows += [_figure(row, zone) for row in value or ()]
        elif field.type is FieldType.TABLE:
            if is_empty(value):
                nothing.append(field.title)
            else:
                tables.append(_table(field, value, form, zone))
        elif field.key not in ("frozen_at", "since") or not is_empty(value):
            text = value_text(field, value, form, zone)
            wide = field.type is FieldType.LONG or len(text) > SHORT
            rows.append({"title": field.title, "value": text, "wide": wide})
    return {"title": group, "rows": _filled_up(rows), "tables": tables, "nothing": nothing}


def _figure(row: Mapping[str, Any], zone: ZoneInfo) -> dict[str, Any]:
    at = f"（{_short(row['at'], zone)[6:]}）" if row.get("at") else ""
    return {"title": row.get("text", ""), "value": f"{row.get('value', '')} {row.get('unit', '')}".strip() + at, "wide": False}


def _filled_up(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Two short ones stand side by side; one left alone takes the width."""
    found: list[dict[str, Any]] = []
    open = False
    for row in rows:
        if row["wide"] and open:
            found[-1]["wide"] = True
        open = not row["wide"] and not open
        found.append(row)
    if open:
        found[-1]["wide"] = True
    return found


def _table(field: FieldDef, rows: Any, form: Form, zone: ZoneInfo) -> dict[str, Any]:
    columns = [column for column in field.columns if column.key not in _INTERNAL[form.kind]]
    filled = [column for column in columns if any(not is_empty(row.get(column.key)) for row in rows)]
    return {
        "title": field.title,
        "head": [column.title for column in filled],
        "weights": [_WEIGHTS.get(column.key, _WEIGHT) for column in filled],
        "right": [column.type is FieldType.NUMBER for column in filled],
        "rows": [[_cell(column, row.get(column.key), form, zone) for column in filled] for row in rows],
    }


def _cell(column: FieldDef, value: Any, form: Form, zone: ZoneInfo) -> str:
    if is_empty(value):
        return ""
    return _short(value, zone) if column.type is FieldType.TIME else value_text(column, value, form, zone)


def _short(text: str, zone: ZoneInfo) -> str:
    """Local, `11-21 02:40`."""
    return to_datetime(from_rfc3339(text)).astimezone(zone).strftime("%m-%d %H:%M")

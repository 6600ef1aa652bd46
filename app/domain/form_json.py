"""Forms and their declarations as JSON-able data and back: the body kept in the store, the declarations the console is given.

Both sides, pure. Reading takes the default for what is missing and passes over what it does not know: an old form stays
readable when a later program writes more.
"""

from collections.abc import Mapping
from typing import Any

from app.domain.form import Attached, FieldDef, FieldType, Form, FormDef, Moved, StateDef, StepDef
from app.domain.roles import Role


def body_of(form: Form) -> dict[str, Any]:
    """What a store keeps beside the columns of the row."""
    return {
        "version": form.version,
        "number": form.number,
        "created_by": form.created_by,
        "fields": dict(form.fields),
        "moves": [
            {
                "step": m.step, "at": m.at, "by": m.by, "role": m.role, "before": m.before, "after": m.after,
                "fields": dict(m.fields), "note": m.note,
            }
            for m in form.moves
        ],
        "attachments": [
            {"file": a.file, "name": a.name, "type": a.type, "size": a.size, "sha256": a.sha256, "by": a.by, "at": a.at}
            for a in form.attachments
        ],
    }  # fmt: skip


def moves_from(body: Mapping[str, Any]) -> tuple[Moved, ...]:
    return tuple(
        Moved(
            m["step"], m["at"], m["by"], m.get("role", ""), m.get("before", ""), m.get("after", ""), m.get("fields", {}),
            m.get("note", ""),
        )
        for m in body.get("moves", ())
    )  # fmt: skip


def attachments_from(body: Mapping[str, Any]) -> tuple[Attached, ...]:
    return tuple(
        Attached(a["file"], a["name"], a["type"], a["size"], a["sha256"], a["by"], a["at"]) for a in body.get("attachments", ())
    )


def def_to_dict(definition: FormDef) -> dict[str, Any]:
    """Names as in `app.domain.form`; sets of roles as sorted lists."""
    return {
        "kind": definition.kind,
        "title": definition.title,
        "version": definition.version,
        "start": definition.start,
        "basis": definition.basis,
        "number": definition.number,
        "note": definition.note,
        "creates": sorted(role.value for role in definition.creates),
        "views": sorted(role.value for role in definition.views),
        "sets": list(definition.sets),
        "needs": list(definition.needs),
        "fields": [_field_to_dict(field) for field in definition.fields],
        "states": [
            {"code": s.code, "title": s.title, "final": s.final, "limit_s": dict(s.limit_s)} for s in definition.states
        ],
        "steps": [
            {
                "code": s.code, "title": s.title, "states": list(s.states), "to": s.to,
                "roles": sorted(role.value for role in s.roles), "sets": list(s.sets), "needs": list(s.needs),
                "other_than": s.other_than, "effect": s.effect, "source": s.source, "danger": s.danger,
            }
            for s in definition.steps
        ],
    }  # fmt: skip


def def_from_dict(data: Mapping[str, Any]) -> FormDef:
    """The inverse of `def_to_dict`. Raises KeyError, ValueError for what is no declaration."""
    return FormDef(
        kind=data["kind"],
        title=data["title"],
        version=data["version"],
        start=data["start"],
        fields=tuple(_field_from_dict(one) for one in data["fields"]),
        states=tuple(StateDef(s["code"], s["title"], s.get("final", False), s.get("limit_s", {})) for s in data["states"]),
        steps=tuple(
            StepDef(
                s["code"], s["title"], tuple(s["states"]), s["to"], _roles(s["roles"]), tuple(s.get("sets", ())),
                tuple(s.get("needs", ())), s.get("other_than", ""), s.get("effect", ""), s.get("source", "person"),
                s.get("danger", False),
            )
            for s in data["steps"]
        ),
        creates=_roles(data.get("creates", ())),
        views=_roles(data.get("views", Role)),
        basis=data.get("basis", ""),
        number=data.get("number", ""),
        note=data.get("note", ""),
        sets=tuple(data.get("sets", ())),
        needs=tuple(data.get("needs", ())),
    )  # fmt: skip


def _roles(words: Any) -> frozenset[Role]:
    return frozenset(Role(word) for word in words)


def _field_to_dict(field: FieldDef) -> dict[str, Any]:
    return {
        "key": field.key,
        "title": field.title,
        "type": field.type.value,
        "choices": dict(field.choices),
        "unit": field.unit,
        "help": field.help,
        "filled": field.filled,
        "required": field.required,
        "low": field.low,
        "high": field.high,
        "longest": field.longest,
        "columns": [_field_to_dict(column) for column in field.columns],
        "show_if": None if field.show_if is None else [field.show_if[0], list(field.show_if[1])],
        "group": field.group,
    }


def _field_from_dict(data: Mapping[str, Any]) -> FieldDef:
    show_if = data.get("show_if")
    return FieldDef(
        key=data["key"],
        title=data["title"],
        type=FieldType(data.get("type", "text")),
        choices=data.get("choices", {}),
        unit=data.get("unit", ""),
        help=data.get("help", ""),
        filled=data.get("filled", False),
        required=data.get("required", False),
        low=data.get("low"),
        high=data.get("high"),
        longest=data.get("longest", 2000),
        columns=tuple(_field_from_dict(column) for column in data.get("columns", ())),
        show_if=None if show_if is None else (show_if[0], tuple(show_if[1])),
        group=data.get("group", ""),
    )

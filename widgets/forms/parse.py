"""What the station says of forms (JSON) as plain values: declarations, lines of the list, one form. Console side, no Qt.

The only place that knows the shape of those answers. What this version does not know is passed over; what it needs and does
not find raises ValueError.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

import msgspec

from app.domain.form import FormDef
from app.domain.wire import AlarmMsg

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a list of forms. Times RFC 3339 UTC."""

    id: int
    kind: str
    state: str
    number: str = ""
    state_title: str = ""
    subject: str = ""
    title: str = ""
    priority: str = ""
    open: bool = True
    created_at: str = ""
    created_by: str = ""
    updated_at: str = ""
    due_at: str | None = None
    overdue: bool = False


@dataclass(frozen=True, slots=True)
class MoveMsg:
    """One step that was taken. `fields`: what it set."""

    step: str
    at: str
    by: str
    step_title: str = ""
    role: str = ""
    before: str = ""
    after: str = ""
    fields: Mapping[str, Any] = field(default_factory=dict)
    note: str = ""


@dataclass(frozen=True, slots=True)
class AttachmentMsg:
    """`file` is its name in the API, `name` what people called it; `size` in bytes."""

    name: str
    file: str
    size: int = 0
    sha256: str = ""
    by: str = ""
    at: str = ""
    type: str = ""


@dataclass(frozen=True, slots=True)
class FormMsg(Entry):
    """One form as the asking person may see it. `steps`: codes that person may take now; `editable`: keys that
    person may change now; `missing`: empty fields by step."""

    version: int = 1
    fields: Mapping[str, Any] = field(default_factory=dict)
    moves: tuple[MoveMsg, ...] = ()
    steps: tuple[str, ...] = ()
    editable: tuple[str, ...] = ()
    missing: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    attachments: tuple[AttachmentMsg, ...] = ()
    occurrence: AlarmMsg | None = None


def declarations(raw: Iterable[Any]) -> dict[str, FormDef]:
    """By kind, in the order told."""
    found = (_as(one, FormDef, {"version": 1, "start": _first_state(one)}) for one in raw)
    return {one.kind: one for one in found}


def entries(raw: Iterable[Any]) -> list[Entry]:
    return [_as(one, Entry) for one in raw]


@dataclass(frozen=True, slots=True)
class RefusedMsg:
    id: int
    message: str = ""
    code: str = ""


@dataclass(frozen=True, slots=True)
class BulkMsg:
    """What became of one step on many forms."""

    done: tuple[int, ...] = ()
    refused: tuple[RefusedMsg, ...] = ()


def bulk_of(raw: Any) -> BulkMsg:
    return _as(raw, BulkMsg)


def form_of(raw: Any) -> FormMsg:
    return _as(raw, FormMsg)


def _first_state(raw: Any) -> str:
    states = raw.get("states") if isinstance(raw, dict) else None
    return str(states[0].get("code", "")) if states else ""


def _as(raw: Any, kind: type[_T], defaults: Mapping[str, Any] | None = None) -> _T:
    if not isinstance(raw, dict):
        raise ValueError(f"not an object: {raw!r:.80}")
    given = {key: value for key, value in raw.items() if value is not None}
    try:
        return msgspec.convert({**(defaults or {}), **given}, kind)
    except msgspec.ValidationError as error:
        raise ValueError(str(error)) from error

"""Forms (表单) as data: what a kind of form declares, and one form of it; the engine is in `form_step`. Both sides, pure.

A kind is declared in a file (`resources/forms/*.toml`, or `forms/*.toml` of the site package): fields with their checks,
states, steps with who may take them. One engine and one widget serve all kinds; nothing here knows alarms.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from app.domain.instant import Instant
from app.domain.roles import Role


class FieldType(StrEnum):
    TEXT = "text"
    LONG = "long"  # several lines
    NUMBER = "number"
    TIME = "time"  # RFC 3339 UTC
    DATE = "date"  # 2026-11-21
    FLAG = "flag"
    CHOICE = "choice"
    CHOICES = "choices"  # several of a list
    PERSON = "person"
    FILES = "files"  # names of attachments
    TABLE = "table"  # rows of `columns`


@dataclass(frozen=True, slots=True)
class FieldDef:
    """`filled`: the station fills it in and people cannot change it. `choices`: code to word. `show_if`: another field must
    have one of these values (as text)."""

    key: str
    title: str
    type: FieldType = FieldType.TEXT
    choices: Mapping[str, str] = field(default_factory=dict)
    unit: str = ""
    help: str = ""
    filled: bool = False
    required: bool = False  # at every step that may set it
    low: float | None = None
    high: float | None = None
    longest: int = 2000
    columns: tuple["FieldDef", ...] = ()
    show_if: tuple[str, tuple[str, ...]] | None = None
    group: str = ""  # heading under which it stands


@dataclass(frozen=True, slots=True)
class StateDef:
    """`final`: nothing is due any more. `limit_s`: seconds until overdue, by priority word ("" for every other)."""

    code: str
    title: str
    final: bool = False
    limit_s: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StepDef:
    """`sets`: fields that may be given with the step; `needs`: fields that must be filled then. `other_than`: the person must
    not be who took that earlier step (four eyes), nor have edited what it sets; several divided by blanks, `begin` is who began
    the form, "" none. `effect`: what the station does with it in the same transaction.
    `source`: "person", or "station" for a step only the station itself takes. `danger`: ask again before it is done."""

    code: str
    title: str
    states: tuple[str, ...]
    to: str
    roles: frozenset[Role]
    sets: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    other_than: str = ""
    effect: str = ""
    source: str = "person"
    danger: bool = False


@dataclass(frozen=True, slots=True)
class FormDef:
    """One kind. `start`: the state a new form is in; `creates`: the roles that may begin one by hand (empty: only the
    station); `sets`, `needs`: fields that may and must be given then. `basis`: the rule it follows, and what of it is a default
    of ours. `views`: roles that may read it. `number`: what its numbers begin with."""

    kind: str
    title: str
    version: int
    start: str
    fields: tuple[FieldDef, ...]
    states: tuple[StateDef, ...]
    steps: tuple[StepDef, ...]
    creates: frozenset[Role] = frozenset()
    views: frozenset[Role] = frozenset(Role)
    basis: str = ""
    number: str = ""  # prefix of the number people see: 处置-20261121-0007
    note: str = ""
    sets: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()

    def state(self, code: str) -> StateDef:
        """A state that only an older declaration had stands under its code, and is open."""
        for one in self.states:
            if one.code == code:
                return one
        return StateDef(code, code)

    def step(self, code: str) -> StepDef:
        """Raises KeyError."""
        for one in self.steps:
            if one.code == code:
                return one
        raise KeyError(code)

    def field_named(self, key: str) -> FieldDef:
        """Raises KeyError."""
        for one in self.fields:
            if one.key == key:
                return one
        raise KeyError(key)


@dataclass(frozen=True, slots=True)
class Moved:
    """One step that was taken: who, when, from where to where, and the fields it set (old values are in the steps before)."""

    step: str
    at: Instant
    by: str
    role: str
    before: str
    after: str
    fields: Mapping[str, Any] = field(default_factory=dict)
    note: str = ""


@dataclass(frozen=True, slots=True)
class Attached:
    """A file that was put to a form. `file`: its name in the store of attachments (SHA-256 and kind), `name` as the person
    called it; a field of type FILES holds such `file`s. `size` in bytes."""

    file: str
    name: str
    type: str
    size: int
    sha256: str
    by: str
    at: Instant


@dataclass(frozen=True, slots=True)
class Form:
    """One form. `id` unique over all kinds; `subject` what it is about (`occurrence:123`); `version` of the declaration it was
    begun with; `number` as people see it."""

    id: int
    kind: str
    version: int
    state: str
    subject: str
    title: str
    priority: str
    created_at: Instant
    created_by: str
    updated_at: Instant
    due_at: Instant | None = None
    fields: Mapping[str, Any] = field(default_factory=dict)
    moves: tuple[Moved, ...] = ()
    number: str = ""
    attachments: tuple[Attached, ...] = ()

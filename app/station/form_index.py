"""What is open, and what the next number is: the part of the forms kept in memory. Station side.

Begun from the store at the start; changed only by what is durable.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from app.domain.form import Form, FormDef
from app.domain.instant import Instant, to_datetime
from app.station.form_rows import form_of
from app.store.ports import Store

MOST_OPEN = 1_000_000


@dataclass(frozen=True, slots=True)
class Open:
    """One open form, without its content. `entered_at`: when it came into its present state."""

    id: int
    kind: str
    state: str
    subject: str
    title: str
    priority: str
    number: str
    updated_at: Instant
    due_at: Instant | None
    entered_at: Instant
    hazard_source: str = ""


@dataclass(frozen=True)
class FormsPast:
    """What an earlier run left: highest id, last number of each kind, open forms."""

    last_id: int = 0
    numbers: Mapping[str, str] = field(default_factory=dict)
    open: Mapping[int, Open] = field(default_factory=dict)


def read_forms(store: Store, kinds: Iterable[str]) -> FormsPast:
    """Blocking."""
    numbers = {row.kind: row.body.get("number", "") for kind in kinds for row in store.forms.find(kind=kind, limit=1)}
    rows = store.forms.find(open=True, limit=MOST_OPEN)
    return FormsPast(store.forms.last_id(), numbers, {row.id: _open(form_of(row)) for row in rows})


def _open(form: Form) -> Open:
    entered = next((move.at for move in reversed(form.moves) if move.before != move.after), form.created_at)
    return Open(
        id=form.id,
        kind=form.kind,
        state=form.state,
        subject=form.subject,
        title=form.title,
        priority=form.priority,
        number=form.number,
        updated_at=form.updated_at,
        due_at=form.due_at,
        entered_at=entered,
        hazard_source=str(form.fields.get("hazard_source", "")),
    )


class FormIndex:
    """`open` by id; `count` goes up with every change."""

    def __init__(self, open: Mapping[int, Open]) -> None:
        self.open = dict(open)
        self._by_subject: dict[str, set[int]] = {}
        for one in self.open.values():
            self._by_subject.setdefault(one.subject, set()).add(one.id)
        self.count = 0

    def put(self, definition: FormDef, form: Form) -> None:
        self.count += 1
        self._drop(form.id)
        if definition.state(form.state).final:
            return
        self.open[form.id] = _open(form)
        self._by_subject.setdefault(form.subject, set()).add(form.id)

    def about(self, subject: str, kind: str) -> list[Open]:
        """Open forms of that kind about the subject, oldest first."""
        ids = self._by_subject.get(subject, ())
        return [self.open[id] for id in sorted(ids) if self.open[id].kind == kind]

    def counts(self, now: Instant) -> dict[str, tuple[int, int]]:
        """Open and overdue by kind."""
        counts: dict[str, tuple[int, int]] = {}
        for one in self.open.values():
            open, late = counts.get(one.kind, (0, 0))
            counts[one.kind] = (open + 1, late + (one.due_at is not None and one.due_at < now))
        return counts

    def _drop(self, id: int) -> None:
        before = self.open.pop(id, None)
        if before is not None:
            ids = self._by_subject[before.subject]
            ids.discard(id)
            if not ids:
                del self._by_subject[before.subject]


class Numbers:
    """Ids over all kinds, and the numbers people see: 处置-20261121-0007, counted by kind and local day. None is given
    twice; one may be left out when its form could not be written."""

    def __init__(self, timezone: str, past: FormsPast) -> None:
        self._zone = ZoneInfo(timezone)
        self._last_id = past.last_id
        self._last: dict[str, tuple[str, int]] = {}
        for kind, number in past.numbers.items():
            day, _, count = number.partition("-")[2].partition("-")
            if count.isdigit():
                self._last[kind] = day, int(count)

    def next(self, definition: FormDef, now: Instant) -> tuple[int, str]:
        day = to_datetime(now).astimezone(self._zone).strftime("%Y%m%d")
        last_day, count = self._last.get(definition.kind, ("", 0))
        # The clock may have been set back over midnight: a later day's count goes on.
        day = max(day, last_day)
        count = count + 1 if day == last_day else 1
        self._last[definition.kind] = day, count
        self._last_id += 1
        return self._last_id, f"{definition.number}-{day}-{count:04d}"

"""What waits for the journal (待写队列的内容): entries in groups, what the journal is told of them, and how room is made.

Station side; plain data and functions. The order of writing and of showing is in `writer`.
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from app.domain.alarm import RuleState
from app.station.changes import Change, Undo
from app.station.words import Wording
from app.store.rows import ClipRow, FormRow, OccurrenceRow, Record, Written


@dataclass(slots=True)
class Entry:
    """A change, or a plain record, perhaps with states to be set right. `shown`: its event was sent as not durable. `merged`:
    so many earlier changes of the rule were given up for it. `form`, `clip`: the form, or clip, as it stands after `record`."""

    change: Change | None = None
    record: Record | None = None
    shown: bool = False
    states: Mapping[str, RuleState] = field(default_factory=dict)
    merged: int = 0
    form: FormRow | None = None
    clip: ClipRow | None = None


@dataclass(slots=True)
class Group:
    """Entries that are written together or not at all; with `done` somebody waits for them and `undos` take them back."""

    entries: list[Entry]
    done: asyncio.Future[list[Written]] | None = None
    undos: Sequence[Undo] = ()


@dataclass(frozen=True, slots=True)
class Published:
    """One change ready to be shown. `record` 0: not written yet. `event` False: its event was shown before. `newest` False:
    a later state of the rule has been shown already, not durable, and stays on the board."""

    change: Change
    record: int
    event: bool
    newest: bool = True


@dataclass(frozen=True, slots=True)
class Transaction:
    """What the journal is told at once; of a rule the last state counts, of an occurrence, form or clip the last row."""

    records: list[Record] = field(default_factory=list)
    states: dict[str, RuleState] = field(default_factory=dict)
    rows: dict[int, OccurrenceRow] = field(default_factory=dict)
    forms: dict[int, FormRow] = field(default_factory=dict)
    clips: dict[int, ClipRow] = field(default_factory=dict)


def described(entries: Iterable[Entry], wording: Wording) -> Transaction:
    made = Transaction()
    records, states, rows = made.records, made.states, made.rows
    for entry in entries:
        if entry.form is not None:
            made.forms[entry.form.id] = entry.form
        if entry.clip is not None:
            made.clips[entry.clip.id] = entry.clip
        if entry.change is None:
            assert entry.record is not None
            records.append(entry.record)
            states.update(entry.states)
            continue
        change = entry.change
        record = wording.record(change)
        records.append(replace(record, data={**record.data, "merged": entry.merged}) if entry.merged else record)
        states[change.key] = change.state
        rows.update((row.occurrence, row) for row in wording.rows(change))
    return made


def make_room(groups: Iterable[Group]) -> list[Group]:
    """Of the changes of a rule that were shown already only the newest stays, with the number of those it stands for. What a
    person did and plain records stay as they are."""
    newest: dict[str, Entry] = {}
    kept: list[Group] = []
    for group in reversed(list(groups)):
        change = group.entries[0].change
        if group.done is not None or change is None or not group.entries[0].shown:
            kept.append(group)
            continue
        [entry] = group.entries
        later = newest.get(change.key)
        if later is None:
            newest[change.key] = entry
            kept.append(group)
        else:
            later.merged += 1 + entry.merged
    kept.reverse()
    return kept

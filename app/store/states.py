"""Alarm states set right by the journal, after its tail was lost. Station side.

States are kept beside the journal in the same transaction; only a damaged file can part them. A state then says what nobody
can account for, an acknowledgement, say, whose record is gone: it goes back to what the journal says, and where the
journal does not know enough, to the louder side.
"""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, select, update

from app.domain.alarm import AlarmState, RuleState
from app.domain.instant import Instant
from app.store import tables
from app.store.statetext import state_from, state_text

_PAGE = 5000
_PROCESS = {  # active, latched, acknowledged
    AlarmState.UNACK: (True, False, False),
    AlarmState.ACKED: (True, False, True),
    AlarmState.RTNUN: (False, False, False),
    AlarmState.LUNAK: (False, True, False),
    AlarmState.LAKED: (False, True, True),
    AlarmState.NORM: (False, False, True),
}


def set_right(connection: Connection) -> list[str]:
    """Keys of the rules whose state was changed."""
    kept = {key: text for key, text in connection.execute(select(tables.rule_state.c.key, tables.rule_state.c.state))}
    changed = []
    for key, after, occurrence, at in _newest(connection, set(kept)):
        state = state_from(key, kept[key])
        right = right_state(state, after, occurrence, at)
        if right == state:
            continue
        changed.append(key)
        connection.execute(update(tables.rule_state).where(tables.rule_state.c.key == key).values(state=state_text(right)))
        if not right.acked:
            row = update(tables.occurrence).where(tables.occurrence.c.occurrence == occurrence)
            connection.execute(row.values(acked_at=None, acked_by="", state=right.shown.value))
    return sorted(changed)


def right_state(state: RuleState, after: AlarmState, occurrence: int, at: Instant) -> RuleState:
    """`after`: the state the newest record of the rule, of time `at`, left it in."""
    if after not in _PROCESS:
        return state  # an overlay: either the state has it, or without it the alarm is louder
    if state.shown is after and state.occurrence == occurrence:
        return state
    active, latched, acked = _PROCESS[after]
    same = state.occurrence == occurrence
    return replace(
        state,
        active=active,
        latched=latched,
        acked=acked,
        occurrence=occurrence,
        raised_at=state.raised_at if same else at,
        cleared_at=None if active else (state.cleared_at if same else at),
        acked_at=state.acked_at if acked else None,
        acked_by=state.acked_by if acked else "",
        note=state.note if acked else "",
        pending=False,
        elapsed=0,
        running_from=None,
        shelved_until=None,
        shelved_by="",
        shelve_reason="",
        suppressed="",
        masked_by="",
        out_of_service="",
    )


def _newest(connection: Connection, keys: set[str]) -> Iterator[tuple[str, AlarmState, int, Instant]]:
    """Of each of these rules what its newest record says."""
    c = tables.journal.c
    query = select(c.id, c.time, c.tag, c.occurrence, c.data).where(c.kind == "alarm").order_by(c.id.desc()).limit(_PAGE)
    at: int | None = None
    while keys:
        page = connection.execute(query if at is None else query.where(c.id < at)).all()
        for row in page:
            try:
                data: dict[str, Any] = json.loads(row.data)
            except ValueError:
                continue  # changed by somebody; `verify` will say so
            key, after = f"{row.tag}/{data.get('rule')}", str(data.get("after"))
            if key in keys and after in AlarmState.__members__:
                keys.discard(key)
                yield key, AlarmState[after], row.occurrence, row.time
        if len(page) < _PAGE:
            return
        at = page[-1].id

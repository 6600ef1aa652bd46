"""Past occurrences of alarms: their rows, and the search through them. Station side.

The search text lies case folded in a column of its own and is looked through by substring: two Chinese characters are a common
search, and word indexes know no such words. 250,000 rows are looked through in a fraction of a second, other filters use an
index.
"""

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, func, select

from app.domain.instant import Instant
from app.domain.kpi import Alarmed
from app.store import tables
from app.store.rows import OccurrenceRow
from app.store.texts import clean


def row_of(one: OccurrenceRow) -> dict[str, Any]:
    tag, message, note, user = clean(one.tag), clean(one.message), clean(one.note), clean(one.acked_by)
    return {
        "occurrence": one.occurrence,
        "tag": tag,
        "rule": clean(one.rule),
        "priority": clean(one.priority),
        "equipment": clean(one.equipment),
        "state": clean(one.state),
        "value": json.dumps(one.value),
        "limit": one.limit,
        "unit": clean(one.unit),
        "message": message,
        "raised_at": one.raised_at,
        "cleared_at": one.cleared_at,
        "acked_at": one.acked_at,
        "acked_by": user,
        "note": note,
        "search": "\n".join((tag, message, note, user)).casefold(),
        "announced": one.announced,
    }


def find(
    connection: Connection,
    *,
    start: Instant | None,
    end: Instant | None,
    tag: str | None,
    equipment: str | None,
    priority: str | None,
    user: str | None,
    text: str | None,
    after: int | None,
    limit: int,
) -> list[OccurrenceRow]:
    """Raised in [start, end), newest first."""
    c = tables.occurrence.c
    query = select(*(column for column in c if column.name != "search")).order_by(c.occurrence.desc()).limit(limit)
    span = [c.raised_at >= start] if start is not None else []
    if end is not None:
        span.append(c.raised_at < end)
    others = (tag, equipment, priority, user, text)
    if span and not any(others):
        # the index of times has the numbers too: found there, and only a page of rows is read
        inner = select(c.occurrence).where(*span).order_by((c.occurrence + 0).desc()).limit(limit)
        query = query.where(c.occurrence.in_(inner if after is None else inner.where(c.occurrence < after)))
    else:
        query = query.where(*span)
    for column, wanted in ((c.tag, tag), (c.equipment, equipment), (c.priority, priority), (c.acked_by, user)):
        if wanted is not None:
            query = query.where(column == clean(wanted))
    if text:
        position = func.strpos if connection.dialect.name == "postgresql" else func.instr
        query = query.where(position(c.search, clean(text).casefold()) > 0)
    if after is not None:
        query = query.where(c.occurrence < after)
    return [_occurrence(row) for row in map(dict, connection.execute(query).mappings())]


def alarmed(connection: Connection, start: Instant, end: Instant) -> list[Alarmed]:
    c = tables.occurrence.c
    columns = (c.raised_at, c.cleared_at, c.acked_at, c.tag, c.rule, c.priority, c.equipment, c.acked_by)
    heard = select(*columns).where(c.announced)
    before = heard.where(c.raised_at < start, (c.cleared_at.is_(None)) | (c.cleared_at >= start)).order_by(c.raised_at)
    within = heard.where(c.raised_at >= start, c.raised_at < end).order_by(c.raised_at)
    return [Alarmed._make(row) for query in (before, within) for row in connection.execute(query)]


def repeats(
    connection: Connection, *, tag: str, rule: str, before: int, limit: int, since: Sequence[Instant]
) -> tuple[list[OccurrenceRow], list[int]]:
    """Of one alarm: the last `limit` occurrences with a number below `before`, newest first; and how many were raised at or
    after each moment of `since`."""
    c = tables.occurrence.c
    mine = (c.tag == clean(tag)) & (c.rule == clean(rule))
    query = select(*(column for column in c if column.name != "search")).where(mine, c.occurrence < before)
    rows = [
        _occurrence(row) for row in map(dict, connection.execute(query.order_by(c.occurrence.desc()).limit(limit)).mappings())
    ]
    counts: list[int] = []
    if since:
        of_each = (func.count().filter(c.raised_at >= at) for at in since)
        counts = list(connection.execute(select(*of_each).where(mine, c.raised_at >= min(since))).one())
    return rows, counts


def _occurrence(row: dict[str, Any]) -> OccurrenceRow:
    return OccurrenceRow(**row | {"value": json.loads(row["value"])})

"""Search through the journal, newest first, within a bound of work a call. Station side.

The records are looked through in windows of numbers, backwards, growing while it goes fast; when the time of one call is used
up, what was found comes back with the place to go on from. So no filter, however odd, can make a page wait: a tag, a person or
one kind goes by an index, a short span of time by the index of times, text by looking.
"""

import json
import time
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, or_, select

from app.store import tables
from app.store.database import Database
from app.store.rows import Found, Record, Search, Word, Written
from app.store.texts import clean

WORK_S = 0.06
WINDOW = 10_000
GROWN = 1_000_000
QUICK_S = 0.008  # a window looked through in less than this makes the next one four times as wide
NARROW = 20_000  # a span of time with no more records than this is found by the index of times

_c = tables.journal.c


def search(database: Database, wanted: Search) -> Found:
    until = time.monotonic() + WORK_S
    with database.read() as connection:
        newest = connection.scalar(select(tables.head.c.last_id)) or 0
        high = newest if wanted.before is None else min(newest, wanted.before - 1)
        low = wanted.after
        if wanted.start is not None or wanted.end is not None:
            bounds = _narrow(connection, wanted)
            if bounds is not None:
                low, high = max(low, bounds[0] - 1), min(high, bounds[1])
        conditions = _conditions(database, wanted)
        rows: list[Any] = []
        window, at = WINDOW, high
        while at > low and len(rows) < wanted.limit:
            bottom = max(low, at - window)
            began = time.monotonic()
            rows += _window(connection, wanted, conditions, bottom, at, wanted.limit - len(rows))
            at = bottom if len(rows) < wanted.limit else rows[-1].id - 1
            now = time.monotonic()
            if now > until:
                break
            if now - began < QUICK_S:
                window = min(window * 4, GROWN)
        records = _written(connection, rows)
        searched_to = None if at <= low else connection.scalar(select(_c.time).where(_c.id == at))
    return Found(records, None if at <= low else at + 1, searched_to)


def _narrow(connection: Connection, wanted: Search) -> tuple[int, int] | None:
    """Smallest and largest number in a short span of time; None for a long one. An empty span is (0, 0)."""
    span = select(_c.id).where(*_time(wanted)).limit(NARROW + 1).subquery()
    low, high, count = connection.execute(select(func.min(span.c.id), func.max(span.c.id), func.count())).one()
    return None if count > NARROW else (low or 0, high or 0)


def _time(wanted: Search) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.start is not None:
        conditions.append(_c.time >= wanted.start)
    if wanted.end is not None:
        conditions.append(_c.time < wanted.end)
    return conditions


def _conditions(database: Database, wanted: Search) -> list[ColumnElement[bool]]:
    conditions = [condition.self_group() for condition in _unindexed_time(wanted)]
    if wanted.actor is not None:
        conditions += [_c.actor == clean(wanted.actor), _c.actor != ""]  # the second lets the index be used
    if wanted.tag is not None:
        conditions.append(_c.tag == clean(wanted.tag))
    if wanted.occurrence is not None:
        conditions.append(_c.occurrence == wanted.occurrence)
    conditions += [_contains(database, word) for word in wanted.words]
    return conditions


def _unindexed_time(wanted: Search) -> list[ColumnElement[bool]]:
    """The same as `_time`, written so that no engine goes by the index of times here: windows of numbers do better."""
    conditions: list[ColumnElement[bool]] = []
    if wanted.start is not None:
        conditions.append(_c.time + 0 >= wanted.start)
    if wanted.end is not None:
        conditions.append(_c.time + 0 < wanted.end)
    return conditions


def _contains(database: Database, word: Word) -> ColumnElement[bool]:
    text = clean(word.text)
    # JSON writes a quotation mark or a backslash of the text with a backslash before it
    escaped = json.dumps(text, ensure_ascii=False)[1:-1]
    places = (_c.data, escaped), (_c.tag, text), (_c.actor, text)
    coded = [func.strpos(_c.data, code) > 0 if database.is_postgres else func.instr(_c.data, code) > 0 for code in word.codes]
    if database.is_postgres:
        return or_(*(column.icontains(part, autoescape=True) for column, part in places), *coded)
    # LIKE of SQLite folds a to z itself
    return or_(*(column.contains(part, autoescape=True) for column, part in places), *coded)


def _window(
    connection: Connection, wanted: Search, conditions: Sequence[ColumnElement[bool]], bottom: int, top: int, limit: int
) -> Sequence[Any]:
    """Newest first. Of several kinds each goes by its own index; together they would be sorted, all of the window."""
    query = select(tables.journal).where(_c.id > bottom, _c.id <= top, *conditions).order_by(_c.id.desc()).limit(limit)
    if not wanted.kinds:
        return connection.execute(query).all()
    if wanted.tag is not None or wanted.actor is not None:
        return connection.execute(query.where((_c.kind + "").in_(wanted.kinds))).all()  # by the index of the tag or person
    rows = [row for kind in wanted.kinds for row in connection.execute(query.where(_c.kind == kind))]
    return sorted(rows, key=lambda row: row.id, reverse=True)[:limit]


def _written(connection: Connection, rows: Sequence[Any]) -> list[Written]:
    """With the hash before each, which the next row has when it is the neighbour."""
    hashes = {row.id: bytes(row.hash) for row in rows}
    missing = [row.id - 1 for row in rows if row.id > 1 and row.id - 1 not in hashes]
    for low in range(0, len(missing), 500):
        found = connection.execute(select(_c.id, _c.hash).where(_c.id.in_(missing[low : low + 500])))
        hashes |= {id: bytes(hash) for id, hash in found}
    return [
        Written(
            row.id,
            Record(row.time, row.kind, row.actor, row.tag, row.occurrence, json.loads(row.data)),
            hashes.get(row.id - 1, bytes(32)).hex(),
            hashes[row.id].hex(),
        )
        for row in rows
    ]

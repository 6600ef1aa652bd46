"""The outbox (发件箱) over both engines: messages are kept before they are tried, with every attempt. Station side."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Row, Select, case, delete, func, insert, select, update

from app.domain.instant import Instant
from app.domain.tag import Priority
from app.store.database import Database
from app.store.rows import OutboxCount, OutboxRow
from app.store.tables import outbox
from app.store.texts import clean

WAITING, SENT, GAVE_UP = "waiting", "sent", "gave_up"
_GRAVITY = case({priority.word: priority.value for priority in Priority}, value=outbox.c.priority, else_=9)


class StationOutbox:
    """Fills `ports.Outbox`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, rows: Sequence[OutboxRow]) -> list[OutboxRow]:
        new: list[OutboxRow] = []
        with self._database.write() as connection:
            for row in {one.key: one for one in rows}.values():
                if connection.scalar(select(outbox.c.id).where(outbox.c.key == clean(row.key))) is None:
                    id = connection.scalar(insert(outbox).values(_values(row)).returning(outbox.c.id))
                    new.append(replace(row, id=id or 0))
        return new

    def due(self, outlet: str, now: Instant, limit: int = 1) -> list[OutboxRow]:
        query = (
            select(outbox)
            .where(outbox.c.outlet == outlet, outbox.c.state == WAITING, outbox.c.next_try_at <= now)
            .order_by(_GRAVITY, outbox.c.id)
            .limit(limit)
        )
        return self._read(query)

    def move(self, row: OutboxRow) -> None:
        kept = _values(row)
        changed = {name: kept[name] for name in ("state", "attempts", "next_try_at", "done_at", "detail")}
        with self._database.write() as connection:
            connection.execute(update(outbox).where(outbox.c.id == row.id).values(changed))

    def find(
        self,
        state: str | None = None,
        outlet: str | None = None,
        person: str | None = None,
        start: Instant | None = None,
        end: Instant | None = None,
        text: str | None = None,
        after: int | None = None,
        limit: int = 200,
    ) -> list[OutboxRow]:
        query: Select[Any] = select(outbox)
        for column, wanted in ((outbox.c.state, state), (outbox.c.outlet, outlet), (outbox.c.person, person)):
            if wanted is not None:
                query = query.where(column == wanted)
        if start is not None:
            query = query.where(outbox.c.created_at >= start)
        if end is not None:
            query = query.where(outbox.c.created_at < end)
        for word in (text or "").split():
            query = query.where(outbox.c.body.contains(clean(word), autoescape=True))
        if after is not None:
            query = query.where(outbox.c.id < after)
        return self._read(query.order_by(outbox.c.id.desc()).limit(limit))

    def since(self, at: Instant) -> list[OutboxRow]:
        return self._read(select(outbox).where(outbox.c.created_at >= at, outbox.c.kind == "alarm").order_by(outbox.c.id))

    def counts(self) -> dict[str, OutboxCount]:
        query = select(
            outbox.c.outlet,
            func.count().filter(outbox.c.state == WAITING),
            func.min(outbox.c.created_at).filter(outbox.c.state == WAITING),
            func.max(outbox.c.done_at).filter(outbox.c.state == SENT),
        ).group_by(outbox.c.outlet)
        with self._database.read() as connection:
            return {name: OutboxCount(waiting, oldest, sent) for name, waiting, oldest, sent in connection.execute(query)}

    def purge(self, before: Instant) -> int:
        with self._database.write() as connection:
            gone = delete(outbox).where(outbox.c.created_at < before, outbox.c.state != WAITING)
            return connection.execute(gone).rowcount

    def _read(self, query: Select[Any]) -> list[OutboxRow]:
        with self._database.read() as connection:
            return [_row(row) for row in connection.execute(query)]


def _values(row: OutboxRow) -> dict[str, Any]:
    return {
        "key": clean(row.key),
        "created_at": row.created_at,
        "kind": row.kind,
        "priority": row.priority,
        "outlet": clean(row.outlet),
        "person": clean(row.person),
        "address": clean(row.address),
        "title": clean(row.title),
        "body": clean(row.text),
        "occurrences": json.dumps([list(one) for one in row.reasons], ensure_ascii=False, separators=(",", ":")),
        "rule": clean("+".join(_rules(row.reasons))),
        "state": row.state,
        "attempts": row.attempts,
        "next_try_at": row.next_try_at,
        "done_at": row.done_at,
        "detail": clean(row.detail),
    }


def _rules(reasons: Iterable[tuple[int, str]]) -> list[str]:
    return sorted({rule for _, rule in reasons})


def _row(row: Row[*tuple[Any, ...]]) -> OutboxRow:
    reasons = tuple((int(occurrence), str(rule)) for occurrence, rule in json.loads(row.occurrences))
    return OutboxRow(
        row.key, row.created_at, row.kind, row.priority, row.outlet, row.person, row.address, row.title, row.body, reasons,
        row.next_try_at, row.state, row.attempts, row.done_at, row.detail, row.id,
    )  # fmt: skip

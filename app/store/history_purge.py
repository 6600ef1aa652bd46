"""Throwing away what is too old (清理), never what a case needs. Station side.

Two ages: samples go first, their roll-ups later. A few hundred chunks a transaction: it may be interrupted anywhere, and
writing goes on in between. The newest chunk of each tag stays, however old: a valve that has not moved for a year still has a
position.
"""

import threading
from collections.abc import Sequence

from sqlalchemy import delete, func, select, update

from app.domain.instant import Instant
from app.store import tables
from app.store.database import Database
from app.store.history_chunks import FRESH
from app.store.history_hot import AnyRow
from app.store.history_rollup import COARSE

AT_ONCE = 200


class Purge:
    def __init__(self, database: Database, turn: threading.RLock) -> None:
        self._database, self._turn = database, turn

    def run(self, before: Instant, keep: Sequence[tuple[Instant, Instant]], rollups_before: Instant) -> int:
        """Chunks whose samples went, or that went as a whole. Raises StoreUnavailable."""
        held = self._held(before, keep)
        gone = 0
        c = tables.chunk.c
        newest = select(tables.tag.c.chunk).where(tables.tag.c.chunk.is_not(None))
        after = 0
        while True:
            with self._turn, self._database.write() as connection:
                query = select(c.id, c.tag, c.stage, c.first, c.last, c.received, c.axis, c.body.is_(None).label("empty"))
                old = query.where(c.received < before, c.id > after, c.id.not_in(newest)).order_by(c.id).limit(AT_ONCE)
                rows = connection.execute(old).all()
                if not rows:
                    return gone
                after = rows[-1].id
                free = [row for row in rows if row.id not in held and not any(_touches(row, span) for span in keep)]
                whole = [row for row in free if row.received < rollups_before or row.stage == FRESH]
                thin = [row for row in free if not row.empty and row.received >= rollups_before and row.stage != FRESH]
                for row in whole:
                    for level in COARSE:
                        r = tables.rollup.c
                        key = (r.tag == row.tag, r.level == level, r.last == row.last, r.chunk == row.id)
                        connection.execute(delete(tables.rollup).where(*key))
                connection.execute(delete(tables.chunk).where(c.id.in_([row.id for row in whole])))
                less = update(tables.chunk).where(c.id.in_([row.id for row in thin]))
                connection.execute(less.values(body=None, extras=None, axis=None))
                for axis in {row.axis for row in (*whole, *thin) if row.axis is not None}:
                    used = select(c.id).where(c.axis == axis).exists()
                    connection.execute(delete(tables.axis).where(tables.axis.c.id == axis, ~used))
                gone += len(whole) + len(thin)

    def _held(self, before: Instant, keep: Sequence[tuple[Instant, Instant]]) -> set[int]:
        """What held when a kept span began: of each tag the chunk before it."""
        c = tables.chunk.c
        held: set[int] = set()
        with self._database.read() as connection:
            for start, _ in keep:
                ends = select(c.tag, func.max(c.last).label("last")).where(c.last < start).group_by(c.tag).subquery()
                query = select(c.id).join(ends, (ends.c.tag == c.tag) & (ends.c.last == c.last)).where(c.received < before)
                held.update(connection.scalars(query))
        return held


def _touches(row: AnyRow, span: tuple[Instant, Instant]) -> bool:
    return bool(row.last >= span[0] and row.first <= span[1])

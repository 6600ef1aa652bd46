"""Closing and merging (整理): what came in becomes chunks, chunks become larger ones with roll-ups. Station side.

All of it in small steps between two calls of `append`, a group of tags at a time: the work set is some megabytes whatever the
size of the plant, and no step holds the interpreter for longer than a few milliseconds, so alarms do not wait. What a job reads
is written back in one transaction at its end; a kill before that leaves everything as it was.
"""

import logging
import time
from collections.abc import Iterator, Sequence
from itertools import islice, pairwise
from typing import Any

import numpy as np
from sqlalchemy import bindparam, delete, func, insert, select, update

from app.domain.instant import HOUR, MINUTE, Instant
from app.store import tables
from app.store.database import Database
from app.store.history_build import MOST, distinct, leading, merged, row_of, shared_axis, with_room
from app.store.history_chunks import ASIDE, FRESH, Chunks, Spoilt
from app.store.history_codec import QUICK, Axis, pack_axis
from app.store.history_hot import AnyRow, block_of, group_of, records_of, tags_of
from app.store.history_rollup import COARSE
from app.store.ports import StoreUnavailable
from app.store.samples import Ints

log = logging.getLogger(__name__)

CLOSE_AFTER = 10 * MINUTE
CLOSE_AT = 150_000  # samples of a group
MERGE_AFTER = HOUR
AGAIN_S = 60.0  # after trouble
_ROWS_AT_ONCE = 200
_TAGS_A_STEP = 2
_FEW = 600  # samples of a slow tag in one merge: they go to those of the day before them, see `with_room`


class Upkeep:
    """Belongs to the historian, which holds its turn while it calls. `spoilt`: see `history_chunks`."""

    def __init__(
        self, database: Database, spoilt: dict[int, Spoilt], close_after: Instant, close_at: int, merge_after: Instant
    ) -> None:
        self._database, self._spoilt = database, spoilt
        self._close_after, self._close_at, self._merge_after = close_after, close_at, merge_after
        self._waiting: dict[int, tuple[int, Instant]] = {}  # of a group: samples, receive time of the first
        self._fresh: dict[int, Instant] = {}  # of a group: receive time of its oldest chunk that is not merged
        self._next_chunk = self._next_axis = 1
        self._work: Iterator[None] | None = None
        self._not_before = 0.0

    @property
    def waiting(self) -> int:
        """Samples that are not closed."""
        return sum(n for n, _ in self._waiting.values())

    def load(self) -> None:
        """What is in the database. Raises StoreUnavailable."""
        hot, chunk, axis = tables.hot.c, tables.chunk.c, tables.axis.c
        self._work = None
        with self._database.read() as connection:
            groups = connection.execute(select(hot.grp, func.sum(hot.n), func.min(hot.received)).group_by(hot.grp))
            self._waiting = {group: (int(n), since) for group, n, since in groups}
            oldest = select(chunk.tag, func.min(chunk.received)).where(chunk.stage == FRESH).group_by(chunk.tag)
            self._fresh = {}
            for tag, received in connection.execute(oldest):
                group = group_of(tag)
                self._fresh[group] = min(received, self._fresh.get(group, received))
            self._next_chunk = (connection.scalar(select(func.max(chunk.id))) or 0) + 1
            self._next_axis = (connection.scalar(select(func.max(axis.id))) or 0) + 1

    def came(self, group: int, n: int, received: Instant) -> None:
        before, since = self._waiting.get(group, (0, received))
        self._waiting[group] = (before + n, since)

    def go_on(self, now: Instant, budget_s: float) -> bool:
        """For about so long; ends when nothing is due. True: it is behind. Trouble of the store is logged, and tried again
        later."""
        began = time.perf_counter()
        if began < self._not_before:
            return False
        try:
            while time.perf_counter() - began < budget_s:
                if self._work is None:
                    self._work = self._due(now)
                    if self._work is None:
                        return False
                if next(self._work, self) is self:
                    self._work = None
                time.sleep(0)  # whoever waits for the interpreter has it now
        except StoreUnavailable as trouble:
            # the samples themselves are safe
            log.warning("历史数据暂时不能整理, 稍后再试: %s", trouble)
            self._not_before = time.perf_counter() + AGAIN_S
            self.load()
            return False
        return self._is_behind(now)

    def finish(self, merge: bool) -> None:
        """Closes everything, and merges everything if wanted. Raises StoreUnavailable."""
        self.load()
        while self._waiting:
            for _ in self._close(next(iter(self._waiting))):
                pass
        while merge and self._fresh:
            for _ in self._merge(next(iter(self._fresh))):
                pass

    def _due(self, now: Instant) -> Iterator[None] | None:
        for group, (n, since) in self._waiting.items():
            # abs: a clock set back must not put the closing off for as long
            if n >= self._close_at or abs(now - since) >= self._close_after:
                return self._close(group)
        for group, oldest in self._fresh.items():
            if abs(now - oldest) >= self._merge_after:
                return self._merge(group)
        return None

    def _is_behind(self, now: Instant) -> bool:
        """Something has been due for as long as it takes to become due."""
        at, close, merge = 2 * self._close_at, 2 * self._close_after, 2 * self._merge_after
        return any(n >= at or abs(now - since) >= close for n, since in self._waiting.values()) or any(
            abs(now - oldest) >= merge for oldest in self._fresh.values()
        )

    # closing

    def _close(self, group: int) -> Iterator[None]:
        hot = tables.hot
        rows, count = [], 0
        with self._database.read() as connection:
            columns = (hot.c.id, hot.c.n, hot.c.received, hot.c.body, hot.c.extras)
            for row in connection.execute(select(*columns).where(hot.c.grp == group).order_by(hot.c.id)):
                rows.append(row)
                count += row.n
                if count >= 2 * self._close_at:
                    break
        if not rows:
            del self._waiting[group]
            return
        ids = [row.id for row in rows]
        received = max(row.received for row in rows)
        yield
        records, extras, damaged = records_of(rows)
        lost = [row.received for row in damaged]
        del rows
        order = np.lexsort((records["source"], records["tag"]))  # stable: equal times keep the order of arrival
        tags = records["tag"][order]
        block = block_of(records, extras).take(order)
        del records, order
        yield
        axis, places = shared_axis(block.source, block.receive)
        body = None if axis is None else pack_axis(axis, QUICK)
        number = self._next_axis
        yield
        chunks: list[dict[str, Any]] = []
        cuts = [0, *(np.flatnonzero(np.diff(tags)) + 1).tolist(), len(tags)] if len(tags) else []
        for at, (low, high) in enumerate(pairwise(cuts)):
            for begin in range(low, high, MOST):
                part = np.arange(begin, min(begin + MOST, high))
                chunks.append(
                    {
                        **row_of(block.take(part), None if places is None else places[part], QUICK),
                        "id": self._next_chunk + len(chunks),
                        "tag": int(tags[low]),
                        "stage": FRESH,
                        "axis": None if axis is None else number,
                        "minutes": None,
                    }
                )
            if at % _TAGS_A_STEP == 0:
                yield
        newest = update(tables.tag).where(tables.tag.c.id == bindparam("of")).values(chunk=bindparam("newest"))
        rest = iter(chunks)
        with self._database.write() as connection:
            if body is not None:
                connection.execute(insert(tables.axis), {"id": number, "grp": group, "body": body})
            while some := list(islice(rest, _ROWS_AT_ONCE)):
                connection.execute(insert(tables.chunk), some)
                connection.execute(newest, [{"of": one["tag"], "newest": one["id"]} for one in some])
            for at in lost:
                add_gap(connection, at - MINUTE, at)
            for at_ in range(0, len(ids), _ROWS_AT_ONCE):
                connection.execute(delete(hot).where(hot.c.id.in_(ids[at_ : at_ + _ROWS_AT_ONCE])))
        if lost:
            log.error("历史库有 %d 行刚写入的数据已损坏, 该时段记为缺失; 请检查磁盘", len(lost))
        self._next_chunk += len(chunks)
        self._next_axis += 1
        if chunks:
            oldest = min(one["received"] for one in chunks)
            self._fresh[group] = min(oldest, self._fresh.get(group, oldest))
        left, since = self._waiting.pop(group)
        if left > count:
            self._waiting[group] = (left - count, max(since, received))

    # merging

    def _merge(self, group: int) -> Iterator[None]:
        c = tables.chunk.c
        low, high = tags_of(group)
        mine = (c.tag >= low, c.tag < high, c.stage == FRESH)
        with self._database.read() as connection:
            columns = (c.id, c.tag, c.stage, c.n, c.first, c.last, c.received, c.axis)
            fresh = connection.execute(select(*columns).where(*mine).order_by(c.tag, c.id)).all()
            if not fresh:
                del self._fresh[group]
                return
            until = min(row.received for row in fresh) + max(self._merge_after, MINUTE)
            of_tag: dict[int, list[AnyRow]] = {}
            for row in fresh:
                of_tag.setdefault(row.tag, []).append(row)
            wanted = {tag: some for tag, rows in of_tag.items() if (some := leading(rows, until))}
            for tag, rows in wanted.items():
                if sum(row.n for row in rows) < _FEW and (slow := with_room(connection, tag, rows)) is not None:
                    rows.insert(0, slow)
            yield
            chunks = Chunks(connection, self._spoilt)
            axis, moved = self._new_axis(chunks, wanted)
            yield
            made: list[dict[str, Any]] = []
            rollups: list[dict[str, Any]] = []
            gone: list[AnyRow] = []
            for at, (tag, rows) in enumerate(wanted.items()):
                pieces = [piece for _, piece in chunks.pieces(rows) if piece is not None]
                whole = {piece.id for piece in pieces}
                if pieces:
                    one, rolled = merged(tag, pieces, axis, moved)
                    one["axis"] = self._next_axis if one["axis"] else None
                    made.append(one)
                    rollups += rolled
                gone += [row for row in rows if row.id in whole]
                if at % _TAGS_A_STEP == 0:
                    yield
        bad = [row.id for rows in wanted.values() for row in rows if row.id in self._spoilt and row.stage == FRESH]
        self._replace(group, axis if any(one["axis"] for one in made) else None, made, rollups, gone, bad)

    def _new_axis(self, chunks: Chunks, wanted: dict[int, list[AnyRow]]) -> tuple[Axis | None, dict[int, Ints]]:
        """The times of all axes that are used, once; and where each of theirs stands on it."""
        numbers = sorted({row.axis for rows in wanted.values() for row in rows if row.axis is not None})
        axes = {}
        for number in numbers:
            try:
                axes[number] = chunks.axis(number)
            except ValueError as error:
                log.error("历史库的时间轴 %d 已损坏: %s", number, error)
        if not axes:
            return None, {}
        source = np.concatenate([one.source for one in axes.values()])
        receive = np.concatenate([one.receive for one in axes.values()])
        whole, places = distinct(source, receive)
        cuts = np.cumsum([len(one) for one in axes.values()])[:-1]
        return whole, dict(zip(axes, np.split(places, cuts), strict=True))

    def _replace(
        self,
        group: int,
        axis: Axis | None,
        made: list[dict[str, Any]],
        rollups: list[dict[str, Any]],
        gone: Sequence[AnyRow],
        bad: list[int],
    ) -> None:
        chunk, rollup = tables.chunk, tables.rollup
        body = None if axis is None else pack_axis(axis)
        with self._database.write() as connection:
            if body is not None:
                connection.execute(insert(tables.axis), {"id": self._next_axis, "grp": group, "body": body})
            found = 0
            for at in range(0, len(gone), _ROWS_AT_ONCE):
                ids = [row.id for row in gone[at : at + _ROWS_AT_ONCE]]
                found += connection.execute(delete(chunk).where(chunk.c.id.in_(ids))).rowcount
            if found != len(gone):
                raise StoreUnavailable("整理期间数据被清理, 重新整理")
            for row in gone:
                if row.stage != FRESH:
                    for level in COARSE:
                        key = (rollup.c.tag == row.tag, rollup.c.level == level, rollup.c.last == row.last)
                        connection.execute(delete(rollup).where(*key, rollup.c.chunk == row.id))
            for rows, table in ((made, chunk), (rollups, rollup)):
                for at in range(0, len(rows), _ROWS_AT_ONCE):
                    connection.execute(insert(table), rows[at : at + _ROWS_AT_ONCE])
            if bad:
                connection.execute(update(chunk).where(chunk.c.id.in_(bad)).values(stage=ASIDE))
            for number in {row.axis for row in gone if row.axis is not None}:
                used = select(chunk.c.id).where(chunk.c.axis == number).exists()
                connection.execute(delete(tables.axis).where(tables.axis.c.id == number, ~used))
        self._next_axis += 1
        low, high = tags_of(group)
        with self._database.read() as connection:
            c = chunk.c
            oldest = connection.scalar(select(func.min(c.received)).where(c.tag >= low, c.tag < high, c.stage == FRESH))
        if oldest is None:
            self._fresh.pop(group, None)
        else:
            self._fresh[group] = oldest


def add_gap(connection: Any, start: Instant, end: Instant) -> None:
    gap = tables.gap
    number = (connection.scalar(select(func.max(gap.c.id))) or 0) + 1
    connection.execute(insert(gap).values(id=number, start=start, end=end))

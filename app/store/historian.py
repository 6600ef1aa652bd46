"""The historian over both engines: every sample kept exactly, append-only, quick to read back. Station side.

A call of `append` writes one row: all its samples as columns (`samples.py`). Every ten minutes, or earlier when much has come,
those rows are closed: sorted by tag and written as one deflated chunk a tag. A row a sample with a key on tag and time would
write 5 kB for 27 bytes; this writes about 60 and keeps 2 to 10. A power cut may take the last seconds, never more: the alarms
do not depend on it, they are in the journal.

Where the station was off, or lost samples, a gap is kept: no old value is held across it.
"""

import logging
import threading
from collections.abc import Iterator, Sequence
from itertools import islice, pairwise

import numpy as np
from sqlalchemy import Connection, and_, bindparam, delete, func, insert, or_, select, update

from app.domain.instant import MINUTE, Instant
from app.domain.sample import Quality, Sample
from app.store import tables
from app.store.database import Database
from app.store.ports import StoreUnavailable
from app.store.reduce import reduce
from app.store.rows import Columns, Series
from app.store.samples import (
    QUALITIES,
    Block,
    Ints,
    columns,
    extras_text,
    join,
    pack_plain,
    pack_small,
    to_samples,
    unpack,
)
from app.store.schema import upgrade

log = logging.getLogger(__name__)

CLOSE_AFTER = 10 * MINUTE
CLOSE_AT = 500_000  # samples; closing takes about 100 bytes of memory for each
CHUNKS_AT_ONCE = 1000  # a row as parameters takes three times its own size
_BAD = QUALITIES.index(Quality.BAD)
_EVER = 2**62


class StationHistorian:
    """Fills `ports.Historian`. Any thread may call; one process writes. Opens its database at the first call, and again after
    trouble, so that a damaged history never keeps a station from starting."""

    def __init__(self, database: Database, close_after: Instant = CLOSE_AFTER, close_at: int = CLOSE_AT) -> None:
        self._database = database
        self._close_after = close_after
        self._close_at = close_at
        self._turn = threading.RLock()
        self._opened = False
        self._loaded = False
        self._resumed = False  # an earlier run's end has been looked for
        self._ids: dict[str, int] = {}
        self._next_batch = 1
        self._waiting = 0  # samples in batches
        self._waiting_since: Instant | None = None
        self._before: Instant | None = None  # newest receive time of an earlier run, until the first append

    # writing

    def append(self, samples: Sequence[Sample]) -> None:
        """One transaction. Raises StoreUnavailable; then none of `samples` is kept (or, should a server vanish within the
        commit, all of them: trying again may keep them twice, never lose one)."""
        if not samples:
            return
        block = columns(samples)
        with self._turn:
            self._load()
            names = [sample[0] for sample in samples]
            new = self._new_ids(names)
            ids = self._ids | new if new else self._ids
            tags = np.fromiter(map(ids.__getitem__, names), np.int32, len(names))
            received = int(block.receive.max())
            row = {
                "id": self._next_batch,
                "n": len(samples),
                "first": int(block.source.min()),
                "last": int(block.source.max()),
                "received": received,
                "tags": tags.astype("<i4", copy=False).tobytes(),
                "body": pack_plain(block),
                "extras": extras_text(block.extras),
            }
            # until the commit is confirmed, what is in the database is not known: a failure has it read again
            self._loaded = False
            with self._database.write() as connection:
                if new:
                    connection.execute(insert(tables.tag), [{"id": id, "tag": tag} for tag, id in new.items()])
                connection.execute(insert(tables.batch), row)
                if self._before is not None and received > self._before:
                    _add_gap(connection, self._before, int(block.receive.min()))
            self._loaded = True
            self._ids = ids
            self._next_batch += 1
            self._waiting += len(samples)
            self._before = None
            if self._waiting_since is None:
                self._waiting_since = received
            # abs: a clock set back must not put the closing off for as long
            if self._waiting >= self._close_at or abs(received - self._waiting_since) >= self._close_after:
                self._close_soon()

    def lost(self, start: Instant, end: Instant) -> None:
        """Samples received between `start` and `end` were lost: nothing is held across. Raises StoreUnavailable."""
        with self._turn:
            self._load()
            with self._database.write() as connection:
                _add_gap(connection, start, end)

    def purge(self, before: Instant) -> int:
        """Drops the chunks received wholly before `before`; how many. The newest chunk of each tag stays, however old: a valve
        that has not moved for a year still has a position. Raises StoreUnavailable."""
        chunk = tables.chunk
        newest = select(tables.tag.c.chunk).where(tables.tag.c.chunk.is_not(None))
        with self._turn:
            self._load()
            with self._database.write() as connection:
                return connection.execute(delete(chunk).where(chunk.c.received < before, chunk.c.id.not_in(newest))).rowcount

    def close_batches(self) -> None:
        """Sorts what came in lately into chunks. Raises StoreUnavailable; then everything stays as it was."""
        batch, chunk = tables.batch, tables.chunk
        with self._turn:
            self._load()
            with self._database.read() as connection:
                rows = connection.execute(select(batch).order_by(batch.c.id)).all()
                last = connection.scalar(select(func.max(chunk.c.id))) or 0
            if rows:
                closed = rows[-1].id
                tags = np.concatenate([np.frombuffer(row.tags, "<i4") for row in rows])
                block = join([unpack(row.body, row.extras) for row in rows])
                rows = []  # a million samples are 30 MB each time: nothing is held twice
                order = np.lexsort((block.source, tags))  # stable: equal times keep the order of arrival
                tags, block = tags[order], block.take(order)
                del order
                chunks = _chunks(tags, block, last + 1)
                newest = update(tables.tag).where(tables.tag.c.id == bindparam("of")).values(chunk=bindparam("newest"))
                with self._database.write() as connection:
                    while some := list(islice(chunks, CHUNKS_AT_ONCE)):
                        connection.execute(insert(chunk), some)
                        connection.execute(newest, [{"of": one["tag"], "newest": one["id"]} for one in some])
                    connection.execute(delete(batch).where(batch.c.id <= closed))
                del tags, block, chunks
            self._waiting, self._waiting_since = 0, None

    def _close_soon(self) -> None:
        try:
            self.close_batches()
        except StoreUnavailable as trouble:
            # the samples themselves are safe; closing is tried again with the next call
            log.warning("历史数据暂时不能整理, 稍后再试: %s", trouble)

    def _new_ids(self, names: Sequence[str]) -> dict[str, int]:
        unknown = set(names).difference(self._ids)
        return {tag: id for id, tag in enumerate(sorted(unknown), len(self._ids) + 1)} if unknown else {}

    def _open(self) -> None:
        with self._turn:
            if not self._opened:
                upgrade(self._database, "history")
                self._opened = True

    def _load(self) -> None:
        self._open()
        if self._loaded:
            return
        batch, chunk = tables.batch, tables.chunk
        with self._database.read() as connection:
            self._ids = {row.tag: row.id for row in connection.execute(select(tables.tag.c.tag, tables.tag.c.id))}
            last, waiting, received, since = connection.execute(
                select(func.max(batch.c.id), func.sum(batch.c.n), func.max(batch.c.received), func.min(batch.c.received))
            ).one()
            closed = connection.scalar(select(func.max(chunk.c.received)))
        self._next_batch = (last or 0) + 1
        self._waiting, self._waiting_since = int(waiting or 0), since
        if not self._resumed:
            self._before = max((at for at in (received, closed) if at is not None), default=None)
            self._resumed = True
        self._loaded = True

    # reading

    def raw(self, tag: str, start: Instant, end: Instant, limit: int = 100_000) -> list[Sample]:
        """Samples with a source time in [start, end), by source time, equal times in order of arrival; the first `limit`."""
        self._open()
        with self._database.read() as connection:
            id = _id_of(connection, tag)
            if id is None:
                return []
            found = join([*_closed(connection, id, start, end), _Waiting(connection, start, end).of(id)])
        order = np.argsort(found.source, kind="stable")
        low, high = np.searchsorted(found.source[order], np.array([start, end], np.int64))
        return to_samples(tag, found.take(order[low:high][:limit]))

    def reduced(
        self, tags: Sequence[str], start: Instant, end: Instant, points: int, until: Instant | None = None
    ) -> list[Series]:
        """See `reduce.py`. `until`: the present; nothing is held beyond it. Raises ValueError when the span is empty."""
        if end <= start:
            raise ValueError("结束时间必须晚于开始时间")
        self._open()
        with self._database.read() as connection:
            waiting = _Waiting(connection, -_EVER, end)
            gap = tables.gap
            gaps = connection.execute(select(gap.c.start, gap.c.end).where(gap.c.start < end).order_by(gap.c.id)).all()
            out = []
            for tag in tags:
                id = _id_of(connection, tag)
                blocks = [] if id is None else [*_closed(connection, id, start, end, state=True), waiting.of(id)]
                block = join(blocks)
                source, number, quality = _with_gaps(block, [(row.start, row.end) for row in gaps])
                out.append(reduce(tag, source, number, quality, start, end, points, until))
        return out

    def columns(self, tags: Sequence[str], start: Instant, end: Instant, state: bool = False) -> Iterator[Columns]:
        self._open()
        with self._database.read() as connection:
            waiting = _Waiting(connection, -_EVER if state else start, end)
            for tag in tags:
                id = _id_of(connection, tag)
                found = join([] if id is None else [*_closed(connection, id, start, end, state), waiting.of(id)])
                order = np.argsort(found.source, kind="stable")
                low, high = np.searchsorted(found.source[order], np.array([start, end], np.int64))
                order = order[max(low - state, 0) : high]
                yield Columns(tag, found.source[order], found.receive[order], found.number[order], found.quality[order])

    def at(self, tags: Sequence[str], moment: Instant) -> dict[str, Sample]:
        self._open()
        out: dict[str, Sample] = {}
        with self._database.read() as connection:
            waiting = _Waiting(connection, -_EVER, moment + 1)
            for tag in tags:
                id = _id_of(connection, tag)
                found = join([] if id is None else [*_closed(connection, id, moment, moment + 1, True), waiting.of(id)])
                seen = np.flatnonzero(found.source <= moment)
                if len(seen):
                    last = seen[np.flatnonzero(found.source[seen] == found.source[seen].max())[-1:]]
                    out[tag] = to_samples(tag, found.take(last))[0]
        return out

    def gaps(self, start: Instant, end: Instant) -> list[tuple[Instant, Instant]]:
        self._open()
        gap = tables.gap
        query = select(gap.c.start, gap.c.end).where(gap.c.start < end, gap.c.end > start).order_by(gap.c.start, gap.c.id)
        with self._database.read() as connection:
            return [(row.start, row.end) for row in connection.execute(query)]

    def last(self) -> dict[str, Sample]:
        """Newest by source time among the latest that arrived (what is not closed, else the latest chunk)."""
        self._open()
        tag, chunk = tables.tag, tables.chunk
        out: dict[str, Sample] = {}
        with self._database.read() as connection:
            waiting = _Waiting(connection, -_EVER, _EVER)
            names = {row.id: row.tag for row in connection.execute(select(tag.c.id, tag.c.tag))}
            present = set(np.unique(waiting.tags).tolist())
            query = select(tag.c.id, chunk.c.body, chunk.c.extras).join(chunk, chunk.c.id == tag.c.chunk)
            for id, body, extras in connection.execute(query):
                if id not in present:
                    block = unpack(body, extras)
                    out[names[id]] = to_samples(names[id], block.take(np.array([len(block) - 1])))[0]
        order = np.lexsort((waiting.block.source, waiting.tags))
        ends = np.flatnonzero(np.diff(waiting.tags[order], append=-1))
        newest = waiting.block.take(order[ends])
        for id, sample in zip(waiting.tags[order[ends]].tolist(), to_samples("", newest), strict=True):
            out[names[id]] = sample._replace(tag=names[id])
        return out


class _Waiting:
    """What is not closed yet and touches [start, end), read once for many tags."""

    def __init__(self, connection: Connection, start: Instant, end: Instant) -> None:
        batch = tables.batch
        query = select(batch.c.tags, batch.c.body, batch.c.extras).order_by(batch.c.id)
        rows = connection.execute(query.where(batch.c.last >= start, batch.c.first < end)).all()
        self.tags = np.concatenate([np.frombuffer(row.tags, "<i4") for row in rows]) if rows else np.empty(0, np.int32)
        self.block = join([unpack(row.body, row.extras) for row in rows])

    def of(self, id: int) -> Block:
        return self.block.take(np.flatnonzero(self.tags == id))


def _id_of(connection: Connection, tag: str) -> int | None:
    return connection.scalar(select(tables.tag.c.id).where(tables.tag.c.tag == tag))


def _closed(connection: Connection, id: int, start: Instant, end: Instant, state: bool = False) -> Iterator[Block]:
    """Chunks of a tag that touch [start, end), in order of arrival; with `state` also the one that holds the last sample
    before them."""
    c = tables.chunk.c
    wanted = and_(c.last >= start, c.first < end)
    if state:
        previous = (
            select(c.id).where(c.tag == id, c.last < start).order_by(c.last.desc(), c.id.desc()).limit(1).scalar_subquery()
        )
        wanted = or_(wanted, c.id == previous)
    for body, extras in connection.execute(select(c.body, c.extras).where(c.tag == id, wanted).order_by(c.id)):
        yield unpack(body, extras)


def _chunks(tags: Ints, block: Block, next_id: int) -> Iterator[dict[str, object]]:
    """`tags` in order, `block` likewise."""
    cuts = [0, *(np.flatnonzero(np.diff(tags)) + 1).tolist(), len(tags)]
    positions = np.arange(len(tags))
    plain = Block(block.source, block.receive, block.number, block.status)
    extras = sorted(block.extras)
    starts = np.searchsorted(np.array(extras, np.int64), np.array(cuts)).tolist()
    for number, (low, high) in enumerate(pairwise(cuts)):
        part = plain.take(positions[low:high])
        beside = {at - low: block.extras[at] for at in extras[starts[number] : starts[number + 1]]}
        yield {
            "id": next_id + number,
            "tag": int(tags[low]),
            "first": int(part.source[0]),
            "last": int(part.source[-1]),
            "received": int(part.receive.max()),
            "body": pack_small(part),
            "extras": extras_text(beside),
        }


def _add_gap(connection: Connection, start: Instant, end: Instant) -> None:
    gap = tables.gap
    number = (connection.scalar(select(func.max(gap.c.id))) or 0) + 1
    connection.execute(insert(gap).values(id=number, start=start, end=end))


def _with_gaps(block: Block, gaps: Sequence[tuple[Instant, Instant]]) -> tuple[Ints, np.ndarray, np.ndarray]:
    """Source times, numbers and qualities by source time, with a bad entry where each gap begins."""
    order = np.argsort(block.source, kind="stable")
    source, number, quality = block.source[order], block.number[order], block.quality[order]
    receive = block.receive[order]
    places = []
    for start, end in gaps:
        if not len(source) or end < source[0]:
            continue
        # a field clock that is ahead puts its last sample behind the beginning of the gap
        ahead = source[(receive <= start) & (source <= end)]
        places.append(max(start, int(ahead[-1])) if len(ahead) else start)
    if places:
        marks = np.array(sorted(places), np.int64)
        at = np.searchsorted(source, marks, side="right")
        source, number = np.insert(source, at, marks), np.insert(number, at, np.nan)
        quality = np.insert(quality, at, _BAD)
    return source, number, quality

"""The historian over both engines: every sample kept exactly, append-only, quick to read back. Station side.

A call of `append` writes a row per group of tags with its samples as they are (`history_hot.py`). Some minutes later a group
is closed into one small chunk a tag, and after an hour merged into larger ones with roll-ups by the minute, ten minutes and
hour beside them (`history_upkeep.py`, `history_codec.py`, `history_rollup.py`). A row a sample with a key on tag and time would
write 5 kB for 27 bytes; this writes about 40 and keeps 1 to 2. A call that returned survives a power cut; the alarms do not
depend on it, they are in the journal.

Where the station was off, or lost samples, a gap is kept: no old value is held across it. What is damaged on the disk is seen
by its checksum, reads as a gap of bad quality, and is told of in `damage`.
"""

import logging
import threading
from collections.abc import Callable, Iterator, Sequence

import numpy as np
from sqlalchemy import func, insert, select

from app.domain.instant import Instant
from app.domain.sample import Sample
from app.store import tables
from app.store.database import Database
from app.store.history_chunks import Spoilt
from app.store.history_hot import rows_of
from app.store.history_purge import Purge
from app.store.history_read import EVER, Gap, Reading
from app.store.history_upkeep import CLOSE_AFTER, CLOSE_AT, MERGE_AFTER, Upkeep, add_gap
from app.store.rows import Columns, Damage, Series
from app.store.samples import columns, to_samples
from app.store.schema import upgrade

log = logging.getLogger(__name__)

UPKEEP_S = 0.05  # of closing and merging after each call
MOST_POINTS = 100_000


class StationHistorian:
    """Fills `ports.Historian`. Any thread may call; one process writes. Opens its database at the first call, and again after
    trouble, so that a damaged history never keeps a station from starting."""

    def __init__(
        self,
        database: Database,
        close_after: Instant = CLOSE_AFTER,
        close_at: int = CLOSE_AT,
        merge_after: Instant = MERGE_AFTER,
    ) -> None:
        self._database = database
        self._turn = threading.RLock()
        self._opened = False
        self._loaded = False
        self._resumed = False  # an earlier run's end has been looked for
        self._ids: dict[str, int] = {}
        self._next_hot = 1
        self._before: Instant | None = None  # newest receive time of an earlier run, until the first append
        self._spoilt: dict[int, Spoilt] = {}
        self._upkeep = Upkeep(database, self._spoilt, close_after, close_at, merge_after)

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
            rows = rows_of(tags, block, self._next_hot)
            received = int(block.receive.max())
            # until the commit is confirmed, what is in the database is not known: a failure has it read again
            self._loaded = False
            with self._database.write() as connection:
                if new:
                    connection.execute(insert(tables.tag), [{"id": id, "tag": tag} for tag, id in new.items()])
                connection.execute(insert(tables.hot), rows)
                if self._before is not None and received > self._before:
                    add_gap(connection, self._before, int(block.receive.min()))
            self._loaded = True
            self._ids = ids
            self._next_hot += len(rows)
            self._before = None
            for row in rows:
                self._upkeep.came(row["grp"], row["n"], row["received"])
            self._upkeep.go_on(received, UPKEEP_S)

    def tidy(self, now: Instant) -> bool:
        """See `ports.Historian`."""
        with self._turn:
            self._load()
            return self._upkeep.go_on(now, UPKEEP_S)

    def lost(self, start: Instant, end: Instant) -> None:
        """Samples received between `start` and `end` were lost: nothing is held across. Raises StoreUnavailable."""
        with self._turn:
            self._load()
            with self._database.write() as connection:
                add_gap(connection, start, end)

    def purge(self, before: Instant, keep: Sequence[Gap] = (), rollups_before: Instant | None = None) -> int:
        """See `ports.Historian`. Raises StoreUnavailable; what was done by then is done, and nothing is half done."""
        with self._turn:
            self._load()
        return Purge(self._database, self._turn).run(before, keep, before if rollups_before is None else rollups_before)

    def close_batches(self, merge: bool = False) -> None:
        """Sorts everything that came in lately into chunks, and with `merge` those into large ones. Raises StoreUnavailable."""
        with self._turn:
            self._load()
            self._upkeep.finish(merge)

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
        hot, chunk = tables.hot, tables.chunk
        with self._database.read() as connection:
            self._ids = {row.tag: row.id for row in connection.execute(select(tables.tag.c.tag, tables.tag.c.id))}
            last, received = connection.execute(select(func.max(hot.c.id), func.max(hot.c.received))).one()
            closed = connection.scalar(select(func.max(chunk.c.received)))
        self._next_hot = (last or 0) + 1
        self._upkeep.load()
        if not self._resumed:
            self._before = max((at for at in (received, closed) if at is not None), default=None)
            self._resumed = True
        self._loaded = True

    # reading

    def raw(self, tag: str, start: Instant, end: Instant, limit: int = 100_000) -> list[Sample]:
        """Samples with a source time in [start, end), by source time, equal times in order of arrival; the first `limit`."""
        start, end = _within(start), _within(end)
        self._open()
        with self._database.read() as connection:
            reading = Reading(connection, self._spoilt, start, end)
            id = reading.ids([tag]).get(tag)
            return [] if id is None or end <= start else to_samples(tag, reading.raw(id, start, end, limit))

    def reduced(
        self, tags: Sequence[str], start: Instant, end: Instant, points: int, until: Instant | None = None
    ) -> list[Series]:
        """See `reduce.py`. `until`: the present; nothing is held beyond it. Raises ValueError with a sentence when the span is
        empty or the number of points makes no sense."""
        if end <= start:
            raise ValueError("结束时间必须晚于开始时间")
        if not 1 <= points <= MOST_POINTS:
            raise ValueError(f"点数应为 1 到 {MOST_POINTS}")
        start, end = _within(start), _within(end)
        self._open()
        with self._database.read() as connection:
            reading = Reading(connection, self._spoilt, -EVER, end)
            gaps = reading.gaps(-EVER, end)
            ids = reading.ids(tags)
            return [reading.reduced(tag, ids.get(tag), start, end, points, until, gaps) for tag in tags]

    def columns(self, tags: Sequence[str], start: Instant, end: Instant, state: bool = False) -> Iterator[Columns]:
        start, end = _within(start), _within(end)
        self._open()
        with self._database.read() as connection:
            reading = Reading(connection, self._spoilt, -EVER if state else start, end)
            ids = reading.ids(tags)
            yield from reading.columns([(tag, ids.get(tag)) for tag in tags], start, end, state)

    def at(self, tags: Sequence[str], moment: Instant) -> dict[str, Sample]:
        moment = _within(moment)
        self._open()
        with self._database.read() as connection:
            reading = Reading(connection, self._spoilt, -EVER, moment + 1)
            ids = reading.ids(tags)
            return {one.tag: one for one in reading.at(list(ids.items()), moment)}

    def gaps(self, start: Instant, end: Instant) -> list[Gap]:
        self._open()
        with self._database.read() as connection:
            return Reading(connection, self._spoilt, start, end).gaps(_within(start), _within(end))

    def last(self) -> dict[str, Sample]:
        """Newest by source time among the latest that arrived (what is not closed, else the latest chunk)."""
        self._open()
        with self._database.read() as connection:
            return {one.tag: one for one in Reading(connection, self._spoilt, -EVER, EVER).last()}

    def tags(self) -> list[str]:
        self._open()
        with self._database.read() as connection:
            return list(connection.scalars(select(tables.tag.c.tag).order_by(tables.tag.c.id)))

    def check(self, tell: Callable[[int, int], None] = lambda done, total: None) -> int:
        """Raises StoreUnavailable."""
        self._open()
        with self._database.read() as connection:
            return Reading(connection, self._spoilt, -EVER, EVER).check(tell)

    def damage(self) -> list[Damage]:
        """What reading, closing and merging found damaged since the start."""
        spoilt = list(self._spoilt.values())
        if not spoilt:
            return []
        t = tables.tag.c
        with self._database.read() as connection:
            names = {row.id: row.tag for row in connection.execute(select(t.id, t.tag))}
        return [Damage(names.get(one.tag, f"#{one.tag}"), one.first, one.last, one.why) for one in spoilt]


def _within(at: Instant) -> Instant:
    """A time that fits into a database."""
    return min(max(at, -EVER), EVER)

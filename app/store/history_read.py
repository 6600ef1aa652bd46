"""Reading the history of a tag: closed chunks, what is not closed yet and gaps, put together. Station side.

One `Reading` is one moment of the database. It takes roll-ups wherever whole ones fit, and samples at the edges, in what is not
merged yet, and where slots are narrower than a minute; both give the same slots (a test compares them).
"""

from collections.abc import Callable, Iterator, Sequence

import numpy as np
from sqlalchemy import Connection, select

from app.domain.instant import HOUR, MINUTE, Instant
from app.domain.sample import Quality, Sample
from app.store import tables
from app.store.history_chunks import NOT_ROLLED, ROLLED, Chunks, Spoilt, level_word
from app.store.history_hot import AnyRow, Hot
from app.store.history_rollup import COARSE, Entries, entries_of, put_together
from app.store.reduce import reduce, slots
from app.store.rows import Columns, Series
from app.store.samples import QUALITIES, Block, join, to_samples

EVER = 2**62
MANY_TAGS_SPAN = 200 * HOUR  # so many tags times so long a span are held in memory at once
MOST_AT_ONCE = 250
_BAD = QUALITIES.index(Quality.BAD)
Gap = tuple[Instant, Instant]


class OnlyRollups(Exception):
    """The samples of a part of the span are gone; their roll-ups are there."""


class Reading:
    """`start`, `end`: everything that will be asked of it lies in there, but for what held before `start`."""

    def __init__(self, connection: Connection, spoilt: dict[int, Spoilt], start: Instant, end: Instant) -> None:
        self._connection = connection
        self._chunks = Chunks(connection, spoilt)
        self._hot = Hot(connection, start, end)

    def ids(self, tags: Sequence[str]) -> dict[str, int]:
        t = tables.tag.c
        if len(tags) > 500:
            wanted = set(tags)
            return {row.tag: row.id for row in self._connection.execute(select(t.tag, t.id)) if row.tag in wanted}
        return {row.tag: row.id for row in self._connection.execute(select(t.tag, t.id).where(t.tag.in_(tags)))}

    def gaps(self, start: Instant, end: Instant) -> list[Gap]:
        c = tables.gap.c
        query = select(c.start, c.end).where(c.start < end, c.end > start).order_by(c.start, c.id)
        return [(row.start, row.end) for row in self._connection.execute(query)]

    def check(self, tell: Callable[[int, int], None]) -> int:
        """Reads every chunk and its roll-ups, tag by tag; how many."""
        tags = list(self._connection.scalars(select(tables.tag.c.id).order_by(tables.tag.c.id)))
        count = 0
        for place, tag in enumerate(tags):
            tell(place, len(tags))
            keys = self._chunks.touching([tag], -EVER, EVER)
            count += sum(1 for _ in self._chunks.pieces(keys))
            self._chunks.minutes([key for key in keys if key.stage in ROLLED])
            for level in COARSE:
                self._chunks.coarse(tag, level, -EVER, EVER)
        return count

    # samples

    def raw(self, tag: int, start: Instant, end: Instant, limit: int) -> Block:
        """By source time; the first `limit`."""
        keys = sorted(self._chunks.touching([tag], start, end), key=lambda key: key.first)
        hot = self._hot.of(tag)
        order: list[tuple[int, Block]] = []
        count = 0
        for at, (key, piece) in enumerate(self._chunks.pieces(keys)):
            if piece is None:
                continue
            order.append((key.id, piece.block))
            # what is sure to come before everything that was not read yet
            until = min(end, keys[at + 1].first) if at + 1 < len(keys) else end
            count += int(((piece.block.source >= start) & (piece.block.source < until)).sum())
            if count >= limit and until < end and all(((b.source >= until) | (b.source < start)).sum() == 0 for _, b in order):
                break
        found = join([*(block for _, block in sorted(order, key=lambda one: one[0])), hot])
        places = np.argsort(found.source, kind="stable")
        low, high = np.searchsorted(found.source[places], np.array([start, end], np.int64))
        return found.take(places[low:high][:limit])

    def columns(self, tags: Sequence[tuple[str, int | None]], start: Instant, end: Instant, state: bool) -> Iterator[Columns]:
        """In the order given. Of a short span many tags are read at once: to ask the database costs more than to read."""
        size = max(1, min(MOST_AT_ONCE, MANY_TAGS_SPAN // max(1, end - start)))
        for at in range(0, len(tags), size):
            some = tags[at : at + size]
            blocks = self._blocks([id for _, id in some if id is not None], start, end, state)
            for name, id in some:
                yield self._columns(name, [] if id is None else blocks[id], start, end, state)

    def _columns(self, name: str, found: list[Block], start: Instant, end: Instant, state: bool) -> Columns:
        whole = found[0] if len(found) == 1 else join(found)  # mostly one chunk, of which a few samples are wanted
        if not (whole.source[1:] >= whole.source[:-1]).all():
            whole = whole.take(np.argsort(whole.source, kind="stable"))
        low, high = np.searchsorted(whole.source, np.array([start, end], np.int64))
        cut = slice(max(int(low) - state, 0), int(high))
        block = Block(whole.source[cut], whole.receive[cut], whole.number[cut], whole.status[cut])
        return Columns(name, block.source, block.receive, block.number, block.quality, block.reason)

    def _blocks(self, tags: list[int], start: Instant, end: Instant, state: bool) -> dict[int, list[Block]]:
        """In order of arrival."""
        found: dict[int, list[Block]] = {tag: [] for tag in tags}
        keys = self._chunks.touching(tags, start, end) if tags else []
        if state:
            keys = _both(keys, self._chunks.previous(tags, start))
        for key, piece in self._chunks.pieces(keys):
            if piece is not None:
                found[key.tag].append(piece.block)
        for tag, blocks in found.items():
            hot = self._hot.of(tag)
            if len(hot):
                blocks.append(hot)
        return found

    def at(self, tags: Sequence[tuple[str, int]], moment: Instant) -> Iterator[Sample]:
        """The newest sample of each at or before `moment`, where there is one."""
        name_of = {id: name for name, id in tags}
        ids = list(name_of)
        newest: dict[int, tuple[Instant, int, Block]] = {}  # source time, place in the order of arrival, the sample

        def offer(tag: int, rank: int, block: Block) -> None:
            last = int(np.searchsorted(block.source, moment, side="right")) - 1
            if last < 0:
                return
            source = int(block.source[last])
            if tag not in newest or (source, rank) > newest[tag][:2]:
                newest[tag] = (source, rank, block.take(np.array([last])))

        for some in (ids[at : at + 500] for at in range(0, len(ids), 500)):
            for key, piece in self._chunks.pieces(self._chunks.touching(some, moment, moment + 1)):
                if piece is not None:
                    offer(key.tag, key.id, piece.block)
        before = [
            key
            for key in self._chunks.previous(ids, moment)
            if key.tag not in newest or (key.last, key.id) > newest[key.tag][:2]
        ]
        for key, piece in self._chunks.pieces(before):
            if piece is not None:
                offer(key.tag, key.id, piece.block)
        for id in ids:
            hot = self._hot.of(id)
            if len(hot):
                offer(id, EVER, hot.take(np.argsort(hot.source, kind="stable")))
        for id, (_, _, block) in newest.items():
            yield to_samples(name_of[id], block)[0]

    def last(self) -> Iterator[Sample]:
        """The newest of each tag by source time among the latest that arrived: what is not closed, else the latest chunk."""
        t = tables.tag.c
        rows = self._connection.execute(select(t.id, t.tag, t.chunk)).all()
        names = {row.id: row.tag for row in rows}
        for id, block in self._hot.newest():
            yield to_samples(names.pop(id), block)[0]
        left = [row.chunk for row in rows if row.id in names and row.chunk is not None]
        c = tables.chunk.c
        for at in range(0, len(left), 500):
            keys = select(c.id, c.tag, c.stage, c.first, c.last).where(c.id.in_(left[at : at + 500]))
            for key, piece in self._chunks.pieces(self._connection.execute(keys).all()):
                if piece is not None:
                    yield to_samples(names[key.tag], piece.block.take(np.array([len(piece.block) - 1])))[0]

    # trends

    def reduced(
        self, name: str, tag: int | None, start: Instant, end: Instant, points: int, until: Instant | None, gaps: Sequence[Gap]
    ) -> Series:
        """See `reduce.py`."""
        plan = slots(start, end, points)
        if tag is None:
            return reduce(name, put_together([]), plan.edges, until)
        try:
            found = self._entries(tag, start, end, plan.level)
        except OnlyRollups:
            plan = slots(start, end, points, MINUTE)
            found = self._entries(tag, start, end, plan.level, rolled_only=True)
        found = put_together([found, self._marks(tag, found, start, end, gaps)])
        return reduce(name, found, plan.edges, until)

    def _entries(self, tag: int, start: Instant, end: Instant, level: Instant, rolled_only: bool = False) -> Entries:
        """`level` 0: samples only. Raises OnlyRollups, unless that is known."""
        low, high = (-(-start // level) * level, end // level * level) if level else (end, end)
        if low >= high:
            low = high = end
        touching = self._chunks.touching
        keys = _both(touching([tag], start, max(low, start + 1)), self._chunks.previous([tag], start))
        if low < high:
            keys = _both(keys, touching([tag], low, high, NOT_ROLLED))
            if high < end:
                keys = _both(keys, touching([tag], high, end))
        parts: list[tuple[int, Entries]] = []
        for key, piece in self._chunks.pieces(keys):
            if piece is None:
                if self._chunks.is_spoilt(key.id):
                    parts.append((key.id, _mark(key.first)))
                elif key.last >= start:
                    if not rolled_only and low >= high:
                        raise OnlyRollups
                else:
                    parts.append((key.id, self._chunks.minutes([key])[0]))
                continue
            block = piece.block
            mine = block.source < end
            if key.stage in ROLLED:
                mine &= (block.source < low) | (block.source >= high)
            parts.append((key.id, _ordered(block, mine)))
        if low < high:
            # their samples lie in no other part that is rolled up: what is not came later
            parts += [(0, one) for one in self._rolled(tag, low, high, level)]
        hot = self._hot.of(tag)
        parts.append((EVER, _ordered(hot, hot.source < end)))
        return put_together([one for _, one in sorted(parts, key=lambda part: part[0])])

    def _rolled(self, tag: int, low: Instant, high: Instant, level: Instant) -> list[Entries]:
        if level == MINUTE:
            found, damaged = self._chunks.minutes(self._chunks.touching([tag], low, high, ROLLED))
        else:
            found, damaged = self._chunks.coarse(tag, level_word(level), low, high)
        found = found.take((found.last >= low) & (found.last < high))
        return [found, *(_mark(key.first) for key in damaged)]

    def _marks(self, tag: int, found: Entries, start: Instant, end: Instant, gaps: Sequence[Gap]) -> Entries:
        """A bad entry where each gap begins: nothing is held across it."""
        if not gaps or not len(found):
            return put_together([])
        first, state = int(found.first.min()), int(np.searchsorted(found.last, start)) - 1
        since = int(found.last[state]) if state >= 0 else first  # a gap that was over by then changes nothing
        places = []
        hot = self._hot.of(tag)
        ahead = [hot]
        near = [gap for gap in gaps if gap[1] >= since]
        if near:
            keys = self._chunks.ahead(tag, near[0][0], max(gap[1] for gap in near))
            ahead += [piece.block for _, piece in self._chunks.pieces(keys) if piece is not None]
        for begin, over in near:
            # a field clock that is ahead puts its last sample behind the beginning of the gap
            place = begin
            for block in ahead:
                mine = block.source[(block.receive <= begin) & (block.source <= over)]
                place = max(place, int(mine.max())) if len(mine) else place
            if place < end and over >= first:
                places.append(place)
        marks = np.array(sorted(places), np.int64)
        return entries_of(marks, np.full(len(marks), np.nan), np.full(len(marks), _BAD, np.uint16))


def _both(keys: Sequence[AnyRow], more: Sequence[AnyRow]) -> list[AnyRow]:
    known = {key.id: key for key in (*keys, *more)}
    return [known[id] for id in sorted(known)]


def _ordered(block: Block, mine: np.ndarray) -> Entries:
    source, number, quality = block.source[mine], block.number[mine], block.quality[mine]
    if (source[1:] < source[:-1]).any():
        places = np.argsort(source, kind="stable")
        source, number, quality = source[places], number[places], quality[places]
    return entries_of(source, number, quality)


def _mark(at: Instant) -> Entries:
    return entries_of(np.array([at], np.int64), np.array([np.nan]), np.array([_BAD], np.uint16))

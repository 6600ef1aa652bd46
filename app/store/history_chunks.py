"""Reading closed chunks: which ones touch a span, what is in them, which are damaged. Station side.

Stages: a chunk is written soon after its samples came (FRESH), and merged with its neighbours later (MERGED); then it has
roll-ups. A merged chunk that reaches over days, because a clock jumped, is kept apart (WIDE), so that the search for a moment
looks at a handful of chunks and not at the year. What cannot be read is set aside (ASIDE) and never merged.
"""

from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, Select, TextClause, bindparam, select, text
from sqlalchemy.exc import DatabaseError

from app.domain.instant import DAY, Instant
from app.store import samples, tables
from app.store.history_codec import Axis, Damaged, unpack, unpack_axis
from app.store.history_rollup import COARSE, Entries, is_whole, unpack_coarse, unpack_minutes
from app.store.samples import Block, Ints

FRESH, MERGED, WIDE, ASIDE = range(4)
STAGES = (FRESH, MERGED, WIDE, ASIDE)
WIDE_SPAN = 2 * DAY
AT_ONCE = 500  # rows in one question
_AXES_KEPT = 64
AnyRow = Row[*tuple[Any, ...]]
_c = tables.chunk.c
_KEY = (_c.id, _c.tag, _c.stage, _c.first, _c.last)
ROLLED, NOT_ROLLED = (MERGED, WIDE), (FRESH, ASIDE)


def _touching(stages: tuple[int, ...]) -> TextClause:
    """As text: to put it together anew would cost ten times what it takes to answer it."""
    of_stage = (
        f"SELECT id, tag, stage, first, last FROM sample_chunk WHERE tag IN :tags AND stage = {stage} AND last >= :start"
        f" AND first < :end{' AND last < :reach' if stage == MERGED else ''}"
        for stage in stages
    )
    return text(" UNION ALL ".join(of_stage)).bindparams(bindparam("tags", expanding=True))


_TOUCHING: dict[tuple[int, ...], TextClause] = {stages: _touching(stages) for stages in (STAGES, ROLLED, NOT_ROLLED)}
_PREVIOUS = text(
    "SELECT id, tag, stage, first, last FROM sample_chunk WHERE id IN ("
    + " UNION ALL ".join(
        f"SELECT (SELECT c.id FROM sample_chunk c WHERE c.tag = t.id AND c.stage = {stage} AND c.last < :start"
        " ORDER BY c.last DESC, c.id DESC LIMIT 1) FROM sample_tag t WHERE t.id IN :tags"
        for stage in STAGES
    )
    + ")"
).bindparams(bindparam("tags", expanding=True))


@dataclass(frozen=True, slots=True)
class Spoilt:
    """A chunk that cannot be read. `why` is for the log."""

    chunk: int
    tag: int
    first: Instant
    last: Instant
    why: str


@dataclass(frozen=True, slots=True)
class Piece:
    """A chunk that was read. `places` on its axis, when it stands on one."""

    id: int
    block: Block
    axis: int | None = None
    places: Ints | None = None


class Chunks:
    """What one reader sees. `spoilt` collects what could not be read, by chunk; others go on without it."""

    def __init__(self, connection: Connection, spoilt: dict[int, Spoilt]) -> None:
        self._connection, self._spoilt = connection, spoilt
        self._axes: OrderedDict[int, Axis] = OrderedDict()

    # which

    def touching(self, tags: Sequence[int], start: Instant, end: Instant, stages: tuple[int, ...] = STAGES) -> list[AnyRow]:
        """Id, tag, stage, first and last of those that touch [start, end), in order of arrival for each tag."""
        question = _TOUCHING[stages]
        span = {"start": start, "end": end, "reach": end + WIDE_SPAN}
        found: list[AnyRow] = []
        for some in _pages(tags):
            found += self._connection.execute(question, {"tags": list(some), **span})
        return sorted(found, key=_by_id)

    def previous(self, tags: Sequence[int], start: Instant) -> list[AnyRow]:
        """Of each tag the chunk, of those wholly before `start`, that ends last."""
        found: dict[int, AnyRow] = {}
        for some in _pages(tags):
            for row in self._connection.execute(_PREVIOUS, {"tags": list(some), "start": start}):
                other = found.get(row.tag)
                if other is None or (row.last, row.id) > (other.last, other.id):
                    found[row.tag] = row
        return list(found.values())

    def ahead(self, tag: int, start: Instant, end: Instant) -> list[AnyRow]:
        """Those in which the field's clock was ahead of ours."""
        query = select(*_KEY).where(_c.tag == tag, _c.ahead > 0, _c.last > start, _c.first <= end)
        return sorted(self._connection.execute(query), key=_by_id)

    # what is in them

    def pieces(self, keys: Iterable[AnyRow]) -> Iterator[tuple[AnyRow, Piece | None]]:
        """Each with what is in it; None when only its roll-ups are kept, or when it is damaged (then it is in `spoilt`)."""
        for some in _pages(list(keys)):
            bodies = self._bodies([key.id for key in some])
            for key in some:
                yield key, self._piece(key, bodies.get(key.id))

    def _piece(self, key: AnyRow, row: AnyRow | Exception | None) -> Piece | None:
        if row is None or isinstance(row, Exception):
            self._spoil(key, "行读不出来" if row is None else str(row))
            return None
        if row.body is None:
            return None
        try:
            if row.body[:1] == b"z":  # of an earlier layout
                return Piece(key.id, samples.unpack(row.body, row.extras))
            axis = None if row.axis is None else self.axis(row.axis)
            found = unpack(row.body, row.extras, axis)
        except (ValueError, OverflowError) as error:
            self._spoil(key, str(error))
            return None
        return Piece(key.id, found.block, row.axis, found.places)

    def minutes(self, keys: Sequence[AnyRow]) -> tuple[Entries, list[AnyRow]]:
        """The roll-ups by the minute of merged chunks, chunk by chunk; and those chunks whose roll-up is damaged."""
        bodies: list[bytes] = []
        damaged: list[AnyRow] = []
        for some in _pages(keys):
            ids = [key.id for key in some]
            rows = self._fetch(select(_c.id, _c.minutes).where(_c.id.in_(ids)), _c.id, ids)
            for key in some:
                row = rows.get(key.id)
                body = None if row is None or isinstance(row, Exception) else row.minutes
                self._sift(key, body, bodies, damaged)
        return unpack_minutes(bodies), damaged

    def coarse(self, tag: int, level: int, start: Instant, end: Instant) -> tuple[Entries, list[AnyRow]]:
        """As `minutes`, of the chunks that touch [start, end)."""
        c = tables.rollup.c
        query = select(c.chunk.label("id"), c.tag, c.first, c.last, c.body)
        found = query.where(c.tag == tag, c.level == level, c.last >= start, c.first < end).order_by(c.chunk)
        bodies: list[bytes] = []
        damaged: list[AnyRow] = []
        for row in self._connection.execute(found):
            self._sift(row, row.body, bodies, damaged)
        return unpack_coarse(bodies), damaged

    def _sift(self, key: AnyRow, body: bytes | None, bodies: list[bytes], damaged: list[AnyRow]) -> None:
        if body is not None and is_whole(body):
            bodies.append(body)
        else:
            self._spoil(key, "汇总读不出来")
            damaged.append(key)

    def axis(self, id: int) -> Axis:
        """Raises Damaged."""
        if id not in self._axes:
            body = self._connection.scalar(select(tables.axis.c.body).where(tables.axis.c.id == id))
            if body is None:
                raise Damaged("时间轴缺失")
            self._axes[id] = unpack_axis(body)
            if len(self._axes) > _AXES_KEPT:
                self._axes.popitem(last=False)
        return self._axes[id]

    def _bodies(self, ids: list[int]) -> Mapping[int, AnyRow | Exception]:
        return self._fetch(select(_c.id, _c.axis, _c.body, _c.extras).where(_c.id.in_(ids)), _c.id, ids)

    def _fetch(self, query: Select[Any], key: Any, ids: list[int]) -> dict[int, AnyRow | Exception]:
        """By id. Where a page of the database is damaged, the rows one by one: only those on it are lost."""
        try:
            return {row.id: row for row in self._connection.execute(query)}
        except DatabaseError as error:
            if not _is_damage(error):
                raise
        found: dict[int, AnyRow | Exception] = {}
        for id in ids:
            try:
                for row in self._connection.execute(query.where(key == id)):
                    found[row.id] = row
            except DatabaseError as error:
                if not _is_damage(error):
                    raise
                found[id] = error
        return found

    def is_spoilt(self, chunk: int) -> bool:
        return chunk in self._spoilt

    def _spoil(self, key: AnyRow, why: str) -> None:
        self._spoilt.setdefault(key.id, Spoilt(key.id, key.tag, key.first, key.last, why))


def level_word(length: Instant) -> int:
    return next(word for word, one in COARSE.items() if one == length)


def _is_damage(error: DatabaseError) -> bool:
    """SQLITE_CORRUPT, also for what lies beside it."""
    return getattr(error.orig, "sqlite_errorcode", 0) & 0xFF == 11


def _by_id(row: AnyRow) -> int:
    return int(row.id)


def _pages(items: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for at in range(0, len(items), AT_ONCE):
        yield items[at : at + AT_ONCE]

"""Samples that just came in (热数据): rows of plain records, one per call and group of tags, cheap to write. Station side.

Groups make the closing small: a group of 128 tags is sorted and written at a time, whatever the size of the plant.
"""

import zlib
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, Row, select

from app.domain.instant import Instant
from app.store import tables
from app.store.samples import NO_EXTRAS, Block, Extras, Ints, extras_from, extras_text, join

GROUP = 128
"""Tags in a group: those with numbers 128 g + 1 to 128 g + 128. Stands in files."""

RECORD = np.dtype([("tag", "<i4"), ("source", "<i8"), ("receive", "<i8"), ("number", "<f8"), ("status", "<u2")])
Records = NDArray[np.void]
AnyRow = Row[*tuple[Any, ...]]
_GROUPS_KEPT = 8


def group_of(tag: int) -> int:
    return (tag - 1) // GROUP


def tags_of(group: int) -> tuple[int, int]:
    """The first number of a group, and the one behind its last."""
    return GROUP * group + 1, GROUP * (group + 1) + 1


def rows_of(tags: NDArray[np.int32], block: Block, next_id: int) -> list[dict[str, Any]]:
    """A row per group, in the order of arrival within each."""
    records = np.empty(len(tags), RECORD)
    records["tag"], records["source"], records["receive"] = tags, block.source, block.receive
    records["number"], records["status"] = block.number, block.status
    groups = (tags - 1) // GROUP
    if (groups == groups[0]).all():
        parts = [(int(groups[0]), np.arange(len(tags)))]
    else:
        order = np.argsort(groups, kind="stable")
        cuts = np.flatnonzero(np.diff(groups[order])) + 1
        parts = [(int(groups[places[0]]), places) for places in np.split(order, cuts)]
    rows = []
    for number, (group, places) in enumerate(parts, next_id):
        part = records[places]
        extras = extras_text(_beside(block.extras, places))
        rows.append(
            {
                "id": number,
                "grp": group,
                "n": len(part),
                "first": int(part["source"].min()),
                "last": int(part["source"].max()),
                "received": int(part["receive"].max()),
                "body": _checked(part.tobytes(), extras),
                "extras": extras,
            }
        )
    return rows


def records_of(rows: Sequence[AnyRow]) -> tuple[Records, dict[int, tuple[str | None, str]], list[AnyRow]]:
    """The rows end to end, what stands beside them, and those rows that are not what was written."""
    bodies: list[memoryview] = []
    extras: dict[int, tuple[str | None, str]] = {}
    damaged: list[AnyRow] = []
    offset = 0
    for row in rows:
        if not _is_whole(row.body, row.extras):
            damaged.append(row)
            continue
        bodies.append(memoryview(row.body)[4:])
        if row.extras is not None:
            extras.update((offset + at, one) for at, one in extras_from(row.extras).items())
        offset += row.n
    return np.frombuffer(b"".join(bodies), RECORD), extras, damaged


def block_of(records: Records, extras: Extras = NO_EXTRAS) -> Block:
    return Block(
        records["source"].astype(np.int64),
        records["receive"].astype(np.int64),
        records["number"].astype(np.float64),
        records["status"].astype(np.uint16),
        extras,
    )


class Hot:
    """What is not closed yet and touches [start, end), as one reader sees it; read a group at a time, when it is asked for."""

    def __init__(self, connection: Connection, start: Instant, end: Instant) -> None:
        self._connection, self._start, self._end = connection, start, end
        self._groups: OrderedDict[int, tuple[Records, dict[int, tuple[str | None, str]]]] = OrderedDict()

    def of(self, tag: int) -> Block:
        """Everything of the rows that touch the span, in order of arrival."""
        group = group_of(tag)
        if group not in self._groups:
            self._groups[group] = self._read(group)
            if len(self._groups) > _GROUPS_KEPT:
                self._groups.popitem(last=False)
        records, extras = self._groups[group]
        places = np.flatnonzero(records["tag"] == tag)
        if not len(places):
            return join([])
        return block_of(records[places], _beside(extras, places))

    def newest(self) -> Iterator[tuple[int, Block]]:
        """Of each tag that has any: its newest sample by source time, of equal times the last that came."""
        for (group,) in self._connection.execute(select(tables.hot.c.grp).distinct()).all():
            records, extras = self._read(group)
            order = np.lexsort((records["source"], records["tag"]))
            ends = order[np.flatnonzero(np.diff(records["tag"][order], append=-1))]
            for place in ends:
                yield int(records["tag"][place]), block_of(records[place : place + 1], _beside(extras, np.array([place])))

    def _read(self, group: int) -> tuple[Records, dict[int, tuple[str | None, str]]]:
        c = tables.hot.c
        query = select(c.n, c.body, c.extras).where(c.grp == group, c.last >= self._start, c.first < self._end)
        rows = self._connection.execute(query.order_by(c.id)).all()
        records, extras, _ = records_of(rows)
        return records, extras


def _beside(extras: Extras, places: Ints) -> Extras:
    if not extras:
        return NO_EXTRAS
    return {new: extras[old] for new, old in enumerate(places.tolist()) if old in extras}


def _checked(raw: bytes, extras: str | None) -> bytes:
    return _sum(raw, extras).to_bytes(4, "little") + raw


def _is_whole(body: bytes, extras: str | None) -> bool:
    raw = memoryview(body)[4:]
    return len(raw) % RECORD.itemsize == 0 and _sum(raw, extras) == int.from_bytes(body[:4], "little")


def _sum(raw: bytes | memoryview, extras: str | None) -> int:
    found = zlib.crc32(raw)
    return found if extras is None else zlib.crc32(extras.encode("ascii"), found)

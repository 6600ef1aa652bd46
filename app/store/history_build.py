"""Chunks put together (组块): which go together, on which axis, and the rows that come of them. Station side.

The steps in which it is done are those of `history_upkeep`.
"""

from typing import Any

import numpy as np
from sqlalchemy import func, select

from app.domain.instant import DAY, Instant
from app.store import tables
from app.store.history_chunks import MERGED, WIDE, WIDE_SPAN, Piece
from app.store.history_codec import SMALL, Axis, pack
from app.store.history_hot import AnyRow
from app.store.history_rollup import COARSE, pack_coarse, pack_minutes
from app.store.samples import Block, Ints, extras_text, join

MOST = 20_000  # samples in a chunk
_SHARED = 4  # an axis is worth its place when each of its times is used so often
_FULL = 4096  # samples of a slow tag go to those of the day before them, until there are so many or a day is over


def leading(rows: list[AnyRow], until: Instant) -> list[AnyRow]:
    """The oldest of a tag that go together."""
    out: list[AnyRow] = []
    count = 0
    for row in rows:
        if row.received >= until or (out and count + row.n > MOST):
            break
        out.append(row)
        count += row.n
    return out


def with_room(connection: Any, tag: int, rows: list[AnyRow]) -> AnyRow | None:
    """The merged chunk before these, when it has room for them."""
    c = tables.chunk.c
    newest = select(func.max(c.id)).where(c.tag == tag, c.stage == MERGED).scalar_subquery()
    columns = (c.id, c.tag, c.stage, c.n, c.first, c.last, c.received, c.axis)
    found: AnyRow | None = connection.execute(select(*columns).where(c.id == newest, c.body.is_not(None))).one_or_none()
    if found is None or found.id > rows[0].id or found.n + sum(row.n for row in rows) > _FULL:
        return None
    return found if found.first > rows[-1].last - DAY else None


def merged(
    tag: int, pieces: list[Piece], axis: Axis | None, moved: dict[int, Ints]
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The chunk and its coarse roll-ups; its `axis` says whether it stands on the new one."""
    block = join([piece.block for piece in pieces])
    places: Ints | None = None
    if axis is not None and all(piece.places is not None and piece.axis in moved for piece in pieces):
        places = np.concatenate([moved[piece.axis][piece.places] for piece in pieces])  # type: ignore[index]
    if (block.source[1:] < block.source[:-1]).any():
        order = np.argsort(block.source, kind="stable")
        block, places = block.take(order), None if places is None else places[order]
    row = row_of(block, places, SMALL)
    id = max(piece.id for piece in pieces)  # its place in the order of arrival
    wide = row["last"] - row["first"] >= WIDE_SPAN
    quality = block.quality
    row |= {"id": id, "tag": tag, "stage": WIDE if wide else MERGED, "axis": places is not None}
    row["minutes"] = pack_minutes(block.source, block.number, quality)
    rollups = [
        {
            "tag": tag,
            "level": level,
            "last": row["last"],
            "chunk": id,
            "first": row["first"],
            "body": pack_coarse(block.source, block.number, quality, length),
        }
        for level, length in COARSE.items()
    ]
    return row, rollups


def row_of(block: Block, places: Ints | None, level: int) -> dict[str, Any]:
    """`block` by source time."""
    extras = extras_text(block.extras)
    return {
        "n": len(block),
        "first": int(block.source[0]),
        "last": int(block.source[-1]),
        "received": int(block.receive.max()),
        "ahead": int((block.source - block.receive).max()),
        "body": pack(block, places, extras, level),
        "extras": extras,
    }


def shared_axis(source: Ints, receive: Ints) -> tuple[Axis | None, Ints | None]:
    """An axis for these times, when they share enough of it."""
    if not len(source):
        return None, None
    axis, places = distinct(source, receive)
    return (axis, places) if len(axis) * _SHARED <= len(source) else (None, None)


def distinct(source: Ints, receive: Ints) -> tuple[Axis, Ints]:
    order = np.lexsort((receive, source))
    source, receive = source[order], receive[order]
    new = np.ones(len(order), bool)
    new[1:] = (source[1:] != source[:-1]) | (receive[1:] != receive[:-1])
    places = np.empty(len(order), np.int64)
    places[order] = np.cumsum(new) - 1
    return Axis(source[new], receive[new]), places

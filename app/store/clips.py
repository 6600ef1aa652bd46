"""Clips (片段) over both engines: how a row is kept, and the search. Station side.

They are written by `journal.py`, in the transaction of the record that tells what became of them.
"""

import json
from typing import Any

from sqlalchemy import Row, Select, func, or_, select

from app.domain.instant import Instant
from app.store.database import Database
from app.store.rows import ClipRow
from app.store.tables import clip, clip_alarm
from app.store.texts import clean

_TEXTS = ("camera", "reason", "state", "file", "sha256", "locked_by", "lock_why", "case", "by", "words")
_PLAIN = ("id", "start", "end", "created_at", "updated_at", "first_frame", "last_frame", "size", "locked_at", "form")
_OVER = ("ready", "failed")


class StationClips:
    """Fills `ports.Clips`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, id: int) -> ClipRow | None:
        with self._database.read() as connection:
            row = connection.execute(select(clip).where(clip.c.id == id)).one_or_none()
        return None if row is None else _clip(row)

    def find(
        self,
        occurrence: int | None = None,
        camera: str | None = None,
        state: str | None = None,
        start: Instant | None = None,
        end: Instant | None = None,
        after: int | None = None,
        limit: int = 200,
    ) -> list[ClipRow]:
        query: Select[Any] = select(clip)
        if occurrence is not None:
            query = query.join(clip_alarm, clip_alarm.c.clip == clip.c.id).where(clip_alarm.c.occurrence == occurrence)
        for column, wanted in ((clip.c.camera, camera), (clip.c.state, state)):
            if wanted is not None:
                query = query.where(column == wanted)
        if start is not None:
            query = query.where(clip.c.end > start)
        if end is not None:
            query = query.where(clip.c.start < end)
        if after is not None:
            query = query.where(clip.c.id < after)
        return self._read(query.order_by(clip.c.id.desc()).limit(limit))

    def old(self, reason: str, before: Instant, after: int = 0, limit: int = 200) -> list[ClipRow]:
        unlocked = select(clip).where(clip.c.state.in_(_OVER), clip.c.locked_by == "")
        query = unlocked.where(clip.c.reason == reason, clip.c.end < before, clip.c.id > after)
        return self._read(query.order_by(clip.c.id).limit(limit))

    def evidence(self) -> list[ClipRow]:
        return self._read(select(clip).where(or_(clip.c.locked_by != "", clip.c.case != "")).order_by(clip.c.id))

    def last_id(self) -> int:
        with self._database.read() as connection:
            return connection.scalar(select(func.max(clip.c.id))) or 0

    def _read(self, query: Select[Any]) -> list[ClipRow]:
        with self._database.read() as connection:
            return [_clip(row) for row in connection.execute(query)]


def clip_row(one: ClipRow) -> dict[str, Any]:
    texts = {name: clean(getattr(one, name)) for name in _TEXTS}
    return {**texts, **{name: getattr(one, name) for name in _PLAIN}, "occurrences": json.dumps(one.occurrences)}


def alarm_rows(one: ClipRow) -> list[dict[str, Any]]:
    return [{"occurrence": occurrence, "clip": one.id} for occurrence in one.occurrences]


def _clip(row: Row[*tuple[Any, ...]]) -> ClipRow:
    kept = {name: getattr(row, name) for name in (*_TEXTS, *_PLAIN)}
    return ClipRow(**kept, occurrences=tuple(json.loads(row.occurrences)))

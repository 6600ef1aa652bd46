"""The book of clips (片段台账): numbers, what became of each, and its line in the journal, written together. Station side.

Belongs to the event loop. What is not durable yet is remembered here, so that an alarm card shows a clip from its first second;
the store knows the rest. Nothing here touches a file.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from app.domain.clip import ClipMsg, ClipReason, ClipState
from app.domain.instant import DAY, Instant, to_rfc3339
from app.domain.settings.video import VideoSettings
from app.station.bydesign import STATION
from app.station.commands import Who
from app.station.errors import Unknown
from app.station.words import optional_time
from app.station.writer import JournalWriter
from app.store.ports import StoreUnavailable
from app.store.rows import ClipRow, Record

KEPT = 2000  # newest rows in memory


class ClipBook:
    def __init__(
        self,
        writer: JournalWriter,
        now: Callable[[], Instant],
        settings: VideoSettings,
        names: dict[str, str],
        changed: Callable[[], None],
    ) -> None:
        """`names`: of cameras, by code. `changed` hears that a clip is new or another."""
        self._writer, self._now, self._settings, self._names, self._changed = writer, now, settings, names, changed
        self._rows: dict[int, ClipRow] = {}
        self._last: int | None = None
        self.count = 0
        self.progress: dict[int, float] = {}

    def go_on_from(self, last: int) -> None:
        """The highest number ever given."""
        self._last = last

    # writing

    def begin(self, camera: str, reason: ClipReason, start: Instant, end: Instant, **more: Any) -> ClipRow:
        """A new clip, under way. Nobody waits for the journal: the picture would be gone meanwhile."""
        row = self._new(camera, reason, start, end, more)
        self._keep(row)
        self._writer.note(record_of(row, "begun", row.by or STATION), row)
        return row

    async def begin_for(self, who: Who, camera: str, reason: ClipReason, start: Instant, end: Instant, **more: Any) -> ClipRow:
        """The same for a person, who is answered when it is durable. Raises StoreUnavailable."""
        row = self._new(camera, reason, start, end, {**more, "by": who.user})
        await self._writer.submit([], [], [], clips=[(record_of(row, "begun", who.user, _told(who)), row)])
        self._keep(row)
        return row

    def change(self, row: ClipRow, what: str, by: str = STATION, **fields: Any) -> ClipRow:
        """`row` as somebody knows it; the newest one known here counts. Returns it with `fields` set."""
        before = self._rows.get(row.id, row)
        after = replace(before, updated_at=max(self._now(), before.updated_at), **fields)
        self._keep(after)
        self._writer.note(record_of(after, what, by), after)
        return after

    async def remove(self, row: ClipRow, words: str) -> ClipRow:
        """Its time is up. Durable when this returns: only then may the file go. Raises StoreUnavailable."""
        before = self._rows.get(row.id, row)
        now = max(self._now(), before.updated_at)
        after = replace(before, updated_at=now, state=ClipState.REMOVED.value, words=words)
        await self._writer.submit([], [], [], clips=[(record_of(after, "removed", STATION), after)])
        self._keep(after)
        return after

    async def change_for(self, who: Who, row: ClipRow, what: str, more: dict[str, Any] | None = None, **fields: Any) -> ClipRow:
        """Raises StoreUnavailable, and nothing is changed."""
        before = self._rows.get(row.id, row)
        after = replace(before, updated_at=max(self._now(), before.updated_at), **fields)
        record = record_of(after, what, who.user, {**_told(who), **(more or {})})
        self._keep(after)  # what happens to it meanwhile must not write over it
        try:
            await self._writer.submit([], [], [], clips=[(record, after)])
        except StoreUnavailable:
            newest = self._rows.get(row.id, after)
            back = {name: getattr(before, name) for name, value in fields.items() if getattr(newest, name) == value}
            self.change(newest, "taken_back", **back)
            raise
        return self._rows.get(row.id, after)

    # looking

    def newest(self, rows: Sequence[ClipRow]) -> list[ClipRow]:
        """Rows of the store as they stand now."""
        return [self._rows.get(row.id, row) for row in rows]

    def known(self, id: int) -> ClipRow | None:
        return self._rows.get(id)

    def of_alarm(self, occurrence: int, kept: Sequence[ClipRow] = ()) -> list[ClipRow]:
        """`kept`: what the store says. Newest first."""
        found = {row.id: row for row in self.newest(kept)}
        found |= {row.id: row for row in self._rows.values() if occurrence in row.occurrences}
        return [found[id] for id in sorted(found, reverse=True)]

    def message(self, row: ClipRow) -> ClipMsg:
        locked = bool(row.locked_by)
        return ClipMsg(
            row.id,
            row.camera,
            self._names.get(row.camera, row.camera),
            row.reason,
            row.state,
            to_rfc3339(row.start),
            to_rfc3339(row.end),
            to_rfc3339(row.created_at),
            to_rfc3339(row.updated_at),
            occurrences=list(row.occurrences),
            first_frame=optional_time(row.first_frame),
            last_frame=optional_time(row.last_frame),
            size=row.size,
            sha256=row.sha256,
            locked_by=row.locked_by,
            locked_at=optional_time(row.locked_at),
            lock_why=row.lock_why,
            case=row.case,
            form=row.form,
            by=row.by,
            words=row.words,
            keep_until=None if locked or row.state == ClipState.REMOVED else to_rfc3339(row.end + self.keep(row)),
            progress=self.progress.get(row.id),
            durable=not self._writer.trouble,
        )

    def keep(self, row: ClipRow) -> Instant:
        """How long after its end it is kept."""
        days = self._settings.clip_days if row.reason == ClipReason.ALARM else self._settings.evidence_days
        return round(days * DAY)

    # inside

    def _new(self, camera: str, reason: ClipReason, start: Instant, end: Instant, more: dict[str, Any]) -> ClipRow:
        if self._last is None:
            raise Unknown("not_ready", "站刚启动，片段台账还没有读出，请稍候")
        self._last += 1
        now = self._now()
        return ClipRow(self._last, camera, reason.value, start, end, now, now, **more)

    def _keep(self, row: ClipRow) -> None:
        self._rows.pop(row.id, None)
        self._rows[row.id] = row
        if len(self._rows) > KEPT:
            over = (id for id, one in self._rows.items() if one.state != ClipState.RECORDING)
            for id in list(over)[: KEPT // 10]:
                del self._rows[id]
        self.count += 1
        self._changed()


def record_of(row: ClipRow, what: str, by: str, more: dict[str, Any] | None = None) -> Record:
    """Everything about the clip that must be provable later stands in the journal."""
    data = {
        "camera": row.camera,
        "case": row.case,
        "clip": row.id,
        "end": to_rfc3339(row.end),
        "file": row.file,
        "first_frame": optional_time(row.first_frame),
        "form": row.form,
        "last_frame": optional_time(row.last_frame),
        "lock_why": row.lock_why,
        "locked_by": row.locked_by,
        "occurrences": list(row.occurrences),
        "reason": row.reason,
        "sha256": row.sha256,
        "size": row.size,
        "start": to_rfc3339(row.start),
        "state": row.state,
        "what": what,
        "words": row.words,
        **(more or {}),
    }
    return Record(row.updated_at, "video", by, "", row.occurrences[0] if row.occurrences else 0, data)


def _told(who: Who) -> dict[str, Any]:
    return {"address": who.address, "role": who.role.value}

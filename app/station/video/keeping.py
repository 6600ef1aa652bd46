"""Keeping clips (证据保全): locked by a supervisor, unlocked by another, thrown away when their time is up. Station side.

A clip that is locked, went into a form that is still open, or belongs to an alarm whose form is open, is never taken. The entry
of a clip that was thrown away stays, with its hash.
"""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path
from typing import Any

from app.domain.clip import ClipReason, ClipState
from app.domain.instant import DAY, Instant, to_rfc3339
from app.domain.roles import Action, may
from app.domain.settings.video import VideoSettings
from app.station.commands import Who, text_of
from app.station.errors import Changed, Denied, NotAllowed, Unknown
from app.station.form_index import FormIndex
from app.station.form_rows import occurrence_of
from app.station.video.book import ClipBook
from app.store.ports import Store, StoreUnavailable
from app.store.rows import ClipRow

log = logging.getLogger(__name__)

PURGE_S = 3600.0
_PAGE = 200


class Keeping:
    def __init__(
        self,
        store: Store,
        book: ClipBook,
        folder: Path,
        settings: VideoSettings,
        now: Callable[[], Instant],
        call: Callable[..., Awaitable[Any]],
        open_forms: FormIndex,
    ) -> None:
        self._store, self._book, self._folder, self._settings = store, book, folder, settings
        self._now, self._call, self._open = now, call, open_forms

    async def get(self, id: int) -> ClipRow:
        """As it stands. Raises Unknown."""
        row = self._book.known(id)
        if row is None:
            row = await self._call(self._store.clips.get, id)
        if row is None:
            raise Unknown("not_found", f"没有编号为 {id} 的录像片段")
        return row

    async def file(self, id: int) -> tuple[ClipRow, Path]:
        """Raises Unknown, NotAllowed."""
        row = await self.get(id)
        if row.state == ClipState.RECORDING:
            raise NotAllowed("not_ready", "片段还在录制，请稍候")
        if row.state != ClipState.READY:
            raise NotAllowed("no_file", row.words or "这个片段没有录像文件")
        path = self._folder / row.file
        if not await asyncio.to_thread(path.is_file):
            raise Unknown("file_gone", f"片段 {id} 的文件不见了：{row.file}；请检查数据目录，日志中有它的 SHA-256")
        return row, path

    async def lock(self, who: Who, id: int, why: str) -> ClipRow:
        """Raises KnownError, StoreUnavailable."""
        row = await self._may(who, id, why)
        if row.state not in (ClipState.READY, ClipState.RECORDING):
            raise NotAllowed("no_file", "这个片段没有录像文件，不需要锁定")
        if row.locked_by:
            raise Changed("already_locked", f"已由 {row.locked_by} 锁定")
        now, reason = self._now(), text_of(why)
        return await self._book.change_for(who, row, "locked", locked_by=who.user, locked_at=now, lock_why=reason)

    async def unlock(self, who: Who, id: int, why: str) -> ClipRow:
        """By another person than the one who locked it. Raises KnownError, StoreUnavailable."""
        row = await self._may(who, id, why)
        if not row.locked_by:
            raise Changed("not_locked", "这个片段没有锁定")
        if row.locked_by == who.user:
            raise NotAllowed("same_person", "解除证据锁定的人不能是锁定的人，请由另一位主管解除")
        more = {"why": text_of(why), "was_locked_by": row.locked_by}
        return await self._book.change_for(who, row, "unlocked", more, locked_by="", locked_at=None, lock_why="")

    async def purge(self) -> None:
        """What is over its time goes: journalled first, then the file."""
        for reason in ClipReason:
            days = self._settings.clip_days if reason is ClipReason.ALARM else self._settings.evidence_days
            before, after = self._now() - round(days * DAY), 0
            while rows := await self._call(self._store.clips.old, reason.value, before, after, _PAGE):
                after = rows[-1].id
                for row in self.free(self._book.newest(rows)):
                    words = f"保存期 {days:g} 天已满，按规定清除于 {to_rfc3339(self._now())}"
                    try:
                        await self._book.remove(row, words)
                    except StoreUnavailable as error:
                        log.warning("到期的录像片段稍后再清除：%s", error)
                        return
                    if row.file:
                        with contextlib.suppress(OSError):
                            await asyncio.to_thread((self._folder / row.file).unlink, missing_ok=True)

    def free(self, rows: Iterable[ClipRow]) -> list[ClipRow]:
        """Those nobody holds: not locked, no open form."""
        forms = self._open.open.values()
        held = {form.id for form in forms}
        alarms = {occurrence_of(form.subject) for form in forms}
        return [
            row
            for row in rows
            if not row.locked_by
            and row.state in (ClipState.READY, ClipState.FAILED)
            and row.form not in held
            and alarms.isdisjoint(row.occurrences)
        ]

    async def _may(self, who: Who, id: int, why: str) -> ClipRow:
        if not may(who.role, Action.KEEP_EVIDENCE):
            raise Denied("forbidden", "锁定和解锁证据需要值班主管")
        if not why.strip():
            raise NotAllowed("no_reason", "请写明原因")
        return await self.get(id)

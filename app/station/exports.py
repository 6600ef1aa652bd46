"""Exports (导出): journal and alarm history as files in `reports/exports`, written by a worker, kept for a day. Station side.

A file appears under its name only when it is complete and the journal has its SHA-256; whatever a cancelled or killed export
left behind is a folder `.part-…` that is removed at once, or at the next start.
"""

import asyncio
import contextlib
import logging
import os
import shutil
from collections.abc import Awaitable, Callable
from datetime import tzinfo
from pathlib import Path
from typing import Any

from app.domain.instant import DAY, Instant, to_datetime, to_rfc3339
from app.station.commands import Who
from app.station.errors import NotAllowed, Unknown
from app.station.jobs import Job, JobFailed, JobState
from app.store.ports import StoreUnavailable

log = logging.getLogger(__name__)

AT_ONCE = 2
KEPT = DAY
CLEAN_S = 600.0
TITLES = {"journal": "日志", "alarms": "报警历史", "trend": "趋势数据"}
FORMATS = ("csv", "xlsx")
_PART = ".part-"


class Exports:
    """`done(who, args)` journals a finished export and raises StoreUnavailable."""

    def __init__(
        self,
        folder: Path,
        order: dict[str, Any],
        zone: tzinfo,
        now: Callable[[], Instant],
        done: Callable[[Who, dict[str, Any]], Awaitable[None]],
    ) -> None:
        """`order`: what a worker needs to open the store, and the name of the zone."""
        self._folder, self._order, self._zone, self._now, self._done = folder, order, zone, now, done
        self._jobs: dict[str, Job] = {}
        self._who: dict[str, Who] = {}

    def begin(self, who: Who, what: str, format: str, filters: dict[str, Any]) -> Job:
        """Raises NotAllowed."""
        if sum(job.state is JobState.RUNNING for job in self._jobs.values()) >= AT_ONCE:
            raise NotAllowed("too_many_exports", f"已有 {AT_ONCE} 个导出正在进行，请等其中一个完成或取消它")
        now = self._now()
        job = Job(who.user, {}, now)
        part = self._folder / f"{_PART}{job.id}"
        try:
            part.mkdir(mode=0o700, parents=True)
        except OSError as error:
            raise StoreUnavailable(f"不能在 {self._folder} 里写文件：{error}；请检查数据盘") from error
        name = f"{TITLES[what]}_{to_datetime(now).astimezone(self._zone):%Y%m%d_%H%M%S}_{job.id[:4]}.{format}"
        file = str(part / name)
        job.task = {**self._order, "work": "export", "what": what, "format": format, "filters": filters, "file": file}
        self._jobs[job.id], self._who[job.id] = job, who
        job.begin(self._now, self._finish)
        return job

    def list(self) -> list[Job]:
        """Newest first."""
        return sorted(self._jobs.values(), key=lambda job: job.started_at, reverse=True)

    def get(self, id: str) -> Job:
        """Raises Unknown."""
        job = self._jobs.get(id)
        if job is None:
            raise Unknown("not_found", "没有这个导出，或者它已被删除（导出文件保留一天）")
        return job

    def file(self, job: Job) -> Path:
        """Raises NotAllowed, Unknown."""
        if job.state is not JobState.DONE:
            raise NotAllowed("not_ready", "导出还没有完成")
        file = self._folder / Path(job.task["file"]).name
        if not file.exists():
            raise Unknown("not_found", "导出文件已被删除（只保留一天），请重新导出")
        return file

    async def remove(self, id: str) -> None:
        """Calls it off when it runs; its file goes too. Raises Unknown."""
        job = self.get(id)
        await job.cancel()
        self._jobs.pop(id, None)
        self._who.pop(id, None)
        await asyncio.to_thread(self._delete, job)

    async def clean(self) -> None:
        """What is too old, and what an earlier run left half done."""
        now = self._now()
        for id, job in list(self._jobs.items()):
            if job.ended_at is not None and now - job.ended_at > KEPT:
                await self.remove(id)
        await asyncio.to_thread(self._sweep, {f"{_PART}{id}" for id in self._jobs})

    async def close(self) -> None:
        await asyncio.gather(*(job.cancel() for job in self._jobs.values()))

    async def _finish(self, job: Job, well: bool) -> None:
        part = Path(job.task["file"])
        if well:
            args = {"file": part.name, "filters": _told(job.task["filters"]), "format": job.task["format"], **job.result}
            try:
                await self._done(self._who[job.id], {**args, "what": TITLES[job.task["what"]]})
                await asyncio.to_thread(os.replace, part, self._folder / part.name)
            except (OSError, StoreUnavailable) as error:
                raise JobFailed(f"导出没有完成：{error}") from error
        await asyncio.to_thread(shutil.rmtree, part.parent, ignore_errors=True)

    def _delete(self, job: Job) -> None:
        with contextlib.suppress(OSError):
            (self._folder / Path(job.task["file"]).name).unlink(missing_ok=True)

    def _sweep(self, alive: set[str]) -> None:
        if not self._folder.is_dir():
            return
        oldest = self._now() / 1e6 - KEPT / 1e6
        for one in self._folder.iterdir():
            try:
                if one.name.startswith(_PART):
                    if one.name not in alive:
                        shutil.rmtree(one, ignore_errors=True)
                elif one.is_file() and one.stat().st_mtime < oldest:
                    one.unlink()
            except OSError as error:
                log.warning("导出文件 %s 不能删除：%s", one.name, error)


def _told(filters: dict[str, Any]) -> dict[str, Any]:
    """Times as people read them; what was not asked for is left out."""
    return {
        key: to_rfc3339(value) if key in ("start", "end", "until") else value
        for key, value in filters.items()
        if value not in (None, [], "")
    }

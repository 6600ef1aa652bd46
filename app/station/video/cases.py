"""Case packages (案卷) of a station: asked for by a supervisor, made by a worker, kept in `cases/`, their hash in the journal.

Station side. A package appears under its name when it is complete and the journal has its SHA-256; what a cancelled or killed
one left behind is a folder `.part-…` that is removed. Packages are evidence: nothing here throws a finished one away.
"""

import asyncio
import json
import os
import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from app.domain.clip import ClipState
from app.domain.instant import Instant, to_datetime, to_rfc3339
from app.domain.roles import Action, may
from app.domain.settings.video import VideoSettings
from app.station.commands import Who, text_of
from app.station.errors import Denied, NotAllowed, Unknown
from app.station.form_rows import form_of
from app.station.form_sheet import sheet_of
from app.station.jobs import Job, JobFailed, JobState
from app.station.video.book import ClipBook
from app.store.ports import StoreUnavailable
from app.store.rows import ClipRow, FormRow, OccurrenceRow, Record

if TYPE_CHECKING:
    from app.station.station import Station

AT_ONCE = 1
MOST = 200  # alarms, cameras or tags in one
_PART = ".part-"
_BAD = re.compile(r"[^\w.-]+")


@dataclass(frozen=True, slots=True)
class Asked:
    """What a person wants in the package: alarms, cameras with a span, and why."""

    occurrences: tuple[int, ...]
    cameras: tuple[str, ...]
    start: Instant
    end: Instant
    why: str


class Cases:
    def __init__(self, station: "Station", book: ClipBook, settings: VideoSettings, clips: Path) -> None:
        self._station, self._book, self._settings, self._clips = station, book, settings, clips
        self._folder = station.given.data / "cases"
        self._jobs: dict[str, Job] = {}
        self._who: dict[str, tuple[Who, list[ClipRow]]] = {}

    async def begin(self, who: Who, asked: Asked) -> Job:
        """Raises KnownError, StoreUnavailable."""
        self._allowed(who)
        if not asked.why.strip():
            raise NotAllowed("no_reason", "请写明制作案卷的原因")
        if not asked.occurrences and not asked.cameras:
            raise NotAllowed("nothing_asked", "请至少选择一条报警或一台摄像机")
        if sum(job.state is JobState.RUNNING for job in self._jobs.values()) >= AT_ONCE:
            raise NotAllowed("too_many_cases", "已有一个案卷正在制作，请等它完成或取消它")
        station = self._station
        now = station.clock.now()
        order, clips = await self._order(who, asked, now)
        size = sum(one.size for one in clips)
        if size > self._settings.case_mb * 1e6:
            words = f"录像共 {size / 1e6:.0f} MB，超过一个案卷的上限 {self._settings.case_mb:g} MB，请缩小时间范围或分成几个"
            raise NotAllowed("too_large", words)
        job = Job(who.user, {}, now)
        part = self._folder / f"{_PART}{job.id}"
        try:
            await asyncio.to_thread(_make_room, part, size)
        except OSError as error:
            raise StoreUnavailable(f"不能在 {self._folder} 里写文件：{error}；请检查数据盘") from error
        job.task = {**order, "file": str(part / f"{order['name']}.zip")}
        await station.writer.submit([self._record(who, "case_begun", order, {})], [], [])
        self._jobs[job.id], self._who[job.id] = job, (who, clips)
        job.begin(station.clock.now, self._finish)
        return job

    def jobs(self) -> Sequence[Job]:
        """Of this run; newest first."""
        return sorted(self._jobs.values(), key=lambda job: job.started_at, reverse=True)

    def get(self, who: Who, id: str) -> Job:
        """Raises Unknown, Denied."""
        self._allowed(who)
        job = self._jobs.get(id)
        if job is None:
            raise Unknown("not_found", "没有这个案卷任务；已完成的案卷见案卷列表")
        return job

    async def cancel(self, who: Who, id: str) -> Job:
        job = self.get(who, id)
        await job.cancel()
        return job

    async def packages(self, who: Who) -> list[dict[str, Any]]:
        """All that are finished, newest first."""
        self._allowed(who)
        return await asyncio.to_thread(self._packages)

    async def file(self, who: Who, name: str) -> Path:
        """Raises Unknown, Denied."""
        self._allowed(who)
        for one in await asyncio.to_thread(self._packages):
            if one["name"] == name:
                return self._folder / f"{name}.zip"
        raise Unknown("not_found", f"没有案卷 {name}")

    async def sweep(self) -> None:
        """What an earlier run left half done."""
        alive = {f"{_PART}{id}" for id in self._jobs}
        await asyncio.to_thread(_sweep, self._folder, alive)

    async def close(self) -> None:
        await asyncio.gather(*(job.cancel() for job in self._jobs.values()))

    # what goes in

    async def _order(self, who: Who, asked: Asked, now: Instant) -> tuple[dict[str, Any], list[ClipRow]]:
        station = self._station
        site = station.site
        rows, kept, papers = await station.call(self._read, asked)
        missing = set(asked.occurrences) - {row.occurrence for row in rows}
        if missing:
            raise Unknown("not_found", f"没有编号为 {'、'.join(map(str, sorted(missing)))} 的报警")
        clips = [row for row in self._book.newest(kept) if row.state == ClipState.READY and row.file]
        names = {one.camera: one.name for one in site.cameras}
        zone = ZoneInfo(site.timezone)
        name = f"案卷_{to_datetime(now).astimezone(zone):%Y%m%d_%H%M%S}_{now % 0xFFFF:04x}"
        order = {
            "work": "case",
            "data": str(station.store.data),
            "url": station.store.url,
            "zone": site.timezone,
            "name": name,
            "code": site.code,
            "site": site.name,
            "why": text_of(asked.why),
            "by": who.user,
            "made": now,
            "made_at": to_rfc3339(now),
            "start": to_rfc3339(asked.start),
            "end": to_rfc3339(asked.end),
            "start_at": asked.start,
            "end_at": asked.end,
            "version": station.given.version,
            "folder": str(self._clips),
            "occurrences": list(asked.occurrences),
            "clips": [_clip(row, names, zone) for row in clips],
            "tags": self._tags(rows),
            "sheets": self._sheets(papers, who, zone, now),
        }
        return order, clips

    def _read(self, asked: Asked) -> tuple[list[OccurrenceRow], list[ClipRow], list[FormRow]]:
        """Blocking."""
        store = self._station.store
        rows: list[OccurrenceRow] = []
        clips: dict[int, ClipRow] = {}
        papers: dict[int, FormRow] = {}
        for number in asked.occurrences:
            rows += [one for one in store.journal.occurrences(after=number + 1, limit=1) if one.occurrence == number]
            clips |= {one.id: one for one in store.clips.find(occurrence=number)}
            papers |= {one.id: one for one in store.forms.find(subject=f"occurrence:{number}")}
        for camera in asked.cameras:
            clips |= {one.id: one for one in store.clips.find(camera=camera, start=asked.start, end=asked.end, limit=1000)}
        forms = (store.forms.get(one.form) for one in clips.values() if one.form)
        papers |= {one.id: one for one in forms if one is not None}
        return rows, [clips[id] for id in sorted(clips)], list(papers.values())

    def _tags(self, rows: Sequence[OccurrenceRow]) -> list[dict[str, str]]:
        """Those that alarmed, and the others of the same equipment."""
        alarmed = {row.tag for row in rows}
        places = {row.equipment for row in rows if row.equipment}
        wanted = [tag for tag in self._station.site.tags if tag.tag in alarmed or tag.equipment in places]
        wanted.sort(key=lambda tag: tag.tag not in alarmed)
        return [
            {"tag": tag.tag, "name": tag.name, "unit": tag.unit, "entry": f"{number:03d}_{_plain(tag.tag)}"}
            for number, tag in enumerate(wanted[:MOST], start=1)
        ]

    def _sheets(self, papers: Sequence[FormRow], who: Who, zone: ZoneInfo, now: Instant) -> list[dict[str, Any]]:
        found = []
        for row in papers:
            definition, form = self._station.forms.kinds.get(row.kind), form_of(row)
            if definition is None or who.role not in definition.views:
                continue
            sheet = sheet_of(definition, form, self._station.site.name, zone, now, who.user)
            entry = _plain(f"{form.number or row.id}")
            found.append({"title": form.title, "number": form.number, "entry": entry, "template": "form", "sheet": sheet})
        return found

    # the end of it

    async def _finish(self, job: Job, well: bool) -> None:
        part = Path(job.task["file"])
        who, clips = self._who[job.id]
        if well:
            told = {key: job.task[key] for key in ("name", "why", "by", "made_at", "start", "end", "occurrences")}
            record = self._record(who, "case_made", job.task, {**job.result, "file": f"cases/{part.name}"})
            try:
                # the package counts when the journal has its hash; a kill in between leaves a record without a file, never the
                # other way round
                await self._station.writer.submit([record], [], [])
                await asyncio.to_thread(_publish, part, self._folder, {**told, **job.result})
            except (OSError, StoreUnavailable) as error:
                raise JobFailed(f"案卷没有完成：{error}") from error
            for row in clips:
                case = " ".join(one for one in (row.case, job.task["name"]) if one)
                self._book.change(row, "in_case", who.user, case=case)
        else:
            self._station.writer.note(self._record(who, "case_not_made", job.task, {"why_not": job.error or "已取消"}))
        await asyncio.to_thread(shutil.rmtree, part.parent, ignore_errors=True)

    def _record(self, who: Who, what: str, order: dict[str, Any], more: dict[str, Any]) -> Record:
        data = {
            "address": who.address,
            "case": order["name"],
            "clips": [one["id"] for one in order["clips"]],
            "end": order["end"],
            "occurrences": order["occurrences"],
            "role": who.role.value,
            "start": order["start"],
            "what": what,
            "why": order["why"],
            **more,
        }
        return Record(self._station.clock.now(), "video", who.user, "", 0, data)

    def _packages(self) -> list[dict[str, Any]]:
        found = []
        for file in self._folder.glob("*.json") if self._folder.is_dir() else ():
            if file.with_suffix(".zip").is_file():
                found.append(json.loads(file.read_text("utf-8")))
        return sorted(found, key=lambda one: str(one["made_at"]), reverse=True)

    def _allowed(self, who: Who) -> None:
        if not may(who.role, Action.KEEP_EVIDENCE):
            raise Denied("forbidden", "案卷由值班主管制作和查看")


def _make_room(part: Path, size: int) -> None:
    part.mkdir(mode=0o700, parents=True)
    free = shutil.disk_usage(part).free
    if free < size * 1.1:
        part.rmdir()
        raise OSError(f"还需要 {size / 1e6:.0f} MB，数据盘只剩 {free / 1e6:.0f} MB")


def _publish(part: Path, folder: Path, told: dict[str, Any]) -> None:
    """The note beside it last: without it the package does not show."""
    os.replace(part, folder / part.name)
    note = part.with_suffix(".json")
    note.write_text(json.dumps(told, ensure_ascii=False, indent=1), "utf-8")
    os.replace(note, folder / note.name)


def _sweep(folder: Path, alive: set[str]) -> None:
    for one in folder.iterdir() if folder.is_dir() else ():
        if one.name.startswith(_PART) and one.name not in alive:
            shutil.rmtree(one, ignore_errors=True)


def _clip(row: ClipRow, names: dict[str, str], zone: ZoneInfo) -> dict[str, Any]:
    known = row.first_frame is not None and row.last_frame is not None
    shown = _span(row.first_frame or 0, row.last_frame or 0, zone) if known else ""
    began = to_datetime(row.first_frame or row.start).astimezone(zone)
    return {
        "id": row.id,
        "camera": row.camera,
        "camera_name": names.get(row.camera, ""),
        "file": row.file,
        "name": f"{_plain(row.camera)}_{began:%Y%m%d_%H%M%S}_{row.id}.mp4",
        "size": row.size,
        "sha256": row.sha256,
        "occurrences": list(row.occurrences),
        "from": shown,
        "asked": _span(row.start, row.end, zone),
        "words": row.words,
    }


def _span(start: Instant, end: Instant, zone: ZoneInfo) -> str:
    return f"{_local(start, zone)} 至 {_local(end, zone)}"


def _local(at: Instant, zone: ZoneInfo) -> str:
    return f"{to_datetime(at).astimezone(zone):%Y-%m-%d %H:%M:%S}"


def _plain(text: str) -> str:
    """A piece of a file name every system takes."""
    return _BAD.sub("_", text)[:60] or "_"

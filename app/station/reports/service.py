"""Reports of a station (报表): asked for by people, made by a worker, kept, told of in the journal. Station side.

The watch gives each a few milliseconds. Those that are made by themselves, and how long they are kept, are `automatic`.
"""

import asyncio
import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from app.domain.instant import MINUTE, to_datetime
from app.domain.report_period import SPAN_WORDS, Calendar, Period
from app.domain.roles import Action
from app.domain.settings import settings
from app.domain.settings.reports import SPANS, ReportSettings, read_reports
from app.domain.site_json import site_pieces
from app.station.bydesign import STATION
from app.station.commands import Who
from app.station.errors import Changed, Malformed, NotAllowed, Unknown
from app.station.jobs import Job, JobFailed, JobState
from app.station.reports.automatic import Automatic
from app.station.reports.order import FORMATS, KIND_WORDS, KINDS, Order, Scope, order_from, order_json
from app.station.reports.shelf import PART, Left, Meta, ReportShelf, meta_of
from app.station.seal import zone_of
from app.store.ports import Journal, StoreUnavailable
from app.store.rows import Record, Search

if TYPE_CHECKING:
    from app.station.station import Station

log = logging.getLogger(__name__)

ROUND_S = 20.0
FIRST = MINUTE  # after the start
AT_ONCE = 2  # asked for by people
KEPT_JOBS = 50
ITSELF = "站（自动）"
BROKEN_OFF = "生成途中站停了，这份报表没有做成，也没有留下文件；请重新生成"


@dataclass(slots=True)
class Running:
    """A report being made. `user` "": by itself."""

    job: Job
    order: Order
    user: str


class Reports:
    def __init__(self, station: "Station") -> None:
        self._station = station
        self.shelf = ReportShelf(station.given.data / "reports" / "made")
        self.running: dict[str, Running] = {}
        self._loaded = False
        self._loading, self._rounding = asyncio.Lock(), asyncio.Lock()
        self._automatic = Automatic(station, self)
        self._count = 0
        station.extras["reports"] = self._tell

    @property
    def settings(self) -> ReportSettings:
        return settings(self._station.site.options, "reports", read_reports)

    @property
    def calendar(self) -> Calendar:
        return Calendar(self._station.shifts.rota)

    # what people ask

    async def begin(self, who: Who, kind: str, key: str, scope: Scope, formats: Sequence[str] = FORMATS) -> Job:
        """Raises KnownError, StoreUnavailable."""
        station = self._station
        station.commands.require(who, Action.MAKE_REPORTS, "report", {"kind": kind, "period": key})
        period = self._period(kind, key, scope)
        if period.start >= station.clock.now():
            raise NotAllowed("too_soon", f"{period.title}还没有开始，没有可报的内容")
        mine = [one for one in self.running.values() if one.user and one.job.state is JobState.RUNNING]
        if len(mine) >= AT_ONCE:
            raise NotAllowed("too_many_reports", f"已有 {AT_ONCE} 份报表正在生成，请等其中一份完成或取消它")
        station.writer.refuse_if_down()  # a report is journalled, or it is not made
        by = station.shifts.settings.name_of(who.user)
        return await self._start(kind, period, scope, tuple(formats), by, who.user, False)

    async def cancel(self, who: Who, id: str) -> Running:
        """Raises KnownError."""
        self._station.commands.require(who, Action.MAKE_REPORTS, "cancel_report", {"id": id})
        one = self.get(id)
        await one.job.cancel()
        return one

    def get(self, id: str) -> Running:
        """Raises Unknown."""
        found = self.running.get(id)
        if found is None:
            raise Unknown("not_found", "没有这个报表任务；已生成的报表见报表列表")
        return found

    async def list(self) -> list[Meta]:
        """Newest first."""
        await self._load()
        return sorted(self.shelf.metas.values(), key=lambda meta: (str(meta["made_at"]), str(meta["id"])), reverse=True)

    async def file(self, id: str, format: str) -> tuple[Meta, Any]:
        """Raises Unknown, Changed."""
        meta = await self._meta(id)
        if format not in meta["sha256"]:
            raise Unknown("no_file", meta["no_pdf"] or f"这份报表没有生成 {format.upper()} 文件，请重新生成")
        try:
            file = await asyncio.to_thread(self.shelf.checked, id, format)
        except OSError as error:
            raise Unknown("file_gone", f"报表 {id} 的文件读不出来：{error}；日志中有它的 SHA-256，可以重新生成") from error
        if file is None:
            raise Changed("file_changed", f"报表 {id} 的文件与日志中的 SHA-256 不符，可能被改动过，没有给出")
        return meta, file

    async def page(self, id: str, number: int) -> tuple[Meta, Any]:
        """The picture of one page. Raises Unknown."""
        meta = await self._meta(id)
        file = self.shelf.page(id, number)
        if not 1 <= number <= meta["pages"] or not await asyncio.to_thread(file.is_file):
            raise Unknown("no_page", f"报表 {id} 没有第 {number} 页的图片")
        return meta, file

    # life

    async def look(self) -> None:
        """A round. What an earlier run left comes first; the rest once the watch itself has been up for a while: a start has
        better things to do."""
        await self._load()
        if self._station.clock.now() - self._station.started_at >= FIRST:
            await self.round()

    async def round(self) -> None:
        """Throws away what is over its time, then makes what is due, one after the other."""
        async with self._rounding:
            await self._load()
            await asyncio.to_thread(self.shelf.sweep, {one.job.id for one in self.running.values()})
            await self._automatic.purge()
            while (due := await self._automatic.next()) is not None:
                kind, period, late = due
                try:
                    job = await self._start(kind, period, Scope(), FORMATS, ITSELF, "", late)
                except (NotAllowed, StoreUnavailable) as error:
                    log.warning("报表稍后再做：%s", error)
                    return
                assert job.running is not None
                await asyncio.wait([job.running])
                if job.state is not JobState.DONE:
                    self._automatic.failed(kind, period)

    async def close(self) -> None:
        await asyncio.gather(*(one.job.cancel() for one in self.running.values()))

    # inside

    def _period(self, kind: str, key: str, scope: Scope) -> Period:
        if kind not in KINDS:
            raise Malformed("malformed", f"没有报表 {kind!r}，应为 {'、'.join(KINDS)} 之一")
        try:
            period = self.calendar.named(key)
            scope.equipment(self._station.site)
        except ValueError as error:
            raise Malformed("malformed", str(error)) from error
        if kind in SPANS and period.span != kind:
            word, other = SPAN_WORDS[kind], SPAN_WORDS[period.span]
            raise Malformed("malformed", f"{KIND_WORDS[kind]}的时段应是{word}，而 {key} 是{other}")
        return period

    async def _start(
        self, kind: str, period: Period, scope: Scope, formats: tuple[str, ...], by: str, user: str, late: bool
    ) -> Job:
        station, now = self._station, self._station.clock.now()
        job = Job(by, {}, now)
        changes = await station.shifts.facts.limit_changes(period.start, min(period.end, now))
        order = Order(
            id=f"{kind}-{self._short(period)}-{job.id[:4]}",
            kind=kind,
            period=period,
            scope=scope,
            formats=formats,
            now=now,
            by=by,
            late=late,
            zone=station.site.timezone,
            limit_changes=tuple(changes),
            people={one.user: one.name for one in station.shifts.settings.people if one.user},
        )
        try:
            part = await asyncio.to_thread(self._write_order, job.id, order, user)
        except OSError as error:
            raise StoreUnavailable(f"不能在 {self.shelf.folder} 里写文件：{error}；请检查数据盘") from error
        job.task = {"data": str(station.store.data), "url": station.store.url, "work": "report", "folder": str(part)}
        self.running[job.id] = Running(job, order, user)
        self._forget()
        job.begin(station.clock.now, self._finish)
        self.changed()
        return job

    def _write_order(self, job: str, order: Order, user: str) -> Any:
        site = replace(self._station.site, pictures={}, layouts=())
        head = json.dumps({"order": order_json(order), "user": user}, ensure_ascii=False)
        text = f'{head[:-1]},"site":{"".join(site_pieces(site))}}}'
        return self.shelf.begin(job, text)

    async def _finish(self, job: Job, well: bool) -> None:
        one = self.running[job.id]
        part = self.shelf.folder / f"{PART}{job.id}"
        if well:
            meta = meta_of(one.order, not one.user, job.result)
            try:
                await asyncio.to_thread(self.shelf.write, part, meta)
                await self._station.writer.submit([self._record(one, "made", job.result)], [], [])
                await asyncio.to_thread(self.shelf.finish, part, meta)
            except (OSError, StoreUnavailable) as error:
                raise JobFailed(f"报表没有完成：{error}") from error
            wanted = self.settings
            if not one.user and wanted.mail_to:
                text = (
                    f"{meta['title']}　{meta['scope']['title']}\n内容 SHA-256 {meta['digest']}\n由站自动生成，附件为报表文件。"
                )
                title = f"{self._station.site.name} {KIND_WORDS[one.order.kind]} {one.order.period.title}"
                self._station.dispatch.on_report(str(meta["id"]), title, text, wanted.mail_to)
        else:
            await asyncio.to_thread(self.shelf.drop, part)
            what = "failed" if job.error else "cancelled"
            self._station.writer.note(self._record(one, what, {"error": job.error} if job.error else {}))
        self.changed()

    def _record(self, one: Running, what: str, more: Mapping[str, Any]) -> Record:
        order = one.order
        data = {
            "id": order.id,
            "late": order.late,
            "period": order.period.key,
            "report": order.kind,
            "scope": order.scope.title,
            "title": f"{KIND_WORDS[order.kind]} {order.period.title}",
            "what": what,
            **more,
        }
        return Record(self._station.clock.now(), "report", one.user or STATION, data=data)

    async def _load(self) -> None:
        async with self._loading:
            if not self._loaded:
                for left in await asyncio.to_thread(self.shelf.load):
                    await self._take_over(left)
                self._loaded = True

    async def _take_over(self, left: Left) -> None:
        """Of a run that was killed. What the journal knows as made gets its name; anything else is told as broken off."""
        station = self._station
        if left.meta is not None and await station.call(_is_made, station.store.journal, left.meta):
            await asyncio.to_thread(self.shelf.finish, left.part, left.meta)
        else:
            if left.order is not None:
                order, user = order_from(left.order["order"]), str(left.order["user"])
                now = station.clock.now()
                job = Job(order.by, {}, order.now, left.job, JobState.FAILED, ended_at=now, error=BROKEN_OFF)
                one = Running(job, order, user)
                self.running[job.id] = one
                station.writer.note(self._record(one, "failed", {"error": BROKEN_OFF}))
                log.warning("报表 %s：%s", order.id, BROKEN_OFF)
            await asyncio.to_thread(self.shelf.drop, left.part)
        self.changed()

    async def _meta(self, id: str) -> Meta:
        await self._load()
        meta = self.shelf.metas.get(id)
        if meta is None:
            raise Unknown("not_found", f"没有报表 {id}")
        return meta

    def _short(self, period: Period) -> str:
        """Of the period, for a name every system takes."""
        if period.span != "shift":
            return period.key
        return f"{to_datetime(period.start).astimezone(zone_of(self._station.site.timezone)):%Y-%m-%d-%H%M}"

    def _forget(self) -> None:
        over = [one for one in self.running.values() if one.job.state is not JobState.RUNNING]
        for one in over[:-KEPT_JOBS]:
            del self.running[one.job.id]

    def changed(self) -> None:
        self._count += 1
        self._station.feed.side_changed()

    def _tell(self) -> dict[str, Any]:
        """`changed` goes up with every report that begins, ends or goes."""
        working = sum(one.job.state is JobState.RUNNING for one in self.running.values())
        return {"changed": self._count, "running": working}


def _is_made(journal: Journal, meta: Meta) -> bool:
    """Blocking."""
    before: int | None = None
    while True:
        found = journal.search(Search(before=before, start=int(meta["made_us"]), kinds=("report",)))
        if any(line.record.data["id"] == meta["id"] and line.record.data["what"] == "made" for line in found.records):
            return True
        if (before := found.before) is None:
            return False

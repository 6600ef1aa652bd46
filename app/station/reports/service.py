"""Reports of a station (报表): asked for by people or made by themselves, kept for their time, told of in the journal.

Station side. Each is made by a worker; the watch gives it a few milliseconds. By themselves they are made when a shift, day,
week or month is over, by the station's clock in the time zone of the site; what was missed while the station was down is made
up for and marked as late.
"""

import asyncio
import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from app.domain.instant import DAY, MINUTE, Instant, to_datetime, to_rfc3339
from app.domain.report_period import SPAN_WORDS, Calendar, Period
from app.domain.roles import Action
from app.domain.settings import settings
from app.domain.settings.reports import SPANS, ReportSettings, read_reports
from app.domain.site_json import site_pieces
from app.station.bydesign import STATION
from app.station.commands import Who
from app.station.errors import Changed, Malformed, NotAllowed, Unknown
from app.station.jobs import Job, JobFailed, JobState
from app.station.reports.order import FORMATS, KIND_WORDS, KINDS, ORDER, Order, Scope, order_json
from app.station.reports.shelf import PART, Meta, ReportShelf
from app.station.seal import zone_of
from app.store.ports import StoreUnavailable
from app.store.rows import Record

if TYPE_CHECKING:
    from app.station.station import Station

log = logging.getLogger(__name__)

ROUND_S = 20.0
FIRST = MINUTE  # after the start
AT_ONCE = 2  # asked for by people
LATE = 30 * MINUTE  # made later than this after it was due: it was missed
RETRY = 15 * MINUTE
SHIFT_CATCH_UP = 3 * DAY  # of shifts a month of them would be sixty
KEPT_JOBS = 50
ITSELF = "站（自动）"


@dataclass(slots=True)
class Running:
    """A report being made. `who` None: by itself."""

    job: Job
    order: Order
    who: Who | None


class Reports:
    def __init__(self, station: "Station") -> None:
        self._station = station
        self.shelf = ReportShelf(station.given.data / "reports" / "made")
        self.running: dict[str, Running] = {}
        self._loaded = False
        self._loading, self._rounding = asyncio.Lock(), asyncio.Lock()
        self._retry: dict[tuple[str, str], Instant] = {}
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
        mine = [one for one in self.running.values() if one.who is not None and one.job.state is JobState.RUNNING]
        if len(mine) >= AT_ONCE:
            raise NotAllowed("too_many_reports", f"已有 {AT_ONCE} 份报表正在生成，请等其中一份完成或取消它")
        station.writer.refuse_if_down()  # a report is journalled, or it is not made
        by = station.shifts.settings.name_of(who.user)
        return await self._start(kind, period, scope, tuple(formats), by, who, False)

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

    # by themselves

    async def look(self) -> None:
        """A round, once the watch itself has been up for a while: a start has better things to do."""
        if self._station.clock.now() - self._station.started_at >= FIRST:
            await self.round()

    async def round(self) -> None:
        """Throws away what is over its time, then makes what is due, one after the other."""
        async with self._rounding:
            await self._round()

    async def close(self) -> None:
        await asyncio.gather(*(one.job.cancel() for one in self.running.values()))

    # inside

    async def _round(self) -> None:
        await self._load()
        await asyncio.to_thread(self.shelf.sweep, {one.job.id for one in self.running.values()})
        await self._purge()
        while (due := await self._next()) is not None:
            kind, period = due
            late = self._station.clock.now() - self._due_at(period) > LATE
            try:
                job = await self._start(kind, period, Scope(), FORMATS, ITSELF, None, late)
            except (NotAllowed, StoreUnavailable) as error:
                log.warning("报表稍后再做：%s", error)
                return
            assert job.running is not None
            await asyncio.wait([job.running])
            if job.state is not JobState.DONE:
                self._retry[kind, period.key] = self._station.clock.now() + RETRY

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
        self, kind: str, period: Period, scope: Scope, formats: tuple[str, ...], by: str, who: Who | None, late: bool
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
            part = await asyncio.to_thread(self._write_order, job.id, order)
        except OSError as error:
            raise StoreUnavailable(f"不能在 {self.shelf.folder} 里写文件：{error}；请检查数据盘") from error
        job.task = {"data": str(station.store.data), "url": station.store.url, "work": "report", "folder": str(part)}
        self.running[job.id] = Running(job, order, who)
        self._forget()
        job.begin(station.clock.now, self._finish)
        self._changed()
        return job

    def _write_order(self, job: str, order: Order) -> Any:
        site = replace(self._station.site, pictures={}, layouts=())
        text = f'{{"order":{json.dumps(order_json(order), ensure_ascii=False)},"site":{"".join(site_pieces(site))}}}'
        return self.shelf.begin(job, text, ORDER)

    async def _finish(self, job: Job, well: bool) -> None:
        one = self.running[job.id]
        part = self.shelf.folder / f"{PART}{job.id}"
        if well:
            meta = _meta_of(one, job.result)
            try:
                await asyncio.to_thread(self.shelf.write, part, meta)
                await self._station.writer.submit([self._record(one, "made", job.result)], [], [])
                await asyncio.to_thread(self.shelf.finish, part, meta)
            except (OSError, StoreUnavailable) as error:
                raise JobFailed(f"报表没有完成：{error}") from error
            wanted = self.settings
            if one.who is None and wanted.mail_to:
                text = (
                    f"{meta['title']}　{meta['scope']['title']}\n内容 SHA-256 {meta['digest']}\n由站自动生成，附件为报表文件。"
                )
                title = f"{self._station.site.name} {KIND_WORDS[one.order.kind]} {one.order.period.title}"
                self._station.dispatch.on_report(str(meta["id"]), title, text, wanted.mail_to)
        else:
            await asyncio.to_thread(self.shelf.drop, part)
            what = "failed" if job.error else "cancelled"
            self._station.writer.note(self._record(one, what, {"error": job.error} if job.error else {}))
        self._changed()

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
        return Record(self._station.clock.now(), "report", STATION if one.who is None else one.who.user, data=data)

    async def _next(self) -> tuple[str, Period] | None:
        """The oldest that is due and not there."""
        now, wanted = self._station.clock.now(), self.settings
        first = await self._station.call(self._station.store.journal.read, 0, 1)
        if not first:
            return None
        there = {(m["kind"], m["period"]) for m in self.shelf.metas.values() if m["whole"] and m["scope"]["kind"] == "site"}
        due: list[tuple[Instant, str, Period]] = []
        for entry in wanted.automatic:
            kind, _, span = entry.partition("/")
            span = span or kind
            back = round(wanted.catch_up_days * DAY)
            after = now - (min(back, SHIFT_CATCH_UP) if span == "shift" else back)
            for period in self.calendar.over(span, max(after, first[0].record.time), now - round(wanted.delay_min * MINUTE)):
                if (kind, period.key) not in there and self._retry.get((kind, period.key), 0) <= now:
                    due.append((period.end, kind, period))
        if not due:
            return None
        _, kind, period = min(due, key=lambda one: (one[0], KINDS.index(one[1])))
        return kind, period

    def _due_at(self, period: Period) -> Instant:
        return period.end + round(self.settings.delay_min * MINUTE)

    async def _purge(self) -> None:
        """Over its time, and no evidence of its days is held: journalled first, then gone."""
        now, keep = self._station.clock.now(), self.settings.keep_days
        for id, meta in list(self.shelf.metas.items()):
            if now - int(meta["made_us"]) <= round(keep[meta["span"]] * DAY):
                continue
            if await self._station.call(self._held, int(meta["start_us"]), int(meta["end_us"])):
                continue
            data = {"id": id, "sha256": meta["sha256"], "title": meta["title"], "what": "removed"}
            await self._station.writer.submit([Record(now, "report", STATION, data=data)], [], [])
            await asyncio.to_thread(self.shelf.remove, id)
            self._changed()

    def _held(self, start: Instant, end: Instant) -> bool:
        """Is a clip of that time locked, or in a case? Blocking."""
        clips, after = self._station.store.clips, None
        while rows := clips.find(start=start, end=end, after=after, limit=500):
            if any(row.locked_by or row.case for row in rows):
                return True
            after = rows[-1].id
        return False

    async def _load(self) -> None:
        async with self._loading:
            if not self._loaded:
                await asyncio.to_thread(self.shelf.load)
                self._loaded = True

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

    def _changed(self) -> None:
        self._count += 1
        self._station.feed.side_changed()

    def _tell(self) -> dict[str, Any]:
        """`changed` goes up with every report that begins, ends or goes."""
        working = sum(one.job.state is JobState.RUNNING for one in self.running.values())
        return {"changed": self._count, "running": working}


def _meta_of(one: Running, result: Mapping[str, Any]) -> dict[str, Any]:
    order = one.order
    period = order.period
    return {
        "id": order.id,
        "kind": order.kind,
        "title": f"{KIND_WORDS[order.kind]}　{period.title}",
        "span": period.span,
        "period": period.key,
        "period_title": period.title,
        "scope": {"kind": order.scope.kind, "code": order.scope.code, "title": order.scope.title},
        "start": to_rfc3339(period.start),
        "end": to_rfc3339(order.end),
        "start_us": period.start,
        "end_us": order.end,
        "made_at": to_rfc3339(order.now),
        "made_us": order.now,
        "by": order.by,
        "automatic": one.who is None,
        "late": order.late,
        "whole": order.whole,
        **result,
    }

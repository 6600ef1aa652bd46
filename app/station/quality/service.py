"""The data quality of a station (数据质量): worked out each day, each hour for the present day, and when asked for.

Station side. Belongs to the event loop; the work itself is a job in a process of its own, one at a time. What the links saw of
clocks that run ahead is counted here, because the samples show nothing of it any more.
"""

import logging
from collections import defaultdict
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from app.domain.instant import DAY, MINUTE, SECOND, Instant, from_datetime, to_datetime
from app.domain.settings import settings
from app.domain.settings.quality import QualitySettings, read_quality
from app.station.bydesign import STATION
from app.station.commands import Who
from app.station.errors import NotAllowed
from app.station.jobs import Job, JobFailed, JobState

if TYPE_CHECKING:
    from app.station.station import Station

log = logging.getLogger(__name__)

ROUND_S = 60.0
FIRST_S = 120.0  # after a start the watch comes first
LEAST = 60 * SECOND  # a span that can be judged
LONGEST = 31 * DAY


class Quality:
    def __init__(self, station: "Station") -> None:
        self._station = station
        self.zone = ZoneInfo(station.site.timezone)
        self.job: Job | None = None
        self._ahead: dict[str, dict[str, int]] = defaultdict(dict)  # by day and source
        self._counted: dict[str, int] = {}
        self._tried: dict[str, Instant] = {}
        self._purged = ""

    @property
    def settings(self) -> QualitySettings:
        return settings(self._station.site.options, "quality", read_quality)

    # time of the site

    def day_of(self, at: Instant) -> date:
        return to_datetime(at).astimezone(self.zone).date()

    def span_of(self, day: date) -> tuple[Instant, Instant]:
        """Of a local day."""
        ends = (day, day + timedelta(days=1))
        start, end = (from_datetime(datetime(d.year, d.month, d.day, tzinfo=self.zone).astimezone(UTC)) for d in ends)
        return start, end

    # work

    @property
    def running(self) -> bool:
        return self.job is not None and self.job.state is JobState.RUNNING

    def begin(self, who: Who | None, start: Instant, end: Instant, day: str = "") -> Job:
        """`day` names the results, "" a span of its own. Raises NotAllowed."""
        now = self._station.clock.now()
        if self.running:
            assert self.job is not None
            if self.job.task["day"] == day and day:
                return self.job
            raise NotAllowed("busy", "数据质量正在计算，请等它完成或先取消")
        if min(end, now) - start < LEAST:
            raise NotAllowed("bad_span", "时段太短或还没有开始，至少要有一分钟的数据")
        if end - start > LONGEST:
            raise NotAllowed("bad_span", "一次最多计算 31 天")
        by = STATION if who is None else who.user
        name = day or f"{to_datetime(start):%Y%m%dT%H%M%SZ}-{to_datetime(end):%Y%m%dT%H%M%SZ}"
        store = self._station.store
        task = {
            "work": "quality",
            "data": str(store.data),
            "url": store.url,
            "day": name,
            "start": start,
            "end": end,
            "now": now,
            "by": by,
            "ahead": self._ahead_in(start, end),
        }
        self.job = Job(by, task, now)
        self.job.begin(self._station.clock.now, self._finish)
        return self.job

    async def cancel(self) -> None:
        if self.job is not None:
            await self.job.cancel()

    async def close(self) -> None:
        await self.cancel()

    async def _finish(self, job: Job, well: bool) -> None:
        """The worker has written the results itself."""
        if well and "error" in job.result:
            raise JobFailed(str(job.result["error"]))
        if well:
            log.info("数据质量 %s：%s 个位号，用时 %s 秒", job.task["day"], job.result["tags"], job.result["took_s"])

    # rounds

    async def round(self) -> None:
        """Each minute: what the links counted, and whether something is due."""
        now = self._station.clock.now()
        self._count_ahead(now)
        if now - self._station.started_at < FIRST_S * SECOND or self.running or self._station.given.config is None:
            return
        due = await self._due(now)
        if due is not None:
            self._tried[due.isoformat()] = now
            self.begin(None, *self.span_of(due), due.isoformat())
            return
        await self._purge(now)

    async def _due(self, now: Instant) -> date | None:
        """Yesterday, whole, once its hour has come; then the present day."""
        wanted, today = self.settings, self.day_of(now)
        yesterday = today - timedelta(days=1)
        start, end = self.span_of(yesterday)
        if wanted.daily_at is not None and now >= end + wanted.daily_at * MINUTE and self._may_try(yesterday, now):
            run = await self._station.call(self._station.store.quality.run, yesterday.isoformat())
            if (run is None or run.partial) and await self._ran_before(end):
                return yesterday
        every = round(wanted["hourly_min"] * MINUTE)
        start = self.span_of(today)[0]
        if every and now - start > every and self._may_try(today, now, every):
            run = await self._station.call(self._station.store.quality.run, today.isoformat())
            if run is None or now - run.made_at >= every:
                return today
        return None

    def _may_try(self, day: date, now: Instant, every: Instant = 60 * MINUTE) -> bool:
        """What failed is not tried again each minute."""
        before = self._tried.get(day.isoformat())
        return before is None or now - before >= every

    async def _ran_before(self, moment: Instant) -> bool:
        first = await self._station.call(self._station.store.journal.read, 0, 1)
        return bool(first) and first[0].record.time < moment

    async def _purge(self, now: Instant) -> None:
        today = self.day_of(now).isoformat()
        if self._purged != today:
            self._purged = today
            before = now - round(self.settings["keep_days"] * DAY)
            await self._station.call(self._station.store.quality.purge, before)

    def _count_ahead(self, now: Instant) -> None:
        today = self.day_of(now).isoformat()
        for id, link in self._station.links.items():
            new = link.clock_faults - self._counted.get(id, 0)
            self._counted[id] = link.clock_faults
            if new > 0:
                self._ahead[today][id] = self._ahead[today].get(id, 0) + new
        for day in sorted(self._ahead)[:-32]:
            del self._ahead[day]

    def _ahead_in(self, start: Instant, end: Instant) -> Mapping[str, int]:
        found: dict[str, int] = {}
        for day, counts in self._ahead.items():
            first, last = self.span_of(date.fromisoformat(day))
            if first < end and last > start:
                for source, count in counts.items():
                    found[source] = found.get(source, 0) + count
        return found


def job_dict(job: Job | None) -> dict[str, Any] | None:
    """As the API tells it."""
    if job is None:
        return None
    return {
        "id": job.id,
        "state": job.state.value,
        "by": job.by,
        "day": job.task["day"],
        "done": job.done,
        "total": job.total,
        "error": job.error,
        "result": job.result or None,
    }

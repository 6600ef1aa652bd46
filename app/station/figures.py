"""Statistics of a span on request (区间统计): long ones by a worker, with progress, called off at will. Station side.

A year of raw samples keeps a processor busy for minutes; in a thread of the station it would take them from the watch.
"""

from collections.abc import Callable
from typing import Any

from app.domain.instant import DAY, MINUTE, Instant
from app.station.commands import Who
from app.station.errors import NotAllowed, Unknown
from app.station.jobs import Job, JobState

AT_ONCE = 2
SHORT = 3 * DAY
"""All tags together; what is not longer is reckoned in a thread of the station: about a tenth of a second."""
KEPT = 10 * MINUTE


class Figures:
    """`order`: what a worker needs to open the store."""

    def __init__(self, order: dict[str, Any], now: Callable[[], Instant]) -> None:
        self._order, self._now = order, now
        self._jobs: dict[str, Job] = {}

    def begin(self, who: Who, order: dict[str, Any]) -> Job:
        """`order` as `statistics.figures` takes it. Raises NotAllowed."""
        now = self._now()
        self._jobs = {id: job for id, job in self._jobs.items() if job.ended_at is None or now - job.ended_at < KEPT}
        if sum(job.state is JobState.RUNNING for job in self._jobs.values()) >= AT_ONCE:
            raise NotAllowed("busy", f"已有 {AT_ONCE} 个统计正在进行，请等其中一个完成或取消它")
        job = Job(who.user, {**self._order, **order, "work": "statistics"}, now)
        self._jobs[job.id] = job
        job.begin(self._now, _nothing_to_clear)
        return job

    def get(self, who: Who, id: str) -> Job:
        """Only of whoever asked for it. Raises Unknown."""
        job = self._jobs.get(id)
        if job is None or job.by != who.user:
            raise Unknown("not_found", "没有这个统计，或者它的结果已被删除（保留十分钟），请重新统计")
        return job

    async def remove(self, who: Who, id: str) -> None:
        """Calls it off when it runs. Raises Unknown."""
        job = self.get(who, id)
        await job.cancel()
        self._jobs.pop(id, None)

    async def close(self) -> None:
        for job in self._jobs.values():
            await job.cancel()


async def _nothing_to_clear(job: Job, well: bool) -> None:
    """A worker that only reads leaves nothing behind."""

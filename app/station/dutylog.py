"""The duty log as a whole (值守日志): seals, viewings, exports and checks of the journal, begun and ended with the station.

Station side. The journal itself is the store's; the order of writing is `writer`'s.
"""

from collections.abc import Callable, Coroutine
from functools import partial
from typing import TYPE_CHECKING, Any

from app.station.commands import Who
from app.station.exports import CLEAN_S, Exports
from app.station.figures import Figures
from app.station.jobs import Job, JobState
from app.station.seal import LOOK_S, Sealer, zone_of
from app.station.viewed import Viewings

if TYPE_CHECKING:
    from app.station.station import Station

PART = "integrity"


class DutyLog:
    def __init__(self, station: "Station", trouble: Callable[[str], None]) -> None:
        store, site, now = station.store, station.site, station.clock.now
        self._station, self._trouble = station, trouble
        self._troubles: dict[str, str] = {}
        self.zone = zone_of(site.timezone)
        self.sealer = Sealer(store.seals, store.secrets, site.code, self.zone, now, partial(self._tell, "seal"))
        self.viewings = Viewings(station.writer.note, now)
        self._order = {"data": str(store.data), "url": store.url, "zone": site.timezone}
        folder = station.given.data / "reports" / "exports"
        self.exports = Exports(folder, self._order, self.zone, now, self._exported)
        self.figures = Figures(self._order, now)
        self.check: Job | None = None
        self._checked_by: Who | None = None

    def begin(self) -> None:
        """What opening the store had to repair is an alarm until the next start, and a notice."""
        self._tell("repair", self._station.store.repaired)

    def rounds(self) -> tuple[tuple[float, Callable[[], Coroutine[Any, Any, None]]], ...]:
        return (LOOK_S, self.sealer.look), (CLEAN_S, self.exports.clean)

    async def close(self) -> None:
        """Workers end; before the last record of this run."""
        self.sealer.hold()
        await self.exports.close()
        await self.figures.close()
        if self.check is not None:
            await self.check.cancel()

    def verify(self, who: Who, seal: str = "") -> Job:
        """Begins a check in the background; the one that runs already, when there is one."""
        if self.check is None or self.check.state is not JobState.RUNNING:
            self._checked_by = who
            task = {**self._order, "work": "verify", "seal": seal}
            self.check = Job(who.user, task, self._station.clock.now())
            self.check.begin(self._station.clock.now, self._checked)
        return self.check

    async def _checked(self, job: Job, well: bool) -> None:
        if not well or self._checked_by is None:
            return
        broken = job.result["broken_at"]
        on_paper = bool(job.task["seal"])
        what = "日志与封印核对" if on_paper else "日志校验"
        text = f"{what}：第 {broken} 条不符，{job.result['message']}" if broken is not None else ""
        if text or not on_paper:
            self._tell("verify", text)
        result = "完整" if broken is None else f"第 {broken} 条不符"
        await self._station.commands.done(
            self._checked_by, "verify", {"records": job.result["count"], "result": result, "what": what}
        )

    async def _exported(self, who: Who, args: dict[str, Any]) -> None:
        await self._station.commands.done(who, "export", args)

    def _tell(self, part: str, text: str) -> None:
        """One alarm for all that puts the journal in doubt; it clears when nothing does."""
        self._troubles[part] = text
        self._trouble("；".join(one for one in self._troubles.values() if one))

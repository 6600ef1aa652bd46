"""Who on a Modbus line is asked next, and what follows from each answer. Pure: `now` in seconds of any steady clock is an
argument; the asking itself is done by `client`.

* Every block keeps its own grid of times: no drift, and a slot that was missed is left out, never caught up in a burst.
* A unit (从站) that does not answer is left alone and asked once per back-off period, with one of its blocks.
* A block the device refuses is cut in two until the illegal addresses stand alone; the rest is joined again, and one illegal
  address at a time is asked again, so that each is tried about every ten minutes. One that answers again (the device was
  restarting, or has a new program) brings the whole region back to its first plan.
"""

import heapq
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import count

from app.domain.sample import Reason
from drivers.modbus.blocks import Block, merge, split
from drivers.modbus.formats import BlockDecoder
from drivers.modbus.point import Point

PROBE_FIRST_S = 10.0
PROBE_EACH_S = 600.0
PROBE_LEAST_S = 2.0
PROBE_ALONE_S = 30.0
"""Where a device refuses everything, asking is also the only sign that the line lives."""
BUSY_TRIES = 3
BUSY_PAUSE_S = 0.2
BACKOFF_MAX_S = 30.0
GARBLED_PAUSE_S = 5.0


@dataclass(frozen=True, slots=True)
class Loss:
    """Points that have no value now, and why."""

    points: tuple[Point, ...]
    reason: Reason
    detail: str


@dataclass(slots=True, eq=False)
class Unit:
    """`silent`: in back-off. `behind_gateway`: it was a gateway that said so, the line itself answers."""

    id: int
    backoff_s: float
    answered: bool = False
    silent: bool = False
    behind_gateway: bool = False
    parked: list["Job"] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Region:
    """What was one block before its device refused it."""

    block: Block
    jobs: set["Job"] = field(default_factory=set)
    unsettled: set["Job"] = field(default_factory=set)
    illegal: list[Block] = field(default_factory=list)
    mergeable: bool = True
    probe_s: float = PROBE_FIRST_S


@dataclass(slots=True, eq=False)
class Job:
    """One read that comes back every period. `probe`: asks for an illegal address again."""

    block: Block
    unit: Unit
    region: Region
    decoder: BlockDecoder
    due: float
    answered: bool = False
    merged: bool = False
    probe: bool = False
    busy_tries: int = 0
    gone: bool = False
    parked: bool = False


class Poll:
    """`unit_backoff_s` doubles up to half a minute while a unit stays dead."""

    def __init__(
        self,
        plan: Iterable[Block],
        now: float,
        decoder: Callable[[Block], BlockDecoder],
        unit_backoff_s: float = 5.0,
        max_registers: int = 120,
        max_bits: int = 2000,
    ) -> None:
        self._decoder = decoder
        self._first_backoff_s = unit_backoff_s
        self._max_registers, self._max_bits = max_registers, max_bits
        self._heap: list[tuple[float, int, Job]] = []
        self._order = count()
        self._all_quiet = False
        self.news = False
        """A unit has died or come back, an address was refused or taken: `line_dead` and `trouble` are to be looked at."""
        self.units: dict[int, Unit] = {}
        self._regions = [Region(block) for block in plan]
        for region in self._regions:
            unit = self.units.setdefault(region.block.unit, Unit(region.block.unit, unit_backoff_s))
            self._add(region, unit, region.block, now)

    # --- asking ---

    def next(self, now: float) -> Job | float:
        """The read whose time has come, or the time at which the next one's comes. The job must be handed back to exactly
        one of `answered`, `refused`, `silent`, `garbled`."""
        while self._heap:
            due, _, job = self._heap[0]
            if job.gone or job.parked or due != job.due:
                heapq.heappop(self._heap)
                continue
            if due > now:
                return due
            heapq.heappop(self._heap)
            return job
        return now + 1.0

    def tries(self, job: Job, tries: int) -> int:
        """How often a question may be put before its unit is given up: a unit that is not known to live gets one chance,
        so that a dead one costs the others one timeout; and so does each after a unit that fell silent just now, so that
        a line that is dead altogether is found out soon."""
        return tries if job.unit.answered and not job.unit.silent and not self._all_quiet else 1

    @property
    def line_dead(self) -> bool:
        """No unit answers, and nothing on the way to them either."""
        return all(unit.silent and not unit.behind_gateway for unit in self.units.values())

    # --- what came of it ---

    def answered(self, job: Job, now: float) -> None:
        self._alive(job.unit, now)
        job.answered = True
        job.busy_tries = 0
        region = job.region
        if job.probe:
            self._relearn(region, job.unit, now)
            return
        if job in region.unsettled:
            region.unsettled.discard(job)
            self._settle(region, job.unit, now)
        if not job.gone:
            self._again(job, now)

    def refused(self, job: Job, code: int, now: float) -> list[Loss]:
        """The device answered with exception `code`."""
        detail = f"exception {code}"
        self._all_quiet = False
        if code in (10, 11):
            job.unit.behind_gateway = True
            return self._back_off(job, now, detail)
        self._alive(job.unit, now)
        if code in (1, 2, 3):
            return self._illegal(job, code, now)
        if code in (5, 6) and job.busy_tries < BUSY_TRIES:
            job.busy_tries += 1
            self._push(job, now + BUSY_PAUSE_S * job.busy_tries)
            return []
        job.busy_tries = 0
        self._later(job, now)
        return [Loss(job.block.points, Reason.TIMEOUT if code in (5, 6) else Reason.DEVICE_FAILURE, detail)]

    def silent(self, job: Job, now: float) -> list[Loss]:
        """No answer, all tries spent."""
        job.unit.behind_gateway = False
        self._all_quiet |= not job.unit.silent
        return self._back_off(job, now, "no answer")

    def garbled(self, job: Job, detail: str, now: float) -> list[Loss]:
        """An answer that is none to this question (wrong length, wrong function), all tries spent."""
        self._alive(job.unit, now)
        if job.probe:
            self._later(job, now)
        else:
            self._push(job, now + max(GARBLED_PAUSE_S, job.block.period_s))
        return [Loss(job.block.points, Reason.DEVICE_FAILURE, detail)]

    def trouble(self) -> str:
        """What fails while the rest goes on, as one Chinese sentence; "" when nothing does."""
        texts = []
        if dead := [unit for unit in self.units.values() if unit.silent]:
            names = "、".join(f"{unit.id}" + ("（网关报告）" if unit.behind_gateway else "") for unit in dead)
            texts.append(f"从站 {names} 无应答，请检查该设备的电源、接线和站号")
        if illegal := [block for region in self._regions for block in region.illegal]:
            names = "、".join(str(block) for block in illegal[:5]) + ("…" if len(illegal) > 5 else "")
            number = sum(len(block.points) for block in illegal)
            texts.append(f"设备拒绝读取 {number} 个位号的地址（{names}），请核对位号表")
        return "；".join(texts)

    # --- units ---

    def _alive(self, unit: Unit, now: float) -> None:
        self._all_quiet = False
        unit.answered = True
        if not unit.silent:
            return
        self.news = True
        unit.silent = unit.behind_gateway = False
        unit.backoff_s = self._first_backoff_s
        parked, unit.parked = unit.parked, []
        for job in parked:
            job.parked = False
            if not job.gone:
                self._push(job, now)

    def _back_off(self, job: Job, now: float, detail: str) -> list[Loss]:
        unit = job.unit
        self.news = True
        first = not unit.silent
        unit.silent = True
        if first:
            unit.backoff_s = self._first_backoff_s
        self._push(job, now + unit.backoff_s)
        unit.backoff_s = min(unit.backoff_s * 2, max(BACKOFF_MAX_S, self._first_backoff_s))
        if not first:
            return [Loss(job.block.points, Reason.TIMEOUT, detail)]
        jobs = [other for region in self._regions for other in region.jobs if other.unit is unit and other is not job]
        for other in jobs:
            other.parked = True
        unit.parked = jobs
        points = tuple(p for region in self._regions if region.block.unit == unit.id for p in region.block.points)
        return [Loss(points, Reason.TIMEOUT, detail)]

    # --- illegal addresses ---

    def _illegal(self, job: Job, code: int, now: float) -> list[Loss]:
        region, detail = job.region, f"exception {code}"
        if job.probe:
            self._schedule_probe(region, job.unit, now)
            return [Loss(job.block.points, Reason.CONFIG_ERROR, detail)]
        self._remove(job)
        if code == 3 or (job.merged and not job.answered):
            region.mergeable = False  # 3: asked for too many at once; else it refuses to cross a border inside
        parts = None if code == 1 else split(job.block, at_gap=code == 2)
        losses = []
        if parts is None:
            region.illegal.append(job.block)
            self.news = True
            losses.append(Loss(job.block.points, Reason.CONFIG_ERROR, detail))
        else:
            if job.answered:  # these had values until now: not good any more while the region is searched
                losses.append(Loss(job.block.points, Reason.CONFIG_ERROR, detail))
            for part in parts:
                region.unsettled.add(self._add(region, job.unit, part, now))
        self._settle(region, job.unit, now)
        return losses

    def _settle(self, region: Region, unit: Unit, now: float) -> None:
        """All parts have answered or been refused: join what is legal, and watch what is not."""
        if region.unsettled:
            return
        if region.mergeable:
            jobs = [job for job in region.jobs if not job.probe]
            blocks = merge((job.block for job in jobs), self._max_registers, self._max_bits)
            if len(blocks) < len(jobs):
                for job in jobs:
                    self._remove(job)
                for block in blocks:
                    self._add(region, unit, block, now + block.period_s, merged=True)
        if region.illegal and not any(job.probe for job in region.jobs):
            region.probe_s = PROBE_FIRST_S
            self._add(region, unit, region.illegal[0], now + region.probe_s, probe=True)

    def _schedule_probe(self, region: Region, unit: Unit, now: float) -> None:
        for job in [job for job in region.jobs if job.probe]:
            self._remove(job)
        region.illegal.append(region.illegal.pop(0))
        each = max(PROBE_LEAST_S, PROBE_EACH_S / len(region.illegal))
        if all(job.probe for other in self._regions for job in other.jobs):
            each = min(each, PROBE_ALONE_S)
        region.probe_s = min(region.probe_s * 2, each)
        self._add(region, unit, region.illegal[0], now + region.probe_s, probe=True)

    def _relearn(self, region: Region, unit: Unit, now: float) -> None:
        for job in list(region.jobs):
            self._remove(job)
        self.news = True
        region.illegal.clear()
        region.unsettled.clear()
        region.mergeable = True
        self._add(region, unit, region.block, now)

    # --- the heap ---

    def _add(self, region: Region, unit: Unit, block: Block, due: float, merged: bool = False, probe: bool = False) -> Job:
        job = Job(block, unit, region, self._decoder(block), due, merged=merged, probe=probe)
        region.jobs.add(job)
        self._push(job, due)
        return job

    def _remove(self, job: Job) -> None:
        job.gone = True
        job.region.jobs.discard(job)
        job.region.unsettled.discard(job)

    def _push(self, job: Job, due: float) -> None:
        job.due = due
        heapq.heappush(self._heap, (due, next(self._order), job))

    def _later(self, job: Job, now: float) -> None:
        if job.probe:
            self._schedule_probe(job.region, job.unit, now)
        else:
            self._again(job, now)

    def _again(self, job: Job, now: float) -> None:
        """The next time of its grid that is still to come."""
        period = job.block.period_s
        missed = max(0, int((now - job.due) // period))
        self._push(job, job.due + period * (missed + 1))

"""Which limits come nearer (到限时间): the moving tags found among all, their rate taken, told by the feed. Station side.

Two rings of values, fine for the last minute and coarse for the window, cost 20,000 tags a few milliseconds every two seconds;
what moves notably towards a limit, the nearest first and a bounded number, is looked at with care (`app.domain.time_to_limit`).
Nothing is told that was seen only once, of a value that is not good, or of an alarm that people have set aside.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from app.domain.instant import SECOND, Instant, to_rfc3339
from app.domain.sample import Quality
from app.domain.settings import settings
from app.domain.settings.trend import TrendSettings, read_trend
from app.domain.tag import Limits
from app.domain.time_to_limit import Ahead, Point, limits_at, rate_of
from app.station.prealarm import FARTHEST, PreAlarms
from app.station.table import Slot

if TYPE_CHECKING:
    from app.station.station import Station

STEP_S = 2.0
FINE = 30
COARSE = 60
LOOK_ROUNDS = 2  # of STEP_S between two looks
MOST = 64
"""Tags looked at with care in one round; those that have a pre-alarm come on top."""
MOST_ASKED = 256
MOST_TOLD = 50
_AT_ONCE = 2000  # slots read before the event loop runs
_NOTABLE = 1.5
"""The change of the last minute, or of the window, in units of its own scatter."""
Matrix = NDArray[np.float32]
log = logging.getLogger(__name__)


class TimeToLimit:
    """`run` for ever; `tell` is what the feed says: for each tag its limits ahead, nearest first."""

    def __init__(
        self,
        slots: Sequence[Slot],
        wanted: TrendSettings,
        now: Callable[[], Instant],
        call: Callable[..., Any],
        is_aside: Callable[[str], bool],
        warn: PreAlarms | None = None,
    ) -> None:
        """`call` runs work in a thread; `is_aside(rule key)`: has somebody suppressed it or taken it out of service? `warn`:
        who hears of the tags that have a pre-alarm."""
        self._slots = [slot for slot in slots if not slot.is_digital]
        self._settings, self._now, self._call, self._is_aside = wanted, now, call, is_aside
        n = len(self._slots)
        self._fine = np.full((FINE, n), np.nan, np.float32)
        self._coarse = np.full((COARSE, n), np.nan, np.float32)
        self._fine_at = np.zeros(FINE)
        self._coarse_at = np.zeros(COARSE)
        self._rounds = 0
        self._warn = warn
        self._failed: set[str] = set()
        self._seen: dict[str, bool] = {}  # moving upward, at the last look
        self.ahead: dict[str, list[Ahead]] = {}
        self.at: Instant = 0

    @classmethod
    def beside(cls, station: "Station") -> "TimeToLimit":
        def is_aside(key: str) -> bool:
            return key in station.engine and station.engine.state(key).overlay is not None

        wanted = settings(station.site.options, "trend", read_trend)
        warn = PreAlarms(station.engine)
        return cls(list(station.table.slots.values()), wanted, station.clock.now, station.call, is_aside, warn)

    async def run(self) -> None:
        while True:
            await asyncio.sleep(STEP_S)
            if self.looks:
                await self.round()

    async def round(self) -> None:
        await self._sample()
        self._rounds += 1
        if self._rounds % LOOK_ROUNDS == 0:
            await self._look()

    @property
    def looks(self) -> bool:
        """Does anybody want to know? A tag may get its pre-alarm while the station runs."""
        return self._settings.time_to_limit or any(slot.tag.prealarm_min is not None for slot in self._slots)

    def tell(self) -> dict[str, Any]:
        """`at`: when it was reckoned; seconds count from there."""
        nearest = sorted(self.ahead.items(), key=lambda item: item[1][0].seconds)[:MOST_TOLD]
        told = {tag: [asdict(one) for one in some] for tag, some in nearest}
        return {"at": to_rfc3339(self.at) if self.at else None, "tags": told}

    # inside

    async def _sample(self) -> None:
        at = self._now() / SECOND
        row = np.full(len(self._slots), np.nan, np.float32)
        good = Quality.GOOD
        for first in range(0, len(self._slots), _AT_ONCE):
            part = self._slots[first : first + _AT_ONCE]
            row[first : first + len(part)] = [
                slot.known if slot.sample.quality is good and isinstance(slot.known, float | int) else np.nan for slot in part
            ]
            await asyncio.sleep(0)
        place = self._rounds % FINE
        self._fine[place], self._fine_at[place] = row, at
        every = max(1, round(self._settings.window_s / COARSE / STEP_S))
        if self._rounds % every == 0:
            place = self._rounds // every % COARSE
            self._coarse[place], self._coarse_at[place] = row, at

    async def _look(self) -> None:
        now = self._now()
        found: dict[str, list[Ahead]] = {}
        seen: dict[str, bool] = {}
        horizon = self._settings.horizon_min * 60.0 if self._settings.time_to_limit else 0.0
        for place in self._chosen(await self._call(self._moving)):
            slot = self._slots[place]
            tag = slot.tag.tag
            try:
                ahead = self._look_at(place, now)
            except Exception:  # of one tag: the others are looked at all the same
                if tag not in self._failed:
                    log.exception("位号 %s 的到限时间算不出来", tag)
                self._failed.add(tag)
                continue
            ahead = [one for one in ahead if one.seconds <= horizon]
            if ahead:
                upward = ahead[0].rule.startswith("H")
                seen[tag] = upward
                if self._seen.get(tag) is upward:
                    found[tag] = ahead
            await asyncio.sleep(0)
        self._seen, self.ahead, self.at = seen, found, now

    def _chosen(self, moving: Sequence[int]) -> list[int]:
        """Of the tags that move, the nearest limit first: so many, and all those with a pre-alarm, moving or warned of."""
        if self._warn is None:
            return list(moving[:MOST])
        asked = [place for place in moving if self._slots[place].tag.prealarm_min is not None]
        warned = [place for place, slot in enumerate(self._slots) if self._warn.is_on(slot.tag)]
        return list(dict.fromkeys([*warned, *asked[:MOST_ASKED], *moving[:MOST]]))

    def _look_at(self, place: int, now: Instant) -> list[Ahead]:
        """The limits ahead of one tag, however far; its pre-alarm hears of them. Where the value is not good, or too little of
        it is known, nothing is said and the pre-alarm stays as it is."""
        slot = self._slots[place]
        tag, points = slot.tag, self._points(place, now / SECOND)
        if not points or slot.sample.quality is not Quality.GOOD:
            return []
        rate = rate_of(points, now / SECOND, self._settings.window_s)
        if rate is None:
            return []
        ahead = limits_at(rate, tag.limits, self._farthest(slot))
        ahead = [one for one in ahead if not self._is_aside(f"{tag.tag}/{one.rule}")]
        if self._warn is not None:
            self._warn.hear(slot, ahead, rate.over_s, self._now())
        return ahead

    def _farthest(self, slot: Slot) -> float:
        told = self._settings.horizon_min * 60.0
        return max(told, (slot.tag.prealarm_min or 0.0) * 60.0 * FARTHEST)

    def _points(self, place: int, now: float) -> list[Point]:
        """Coarse ones of the window, then the fine ones of the last minute; empty when the newest is not good."""
        fine_from = now - FINE * STEP_S
        pairs = [(t, v) for t, v in zip(self._coarse_at, self._coarse[:, place], strict=True) if 0 < t < fine_from]
        pairs += [(t, v) for t, v in zip(self._fine_at, self._fine[:, place], strict=True) if t >= fine_from]
        pairs.sort()
        if not pairs or np.isnan(pairs[-1][1]):
            return []
        return [(float(t), float(v)) for t, v in pairs if not np.isnan(v)]

    def _moving(self) -> list[int]:
        """In a thread: the places of the tags that move notably towards a limit, the nearest limit first."""
        fine, coarse = _in_order(self._fine, self._fine_at), _in_order(self._coarse, self._coarse_at)
        limits = np.array([_limits(slot.tag.limits) for slot in self._slots], np.float32).T
        best = np.full(len(self._slots), np.inf, np.float32)
        for ring, times in ((fine, np.sort(self._fine_at)), (coarse, np.sort(self._coarse_at))):
            known = times > 0
            if known.sum() < 4:
                continue
            best = np.minimum(best, _soonest(ring[known], times[known], limits))
        farthest = np.array([self._farthest(slot) for slot in self._slots], np.float32)
        places = np.flatnonzero(best <= farthest * 1.5)
        return [int(place) for place in places[np.argsort(best[places])]]


def _in_order(ring: Matrix, times: NDArray[np.float64]) -> Matrix:
    return ring[np.argsort(times, kind="stable")]


def _limits(limits: Limits) -> tuple[float, ...]:
    return tuple(np.nan if one is None else one for one in (limits.ll, limits.l, limits.h, limits.hh))


def _soonest(ring: Matrix, times: NDArray[np.float64], limits: Matrix) -> Matrix:
    """Seconds to the nearest limit by the difference of the ends, infinite where nothing moves notably; rough, for a choice.
    A tag that was not good for a while counts from its first good value on."""
    known = ~np.isnan(ring)
    some = max(1, len(ring) // 6)
    begun = known.argmax(axis=0)
    with np.errstate(all="ignore"):
        first = ring[begun, np.arange(ring.shape[1])]
        last = ring[-some:].mean(axis=0)
        steps = np.abs(np.diff(ring, axis=0))
        scatter = np.nansum(steps, axis=0) / np.maximum((~np.isnan(steps)).sum(axis=0), 1)
        moved = last - first
        slope = moved / np.maximum(times[-some:].mean() - times[begun], 1.0)
        ways = (limits - last) / slope  # negative: it moves away
        ways[~(ways > 0)] = np.inf
        notable = (np.abs(moved) > _NOTABLE * scatter) & np.isfinite(slope)
        found: Matrix = np.where(notable, ways.min(axis=0), np.inf).astype(np.float32)
        return found

"""The station's clock: never runs back, keeps pace by the steady clock of the machine, is drawn gently towards the wall clock.

Station side; the only place that reads a clock. A wall clock that is set (NTP after a flat battery, a hand) must neither fire
nor freeze a delay: small differences are slewed at up to 5 %, a wall that runs ahead by more than a minute is adopted at once
(delays end early: an alarm comes too soon, never too late), a wall that was set back is never followed in a jump.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass

from app.domain.instant import MINUTE, SECOND, Instant

STEP = 1 * SECOND  # a wall that moves by more than this between two checks was set by somebody
ADOPT = 1 * MINUTE
_MAX_PPM = 50_000
TOGETHER_NS = 1_000_000  # two readings this near are of one moment
TRIES = 5
_DEAD_PPM = 20  # below this the correction is noise


@dataclass(frozen=True, slots=True)
class ClockStep:
    """The wall clock was set by `moved` (positive: forward). `adopted`: the station's clock followed at once."""

    moved: Instant
    offset: Instant
    adopted: bool


class StationClock:
    """`now()` is cheap and never decreases; `check()` is called about once a second."""

    def __init__(self, wall_ns: Callable[[], int] = time.time_ns, steady_ns: Callable[[], int] = time.monotonic_ns) -> None:
        self._wall_ns, self._steady_ns = wall_ns, steady_ns
        self._mark, wall = self._both()
        self._base: Instant = wall
        self._ppm = 0
        self._apart = self._base - self._mark // 1000  # wall minus steady at the last check
        self.offset: Instant = 0  # wall minus station at the last check

    def now(self) -> Instant:
        gone = (self._steady_ns() - self._mark) // 1000
        return self._base + gone + gone * self._ppm // 1_000_000

    def check(self) -> ClockStep | None:
        """Compare with the wall, set the pace until the next check; a step of the wall is reported once."""
        steady, wall = self._both()
        gone = (steady - self._mark) // 1000
        station = self._base + gone + gone * self._ppm // 1_000_000
        moved = wall - steady // 1000 - self._apart
        self._apart += moved
        offset = wall - station
        adopted = offset > ADOPT
        self._mark, self._base = steady, wall if adopted else station
        self.offset = 0 if adopted else offset
        ppm = self.offset // 2  # half the difference within the next second: microseconds per second are ppm
        self._ppm = 0 if abs(ppm) < _DEAD_PPM else max(-_MAX_PPM, min(_MAX_PPM, ppm))
        return ClockStep(moved, offset, adopted) if abs(moved) > STEP else None

    def _both(self) -> tuple[int, Instant]:
        """Steady and wall of one moment: a process put aside between the two takes its own absence for a step of the wall."""
        readings: list[tuple[int, int, Instant]] = []
        while len(readings) < TRIES:
            before, wall = self._steady_ns(), self._wall_ns() // 1000
            apart = self._steady_ns() - before
            readings.append((apart, before + apart // 2, wall))
            if apart < TOGETHER_NS:
                break
        _, steady, wall = min(readings)
        return steady, wall

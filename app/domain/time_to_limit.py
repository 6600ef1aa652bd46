"""Time to limit (到限时间): when a value that keeps moving as it does now reaches its next limits. Pure; both sides.

The rate is the median of all pairwise slopes (Theil 1950, Sen 1968): a quarter of the points may be nonsense and it does not
move. Its interval comes from the spread of those slopes (Sen 1968, through Kendall's variance, 95 %). Where the interval holds
both directions, or the movement is not well beyond the noise, nothing is said. The longest of four windows counts that agrees
with the shorter ones: a pump that started a minute ago is not averaged away. Bounded: 24 points a window, 276 slopes.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from app.domain.tag import Limits

Point = tuple[float, float]
"""Seconds, value; only good ones."""

MOST_POINTS = 24
FEWEST_POINTS = 8
_Z95 = 1.96
_Z98 = 2.33
"""Two windows contradict each other beyond this: at 95 % mere chance would cut the window short too often."""
_WINDOWS = (1 / 16, 1 / 4, 1 / 2, 1.0)
_COVER = 0.7
"""Of a window must be known, or nothing is said of it."""
_BEYOND_NOISE = 5.0
"""The movement within its window is at least so many times the noise."""
_FLAT = 1e-12


@dataclass(frozen=True, slots=True)
class Rate:
    """Units a second, with its 95 % interval; `level`: the value now by the same line, `noise`: half of the points lie within
    so much of the line; `over_s`: how long it was looked at; `sure`: the 98 % interval."""

    slope: float
    low: float
    high: float
    level: float
    noise: float
    over_s: float
    sure: tuple[float, float] = (-math.inf, math.inf)

    @property
    def is_certain(self) -> bool:
        """Does it move, and in which direction?"""
        one_way = self.low > _FLAT or self.high < -_FLAT
        return one_way and abs(self.slope) * self.over_s > _BEYOND_NOISE * self.noise


@dataclass(frozen=True, slots=True)
class Ahead:
    """A limit that is reached in `seconds`, at the earliest in `soonest`, at the latest in `latest`; None: perhaps never."""

    rule: str
    limit: float
    seconds: float
    soonest: float
    latest: float | None


def rate_of(points: Sequence[Point], now: float, window_s: float) -> Rate | None:
    """None when too little is known. `points` in order of time."""
    kept: list[Rate] = []
    for share in _WINDOWS:
        start = now - window_s * share
        inside = [point for point in points if point[0] >= start]
        if len(inside) < FEWEST_POINTS or inside[-1][0] - inside[0][0] < window_s * share * _COVER:
            continue
        found = _theil_sen(_thinned(inside), now)
        if any(_contradicts(found, shorter) for shorter in kept):
            break  # it moves otherwise now than it did
        kept.append(found)
    return kept[-1] if kept else None


def _contradicts(longer: Rate, shorter: Rate) -> bool:
    low, high = shorter.sure
    if low - _FLAT <= longer.slope <= high + _FLAT:
        return False
    return not max(longer.sure[0], low) < min(longer.sure[1], high)


def limits_ahead(points: Sequence[Point], limits: Limits, now: float, window_s: float, horizon_s: float) -> list[Ahead]:
    """The limits that come within `horizon_s` at this rate, nearest first; empty when there is nothing to be said."""
    rate = rate_of(points, now, window_s)
    return [] if rate is None else limits_at(rate, limits, horizon_s)


def limits_at(rate: Rate, limits: Limits, horizon_s: float) -> list[Ahead]:
    """The same for a rate that is known."""
    if not rate.is_certain:
        return []
    rising = rate.slope > 0
    rows = (("H", limits.h), ("HH", limits.hh)) if rising else (("L", limits.l), ("LL", limits.ll))
    fast, slow = (rate.high, rate.low) if rising else (-rate.low, -rate.high)
    found = []
    for rule, limit in rows:
        if limit is None:
            continue
        way = limit - rate.level if rising else rate.level - limit
        if way <= rate.noise:
            continue  # there already, or not to be told apart from it: the alarm itself speaks
        seconds = way / abs(rate.slope)
        if seconds > horizon_s:
            continue
        soonest = (way - rate.noise) / fast
        latest = (way + rate.noise) / slow if slow > _FLAT else math.inf
        found.append(
            Ahead(rule, limit, seconds, min(soonest, seconds), None if latest > horizon_s * 4 else max(latest, seconds))
        )
    return found


def _thinned(points: Sequence[Point]) -> list[Point]:
    """At most `MOST_POINTS`: the median of each of as many parts; a single wild value is gone before slopes are made."""
    n = len(points)
    if n <= MOST_POINTS:
        return list(points)
    parts = [points[n * k // MOST_POINTS : n * (k + 1) // MOST_POINTS] for k in range(MOST_POINTS)]
    return [(sum(t for t, _ in part) / len(part), median(v for _, v in part)) for part in parts]


def _theil_sen(points: Sequence[Point], now: float) -> Rate:
    slopes = sorted((b[1] - a[1]) / (b[0] - a[0]) for i, a in enumerate(points) for b in points[i + 1 :] if b[0] > a[0])
    slope = median(slopes)
    n, count = len(points), len(slopes)
    deviation = math.sqrt(n * (n - 1) * (2 * n + 5) / 18)

    def within(z: float) -> tuple[float, float]:
        below, above = math.floor((count - z * deviation) / 2), math.ceil((count + z * deviation) / 2)
        return slopes[max(0, below)], slopes[min(count - 1, above)]

    low, high = within(_Z95)
    levels = [value - slope * (t - now) for t, value in points]
    level = median(levels)
    noise = median(abs(one - level) for one in levels)
    return Rate(slope, low, high, level, noise, points[-1][0] - points[0][0], within(_Z98))

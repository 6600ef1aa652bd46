"""One curve: a tag, its scale, what history said of a span, and the live samples after it. Console side, numpy only."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from app.domain.instant import SECOND
from app.domain.sample import Quality, Sample
from app.domain.tag import Tag
from widgets.trend.pyramid import Floats, Pyramid

KEEP_S = 26 * 3600.0  # live samples kept; what is older comes from history


@dataclass(slots=True)
class Past:
    """A reduced span from the historian: slot starts in seconds since the epoch, extremes with NaN for gaps."""

    start: float
    end: float
    t: Floats
    low: Floats
    high: Floats


def past_of(start: float, end: float, t: Sequence[float], low: Sequence[float | None], high: Sequence[float | None]) -> Past:
    """From the answer of the historian; None is a gap."""
    lows, highs = (np.array([np.nan if v is None else v for v in side], dtype=float) for side in (low, high))
    return Past(start, end, np.array(t, dtype=float), lows, highs)


class Pen:
    def __init__(self, tag: Tag) -> None:
        self.tag = tag
        self.live = Pyramid()
        self.past: Past | None = None
        self.sample: Sample | None = None
        self._trim_at = 0

    @property
    def decimals(self) -> int:
        return self.tag.decimals

    def put(self, sample: Sample) -> None:
        """A live sample. What is not good, or not a number, is a gap."""
        self.sample = sample
        value = sample.value
        if sample.quality is not Quality.GOOD or value is None or isinstance(value, str):
            self.live.gap()
            return
        self.live.append(sample.source_time / SECOND, float(value))
        if self.live.count > self._trim_at:
            self.live.trim(sample.source_time / SECOND - KEEP_S)
            self._trim_at = self.live.count + 10_000

    def covered(self, t0: float, pixels_per_s: float) -> bool:
        """Is [t0, now] known well enough to be drawn at this resolution?"""
        start = self.live.start
        if start is not None and start <= t0:
            return True
        past = self.past
        if past is None or past.start > t0 or (start is not None and past.end < start - 1):
            return False
        slots_per_s = len(past.t) / max(past.end - past.start, 1e-9)
        return slots_per_s * 2.5 >= min(pixels_per_s, 1.0)

    def points(self, t0: float, t1: float, pixels: int, now: float) -> tuple[Floats, Floats]:
        """What to draw for [t0, t1]: history up to the first live sample, then live; a good last value holds until `now`."""
        x, y = self.live.view(t0, t1, pixels)
        if self.live.count and not self.live.broken and self.live.end is not None and self.live.end < min(now, t1):
            x, y = np.append(x, min(now, t1)), np.append(y, self.live.last)
        past, start = self.past, self.live.start
        if past is None or (start is not None and start <= t0):
            return x, y
        until = t1 if start is None else min(t1, start)
        inside = (past.t >= t0 - (past.end - past.start) / max(len(past.t), 1)) & (past.t < until)
        px = np.repeat(past.t[inside], 2)
        py = np.empty(2 * int(inside.sum()))
        py[0::2], py[1::2] = past.low[inside], past.high[inside]
        return np.concatenate((px, x)), np.concatenate((py, y))

    def value_at(self, t: float) -> tuple[float, float] | None:
        """(lowest, highest) shown at `t`; None in a gap."""
        start = self.live.start
        if start is not None and t >= start:
            value = self.live.value_at(t)
            return None if value is None else (value, value)
        past = self.past
        if past is None or not len(past.t) or not past.start <= t <= past.end:
            return None
        i = max(0, int(np.searchsorted(past.t, t, side="right")) - 1)
        return None if not np.isfinite(past.low[i]) else (float(past.low[i]), float(past.high[i]))

    def extremes(self, t0: float, t1: float, now: float) -> tuple[float, float] | None:
        x, y = self.points(t0, t1, 2000, now)
        y = y[np.isfinite(y) & (x >= t0) & (x <= t1)]
        return (float(y.min()), float(y.max())) if len(y) else None

    def scale(self, t0: float, t1: float, now: float, auto: bool) -> tuple[float, float]:
        """The values at the bottom and the top of the chart: the range of the tag, or what is seen when it has none."""
        low, high = self.tag.range_low, self.tag.range_high
        if not auto and low is not None and high is not None and high > low:
            return low, high
        seen = self.extremes(t0, t1, now)
        if seen is None:
            return (0.0, 1.0) if low is None or high is None else (low, high)
        margin = (seen[1] - seen[0]) * 0.08 or max(abs(seen[1]) * 0.05, 0.5)
        return seen[0] - margin, seen[1] + margin

"""One curve: a tag, its scale, what history said, and the live samples after it. Console side, numpy only."""

from dataclasses import dataclass
from math import inf

import numpy as np

from app.domain.instant import SECOND
from app.domain.sample import Quality, Sample
from app.domain.tag import Limits, Tag
from widgets.trend.past import Past, Pasts, past_of
from widgets.trend.pyramid import Floats, Pyramid

__all__ = ["LimitSpan", "Past", "Pen", "past_of"]

KEEP_S = 26 * 3600.0  # live samples kept; what is older comes from history
_BAD_KEPT = 500


@dataclass(frozen=True, slots=True)
class LimitSpan:
    """Limits that counted in [start, end), seconds since the epoch; `end` None: until now. `by`, `why`: of the change that put
    them in force, "" for those that were there from the beginning."""

    start: float
    end: float | None
    limits: Limits
    by: str = ""
    why: str = ""


class Pen:
    def __init__(self, tag: Tag) -> None:
        self.tag = tag
        self.live = Pyramid()
        self.history = Pasts()
        self.ghost = Pasts()  # the same tag at another time, see `Compare`
        self.limits: tuple[LimitSpan, ...] = ()
        self.sample: Sample | None = None
        self._bad: list[list[float]] = []  # live spans that were not good: start, end, 1.0 for bad
        self._trim_at = 0
        self._lost = False

    @property
    def decimals(self) -> int:
        return self.tag.decimals

    @property
    def past(self) -> Past | None:
        """The newest answer of the historian."""
        return self.history.newest

    @past.setter
    def past(self, past: Past) -> None:
        self.history.put(past)

    def put(self, sample: Sample) -> None:
        """A live sample. What is not good, or not a number, is a gap."""
        self.sample = sample
        if self._lost:  # what happened meanwhile is in the historian, and only there
            self.live, self._lost, self._trim_at = Pyramid(), False, 0
        value = sample.value
        if sample.quality is not Quality.GOOD or value is None or isinstance(value, str):
            self.live.gap()
            if not self._bad or self._bad[-1][1] != np.inf:
                self._bad = [*self._bad, [sample.receive_time / SECOND, np.inf, float(sample.quality is Quality.BAD)]]
                self._bad = self._bad[-_BAD_KEPT:]
            return
        at = sample.source_time / SECOND
        if self._bad and self._bad[-1][1] == np.inf:
            self._bad[-1][1] = max(at, self._bad[-1][0])
        if self.live.end is not None and at < self.live.end:
            self.live, self._trim_at = Pyramid(), 0  # the clock of the source was set back: what was before is history's
        self.live.append(at, float(value))
        if self.live.count > self._trim_at:
            self.live.trim(at - KEEP_S)
            self._trim_at = self.live.count + 10_000

    def feed_lost(self) -> None:
        """Nothing is heard any more: the curve ends here, and what comes later is joined to it by the historian."""
        self.live.gap()
        self._lost = True

    def covered(self, t0: float, t1: float, fine_s: float, slack_s: float = 1.0) -> bool:
        """Is [t0, t1] but the last `slack_s` live, or known in slots of at most `fine_s`?"""
        until = self._history_until(t1)
        return until <= t0 or self.history.covered(t0, until, fine_s, slack_s)

    def points(self, t0: float, t1: float, pixels: int, now: float, fine_s: float = inf) -> tuple[Floats, Floats]:
        """What to draw for [t0, t1]: history up to the first live sample, as far as it is known in slots of at most `fine_s`,
        then live; a good last value holds until `now`."""
        x, y = self.live.view(t0, t1, pixels)
        if self.live.count and not self.live.broken and self.live.end is not None and self.live.end < min(now, t1):
            x, y = np.append(x, min(now, t1)), np.append(y, self.live.last)
        until = self._history_until(t1)
        if until <= t0:
            return x, y
        px, py = self.history.view(t0, until, fine_s)
        return (px, py) if not len(x) else (np.concatenate((px, x)), np.concatenate((py, y)))

    def bands(self, t0: float, t1: float, fine_s: float) -> list[tuple[Floats, Floats, Floats]]:
        """See `Pasts.bands`."""
        until = self._history_until(t1)
        return self.history.bands(t0, until, fine_s) if until > t0 else []

    def rough(self, t0: float, t1: float, now: float, fine_s: float, slack_s: float) -> list[tuple[float, float, bool]]:
        """See `Pasts.rough`; what is live is fine, and of what is to come nothing is missing."""
        until = self._history_until(min(t1, now))
        return self.history.rough(t0, until, fine_s, slack_s) if until > t0 else []

    def _history_until(self, t1: float) -> float:
        start = self.live.start
        return t1 if start is None else min(t1, start)

    def value_at(self, t: float) -> tuple[float, float] | None:
        """(lowest, highest) shown at `t`; None in a gap."""
        start = self.live.start
        if start is not None and t >= start:
            value = self.live.value_at(t)
            return None if value is None else (value, value)
        return self.history.value_at(t)

    def bad(self, t0: float, t1: float) -> list[tuple[float, float, bool]]:
        """Spans within [t0, t1] in which the value could not be believed; True where it was bad, not only uncertain."""
        spans = self.history.bad(t0, self._history_until(t1))
        return spans + [(max(a, t0), min(b, t1), bool(worse)) for a, b, worse in self._bad if a < t1 and b > t0]

    def limits_in(self, t0: float, t1: float) -> list[LimitSpan]:
        """Those that counted in [t0, t1]; those of now when nothing is known of their past."""
        if not self.limits:
            return [LimitSpan(t0, None, self.tag.limits)]
        return [one for one in self.limits if one.start < t1 and (one.end is None or one.end > t0)]

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
            return (0.0, 1.0) if low is None or high is None or high <= low else (low, high)
        margin = (seen[1] - seen[0]) * 0.08 or max(abs(seen[1]) * 0.05, 0.5)
        return seen[0] - margin, seen[1] + margin

"""Samples of one pen in memory with a growing min/max pyramid: append in O(levels), a view in two points a pixel.

Console side, numpy only. Extremes survive every level, and so do gaps: a gap is a break between two samples, remembered by
the index of the sample after it.
"""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
_FIRST = 1024


class Pyramid:
    """Times in seconds since the epoch, rising; values finite. Level k holds the extremes of 2**k samples."""

    def __init__(self) -> None:
        self.count = 0
        self._t: Floats = np.empty(_FIRST)
        self._levels: list[tuple[Floats, Floats]] = [(v := np.empty(_FIRST), v)]
        self._breaks: list[int] = []
        self._break_next = False

    @property
    def start(self) -> float | None:
        return float(self._t[0]) if self.count else None

    @property
    def end(self) -> float | None:
        return float(self._t[self.count - 1]) if self.count else None

    @property
    def last(self) -> float:
        return float(self._levels[0][0][self.count - 1])

    @property
    def broken(self) -> bool:
        """The newest sample no longer holds: a gap has begun."""
        return self._break_next

    def append(self, t: float, value: float) -> None:
        """A sample older than the newest is not drawn live; history has it."""
        n = self.count
        if n and t < self._t[n - 1]:
            return
        if n == len(self._t):
            self._grow()
        if self._break_next and n:
            self._breaks.append(n)
        self._break_next = False
        self._t[n] = t
        self._levels[0][0][n] = value
        for k in range(1, len(self._levels)):
            low, high = self._levels[k]
            i = n >> k
            if n == i << k:
                low[i] = high[i] = value
            elif value < low[i]:
                low[i] = value
            elif value > high[i]:
                high[i] = value
        self.count = n + 1

    def gap(self) -> None:
        """What comes next is not joined to what was: quality was not good in between."""
        self._break_next = True

    def fill(self, t: Floats, values: Floats) -> None:
        """Everything at once; NaN is a gap."""
        self.__init__()  # type: ignore[misc]
        good = np.isfinite(values)
        kept = np.flatnonzero(good)
        self._t, base = t[good].copy(), values[good].copy()
        self.count = len(base)
        self._breaks = [int(i) for i in np.flatnonzero(np.diff(kept) > 1) + 1]
        self._levels = [(base, base)]
        self._break_next = bool(len(good)) and not good[-1]
        if self.count:
            self._grow()

    def trim(self, before: float) -> None:
        """Forget samples older than `before`."""
        cut = int(np.searchsorted(self._t[: self.count], before))
        if cut:
            t, values = self._t[cut : self.count].copy(), self._levels[0][0][cut : self.count].copy()
            breaks, pending = [i - cut for i in self._breaks if i > cut], self._break_next
            self.fill(t, values)
            self._breaks, self._break_next = breaks, pending

    def _grow(self) -> None:
        n = self.count
        room = max(_FIRST, 2 * n)
        t = np.empty(room)
        t[:n] = self._t[:n]
        base = np.empty(room)
        base[:n] = self._levels[0][0][:n]
        self._t, self._levels = t, [(base, base)]
        low = high = base
        k = 1
        while room >> k >= _FIRST // 2:
            below = -(-n >> (k - 1)) if k > 1 else n
            size = (room >> k) + 1
            lows, highs = np.empty(size), np.empty(size)
            pairs = below // 2
            np.minimum(low[0 : 2 * pairs : 2], low[1 : 2 * pairs : 2], out=lows[:pairs])
            np.maximum(high[0 : 2 * pairs : 2], high[1 : 2 * pairs : 2], out=highs[:pairs])
            if below % 2:
                lows[pairs], highs[pairs] = low[below - 1], high[below - 1]
            self._levels.append((lows, highs))
            low, high = lows, highs
            k += 1

    def value_at(self, t: float) -> float | None:
        """What was shown at `t`: the newest sample not after it; None in a gap."""
        i = int(np.searchsorted(self._t[: self.count], t, side="right")) - 1
        if i < 0 or (i == self.count - 1 and self._break_next and t > self._t[i]):
            return None
        in_gap = i + 1 in self._breaks and t > self._t[i]
        return None if in_gap else float(self._levels[0][0][i])

    def extremes(self, t0: float, t1: float) -> tuple[float, float] | None:
        """Lowest and highest value within [t0, t1]."""
        _, y = self.view(t0, t1, 2000)
        y = y[np.isfinite(y)]
        return (float(y.min()), float(y.max())) if len(y) else None

    def view(self, t0: float, t1: float, pixels: int) -> tuple[Floats, Floats]:
        """Points to draw for [t0, t1] on `pixels`: steps where samples are few, extremes where they are many, NaN at gaps."""
        times = self._t[: self.count]
        a = max(0, int(np.searchsorted(times, t0, side="right")) - 1)
        b = min(self.count, int(np.searchsorted(times, t1, side="right")) + 1)
        if b <= a:
            return np.empty(0), np.empty(0)
        k = 0
        while k + 1 < len(self._levels) and (b - a) >> k > pixels:
            k += 1
        breaks = [i for i in self._breaks if a < i < b]
        if k == 0:
            return _steps(times[a:b], self._levels[0][0][a:b], [i - a for i in breaks])
        low, high = self._levels[k]
        i, j = a >> k, ((b - 1) >> k) + 1
        x = np.repeat(times[np.arange(i, j) << k], 2)
        y = np.empty(2 * (j - i))
        y[0::2], y[1::2] = low[i:j], high[i:j]
        if breaks:
            x, y = self._cut(x, y, breaks, i, k)
        return x, y

    def _cut(self, x: Floats, y: Floats, breaks: list[int], first: int, k: int) -> tuple[Floats, Floats]:
        """A NaN where the data stops and the first sample after it, once a bucket."""
        places, xs, ys = [], [], []
        seen = -1
        for n in breaks:
            bucket = n >> k
            if bucket == seen:
                continue
            seen = bucket
            at = 2 * (bucket - first)
            inside = n != bucket << k
            places += [at + 2, at + 2] if inside else [at]
            xs += [self._t[n - 1], self._t[n]] if inside else [self._t[n - 1]]
            ys += [np.nan, self._levels[0][0][n]] if inside else [np.nan]
        return np.insert(x, places, xs), np.insert(y, places, ys)


def _steps(t: Floats, values: Floats, breaks: list[int]) -> tuple[Floats, Floats]:
    """A value holds until the next sample: a source that reports changes only would else be drawn as a slope it never had."""
    n = len(t)
    x, y = np.empty(2 * n - 1), np.empty(2 * n - 1)
    x[0::2], y[0::2] = t, values
    x[1::2], y[1::2] = t[1:], values[:-1]
    for i in breaks:
        y[2 * i - 1] = np.nan
    return x, y

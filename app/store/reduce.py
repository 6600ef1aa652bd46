"""A span of samples reduced to slots for a trend: extremes survive, loss stays a gap. Pure; station side.

Slot i of n covers [start + i*span/n, start + (i+1)*span/n). Where good samples lie in it: their min, max and mean (each sample
counts once). Where none lies in it: the last good value before it holds, for a source that reports by exception is silent
while nothing changes; but after a sample that was not good, or before any, it is a gap. Quality is the worst that was true at
any moment of the slot, so a slot that begins in a loss says so even when a good sample ends it; None where nothing was known.
"""

import numpy as np

from app.domain.instant import Instant
from app.store.rows import Series
from app.store.samples import QUALITIES, Codes, Floats, Ints

_UNKNOWN = -1


def reduce(
    tag: str,
    source: Ints,
    number: Floats,
    quality: Codes,
    start: Instant,
    end: Instant,
    points: int,
    until: Instant | None = None,
) -> Series:
    """`source` ascending, everything before `end`; what lies before `start` only tells the state there. `number` NaN = no
    number. `until`: nothing is held into slots that start at or after it (the present)."""
    span = end - start
    n = max(1, min(points, span))
    edges = [start + span * i // n for i in range(n + 1)]
    starts = np.array(edges[:-1], np.int64)
    cuts = np.searchsorted(source, np.array(edges, np.int64))
    source, number, quality = source[: cuts[-1]], number[: cuts[-1]], quality[: cuts[-1]]
    usable = (quality == 0) & np.isfinite(number)

    # the state a slot begins with: that of the last sample before it
    before = cuts[:-1] - 1
    known = before >= 0
    carried_quality = np.full(n, _UNKNOWN, np.int64)
    carried_quality[known] = quality[before[known]]
    holds = known.copy()
    holds[known] = usable[before[known]]
    if until is not None:
        holds &= starts < until

    low, high, mean = np.full(n, np.nan), np.full(n, np.nan), np.full(n, np.nan)
    worst = carried_quality.copy()
    filled = cuts[1:] > cuts[:-1]
    if until is not None:
        worst[~filled & (starts >= until)] = _UNKNOWN
    held = ~filled & holds
    low[held] = high[held] = mean[held] = number[before[held]]

    if filled.any():
        first = cuts[:-1][filled]  # the filled slots lie end to end, so each segment ends where the next begins
        # a sample exactly at the start of a slot leaves nothing of the state before
        at_start = source[first] == starts[filled]
        carried = np.where(at_start, _UNKNOWN, carried_quality[filled])
        worst[filled] = np.maximum(np.maximum.reduceat(quality, first).astype(np.int64), carried)
        count = np.add.reduceat(usable.astype(np.int64), first)
        least = np.minimum.reduceat(np.where(usable, number, np.inf), first)
        most = np.maximum.reduceat(np.where(usable, number, -np.inf), first)
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            total = np.add.reduceat(np.where(usable, number, 0.0), first)
            # rounding, and sums beyond the largest float, must not leave the extremes
            average = np.clip(np.nan_to_num(total / count, nan=0.0), least, most)
        some = count > 0
        where = np.flatnonzero(filled)[some]
        low[where], high[where], mean[where] = least[some], most[some], average[some]

    return Series(
        tag,
        edges[:-1],
        _gaps(low),
        _gaps(high),
        _gaps(mean),
        [None if code < 0 else QUALITIES[code].value for code in worst.tolist()],
    )


def _gaps(values: Floats) -> list[float | None]:
    return [None if value != value else value for value in values.tolist()]

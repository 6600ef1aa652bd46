"""A span of samples reduced to slots for a trend: extremes survive, loss stays a gap. Pure; station side.

Slot i of n covers [start + i*span/n, start + (i+1)*span/n); where slots are about a minute or wider, their edges are moved to
whole minutes (ten minutes, hours), so that roll-ups are exact in them; only the outer two stay where they were asked for. Where
good samples lie in a slot: their min, max and mean (each sample counts once). Where none lies in it: the last good value before
it holds, for a source that reports by exception is silent while nothing changes; but after a sample that was not good, or
before any, it is a gap. Quality is the worst that was true at any moment of the slot, so a slot that begins in a loss says so
even when a good sample ends it; None where nothing was known.
"""

from dataclasses import dataclass

import numpy as np

from app.domain.instant import Instant
from app.store.history_rollup import LEVELS, Entries
from app.store.rows import Series
from app.store.samples import QUALITIES, Floats

_UNKNOWN = -1
_ENOUGH = 0.8
"""A slot may be so much narrower than the roll-ups it is made of: then a few slots fewer are given than asked for."""


@dataclass(frozen=True, slots=True)
class Slots:
    """`edges`: one more than slots; `level`: length of the roll-ups they are made of, 0 when only samples will do."""

    edges: list[Instant]
    level: Instant


def slots(start: Instant, end: Instant, points: int, least: Instant = 0) -> Slots:
    """`least`: no finer level than this, because the samples themselves are gone."""
    span = end - start
    n = max(1, min(points, span))
    edges = [start + span * i // n for i in range(n + 1)]
    fitting = [level for level in LEVELS if span >= _ENOUGH * level * n or level <= least]
    if not fitting:
        return Slots(edges, 0)
    step = span // n
    exact = [level for level in fitting if span % n == 0 and step % level == 0 and start % level == 0]
    level = max(exact) if exact else max(fitting)
    if not exact:
        moved = {(edge + level // 2) // level * level for edge in edges[1:-1]}
        edges = [start, *sorted(edge for edge in moved if start < edge < end), end]
    return Slots(edges, level)


def reduce(tag: str, found: Entries, edges: list[Instant], until: Instant | None = None) -> Series:
    """`found` ascending by last sample, each entry within one slot, or before the first: then it only tells the state there.
    `until`: nothing is held into slots that start at or after it (the present)."""
    n = len(edges) - 1
    starts = np.array(edges[:-1], np.int64)
    cuts = np.searchsorted(found.last, np.array(edges, np.int64))
    found = found.take(slice(0, int(cuts[-1])))

    # the state a slot begins with: that of the last sample before it
    before = cuts[:-1] - 1
    known = before >= 0
    carried_quality = np.full(n, _UNKNOWN, np.int64)
    carried_quality[known] = found.quality[before[known]]
    holds = known.copy()
    holds[known] = found.holds[before[known]]
    if until is not None:
        holds &= starts < until

    low, high, mean = np.full(n, np.nan), np.full(n, np.nan), np.full(n, np.nan)
    worst = carried_quality.copy()
    filled = cuts[1:] > cuts[:-1]
    if until is not None:
        worst[~filled & (starts >= until)] = _UNKNOWN
    held = ~filled & holds
    low[held] = high[held] = mean[held] = found.number[before[held]]

    if filled.any():
        first = cuts[:-1][filled]  # the filled slots lie end to end, so each segment ends where the next begins
        # a sample exactly at the start of a slot leaves nothing of the state before
        at_start = np.minimum.reduceat(found.first, first) == starts[filled]
        carried = np.where(at_start, _UNKNOWN, carried_quality[filled])
        worst[filled] = np.maximum(np.maximum.reduceat(found.worst, first).astype(np.int64), carried)
        count = np.add.reduceat(found.count, first)
        least = np.minimum.reduceat(found.low, first)
        most = np.maximum.reduceat(found.high, first)
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            total = np.add.reduceat(found.total, first)
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

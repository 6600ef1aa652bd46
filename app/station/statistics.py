"""Statistics of a span of one tag (区间统计), on raw samples: extremes, time-weighted mean and deviation, time beyond limits.

Station side; blocking, called in a worker thread or a worker's process. Read a piece at a time, so that a year stays flat in
memory. What the words mean (also told by the API and on the page):

* a good value holds until the next sample, a gap of the record, or now; every other second is time nobody knows about
* min, max: of the good values that held at any moment of the span, and when each was first reached
* mean, std: weighted by the time each value held, over the known time; std of the population
* good_share: known time / span; samples, good_samples: counted by their source time in the span, bad_samples: the rest
* beyond_s: seconds at or beyond each limit, as it counted at that time; alarm_s: seconds in which any alarm of the tag stood
* change: last minus first good value
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.domain.instant import DAY, SECOND, Instant, to_rfc3339
from app.station.inforce import InForce
from app.station.limits_history import LimitsSpan, limits_between
from app.store.ports import Historian, Journal, Store

PIECE = 4 * DAY
MOST_OCCURRENCES = 5000
"""Newest alarms of a tag looked at; beyond it `alarms_cut` is true, and there were at least so many."""
_BEYOND: tuple[tuple[str, str, bool], ...] = (("HH", "hh", True), ("H", "h", True), ("L", "l", False), ("LL", "ll", False))
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(slots=True)
class _Sums:
    samples: int = 0
    good: int = 0
    seconds: float = 0.0
    mean: float = 0.0
    spread: float = 0.0  # sum of w * (v - mean)²
    low: tuple[float, Instant] | None = None
    high: tuple[float, Instant] | None = None
    first: tuple[float, Instant] | None = None
    last: tuple[float, Instant] | None = None
    beyond: dict[str, float] = field(default_factory=dict)


def figures(
    store: Store, order: dict[str, Any], tell: Callable[[int, int], None] = lambda done, total: None
) -> list[dict[str, Any]]:
    """Of `order["tags"]`, one after the other; `tell` how many seconds of them all are done."""
    tags, start, end, now = order["tags"], order["start"], order["end"], order["now"]
    in_force, span = InForce(store), max(min(end, now) - start, 1)
    rows = []
    for number, tag in enumerate(tags):

        def reached(at: Instant, before: int = number * span) -> None:
            tell((before + at - start) // SECOND, len(tags) * span // SECOND)

        limits = limits_between(store, in_force, tag, start, end)
        rows.append(statistics(store.historian, store.journal, tag, start, end, now, limits, reached))
    return rows


def statistics(
    historian: Historian,
    journal: Journal,
    tag: str,
    start: Instant,
    end: Instant,
    now: Instant,
    limits: Sequence[LimitsSpan],
    reached: Callable[[Instant], None] = lambda at: None,
) -> dict[str, Any]:
    """`reached` is told how far it is."""
    until = max(min(end, now), start)
    gaps = [at for at, _ in historian.gaps(start - PIECE, until)]
    sums = _Sums()
    at = start
    while at < until:
        to = min(at + PIECE, until)
        for piece in historian.columns([tag], at, to, state=True):
            _add(sums, piece.source, piece.number, piece.quality, gaps, at, to, limits)
        at = to
        reached(at)
    span = (until - start) / SECOND
    rows = journal.occurrences(tag=tag, end=until, limit=MOST_OCCURRENCES)
    standing = [(max(row.raised_at, start), min(row.cleared_at or until, until)) for row in rows]
    standing = [(a, b) for a, b in standing if b > a]
    return {
        "tag": tag,
        "start": to_rfc3339(start),
        "end": to_rfc3339(until),
        "samples": sums.samples,
        "good_samples": sums.good,
        "bad_samples": sums.samples - sums.good,
        "good_share": sums.seconds / span if span > 0 else None,
        "min": _told(sums.low),
        "max": _told(sums.high),
        "mean": sums.mean if sums.seconds > 0 else None,
        "std": float(np.sqrt(sums.spread / sums.seconds)) if sums.seconds > 0 else None,
        "first": _told(sums.first),
        "last": _told(sums.last),
        "change": None if sums.first is None or sums.last is None else sums.last[0] - sums.first[0],
        "beyond_s": sums.beyond,
        "alarm_s": _union(standing) / SECOND,
        "alarms_cut": len(rows) == MOST_OCCURRENCES,
        "alarms": sum(start <= row.raised_at < until for row in rows),
    }


def _add(
    sums: _Sums,
    source: Ints,
    number: Floats,
    quality: NDArray[np.uint16],
    gaps: Sequence[Instant],
    start: Instant,
    end: Instant,
    limits: Sequence[LimitsSpan],
) -> None:
    """One piece; its first sample may be the one before `start`, which holds into it."""
    sums.samples += int(np.count_nonzero(source >= start))
    usable = (quality == 0) & np.isfinite(number)
    sums.good += int(np.count_nonzero(usable & (source >= start)))
    marks = np.array(sorted(at for at in gaps if len(source) and source[0] <= at < end), np.int64)
    if len(marks):
        where = np.searchsorted(source, marks, side="right")
        source, number = np.insert(source, where, marks), np.insert(number, where, np.nan)
        usable = np.insert(usable, where, False)
    if not usable.any():
        return
    begins = np.maximum(source, start)
    holds = np.diff(np.append(begins, end))
    kept = usable & ((holds > 0) | (source >= start))  # of samples with one time each counts as a value, the last one holds
    values, times, weights = number[kept], begins[kept], holds[kept] / SECOND
    if not len(values):
        return
    low, high = int(values.argmin()), int(values.argmax())
    if sums.low is None or values[low] < sums.low[0]:
        sums.low = float(values[low]), int(times[low])
    if sums.high is None or values[high] > sums.high[0]:
        sums.high = float(values[high]), int(times[high])
    if sums.first is None:
        sums.first = float(values[0]), int(times[0])
    sums.last = float(values[-1]), int(times[-1])
    total = float(weights.sum())
    if total > 0:
        mean = float((values * weights).sum() / total)
        spread = float((weights * (values - mean) ** 2).sum())
        both, apart = sums.seconds + total, mean - sums.mean
        sums.spread += spread + apart * apart * sums.seconds * total / both
        sums.mean += apart * total / both
        sums.seconds = both
    _count_beyond(sums, values, times, times + holds[kept], limits)


def _count_beyond(sums: _Sums, values: Floats, begins: Ints, ends: Ints, limits: Sequence[LimitsSpan]) -> None:
    """Seconds at or beyond each limit, as it counted at the time."""
    for span in limits:
        last = ends if span.end is None else np.minimum(ends, span.end)
        inside = np.maximum(last - np.maximum(begins, span.start), 0)
        for name, column, upward in _BEYOND:
            limit = getattr(span.limits, column)
            if limit is not None:
                there = values >= limit if upward else values <= limit
                sums.beyond[name] = sums.beyond.get(name, 0.0) + float(inside[there].sum()) / SECOND


def _told(found: tuple[float, Instant] | None) -> dict[str, Any] | None:
    return None if found is None else {"value": found[0], "at": to_rfc3339(found[1])}


def _union(spans: Sequence[tuple[Instant, Instant]]) -> Instant:
    total, reached = 0, 0
    for a, b in sorted(spans):
        total += max(0, b - max(a, reached))
        reached = max(reached, b)
    return total

"""Key values of tags over a period (关键参数): extremes with their moments, mean, time beyond the limits. Station side, worker.

Read in two steps. First the reduced history in steps of minutes or an hour, which finds extremes exactly and costs little even
over a month; then, only where a moment or a crossing has to be known to the second, the samples themselves. A value holds until
the next one; after a bad one, or across a gap, nothing holds, so what nobody knows counts for no limit.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from app.domain.instant import SECOND, Instant
from app.domain.sample import Quality, Sample
from app.domain.tag import Limits, Tag
from app.store.ports import Historian
from app.store.rows import Columns, Series

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
Looked = tuple[Instant, Instant, Ints, Floats]
AT_ONCE = 40  # tags in one question to the historian
SIDES = ("hh", "h", "l", "ll")
NEAR = 30_000  # samples that are read along rather than asked around
_OUT, _IN, _MIXED = 0, 1, 2


@dataclass(frozen=True, slots=True)
class Held:
    """The limits of a tag from `start` to `end`."""

    start: Instant
    end: Instant
    limits: Limits


@dataclass(frozen=True, slots=True)
class Measured:
    """`beyond`: microseconds at or beyond each limit that was set; `known`: share of the steps in which there was a value,
    `doubtful`: in which some of it was not good. All None and empty when nothing was there."""

    tag: Tag
    low: float | None = None
    low_at: Instant | None = None
    high: float | None = None
    high_at: Instant | None = None
    mean: float | None = None
    known: float = 0.0
    doubtful: float = 0.0
    beyond: Mapping[str, Instant] = field(default_factory=dict)

    @property
    def worst(self) -> Instant:
        """The time beyond any limit."""
        return max(self.beyond.get("h", 0), self.beyond.get("hh", 0)) + max(self.beyond.get("l", 0), self.beyond.get("ll", 0))


class Measure:
    """Of one period [start, end); `now` ends what has not ended, `slot` is the length of a step."""

    def __init__(
        self,
        historian: Historian,
        start: Instant,
        end: Instant,
        now: Instant,
        slot: Instant,
        periods: Mapping[str, float] = {},
    ) -> None:
        """`periods`: seconds between two samples, by source."""
        self._historian, self._start, self._end = historian, start, min(end, max(now, start + 1))
        self._slots = max(1, round((end - start) / slot))
        self._whole_end = end
        self._now, self._periods = now, periods
        self._gaps = [start for start, _ in historian.gaps(0, end)]

    def all(self, tags: Sequence[Tag], held: Mapping[str, Sequence[Held]]) -> Iterator[Measured]:
        """In the order of `tags`."""
        for first_of in range(0, len(tags), AT_ONCE):
            some = tags[first_of : first_of + AT_ONCE]
            names = [tag.tag for tag in some]
            found = self._historian.reduced(names, self._start, self._whole_end, self._slots, self._now)
            before = self._historian.at(names, self._start)
            for tag, series in zip(some, found, strict=True):
                yield self._one(tag, series, _number(before.get(tag.tag)), held.get(tag.tag, ()))

    def curve(self, tag: str) -> Series:
        """Of one tag; of all of them at once they would take a hundred megabytes."""
        return self._historian.reduced([tag], self._start, self._whole_end, self._slots, self._now)[0]

    # inside

    def _one(self, tag: Tag, series: Series, carried: float | None, held: Sequence[Held]) -> Measured:
        low, high, mean = (_floats(values) for values in (series.min, series.max, series.mean))
        known = np.isfinite(mean)
        edges = np.array([*series.t, self._whole_end], np.int64)
        lived = edges[:-1] < self._end
        share = float(known[lived].mean()) if lived.any() else 0.0
        if not known.any():
            return Measured(tag, known=share)
        perfect = np.array([word in (Quality.GOOD.value, None) for word in series.quality])
        pieces = [(one, side) for one in held for side in SIDES if getattr(one.limits, side) is not None]
        places = int(np.nanargmin(low)), int(np.nanargmax(high))
        extremes = [(int(edges[at]), int(edges[at + 1])) for at in places]
        states = []
        mixed: list[tuple[Instant, Instant]] = []
        for one, side in pieces:
            state = _states(low, high, known, perfect, edges, carried, float(getattr(one.limits, side)), side, one)
            states.append(state)
            mixed += [(int(edges[at]), int(edges[at + 1])) for at in np.flatnonzero(state == _MIXED)]
        looked = self._look(tag, mixed, extremes)
        beyond: dict[str, Instant] = {}
        for (one, side), state in zip(pieces, states, strict=True):
            whole = np.flatnonzero(state == _IN)
            spans = [(int(edges[at]), int(edges[at + 1])) for at in np.flatnonzero(state == _MIXED)]
            time = int(np.minimum(edges[1:][whole], self._end).sum() - np.minimum(edges[:-1][whole], self._end).sum())
            limit = float(getattr(one.limits, side))
            time += sum(self._beyond(looked, max(a, one.start), min(b, one.end, self._end), limit, side) for a, b in spans)
            beyond[side] = beyond.get(side, 0) + time
        least, most = float(np.nanmin(low)), float(np.nanmax(high))
        return Measured(
            tag,
            least,
            _when(looked, extremes[0], least),
            most,
            _when(looked, extremes[1], most),
            float(np.nanmean(mean)),
            share,
            float((known & ~perfect)[lived].mean()),
            beyond,
        )

    def _look(
        self, tag: Tag, mixed: Sequence[tuple[Instant, Instant]], extremes: Sequence[tuple[Instant, Instant]]
    ) -> list[Looked]:
        """The samples of these spans, neighbours read at once: start, end, times, numbers; NaN from where on nothing is known.
        Where a crossing is looked for, with the value before it, which costs as much again."""
        period = self._periods.get(tag.source, 1.0) if tag.period_s is None else tag.period_s
        near = round(NEAR * period * SECOND)
        found: list[Looked] = []
        for start, end in _joined(mixed, near):
            found += self._read(tag, start, end, state=True)
        alone = [(a, b) for a, b in extremes if not any(start <= a and b <= end for start, end, _, _ in found)]
        for start, end in _joined(alone, near):
            found += self._read(tag, start, end, state=False)
        return found

    def _read(self, tag: Tag, start: Instant, end: Instant, state: bool) -> Iterator[Looked]:
        for columns in self._historian.columns([tag.tag], start, end, state):
            times, numbers = _with_gaps(columns, [gap for gap in self._gaps if gap < end])
            yield start, end, times, numbers

    def _beyond(self, looked: Sequence[Looked], start: Instant, end: Instant, limit: float, side: str) -> Instant:
        for a, b, times, numbers in looked:
            if a <= start and end <= b and start < end:
                ends = np.append(times[1:], end)
                lengths = np.clip(ends, start, end) - np.clip(times, start, end)
                with np.errstate(invalid="ignore"):
                    over = numbers >= limit if side in ("h", "hh") else numbers <= limit
                return int(lengths[over].sum())
        return 0


def limits_of(tags: Iterable[Tag], start: Instant, end: Instant) -> dict[str, list[Held]]:
    """The same limits over the whole period."""
    return {tag.tag: [Held(start, end, tag.limits)] for tag in tags}


def cut(held: dict[str, list[Held]], tag: str, at: Instant, limits: Limits) -> None:
    """From `at` on other limits held for this tag."""
    pieces = held[tag]
    held[tag] = [*pieces[:-1], replace(pieces[-1], end=at), Held(at, pieces[-1].end, limits)]


def _states(
    low: Floats,
    high: Floats,
    known: Flags,
    perfect: Flags,
    edges: Ints,
    carried: float | None,
    limit: float,
    side: str,
    held: Held,
) -> Ints:
    """Of each step: wholly beyond the limit, not at all, or to be looked at."""
    with np.errstate(invalid="ignore"):
        inside, outside = (low >= limit, high < limit) if side in ("h", "hh") else (high <= limit, low > limit)
    state = np.where(inside & perfect, _IN, np.where(outside | ~known, _OUT, _MIXED)).astype(np.int64)
    over = carried is not None and (carried >= limit if side in ("h", "hh") else carried <= limit)
    before = np.concatenate(([_IN if over else _OUT], state[:-1]))
    # a step begins with the value the one before it ended with
    state[state != before] = _MIXED
    live = (edges[:-1] < held.end) & (edges[1:] > held.start)
    whole = (edges[:-1] >= held.start) & (edges[1:] <= held.end)
    state[live & ~whole & (state == _IN)] = _MIXED
    state[~live] = _OUT
    return state


def _joined(spans: Iterable[tuple[Instant, Instant]], near: Instant) -> list[tuple[Instant, Instant]]:
    found: list[tuple[Instant, Instant]] = []
    for start, end in sorted(set(spans)):
        if found and start <= found[-1][1] + near:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((start, end))
    return found


def _with_gaps(columns: Columns, gaps: Sequence[Instant]) -> tuple[Ints, Floats]:
    numbers = np.where(columns.quality == 0, columns.number, np.nan)
    marks = np.array(sorted(at for at in gaps if len(numbers) and at >= columns.source[0]), np.int64)
    at = np.searchsorted(columns.source, marks, side="right")
    return np.insert(columns.source, at, marks), np.insert(numbers, at, np.nan)


def _when(looked: Sequence[Looked], step: tuple[Instant, Instant], value: float) -> Instant:
    """When the value was there first within the step; its beginning when it came earlier and held."""
    for a, b, times, numbers in looked:
        if a <= step[0] and step[1] <= b:
            hits = np.flatnonzero((numbers == value) & (times >= step[0]) & (times < step[1]))
            return int(times[hits[0]]) if len(hits) else step[0]
    return step[0]


def _number(sample: Sample | None) -> float | None:
    if sample is None or sample.quality is not Quality.GOOD or not isinstance(sample.value, int | float):
        return None
    return float(sample.value)


def _floats(values: Sequence[float | None]) -> Floats:
    return np.array([np.nan if value is None else value for value in values], np.float64)

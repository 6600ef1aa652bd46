"""Samples of one point made ready for the checks: what may be believed, in order of time, and as it was heard live.

Station side; numpy arrays, pure. Two times matter: the source's orders the values, the station's (of receipt) says what the
station knew when, and is the time of alarms and of links.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from app.domain.instant import Instant
from app.domain.tag import Tag
from app.store.rows import Columns

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Span = tuple[Instant, Instant]

GOOD, UNCERTAIN = 0, 1


@dataclass(eq=False)
class Series:
    """`columns` as the historian gives them, perhaps with one sample before `start`; `end` is not in the future. `gaps`: spans
    in which the station could not keep anything. `by_exception`: silence of a living link means "unchanged"."""

    tag: Tag
    columns: Columns
    start: Instant
    end: Instant
    period: Instant
    by_exception: bool = False
    gaps: Sequence[Span] = ()

    @cached_property
    def inside(self) -> Bools:
        return (self.columns.source >= self.start) & (self.columns.source < self.end)

    @cached_property
    def valid(self) -> Bools:
        """What was received and means something: good, or a number beyond the range."""
        quality, number = self.columns.quality, self.columns.number
        if not quality.any():
            return np.ones(len(quality), np.bool_)
        found: Bools = (quality == GOOD) | ((quality == UNCERTAIN) & np.isfinite(number))
        return found

    @cached_property
    def numbers(self) -> tuple[Ints, Floats]:
        """Times (of the source) and values of the valid numbers inside the span."""
        wanted = self.valid & self.inside & np.isfinite(self.columns.number)
        if wanted.all():
            return self.columns.source, self.columns.number
        return self.columns.source[wanted], self.columns.number[wanted]

    @cached_property
    def live(self) -> "Live":
        """As the station heard it: by time of receipt, without what came late."""
        c = self.columns
        order: Ints | slice = slice(None)
        if len(c.receive) > 1 and (c.receive[1:] < c.receive[:-1]).any():
            order = np.argsort(c.receive, kind="stable")
        source, receive, number, valid = c.source[order], c.receive[order], c.number[order], self.valid[order]
        quality = c.quality[order]
        if len(source) > 1:
            # loss is not ordered: what is not good counts when it comes, as in `ingest`
            newest = np.maximum.accumulate(np.where(valid, source, np.iinfo(np.int64).min))
            on_time = ~valid | (source >= newest)
            if not on_time.all():
                source, receive, number = source[on_time], receive[on_time], number[on_time]
                valid, quality = valid[on_time], quality[on_time]
        return Live(source, receive, number, valid, quality)

    @property
    def span(self) -> float | None:
        """Of the range, in the tag's unit."""
        low, high = self.tag.range_low, self.tag.range_high
        return high - low if low is not None and high is not None and high > low else None


@dataclass(frozen=True, slots=True, eq=False)
class Live:
    """Arrays of equal length, by time of receipt."""

    source: Ints
    receive: Ints
    number: Floats
    valid: Bools
    quality: NDArray[np.uint16]

    def __len__(self) -> int:
        return len(self.receive)


def merged(spans: Sequence[Span]) -> list[Span]:
    """In order, what touches made one."""
    out: list[Span] = []
    for start, end in sorted(spans):
        if start >= end:
            continue
        if out and start <= out[-1][1]:
            out[-1] = (out[-1][0], max(out[-1][1], end))
        else:
            out.append((start, end))
    return out


def without(spans: Sequence[Span], taken: Sequence[Span]) -> list[Span]:
    """`spans` (merged) less `taken`."""
    out = []
    cuts = merged(taken)
    for start, end in spans:
        for a, b in cuts:
            if b <= start or a >= end:
                continue
            if a > start:
                out.append((start, a))
            start = max(start, b)
        if start < end:
            out.append((start, end))
    return out


def common(one: Sequence[Span], other: Sequence[Span]) -> list[Span]:
    """What lies in both (each merged)."""
    found = [(max(a, c), min(b, d)) for a, b in one for c, d in other]
    return merged([(a, b) for a, b in found if a < b])


def runs(mask: Bools) -> tuple[Ints, Ints]:
    """First and one past the last position of every run of True."""
    edges = np.flatnonzero(np.diff(mask.astype(np.int8), prepend=0, append=0))
    return edges[0::2], edges[1::2]


def held(live: Live, wanted: Bools, ends: Ints) -> list[Span]:
    """The wanted samples as spans of the station's time, each up to its end; neighbours made one."""
    starts, ends = live.receive[wanted], ends[wanted]
    if not len(starts):
        return []
    apart = np.flatnonzero(starts[1:] > ends[:-1])
    first = starts[np.concatenate([[0], apart + 1])].tolist()
    last = ends[np.concatenate([apart, [len(ends) - 1]])].tolist()
    return merged(list(zip(first, last, strict=True)))


def within(spans: Sequence[Span], start: Instant, end: Instant) -> list[Span]:
    return [(max(a, start), min(b, end)) for a, b in spans if a < end and b > start]

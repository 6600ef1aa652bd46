"""What the historian said of one tag: reduced spans of several widths, the finest one drawn where it is known. Console side.

Nothing waits for a finer answer: whatever covers a moment is drawn until something finer is here. What is finer than asked for
is a line; what is coarser is a band from lowest to highest, which is true of every moment in it and pretends to no more.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import inf

import numpy as np

from widgets.trend.pyramid import Floats

KEPT = 8
"""Answers kept of a tag: a way back in the zoom draws at once."""
ENOUGH = 0.4
"""Slots a pixel that need no finer answer."""
FINEST_S = 0.05
"""A slot of this width needs none in any case."""
_NO_SPANS: tuple[tuple[float, float, bool], ...] = ()


@dataclass(slots=True)
class Past:
    """A reduced span from the historian: slot starts in seconds since the epoch, extremes with NaN for gaps. `bad`: spans in
    which the quality was not good, True where it was bad and not only uncertain. `asked`: how many slots; where there are
    fewer, nothing finer is left."""

    start: float
    end: float
    t: Floats
    low: Floats
    high: Floats
    bad: tuple[tuple[float, float, bool], ...] = field(default=_NO_SPANS)
    asked: int = 0

    @property
    def slot_s(self) -> float:
        return (self.end - self.start) / max(len(self.t), self.asked, 1)


def past_of(
    start: float,
    end: float,
    t: Sequence[float],
    low: Sequence[float | None],
    high: Sequence[float | None],
    quality: Sequence[str | None] = (),
    asked: int = 0,
) -> Past:
    """From the answer of the historian; None is a gap."""
    lows, highs = (np.array([np.nan if v is None else v for v in side], dtype=float) for side in (low, high))
    return Past(start, end, np.array(t, dtype=float), lows, highs, _bad_spans(end, t, quality), asked)


def _bad_spans(end: float, t: Sequence[float], quality: Sequence[str | None]) -> tuple[tuple[float, float, bool], ...]:
    spans: list[tuple[float, float, bool]] = []
    before: str | None = None
    for place, word in enumerate(quality):
        if word in ("bad", "uncertain"):
            to = t[place + 1] if place + 1 < len(t) else end
            if word == before:
                spans[-1] = (spans[-1][0], to, spans[-1][2])
            else:
                spans.append((t[place], to, word == "bad"))
        before = word
    return tuple(spans)


def fine_enough(span: float, slots: int) -> float:
    """How wide a slot may be where so many are wanted over a span."""
    return max(span / slots / ENOUGH, FINEST_S)


def slack_s(span: float) -> float:
    """So much of the newest may be missing before it is asked for again: of a tag that is silent, or just being written."""
    return min(max(span / 200, 1.0), 60.0)


class Pasts:
    """All answers kept of one tag, newest last."""

    def __init__(self) -> None:
        self._kept: list[Past] = []

    def put(self, past: Past) -> None:
        """A finer answer makes a coarser one within it needless, and the same span asked again replaces the older answer. The
        widest stays: it is what a far way back is drawn with at once."""
        kept = [
            one for one in self._kept if not (past.start <= one.start and one.end <= past.end and past.slot_s <= one.slot_s)
        ]
        kept.append(past)
        if len(kept) > KEPT:
            widest = max(kept, key=lambda one: one.end - one.start)
            kept.remove(next(one for one in kept if one is not widest))
        self._kept = kept

    def clear(self) -> None:
        self._kept = []

    @property
    def newest(self) -> Past | None:
        return self._kept[-1] if self._kept else None

    def covered(self, t0: float, t1: float, fine_s: float, slack_s: float = 1.0) -> bool:
        """Is all of [t0, t1] but the last `slack_s` known in slots of at most `fine_s`?"""
        at = t0
        for one in sorted((one for one in self._kept if one.slot_s <= fine_s), key=lambda one: one.start):
            if one.start <= at < one.end:
                at = one.end
        return at >= t1 - slack_s

    def pieces(self, t0: float, t1: float) -> list[tuple[Past, float, float]]:
        """The finest answer for each part of [t0, t1], in order of time; parts nobody answered for are left out."""
        wanted = [(t0, t1)]
        found: list[tuple[Past, float, float]] = []
        for one in sorted(self._kept, key=lambda one: one.slot_s):
            left: list[tuple[float, float]] = []
            for a, b in wanted:
                low, high = max(a, one.start), min(b, one.end)
                if low >= high:
                    left.append((a, b))
                    continue
                found.append((one, low, high))
                left += [(x, y) for x, y in ((a, low), (high, b)) if y > x]
            wanted = left
        return sorted(found, key=lambda piece: piece[1])

    def view(self, t0: float, t1: float, fine_s: float = inf) -> tuple[Floats, Floats]:
        """Points to draw for [t0, t1]: two a slot, NaN in gaps and where nothing is known in slots of at most `fine_s`."""
        xs: list[Floats] = []
        ys: list[Floats] = []
        before: float | None = None
        for one, low, high in self.pieces(t0, t1):
            first = max(0, int(np.searchsorted(one.t, low, side="right")) - 1)
            last = int(np.searchsorted(one.t, high, side="left"))
            if last <= first or one.slot_s > fine_s:
                continue
            if before is not None and low - before > one.slot_s:
                xs.append(np.array([before]))
                ys.append(np.array([np.nan]))
            x = np.repeat(one.t[first:last], 2)
            if len(x):
                x[:2] = np.maximum(x[:2], low)
            y = np.empty(len(x))
            y[0::2], y[1::2] = one.low[first:last], one.high[first:last]
            xs.append(x)
            ys.append(y)
            before = high
        return (np.concatenate(xs), np.concatenate(ys)) if xs else (np.empty(0), np.empty(0))

    def bands(self, t0: float, t1: float, fine_s: float) -> list[tuple[Floats, Floats, Floats]]:
        """What is known of [t0, t1] more coarsely than `fine_s`: edges of slots (one more than slots), lowest, highest, NaN in
        gaps."""
        found = []
        for one, low, high in self.pieces(t0, t1):
            first = max(0, int(np.searchsorted(one.t, low, side="right")) - 1)
            last = int(np.searchsorted(one.t, high, side="left"))
            if last > first and one.slot_s > fine_s:
                edges = np.append(one.t[first:last], one.t[last] if last < len(one.t) else one.end)
                found.append((np.clip(edges, low, high), one.low[first:last], one.high[first:last]))
        return found

    def rough(self, t0: float, t1: float, fine_s: float, slack_s: float = 1.0) -> list[tuple[float, float, bool]]:
        """Parts of [t0, t1] that are known more coarsely than `fine_s` (True), or longer than `slack_s` not at all (False)."""
        parts: list[tuple[float, float, bool]] = []
        at = t0
        for one, low, high in self.pieces(t0, t1):
            if low - at > slack_s:
                parts.append((at, low, False))
            if one.slot_s > fine_s:
                parts.append((low, high, True))
            at = high
        if t1 - at > slack_s:
            parts.append((at, t1, False))
        return parts

    def value_at(self, t: float) -> tuple[float, float] | None:
        """(lowest, highest) of the slot at `t`; None in a gap."""
        for one in sorted(self._kept, key=lambda one: one.slot_s):
            if len(one.t) and one.start <= t <= one.end:
                i = max(0, int(np.searchsorted(one.t, t, side="right")) - 1)
                return None if not np.isfinite(one.low[i]) else (float(one.low[i]), float(one.high[i]))
        return None

    def bad(self, t0: float, t1: float) -> list[tuple[float, float, bool]]:
        spans = []
        for one, low, high in self.pieces(t0, t1):
            spans += [(max(a, low), min(b, high), worse) for a, b, worse in one.bad if a < high and b > low]
        return spans

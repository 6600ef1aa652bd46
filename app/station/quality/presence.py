"""Definitions 1 and 2: how much of what should have come came (完整率), and how long the point was online (在线率). Pure.

A polled source owes a valid sample each period. Holes are counted between neighbours (an interval of three periods lacks two),
single losses by the number of different times, so that jitter costs nothing, and neither duplicates nor a faster source make up
for a hole. A source that reports changes owes nothing while its link
is alive: the driver's keep-alive holds the last value, and the loss of the link, a restart of the station and a value gone bad
all stand in the history as samples that are not good, or as gaps. Such a point has received a slot when its value was held.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from app.domain.instant import HOUR, SECOND, Instant
from app.domain.quality import Finding, QualityKind, Share
from app.domain.quality_reasons import finding
from app.domain.settings.quality import TagNumbers
from app.station.quality.series import Ints, Series, Span, common, held, within, without


@dataclass(frozen=True)
class Presence:
    """`offline`: when it was not online, though it should have been."""

    slots: Share = field(default_factory=Share)
    online: Share = field(default_factory=Share)
    holes: Sequence[Span] = ()
    offline: Sequence[Span] = field(default_factory=list)


def presence(series: Series, due: Sequence[Span], numbers: TagNumbers) -> Presence:
    """`due`: when something was due of the point (merged, inside the span)."""
    patience = max(round(numbers["online_periods"] * series.period), round(numbers["online_floor_s"] * SECOND))
    alive = _held(series) if series.by_exception else None
    slots, online, holes, offline = Share(), Share(), list[Span](), list[Span]()
    for span in due:
        if alive is None:
            share, missing = _polled(series, span)
            away = _silent(series, span, patience)
        else:
            mine = common(alive, [span])
            missing = without([span], mine)
            share = _slots_of(sum(b - a for a, b in mine), span, series.period)
            away = [(a + patience, b) for a, b in missing if b - a > patience]
        slots, holes, offline = slots + share, holes + missing, offline + away
        should = span[1] - span[0]
        online = online + Share(should - sum(b - a for a, b in away), should)
    return Presence(slots, online, sorted(holes, key=lambda hole: hole[0] - hole[1])[:100], offline)


def findings(series: Series, found: Presence, numbers: TagNumbers) -> list[Finding]:
    out = []
    rate, online = found.slots.rate, found.online.rate
    if rate is not None and 100 * rate < numbers["completeness_pct"]:
        out.append(_missing(series, found, rate))
    if online is not None and 100 * online < numbers["online_pct"] and found.offline:
        longest = max(found.offline, key=lambda span: span[1] - span[0])
        lost = sum(b - a for a, b in found.offline) / SECOND
        got, should = found.online.got / SECOND, found.online.due / SECOND
        evidence = {"rate": online, "online_s": got, "should_s": should, "offline_s": lost}
        tag, count = series.tag.tag, len(found.offline)
        out.append(finding(QualityKind.ONLINE, "offline", tag, longest, 1 - online, "offline", evidence, count=count))
    return out


def _missing(series: Series, found: Presence, rate: float) -> Finding:
    longest = found.holes[0] if found.holes else (series.start, series.end)
    said = "missing" if found.holes else "missing_scattered"
    if not found.slots.got:
        said = "missing_all"
    evidence = {
        "rate": rate,
        "expected": found.slots.due,
        "received": found.slots.got,
        "longest_s": (longest[1] - longest[0]) / SECOND,
    }
    count = round(found.slots.due) - round(found.slots.got)
    return finding(QualityKind.COMPLETENESS, "missing", series.tag.tag, longest, 1 - rate, said, evidence, count=count)


def _slots_of(length: int, span: Span, period: Instant) -> Share:
    due = max(1, (span[1] - span[0]) // period)
    return Share(min(due, round(length / period)), due)


def _polled(series: Series, span: Span) -> tuple[Share, list[Span]]:
    start, end = span
    c, period = series.columns, series.period
    times = c.source[series.valid]
    low, high = np.searchsorted(times, (start, end))
    times = times[low:high]
    due = (end - start) // period
    if not len(times):
        return Share(0, due), [span]
    steps = np.diff(times)
    # up to two periods jitter cannot be told from a loss: there the number of samples tells
    inner = np.where(2 * steps >= 5 * period, (steps + period // 2) // period - 1, 0)
    edges = (int(times[0]) - start) // period + (end - 1 - int(times[-1])) // period
    different = 1 + int(np.count_nonzero(steps))
    got = max(0, min(due, due - int(inner.sum()) - edges, different))
    missing = [(int(times[at]), int(times[at + 1])) for at in np.flatnonzero(inner)]
    if int(times[0]) - start > period:
        missing.append((start, int(times[0])))
    if end - int(times[-1]) > period:
        missing.append((int(times[-1]), end))
    return Share(got, due), missing


def _silent(series: Series, span: Span, patience: Instant) -> list[Span]:
    """Parts of the span that lie later than `patience` after the last valid sample, as it was received."""
    start, end = span
    news: Ints = series.live.receive[series.live.valid]
    first = int(np.searchsorted(news, start, side="right"))
    # what was before is not known: patience from the start on
    before = int(news[first - 1]) if first else start
    marks = np.concatenate([[before], news[first : int(np.searchsorted(news, end))], [end]])
    found = [(max(start, int(marks[at]) + patience), int(marks[at + 1])) for at in np.flatnonzero(np.diff(marks) > patience)]
    return [(a, b) for a, b in found if a < b]


def _held(series: Series) -> list[Span]:
    """When a valid value was held, by the station's clock."""
    live = series.live
    if not len(live):
        return []
    spans = held(live, live.valid, np.append(live.receive[1:], series.end))
    return without(within(spans, series.start, series.end), series.gaps)


def alive_bins(found: Presence, due: Sequence[Span], start: Instant, end: Instant, bin: Instant = HOUR // 6) -> list[int]:
    """For each bin of the span: 1 online for most of it, 0 not, -1 nothing was due."""
    out = []
    for low in range(start, end, bin):
        high = min(low + bin, end)
        should = sum(max(0, min(b, high) - max(a, low)) for a, b in due)
        away = sum(max(0, min(b, high) - max(a, low)) for a, b in found.offline)
        out.append(-1 if should * 2 < high - low else int(away * 2 < should))
    return out

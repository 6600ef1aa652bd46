"""Figures of an alarm system (报警系统指标) after ISA-18.2, EEMUA 191 and the Chinese table. Station side, pure.

Counted are annunciations: one for each occurrence somebody heard; not acknowledgements, returns, or what began and ended under
an overlay. Times are instants (microseconds); spans half open. Nothing here knows limits to be met: those are settings, and
`kpi_grade` sets figures against them.
"""

from bisect import bisect_left
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import NamedTuple

from app.domain.flood import BEGINS_AT, ENDS_BELOW, WINDOW
from app.domain.instant import HOUR, MINUTE, SECOND, Instant

SLOT = 10 * MINUTE
REPEAT_WITHIN = 5 * MINUTE  # 重复报警: the same point twice within any five consecutive minutes
CHATTER_COUNT = 3
CHATTER_WITHIN = MINUTE
FLEETING = 10 * SECOND
STALE = 24 * HOUR
LONG_STANDING = 8 * HOUR
TOP = 10
STAMP_BURST = 5  # more acknowledgements than this ...
STAMP_WITHIN = 10 * SECOND  # ... within this, or one sooner than
STAMP_SOONER = 2 * SECOND  # after the annunciation: nobody has read that


class Alarmed(NamedTuple):
    """One annunciated occurrence. `cleared`, `acked` None: not yet. `key`: tag and rule."""

    raised: Instant
    cleared: Instant | None
    acked: Instant | None
    tag: str
    rule: str
    priority: str
    equipment: str
    acked_by: str = ""


@dataclass(frozen=True, slots=True)
class Actor:
    """One alarm among those that sound most often. `chatters`: bursts of chattering; `median_s` of its durations."""

    tag: str
    rule: str
    count: int
    share: float
    chatters: int
    repeats: int
    median_s: float | None


@dataclass(frozen=True, slots=True)
class AckTimes:
    """Seconds from annunciation to acknowledgement."""

    count: int
    median_s: float
    p95_s: float


@dataclass(frozen=True, slots=True)
class Figures:
    """All figures of one span. Shares from 0 to 1; None where nothing was there to be measured."""

    start: Instant
    end: Instant
    count: int
    points: int  # 报警个数: how many different points alarmed
    per_slot: float
    per_hour: float
    peak_slot: int
    peak_at: Instant | None
    slots: int
    slots_over: int  # of ten minutes with more than `slot_limit`
    disturbance: float | None  # 扰动率
    hours_over_30: int
    flood_us: int
    floods: int
    top_share: float | None
    actors: tuple[Actor, ...]
    repeated: int  # annunciations that were a repetition
    repeated_points: int
    chattering: int  # alarms that chattered
    fleeting: int
    stale: int
    long_standing_per_day: float
    standing: int  # at the end
    priorities: Mapping[str, int]
    returned_unacked: float | None
    ack: Mapping[str, AckTimes]  # by priority, "" for all
    stamped: int
    acks: int
    unacknowledged: int


def figures(alarms: Sequence[Alarmed], start: Instant, end: Instant, now: Instant, slot_limit: int = 10) -> Figures:
    """`alarms`: all annunciations of [start, end), by time; those raised before that still stood may come first and count as
    standing only. `now` ends what has not ended."""
    first = bisect_left(alarms, start, key=lambda one: one.raised)
    within = alarms[first : bisect_left(alarms, end, key=lambda one: one.raised)]
    times = [one.raised for one in within]
    slots = max(1, -(-(end - start) // SLOT))
    in_slot = Counter((at - start) // SLOT for at in times)
    in_hour = Counter((at - start) // HOUR for at in times)
    peak = max(in_slot.items(), key=lambda pair: (pair[1], -pair[0]), default=None)
    over = sum(count > slot_limit for count in in_slot.values())
    by_key: dict[tuple[str, str], list[Alarmed]] = defaultdict(list)
    by_point: dict[str, list[Instant]] = defaultdict(list)
    for one in within:
        by_key[one.tag, one.rule].append(one)
        by_point[one.tag].append(one.raised)
    repeats = {point: _repeats(at) for point, at in by_point.items()}
    chatters = {key: _bursts([one.raised for one in ones]) for key, ones in by_key.items()}
    ranked = sorted(by_key.items(), key=lambda pair: (-len(pair[1]), pair[0]))
    flood_us, floods = flood_time(times, start, end)
    standing_since = [one.raised for one in alarms if one.cleared is None or one.cleared >= end]
    last = min(now, end)
    count = len(within)
    days = max((end - start) / (24 * HOUR), 1e-9)
    return Figures(
        start=start,
        end=end,
        count=count,
        points=len(by_point),
        per_slot=count / slots,
        per_hour=count * HOUR / max(1, end - start),
        peak_slot=0 if peak is None else peak[1],
        peak_at=None if peak is None else start + peak[0] * SLOT,
        slots=slots,
        slots_over=over,
        disturbance=over / slots,
        hours_over_30=sum(count > 30 for count in in_hour.values()),
        flood_us=flood_us,
        floods=floods,
        top_share=sum(len(ones) for _, ones in ranked[:TOP]) / count if count else None,
        actors=tuple(_actor(key, ones, count, chatters[key]) for key, ones in ranked[:TOP]),
        repeated=sum(repeats.values()),
        repeated_points=sum(number > 0 for number in repeats.values()),
        chattering=sum(number > 0 for number in chatters.values()),
        fleeting=sum(one.cleared is not None and one.cleared - one.raised < FLEETING for one in within),
        stale=sum(last - at > STALE for at in standing_since if at < last),
        long_standing_per_day=sum((one.cleared or now) - one.raised > LONG_STANDING for one in within) / days,
        standing=len(standing_since),
        priorities=dict(Counter(one.priority for one in within)),
        returned_unacked=_share(within, lambda one: one.cleared is not None and (one.acked is None or one.cleared < one.acked)),
        ack=ack_times(within),
        stamped=rubber_stamps(within),
        acks=sum(one.acked is not None for one in within),
        unacknowledged=sum(one.acked is None for one in within),
    )


def flood_time(times: Sequence[Instant], start: Instant, end: Instant) -> tuple[int, int]:
    """Microseconds of [start, end) in flood and how many floods began, by the rule of `flood`: begins with the tenth
    annunciation within ten minutes, ends when fewer than five are left of them. `times` sorted."""
    total, floods, began = 0, 0, None
    recent: deque[Instant] = deque(maxlen=BEGINS_AT)
    for at in times:
        if began is not None and (over := _flood_over(recent)) <= at:
            total += max(0, min(over, end) - max(began, start))
            began = None
        recent.append(at)
        if began is None and len(recent) == BEGINS_AT and recent[0] > at - WINDOW:
            began = at
            floods += 1
    if began is not None:
        total += max(0, min(_flood_over(recent), end) - max(began, start))
    return total, floods


def _flood_over(recent: Sequence[Instant]) -> Instant:
    """When the last but four leaves the window: only four are left of it."""
    return recent[-ENDS_BELOW] + WINDOW


def ack_times(alarms: Iterable[Alarmed]) -> dict[str, AckTimes]:
    by: dict[str, list[float]] = defaultdict(list)
    for one in alarms:
        if one.acked is not None:
            took = max(0, one.acked - one.raised) / SECOND
            by[one.priority].append(took)
            by[""].append(took)
    return {priority: AckTimes(len(took), median(took), percentile(took, 0.95)) for priority, took in by.items()}


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that `share` of all do not exceed (nearest rank)."""
    ordered = sorted(values)
    return ordered[max(0, -(-int(share * 1000 * len(ordered)) // 1000) - 1)]


def rubber_stamps(alarms: Iterable[Alarmed]) -> int:
    """Acknowledgements nobody can have thought about: sooner than two seconds after the annunciation, or one of more than five
    by the same person within ten seconds. An acknowledgement of many at once is one burst."""
    stamped, by_person = 0, defaultdict[str, list[tuple[Instant, bool]]](list)
    for one in alarms:
        if one.acked is not None:
            by_person[one.acked_by].append((one.acked, one.acked - one.raised < STAMP_SOONER))
    for acks in by_person.values():
        acks.sort()
        burst_to = -1  # the last acknowledgement that belongs to a burst
        for number, (when, sooner) in enumerate(acks):
            last = number + STAMP_BURST
            if last < len(acks) and acks[last][0] - when <= STAMP_WITHIN:
                burst_to = last
            stamped += sooner or number <= burst_to
    return stamped


def per_slot(times: Iterable[Instant], start: Instant, end: Instant, slot: Instant) -> list[int]:
    """Annunciations in each slot of [start, end)."""
    counts = [0] * max(1, -(-(end - start) // slot))
    for at in times:
        if start <= at < end:
            counts[(at - start) // slot] += 1
    return counts


def _share(alarms: Sequence[Alarmed], is_so: Callable[[Alarmed], bool]) -> float | None:
    return sum(is_so(one) for one in alarms) / len(alarms) if alarms else None


def _actor(key: tuple[str, str], ones: Sequence[Alarmed], count: int, chatters: int) -> Actor:
    took = [(one.cleared - one.raised) / SECOND for one in ones if one.cleared is not None]
    return Actor(
        *key, len(ones), len(ones) / count, chatters, _repeats([one.raised for one in ones]), median(took) if took else None
    )


def _repeats(times: Sequence[Instant]) -> int:
    """Annunciations that came within five minutes of the one before."""
    return sum(later - earlier <= REPEAT_WITHIN for earlier, later in pairwise(times))


def _bursts(times: Sequence[Instant]) -> int:
    """Bursts of chattering: three or more within a minute, each annunciation in one burst only."""
    bursts, number = 0, 0
    while number + CHATTER_COUNT <= len(times):
        if times[number + CHATTER_COUNT - 1] - times[number] > CHATTER_WITHIN:
            number += 1
            continue
        bursts += 1
        number += CHATTER_COUNT
        while number < len(times) and times[number] - times[number - 1] <= CHATTER_WITHIN:
            number += 1
    return bursts

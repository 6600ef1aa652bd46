"""What another deadband or delay would have done to an alarm (模拟整改): past samples run through it again. Pure.

The rules of motion are those of `alarm_step`, in a form that goes through a month of samples in a second; a test holds the two
together. Only rules on one limit (HH, H, L, LL); what is no number freezes the timers as it does there.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import product

from app.domain.alarm import AlarmRule, RuleKind
from app.domain.alarm_step import FROZEN_TOO_LONG, HIGH, LOW
from app.domain.instant import SECOND, Instant

Point = tuple[Instant, float | None]
"""Time, and the value where it was good, else None. In order of time."""

DEADBANDS = (1.0, 1.5, 2.0, 3.0)  # times the present one
DEADBAND_SPAN = 0.01  # of the range, where there is none yet
ON_DELAYS_S = (5.0, 10.0, 20.0)
OFF_DELAYS_S = (10.0, 30.0, 60.0)
ENOUGH = 0.8  # of the alarms must go, or a change is not worth its approval


@dataclass(frozen=True, slots=True)
class Episode:
    """One alarm: raised, cleared (None: still standing at the end), furthest value."""

    raised: Instant
    cleared: Instant | None
    worst: float


@dataclass(frozen=True, slots=True)
class Proposal:
    """A change and what it would have done. `longest_s`: the longest time the value really was beyond the limit; `caught`: that
    excursion would still have alarmed; `later_s`: how much later at worst than today, of the alarms that remain."""

    rule: AlarmRule
    before: int
    after: int
    longest_s: float
    caught: bool
    later_s: float

    @property
    def vanished(self) -> int:
        return self.before - self.after


def episodes(points: Iterable[Point], rule: AlarmRule) -> list[Episode]:
    """Raises ValueError for a rule that has no limit to be crossed."""
    if rule.limit is None or rule.kind not in (*HIGH, *LOW):
        raise ValueError(rule.kind)
    sign = 1.0 if rule.kind in HIGH else -1.0
    enter, leave = sign * rule.limit, sign * rule.limit - rule.deadband
    on, off, stale = rule.on_delay, rule.off_delay, rule.stale
    found: list[Episode] = []
    active, raised, worst = False, 0, enter
    pending, elapsed, peak = False, 0, enter  # a change that waits for its delay; counted so far
    running: Instant | None = None
    seen: Instant | None = None

    def turn(at: Instant) -> None:
        nonlocal active, raised, worst, pending
        pending, active = False, not active
        if active:
            raised, worst = at, peak
        else:
            found.append(Episode(raised, at, sign * worst))

    for at, raw in points:
        if pending and running is not None:
            due = running + (off if active else on) - elapsed
            if due <= at and (stale is None or seen is None or due <= seen + stale):
                turn(due)
        if raw is None:
            if pending and running is not None:
                elapsed, running = elapsed + max(0, at - running), None
                seen = at if stale is None else seen
            continue
        value = sign * raw
        wanted = value >= enter or (active and value > leave)
        if active and value > worst:
            worst = value
        if wanted == active:
            pending = False
            continue
        limit = FROZEN_TOO_LONG if stale is None and running is None else stale
        if not pending or (limit is not None and seen is not None and at - seen > limit):
            pending, elapsed, running, peak = True, 0, at, value
        elif running is None:
            running = at
        seen, peak = at, max(peak, value)
        if at >= running + (off if active else on) - elapsed:
            turn(at)
    if active:
        found.append(Episode(raised, None, sign * worst))
    return found


def excursions(points: Iterable[Point], rule: AlarmRule) -> list[tuple[Instant, Instant]]:
    """The spans in which the value was at or beyond the limit, without any deadband or delay; they end with the first sample
    that is back."""
    bare = replace(rule, deadband=0.0, on_delay=0, off_delay=0)
    spans, last = [], 0
    kept = list(points)
    if kept:
        last = kept[-1][0]
    for one in episodes(kept, bare):
        spans.append((one.raised, last if one.cleared is None else one.cleared))
    return spans


def compare(points: Sequence[Point], rule: AlarmRule, changed: AlarmRule) -> Proposal:
    """`changed` against `rule` over the same past."""
    now, then = episodes(points, rule), episodes(points, changed)
    spans = excursions(points, rule)
    longest = max(spans, key=lambda span: span[1] - span[0], default=None)
    caught = longest is None or any(
        one.raised <= longest[1] and (one.cleared is None or one.cleared >= longest[0]) for one in then
    )
    later = 0
    for one in then:
        same = [old.raised for old in now if old.raised <= one.raised and (old.cleared is None or old.cleared > one.raised)]
        later = max(later, one.raised - same[-1]) if same else later
    return Proposal(
        changed, len(now), len(then), 0.0 if longest is None else (longest[1] - longest[0]) / SECOND, caught, later / SECOND
    )


def proposals(points: Sequence[Point], rule: AlarmRule, span: float | None = None) -> list[Proposal]:
    """Changes that would have taken away most alarms and still caught the longest excursion, the gentlest first: a wider
    deadband or a longer off-delay makes nothing later, an on-delay does. The limit itself is never proposed: it is the
    engineer's. `span`: of the tag's range, for a rule that has no deadband yet."""
    base = rule.deadband or (DEADBAND_SPAN * span if span else 0.0)
    bands = [round(base * factor, 6) for factor in DEADBANDS if base * factor > rule.deadband]
    offs = [round(s * SECOND) for s in OFF_DELAYS_S if s * SECOND > rule.off_delay]
    ons = [round(s * SECOND) for s in ON_DELAYS_S if s * SECOND > rule.on_delay]
    gentle = [
        replace(rule, deadband=band, off_delay=off) for band, off in product((rule.deadband, *bands), (rule.off_delay, *offs))
    ]
    later = [replace(one, on_delay=on) for one, on in product((rule, *gentle[-1:]), ons)]
    found = []
    for changed in (*gentle, *later):
        if changed == rule:
            continue
        one = compare(points, rule, changed)
        if one.before and one.vanished >= ENOUGH * (one.before - 1) and one.caught and one.after > 0:
            found.append(one)
    return sorted(found, key=lambda one: (one.later_s > 0, one.later_s, -one.vanished, one.rule.deadband, one.rule.off_delay))


def limit_rule(kind: RuleKind) -> bool:
    """Can this be simulated?"""
    return kind in (*HIGH, *LOW)

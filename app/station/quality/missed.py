"""Definition 9: alarms that should have been and are not on record (漏报), and such as ended too soon (销警异常). Station side.

Before the station is accused everything that may rightly keep it silent is taken away: the limits and delays are those in force
at that moment; a value that is not good, a gap longer than the stale limit, the station being off, and samples that came late
end an excursion; time is the station's own. Shelved, suppressed, masked and out of service alarms keep being recorded, so their
records count like all others.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from app.domain.alarm import AlarmRule, RuleKind
from app.domain.alarm_step import HIGH
from app.domain.instant import SECOND, Instant
from app.domain.quality import Finding, QualityKind
from app.domain.quality_limits import WORDS
from app.domain.quality_reasons import finding
from app.domain.quality_words import value_words
from app.domain.settings.quality import TagNumbers
from app.domain.tag import Tag
from app.station.quality.plan import Era, Plan
from app.station.quality.series import Bools, Live, Series, Span, runs

SLACK = 15 * SECOND  # between a sample and its alarm, beyond the delays
EVER = 2**62
PAGE = 200


@dataclass(frozen=True, slots=True)
class Excursion:
    """The value was at or beyond the limit, without a doubt, from `start` to `end` by the station's clock."""

    start: Instant
    end: Instant
    samples: int
    worst: float


def missed(series: Series, plan: Plan, numbers: TagNumbers) -> list[Finding]:
    """漏报, and alarms cleared too soon or raised by another limit than the table's."""
    live = series.live
    finite = live.number[np.isfinite(live.number)]
    if not len(finite):
        return []
    out: list[Finding] = []
    for era, rule in plan.rules(series.tag.tag):
        if _never(rule, float(finite.min()), float(finite.max())):
            continue
        beyond, known = _beyond(live, rule, series.tag)
        found = excursions(live, beyond, known, era, series, rule)
        out += _unheard(series, plan, numbers, rule, found)
        out += _too_soon(series, plan, numbers, rule, found)
    return out


def other_limits(tag: str, plan: Plan) -> list[Finding]:
    """Raised by a limit that was not the table's at that time (云端与边缘阈值不一致)."""
    rows = plan.past.get(tag, ())
    if not rows:
        return []
    eras = list(plan.rules(tag))
    out: dict[str, Finding] = {}
    for row in rows:
        if row.limit is None:
            continue
        held = [
            rule for era, rule in eras if rule.kind.value == row.rule and era.start - SLACK <= row.raised_at < era.end + SLACK
        ]
        if not held or any(rule.limit is not None and abs(rule.limit - row.limit) <= 1e-9 * abs(row.limit) for rule in held):
            continue
        limit = held[0].limit
        if limit is None:
            continue
        word = WORDS.get(row.rule.lower(), row.rule)
        span = row.raised_at, row.raised_at + 1 if row.cleared_at is None else row.cleared_at
        evidence = {"used": row.limit, "table": limit, "limit": word, "unit": row.unit}
        out[row.rule] = finding(QualityKind.LIMITS, "differs", tag, span, 1.0, "limits_differ", evidence, row.limit)
    return list(out.values())


def excursions(live: Live, beyond: Bools, known: Bools, era: Era, series: Series, rule: AlarmRule) -> list[Excursion]:
    """Within the era; what interrupts the certainty ends one."""
    if not beyond.any():
        return []
    ends = np.append(live.receive[1:], live.receive[-1] if not series.by_exception else series.end)
    broken = np.zeros(len(live), np.bool_)  # after this sample nothing is known for a while
    if rule.stale is not None:
        broken |= ends - live.receive > rule.stale
        ends = np.minimum(ends, live.receive + rule.stale)
    for start, end in series.gaps:
        over = (live.receive < end) & (ends > start)
        broken |= over
        ends = np.where(over, np.minimum(ends, np.maximum(start, live.receive)), ends)
    inside = (live.receive >= era.start) & (live.receive < era.end)
    wanted = beyond & known & inside
    first, last = runs(wanted)
    out = []
    for low, high in zip(first.tolist(), last.tolist(), strict=True):
        cuts = [low, *(np.flatnonzero(broken[low : high - 1]) + low + 1).tolist(), high]
        for a, b in pairwise(cuts):
            part = live.number[a:b]
            worst = float(part.min()) if rule.kind in (RuleKind.L, RuleKind.LL) else float(part.max())
            held = min(int(ends[b - 1]), era.end, series.end)
            samples = max(b - a, (held - int(live.receive[a])) // series.period) if series.by_exception else b - a
            out.append(Excursion(int(live.receive[a]), held, samples, worst))
    return out


def _beyond(live: Live, rule: AlarmRule, tag: Tag) -> tuple[Bools, Bools]:
    """At or beyond the limit; and whether the rule could hear it: a value beyond its range speaks to the limits on that side
    only, as in `ingest`."""
    limit = rule.limit or 0.0
    with np.errstate(invalid="ignore"):
        if rule.kind is RuleKind.STATE:
            return live.number == limit, live.valid & (live.quality == 0)
        if rule.kind in HIGH:
            beyond, side = live.number >= limit, tag.range_high
            far = live.number > (np.inf if side is None else side)
        else:
            beyond, side = live.number <= limit, tag.range_low
            far = live.number < (-np.inf if side is None else side)
    return beyond, live.valid & ((live.quality == 0) | far)


def _never(rule: AlarmRule, low: float, high: float) -> bool:
    limit = rule.limit or 0.0
    if rule.kind is RuleKind.STATE:
        return not low <= limit <= high
    return high < limit if rule.kind in HIGH else low > limit


def _unheard(series: Series, plan: Plan, numbers: TagNumbers, rule: AlarmRule, found: Sequence[Excursion]) -> list[Finding]:
    least = max(round(numbers["missed_s"] * SECOND), rule.on_delay + SLACK)
    long = [one for one in found if one.end - one.start >= least and one.samples >= numbers["missed_samples"]]
    if not long:
        return []
    recorded = _recorded(plan, rule, min(one.start for one in long) - SLACK)
    tag = series.tag
    out = []
    for one in long:
        if any(a < one.end + SLACK and b > one.start - SLACK for a, b in recorded):
            continue
        word = WORDS.get(rule.kind.value.lower(), "状态报警")
        length = (one.end - one.start) / SECOND
        evidence = {
            "should": rule.limit or 0.0, "worst": one.worst, "length_s": length, "delay_s": rule.on_delay / SECOND,
            "limit": word, "worst_said": value_words(one.worst, tag.decimals, tag.unit),
        }  # fmt: skip
        what, span = f"missed_{rule.kind.value}", (one.start, one.end)
        out.append(finding(QualityKind.MISSED, what, tag.tag, span, 1.0, "missed", evidence, one.worst, one.samples))
    return out


def _recorded(plan: Plan, rule: AlarmRule, since: Instant) -> list[Span]:
    """Every occurrence of the rule that may touch the time from `since` on, whether anybody heard it or not."""
    before, out = EVER, list[Span]()
    while True:
        rows, _ = plan.store.journal.repeats(rule.tag, rule.kind.value, before, PAGE, ())
        out += [(row.raised_at, EVER if row.cleared_at is None else row.cleared_at) for row in rows]
        if len(rows) < PAGE or rows[-1].raised_at < since:
            return out
        before = rows[-1].occurrence


def _too_soon(series: Series, plan: Plan, numbers: TagNumbers, rule: AlarmRule, found: Sequence[Excursion]) -> list[Finding]:
    """Cleared in the middle of an excursion that went on for longer than any delay, and did not come again."""
    least = round(numbers.site["clear_s"] * SECOND)
    mine = [one for one in plan.alarmed.get(series.tag.tag, ()) if one.rule == rule.kind.value]
    changed = [era.start for era in plan.eras[1:]]
    out = []
    for alarm in mine:
        at = alarm.cleared
        if at is None or not series.start <= at < series.end or any(abs(at - moment) < least for moment in changed):
            continue
        if any(one is not alarm and at - SLACK <= one.raised <= at + least + rule.on_delay + SLACK for one in mine):
            continue
        for one in found:
            if one.start + SLACK < at and one.end - at >= least + SLACK and one.samples >= 2:
                left = (one.end - at) / SECOND
                word = WORDS.get(rule.kind.value.lower(), "状态报警")
                evidence = {
                    "limit": rule.limit or 0.0, "worst": one.worst, "left_s": left, "limit_word": word, "unit": series.tag.unit,
                }  # fmt: skip
                span = at, one.end
                out.append(finding(QualityKind.CLEARED, "too_soon", series.tag.tag, span, 1.0, "too_soon", evidence, one.worst))
                break
    return out

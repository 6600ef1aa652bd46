"""The figures of the alarm system for a span (报警统计), and what a change of a rule would have done.

Station side; blocking, called in a worker thread.
"""

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from app.domain.alarm import AlarmRule
from app.domain.instant import SECOND, Instant, to_rfc3339
from app.domain.kpi import SLOT, Actor, figures, per_slot
from app.domain.kpi_grade import judge, system_grade
from app.domain.kpi_groups import groups
from app.domain.plant import Site
from app.domain.sample import Quality
from app.domain.settings import settings
from app.domain.settings.kpi import read_kpi
from app.domain.simulate import Point, Proposal, proposals
from app.station.words import Wording
from app.store.ports import Historian, Journal

PAGE = 50_000  # samples read at a time
MOST_BARS = 400  # of the time line


def report(journal: Journal, site: Site, wording: Wording, start: Instant, end: Instant, now: Instant) -> dict[str, Any]:
    """All of the KPI page in one answer."""
    wanted = settings(site.options, "kpi", read_kpi)
    alarms = journal.alarmed(start, end)
    found = figures(alarms, start, end, now, wanted.slot_limit)
    within = alarms[bisect_left(alarms, start, key=lambda one: one.raised) :]
    zone = ZoneInfo(site.timezone)
    counted = groups(
        within,
        {tag.tag: tag.kind.value for tag in site.tags},
        {one.equipment: one.area for one in site.equipment},
        lambda at: datetime.fromtimestamp(at / SECOND, UTC).astimezone(zone),
    )
    bar = max(SLOT, -(-(end - start) // MOST_BARS // SLOT) * SLOT)
    numbers = asdict(found)
    for key in ("start", "end", "peak_at"):
        numbers[key] = None if numbers[key] is None else to_rfc3339(numbers[key])
    numbers["flood_s"] = numbers.pop("flood_us") / SECOND
    numbers["actors"] = [_actor(one, wording) for one in found.actors]
    return {
        "start": to_rfc3339(start),
        "end": to_rfc3339(end),
        "figures": numbers,
        "judged": [asdict(one) for one in judge(found, wanted)],
        "grade": system_grade(found),
        "slot_limit": wanted.slot_limit,
        "ack_s": dict(wanted.ack_s),
        "bars": {"slot_s": bar // SECOND, "counts": per_slot((one.raised for one in within), start, end, bar)},
        "groups": asdict(counted),
    }


def _actor(one: Actor, wording: Wording) -> dict[str, Any]:
    equipment = wording.equipment_of(one.tag)
    return asdict(one) | {
        "name": wording.name_of(one.tag),
        "equipment": "" if equipment is None else equipment.equipment,
        "can_be_simulated": one.rule in ("HH", "H", "L", "LL"),
    }


def what_if(historian: Historian, rule: AlarmRule, span: float | None, start: Instant, end: Instant) -> dict[str, Any]:
    """Changes of one rule tried on its own past."""
    points = samples(historian, rule.tag, start, end)
    return {
        "tag": rule.tag,
        "rule": rule.kind.value,
        "start": to_rfc3339(start),
        "end": to_rfc3339(end),
        "samples": len(points),
        "now": _change(rule),
        "proposals": [_proposal(one, rule) for one in proposals(points, rule, span)[:8]],
    }


def samples(historian: Historian, tag: str, start: Instant, end: Instant) -> list[Point]:
    """All good numbers of the span, with None where the value was not to be believed."""
    points: list[Point] = []
    while start < end:
        page = historian.raw(tag, start, end, PAGE)
        points += [
            (one.source_time, float(one.value) if one.quality is Quality.GOOD and isinstance(one.value, int | float) else None)
            for one in page
        ]
        if len(page) < PAGE:
            break
        start = page[-1].source_time + 1
    return points


def _change(rule: AlarmRule) -> dict[str, float]:
    return {"deadband": rule.deadband, "on_delay_s": rule.on_delay / SECOND, "off_delay_s": rule.off_delay / SECOND}


def _proposal(one: Proposal, rule: AlarmRule) -> dict[str, Any]:
    """`change`: only the fields that differ, as a limit change takes them."""
    now: Mapping[str, float] = _change(rule)
    changed = {key: value for key, value in _change(one.rule).items() if value != now[key]}
    return {
        "change": changed,
        "before": one.before,
        "after": one.after,
        "vanished": one.vanished,
        "longest_s": one.longest_s,
        "caught": one.caught,
        "later_s": one.later_s,
    }

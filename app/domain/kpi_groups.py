"""Alarms counted by class, area, day, hour, season, handled or not (报警类别统计, 报警分析). Station side, pure."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from app.domain.instant import HOUR, Instant
from app.domain.kpi import Alarmed

SEASONS = ("spring", "summer", "autumn", "winter")
"""Months 3 to 5, 6 to 8, 9 to 11, 12 to 2."""


@dataclass(frozen=True, slots=True)
class Groups:
    """Counts by name. `days`: local date; `hours`: 0 to 23; `handled`: acknowledged and over; `open`: acknowledged, still
    there."""

    classes: Mapping[str, int]
    areas: Mapping[str, int]
    rules: Mapping[str, int]
    people: Mapping[str, int]
    days: Mapping[str, int]
    hours: Mapping[int, int]
    seasons: Mapping[str, int]
    handled: int
    open: int
    unhandled: int


def groups(
    alarms: Sequence[Alarmed], class_of: Mapping[str, str], area_of: Mapping[str, str], local: Callable[[Instant], datetime]
) -> Groups:
    """`alarms` of the span only. `class_of`: kind of each tag; `area_of`: by equipment; `local`: wall time of the site."""
    # By hour first: the calendar is asked a few hundred times and not 250,000.
    by_hour = Counter(one.raised // HOUR for one in alarms)
    days: Counter[str] = Counter()
    hours: Counter[int] = Counter()
    seasons: Counter[str] = Counter()
    for hour, count in sorted(by_hour.items()):
        at = local(hour * HOUR)
        days[at.date().isoformat()] += count
        hours[at.hour] += count
        seasons[SEASONS[(at.month - 3) % 12 // 3]] += count
    by_tag = Counter(one.tag for one in alarms)
    classes: Counter[str] = Counter()
    for tag, count in by_tag.items():
        classes[class_of.get(tag, "system" if tag.startswith("@") else "other")] += count
    areas: Counter[str] = Counter()
    for equipment, count in Counter(one.equipment for one in alarms).items():
        areas[area_of.get(equipment, "")] += count
    unhandled = sum(one.acked is None for one in alarms)
    handled = sum(one.acked is not None and one.cleared is not None for one in alarms)
    return Groups(
        dict(classes.most_common()),
        dict(areas.most_common()),
        dict(Counter(one.rule for one in alarms).most_common()),
        dict(Counter(one.acked_by for one in alarms if one.acked is not None).most_common(20)),
        dict(days),
        {hour: hours.get(hour, 0) for hour in range(24)},
        {season: seasons.get(season, 0) for season in SEASONS},
        handled,
        len(alarms) - handled - unhandled,
        unhandled,
    )

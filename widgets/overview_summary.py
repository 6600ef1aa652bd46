"""What the overview says of each hazard source (重大危险源): grouping of equipment, worst alarms, values nearest to a limit.

Pure: no Qt, no clock. A tag whose equipment belongs to no hazard source is counted under "other equipment", and alarms of
links and of the station itself under the plant: no alarm is left out of the sum.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from app.domain.alarm import AlarmState
from app.domain.plant import Equipment
from app.domain.sample import Quality, Sample, Value
from app.domain.tag import Kind, Priority, Tag
from app.domain.wire import AlarmMsg
from widgets.plant.reading import Said, say, span
from widgets.symbols import ASIDE, UNACKED

SHOWN = (
    (Kind.LEVEL,),
    (Kind.TEMPERATURE,),
    (Kind.PRESSURE,),
    (Kind.COMBUSTIBLE_GAS, Kind.TOXIC_GAS, Kind.OXYGEN),
)
"""One line each on a card: the value of these kinds that is in alarm, or stands nearest to a limit."""
_STANDING = frozenset({AlarmState.UNACK, AlarmState.ACKED})
_IN_ALARM, _NO_LIMIT, _DOUBTED = -1000.0, 1000.0, 2000.0  # nearer than any value; farther than any; farthest


class Gauge(NamedTuple):
    """A tag with its nearer limits; `line` of the card, None for kinds that have none; `width` of its range."""

    tag: Tag
    line: int | None
    low: float | None
    high: float | None
    width: float

    def margin(self, value: Value | None) -> float:
        """Distance to the nearest limit as a share of the range, below 0 beyond it; large where there is no limit."""
        if not isinstance(value, int | float):
            return _NO_LIMIT
        up = self.high - value if self.high is not None else None
        down = value - self.low if self.low is not None else None
        if up is None:
            return _NO_LIMIT if down is None else down / self.width
        return (up if down is None or up < down else down) / self.width


@dataclass(frozen=True)
class Group:
    """One hazard source: `code` empty for equipment that belongs to none. `level` 1 (highest) to 4, None where not graded."""

    code: str
    title: str
    level: int | None
    equipment: tuple[Equipment, ...]
    tags: tuple[Tag, ...]
    gauges: tuple[Gauge, ...]


@dataclass(frozen=True)
class KeyValue:
    tag: Tag
    said: Said


@dataclass(frozen=True)
class Count:
    """Live alarms of one priority: `unacked`, and `active` whether acknowledged or not; set aside ones in neither."""

    unacked: int = 0
    active: int = 0


@dataclass(frozen=True)
class Summary:
    values: tuple[KeyValue, ...]
    counts: tuple[Count, Count, Count, Count]
    aside: int
    doubted: int  # tags that are not good, or never came
    total: int


def group(tags: Iterable[Tag], equipment: Iterable[Equipment]) -> list[Group]:
    """Highest level first, then by code; equipment of no hazard source last, if it has tags."""
    by_source: dict[str, list[Equipment]] = {}
    source_of: dict[str, str] = {}
    for unit in equipment:
        by_source.setdefault(unit.hazard_source, []).append(unit)
        source_of[unit.equipment] = unit.hazard_source
    tags_of: dict[str, list[Tag]] = {}
    for tag in tags:
        tags_of.setdefault(source_of.get(tag.equipment, ""), []).append(tag)
    groups = []
    for code in {**dict.fromkeys(by_source), **dict.fromkeys(tags_of)}:
        units = by_source.get(code, [])
        mine = tags_of.get(code, [])
        if not code and not mine:
            continue
        levels = [unit.hazard_level for unit in units if unit.hazard_level is not None]
        groups.append(
            Group(
                code,
                _title(units) if code else "",
                min(levels, default=None),
                tuple(units),
                tuple(mine),
                tuple(map(gauge_of, mine)),
            )
        )
    return sorted(groups, key=lambda g: (not g.code, g.level or 9, g.code))


def _title(units: Sequence[Equipment]) -> str:
    """The area most of the equipment stands in."""
    areas = [unit.area for unit in units if unit.area]
    return max(dict.fromkeys(areas), key=areas.count) if areas else (units[0].name if units else "")


def summarise(
    of: Group, values: Mapping[str, Sample], alarms: Mapping[str, Sequence[AlarmMsg]], silent: bool = False
) -> Summary:
    doubted = 0
    nearest: dict[int, tuple[float, Gauge]] = {}
    for gauge in of.gauges:
        name = gauge.tag.tag
        sample = values.get(name)
        value = sample.value if sample is not None else None
        believed = sample is not None and value is not None and sample.quality is Quality.GOOD and not silent and value == value
        if not believed:
            doubted += 1
        if gauge.line is None:
            continue
        margin = gauge.margin(value) if believed else _DOUBTED
        if name in alarms and any(AlarmState(alarm.state) in _STANDING for alarm in alarms[name]):
            margin = _IN_ALARM
        if gauge.line not in nearest or margin < nearest[gauge.line][0]:
            nearest[gauge.line] = margin, gauge
    live = [alarm for tag in of.tags for alarm in alarms.get(tag.tag, ())] if alarms else []
    counts, aside = count(live)
    shown = tuple(
        KeyValue(gauge.tag, say(gauge.tag, values.get(gauge.tag.tag), silent)) for _, (_, gauge) in sorted(nearest.items())
    )
    return Summary(shown, counts, aside, doubted, len(of.tags))


def gauge_of(tag: Tag) -> Gauge:
    room = span(tag)
    limits = tag.limits
    high = limits.h if limits.h is not None else limits.hh
    low = limits.l if limits.l is not None else limits.ll
    line = next((i for i, kinds in enumerate(SHOWN) if tag.kind in kinds), None)
    return Gauge(tag, line, low, high, room[1] - room[0] if room is not None else 1.0)


def count(live: Iterable[AlarmMsg]) -> tuple[tuple[Count, Count, Count, Count], int]:
    """Per priority 1 to 4, and how many are set aside."""
    unacked, active = [0] * 4, [0] * 4
    aside = 0
    for alarm in live:
        state = AlarmState(alarm.state)
        if state is AlarmState.NORM:
            continue
        if state in ASIDE:
            aside += 1
            continue
        at = Priority.of(alarm.priority) - 1
        active[at] += 1
        unacked[at] += state in UNACKED
    one, two, three, four = (Count(u, a) for u, a in zip(unacked, active, strict=True))
    return (one, two, three, four), aside

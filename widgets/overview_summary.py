"""What the overview says of each hazard source (重大危险源): grouping of equipment, worst alarms, values nearest to a limit.

Pure: no Qt, no clock. A tag whose equipment belongs to no hazard source is counted under "other equipment", and alarms of
links and of the station itself under the plant: no alarm is left out of the sum.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from app.domain.alarm import AlarmState
from app.domain.plant import Equipment
from app.domain.sample import Sample
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
_IN_ALARM = -1000.0  # nearer than any value


@dataclass(frozen=True)
class Group:
    """One hazard source: `code` empty for equipment that belongs to none. `level` 1 (highest) to 4, None where not graded."""

    code: str
    title: str
    level: int | None
    equipment: tuple[Equipment, ...]
    tags: tuple[Tag, ...]


@dataclass(frozen=True)
class KeyValue:
    """`margin`: distance to the nearest limit as a share of the range; below 0 beyond it; None where there is no limit."""

    tag: Tag
    said: Said
    margin: float | None


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
        groups.append(Group(code, _title(units) if code else "", min(levels, default=None), tuple(units), tuple(mine)))
    return sorted(groups, key=lambda g: (not g.code, g.level or 9, g.code))


def _title(units: Sequence[Equipment]) -> str:
    """The area most of the equipment stands in."""
    areas = [unit.area for unit in units if unit.area]
    return max(dict.fromkeys(areas), key=areas.count) if areas else (units[0].name if units else "")


def summarise(
    of: Group, values: Mapping[str, Sample], alarms: Mapping[str, Sequence[AlarmMsg]], silent: bool = False
) -> Summary:
    doubted = 0
    nearest: dict[int, KeyValue] = {}
    for tag in of.tags:
        said = say(tag, values.get(tag.tag), silent)
        if not said.trusted:
            doubted += 1
        line = next((i for i, kinds in enumerate(SHOWN) if tag.kind in kinds), None)
        if line is None:
            continue
        standing = any(AlarmState(alarm.state) in _STANDING for alarm in alarms.get(tag.tag, ()))
        key = KeyValue(tag, said, _IN_ALARM if standing else margin_of(tag, said))
        if line not in nearest or _closer(key, nearest[line]):
            nearest[line] = key
    live = [alarm for tag in of.tags for alarm in alarms.get(tag.tag, ())]
    counts, aside = count(live)
    return Summary(tuple(nearest[line] for line in sorted(nearest)), counts, aside, doubted, len(of.tags))


def margin_of(tag: Tag, said: Said) -> float | None:
    """Only a value that can be believed has one."""
    if not said.trusted or said.number is None:
        return None
    limits = tag.limits
    ups = [limit - said.number for limit in (limits.h, limits.hh) if limit is not None]
    downs = [said.number - limit for limit in (limits.l, limits.ll) if limit is not None]
    room = span(tag)
    width = room[1] - room[0] if room is not None else 1.0
    near = [*ups[:1], *downs[:1]]
    return min(near) / width if near else None


def _closer(one: KeyValue, other: KeyValue) -> bool:
    """A value with a margin before one without; a believed one before a doubted one."""
    if one.margin is None or other.margin is None:
        return other.margin is None and (one.margin is not None or (one.said.trusted and not other.said.trusted))
    return one.margin < other.margin


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

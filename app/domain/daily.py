"""The daily duty report (值班值守日报): what the station itself can say of one day, as fields of the form `daily_report`. Pure.

Eight parts after the public sample; what is asked of people is in the form alone. No rule gives the definitions of the figures,
they are ours and said in the form: handled means over and acknowledged; 在线率 is the time a source was up, 完整率 the time its
tags had good data, both without the time in which the station did not run.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from app.domain.instant import MINUTE, Instant
from app.domain.kpi import Alarmed, figures
from app.domain.plant import Equipment, Source
from app.domain.tag import Kind, Tag

Span = tuple[Instant, Instant]
PRIORITIES = {"critical": "紧急", "high": "高", "medium": "中", "low": "低"}
KINDS: Mapping[Kind, str] = {
    Kind.LEVEL: "液位",
    Kind.TEMPERATURE: "温度",
    Kind.PRESSURE: "压力",
    Kind.FLOW: "流量",
    Kind.COMBUSTIBLE_GAS: "可燃气体",
    Kind.TOXIC_GAS: "有毒气体",
    Kind.OXYGEN: "氧含量",
    Kind.WIND_SPEED: "风速",
    Kind.WIND_DIRECTION: "风向",
    Kind.SWITCH: "开关量",
    Kind.INTERLOCK: "联锁",
    Kind.GROUNDING: "静电接地",
    Kind.OVERFILL: "溢油",
    Kind.COMPOSITION: "组分",
    Kind.SPEED: "转速",
    Kind.OTHER: "其他",
}
RULES = {"BAD": "数据坏", "LINK": "数据源中断", "SYSTEM": "系统"}  # alarms that are not about the process
NOWHERE = "未划区"


@dataclass(frozen=True, slots=True)
class FormsOfDay:
    """One kind of form: begun and finished within the day, open and overdue at the end of it."""

    kind: str
    begun: int
    done: int
    open: int
    overdue: int


@dataclass(frozen=True, slots=True)
class CrewOfDay:
    shift: str
    crew: str
    leader: str
    taken_by: str = ""
    signed_by: str = ""


@dataclass(frozen=True)
class Day:
    """What is known of the day [start, end) at `now`. `lost`: source id to the spans in which it was lost."""

    date: str
    start: Instant
    end: Instant
    now: Instant
    company: str = ""
    code: str = ""
    tags: Sequence[Tag] = ()
    equipment: Sequence[Equipment] = ()
    sources: Sequence[Source] = ()
    alarmed: Sequence[Alarmed] = ()
    lost: Mapping[str, Sequence[Span]] = field(default_factory=dict)
    crews: Sequence[CrewOfDay] = ()
    shelved: Sequence[Mapping[str, Any]] = ()
    limit_changes: Sequence[Mapping[str, Any]] = ()
    forms: Sequence[FormsOfDay] = ()


def report(day: Day) -> dict[str, Any]:
    """The filled fields."""
    within = [one for one in day.alarmed if day.start <= one.raised < day.end]
    tags = {tag.tag: tag for tag in day.tags}
    places = {one.equipment: one for one in day.equipment}

    def kind_of(one: Alarmed) -> str:
        if one.rule in RULES:
            return RULES[one.rule]
        tag = tags.get(one.tag)
        return KINDS[Kind.OTHER if tag is None else tag.kind]

    def area_of(one: Alarmed) -> str:
        place = places.get(one.equipment)
        return (place.area if place is not None else "") or NOWHERE

    return {
        "day": day.date,
        "company": day.company,
        "company_code": day.code,
        "crews": [
            {"shift": c.shift, "crew": c.crew, "leader": c.leader, "taken_by": c.taken_by, "signed_by": c.signed_by}
            for c in day.crews
        ],
        "hazards": _hazards(day, within),
        "alarm_line": _line(day, within),
        "by_class": _counted(within, lambda one: PRIORITIES.get(one.priority, one.priority), PRIORITIES.values()),
        "by_kind": _counted(within, kind_of),
        "by_area": _counted(within, area_of),
        "sources": source_rows(day),
        "shelved": [dict(row) for row in day.shelved],
        "limit_changes": [dict(row) for row in day.limit_changes],
        "forms": [{"kind": f.kind, "begun": f.begun, "done": f.done, "open": f.open, "overdue": f.overdue} for f in day.forms],
    }


def _line(day: Day, within: Sequence[Alarmed]) -> str:
    if not within:
        return "全天没有报警。"
    found = figures(day.alarmed, day.start, day.end, day.now)
    handled = sum(_handled(one) for one in within)
    said = [
        f"全天报警 {found.count} 次，涉及 {found.points} 个位号",
        f"已处置 {handled} 次，未处置 {found.count - handled} 次",
        f"10 分钟内最多 {found.peak_slot} 次",
        f"报警泛滥 {found.flood_us / MINUTE:.0f} 分钟",
    ]
    ack = found.ack.get("")
    if ack is not None:
        said.append(f"确认用时中位数 {ack.median_s:.0f} 秒")
    return "；".join(said) + "。"


def _counted(alarms: Sequence[Alarmed], name_of: Callable[[Alarmed], str], always: Iterable[str] = ()) -> list[dict[str, Any]]:
    """A row a name, most alarms first; `always`: names that have a row in their own order even without an alarm."""
    found: dict[str, list[Alarmed]] = {name: [] for name in always}
    fixed = len(found)
    for one in alarms:
        found.setdefault(name_of(one), []).append(one)
    rows = [_count(name, ones) for name, ones in found.items()]
    return rows[:fixed] + sorted(rows[fixed:], key=lambda row: (-int(row["count"]), str(row["name"])))


def _count(name: str, ones: Sequence[Alarmed]) -> dict[str, Any]:
    handled = sum(_handled(one) for one in ones)
    return {
        "name": name,
        "count": len(ones),
        "handled": handled,
        "open": len(ones) - handled,
        "unacked": sum(one.acked is None for one in ones),
    }


def _handled(one: Alarmed) -> bool:
    return one.cleared is not None and one.acked is not None


def _hazards(day: Day, within: Sequence[Alarmed]) -> list[dict[str, Any]]:
    members: dict[str, list[Equipment]] = defaultdict(list)
    for one in day.equipment:
        if one.hazard_source:
            members[one.hazard_source].append(one)
    rows = []
    for code, parts in members.items():
        codes = {one.equipment for one in parts}
        rows.append(
            {
                "code": code,
                "level": min((one.hazard_level for one in parts if one.hazard_level is not None), default=None),
                "area": _joined(one.area for one in parts),
                "chemicals": _joined(one.chemical for one in parts),
                "tags": sum(tag.equipment in codes for tag in day.tags),
                "alarms": sum(one.equipment in codes for one in within),
                "standing": sum(one.equipment in codes and one.cleared is None for one in day.alarmed),
                "responsible": _joined(one.responsible for one in parts),
            }
        )
    return sorted(rows, key=lambda row: (row["level"] or 9, str(row["code"])))


def _joined(words: Iterable[str]) -> str:
    return "、".join(dict.fromkeys(word for word in words if word))


def source_rows(day: Day) -> list[dict[str, Any]]:
    """Of each source how often and how long it was lost, and its shares of time in percent."""
    return [_source(day, source) for source in day.sources]


def _source(day: Day, source: Source) -> dict[str, Any]:
    lost = _clipped(day.lost.get(source.id, ()), day)
    mine = {tag.tag for tag in day.tags if tag.source == source.id}
    blind: dict[str, list[Span]] = defaultdict(list)
    for one in day.alarmed:
        if one.rule == "BAD" and one.tag in mine:
            blind[one.tag].append((one.raised, day.now if one.cleared is None else one.cleared))
    length = max(1, min(day.end, day.now) - day.start)
    away = _length(lost)
    missing = away * (len(mine) - len(blind)) + sum(_length(_clipped([*lost, *spans], day)) for spans in blind.values())
    return {
        "source": source.id,
        "name": str(source.options.get("name", "")),
        "tags": len(mine),
        "losses": len(lost),
        "lost_min": round(away / MINUTE, 1),
        "online": round(100 * (1 - away / length), 2),
        "complete": round(100 * (1 - missing / (length * len(mine))), 2) if mine else None,
    }


def _clipped(spans: Iterable[Span], day: Day) -> list[Span]:
    """Within the day, in order, what overlaps made one."""
    merged: list[Span] = []
    for start, end in sorted(spans):
        start, end = max(start, day.start), min(end, day.end, day.now)
        if start >= end:
            continue
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return merged


def _length(spans: Iterable[Span]) -> Instant:
    return sum(end - start for start, end in spans)

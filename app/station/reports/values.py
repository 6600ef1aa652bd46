"""The part of a report about the key values of tanks (关键参数): extremes, means, time beyond the limits, curves. Pure."""

from collections.abc import Mapping, Sequence

from app.domain.instant import Instant
from app.domain.plant import EquipmentStatus
from app.domain.report_period import SLOTS
from app.domain.tag import Kind, Limits, Tag
from app.station.reports.facts import Facts
from app.station.reports.measure import Measured
from app.station.reports.paper import Block, Cell, Cells, Column, Figure, Part, Say, Table, Trend, said
from app.store.rows import Series

MOST_BEYOND = 20
_FIRST = (Kind.LEVEL, Kind.PRESSURE, Kind.TEMPERATURE, Kind.COMBUSTIBLE_GAS, Kind.TOXIC_GAS)
_SIDES = {"hh": "高高报", "h": "高报", "l": "低报", "ll": "低低报"}
_NOTE = (
    "最大、最小值取自全部好值，时刻精确到秒；平均值为各时段平均的平均；超限时长按当时有效的限值计，数据坏或缺失的时间不计；"
    "“有值”为有好值的时段所占比例。"
)


def analogue(tags: Sequence[Tag]) -> list[Tag]:
    """Those with a value that can be measured."""
    return [tag for tag in tags if not tag.is_digital and tag.kind is not Kind.INTERLOCK]


def sentence(facts: Facts, measured: Sequence[Measured]) -> str:
    if not measured:
        return "这个范围没有模拟量位号。"
    silent = sum(one.high is None for one in measured)
    over = sorted((one for one in measured if one.worst), key=lambda one: -one.worst)
    words = [f"模拟量位号 {len(measured)} 个" + (f"，其中 {silent} 个整段没有好值" if silent else "")]
    if over:
        worst = over[0]
        words.append(f"超过报警限的 {len(over)} 个，最久的是 {worst.tag.tag} {worst.tag.name}，{said(worst.worst)}")
    elif silent < len(measured):
        words.append("没有超过报警限的时间")
    return "；".join(words) + "。"


def value_parts(facts: Facts, measured: Sequence[Measured], curves: Mapping[str, Series]) -> list[Part]:
    """What went beyond its limits, curves; the whole list comes last, it is long."""
    if not measured:
        return [Part("关键参数", (Say(sentence(facts, measured)),))]
    blocks: list[Block] = [_beyond(measured)]
    if _stopped(facts):
        blocks.append(_stopped_table(facts))
    parts = [Part("关键参数", tuple(blocks))]
    if curves:
        minutes = SLOTS[facts.order.period.span] // 60_000_000
        how = f"深线为平均，浅带为每 {minutes} 分钟的最小到最大，虚线为现行报警限，断开处没有好值。"
        drawn = [_curve(facts, facts.by_name[tag], series) for tag, series in curves.items()]
        parts.append(Part("曲线", (Say(how, small=True), *drawn)))
    return parts


def value_table(facts: Facts, measured: Sequence[Measured]) -> Part:
    columns = (
        Column("设备", weight=1.3), Column("位号", weight=1.9), Column("名称", weight=2.6), Column("单位", weight=0.9),
        Column("最小", Cells.NUMBER, 1.1), Column("最小时刻", Cells.TIME, 1.9), Column("最大", Cells.NUMBER, 1.1),
        Column("最大时刻", Cells.TIME, 1.9), Column("平均", Cells.NUMBER, 1.1), Column("高报", Cells.SPAN, 1.2),
        Column("高高报", Cells.SPAN, 1.2), Column("低报", Cells.SPAN, 1.2), Column("低低报", Cells.SPAN, 1.2),
        Column("有值", Cells.SHARE, 1.0, 1),
    )  # fmt: skip
    rows: list[tuple[Cell, ...]] = [
        (
            one.tag.equipment, one.tag.tag, one.tag.name, one.tag.unit, _figure(one, one.low), one.low_at,
            _figure(one, one.high), one.high_at, _figure(one, one.mean), *(_span(one, side) for side in ("h", "hh", "l", "ll")),
            one.known,
        )
        for one in sorted(measured, key=lambda one: (one.tag.equipment, _rank(one.tag), one.tag.tag))
    ]  # fmt: skip
    table = Table(
        f"全部模拟量位号（{len(rows)}）", columns, rows, "关键参数", _NOTE, wide=True, paper_rows=facts.settings.paper_rows
    )
    return Part("附表：关键参数明细", (table,))


def _beyond(measured: Sequence[Measured]) -> Table:
    columns = (
        Column("位号", weight=1.8), Column("名称", weight=2.6), Column("最大", Cells.NUMBER, 1.1),
        Column("最小", Cells.NUMBER, 1.1), Column("单位", weight=0.9),
        *(Column(title, Cells.SPAN, 1.2) for title in _SIDES.values()),
    )  # fmt: skip
    over = sorted((one for one in measured if one.worst), key=lambda one: (-one.worst, one.tag.tag))
    rows: list[tuple[Cell, ...]] = [
        (one.tag.tag, one.tag.name, _figure(one, one.high), _figure(one, one.low), one.tag.unit,
         *(_span(one, side) for side in _SIDES))
        for one in over[:MOST_BEYOND]
    ]  # fmt: skip
    more = f"共 {len(over)} 个，列出最久的 {len(rows)} 个，其余见附表。" if len(over) > len(rows) else ""
    note = f"各列为在该限及以外的时长（分:秒 或 时:分:秒），空格为没有设这一限。{more}"
    return Table("超限的位号", columns, rows, "超限", note, "没有位号超过报警限")


def to_draw(facts: Facts, measured: Sequence[Measured]) -> list[str]:
    """Tags whose curves stand in the report: what went beyond its limits, levels of hazard sources, then what else there is."""
    hazard = {one.equipment for one in facts.equipment if one.hazard_source}
    ordered = sorted(
        (one for one in measured if one.high is not None),
        key=lambda one: (-one.worst, one.tag.equipment not in hazard, _rank(one.tag), one.tag.tag),
    )
    return [one.tag.tag for one in ordered[: facts.settings.trends]]


def _curve(facts: Facts, tag: Tag, series: Series) -> Trend:
    until = sum(at < facts.end for at in series.t)
    return Trend(
        f"{tag.tag}  {tag.name}",
        tag.unit,
        facts.start,
        facts.end,
        series.t[:until],
        series.min[:until],
        series.max[:until],
        series.mean[:until],
        _limits(tag.limits),
        f"曲线 {tag.tag}",
        max(0, tag.decimals),
    )


def _limits(limits: Limits) -> tuple[tuple[str, float], ...]:
    named = (("HH", limits.hh), ("H", limits.h), ("L", limits.l), ("LL", limits.ll))
    return tuple((name, value) for name, value in named if value is not None)


def _stopped(facts: Facts) -> list[tuple[Cell, ...]]:
    words = {EquipmentStatus.STOPPED: "停用", EquipmentStatus.MAINTENANCE: "检修"}
    return [(one.equipment, one.name, words[one.status]) for one in facts.equipment if one.status in words]


def _stopped_table(facts: Facts) -> Table:
    columns = (Column("设备", weight=1.5), Column("名称", weight=3.0), Column("状态", weight=1.0))
    return Table("停用、检修的设备", columns, _stopped(facts), "停用设备", "生成时的状态。")


def _figure(one: Measured, value: float | None) -> Figure | None:
    return None if value is None else Figure(value, max(0, one.tag.decimals))


def _span(one: Measured, side: str) -> Instant | None:
    """None where no such limit is set, or nothing is known."""
    return one.beyond.get(side) if one.high is not None else None


def _rank(tag: Tag) -> int:
    return _FIRST.index(tag.kind) if tag.kind in _FIRST else len(_FIRST)

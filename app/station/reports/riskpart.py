"""The operation risk report (运行风险分析报告): the open model over the plant and each hazard source, explained. Pure."""

from collections.abc import Mapping
from dataclasses import replace

from app.domain.instant import DAY
from app.domain.kpi import figures
from app.domain.report_risk import INDICATORS, LEVEL_WORDS, LEVELS, MODEL, Risk, risk
from app.domain.settings.reports import DEFAULTS, RiskSettings
from app.station.reports.alarms import grave_standing, slots_over
from app.station.reports.data import complete, interlocks_out
from app.station.reports.facts import Facts
from app.station.reports.paper import Cell, Cells, Column, Figure, Level, Levels, Part, Say, Table
from app.station.reports.work import longest_min, mean_clear_min, overdue

_HOW = (
    f"开放模型 {MODEL}，不是官方算法（官方算法未公布）。每项指标在三个分界值处得 0、60、100 分，其间按比例；"
    "各项得分按权重加权平均为总分；总分达到三条级别线依次为黄、橙、红，以下为蓝。有紧急报警长时间不恢复时，不论总分，级别不低于规定的颜色。"
)


def values(facts: Facts) -> dict[str, float | None]:
    """The indicators by name."""
    days = max((facts.end - facts.start) / DAY, 1e-9)
    grave = sum(facts.found.priorities.get(word, 0) for word in ("critical", "high"))
    share = complete(facts)
    return {
        "disturbance_pct": slots_over(facts),
        "repeated": float(facts.found.repeated),
        "grave_per_day": grave / days,
        "mean_clear_min": mean_clear_min(facts),
        "longest_min": longest_min(facts),
        "overdue_forms": float(len(overdue(facts))),
        "incomplete_pct": None if share is None else 100.0 - share,
        "interlocks_out": float(len(interlocks_out(facts))),
    }


def risk_of(facts: Facts) -> Risk:
    return risk(values(facts), grave_standing(facts), facts.settings.risk)


def sentence(facts: Facts) -> str:
    found = risk_of(facts)
    return f"运行风险 {found.score:.0f} 分，{LEVEL_WORDS[found.level]}：{found.why[0]}。（开放模型，非官方算法）"


def risk_parts(facts: Facts) -> list[Part]:
    whole = risk_of(facts)
    levels = [Level(facts.order.scope.title, whole.level, LEVEL_WORDS[whole.level], whole.score)]
    hazards: list[tuple[Cell, ...]] = []
    for code in dict.fromkeys(one.hazard_source for one in facts.equipment if one.hazard_source):
        part = of_hazard(facts, code)
        found = risk_of(part)
        areas = "、".join(dict.fromkeys(one.area for one in part.equipment if one.area))
        levels.append(Level(f"重大危险源 {code} {areas}".strip(), found.level, LEVEL_WORDS[found.level], found.score))
        hazards.append((code, areas, LEVEL_WORDS[found.level], Figure(found.score, 1), "；".join(found.why[:3])))
    columns = (
        Column("重大危险源", weight=1.8), Column("区域", weight=1.5), Column("级别", weight=1.2),
        Column("总分", Cells.NUMBER, 0.8), Column("主要原因", weight=5.0),
    )  # fmt: skip
    out = interlocks_out(facts)
    locks: list[tuple[Cell, ...]] = [(tag, facts.name_of(tag)) for tag in out]
    return [
        Part("结论", (Levels(tuple(levels)), Say("主要原因：" + "；".join(whole.why) + "。"))),
        Part("各重大危险源", (Table("按重大危险源", columns, hazards, "危险源", empty="这个范围没有重大危险源"),)),
        Part("停用或失效的联锁", (
            Table("联锁位号", (Column("位号", weight=2.0), Column("名称", weight=4.0)), locks, "联锁", empty="没有"),
        )),
        Part("怎样算出", (Say(_HOW), _table(whole, facts.settings.risk), Say(_rules(facts.settings.risk), small=True))),
    ]  # fmt: skip


def of_hazard(facts: Facts, code: str) -> Facts:
    """The same facts, of one hazard source alone."""
    equipment = [one for one in facts.equipment if one.hazard_source == code]
    codes = {one.equipment for one in equipment}
    tags = [tag for tag in facts.tags if tag.equipment in codes]
    names, served = {tag.tag for tag in tags}, {tag.source for tag in tags}
    alarmed = [one for one in facts.alarmed if one.equipment in codes or one.tag in names]
    fields = {row.id: row.body.get("fields", {}) for row in facts.open_forms}
    return replace(
        facts,
        equipment=equipment,
        tags=tags,
        alarmed=alarmed,
        within=[one for one in alarmed if one.raised >= facts.start],
        found=figures(alarmed, facts.start, facts.end, facts.order.now, facts.kpi.slot_limit),
        sources=[one for one in facts.sources if one.id in served],
        lost={source: spans for source, spans in facts.lost.items() if source in served},
        open_forms=[
            row for row in facts.open_forms if fields[row.id].get("equipment") in codes or fields[row.id].get("tag") in names
        ],
        standing={key: state for key, state in facts.standing.items() if key.rpartition("/")[0] in names},
    )


def _table(found: Risk, settings: RiskSettings) -> Table:
    columns = (
        Column("指标", weight=2.2), Column("含义", weight=3.6), Column("值", Cells.NUMBER, 1.0), Column("单位", weight=0.9),
        Column("0 分", Cells.NUMBER, 0.8), Column("60 分", Cells.NUMBER, 0.8), Column("100 分", Cells.NUMBER, 0.8),
        Column("得分", Cells.NUMBER, 0.8), Column("权重", Cells.SHARE, 0.8), Column("贡献", Cells.NUMBER, 0.8),
    )  # fmt: skip
    rows: list[tuple[Cell, ...]] = []
    for one in found.scored:
        title, unit, how = INDICATORS[one.name]
        cuts = [Figure(cut, 1 if cut % 1 else 0) for cut in settings.cuts[one.name]]
        value = "没有可计的" if one.value is None else Figure(one.value, 2 if one.value % 1 else 0)
        rows.append((title, how, value, unit, *cuts, Figure(one.score, 0), one.weight, Figure(one.part, 1)))
    rows.append(("总分", "", Figure(found.score, 1), "", None, None, None, None, None, Figure(found.score, 1)))
    return Table(
        "指标、分界值与权重", columns, rows, "指标与权重", f"分界值和权重：{DEFAULTS}，可在站点设置 [reports.risk] 里改。"
    )


def _rules(settings: RiskSettings) -> str:
    yellow, orange, red = settings.levels
    least: Mapping[str, float] = dict(zip(LEVELS[1:3], settings.standing_min, strict=True))
    floors = "，".join(f"超过 {minutes:g} 分钟至少为{LEVEL_WORDS[level]}" for level, minutes in least.items())
    return (
        f"级别线：{yellow:g} 分黄、{orange:g} 分橙、{red:g} 分红。高高报、低低报和二级气体报警持续：{floors}。"
        f"数据缺失只会加分，不会减分。以上数值均为{DEFAULTS}。"
    )

"""The part of a report about links and data (数据源与数据质量): outages, completeness, tags without good values. Pure.

在线率 and 完整率 are those of the daily duty report: the time a source was up, and the time its tags had good data.
"""

from collections.abc import Mapping, Sequence

from app.domain.daily import Day, Span, source_rows
from app.domain.instant import MINUTE, Instant
from app.domain.journal_words import RULES
from app.domain.kpi import Alarmed
from app.domain.tag import Kind
from app.station.reports.facts import Facts
from app.station.reports.measure import Measured
from app.station.reports.paper import Block, Cell, Cells, Column, Part, Say, Table, said

MOST = 100
_OURS = "在线率：数据源连通的时间；完整率：其位号有好值的时间；站未运行的时间不计。定义为本产品的定义，非官方规定。"


def rows_of_sources(facts: Facts) -> Sequence[Mapping[str, object]]:
    day = Day(
        date="",
        start=facts.start,
        end=facts.end,
        now=facts.order.now,
        tags=facts.tags,
        sources=facts.sources,
        alarmed=facts.alarmed,
        lost=facts.lost,
    )
    return source_rows(day)


def complete(facts: Facts) -> float | None:
    """Percent, over all sources by their tags; None without tags."""
    rows = [
        (float(str(row["complete"])), int(str(row["tags"]))) for row in rows_of_sources(facts) if row["complete"] is not None
    ]
    tags = sum(count for _, count in rows)
    return sum(share * count for share, count in rows) / tags if tags else None


def sentence(facts: Facts) -> str:
    away = sum(len(spans) for spans in facts.lost.values())
    share = complete(facts)
    words = [f"数据源 {len(facts.sources)} 个，中断 {away} 次" if away else f"数据源 {len(facts.sources)} 个，没有中断"]
    if share is not None:
        words.append(f"数据完整率 {share:.2f} %")
    off = sum(end - start for start, end in facts.gaps)
    if off:
        words.append(f"站停运或未能记录共 {said(off)}")
    return "；".join(words) + "。"


def sources_part(facts: Facts, measured: Sequence[Measured]) -> Part:
    blocks: list[Block] = [_sources(facts)]
    if any(facts.lost.values()):
        blocks.append(_outages(facts))
    if facts.gaps:
        blocks.append(_gaps(facts.gaps))
    return Part("数据源与数据质量", (*blocks, _silent(measured)))


def quality_parts(facts: Facts, measured: Sequence[Measured]) -> list[Part]:
    """The whole report of data quality, from what the station records by itself."""
    return [
        Part("数据源", (Say(sentence(facts)), _sources(facts))),
        Part("中断与缺口", (_outages(facts), _gaps(facts.gaps))),
        Part("没有好值或时断时续的位号", (_silent(measured), _doubtful(measured))),
        Part("坏数据报警", (_bad(facts),)),
        Part("量程与限值", (_limits(facts), _out_of_range(measured))),
    ]


def interlocks_out(facts: Facts) -> list[str]:
    """Interlock tags that nobody may rely on at the end: out of service, suppressed, or with bad data."""
    mine = {tag.tag for tag in facts.tags if tag.kind is Kind.INTERLOCK}
    laid = {key.rpartition("/")[0] for key, state in facts.standing.items() if str(state.overlay) in ("DSUPR", "OOSRV")}
    blind = {one.tag for one in facts.alarmed if one.rule == "BAD" and _stands(one, facts.end)}
    cut = {source for source, spans in facts.lost.items() if spans and spans[-1][1] >= facts.end}
    away = {tag.tag for tag in facts.tags if tag.source in cut}
    return sorted(mine & (laid | blind | away))


def _sources(facts: Facts) -> Table:
    columns = (
        Column("数据源", weight=1.6), Column("名称", weight=2.2), Column("位号", Cells.NUMBER, 0.9),
        Column("中断次数", Cells.NUMBER, 1.0), Column("中断时长", Cells.SPAN, 1.3), Column("在线率", Cells.SHARE, 1.1, 2),
        Column("完整率", Cells.SHARE, 1.1, 2),
    )  # fmt: skip
    rows: list[tuple[Cell, ...]] = []
    for row in rows_of_sources(facts):
        away = round(float(str(row["lost_min"])) * MINUTE)
        share = None if row["complete"] is None else float(str(row["complete"])) / 100
        online = float(str(row["online"])) / 100
        rows.append((str(row["source"]), str(row["name"]), int(str(row["tags"])), int(str(row["losses"])), away, online, share))
    return Table("数据源", columns, rows, "数据源", _OURS, "没有数据源")


def _outages(facts: Facts) -> Table:
    columns = (
        Column("数据源", weight=2.0),
        Column("中断", Cells.TIME, 2.0),
        Column("恢复", Cells.TIME, 2.0),
        Column("时长", Cells.SPAN, 1.5),
    )
    spans = sorted((span, source) for source, spans in facts.lost.items() for span in spans)
    rows: list[tuple[Cell, ...]] = [
        (source, start, "未恢复" if end >= facts.end else end, end - start) for (start, end), source in spans[:MOST]
    ]
    note = f"共 {len(spans)} 次，列出前 {MOST} 次。" if len(spans) > MOST else ""
    return Table("数据源中断", columns, rows, "中断", note, "没有中断")


def _gaps(gaps: Sequence[Span]) -> Table:
    columns = (Column("从", Cells.TIME, 2.0), Column("到", Cells.TIME, 2.0), Column("时长", Cells.SPAN, 1.5))
    note = "站停运、断电或写不进历史库的时间；其间没有数据，报警由日志另行说明。"
    return Table("历史数据缺口", columns, [(a, b, b - a) for a, b in gaps[:MOST]], "缺口", note, "没有缺口")


def _silent(measured: Sequence[Measured]) -> Table:
    columns = (Column("位号", weight=2.0), Column("名称", weight=3.0), Column("设备", weight=1.5), Column("数据源", weight=1.5))
    silent = [one.tag for one in measured if one.high is None]
    rows = [(tag.tag, tag.name, tag.equipment, tag.source) for tag in silent[:MOST]]
    note = f"共 {len(silent)} 个，列出 {MOST} 个。" if len(silent) > MOST else ""
    return Table("整段没有好值的位号", columns, rows, "无值位号", note, "没有：每个模拟量位号都有好值")


def _doubtful(measured: Sequence[Measured]) -> Table:
    columns = (
        Column("位号", weight=2.0), Column("名称", weight=3.0), Column("数据源", weight=1.5),
        Column("有值", Cells.SHARE, 1.0, 1), Column("其中时断时续", Cells.SHARE, 1.2, 1),
    )  # fmt: skip
    some = [one for one in measured if one.high is not None and (one.known < 0.99 or one.doubtful > 0.01)]
    ordered = sorted(some, key=lambda one: one.known - one.doubtful)[:MOST]
    rows = [(one.tag.tag, one.tag.name, one.tag.source, one.known, one.doubtful) for one in ordered]
    note = "按时段计：有值的时段不足 99 %，或超过 1 % 的时段里出现过不好的数据。比例为默认值，非官方规定。"
    return Table("时断时续的位号", columns, rows, "时断时续", note, "没有")


def _bad(facts: Facts) -> Table:
    columns = (
        Column("位号", weight=2.0), Column("名称", weight=3.0), Column("次数", Cells.NUMBER, 1.0),
        Column("累计", Cells.SPAN, 1.3), Column("最近一次", Cells.TIME, 1.8),
    )  # fmt: skip
    by: dict[str, list[Alarmed]] = {}
    for one in facts.alarmed:
        if one.rule == "BAD":
            by.setdefault(one.tag, []).append(one)
    rows: list[tuple[Cell, ...]] = []
    for tag, ones in by.items():
        time = sum(min(one.cleared or facts.end, facts.end) - max(one.raised, facts.start) for one in ones)
        rows.append((tag, facts.name_of(tag), len(ones), time, ones[-1].raised))
    rows.sort(key=lambda row: -int(str(row[3])))
    return Table(f"{RULES['BAD']}报警", columns, rows[:MOST], "坏数据", empty="本期没有坏数据报警")


def _limits(facts: Facts) -> Table:
    """Limits that cannot be right (阈值填写有误): not in order, beyond the range, none on a level."""
    columns = (Column("位号", weight=2.0), Column("名称", weight=3.0), Column("问题", weight=4.0))
    rows: list[tuple[Cell, ...]] = []
    for tag in facts.tags:
        if tag.is_digital:
            continue
        limits = tag.limits
        values = [one for one in (limits.ll, limits.l, limits.h, limits.hh) if one is not None]
        wrong = []
        if values != sorted(set(values)):
            wrong.append("限值不是由低到高")
        low, high = tag.range_low, tag.range_high
        if any((low is not None and one < low) or (high is not None and one > high) for one in values):
            wrong.append("限值在量程之外")
        if tag.kind is Kind.LEVEL and limits.h is None and limits.hh is None:
            wrong.append("液位没有高限")
        if wrong:
            rows.append((tag.tag, tag.name, "；".join(wrong)))
    return Table("限值填写有疑问", columns, rows[:MOST], "限值疑问", empty="没有发现")


def _out_of_range(measured: Sequence[Measured]) -> Table:
    columns = (
        Column("位号", weight=2.0), Column("名称", weight=3.0), Column("最小", Cells.NUMBER), Column("最大", Cells.NUMBER),
        Column("量程下限", Cells.NUMBER), Column("量程上限", Cells.NUMBER),
    )  # fmt: skip
    rows: list[tuple[Cell, ...]] = []
    for one in measured:
        low, high = one.tag.range_low, one.tag.range_high
        if one.low is None or one.high is None or low is None or high is None:
            continue
        margin = 0.01 * (high - low)
        if one.low < low - margin or one.high > high + margin:
            rows.append((one.tag.tag, one.tag.name, one.low, one.high, low, high))
    return Table("好值超出量程（±1 %）的位号", columns, rows[:MOST], "超量程", empty="没有")


def _stands(one: Alarmed, end: Instant) -> bool:
    return one.cleared is None or one.cleared > end

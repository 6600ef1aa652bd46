"""The part of a report about alarms (报警): counts, when, where, which most, which longest, how soon acknowledged. Pure."""

from collections import Counter
from collections.abc import Mapping

from app.domain.daily import KINDS
from app.domain.instant import DAY, HOUR, MINUTE, SECOND, Instant
from app.domain.journal_words import PRIORITIES, RULES
from app.domain.kpi import SLOT, Alarmed, per_slot
from app.domain.kpi_grade import judge, system_grade
from app.domain.tag import Kind
from app.station.reports.facts import Facts
from app.station.reports.paper import Bars, Block, Cells, Column, Figure, Pairs, Part, Say, Table, said

TOP = 10
SEASONS = {"spring": "春（3–5 月）", "summer": "夏（6–8 月）", "autumn": "秋（9–11 月）", "winter": "冬（12–2 月）"}
FIGURES: Mapping[str, tuple[str, str]] = {
    "per_slot": ("平均报警率", "次/10 分钟"),
    "peak_slot": ("最大报警率", "次/10 分钟"),
    "disturbance_pct": ("扰动率", "%"),
    "top_share_pct": ("前 10 位号占比", "%"),
    "long_standing_per_day": ("持续 8 小时以上", "条/天"),
    "repeated_points": ("重复报警的位号", "个"),
    "high_share_pct": ("紧急、高级占比", "%"),
    "flood_pct": ("泛滥时间", "%"),
    "stamped_pct": ("来不及看就确认的", "%"),
    "returned_unacked_pct": ("未确认先恢复的", "%"),
}
_GRADES = {"good": "良好", "raised": "偏高", "bad": "差", "": "无法计算"}
_COUNT = Column("报警次数", Cells.NUMBER, 1.0)
_SHARE = Column("占比", Cells.SHARE, 0.9, 1)


def sentence(facts: Facts) -> str:
    found, counted = facts.found, facts.groups
    if not found.count:
        standing = f"；期末有 {found.standing} 条此前的报警没有恢复" if found.standing else ""
        return f"这段时间没有新报警{standing}。"
    words = [
        f"报警 {found.count} 次，涉及 {found.points} 个位号",
        f"已处置 {counted.handled} 次，确认未恢复 {counted.open} 次，未确认 {counted.unhandled} 次",
        f"10 分钟内最多 {found.peak_slot} 次",
    ]
    if found.floods:
        words.append(f"报警泛滥 {found.floods} 次，共 {said(found.flood_us)}")
    ack = found.ack.get("")
    if ack is not None:
        words.append(f"确认用时中位数 {ack.median_s:.0f} 秒，95% 在 {ack.p95_s:.0f} 秒内")
    return "；".join(words) + "。"


def alarm_part(facts: Facts) -> Part:
    """Of the summary."""
    blocks: list[Block] = []
    if not facts.found.count:
        blocks.append(Say(sentence(facts)))
    else:
        blocks += [_over_time(facts), _by_hour(facts), _by_priority(facts), _by_class(facts), _by_area(facts)]
        blocks += [_most(facts), _longest(facts), _acks(facts)]
    return Part("报警", tuple(blocks))


def analysis_parts(facts: Facts) -> list[Part]:
    """The whole of the alarm analysis (报警分析)."""
    found = facts.found
    if not found.count:
        return [Part("概况", (Say(sentence(facts)),))]
    judged = judge(found, facts.kpi)
    rows = [
        (FIGURES[one.name][0], None if one.value is None else Figure(one.value, 2), FIGURES[one.name][1], _GRADES[one.grade],
         Figure(one.good_to, 1), Figure(one.bad_from, 1))
        for one in judged
    ]  # fmt: skip
    columns = (
        Column("指标", weight=2.0), Column("值", Cells.NUMBER), Column("单位", weight=1.3), Column("评价", weight=1.0),
        Column("不超过为良好", Cells.NUMBER), Column("达到为差", Cells.NUMBER),
    )  # fmt: skip
    grade = {"总评（五级）": system_grade(found), "泛滥次数": f"{found.floods} 次"}
    note = "指标按 ISA-18.2 与 EEMUA 191；限值为默认值，非官方规定，可在站点设置 [kpi] 里改。EEMUA 称其为近似指标，不是考核线。"
    return [
        Part("概况", (Say(sentence(facts)), Pairs(tuple(grade.items())))),
        Part("报警系统指标", (Table("指标与评价", columns, rows, "指标", note),)),
        Part("何时", (_over_time(facts), _by_hour(facts), *_by_season(facts))),
        Part("何处、何种", (_by_area(facts), _by_equipment(facts), _by_class(facts), _by_rule(facts), _by_priority(facts))),
        Part("哪些位号", (_most(facts), _chatter(facts), _longest(facts, 20))),
        Part("处置", (_acks(facts), _by_person(facts))),
    ]  # fmt: skip


def class_of(facts: Facts, one: Alarmed) -> str:
    if one.tag.startswith("@"):
        return "系统与数据源"
    return KINDS[facts.kind_of(one.tag)]


# charts and tables


def _over_time(facts: Facts) -> Bars:
    """By hour up to two days, else by day; the four priorities stacked."""
    start, end = facts.start, facts.end
    step = HOUR if end - start <= 2 * DAY else DAY
    labels = []
    at = start
    while at < end:
        local = facts.local(at)
        labels.append(f"{local:%H}" if step == HOUR else f"{local:%m-%d}")
        at += step
    series = []
    for word, title in PRIORITIES.items():
        counts = per_slot((one.raised for one in facts.within if one.priority == word), start, end, step)
        series.append((title, tuple(float(count) for count in counts)))
    return Bars("每小时新报警" if step == HOUR else "每天新报警", tuple(labels), tuple(series), sheet="时间分布")


def _by_hour(facts: Facts) -> Bars:
    hours = facts.groups.hours
    counts = tuple(float(hours.get(hour, 0)) for hour in range(24))
    return Bars("按一天中的时段", tuple(f"{hour:02d}" for hour in range(24)), (("报警次数", counts),), sheet="时段分布")


def _by_season(facts: Facts) -> list[Block]:
    """A comparison only where there is more than one season in it."""
    seasons = {key: count for key, count in facts.groups.seasons.items() if count}
    if len(seasons) < 2:
        only = "、".join(SEASONS[key] for key in seasons)
        return [Say(f"季节：本报告的报警都在{only}，跨季节的报告才能比较。", small=True)]
    rows = tuple((SEASONS[key], float(count)) for key, count in facts.groups.seasons.items())
    return [Bars("按季节", tuple(a for a, _ in rows), (("报警次数", tuple(b for _, b in rows)),), across=True, sheet="季节")]


def _by_priority(facts: Facts) -> Bars:
    counts = tuple(float(facts.found.priorities.get(word, 0)) for word in PRIORITIES)
    return Bars("按级别", tuple(PRIORITIES.values()), (("报警次数", counts),), across=True, sheet="级别")


def _by_rule(facts: Facts) -> Bars:
    return _counted("按报警种类", "种类", {RULES.get(key, key): count for key, count in facts.groups.rules.items()})


def _by_class(facts: Facts) -> Bars:
    return _counted("按类型", "类型", dict(Counter(class_of(facts, one) for one in facts.within).most_common()))


def _by_area(facts: Facts) -> Bars:
    return _counted("按区域", "区域", {key or "未划区": count for key, count in facts.groups.areas.items()})


def _by_equipment(facts: Facts) -> Bars:
    names = {one.equipment: f"{one.equipment} {one.name}".strip() for one in facts.site.equipment}
    counted = Counter(names.get(one.equipment, one.equipment or "（无设备）") for one in facts.within)
    return _counted("按设备（前 20）", "设备", dict(counted.most_common(20)))


def _by_person(facts: Facts) -> Bars:
    people = {facts.order.name_of(user): count for user, count in facts.groups.people.items()}
    return _counted("按确认人", "确认人", people)


def _counted(title: str, sheet: str, counts: Mapping[str, int]) -> Bars:
    return Bars(title, tuple(counts), (("次数", tuple(map(float, counts.values()))),), across=True, sheet=sheet)


def _most(facts: Facts) -> Table:
    columns = (
        Column("位号", weight=1.8), Column("名称", weight=2.6), Column("报警", weight=1.3), _COUNT, _SHARE,
        Column("抖动", Cells.NUMBER, 0.8), Column("重复", Cells.NUMBER, 0.8), Column("持续中位", Cells.SPAN, 1.1),
    )  # fmt: skip
    rows = [
        (_tag(one.tag), facts.name_of(one.tag), RULES.get(one.rule, one.rule), one.count, one.share, one.chatters, one.repeats,
         None if one.median_s is None else round(one.median_s * SECOND))
        for one in facts.found.actors
    ]  # fmt: skip
    note = "抖动：1 分钟内 3 次及以上的次数；重复：5 分钟内又报的次数。"
    return Table(f"报警最多的 {len(rows)} 个", columns, rows, "最多", note)


def _longest(facts: Facts, top: int = TOP) -> Table:
    """Those that stood for the longest within the period, however long before it they began."""
    last = facts.end

    def stood(one: Alarmed) -> Instant:
        return (last if one.cleared is None else min(one.cleared, last)) - one.raised

    columns = (
        Column("位号", weight=1.8), Column("名称", weight=2.6), Column("报警", weight=1.3), Column("级别", weight=0.8),
        Column("开始", Cells.TIME, 1.7), Column("恢复", Cells.TIME, 1.7), Column("持续", Cells.SPAN, 1.2),
    )  # fmt: skip
    rows = [
        (_tag(one.tag), facts.name_of(one.tag), RULES.get(one.rule, one.rule), PRIORITIES.get(one.priority, one.priority),
         one.raised, "未恢复" if one.cleared is None or one.cleared > last else one.cleared, stood(one))
        for one in sorted(facts.alarmed, key=stood, reverse=True)[:top]
    ]  # fmt: skip
    return Table(f"持续最长的 {len(rows)} 条", columns, rows, "最长", "没有恢复的算到期末；在此之前开始的算全程。")


def _chatter(facts: Facts) -> Say:
    found = facts.found
    return Say(
        f"抖动的报警 {found.chattering} 条，一闪而过（10 秒内恢复）{found.fleeting} 次，重复报警 {found.repeated} 次"
        f"（{found.repeated_points} 个位号），持续 24 小时以上 {found.stale} 条。"
    )


def _acks(facts: Facts) -> Table:
    columns = (
        Column("级别", weight=1.5), Column("确认次数", Cells.NUMBER), Column("中位数", Cells.SPAN), Column("95%", Cells.SPAN),
        Column("应在", Cells.SPAN),
    )  # fmt: skip
    rows = [
        (PRIORITIES[word], one.count, round(one.median_s * SECOND), round(one.p95_s * SECOND),
         round(facts.kpi.ack_s[word] * SECOND) if word in facts.kpi.ack_s else None)
        for word in PRIORITIES
        if (one := facts.found.ack.get(word)) is not None
    ]  # fmt: skip
    return Table("确认用时（分:秒）", columns, rows, "确认用时", "“应在”为默认值，非官方规定。", "这段时间没有确认")


def grave_standing(facts: Facts) -> float:
    """Minutes for which the longest HH, LL or gas level 2 alarm that still stands at the end has stood."""
    gases = {Kind.COMBUSTIBLE_GAS, Kind.TOXIC_GAS}
    ages = [
        facts.end - one.raised
        for one in facts.alarmed
        if (one.cleared is None or one.cleared > facts.end)
        and (one.rule in ("HH", "LL") or (one.priority == "critical" and facts.kind_of(one.tag) in gases))
    ]
    return max(ages, default=0) / MINUTE


def repeats(facts: Facts) -> int:
    return facts.found.repeated


def slots_over(facts: Facts) -> float:
    return 100.0 * facts.found.slots_over / max(1, -(-(facts.end - facts.start) // SLOT))


def _tag(tag: str) -> str:
    return "" if tag.startswith("@") else tag

"""What stands in each kind of report (各类报表的内容): the parts put in their order, the head, what it is based on. Pure."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace

from app.domain.instant import Instant
from app.domain.settings.reports import DEFAULTS
from app.station.reports import alarms, data, quality, riskpart, values, work
from app.station.reports.facts import Facts
from app.station.reports.measure import Measured
from app.station.reports.order import KIND_WORDS
from app.station.reports.paper import Pairs, Paper, Part, Say, full, said
from app.store.rows import Series

_BASIS = {
    "alarms": "报警按发出声响的次数计（报警次数为一个位号从报警到恢复的一次），不含搁置、抑制期间的报警。",
    "risk": "风险级别：红 重大，橙 较大，黄 一般，蓝 低。",
}


def compose(facts: Facts, measured: Sequence[Measured], curves: Mapping[str, Series]) -> Paper:
    order = facts.order
    match order.kind:
        case "alarms":
            parts = alarms.analysis_parts(facts)
        case "quality":
            parts = [*quality.score_parts(facts), *data.quality_parts(facts, measured)]
        case "risk":
            parts = riskpart.risk_parts(facts)
        case _:
            parts = _summary(facts, measured, curves)
    head = _about(facts)
    basis = (
        *((_BASIS[order.kind],) if order.kind in _BASIS else (_BASIS["alarms"],)),
        f"时刻为站点所在时区（{order.zone}）的当地时间。报表由站自动汇总，未经人工修改；其中未注明出处的限值和分界为{DEFAULTS}。",
    )
    paper = Paper(
        f"{KIND_WORDS[order.kind]}",
        f"{order.period.title}　{order.scope.title}",
        facts.site.name,
        order.id,
        head,
        tuple(parts),
        basis,
        f"{full(order.now, facts.zone)}　{order.by}",
    )
    return replace(paper, digest=digest_of(paper))


def digest_of(paper: Paper) -> str:
    """SHA-256 over all that is said, in hex: it stands on the paper and in the journal."""
    text = json.dumps(asdict(replace(paper, digest="")), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _about(facts: Facts) -> tuple[tuple[str, str], ...]:
    order, trail = facts.order, facts.trail
    until = "" if order.whole else f"（时段未满，截至 {full(order.end, facts.zone)}）"
    late = "，补做（到时站未运行）" if order.late else ""
    journal = f"第 {trail.first} 至 {trail.last} 条" if trail.hash else "这段时间没有日志"
    return (
        ("企业编码", facts.site.code),
        ("范围", order.scope.title),
        ("时段", f"{full(facts.start, facts.zone)} 至 {full(order.period.end, facts.zone)}{until}"),
        ("位号、设备", f"{len(facts.tags)} 个位号，{len(facts.equipment)} 台设备"),
        ("生成", f"{full(order.now, facts.zone)}　{order.by}{late}"),
        ("日志", journal),
        ("末条日志哈希", trail.hash or "—"),
    )


def _summary(facts: Facts, measured: Sequence[Measured], curves: Mapping[str, Series]) -> list[Part]:
    lines = [
        ("报警", alarms.sentence(facts)),
        ("参数", values.sentence(facts, measured)),
        ("处置", work.work_sentence(facts)),
        ("数据", data.sentence(facts) + quality.sentence(facts)),
        ("风险", riskpart.sentence(facts)),
    ]
    first = Part("要点", (Pairs(tuple(lines)), *_ran(facts)))
    return [
        first,
        alarms.alarm_part(facts),
        *values.value_parts(facts, measured, curves),
        work.forms_part(facts),
        work.overlays_part(facts),
        work.limits_part(facts),
        data.sources_part(facts, measured),
        work.clips_part(facts),
        *([values.value_table(facts, measured)] if measured else []),
    ]


def _ran(facts: Facts) -> list[Say]:
    """Was the station there at all? A report of a time without a watch must not look like a quiet one."""
    off: Instant = sum(end - start for start, end in facts.gaps)
    words = []
    if facts.trail.hash == "" and not facts.within:
        words.append("这段时间没有日志记录：站没有运行，本报表不能说明当时的情况。")
    elif off:
        words.append(f"这段时间里站停运或未能记录数据共 {said(off)}，其间没有数据，也可能没有报警记录。")
    if facts.starts:
        unclean = sum(not one.data.get("clean", True) for one in facts.starts)
        words.append(f"站启动 {len(facts.starts)} 次" + (f"，其中 {unclean} 次是上次没有正常停止。" if unclean else "。"))
    return [Say(" ".join(words))] if words else []

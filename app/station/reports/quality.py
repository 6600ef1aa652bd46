"""The worked-out data quality of the days of a period (数据质量得分): scores, worst points, what was found. Pure.

The results themselves are `app.station.quality`'s, a day each; where none was worked out the report says so.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence

from app.domain.quality import Scores, Share, mean_scores
from app.domain.quality_words import BASIS, TITLES
from app.station.reports.facts import Facts
from app.station.reports.paper import Bars, Block, Cell, Cells, Column, Figure, Part, Say, Table
from app.store.rows import QualityRow

WORST = 20
MOST_FOUND = 100
_SCORES = (
    Column("总分", Cells.NUMBER, 0.8), Column("完整", Cells.NUMBER, 0.8), Column("真实", Cells.NUMBER, 0.8),
    Column("及时", Cells.NUMBER, 0.8), Column("配置", Cells.NUMBER, 0.8),
)  # fmt: skip
_RATES = (Column("完整率", Cells.SHARE, 1.0, 2), Column("在线率", Cells.SHARE, 1.0, 2))


def sentence(facts: Facts) -> str:
    """ "" when nothing was worked out."""
    if not facts.quality:
        return ""
    scores = mean_scores(row.scores for day in facts.quality for row in day.rows)
    if scores.total is None:
        return ""
    found = sum(len(day.findings) for day in facts.quality)
    return f"数据质量得分 {scores.total:.1f}（{len(facts.quality)} 天的平均），发现问题 {found} 处。"


def score_parts(facts: Facts) -> list[Part]:
    if not facts.quality:
        return [Part("得分", (Say("这段时间没有算出的数据质量得分（每天过完后自动计算）；以下由站的运行记录得出。"),))]
    blocks: list[Block] = [Say(sentence(facts)), _by_day(facts), _chart(facts), _by_hazard(facts), _worst(facts)]
    return [Part("得分", tuple(blocks)), Part("发现的问题", (_kinds(facts), _found(facts)))]


def _by_day(facts: Facts) -> Table:
    rows = [(day.run.day + ("（未满）" if day.run.partial else ""), *_line(day.rows)) for day in facts.quality]
    return Table("每天的得分", (Column("日期", weight=1.6), *_SCORES, *_RATES), rows, "每日得分", BASIS)


def _chart(facts: Facts) -> Bars:
    totals = [mean_scores(row.scores for row in day.rows).total or 0.0 for day in facts.quality]
    return Bars(
        "每天的总分", tuple(day.run.day[5:] for day in facts.quality), (("总分", tuple(totals)),), "分", sheet="每日总分"
    )


def _by_hazard(facts: Facts) -> Table:
    hazard = {one.equipment: one.hazard_source for one in facts.site.equipment}
    members: dict[str, list[QualityRow]] = defaultdict(list)
    for day in facts.quality:
        for row in day.rows:
            tag = facts.by_name.get(row.tag)
            members[hazard.get(tag.equipment, "") if tag is not None else ""].append(row)
    rows = [(code or "未划入重大危险源", *_line(mine)) for code, mine in sorted(members.items(), key=lambda one: one[0] or "~")]
    return Table("按重大危险源", (Column("重大危险源", weight=2.2), *_SCORES, *_RATES), rows, "危险源得分")


def _worst(facts: Facts) -> Table:
    by: dict[str, list[QualityRow]] = defaultdict(list)
    for day in facts.quality:
        for row in day.rows:
            by[row.tag].append(row)
    totals = {tag: mean_scores(row.scores for row in mine).total for tag, mine in by.items()}
    judged = sorted((total, tag) for tag, total in totals.items() if total is not None)
    rows = [(tag, facts.name_of(tag), *_line(by[tag])) for _, tag in judged[:WORST]]
    columns = (Column("位号", weight=1.8), Column("名称", weight=2.4), *_SCORES, *_RATES)
    return Table(f"得分最低的 {len(rows)} 个位号", columns, rows, "最低得分")


def _kinds(facts: Facts) -> Bars:
    counts = Counter(TITLES[one.kind] for day in facts.quality for one in day.findings)
    names = [name for name, _ in counts.most_common()] or ["没有"]
    return Bars(
        "按种类", tuple(names), (("处", tuple(float(counts[name]) for name in names)),), "处", across=True, sheet="问题种类"
    )


def _found(facts: Facts) -> Table:
    columns = (
        Column("开始", Cells.TIME, 1.7), Column("位号", weight=1.6), Column("种类", weight=1.2),
        Column("时长", Cells.SPAN, 1.1), Column("程度", Cells.SHARE, 0.8), Column("说明", weight=5.0),
    )  # fmt: skip
    found = sorted((one for day in facts.quality for one in day.findings), key=lambda one: (-one.score, one.start, one.tag))
    rows: list[tuple[Cell, ...]] = [
        (max(0, one.start), one.tag or "全厂", TITLES[one.kind], max(0, one.end - one.start), one.score, one.reason)
        for one in found
    ]
    note = "“程度”为可疑或严重的程度；可疑不等于有错，例如静置的罐液位本来不动。"
    return Table("发现的问题（重的在前）", columns, rows, "问题", note, "没有发现问题", paper_rows=MOST_FOUND)


def _line(rows: Sequence[QualityRow]) -> tuple[Cell, ...]:
    scores: Scores = mean_scores(row.scores for row in rows)
    five = (scores.total, scores.completeness, scores.authenticity, scores.timeliness, scores.configuration)
    slots = sum((row.slots for row in rows), Share()).rate
    online = sum((row.online for row in rows), Share()).rate
    return (*(None if one is None else Figure(one, 1) for one in five), slots, online)

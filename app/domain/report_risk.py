"""The open model of operation risk (运行风险, 开放模型): a score from what the station knows, and its colour in words. Pure.

Not the official algorithm, which is not published: every weight and cut is a setting and a default of ours. An indicator
scores 0, 60 and 100 at its three cuts, in between in proportion; the risk is the weighted mean. A grave alarm that stands long
sets a floor under the colour, whatever the sum: a quiet day must not outvote one tank that is overfull.
红 重大, 橙 较大, 黄 一般, 蓝 低.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.domain.settings.reports import RiskSettings

MODEL = "OM-R1"
LEVELS = ("blue", "yellow", "orange", "red")
LEVEL_WORDS = {"blue": "蓝（低）", "yellow": "黄（一般）", "orange": "橙（较大）", "red": "红（重大）"}
INDICATORS: Mapping[str, tuple[str, str, str]] = {
    "disturbance_pct": ("扰动率", "%", "10 分钟内新报警超过设定数的时段所占比例"),
    "repeated": ("重复报警", "次", "同一位号 5 分钟内又报的次数"),
    "grave_per_day": ("紧急、高级报警", "次/天", "平均每天"),
    "mean_clear_min": ("平均消警时长", "分钟", "报警到恢复，未恢复的算到期末"),
    "longest_min": ("最长报警", "分钟", "未恢复的算到期末"),
    "overdue_forms": ("超期未办的表单", "张", "期末仍未办理且已超期"),
    "incomplete_pct": ("数据缺失", "%", "中断和坏数据的时间所占比例"),
    "interlocks_out": ("停用或失效的联锁", "个", "期末停用、抑制或数据坏的联锁位号"),
}
"""Name to title, unit, and how it is counted."""


@dataclass(frozen=True, slots=True)
class Scored:
    """One indicator. `part`: how many points of the whole it gives. `value` None: nothing was there to be measured."""

    name: str
    value: float | None
    score: float
    weight: float
    part: float


@dataclass(frozen=True, slots=True)
class Risk:
    """`why`: sentences, the gravest first; `floor`: why the colour is higher than the sum alone, "" when it is not."""

    score: float
    level: str
    scored: tuple[Scored, ...]
    floor: str
    why: tuple[str, ...]


def risk(values: Mapping[str, float | None], grave_standing_min: float, settings: RiskSettings) -> Risk:
    """`grave_standing_min`: how long the longest HH, LL or level 2 gas alarm that is still there stands; 0 none."""
    total = sum(settings.weights.values())
    scored = []
    for name in INDICATORS:
        value, weight = values.get(name), settings.weights[name] / total
        points = 0.0 if value is None else _score(value, settings.cuts[name])
        scored.append(Scored(name, value, points, weight, points * weight))
    score = sum(one.part for one in scored)
    level = sum(score >= cut for cut in settings.levels)
    least = sum(grave_standing_min > minutes for minutes in settings.standing_min)
    floor = ""
    if least > level:
        floor = f"有紧急报警已持续 {grave_standing_min:.0f} 分钟没有恢复，按规则至少为{LEVEL_WORDS[LEVELS[least]]}"
    level = max(level, least)
    return Risk(score, LEVELS[level], tuple(scored), floor, _why(scored, floor))


def _score(value: float, cuts: Sequence[float]) -> float:
    zero, sixty, full = cuts
    if value <= zero:
        return 0.0
    if value < sixty:
        return 60.0 * (value - zero) / (sixty - zero)
    return min(100.0, 60.0 + 40.0 * (value - sixty) / (full - sixty))


def _why(scored: Sequence[Scored], floor: str) -> tuple[str, ...]:
    said = [floor] if floor else []
    for one in sorted(scored, key=lambda one: -one.part):
        if one.part > 0 and one.value is not None:
            title, unit, _ = INDICATORS[one.name]
            said.append(f"{title} {_number(one.value)} {unit}，得 {one.score:.0f} 分，占 {one.part:.1f} 分")
    return tuple(said) or ("各项指标都在零分线以内",)


def _number(value: float) -> str:
    """As people write it: no exponent, decimals only where they say something."""
    return (
        f"{value:.0f}" if abs(value) >= 100 or value == int(value) else f"{value:.1f}" if abs(value) >= 10 else f"{value:.2g}"
    )

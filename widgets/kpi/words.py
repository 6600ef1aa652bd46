"""The desk's words for the figures of the alarm system: names, units, how their numbers are written. Console side, no Qt."""

from app.domain.alarm import RuleKind
from app.domain.tag import Kind
from widgets.vocabulary import rule_word
from widgets.words import tr

# figure: title, unit, decimals, what it means
FIGURES: dict[str, tuple[str, str, int, str]] = {
    "per_slot": ("平均报警率", "条/10 分钟", 2, "所选时段内平均每 10 分钟的新报警数"),
    "peak_slot": ("最大报警率", "条/10 分钟", 0, "新报警最多的一个 10 分钟"),
    "disturbance_pct": ("扰动率", "%", 1, "新报警数超过限值的 10 分钟时段所占比例"),
    "flood_pct": ("泛滥时间", "%", 1, "处于报警泛滥的时间比例：10 分钟内达到 10 条开始，少于 5 条结束"),
    "top_share_pct": ("前 10 位占比", "%", 0, "报警最多的 10 条在全部报警中的比例"),
    "repeated_points": ("重复报警位号", "个", 0, "任意连续 5 分钟内报警两次及以上的位号数"),
    "long_standing_per_day": ("超 8 小时报警", "条/天", 1, "持续 8 小时以上的报警，平均每天"),
    "high_share_pct": ("紧急与高占比", "%", 0, "紧急和高级别报警在全部报警中的比例"),
    "returned_unacked_pct": ("恢复先于确认", "%", 0, "还没有人确认就已恢复的报警的比例"),
    "stamped_pct": ("疑似盲目确认", "%", 1, "响起 2 秒内就确认，或同一人 10 秒内确认 5 条以上"),
}
GRADES = {"good": "良好", "raised": "偏高", "bad": "差", "": "无数据"}
SEASONS = {"spring": "春", "summer": "夏", "autumn": "秋", "winter": "冬"}
_CLASSES = {
    Kind.LEVEL: "液位", Kind.TEMPERATURE: "温度", Kind.PRESSURE: "压力", Kind.FLOW: "流量", Kind.COMBUSTIBLE_GAS: "可燃气体",
    Kind.TOXIC_GAS: "有毒气体", Kind.OXYGEN: "氧含量", Kind.WIND_SPEED: "风速", Kind.WIND_DIRECTION: "风向",
    Kind.SWITCH: "开关",
    Kind.INTERLOCK: "联锁", Kind.GROUNDING: "静电接地", Kind.OVERFILL: "溢油", Kind.COMPOSITION: "组分", Kind.SPEED: "转速",
    Kind.OTHER: "其他",
}  # fmt: skip


def figure_value(name: str, value: float | None) -> str:
    if value is None:
        return "—"
    return f"{value:.{FIGURES[name][2]}f}"


def class_word(code: str) -> str:
    if code == "system":
        return tr("系统与数据源")
    return tr(_CLASSES[Kind(code)]) if code in set(Kind) else code


def rule_of(code: str) -> str:
    return rule_word(code) if code in RuleKind.__members__ else code


def change_words(change: dict[str, float], unit: str) -> str:
    """`死区 1.5 m，消警延时 30 秒`."""
    said = []
    if "deadband" in change:
        said.append(tr("死区 {n} {unit}", n=f"{change['deadband']:g}", unit=unit).strip())
    if "on_delay_s" in change:
        said.append(tr("报警延时 {n} 秒", n=f"{change['on_delay_s']:g}"))
    if "off_delay_s" in change:
        said.append(tr("消警延时 {n} 秒", n=f"{change['off_delay_s']:g}"))
    return "，".join(said)


def seconds(value: float | None) -> str:
    """A duration a person compares: `8 秒`, `3.5 分`, `2.1 小时`."""
    if value is None:
        return "—"
    if value < 90:
        return tr("{n} 秒", n=f"{value:.0f}")
    return tr("{n} 分", n=f"{value / 60:.1f}") if value < 5400 else tr("{n} 小时", n=f"{value / 3600:.1f}")

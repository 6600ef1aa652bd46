"""`[quality]`: thresholds of the data quality (数据质量), when it is worked out, and what belongs to tanks and interlocks.

Both sides; pure. No text publishes these numbers: every one is a default of ours (默认值，非官方规定). One point may differ:
`[quality.tags."LT-101"]` takes the numbers marked `per_tag`, and `off = ["flat"]` for findings that mean nothing there.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from app.domain.quality import PARTS, QualityKind
from app.domain.settings.section import Section
from app.domain.tag import Kind, Tag

DEFAULT_BASIS = "默认值，非官方规定"
KINDS = tuple(kind.value for kind in QualityKind)


@dataclass(frozen=True, slots=True)
class Number:
    """One threshold: default, bounds, unit and what it is, in Chinese. `per_tag`: a point may have its own."""

    default: float
    low: float
    high: float
    unit: str
    title: str
    per_tag: bool = False


NUMBERS: Mapping[str, Number] = MappingProxyType(
    {
        "weight_completeness": Number(40, 0, 100, "分", "完整性的权重"),
        "weight_authenticity": Number(30, 0, 100, "分", "真实性的权重"),
        "weight_timeliness": Number(20, 0, 100, "分", "及时性的权重"),
        "weight_configuration": Number(10, 0, 100, "分", "配置的权重"),
        "completeness_pct": Number(98, 0, 100, "%", "完整率低于它时列出", True),
        "online_pct": Number(99, 0, 100, "%", "在线率低于它时列出", True),
        "online_periods": Number(3, 1, 1000, "个周期", "多少个周期没有有效值算离线", True),
        "online_floor_s": Number(120, 1, 86_400, "秒", "至少这么久没有有效值才算离线", True),
        "enterprise_pct": Number(80, 1, 100, "%", "这么多测点在线，企业才算在线"),
        "range_pct": Number(1, 0, 100, "%量程", "超出量程多少才算超量程", True),
        "flat_level_h": Number(24, 0.1, 10_000, "小时", "液位不变多久算疑似死值"),
        "flat_temperature_h": Number(12, 0.1, 10_000, "小时", "温度不变多久算疑似死值"),
        "flat_pressure_h": Number(12, 0.1, 10_000, "小时", "压力不变多久算疑似死值"),
        "flat_h": Number(0, 0, 10_000, "小时", "不变多久算疑似死值（0：按类型，其他类型不查）", True),
        "flat_others_pct": Number(0.5, 0, 100, "%量程", "同设备其他测点至少变化多少"),
        "jump_level_pct_s": Number(0.5, 0, 1000, "%量程/秒", "液位变化率上限"),
        "jump_temperature_pct_s": Number(2, 0, 1000, "%量程/秒", "温度变化率上限"),
        "jump_pressure_pct_s": Number(10, 0, 1000, "%量程/秒", "压力变化率上限"),
        "jump_rate": Number(0, 0, 1e9, "单位/秒", "变化率上限（0：按类型，其他类型不查）", True),
        "jump_min_pct": Number(5, 0, 100, "%量程", "至少跳这么多", True),
        "jump_return_s": Number(60, 1, 86_400, "秒", "多久之内回到原处", True),
        "repeat_samples": Number(120, 20, 100_000, "个采样", "重复段的最短长度", True),
        "repeat_distinct": Number(6, 2, 1000, "个", "重复段里至少有多少个不同的值"),
        "digit_values": Number(40, 20, 100_000, "个", "至少有多少个不同的值才看末位数字", True),
        "digit_chi2": Number(60, 10, 1e6, "", "末位数字卡方值上限（自由度 9）", True),
        "line_s": Number(600, 10, 86_400, "秒", "完全直线的最短时间", True),
        "same_pct": Number(90, 10, 100, "%", "两个测点多少时间相同才列出"),
        "clock_s": Number(60, 1, 86_400, "秒", "时钟相差多少算异常", True),
        "missed_s": Number(60, 1, 86_400, "秒", "越限多久没有报警记录算漏报", True),
        "missed_samples": Number(2, 1, 1000, "个采样", "至少连续多少个采样越限"),
        "clear_s": Number(60, 1, 86_400, "秒", "消警后仍越限多久算销警异常"),
        "balance_window_min": Number(60, 5, 1440, "分钟", "物料平衡的时段"),
        "balance_k": Number(4, 1, 100, "σ", "差额超过几倍误差列出"),
        "level_error_mm": Number(3, 0.01, 1000, "mm", "液位误差（1σ）"),
        "density_error_pct": Number(0.02, 0, 10, "%", "密度误差（1σ，按温度算出的变化）"),
        "flow_error_pct": Number(1, 0, 50, "%", "流量误差（1σ）"),
        "idle_flow_pct": Number(1, 0, 50, "%量程", "流量低于它算没有作业"),
        "bypass_h": Number(24, 0.1, 10_000, "小时", "联锁旁路一次批准的最长时间"),
        "deduct_missed": Number(70, 0, 100, "分", "漏报扣分"),
        "deduct_forged": Number(60, 0, 100, "分", "规律伪造扣分"),
        "deduct_cleared": Number(30, 0, 100, "分", "销警异常扣分"),
        "deduct_balance": Number(50, 0, 100, "分", "物料平衡异常扣分"),
        "deduct_interlock": Number(40, 0, 100, "分", "联锁异常扣分"),
        "deduct_flat": Number(20, 0, 100, "分", "死值扣分"),
        "deduct_range": Number(15, 0, 100, "分", "超量程扣分"),
        "deduct_jump": Number(10, 0, 100, "分", "跳变扣分"),
        "deduct_time": Number(40, 0, 100, "分", "时间异常扣分"),
        "deduct_limits": Number(100, 0, 100, "分", "阈值有误扣分"),
        "hourly_min": Number(60, 0, 1440, "分钟", "当天多久重算一次（0：不重算）"),
        "keep_days": Number(400, 31, 36_600, "天", "结果保留多久"),
    }
)
_FLAT = {Kind.LEVEL: "flat_level_h", Kind.TEMPERATURE: "flat_temperature_h", Kind.PRESSURE: "flat_pressure_h"}
_JUMP = {
    Kind.LEVEL: "jump_level_pct_s",
    Kind.TEMPERATURE: "jump_temperature_pct_s",
    Kind.PRESSURE: "jump_pressure_pct_s",
}


@dataclass(frozen=True, slots=True)
class Interlock:
    """One interlock (联锁): `tag` its own; `bypass`, `fault`: tags that say so when they are `bypass_on`, `fault_on`; `limits`:
    tags whose alarms must not stand while it is bypassed. "" none."""

    tag: str
    bypass: str = ""
    bypass_on: int = 1
    fault: str = ""
    fault_on: int = 1
    limits: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Tank:
    """What the balance of one tank needs (物料平衡). Volume by `strapping/EQUIPMENT.csv`, or `area_m2` of an upright one;
    density in kg/m³ at 20 ℃ and its relative `expansion` per K; `inflows`, `outflows`: flow tags; `activity`: switches that
    are on while something is done with the tank (pumps, valves, bays). Tanks of one `group` share their meters and are
    balanced together; a tank without any meter is watched only while nothing is done with it."""

    equipment: str
    level: str
    temperature: str = ""
    area_m2: float = 0.0
    density: float = 1000.0
    expansion: float = 0.0
    inflows: tuple[str, ...] = ()
    outflows: tuple[str, ...] = ()
    activity: tuple[str, ...] = ()
    level_error_mm: float | None = None
    group: str = ""


@dataclass(frozen=True)
class QualitySettings:
    """`wanted["jump_return_s"]` is the site's number; `wanted.of(tag)` knows what differs for one point. `by_exception`:
    drivers that report changes only. `daily_at`: minute of the local day at which yesterday is worked out, None never."""

    numbers: Mapping[str, float] = field(default_factory=lambda: {name: one.default for name, one in NUMBERS.items()})
    by_exception: tuple[str, ...] = ("opcua", "mqtt")
    tags: Mapping[str, "TagSettings"] = field(default_factory=dict)
    interlocks: tuple[Interlock, ...] = ()
    tanks: tuple[Tank, ...] = ()
    daily_at: int | None = 20

    def __getitem__(self, name: str) -> float:
        return self.numbers[name]

    @property
    def weights(self) -> dict[str, float]:
        return {part: self[f"weight_{part}"] for part in PARTS}

    @property
    def deductions(self) -> dict[str, float]:
        return {name.removeprefix("deduct_"): value for name, value in self.numbers.items() if name.startswith("deduct_")}

    def of(self, tag: Tag) -> "TagNumbers":
        return TagNumbers(self, tag, self.tags.get(tag.tag, TagSettings()))


@dataclass(frozen=True, slots=True)
class TagSettings:
    """What of one point differs."""

    numbers: Mapping[str, float] = field(default_factory=dict)
    off: frozenset[str] = frozenset()
    by_exception: bool | None = None


@dataclass(frozen=True, slots=True)
class TagNumbers:
    """The thresholds of one point."""

    site: QualitySettings
    tag: Tag
    own: TagSettings

    def __getitem__(self, name: str) -> float:
        found = self.own.numbers.get(name)
        return self.site[name] if found is None else found

    def wants(self, kind: QualityKind) -> bool:
        return kind.value not in self.own.off

    @property
    def flat_s(self) -> float | None:
        """None: this kind of point may stand still."""
        hours = self["flat_h"] or (self.site[_FLAT[self.tag.kind]] if self.tag.kind in _FLAT else 0.0)
        return hours * 3600 or None

    @property
    def jump_per_s(self) -> float | None:
        """In the tag's unit a second; None: nothing is known of how fast it may move."""
        low, high = self.tag.range_low, self.tag.range_high
        if self["jump_rate"]:
            return self["jump_rate"]
        if self.tag.kind not in _JUMP or low is None or high is None:
            return None
        return self.site[_JUMP[self.tag.kind]] / 100 * (high - low) or None


def read_quality(section: Section) -> QualitySettings:
    numbers = {name: section.number(name, one.default, one.low, one.high, one.unit or "数") for name, one in NUMBERS.items()}
    total = sum(numbers[f"weight_{part}"] for part in PARTS)
    if abs(total - 100) > 1e-6:
        section.fault("weight_completeness", f"四个权重之和是 {total:g}", "四个权重之和应为 100")
        numbers |= {f"weight_{part}": NUMBERS[f"weight_{part}"].default for part in PARTS}
    exception = section.texts("by_exception", ("opcua", "mqtt"))
    tags = {}
    table = section.table("tags")
    for name in table.names():
        tags[name] = _tag(table.table(name))
    interlocks = tuple(_interlock(one) for one in section.tables("interlock"))
    tanks = tuple(_tank(one) for one in section.tables("tank"))
    at = section.text("daily_at", "00:20")
    section.done()
    return QualitySettings(numbers, exception, tags, interlocks, tanks, _minute(section, at))


def _tag(section: Section) -> TagSettings:
    numbers = {
        name: section.number(name, one.default, one.low, one.high, one.unit or "数")
        for name, one in NUMBERS.items()
        if one.per_tag and name in section
    }
    off = section.texts("off", (), KINDS)
    exception = section.flag("by_exception", False) if "by_exception" in section else None
    for name in section.names():
        if name not in numbers and name not in ("off", "by_exception"):
            section.fault(name, "不能为一个位号单独设置", f"只能用 {'、'.join(n for n, one in NUMBERS.items() if one.per_tag)}")
    return TagSettings(numbers, frozenset(off), exception)


def _interlock(section: Section) -> Interlock:
    found = Interlock(
        tag=section.text("tag", required=True),
        bypass=section.text("bypass"),
        bypass_on=section.whole("bypass_on", 1, 0, 1),
        fault=section.text("fault"),
        fault_on=section.whole("fault_on", 1, 0, 1),
        limits=section.texts("limits"),
    )
    section.done()
    return found


def _tank(section: Section) -> Tank:
    found = Tank(
        equipment=section.text("equipment", required=True),
        level=section.text("level", required=True),
        temperature=section.text("temperature"),
        area_m2=section.number("area_m2", 0, 0, 1e6, "平方米"),
        density=section.number("density", 1000, 1, 20_000, "kg/m³"),
        expansion=section.number("expansion", 0, 0, 0.1, "相对膨胀系数"),
        inflows=section.texts("inflows"),
        outflows=section.texts("outflows"),
        activity=section.texts("activity"),
        level_error_mm=section.number("level_error_mm", 3, 0.01, 1000, "毫米") if "level_error_mm" in section else None,
        group=section.text("group"),
    )
    section.done()
    return found


def _minute(section: Section, text: str) -> int | None:
    if not text:
        return None
    hours, _, minutes = text.partition(":")
    if hours.isdigit() and minutes.isdigit() and len(minutes) == 2 and int(hours) < 24 and int(minutes) < 60:
        return int(hours) * 60 + int(minutes)
    section.fault("daily_at", f"= {text!r} 不对", '应为时刻，如 "00:20"；不要每天计算则写 ""')
    return 20

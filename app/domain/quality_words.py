"""Data quality in words (数据质量的文字): names of what is found, and numbers as people read them. Both sides, pure."""

from app.domain.quality import QualityKind

BASIS = "产品定义；阈值为默认值，非官方规定"

TITLES: dict[QualityKind, str] = {
    QualityKind.COMPLETENESS: "数据缺失",
    QualityKind.ONLINE: "离线",
    QualityKind.RANGE: "超量程",
    QualityKind.LIMITS: "阈值有误",
    QualityKind.FLAT: "死值",
    QualityKind.JUMP: "跳变",
    QualityKind.FORGED: "规律伪造",
    QualityKind.TIME: "时间异常",
    QualityKind.MISSED: "漏报",
    QualityKind.CLEARED: "销警异常",
    QualityKind.BALANCE: "物料平衡",
    QualityKind.INTERLOCK: "联锁",
    QualityKind.ALARMS: "报警异常",
}

DEFINITIONS: dict[QualityKind, str] = {
    QualityKind.COMPLETENESS: "完整率 = 收到的有效周期数 ÷ 应收周期数；停用、检修（有记录）的时间不计。"
    "变化才上报的数据源，链路正常时的沉默算收到。",
    QualityKind.ONLINE: "在线 = 最近一个有效值不早于 max(3 个周期, 120 秒)；在线率按时间加权。",
    QualityKind.RANGE: "数值超出量程上下限各 1 %。",
    QualityKind.LIMITS: "低低 < 低 < 高 < 高高 不成立、限值在量程之外、液位缺高报或高高报、"
    "气体限值超出 GB/T 50493，或报警所用限值与位号表不一致。",
    QualityKind.FLAT: "长时间不变，而同一设备的其他测点在变；静置的罐也会如此，所以只是疑似。",
    QualityKind.JUMP: "变化快过物理上限，随后又回到原处。",
    QualityKind.FORGED: "整段重复、末位数字过于整齐、完全的直线、两个测点数据相同。",
    QualityKind.TIME: "时间在未来、次序颠倒、同一时刻两个值、时钟相差过大。",
    QualityKind.MISSED: "连续两个以上采样、60 秒以上越限，而没有报警记录；"
    "延时、数据坏和停站的时间已扣除，搁置和抑制期间的记录也算记录。",
    QualityKind.CLEARED: "数值仍越限而报警已消。",
    QualityKind.BALANCE: "罐存变化与进出料之差超过 k·σ；没有作业而液位下降为疑似泄漏。",
    QualityKind.INTERLOCK: "联锁旁路没有批准、超过批准时间，或旁路时相关报警未消；投用率 = 投用时间 ÷ 总时间。",
    QualityKind.ALARMS: "报警系统指标（每 10 分钟报警数、扰动率、长期报警等）达到差的一档。",
}


def value_words(value: float, decimals: int, unit: str) -> str:
    return f"{value:.{max(0, decimals)}f} {unit}".rstrip()

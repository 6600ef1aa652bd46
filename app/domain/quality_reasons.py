"""Why something was found, as sentences with figures (问题的原因). Both sides, pure: the station words them in Chinese for its
books and reports, a desk in its own language.

The figures are the finding's evidence; its `said` names the sentence.
"""

from collections.abc import Mapping
from typing import Any

from app.domain.instant import Instant
from app.domain.quality import Finding, QualityKind
from app.domain.saying import Translate, worded

REASONS: Mapping[str, str] = {
    # 1, 2
    "missing": "完整率 {rate:rate}：应收 {expected:.0f} 个，实收 {received:.0f} 个，最长一段缺 {longest_s:span}",
    "missing_scattered": "完整率 {rate:rate}：应收 {expected:.0f} 个，实收 {received:.0f} 个，零星缺失，没有长的缺口",
    "missing_all": "整段没有收到有效数据（应收 {expected:.0f} 个）",
    "offline": "在线率 {rate:rate}：离线 {count} 段，共 {offline_s:span}",
    # 3
    "beyond": "{count} 个采样超出量程 {low:g} 至 {high:g} {unit}，"
    "最远到 {worst_said}（{side:word} {bound:g}），共 {held_s:span}",
    # 4
    "limits_order": "{upper:word} {value:g} 不大于{lower:word} {bound:g} {unit}，应为 低低报 < 低报 < 高报 < 高高报",
    "limits_range": "量程上限 {value:g} 不大于量程下限 {bound:g}",
    "limits_below": "{limit:word} {value:g} 低于量程下限 {bound:g} {unit}",
    "limits_above": "{limit:word} {value:g} 高于量程上限 {bound:g} {unit}",
    "limits_missing": "液位测点没有设{limits:words}",
    "limits_combustible": "{limit:word} {value:g} %LEL 高于 {bound:.3g}"
    "（GB/T 50493-2019：可燃气体一级不大于 25 %LEL，二级不大于 50 %LEL）",
    "limits_oel": "{limit:word} {value:g} {unit} 高于 {bound:.3g}"
    "（GB/T 50493-2019，{gas} OEL {oel:.3g} {unit}：一级不大于 100 %OEL，"
    "二级不大于 200 %OEL；OEL 为参考值，须由企业核定）",
    "limits_idlh": "{limit:word} {value:g} {unit} 高于 {bound:.3g}"
    "（GB/T 50493-2019，{gas}，量程不足以按 OEL 设定：一级不大于 5 %IDLH，"
    "二级不大于 10 %IDLH（IDLH {idlh:.3g} {unit}）；OEL 为参考值，须由企业核定）",
    "limits_oxygen_low": "缺氧报警 {value:g} 低于 19.5 %",
    "limits_oxygen_high": "富氧报警 {value:g} 高于 23.5 %",
    "limits_differ": "{limit:word}按 {used:g} 报警，而当时位号表的限值是 {table:g} {unit}",
    # 5, 6
    "flat": "{length_s:span}一直是 {value_said}，而同一设备的 {names} 在变：疑似死值（静置的罐也可能如此）",
    "spike": "{count} 次跳变后又回到原处，最大一次从 {before_said} 跳到 {after_said}，{back_s:span}后返回；"
    "物理上限为每秒 {bound_per_s:.3g} {unit}",
    # 7
    "repeat": "{samples:.0f} 个采样与前面的一段逐个相同，相隔 {lag_s:span}",
    "repeat_often": "{samples:.0f} 个采样与前面的一段逐个相同，相隔 {lag_s:span}，如此重复约 {repeats} 遍",
    "digits": "{values:.0f} 个不同的值里 {whole_share:.0%} 的末位是 0 或 5（卡方 {chi2:.0f}，上限 {chi2_limit:g}）",
    "line": "{length_s:span}完全是一条直线（每小时 {slope_per_h:+.4g} {unit}），没有任何噪声",
    "lines": "{length_s:span}完全是一条直线（每小时 {slope_per_h:+.4g} {unit}），没有任何噪声；共 {count} 段",
    "same": "与 {other}（{other_name}）的数据相同：{bins:.0f} 个 10 分钟段逐个采样一致，占有变化时段的 {share:.0%}",
    # 8
    "ahead": "设备时钟超前 1 分钟以上，{count} 个采样已改按接收时间记录；请校准设备时钟",
    "future": "{count} 个采样的时间在未来，最多超前 {ahead_s:span}",
    "disorder": "{count} 个采样的时间次序颠倒，最多迟到 {late_s:span}",
    "twice": "{count} 次同一时刻收到两个采样，数值相同",
    "twice_different": "{count} 次同一时刻收到两个采样，其中 {different:.0f} 次数值不同",
    "behind": "时钟或传输落后 {offset_s:span}（全部采样的中位数）",
    "clock_set_forward": "设备时钟被调整 {count} 次，最大一次向前 {moved_abs_s:span}",
    "clock_set_back": "设备时钟被调整 {count} 次，最大一次向后 {moved_abs_s:span}",
    # 9
    "missed": "{limit:word}漏报：{length_s:span}内 {count} 个采样越限，到 {worst_said}（限值 {should:g}），没有任何报警记录",
    "too_soon": "{limit_word:word}已消警，而数值仍越限 {left_s:span}（限值 {limit:g} {unit}）",
    # 10
    "leak": "{tank} 没有进出料，{length_s:span}内存量持续减少，每小时 {lost_t_h:.3g} t（差额为误差的 {times:.1f} 倍）："
    "疑似泄漏，请立即到现场核实",
    "loss": "{tank} 物料不平衡：{minutes} 分钟内存量变化 {gained_t:+.3g} t，进出料相差 {moved_t:+.3g} t，少了 {off_t:.3g} t"
    "（误差的 {times:.1f} 倍）；共 {length_s:span}",
    "gain": "{tank} 物料不平衡：{minutes} 分钟内存量变化 {gained_t:+.3g} t，进出料相差 {moved_t:+.3g} t，多了 {off_t:.3g} t"
    "（误差的 {times:.1f} 倍）；共 {length_s:span}",
    "no_data": "{tank}：没有位号 {tags} 的数据，物料平衡不能计算",
    "no_length": "{tank}：液位 {tag} 的单位 {unit} 不是长度，物料平衡不能计算",
    "no_flow": "{tank}：流量 {tag} 的单位 {unit} 不认识，物料平衡不能计算",
    "no_strapping": "{tank}：没有罐容表 strapping/{tank}.csv，也没有 area_m2，物料平衡不能计算",
    # 11
    "bypass_unapproved": "联锁旁路 {length_s:span}，没有批准（没有带工单的停用记录）",
    "bypass_too_long": "联锁旁路 {length_s:span}，超出批准 {bare_s:span}（工单 {order}）",
    "bypass_alarm_open": "联锁旁路期间相关报警未消：{alarms}",
    "interlock_fault": "联锁故障 {length_s:span}",
    # 12
    "alarms": "{figure:word} {value:.3g}，达到 {bad_from:g} 即为差",
}  # fmt: skip


def reason(evidence: Mapping[str, Any], tr: Translate = str) -> str:
    """ "" where the evidence names no sentence of this version."""
    text = REASONS.get(str(evidence.get("said", "")))
    return "" if text is None else worded(text, evidence, tr).replace(" ）", "）").strip()


def finding(
    kind: QualityKind,
    what: str,
    tag: str,
    span: tuple[Instant, Instant],
    score: float,
    said: str,
    evidence: Mapping[str, Any],
    value: float | None = None,
    count: int = 1,
) -> Finding:
    """`said`: one of `REASONS`."""
    figures = {**evidence, "said": said, "count": count} if "{count}" in REASONS[said] else {**evidence, "said": said}
    return Finding(kind, what, tag, *span, score, reason(figures), value, count, figures)

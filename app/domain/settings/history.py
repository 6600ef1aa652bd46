"""`[history]`: how long samples are kept, how long their roll-ups, and how much around the evidence of a case.

Both sides; pure. The numbers are defaults of ours (默认值，非官方规定) unless a rule is named. The journal and the alarms are
never thrown away.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from app.domain.settings.section import Section, WrongSetting

FLOOR_DAYS = 30
"""Records of monitoring are kept so long by Order 40 (40号令); less is refused."""

USUAL_DAYS = 366
_MOST = 36_600
_WORDS = f"天数（监控记录至少保存 {FLOOR_DAYS} 天）"


@dataclass(frozen=True, slots=True)
class HistorySettings:
    """`raw_days`: every sample as it came. `rollup_days`: min, max and mean by the minute, from then on alone; not shorter.
    `evidence_h`: what was so many hours before and after a locked clip, or the alarms it belongs to, is never thrown away."""

    raw_days: float = USUAL_DAYS
    rollup_days: float = 5 * USUAL_DAYS
    evidence_h: float = 2.0


def read_history(section: Section) -> HistorySettings:
    usual = HistorySettings()
    raw = section.number("raw_days", usual.raw_days, FLOOR_DAYS, _MOST, _WORDS)
    made = HistorySettings(
        raw,
        section.number("rollup_days", max(usual.rollup_days, raw), FLOOR_DAYS, _MOST, _WORDS),
        section.number("evidence_h", usual.evidence_h, 0.5, 168, "小时数"),
    )
    if made.rollup_days < made.raw_days:
        section.fault("rollup_days", f"= {made.rollup_days:g} 短于 raw_days = {made.raw_days:g}", "汇总不能比原始数据先清除")
    section.done()
    return made


def history_settings(options: Mapping[str, Any]) -> HistorySettings:
    """Of a checked site. `history_days` of earlier site packages means `raw_days` where that is not written."""
    written = Section(options.get("history", {}), "history", [])
    made = read_history(written)
    days = _days(options)
    if "raw_days" in written or days is None:
        return made
    return replace(made, raw_days=days, rollup_days=max(made.rollup_days, days))


def wrong_history_days(options: Mapping[str, Any]) -> list[WrongSetting]:
    """`history_days` of `[site]`, which `[history]` took the place of."""
    written = _written(options)
    if written is None or _days(options) is not None:
        return []
    expected = f"应为 {FLOOR_DAYS} 到 {_MOST} 的{_WORDS}；建议改写为 [history] 段的 raw_days"
    return [WrongSetting("site", "history_days", f"= {written!r} 不对", expected)]


def _written(options: Mapping[str, Any]) -> Any:
    site = options.get("site")
    return site.get("history_days") if isinstance(site, Mapping) else None


def _days(options: Mapping[str, Any]) -> float | None:
    days = _written(options)
    if isinstance(days, int | float) and not isinstance(days, bool) and FLOOR_DAYS <= days <= _MOST:
        return float(days)
    return None

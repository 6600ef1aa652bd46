"""Figures of an alarm system set against their limits, and the grade of the whole (五级评价). Station side, pure.

The grades 可预测的, 鲁棒的, 稳定的, 反应性的, 超负荷的 are those of EEMUA 191; their bounds, by average rate and flood, are
ours and shown as such.
"""

from dataclasses import dataclass

from app.domain.instant import HOUR
from app.domain.kpi import Figures
from app.domain.settings.kpi import KpiSettings
from app.domain.tag import Priority

SYSTEM_GRADES = ("可预测的", "鲁棒的", "稳定的", "反应性的", "超负荷的")


@dataclass(frozen=True, slots=True)
class Judged:
    """One figure: its value, its grade (good, raised, bad; "" when it could not be measured) and the limits it was held to."""

    name: str
    value: float | None
    grade: str
    good_to: float
    bad_from: float


def judge(found: Figures, settings: KpiSettings) -> list[Judged]:
    span = max(1, found.end - found.start)
    high = sum(found.priorities.get(one.word, 0) for one in (Priority.CRITICAL, Priority.HIGH))
    values: dict[str, float | None] = {
        "per_slot": found.per_slot,
        "peak_slot": float(found.peak_slot),
        "disturbance_pct": _percent(found.disturbance),
        "top_share_pct": _percent(found.top_share),
        "long_standing_per_day": found.long_standing_per_day,
        "repeated_points": float(found.repeated_points),
        "high_share_pct": 100 * high / found.count if found.count else None,
        "flood_pct": 100 * found.flood_us / span,
        "stamped_pct": 100 * found.stamped / found.acks if found.acks else None,
        "returned_unacked_pct": _percent(found.returned_unacked),
    }
    return [_judged(name, value, *settings.bands[name]) for name, value in values.items()]


def system_grade(found: Figures) -> str:
    """By average per ten minutes and the share of time in flood."""
    hours = max(1, found.end - found.start) / HOUR
    average, flood = found.per_slot, found.flood_us / HOUR / hours
    for number, (rate, share) in enumerate(((0.5, 0.001), (1.0, 0.01), (2.0, 0.05), (10.0, 0.25))):
        if average <= rate and flood <= share:
            return SYSTEM_GRADES[number]
    return SYSTEM_GRADES[-1]


def _judged(name: str, value: float | None, good_to: float, bad_from: float) -> Judged:
    if value is None:
        return Judged(name, None, "", good_to, bad_from)
    grade = "good" if value <= good_to else "bad" if value >= bad_from else "raised"
    return Judged(name, value, grade, good_to, bad_from)


def _percent(share: float | None) -> float | None:
    return None if share is None else 100 * share

"""Settings of the alarm figures (报警统计): what counts as good, raised and bad. Section `[kpi]`. Both sides, pure.

The limits are those of a Chinese alarm management report (after EEMUA 191 and ISA-18.2) whose printed source was not seen:
defaults, not official.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from app.domain.settings.section import Section

GRADES = ("good", "raised", "bad")

# figure: (good up to, bad from), in the figure's own unit
BANDS: Mapping[str, tuple[float, float]] = {
    "per_slot": (1.0, 10.0),
    "peak_slot": (10.0, 30.0),
    "disturbance_pct": (5.0, 10.0),
    "top_share_pct": (5.0, 50.0),
    "long_standing_per_day": (5.0, 20.0),
    "repeated_points": (0.0, 10.0),
    "high_share_pct": (5.0, 10.0),
    "flood_pct": (1.0, 5.0),
    "stamped_pct": (2.0, 10.0),
    "returned_unacked_pct": (5.0, 15.0),
}


@dataclass(frozen=True, slots=True)
class KpiSettings:
    """`slot_limit`: alarms in ten minutes beyond which a slot counts for 扰动率; `bands`: figure to (good up to, bad from);
    `ack_s`: seconds within which each priority should be acknowledged."""

    slot_limit: int = 10
    bands: Mapping[str, tuple[float, float]] = field(default_factory=lambda: dict(BANDS))
    ack_s: Mapping[str, float] = field(
        default_factory=lambda: {"critical": 60.0, "high": 180.0, "medium": 600.0, "low": 1800.0}
    )


def read_kpi(section: Section) -> KpiSettings:
    limit = section.whole("slot_limit", 10, 1, 1000)
    inside = section.table("bands")
    bands = {}
    for name, default in BANDS.items():
        pair = inside.numbers(name, default, 0, 1e9)
        if len(pair) != 2 or pair[0] > pair[1]:
            inside.fault(name, f"= {list(pair)!r} 不对", "应为两个数：[不超过它为良好, 达到它为差]，前一个不大于后一个")
            pair = default
        bands[name] = (pair[0], pair[1])
    inside.done()
    ack = section.by_priority("ack_s", {"critical": 60, "high": 180, "medium": 600, "low": 1800}, 1, 86_400, "秒数")
    section.done()
    return KpiSettings(limit, bands, ack)

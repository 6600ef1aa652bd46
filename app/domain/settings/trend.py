"""Settings of time to limit (到限时间预测). Section `[trend]`. Both sides, pure.

No standard gives these numbers: they are defaults, not official (默认值，非官方规定).
"""

from dataclasses import dataclass

from app.domain.settings.section import Section


@dataclass(frozen=True, slots=True)
class TrendSettings:
    """`time_to_limit`: is it said at all; the rate is taken over `window_s`; a limit farther away than `horizon_min` is not
    spoken of. Which tags have a pre-alarm (趋势预警) of it stands in tags.csv."""

    time_to_limit: bool = True
    window_s: float = 600.0
    horizon_min: float = 60.0


def read_trend(section: Section) -> TrendSettings:
    made = TrendSettings(
        section.flag("time_to_limit", True),
        section.number("window_s", 600.0, 60.0, 7200.0, "秒数"),
        section.number("horizon_min", 60.0, 1.0, 1440.0, "分钟数"),
    )
    section.done()
    return made

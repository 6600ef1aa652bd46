"""The settings of a site beyond its tables, by section of `site.toml`. Both sides; pure.

Numbers that no standard gives are defaults of ours and shown as "默认值，非官方规定".
"""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from app.domain.settings.accounts import read_accounts
from app.domain.settings.alarm import read_alarm
from app.domain.settings.dispatch import read_dispatch
from app.domain.settings.handling import read_handling
from app.domain.settings.history import read_history, wrong_history_days
from app.domain.settings.kpi import read_kpi
from app.domain.settings.operations import read_operations
from app.domain.settings.quality import read_quality
from app.domain.settings.reports import read_reports
from app.domain.settings.section import Section, WrongSetting
from app.domain.settings.shift import read_shift
from app.domain.settings.trend import read_trend
from app.domain.settings.video import read_video
from app.domain.settings.voice import read_voice

T = TypeVar("T")

SECTIONS: dict[str, Callable[[Section], object]] = {
    "accounts": read_accounts,
    "alarm": read_alarm,
    "kpi": read_kpi,
    "handling": read_handling,
    "shift": read_shift,
    "dispatch": read_dispatch,
    "voice": read_voice,
    "video": read_video,
    "history": read_history,
    "trend": read_trend,
    "quality": read_quality,
    "reports": read_reports,
    "operations": read_operations,
}
"""Name of the section to the function that reads it. A section that is not there is read as an empty one."""


def wrong_settings(options: Mapping[str, Any]) -> list[WrongSetting]:
    wrong = wrong_history_days(options)
    for name, read in SECTIONS.items():
        read(Section(options.get(name, {}), name, wrong))
    return wrong


def settings(options: Mapping[str, Any], name: str, read: Callable[[Section], T]) -> T:
    """The settings of one section of a checked site."""
    return read(Section(options.get(name, {}), name, []))

"""`[voice]` of `site.toml`: whether and what the desks say aloud. Both sides; pure. No standard gives these numbers."""

from dataclasses import dataclass

from app.domain.settings.section import Section
from app.domain.tag import Priority

ENGINES = ("auto", "sapi", "espeak", "clips")
PRIORITIES = tuple(priority.word for priority in Priority)


@dataclass(frozen=True, slots=True)
class VoiceSettings:
    """`again_s`: the same alarm is not said twice within it. `flood_s`: between two summaries in a flood."""

    on: bool = True
    priorities: tuple[str, ...] = ("critical", "high", "medium")
    engine: str = "auto"
    rate: float = 1.0
    again_s: float = 60.0
    flood_s: float = 30.0
    returns: bool = True


def read_voice(section: Section) -> VoiceSettings:
    usual = VoiceSettings()
    made = VoiceSettings(
        section.flag("on", usual.on),
        section.texts("priorities", usual.priorities, PRIORITIES),
        section.choice("engine", usual.engine, ENGINES),
        section.number("rate", usual.rate, 0.5, 2.0, "倍速"),
        section.number("again_s", usual.again_s, 5, 3600, "秒数"),
        section.number("flood_s", usual.flood_s, 5, 600, "秒数"),
        section.flag("returns", usual.returns),
    )
    section.done()
    return made

"""`[voice]`: what is read, and what is refused."""

from typing import Any

import pytest

from app.domain.settings.section import Section, WrongSetting
from app.domain.settings.voice import VoiceSettings, read_voice


def read(table: dict[str, Any]) -> tuple[VoiceSettings, list[str]]:
    wrong: list[WrongSetting] = []
    return read_voice(Section(table, "voice", wrong)), [one.key for one in wrong]


def test_defaults_and_values() -> None:
    assert read({}) == (VoiceSettings(), [])
    made, wrong = read({"on": False, "priorities": ["critical"], "engine": "clips", "rate": 1.2})
    assert not wrong and (made.on, made.priorities, made.engine, made.rate) == (False, ("critical",), "clips", 1.2)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("on", "yes"),
        ("priorities", ["urgent"]),
        ("engine", "siri"),
        ("rate", 9),
        ("again_s", 0),
        ("flood_s", "x"),
        ("rates", 1),
    ],
)
def test_refused(key: str, value: object) -> None:
    assert read({key: value})[1] == [key]

"""What the system says of its volume, in each of its tongues."""

import os
import stat
import sys
from pathlib import Path

import pytest

from widgets.alarms.volume import Volume, volume

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Linux programs")


@pytest.mark.parametrize(
    ("program", "answers", "known"),
    [
        ("wpctl", {"get-volume": "Volume: 0.45"}, Volume(45)),
        ("wpctl", {"get-volume": "Volume: 0.20 [MUTED]"}, Volume(20, muted=True)),
        (
            "pactl",
            {"get-sink-volume": "Volume: front-left: 42000 /  64% / -11.6 dB", "get-sink-mute": "Mute: no"},
            Volume(64),
        ),
        ("pactl", {"get-sink-volume": "front-left: 1 / 64% /", "get-sink-mute": "Mute: yes"}, Volume(64, muted=True)),
        ("amixer", {"get": "  Mono: Playback 60 [69%] [-20.25dB] [on]"}, Volume(69)),
        ("amixer", {"get": "  Mono: Playback 60 [69%] [-20.25dB] [off]"}, Volume(69, muted=True)),
        ("amixer", {}, Volume()),
    ],
)
def test_volumes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, program: str, answers: dict[str, str], known: Volume) -> None:
    cases = "".join(f"{word}) echo '{said}';;\n" for word, said in answers.items())
    file = tmp_path / program
    file.write_text(f'#!/bin/sh\ncase "$1" in\n{cases}*) exit 1;;\nesac\n')
    file.chmod(file.stat().st_mode | stat.S_IEXEC)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert volume() == known


def test_nobody_knows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path) + os.pathsep)
    assert volume() == Volume() and "未知" in volume().words


@pytest.mark.parametrize(
    ("known", "words"), [(Volume(45), "系统音量 45%"), (Volume(20), "系统音量 20%，偏低"), (Volume(20, True), "系统已静音")]
)
def test_words(known: Volume, words: str) -> None:
    assert known.words == words

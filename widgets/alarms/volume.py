"""What is known of the system's volume: asked, never set, because how loud a desk is belongs to the room. Console side.

Linux: PipeWire (`wpctl`), PulseAudio (`pactl`), ALSA (`amixer`), whichever answers. Windows does not tell programs like ours.
"""

import os
import re
import shutil
import subprocess
from dataclasses import dataclass

from widgets.words import tr

LOW_PERCENT = 30
_PATIENCE_S = 3.0
_ASK = (
    (["wpctl", "get-volume", "@DEFAULT_AUDIO_SINK@"], r"Volume: ([\d.]+)", 100.0, r"MUTED"),
    (["pactl", "get-sink-volume", "@DEFAULT_SINK@"], r"(\d+)%", 1.0, ""),
    (["amixer", "get", "Master"], r"\[(\d+)%\]", 1.0, r"\[off\]"),
)
_MUTE = ["pactl", "get-sink-mute", "@DEFAULT_SINK@"]


@dataclass(frozen=True, slots=True)
class Volume:
    """`percent` None: nobody could say."""

    percent: int | None = None
    muted: bool = False

    @property
    def words(self) -> str:
        if self.muted:
            return tr("系统已静音")
        if self.percent is None:
            return tr("系统音量未知，请以试音为准")
        low = tr("，偏低") if self.percent < LOW_PERCENT else ""
        return tr("系统音量 {n}%", n=self.percent) + low


def volume() -> Volume:
    """Takes some milliseconds, at worst some seconds."""
    for command, pattern, factor, muted in _ASK:
        said = _said(command)
        found = re.search(pattern, said)
        if found:
            quiet = bool(muted and re.search(muted, said)) or (command[0] == "pactl" and "yes" in _said(_MUTE))
            return Volume(round(float(found[1]) * factor), quiet)
    return Volume()


def _said(command: list[str]) -> str:
    if shutil.which(command[0]) is None:
        return ""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_PATIENCE_S, env=_english())
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout if done.returncode == 0 else ""


def _english() -> dict[str, str]:
    return {**os.environ, "LC_ALL": "C"}

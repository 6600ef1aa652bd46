"""The engines that turn Chinese text into a sound file, and the choice among them. Console side; called from a worker thread.

An engine that is not there, or fails, is told by name; the built-in clips need nothing installed and are always the last.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol


class SpeechFailed(Exception):
    """Text: why, for a person."""


class Speaker(Protocol):
    key: str  # word of the setting
    name: str  # as told to a person

    def missing(self) -> str:
        """Why it cannot speak here, "" when it can. May take some seconds; asked once."""

    def render(self, text: str, rate: float, file: Path) -> None:
        """Writes a WAV file. `rate`: 1.0 as is, 1.3 faster. Raises SpeechFailed."""


@dataclass
class Speakers:
    """Those that may be used, best first. `used` is the one that spoke last, `faults` says why others did not."""

    all: Sequence[Speaker]
    used: Speaker | None = None
    faults: dict[str, str] = field(default_factory=dict)
    _ready: list[Speaker] | None = None

    def render(self, text: str, rate: float, file: Path) -> None:
        """By the first that can. Raises SpeechFailed when none could."""
        if self._ready is None:
            self._ready = []
            for one in self.all:
                why = one.missing()
                if why:
                    self.faults[one.name] = why
                else:
                    self._ready.append(one)
        for one in self._ready:
            try:
                one.render(text, rate, file)
            except SpeechFailed as error:
                self.faults[one.name] = str(error)
                continue
            self.used = one
            self.faults.pop(one.name, None)
            return
        raise SpeechFailed("；".join(f"{name}：{why}" for name, why in self.faults.items()))

"""The built-in voice: syllables and common words rendered beforehand (resources/voice/clips.zip), put in a row. Console side.

Needs nothing installed, so every desk speaks. Any Chinese text can be said: every character of GB 2312 has its syllable.
"""

import wave
import zipfile
from array import array
from functools import lru_cache
from pathlib import Path

from widgets.alarms.voice.adpcm import samples_of
from widgets.alarms.voice.readings import HALF_THIRD, VOICE, read, with_tones
from widgets.alarms.voice.speakers import SpeechFailed
from widgets.words import tr

RATE = 16_000
CLIPS = VOICE / "clips.zip"
_LONGEST_WORD = 6  # syllables
_PAUSE_S = {",": 0.12, ".": 0.3}
_BETWEEN_S = 0.012


class ClipSpeaker:
    key = "clips"

    def __init__(self, file: Path = CLIPS) -> None:
        self.name = tr("内置语音片段")
        self._file = file
        self._names: frozenset[str] = frozenset()
        self._clip = lru_cache(400)(self._load)

    def missing(self) -> str:
        try:
            with zipfile.ZipFile(self._file) as archive:
                self._names = frozenset(name.removesuffix(".wav") for name in archive.namelist())
        except (OSError, zipfile.BadZipFile):
            return tr("语音片段文件不见了或已损坏：{file}", file=self._file.name)
        return ""

    def parts(self, text: str) -> list[str]:
        """Names of the clips in order, and pauses; the longest known words first."""
        syllables = read(text)
        toned = with_tones(syllables)
        out: list[str] = []
        at = 0
        while at < len(syllables):
            for length in range(min(_LONGEST_WORD, len(syllables) - at), 1, -1):
                word = "".join(syllables[at : at + length])
                if word in self._names:
                    out.append(word)
                    at += length
                    break
            else:
                one = next((n for n in (toned[at], toned[at].removesuffix(HALF_THIRD), syllables[at]) if n in self._names), ",")
                out.append(syllables[at] if syllables[at] in _PAUSE_S else one)
                at += 1
        return out

    def render(self, text: str, rate: float, file: Path) -> None:
        if not self._names and self.missing():
            raise SpeechFailed(self.missing())
        sound = array("h")
        for part in self.parts(text):
            if part in _PAUSE_S:
                sound.extend([0] * round(_PAUSE_S[part] * RATE))
            else:
                sound.extend(self._clip(part))
                sound.extend([0] * round(_BETWEEN_S * RATE))
        try:
            with wave.open(str(file), "wb") as out:
                out.setnchannels(1)
                out.setsampwidth(2)
                # Faster is a little higher too: no harm, and nothing to go wrong.
                out.setframerate(round(RATE * max(0.8, min(1.25, rate))))
                out.writeframes(sound.tobytes())
        except OSError as error:
            raise SpeechFailed(str(error)) from error

    def _load(self, name: str) -> "array[int]":
        try:
            with zipfile.ZipFile(self._file) as archive:
                return array("h", samples_of(archive.read(f"{name}.wav")))
        except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
            raise SpeechFailed(tr("语音片段 {name} 读不出来：{error}", name=name, error=error)) from error

"""espeak-ng as a program of its own (GPL, never linked): Mandarin from pinyin. Console side.

Its voice `cmn` of release 1.51 reads characters as English letters and their tones as numbers
(https://github.com/espeak-ng/espeak-ng/issues/1028); `cmn-latn-pinyin` with pinyin of ours is right in 1.50 and later, and
reads 重复 and 长输 as they are.
"""

import shutil
import subprocess
from pathlib import Path

from widgets.alarms.voice.readings import read
from widgets.alarms.voice.speakers import SpeechFailed
from widgets.words import tr

VOICE = "cmn-latn-pinyin"
WORDS_A_MINUTE = 180
_LONGEST_S = 15.0


class EspeakSpeaker:
    key = "espeak"
    name = "espeak-ng"

    def missing(self) -> str:
        program = shutil.which("espeak-ng")
        if program is None:
            return tr("没有安装 espeak-ng")
        try:
            voices = subprocess.run([program, "--voices=cmn"], capture_output=True, text=True, timeout=_LONGEST_S).stdout
        except (OSError, subprocess.TimeoutExpired) as error:
            return str(error)
        return "" if VOICE in voices else tr("espeak-ng 没有普通话声音")

    def render(self, text: str, rate: float, file: Path) -> None:
        speed = str(round(WORDS_A_MINUTE * rate))
        command = ["espeak-ng", "-v", VOICE, "-s", speed, "-w", str(file), "--stdin"]
        try:
            done = subprocess.run(command, input=" ".join(read(text)).encode(), capture_output=True, timeout=_LONGEST_S)
        except (OSError, subprocess.TimeoutExpired) as error:
            raise SpeechFailed(str(error)) from error
        if done.returncode != 0 or not file.exists():
            raise SpeechFailed(done.stderr.decode(errors="replace").strip()[:200] or tr("espeak-ng 没有给出声音"))

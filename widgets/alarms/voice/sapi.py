"""The Chinese voice of Windows (Microsoft Huihui and the like) through System.Speech, in a PowerShell process. Console side.

The text goes in as base64 in the script itself, so that no code page comes between.
"""

import base64
import shutil
import subprocess
import sys
from pathlib import Path

from widgets.alarms.voice.speakers import SpeechFailed
from widgets.words import tr

_LONGEST_S = 20.0
_OPEN = "Add-Type -AssemblyName System.Speech; $s = New-Object System.Speech.Synthesis.SpeechSynthesizer; "
_FIND = (
    "$v = $s.GetInstalledVoices() | Where-Object { $_.Enabled -and $_.VoiceInfo.Culture.Name -eq 'zh-CN' } | "
    "Select-Object -First 1; "
)
_NO_WINDOW = 0x08000000


class SapiSpeaker:
    key = "sapi"

    def __init__(self) -> None:
        self.name = tr("Windows 语音")

    def missing(self) -> str:
        if shutil.which("powershell") is None:
            return tr("没有 PowerShell")
        try:
            voice = _run(_OPEN + _FIND + "if ($v) { [Console]::Out.Write($v.VoiceInfo.Name) }")
        except SpeechFailed as error:
            return str(error)
        if not voice:
            return tr("Windows 没有安装中文语音：设置 → 时间和语言 → 语音 → 添加语音")
        self.name = voice
        return ""

    def render(self, text: str, rate: float, file: Path) -> None:
        said = base64.b64encode(text.encode()).decode()
        where = base64.b64encode(str(file).encode()).decode()
        speed = max(-10, min(10, round((rate - 1) * 10)))
        _run(
            _OPEN + _FIND + f"$s.SelectVoice($v.VoiceInfo.Name); $s.Rate = {speed}; "
            f"$u = [Text.Encoding]::UTF8; $s.SetOutputToWaveFile($u.GetString([Convert]::FromBase64String('{where}'))); "
            f"$s.Speak($u.GetString([Convert]::FromBase64String('{said}'))); $s.Dispose()"
        )
        if not file.exists():
            raise SpeechFailed(tr("Windows 语音没有给出声音"))


def _run(script: str) -> str:
    encoded = base64.b64encode(script.encode("utf-16-le")).decode()
    command = ["powershell", "-NoProfile", "-NonInteractive", "-EncodedCommand", encoded]
    flags = _NO_WINDOW if sys.platform == "win32" else 0
    try:
        done = subprocess.run(command, capture_output=True, timeout=_LONGEST_S, creationflags=flags)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise SpeechFailed(str(error)) from error
    if done.returncode != 0:
        raise SpeechFailed(done.stderr.decode(errors="replace").strip()[:200] or tr("Windows 语音没有应答"))
    return done.stdout.decode(errors="replace").strip()

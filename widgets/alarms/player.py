"""Plays WAV files through what the system has: winsound on Windows, a sound server's or ALSA's player on Linux.

Console side. Qt Multimedia is not in the parts we ship. A player that is missing or fails is told, not swallowed: a silent
horn is a fault of its own.
"""

import logging
import re
import shutil
import subprocess
import sys
import threading
import wave
from collections.abc import Callable
from pathlib import Path
from time import monotonic

from widgets.alarms.volume import Volume, volume
from widgets.words import tr

_log = logging.getLogger(__name__)
_PLAYERS = (["pw-play"], ["paplay"], ["aplay", "-q"])
_GRACE_S = 6.0  # a sound that is not over so long after its end hangs in the device
_LONG_S = 3.0  # beyond, Windows is not waited for, so that the sound can be cut short
_VOLUME_S = 20.0


def command() -> list[str] | None:
    """The player of this system (not Windows), or None."""
    for words in _PLAYERS:
        found = shutil.which(words[0])
        if found:
            return [found, *words[1:]]
    return None


def length_s(file: Path) -> float:
    """Of a plain WAV file; 0 when it cannot be read."""
    try:
        with wave.open(str(file), "rb") as sound:
            return sound.getnframes() / sound.getframerate()
    except (OSError, EOFError, wave.Error):
        return 0.0


def _why(said: str) -> str:
    """What a player said on its way out, as a sentence; its own words go to the log, nobody at the desk can use them."""
    _log.warning("the player of the horn said: %s", said.strip()[:500])
    if re.search(r"cannot find card|No such (file|device)|[Nn]o such entity|audio open error", said):
        return tr("没有可用的声卡，请检查声卡、音箱和连接")
    if re.search(r"refused|Host is down|connect", said):
        return tr("声音服务没有运行，请在系统里启动声音服务或重启本机")
    return tr("声音没有放出来，请检查音频设备")


class Player:
    """One sound at a time, in one worker thread. `told(fault, volume)` is called from that thread after every sound: why it was
    not heard, or "", and what is known of the system's volume."""

    def __init__(self, told: Callable[[str, str], None], look: Callable[[], Volume] = volume) -> None:
        self._told, self._look = told, look
        self._wake = threading.Condition()
        self._next: Path | None = None
        self._playing = False
        self._cut = False
        self._closing = False
        self._running: subprocess.Popen[bytes] | None = None
        self._thread = threading.Thread(target=self._run, name="horn", daemon=True)
        self._thread.start()

    @property
    def busy(self) -> bool:
        """Something is heard, or about to be."""
        with self._wake:
            return self._playing or self._next is not None

    def play(self, file: Path) -> None:
        """Starts at once if nothing plays; else right after, only the newest of those waiting."""
        with self._wake:
            self._next = file
            self._wake.notify_all()

    def stop(self) -> None:
        """Silence now."""
        with self._wake:
            self._next = None
            self._cut = True
            self._wake.notify_all()
            running = self._running
        if running is not None:
            running.terminate()

    def close(self) -> None:
        with self._wake:
            self._closing = True
        self.stop()
        self._thread.join(timeout=_GRACE_S)

    def _run(self) -> None:
        known, known_at = Volume(), float("-inf")
        while True:
            with self._wake:
                self._playing = False
                while self._next is None and not self._closing:
                    self._wake.wait()
                if self._closing:
                    return
                file, self._next = self._next, None
                self._playing, self._cut = True, False
            if file is None:
                continue
            fault = self._play(file)
            if monotonic() - known_at >= _VOLUME_S:
                known, known_at = self._look(), monotonic()
            if not fault and known.muted:
                fault = tr("系统已静音，报警声听不到，请取消静音")
            with self._wake:
                self._playing = False
            self._told(fault, known.words)

    def _play(self, file: Path) -> str:
        """What went wrong, or ""."""
        if sys.platform == "win32":
            return self._play_on_windows(file)
        words = command()
        if words is None:
            return tr("系统没有播放声音的程序，请安装 alsa-utils")
        try:
            running = subprocess.Popen(
                [*words, str(file)], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
            )
        except OSError as error:
            return str(error)
        with self._wake:
            self._running = running
            if self._cut:  # stopped before it could begin
                running.terminate()
        try:
            _, said = running.communicate(timeout=length_s(file) + _GRACE_S)
        except subprocess.TimeoutExpired:
            running.kill()
            _, said = running.communicate()
            return tr("声卡没有应答，请检查音频设备")
        finally:
            with self._wake:
                self._running = None
        stopped_by_us = running.returncode < 0
        return "" if running.returncode == 0 or stopped_by_us else _why(said.decode(errors="replace"))

    def _play_on_windows(self, file: Path) -> str:
        if sys.platform != "win32":
            return ""
        import ctypes
        import winsound

        if ctypes.windll.winmm.waveOutGetNumDevs() == 0:
            return tr("没有音频输出设备，请检查声卡和音箱")
        length = length_s(file)
        how = winsound.SND_FILENAME | winsound.SND_NODEFAULT
        try:
            if length < _LONG_S:
                winsound.PlaySound(str(file), how)
                return ""
            winsound.PlaySound(str(file), how | winsound.SND_ASYNC)
            with self._wake:
                if self._wake.wait_for(lambda: self._cut or self._closing, timeout=length):
                    winsound.PlaySound(None, 0)
        except RuntimeError as error:
            return str(error)
        return ""

"""Plays a WAV file through what the system has: winsound on Windows, a sound server's or ALSA's player on Linux.

Console side. Qt Multimedia is not in the parts we ship. A player that is missing or fails is told, not swallowed: a silent
horn is a fault of its own.
"""

import shutil
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from widgets.words import tr

_PLAYERS = (["pw-play"], ["paplay"], ["aplay", "-q"])
_LONGEST_S = 10.0


def command() -> list[str] | None:
    """The player of this system (not Windows), or None."""
    for words in _PLAYERS:
        found = shutil.which(words[0])
        if found:
            return [found, *words[1:]]
    return None


class Player:
    """One sound at a time, in one worker thread; `failed(text)` is called from that thread, "" when it plays again."""

    def __init__(self, failed: Callable[[str], None]) -> None:
        self._failed = failed
        self._wake = threading.Condition()
        self._next: Path | None = None
        self._closing = False
        self._running: subprocess.Popen[bytes] | None = None
        self._thread = threading.Thread(target=self._run, name="horn", daemon=True)
        self._thread.start()

    def play(self, file: Path) -> None:
        """Starts at once if nothing plays; else right after, only the newest of those waiting."""
        with self._wake:
            self._next = file
            self._wake.notify()

    def stop(self) -> None:
        """Silence now."""
        with self._wake:
            self._next = None
            running = self._running
        if running is not None:
            running.terminate()

    def close(self) -> None:
        with self._wake:
            self._closing = True
            self._next = None
            self._wake.notify()
            running = self._running
        if running is not None:
            running.terminate()
        self._thread.join(timeout=_LONGEST_S)

    def _run(self) -> None:
        while True:
            with self._wake:
                while self._next is None and not self._closing:
                    self._wake.wait()
                if self._closing:
                    return
                file, self._next = self._next, None
            if file is not None:
                self._failed(self._play(file))

    def _play(self, file: Path) -> str:
        """What went wrong, or ""."""
        if sys.platform == "win32":
            import winsound

            try:
                winsound.PlaySound(str(file), winsound.SND_FILENAME | winsound.SND_NODEFAULT)
            except RuntimeError as error:
                return str(error)
            return ""
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
        try:
            _, said = running.communicate(timeout=_LONGEST_S)
        except subprocess.TimeoutExpired:
            running.kill()
            _, said = running.communicate()
            return tr("声卡没有应答，请检查音频设备")
        finally:
            with self._wake:
                self._running = None
        stopped_by_us = running.returncode < 0
        return (
            ""
            if running.returncode == 0 or stopped_by_us
            else said.decode(errors="replace").strip()[:200] or tr("声音没有放出来，请检查音频设备")
        )

"""The voice of this desk: takes what is to be said from the queue and has it rendered, one sentence ahead. Console side.

When it is heard the horn decides, so that tone and sentence never fall together. Rendering runs in a worker thread: an engine
that hangs delays the next sentence and nothing else.
"""

import logging
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from app.domain.settings.voice import VoiceSettings
from app.domain.wire import AlarmMsg
from widgets.alarms.voice.clips import ClipSpeaker
from widgets.alarms.voice.espeak import EspeakSpeaker
from widgets.alarms.voice.queue import SpeechQueue, Utterance
from widgets.alarms.voice.sapi import SapiSpeaker
from widgets.alarms.voice.speakers import Speaker, Speakers, SpeechFailed
from widgets.alarms.voice.spoken import TEST_WORDS
from widgets.words import tr

FILES = 6  # one is heard, one was cut short, one is ready, one is being made
_log = logging.getLogger(__name__)


def engines() -> list[Speaker]:
    """Best first; the clips are always there."""
    return [*([SapiSpeaker()] if sys.platform == "win32" else []), EspeakSpeaker(), ClipSpeaker()]


class Voice(QObject):
    """`changed`: another engine speaks, or one failed; see `about`."""

    changed = Signal()
    _rendered = Signal(object, object, str)

    def __init__(self, folder: Path, parent: QObject | None = None, make: Callable[[], Sequence[Speaker]] = engines) -> None:
        """`folder`: for the sound files, made when the first is written."""
        super().__init__(parent)
        self.queue = SpeechQueue()
        self._folder, self._make = folder, make
        self._speakers = Speakers(make())
        self._pool = ThreadPoolExecutor(1, "voice")
        self._rendering: Utterance | None = None
        self._ready: list[tuple[Utterance, Path]] = []  # in the order in which they are heard
        self._last: tuple[Utterance, Path] | None = None
        self._count = 0
        self._tell_standing = True
        self._here = True
        self._site = VoiceSettings()
        self._about = ""
        self._closed = False
        self._rendered.connect(self._on_rendered)

    # settings

    def configure(self, site: VoiceSettings, here: bool) -> None:
        """What the site wants, and whether this seat speaks at all."""
        if (site, here) == (self._site, self._here):
            return
        if site.engine != self._site.engine:
            wanted = [one for one in self._make() if site.engine in ("auto", one.key) or one.key == "clips"]
            self._speakers = Speakers(wanted)
        self._site, self._here = site, here
        self.queue.settings = VoiceSettings(
            site.on and here, site.priorities, site.engine, site.rate, site.again_s, site.flood_s, site.returns
        )
        if not self.queue.settings.on:
            self.silence()
        self._say_what_is_used()

    @property
    def about(self) -> str:
        """Who speaks, said honestly."""
        if not self._site.on:
            return tr("语音播报已由站点设置关闭")
        if not self._here:
            return tr("本席已关闭语音播报")
        used, faults = self._speakers.used, self._speakers.faults
        why = "；".join(f"{name}：{text}" for name, text in faults.items())
        if used is None:
            return tr("语音尚未用过") if not why else tr("语音不可用（{why}）", why=why)
        return used.name + (f"（{why}）" if why else "")

    # what happens

    def replace_alarms(self, alarms: Sequence[AlarmMsg]) -> None:
        """A snapshot; after a login or a loss the standing alarms are told as a count."""
        self.queue.replace_alarms(alarms, self._tell_standing)
        if alarms:
            self._tell_standing = False

    def set_lost(self, lost: bool) -> None:
        if lost:
            self.silence()
            self.queue.lose()
        self._tell_standing = True

    def silence(self) -> None:
        self.queue.silence()
        self._rendering = self._last = None
        self._ready.clear()

    def test(self) -> None:
        self.queue.say(TEST_WORDS)

    # what the horn asks

    @property
    def is_idle(self) -> bool:
        return self.queue.is_empty and self._rendering is None and not self._ready

    @property
    def has_ready(self) -> bool:
        self._ready = [one for one in self._ready if self.queue.holds(one[0])]
        return bool(self._ready)

    def take(self) -> Path:
        """The sentence that is played now. Only when `has_ready`."""
        self._last = self._ready.pop(0)
        return self._last[1]

    def cut_short(self) -> None:
        """Something graver asked in the middle of the sentence: it is said again."""
        if self._last is not None:
            self._ready.append(self._last)
            self._last = None

    def prepare(self, now: float) -> None:
        """Begins to render the next sentence when none is ready."""
        if self._rendering is not None or self._ready or self._closed:
            return
        one = self.queue.next(now)
        if one is None:
            return
        self._rendering = one
        self._count += 1
        file = self._folder / f"voice-{self._count % FILES}.wav"  # the one that is heard is never written over
        speakers = self._speakers
        work = self._pool.submit(_render, speakers, one.text, self.queue.settings.rate, file)
        work.add_done_callback(lambda done: self._hand_over(done, one, file))

    def close(self) -> None:
        self._closed = True
        self._pool.shutdown(wait=True, cancel_futures=True)
        for number in range(FILES):
            (self._folder / f"voice-{number}.wav").unlink(missing_ok=True)

    def _hand_over(self, done: "Future[str]", one: Utterance, file: Path) -> None:
        """In the worker thread."""
        if done.cancelled():
            return
        error = done.exception()
        if error is not None:
            _log.error("speech engine failed", exc_info=error)
        self._rendered.emit(one, file, str(error) if error is not None else done.result())

    def _on_rendered(self, one: Utterance, file: Path, fault: str) -> None:
        if one is not self._rendering:
            return  # silenced meanwhile
        self._rendering = None
        if not fault and self.queue.settings.on and self.queue.holds(one):
            self._ready.append((one, file))
        self._say_what_is_used()

    def _say_what_is_used(self) -> None:
        if self.about != self._about:
            self._about = self.about
            self.changed.emit()


def _render(speakers: Speakers, text: str, rate: float, file: Path) -> str:
    """What went wrong, or ""."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        speakers.render(text, rate, file)
    except (SpeechFailed, OSError) as error:
        return str(error)
    return ""

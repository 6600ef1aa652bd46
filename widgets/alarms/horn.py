"""The horn: a sound per priority that repeats until silenced; and the voice, which speaks between two of its sounds.

A desk that hears nothing of its station sounds too, with a tone of its own: mute, it would sound like a quiet night. A desk
that cannot be heard says so: by itself once a minute, without noise.

Console side. `Pattern` decides what is due, `Voice` what is said; `Horn` runs both on a timer and one `Player`.
"""

from pathlib import Path
from time import monotonic

from PySide6.QtCore import QObject, QTimer, Signal

from app.domain.alarm import What
from app.domain.wire import AlarmMsg, EventMsg
from widgets.alarms.pattern import Pattern
from widgets.alarms.player import Player
from widgets.alarms.tones import RETURN, SILENCE, TEST
from widgets.alarms.voice.voice import Voice

SOUNDS = Path(__file__).resolve().parents[2] / "resources" / "sounds"
FAULT_AGAIN_S = 600.0  # a mute horn is told again, whether or not somebody has closed the notice
CHECK_MS = 60_000
_TICK_MS = 250


class Horn(QObject):
    """`fault` tells that the desk is mute, "" when it is heard again; `checked` the outcome of every sound: why it was not
    heard, and what is known of the system's volume."""

    fault = Signal(str)
    checked = Signal(str, str)
    sounding_changed = Signal(bool)
    _player_said = Signal(str, str)

    def __init__(self, parent: QObject | None = None, voice: Voice | None = None) -> None:
        super().__init__(parent)
        self.pattern = Pattern()
        self.voice = voice
        self._player: Player | None = None
        self._fault = ""
        self._told_at = float("-inf")
        self._was_sounding = False
        self._speaking = False  # what the player plays, or played last, is speech
        self._timer = QTimer(self)
        self._timer.setInterval(_TICK_MS)
        self._timer.timeout.connect(self._tick)
        self._checking = QTimer(self)
        self._checking.setInterval(CHECK_MS)
        self._checking.timeout.connect(self.check)
        self._player_said.connect(self._note)

    def put_alarms(self, alarms: list[AlarmMsg]) -> None:
        self.pattern.take(alarms)
        if self.voice is not None:
            self.voice.queue.put_alarms(alarms)
        if self.pattern.unacked:
            self._wake()

    def replace_alarms(self, alarms: list[AlarmMsg]) -> None:
        """A fresh snapshot. What was silenced and still stands stays silenced."""
        present = {alarm.occurrence for alarm in alarms}
        self.pattern.unacked = {}
        self.pattern.silenced = {one: at for one, at in self.pattern.silenced.items() if one in present}
        self.pattern.take(alarms)
        if self.voice is not None:
            self.voice.replace_alarms(alarms)
        self._wake()

    def set_lost(self, lost: bool) -> None:
        """Nothing is heard of the station (True), or it speaks again."""
        if self.voice is not None and lost != self.pattern.lost:
            self.voice.set_lost(lost)
        self.pattern.lose(lost)
        if lost:
            self._wake()

    def put_events(self, events: list[EventMsg]) -> None:
        returned = False
        for event in events:
            if event.annunciate:
                self.pattern.annunciated(event.occurrence)
            returned = returned or event.what == What.CLEARED
        if self.voice is not None:
            self.voice.queue.put_events(events)
        if returned and self.pattern.sounding(monotonic()) is None and not self._is_speaking:
            self._play(RETURN)
        self._wake()

    def set_flood(self, flood: bool) -> None:
        if self.voice is not None:
            self.voice.queue.set_flood(flood, monotonic())
            self._wake()

    def silence(self) -> None:
        self.pattern.silence(monotonic())
        if self.voice is not None:
            self.voice.silence()
        if self._player is not None:
            self._player.stop()
        self._tick()

    def test(self) -> None:
        """The horn test of the shift: all tones, then the voice."""
        self._play(TEST)
        if self.voice is not None:
            self.voice.test()
            self._wake()

    def watch_device(self) -> None:
        """From now on the device is looked at once a minute, whether or not anything sounds; and now."""
        self._checking.start()
        self.check()

    def check(self) -> None:
        """Is there anything to be heard with? Plays nothing audible; `checked` brings the answer."""
        player = self._have_player()
        if not player.busy:
            player.play(SOUNDS / f"{SILENCE}.wav")

    def close(self) -> None:
        self._timer.stop()
        self._checking.stop()
        if self._player is not None:
            self._player.close()
            self._player = None
        if self.voice is not None:
            self.voice.close()

    def _have_player(self) -> Player:
        if self._player is None:
            self._player = Player(self._player_said.emit)
        return self._player

    def _play(self, name: str) -> None:
        self._speaking = False
        self._have_player().play(SOUNDS / f"{name}.wav")

    @property
    def _is_speaking(self) -> bool:
        return self._speaking and self._player is not None and self._player.busy

    def _wake(self) -> None:
        self._timer.start()
        self._tick()

    def _tick(self) -> None:
        now = monotonic()
        self._sound(now)
        sounding = self.pattern.sounding(now) is not None or self.pattern.lost_sounds(now)
        if sounding != self._was_sounding:
            self._was_sounding = sounding
            self.sounding_changed.emit(sounding)
        quiet = self.voice is None or (self.voice.is_idle and not self._is_speaking)
        if quiet and not (self.pattern.unacked or self.pattern.lost):
            self._timer.stop()

    def _sound(self, now: float) -> None:
        """Tone and sentence take turns. What asks for the first time is heard at once, even in the middle of a sentence."""
        voice, busy = self.voice, self._player is not None and self._player.busy
        if voice is not None:
            voice.prepare(now)
            if self.pattern.is_fresh(now):
                if self._is_speaking and self._player is not None:
                    self._player.stop()
                    voice.cut_short()
            elif busy and (self._speaking or voice.has_ready):
                return
            elif not busy and voice.has_ready and not (self._speaking and self.pattern.is_due(now)):
                self._speaking = True
                self._have_player().play(voice.take())
                return
        name = self.pattern.due(now)
        if name is not None:
            self._play(name)

    def _note(self, text: str, volume: str) -> None:
        now = monotonic()
        self.checked.emit(text, volume)
        if text != self._fault or (text and now - self._told_at >= FAULT_AGAIN_S):
            self._fault, self._told_at = text, now
            self.fault.emit(text)

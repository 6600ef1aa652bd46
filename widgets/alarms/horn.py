"""The horn: a sound per priority that repeats until silenced. Silence is not acknowledgement, and mutes no later alarm.

A desk that hears nothing of its station sounds too, with a tone of its own: mute, it would sound like a quiet night.

Console side. `Pattern` decides what is due, without Qt and without a clock; `Horn` runs it on a timer and a `Player`.
"""

from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic

from PySide6.QtCore import QObject, QTimer, Signal

from app.domain.alarm import What
from app.domain.tag import Priority
from app.domain.wire import AlarmMsg, EventMsg
from widgets.alarms.player import Player
from widgets.alarms.row import UNACKED_STATES
from widgets.alarms.tones import LOST, RETURN, TEST, name_of

SOUNDS = Path(__file__).resolve().parents[2] / "resources" / "sounds"
REPEAT_S = {Priority.CRITICAL: 2.5, Priority.HIGH: 5.0, Priority.MEDIUM: 10.0, Priority.LOW: 20.0}
AGAIN_S = 120.0  # a silenced critical alarm nobody acknowledged sounds again, and so does a station that stays lost
LOST_S = 6.0
FAULT_AGAIN_S = 600.0  # a mute horn is told again, whether or not somebody has closed the notice
_TICK_MS = 250


@dataclass
class Pattern:
    """Which sound is due. `due(now)` is asked often and answers with a sound's name or None; times in seconds."""

    unacked: dict[int, Priority] = field(default_factory=dict)
    silenced: dict[int, float] = field(default_factory=dict)  # occurrence -> when
    last: float = float("-inf")
    lost: bool = False  # nothing is heard of the station
    lost_silenced: float | None = None
    lost_last: float = float("-inf")

    def lose(self, lost: bool) -> None:
        """A silence belongs to one loss; the next one sounds again."""
        if lost != self.lost:
            self.lost, self.lost_silenced, self.lost_last = lost, None, float("-inf")

    def lost_sounds(self, now: float) -> bool:
        return self.lost and (self.lost_silenced is None or now - self.lost_silenced >= AGAIN_S)

    def sounding(self, now: float) -> Priority | None:
        """The gravest priority that still sounds."""
        loud = [
            priority
            for occurrence, priority in self.unacked.items()
            if occurrence not in self.silenced or (priority is Priority.CRITICAL and now - self.silenced[occurrence] >= AGAIN_S)
        ]
        return min(loud, default=None)

    def take(self, alarms: list[AlarmMsg]) -> None:
        """Live alarms that changed."""
        for alarm in alarms:
            if alarm.state in UNACKED_STATES:
                self.unacked[alarm.occurrence] = Priority.of(alarm.priority)
            else:
                self.unacked.pop(alarm.occurrence, None)
                self.silenced.pop(alarm.occurrence, None)

    def annunciated(self, occurrence: int) -> None:
        """It asks again: an earlier silence does not count."""
        self.silenced.pop(occurrence, None)
        self.last = float("-inf")

    def silence(self, now: float) -> None:
        """All that is known now; not one that comes later."""
        for occurrence in self.unacked:
            self.silenced[occurrence] = now
        if self.lost:
            self.lost_silenced = now

    def due(self, now: float) -> str | None:
        if self.lost_sounds(now) and now - self.lost_last >= LOST_S:
            self.lost_last = now
            return LOST
        priority = self.sounding(now)
        if priority is None or now - self.last < REPEAT_S[priority]:
            return None
        self.last = now
        return name_of(priority)


class Horn(QObject):
    """Sounds the pattern. `fault` tells that the desk is mute, "" when it is heard again."""

    fault = Signal(str)
    sounding_changed = Signal(bool)
    _player_said = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.pattern = Pattern()
        self._player: Player | None = None
        self._fault = ""
        self._told_at = float("-inf")
        self._was_sounding = False
        self._timer = QTimer(self)
        self._timer.setInterval(_TICK_MS)
        self._timer.timeout.connect(self._tick)
        self._player_said.connect(self._note)

    def put_alarms(self, alarms: list[AlarmMsg]) -> None:
        self.pattern.take(alarms)
        if self.pattern.unacked:
            self._timer.start()
            self._tick()

    def replace_alarms(self, alarms: list[AlarmMsg]) -> None:
        """A fresh snapshot. What was silenced and still stands stays silenced."""
        present = {alarm.occurrence for alarm in alarms}
        self.pattern.unacked = {}
        self.pattern.silenced = {one: at for one, at in self.pattern.silenced.items() if one in present}
        self.put_alarms(alarms)

    def set_lost(self, lost: bool) -> None:
        """Nothing is heard of the station (True), or it speaks again."""
        self.pattern.lose(lost)
        if lost:
            self._timer.start()
            self._tick()

    def put_events(self, events: list[EventMsg]) -> None:
        returned = False
        for event in events:
            if event.annunciate:
                self.pattern.annunciated(event.occurrence)
            returned = returned or event.what == What.CLEARED
        if returned and self.pattern.sounding(monotonic()) is None:
            self._play(RETURN)

    def silence(self) -> None:
        self.pattern.silence(monotonic())
        if self._player is not None:
            self._player.stop()
        self._tick()

    def test(self) -> None:
        """The horn test of the shift."""
        self._play(TEST)

    def close(self) -> None:
        self._timer.stop()
        if self._player is not None:
            self._player.close()
            self._player = None

    def _play(self, name: str) -> None:
        if self._player is None:
            self._player = Player(self._player_said.emit)
        self._player.play(SOUNDS / f"{name}.wav")

    def _tick(self) -> None:
        now = monotonic()
        name = self.pattern.due(now)
        if name is not None:
            self._play(name)
        sounding = self.pattern.sounding(now) is not None or self.pattern.lost_sounds(now)
        if sounding != self._was_sounding:
            self._was_sounding = sounding
            self.sounding_changed.emit(sounding)
        if not (self.pattern.unacked or self.pattern.lost):
            self._timer.stop()

    def _note(self, text: str) -> None:
        now = monotonic()
        if text != self._fault or (text and now - self._told_at >= FAULT_AGAIN_S):
            self._fault, self._told_at = text, now
            self.fault.emit(text)

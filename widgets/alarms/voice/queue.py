"""What the voice says next (播报队列): gravest first, one at a time, no storm. Console side; `now` in monotonic seconds.

Alarms are told by rule, so that a newer occurrence takes the place of an older one that was not said yet. What is acknowledged
or silenced meanwhile is never said. In a flood only critical and high ones are said, and of those a few; the rest as a count.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import IntEnum

from app.domain.alarm import What
from app.domain.settings.voice import VoiceSettings
from app.domain.tag import Priority
from app.domain.wire import AlarmMsg, EventMsg
from widgets.alarms.row import UNACKED_STATES
from widgets.alarms.voice.spoken import LOST_WORDS, alarm_words, flood_words, return_words, standing_words

FLOOD_MOST = 8  # said one by one between two summaries of a flood; all are counted in the summary
_IN_FLOOD = (Priority.CRITICAL, Priority.HIGH)
Key = tuple[str, str]


class _Rank(IntEnum):
    """Before which other news of the same priority it is said."""

    RAISED = 0
    RETURNED = 1


@dataclass(frozen=True, slots=True)
class Utterance:
    """`key` None: about no single alarm."""

    text: str
    key: Key | None = None
    occurrence: int = 0


@dataclass(frozen=True, slots=True)
class _Waiting:
    alarm: AlarmMsg
    rank: _Rank
    order: int


@dataclass
class SpeechQueue:
    settings: VoiceSettings = field(default_factory=VoiceSettings)
    decimals: Callable[[str], int] = lambda tag: 2
    flood: bool = False
    _alarms: dict[Key, AlarmMsg] = field(default_factory=dict)  # unacknowledged, as last heard
    _waiting: dict[Key, _Waiting] = field(default_factory=dict)
    _said: dict[Key, float] = field(default_factory=dict)
    _first: list[str] = field(default_factory=list)  # said before any alarm
    _new: int = 0
    _new_critical: int = 0
    _summed_at: float = float("-inf")
    _said_since: int = 0
    _order: int = 0

    def replace_alarms(self, alarms: Sequence[AlarmMsg], tell: bool) -> None:
        """A fresh snapshot. `tell`: what stands is said, as a count and not one by one."""
        standing = [alarm for alarm in alarms if alarm.state in UNACKED_STATES]
        self._alarms = {(alarm.tag, alarm.rule): alarm for alarm in standing}
        self._waiting = {} if tell else {k: one for k, one in self._waiting.items() if k in self._alarms}
        if tell and standing:
            critical = sum(alarm.priority == Priority.CRITICAL.word for alarm in standing)
            self._first.append(standing_words(len(standing), critical))

    def put_alarms(self, alarms: Sequence[AlarmMsg]) -> None:
        for alarm in alarms:
            key = (alarm.tag, alarm.rule)
            if alarm.state in UNACKED_STATES:
                self._alarms[key] = alarm
                waiting = self._waiting.get(key)
                if waiting is not None and waiting.alarm.occurrence <= alarm.occurrence:
                    self._waiting[key] = _Waiting(alarm, waiting.rank, waiting.order)
            elif self._alarms.get(key, alarm).occurrence <= alarm.occurrence:
                self._alarms.pop(key, None)
                self._waiting.pop(key, None)

    def put_events(self, events: Sequence[EventMsg]) -> None:
        """After the alarms of the same news."""
        for event in events:
            alarm = self._alarms.get((event.tag, event.rule))
            if alarm is None or alarm.occurrence != event.occurrence:
                continue
            priority = Priority.of(alarm.priority)
            if event.annunciate:
                self._new += 1
                self._new_critical += priority is Priority.CRITICAL
                self._add(alarm, _Rank.RAISED)
            elif event.what == What.CLEARED and self.settings.returns and not self.flood:
                self._add(alarm, _Rank.RETURNED)

    def set_flood(self, flood: bool, now: float) -> None:
        """A flood that begins is told at once, what waits is thinned; one that ends begins counting anew."""
        if flood == self.flood:
            return
        self.flood = flood
        if flood:
            self._summed_at, self._said_since = float("-inf"), 0
            for key in [k for k, one in self._waiting.items() if Priority.of(one.alarm.priority) not in _IN_FLOOD]:
                del self._waiting[key]
        else:
            self._new = self._new_critical = 0

    def lose(self) -> None:
        """Nothing is heard of the station: what waits is old news."""
        self.forget()
        self._first.append(LOST_WORDS)

    def say(self, text: str) -> None:
        """Before any alarm: the test of the voice."""
        self._first.append(text)

    def silence(self) -> None:
        """All that waits now; not what comes later."""
        self._waiting.clear()
        self._first.clear()
        self._new = self._new_critical = 0

    def forget(self) -> None:
        self.silence()
        self._alarms.clear()
        self._said.clear()

    def holds(self, one: Utterance) -> bool:
        """Is it still news? Asked again right before it is heard."""
        if one.key is None:
            return True
        alarm = self._alarms.get(one.key)
        return alarm is not None and alarm.occurrence == one.occurrence

    @property
    def is_empty(self) -> bool:
        return not (self._waiting or self._first or (self.flood and self._new))

    def next(self, now: float) -> Utterance | None:
        """Taken out of the queue: it is about to be said."""
        if not self.settings.on:
            self.silence()
            return None
        if self._first:
            return Utterance(self._first.pop(0))
        if self.flood and self._new and now - self._summed_at >= self.settings.flood_s:
            text = flood_words(self._new, self._new_critical)
            self._new = self._new_critical = self._said_since = 0
            self._summed_at = now
            return Utterance(text)
        if self.flood and self._said_since >= FLOOD_MOST:
            return None
        ready = [
            one
            for key, one in self._waiting.items()
            if now - self._said.get(key, float("-inf")) >= self.settings.again_s or one.rank is _Rank.RETURNED
        ]
        if not ready:
            return None
        one = min(ready, key=lambda w: (Priority.of(w.alarm.priority), w.rank, w.order))
        key = (one.alarm.tag, one.alarm.rule)
        del self._waiting[key]
        self._said_since += 1
        if one.rank is _Rank.RETURNED:
            return Utterance(return_words(one.alarm), key, one.alarm.occurrence)
        self._said[key] = now
        return Utterance(alarm_words(one.alarm, self.decimals(one.alarm.tag)), key, one.alarm.occurrence)

    def _add(self, alarm: AlarmMsg, rank: _Rank) -> None:
        priority = Priority.of(alarm.priority)
        if priority.word not in self.settings.priorities or (self.flood and priority not in _IN_FLOOD):
            return
        key = (alarm.tag, alarm.rule)
        before = self._waiting.get(key)
        if rank is _Rank.RETURNED and before is not None and before.rank is _Rank.RAISED:
            # It came and went before anybody heard of it: that it came is the news, and it is still to be acknowledged.
            return
        self._order += 1
        self._waiting[key] = _Waiting(alarm, rank, self._order if before is None else before.order)

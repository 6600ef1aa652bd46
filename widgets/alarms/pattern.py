"""Which sound of the horn is due, without Qt and without a clock. Console side. `horn` runs it.

Silence is not acknowledgement, and mutes no later alarm. A desk that hears nothing of its station sounds too.
"""

from dataclasses import dataclass, field

from app.domain.tag import Priority
from app.domain.wire import AlarmMsg
from widgets.alarms.row import UNACKED_STATES
from widgets.alarms.tones import LOST, name_of

REPEAT_S = {Priority.CRITICAL: 2.5, Priority.HIGH: 5.0, Priority.MEDIUM: 10.0, Priority.LOW: 20.0}
AGAIN_S = 120.0  # a silenced critical alarm nobody acknowledged sounds again, and so does a station that stays lost
LOST_S = 6.0


@dataclass
class Pattern:
    """`due(now)` is asked often and answers with a sound's name or None; times in monotonic seconds."""

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

    def is_fresh(self, now: float) -> bool:
        """Something asks for the first time, and waits for nothing."""
        if self.lost_sounds(now) and self.lost_last == float("-inf"):
            return True
        return self.last == float("-inf") and self.sounding(now) is not None

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

    def is_due(self, now: float) -> bool:
        priority = self.sounding(now)
        return (self.lost_sounds(now) and now - self.lost_last >= LOST_S) or (
            priority is not None and now - self.last >= REPEAT_S[priority]
        )

    def due(self, now: float) -> str | None:
        """The sound that is to be played now; it counts as played."""
        if self.lost_sounds(now) and now - self.lost_last >= LOST_S:
            self.lost_last = now
            return LOST
        priority = self.sounding(now)
        if priority is None or now - self.last < REPEAT_S[priority]:
            return None
        self.last = now
        return name_of(priority)

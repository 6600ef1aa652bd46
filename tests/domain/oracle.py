"""An independent model of the alarm state machine, to hold `app.domain.alarm_step` against.

Test side. Written from the state table of ISA-18.2-2016 / IEC 62682 and the semantics of the design alone, without a look at
the product's code, and built differently on purpose: one table of letters, one object that remembers, time by stretches. It
answers with what is asked of the machine (states, occurrences, sound, refusals, deadline), not with texts.
"""

import math
from dataclasses import dataclass, field

from app.domain import alarm
from app.domain.alarm import AlarmRule, AlarmState, Event, Reading, RuleKind, What
from app.domain.instant import SECOND, Instant
from app.domain.sample import Quality, Reason

NORM, UNACK, ACKED, RTNUN = AlarmState.NORM, AlarmState.UNACK, AlarmState.ACKED, AlarmState.RTNUN
LUNAK, LAKED, SHLVD, DSUPR, OOSRV = AlarmState.LUNAK, AlarmState.LAKED, AlarmState.SHLVD, AlarmState.DSUPR, AlarmState.OOSRV

FORGIVEN_FREEZE = 10 * SECOND
"""Where silence means "unchanged", a running delay survives a spell of bad data as long as this."""


@dataclass(frozen=True)
class Move:
    to: AlarmState
    what: What | None  # None: nothing to tell
    new: bool = False  # a new occurrence begins
    sound: bool = False


COMES = {  # the condition is true
    NORM: Move(UNACK, What.RAISED, new=True, sound=True),
    RTNUN: Move(UNACK, What.RAISED, new=True, sound=True),
    LUNAK: Move(UNACK, What.ACTIVE_AGAIN, sound=True),
    LAKED: Move(ACKED, What.ACTIVE_AGAIN),
}
GOES = {UNACK: Move(RTNUN, What.CLEARED), ACKED: Move(NORM, What.CLEARED)}
GOES_LATCHING = {UNACK: Move(LUNAK, What.CLEARED), ACKED: Move(LAKED, What.CLEARED)}
ACKNOWLEDGED = {
    UNACK: Move(ACKED, What.ACKNOWLEDGED),
    RTNUN: Move(NORM, What.ACKNOWLEDGED),
    LUNAK: Move(LAKED, What.ACKNOWLEDGED),
}
RESET = {LAKED: Move(NORM, What.RESET)}
LIFTED = {  # the last overlay ends; RTNUN is told apart by whether anyone could have heard it
    NORM: Move(NORM, None),
    UNACK: Move(UNACK, What.REANNOUNCED, sound=True),
    ACKED: Move(UNACK, What.RAISED, new=True, sound=True),
    RTNUN: Move(RTNUN, None),
    LUNAK: Move(LUNAK, What.REANNOUNCED, sound=True),
    LAKED: Move(LAKED, None),
}
ACTIVE = {UNACK, ACKED}


class OracleRefuses(Exception):
    """`codes`: the words that may be given as the reason."""

    def __init__(self, *codes: str) -> None:
        self.codes = set(codes)


@dataclass
class Wait:
    """A change of the condition that must last before it counts. `credit`: time of the stretches that are over."""

    credit: Instant
    since: Instant | None  # start of the present stretch; None while frozen
    frozen_at: Instant
    last_said: Instant  # last reading that had a say


@dataclass
class Oracle:
    rule: AlarmRule
    process: AlarmState = NORM
    occurrence: int = 0
    heard: bool = True  # the present occurrence has been annunciated
    acked_by: str = ""
    acked_at: Instant | None = None
    wait: Wait | None = None
    shelved_until: Instant | None = None
    overlays: set[AlarmState | str] = field(default_factory=set)  # OOSRV, DSUPR, "masked", SHLVD
    told: list[What] = field(default_factory=list)  # of the last event, in order
    sounds: int = 0
    fresh: int = 0  # new occurrences of the last event

    @property
    def shown(self) -> AlarmState:
        if OOSRV in self.overlays:
            return OOSRV
        if DSUPR in self.overlays or "masked" in self.overlays:
            return DSUPR
        return SHLVD if SHLVD in self.overlays else self.process

    def apply(self, event: Event, now: Instant, next_occurrence: int) -> None:
        """Raises OracleRefuses, and then nothing has changed."""
        self.told, self.sounds, self.fresh, self._next = [], 0, 0, next_occurrence
        match event:
            case alarm.Tick():
                self._tick(now)
            case Reading():
                self._finish_wait(now)
                self._read(event, now)
            case alarm.Acknowledge():
                self._same_occurrence(event.occurrence)
                if self.process not in ACKNOWLEDGED:
                    raise OracleRefuses("already_acknowledged", *_OVER.get(self.process, ()))
                self._move(ACKNOWLEDGED[self.process])
                self.acked_by, self.acked_at = event.by, now
            case alarm.Reset():
                self._same_occurrence(event.occurrence)
                if self.process not in RESET:
                    raise OracleRefuses(*_WHY_NO_RESET[self.process])
                self._move(RESET[self.process])
            case alarm.Shelve():
                if SHLVD in self.overlays:
                    raise OracleRefuses("already_shelved", "bad_shelve_time")
                if event.until <= now:
                    raise OracleRefuses("bad_shelve_time")
                self._cover(SHLVD, What.SHELVED)
                self.shelved_until = event.until
            case alarm.Unshelve():
                self._uncover(SHLVD, What.UNSHELVED, "not_shelved")
            case alarm.Suppress():
                self._cover(DSUPR, What.SUPPRESSED)
            case alarm.Unsuppress():
                self._uncover(DSUPR, What.UNSUPPRESSED, "not_suppressed")
            case alarm.Mask():
                self._cover("masked", What.MASKED)
            case alarm.Unmask():
                if "masked" in self.overlays:
                    self._uncover("masked", What.UNMASKED, "")
            case alarm.TakeOutOfService():
                self._cover(OOSRV, What.OUT_OF_SERVICE)
            case alarm.ReturnToService():
                self._uncover(OOSRV, What.RETURNED_TO_SERVICE, "not_out_of_service")

    def deadline(self) -> Instant | None:
        due = [self._due()] if self._due() is not None else []
        if self.shelved_until is not None:
            due.append(self.shelved_until)
        return min((at for at in due if at is not None), default=None)

    # the process

    def _read(self, reading: Reading, now: Instant) -> None:
        condition = self._condition(reading)
        active = self.process in ACTIVE
        if reading.late:
            if condition is True and not active and self.rule.on_delay == 0:
                self._change()
            return
        if condition is None:
            if self.wait is not None and self.wait.since is not None:
                self.wait.credit += now - self.wait.since
                self.wait.since, self.wait.frozen_at = None, now
            return
        if condition is active:
            self.wait = None
            return
        if (self.rule.off_delay if active else self.rule.on_delay) == 0:
            self._change()
            return
        wait = self.wait
        if wait is None or self._too_old(wait, now):
            self.wait = Wait(0, now, now, now)
            return
        wait.last_said = now
        if wait.since is None:
            wait.since = now

    def _condition(self, reading: Reading) -> bool | None:
        """What this reading says the condition is; None: it has no say."""
        if self.rule.kind is RuleKind.BAD:
            if reading.quality is Quality.GOOD:
                return False
            blind = reading.quality is Quality.BAD and reading.reason not in (Reason.COMM_LOST, Reason.NO_DATA_YET)
            return True if blind else None
        value = reading.value
        if reading.quality is not Quality.GOOD or value is None or isinstance(value, str) or not math.isfinite(value):
            return None
        limit, band = self.rule.limit, self.rule.deadband
        assert limit is not None
        if self.rule.kind in (RuleKind.STATE, RuleKind.LINK, RuleKind.SYSTEM):
            return value == limit
        high = self.rule.kind in (RuleKind.H, RuleKind.HH)
        if value >= limit if high else value <= limit:
            return True
        within_band = value > limit - band if high else value < limit + band
        return within_band and self.process in ACTIVE

    def _too_old(self, wait: Wait, now: Instant) -> bool:
        if self.rule.stale is not None:
            return now - wait.last_said > self.rule.stale
        return wait.since is None and now - wait.frozen_at > FORGIVEN_FREEZE

    def _due(self) -> Instant | None:
        """When the running delay ends by time alone; None where it does not."""
        if self.wait is None or self.wait.since is None:
            return None
        delay = self.rule.off_delay if self.process in ACTIVE else self.rule.on_delay
        due = self.wait.since + delay - self.wait.credit
        return None if self.rule.stale is not None and due > self.wait.last_said + self.rule.stale else due

    def _finish_wait(self, now: Instant) -> None:
        due = self._due()
        if due is not None and due <= now:
            self._change()

    def _tick(self, now: Instant) -> None:
        """A late tick does what timely ticks would have done, in their order; at the same moment the shelf ends first, which
        errs towards the sound."""
        due = self._due()
        if self.shelved_until is not None and self.shelved_until <= now and (due is None or self.shelved_until <= due):
            self._uncover(SHLVD, What.UNSHELVED, "")
        self._finish_wait(now)
        if self.shelved_until is not None and self.shelved_until <= now:
            self._uncover(SHLVD, What.UNSHELVED, "")

    def _change(self) -> None:
        self.wait = None
        goes = GOES_LATCHING if self.rule.latching else GOES
        self._move((goes if self.process in ACTIVE else COMES)[self.process])

    def _move(self, move: Move) -> None:
        owed = self.process is RTNUN and self.heard  # somebody heard it, nobody acknowledged it
        self.process = move.to
        if move.what is not None:
            self.told.append(move.what)
        if move.new:
            self.occurrence = self._next
            self.acked_by, self.acked_at = "", None
            self.fresh += 1
            self.heard = owed
        if move.sound and not self.overlays:
            self.sounds += 1
            self.heard = True

    # overlays

    def _cover(self, overlay: AlarmState | str, what: What) -> None:
        if overlay not in self.overlays:
            self.told.append(what)
        self.overlays.add(overlay)

    def _uncover(self, overlay: AlarmState | str, what: What, code: str) -> None:
        if overlay not in self.overlays:
            raise OracleRefuses(code)
        self.overlays.remove(overlay)
        if overlay is SHLVD:
            self.shelved_until = None
        self.told.append(what)
        if self.overlays:
            return
        if self.process is RTNUN and not self.heard:
            self.process = NORM
        else:
            self._move(LIFTED[self.process])

    def _same_occurrence(self, occurrence: int) -> None:
        if occurrence != self.occurrence:
            raise OracleRefuses("stale_occurrence")


_WHY_NO_RESET = {
    NORM: ("not_latched", "stale_occurrence"),
    RTNUN: ("not_latched",),
    UNACK: ("still_active", "not_latched"),
    ACKED: ("still_active", "not_latched"),
    LUNAK: ("not_acknowledged",),
}
_OVER = {NORM: ("stale_occurrence",)}  # "it is over" is as true as "it has been acknowledged"

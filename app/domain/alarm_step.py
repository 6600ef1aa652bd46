"""How an alarm moves: `step(rule, state, event, now, next_occurrence)`, pure. The exact semantics of DESIGN section 4.

Station side. Nothing here reads a clock: `now` is the receive time and drives the timers; source time only orders.

* Enter when the value is at or beyond the limit continuously for the on-delay; leave when it is back by the deadband
  continuously for the off-delay. The deadband never delays entry. With a deadband of 0 the limit itself still alarms.
* A reading that is not good freezes the timers and changes nothing, except for the tag's own BAD alarm. A gap between good
  readings longer than `rule.stale` starts the delay anew.
* A late reading (older source time) never clears and never moves a timer; without an on-delay it may still raise, because an
  excursion that was measured must not be lost.
* Condition true again from RTNUN is a new occurrence; from LUNAK or LAKED it is the same one.
* A RATE rule is moved by forecasts alone: raised when a limit is nearer than `within` for the on-delay, over when it is
  farther away than half as much again, is another one or none, for the off-delay. Values only freeze it when they are not good.
* Overlays never stop the process side. When the last one goes: condition true -> UNACK and annunciated (a new occurrence if
  the old one had been acknowledged). Condition gone: what was annunciated and not acknowledged stays RTNUN, because nothing
  is acknowledged behind anybody's back; what nobody ever heard ends as NORM and stands in the journal.
"""

from collections.abc import Iterable
from dataclasses import replace
from math import inf, isfinite, nextafter
from typing import Any

from app.domain.alarm import (
    Acknowledge,
    AlarmRule,
    ClockMoved,
    Event,
    Forecast,
    Mask,
    Reading,
    Refused,
    Reset,
    ReturnToService,
    RuleKind,
    RuleState,
    Shelve,
    Suppress,
    TakeOutOfService,
    Tick,
    Transition,
    Unmask,
    Unshelve,
    Unsuppress,
    What,
)
from app.domain.instant import Instant, seconds
from app.domain.sample import Quality, Reason, Value

FROZEN_TOO_LONG = seconds(10)  # a gap, where the rule names no stale limit of its own
FAR_AGAIN = 1.5  # of `within`: a RATE alarm ends beyond it
HIGH = (RuleKind.HH, RuleKind.H)
LOW = (RuleKind.LL, RuleKind.L)
_CALM: dict[str, Any] = {
    "pending": False, "elapsed": 0, "running_from": None, "seen": None, "pending_value": None, "pending_source_time": None,
    "pending_ahead": None,
}  # fmt: skip
_HOLDS = (Reason.COMM_LOST, Reason.NO_DATA_YET)  # the LINK alarm speaks for these, not one BAD alarm per tag


def step(
    rule: AlarmRule, state: RuleState, event: Event, now: Instant, next_occurrence: int
) -> tuple[RuleState, tuple[Transition, ...]]:
    """The state after `event` and what happened on the way, in order. At most one transition begins a new occurrence, and it
    takes the number `next_occurrence`. Raises Refused when a person asks for what the state does not allow."""
    move = _Move(rule, state, now, next_occurrence)
    match event:
        case Reading():
            move.reading(event)
        case Forecast():
            move.forecast(event)
        case Tick():
            move.tick()
        case Acknowledge():
            move.acknowledge(event)
        case Reset():
            move.reset(event)
        case Shelve():
            move.shelve(event)
        case Unshelve():
            if state.shelved_until is None:
                raise Refused("not_shelved", "该报警没有搁置")
            move.unshelve(event.by)
        case Suppress():
            move.overlay(What.SUPPRESSED, event.by, event.reason, suppressed=event.reason or "-")
        case Unsuppress():
            if not state.suppressed:
                raise Refused("not_suppressed", "该报警没有被抑制")
            move.overlay(What.UNSUPPRESSED, event.by, suppressed="")
        case Mask():
            move.overlay(What.MASKED, "", event.parent, masked_by=event.parent)
        case Unmask():
            move.overlay(What.UNMASKED, "", masked_by="")
        case TakeOutOfService():
            move.overlay(What.OUT_OF_SERVICE, event.by, event.reason, out_of_service=event.reason or "-")
        case ReturnToService():
            if not state.out_of_service:
                raise Refused("not_out_of_service", "该报警没有停用")
            move.overlay(What.RETURNED_TO_SERVICE, event.by, out_of_service="")
        case ClockMoved():
            move.clock_moved(event.by)
    return move.state, tuple(move.happened)


def deadline(rule: AlarmRule, state: RuleState) -> Instant | None:
    """When the next Tick is due, or None."""
    times = [at for at in (state.shelved_until, _due(rule, state)) if at is not None]
    return min(times) if times else None


def retuned(rule: AlarmRule, state: RuleState) -> RuleState:
    """The state of a rule that was changed to `rule`. A running delay goes on only when the value that keeps it running would
    begin it by the new limit too; a limit that was lifted must not alarm with a value below it."""
    if not state.pending:
        return state
    if rule.kind is RuleKind.RATE:
        return replace(state, **_CALM)  # the next forecast begins it again
    value = Reading(state.pending_value, Quality.GOOD, Reason.NONE, state.pending_source_time or 0)
    wanted = None if rule.kind is RuleKind.BAD else _wanted(rule, state.active, value)
    return state if wanted is None or wanted != state.active else replace(state, **_CALM)


def quiet_band(pairs: Iterable[tuple[AlarmRule, RuleState]]) -> tuple[float, float] | None:
    """The open interval in which a good, in-order, numeric reading changes none of these states; None = step every reading.

    Twenty thousand values a second pass by this comparison alone.
    """
    low, high = -inf, inf
    for rule, state in pairs:
        if rule.kind is RuleKind.RATE:
            if state.source_lost_since is not None:
                return None
            continue
        if state.pending or state.source_lost_since is not None:
            return None
        limit = rule.limit
        if rule.kind is RuleKind.BAD:
            if state.active:
                return None
        elif limit is None:
            return None
        elif rule.kind in HIGH:
            if state.active:
                low = max(low, limit - rule.deadband)
            else:
                high = min(high, limit)
        elif rule.kind in LOW:
            if state.active:
                high = min(high, limit + rule.deadband)
            else:
                low = max(low, limit)
        elif state.active:  # STATE: stands where it must not
            low, high = max(low, nextafter(limit, -inf)), min(high, nextafter(limit, inf))
        elif limit > 0:
            high = min(high, limit)
        else:
            low = max(low, limit)
    return (low, high) if low < high else None


def _due(rule: AlarmRule, state: RuleState) -> Instant | None:
    """When the running delay ends; None when none runs or the data would be too old by then."""
    if not state.pending or state.running_from is None:
        return None
    delay = rule.on_delay if not state.active else rule.off_delay
    due = state.running_from + delay - state.elapsed
    if rule.stale is not None and state.seen is not None and due > state.seen + rule.stale:
        return None
    return due


def _number(value: Value | None) -> float | None:
    if isinstance(value, str) or value is None or not isfinite(value):
        return None
    return float(value)


def _kept(value: Value | None) -> Value | None:
    """What a journal can hold: JSON knows no NaN and no infinity, and a state must come back from disk as it went."""
    return None if isinstance(value, float) and not isfinite(value) else value


def _wanted(rule: AlarmRule, active: bool, reading: Reading) -> bool | None:
    """Should the alarm be active by this reading? None: the reading has no say."""
    if rule.kind is RuleKind.BAD:
        if reading.quality is Quality.GOOD:
            return False
        return True if reading.quality is Quality.BAD and reading.reason not in _HOLDS else None
    value = _number(reading.value)
    limit = rule.limit
    if reading.quality is not Quality.GOOD or value is None or limit is None:
        return None
    if rule.kind in HIGH:
        return value >= limit or (active and value > limit - rule.deadband)
    if rule.kind in LOW:
        return value <= limit or (active and value < limit + rule.deadband)
    return value == limit


class _Move:
    """One step at work: `state` as it becomes, `happened` in order."""

    def __init__(self, rule: AlarmRule, state: RuleState, now: Instant, next_occurrence: int) -> None:
        self.rule, self.state, self.now, self.next_occurrence = rule, state, now, next_occurrence
        self.happened: list[Transition] = []

    def _set(self, **changes: Any) -> None:
        self.state = replace(self.state, **changes)

    def _say(self, what: What, by: str = "", remark: str = "", annunciate: bool = False, **changes: Any) -> None:
        """Change the state and report it, with the shown state before and after."""
        before = self.state.shown
        self._set(**changes)
        state = self.state
        self.happened.append(
            Transition(what, self.now, before, state.shown, state.occurrence, annunciate, state.value, by, remark)
        )

    # the process side

    def forecast(self, event: Forecast) -> None:
        if self.rule.kind is not RuleKind.RATE:
            raise ValueError(f"{self.rule.key} is not moved by forecasts")
        self._finish()
        state, left = self.state, event.left
        if event.at_once:
            if state.active:
                self._change()
            elif state.pending:
                self._calm()
            return
        if left is None:
            wanted = False
        elif state.active:
            wanted = event.limit == state.limit and left <= self.rule.within * FAR_AGAIN
        else:
            wanted = left <= self.rule.within
        if wanted == state.active:
            if state.pending:
                self._calm()
            return
        self._wait(event)
        self._set(pending_ahead=None if left is None else (event.limit, self.now + left))
        self._finish()

    def reading(self, reading: Reading) -> None:
        if self.rule.kind is RuleKind.RATE and reading.quality is Quality.GOOD:
            if self.state.source_lost_since is not None and not reading.late:
                self._say(What.SOURCE_BACK, source_lost_since=None)
            return
        self._finish()
        state = self.state
        wanted = _wanted(self.rule, state.active, reading)
        if reading.late:
            if wanted and not state.active and self.rule.on_delay == 0:
                self._activate(_kept(reading.value), reading.source_time)
            return
        if wanted is None:
            self._freeze()
            lost = reading.quality is Quality.BAD and reading.reason is Reason.COMM_LOST
            standing = state.active or state.latched or not state.acked
            if lost and standing and state.source_lost_since is None:
                self._say(What.SOURCE_LOST, source_lost_since=self.now)
            return
        if state.source_lost_since is not None:
            self._say(What.SOURCE_BACK, source_lost_since=None)
        if wanted == state.active:
            if state.pending:
                self._calm()
            return
        self._wait(reading)
        self._finish()

    def _finish(self) -> None:
        """A delay that ended while nobody ticked counts before anything newer is heard: the condition did last so long."""
        due = _due(self.rule, self.state)
        if due is not None and due <= self.now:
            self._change()

    def _wait(self, reading: Reading | Forecast) -> None:
        """The delay begins, goes on, or after too long a gap begins again."""
        state, now = self.state, self.now
        value, stale = _kept(reading.value), self.rule.stale
        if stale is None and state.running_from is None:
            stale = FROZEN_TOO_LONG
        gap = stale is not None and state.seen is not None and now - state.seen > stale
        if not state.pending or gap:
            self._set(
                pending=True,
                elapsed=0,
                running_from=now,
                seen=now,
                pending_value=value,
                pending_source_time=reading.source_time,
            )
        else:
            resumed = now if state.running_from is None else state.running_from
            self._set(running_from=resumed, seen=now, pending_value=value)

    def _freeze(self) -> None:
        state = self.state
        if state.pending and state.running_from is not None:
            # A source that tells every change was known to be unchanged until this moment.
            seen = self.now if self.rule.stale is None else state.seen
            self._set(elapsed=state.elapsed + max(0, self.now - state.running_from), running_from=None, seen=seen)

    def _calm(self) -> None:
        self._set(**_CALM)

    def _change(self) -> None:
        state = self.state
        value, source_time, ahead = state.pending_value, state.pending_source_time, state.pending_ahead
        self._calm()
        if state.active:
            self._say(What.CLEARED, active=False, latched=self.rule.latching, cleared_at=self.now)
        else:
            self._activate(value, source_time, ahead)

    def _activate(self, value: Value | None, source_time: Instant | None, ahead: tuple[float, Instant] | None = None) -> None:
        state = self.state
        if state.latched:
            sounds = not state.acked and state.overlay is None
            self._say(What.ACTIVE_AGAIN, annunciate=sounds, active=True, latched=False, cleared_at=None)
        else:
            self._begin(value, source_time, ahead)

    def _begin(self, value: Value | None, source_time: Instant | None, ahead: tuple[float, Instant] | None = None) -> None:
        state = self.state
        limit, limit_at = self.rule.limit, None
        if self.rule.kind is RuleKind.RATE:
            limit, limit_at = (state.limit, state.limit_at) if ahead is None else ahead
        heard = state.overlay is None
        owed = not state.acked and state.announced  # heard and never acknowledged: that duty passes on to the new occurrence
        self._say(
            What.RAISED,
            annunciate=heard,
            active=True,
            latched=False,
            acked=False,
            announced=heard or owed,
            occurrence=self.next_occurrence,
            raised_at=self.now,
            source_time=source_time,
            cleared_at=None,
            acked_at=None,
            acked_by="",
            note="",
            value=value,
            limit=limit,
            limit_at=limit_at,
        )

    def tick(self) -> None:
        until, due = self.state.shelved_until, _due(self.rule, self.state)
        shelf_first = until is not None and (due is None or until <= due)
        if shelf_first:
            self._expire()
        self._finish()
        if not shelf_first:
            self._expire()

    def _expire(self) -> None:
        until = self.state.shelved_until
        if until is not None and until <= self.now:
            self.unshelve("")

    # what people do

    def _same(self, occurrence: int) -> None:
        state = self.state
        over = not state.active and not state.latched and state.acked
        if occurrence != state.occurrence or occurrence == 0 or (over and not state.acked_by):
            raise Refused("stale_occurrence", "该次报警已经结束或已被新的一次取代，请刷新后再操作")

    def acknowledge(self, event: Acknowledge) -> None:
        self._same(event.occurrence)
        if self.state.acked:
            raise Refused("already_acknowledged", f"该报警已由 {self.state.acked_by} 确认")
        self._say(
            What.ACKNOWLEDGED,
            event.by,
            event.note,
            acked=True,
            acked_at=self.now,
            acked_by=event.by,
            note=event.note,
        )

    def reset(self, event: Reset) -> None:
        self._same(event.occurrence)
        if self.state.active:
            raise Refused("still_active", "报警条件仍然存在，不能复位")
        if not self.state.latched:
            raise Refused("not_latched", "该报警没有锁存，无需复位")
        if not self.state.acked:
            raise Refused("not_acknowledged", "请先确认，再复位")
        self._say(What.RESET, event.by, latched=False)

    def shelve(self, event: Shelve) -> None:
        if self.state.shelved_until is not None:
            raise Refused("already_shelved", f"该报警已由 {self.state.shelved_by} 搁置")
        if event.until <= self.now:
            raise Refused("bad_shelve_time", "搁置时间必须晚于现在")
        self._say(
            What.SHELVED,
            event.by,
            event.reason,
            shelved_until=event.until,
            shelved_by=event.by,
            shelve_reason=event.reason,
        )

    def unshelve(self, by: str) -> None:
        self.overlay(What.UNSHELVED, by, shelved_until=None, shelved_by="", shelve_reason="")

    def clock_moved(self, by: Instant) -> None:
        state = self.state
        times = {"running_from": state.running_from, "seen": state.seen}
        moved = {name: at + by for name, at in times.items() if at is not None}
        if moved:
            self._set(**moved)
        if state.shelved_until is not None:
            self._say(What.SHELF_MOVED, "", "时钟被调整，搁置的时长不变", shelved_until=state.shelved_until + by)

    # overlays

    def overlay(self, what: What, by: str, note: str = "", **changes: Any) -> None:
        """Lay on or lift one overlay; when the last one goes the process is looked at again."""
        changed = replace(self.state, **changes)
        if changed == self.state:
            return
        lifted = self.state.overlay is not None and changed.overlay is None
        if lifted and not (changed.active or changed.latched or changed.acked or changed.announced):
            changes["acked"] = True  # began and ended under the overlay, unheard
        self._say(what, by, note, **changes)
        state = self.state
        if not lifted or not (state.active or state.latched):
            return
        if not state.acked:
            self._say(What.REANNOUNCED, annunciate=True, announced=True)
        elif state.active:
            self._begin(state.value, state.source_time)

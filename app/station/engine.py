"""The alarm engine (报警引擎): every rule of every tag with its state, driven by readings, time and people.

Station side. The rules of motion are `app.domain.alarm_step`; here is only which rule to move when. The state here runs ahead
of what is shown: a change is shown when it is written (`writer`), or, when nothing can be written, marked as not durable.
"""

import heapq
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from math import inf

from app.domain.alarm import (
    AlarmRule,
    AlarmState,
    ClockMoved,
    Event,
    Forecast,
    Mask,
    Reading,
    Refused,
    RuleState,
    Shelve,
    Suppress,
    TakeOutOfService,
    Tick,
    Transition,
    What,
)
from app.domain.alarm_step import deadline, quiet_band, retuned, step
from app.domain.instant import Instant
from app.domain.sample import Quality, Reason
from app.station.changes import Change, Undo
from app.station.table import Watch

AT_REST = RuleState()  # one for all rules that never moved: there are a hundred thousand of them
_LAYS = (Suppress, Mask, TakeOutOfService, Shelve)


class Engine:
    """`emit` gets every change that no person asked for, in order; what people ask for is returned to the command bus."""

    def __init__(self, next_occurrence: int, emit: Callable[[Change], None]) -> None:
        self._next = next_occurrence
        self._emit = emit
        self._timers: list[tuple[Instant, int, Watch, int]] = []
        self._timer_count = 0
        self.watches: dict[str, Watch] = {}
        self._where: dict[str, tuple[Watch, int]] = {}
        self._current: dict[int, tuple[Watch, int]] = {}
        self.shelved: dict[str, tuple[Watch, int]] = {}  # by rule key

    # building

    def add(self, tag: str, rules: tuple[AlarmRule, ...], saved: Mapping[str, RuleState]) -> Watch:
        """Watch `tag` from now on, beginning with the states saved by an earlier run."""
        return self._place(Watch(tag, rules, [_restored(saved.get(rule.key)) for rule in rules]))

    def retune(self, tag: str, rules: tuple[AlarmRule, ...], now: Instant) -> Watch:
        """Other rules for the tag from now on. A rule that stays keeps its state; one that is gone while its alarm stood ends
        with a change that says so. The present value is heard by whoever calls."""
        old = self.watches[tag]
        states = {rule.key: state for rule, state in zip(old.rules, old.states, strict=True)}
        kept = {rule.key for rule in rules}
        for i, rule in enumerate(old.rules):
            before = old.states[i]
            if rule.key in kept:
                continue
            del self._where[rule.key]
            self._current.pop(before.occurrence, None)
            self.shelved.pop(rule.key, None)
            if before.shown is not AlarmState.NORM:
                after = RuleState(occurrence=before.occurrence, raised_at=before.raised_at, cleared_at=before.cleared_at or now)
                gone = Transition(What.REMOVED, now, before.shown, after.shown, before.occurrence, value=before.value)
                self._emit(Change(rule, before, after, gone))
        return self._place(Watch(tag, rules, [retuned(rule, states.get(rule.key, AT_REST)) for rule in rules]))

    def adjust(self, key: str, rule: AlarmRule) -> None:
        """The same rule with another delay, at once."""
        watch, i = self._where[key]
        watch.rules = (*watch.rules[:i], rule, *watch.rules[i + 1 :])
        self._arm(watch, i)

    def _place(self, watch: Watch) -> Watch:
        self.watches[watch.tag] = watch
        for i, (rule, state) in enumerate(zip(watch.rules, watch.states, strict=True)):
            self._where[rule.key] = (watch, i)
            if state.occurrence:
                self._current[state.occurrence] = (watch, i)
            if state.shelved_until is not None:
                self.shelved[rule.key] = (watch, i)
            if state is not AT_REST:
                self._arm(watch, i)
        self._settle(watch)
        return watch

    # looking

    def find(self, occurrence: int) -> tuple[Watch, int]:
        """The rule whose present occurrence this is. Raises KeyError when it never was, Refused when it is over."""
        found = self._current.get(occurrence)
        if found is not None:
            return found
        if 0 < occurrence < self._next:
            raise Refused("stale_occurrence", "该次报警已经结束或已被新的一次取代，请刷新后再操作")
        raise KeyError(occurrence)

    def place(self, key: str) -> tuple[Watch, int]:
        """Where a rule is watched. Raises KeyError."""
        return self._where[key]

    def state(self, key: str) -> RuleState:
        watch, i = self._where[key]
        return watch.states[i]

    def __contains__(self, key: str) -> bool:
        return key in self._where

    def pairs(self) -> Iterable[tuple[AlarmRule, RuleState]]:
        for watch in self.watches.values():
            yield from zip(watch.rules, watch.states, strict=True)

    # what the field and time do

    def reading(self, watch: Watch, reading: Reading, now: Instant) -> None:
        """Let every rule of the tag hear the reading."""
        for i in range(len(watch.rules)):
            self._hear(watch, i, reading, now)
        self._settle(watch)

    def split_reading(
        self, watch: Watch, by_rule: Callable[[AlarmRule], Reading], now: Instant
    ) -> None:  # a value beyond its range says different things to different rules
        for i, rule in enumerate(watch.rules):
            self._hear(watch, i, by_rule(rule), now)
        self._settle(watch)

    def flag(self, tag: str, on: bool, now: Instant) -> None:
        """Drive a LINK or SYSTEM rule."""
        self.reading(self.watches[tag], Reading(1.0 if on else 0.0, Quality.GOOD, Reason.NONE, now), now)

    def forecast(self, key: str, event: Forecast, now: Instant) -> None:
        """Move a RATE rule."""
        watch, i = self._where[key]
        self._hear(watch, i, event, now)
        self._settle(watch)

    def tick(self, now: Instant) -> None:
        """End the delays and shelves that are due."""
        timers = self._timers
        while timers and timers[0][0] <= now:
            _, _, watch, i = heapq.heappop(timers)
            if self.watches.get(watch.tag) is not watch:
                continue  # its rules have been replaced
            watch.due[i] = None
            due = deadline(watch.rules[i], watch.states[i])
            if due is not None and due <= now:
                self._hear(watch, i, Tick(), now)
                self._settle(watch)
            self._arm(watch, i)

    def clock_moved(self, by: Instant, now: Instant) -> None:
        """The clock jumped: delays and shelves last as long as they would have."""
        for watch in self.watches.values():
            for i, state in enumerate(watch.states):
                if state.pending or state.shelved_until is not None:
                    self._hear(watch, i, ClockMoved(by), now)

    # what people do

    def act(self, watch: Watch, i: int, event: Event, now: Instant) -> tuple[list[Change], Undo]:
        """Move one rule for a person. Raises Refused. The change counts here at once and is to be written by the caller;
        `revert` takes it back when that fails."""
        before = watch.states[i]
        start = before
        if not before.occurrence and isinstance(event, _LAYS):
            # An overlay on a rule that never alarmed is listed too and needs a number of its own.
            start = replace(before, occurrence=self._next)
        after, happened = step(watch.rules[i], start, event, now, self._next + (start is not before))
        changes = [Change(watch.rules[i], before, after, transition) for transition in happened]
        if changes:
            self._take(watch, i, before, after)
            self._settle(watch)
        return changes, Undo(watch.rules[i].key, before, watch.states[i])

    def revert(self, undo: Undo) -> RuleState:
        """Take a command back; what has happened since stays."""
        if undo.key not in self._where:  # the rule was taken out of the configuration meanwhile
            return undo.before
        watch, i = self._where[undo.key]
        self._take(watch, i, watch.states[i], undo.applied_to(watch.states[i]))
        self._settle(watch)
        return watch.states[i]

    # inside

    def _hear(self, watch: Watch, i: int, event: Event, now: Instant) -> None:
        rule, before = watch.rules[i], watch.states[i]
        after, happened = step(rule, before, event, now, self._next)
        if after is before:
            return
        self._take(watch, i, before, after)
        for transition in happened:
            self._emit(Change(rule, before, after, transition))

    def _take(self, watch: Watch, i: int, before: RuleState, after: RuleState) -> None:
        watch.states[i] = after
        if (after.shelved_until is None) != (before.shelved_until is None):
            if after.shelved_until is None:
                self.shelved.pop(watch.rules[i].key, None)
            else:
                self.shelved[watch.rules[i].key] = (watch, i)
        if after.occurrence != before.occurrence:
            self._current.pop(before.occurrence, None)
            self._current[after.occurrence] = (watch, i)
            self._next = max(self._next, after.occurrence + 1)
        self._arm(watch, i)

    def _arm(self, watch: Watch, i: int) -> None:
        due = deadline(watch.rules[i], watch.states[i])
        queued = watch.due[i]
        if due is not None and (queued is None or due < queued):
            watch.due[i] = due
            self._timer_count += 1
            heapq.heappush(self._timers, (due, self._timer_count, watch, i))

    def _settle(self, watch: Watch) -> None:
        band = quiet_band(zip(watch.rules, watch.states, strict=True))
        watch.low, watch.high = band if band is not None else (inf, -inf)
        watch.restless = any(s.active or s.pending or s.latched or not s.acked for s in watch.states)


def _restored(state: RuleState | None) -> RuleState:
    """Acknowledgement, latch, overlays and occurrence come back exactly; a delay that was running begins anew, because
    nobody saw what the value did while the station was down."""
    if state is None:
        return AT_REST
    return replace(
        state,
        pending=False,
        elapsed=0,
        running_from=None,
        seen=None,
        pending_value=None,
        pending_source_time=None,
        pending_ahead=None,
    )

"""The alarm state machine driven at random beside the independent model of `oracle`: after every event both must agree."""

import math
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from app.domain import alarm
from app.domain.alarm import AlarmRule, AlarmState, Event, Reading, Refused, RuleKind, RuleState, Transition, What
from app.domain.alarm_step import deadline, quiet_band, step
from app.domain.instant import HOUR, MINUTE, SECOND, Instant
from app.domain.sample import Quality, Reason, Value
from app.domain.tag import Priority
from tests.domain.oracle import ACTIVE, Oracle, OracleRefuses

START = 1_790_000_000 * SECOND
LIMIT = 80.0
TIMES = ["due", "due", "just before due", "just after due", "stale", "just over stale"]
LAPSES = st.sampled_from([0, 1, SECOND, 2 * SECOND, 3 * SECOND, 5 * SECOND, 10 * SECOND, 10 * SECOND + 1, MINUTE, *TIMES])
"""Steps of time on a grid that meets delays, stale limits and the forgiven freeze at equality, and one microsecond beside."""

PERSONS = st.sampled_from(["zhang", "li"])
SOURCE = {What.SOURCE_LOST, What.SOURCE_BACK}
BY_HAND = (alarm.Acknowledge, alarm.Reset)

VALUED = [kind for kind in RuleKind if kind is not RuleKind.RATE]  # moved by forecasts, not by values


@st.composite
def alarm_rules(draw: st.DrawFn) -> AlarmRule:
    kind = draw(st.sampled_from([RuleKind.H, RuleKind.L, RuleKind.BAD, *VALUED]))
    plain = kind in (RuleKind.STATE, RuleKind.BAD, RuleKind.LINK, RuleKind.SYSTEM)
    delays = st.sampled_from([0, 0, 3 * SECOND, 10 * SECOND])
    return AlarmRule(
        tag="TK101.LT",
        kind=kind,
        priority=Priority.HIGH,
        limit=None if kind is RuleKind.BAD else 1.0 if plain else LIMIT,
        deadband=0.0 if plain else draw(st.sampled_from([0.0, 0.3, 2.0])),
        on_delay=draw(delays),
        off_delay=draw(delays),
        latching=draw(st.booleans()),
        stale=draw(st.sampled_from([None, None, 2 * SECOND, 3 * SECOND, 30 * SECOND])),
    )


def values_around(of: AlarmRule) -> list[Value]:
    """Values far from the limit, at it, at the end of the deadband, and one float beside each."""
    if of.limit is None or of.limit == 1.0:
        return [0, 1, False, True, 0.0, 1.0, math.nextafter(1.0, 2), 2, 5.5]
    edges = (LIMIT, LIMIT - of.deadband, LIMIT + of.deadband)
    beside = [math.nextafter(edge, side) for edge in edges for side in (-math.inf, math.inf)]
    return [0.0, 20, 79.9, *edges, *beside, 80.1, 80, 95.5, 1e9, -1e9]


class AlarmMachine(RuleBasedStateMachine):
    @initialize(of=alarm_rules())
    def a_rule(self, of: AlarmRule) -> None:
        self.begin(of)

    def begin(self, of: AlarmRule) -> None:
        self.rule = of
        self.state = RuleState()
        self.oracle = Oracle(of)
        self.now: Instant = START
        self.offered = 100
        self.used = [0]
        self.values = values_around(of)

    # what the field says

    @rule(lapse=LAPSES, pick=st.integers(0, 50), late=st.sampled_from([False] * 7 + [True]))
    def good_reading(self, lapse: Any, pick: int, late: bool) -> None:
        self.send(self.reading(self.values[pick % len(self.values)], Quality.GOOD, Reason.NONE, lapse, late))

    @rule(lapse=LAPSES, comes=st.booleans(), late=st.sampled_from([False, False, True]))
    def plain_reading(self, lapse: Any, comes: bool, late: bool) -> None:
        """Well beyond the limit, or well away from it: what most readings are."""
        self.say(comes, lapse, late)
        assert late or self.state.source_lost_since is None

    @rule(
        lapse=LAPSES,
        value=st.sampled_from([None, math.nan, math.inf, -math.inf, 0, 1, 20.0, 95.5, "断线"]),
        quality=st.sampled_from(Quality),
        reason=st.sampled_from([one for one in Reason if one]),
        late=st.sampled_from([False] * 7 + [True]),
    )
    def odd_reading(self, lapse: Any, value: Value | None, quality: Quality, reason: Reason, late: bool) -> None:
        if quality is Quality.GOOD and isinstance(value, int | float) and math.isfinite(value):
            value = "断线"
        self.send(self.reading(value, quality, Reason.NONE if quality is Quality.GOOD else reason, lapse, late))

    @rule(lapse=LAPSES, reason=st.sampled_from([Reason.COMM_LOST, Reason.NO_DATA_YET]))
    def source_lost(self, lapse: Any, reason: Reason) -> None:
        self.send(self.reading(None, Quality.BAD, reason, lapse))
        if reason is Reason.COMM_LOST and self.oracle.process in ACTIVE:
            assert self.state.source_lost_since is not None

    @rule(
        lapses=st.tuples(LAPSES, LAPSES, LAPSES),
        meanwhile=st.sampled_from(["bad", "bad", "late bad", "late", "nothing"]),
    )
    def a_change_is_interrupted(self, lapses: tuple[Any, Any, Any], meanwhile: str) -> None:
        """The condition turns, something comes between, it is so still, time passes: what delays are made for."""
        comes = self.oracle.process not in ACTIVE
        self.say(comes, 0)
        if meanwhile == "late":
            self.say(not comes, lapses[0], late=True)
        elif meanwhile != "nothing":
            self.send(self.reading(None, Quality.BAD, Reason.COMM_LOST, lapses[0], late=meanwhile == "late bad"))
        self.say(comes, lapses[1])
        self.tick(lapses[2])

    # time

    @rule(lapse=LAPSES)
    def tick(self, lapse: Any) -> None:
        self.pass_time(lapse)
        self.send(alarm.Tick())
        due = deadline(self.rule, self.state)
        assert due is None or due > self.now

    @rule(lapse=st.sampled_from([MINUTE, 10 * MINUTE, 2 * HOUR]))
    def nobody_ticks(self, lapse: Instant) -> None:
        self.now += lapse

    @rule(shelf=st.sampled_from([1, 3, 4, 10, 12]), twice=st.booleans(), wait=st.sampled_from([4, 8, 20]))
    def a_shelf_and_a_delay_run_out(self, shelf: int, twice: bool, wait: int) -> None:
        """The tick comes after both, or after one."""
        self.send(alarm.Shelve(self.now + shelf * SECOND, "li", "检修"))
        comes = self.oracle.process not in ACTIVE
        self.say(comes, 0)
        if twice:
            self.say(not comes, 1)
        self.tick(wait * SECOND)

    # persons and logic

    @rule(lapse=LAPSES, by=PERSONS)
    def acknowledge(self, lapse: Any, by: str) -> None:
        self.pass_time(lapse)
        self.send(alarm.Acknowledge(self.state.occurrence, by, "看过"))

    @rule(by=PERSONS, pick=st.integers(0, 1000), wrong=st.sampled_from(["older", "newer", "reset"]))
    def act_on_another_occurrence(self, by: str, pick: int, wrong: str) -> None:
        other = self.used[pick % len(self.used)] if wrong != "newer" else self.offered + pick
        self.send(alarm.Reset(other, by) if wrong == "reset" else alarm.Acknowledge(other, by))

    @rule(lapse=LAPSES, by=PERSONS)
    def reset(self, lapse: Any, by: str) -> None:
        self.pass_time(lapse)
        self.send(alarm.Reset(self.state.occurrence, by))

    @rule(by=PERSONS, minutes=st.sampled_from([-1, 0, 1 / 60, 1 / 12, 1, 30]))
    def shelve(self, by: str, minutes: float) -> None:
        self.send(alarm.Shelve(self.now + round(minutes * MINUTE), by, "检修"))

    @rule(
        lapse=LAPSES,
        which=st.sampled_from([alarm.Suppress("s", "停用"), alarm.Mask("TK101.PT/HH"), alarm.TakeOutOfService("e", "票12")]),
    )
    def cover(self, lapse: Any, which: Event) -> None:
        self.pass_time(lapse)
        self.send(which)

    @rule(
        lapse=LAPSES,
        which=st.sampled_from([alarm.Unshelve("z"), alarm.Unsuppress("s"), alarm.Unmask(), alarm.ReturnToService("e")]),
    )
    def uncover(self, lapse: Any, which: Event) -> None:
        self.pass_time(lapse)
        self.send(which)

    @rule(story=st.lists(st.sampled_from(["comes", "goes", "acknowledged"]), max_size=3))
    def something_happens_under_an_overlay(self, story: list[str]) -> None:
        self.send(alarm.Suppress("s", "停用"))
        for word in story:
            if word == "acknowledged":
                self.acknowledge(0, "zhang")
            else:
                self.say(word == "comes", MINUTE)
                self.tick("due")
        self.uncover_wholly(0)

    @precondition(lambda self: self.oracle.overlays)
    @rule(lapse=LAPSES)
    def uncover_wholly(self, lapse: Any) -> None:
        """A random walk alone seldom takes off the last overlay."""
        self.pass_time(lapse)
        for overlay, event in (
            (AlarmState.SHLVD, alarm.Unshelve("z")),
            (AlarmState.DSUPR, alarm.Unsuppress("s")),
            ("masked", alarm.Unmask()),
            (AlarmState.OOSRV, alarm.ReturnToService("e")),
        ):
            if overlay in self.oracle.overlays:
                self.send(event)

    @rule()
    def the_station_restarts(self) -> None:
        restored = msgspec.json.decode(msgspec.json.encode(self.state), type=RuleState)
        assert restored == self.state
        self.state = restored

    # driving both

    def say(self, comes: bool, lapse: Any, late: bool = False) -> None:
        low = self.rule.kind in (RuleKind.L, RuleKind.LL)
        if self.rule.kind is RuleKind.BAD:
            quality = (Quality.BAD, Reason.SENSOR_FAILURE) if comes else (Quality.GOOD, Reason.NONE)
            self.send(self.reading(5.0, *quality, lapse, late))
        else:
            beyond, away = (1, 0) if self.rule.limit == 1.0 else (20.0, 95.5) if low else (95.5, 20.0)
            self.send(self.reading(beyond if comes else away, Quality.GOOD, Reason.NONE, lapse, late))

    def reading(self, value: Value | None, quality: Quality, reason: Reason, lapse: Any, late: bool = False) -> Reading:
        self.pass_time(lapse)
        return Reading(value, quality, reason, self.now - (MINUTE if late else SECOND // 10), late)

    def pass_time(self, lapse: Instant | str) -> None:
        if isinstance(lapse, int):
            self.now += lapse
            return
        if "stale" in lapse:
            self.now += (self.rule.stale or 10 * SECOND) + (lapse != "stale")
            return
        due = self.oracle.deadline()
        if due is not None:
            self.now = max(self.now, due + {"due": 0, "just before due": -1, "just after due": 1}[lapse])

    def send(self, event: Event) -> None:
        self.offered += 1
        before, unheard = self.state, not self.oracle.heard
        try:
            self.oracle.apply(event, self.now, self.offered)
        except OracleRefuses as refusal:
            with pytest.raises(Refused) as refused:
                step(self.rule, before, event, self.now, self.offered)
            assert refused.value.code in refusal.codes
            assert refused.value.message
            return
        self.state, transitions = step(self.rule, before, event, self.now, self.offered)
        self.agrees(transitions)
        self.hangs_together(event, before, transitions, unheard)
        if self.state.occurrence != before.occurrence:
            self.used.append(self.state.occurrence)

    def agrees(self, transitions: tuple[Transition, ...]) -> None:
        oracle, state = self.oracle, self.state
        assert (state.shown, state.process_state) == (oracle.shown, oracle.process)
        assert state.occurrence == oracle.occurrence
        assert (state.acked_by, state.acked_at) == (oracle.acked_by, oracle.acked_at)
        assert [one.what for one in transitions if one.what not in SOURCE] == oracle.told
        assert sum(one.annunciate for one in transitions) == oracle.sounds
        assert deadline(self.rule, state) == oracle.deadline()

    def hangs_together(self, event: Event, before: RuleState, transitions: tuple[Transition, ...], unheard: bool) -> None:
        """What must hold whatever any model says."""
        state, shown = self.state, before.shown
        for one in transitions:
            assert (one.before, one.at) == (shown, self.now)
            assert one.what not in SOURCE or (one.after is one.before and not one.annunciate)
            assert not one.annunciate or one.after in (AlarmState.UNACK, AlarmState.LUNAK)
            assert one.what is not What.ACKNOWLEDGED or one.occurrence == event.occurrence  # type: ignore[union-attr]
            shown = one.after
        assert shown is state.shown
        raised = [one.occurrence for one in transitions if one.what is What.RAISED]
        assert raised == ([self.offered] if state.occurrence != before.occurrence else [])
        if raised:
            assert (state.occurrence, state.raised_at) == (self.offered, self.now)
        if state.occurrence == before.occurrence and not isinstance(event, BY_HAND):
            assert (state.acked_by, state.acked_at) == (before.acked_by, before.acked_at)
            assert before.acked or not state.acked or (unheard and not state.acked_by)

    @invariant()
    def the_deadline_is_exact(self) -> None:
        due = deadline(self.rule, self.state)
        if due is None:
            return
        if due > self.now + 1:
            assert step(self.rule, self.state, alarm.Tick(), due - 1, 9_000_000) == (self.state, ())
        after, transitions = step(self.rule, self.state, alarm.Tick(), max(due, self.now), 9_000_000)
        assert after != self.state
        assert transitions

    @invariant()
    def readings_in_the_quiet_band_change_nothing(self) -> None:
        band = quiet_band([(self.rule, self.state)])
        if band is None:
            return
        low, high = band
        probes = [math.nextafter(low, high), math.nextafter(high, low), *(float(one) for one in self.values)]
        for value in probes:
            if low < value < high:
                quiet = Reading(value, Quality.GOOD, Reason.NONE, self.now)
                assert step(self.rule, self.state, quiet, self.now + MINUTE, 9_000_000) == (self.state, ())


AlarmMachine.TestCase.settings = settings(
    max_examples=300,
    stateful_step_count=50,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
TestAlarmMachine = AlarmMachine.TestCase

"""Stories the random machine found, told in full to the state machine and its model; and the quiet band of a whole tag."""

import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain import alarm
from app.domain.alarm import AlarmRule, AlarmState, Event, Reading, RuleKind, RuleState
from app.domain.alarm_step import quiet_band, step
from app.domain.instant import HOUR, Instant
from app.domain.instant import SECOND as S
from app.domain.sample import Quality, Reason, Value
from app.domain.tag import Priority
from tests.domain.test_alarm_machine import LIMIT, START, AlarmMachine

SHOWN = list[tuple[float, Event, AlarmState]]


def high(**more: Any) -> AlarmRule:
    return AlarmRule("TK101.LT", RuleKind.H, Priority.HIGH, LIMIT, **more)


def value(of: Value | None, late: bool = False) -> Reading:
    return Reading(of, Quality.GOOD, Reason.NONE, START, late)


def broken(late: bool = False, of: Value | None = None) -> Reading:
    return Reading(of, Quality.BAD, Reason.SENSOR_FAILURE, START, late)


FOR_4_S = alarm.Shelve(START + 4 * S, "li", "检修")
UNACK, RTNUN, NORM, SHLVD = AlarmState.UNACK, AlarmState.RTNUN, AlarmState.NORM, AlarmState.SHLVD
STORIES: dict[str, tuple[AlarmRule, SHOWN]] = {
    "nobody ticked, and the sensor fails after the delay: not lost": (
        high(on_delay=3 * S),
        [(0, value(90), NORM), (4, broken(), UNACK)],
    ),
    "nobody ticked, and the value is back after the delay: not lost": (
        high(on_delay=3 * S),
        [(0, value(90), NORM), (4, value(20), RTNUN)],
    ),
    "the delay ended while the data was fresh, the next reading comes much later": (
        high(on_delay=3 * S, stale=5 * S),
        [(0, value(90), NORM), (60, value(90), UNACK)],
    ),
    "the delay would have ended after the data was stale": (
        high(on_delay=6 * S, stale=5 * S),
        [(0, value(90), NORM), (60, value(90), NORM), (66, alarm.Tick(), NORM)],
    ),
    "a gap as long as the stale limit is not longer": (
        high(on_delay=5 * S, stale=3 * S),
        [(0, value(90), NORM), (3, value(90), NORM), (5, alarm.Tick(), UNACK)],
    ),
    "frozen for ten seconds, counted from the first bad reading: the delay goes on": (
        high(on_delay=10 * S),
        [(0, value(90), NORM), (5, broken(), NORM), (8, broken(), NORM), (15, value(90), NORM), (20, alarm.Tick(), UNACK)],
    ),
    "frozen for longer: it begins anew": (
        high(on_delay=10 * S),
        [(0, value(90), NORM), (5, broken(), NORM), (16, value(90), NORM), (25, alarm.Tick(), NORM), (26, alarm.Tick(), UNACK)],
    ),
    "late bad data stops no delay": (
        high(on_delay=3 * S),
        [(0, value(90), NORM), (1, broken(late=True), NORM), (3, alarm.Tick(), UNACK)],
    ),
    "the shelf ends before the delay, the tick comes after both: as timely ticks would have had it": (
        high(off_delay=5 * S),
        [(0, FOR_4_S, SHLVD), (1, value(90), SHLVD), (2, value(20), SHLVD), (9, alarm.Tick(), RTNUN)],
    ),
    "the delay ends before the shelf, the tick comes after both": (
        high(off_delay=1 * S),
        [(0, FOR_4_S, SHLVD), (1, value(90), SHLVD), (2, value(20), SHLVD), (9, alarm.Tick(), NORM)],
    ),
    "both end at the same moment: heard": (
        high(off_delay=2 * S),
        [(0, FOR_4_S, SHLVD), (1, value(90), SHLVD), (2, value(20), SHLVD), (4, alarm.Tick(), RTNUN)],
    ),
    "a value between the two stands of a switch ends its alarm": (
        AlarmRule("XV1", RuleKind.STATE, Priority.HIGH, 1.0),
        [(0, value(1), UNACK), (1, value(0.5), RTNUN)],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", STORIES)
def test_story(name: str) -> None:
    of, story = STORIES[name]
    told = AlarmMachine()
    told.begin(of)
    for after, event, shown in story:
        told.now = START + round(after * S)
        told.readings_in_the_quiet_band_change_nothing()
        told.send(event)
        assert told.state.shown is shown, (after, event)


@pytest.mark.parametrize("odd", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("on_delay", [0, 3 * S])
def test_an_alarm_raised_by_no_number_comes_back_from_disk_as_it_went(odd: float, on_delay: Instant) -> None:
    told = AlarmMachine()
    told.begin(AlarmRule("TK101.LT", RuleKind.BAD, Priority.MEDIUM, on_delay=on_delay))
    told.send(broken(of=odd))
    told.the_station_restarts()
    told.now += on_delay
    told.send(alarm.Tick())
    told.the_station_restarts()
    assert told.state.shown is UNACK


# The band of a whole tag.

TAG_RULES = tuple(
    AlarmRule("TK101.LT", kind, Priority.HIGH, limit, deadband=band, latching=latching)
    for kind, limit, band, latching in (
        (RuleKind.HH, 90.0, 2.0, True),
        (RuleKind.LL, 10.0, 0.0, False),
        (RuleKind.H, 80.0, 0.5, False),
        (RuleKind.L, 20.0, 4.0, True),
        (RuleKind.BAD, None, 0.0, False),
    )
)


@settings(max_examples=200, deadline=None, database=None)
@given(
    walk=st.lists(
        st.one_of(
            st.floats(0, 100).map(value),
            st.sampled_from([value(90.0), value(88.0), value(79.5), value(80), value(20), value(24), value(10), broken()]),
            st.just(alarm.TakeOutOfService("e", "票12")),
        ),
        max_size=8,
    ),
    probes=st.lists(st.floats(-1000, 1000) | st.integers(0, 100), min_size=20, max_size=20),
)
def test_the_band_of_a_tag_is_quiet_for_each_of_its_rules(walk: list[Event], probes: list[float]) -> None:
    states = [RuleState() for _ in TAG_RULES]
    for at, event in enumerate(walk):
        states = [
            step(of, state, event, START + at * S, 100 * at + i + 1)[0]
            for i, (of, state) in enumerate(zip(TAG_RULES, states, strict=True))
        ]
    band = quiet_band(zip(TAG_RULES, states, strict=True))
    if band is None:
        assert states[-1].active, "only the standing bad-data alarm makes this tag restless"
        return
    for probe in (*probes, math.nextafter(band[0], band[1]), math.nextafter(band[1], band[0])):
        for of, state in zip(TAG_RULES, states, strict=True):
            if band[0] < probe < band[1]:
                assert step(of, state, value(probe), START + HOUR, 9_000_000) == (state, ())

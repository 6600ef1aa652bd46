"""The pre-alarm, told story by story: forecasts and what they make of a RATE rule."""

from dataclasses import replace

import pytest

from app.domain.alarm import (
    Acknowledge,
    AlarmRule,
    Event,
    Forecast,
    Reading,
    RuleKind,
    RuleState,
    Shelve,
    Tick,
    Transition,
    What,
)
from app.domain.alarm_step import deadline, quiet_band, retuned, step
from app.domain.instant import MINUTE, SECOND
from app.domain.plant import Source
from app.domain.rules import all_rules_of, prealarm_of, rules_of
from app.domain.sample import Quality, Reason
from app.domain.tag import DataType, Limits, Priority, Tag

TAG = Tag("T1", limits=Limits(h=80.0, hh=90.0), prealarm_min=10.0)
RULE = prealarm_of(TAG)
assert RULE is not None


def near(minutes: float, limit: float = 80.0) -> Forecast:
    return Forecast(round(minutes * MINUTE), limit, 70.0, 1)


GONE, OVER = Forecast(None), Forecast(None, at_once=True)
GOOD = Reading(99.0, Quality.GOOD, Reason.NONE, 2)
LOST = Reading(70.0, Quality.BAD, Reason.COMM_LOST, 2)
BROKEN = Reading(70.0, Quality.BAD, Reason.SENSOR_FAILURE, 2)


def tell(*story: tuple[float, Event], rule: AlarmRule = RULE) -> tuple[RuleState, list[Transition]]:
    state, told, number = RuleState(), [], 1
    for at, event in story:
        state, happened = step(rule, state, event, round(at * SECOND), number)
        told += happened
        number = max(number, state.occurrence + 1)
    return state, told


def every(start: float, end: float, event: Event) -> list[tuple[float, Event]]:
    """The forecast is made every 4 s."""
    return [(start + 4 * n, event) for n in range(round((end - start) / 4) + 1)]


RAISED = every(0, 20, near(9))

STORIES = {
    "near for the hold time": (every(0, 20, near(9)), ["raised"]),
    "not yet for the hold time": (every(0, 16, near(9)), []),
    "exactly the minutes asked for": (every(0, 20, near(10)), ["raised"]),
    "a little farther away": (every(0, 60, near(10.1)), []),
    "nothing comes": (every(0, 60, GONE), []),
    "interrupted": ([*every(0, 16, near(9)), (18, near(11)), *every(20, 36, near(9))], []),
    "the forecaster falls silent": ([(0, near(9)), (4, near(9)), (30, Tick()), (60, Tick())], []),
    "a tick ends the hold time between two forecasts": ([*every(0, 16, near(9)), (20, Tick())], ["raised"]),
    "values never move it": ([(n, GOOD) for n in range(60)], []),
    "farther away, but not half as much again": ([*RAISED, *every(24, 200, near(14.9))], ["raised"]),
    "far again": ([*RAISED, *every(24, 84, near(15.1))], ["raised", "cleared"]),
    "far again, not for long enough": ([*RAISED, *every(24, 80, near(15.1)), (82, near(9))], ["raised"]),
    "nothing comes any more": ([*RAISED, *every(24, 84, GONE)], ["raised", "cleared"]),
    "another limit now": ([*RAISED, *every(24, 84, near(3, 20.0))], ["raised", "cleared"]),
    "the alarm itself": ([*RAISED, (24, OVER)], ["raised", "cleared"]),
    "the alarm itself, within the hold time": ([*every(0, 16, near(9)), (18, OVER), (22, near(9))], []),
    "the alarm itself, nothing warned": ([(0, OVER)], []),
    "frozen while the link is lost": ([*RAISED, (24, LOST), *[(60 * n, Tick()) for n in (1, 30)]], ["raised", "source_lost"]),
    "back, and on": ([*RAISED, (24, LOST), (90, GOOD), (94, near(8))], ["raised", "source_lost", "source_back"]),
    "a broken value freezes the end": ([*RAISED, *every(24, 76, GONE), (78, BROKEN), (200, Tick())], ["raised"]),
    "a break shorter than the gap": ([(0, near(9)), (8, near(9)), (10, BROKEN), (14, near(9)), (26, near(9))], ["raised"]),
    "a long break begins anew": ([*every(0, 16, near(9)), (17, BROKEN), (60, near(9)), (64, near(9))], []),
    "again after it returned": ([*RAISED, *every(24, 84, GONE), *every(88, 108, near(5))], ["raised", "cleared", "raised"]),
    "acknowledged": ([*RAISED, (24, Acknowledge(1, "wang")), *every(28, 88, GONE)], ["raised", "acknowledged", "cleared"]),
    "shelved and back": (
        [*RAISED, (24, Shelve(100 * SECOND, "wang", "x")), *every(28, 96, near(5)), (100, Tick())],
        ["raised", "shelved", "unshelved", "reannounced"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", STORIES)
def test_stories(name: str) -> None:
    story, expected = STORIES[name]
    assert [one.what.value for one in tell(*story)[1]] == expected


def test_what_is_kept_of_the_raise() -> None:
    state, [raised] = tell(*every(0, 20, near(9)), (24, near(7)), (28, near(6)))
    assert (state.limit, state.value, state.source_time) == (80.0, 70.0, 1) and raised.annunciate
    assert state.limit_at == 16 * SECOND + 9 * MINUTE, "by the newest forecast when the hold time ended"


def test_an_overlay_that_goes_keeps_the_limit_of_the_raise() -> None:
    state, told = tell(
        *RAISED, (22, Acknowledge(1, "li")), (24, Shelve(100 * SECOND, "li", "x")), *every(28, 96, near(5)), (100, Tick())
    )
    assert told[-1].what is What.RAISED and told[-1].occurrence == 2
    assert (state.limit, state.limit_at) == (80.0, 16 * SECOND + 9 * MINUTE)


def test_it_disturbs_no_reading_of_its_tag() -> None:
    """The fast way of twenty thousand values a second stays open while a warning is pending or stands."""
    high = rules_of(TAG, Source("dcs", "opcua", ""))[1]
    plain = quiet_band([(high, RuleState())])
    for story in (every(0, 8, near(9)), RAISED):
        assert quiet_band([(high, RuleState()), (RULE, tell(*story)[0])]) == plain
    lost, _ = tell(*RAISED, (24, LOST))
    assert quiet_band([(high, RuleState()), (RULE, lost)]) is None, "the value that comes back must be heard"


def test_a_rule_that_was_changed_begins_its_delay_again() -> None:
    state, _ = tell(*every(0, 8, near(9)))
    assert deadline(RULE, state) == 20 * SECOND
    assert not retuned(replace(RULE, within=1), state).pending


def test_only_a_rate_rule_hears_forecasts() -> None:
    with pytest.raises(ValueError, match="T1/H"):
        tell((0, near(9)), rule=AlarmRule("T1", RuleKind.H, Priority.HIGH, 80.0))


@pytest.mark.parametrize(
    ("tag", "minutes"),
    [
        (TAG, 10.0),
        (replace(TAG, prealarm_min=None), None),
        (replace(TAG, data_type=DataType.BOOL), None),
        (replace(TAG, priority_prealarm=Priority.LOW), 10.0),
    ],
)
def test_who_has_one(tag: Tag, minutes: float | None) -> None:
    rule, every_rule = prealarm_of(tag), all_rules_of(tag, Source("dcs", "opcua", ""))
    assert every_rule[: len(rules_of(tag, Source("dcs", "opcua", "")))] == rules_of(tag, Source("dcs", "opcua", ""))
    if minutes is None:
        assert rule is None and all(one.kind is not RuleKind.RATE for one in every_rule)
    else:
        assert rule is not None and rule.within == minutes * MINUTE and every_rule[-1] == rule
        assert rule.priority is tag.priority_prealarm and not rule.latching

"""A rule that is changed while its state lives on, and a clock that is set forward."""

from dataclasses import replace

import pytest

from app.domain.alarm import AlarmRule, ClockMoved, Reading, RuleKind, RuleState, Shelve, Tick, What
from app.domain.alarm_step import deadline, retuned, step
from app.domain.instant import HOUR, SECOND
from app.domain.sample import Quality, Reason
from app.domain.tag import Priority

S = SECOND
RULE = AlarmRule("T1", RuleKind.H, Priority.HIGH, 90.0, deadband=2.0, on_delay=10 * S, off_delay=10 * S)


def good(value: float, at: int) -> Reading:
    return Reading(value, Quality.GOOD, Reason.NONE, at)


def told(rule: AlarmRule, *story: tuple[float, object]) -> RuleState:
    state = RuleState()
    for at, event in story:
        state, _ = step(rule, state, event, round(at * S), state.occurrence + 1)  # type: ignore[arg-type]
    return state


@pytest.mark.parametrize(("limit", "goes_on"), [(89.0, True), (91.0, True), (91.1, False), (95.0, False)])
def test_a_delay_goes_on_only_while_its_value_is_beyond_the_new_limit(limit: float, goes_on: bool) -> None:
    state = told(RULE, (0, good(91.0, 0)))
    assert state.pending
    after = retuned(replace(RULE, limit=limit), state)
    assert after.pending is goes_on
    assert goes_on or after == RuleState()


@pytest.mark.parametrize(("limit", "goes_on"), [(91.0, True), (90.0, True), (88.0, False)])
def test_an_end_under_way_goes_on_only_while_its_value_is_back_by_the_new_limit(limit: float, goes_on: bool) -> None:
    state = told(RULE, (0, good(91.0, 0)), (11, good(88.0, 11)), (12, good(88.0, 12)))
    assert state.active and state.pending
    assert retuned(replace(RULE, limit=limit), state).pending is goes_on


def test_the_limit_of_the_raise_is_remembered() -> None:
    state = told(replace(RULE, on_delay=0), (0, good(91.0, 0)))
    assert state.limit == 90.0
    after, _ = step(replace(RULE, limit=85.0), state, good(92.0, 1), S, 2)
    assert after.limit == 90.0


def test_a_clock_set_forward_leaves_a_delay_what_is_left_of_it() -> None:
    state = told(RULE, (0, good(91.0, 0)), (4, good(91.0, 4)))
    jumped, happened = step(RULE, state, ClockMoved(HOUR), HOUR + 4 * S, 1)
    assert happened == ()
    assert deadline(RULE, jumped) == HOUR + 10 * S
    early, _ = step(RULE, jumped, Tick(), HOUR + 10 * S - 1, 1)
    assert not early.active
    due, _ = step(RULE, jumped, Tick(), HOUR + 10 * S, 1)
    assert due.active


def test_a_clock_set_forward_leaves_a_gap_what_it_was() -> None:
    """Without it the hour would look like an hour of silence and the delay begin anew."""
    stale = replace(RULE, stale=30 * S)
    state = told(stale, (0, good(91.0, 0)))
    jumped, _ = step(stale, state, ClockMoved(HOUR), HOUR, 1)
    after, _ = step(stale, jumped, good(91.0, HOUR + 5 * S), HOUR + 5 * S, 1)
    assert deadline(stale, after) == HOUR + 10 * S


def test_a_shelf_moves_with_the_clock_and_says_so() -> None:
    state = told(RULE, (0, Shelve(600 * S, "wang", "检修")))
    jumped, happened = step(RULE, state, ClockMoved(HOUR), HOUR, 1)
    assert jumped.shelved_until == HOUR + 600 * S
    assert [(one.what, one.annunciate) for one in happened] == [(What.SHELF_MOVED, False)]


def test_what_does_not_run_is_not_moved() -> None:
    state = told(replace(RULE, on_delay=0), (0, good(91.0, 0)))
    after, happened = step(RULE, state, ClockMoved(HOUR), HOUR, 2)
    assert after is state
    assert happened == ()

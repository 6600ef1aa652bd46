"""The quick way through the past agrees with the alarm state machine itself."""

from hypothesis import given
from hypothesis import strategies as st

from app.domain.alarm import AlarmRule, Reading, RuleKind, RuleState, Tick, What
from app.domain.alarm_step import deadline, step
from app.domain.instant import SECOND
from app.domain.sample import Quality, Reason
from app.domain.simulate import Point, compare, episodes, excursions, proposals
from app.domain.tag import Priority


def by_the_machine(points: list[Point], rule: AlarmRule) -> list[tuple[int, int | None]]:
    """(raised, cleared) as the station would have it, ticking whenever a delay is due."""
    state, found = RuleState(), list[tuple[int, int | None]]()

    def hear(event: object, now: int) -> None:
        nonlocal state
        state, happened = step(rule, state, event, now, state.occurrence + 1)  # type: ignore[arg-type]
        for one in happened:
            if one.what is What.RAISED:
                found.append((one.at, None))
            elif one.what is What.CLEARED:
                found[-1] = (found[-1][0], one.at)

    for at, value in points:
        due = deadline(rule, state)
        if due is not None and due <= at:
            hear(Tick(), due)
        quality, reason = (Quality.GOOD, Reason.NONE) if value is not None else (Quality.BAD, Reason.SENSOR_FAILURE)
        hear(Reading(value, quality, reason, at), at)
    return found


steps = st.lists(
    st.tuples(
        st.sampled_from([1, 1, 1, 2, 5, 11, 40]), st.one_of(st.none(), st.sampled_from([85.0, 88.0, 89.0, 90.0, 91.0, 95.0]))
    ),
    max_size=60,
)
seconds = st.sampled_from([0, 1, 3, 10, 30]).map(lambda s: s * SECOND)


@given(
    steps,
    st.sampled_from([RuleKind.H, RuleKind.HH, RuleKind.L, RuleKind.LL]),
    st.sampled_from([0.0, 1.0, 2.5]),
    seconds,
    seconds,
    st.sampled_from([None, 10 * SECOND, 30 * SECOND]),
)
def test_as_the_state_machine(moves, kind: RuleKind, deadband: float, on: int, off: int, stale: int | None) -> None:
    points, at = [], 0
    for gap, value in moves:
        at += gap * SECOND
        points.append((at, value))
    rule = AlarmRule("T", kind, Priority.HIGH, 90.0, deadband, on, off, stale=stale)
    assert [(one.raised, one.cleared) for one in episodes(points, rule)] == by_the_machine(points, rule)


def swinging(times: int) -> list[Point]:
    """Round the limit of 90 with a period of 20 s, then one real excursion of 200 s."""
    points: list[Point] = []
    for n in range(times):
        points += [((20 * n) * SECOND, 89.5), ((20 * n + 10) * SECOND, 90.4)]
    end = 20 * times
    points += [((end + n) * SECOND, 96.0) for n in range(200)]
    return [*points, ((end + 200) * SECOND, 80.0)]


RULE = AlarmRule("T", RuleKind.H, Priority.HIGH, 90.0, 0.2)


def test_a_wider_deadband_ends_the_swinging_and_loses_nothing() -> None:
    points = swinging(44)
    assert len(episodes(points, RULE)) == 44  # the last swing goes over into the excursion
    one = compare(points, RULE, AlarmRule("T", RuleKind.H, Priority.HIGH, 90.0, 1.5))
    assert (one.before, one.after, one.caught, one.later_s) == (44, 1, True, 0.0)
    assert one.longest_s == 210.0
    best = proposals(points, RULE, span=100.0)[0]
    assert best.caught and best.later_s == 0 and best.vanished == 43


def test_a_delay_that_would_miss_the_excursion_is_not_proposed() -> None:
    points = [*swinging(20)[:-201], (401 * SECOND, 80.0)]
    long = AlarmRule("T", RuleKind.H, Priority.HIGH, 90.0, 0.2, on_delay=60 * SECOND)
    assert not compare(points, RULE, long).caught
    assert all(one.caught for one in proposals(points, RULE, span=100.0))


def test_excursions_are_what_the_value_really_did() -> None:
    assert excursions([(0, 91.0), (SECOND, 89.9), (2 * SECOND, 90.0)], RULE) == [(0, SECOND), (2 * SECOND, 2 * SECOND)]

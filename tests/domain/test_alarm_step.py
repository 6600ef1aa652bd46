"""The alarm state machine, case by case: each row is a short story told to one rule, and what must be shown after each line."""

import pytest

from app.domain.alarm import (
    Acknowledge,
    AlarmRule,
    AlarmState,
    Event,
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
from app.domain.alarm_step import deadline, quiet_band, step
from app.domain.instant import SECOND
from app.domain.sample import Quality, Reason
from app.domain.tag import Priority

S = SECOND


def high(limit: float = 90.0, **more: object) -> AlarmRule:
    return AlarmRule("T1.LT", RuleKind.H, Priority.HIGH, limit, **more)  # type: ignore[arg-type]


def low(limit: float = 10.0, **more: object) -> AlarmRule:
    return AlarmRule("T1.LT", RuleKind.L, Priority.HIGH, limit, **more)  # type: ignore[arg-type]


def v(value: object, at: int = 0, late: bool = False) -> Reading:
    return Reading(value, Quality.GOOD, Reason.NONE, at, late)  # type: ignore[arg-type]


def lost() -> Reading:
    return Reading(None, Quality.BAD, Reason.COMM_LOST, 0)


def broken() -> Reading:
    return Reading(None, Quality.BAD, Reason.SENSOR_FAILURE, 0)


def ack(occurrence: int) -> Acknowledge:
    return Acknowledge(occurrence, "wang", "seen")


class Told:
    """A rule to which a story is told: `(seconds, event)`; occurrence numbers count up from 1."""

    def __init__(self, rule: AlarmRule) -> None:
        self.rule, self.state, self.happened = rule, RuleState(), list[Transition]()
        self.next = 1

    def tell(self, at: float, event: Event) -> AlarmState:
        self.state, happened = step(self.rule, self.state, event, round(at * S), self.next)
        self.next = max(self.next, self.state.occurrence + 1)
        self.happened += happened
        return self.state.shown


Story = list[tuple[float, Event, str]]

STORIES: dict[str, tuple[AlarmRule, Story]] = {
    "enters at the limit, not only beyond it": (high(), [(0, v(89.9), "NORM"), (1, v(90.0), "UNACK")]),
    "low limits are mirrored": (low(), [(0, v(10.1), "NORM"), (1, v(10.0), "UNACK"), (2, v(10.1), "RTNUN")]),
    "without a deadband the limit itself still alarms": (high(), [(0, v(90), "UNACK"), (1, v(90), "UNACK"), (2, v(89.99), "RTNUN")]),
    "deadband holds, and does not delay entry": (
        high(deadband=2.0),
        [(0, v(90), "UNACK"), (1, v(88.1), "UNACK"), (2, v(88.0), "RTNUN")],
    ),
    "low deadband": (low(deadband=1.0), [(0, v(10), "UNACK"), (1, v(10.9), "UNACK"), (2, v(11.0), "RTNUN")]),
    "acknowledged then cleared": (high(), [(0, v(91), "UNACK"), (1, ack(1), "ACKED"), (2, v(80), "NORM")]),
    "cleared then acknowledged": (high(), [(0, v(91), "UNACK"), (1, v(80), "RTNUN"), (2, ack(1), "NORM")]),
    "on-delay must be continuous": (
        high(on_delay=5 * S),
        [(0, v(91), "NORM"), (4, v(91), "NORM"), (4.5, v(80), "NORM"), (5, v(91), "NORM"), (9.9, Tick(), "NORM"), (10, Tick(), "UNACK")],
    ),
    "on-delay ends by a reading too": (high(on_delay=5 * S), [(0, v(91), "NORM"), (5, v(92), "UNACK")]),
    "off-delay must be continuous": (
        high(off_delay=5 * S),
        [(0, v(91), "UNACK"), (1, v(80), "UNACK"), (3, v(91), "UNACK"), (4, v(80), "UNACK"), (8.9, Tick(), "UNACK"), (9, Tick(), "RTNUN")],
    ),
    "bad quality freezes the delay": (
        high(on_delay=5 * S, stale=30 * S),
        [(0, v(91), "NORM"), (3, broken(), "NORM"), (9, Tick(), "NORM"), (10, v(91), "NORM"), (11.9, Tick(), "NORM"), (12, Tick(), "UNACK")],
    ),
    "a gap beyond the stale limit starts the delay anew": (
        high(on_delay=5 * S, stale=3 * S),
        [(0, v(91), "NORM"), (4, v(91), "NORM"), (5, Tick(), "NORM"), (6.5, v(91), "NORM"), (9, v(91), "UNACK")],
    ),
    "a delay that ended while fresh counts although the tick came late": (
        high(on_delay=2 * S, stale=3 * S),
        [(0, v(91), "NORM"), (60, Tick(), "UNACK")],
    ),
    "a long loss starts the delay anew where the source tells every change": (
        high(on_delay=5 * S),
        [(0, v(91), "NORM"), (4, lost(), "NORM"), (60, v(91), "NORM"), (62, Tick(), "NORM"), (65, Tick(), "UNACK")],
    ),
    "a short loss only freezes it": (
        high(on_delay=5 * S),
        [(0, v(91), "NORM"), (4, lost(), "NORM"), (7, v(91), "NORM"), (8, Tick(), "UNACK")],
    ),
    "a standing alarm stands on when its source is lost": (
        high(),
        [(0, v(91), "UNACK"), (1, lost(), "UNACK"), (2, ack(1), "ACKED"), (3, v(91), "ACKED"), (4, v(80), "NORM")],
    ),
    "late samples never clear": (high(), [(5, v(91, 5), "UNACK"), (6, v(80, 1, late=True), "UNACK"), (7, v(80, 7), "RTNUN")]),
    "a late excursion is not lost": (high(), [(5, v(80, 5), "NORM"), (6, v(95, 4, late=True), "UNACK")]),
    "late samples do not feed a delay": (
        high(on_delay=2 * S),
        [(5, v(95, 3, late=True), "NORM"), (8, Tick(), "NORM")],
    ),
    "re-alarm is a new occurrence": (
        high(),
        [(0, v(91), "UNACK"), (1, v(80), "RTNUN"), (2, v(91), "UNACK"), (3, ack(2), "ACKED")],
    ),
    "latching keeps it until acknowledged and reset": (
        high(latching=True),
        [(0, v(91), "UNACK"), (1, v(80), "LUNAK"), (2, ack(1), "LAKED"), (3, Reset(1, "li"), "NORM")],
    ),
    "latched and true again": (
        high(latching=True),
        [(0, v(91), "UNACK"), (1, v(80), "LUNAK"), (2, v(91), "UNACK"), (3, ack(1), "ACKED"), (4, v(80), "LAKED"), (5, v(91), "ACKED")],
    ),
    "shelf runs out, still true: annunciated again as a new occurrence": (
        high(),
        [(0, v(91), "UNACK"), (1, ack(1), "ACKED"), (2, Shelve(60 * S, "li", "test"), "SHLVD"), (59, Tick(), "SHLVD"), (60, Tick(), "UNACK"), (61, ack(2), "ACKED")],
    ),
    "shelf runs out, gone meanwhile": (
        high(),
        [(0, v(91), "UNACK"), (1, ack(1), "ACKED"), (2, Shelve(60 * S, "li", ""), "SHLVD"), (3, v(80), "SHLVD"), (60, Tick(), "NORM")],
    ),
    "shelved unheard of, gone unheard of": (
        high(),
        [(0, Shelve(60 * S, "li", ""), "SHLVD"), (1, v(91), "SHLVD"), (2, v(80), "SHLVD"), (3, Unshelve("li"), "NORM")],
    ),
    "heard, never acknowledged, shelved, gone: still asks to be acknowledged": (
        high(),
        [(0, v(91), "UNACK"), (1, Shelve(60 * S, "li", ""), "SHLVD"), (2, v(80), "SHLVD"), (60, Tick(), "RTNUN"), (61, ack(1), "NORM")],
    ),
    "heard, never acknowledged, came and went again under a shelf: somebody still has to acknowledge": (
        high(),
        [(0, v(91), "UNACK"), (1, v(80), "RTNUN"), (2, Shelve(60 * S, "li", ""), "SHLVD"), (3, v(91), "SHLVD"), (4, v(80), "SHLVD"), (60, Tick(), "RTNUN"), (61, ack(2), "NORM")],
    ),
    "raised under a shelf, sounds when it is lifted": (
        high(),
        [(0, Shelve(60 * S, "li", ""), "SHLVD"), (1, v(91), "SHLVD"), (60, Tick(), "UNACK"), (61, ack(1), "ACKED")],
    ),
    "precedence of overlays": (
        high(),
        [
            (0, v(91), "UNACK"),
            (1, Shelve(60 * S, "li", ""), "SHLVD"),
            (2, Mask("T1.LT/HH"), "DSUPR"),
            (3, TakeOutOfService("zhao", "WO-7"), "OOSRV"),
            (4, Unmask(), "OOSRV"),
            (5, ReturnToService("zhao"), "SHLVD"),
            (6, Suppress("zhao", "停用"), "DSUPR"),
            (7, Unsuppress("zhao"), "SHLVD"),
            (8, Unshelve("li"), "UNACK"),
        ],
    ),
    "latch survives an overlay": (
        high(latching=True),
        [(0, v(91), "UNACK"), (1, ack(1), "ACKED"), (2, Suppress("z", "停用"), "DSUPR"), (3, v(80), "DSUPR"), (4, Unsuppress("z"), "LAKED")],
    ),
    "not a number has no say": (high(), [(0, v(91), "UNACK"), (1, v(float("nan")), "UNACK"), (2, v("x"), "UNACK"), (3, v(None), "UNACK")]),
    "uncertain has no say": (high(), [(0, Reading(99.0, Quality.UNCERTAIN, Reason.LAST_USABLE, 0), "NORM")]),
    "a switch": (
        AlarmRule("S1", RuleKind.STATE, Priority.HIGH, limit=0.0),
        [(0, v(True), "NORM"), (1, v(False), "UNACK"), (2, v(0), "UNACK"), (3, v(1), "RTNUN")],
    ),
    "bad data speaks for itself": (
        AlarmRule("T1.LT", RuleKind.BAD, Priority.MEDIUM),
        [(0, v(5), "NORM"), (1, broken(), "UNACK"), (2, Reading(5, Quality.UNCERTAIN, Reason.STALE, 0), "UNACK"), (3, v(5), "RTNUN")],
    ),
    "a lost link is not a bad tag": (AlarmRule("T1.LT", RuleKind.BAD, Priority.MEDIUM), [(0, v(5), "NORM"), (1, lost(), "NORM")]),
}  # fmt: skip


@pytest.mark.parametrize("name", STORIES)
def test_story(name: str) -> None:
    rule, story = STORIES[name]
    told = Told(rule)
    for at, event, shown in story:
        assert told.tell(at, event) == shown, (at, event)


REFUSALS: dict[str, tuple[AlarmRule, list[tuple[float, Event]], Event, str]] = {
    "nothing to acknowledge": (high(), [(0, v(5))], ack(0), "stale_occurrence"),
    "an old occurrence": (high(), [(0, v(91)), (1, v(80)), (2, v(91))], ack(1), "stale_occurrence"),
    "twice": (high(), [(0, v(91)), (1, ack(1))], ack(1), "already_acknowledged"),
    "twice, and over": (high(), [(0, v(91)), (1, v(80)), (2, ack(1))], ack(1), "already_acknowledged"),
    "reset while active": (high(latching=True), [(0, v(91)), (1, ack(1))], Reset(1, "li"), "still_active"),
    "reset before acknowledging": (high(latching=True), [(0, v(91)), (1, v(80))], Reset(1, "li"), "not_acknowledged"),
    "reset of what does not latch": (high(), [(0, v(91)), (1, v(80))], Reset(1, "li"), "not_latched"),
    "shelved already": (high(), [(0, v(91)), (1, Shelve(9 * S, "li", ""))], Shelve(9 * S, "wu", ""), "already_shelved"),
    "shelve into the past": (high(), [(0, v(91))], Shelve(1 * S, "li", ""), "bad_shelve_time"),
    "not shelved": (high(), [(0, v(91))], Unshelve("li"), "not_shelved"),
    "not suppressed": (high(), [], Unsuppress("li"), "not_suppressed"),
    "in service": (high(), [], ReturnToService("li"), "not_out_of_service"),
    "ended unheard under a shelf": (
        high(),
        [(0, Shelve(60 * S, "li", "")), (1, v(91)), (2, v(80)), (3, Unshelve("li"))],
        ack(1),
        "stale_occurrence",
    ),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_refusal_changes_nothing(name: str) -> None:
    rule, before, event, code = REFUSALS[name]
    told = Told(rule)
    for at, earlier in before:
        told.tell(at, earlier)
    kept = told.state
    with pytest.raises(Refused) as refused:
        told.tell(5, event)
    assert refused.value.code == code
    assert told.state == kept


def test_what_is_heard() -> None:
    """Annunciations: every raise that is not under an overlay, and every come-back from one; nothing else."""
    told = Told(high(latching=True))
    for at, event in (
        (0, v(91)), (1, v(80)), (2, v(91)), (3, ack(1)), (4, v(80)), (5, v(91)),
        (6, Shelve(9 * S, "li", "")), (9, Tick()), (10, Suppress("z", "x")), (11, Unsuppress("z")),
    ):  # fmt: skip
        told.tell(at, event)
    heard = [(one.what, one.occurrence) for one in told.happened if one.annunciate]
    assert heard == [
        (What.RAISED, 1),
        (What.ACTIVE_AGAIN, 1),
        (What.RAISED, 2),
        (What.REANNOUNCED, 2),
    ]


def test_lost_source_is_marked_and_unmarked() -> None:
    told = Told(high())
    told.tell(0, v(91))
    told.tell(1, lost())
    assert told.state.source_lost_since == 1 * S
    told.tell(2, lost())
    assert told.state.source_lost_since == 1 * S
    told.tell(3, v(91))
    assert told.state.source_lost_since is None
    assert [one.what for one in told.happened] == [What.RAISED, What.SOURCE_LOST, What.SOURCE_BACK]


@pytest.mark.parametrize(
    ("rule", "story", "due"),
    [
        (high(on_delay=5 * S), [(1, v(91))], 6 * S),
        (high(on_delay=5 * S), [(1, v(91)), (3, broken())], None),
        (high(on_delay=5 * S, stale=3 * S), [(1, v(91))], None),
        (high(off_delay=5 * S), [(0, v(91)), (1, v(80))], 6 * S),
        (high(), [(0, v(91)), (1, Shelve(60 * S, "li", ""))], 60 * S),
        (high(), [(0, v(91))], None),
    ],
)
def test_deadline(rule: AlarmRule, story: list[tuple[float, Event]], due: int | None) -> None:
    told = Told(rule)
    for at, event in story:
        told.tell(at, event)
    assert deadline(rule, told.state) == due


@pytest.mark.parametrize(
    ("rules", "value", "band"),
    [
        ([high(90), low(10)], 50, (10, 90)),
        ([high(90, deadband=2.0), low(10)], 95, (88, float("inf"))),
        ([low(10, deadband=2.0)], 5, (float("-inf"), 12)),
        ([AlarmRule("S", RuleKind.STATE, Priority.LOW, 1.0)], 0, (float("-inf"), 1)),
        ([AlarmRule("S", RuleKind.STATE, Priority.LOW, 0.0)], 1, (0, float("inf"))),
        ([high(90, on_delay=S)], 95, None),
    ],
)
def test_quiet_band(rules: list[AlarmRule], value: float, band: tuple[float, float] | None) -> None:
    pairs = []
    for rule in rules:
        state, _ = step(rule, RuleState(), v(value), 0, 1)
        pairs.append((rule, state))
    assert quiet_band(pairs) == band

"""What a sample becomes: quality, order, range, staleness. Real engine and table, hand-turned clocks."""

from math import inf, nan

import pytest

from app.domain.alarm import RuleKind
from app.domain.instant import SECOND
from app.domain.plant import Source
from app.domain.rules import rules_of
from app.domain.sample import Quality, Reason, Sample, Value
from app.domain.tag import DataType, Limits, Tag
from app.station.changes import Change
from app.station.engine import Engine
from app.station.ingest import Ingest
from app.station.links import Link
from app.station.table import Slot, TagTable
from tests.station.rig import tag

START = 1_000_000 * SECOND


class Bench:
    """One tag of one source."""

    def __init__(self, made: Tag, driver: str = "modbus_tcp") -> None:
        self.at = START
        self.happened: list[Change] = []
        source = Source("dcs", driver, "tcp://x", period_s=1.0)
        self.engine = Engine(1, self.happened.append)
        watch = self.engine.add(made.tag, rules_of(made, source), {})
        self.slot = Slot(made, source, watch, self.at)
        self.kept: list[Sample] = []
        self.ingest = Ingest(TagTable([self.slot]), self.engine, lambda: self.at, self.kept.append, lambda: self.at / SECOND)
        self.link = Link(source, [self.slot], self.at)
        self.ingest.link_up(self.link, self.at)

    def say(
        self, value: Value | None, quality: Quality = Quality.GOOD, reason: Reason = Reason.NONE, ago: float = 0.0
    ) -> Sample:
        """A second later the tag says so; its sample in the table after that."""
        self.at += SECOND
        at = self.at - round(ago * SECOND)
        self.ingest.publish(self.link, [Sample("T1", value, quality, reason, at, self.at)])
        return self.slot.sample

    def active(self) -> set[RuleKind]:
        return {rule.kind for rule, state in self.engine.pairs() if state.active}


def short(sample: Sample) -> tuple[Value | None, str, str]:
    return sample.value, sample.quality.value, sample.reason.value


@pytest.mark.parametrize(
    ("made", "value", "expected"),
    [
        (tag("T1"), 50.0, (50.0, "good", "")),
        (tag("T1"), 50, (50, "good", "")),
        (tag("T1"), nan, (None, "bad", "sensor_failure")),
        (tag("T1"), inf, (None, "bad", "sensor_failure")),
        (tag("T1"), "50", (None, "bad", "wrong_type")),
        (tag("T1"), True, (None, "bad", "wrong_type")),
        (tag("T1"), 100.9, (100.9, "good", "")),
        (tag("T1"), 101.1, (101.1, "uncertain", "out_of_range")),
        (tag("T1"), -1.1, (-1.1, "uncertain", "out_of_range")),
        (tag("T1", range_low=None), 1e9, (1e9, "good", "")),
        (tag("T1", data_type=DataType.BOOL, limits=Limits()), True, (True, "good", "")),
        (tag("T1", data_type=DataType.BOOL, limits=Limits()), 1, (1, "good", "")),
        (tag("T1", data_type=DataType.BOOL, limits=Limits()), 2, (None, "bad", "wrong_type")),
        (tag("T1", data_type=DataType.BOOL, limits=Limits()), nan, (None, "bad", "wrong_type")),
        (tag("T1", data_type=DataType.INT16), 7, (7, "good", "")),
        (tag("T1", data_type=DataType.INT16), 7.5, (7.5, "good", "")),
    ],
)
def test_what_a_value_is_worth(made: Tag, value: Value, expected: tuple[Value | None, str, str]) -> None:
    bench = Bench(made)
    assert short(bench.say(value)) == expected
    assert len(bench.kept) == 2  # the coming of the link, and this


@pytest.mark.parametrize(
    ("before", "value", "active"),
    [
        (50.0, 120.0, {RuleKind.HH, RuleKind.H, RuleKind.BAD}),  # an alarm is not lost because the value leaves the range
        (50.0, 103.0, {RuleKind.HH, RuleKind.H}),
        (50.0, -3.0, {RuleKind.LL, RuleKind.L}),
        (5.0, 120.0, {RuleKind.LL, RuleKind.L, RuleKind.HH, RuleKind.H, RuleKind.BAD}),  # failed high clears no low alarm
        (95.0, -20.0, {RuleKind.LL, RuleKind.L, RuleKind.HH, RuleKind.H, RuleKind.BAD}),
    ],
)
def test_beyond_the_range(before: float, value: float, active: set[RuleKind]) -> None:
    bench = Bench(tag("T1"))
    bench.say(before)
    bench.say(value)
    assert bench.active() == active
    bench.say(50.0)
    assert bench.active() == set()


@pytest.mark.parametrize(
    ("ranged", "value", "active"),
    [
        (True, 95.0, {RuleKind.HH, RuleKind.H}),
        (True, 1.0, {RuleKind.LL, RuleKind.L}),
        (False, 95.0, {RuleKind.HH, RuleKind.H}),
        (False, 1.0, {RuleKind.LL, RuleKind.L}),
    ],
)
def test_beyond_its_range_by_the_word_of_the_device(ranged: bool, value: float, active: set[RuleKind]) -> None:
    """EngineeringUnitsExceeded within what we take for the range: an overfill may come this way and must alarm."""
    bench = Bench(tag("T1") if ranged else tag("T1", range_low=None))
    bench.say(50.0)
    bench.say(value, Quality.UNCERTAIN, Reason.OUT_OF_RANGE)
    assert bench.active() == active


def test_the_last_known_value_stays_with_its_time() -> None:
    bench = Bench(tag("T1"))
    known_at = bench.say(50.0).source_time
    lost = bench.say(None, Quality.BAD, Reason.TIMEOUT)
    assert (lost.value, lost.source_time, lost.receive_time) == (50.0, known_at, bench.at)
    assert bench.kept[-1].value is None  # the historian gets the moment of the loss
    assert bench.kept[-1].source_time == bench.at
    bench.ingest.link_lost(bench.link, "gone", bench.at)
    assert short(bench.slot.sample) == (50.0, "bad", "comm_lost")
    assert bench.slot.sample.source_time == known_at
    bench.ingest.link_up(bench.link, bench.at)
    assert short(bench.slot.sample) == (50.0, "uncertain", "no_data_yet")


def test_an_alarm_hears_that_its_source_is_gone_unless_something_newer_came_first() -> None:
    for newer in (False, True):
        bench = Bench(tag("T1"))
        bench.say(95.0)
        lost_at = bench.at
        bench.ingest.link_lost(bench.link, "gone", lost_at)
        turns = bench.ingest.alarms_hear_loss(bench.link, lost_at)
        if newer:
            bench.ingest.link_up(bench.link, bench.at)
            bench.say(96.0)
        assert list(turns) == []
        assert bench.engine.state("T1/H").source_lost_since == (None if newer else lost_at)
        assert bench.active() == {RuleKind.HH, RuleKind.H}


def test_a_late_sample_is_kept_and_raises_but_shows_and_clears_nothing() -> None:
    bench = Bench(tag("T1"))
    bench.say(50.0)
    assert bench.say(95.0, ago=5).value == 50.0
    assert bench.active() == {RuleKind.HH, RuleKind.H}
    bench.say(96.0)
    bench.say(50.0, ago=5)
    assert bench.active() == {RuleKind.HH, RuleKind.H}
    assert [s.value for s in bench.kept[1:]] == [50.0, 95.0, 96.0, 50.0]


def test_loss_is_never_late() -> None:
    bench = Bench(tag("T1"))
    bench.say(50.0)
    assert short(bench.say(None, Quality.BAD, Reason.DEVICE_FAILURE, ago=3600)) == (50.0, "bad", "device_failure")


def test_a_device_clock_that_was_set_back_counts_anew_after_half_a_minute() -> None:
    bench = Bench(tag("T1"))
    bench.say(95.0)
    seen = [bench.say(50.0, ago=3600).value for _ in range(40)]
    assert seen[0] == 95.0
    assert seen[-1] == 50.0
    assert bench.active() == set()


def test_a_source_time_of_the_future_does_not_make_everything_after_it_late() -> None:
    bench = Bench(tag("T1"))
    assert bench.say(95.0, ago=-86_400).source_time == bench.at
    bench.say(50.0)
    assert bench.active() == set()
    assert bench.link.clock_faults == 1


@pytest.mark.parametrize(
    ("driver", "more", "stale_after"),
    [
        ("modbus_tcp", {}, 10),
        ("modbus_tcp", {"period_s": 5.0}, 15),
        ("modbus_tcp", {"stale_s": 3.0}, 3),
        ("opcua", {}, None),
        ("opcua", {"stale_s": 4.0}, 4),
    ],
)
def test_silence(driver: str, more: dict[str, float], stale_after: int | None) -> None:
    bench = Bench(tag("T1", **{"stale_s": None, **more}), driver)
    bench.say(50.0)
    found = None
    for second in range(60):
        bench.at += SECOND
        bench.ingest.sweep()
        if found is None and bench.slot.sample.reason is Reason.STALE:
            found = second
    assert found == stale_after
    assert bench.active() == (set() if stale_after is None else {RuleKind.BAD})


@pytest.mark.parametrize(("heard_again", "active"), [(True, set()), (False, {RuleKind.BAD})])
def test_the_stations_own_stall_is_not_the_fields_silence(heard_again: bool, active: set[RuleKind]) -> None:
    """Forty tags must not alarm because the station was suspended; but whoever stays silent after it does."""
    bench = Bench(tag("T1", stale_s=10.0))
    bench.say(50.0)
    bench.ingest.sweep()
    bench.at += 20 * SECOND
    bench.ingest.sweep()
    assert bench.active() == set()
    for _ in range(8):
        if heard_again:
            bench.say(50.0)
        else:
            bench.at += SECOND
        bench.ingest.sweep()
    assert bench.active() == active


def test_a_sample_of_another_source_is_refused() -> None:
    bench = Bench(tag("T1"))
    other = Link(Source("gds", "modbus_tcp", "tcp://y"), [], bench.at)
    bench.ingest.publish(other, [Sample("T1", 95.0, Quality.GOOD, Reason.NONE, bench.at, bench.at)])
    assert bench.slot.sample.value is None
    assert other.foreign == 1


def test_a_quiet_value_does_not_reach_the_alarm_rules(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench(tag("T1"))
    bench.say(50.0)
    heard = []
    monkeypatch.setattr(bench.engine, "reading", lambda watch, reading, now: heard.append(reading.value))
    for value in (51.0, 79.9, 20.1, 80.0, 20.0):
        bench.say(value)
    assert heard == [80.0, 20.0]


def last_word(bench: Bench) -> Value | None:
    """What the history holds from now on: the newest by source time, of equal times the last that came."""
    newest = max(one.source_time for one in bench.kept)
    return [one for one in bench.kept if one.source_time == newest][-1].value


@pytest.mark.parametrize(
    "ages",
    [
        [5.0],  # it rested while the link was away
        [60.0, 40.0, 20.0],  # what a server held back
        [300.0, 0.5],  # rested, then changed: told with a clock that is a little behind
        [10.0, 10.0, 10.0],
        [0.0, 0.0],
    ],
)
def test_after_a_loss_the_history_ends_with_what_came_last(ages: list[float]) -> None:
    bench = Bench(tag("T1"))
    for number, age in enumerate(ages):
        bench.say(40.0 + number, ago=age)
        assert last_word(bench) == 40.0 + number


def test_a_clock_that_is_behind_doubles_no_sample_for_good() -> None:
    bench = Bench(tag("T1"))
    for _ in range(40):
        bench.say(50.0, ago=10.0)
    assert len(bench.kept) == 1 + 40 + 10  # the loss, each as it came, and again until its times have caught up
    assert bench.slot.behind_until == 0

"""Figures of an alarm system: each against a table or against the plainest way to count it."""

from datetime import UTC, datetime
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.flood import Flood, flood_step
from app.domain.instant import DAY, HOUR, MINUTE, SECOND
from app.domain.kpi import Alarmed, figures, flood_time, percentile, rubber_stamps
from app.domain.kpi_grade import judge, system_grade
from app.domain.kpi_groups import groups
from app.domain.settings.kpi import KpiSettings


def alarmed(raised_s: float, tag: str = "T", **more: object) -> Alarmed:
    """Times in seconds."""
    times = {key: round(more.pop(key) * SECOND) for key in ("cleared", "acked") if more.get(key) is not None}  # type: ignore[operator]
    more.pop("cleared", None), more.pop("acked", None)
    given = {"rule": "H", "priority": "high", "equipment": "V"} | more
    return Alarmed(round(raised_s * SECOND), times.get("cleared"), times.get("acked"), tag, **given)  # type: ignore[arg-type]


def test_rates_and_peak() -> None:
    """Twelve in the first ten minutes, one in each of the next five slots of an hour."""
    alarms = [alarmed(n * 10, f"T{n}") for n in range(12)] + [alarmed(600 * n, "X") for n in range(1, 6)]
    found = figures(alarms, 0, HOUR, HOUR)
    assert (found.count, found.points, found.slots, found.peak_slot, found.peak_at) == (17, 13, 6, 12, 0)
    assert found.per_slot == pytest.approx(17 / 6) and found.per_hour == 17.0
    assert found.slots_over == 1 and found.disturbance == pytest.approx(1 / 6)
    assert found.hours_over_30 == 0


@pytest.mark.parametrize(
    "times, repeated, chattering",
    [
        ([0, 301], 0, 0),
        ([0, 300], 1, 0),  # within five minutes, both ends counted
        ([0, 30, 60], 2, 1),  # three within a minute
        ([0, 30, 61], 2, 0),
        ([0, 10, 20, 30, 40, 400, 410, 420], 6, 1),  # two bursts of one alarm are one chattering alarm
    ],
)
def test_repeats_and_chatter(times: list[int], repeated: int, chattering: int) -> None:
    found = figures([alarmed(at) for at in times], 0, HOUR, HOUR)
    assert (found.repeated, found.chattering, found.repeated_points) == (repeated, chattering, int(repeated > 0))


def test_the_worst_ten_and_their_share() -> None:
    alarms = sorted(alarmed(n * 400 + k, f"T{k}") for k in range(20) for n in range(20 - k))
    found = figures(alarms, 0, DAY, DAY)
    assert [one.count for one in found.actors] == list(range(20, 10, -1))
    assert found.top_share == pytest.approx(sum(range(11, 21)) / sum(range(1, 21)))


def test_standing_stale_and_long() -> None:
    day = 86_400
    alarms = [
        alarmed(-2 * day, "old"),  # raised before the span, still standing, for more than a day
        alarmed(10, "long", cleared=10 + 9 * 3600),
        alarmed(20, "short", cleared=29),
        alarmed(day - 60, "new"),
    ]
    found = figures(alarms, 0, DAY, DAY)
    assert (found.count, found.standing, found.stale, found.fleeting) == (3, 2, 1, 1)
    assert found.long_standing_per_day == 1.0


def test_acknowledgement_times_by_priority() -> None:
    alarms = [alarmed(n * 1000, acked=n * 1000 + n + 3, priority="high" if n % 2 else "low", acked_by="a") for n in range(20)]
    found = figures(alarms, 0, DAY, DAY)
    assert found.ack[""].count == 20 and found.ack[""].median_s == 12.5 and found.ack[""].p95_s == 21.0
    assert set(found.ack) == {"", "high", "low"} and (found.acks, found.unacknowledged, found.stamped) == (20, 0, 0)


def test_returned_before_anybody_acknowledged() -> None:
    alarms = [alarmed(0, cleared=5), alarmed(1, cleared=5, acked=4), alarmed(2, cleared=5, acked=6), alarmed(3)]
    assert figures(alarms, 0, HOUR, HOUR).returned_unacked == 0.5


def test_percentile_is_the_nearest_rank() -> None:
    assert [percentile(list(range(1, n + 1)), 0.95) for n in (1, 10, 20, 100)] == [1, 10, 19, 95]


sometimes = st.lists(st.integers(0, 7200), max_size=80).map(sorted)


@given(sometimes)
def test_flood_time_by_the_rule_of_the_station(seconds: list[int]) -> None:
    """Second by second through the very step the station takes."""
    flood, count, floods = Flood(), 0, 0
    for now in range(10_000):
        new = seconds.count(now)
        before, flood = flood.active, flood_step(flood, now * SECOND, new)
        floods += flood.active and not before
        count += flood.active
    assert flood_time([at * SECOND for at in seconds], 0, 10_000 * SECOND) == (count * SECOND, floods)


@given(st.lists(st.tuples(st.integers(0, 300), st.integers(0, 30), st.sampled_from("ab")), max_size=40))
def test_rubber_stamps_by_looking_at_every_window(acks: list[tuple[int, int, str]]) -> None:
    alarms = [alarmed(at, acked=at + took, acked_by=who) for at, took, who in acks]
    expected = 0
    for one in alarms:
        mine = sorted(other.acked or 0 for other in alarms if other.acked_by == one.acked_by)
        sooner = one.acked - one.raised < 2 * SECOND  # type: ignore[operator]
        in_burst = any(
            begin <= one.acked <= begin + 10 * SECOND and sum(begin <= at <= begin + 10 * SECOND for at in mine) > 5  # type: ignore[operator]
            for begin in mine
        )
        expected += sooner or in_burst
    assert rubber_stamps(alarms) == expected


def test_an_empty_span_has_no_shares() -> None:
    found = figures([], 0, DAY, DAY)
    assert (found.count, found.top_share, found.returned_unacked, found.peak_at, found.ack) == (0, None, None, None, {})
    assert {one.name: one.grade for one in judge(found, KpiSettings())}["top_share_pct"] == ""
    assert system_grade(found) == "可预测的"


@pytest.mark.parametrize("per_ten, word", [(0, "可预测的"), (1, "鲁棒的"), (2, "稳定的"), (8, "反应性的"), (30, "超负荷的")])
def test_grade_of_the_whole(per_ten: int, word: str) -> None:
    alarms = [alarmed(slot * 600 + 600 * n / max(1, per_ten), f"T{n}") for slot in range(144) for n in range(per_ten)]
    assert system_grade(figures(alarms, 0, DAY, DAY)) == word


def test_limits_are_good_up_to_and_bad_from() -> None:
    alarms = [alarmed(n * 60, f"T{n}") for n in range(10)]
    judged = {one.name: one for one in judge(figures(alarms, 0, 10 * MINUTE, HOUR), KpiSettings())}
    assert (judged["peak_slot"].grade, judged["per_slot"].grade) == ("good", "bad")


def test_groups() -> None:
    at = datetime(2026, 8, 31, 23, 30, tzinfo=UTC).timestamp()
    alarms = [
        alarmed(at, "A", cleared=at + 9, acked=at + 5, acked_by="李明"),
        alarmed(at + 1800, "B", acked=at + 1900, acked_by="李明"),
        alarmed(at + 1801, "@gds", rule="LINK", equipment=""),
    ]
    found = groups(alarms, {"A": "level", "B": "pressure"}, {"V": "罐区"}, lambda t: datetime.fromtimestamp(t / SECOND, UTC))
    assert (found.handled, found.open, found.unhandled) == (1, 1, 1)
    assert dict(found.days) == {"2026-08-31": 1, "2026-09-01": 2} and found.hours[0] == 2
    assert dict(found.seasons) == {"spring": 0, "summer": 1, "autumn": 2, "winter": 0}
    assert dict(found.classes) == {"level": 1, "pressure": 1, "system": 1} and dict(found.areas) == {"罐区": 2, "": 1}
    assert all(earlier <= later for earlier, later in pairwise(found.days))

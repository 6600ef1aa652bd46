"""Points in time: there and back, cut at the millisecond, and no time without its offset."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.instant import DAY, HOUR, MINUTE, SECOND, from_datetime, from_rfc3339, seconds, to_datetime, to_rfc3339

_1601 = -11_644_473_600 * SECOND  # where the times of OPC UA begin
_9999 = 253_402_300_799_999_999
anytime = st.integers(_1601, _9999)
QUICK = settings(deadline=None, database=None)


@QUICK
@given(anytime)
def test_text_and_back_cuts_below_the_millisecond(at: int) -> None:
    text = to_rfc3339(at)
    assert len(text) == len("2026-11-21T02:40:00.250Z")
    assert from_rfc3339(text) == at // 1000 * 1000
    assert to_rfc3339(from_rfc3339(text)) == text


@QUICK
@given(anytime, anytime)
def test_texts_sort_as_times_do(one: int, other: int) -> None:
    assert (to_rfc3339(one) <= to_rfc3339(other)) == (one // 1000 <= other // 1000)


@QUICK
@given(anytime)
def test_datetime_and_back_is_exact(at: int) -> None:
    assert from_datetime(to_datetime(at)) == at
    assert to_datetime(at).tzinfo is UTC


@pytest.mark.parametrize(
    ("at", "text"),
    [
        (0, "1970-01-01T00:00:00.000Z"),
        (1_795_228_800_250_000, "2026-11-21T02:40:00.250Z"),
        (1_795_228_800_250_999, "2026-11-21T02:40:00.250Z"),
        (1_795_228_800_999_999, "2026-11-21T02:40:00.999Z"),
        (999, "1970-01-01T00:00:00.000Z"),
        (-1, "1969-12-31T23:59:59.999Z"),
        (951_782_400_000_000, "2000-02-29T00:00:00.000Z"),
    ],
)
def test_written(at: int, text: str) -> None:
    assert to_rfc3339(at) == text


def test_the_kept_texts_never_answer_for_another_second() -> None:
    for whole in [*range(2000), *range(2000)]:
        assert from_rfc3339(to_rfc3339(whole * SECOND + 7000)) == whole * SECOND + 7000


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("2026-11-21T10:40:00.250+08:00", "2026-11-21T02:40:00.250Z"),
        ("2026-11-21 02:40:00Z", "2026-11-21T02:40:00.000Z"),
        ("2026-11-20T21:10:00-05:30", "2026-11-21T02:40:00.000Z"),
        ("2026-11-21T02:40:00.2509999Z", "2026-11-21T02:40:00.250Z"),
        ("2027-01-01T07:59:59+08:00", "2026-12-31T23:59:59.000Z"),
    ],
)
def test_read(text: str, same: str) -> None:
    assert to_rfc3339(from_rfc3339(text)) == same


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-21T02:40:00",
        "2026-11-21",
        "",
        "昨天",
        "2026-02-30T00:00:00Z",
        "2026-11-21T25:00:00Z",
        "2026-11-21T02:40:00+25:00",
    ],
)
def test_refused(text: str) -> None:
    with pytest.raises(ValueError):
        from_rfc3339(text)


def test_datetimes_of_other_zones_and_of_none() -> None:
    beijing = timezone(timedelta(hours=8))
    assert from_datetime(datetime(1970, 1, 1, 8, 0, 0, 5, tzinfo=beijing)) == 5
    assert from_datetime(datetime(1970, 1, 2)) == DAY  # noqa: DTZ001  naive on purpose: read as UTC


@pytest.mark.parametrize(
    ("span", "exact"),
    [
        (0, 0),
        (1, SECOND),
        (0.1, 100_000),
        (1e-6, 1),
        (0.29, 290_000),
        (60, MINUTE),
        (3600, HOUR),
        (86400, DAY),
        (-1.5, -1_500_000),
    ],
)
def test_seconds(span: float, exact: int) -> None:
    assert seconds(span) == exact

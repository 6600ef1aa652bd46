"""The pyramid against all samples: extremes survive, gaps stay gaps, grown and filled are the same."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from widgets.trend.pyramid import Pyramid

series = st.lists(st.one_of(st.floats(-1e6, 1e6), st.none()), min_size=1, max_size=300)


def grown(values: list[float | None], times: int = 1) -> Pyramid:
    made = Pyramid()
    for n, value in enumerate(values * times):
        if value is None:
            made.gap()
        else:
            made.append(float(n), value)
    return made


@settings(max_examples=100, deadline=None)
@given(series, st.integers(1, 20), st.integers(4, 400))
def test_extremes_survive(values: list[float | None], times: int, pixels: int) -> None:
    made = grown(values, times)
    good = [value for value in values if value is not None]
    _, y = made.view(-1, 1e9, pixels)
    y = y[np.isfinite(y)]
    if good:
        assert (y.min(), y.max()) == (min(good), max(good))
    else:
        assert len(y) == 0


@settings(max_examples=100, deadline=None)
@given(series, st.integers(1, 20), st.integers(4, 400))
def test_no_line_is_drawn_over_a_gap(values: list[float | None], times: int, pixels: int) -> None:
    """Between the last good sample and the next one stands a NaN, at every level, unless both fall on one drawn point."""
    made = grown(values, times)
    x, y = made.view(-1, 1e9, pixels)
    joined = [(x[i], x[i + 1]) for i in range(len(x) - 1) if np.isfinite(y[i]) and np.isfinite(y[i + 1])]
    bucket = max(1, len(values) * times // max(pixels // 2, 1)) * 2
    gaps = [n for n, value in enumerate(values * times) if value is None]
    for a, b in joined:
        hidden = [n for n in gaps if a < n < b and b - a > bucket]
        assert not hidden, (a, b, hidden[:3])


@settings(max_examples=60, deadline=None)
@given(series, st.integers(1, 10))
def test_filled_at_once_is_the_same_as_grown(values: list[float | None], times: int) -> None:
    one, other = grown(values, times), Pyramid()
    every = values * times
    other.fill(np.arange(len(every), dtype=float), np.array([np.nan if value is None else value for value in every]))
    a, b = one.view(-1, 1e9, 10_000), other.view(-1, 1e9, 10_000)
    assert np.array_equal(a[0], b[0]) and np.array_equal(a[1], b[1], equal_nan=True)
    assert (one.count, one._breaks) == (other.count, other._breaks)
    assert one.broken == other.broken or not one.count


@pytest.mark.parametrize("span", [100, 5_000, 86_400])
def test_a_view_is_about_two_points_a_pixel(span: int) -> None:
    made = Pyramid()
    made.fill(np.arange(86_400, dtype=float), np.sin(np.arange(86_400) / 300))
    x, _ = made.view(1000, 1000 + span, 800)
    assert len(x) <= 4 * 800


def test_values_hold_until_the_next_sample() -> None:
    made = grown([1.0, 2.0])
    x, y = made.view(0, 10, 100)
    assert list(zip(x, y, strict=True)) == [(0, 1), (1, 1), (1, 2)]
    assert made.value_at(0.5) == 1.0 and made.value_at(5) == 2.0 and made.value_at(-1) is None


def test_cursor_in_a_gap_reads_nothing() -> None:
    made = grown([1.0, None, None, 2.0, None])
    assert [made.value_at(t) for t in (0.0, 1.5, 3.0, 9.0)] == [1.0, None, 2.0, None]


def test_old_samples_are_forgotten_gaps_kept() -> None:
    made = grown([1.0, 2.0, None, 3.0, 4.0, None])
    made.trim(1.0)
    assert (made.start, made.count, made._breaks, made.broken) == (1.0, 3, [1], True)


def test_late_samples_are_left_to_history() -> None:
    made = grown([1.0, 2.0])
    made.append(0.5, 9.0)
    assert made.count == 2

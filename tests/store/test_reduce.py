"""Reduction for trends against a naive reading of its rule, sample by sample."""

import math

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.store.history_rollup import entries_of
from app.store.reduce import reduce, slots
from app.store.rows import Series

WORDS = ("good", "uncertain", "bad")
Row = tuple[int, float, int]  # source time, number, quality


def oracle(rows: list[Row], start: int, end: int, points: int, until: int | None) -> Series:
    n = max(1, min(points, end - start))
    out = Series("T", [], [], [], [], [])
    for i in range(n):
        low, high = start + (end - start) * i // n, start + (end - start) * (i + 1) // n
        inside = [row for row in rows if low <= row[0] < high]
        before = [row for row in rows if row[0] < low]
        state = before[-1] if before else None
        beyond = until is not None and low >= until
        numbers = [number for _, number, quality in inside if quality == 0 and math.isfinite(number)]
        qualities = [quality for _, _, quality in inside]
        starts_on_a_sample = bool(inside) and inside[0][0] == low
        if state is not None and not starts_on_a_sample and not (beyond and not inside):
            qualities.append(state[2])
        if not inside and state is not None and state[2] == 0 and math.isfinite(state[1]) and not beyond:
            numbers = [state[1]]
        out.t.append(low)
        out.min.append(min(numbers) if numbers else None)
        out.max.append(max(numbers) if numbers else None)
        out.mean.append(math.fsum(numbers) / len(numbers) if numbers else None)
        out.quality.append(WORDS[max(qualities)] if qualities else None)
    return out


numbers = st.one_of(st.floats(-1e6, 1e6), st.sampled_from([0.0, 1.0, float("nan"), float("inf")]))
rows = st.lists(st.tuples(st.integers(-20, 130), numbers, st.sampled_from([0, 0, 0, 1, 2])), max_size=40).map(
    lambda found: sorted(found, key=lambda row: row[0])
)


def reduced(found: list[Row], start: int, end: int, points: int, until: int | None = None) -> Series:
    found = [row for row in found if row[0] < end]
    source, number, quality = zip(*found, strict=True) if found else ((), (), ())
    entries = entries_of(np.array(source, np.int64), np.array(number, float), np.array(quality, np.uint16))
    return reduce("T", entries, slots(start, end, points).edges, until)


@given(rows, st.integers(-5, 60), st.integers(1, 100), st.integers(1, 40), st.one_of(st.none(), st.integers(0, 130)))
@example([(0, 1.0, 0), (1, 1.0, 2)], 0, 10, 5, None)
@example([], 0, 10, 5, 3)
def test_as_the_rule_says(found: list[Row], start: int, length: int, points: int, until: int | None) -> None:
    mine, expected = (
        reduced(found, start, start + length, points, until),
        oracle(found, start, start + length, points, until),
    )
    assert (mine.t, mine.min, mine.max, mine.quality) == (expected.t, expected.min, expected.max, expected.quality)
    for one, other in zip(mine.mean, expected.mean, strict=True):
        assert one == other or (one is not None and other is not None and math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-6))


@given(rows)
def test_the_mean_never_leaves_the_extremes(found: list[Row]) -> None:
    series = reduced(found, 0, 100, 7)
    for low, mean, high in zip(series.min, series.mean, series.max, strict=True):
        assert (low is None) == (mean is None) == (high is None)
        assert low is None or mean is None or high is None or low <= mean <= high


G, U, B = 0, 1, 2
CASES: dict[str, tuple[list[Row], list[float | None], list[str | None]]] = {
    # ten slots of 10 over [0, 100): value (min = max here) and quality
    "nothing": ([], [None] * 10, [None] * 10),
    "held from before": ([(-50, 7.0, G)], [7.0] * 10, ["good"] * 10),
    "unchanged for long": ([(0, 7.0, G), (90, 8.0, G)], [7.0] * 9 + [8.0], ["good"] * 10),
    "lost and back": (
        [(0, 7.0, G), (30, 7.0, B), (60, 9.0, G)],
        [7.0] * 3 + [None] * 3 + [9.0] * 4,
        ["good"] * 3 + ["bad"] * 3 + ["good"] * 4,
    ),
    "back within a slot": (
        [(0, 7.0, G), (30, 7.0, B), (65, 9.0, G)],
        [7.0] * 3 + [None] * 3 + [9.0] * 4,
        ["good"] * 3 + ["bad"] * 4 + ["good"] * 3,
    ),
    "uncertain is a gap too": ([(0, 7.0, G), (50, 7.0, U)], [7.0] * 5 + [None] * 5, ["good"] * 5 + ["uncertain"] * 5),
    "lost before": ([(-50, 7.0, G), (-10, 7.0, B)], [None] * 10, ["bad"] * 10),
    "good but no number": ([(0, math.nan, G), (50, 1.0, G)], [None] * 5 + [1.0] * 5, ["good"] * 10),
    "a blink of a loss": ([(0, 7.0, G), (51, 7.0, B), (52, 7.0, G)], [7.0] * 10, ["good"] * 5 + ["bad"] + ["good"] * 4),
}


@pytest.mark.parametrize("name", CASES)
def test_cases(name: str) -> None:
    found, value, quality = CASES[name]
    series = reduced(found, 0, 100, 10)
    assert (series.min, series.max, series.quality) == (value, value, quality)


def test_extremes_of_a_slot_survive() -> None:
    found = [(n, 5.0, G) for n in range(100)]
    found[42], found[77] = (42, 999.0, G), (77, -999.0, G)
    series = reduced(found, 0, 100, 5)
    assert (series.max[2], series.min[3]) == (999.0, -999.0)


def test_largest_floats_do_not_overflow_the_mean() -> None:
    series = reduced([(0, 1.7e308, G), (1, 1.7e308, G), (2, 1.6e308, G)], 0, 10, 1)
    assert series.mean[0] is not None
    assert 1.6e308 <= series.mean[0] <= 1.7e308

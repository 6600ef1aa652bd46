"""Flood: the edges of ISA-18.2 as a table, and the ten remembered times against a model that remembers all of them."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.flood import Flood, flood_step
from app.domain.instant import MINUTE, SECOND

START = 1_790_000_000 * SECOND
Rain = list[tuple[float, int]]  # minutes, annunciations then

STORIES: dict[str, tuple[Rain, bool, float | None]] = {
    "nothing": ([(0, 0)], False, None),
    "nine in ten minutes": ([(one, 1) for one in range(9)], False, None),
    "ten in ten minutes, since the tenth": ([(one, 1) for one in range(10)], True, 9),
    "ten at once": ([(3, 10)], True, 3),
    "a thousand at once": ([(3, 1000)], True, 3),
    "ten, the first just inside": ([(0, 1), (9.99, 9)], True, 9.99),
    "ten, the first ten minutes old": ([(0, 1), (10, 9)], False, None),
    "still five left: goes on": ([(0, 10), (5, 5), (14.99, 0)], True, 0),
    "four left: over": ([(0, 10), (5, 4), (10, 0)], False, None),
    "just before the ten fall out": ([(0, 10), (9.99, 0)], True, 0),
    "over, and begins anew": ([(0, 10), (20, 0), (21, 10)], True, 21),
    "over by time within the same step that brings a few": ([(0, 10), (30, 4)], False, None),
    "five every eight minutes: one flood all through": ([(one, 5) for one in range(0, 60, 8)], True, 8),
    "steady six in ten minutes keep a flood, though they would not begin one": (
        [(0, 10), *((5 + 1.5 * one, 1) for one in range(40))],
        True,
        0,
    ),
}


@pytest.mark.parametrize("name", STORIES)
def test_story(name: str) -> None:
    rain, active, since = STORIES[name]
    flood = Flood()
    for at, drops in rain:
        flood = flood_step(flood, START + round(at * MINUTE), drops)
    assert (flood.active, flood.since) == (active, None if since is None else START + round(since * MINUTE))


@settings(deadline=None, database=None)
@given(
    rain=st.lists(
        st.tuples(st.sampled_from([0, 1, SECOND, MINUTE, 2 * MINUTE, 5 * MINUTE, 10 * MINUTE]), st.integers(0, 15)), max_size=40
    )
)
def test_ten_times_are_enough_to_remember(rain: list[tuple[int, int]]) -> None:
    flood, now = Flood(), START
    every: list[int] = []
    active, since = False, None
    for lapse, drops in rain:
        now += lapse
        every += [now] * drops
        count = sum(now - 10 * MINUTE < at <= now for at in every)
        if active and count < 5:
            active, since = False, None
        elif not active and count >= 10:
            active, since = True, now
        flood = flood_step(flood, now, drops)
        assert (flood.active, flood.since) == (active, since)
        assert len(flood.recent) <= 10

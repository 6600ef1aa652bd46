"""Which notifications are missing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.opcua.order import following, missing, preceding

LAST = (1 << 32) - 1


@pytest.mark.parametrize(
    ("last", "number", "keepalive", "lost"),
    [
        (0, 1, False, ()),
        (0, 1, True, ()),
        (0, 0, True, ()),
        (0, 3, False, (1, 2)),
        (5, 6, False, ()),
        (5, 6, True, ()),
        (5, 5, True, ()),  # repeats the last number
        (5, 0, True, ()),
        (5, 8, False, (6, 7)),
        (5, 8, True, (6, 7)),
        (LAST, 1, False, ()),
        (LAST - 1, 2, False, (LAST, 1)),
        (5, 5, False, None),  # sent twice
        (5, 1, False, None),  # numbering begun anew
        (5, 1, True, None),
        (5, 0, False, None),
        (5, 38, False, tuple(range(6, 38))),
        (5, 39, False, None),  # more than anybody keeps
        (5, 1_000_000, False, None),
    ],
)
def test_missing(last: int, number: int, keepalive: bool, lost: tuple[int, ...] | None) -> None:
    assert missing(last, number, keepalive) == lost


@given(st.integers(1, LAST), st.integers(0, 30))
def test_the_missing_ones_close_the_gap(last: int, gap: int) -> None:
    lost = []
    number = last
    for _ in range(gap):
        number = following(number)
        lost.append(number)
    assert missing(last, following(number), keepalive=False) == tuple(lost)
    assert preceding(following(last)) == last

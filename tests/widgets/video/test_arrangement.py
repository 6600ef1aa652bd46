"""Walls: who stands where, groups, what is kept and read again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from widgets.video.arrangement import SIZES, Arrangement, columns_of, fitting, read_arrangement, with_kept

NAMES = [f"C{number}" for number in range(40)]


def test_a_camera_stands_once_in_a_group() -> None:
    wall = Arrangement(4, ("A", "B"))
    assert wall.put(0, 3, "A").group(0) == ("", "B", "", "A")
    assert wall.put(0, 0, "").group(0) == ("", "B", "", "")
    assert wall.swapped(0, 0, 3).group(0) == ("", "B", "", "A")


def test_what_does_not_fit_turns_in_groups() -> None:
    wall = fitting(NAMES[:10], "罐区", most=9)
    assert (wall.size, wall.groups, wall.turn_s > 0) == (9, 2, True)
    assert wall.group(1) == (NAMES[9], *[""] * 8)
    assert wall.group(2) == wall.group(0)
    assert wall.put(1, 2, "X").group(1)[:3] == (NAMES[9], "", "X")
    assert wall.resized(4).groups == 3
    assert fitting(NAMES[:3]).turn_s == 0


@given(st.lists(st.sampled_from(NAMES), unique=True, max_size=36), st.lists(st.sampled_from(SIZES), min_size=1, max_size=6))
def test_no_camera_is_lost_when_the_wall_gets_smaller(cameras: list[str], sizes: list[int]) -> None:
    wall = Arrangement(36, tuple(cameras))
    for size in sizes:
        wall = wall.resized(size)
        shown = [one for group in range(wall.groups) for one in wall.group(group) if one]
        assert shown == cameras
        assert all(len(wall.group(group)) == size for group in range(wall.groups))


@given(st.lists(st.tuples(st.integers(0, 8), st.sampled_from(["", *NAMES[:12]])), max_size=30))
def test_putting_never_doubles(moves: list[tuple[int, str]]) -> None:
    wall = Arrangement(9)
    for place, camera in moves:
        wall = wall.put(0, place, camera)
        assert wall.group(0)[place] == camera
        shown = [one for one in wall.group(0) if one]
        assert len(shown) == len(set(shown))
        assert wall.groups == 1


def test_kept_and_read_again() -> None:
    wall = Arrangement(16, ("A", "", "B"), 30, "夜间")
    assert read_arrangement(wall.kept()) == wall
    assert with_kept([wall, Arrangement(1, name="x")], Arrangement(4, name="夜间"))[-1].size == 4
    assert len(with_kept([wall], Arrangement(4, name="夜间"))) == 1
    assert wall.known(["B"]).cameras == ("", "", "B")


@pytest.mark.parametrize(
    "kept", [None, [], {}, {"size": 5, "cameras": []}, {"size": 4, "cameras": "A"}, {"size": 4, "cameras": [], "turn_s": True}]
)
def test_what_is_not_understood_is_left(kept: object) -> None:
    assert read_arrangement(kept) is None


@pytest.mark.parametrize(("size", "side"), [(1, 1), (4, 2), (9, 3), (16, 4), (25, 5), (36, 6)])
def test_walls_are_square(size: int, side: int) -> None:
    assert columns_of(size) == side

"""The station's clock beside a wall clock that misbehaves."""

import pytest

from app.domain.instant import HOUR, MINUTE, SECOND
from app.station.clock import StationClock


class Hands:
    def __init__(self) -> None:
        self.wall, self.steady = 1_000_000 * SECOND, 5 * SECOND

    def go(self, seconds: float, wall: float | None = None) -> None:
        self.steady += round(seconds * SECOND)
        self.wall += round((seconds if wall is None else wall) * SECOND)


def made() -> tuple[StationClock, Hands]:
    hands = Hands()
    return StationClock(lambda: hands.wall * 1000, lambda: hands.steady * 1000), hands


@pytest.mark.parametrize(
    ("moved", "adopted"), [(0.3, None), (-0.3, None), (5, False), (-5, False), (90, True), (-90, False), (-3600, False)]
)
def test_a_wall_that_is_set(moved: float, adopted: bool | None) -> None:
    clock, hands = made()
    hands.go(1)
    assert clock.check() is None
    hands.go(1, wall=1 + moved)
    before = clock.now()
    step = clock.check()
    assert (None if step is None else step.adopted) is adopted
    assert clock.now() >= before
    if step is not None:
        assert step.moved == round(moved * SECOND)
    hands.go(1)
    assert clock.check() is None  # reported once


def test_small_differences_are_slewed_away_and_time_never_runs_back() -> None:
    clock, hands = made()
    hands.go(1, wall=1 - 5)
    clock.check()
    last = clock.now()
    for _ in range(400):
        hands.go(0.5)
        assert clock.now() > last
        last = clock.now()
        hands.go(0.5)
        clock.check()
    assert abs(hands.wall - clock.now()) < SECOND // 100


def test_an_adopted_jump_lands_on_the_wall() -> None:
    clock, hands = made()
    hands.go(1, wall=HOUR / SECOND)
    clock.check()
    assert clock.now() == hands.wall
    hands.go(60)
    assert abs(clock.now() - hands.wall) < MINUTE // 1000


def test_a_process_put_aside_between_its_two_readings_sees_no_step() -> None:
    hands = Hands()
    absences = [0.0, 30.0]  # at the start none, at the first check half a minute

    def wall() -> int:
        if absences:
            hands.go(absences.pop(0))
        return hands.wall * 1000

    clock = StationClock(wall, lambda: hands.steady * 1000)
    hands.go(1)
    assert clock.check() is None
    assert clock.offset == 0 and clock.now() == hands.wall

"""A leak is smelt downwind, later with distance, and by the right heads."""

import pytest

from app.plant.dispersion import Detector, GasField, Release, concentration
from app.plant.geometry import LPG
from app.plant.physics import CHLORINE

WEST_WIND = 270.0
LEAK = Release(0.0, 0.0, 2.0, LPG.fluid, 0.0)


def at(x: float, y: float, wind: float = 3.0) -> float:
    """%LEL."""
    return concentration(LEAK, x, y, wind, WEST_WIND) * 100 / 2.1 * 100


@pytest.mark.parametrize(
    ("x", "y", "low", "high"),
    [(20, 0, 50, 200), (40, 0, 20, 60), (100, 0, 3, 15), (-10, 0, 0, 0), (20, 25, 0, 0.1), (40, 5, 5, 40)],
)
def test_two_kilograms_a_second_of_lpg_in_a_west_wind(x: float, y: float, low: float, high: float) -> None:
    assert low <= at(x, y) <= high


def test_concentration_falls_with_distance_and_with_wind() -> None:
    line = [at(x, 0) for x in (5, 10, 20, 40, 80, 160)]
    assert line == sorted(line, reverse=True)
    assert at(20, 0, wind=6.0) == pytest.approx(at(20, 0, wind=3.0) / 2)


def heads() -> GasField:
    return GasField(
        [
            Detector("near", 15, 0, LPG.fluid, False, 100),
            Detector("far", 60, 0, LPG.fluid, False, 100),
            Detector("upwind", -30, 0, LPG.fluid, False, 100),
            Detector("chlorine", 15, 0, CHLORINE, True, 5),
        ]
    )


def test_the_near_head_answers_first_and_the_far_one_after_the_cloud_has_come() -> None:
    field = heads()
    field.releases.append(LEAK)
    first: dict[str, int] = {}
    for second in range(1, 120):
        field.step(second, 1.0, 3.0, WEST_WIND)
        for tag, reading in field.readings.items():
            if reading > 5:
                first.setdefault(tag, second)
    assert 5 <= first["near"] < first["far"]
    assert first["far"] >= 20  # 60 m at 3 m/s
    assert "upwind" not in first and "chlorine" not in first
    assert field.readings["near"] <= 100


def test_readings_go_back_when_the_leak_is_closed() -> None:
    field = heads()
    field.releases.append(LEAK)
    for second in range(60):
        field.step(second, 1.0, 3.0, WEST_WIND)
    field.releases.clear()
    for second in range(60, 120):
        field.step(second, 1.0, 3.0, WEST_WIND)
    assert max(field.readings.values()) < 1.0

"""Numbers a process engineer would expect. Reference values: NIST WebBook, Perry, API 2000."""

from math import pi

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.plant import physics as p
from app.plant.geometry import LPG_PARTS


@pytest.mark.parametrize(
    ("fluid", "celsius", "megapascal"),
    [
        (p.PROPANE, 20.0, 0.8365),
        (p.PROPANE, 40.0, 1.3694),
        (p.BUTANE, 20.0, 0.2076),
        (p.BUTANE, 40.0, 0.3785),
        (p.METHANOL, 20.0, 0.01297),
        (p.METHANOL, 64.7, 0.1013),
        (p.BENZENE, 20.0, 0.01002),
        (p.BENZENE, 80.1, 0.1013),
        (p.CHLORINE, -34.0, 0.1013),
        (p.CHLORINE, 20.0, 0.68),
    ],
)
def test_vapour_pressure_agrees_with_tables_within_two_percent(fluid: p.Fluid, celsius: float, megapascal: float) -> None:
    assert p.vapour_pressure(fluid, celsius) == pytest.approx(megapascal, rel=0.02)


@pytest.mark.parametrize(("celsius", "low", "high"), [(-5, 0.2, 0.35), (20, 0.6, 0.8), (40, 1.0, 1.3), (50, 1.3, 1.6)])
def test_an_lpg_sphere_shows_the_pressure_its_operators_know(celsius: float, low: float, high: float) -> None:
    assert low < p.mixture_pressure(LPG_PARTS, celsius) - p.ATMOSPHERE < high


@pytest.mark.parametrize(
    ("fluid", "celsius", "kilograms"),
    [(p.METHANOL, 20, 791), (p.METHANOL, 40, 772), (p.BENZENE, 20, 879), (p.BENZENE, 40, 858), (p.PROPANE, 40, 471)],
)
def test_density(fluid: p.Fluid, celsius: float, kilograms: float) -> None:
    assert p.density(fluid, celsius) == pytest.approx(kilograms, rel=0.005)


@pytest.mark.parametrize(("height", "share"), [(0.0, 0.0), (7.85, 0.5), (15.7, 1.0), (0.804 * 15.7, 0.9)])
def test_a_full_sphere_of_15_7_m_holds_2026_cubic_metres(height: float, share: float) -> None:
    assert p.sphere_volume(height, 15.7) == pytest.approx(share * pi * 15.7**3 / 6, rel=0.001, abs=1e-9)


@given(st.floats(0.0, 15.7))
def test_level_and_volume_of_a_sphere_are_inverse(height: float) -> None:
    volume = p.sphere_volume(height, 15.7)
    assert p.sphere_volume(p.sphere_level(volume, 15.7), 15.7) == pytest.approx(volume, abs=0.03)


@pytest.mark.parametrize(("hour", "celsius"), [(15, 24.0), (3, 12.0), (9, 18.0), (21, 18.0)])
def test_the_day_is_warmest_at_three_in_the_afternoon(hour: float, celsius: float) -> None:
    assert p.air_temperature(hour, 18.0, 6.0) == pytest.approx(celsius)


@pytest.mark.parametrize(("hour", "share"), [(0, 0.0), (6, 0.0), (12, 1.0), (18, 0.0), (22, 0.0)])
def test_the_sun(hour: float, share: float) -> None:
    assert p.sun(hour) == pytest.approx(share, abs=1e-9)


@given(st.floats(-50, 50), st.floats(-50, 50), st.floats(0, 1e5), st.floats(0.1, 1e5))
def test_a_lag_never_overshoots(value: float, target: float, dt: float, constant: float) -> None:
    result = p.relax(value, target, dt, constant)
    assert min(value, target) - 1e-9 <= result <= max(value, target) + 1e-9


def test_a_lag_covers_63_percent_in_its_time_constant() -> None:
    assert p.relax(0.0, 100.0, 9.0, 9.0) == pytest.approx(63.2, abs=0.1)


def test_a_full_methanol_tank_follows_the_air_over_days_not_minutes() -> None:
    wall = pi * 14.5 * 13.5 + p.cylinder_area(14.5)
    hours = p.thermal_time_constant(2000, wall, 791, 2500, 5.0) / 3600
    assert 100 < hours < 500


@pytest.mark.parametrize(("net_inflow", "kilopascal"), [(0.0, 0.5), (0.025, 1.05), (-0.025, 0.3), (10.0, 1.75), (-10.0, -0.29)])
def test_a_blanketed_tank_breathes_between_its_relief_valves(net_inflow: float, kilopascal: float) -> None:
    assert p.blanket_pressure(0.5, net_inflow, 0.05) == pytest.approx(kilopascal)

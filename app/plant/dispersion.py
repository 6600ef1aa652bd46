"""How much of a leak reaches a gas detector: Gaussian plume, travel time, sensor lag. Pure; plant side.

Steady ground-level plume C = Q / (pi u sy sz) exp(-y2 / 2 sy2) with Briggs' open-country sigmas for class D (Briggs 1973,
as in the EPA's guides). Cold propane is heavier than air and would hug the ground more: near the source the true value is
higher. For a demonstration the order of magnitude and the direction are what counts.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import cos, exp, pi, radians, sin, sqrt

from app.plant.physics import Fluid, relax

MOLAR_VOLUME = 24.04
"""Litres a mole of gas takes at 20 C and 101.3 kPa."""


@dataclass(frozen=True, slots=True)
class Detector:
    """`full_scale` in the detector's unit; `lag` s is its 63 % time (a T90 of 20 s is a lag of about 9 s)."""

    tag: str
    x: float
    y: float
    fluid: Fluid
    in_ppm: bool
    full_scale: float
    lag: float = 9.0


@dataclass(frozen=True, slots=True)
class Release:
    """A leak: where, how much (kg/s), which gas, at which moment of the plant's clock (s) it began; `spread`: half width in
    metres that the jet and the equipment around it give the cloud at once (height: a third)."""

    x: float
    y: float
    rate: float
    fluid: Fluid
    since: float
    spread: float = 3.0


def concentration(release: Release, x: float, y: float, wind: float, wind_from: float) -> float:
    """Share of the gas in the air by volume (0..1) at a point, steady plume. Upwind only
    the first metres smell anything."""
    towards = radians(wind_from + 180.0)
    east, north = x - release.x, y - release.y
    along = east * sin(towards) + north * cos(towards)
    across = east * cos(towards) - north * sin(towards)
    if along < -release.spread:
        return 0.0
    reach = max(along, 4.0)
    sigma_y = 0.08 * reach / sqrt(1.0 + 0.0001 * reach)
    sigma_z = 0.06 * reach / sqrt(1.0 + 0.0015 * reach)
    sigma_y = sqrt(sigma_y * sigma_y + release.spread**2)
    sigma_z = sqrt(sigma_z * sigma_z + release.spread**2 / 9.0)
    mass = release.rate / (pi * max(wind, 0.5) * sigma_y * sigma_z) * exp(-across * across / (2.0 * sigma_y * sigma_y))
    moles = mass * 1000.0 / release.fluid.molar_mass
    return min(moles * MOLAR_VOLUME / 1000.0, 1.0)


@dataclass
class GasField:
    """All detectors and all leaks; `readings` in each detector's own unit (%LEL or ppm)."""

    detectors: Sequence[Detector]
    releases: list[Release] = field(default_factory=list)
    readings: dict[str, float] = field(init=False)

    def __post_init__(self) -> None:
        self.readings = {one.tag: 0.0 for one in self.detectors}

    def step(self, now: float, dt: float, wind: float, wind_from: float) -> None:
        for one in self.detectors:
            share = sum(
                concentration(release, one.x, one.y, wind, wind_from)
                for release in self.releases
                if _sees(one, release) and now - release.since >= _distance(one, release) / max(wind, 0.5)
            )
            scaled = share * 1e6 if one.in_ppm else share * 100.0 / (one.fluid.lel or 1.0) * 100.0
            self.readings[one.tag] = relax(self.readings[one.tag], min(scaled, one.full_scale), dt, one.lag)


def _sees(detector: Detector, release: Release) -> bool:
    """A catalytic or infrared head answers every burning gas; an electrochemical cell or a lamp only its own."""
    return detector.fluid is release.fluid if detector.in_ppm else release.fluid.lel is not None


def _distance(detector: Detector, release: Release) -> float:
    return sqrt((detector.x - release.x) ** 2 + (detector.y - release.y) ** 2)

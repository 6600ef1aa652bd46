"""Tanks of the demo plant: mass balance, temperature, pressure, high-high trip, and farms that pass product through them.

Deterministic: nothing here is random. Plant side. Volumes in m3, flows in m3/s, levels in m, pressures in the unit of the
tank's pressure tag (MPa gauge for spheres, kPa gauge for tanks under nitrogen).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import pi

from app.domain.tag import Limits
from app.plant.geometry import Vessel
from app.plant.physics import (
    ATMOSPHERE,
    blanket_pressure,
    cylinder_area,
    density,
    mixture_pressure,
    relax,
    sphere_level,
    sphere_volume,
    thermal_time_constant,
)
from app.plant.points import level_limits

BLANKET_KPA = 0.5
VENT_M3_S = 0.05
"""Flow that lifts the blanket by about 1 kPa: 180 m3/h through a DN100 vent."""
LIQUID_HEAT = 2200.0
"""J/(kg K): methanol 2500, LPG 2500, benzene 1730."""
COIL_KEEPS = 15.0
"""Benzene freezes at 5.5 C: a water coil holds it above this."""


@dataclass
class Tank:
    """`forced`: what an upset pushes in or draws out (time-lapsed: the vents do not see it)."""

    vessel: Vessel
    temperature: float
    volume: float = field(init=False)
    pressure: float = field(init=False)
    limits: Limits = field(init=False)
    inflow: float = 0.0
    outflow: float = 0.0
    forced: float = 0.0
    tripped: bool = False

    def __post_init__(self) -> None:
        self.limits = level_limits(self.vessel)
        self.volume = self._volume_at(self.vessel.fill * self.vessel.height)
        self.pressure = self._pressure()

    @property
    def is_sphere(self) -> bool:
        return self.vessel.item == "tank.sphere"

    @property
    def level(self) -> float:
        if self.is_sphere:
            return sphere_level(self.volume, self.vessel.diameter)
        return self.volume / cylinder_area(self.vessel.diameter)

    @property
    def capacity(self) -> float:
        return self._volume_at(self.vessel.height)

    @property
    def liquid_density(self) -> float:
        return density(self.vessel.chemical.fluid, self.temperature)

    def to_reach(self, level: float) -> float:
        """m3 still missing to a level; negative when it is passed."""
        return self._volume_at(level) - self.volume

    def step(self, dt: float, air: float, sun: float) -> None:
        """An independent switch closes the inlet a hand's breadth above HH and lets go below H."""
        high, trip = self.limits.h or 0.0, (self.limits.hh or 0.0) + 0.1
        level = self.level
        self.tripped = level >= trip or (self.tripped and level >= high)
        if self.tripped:
            self.inflow, self.forced = 0.0, min(self.forced, 0.0)
        gained = (self.inflow - self.outflow + self.forced) * dt
        self.volume = min(max(self.volume + gained, 0.0), self.capacity)
        before = self.liquid_density
        self.temperature = relax(self.temperature, self._ambient(air, sun), dt, self._lag())
        self.volume = min(self.volume * before / self.liquid_density, self.capacity)  # what is warmer takes more room
        self.pressure = relax(self.pressure, self._pressure(), dt, 8.0)

    def _ambient(self, air: float, sun: float) -> float:
        """Sun on a white tank lifts its balance temperature a few degrees above the air's."""
        warm = air + 6.0 * sun
        return max(warm, COIL_KEEPS) if self.vessel.area == "benzene" else warm

    def _lag(self) -> float:
        d, h = self.vessel.diameter, self.vessel.height
        wall = pi * d * d if self.is_sphere else pi * d * h + cylinder_area(d)
        return thermal_time_constant(self.volume, wall, self.liquid_density, LIQUID_HEAT, 5.0)

    def _pressure(self) -> float:
        if self.is_sphere:
            return mixture_pressure(self.vessel.chemical.parts, self.temperature) - ATMOSPHERE
        return blanket_pressure(BLANKET_KPA, self.inflow - self.outflow, VENT_M3_S)

    def _volume_at(self, level: float) -> float:
        if self.is_sphere:
            return sphere_volume(level, self.vessel.diameter)
        return min(level, self.vessel.height) * cylinder_area(self.vessel.diameter)


@dataclass
class Farm:
    """Tanks of one product: one receives, another delivers, the rest stand. `flow`: what comes in and goes out, m3/s."""

    tanks: Sequence[Tank]
    flow: float
    receiving: int
    delivering: int
    aim: float = field(init=False)

    def __post_init__(self) -> None:
        self.aim = self._stock()

    @property
    def sent(self) -> float:
        return self.tanks[self.delivering].outflow

    @property
    def received(self) -> float:
        return self.tanks[self.receiving].inflow

    def step(self, dt: float, air: float, sun: float) -> None:
        self._choose()
        # the supplier is asked for more when the stock falls: it stays where it began
        ask = min(max(1.0 + 8.0 * (self.aim - self._stock()) / self.aim, 0.5), 1.5)
        for index, tank in enumerate(self.tanks):
            tank.inflow = self.flow * ask if index == self.receiving and not tank.tripped else 0.0
            tank.outflow = self.flow if index == self.delivering else 0.0
            tank.step(dt, air, sun)

    def _choose(self) -> None:
        full, low = self.tanks[self.receiving], self.tanks[self.delivering]
        order = sorted(range(len(self.tanks)), key=lambda index: self.tanks[index].level / self.tanks[index].vessel.height)
        if full.tripped or full.level > 0.93 * (full.limits.h or 0.0):
            self.receiving = next(index for index in order if index != self.delivering)
        if low.level < (low.limits.l or 0.0) + 0.6:
            self.delivering = next(index for index in reversed(order) if index != self.receiving)

    def _stock(self) -> float:
        return sum(tank.volume for tank in self.tanks)

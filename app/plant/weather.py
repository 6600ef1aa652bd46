"""Wind and air over the demo plant: a day cycle and a slow random walk. Deterministic with its random source."""

from dataclasses import dataclass, field
from math import sqrt
from random import Random

from app.plant.physics import air_temperature, sun

MEAN_AIR = 18.0
SWING = 6.0
PREVAILING = 135.0
"""Degrees the wind comes from: south-east, as the wind rose of the plot plan shows."""
MEAN_WIND = 3.2


@dataclass
class Weather:
    """`wind_from` degrees clockwise from north, `wind` m/s at 10 m. An Ornstein-Uhlenbeck walk keeps both near their mean."""

    random: Random
    hour: float = 9.0
    wind: float = MEAN_WIND
    wind_from: float = PREVAILING
    air: float = field(init=False)

    def __post_init__(self) -> None:
        self.air = air_temperature(self.hour, MEAN_AIR, SWING)

    @property
    def sun(self) -> float:
        return sun(self.hour)

    def step(self, dt: float) -> None:
        self.hour = (self.hour + dt / 3600.0) % 24.0
        self.air = air_temperature(self.hour, MEAN_AIR, SWING)
        self.wind = max(0.4, _walk(self.random, self.wind, MEAN_WIND, 0.9, 300.0, dt))
        self.wind_from = _walk(self.random, self.wind_from, PREVAILING, 14.0, 240.0, dt)


def _walk(random: Random, value: float, mean: float, spread: float, memory: float, dt: float) -> float:
    """One step of a walk that stays within about two `spread` of `mean` and forgets in `memory` seconds."""
    pull = min(dt / memory, 1.0)
    return value + (mean - value) * pull + random.gauss(0.0, spread) * sqrt(2.0 * pull)

"""Truck loading bays (鹤位): trucks come and go, product flows, earth clamps and overfill probes. Plant side."""

from dataclasses import dataclass
from random import Random

from app.plant.physics import relax

TRUCK_M3 = 28.0
FULL_FLOW = 58.0
"""m3/h through one arm."""


@dataclass
class Bay:
    """`rest` s until the next truck. `earth_lost` and `spilt` are set by upsets; both stop the flow as the interlock does."""

    code: str
    random: Random
    rest: float
    loaded: float = 0.0
    flow: float = 0.0
    earth_lost: bool = False
    spilt: bool = False

    @property
    def loading(self) -> bool:
        return self.rest <= 0.0

    @property
    def valve_open(self) -> bool:
        return self.loading and not self.earth_lost and not self.spilt

    def step(self, dt: float) -> None:
        if not self.loading:
            self.rest -= dt
            if self.loading:
                self.loaded = 0.0
        elif self.loaded >= TRUCK_M3:
            self.rest = self.random.uniform(240.0, 480.0)
        self.flow = relax(self.flow, FULL_FLOW if self.valve_open else 0.0, dt, 4.0)
        if self.flow < 0.05:
            self.flow = 0.0
        self.loaded += self.flow / 3600.0 * dt

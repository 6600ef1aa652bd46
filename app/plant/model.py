"""The demo plant alive: every true value of its tags, moved on by `step(dt)`. Deterministic with its seed; plant side.

What a transmitter shows of it (noise, steps, faults) is `sensor` and `field`; what goes wrong on purpose is `upsets`.
"""

from dataclasses import dataclass
from math import sqrt
from random import Random

from app.plant import geometry as g
from app.plant.bays import Bay
from app.plant.dispersion import Detector, GasField, Release
from app.plant.physics import BENZENE, CHLORINE, METHANOL, relax
from app.plant.points import all_points
from app.plant.tanks import Farm, Tank
from app.plant.weather import Weather

LONGEST_STEP = 10.0
"""Seconds; a longer step is taken in pieces."""

_GASES = {
    "lpg": g.LPG.fluid, "methanol": METHANOL, "benzene": BENZENE, "benzene_ppm": BENZENE, "chlorine_ppm": CHLORINE,
}  # fmt: skip
_FARMS = {"lpg": (40.0, 1, 3), "methanol": (90.0, 3, 4), "benzene": (24.0, 1, 3)}
"""Flow in m3/h, which tank receives, which delivers at the start."""


@dataclass
class Drift:
    """A controlled value: wanders `spread` around its mean and forgets in `memory` seconds."""

    mean: float
    spread: float
    memory: float
    value: float

    def step(self, dt: float, random: Random) -> None:
        pull = min(dt / self.memory, 1.0)
        self.value += (self.mean - self.value) * pull + random.gauss(0.0, self.spread) * sqrt(2.0 * pull)


_DRIFTS = {
    "PT-401": (0.30, 0.008, 60), "TT-403": (38.0, 0.6, 300), "PT-402": (-30.0, 1.5, 30), "LT-402": (2.5, 0.02, 600),
    "FT-402": (34.0, 0.6, 20), "AT-402": (16.0, 0.1, 900), "TT-601": (76.0, 0.5, 240), "PT-601": (8.0, 0.6, 60),
    "LT-601": (62.0, 0.8, 180), "FT-601": (640.0, 8.0, 30), "FT-602": (3.2, 0.04, 30), "ST-601": (120.0, 0.7, 20),
    "TT-611": (81.0, 0.3, 240), "TT-612": (132.5, 0.4, 300), "PT-611": (6.0, 0.4, 60), "LT-611": (48.0, 1.2, 240),
    "LT-701A": (10.2, 0.01, 900), "LT-701B": (10.4, 0.01, 900), "PT-701": (0.76, 0.006, 60), "LT-801": (0.15, 0.005, 900),
    "PT-801": (0.63, 0.006, 90), "PT-802": (0.61, 0.005, 90),
}  # fmt: skip
"""Tag: mean, spread, memory in s. A benzene chlorinator boils at 76 C, chlorobenzene at 132 C."""
_STILL = {
    "F-401A.RUN": True, "F-401B.RUN": False, "UZ-601": False, "HS-401": False, "HS-601": False,
    "UA-901": False, "GDS-F1": False, "GDS-F2": False,
    "P-101B.RUN": False, "P-201B.RUN": False, "P-301B.RUN": False,
}  # fmt: skip


class DemoModel:
    """`clock`: seconds since the start on the plant's own time."""

    def __init__(self, seed: int = 1, hour: float = 9.0) -> None:
        self.random = Random(seed)
        self.clock = 0.0
        self.weather = Weather(self.random, hour)
        warm = {"lpg": 19.0, "methanol": 20.5, "benzene": 22.0}
        self.tanks = {v.code: Tank(v, warm[v.area] + self.random.uniform(-0.8, 0.8)) for v in g.VESSELS}
        self.farms = {area: self._farm(area) for area in _FARMS}
        self.bays = {code: Bay(code, self.random, 60.0 * number) for number, (code, *_) in enumerate(g.BAYS)}
        self.gas = GasField([_detector(head) for head in g.HEADS])
        self._zero = {head.tag: self.random.uniform(0.0, 0.02) for head in g.HEADS}
        self._drifts = {tag: Drift(mean, spread, memory, mean) for tag, (mean, spread, memory) in _DRIFTS.items()}
        self._cylinder = 620.0
        self._room = {"TT-401": 21.0, "TT-402": 20.4}
        self.chlorine_tripped = False

    def step(self, dt: float) -> None:
        """Any `dt` in seconds."""
        while dt > 0.0:
            piece = min(dt, LONGEST_STEP)
            self._step(piece)
            dt -= piece

    def leak(self, x: float, y: float, rate: float, gas: str, spread: float = 3.0) -> Release:
        """Opens a leak of `rate` kg/s and returns it; `close_leak` ends it."""
        release = Release(x, y, rate, _GASES[gas], self.clock, spread)
        self.gas.releases.append(release)
        return release

    def close_leak(self, release: Release) -> None:
        self.gas.releases = [one for one in self.gas.releases if one is not release]

    def truth(self) -> dict[str, float | bool]:
        """Every tag of the demo plant."""
        values: dict[str, float | bool] = {tag: drift.value for tag, drift in self._drifts.items()}
        values.update(_STILL)
        for tank in self.tanks.values():
            n = tank.vessel.number
            values[f"LT-{n}"] = tank.level
            values[f"TT-{n}"] = tank.temperature
            values[f"PT-{n}"] = tank.pressure
            values[f"LSHH-{n}"] = tank.tripped
            values[f"XV-{n}"] = tank.inflow + tank.forced > 0.0
        self._machines(values)
        for code, bay in self.bays.items():
            n = code[2:]
            values |= {f"GA-{n}": bay.earth_lost, f"LA-{n}": bay.spilt, f"FT-{n}": bay.flow, f"FQ-{n}": bay.loaded}
            values[f"XV-{n}"] = bay.valve_open
        for one in self.gas.detectors:
            values[one.tag] = self.gas.readings[one.tag] + self._zero[one.tag] * one.full_scale
        values |= self._room
        values["WT-401"] = self._cylinder
        values["UZ-401"] = self.chlorine_tripped
        values["WS-901"] = self.weather.wind
        values["WD-901"] = self.weather.wind_from % 360.0
        values["TT-901"] = self.weather.air
        return values

    def _machines(self, values: dict[str, float | bool]) -> None:
        suction = {"lpg": self.tanks["V-104"].pressure, "methanol": 0.05, "benzene": 0.05}
        head = {"lpg": 0.70, "methanol": 0.50, "benzene": 0.42}
        for number, area in (("100", "lpg"), ("200", "methanol"), ("300", "benzene")):
            sent = self.farms[area].sent
            values[f"FT-{number}"] = sent * 3600.0
            values[f"FT-{number[0]}10"] = self.farms[area].received * 3600.0
            values[f"PT-{number}"] = suction[area] + (head[area] if sent > 0.0 else 0.0)
            values[f"P-{number[0]}01A.RUN"] = sent > 0.0
        # the compressor draws the trucks' vapour back while LPG is loaded
        values["C-101.RUN"] = self.bays["L-501"].loading

    def _step(self, dt: float) -> None:
        self.clock += dt
        self.weather.step(dt)
        for farm in self.farms.values():
            farm.step(dt, self.weather.air, self.weather.sun)
        for release in self.gas.releases:
            if release.fluid is g.LPG.fluid:
                sphere = self.tanks["V-104"]
                sphere.volume = max(sphere.volume - release.rate / sphere.liquid_density * dt, 0.0)
        for bay in self.bays.values():
            bay.step(dt)
        for drift in self._drifts.values():
            drift.step(dt, self.random)
        self.gas.step(self.clock, dt, self.weather.wind, self.weather.wind_from)
        self._chlorine(dt)

    def _chlorine(self, dt: float) -> None:
        self._cylinder -= self._drifts["FT-601"].value / 3600.0 * dt
        if self._cylinder < 70.0:
            self._cylinder = 1000.0
        for number, tag in enumerate(self._room):
            self._room[tag] = relax(self._room[tag], self.weather.air + 1.5 + 0.6 * number, dt, 3 * 3600.0)
        alarms = [self.gas.readings[head.tag] for head in g.HEADS if head.area == "chlorine"]
        self.chlorine_tripped = max(alarms) > 0.6 or (self.chlorine_tripped and max(alarms) > 0.3)

    def _farm(self, area: str) -> Farm:
        flow, receiving, delivering = _FARMS[area]
        return Farm([tank for tank in self.tanks.values() if tank.vessel.area == area], flow / 3600.0, receiving, delivering)


def _detector(head: g.Head) -> Detector:
    in_ppm = head.reads.endswith("_ppm")
    scale = next(tag.range_high for tag in _POINTS if tag.tag == head.tag) or 100.0
    return Detector(head.tag, head.x, head.y, _GASES[head.reads], in_ppm, scale)


_POINTS = all_points()

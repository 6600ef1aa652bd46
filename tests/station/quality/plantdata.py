"""A day of the demo plant's physics as arrays: tanks that are filled and emptied by its own farm, seen through its own
transmitters (noise, 12 bits). Clean, so that what is planted in it is what must be found.
"""

from dataclasses import replace
from functools import cache

import numpy as np

from app.domain.instant import DAY, SECOND, Instant
from app.domain.plant import Equipment, EquipmentType, Site, Source
from app.domain.tag import Kind, Limits, Tag
from app.plant.geometry import VESSELS
from app.plant.sensor import ANY_NOISE, NOISE, STEPS
from app.plant.tanks import Farm, Tank
from app.store.rows import Columns

START: Instant = 1_795_190_400 * SECOND  # 2026-11-20 16:00 UTC: midnight in Shanghai
SECONDS = DAY // SECOND
FARM = tuple(vessel for vessel in VESSELS if vessel.area == "methanol")[:3]


@cache
def truth() -> dict[str, np.ndarray]:
    """True values of a day, one a second: `level`, `temp`, `press` of each tank, `in` and `out` flows in m³/h."""
    tanks = [Tank(vessel, 18.0) for vessel in FARM]
    farm = Farm(tanks, 120 / 3600, 0, 1)
    kept: dict[str, list[float]] = {}
    step = 10
    for at in range(0, SECONDS, step):
        sun = max(0.0, float(np.sin((at / 3600 - 6) / 12 * np.pi)))
        farm.step(float(step), 12.0 + 6.0 * sun, sun)
        for number, tank in enumerate(tanks):
            values = {"level": tank.level, "temp": tank.temperature, "press": tank.pressure}
            values |= {"in": tank.inflow * 3600, "out": tank.outflow * 3600}
            for name, value in values.items():
                kept.setdefault(f"{name}{number}", []).append(value)
    # flows step, the others go on in between
    held = {name: np.repeat(np.array(values), step) for name, values in kept.items() if name[:2] in ("in", "ou")}
    seconds = np.arange(SECONDS)
    smooth = {
        name: np.interp(seconds, np.arange(0, SECONDS, step) + step, values)
        for name, values in kept.items()
        if name not in held
    }
    return held | smooth


def measured(tag: Tag, true: np.ndarray, seed: int) -> np.ndarray:
    """As `app.plant.sensor` does it, all at once."""
    low, high = tag.range_low or 0.0, tag.range_high or 100.0
    span = high - low
    noisy = true + np.random.default_rng(seed).normal(0.0, NOISE.get(tag.kind, ANY_NOISE) * span, len(true))
    seen = low + np.rint((np.clip(noisy, low, high) - low) / span * (STEPS - 1)) * span / (STEPS - 1)
    return np.where(true < low + 0.01 * span, low, seen) if tag.kind is Kind.FLOW else seen


@cache
def tags() -> tuple[Tag, ...]:
    made: list[Tag] = []
    for number, vessel in enumerate(FARM):
        at = {"equipment": f"V-{number}", "source": "dcs"}
        made += [
            Tag(f"LT-{number}", f"V-{number}液位", kind=Kind.LEVEL, unit="m", range_low=0.0, range_high=float(vessel.height),
                decimals=2, address=f"HR:{number * 10}", limits=Limits(0.2, 0.4, vessel.height * 0.95, vessel.height * 0.98),
                deadband=0.03, **at),
            Tag(f"TT-{number}", f"V-{number}温度", kind=Kind.TEMPERATURE, unit="℃", range_low=-30.0, range_high=80.0,
                address=f"HR:{number * 10 + 2}", limits=Limits(-10, -5, 38, 42), deadband=0.5, **at),
            Tag(f"PT-{number}", f"V-{number}氮封压力", kind=Kind.PRESSURE, unit="kPa", range_low=-0.5, range_high=3.0,
                decimals=2, address=f"HR:{number * 10 + 4}", limits=Limits(None, None, 2.6, 2.8), **at),
            Tag(f"FI-{number}", f"V-{number}进料", kind=Kind.FLOW, unit="m³/h", range_low=0.0, range_high=240.0,
                address=f"HR:{number * 10 + 6}", **at),
            Tag(f"FO-{number}", f"V-{number}出料", kind=Kind.FLOW, unit="m³/h", range_low=0.0, range_high=240.0,
                address=f"HR:{number * 10 + 8}", **at),
        ]  # fmt: skip
    made.append(
        Tag("GT-1", "罐区可燃气体", "GA", Kind.COMBUSTIBLE_GAS, "%LEL", 0.0, 100.0, source="gds", address="HR:1",
            limits=Limits(None, None, 25, 50), deadband=2.0)
    )  # fmt: skip
    made.append(Tag("GT-2", "泵区可燃气体", "GA", Kind.COMBUSTIBLE_GAS, "%LEL", 0.0, 100.0, source="opc", address="x",
                    limits=Limits(None, None, 25, 50)))  # fmt: skip
    return tuple(made)


def site(**more: object) -> Site:
    equipment = [
        Equipment(f"V-{number}", type=EquipmentType.TANK, area="罐区", hazard_source="H1", hazard_level=2)
        for number in range(len(FARM))
    ]
    made = Site(
        "370300001", "示范化工", tags=tags(), equipment=(*equipment, Equipment("GA", area="罐区", hazard_source="H1")),
        sources=(
            Source("dcs", "modbus_tcp", "tcp://127.0.0.1:1", period_s=1.0),
            Source("gds", "modbus_tcp", "tcp://127.0.0.1:2", period_s=1.0),
            Source("opc", "opcua", "opc.tcp://127.0.0.1:3"),
        ),
    )  # fmt: skip
    return replace(made, **more)  # type: ignore[arg-type]


@cache
def clean_values(name: str) -> np.ndarray:
    tag = next(one for one in tags() if one.tag == name)
    keys = {"LT": "level", "TT": "temp", "PT": "press", "FI": "in", "FO": "out"}
    seed = sum(map(ord, name))
    true = np.zeros(SECONDS) if name.startswith("GT") else truth()[f"{keys[name[:2]]}{name[-1]}"]
    return measured(tag, true, seed)


def clean(name: str) -> Columns:
    """A day of one point, fresh arrays. GT-2 comes from a subscription: changes only."""
    values = clean_values(name).copy()
    source = START + np.arange(SECONDS, dtype=np.int64) * SECOND + sum(map(ord, name)) * 1000
    if name == "GT-2":
        changed = np.concatenate([[True], values[1:] != values[:-1]])
        source, values = source[changed], values[changed]
    return Columns(name, source, source + 40_000, values, np.zeros(len(values), np.uint16))


def clean_day() -> dict[str, Columns]:
    return {tag.tag: clean(tag.tag) for tag in tags()}

"""The demo plant against its own data quality settings: farms that balance, and what no meter saw."""

from random import Random

import numpy as np
import pytest

from app.domain.quality import Finding
from app.domain.settings import settings
from app.domain.settings.quality import QualitySettings, read_quality
from app.domain.strapping import Strapping, read_strapping
from app.domain.tag import Tag
from app.plant.model import DemoModel
from app.plant.package import demo_site
from app.plant.sensor import measured
from app.station.quality.balance import Minutes, balance

SITE = demo_site()
QUALITY: QualitySettings = settings(SITE.options, "quality", read_quality)
TAGS: dict[str, Tag] = {tag.tag: tag for tag in SITE.tags}
NAMES = {
    name for tank in QUALITY.tanks for name in (tank.level, tank.temperature, *tank.inflows, *tank.outflows)
}  # fmt: skip
HOURS = 5
STEP_S = 10.0


def strapping(equipment: str) -> Strapping:
    return read_strapping(SITE.strapping[f"{equipment}.csv"].decode())


def hours(upset: float = 0.0) -> dict[str, Minutes]:
    """Each point by the minute as its transmitter shows it. `upset`: m³/s pushed into V-202 for the third hour, past every
    meter; negative: out of it."""
    model, chance = DemoModel(7), Random(7)
    kept: dict[str, list[float]] = {name: [] for name in NAMES}
    for minute in range(HOURS * 60):
        sums = dict.fromkeys(NAMES, 0.0)
        for _ in range(round(60 / STEP_S)):
            model.tanks["V-202"].forced = upset if 120 <= minute < 180 else 0.0
            model.step(STEP_S)
            truth = model.truth()
            for name in NAMES:
                sums[name] += measured(TAGS[name], float(truth[name]), chance)
        for name in NAMES:
            kept[name].append(sums[name] / round(60 / STEP_S))
    return {name: Minutes(TAGS[name], np.array(values)) for name, values in kept.items()}


def found(minutes: dict[str, Minutes]) -> list[Finding]:
    out = []
    for group in dict.fromkeys(tank.group for tank in QUALITY.tanks):
        tanks = [(tank, strapping(tank.equipment)) for tank in QUALITY.tanks if tank.group == group]
        mine, why = balance(tanks, minutes, 0, QUALITY)
        assert why == {}
        out += mine
    return out


def test_each_tank_and_interlock_is_declared() -> None:
    tanks = {one.equipment for one in SITE.equipment if one.equipment.startswith("V-")}
    assert {tank.equipment for tank in QUALITY.tanks} == tanks and len(QUALITY.interlocks) == 16


def test_the_farms_balance_while_nothing_goes_wrong() -> None:
    assert found(hours()) == []


@pytest.mark.parametrize(("flow", "what"), [(0.01, "gain"), (-0.01, "loss")])
def test_what_passes_no_meter_is_found(flow: float, what: str) -> None:
    """36 m³ of methanol in an hour, past the meters of a farm that passes on ninety."""
    told = found(hours(flow))
    assert {one.what for one in told} == {what}
    assert all(one.evidence["tank"] == "甲醇罐区" for one in told)
    worst = max(told, key=lambda one: one.score)
    assert abs(worst.evidence["error_t"]) == pytest.approx(36 * 0.79, rel=0.15)
    assert worst.start / 60e6 <= 120 and worst.end / 60e6 >= 180

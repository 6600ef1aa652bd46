"""The demo plant left alone: the same every time, and quiet."""

from collections.abc import Mapping

import pytest

from app.domain.tag import Tag
from app.plant.model import DemoModel
from app.plant.points import all_points

POINTS = {tag.tag: tag for tag in all_points()}


def alarms(values: Mapping[str, float | bool], tags: Mapping[str, Tag] = POINTS) -> set[str]:
    """`TAG/RULE` of everything beyond a limit."""
    found = set()
    for name, tag in tags.items():
        value = values[name]
        for rule, limit, sign in (
            ("HH", tag.limits.hh, 1), ("H", tag.limits.h, 1), ("L", tag.limits.l, -1), ("LL", tag.limits.ll, -1),
        ):  # fmt: skip
            if limit is not None and value * sign >= limit * sign:
                found.add(f"{name}/{rule}")
        if tag.alarm_on is not None and bool(value) == bool(tag.alarm_on):
            found.add(f"{name}/STATE")
    return found


def test_every_tag_has_a_true_value_and_nothing_else_has() -> None:
    assert DemoModel().truth().keys() == POINTS.keys()


def test_the_same_seed_gives_the_same_plant_and_another_seed_another() -> None:
    def run(seed: int) -> list[float | bool]:
        model = DemoModel(seed)
        for _ in range(200):
            model.step(1.0)
        return list(model.truth().values())

    assert run(7) == run(7)
    assert run(7) != run(8)


@pytest.mark.parametrize("seed", [1])
def test_a_day_without_upsets_is_a_day_without_alarms(seed: int) -> None:
    model = DemoModel(seed)
    seen = set[str]()
    for _ in range(24 * 60):
        model.step(60.0)
        seen |= alarms(model.truth())
    assert seen == set()


def test_what_flows_in_less_what_flows_out_is_what_stays() -> None:
    model = DemoModel(1)
    farm = model.farms["methanol"]
    before = sum(tank.volume * tank.liquid_density for tank in farm.tanks)
    gained = 0.0
    for _ in range(3600):
        model.step(1.0)
        gained += sum((tank.inflow - tank.outflow) * tank.liquid_density for tank in farm.tanks)
    after = sum(tank.volume * tank.liquid_density for tank in farm.tanks)
    assert after - before == pytest.approx(gained, abs=10.0)  # kg of five thousand tonnes: a volume warms after it flowed
    assert sum(tank.outflow for tank in farm.tanks) * 3600 == pytest.approx(90.0)


@pytest.mark.parametrize(
    ("tag", "low", "high"),
    [
        ("PT-101", 0.6, 0.8), ("TT-101", 15, 25), ("PT-201", 0.2, 1.2), ("LT-203", 11.2, 11.5), ("PT-100", 1.2, 1.6),
        ("TT-601", 70, 82), ("TT-612", 128, 137), ("PT-402", -45, -15), ("GT-106", 0, 5), ("GTX-401", 0, 0.2),
        ("WS-901", 0.4, 9), ("WD-901", 60, 210), ("PT-701", 0.65, 0.85),
    ],
)  # fmt: skip
def test_values_after_ten_minutes_are_those_of_a_running_plant(tag: str, low: float, high: float) -> None:
    model = DemoModel(3)
    model.step(600.0)
    assert low <= model.truth()[tag] <= high


def test_bays_load_trucks_one_after_another() -> None:
    model = DemoModel(1)
    loaded = set[str]()
    for _ in range(120):
        model.step(30.0)
        loaded |= {code for code, bay in model.bays.items() if bay.loaded > 27.0}
        assert all(bay.loaded <= 28.5 for bay in model.bays.values())
    assert loaded == set(model.bays)

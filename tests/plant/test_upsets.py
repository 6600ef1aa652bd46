"""Every upset leads where it must within its time, and back again."""

import pytest

from app.domain.plant import Site
from app.plant.field import Field, field_of
from app.plant.geometry import COMPANY_CODE
from app.plant.model import DemoModel
from app.plant.points import all_points
from app.plant.upsets import SCRIPT_LENGTH, VERBS, Upsets, WrongCommand
from tests.plant.test_model import POINTS, alarms

TICK = 1.0


class Rig:
    def __init__(self, seed: int = 1, script: bool = False) -> None:
        site = Site(COMPANY_CODE, "", tags=all_points())
        self.field: Field
        self.demo: DemoModel
        self.field, demo = field_of(site, seed)
        assert demo is not None
        self.demo = demo
        self.upsets = Upsets(self.field, demo, ("dcs", "gds"), script)
        self.first: dict[str, float] = {}

    def run(self, seconds: float) -> set[str]:
        """Alarms, faults and cut sources at the end; `first` keeps when each was first seen."""
        now = set[str]()
        until = self.field.clock + seconds
        while self.field.clock < until:
            self.field.step(TICK)
            self.upsets.step()
            readings = self.field.readings()
            good = {name: value for name, value in readings.items() if value is not None}
            now = alarms(good, {name: POINTS[name] for name in good})
            now |= {f"{name}/BAD" for name in readings.keys() - good.keys()}
            now |= {f"{source}/cut" for source in self.upsets.down}
            for one in now:
                self.first.setdefault(one, self.field.clock)
        return now


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_script_tells_its_story_on_time_and_ends_calm(seed: int) -> None:
    rig = Rig(seed, script=True)
    rig.run(18.0)
    assert rig.first == {}
    after = rig.run(SCRIPT_LENGTH - 18.0)
    expected = {
        "LT-203/H": (24, 27), "LT-203/HH": (57, 62), "LSHH-203/STATE": (60, 68), "gds/cut": (180, 181),
        "PT-103/BAD": (330, 331), "GA-502/STATE": (390, 391),
    }  # fmt: skip
    for alarm, (low, high) in expected.items():
        assert low <= rig.first[alarm] <= high, alarm
    spheres = {one for one, at in rig.first.items() if one.startswith("GT-1") and one.endswith("/H") and 95 <= at <= 150}
    assert len(spheres) >= 2, "the leak reaches neighbouring heads"
    assert any(one.startswith("GTX-4") and 440 <= at <= 480 for one, at in rig.first.items())
    assert after == set()


def test_the_script_begins_again() -> None:
    rig = Rig(script=True)
    rig.run(SCRIPT_LENGTH)
    rig.first.clear()
    rig.run(63.0)
    assert {"LT-203/H", "LT-203/HH"} <= rig.first.keys()


@pytest.mark.parametrize(
    ("line", "within", "expected"),
    [
        ("overfill", 42, {"LT-203/H", "LT-203/HH"}),
        ("overfill V-104 20", 22, {"LT-104/H", "LT-104/HH"}),
        ("overfill V-301 120", 122, {"LT-301/H", "LT-301/HH"}),
        ("ground L-501", 2, {"GA-501/STATE"}),
        ("spill L-504 5", 2, {"LA-504/STATE"}),
        ("fault TT-101", 2, {"TT-101/BAD"}),
        ("set PT-102 1.6", 2, {"PT-102/H", "PT-102/HH"}),
        ("set LSHH-101 1", 2, {"LSHH-101/STATE"}),
        ("cut dcs 5", 2, {"dcs/cut"}),
        ("leak chlorine 60", 60, {"UZ-401/STATE"}),
    ],
)
def test_commands(line: str, within: float, expected: set[str]) -> None:
    rig = Rig()
    rig.run(2.0)
    assert rig.upsets.command(line) == f"ok {line}"
    rig.run(within)
    assert expected <= rig.first.keys()


def test_a_trip_shuts_the_inlet_and_lets_go_when_the_tank_is_drawn_down() -> None:
    rig = Rig()
    rig.upsets.command("overfill V-203 20")
    rig.run(40.0)
    tank = rig.demo.tanks["V-203"]
    level = tank.level
    assert tank.tripped
    rig.run(30.0)
    assert tank.level == pytest.approx(level, abs=1e-4), "nothing more comes in, but what is there gets warmer"
    rig.upsets.command("drain V-203 10")
    assert rig.run(15.0) == set()
    assert not tank.tripped


def test_a_stuck_reading_stands_still_while_the_plant_moves() -> None:
    rig = Rig()
    rig.upsets.command("stuck LT-203 30")
    shown = {rig.field.readings()["LT-203"]}
    rig.upsets.command("overfill V-203 10")
    for _ in range(20):
        rig.run(1.0)
        shown.add(rig.field.readings()["LT-203"])
    assert len(shown) == 1
    rig.run(15.0)
    assert "LT-203/HH" in rig.first, "it shows the truth again after its 30 s"


@pytest.mark.parametrize("begun", ["fault TT-101", "set TT-101 44", "stuck TT-101"])
def test_free_ends_what_ails_a_tag(begun: str) -> None:
    rig = Rig()
    rig.upsets.command(begun)
    rig.upsets.command("free TT-101")
    assert (rig.field.faults, rig.field.forced, rig.field.stuck) == (set(), {}, {})


def test_what_is_begun_anew_lasts_its_new_time() -> None:
    rig = Rig()
    rig.upsets.command("fault TT-101 5")
    rig.run(3.0)
    rig.upsets.command("fault TT-101 20")
    assert "TT-101/BAD" in rig.run(10.0)
    assert rig.run(15.0) == set()


def test_calm_ends_everything() -> None:
    rig = Rig(script=True)
    rig.run(70.0)
    for line in ("leak", "cut gds 600", "stuck TT-102", "fault PT-103", "set PT-102 2", "ground L-501 600", "spill L-502 600"):
        rig.upsets.command(line)
    assert rig.run(40.0)
    rig.upsets.command("calm")
    rig.run(90.0)
    assert rig.run(1.0) == set()
    rig.first.clear()
    rig.run(SCRIPT_LENGTH)
    assert rig.first == {}, "the script has ended too"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("explode", "不认识命令"),
        ("overfill V-999", "没有储罐"),
        ("overfill V-203 soon", "不是数字"),
        ("overfill V-203 -5", "不是数字"),
        ("leak water", "不认识气体"),
        ("ground L-999", "没有鹤位"),
        ("stuck XX-1", "没有位号"),
        ("set LT-101", "参数个数"),
        ("cut nothing 5", "没有数据源"),
        ("cut gds", "参数个数"),
    ],
)
def test_a_wrong_command_is_refused_with_a_sentence(line: str, said: str) -> None:
    rig = Rig()
    with pytest.raises(WrongCommand, match=said):
        rig.upsets.command(line)
    assert rig.run(2.0) == set()


def test_every_command_is_in_the_manual() -> None:
    from app.plant import upsets

    assert upsets.__doc__ is not None
    for verb in VERBS:
        assert f"    {verb}" in upsets.__doc__


def test_a_plant_without_physics_has_only_the_commands_that_need_none() -> None:
    field, demo = field_of(Site("other", "", tags=all_points()), 1)
    upsets = Upsets(field, demo, ("dcs",))
    assert demo is None
    assert upsets.command("fault TT-101") == "ok fault TT-101"
    for line in ("overfill", "leak", "ground L-501", "script"):
        with pytest.raises(WrongCommand, match="自带的演示工厂"):
            upsets.command(line)

"""The pre-alarm in a real station: before the limit alarm, through journal and acknowledgement, over restart and loss;
quiet on a plant that runs as it should. Time is the station's own clock, set forward by hand."""

import asyncio
import math
import random
import re
import time
from collections.abc import Callable
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from app.domain.alarm import Reading, RuleKind, What
from app.domain.instant import MINUTE, SECOND, from_rfc3339
from app.domain.plant import Site, Source
from app.domain.rules import all_rules_of
from app.domain.sample import Quality, Reason, Sample
from app.domain.settings.trend import TrendSettings
from app.domain.tag import Kind, Tag
from app.plant.field import field_of
from app.plant.geometry import COMPANY_CODE
from app.plant.model import DemoModel
from app.plant.points import all_points
from app.station.changes import Change
from app.station.engine import Engine
from app.station.prealarm import PreAlarms
from app.station.retune import retune
from app.station.table import Slot
from app.station.time_to_limit import STEP_S, TimeToLimit
from app.station.why import why_of
from tests.station.rig import Rig, a_site, running, tag, until

DCS = Source("dcs", "opcua", "")


class Walk:
    """A station whose clock goes on by two seconds a step."""

    def __init__(self, rig: Rig) -> None:
        self.rig, self.station = rig, rig.station
        self._ahead = 0
        clock = self.station.clock
        steady, wall = time.monotonic_ns(), time.time_ns()  # a busy machine takes its time: the clock stands still meanwhile
        clock._steady_ns = lambda: steady + self._ahead
        clock._wall_ns = lambda: wall + self._ahead
        for task in asyncio.all_tasks():
            if task.get_name() == "time to limit":
                task.cancel()  # the walk looks instead
        self.gone = 0.0

    async def go(self, seconds: float, level: Callable[[float], float | None], name: str = "T1") -> None:
        """`level(t)`: t from the beginning of the walk; None says nothing."""
        end = self.gone + seconds
        while self.gone < end:
            self._ahead += round(STEP_S * 1e9)
            self.gone += STEP_S
            value = level(self.gone)
            if value is not None:
                self.rig.field["dcs"].say(name, value)
            await self.station.ahead.round()
            self.station.engine.tick(self.station.clock.now())

    def state(self, rule: str) -> Any:
        return self.station.engine.state(f"T1/{rule}")


def filling(t: float) -> float:
    """1 % in 20 s, from 50 % on: 80 % (H) after ten minutes, 90 % (HH) after 800 s."""
    return 50.0 + t / 20.0


ASKING = a_site(tag("T1", prealarm_min=5.0, deadband=0.5), tag("T2"))


async def test_it_comes_the_asked_time_before_the_alarm_and_ends_with_it(tmp_path: Path) -> None:
    async with running(tmp_path, ASKING) as rig:
        walk = Walk(rig)
        await walk.go(270, filling)
        assert not walk.state("RATE").active
        await walk.go(70, filling)
        warned = await rig.has("T1", "RATE", "UNACK")
        assert (warned["priority"], warned["limit"], warned["unit"]) == ("medium", 80.0, "%")
        assert re.match("T1液位 趋势预警：按此速度 [45] 分钟后到高报（约 ..:..，限值 80 %，当时 6", warned["message"])
        reached = from_rfc3339(warned["limit_at"])
        said = await why_of(rig.station, "T1")
        [rule] = [one for one in said["rules"] if one["rule"] == "RATE"]
        assert [fact.code for fact in rule["facts"]][:3] == ["verdict", "value", "ahead"] and rule["occurrence"]
        await rig.post(f"/alarms/{warned['occurrence']}/ack", {"note": "已通知切罐"})
        await walk.go(274, filling)
        high = await rig.has("T1", "H", "UNACK")
        await rig.gone("T1", "RATE")
        before = (from_rfc3339(high["raised_at"]) - from_rfc3339(warned["raised_at"])) / MINUTE
        assert before == pytest.approx(5.0, abs=0.7), "the hold time of 20 s is part of it"
        assert abs(reached - from_rfc3339(high["raised_at"])) < 30 * SECOND
        await walk.go(60, filling)
        assert not walk.state("RATE").active, "the high alarm waits for its acknowledgement: nothing more is annunciated"
        journal = await rig.get("/journal", user="wu", kind="alarm", limit=100)
        told = [line["data"]["what"] for line in journal if line["data"]["rule"] == "RATE"]
        assert told == ["raised", "acknowledged", "cleared"]
        past = await rig.get("/alarms/history", tag="T1")
        assert {one["rule"] for one in past} == {"RATE", "H"}


async def test_the_next_limit_is_warned_of_when_the_high_alarm_is_acknowledged(tmp_path: Path) -> None:
    async with running(tmp_path, ASKING) as rig:
        walk = Walk(rig)
        await walk.go(640, filling)
        high = await rig.has("T1", "H", "UNACK")
        await rig.post(f"/alarms/{high['occurrence']}/ack", {})
        await walk.go(40, filling)
        again = await rig.has("T1", "RATE", "UNACK")
        assert again["limit"] == 90.0 and "到高高报" in again["message"]
        await walk.go(140, filling)
        await rig.has("T1", "HH", "UNACK")
        assert walk.state("RATE").active is False


async def test_it_ends_when_the_filling_stops(tmp_path: Path) -> None:
    async with running(tmp_path, ASKING) as rig:
        walk = Walk(rig)
        await walk.go(400, filling)
        await rig.has("T1", "RATE", "UNACK")
        await walk.go(300, lambda t: filling(400))
        await rig.has("T1", "RATE", "RTNUN")
        assert not walk.state("H").active


async def test_a_lost_link_freezes_it_and_it_goes_on_afterwards(tmp_path: Path) -> None:
    async with running(tmp_path, ASKING) as rig:
        walk = Walk(rig)
        await walk.go(400, filling)
        await rig.has("T1", "RATE", "UNACK")
        rig.field["dcs"].cut()
        await rig.has("@dcs", "LINK", "UNACK")
        await walk.go(300, lambda t: None)
        state = walk.state("RATE")
        assert state.active and state.source_lost_since is not None, "nothing is known: it stands, marked"


async def test_it_survives_a_restart_and_is_judged_anew(tmp_path: Path) -> None:
    async with running(tmp_path, ASKING) as rig:
        walk = Walk(rig)
        await walk.go(400, filling)
        warned = await rig.has("T1", "RATE", "UNACK")
        await rig.post(f"/alarms/{warned['occurrence']}/ack", {"note": "知道了"})
        before = await rig.has("T1", "RATE", "ACKED")
    async with running(tmp_path, ASKING) as rig:
        assert await rig.has("T1", "RATE", "ACKED") == before
        walk = Walk(rig)
        await walk.go(20, lambda t: 70.0)
        assert walk.state("RATE").active, "too little is known yet"
        await walk.go(160, lambda t: 70.0)
        await rig.gone("T1", "RATE")


async def test_a_tag_gets_its_pre_alarm_while_the_station_runs_and_loses_it(tmp_path: Path) -> None:
    """By the change of limits (四眼原则), at a site where no tag had one and nobody asked for times to limits."""
    site = replace(a_site(tag("T1", deadband=0.5), tag("T2")), options={"trend": {"time_to_limit": False}})
    async with running(tmp_path, site) as rig:
        fields = {"changes": [{"item": "prealarm_min", "new": "5"}], "reason": "装卸快，要提前知道", "risk": "无"}
        _, form = await rig.post("/forms/limit_change", {"subject": "tag:T1", "fields": fields}, "feng")
        assert {"item": "priority_prealarm", "value": "medium"} in form["fields"]["old"]
        approve = f"/forms/limit_change/{form['id']}/approve", {"fields": {"opinion": "同意"}}
        assert (await rig.post(*approve, "feng"))[0] == 422, "not by the same person"
        await rig.post(*approve, "zhao")
        await until(lambda: rig.station.table.slots["T1"].tag.prealarm_min == 5.0, "in force")
        assert rig.station.ahead.looks, "the forecasts begin by themselves"
        walk = Walk(rig)
        await walk.go(400, filling)
        warned = await rig.has("T1", "RATE", "UNACK")
        await retune(rig.station, {"T1": {"prealarm_min": None}}, "feng", "zhao", "不再需要")
        await rig.gone("T1", "RATE")
        last = [one.record for one in rig.station.store.journal.read(0, 500, "alarm")][-1]
        assert (last.occurrence, last.data["what"]) == (warned["occurrence"], "rule_removed")
        assert not rig.station.ahead.looks


async def test_a_fault_in_it_holds_up_no_alarm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: Any) -> None:
    def broken(*_: Any) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr(PreAlarms, "hear", broken)
    async with running(tmp_path, ASKING) as rig:
        walk = Walk(rig)
        await walk.go(700, filling)
        await rig.has("T1", "H", "UNACK")
        await walk.go(120, filling)
        await rig.has("T1", "HH", "UNACK")
        assert [record.message for record in caplog.records if "到限时间" in record.message] == ["位号 T1 的到限时间算不出来"]
        caplog.clear()


class Plant:
    """Slots, engine and forecasts over signals of the demo plant, as fast as they can be reckoned."""

    def __init__(self, tags: list[Tag]) -> None:
        self.now = 1_700_000_000 * SECOND
        self.changes: list[Change] = []
        self.engine = Engine(1, self.changes.append)
        self.slots = {one.tag: Slot(one, DCS, self.engine.add(one.tag, all_rules_of(one, DCS), {}), self.now) for one in tags}

        async def here(work: Callable[..., Any], *args: Any) -> Any:
            return work(*args)

        self.ahead = TimeToLimit(
            list(self.slots.values()), TrendSettings(), lambda: self.now, here, lambda key: False, PreAlarms(self.engine)
        )

    async def step(self, readings: dict[str, Any]) -> None:
        self.now += round(STEP_S * SECOND)
        for name, slot in self.slots.items():
            value = readings[name]
            quality = Quality.BAD if value is None else Quality.GOOD
            slot.sample = Sample(name, value, quality, Reason.NONE, self.now, self.now)
            if value is not None:
                slot.known, slot.known_at = value, self.now
                self.engine.reading(slot.watch, Reading(value, quality, Reason.NONE, self.now), self.now)
        await self.ahead.round()
        self.engine.tick(self.now)

    def raised(self, kind: RuleKind) -> list[Change]:
        return [one for one in self.changes if one.rule.kind is kind and one.transition.what is What.RAISED]


def demo(minutes: float, seed: int) -> tuple[Any, DemoModel, Plant]:
    field, model = field_of(Site(COMPANY_CODE, "", tags=all_points()), seed)
    assert model is not None
    asking = [
        replace(one, prealarm_min=minutes)
        for one in all_points()
        if not one.is_digital and one.limits != type(one.limits)() and one.kind in (Kind.LEVEL, Kind.TEMPERATURE, Kind.PRESSURE)
    ]
    return field, model, Plant(asking)


async def test_an_hour_of_the_demo_plant_is_quiet(capsys: Any) -> None:
    """Every level, temperature and pressure with a limit asks for ten minutes, not only the two tanks of the demo site. (Of the
    flows the three loading arms would be warned of once each: they rise fast when a truck begins.)"""
    field, _, plant = demo(10.0, 1)
    for _ in range(round(3600 / STEP_S)):
        field.step(STEP_S)
        await plant.step(field.readings())
    told = [f"{one.rule.tag} {one.state.limit}" for one in plant.raised(RuleKind.RATE)]
    with capsys.disabled():
        print(f"\nan hour of the demo plant, {len(plant.slots)} tags that ask for 10 minutes: {len(told)} pre-alarms {told}")
    assert told == []


@pytest.mark.parametrize("seconds", [1800.0, 3000.0])
async def test_the_overfill_of_the_demo_plant_is_warned_of_in_time(seconds: float, capsys: Any) -> None:
    field, model, plant = demo(10.0, 1)
    tank = model.tanks["V-101"]
    for step in count():
        if step == 200:
            tank.forced = tank.to_reach(tank.limits.hh) / seconds
        field.step(STEP_S)
        await plant.step(field.readings())
        if any(one.rule.tag == "LT-101" for one in plant.raised(RuleKind.H)) or step > 3000:
            break
    [warned] = [one for one in plant.raised(RuleKind.RATE) if one.rule.tag == "LT-101"]
    high = next(one for one in plant.raised(RuleKind.H) if one.rule.tag == "LT-101")
    before = (high.transition.at - warned.transition.at) / MINUTE
    with capsys.disabled():
        print(f"\noverfill of V-101 in {seconds:.0f} s: warned {before:.1f} min before H (asked 10)")
    assert before == pytest.approx(10.0, abs=2.5)


async def test_a_level_that_swings_each_minute_is_never_warned_of() -> None:
    """Half of the time a straight line would soon be at the limit. What swings more slowly may be warned of: nothing tells its
    way up from a filling."""
    plant = Plant([tag("T1", prealarm_min=30.0)])
    chance = random.Random(3)
    for step in range(1800):
        await plant.step({"T1": 60.0 + 4.0 * math.sin(step * STEP_S / 10.0) + chance.gauss(0, 0.1)})
    assert plant.raised(RuleKind.RATE) == []


async def test_noise_alone_is_never_warned_of() -> None:
    plant = Plant([tag("T1", prealarm_min=30.0)])
    chance = random.Random(3)
    for _ in range(1800):
        await plant.step({"T1": 77.0 + chance.gauss(0, 0.6)})
    assert plant.raised(RuleKind.RATE) == []

"""Masks laid and lifted while the station runs, and the chatter guard."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from app.domain.plant import Site
from app.domain.tag import DataType, Kind, Limits
from tests.station.rig import Rig, a_site, running, tag, until


def switch(name: str, **more: Any) -> Any:
    return tag(name, limits=Limits(), alarm_on=1, data_type=DataType.BOOL, deadband=0.0, equipment="V-102", **more)


def masked(**more: Any) -> Site:
    return a_site(switch("K1"), tag("T1", extra={"masked_by": "K1/STATE"}, **more), tag("G1", kind=Kind.TOXIC_GAS))


def state(rig: Rig, key: str) -> str:
    return rig.station.engine.state(key).shown.value


async def test_a_child_is_masked_while_its_parent_stands_and_heard_when_it_ends(tmp_path: Path) -> None:
    async with running(tmp_path, masked()) as rig, rig.feed() as feed:
        dcs = rig.field["dcs"]
        dcs.say("K1", True)
        dcs.say("T1", 85.0)  # in the same breath: not heard for a moment first
        dcs.say("G1", 95.0)
        alarm = await rig.has("T1", "H", "DSUPR")
        assert "屏蔽源" in alarm["reason"] and "K1/STATE" in alarm["reason"]
        assert (await rig.has("G1", "HH", "UNACK"))["state"] == "UNACK"
        assert state(rig, "T1/BAD") == "NORM"
        dcs.say("K1", False)
        await rig.has("T1", "H", "UNACK")
        events = await feed.events(12)
        heard = [(e["tag"], e["rule"], e["what"]) for e in events if e["annunciate"] and e["tag"] == "T1"]
        assert heard == [("T1", "H", "reannounced")]


async def test_a_parent_that_nobody_sees_hides_nothing(tmp_path: Path) -> None:
    async with running(tmp_path, masked()) as rig:
        dcs = rig.field["dcs"]
        dcs.say("K1", True)
        parent = (await rig.has("K1", "STATE", "UNACK"))["occurrence"]
        dcs.say("T1", 85.0)
        await rig.has("T1", "H", "DSUPR")
        await rig.post(f"/alarms/{parent}/shelve", {"minutes": 10, "reason": "检修"})
        await rig.has("T1", "H", "UNACK")
        await rig.post(f"/alarms/{parent}/unshelve")
        await rig.has("T1", "H", "DSUPR")
        await rig.post("/tags/K1/out_of_service", {"reason": "拆检"}, "zhao")
        await rig.has("T1", "H", "UNACK")


async def test_a_lost_source_masks_nothing(tmp_path: Path) -> None:
    site = a_site(switch("K1", source="gds"), tag("T1", extra={"屏蔽源": "K1"}))
    async with running(tmp_path, site) as rig:
        rig.field["gds"].say("K1", True)
        rig.field["dcs"].say("T1", 85.0)
        await rig.has("T1", "H", "DSUPR")
        rig.field["gds"].refuse = OSError("gone")
        rig.field["gds"].cut()
        await rig.has("T1", "H", "UNACK")
        await rig.has("@gds", "LINK", "UNACK")
        assert state(rig, "K1/STATE") == "UNACK"


async def test_masks_hold_over_a_restart_and_go_with_their_configuration(tmp_path: Path) -> None:
    async with running(tmp_path, masked()) as rig:
        rig.field["dcs"].say("K1", True)
        rig.field["dcs"].say("T1", 85.0)
        number = (await rig.has("T1", "H", "DSUPR"))["occurrence"]
    async with running(tmp_path, masked()) as rig:
        assert (await rig.has("T1", "H", "DSUPR"))["occurrence"] == number
        rig.field["dcs"].say("K1", False)
        await rig.has("T1", "H", "UNACK")
        rig.field["dcs"].say("K1", True)
        await rig.has("T1", "H", "DSUPR")
    async with running(tmp_path, a_site(switch("K1"), tag("T1"), tag("G1"))) as rig:
        await rig.has("T1", "H", "UNACK")


async def test_chains_of_masks_hold_and_settings_mask_whole_equipment(tmp_path: Path) -> None:
    power = {"mask": [{"parent": "P1", "children": ["K1", "equipment:V-101"]}], "chatter": {"count": 0}}
    site = replace(masked(), tags=(*masked().tags, switch("P1")), options={"alarm": power})
    async with running(tmp_path, site) as rig:
        dcs = rig.field["dcs"]
        dcs.say("K1", True)
        dcs.say("T1", 85.0)
        await rig.has("T1", "H", "DSUPR")
        dcs.say("P1", True)
        assert (await rig.has("K1", "STATE", "DSUPR"))["reason"].endswith("（P1/STATE）")
        assert state(rig, "T1/H") == "DSUPR"  # by K1, which stands still, or by P1
        dcs.say("K1", False)
        await until(lambda: rig.station.engine.state("T1/H").masked_by == "P1/STATE", "masked by the other")
        dcs.say("P1", False)
        await rig.has("T1", "H", "UNACK")


async def test_an_alarm_that_chatters_gets_a_badge_and_a_longer_delay_and_loses_both(tmp_path: Path) -> None:
    quick = {"alarm": {"chatter": {"count": 3, "within_s": 60, "off_delay_s": 30, "quiet_s": 1}}}
    async with running(tmp_path, replace(a_site(tag("T1")), options=quick)) as rig:
        dcs, engine = rig.field["dcs"], rig.station.engine
        for _ in range(3):
            dcs.say("T1", 85.0)
            dcs.say("T1", 50.0)
        dcs.say("T1", 85.0)
        await until(lambda: rig.station.wording.chattering, "chatter")
        alarm = await rig.has("T1", "H", "UNACK")
        assert alarm["chattering"] is True
        watch, i = engine.place("T1/H")
        assert watch.rules[i].off_delay == 30_000_000
        dcs.say("T1", 50.0)
        assert engine.state("T1/H").active  # not yet over: the longer delay runs
        facts = {f["code"]: f for r in (await rig.get("/tags/T1/why"))["rules"] if r["rule"] == "H" for f in r["facts"]}
        assert facts["chattering"]["numbers"]["plain_s"] == 0.0
        assert facts["off_delay"]["numbers"]["of_s"] == 30.0
        await until(lambda: not rig.station.wording.chattering, "calm")
        await rig.has("T1", "H", "RTNUN")  # its own delay again: long over
        assert rig.station.engine.state("T1/H").shelved_until is None
        await until(lambda: rig.station.writer.backlog == 0, "written")
        told = [w.record.data["what"] for w in rig.station.store.journal.read(0, 500, "system")]
        assert [what for what in told if what.startswith("chatter")] == ["chatter_began", "chatter_ended"]

"""Limits and the status of equipment changed in the running station."""

import asyncio
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from app.domain.alarm import Reading, Shelve
from app.domain.plant import Source
from app.domain.rules import rules_of
from app.domain.sample import Quality, Reason
from app.domain.tag import Kind, Limits
from app.station import reconfigure
from app.station.changes import Change
from app.station.configure import keep_site, site_to_run
from app.station.engine import Engine
from app.station.errors import KnownError, NotAllowed
from app.station.retune import retune, retuned_site
from app.store import open_store
from app.store.ports import StoreUnavailable
from tests.station.rig import Rig, a_site, running, tag, until


async def change(rig: Rig, **fields: Any) -> Any:
    return await retune(rig.station, {"T1": fields}, "zheng", "zhao", "联锁值复核")


async def test_a_lifted_limit_ends_a_standing_alarm_at_once_and_is_on_record(tmp_path: Path) -> None:
    async with running(tmp_path) as rig, rig.feed() as feed:
        await feed.find(lambda m: m["type"] == "snapshot")
        rig.field["dcs"].say("T1", 85.0)
        number = (await rig.has("T1", "H", "UNACK"))["occurrence"]
        version = await change(rig, h=88.0, deadband=1.5)
        alarm = await rig.has("T1", "H", "RTNUN")
        assert (alarm["occurrence"], alarm["limit"]) == (number, 88.0)
        assert "≥ 80 %" in alarm["message"]  # what it was raised by
        told = await feed.find(lambda m: m.get("extra", {}).get("config") == version.version)
        assert told
        assert (await rig.get("/site"))["version"] == version.version
        row = next(t for t in await rig.get("/tags") if t["tag"] == "T1")
        assert (row["h"], row["deadband"]) == (88.0, 1.5)
        rig.field["dcs"].say("T1", 87.9)
        assert not rig.station.engine.state("T1/H").active
        rig.field["dcs"].say("T1", 88.0)
        assert (await rig.has("T1", "H", "UNACK"))["occurrence"] > number
        records = [w.record for w in rig.station.store.journal.read(0, 500, "config")]
        changed = [
            (r.actor, r.tag, r.data["column"], r.data["old"], r.data["new"]) for r in records if r.data["what"] == "changed"
        ]
        assert changed == [("zheng", "T1", "h", 80.0, 88.0), ("zheng", "T1", "deadband", 2.0, 1.5)]
        assert all(r.data["approved_by"] == "zhao" and r.data["why"] == "联锁值复核" for r in records[:2])
        assert [r.data["config"] for r in records if r.data["what"] == "in_force"] == [version.version]
        past = (await rig.get("/alarms/history", tag="T1"))[-1]
        assert past["limit"] == 80.0


async def test_a_lowered_limit_alarms_at_once_by_the_present_value(tmp_path: Path) -> None:
    async with running(tmp_path) as rig:
        rig.field["dcs"].say("T1", 75.0)
        await until(lambda: rig.station.table.slots["T1"].sample.value == 75.0, "there")
        await change(rig, h=70.0)
        alarm = await rig.has("T1", "H", "UNACK")
        assert (alarm["value"], alarm["limit"]) == (75.0, 70.0)


async def test_acknowledgement_latch_and_shelf_stay_with_their_rule(tmp_path: Path) -> None:
    async with running(tmp_path, a_site(tag("T1"), tag("T2"))) as rig:
        rig.field["dcs"].say("T1", 95.0)
        grave = (await rig.has("T1", "HH", "UNACK"))["occurrence"]
        high = (await rig.has("T1", "H", "UNACK"))["occurrence"]
        await rig.post(f"/alarms/{grave}/ack", {"note": "知道"})
        await rig.post(f"/alarms/{high}/shelve", {"minutes": 30, "reason": "检修"})
        await change(rig, hh=93.0, h=82.0, priority_h="medium")
        acked = await rig.has("T1", "HH", "ACKED")
        shelved = await rig.has("T1", "H", "SHLVD")
        assert (acked["occurrence"], acked["note"], acked["limit"]) == (grave, "知道", 93.0)
        assert (shelved["occurrence"], shelved["priority"], shelved["limit"]) == (high, "medium", 82.0)
        assert (await rig.post(f"/alarms/{high}/unshelve"))[0] == 200


async def test_a_limit_taken_away_while_it_alarms_ends_with_a_record(tmp_path: Path) -> None:
    async with running(tmp_path) as rig:
        rig.field["dcs"].say("T1", 85.0)
        number = (await rig.has("T1", "H", "UNACK"))["occurrence"]
        await change(rig, h=None)
        await rig.gone("T1", "H")
        assert (await rig.post(f"/alarms/{number}/ack", {"note": "x"}))[0] == 409
        last = [w.record for w in rig.station.store.journal.read(0, 500, "alarm")][-1]
        assert (last.occurrence, last.data["what"], last.data["before"]) == (number, "rule_removed", "UNACK")
        await change(rig, h=82.0)
        assert (await rig.has("T1", "H", "UNACK"))["occurrence"] > number


async def test_a_delay_under_way_does_not_raise_by_a_limit_that_is_lifted(tmp_path: Path) -> None:
    async with running(tmp_path, a_site(tag("T1", on_delay_s=0.4, limits=Limits(h=80.0)))) as rig:
        rig.field["dcs"].say("T1", 85.0)
        await until(lambda: rig.station.engine.state("T1/H").pending, "delay runs")
        await change(rig, h=88.0)
        assert not rig.station.engine.state("T1/H").pending
        await change(rig, h=84.0)  # and begins anew where the value is beyond it again
        await rig.has("T1", "H", "UNACK")


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"h": 95.0}, "高高报 90 不大于高报 95"),
    ({"hh": 101.0}, "量程 0 到 100 之外"),
    ({"h": float("nan")}, "应为数字"),
    ({"h": float("inf")}, "应为数字"),
    ({"h": "82"}, "应为数字"),
    ({"h": True}, "应为数字"),
    ({"deadband": -1.0}, "应为 0 或正数"),
    ({"deadband": 50.0}, "死区"),
    ({"on_delay_s": -0.1}, "应为 0 或正数"),
    ({"off_delay_s": 1e9}, "应在 0 到"),
    ({"priority_h": "urgent"}, "critical、high、medium、low"),
    ({"alarm_on": 1}, "应只留一种"),
    ({"latching": 1}, "true 或 false"),
    ({"address": "x"}, "不能在运行中修改"),
    ({"prealarm_min": 0.0}, "预警提前 0 分钟不对"),
    ({"prealarm_min": 300.0}, "不超过 240 分钟"),
    ({"prealarm_min": "10"}, "应为数字"),
    ({"prealarm_min": 10.0, "hh": None, "h": None, "l": None, "ll": None}, "没有设限值，却要求到限预警"),
    ({"priority_prealarm": "urgent"}, "critical、high、medium、low"),
]


@pytest.mark.parametrize(("fields", "says"), WRONG)
def test_what_the_site_check_would_refuse_is_refused_with_the_reason(fields: dict[str, Any], says: str) -> None:
    with pytest.raises(NotAllowed) as refused:
        retuned_site(a_site(tag("T1"), tag("T2")), {"T2": {"h": 81.0}, "T1": fields})
    assert says in refused.value.message
    assert refused.value.message.startswith("T1")


@pytest.mark.parametrize("fields", [{"h": 95.0}, {"h": 80.0}])
async def test_what_is_refused_changes_nothing(tmp_path: Path, fields: dict[str, Any]) -> None:
    async with running(tmp_path) as rig:
        before = rig.station.site
        with pytest.raises(NotAllowed):
            await change(rig, **fields)
        with pytest.raises(NotAllowed):
            await retune(rig.station, {"T1": {"h": 81.0}}, "zheng", "zhao", "  ")
        assert rig.station.site is before
        assert rig.station.store.journal.read(0, 100, "config") == []
        assert rig.station.store.config.current() is None


async def test_several_tags_at_once_or_none_and_unknown_ones_are_told(tmp_path: Path) -> None:
    async with running(tmp_path) as rig:
        with pytest.raises(KnownError) as refused:
            await retune(rig.station, {"T1": {"h": 81.0}, "NO": {"h": 1.0}}, "zheng", "zhao", "x")
        assert "NO" in refused.value.message
        assert rig.station.engine.watches["T1"].rules[2].limit == 80.0
        await retune(rig.station, {"T1": {"h": 81.0}, "T2": {"h": 79.0}}, "zheng", "zhao", "x")
        limits = {key: rule.limit for w in rig.station.engine.watches.values() for rule in w.rules if (key := rule.key)}
        assert (limits["T1/H"], limits["T2/H"]) == (81.0, 79.0)


async def test_a_version_that_cannot_be_kept_changes_nothing_and_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running(tmp_path) as rig:

        def full(*args: Any) -> None:
            raise StoreUnavailable("磁盘已满")

        with monkeypatch.context() as patch:
            patch.setattr(rig.station.store.config, "save", full)
            with pytest.raises(StoreUnavailable):
                await change(rig, h=88.0)
        assert rig.station.engine.watches["T1"].rules[2].limit == 80.0
        await until(lambda: rig.station.writer.backlog == 0, "written")
        told = [w.record.data["what"] for w in rig.station.store.journal.read(0, 100, "config")]
        assert told == ["changed", "not_taken"]
        await change(rig, h=88.0)  # and the next one goes


async def test_the_same_limits_hold_after_a_restart_with_the_same_package(tmp_path: Path) -> None:
    package = a_site(tag("T1"))
    with closing(open_store(tmp_path)) as store:
        keep_site(store, package, "os:x", "import", 1)
    async with running(tmp_path, package) as rig:
        version = await change(rig, h=88.0)
    with closing(open_store(tmp_path)) as store:
        config, site, changes = site_to_run(store, package, "os:x", "start", 2)
        assert (config.version, changes) == (version.version, 0)
        assert site.tags[0].limits.h == 88.0
        other = replace(package, name="另一版")  # a package that was edited since counts, and what it takes back is on record
        config, site, changes = site_to_run(store, other, "os:x", "start", 3)
        assert (site, changes) == (other, 2)
        assert config.version == version.version + 1


async def test_why_tells_the_present_limit_its_author_and_the_last_transitions(tmp_path: Path) -> None:
    async with running(tmp_path) as rig:
        rig.field["dcs"].say("T1", 85.0)
        number = (await rig.has("T1", "H", "UNACK"))["occurrence"]
        rig.field["dcs"].say("T1", 50.0)
        await rig.has("T1", "H", "RTNUN")
        version = await change(rig, h=82.0)
        told = await rig.get("/tags/T1/why")
        [rule] = [r for r in told["rules"] if r["rule"] == "H"]
        since = rule["since"]
        assert (since["version"], since["by"], since["approved_by"]) == (version.version, "zheng", "zhao")
        assert (since["why"], since["old"], since["new"]) == ("联锁值复核", 80.0, 82.0)
        assert [p["what"] for p in rule["past"]] == ["cleared", "raised"]
        raised = rule["past"][1]
        assert (raised["occurrence"], raised["value"], raised["limit"]) == (number, 85.0, 80.0)
        assert raised["lasted_s"] > 0
        assert rule["facts"][0]["code"] == "verdict"
        link = await rig.get("/tags/@dcs/why")
        assert [f["code"] for f in link["rules"][0]["facts"]] == ["verdict", "link"]
        assert (await rig.raw("GET", "/tags/NO/why")).status_code == 404


async def test_a_tank_is_stopped_and_taken_into_service_without_a_restart(tmp_path: Path) -> None:
    site = a_site(tag("T1"), tag("G1", kind=Kind.COMBUSTIBLE_GAS))
    async with running(tmp_path, site) as rig:
        rig.field["dcs"].say("T1", 85.0)
        rig.field["dcs"].say("G1", 85.0)
        await rig.has("T1", "H", "UNACK")
        body = {"status": "maintenance", "reason": "换密封", "work_order": "WO-7"}
        for user, wrong, status in (
            ("wang", body, 403),
            ("zhao", {**body, "reason": " "}, 422),
            ("zhao", {**body, "status": "in_service"}, 422),
            ("zhao", {**body, "status": "broken"}, 400),
        ):
            assert (await rig.post("/equipment/V-101/status", wrong, user))[0] == status
        assert (await rig.post("/equipment/NO/status", body, "zhao"))[0] == 404
        status, said = await rig.post("/equipment/V-101/status", body, "zhao")
        assert (status, said["equipment"]["status"]) == (200, "maintenance")
        alarm = await rig.has("T1", "H", "DSUPR")
        assert alarm["reason"] == "按设计抑制：一号罐 检修（换密封，工单 WO-7）"
        await rig.has("G1", "H", "UNACK")
        assert (await rig.get("/equipment"))[0]["status"] == "maintenance"
        await change(rig, h=None)
        await change(rig, h=84.0)  # a limit that is new on a tank that stands still is suppressed too
        await rig.has("T1", "H", "DSUPR")
        status, said = await rig.post("/equipment/V-101/status", {"status": "in_service", "reason": "修好"}, "zhao")
        assert (status, said["version"]) == (200, 4)
        await rig.has("T1", "H", "UNACK")
        records = [
            w.record for w in rig.station.store.journal.read(0, 500, "config") if w.record.data.get("column") == "status"
        ]
        assert [(r.actor, r.data["old"], r.data["new"]) for r in records] == [
            ("zhao", "in_service", "maintenance"),
            ("zhao", "maintenance", "in_service"),
        ]
        current = rig.station.store.config.current()
        assert current is not None and current[1] == rig.station.site


def test_a_limit_that_masks_others_cannot_simply_go() -> None:
    site = a_site(tag("T1"), tag("T2", extra={"masked_by": "T1/HH"}))
    with pytest.raises(NotAllowed) as refused:
        retuned_site(site, {"T1": {"hh": None}})
    assert "T1" in refused.value.message and "屏蔽" in refused.value.message
    assert retuned_site(site, {"T1": {"l": None, "hh": 92.0}}).tags[0].limits.hh == 92.0


def test_a_command_taken_back_after_its_rule_is_gone_harms_nothing() -> None:
    changes: list[Change] = []
    engine = Engine(1, changes.append)
    rules = rules_of(tag("T1", on_delay_s=5.0), Source("dcs", "x", ""))
    engine.add("T1", rules, {})
    engine.reading(engine.watches["T1"], Reading(95.0, Quality.GOOD, Reason.NONE, 0), 0)
    watch, i = engine.place("T1/H")
    _, undo = engine.act(watch, i, Shelve(9_000_000, "wang", "x"), 1)
    assert "T1/H" in engine.shelved
    engine.retune("T1", rules_of(tag("T1", on_delay_s=5.0, limits=Limits(hh=90.0)), Source("dcs", "x", "")), 2)
    assert engine.revert(undo) == undo.before
    assert "T1/H" not in engine.shelved
    engine.tick(10_000_000)  # timers of the rules that were are let go, those of the rules that are count
    assert engine.state("T1/HH").active
    raised = [change.key for change in changes if change.transition.what.value == "raised"]
    assert raised == ["T1/HH"]


async def test_an_alarm_that_chatters_keeps_its_longer_delay_under_another_limit(tmp_path: Path) -> None:
    quick = {"alarm": {"chatter": {"count": 2, "off_delay_s": 30}}}
    async with running(tmp_path, replace(a_site(tag("T1")), options=quick)) as rig:
        for value in (85.0, 50.0, 85.0):
            rig.field["dcs"].say("T1", value)
        await until(lambda: rig.station.wording.chattering, "chatter")
        await change(rig, h=82.0, off_delay_s=4.0)
        watch, i = rig.station.engine.place("T1/H")
        assert (watch.rules[i].limit, watch.rules[i].off_delay) == (82.0, 30_000_000)
        assert rig.station.chatter.plain_off_delay("T1/H") == 4_000_000
        await change(rig, h=None)
        assert not rig.station.wording.chattering
        await change(rig, h=82.0)
        watch, i = rig.station.engine.place("T1/H")
        assert watch.rules[i].off_delay == 4_000_000


async def test_an_alarm_that_chatters_goes_on_to_after_a_restart(tmp_path: Path) -> None:
    """And one annunciation before the restart counts together with one after it."""
    quick = {"alarm": {"chatter": {"count": 2, "within_s": 600, "off_delay_s": 30, "quiet_s": 900}}}
    site = replace(a_site(tag("T1"), tag("T2"), tag("T3")), options=quick)
    async with running(tmp_path, site) as rig:
        for value in (85.0, 50.0, 85.0):
            rig.field["dcs"].say("T1", value)
        rig.field["dcs"].say("T2", 85.0)
        rig.field["dcs"].say("T2", 50.0)
        await until(lambda: rig.station.wording.chattering == {"T1/H"} and not rig.station.writer.backlog, "chatter")
        since = rig.station.chatter.since("T1/H")
    async with running(tmp_path, site) as rig:
        watch, i = rig.station.engine.place("T1/H")
        assert (watch.rules[i].off_delay, rig.station.chatter.plain_off_delay("T1/H")) == (30_000_000, 0)
        assert abs((rig.station.chatter.since("T1/H") or 0) - (since or 0)) < 1_000_000
        assert (await rig.has("T1", "H", "UNACK"))["chattering"]
        rig.field["dcs"].say("T3", 85.0)
        rig.field["dcs"].say("T2", 85.0)
        await until(lambda: rig.station.wording.chattering == {"T1/H", "T2/H"}, "counted together")
    async with running(tmp_path, replace(site, options={"alarm": {"chatter": {"count": 0}}})) as rig:
        assert not rig.station.wording.chattering


async def test_equipment_with_very_many_tags_is_stopped_in_portions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The answer does not wait for the last of them; a stop of the station in between is made up for at the next start, and a
    change of mind meanwhile counts."""
    site = a_site(*[tag(f"T{n}") for n in range(6 * reconfigure.AT_ONCE)])
    body = {"status": "stopped", "reason": "检修", "work_order": "W1"}
    again = {**body, "status": "in_service"}

    def silent(rig: Rig) -> list[bool]:
        return [bool(state.suppressed) for one in site.tags for state in rig.station.engine.watches[one.tag].states]

    monkeypatch.setattr(reconfigure, "PAUSE_S", 3600.0)
    async with running(tmp_path, site) as rig:
        assert (await rig.post("/equipment/V-101/status", body, "zhao"))[0] == 200
        assert any(silent(rig)) and not all(silent(rig))
    monkeypatch.setattr(reconfigure, "PAUSE_S", 0.001)
    async with running(tmp_path, rig.station.site) as rig:
        assert all(silent(rig))
        for wanted in (again, body, again):
            assert (await rig.post("/equipment/V-101/status", wanted, "zhao"))[0] == 200
        await until(lambda: not any(silent(rig)), "all of them are heard again")


async def test_an_import_that_waits_for_the_next_start_is_not_undone(tmp_path: Path) -> None:
    async with running(tmp_path) as rig:
        await change(rig, h=81.0)
        store = rig.station.store
        keep_site(store, a_site(tag("T1", guidance="新的"), tag("T2")), "os:x", "import", rig.station.clock.now())
        with pytest.raises(NotAllowed) as refused:
            await change(rig, h=82.0)
        assert refused.value.code == "config_waiting"
        current = store.config.current()
        assert current is not None and current[1].tags[0].guidance == "新的"


async def test_a_change_whose_caller_goes_away_is_carried_through(tmp_path: Path) -> None:
    async with running(tmp_path) as rig:
        asked = asyncio.create_task(change(rig, h=81.0))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        asked.cancel()
        await until(lambda: rig.station.site.tags[0].limits.h == 81.0, "carried through")
        assert asked.cancelled()

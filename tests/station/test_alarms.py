"""Alarms from the field to the person and back, through the real API."""

import asyncio
from dataclasses import replace
from pathlib import Path

from app.domain.plant import EquipmentStatus
from app.domain.sample import Reason
from app.domain.tag import Kind
from tests.station.rig import a_site, running, tag, until


async def test_a_high_value_raises_is_acknowledged_clears_and_is_forgotten(tmp_path: Path) -> None:
    async with running(tmp_path) as rig:
        rig.field["dcs"].say("T1", 85.0)
        alarm = await rig.has("T1", "H", "UNACK")
        assert alarm["value"] == 85.0
        assert alarm["limit"] == 80.0
        assert alarm["durable"] is True
        assert alarm["first_out"] is True
        status, body = await rig.post(f"/alarms/{alarm['occurrence']}/ack", {"note": "已通知现场"})
        assert (status, body["state"], body["acked_by"], body["note"]) == (200, "ACKED", "wang", "已通知现场")
        rig.field["dcs"].say("T1", 79.0)  # within the deadband
        rig.field["dcs"].say("T1", 78.0)
        await rig.gone("T1", "H")
        past = await rig.get("/alarms/history", tag="T1")
        assert [(p["occurrence"], p["state"], p["acked_by"]) for p in past] == [(alarm["occurrence"], "NORM", "wang")]


async def test_an_old_occurrence_cannot_silence_a_newer_one(tmp_path: Path) -> None:
    async with running(tmp_path) as rig:
        rig.field["dcs"].say("T1", 85.0)
        first = (await rig.has("T1", "H", "UNACK"))["occurrence"]
        rig.field["dcs"].say("T1", 50.0)
        await rig.has("T1", "H", "RTNUN")
        rig.field["dcs"].say("T1", 86.0)
        second = (await rig.has("T1", "H", "UNACK"))["occurrence"]
        assert second > first
        status, body = await rig.post(f"/alarms/{first}/ack")
        assert (status, body["error"]["code"]) == (409, "stale_occurrence")
        assert (await rig.alarm("T1", "H"))["state"] == "UNACK"  # type: ignore[index]
        status, body = await rig.post("/alarms/999999999/ack")
        assert (status, body["error"]["code"]) == (404, "not_found")


async def test_two_people_acknowledge_at_once_and_one_of_them_did(tmp_path: Path) -> None:
    async with running(tmp_path) as rig:
        rig.field["dcs"].say("T1", 95.0)
        alarm = await rig.has("T1", "HH", "UNACK")
        await rig.token("wang"), await rig.token("li")
        path = f"/alarms/{alarm['occurrence']}/ack"
        note = {"note": "已通知现场"}
        answers = await asyncio.gather(rig.post(path, note, "wang"), rig.post(path, note, "li"))
        assert sorted(status for status, _ in answers) == [200, 409]
        winner = next(body["acked_by"] for status, body in answers if status == 200)
        assert (await rig.has("T1", "HH", "ACKED"))["acked_by"] == winner
        loser = next(body for status, body in answers if status == 409)
        assert loser["error"]["code"] == "already_acknowledged"
        assert winner in loser["error"]["message"]


async def test_many_are_acknowledged_each_for_itself(tmp_path: Path) -> None:
    async with running(tmp_path) as rig:
        rig.field["dcs"].say("T1", 95.0)
        rig.field["dcs"].say("T2", 95.0)
        await rig.has("T2", "H", "UNACK")
        numbers = [a["occurrence"] for a in await rig.get("/alarms", view="unacked")]
        assert len(numbers) == 4
        status, body = await rig.post("/alarms/ack", {"occurrences": [*numbers, 77_777], "note": "交班"})
        assert status == 200
        assert sorted(body["acknowledged"]) == sorted(numbers)
        assert [(r["occurrence"], r["code"]) for r in body["refused"]] == [(77_777, "not_found")]
        assert await rig.get("/alarms", view="unacked") == []
        assert len(await rig.get("/alarms", view="active")) == 4


REFUSALS: list[tuple[str, object, str, int, str]] = [
    ("/alarms/{n}/ack", None, "sun", 403, "forbidden"),
    ("/alarms/{n}/shelve", {"minutes": 10, "reason": "校验"}, "wu", 403, "forbidden"),
    ("/alarms/{n}/shelve", {"minutes": 10, "reason": "  "}, "wang", 422, "reason_required"),
    ("/alarms/{n}/shelve", {"minutes": 0, "reason": "校验"}, "wang", 422, "bad_shelve_time"),
    ("/alarms/{n}/shelve", {"minutes": 100_000, "reason": "校验"}, "wang", 422, "bad_shelve_time"),
    ("/alarms/{n}/shelve", {"minutes": "ten", "reason": "校验"}, "wang", 400, "malformed"),
    ("/alarms/{n}/shelve", {"minutes": 10}, "wang", 400, "malformed"),
    ("/alarms/{n}/unshelve", None, "wang", 409, "not_shelved"),
    ("/alarms/{n}/reset", None, "wang", 422, "still_active"),
    ("/alarms/x/ack", None, "wang", 400, "malformed"),
    ("/alarms/ack", {"occurrences": []}, "wang", 400, "malformed"),
    ("/tags/T1/suppress", {"reason": "检修"}, "wang", 403, "forbidden"),
    ("/tags/NO/suppress", {"reason": "检修"}, "zhao", 404, "not_found"),
    ("/tags/T1/unsuppress", None, "zhao", 409, "not_suppressed"),
    ("/tags/T1/return_to_service", None, "zhao", 409, "not_out_of_service"),
    ("/tags/@station%2Fjournal/suppress", {"reason": "x"}, "zhao", 422, "not_allowed"),
    ("/forms/nothing", {}, "wang", 404, "not_found"),
    ("/nothing", None, "wang", 404, "not_found"),
    ("/status", None, "wang", 405, "method_not_allowed"),
]


async def test_what_is_refused_has_a_code_a_sentence_and_changes_nothing(tmp_path: Path) -> None:
    async with running(tmp_path) as rig:
        rig.field["dcs"].say("T1", 85.0)
        number = (await rig.has("T1", "H", "UNACK"))["occurrence"]
        for path, body, user, status, code in REFUSALS:
            answer, said = await rig.post(path.format(n=number), body, user)
            assert (answer, said["error"]["code"]) == (status, code), (path, body, user)
            assert said["error"]["message"]
        assert (await rig.alarm("T1", "H"))["state"] == "UNACK"  # type: ignore[index]
        await until(lambda: rig.station.writer.backlog == 0, "refusals written")
        commands = await rig.get("/journal", "wu", kind="command")
        refused = [c["data"]["code"] for c in commands if c["data"]["outcome"] == "refused"]
        assert refused == [code for path, _, _, status, code in REFUSALS if status in (403, 409, 422) or "/NO/" in path]


async def test_overlays_are_listed_each_in_its_view_and_come_off(tmp_path: Path) -> None:
    async with running(tmp_path) as rig:
        rig.field["dcs"].say("T1", 85.0)
        number = (await rig.has("T1", "H", "UNACK"))["occurrence"]
        status, body = await rig.post(f"/alarms/{number}/shelve", {"minutes": 30, "reason": "仪表校验"})
        assert (status, body["state"], body["reason"], body["shelved_by"]) == (200, "SHLVD", "仪表校验", "wang")
        assert [a["occurrence"] for a in await rig.get("/alarms", view="shelved")] == [number]
        assert await rig.get("/alarms", view="active") == []
        assert (await rig.post(f"/alarms/{number}/unshelve"))[0] == 200
        assert (await rig.has("T1", "H", "UNACK"))["occurrence"] == number

        assert (await rig.post("/tags/T1/suppress", {"reason": "罐清洗"}, "zhao"))[0] == 200
        suppressed = await rig.get("/alarms", view="suppressed")
        assert {a["rule"] for a in suppressed} == {"HH", "H", "L", "LL", "BAD"}
        assert len({a["occurrence"] for a in suppressed}) == 5  # also those that never alarmed have a number of their own
        assert (await rig.post("/tags/T1/suppress", {"reason": "罐清洗"}, "zhao"))[0] == 409
        assert (await rig.post("/tags/T1/unsuppress", None, "zhao"))[0] == 200
        await rig.has("T1", "H", "UNACK")

        body = {"reason": "拆检", "work_order": "WO-7"}
        assert (await rig.post("/tags/T1/out_of_service", body, "zhao"))[0] == 200
        assert all("WO-7" in a["reason"] for a in await rig.get("/alarms", view="out_of_service"))
        assert (await rig.post("/tags/T1/return_to_service", None, "zhao"))[0] == 200
        assert [a["rule"] for a in await rig.get("/alarms")] == ["H"]


async def test_a_shelf_ends_by_time_and_the_alarm_sounds_again(tmp_path: Path) -> None:
    async with running(tmp_path) as rig, rig.feed() as feed:
        rig.field["dcs"].say("T1", 85.0)
        number = (await rig.has("T1", "H", "UNACK"))["occurrence"]
        await rig.post(f"/alarms/{number}/shelve", {"minutes": 0.005, "reason": "短"})
        back = await feed.find(lambda m: any(e["what"] == "reannounced" for e in m.get("events", [])))
        assert [e["annunciate"] for e in back["events"]] == [False, True]
        await rig.has("T1", "H", "UNACK")


async def test_a_latched_alarm_waits_for_its_reset(tmp_path: Path) -> None:
    async with running(tmp_path, a_site(tag("T1", latching=True))) as rig:
        rig.field["dcs"].say("T1", 85.0)
        number = (await rig.has("T1", "H", "UNACK"))["occurrence"]
        rig.field["dcs"].say("T1", 50.0)
        await rig.has("T1", "H", "LUNAK")
        assert (await rig.post(f"/alarms/{number}/reset"))[1]["error"]["code"] == "not_acknowledged"
        await rig.post(f"/alarms/{number}/ack")
        await rig.has("T1", "H", "LAKED")
        assert (await rig.post(f"/alarms/{number}/reset"))[0] == 200
        await rig.gone("T1", "H")


async def test_delays_run_by_the_clock_without_new_values(tmp_path: Path) -> None:
    slow = tag("T1", on_delay_s=0.3, off_delay_s=0.2)
    async with running(tmp_path, a_site(slow)) as rig:
        rig.field["dcs"].say("T1", 85.0)
        state = rig.station.engine.state("T1/H")
        assert state.pending and not state.active
        await rig.has("T1", "H", "UNACK")
        rig.field["dcs"].say("T1", 50.0)
        await rig.has("T1", "H", "RTNUN")


async def test_equipment_out_of_use_suppresses_by_design_but_never_a_gas_detector(tmp_path: Path) -> None:
    site = a_site(tag("T1"), tag("G1", kind=Kind.COMBUSTIBLE_GAS))
    stopped = replace(site, equipment=(replace(site.equipment[0], status=EquipmentStatus.MAINTENANCE),))
    async with running(tmp_path, stopped) as rig:
        rig.field["dcs"].say("T1", 95.0)
        rig.field["dcs"].say("G1", 95.0)
        await rig.has("G1", "HH", "UNACK")
        alarm = await rig.has("T1", "HH", "DSUPR")
        assert "检修" in alarm["reason"]
        assert alarm["process_state"] == "UNACK"
    async with running(tmp_path, site) as rig:  # in service again: what is still true sounds
        await rig.has("T1", "HH", "UNACK")


async def test_the_source_lost_is_one_alarm_and_standing_alarms_stand(tmp_path: Path) -> None:
    async with running(tmp_path) as rig:
        dcs = rig.field["dcs"]
        dcs.say("T1", 85.0)
        dcs.say("T2", 50.0)
        await rig.has("T1", "H", "UNACK")
        dcs.refuse = OSError("connection refused")
        dcs.cut("服务器没有应答")
        link = await rig.has("@dcs", "LINK", "UNACK")
        assert "服务器没有应答" in link["message"]
        values = {v["tag"]: v for v in await rig.get("/values")}
        assert {(v["quality"], v["reason"]) for v in values.values()} == {("bad", "comm_lost")}
        assert values["T2"]["value"] == 50.0
        standing = await rig.has("T1", "H", "UNACK")
        assert standing["source_lost_since"] is not None
        assert {a["rule"] for a in await rig.get("/alarms")} == {"H", "LINK"}  # no BAD alarm per tag
        dcs.refuse = None
        await rig.has("@dcs", "LINK", "RTNUN")
        values = {v["tag"]: v for v in await rig.get("/values")}
        assert {(v["quality"], v["reason"]) for v in values.values()} == {("uncertain", "no_data_yet")}
        dcs.say("T1", 84.0)
        await until(lambda: rig.station.engine.state("T1/H").source_lost_since is None, "source back")


async def test_a_failed_sensor_speaks_for_itself_and_changes_nothing_else(tmp_path: Path) -> None:
    async with running(tmp_path) as rig:
        rig.field["dcs"].say("T1", 85.0)
        await rig.has("T1", "H", "UNACK")
        rig.field["dcs"].fail("T1", Reason.SENSOR_FAILURE, "0x80550000")
        bad = await rig.has("T1", "BAD", "UNACK")
        assert "变送器故障" in bad["message"]
        await rig.has("T1", "H", "UNACK")
        [value] = await rig.get("/values", tag="T1")
        assert (value["value"], value["quality"], value["detail"]) == (85.0, "bad", "0x80550000")
        rig.field["dcs"].say("T1", 50.0)
        await rig.has("T1", "BAD", "RTNUN")
        await rig.has("T1", "H", "RTNUN")

"""What the policy of the desk asks for and forbids, through the real API: notes, shelves, two persons."""

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from app.domain.plant import Site
from app.domain.roles import Role
from app.station.commands import Who
from app.station.errors import Denied, NotAllowed
from app.station.shelf import ShelveRequest
from tests.station.rig import Rig, a_site, running, tag, until


def site(*tags: Any, **alarm: Any) -> Site:
    made = a_site(*tags)
    return replace(made, options={"alarm": {"chatter": {"count": 0}, **alarm}})


async def raised(rig: Rig, value: float = 95.0, name: str = "T1") -> tuple[int, int]:
    """Occurrences of HH (critical) and H (high)."""
    rig.field["dcs"].say(name, value)
    grave = await rig.has(name, "HH", "UNACK")
    return grave["occurrence"], (await rig.has(name, "H", "UNACK"))["occurrence"]


async def test_a_critical_alarm_is_acknowledged_with_a_note_only(tmp_path: Path) -> None:
    async with running(tmp_path) as rig:
        grave, high = await raised(rig)
        for body in (None, {"note": "  "}):
            status, said = await rig.post(f"/alarms/{grave}/ack", body)
            assert (status, said["error"]["code"]) == (422, "note_required")
        assert (await rig.alarm("T1", "HH"))["state"] == "UNACK"  # type: ignore[index]
        assert (await rig.post(f"/alarms/{high}/ack"))[0] == 200
        assert (await rig.post(f"/alarms/{grave}/ack", {"note": "已派人"}))[0] == 200
        status, said = await rig.post(f"/alarms/{grave}/ack")  # gone is gone: the missing note is not what matters
        assert (status, said["error"]["code"]) == (409, "already_acknowledged")


async def test_of_many_those_that_need_a_note_are_refused_one_by_one(tmp_path: Path) -> None:
    async with running(tmp_path) as rig:
        grave, high = await raised(rig)
        status, said = await rig.post("/alarms/ack", {"occurrences": [grave, high]})
        assert status == 200
        assert said["acknowledged"] == [high]
        assert [(r["occurrence"], r["code"]) for r in said["refused"]] == [(grave, "note_required")]
        assert (await rig.post("/alarms/ack", {"occurrences": [grave], "note": "已派人"}))[1]["acknowledged"] == [grave]


async def test_two_people_acknowledge_many_at_once_and_each_alarm_has_one_winner(tmp_path: Path) -> None:
    names = [f"T{n}" for n in range(20)]
    async with running(tmp_path, a_site(*(tag(n) for n in names))) as rig:
        for name in names:
            rig.field["dcs"].say(name, 85.0)
        await until(lambda: len(rig.station.board.alarms("unacked")) == 20, "raised")
        numbers = [a.occurrence for a in rig.station.board.alarms()]
        await rig.token("wang"), await rig.token("li")
        body = {"occurrences": numbers, "note": "x"}
        one, other = await asyncio.gather(rig.post("/alarms/ack", body, "wang"), rig.post("/alarms/ack", body, "li"))
        assert sorted(one[1]["acknowledged"] + other[1]["acknowledged"]) == sorted(numbers)
        for said, rival in ((one[1], "li"), (other[1], "wang")):
            assert all(r["code"] == "already_acknowledged" and rival in r["message"] for r in said["refused"])


SHELVES: list[tuple[str, str, dict[str, Any], str]] = [
    ("H", "wang", {"minutes": 61, "reason": "检修"}, "bad_shelve_time"),
    ("H", "zhao", {"minutes": 481, "reason": "检修"}, "bad_shelve_time"),
    ("H", "wang", {"minutes": 10, "reason": "其他"}, "reason_text_required"),
    ("H", "wang", {"minutes": 10, "reason": ""}, "reason_required"),
]


async def test_a_critical_alarm_is_not_shelved_by_one_person_when_nobody_can_be_asked(tmp_path: Path) -> None:
    async with running(tmp_path) as rig:
        grave, _ = await raised(rig)
        rig.station.commands.second_person = None
        status, said = await rig.post(f"/alarms/{grave}/shelve", {"minutes": 10, "reason": "检修"}, "zhao")
        assert (status, said["error"]["code"]) == (422, "second_person_required")
        assert (await rig.alarm("T1", "HH"))["state"] == "UNACK"  # type: ignore[index]


async def test_a_critical_shelf_is_asked_for_and_laid_when_another_person_agrees(tmp_path: Path) -> None:
    async with running(tmp_path) as rig:
        grave, _ = await raised(rig)
        status, said = await rig.post(f"/alarms/{grave}/shelve", {"minutes": 10, "reason": "检修"}, "zhao")
        assert status == 202
        assert (await rig.alarm("T1", "HH"))["state"] == "UNACK"  # type: ignore[index]
        path = f"/forms/shelve_request/{said['form']}/approve"
        assert (await rig.post(path, {}, "zhao"))[0] in (403, 422)
        assert (await rig.post(path, {}, "zhou"))[0] == 200
        alarm = await rig.has("T1", "HH", "SHLVD")
        assert (alarm["shelved_by"], "zhou" in alarm["reason"]) == ("zhao", True)


@pytest.mark.parametrize(("rule", "user", "body", "code"), SHELVES)
async def test_a_shelf_beyond_the_policy_is_refused(tmp_path: Path, rule: str, user: str, body: Any, code: str) -> None:
    async with running(tmp_path) as rig:
        grave, high = await raised(rig)
        status, said = await rig.post(f"/alarms/{grave if rule == 'HH' else high}/shelve", body, user)
        assert (status, said["error"]["code"]) == (422, code)
        assert (await rig.alarm("T1", rule))["state"] == "UNACK"  # type: ignore[index]


async def test_the_limit_that_stands_in_the_way_is_told(tmp_path: Path) -> None:
    async with running(tmp_path, site(tag("T1"), shelve={"operator": {"longest_min": 45, "priorities": ["low"]}})) as rig:
        _, high = await raised(rig)
        said = (await rig.post(f"/alarms/{high}/shelve", {"minutes": 10, "reason": "检修"}))[1]["error"]
        assert said["code"] == "shelve_priority"
        assert "只能搁置低级" in said["message"]
        said = (await rig.post("/tags/T1/shelve", {"rule": "BAD", "minutes": 10, "reason": "检修"}))[1]["error"]
        assert said["code"] == "shelve_priority"
        told = await rig.get("/policy")
        assert told["shelve"]["longest_min"] == 45
        assert told["shelve"]["times_min"] == [15, 30]
        assert told["basis"]["shelve.operator"] == "本站设定"
        assert told["basis"]["shelve.warn_min"] == "默认值，非官方规定"


async def test_no_more_at_once_than_the_policy_says(tmp_path: Path) -> None:
    names = [f"T{n}" for n in range(4)]
    limits = {"operator": {"at_once": 2}, "at_once": 3}
    async with running(tmp_path, site(*(tag(n) for n in names), shelve=limits)) as rig:
        body = {"rule": "H", "minutes": 10, "reason": "检修"}
        assert [(await rig.post(f"/tags/{n}/shelve", body))[0] for n in names[:3]] == [200, 200, 422]
        assert (await rig.get("/policy"))["shelve"]["used"] == 2
        assert (await rig.post(f"/tags/{names[2]}/shelve", body, "li"))[0] == 200
        status, said = await rig.post(f"/tags/{names[3]}/shelve", body, "li")
        assert (status, said["error"]["code"]) == (422, "too_many_shelved")
        assert "全站" in said["error"]["message"]
        shelved = await rig.get("/alarms", view="shelved")
        assert (await rig.post(f"/alarms/{shelved[0]['occurrence']}/unshelve"))[0] == 200  # whoever may
        assert (await rig.post(f"/tags/{names[3]}/shelve", body, "li"))[0] == 200


async def test_a_rule_that_does_not_alarm_is_shelved_and_says_nothing(tmp_path: Path) -> None:
    async with running(tmp_path) as rig:
        body = {"rule": "H", "minutes": 30, "reason": "检修", "text": "更换浮子"}
        status, said = await rig.post("/tags/T1/shelve", body)
        assert (status, said["state"], said["reason"]) == (200, "SHLVD", "检修：更换浮子")
        assert said["occurrence"] > 0
        assert (await rig.post("/tags/T1/shelve", body))[1]["error"]["code"] == "already_shelved"
        assert (await rig.post("/tags/T1/shelve", {**body, "rule": "X"}))[0] == 404
        assert (await rig.post("/tags/NO/shelve", body))[0] == 404
        rig.field["dcs"].say("T1", 85.0)
        await until(lambda: rig.station.engine.state("T1/H").active, "active")
        assert (await rig.alarm("T1", "H"))["state"] == "SHLVD"  # type: ignore[index]


async def test_a_critical_shelf_waits_for_a_second_person(tmp_path: Path) -> None:
    async with running(tmp_path) as rig:
        grave, _ = await raised(rig)
        asked: list[ShelveRequest] = []

        async def second(who: Who, request: ShelveRequest) -> int:
            asked.append(request)
            return 77

        rig.station.commands.second_person = second
        body = {"minutes": 30, "reason": "仪表故障"}
        status, said = await rig.post(f"/alarms/{grave}/shelve", body)
        assert (status, said["form"], said["kind"]) == (202, 77, "shelve_request")
        assert (await rig.alarm("T1", "HH"))["state"] == "UNACK"  # type: ignore[index]
        [request] = asked
        assert (request.key, request.occurrence, request.minutes, request.by) == ("T1/HH", grave, 30, "wang")

        shelf, writer = rig.station.shelf, rig.station.writer
        with pytest.raises(NotAllowed):
            shelf.approved(request, "wang", Role.SUPERVISOR)
        with pytest.raises(Denied):
            shelf.approved(request, "li", Role.OPERATOR)
        deed = shelf.approved(request, "zhao", Role.SUPERVISOR)
        await writer.submit(deed.records, deed.changes, deed.undos)
        alarm = await rig.has("T1", "HH", "SHLVD")
        assert alarm["shelved_by"] == "wang"
        assert "zhao" in alarm["reason"]


@pytest.mark.parametrize("user", ["wang", "zhao", "sun", "zheng"])
async def test_the_policy_tells_each_role_what_it_may(tmp_path: Path, user: str) -> None:
    async with running(tmp_path) as rig:
        told = await rig.get("/policy", user)
        expected = {"wang": (True, 60, 5), "zhao": (True, 480, 20), "sun": (False, 0, 0), "zheng": (False, 0, 0)}[user]
        shelve = told["shelve"]
        assert (shelve["may"], shelve["longest_min"], shelve["at_once"]) == expected
        assert told["note_required"] == ["critical"]
        assert shelve["second_person"] == ["critical"]
        assert told["suppress"] == {"may": user in ("zhao", "zheng"), "never": ["combustible_gas", "toxic_gas", "oxygen"]}


async def test_a_shelf_about_to_end_is_told_once_and_again_after_a_restart(tmp_path: Path) -> None:
    async with running(tmp_path) as rig, rig.feed() as feed:
        _, high = await raised(rig)
        await rig.post(f"/alarms/{high}/shelve", {"minutes": 4, "reason": "检修"})
        told = await feed.find(lambda m: bool(m.get("extra", {}).get("returning")))
        [back] = told["extra"]["returning"]
        assert (back["occurrence"], back["tag"], back["rule"]) == (high, "T1", "H")
        until_then = (await rig.alarm("T1", "H"))["shelved_until"]  # type: ignore[index]
        assert back["at"] == until_then
        await until(lambda: rig.station.writer.backlog == 0, "written")
    async with running(tmp_path) as rig:
        await until(lambda: rig.station.shelf.returning(), "told again")
        assert (await rig.alarm("T1", "H"))["shelved_until"] == until_then  # type: ignore[index]
        await until(lambda: rig.station.writer.backlog == 0, "written")
        records = [w.record for w in rig.station.store.journal.read(0, 1000, "system")]
        assert [r.occurrence for r in records if r.data["what"] == "shelf_returning"] == [high, high]  # once in each run


async def test_what_is_not_about_to_end_is_not_told(tmp_path: Path) -> None:
    async with running(tmp_path) as rig:
        _, high = await raised(rig)
        await rig.post(f"/alarms/{high}/shelve", {"minutes": 30, "reason": "检修"})
        rig.station.shelf.look(rig.station.clock.now())
        assert rig.station.shelf.returning() == []


async def test_a_rule_shelved_while_it_does_not_stand_comes_back_early(tmp_path: Path) -> None:
    async with running(tmp_path) as rig:
        shelf = {"rule": "H", "minutes": 30, "reason": "检修"}
        assert (await rig.post("/tags/T1/shelve", shelf))[0] == 200
        assert (await rig.get("/alarms", view="shelved"))[0]["tag"] == "T1"
        code, answer = await rig.post("/tags/T1/unshelve", {"rule": "H"})
        assert (code, answer["state"]) == (200, "NORM")
        assert await rig.get("/alarms", view="shelved") == []
        assert (await rig.post("/tags/T1/unshelve", {"rule": "H"}))[1]["error"]["code"] == "not_shelved"
        assert (await rig.post("/tags/T1/unshelve", {"rule": "XX"}))[0] == 404

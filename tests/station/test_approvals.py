"""What two people decide: limits and shelves, at the real station, through a restart in the middle."""

from pathlib import Path
from typing import Any

import pytest

from app.station.approvals import Approvals, wanted_values
from app.station.retune import retune
from tests.station.rig import Rig, running, until

WANTED = {
    "changes": [{"item": "h", "new": "85"}, {"item": "deadband", "new": "1.5"}, {"item": "ll", "new": ""}],
    "reason": "频繁报警",
    "risk": "高高报不变",
}


async def proposed(rig: Rig, **more: Any) -> Any:
    status, form = await rig.post("/forms/limit_change", {"subject": "tag:T1", "fields": WANTED | more}, "feng")
    assert status == 201, form
    return form


async def test_a_limit_change_comes_in_force_when_another_agrees(tmp_path: Path) -> None:
    async with running(tmp_path) as rig:
        form = await proposed(rig)
        path = f"/forms/limit_change/{form['id']}"
        old = {row["item"]: row["value"] for row in form["fields"]["old"]}
        assert old["h"] == "80" and old["deadband"] == "2" and old["priority_hh"] == "critical" and old["latching"] == "0"
        assert form["fields"]["range"] == "0 到 100 %" and form["priority"] == "critical"
        status, told = await rig.post(f"{path}/approve", {"fields": {"opinion": "同意"}}, "feng")
        assert (status, told["error"]["code"]) == (422, "same_person")
        assert rig.station.table.slots["T1"].tag.limits.h == 80
        status, told = await rig.post(f"{path}/approve", {"fields": {"opinion": "同意"}}, "zhao")
        assert status == 200, told

        async def in_force() -> Any:
            now = await rig.get(path)
            return now if now["state"] == "in_force" else None

        form = await until(in_force, "in force")
        limits = rig.station.table.slots["T1"].tag.limits
        assert (limits.h, limits.hh, limits.ll, rig.station.table.slots["T1"].tag.deadband) == (85, 90, None, 1.5)
        assert form["fields"]["in_force_since"] and form["fields"]["config_version"] == rig.station.given.config.version  # type: ignore[union-attr]
        changed = [line for line in await rig.get("/journal", "zhao", kind="config") if line["data"].get("approved_by")]
        assert {(line["actor"], line["data"]["approved_by"]) for line in changed} == {("feng", "zhao")}


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ([{"item": "h", "new": "95"}], "高报"),
        ([{"item": "h", "new": "abc"}], "不是数字"),
        ([{"item": "h", "new": "85"}, {"item": "h", "new": "86"}], "两次"),
        ([{"item": "priority_h", "new": "urgent"}], "critical"),
        ([{"item": "on_delay_s", "new": "-1"}], "正数"),
    ],
)
async def test_limits_that_cannot_be_are_refused_when_asked_for(tmp_path: Path, changes: Any, word: str) -> None:
    async with running(tmp_path) as rig:
        fields = WANTED | {"changes": changes}
        status, told = await rig.post("/forms/limit_change", {"subject": "tag:T1", "fields": fields}, "feng")
        assert (status, told["error"]["code"]) == (422, "bad_limits") and word in told["error"]["message"]


async def test_limits_that_became_impossible_send_the_form_back(tmp_path: Path) -> None:
    async with running(tmp_path) as rig:
        same = [{"item": "h", "new": "80"}]
        form = await proposed(rig, changes=same)
        path = f"/forms/limit_change/{form['id']}"
        await rig.post(f"{path}/approve", {"fields": {"opinion": "同意"}}, "zhao")

        async def back() -> Any:
            now = await rig.get(path)
            return now if now["moves"][-1]["step"] == "not_applied" else None

        form = await until(back, "sent back")
        assert form["state"] == "proposed" and "没有任何变化" in form["fields"]["station_says"]


async def test_who_revised_may_not_agree(tmp_path: Path) -> None:
    async with running(tmp_path) as rig:
        form = await proposed(rig)
        path = f"/forms/limit_change/{form['id']}"
        await rig.post(f"{path}/revise", {"fields": {"reason": "另有原因"}}, "zhao")
        assert (await rig.post(f"{path}/approve", {"fields": {"opinion": "同意"}}, "zhao"))[0] == 422
        assert (await rig.post(f"{path}/withdraw", None, "feng"))[1]["state"] == "withdrawn"


async def test_approved_before_a_crash_comes_in_force_after_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def killed(self: Approvals, form: Any) -> None:
        return None

    with monkeypatch.context() as patched:
        patched.setattr(Approvals, "apply_limits", killed)
        async with running(tmp_path) as rig:
            form = await proposed(rig)
            path = f"/forms/limit_change/{form['id']}"
            await rig.post(f"{path}/approve", {"fields": {"opinion": "同意"}}, "zhao")
            assert (await rig.get(path))["state"] == "approved"
    async with running(tmp_path) as rig:

        async def in_force() -> bool:
            return (await rig.get(path))["state"] == "in_force"

        await until(in_force, "in force")
        assert rig.station.table.slots["T1"].tag.limits.h == 85


async def test_killed_between_the_limits_and_the_word_of_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def half(self: Approvals, form: Any) -> None:
        await retune(self._station, {"T1": wanted_values(form)}, "feng", "zhao", f"{form.number} x")

    with monkeypatch.context() as patched:
        patched.setattr(Approvals, "apply_limits", half)
        async with running(tmp_path) as rig:
            form = await proposed(rig)
            path = f"/forms/limit_change/{form['id']}"
            await rig.post(f"{path}/approve", {"fields": {"opinion": "同意"}}, "zhao")
            await until(lambda: rig.station.table.slots["T1"].tag.limits.h == 85, "in force")
            site = rig.station.site
            assert (await rig.get(path))["state"] == "approved"
    async with running(tmp_path, site) as rig:

        async def in_force() -> bool:
            return (await rig.get(path))["state"] == "in_force"

        await until(in_force, "the form knows")


async def test_a_critical_alarm_is_shelved_by_two(tmp_path: Path) -> None:
    async with running(tmp_path) as rig:
        rig.field["dcs"].say("T1", 95.0)
        alarm = await rig.has("T1", "HH", "UNACK")
        shelve = {"minutes": 20, "reason": "检修"}
        status, told = await rig.post(f"/alarms/{alarm['occurrence']}/shelve", shelve)
        assert status == 202, told
        path = f"/forms/shelve_request/{told['form']}"
        form = await rig.get(path)
        assert form["state"] == "asked" and form["fields"]["minutes"] == 20 and form["priority"] == "critical"
        assert (await rig.alarm("T1", "HH"))["state"] == "UNACK"  # type: ignore[index]
        assert (await rig.post(f"/alarms/{alarm['occurrence']}/shelve", shelve))[0] == 409  # already asked
        assert (await rig.post(f"{path}/approve"))[0] == 403
        status, form = await rig.post(f"{path}/approve", None, "zhao")
        assert status == 200 and form["state"] == "shelved" and form["fields"]["shelved_until"]
        alarm = await rig.has("T1", "HH", "SHLVD")
        assert alarm["shelved_by"] == "wang" and alarm["shelved_until"] == form["fields"]["shelved_until"]


async def test_nobody_agrees_to_his_own_shelf(tmp_path: Path) -> None:
    async with running(tmp_path) as rig:
        rig.field["dcs"].say("T1", 95.0)
        alarm = await rig.has("T1", "HH", "UNACK")
        subject = f"occurrence:{alarm['occurrence']}"
        status, form = await rig.post(
            "/forms/shelve_request", {"subject": subject, "fields": {"minutes": 20, "reason": "检修"}}, "zhao"
        )
        assert status == 201, form
        status, told = await rig.post(f"/forms/shelve_request/{form['id']}/approve", None, "zhao")
        assert (status, told["error"]["code"]) == (422, "same_person")


async def test_a_request_about_an_alarm_that_is_over_shelves_nothing(tmp_path: Path) -> None:
    async with running(tmp_path) as rig:
        rig.field["dcs"].say("T1", 95.0)
        alarm = await rig.has("T1", "HH", "UNACK")
        _, told = await rig.post(f"/alarms/{alarm['occurrence']}/shelve", {"minutes": 20, "reason": "检修"})
        await rig.post(f"/alarms/{alarm['occurrence']}/ack", {"note": "好"})
        rig.field["dcs"].say("T1", 50.0)
        await rig.gone("T1", "HH")
        rig.field["dcs"].say("T1", 95.0)
        again = await rig.has("T1", "HH", "UNACK")
        status, answer = await rig.post(f"/forms/shelve_request/{told['form']}/approve", None, "zhao")
        assert status == 409 and answer["error"]["code"] in ("stale_occurrence", "wrong_state")
        assert (await rig.has("T1", "HH", "UNACK"))["occurrence"] == again["occurrence"]

"""The handling form of an alarm: born with the acknowledgement, true to the alarm, closed by another person."""

from pathlib import Path
from typing import Any

from app.domain.plant import Equipment
from tests.station.rig import Rig, a_site, running, tag, until

HANDLED = {"cause_class": "operation", "measures": "关小进料阀", "handled_by": "李四", "started_at": "2026-11-21T02:45:00Z"}
CHECKED = {"site_result": "true", "site_person": "张三", "site_at": "2026-11-21T02:44:00Z"}
REPORT = {"ended_at": "2026-11-21T03:00:00Z", "result": "restored", "prevention": "复核液位", "report_text": "进料未及时关闭"}


def site() -> Any:
    tanks = (Equipment("V-101", "一号罐", area="罐区", hazard_source="H1", chemical="甲醇", responsible="赵六"),)
    return a_site(tag("T1", guidance="关闭进料"), tag("T2"), equipment=tanks)


async def handling(rig: Rig, occurrence: int) -> Any:
    lines = await rig.get("/forms/handling", subject=f"occurrence:{occurrence}")
    return await rig.get(f"/forms/handling/{lines[0]['id']}") if lines else None


async def acknowledged(rig: Rig, value: float = 91.0) -> Any:
    rig.field["dcs"].say("T1", value)
    alarm = await rig.has("T1", "H", "UNACK")
    status, _ = await rig.post(f"/alarms/{alarm['occurrence']}/ack", {"note": "去看看"})
    assert status == 200
    return await handling(rig, alarm["occurrence"])


async def step(rig: Rig, form: Any, code: str, fields: Any = None, user: str = "wang", status: int = 200) -> Any:
    got, told = await rig.post(f"/forms/handling/{form['id']}/{code}", {"fields": fields or {}}, user)
    assert got == status, told
    return told


async def test_the_form_is_born_filled_with_what_is_known(tmp_path: Path) -> None:
    async with running(tmp_path, site()) as rig:
        form = await acknowledged(rig)
        assert form["state_title"] == "待现场确认" and form["priority"] == "high" and form["created_by"] == "wang"
        fields = form["fields"]
        for key, value in {
            "tag": "T1", "rule": "H", "level": "high", "equipment": "一号罐（V-101）", "area": "罐区", "hazard_source": "H1",
            "chemical": "甲醇", "value": "91.0 %", "limit": "80 %", "guidance": "关闭进料", "acked_by": "wang",
            "ack_note": "去看看", "responsible": "赵六",
        }.items():  # fmt: skip
            assert fields[key] == value, key
        assert fields["raised_at"] == form["occurrence"]["raised_at"] and fields["acked_at"] == form["occurrence"]["acked_at"]
        assert form["due_at"] is not None and form["steps"] == ["site_check"]
        assert form["missing"] == {"site_check": ["site_result", "site_at", "site_person"]}
        [record] = [one for one in await rig.get("/journal", "zhao", kind="form") if one["data"]["form"] == form["id"]]
        assert record["occurrence"] == form["occurrence"]["occurrence"] and record["tag"] == "T1"


async def test_only_process_alarms_of_the_set_priorities_bear_one(tmp_path: Path) -> None:
    options = {"handling": {"priorities": ["critical"]}}
    async with running(tmp_path, a_site(tag("T1"), options=options)) as rig:
        rig.field["dcs"].say("T1", 91.0)
        high, critical = await rig.has("T1", "H", "UNACK"), await rig.has("T1", "HH", "UNACK")
        numbers = [high["occurrence"], critical["occurrence"]]
        _, bulk = await rig.post("/alarms/ack", {"occurrences": numbers, "note": "好"})
        assert sorted(bulk["acknowledged"]) == sorted(numbers)
        assert await handling(rig, high["occurrence"]) is None
        assert (await handling(rig, critical["occurrence"]))["priority"] == "critical"


async def test_the_whole_chain_to_the_archive(tmp_path: Path) -> None:
    async with running(tmp_path, site()) as rig:
        form = await acknowledged(rig)
        await step(rig, form, "site_check", CHECKED)
        form = await step(rig, form, "handle", HANDLED)
        assert form["state_title"] == "待消警"
        rig.field["dcs"].say("T1", 95.0)
        rig.field["dcs"].say("T1", 50.0)

        async def cleared() -> Any:
            now = await rig.get(f"/forms/handling/{form['id']}")
            return now if now["state"] == "cleared" else None

        form = await until(cleared, "the station takes the step 消警")
        last = [move for move in form["moves"] if move["step"] == "clear"][-1]
        assert (
            (last["by"], last["role"]) == ("@station", "station")
            and form["fields"]["cleared_at"]
            and form["fields"]["duration"]
        )
        form = await step(rig, form, "report", REPORT)
        await step(rig, form, "verify", {"verify_text": "同意"}, "wang", 403)  # not a supervisor
        back = await step(rig, form, "send_back", {"back_reason": "补充原因"}, "zhao")
        assert back["state"] == "cleared"
        await step(rig, form, "report", user="zhao")
        told = await step(rig, form, "verify", {"verify_text": "同意"}, "zhao", 422)
        assert told["error"]["code"] == "same_person" and "zhao" in told["error"]["message"]


async def test_peak_and_duration_come_from_the_historian(tmp_path: Path) -> None:
    async with running(tmp_path, site()) as rig:
        form = await acknowledged(rig, 81.0)
        for value in (84.0, 88.0, 83.0, 50.0):
            rig.field["dcs"].say("T1", value)

        async def known() -> Any:
            return (await rig.get(f"/forms/handling/{form['id']}"))["fields"].get("peak")

        assert await until(known, "the peak", 10.0) == "88.0 %"


async def test_an_alarm_that_returned_first_is_cleared_with_the_handling(tmp_path: Path) -> None:
    async with running(tmp_path, site()) as rig:
        form = await acknowledged(rig)
        rig.field["dcs"].say("T1", 50.0)

        async def returned() -> Any:
            now = await rig.get(f"/forms/handling/{form['id']}")
            return now["state"] == "signed" and "cleared_at" in now["fields"]

        await until(returned, "the form knows")
        await step(rig, form, "site_check", CHECKED)
        form = await step(rig, form, "handle", HANDLED)
        assert form["state"] == "cleared" and [m["step"] for m in form["moves"]][-2:] == ["handle", "clear"]
        rig.field["dcs"].say("T1", 92.0)  # a new occurrence: noted here, with a form of its own when it is acknowledged

        async def noted() -> Any:
            now = await rig.get(f"/forms/handling/{form['id']}")
            return now["fields"].get("again")

        [row] = await until(noted, "the alarm again")
        assert row["value"] == "92.0 %" and row["occurrence"] > form["occurrence"]["occurrence"]


async def test_a_latched_alarm_that_comes_back_sends_the_form_back(tmp_path: Path) -> None:
    async with running(tmp_path, a_site(tag("T1", latching=True))) as rig:
        form = await acknowledged(rig)
        await step(rig, form, "site_check", CHECKED)
        await step(rig, form, "handle", HANDLED)
        rig.field["dcs"].say("T1", 50.0)
        path = f"/forms/handling/{form['id']}"

        async def state(wanted: str) -> Any:
            return (await rig.get(path))["state"] == wanted

        await until(lambda: state("cleared"), "cleared")
        rig.field["dcs"].say("T1", 91.0)
        await until(lambda: state("handled"), "active again")
        assert "cleared_at" not in (await rig.get(path))["fields"]


async def test_a_second_form_about_the_same_alarm_is_refused(tmp_path: Path) -> None:
    async with running(tmp_path, site()) as rig:
        form = await acknowledged(rig)
        subject = f"occurrence:{form['occurrence']['occurrence']}"
        status, told = await rig.post("/forms/handling", {"subject": subject})
        assert status == 409 and form["number"] in told["error"]["message"]
        assert (await rig.post("/forms/handling", {"subject": "occurrence:999999"}))[0] == 404
        assert (await rig.post("/forms/handling", {"subject": "tag:T1"}))[0] == 422


async def test_by_hand_before_the_acknowledgement_it_stays_the_only_one(tmp_path: Path) -> None:
    async with running(tmp_path, site()) as rig:
        rig.field["dcs"].say("T1", 91.0)
        alarm = await rig.has("T1", "H", "UNACK")
        subject = f"occurrence:{alarm['occurrence']}"
        status, form = await rig.post("/forms/handling", {"subject": subject}, "zhao")
        assert status == 201
        await rig.post(f"/alarms/{alarm['occurrence']}/ack", {"note": "好"})
        assert [one["id"] for one in await rig.get("/forms/handling", subject=subject)] == [form["id"]]


async def test_what_the_alarm_did_while_the_station_was_down_is_caught_up(tmp_path: Path) -> None:
    """The alarm's return is in the journal, the word of it on the form is not: as a kill between the two leaves it."""
    async with running(tmp_path, site()) as rig:
        form = await acknowledged(rig)
        await step(rig, form, "site_check", CHECKED)
        await step(rig, form, "handle", HANDLED)
        rig.station.listeners.remove(rig.station.formwork.handling.hear)
        rig.field["dcs"].say("T1", 50.0)
        await rig.gone("T1", "H")
        assert (await rig.get(f"/forms/handling/{form['id']}"))["state"] == "handled"
    async with running(tmp_path, site()) as rig:

        async def cleared() -> Any:
            return (await rig.get(f"/forms/handling/{form['id']}"))["state"] == "cleared"

        await until(cleared, "caught up")

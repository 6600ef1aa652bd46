"""Handing over the watch at a real station: the sheet follows the alarms, is frozen by the first signature, the second is
another person's, the next watch begins from it; also through a restart, over midnight and when nobody signs."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from app.domain.instant import HOUR, MINUTE, SECOND, Instant, from_rfc3339
from app.domain.plant import EquipmentStatus, Site
from app.station import shift
from app.station.clock import StationClock
from tests.station.rig import PEOPLE, Rig, a_site, running, until

SHIFT: dict[str, Any] = {
    "anchor": "2026-01-01",
    "rotation": ["甲班 乙班"],
    "crew": [{"name": "甲班", "leader": "王强"}, {"name": "乙班", "leader": "李敏"}],
    "person": [{"name": "王强", "user": "wang"}, {"name": "李敏", "user": "li"}, {"name": "赵磊", "user": "zhao"}],
}
START = from_rfc3339("2026-11-21T09:00:00Z")  # 17:00 in the plant: the day shift has three hours to go


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[Instant], None]:
    """The station's clock runs from START; `clock(HOUR)` puts the wall of it forward, as if that time had gone."""
    ahead = [START]
    made: list[StationClock] = []
    begin, now = StationClock.__init__, StationClock.now

    def start(self: StationClock, *more: Any) -> None:
        begin(self, *more)
        made.append(self)
        self.zero = now(self)  # type: ignore[attr-defined]

    monkeypatch.setattr(StationClock, "__init__", start)
    monkeypatch.setattr(StationClock, "now", lambda self: ahead[0] + now(self) - made[0].zero)  # type: ignore[attr-defined]
    monkeypatch.setattr(shift, "ROUND_S", 0.05)

    def pass_by(time: Instant) -> None:
        ahead[0] += time

    return pass_by


def site(**table: Any) -> Site:
    made = a_site(options={"shift": {**SHIFT, **table}})
    stopped = replace(made.equipment[1], status=EquipmentStatus.MAINTENANCE)
    return replace(made, equipment=(made.equipment[0], stopped))


async def begun(rig: Rig) -> dict[str, Any]:
    """What the watch looks like once its sheet is there."""

    async def there() -> Any:
        found = await rig.get("/shift")
        return found if found["sheet"] is not None else None

    found: dict[str, Any] = await until(there, "a sheet")
    return found


async def step(rig: Rig, form: int, code: str, user: str, **fields: Any) -> tuple[int, Any]:
    return await rig.post(f"/forms/handover/{form}/{code}", {"fields": fields}, user)


async def test_from_one_watch_to_the_next(tmp_path: Path, clock: Callable[[Instant], None]) -> None:
    async with running(tmp_path, site()) as rig:
        now = await begun(rig)
        assert (now["shift"]["name"], now["shift"]["crew"], now["shift"]["leader"]) == ("白班", "甲班", "王强")
        assert (now["on_duty"], now["previous_sheet"], now["notes"]) == (None, None, [])
        assert (now["roster_empty"], now["default_shifts"], now["person"]) == (False, True, "王强")
        first = now["sheet"]["id"]
        assert (await step(rig, first, "take_over", "wang"))[0] == 200
        assert (await rig.get("/shift"))["on_duty"]["user"] == "wang"
        status, body = await step(rig, first, "take_over", "li")
        assert (status, body["error"]["code"]) == (409, "already_taken")

        # what happens in the shift stands in its sheet
        rig.field["dcs"].say("T1", 85.0)
        high = (await rig.has("T1", "H", "UNACK"))["occurrence"]
        rig.field["dcs"].say("T2", 95.0)
        two = (await rig.has("T2", "HH", "UNACK"))["occurrence"]
        rig.field["gds"].cut()
        assert (await rig.post(f"/alarms/{high}/ack", {"note": "已通知现场"}))[0] == 200
        assert (await rig.post("/shift/notes", {"text": "巡检一号罐区，正常"}))[0] == 201
        assert (await rig.post("/shift/notes", {"text": "x"}, "sun"))[0] == 403
        elsewhere = {"subject": "sheet:99", "fields": {"text": "旁门"}}
        assert (await rig.post("/forms/shift_note", elsewhere))[1]["error"]["code"] == "not_this_shift"
        assert (await rig.post("/shift/horn_test", {"heard": True}))[0] == 201
        live = await rig.get("/shift/sheet")
        assert live["sheet"]["open_alarms"][0]["occurrence"] == two
        assert {row["state"] for row in live["sheet"]["open_alarms"] if row["occurrence"] == high} == {"ACKED"}
        assert [row["equipment"] for row in live["sheet"]["stopped"]] == ["V-102"]
        assert [(row["by"], row["text"]) for row in live["sheet"]["notes"]] == [("王强", "巡检一号罐区，正常")]
        assert live["horn"]["text"] == "声音正常"
        figures = {row["text"]: row["value"] for row in live["sheet"]["figures"]}
        assert (figures["报警次数"], figures["其中紧急"]) == ("4", "1")  # the lost source too
        assert live["changed"] == []

        # the first signature freezes it
        clock(2 * HOUR + 50 * MINUTE)
        status, signed = await step(rig, first, "sign_out", "wang", remarks="T2 正在降液位", matters=[{"item": "盯住 T2"}])
        assert (status, signed["state"]) == (200, "waiting")
        assert signed["fields"]["open_alarms"][0]["occurrence"] == two
        assert signed["fields"]["horn"].endswith("王强：声音正常")
        assert (await rig.post(f"/alarms/{two}/ack", {"note": "已通知外操"}))[0] == 200
        await rig.has("T2", "HH", "ACKED")
        after = await rig.get("/shift/sheet")
        assert after["sheet"]["open_alarms"] == signed["fields"]["open_alarms"]
        told = [(c["section"], c["change"], c["row"].get("occurrence")) for c in after["changed"]]
        assert ("open_alarms", "new", two) in told

        # four eyes, each with a login of its own
        status, body = await step(rig, first, "sign_in", "wang")
        assert (status, body["error"]["code"]) == (422, "same_person")
        assert (await step(rig, first, "sign_in", "sun"))[0] == 403
        refused = [{"item": "T2", "why": "原因不明"}]
        status, done = await step(rig, first, "sign_in", "li", in_remarks="已到岗", refused=refused)
        assert (status, done["state"], done["fields"]["open_alarms"]) == (200, "done", signed["fields"]["open_alarms"])
        assert (await step(rig, first, "sign_in", "zhao"))[0] == 409

        # and the next watch begins from there
        async def next_one() -> Any:
            found = await rig.get("/shift")
            return found if found["sheet"] is not None and found["sheet"]["id"] != first else None

        now = await until(next_one, "the next sheet")
        assert now["on_duty"]["user"] == "li"
        assert now["sheet"]["title"] == "2026-11-21 夜班 乙班"
        assert now["previous_sheet"]["signed"]["sign_in"]["by"] == "li"
        assert now["notes"] == []
        live = await rig.get("/shift/sheet")
        assert [(row["item"], row["why"]) for row in live["sheet"]["left"]] == [
            ("盯住 T2", "交办"),
            ("T2", "接班人未接受：原因不明"),
        ]
        assert {row["text"]: row["value"] for row in live["sheet"]["figures"]}["报警次数"] == "0"
        assert (await rig.post("/shift/left/close", {"item": "T2", "text": "查明为仪表漂移"}, "li"))[0] == 201
        assert (await rig.post("/shift/left/close", {"item": "没有的事", "text": "x"}, "li"))[0] == 422
        left = (await rig.get("/shift/sheet"))["sheet"]["left"]
        assert [(row["item"], row.get("closed_by")) for row in left] == [("盯住 T2", None), ("T2", "李敏")]
        kinds = [line["data"]["step"] for line in await rig.get("/journal", "wu", kind="form", limit=500)]
        assert kinds.count("sign_out") == kinds.count("sign_in") == 1


async def test_a_restart_in_the_middle_changes_nothing(tmp_path: Path, clock: Callable[[Instant], None]) -> None:
    async with running(tmp_path, site()) as rig:
        first = (await begun(rig))["sheet"]["id"]
        await step(rig, first, "take_over", "wang")
        await rig.post("/shift/notes", {"text": "停站前"})
        rig.field["dcs"].say("T1", 85.0)
        await rig.has("T1", "H", "UNACK")
    async with running(tmp_path, site()) as rig:
        now = await begun(rig)
        assert (now["sheet"]["id"], now["on_duty"]["name"]) == (first, "王强")
        assert [note["text"] for note in now["notes"]] == ["停站前"]
        live = await rig.get("/shift/sheet")
        assert {row["text"]: row["value"] for row in live["sheet"]["figures"]}["报警次数"] == "1"
        clock(2 * HOUR + 30 * MINUTE)
        assert (await step(rig, first, "sign_out", "wang"))[0] == 200
    async with running(tmp_path, site()) as rig:
        now = await begun(rig)
        assert (now["sheet"]["id"], now["sheet"]["state"]) == (first, "waiting")
        assert (await step(rig, first, "sign_in", "li"))[0] == 200
        await rig.station.forms.close()  # as if the station had been killed before the next sheet was begun
    async with running(tmp_path, site()) as rig:
        now = await begun(rig)
        assert (now["sheet"]["title"], now["on_duty"]["user"]) == ("2026-11-21 夜班 乙班", "li")
        assert len(await rig.get("/forms/handover")) == 2


async def test_nobody_signs_and_the_watch_goes_on_over_midnight(tmp_path: Path, clock: Callable[[Instant], None]) -> None:
    async with running(tmp_path, site()) as rig:
        first = (await begun(rig))["sheet"]["id"]
        await rig.post("/shift/notes", {"text": "白班的记事"})
        clock(3 * HOUR + 59 * MINUTE)  # 20:59: an hour is given
        await rig.station.shifts.round()
        assert (await rig.get("/shift"))["sheet"]["id"] == first
        clock(2 * MINUTE)

        async def next_one() -> Any:
            found = await rig.get("/shift")
            return found if found["sheet"] is not None and found["sheet"]["id"] != first else None

        now = await until(next_one, "the night's sheet")
        assert (now["sheet"]["title"], now["on_duty"], now["notes"]) == ("2026-11-21 夜班 乙班", None, [])
        missed = await rig.get(f"/forms/handover/{first}")
        assert (missed["state"], missed["overdue"]) == ("lapsed", True)
        assert [row["text"] for row in missed["fields"]["notes"]] == ["白班的记事"]
        assert (await step(rig, now["sheet"]["id"], "take_over", "li"))[0] == 200
        clock(4 * HOUR)  # 01:01 of the next day: still the night's
        await rig.station.shifts.round()
        later = await rig.get("/shift")
        assert (later["shift"]["key"], later["sheet"]["id"]) == ("2026-11-21/夜班", now["sheet"]["id"])
        # signed late, by both: the watch that is on stays as it is
        assert (await step(rig, first, "sign_out", "wang"))[0] == 200
        assert (await step(rig, first, "sign_in", "li"))[0] == 200
        assert (await rig.get("/shift"))["sheet"]["id"] == now["sheet"]["id"]


async def test_who_signed_may_take_it_back_until_the_other_signs(tmp_path: Path, clock: Callable[[Instant], None]) -> None:
    async with running(tmp_path, site()) as rig:
        first = (await begun(rig))["sheet"]["id"]
        await step(rig, first, "sign_out", "wang")
        status, body = await step(rig, first, "withdraw", "li")
        assert (status, body["error"]["code"]) == (422, "not_yours")
        status, body = await step(rig, first, "withdraw", "wang")
        assert (status, body["state"], body["fields"].get("frozen_at")) == (200, "running", None)
        rig.field["dcs"].say("T1", 85.0)
        number = (await rig.has("T1", "H", "UNACK"))["occurrence"]
        live = await rig.get("/shift/sheet")
        assert [row["occurrence"] for row in live["sheet"]["open_alarms"]] == [number]


async def test_the_desk_is_told_before_the_end(tmp_path: Path, clock: Callable[[Instant], None]) -> None:
    async with running(tmp_path, site()) as rig, rig.feed() as feed:
        await begun(rig)
        told = await feed.find(lambda m: (m.get("extra") or {}).get("shift") is not None)
        assert (told["extra"]["shift"]["remind"], told["extra"]["shift"]["crew"]) == (False, "甲班")
        clock(2 * HOUR + 46 * MINUTE)
        told = await feed.find(lambda m: ((m.get("extra") or {}).get("shift") or {}).get("remind"))
        assert told["extra"]["shift"]["end"] == "2026-11-21T12:00:00.000Z"


async def test_a_site_without_a_roster_has_shifts_all_the_same(tmp_path: Path, clock: Callable[[Instant], None]) -> None:
    async with running(tmp_path, a_site()) as rig:
        now = await begun(rig)
        assert (now["shift"]["name"], now["shift"]["crew"], now["roster_empty"]) == ("白班", "", True)
        week = await rig.get("/shift/roster", start="2026-11-16", days=7)
        assert [(turn["date"], turn["name"]) for turn in week][:3] == [
            ("2026-11-16", "白班"), ("2026-11-16", "夜班"), ("2026-11-17", "白班"),
        ]  # fmt: skip
        assert len(week) == 14
        assert (await rig.raw("GET", "/shift/roster?start=9999-12-31&days=7")).status_code == 400


async def test_every_role_may_look_and_only_the_desk_may_sign(tmp_path: Path, clock: Callable[[Instant], None]) -> None:
    async with running(tmp_path, site()) as rig:
        first = (await begun(rig))["sheet"]["id"]
        for user in PEOPLE:
            assert (await rig.get("/shift/sheet", user))["form"]["id"] == first
        for user in ("sun", "qian", "wu"):
            assert (await step(rig, first, "sign_out", user))[0] == 403
        assert (await rig.post("/forms/handover", {"subject": "shift:x"}))[0] == 403


def test_time_is_counted_in_microseconds() -> None:
    assert START % SECOND == 0


async def test_a_limit_changed_by_two_people_stands_in_the_sheet(tmp_path: Path, clock: Callable[[Instant], None]) -> None:
    async with running(tmp_path, site()) as rig:
        await begun(rig)
        station = rig.station
        await station.call(station.store.config.save, station.site, "装机", "第一版", station.clock.now())
        wanted = {"changes": [{"item": "h", "new": "70"}], "reason": "换季", "risk": "加强巡检"}
        status, form = await rig.post("/forms/limit_change", {"subject": "tag:T1", "fields": wanted}, "zheng")
        assert status == 201, form
        path = f"/forms/limit_change/{form['id']}"
        assert (await rig.post(f"{path}/approve", {"fields": {"opinion": "同意"}}, "zhao"))[0] == 200

        async def told() -> Any:
            rows = (await rig.get("/shift/sheet"))["sheet"]["limit_changes"]
            return rows if rows and "赵磊" in rows[0]["why"] else None  # the form is in force a moment later

        [row] = await until(told, "the change")
        assert [row[key] for key in ("tag", "what", "old", "new")] == ["T1", "高报", "80", "70"]
        assert row["why"] == f"{form['number']} 换季；赵磊 批准"

"""Dispatch in a running station: who is told, what waits, what is raised, and that a restart goes on."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.domain.duty import Duty
from app.station.dispatch import service
from tests.station.dispatch.servers import HookServer
from tests.station.rig import Rig, a_site, running, until


@pytest.fixture
def hook() -> Iterator[HookServer]:
    server = HookServer()
    yield server
    server.stop()


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "ROUND_S", 0.05)


def site(port: int, other: int | None = None, **more: Any) -> Any:
    outlets = [{"name": "群", "kind": "webhook", "url": f"http://127.0.0.1:{port}/send"}]
    if other is not None:
        outlets.append({"name": "另一个", "kind": "webhook", "url": f"http://127.0.0.1:{other}/send"})
    rule = {"name": "一级", "after_s": 0, "levels": [1], "priorities": ["critical", "high"]}
    dispatch = {
        "outlet": outlets,
        "person": [{"name": "李志强", "user": "li", "level": 1, "phone": "13800138000"}],
        "rule": [rule],
        "waits_s": [1],
        "alarm_after": 2,
        "per_person_min": 0,
    }
    return a_site(options={"dispatch": dispatch | more})


def texts(hook: HookServer) -> list[str]:
    return [json.loads(body)["text"] for _, _, body in hook.heard]


async def sent(rig: Rig, count: int = 1, **wanted: Any) -> list[dict[str, Any]]:
    async def there() -> list[dict[str, Any]] | None:
        found = [one for one in await rig.get("/dispatch", state="sent") if all(one[k] == v for k, v in wanted.items())]
        return found if len(found) >= count else None

    found: list[dict[str, Any]] = await until(there, f"{count} sent")
    return found


async def test_an_alarm_is_told_logged_journalled_and_on_the_desk(tmp_path: Path, hook: HookServer) -> None:
    async with running(tmp_path, site(hook.port)) as rig, rig.feed() as feed:
        rig.field["dcs"].say("T1", 95.0)
        raised = await rig.has("T1", "HH", "UNACK")
        rows = await sent(rig)
        row = next(one for one in rows if raised["occurrence"] in one["occurrences"])
        assert row["person"] == "李志强" and row["attempts"] == 1 and "已接收" in row["detail"] and row["done_at"]
        assert any("T1液位 高高报" in text for text in texts(hook))
        message = await feed.find(
            lambda m: any(r["state"] == "sent" for r in m.get("extra", {}).get("dispatch", {}).get("recent", []))
        )
        assert message["extra"]["dispatch"]["outlets"][0]["state"] == "ok"
        records = [r for r in await rig.get("/journal", "wu", kind="system") if r["data"].get("what") == "dispatched"]
        assert records and records[0]["data"]["person"] == "李志强"


async def test_what_was_told_before_a_restart_is_not_told_again_and_the_rest_is(tmp_path: Path) -> None:
    away = HookServer()
    port = away.port
    away.stop()
    async with running(tmp_path, site(port)) as rig:
        rig.field["dcs"].say("T1", 95.0)
        await rig.has("T1", "HH", "UNACK")

        async def waits() -> bool:
            rows = await rig.get("/dispatch")
            assert all(one["state"] == "waiting" for one in rows)
            return any(one["attempts"] for one in rows)

        await until(waits, "tried in vain")
        before = {(one["id"], one["title"]) for one in await rig.get("/dispatch") if "T1" in one["title"]}
    back = HookServer(port)
    try:
        async with running(tmp_path, site(port)) as rig:
            rows = await sent(rig, len(before))
            await until(lambda: sum("T1" in text for text in texts(back)) >= len(before), "all told")
            assert before <= {(one["id"], one["title"]) for one in await rig.get("/dispatch", state="sent")}
            assert max(one["attempts"] for one in rows) >= 2
            rig.field["dcs"].say("T2", 95.0)
            await rig.has("T2", "HH", "UNACK")
            await until(lambda: any("T2" in text for text in texts(back)), "the next one is told")
            assert sum("T1液位 高高报" in text for text in texts(back)) == 1
    finally:
        back.stop()


async def test_a_dead_outlet_delays_no_other_and_raises_the_stations_alarm(tmp_path: Path, hook: HookServer) -> None:
    async with running(tmp_path, site(hook.port, other=1)) as rig:
        rig.field["dcs"].say("T1", 95.0)
        await sent(rig, outlet="群")
        alarm = await rig.has("@station/dispatch", "SYSTEM", "UNACK")
        assert "另一个" in alarm["message"] and "连不上" in alarm["message"] and alarm["name"] == "通知外发"
        outlets = {one["name"]: one for one in await rig.get("/dispatch/outlets")}
        assert outlets["另一个"]["state"] == "failing" and outlets["另一个"]["waiting"] >= 1
        assert outlets["群"]["state"] == "ok" and outlets["群"]["sent_at"]
        rig.field["dcs"].say("T2", 95.0)
        await until(lambda: any("T2" in text for text in texts(hook)), "told by the other")


async def test_the_alarm_goes_when_the_outlet_is_back(tmp_path: Path, hook: HookServer) -> None:
    hook.answers = [(500, "no"), (500, "no"), (200, "")]
    async with running(tmp_path, site(hook.port, bundle_from=2)) as rig:
        rig.field["dcs"].say("T1", 95.0)
        await rig.has("@station/dispatch", "SYSTEM", "UNACK")
        await rig.has("@station/dispatch", "SYSTEM", "RTNUN")


async def test_what_can_never_arrive_is_given_up_and_told_at_once(tmp_path: Path, hook: HookServer) -> None:
    hook.answers = [(404, "gone")]
    async with running(tmp_path, site(hook.port, alarm_after=50)) as rig:
        rig.field["dcs"].say("T1", 95.0)
        await rig.has("@station/dispatch", "SYSTEM", "UNACK")
        rows = await rig.get("/dispatch", state="gave_up")
        assert rows and rows[0]["attempts"] == 1 and "HTTP 404" in rows[0]["detail"]


async def test_acknowledged_in_time_nobody_is_told(tmp_path: Path, hook: HookServer) -> None:
    patient = site(hook.port)
    patient.options["dispatch"]["rule"][0]["after_s"] = 1.0
    async with running(tmp_path, patient) as rig:
        rig.field["dcs"].say("T1", 85.0)
        one = await rig.has("T1", "H", "UNACK")
        status, _ = await rig.post(f"/alarms/{one['occurrence']}/ack", {"note": "已处理"})
        assert status == 200
        rig.field["dcs"].say("T2", 85.0)
        await until(lambda: any("T2" in text for text in texts(hook)), "the other one")
        assert not any("T1" in text for text in texts(hook))


async def test_a_duty_is_told_whatever_the_rules_say(tmp_path: Path, hook: HookServer) -> None:
    async with running(tmp_path, site(hook.port, rule=[])) as rig:
        now = rig.station.clock.now()
        duty = Duty("overdue", now, 2, "技术负责人", "13900139000", "form:5", "处置报告超时", "请立即填写", "high")
        for tell in rig.station.duties:
            tell(duty)
            tell(duty)
        [row] = await sent(rig, kind="duty")
        assert row["person"] == "技术负责人" and texts(hook) == ["请立即填写"]


async def test_the_test_of_an_outlet_answers_in_words(tmp_path: Path, hook: HookServer) -> None:
    async with running(tmp_path, site(hook.port, other=1)) as rig:
        status, said = await rig.post("/dispatch/outlets/群/test", {}, "zhao")
        assert (status, said["ok"]) == (200, True) and said["person"] == "李志强" and "测试" in texts(hook)[0]
        status, said = await rig.post("/dispatch/outlets/另一个/test", {"to": "13911112222"}, "zhao")
        assert status == 200 and not said["ok"] and "连不上" in said["detail"] and said["state"] == "gave_up"
        assert (await rig.post("/dispatch/outlets/群/test", {}, "wang"))[0] == 403
        assert (await rig.post("/dispatch/outlets/没有/test", {}, "zhao"))[0] == 404


async def test_a_mute_desk_raises_an_alarm_until_all_are_heard_or_gone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with running(tmp_path) as rig:
        assert (await rig.post("/seat/audio", {"seat": "中控一席", "ok": False, "detail": "声卡没有应答"}))[0] == 200
        await rig.post("/seat/audio", {"seat": "中控二席", "ok": True})
        alarm = await rig.has("@station/audio", "SYSTEM", "UNACK")
        assert "中控一席（声卡没有应答）" in alarm["message"] and "中控二席" not in alarm["message"]
        await rig.post("/seat/audio", {"seat": "中控二席", "ok": False, "detail": "静音"})
        await rig.post("/seat/audio", {"seat": "中控一席", "ok": True})
        assert (await rig.alarm("@station/audio", "SYSTEM"))["state"] == "UNACK"  # type: ignore[index]
        assert [(one["seat"], one["ok"]) for one in await rig.get("/seat/audio")] == [("中控一席", True), ("中控二席", False)]
        monkeypatch.setattr("app.station.seats.GONE", 1)
        await rig.has("@station/audio", "SYSTEM", "RTNUN")


async def test_the_horn_test_of_the_shift_is_journalled(tmp_path: Path) -> None:
    async with running(tmp_path) as rig:
        for heard in (True, False):
            assert (await rig.post("/seat/horn_test", {"heard": heard, "seat": "中控一席"}))[0] == 200
        records = [r for r in await rig.get("/journal", "wu", kind="command") if r["data"].get("what") == "horn_test"]
        assert [(r["actor"], r["data"]["heard"]) for r in records] == [("wang", True), ("wang", False)]

"""Forms through the real station: kinds, lists, steps, refusals, two at once, restart."""

import asyncio
from pathlib import Path
from typing import Any

from tests.station.rig import Rig, a_site, running, tag, until

ORDER = {"issued_by": "区应急局", "issued_at": "2026-11-21T02:40:00Z", "level": "red", "content": "液位高高报未及时处置"}


async def an_order(rig: Rig, **more: Any) -> Any:
    status, form = await rig.post("/forms/disposal_order", {"fields": ORDER | more}, "qian")
    assert status == 201, form
    return form


async def test_kinds_are_declared_to_the_console(tmp_path: Path) -> None:
    async with running(tmp_path) as rig:
        kinds = {kind["kind"]: kind for kind in await rig.get("/forms")}
        assert {"handling", "disposal_order", "limit_change", "shelve_request"} <= kinds.keys()
        order = kinds["disposal_order"]
        assert [state["title"] for state in order["states"]] == ["未签收", "未反馈", "待审核", "已审核"]
        assert order["creates"] == ["admin", "engineer"] and order["open"] == 0
        await an_order(rig)
        assert {k["kind"]: k["open"] for k in await rig.get("/forms")}["disposal_order"] == 1


async def test_an_order_is_signed_answered_and_reviewed(tmp_path: Path) -> None:
    async with running(tmp_path) as rig:
        form = await an_order(rig)
        path = f"/forms/disposal_order/{form['id']}"
        assert form["state_title"] == "未签收" and form["number"].startswith("预警-") and form["number"].endswith("-0001")
        assert form["priority"] == "critical" and form["due_at"] is not None and not form["overdue"]
        assert (await rig.post(f"{path}/sign", {}))[1]["state"] == "unanswered"
        status, refused = await rig.post(f"{path}/answer", {"fields": {"cause": "阀门内漏"}})
        assert status == 422 and refused["error"]["code"] == "missing_fields"
        assert "处置措施" in refused["error"]["message"] and "measures" in refused["error"]["fields"]
        answer = {
            "answer_type": "true",
            "cause": "阀门内漏",
            "measures": "切换",
            "result": "恢复",
            "contact": "王",
            "dispelled": False,
        }
        status, refused = await rig.post(f"{path}/answer", {"fields": answer | {"dispel_type": "manual"}})
        assert (status, refused["error"]["fields"]) == (422, ["dispel_type"])  # not asked for while it stands
        status, form = await rig.post(f"{path}/answer", {"fields": answer | {"delay_note": "等备件"}})
        assert status == 200 and form["state_title"] == "待审核" and form["steps"] == []
        status, form = await rig.post(f"{path}/review", {"fields": {"review_text": "同意"}}, "zhao")
        assert form["state_title"] == "已审核" and not form["open"] and form["due_at"] is None
        assert [m["step_title"] for m in form["moves"]] == ["建单", "签收", "提交反馈", "审核通过"]
        journal = [one for one in await rig.get("/journal", "zhao", kind="form") if one["data"]["form"] == form["id"]]
        assert [line["data"]["step"] for line in journal] == ["begin", "sign", "answer", "review"]


async def test_who_may_not_is_refused_and_journalled(tmp_path: Path) -> None:
    async with running(tmp_path) as rig:
        form = await an_order(rig)
        path = f"/forms/disposal_order/{form['id']}"
        for user, step, status, code in (
            ("sun", "sign", 403, "forbidden"),
            ("wang", "fly", 404, "no_such_step"),
            ("wang", "answer", 409, "wrong_state"),
        ):
            got, told = await rig.post(f"{path}/{step}", {}, user)
            assert (got, told["error"]["code"]) == (status, code)
        assert (await rig.post("/forms/disposal_order", {"fields": ORDER}, "wang"))[0] == 403

        async def refusals() -> list[tuple[str, str, str]]:
            return [
                (line["actor"], line["data"]["command"], line["data"]["code"])
                for line in await rig.get("/journal", "zhao", kind="command")
                if line["data"]["outcome"] == "refused"
            ]

        wanted = [
            ("sun", "form_step", "forbidden"),
            ("wang", "form_step", "no_such_step"),
            ("wang", "form_step", "wrong_state"),
            ("wang", "form_begin", "forbidden"),
        ]

        async def journalled() -> bool:
            return await refusals() == wanted

        await until(journalled, "all refusals in the journal")
        assert (await rig.get(path))["state"] == "unsigned"


async def test_two_at_once_one_wins_and_both_are_told(tmp_path: Path) -> None:
    async with running(tmp_path) as rig:
        form = await an_order(rig)
        path = f"/forms/disposal_order/{form['id']}/sign"
        answers = await asyncio.gather(*(rig.post(path, {}, user) for user in ("wang", "li")))
        assert sorted(status for status, _ in answers) == [200, 409]
        [winner] = [form["moves"][-1]["by"] for status, form in answers if status == 200]
        [told] = [body["error"]["message"] for status, body in answers if status == 409]
        assert winner in told and "签收" in told


async def test_who_edits_an_old_picture_is_told_who_was_faster(tmp_path: Path) -> None:
    async with running(tmp_path) as rig:
        form = await an_order(rig)
        path = f"/forms/disposal_order/{form['id']}"
        _, form = await rig.post(f"{path}/sign", {})
        seen = form["updated_at"]
        first = await rig.raw("PATCH", path, "wang", json={"fields": {"cause": "甲"}, "expect_updated_at": seen})
        assert first.status_code == 200 and first.json()["fields"]["cause"] == "甲"
        second = await rig.raw("PATCH", path, "li", json={"fields": {"cause": "乙"}, "expect_updated_at": seen})
        assert second.status_code == 409 and "wang" in second.json()["error"]["message"]
        assert (await rig.get(path))["fields"]["cause"] == "甲"


async def test_many_at_once_each_for_itself(tmp_path: Path) -> None:
    async with running(tmp_path) as rig:
        ids = [(await an_order(rig))["id"] for _ in range(4)]
        await rig.post(f"/forms/disposal_order/{ids[1]}/sign", {})
        status, bulk = await rig.post("/forms/disposal_order/step", {"ids": [*ids, 99], "step": "sign"}, "li")
        assert status == 200 and bulk["done"] == [ids[0], ids[2], ids[3]]
        assert {one["id"]: one["code"] for one in bulk["refused"]} == {ids[1]: "wrong_state", 99: "not_found"}
        states = [line["state"] for line in await rig.get("/forms/disposal_order", open="true")]
        assert states == ["unanswered"] * 4


async def test_the_list_is_paged_and_searched(tmp_path: Path) -> None:
    async with running(tmp_path) as rig:
        ids = [(await an_order(rig, content=f"第{number}号 储罐"))["id"] for number in range(5)]
        first = await rig.get("/forms/disposal_order", limit=2)
        second = await rig.get("/forms/disposal_order", limit=10, after=first[-1]["id"])
        assert len(first) == 2 and [one["id"] for one in first + second] == ids[::-1]
        assert [one["id"] for one in await rig.get("/forms/disposal_order", text="第3号")] == [ids[3]]
        assert await rig.get("/forms/disposal_order", state="reviewed") == []
        assert (await rig.raw("GET", "/forms/nothing")).status_code == 404
        assert (await rig.raw("GET", f"/forms/handling/{ids[0]}")).status_code == 404  # it is of another kind


async def test_numbers_and_forms_go_on_after_a_restart(tmp_path: Path) -> None:
    async with running(tmp_path) as rig:
        before = await an_order(rig)
    async with running(tmp_path) as rig:
        after = await an_order(rig)
        assert after["id"] > before["id"]
        assert after["number"][:-4] == before["number"][:-4] and after["number"].endswith("-0002")
        assert (await rig.get(f"/forms/disposal_order/{before['id']}"))["fields"] == before["fields"]
        assert rig.station.extras["forms"]()["kinds"]["disposal_order"]["open"] == 2


async def test_the_feed_counts_forms(tmp_path: Path) -> None:
    async with running(tmp_path) as rig, rig.feed() as feed:
        await feed.find(lambda m: m["type"] == "snapshot")
        await an_order(rig)
        told = await feed.find(lambda m: "disposal_order" in m.get("extra", {}).get("forms", {}).get("kinds", {}))
        assert told["extra"]["forms"]["kinds"]["disposal_order"] == {"open": 1, "overdue": 0}


async def test_a_site_brings_its_own_form(tmp_path: Path) -> None:
    own = """
kind = "rounds"
title = "巡检记录"
number = "巡检"
start = "open"
creates = ["operator"]
sets = ["place"]
needs = ["place"]
[[field]]
key = "place"
title = "地点"
[[state]]
code = "open"
title = "进行中"
[[state]]
code = "done"
title = "完成"
final = true
[[step]]
code = "finish"
title = "完成"
states = ["open"]
to = "done"
roles = ["operator"]
"""
    async with running(tmp_path, a_site(tag("T1"), forms={"rounds.toml": own.encode()})) as rig:
        status, form = await rig.post("/forms/rounds", {"subject": "tag:T1", "fields": {"place": "罐区"}})
        assert status == 201 and form["number"].startswith("巡检-")
        assert (await rig.post("/forms/rounds", {"subject": "tag:T9", "fields": {"place": "罐区"}}))[0] == 404
        assert (await rig.post(f"/forms/rounds/{form['id']}/finish"))[1]["state"] == "done"

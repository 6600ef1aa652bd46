"""The daily duty report at a real station: made by itself once a day, through restarts, and by hand for another day."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from app.domain.instant import DAY, HOUR, MINUTE, Instant
from tests.station.rig import a_site, running, until
from tests.station.test_shift import SHIFT, begun, clock, site, step

__all__ = ["clock"]  # the fixture


async def reports(rig: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = await rig.get("/forms/daily_report")
    return found


async def test_it_is_made_once_for_each_day_and_says_what_the_station_knows(
    tmp_path: Path, clock: Callable[[Instant], None]
) -> None:
    async with running(tmp_path, site()) as rig:
        first = (await begun(rig))["sheet"]["id"]
        await step(rig, first, "take_over", "wang")
        rig.field["dcs"].say("T1", 85.0)
        number = (await rig.has("T1", "H", "UNACK"))["occurrence"]
        await rig.post(f"/alarms/{number}/ack", {"note": "已通知"})
        rig.field["dcs"].say("T1", 50.0)
        await rig.gone("T1", "H")
        rig.field["dcs"].say("T2", 95.0)
        await rig.has("T2", "HH", "UNACK")
        rig.field["gds"].cut()
        await rig.has("@gds", "LINK", "RTNUN")
        await rig.station.daily.round()
        assert await reports(rig) == []
        clock(7 * HOUR + 29 * MINUTE)  # 00:29 in the plant
        await rig.station.daily.round()
        assert await reports(rig) == []
        clock(2 * MINUTE)
        await rig.station.daily.round()
        await rig.station.daily.round()
        [line] = await reports(rig)
        assert (line["title"], line["state"], line["created_by"]) == ("2026-11-21 值班值守日报", "draft", "@station")
        fields = (await rig.get(f"/forms/daily_report/{line['id']}"))["fields"]
        assert (fields["day"], fields["company"]) == ("2026-11-21", "示范化工")
        assert [(row["name"], row["count"], row["handled"]) for row in fields["by_kind"]] == [
            ("液位", 3, 1),
            ("数据源中断", 1, 0),
        ]
        assert [(row["source"], row["losses"]) for row in fields["sources"]] == [("dcs", 0), ("gds", 1)]
        assert [(row["code"], row["alarms"], row["standing"]) for row in fields["hazards"]] == [("H1", 3, 2)]
        assert [(row["shift"], row["leader"], row.get("taken_by")) for row in fields["crews"]] == [
            ("白班", "王强", "王强"), ("夜班", "李敏", None),
        ]  # fmt: skip

    async with running(tmp_path, site()) as rig:  # neither a restart makes it twice
        await rig.station.daily.round()
        assert len(await reports(rig)) == 1
        clock(DAY)
        await rig.station.daily.round()
        found = await rig.station.forms.find(kind="daily_report")  # every login is over by now
        assert [row.subject for row in found] == ["day:2026-11-22", "day:2026-11-21"]


async def test_it_is_filled_in_given_back_and_signed_by_another(tmp_path: Path, clock: Callable[[Instant], None]) -> None:
    async with running(tmp_path, site()) as rig:
        assert (await rig.post("/shift/daily", {"date": "2026-11-21"}))[1]["error"]["code"] == "too_soon"
        assert (await rig.post("/shift/daily", {"date": "2026-11-20"}))[1]["error"]["code"] == "not_there"
        clock(7 * HOUR + 5 * MINUTE)  # 00:05, before it makes itself
        assert (await rig.post("/shift/daily", {"date": "2026-11-21"}, "sun"))[0] == 403
        status, form = await rig.post("/shift/daily", {"date": "2026-11-21"})
        assert status == 201, form
        assert form["fields"]["alarm_line"] == "全天没有报警。"
        assert (await rig.post("/shift/daily", {"date": "2026-11-21"}))[1]["error"]["code"] == "already_made"
        path = f"/forms/daily_report/{form['id']}"
        status, body = await rig.post(f"{path}/submit")
        assert (status, body["error"]["code"]) == (422, "missing_fields")
        given = {
            "promise_made": True,
            "risk_level": "low",
            "special_work": [{"type": "hot", "level": "二级", "place": "一号罐区"}],
        }
        assert (await rig.raw("PATCH", path, json={"fields": given})).status_code == 200
        assert (await rig.raw("PATCH", path, json={"fields": {"alarm_line": "没有报警"}})).status_code == 422
        assert (await rig.post(f"{path}/submit"))[0] == 200
        assert (await rig.post(f"{path}/sign"))[0] == 403
        assert (await rig.post(f"{path}/give_back", {"fields": {"opinion": "补写作业票号"}}, "zhao"))[0] == 200
        assert (await rig.post(f"{path}/submit"))[0] == 200
        status, done = await rig.post(f"{path}/sign", {"fields": {"opinion": "同意"}}, "zhao")
        assert (status, done["state"], done["open"]) == (200, "signed", False)


async def test_a_new_station_reports_no_day_before_it_was_there_and_none_where_none_is_wanted(
    tmp_path: Path, clock: Callable[[Instant], None]
) -> None:
    async with running(tmp_path / "new", site()) as rig:
        await until(lambda: rig.station.writer.written > 0, "started")
        await rig.station.daily.round()
        assert await reports(rig) == []
    never = a_site(options={"shift": {**SHIFT, "daily_report_at": ""}})
    async with running(tmp_path / "never", never) as rig:
        await until(lambda: rig.station.writer.written > 0, "started")
        clock(2 * DAY)
        await rig.station.daily.round()
        assert await reports(rig) == []

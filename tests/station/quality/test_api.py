"""The calls over a real station: worked out by a real worker, called off, read back, on a sheet; and the patrol record."""

import asyncio
import io
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from openpyxl import load_workbook

from app.domain.instant import HOUR, MINUTE, SECOND, to_rfc3339
from app.domain.sample import Quality, Reason, Sample
from app.store import open_store
from tests.pace import ENOUGH_S, Stopwatch
from tests.station.rig import a_site, people_in, running, tag, until

TAGS = (tag("T1"), tag("T2", equipment="V-102"), tag("T3", source="gds"))


def a_past(data: Path, hours: float = 2.0, step_s: int = 5) -> int:
    """Two hours of samples up to now; T1 is above its limit for ten minutes without any record. Returns the start."""
    people_in(data)
    store = open_store(data)
    now = time.time_ns() // 1000
    start = now - round(hours * HOUR)
    chance = np.random.default_rng(1)
    samples = []
    for at in range(start, now, step_s * SECOND):
        for name in ("T1", "T2", "T3"):
            value = 50 + 0.3 * float(chance.normal())
            if name == "T1" and 30 * MINUTE < at - start < 40 * MINUTE:
                value = 85.0 + 0.3 * float(chance.normal())
            samples.append(Sample(name, value, Quality.GOOD, Reason.NONE, at, at + 50_000))
    store.historian.append(samples)
    store.config.save(the_site(), "zheng", "测试", start - HOUR)
    store.close()
    return start


def the_site():
    site = a_site(*TAGS)
    return replace(site, sources=tuple(replace(one, period_s=5.0) for one in site.sources))


async def done(rig, patience_s: float = ENOUGH_S) -> dict:
    async def over() -> dict | None:
        job = await rig.get("/quality/run")
        return job if job is not None and job["state"] != "running" else None

    return await until(over, "the work is done", patience_s)


async def test_worked_out_read_back_and_on_a_sheet(tmp_path: Path) -> None:
    start = a_past(tmp_path)
    async with running(tmp_path, the_site()) as rig:
        assert (await rig.get("/quality"))["run"] is None
        span = {"start": to_rfc3339(start), "end": to_rfc3339(start + 2 * HOUR)}
        status, job = await rig.post("/quality/run", span)
        assert status == 202 and job["state"] == "running"
        job = await done(rig)
        assert job["state"] == "done" and job["result"]["tags"] == 3, job
        found = await rig.get("/quality")
        assert found["whole"]["tags"] == 3 and found["rows"][0]["tag"] == "T1"
        assert found["rows"][0]["counts"]["missed"] == 1 and found["rows"][0]["score"] < found["rows"][1]["score"]
        by_source = {row["key"]: row for row in (await rig.get("/quality", by="source"))["rows"]}
        assert by_source["dcs"]["tags"] == 2 and by_source["gds"]["worst"] == "T3"
        hazards = (await rig.get("/quality", by="hazard_source"))["rows"]
        assert [row["key"] for row in hazards] == ["H1", ""] and hazards[0]["counts"]["missed"] == 1
        one = await rig.get("/quality/T1")
        assert [f["kind"] for f in one["findings"]] == ["missed"] and "没有任何报警记录" in one["findings"][0]["reason"]
        assert len(one["history"]) == 1
        early = await rig.get("/quality/T1", start=span["start"], end=to_rfc3339(start + 10 * MINUTE))
        assert early["findings"] == []
        assert [f["tag"] for f in await rig.get("/quality/findings", kind="missed")] == ["T1"]
        sheet = await rig.raw("GET", "/quality/sheet.xlsx")
        book = load_workbook(io.BytesIO(sheet.content))
        assert book.sheetnames == ["汇总", "测点", "问题"] and book["测点"]["A2"].value == "T1"
        assert "漏报" in str([cell.value for cell in book["问题"][2]])
        numbers = (await rig.get("/quality/thresholds"))["numbers"]
        assert all(one["basis"] == "默认值，非官方规定" for one in numbers)


async def test_called_off_within_a_second_and_nothing_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    start = a_past(tmp_path)
    many = tuple(tag(f"N{n}") for n in range(3000))
    site = replace(the_site(), tags=(*TAGS, *many))
    store = open_store(tmp_path)
    store.config.save(site, "zheng", "多", start - MINUTE)
    store.close()
    async with running(tmp_path, site) as rig:
        await rig.post("/quality/run", {"start": to_rfc3339(start), "end": to_rfc3339(start + 2 * HOUR)})

        async def under_way() -> bool:
            return (await rig.get("/quality/run"))["done"] > 0

        await until(under_way, "progress")
        status, body = await rig.post("/quality/run", {"day": "2026-01-01"})
        assert status == 422 and "正在计算" in body["error"]["message"]
        watch = Stopwatch()
        answer = await rig.raw("DELETE", "/quality/run")
        assert answer.json()["state"] == "cancelled" and watch.seconds < 1.0
        assert (await rig.get("/quality"))["run"] is None and await rig.get("/quality/days") == []


@pytest.mark.parametrize(
    "path, status",
    [
        ("/quality/nobody", 404),
        ("/quality/findings?kind=nonsense", 400),
        ("/quality/findings?start=2026-11-21T00:00:00Z&end=2026-11-20T00:00:00Z", 400),
        ("/quality/sheet.xlsx", 404),
        ("/quality?by=nonsense", 400),
    ],
)
async def test_nonsense_is_refused_in_words(tmp_path: Path, path: str, status: int) -> None:
    async with running(tmp_path, the_site()) as rig:
        answer = await rig.raw("GET", path)
        assert answer.status_code == status and answer.json()["error"]["message"]
        for body in (
            {},
            {"day": "昨天"},
            {"day": "2126-01-01"},
            {"start": "2020-01-01T00:00:00Z", "end": "2026-01-01T00:00:00Z"},
        ):
            refused, told = await rig.post("/quality/run", body)
            assert refused in (400, 422) and told["error"]["message"], body


async def test_without_a_configuration_it_says_so(tmp_path: Path) -> None:
    async with running(tmp_path, the_site()) as rig:
        now = rig.station.clock.now()
        await rig.post("/quality/run", {"start": to_rfc3339(now - HOUR), "end": to_rfc3339(now)})
        job = await done(rig)
        assert job["state"] == "failed" and "配置" in job["error"]


async def test_yesterday_is_worked_out_by_itself(tmp_path: Path) -> None:
    start = a_past(tmp_path)
    async with running(tmp_path, the_site()) as rig:
        quality, station = rig.station.quality, rig.station
        assert start
        now = station.clock.now()
        station.started_at = now - HOUR
        station.given = replace(station.given, config=station.store.config.current()[0])
        await quality.round()
        due = await quality._due(now + 24 * HOUR)
        assert due is not None and due <= quality.day_of(now + 24 * HOUR)
        if quality.running:
            await asyncio.wait_for(quality.job.running, 30)


async def test_the_patrol_record_knows_what_the_station_knows(tmp_path: Path) -> None:
    start = a_past(tmp_path)
    async with running(tmp_path, the_site()) as rig:
        _, bare = await rig.post("/forms/patrol", {})
        assert "online_rate" not in bare["fields"] and "online_rank" not in bare["fields"]
        await rig.post("/quality/run", {"start": to_rfc3339(start), "end": to_rfc3339(start + 2 * HOUR)})
        await done(rig)
        rig.field["dcs"].say("T2", 85.0)
        await rig.has("T2", "H", "UNACK")
        status, form = await rig.post("/forms/patrol", {"fields": {"from_area": "市应急管理局"}})
        assert status == 201, form
        fields = form["fields"]
        assert fields["online_rate"] > 90 and fields["uncleared_count"] == 1 and fields["warnings_open"] == 0
        assert fields["to_area"] == "示范化工" and fields["from_area"] == "市应急管理局"
        assert not {"online_rank", "video_rank", "promise_rate", "notices_unanswered"} & fields.keys(), "nothing is made up"
        reply = {"fields": {"reply_type": "done", "situation": "已核实", "contact": "王强", "measure": "已恢复"}}
        status, form = await rig.post(f"/forms/patrol/{form['id']}/answer", reply)
        assert form["state"] == "answered" and form["fields"]["feedback_time"]
        status, form = await rig.post(f"/forms/patrol/{form['id']}/file", {}, user="zhao")
        assert form["state"] == "filed", form

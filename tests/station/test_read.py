"""What the API tells: configuration, values, history, journal, status; and the shape of every error."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.domain.instant import to_rfc3339
from app.domain.plant import Camera
from app.domain.sample import Quality, Reason, Sample
from app.domain.tag import Priority, Tag
from app.site.columns import CAMERAS, EQUIPMENT, TAGS
from app.site.layouts import layout_of
from tests.station.rig import a_site, running, tag, until

PICTURE = b"<svg xmlns='http://www.w3.org/2000/svg'/>"
DISPLAY: dict[str, Any] = {
    "schema": 1,
    "id": "罐区/甲",
    "title": "一号罐区",
    "level": 2,
    "extent": [0, 0, 420, 260],
    "background": {"file": "a.svg", "affine": [0.05, 0, 0, -0.05, 0, 260], "dim": 0.3},
    "drawn_by": "王工",
    "items": [
        {"id": "e7", "type": "tank.vertical", "x": 62.5, "y": 118, "w": 12, "h": 12, "label": "V-101", "bind": {"level": "T1"}},
        {"id": "c1", "type": "camera", "x": 20, "y": 30, "camera": "C1", "bearing": 45, "angle": 60, "reach": 40},
        {"id": "p1", "type": "pipe", "x": 0, "y": 0, "points": [[0, 0], [1.5, 2]]},
        {"id": "x", "type": "of the future", "x": 1, "y": 2, "spin": {"rpm": 3}},
    ],
}


async def test_tables_speak_the_words_of_the_package(tmp_path: Path) -> None:
    full = tag("T1", camera=("C1", "C2"), latching=True, priority_l=Priority.LOW, alarm_on=1, extra={"备注": "旧表"})
    bare = Tag("T2", source="dcs", address="ns=2;s=T2")
    cameras = (Camera("C1", "北", sub_url="rtsp://10.0.0.1/2", equipment=("V-101",), extra={"楼层": "3"}),)
    async with running(tmp_path, a_site(full, bare, cameras=cameras)) as rig:
        first, second = await rig.get("/tags")
        for row, table in (
            (first, TAGS),
            (second, TAGS),
            ((await rig.get("/equipment"))[0], EQUIPMENT),
            ((await rig.get("/cameras"))[0], CAMERAS),
        ):
            assert set(row) == {column.name for column in table.columns} | {"extra"}
        assert (first["ll"], first["l"], first["h"], first["hh"]) == (10.0, 20.0, 80.0, 90.0)
        assert [first[f"priority_{limit}"] for limit in ("hh", "h", "l", "ll")] == ["critical", "high", "low", "critical"]
        assert (first["camera"], first["latching"], first["alarm_on"]) == (["C1", "C2"], True, 1)
        assert (first["kind"], first["data_type"], first["extra"]) == ("level", "float64", {"备注": "旧表"})
        unset = ("name", "equipment", "unit", "range_low", "period_s", "stale_s", "ll", "hh", "alarm_on", "guidance")
        assert {second[name] for name in unset} == {None}
        assert (second["camera"], second["decimals"], second["scale"], second["deadband"]) == ([], 1, 1.0, 0.0)
        [camera] = await rig.get("/cameras")
        assert (camera["equipment"], camera["main_url"], camera["extra"]) == (["V-101"], None, {"楼层": "3"})
        pump = (await rig.get("/equipment"))[1]
        assert (pump["status"], pump["type"], pump["capacity_t"]) == ("in_service", "other", None)


async def test_the_configuration_comes_out_as_it_went_in(tmp_path: Path) -> None:
    site = a_site(tag("T1"), tag("T/2", guidance="关闭进料阀"))
    site = replace(site, layouts=(layout_of(DISPLAY),), pictures={"a.svg": PICTURE})
    async with running(tmp_path, site) as rig:
        about = await rig.get("/site")
        assert (about["code"], about["name"]) == (site.code, site.name)
        assert [s["id"] for s in about["sources"]] == ["dcs", "gds"]
        tags = await rig.get("/tags")
        assert [t["tag"] for t in tags] == ["T1", "T/2"]
        assert (tags[1]["guidance"], tags[0]["hh"], tags[0]["ll"]) == ("关闭进料阀", 90.0, 10.0)
        assert [e["equipment"] for e in await rig.get("/equipment")] == ["V-101", "V-102"]
        assert await rig.get("/cameras") == []
        [listed] = await rig.get("/layouts")
        assert listed == {"id": "罐区/甲", "title": "一号罐区", "level": 2, "picture": True}
        assert await rig.get("/layouts/罐区%2F甲") == DISPLAY
        picture = await rig.raw("GET", "/layouts/罐区%2F甲/picture")
        assert (picture.content, picture.headers["content-type"]) == (PICTURE, "image/svg+xml")
        assert (await rig.raw("GET", "/layouts/no")).status_code == 404
        assert (await rig.post("/tags/T%2F2/suppress", {"reason": "清洗"}, "zhao"))[0] == 200


async def test_values_by_name_and_all(tmp_path: Path) -> None:
    async with running(tmp_path) as rig:
        rig.field["dcs"].say("T1", 42.5)
        [one] = await rig.get("/values", tag="T1")
        assert (one["value"], one["quality"], one["reason"]) == (42.5, "good", "")
        assert one["source_time"].endswith("Z")
        assert [v["tag"] for v in await rig.get("/values")] == ["T1", "T2"]
        assert (await rig.raw("GET", "/values?tag=NO")).json()["error"]["code"] == "not_found"


async def test_history_holds_extremes_and_shows_gaps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.station.history.PERIOD_S", 0.05)
    async with running(tmp_path) as rig:
        dcs, now = rig.field["dcs"], rig.station.clock.now()
        begin = now - 100_000_000
        for i in range(50):
            at = begin + i * 1_000_000
            dcs.publish(Sample("T1", 75.0 if i == 20 else 50.0, Quality.GOOD, Reason.NONE, at, at))
        dcs.publish(Sample("T1", None, Quality.BAD, Reason.TIMEOUT, begin + 50_000_000, now))
        await until(lambda: rig.station.history.written >= 51, "written")
        span = {"start": to_rfc3339(begin), "end": to_rfc3339(begin + 60_000_000)}
        [series] = await rig.get("/history", tag="T1", points=6, **span)
        assert (series["tag"], series["unit"]) == ("T1", "%")
        assert [len(series[name]) for name in ("t", "min", "max", "mean", "quality")] == [6] * 5
        assert series["max"][2] == 75.0
        assert series["min"][2] == 50.0
        assert series["mean"][-1] is None
        for query in ("?tag=NO", "?tag=T1&start=yesterday", "?tag=T1&start=2026-01-01T00:00:00", "", "?tag=T1&points=1"):
            assert (await rig.raw("GET", f"/history{query}")).status_code in (400, 404), query
        wrong = await rig.raw("GET", "/history", params={"tag": "T1", "start": span["end"], "end": span["start"]})
        assert wrong.json()["error"]["code"] == "malformed"


async def test_the_journal_is_for_those_who_may_and_in_order(tmp_path: Path) -> None:
    async with running(tmp_path) as rig:
        rig.field["dcs"].say("T1", 85.0)
        number = (await rig.has("T1", "H", "UNACK"))["occurrence"]
        await rig.post(f"/alarms/{number}/ack", {"note": "看到"})
        assert (await rig.raw("GET", "/journal")).status_code == 403
        lines = await rig.get("/journal", "wu", limit=1000)
        assert [line["id"] for line in lines] == list(range(1, len(lines) + 1))
        assert all(b["previous"] == a["hash"] for a, b in pairwise(lines))
        done = [(x["kind"], x["actor"], x["occurrence"]) for x in lines if x["actor"] == "wang" and x["kind"] != "login"]
        assert done[:2] == [("command", "wang", number), ("alarm", "wang", number)]
        assert [x["id"] for x in await rig.get("/journal", "wu", after=3, limit=2)] == [4, 5]


async def test_past_alarms_are_paged(tmp_path: Path) -> None:
    async with running(tmp_path) as rig:
        for _ in range(5):
            rig.field["dcs"].say("T1", 85.0)
            rig.field["dcs"].say("T1", 50.0)
        await until(lambda: rig.station.writer.backlog == 0, "written")
        first = await rig.get("/alarms/history", limit=3)
        rest = await rig.get("/alarms/history", limit=3, after=first[-1]["occurrence"])
        numbers = [a["occurrence"] for a in first + rest]
        assert len(numbers) == 5
        assert numbers == sorted(numbers, reverse=True)
        assert await rig.get("/alarms/history", priority="low") == []
        assert len(await rig.get("/alarms/history", text="T1液位")) == 5


async def test_status_tells_of_links_store_clock_and_counts(tmp_path: Path) -> None:
    async with running(tmp_path) as rig:
        rig.field["dcs"].say("T1", 85.0)
        await rig.has("T1", "H", "UNACK")
        status = await rig.get("/status")
        assert {link["source"]: link["state"] for link in status["links"]} == {"dcs": "up", "gds": "up"}
        assert status["store"]["writable"] is True
        assert status["counts"]["alarms"] == {"UNACK": 1}
        assert status["counts"]["tags"] == 2
        assert abs(status["clock"]["offset_s"]) < 1
        assert status["uptime_s"] >= 0


async def test_the_description_is_served_without_anything_from_elsewhere(tmp_path: Path) -> None:
    async with running(tmp_path) as rig:
        async with httpx.AsyncClient(base_url=rig.url, trust_env=False) as http:
            page = (await http.get("/docs")).text
            assert "://" not in page
            described = (await http.get("/openapi.json")).json()
            assert described == json.loads((await http.get("/api/v1/openapi.json")).text)
        calls = set(described["paths"])
        for promised in (
            "/status",
            "/values",
            "/alarms",
            "/alarms/history",
            "/history",
            "/journal",
            "/login",
            "/alarms/{occurrence}/ack",
            "/policy",
            "/tags/{tag}/why",
            "/tags/{tag}/shelve",
            "/equipment/{code}/status",
        ):
            assert f"/api/v1{promised}" in calls


ERRORS: list[tuple[str, str, bytes | None, int, str]] = [
    ("GET", "/nothing", None, 404, "not_found"),
    ("DELETE", "/alarms", None, 405, "method_not_allowed"),
    ("GET", "/alarms?view=odd", None, 400, "malformed"),
    ("GET", "/journal?limit=0", None, 400, "malformed"),
    ("POST", "/login", b"{", 400, "malformed"),
    ("POST", "/login", b'{"user": "x"}', 400, "malformed"),
    ("POST", "/alarms/ack", b'{"occurrences": ["x"]}', 400, "malformed"),
    ("POST", "/alarms/1/ack", b'{"remark": "x"}', 400, "malformed"),
]


async def test_every_error_has_the_same_shape(tmp_path: Path) -> None:
    async with running(tmp_path) as rig:
        for method, path, body, status, code in ERRORS:
            answer = await rig.raw(method, path, content=body)
            assert answer.status_code == status, path
            error = answer.json()["error"]
            assert set(error) == {"code", "message"}
            assert error["code"] == code
            assert error["message"]


async def test_a_body_that_is_too_large_is_refused(tmp_path: Path) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(300):
            yield b" " * 10_000

    async with running(tmp_path) as rig:
        answer = await rig.raw("POST", "/login", None, content=b" " * 3_000_000)
        assert (answer.status_code, answer.json()["error"]["code"]) == (413, "too_large")
        answer = await rig.raw("POST", "/login", None, content=endless())
        assert answer.status_code in (400, 413)
        assert (await rig.raw("GET", "/health", None)).status_code == 200


NONSENSE = (
    ("tag=T1&start=2026-01-02T00:00:00Z&end=2026-01-01T00:00:00Z", 400, "早于"),
    ("tag=T1&start=2026-01-01T00:00:00Z&end=2026-01-01T00:00:00Z", 400, "早于"),
    ("tag=T1&start=2026-01-01T00:00:00Z&end=9999-12-31T23:59:59Z", 400, "超出范围"),
    ("tag=T1&start=0001-01-01T00:00:00Z", 400, "超出范围"),
    ("tag=T1&start=1000000", 400, "RFC 3339"),
    ("tag=T1&start=2026-02-30T00:00:00Z", 400, "RFC 3339"),
    ("tag=T1&points=0", 400, "2 到"),
    ("tag=T1&points=-5", 400, "2 到"),
    ("tag=T1&points=1000000000", 400, "2 到"),
    ("tag=T1&points=many", 400, "points"),
    ("tag=T9", 404, "没有位号 T9"),
    ("tag=", 404, "没有位号"),
    ("&".join(f"tag=T{n}" for n in range(65)), 400, "64"),
    ("", 400, "tag"),
)


async def test_a_nonsense_question_for_curves_is_answered_with_a_sentence(tmp_path: Path) -> None:
    async with running(tmp_path) as rig:
        for query, status, says in NONSENSE:
            answer = await rig.raw("GET", f"/history?{query}")
            assert answer.status_code == status, query
            assert says in answer.json()["error"]["message"], query


async def test_curves_of_a_span_nobody_wrote_are_empty_however_long_or_short(tmp_path: Path) -> None:
    async with running(tmp_path) as rig:
        for start, end, slots in (
            ("1970-01-01T00:00:00Z", "9960-01-01T00:00:00Z", 1500),
            ("2020-01-01T00:00:00Z", "2020-01-02T00:00:00Z", 1440),
            ("2020-01-01T00:00:00.000001Z", "2020-01-01T00:00:00.000003Z", 2),
        ):
            [one] = await rig.get("/history", tag="T1", start=start, end=end)
            assert {len(one[name]) for name in ("t", "min", "max", "mean", "quality")} == {slots}
            assert (set(one["max"]), set(one["quality"])) == ({None}, {None})
            assert one["t"][0][:19] == start[:19]

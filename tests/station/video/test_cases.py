"""A case package over the real station and its worker: everything in it, checkable without this program; cancelled, refused."""

import asyncio
import csv
import hashlib
import io
import json
import subprocess
import zipfile
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from app.domain.instant import MINUTE, to_rfc3339
from app.domain.plant import Camera
from app.station.video.case_page import page
from tests.station.rig import Rig, running, until
from tests.station.video.film import film, filmed_site
from tests.station.video.test_recorder import finished, ready


class Links(HTMLParser):
    """What a page refers to, and whether it could run anything."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.scripts = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.scripts += tag in ("script", "iframe", "object", "embed") or any(name.startswith("on") for name, _ in attrs)
        self.found += [value for name, value in attrs if name in ("href", "src") and value]


async def job_over(rig: Rig, id: str) -> dict[str, Any]:
    async def done() -> dict[str, Any] | None:
        one: dict[str, Any] = await rig.get(f"/cases/{id}", "zhao")
        return one if one["state"] != "running" else None

    found: dict[str, Any] = await until(done, "case made")
    return found


def asked(rig: Rig, **more: Any) -> dict[str, Any]:
    now = rig.station.clock.now()
    return {"start": to_rfc3339(now - 5 * MINUTE), "end": to_rfc3339(now + MINUTE), "why": "<b>泄漏</b>调查", **more}


async def test_a_package_with_everything(tmp_path: Path) -> None:
    site = filmed_site(Camera("C1", "罐区一", film(tmp_path / "film"), equipment=("V-101",)))
    async with running(tmp_path / "data", site) as rig:
        await ready(rig)
        rig.field["dcs"].say("T1", 95.0)
        alarm = await rig.has("T1", "HH", "UNACK")
        number = alarm["occurrence"]
        assert (await rig.post(f"/alarms/{number}/ack", {"note": "去看"}))[0] == 200
        [clip] = await finished(rig, occurrence=number)
        await until(lambda: not rig.station.writer.backlog, "written")
        assert (await rig.post("/cases", asked(rig, occurrences=[number]), "wang"))[0] == 403
        status, begun = await rig.post("/cases", asked(rig, occurrences=[number], cameras=["C1"]), "zhao")
        assert status == 202, begun
        job = await job_over(rig, begun["id"])
        assert job["state"] == "done" and job["done"] > 0, job
        listed = await rig.get("/cases", "zhao")
        [package] = listed["packages"]
        assert package["name"] == begun["name"] and package["sha256"] == job["sha256"]
        answer = await rig.raw("GET", f"/cases/{package['name']}/file", "zhao")
        assert hashlib.sha256(answer.content).hexdigest() == job["sha256"]
        made = [one["data"] for one in await rig.get("/journal", "zhao", kind="video") if one["data"]["what"] == "case_made"]
        assert made[0]["sha256"] == job["sha256"]
        assert begun["name"] in (await rig.get(f"/clips/{clip['id']}"))["case"]
        assert not list((tmp_path / "data" / "cases").glob(".part*"))

    folder = tmp_path / "case"
    with zipfile.ZipFile(io.BytesIO(answer.content)) as package_file:
        assert package_file.testzip() is None
        package_file.extractall(folder)
    said = await asyncio.to_thread(
        subprocess.run, ["sha256sum", "-c", "manifest.sha256"], cwd=folder, capture_output=True, text=True
    )
    assert said.returncode == 0, said.stdout
    [film_file] = list((folder / "clips").iterdir())
    assert hashlib.sha256(film_file.read_bytes()).hexdigest() == clip["sha256"]
    lines = [json.loads(line) for line in (folder / "journal.jsonl").read_text("utf-8").splitlines()]
    for before, one in pairwise(lines):
        assert one["id"] == before["id"] + 1 and one["previous"] == before["hash"]
        assert hashlib.sha256(f"{one['previous']}{one['line']}".encode()).hexdigest() == one["hash"]
    assert any(clip["sha256"] in one["line"] for one in lines)
    with (folder / "alarms.csv").open(encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    assert [row["本案"] for row in rows if row["报警编号"] == str(number)] == ["是"] and len(rows) == 2
    trends = sorted(path.name for path in (folder / "trends").iterdir())
    assert trends == ["001_T1.csv", "002_T2.csv"]
    assert ",95.0,%,good," in (folder / "trends" / "001_T1.csv").read_text("utf-8-sig")
    forms = {path.suffix for path in (folder / "forms").iterdir()}
    assert ".json" in forms
    links = Links()
    text = (folder / "index.html").read_text("utf-8")
    links.feed(text)
    assert links.scripts == 0 and all((folder / link).is_file() for link in map(unquote, links.found))
    assert "&lt;b&gt;泄漏&lt;/b&gt;" in text
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    assert manifest["case"]["by"] == "zhao" and [one for one in manifest["faults"] if "字体" not in one] == []


async def test_cancelled_and_refused(tmp_path: Path) -> None:
    async with running(tmp_path, filmed_site(video={"on": False})) as rig:
        rig.field["dcs"].say("T1", 95.0)
        alarm = await rig.has("T1", "HH", "UNACK")
        number = alarm["occurrence"]
        for change, status in (
            ({"occurrences": [number], "why": ""}, 400),
            ({"occurrences": [number], "why": " "}, 422),
            ({"occurrences": [999]}, 404),
            ({}, 422),
            ({"cameras": ["C1"], "end": "2000-01-01T00:00:00Z"}, 400),
        ):
            assert (await rig.post("/cases", asked(rig, **change), "zhao"))[0] == status, change
        status, begun = await rig.post("/cases", asked(rig, occurrences=[number]), "zhao")
        assert status == 202
        assert (await rig.post("/cases", asked(rig, occurrences=[number]), "zhou"))[0] == 422, "one at a time"
        status, said = await rig.post(f"/cases/{begun['id']}/cancel", user="zhao")
        assert status == 200 and said["state"] == "cancelled"
        assert list((tmp_path / "cases").iterdir()) == [] and (await rig.get("/cases", "zhao"))["packages"] == []
        await until(lambda: not rig.station.writer.backlog, "written")
        told = [one["data"]["what"] for one in await rig.get("/journal", "zhao", kind="video")]
        assert sorted(told) == ["case_begun", "case_not_made"]


def test_the_page_says_what_is_missing() -> None:
    job = {
        "name": "甲", "site": "厂", "why": "调查", "by": "zhao", "made": 0, "version": "1", "zone": "Asia/Shanghai",
        "start_at": 0, "end_at": 1,
    }  # fmt: skip
    journal = {"first": 1, "last": 0, "count": 0, "seals": []}
    parts: dict[str, Any] = {
        "clips": [], "trends": [], "forms": [], "alarms": {"mine": [], "count": 0}, "journal": journal,
    }  # fmt: skip
    text = page(job, parts, ["片段 3 的内容与日志里的 SHA-256 不符"], lambda at: str(at))
    assert "没有录像片段" in text and 'class="fault">片段 3' in text and "还没有封印" in text

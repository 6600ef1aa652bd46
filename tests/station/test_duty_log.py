"""The duty log over the real station: pages, checks, seals, viewings, exports; and what an interrupted one leaves behind."""

import asyncio
import csv
import hashlib
import io
import json
import os
import sqlite3
import time
from pathlib import Path
from typing import Any

import psutil
import pytest
from openpyxl import load_workbook

from app.domain.seal import read_seal
from app.station import admin
from app.store import open_store
from app.store.rows import Record
from tests.station.rig import Rig, people_in, running, until


def filled(data: Path, count: int) -> None:
    people_in(data)
    store = open_store(data)
    base = 1_795_000_000_000_000
    for low in range(0, count, 5000):
        store.journal.append(
            [
                Record(
                    base + n, "alarm", "zhao" if n % 3 else "", f"T{n % 2 + 1}", n + 1,
                    {"what": "acknowledged" if n % 3 else "raised", "rule": "HH", "note": "=1+1" if n % 7 else "已到现场"},
                )
                for n in range(low, min(count, low + 5000))
            ]
        )  # fmt: skip
    store.close()


async def page(rig: Rig, **params: Any) -> dict[str, Any]:
    answer: dict[str, Any] = await rig.get("/journal/page", "zhao", **params)
    return answer


async def job_done(rig: Rig, path: str, user: str = "zhao") -> dict[str, Any]:
    async def ended() -> dict[str, Any] | None:
        state: dict[str, Any] = await rig.get(path, user)
        return state if state["state"] != "running" else None

    found: dict[str, Any] = await until(ended, f"{path} ended")
    return found


async def test_pages_newest_first_with_words_and_neighbours(tmp_path: Path) -> None:
    filled(tmp_path, 50)
    async with running(tmp_path) as rig:
        first = await page(rig, limit=20)
        ids = [line["id"] for line in first["records"]]
        assert ids == sorted(ids, reverse=True) and first["before"] == ids[-1]
        second = await page(rig, limit=1000, before=first["before"])
        assert [line["id"] for line in second["records"]] == list(range(ids[-1] - 1, 0, -1)) and second["before"] is None
        found = await page(rig, text="确认 现场", actor="zhao", tag="T1", limit=1000)
        assert found["records"] and all("现场" in line["text"] and line["tag"] == "T1" for line in found["records"])
        assert found["records"][0]["text"].startswith("zhao 确认 T1 T1液位 高高报 备注：已到现场")
        assert {line["kind"] for line in (await page(rig, kind=["login", "system"]))["records"]} == {"login", "system"}
        one = await rig.get("/journal/7", "zhao")
        assert (one["before"]["id"], one["after"]["id"], one["previous"]) == (6, 8, one["before"]["hash"])
        assert (await rig.get("/journal/1", "zhao"))["before"] is None
        for path, status in (("/journal/99999", 404), ("/journal/0", 400), ("/journal/page?limit=9999", 400)):
            assert (await rig.raw("GET", path, "zhao")).status_code == status
        for path in ("/journal", "/journal/page", "/journal/7", "/seals", "/journal/verify"):
            assert (await rig.raw("GET", path, "wang")).status_code == 403
        # as before: in order, by kind
        assert [line["id"] for line in await rig.get("/journal", "zhao", after=5, limit=3)] == [6, 7, 8]
        assert [line["id"] for line in await rig.get("/journal", "zhao", before=5, limit=3)] == [4, 3, 2]


async def test_who_looked_is_told_once_in_ten_minutes(tmp_path: Path) -> None:
    async with running(tmp_path) as rig:
        for _ in range(3):
            await page(rig)
            assert (await rig.post("/viewed", {"what": "alarm_card", "subject": "occurrence:12"}))[0] == 200
        assert (await rig.post("/viewed", {"what": "alarm_card", "subject": "occurrence:13"}, "li"))[1] == {"journalled": True}
        assert (await rig.post("/viewed", {"what": ""}))[0] == 400
        await until(lambda: rig.station.writer.backlog == 0, "written")
        seen = [(r["actor"], r["data"]["what"], r["occurrence"]) for r in await rig.get("/journal", "zhao", kind="view")]
        assert seen == [("zhao", "journal", 0), ("wang", "alarm_card", 12), ("li", "alarm_card", 13)]


async def test_a_check_at_the_station_and_its_alarm(tmp_path: Path) -> None:
    filled(tmp_path, 3000)
    async with running(tmp_path) as rig:
        assert await rig.get("/journal/verify", "zhao") is None
        status, state = await rig.post("/journal/verify", user="zhao")
        assert (status, state["state"]) == (202, "running")
        good = await job_done(rig, "/journal/verify")
        assert good["result"]["broken_at"] is None and good["result"]["count"] >= 3000
        with sqlite3.connect(tmp_path / "station.db") as meddler:
            meddler.execute("UPDATE journal SET actor = 'li' WHERE id = 1234")
        await rig.post("/journal/verify", user="zhao")
        bad = await job_done(rig, "/journal/verify")
        assert bad["result"]["broken_at"] == 1234
        await rig.has("@station/integrity", "SYSTEM", "UNACK")
        told = [r["data"] for r in await rig.get("/journal", "zhao", kind="command") if r["data"]["command"] == "verify"]
        assert [one["args"]["result"] for one in told] == ["完整", "第 1234 条不符"]
        assert (await rig.post("/journal/verify", {"seal": "hello"}, "zhao"))[0] == 400


async def test_a_seal_at_the_stop_proves_the_journal_later(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async with running(tmp_path) as rig:
        rig.field["dcs"].say("T1", 95.0)
        await rig.has("T1", "HH", "UNACK")
        assert (await rig.get("/seals", "zhao"))["seals"] == []
    async with running(tmp_path) as rig:
        answer = await rig.get("/seals", "zhao")
        [seal] = answer["seals"]
        assert (seal["number"], seal["cause"], seal["first"], seal["key"]) == (1, "stop", 1, answer["key"])
        last = await rig.get(f"/journal/{seal['last']}", "zhao")
        assert last["hash"] == seal["hash"] and last["data"]["what"] == "station_stopped"
        told = await rig.get(f"/journal/{seal['record']}", "zhao")
        assert (told["kind"], told["text"][:8]) == ("seal", "日封印第 1 号 "[:8])
        paper = await rig.raw("GET", "/seals/1.pdf", "zhao")
        assert paper.status_code == 200 and paper.content.startswith(b"%PDF")
        assert (await rig.get("/seals/1", "zhao"))["text"] == seal["text"]
        assert (await rig.raw("GET", "/seals/9", "zhao")).status_code == 404
        await rig.post("/journal/verify", {"seal": seal["text"]}, "zhao")
        assert (await job_done(rig, "/journal/verify"))["result"]["broken_at"] is None
    assert admin.verify(tmp_path, seal=seal["text"]) == 0
    assert "fits" in capsys.readouterr().out
    assert admin.verify(tmp_path, seal=seal["text"].replace(f"hash={seal['hash']}", f"hash={'0' * 64}")) == 1
    assert admin.verify(tmp_path, seal="nonsense") == 1
    assert read_seal(seal["text"]).number == 1


@pytest.mark.parametrize("format", ["csv", "xlsx"])
async def test_an_export_is_complete_harmless_and_journalled(tmp_path: Path, format: str) -> None:
    filled(tmp_path, 4500)
    async with running(tmp_path) as rig:
        order = {"kind": "journal", "format": format, "filters": {"kinds": ["alarm"], "tag": "T1"}}
        status, job = await rig.post("/exports", order, "zhao")
        assert (status, job["state"]) == (202, "running")
        done = await job_done(rig, f"/exports/{job['id']}")
        assert (done["state"], done["rows"]) == ("done", 2250), done
        body = (await rig.raw("GET", f"/exports/{job['id']}/file", "zhao")).content
        assert hashlib.sha256(body).hexdigest() == done["sha256"] and len(body) == done["size"]
        if format == "csv":
            assert body.startswith(b"\xef\xbb\xbf")
            rows = list(csv.reader(io.StringIO(body.decode("utf-8-sig"))))
        else:
            sheet = load_workbook(io.BytesIO(body)).active
            assert sheet is not None
            rows = [["" if cell is None else str(cell) for cell in row] for row in sheet.iter_rows(values_only=True)]
        assert rows[0][:4] == ["编号", "时间", "类别", "人员"] and len(rows) == 2251
        assert [int(row[0]) for row in rows[1:]] == sorted((int(row[0]) for row in rows[1:]), reverse=True)
        assert not [cell for row in rows[1:] for cell in row if cell.startswith(("=", "+", "-", "@"))]
        told = [r for r in await rig.get("/journal", "zhao", kind="command") if r["data"]["command"] == "export"]
        assert told[-1]["data"]["args"]["sha256"] == done["sha256"] and "导出" in told[-1]["text"]
        assert (await rig.raw("GET", f"/exports/{job['id']}/file", "wang")).status_code == 403
        assert (await rig.raw("DELETE", f"/exports/{job['id']}", "zhao")).status_code == 200
        assert (await rig.raw("GET", f"/exports/{job['id']}", "zhao")).status_code == 404
        assert list((tmp_path / "reports" / "exports").iterdir()) == []


async def test_alarms_are_exported_for_who_may_see_them(tmp_path: Path) -> None:
    async with running(tmp_path) as rig:
        rig.field["dcs"].say("T1", 95.0)
        number = (await rig.has("T1", "HH", "UNACK"))["occurrence"]
        assert (await rig.post(f"/alarms/{number}/ack", {"note": "=HYPERLINK(1)"}))[0] == 200
        assert (await rig.post("/exports", {"kind": "journal"}, "wang"))[0] == 403
        assert (await rig.post("/exports", {"kind": "alarms", "format": "pdf"}))[0] == 400
        _, job = await rig.post("/exports", {"kind": "alarms", "filters": {"tag": "T1"}})
        done = await job_done(rig, f"/exports/{job['id']}", "wang")
        rows = list(
            csv.DictReader(io.StringIO((await rig.raw("GET", f"/exports/{job['id']}/file")).content.decode("utf-8-sig")))
        )
        assert done["rows"] == len(rows) == 2
        assert {row["报警"]: row["备注"] for row in rows} == {"高高报": "'=HYPERLINK(1)", "高报": ""}
        assert [one["id"] for one in await rig.get("/exports")] == [job["id"]]
        assert await rig.get("/exports", "li") == []


async def test_a_cancelled_or_orphaned_export_leaves_nothing(tmp_path: Path) -> None:
    filled(tmp_path, 40_000)
    folder = tmp_path / "reports" / "exports"
    async with running(tmp_path) as rig:
        _, job = await rig.post("/exports", {"kind": "journal", "format": "xlsx"}, "zhao")
        await until(lambda: any(folder.glob(".part-*/*")), "it writes")
        assert (await rig.raw("DELETE", f"/exports/{job['id']}", "zhao")).status_code == 200
        assert list(folder.iterdir()) == []
        await rig.post("/exports", {"kind": "journal", "format": "xlsx"}, "zhao")
        await rig.post("/exports", {"kind": "journal", "format": "csv"}, "zhao")
        status, refused = await rig.post("/exports", {"kind": "journal"}, "zhao")
        assert (status, refused["error"]["code"]) == (422, "too_many_exports")
        workers = [one for one in psutil.Process().children() if "app.station.worker" in " ".join(one.cmdline())]
        assert len(workers) == 2
    # the station stopped in the middle: no process and no file of it is left
    assert not [one for one in workers if one.is_running()] and list(folder.iterdir()) == []


async def test_a_worker_ends_with_the_station_however_that_ends(tmp_path: Path) -> None:
    filled(tmp_path, 40_000)
    (tmp_path / "x").mkdir()
    job = {
        "data": str(tmp_path), "url": None, "zone": "Asia/Shanghai", "work": "export", "what": "journal", "format": "xlsx",
        "filters": {}, "file": str(tmp_path / "x" / "a.xlsx"),
    }  # fmt: skip
    from app.station.jobs import COMMAND

    worker = await asyncio.create_subprocess_exec(*COMMAND, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE)
    assert worker.stdin is not None and worker.stdout is not None
    worker.stdin.write(json.dumps(job).encode() + b"\n")
    assert b"done" in await asyncio.wait_for(worker.stdout.readline(), 20)
    worker.stdin.close()
    assert await asyncio.wait_for(worker.wait(), 10) == 3


async def test_what_an_earlier_run_left_is_removed_and_old_files_too(tmp_path: Path) -> None:
    folder = tmp_path / "reports" / "exports"
    (folder / ".part-dead").mkdir(parents=True)
    (folder / ".part-dead" / "half.csv").write_text("x")
    for name, age in (("old.csv", 90_000), ("new.csv", 10)):
        (folder / name).write_text("x")
        os.utime(folder / name, (time.time() - age,) * 2)
    (tmp_path / "reports" / "daily.pdf").write_text("x")
    os.utime(tmp_path / "reports" / "daily.pdf", (1, 1))
    async with running(tmp_path):
        await until(lambda: not (folder / ".part-dead").exists() and not (folder / "old.csv").exists(), "cleaned")
        assert (folder / "new.csv").exists() and (tmp_path / "reports" / "daily.pdf").exists()


async def test_a_repair_is_an_alarm_and_a_notice(tmp_path: Path) -> None:
    filled(tmp_path, 20)
    with sqlite3.connect(tmp_path / "station.db") as meddler:
        meddler.execute("DELETE FROM journal WHERE id > 15")
    async with running(tmp_path) as rig:
        await rig.has("@station/integrity", "SYSTEM", "UNACK")
        assert any("第 15 条" in notice for notice in (await rig.get("/status"))["notices"])
        repaired = [r for r in await rig.get("/journal", "zhao", kind="system") if r["data"]["what"] == "journal_repaired"]
        assert (repaired[0]["id"], repaired[0]["data"]["lost"]) == (16, 5)
    async with running(tmp_path) as rig:
        assert not [n for n in (await rig.get("/status"))["notices"] if "第 15 条" in n]

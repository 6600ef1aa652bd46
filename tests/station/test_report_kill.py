"""Killed in the middle of a report and of an export: nothing half is offered, it is told, nothing is left.

The station is a process of its own, its workers are processes below it; a worker ends when its station does."""

import contextlib
import sys
import time
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from app.domain.instant import DAY, SECOND
from app.domain.sample import good
from app.store import open_store
from tests.pace import ENOUGH_S
from tests.station.rig import people_in, until
from tests.station.test_process import package, process, token


def filled(data: Path) -> None:
    """Two weeks of fifty tags each ten minutes, so that the making takes its time."""
    people_in(data)
    store = open_store(data)
    now = time.time_ns() // 1000
    every = range(now - 14 * DAY, now, 600 * SECOND)
    store.historian.append([good(f"T{n}", 40.0 + at % 7, at, at) for at in every for n in range(50)])
    store.close()


def below(pid: int) -> list[psutil.Process]:
    return psutil.Process(pid).children(recursive=True)


def is_alive(process: psutil.Process) -> bool:
    return process.is_running() and process.status() != psutil.STATUS_ZOMBIE


def caller(url: str) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=url, trust_env=False, timeout=ENOUGH_S)


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL")
@pytest.mark.parametrize("written", ["order.json", "report.pdf"])
async def test_killed_while_a_report_is_made(tmp_path: Path, written: str) -> None:
    data, site = tmp_path / "data", package(tmp_path / "site")
    filled(data)
    made = data / "reports" / "made"
    async with (
        process(str(site), str(data)) as (child, url),
        caller(url) as http,
    ):
        await token(http)
        ask = {"kind": "alarms", "period": time.strftime("%Y-%m")} if written == "order.json" else month()
        answer = await http.post("/api/v1/reports", json=ask)
        assert answer.status_code == 202, answer.text
        job = answer.json()
        export = await http.post("/api/v1/exports", json={"kind": "alarms", "format": "csv"})
        assert export.status_code == 202, export.text
        await until(lambda: list(made.glob(f".part-*/{written}")), written, ENOUGH_S)
        workers = below(child.pid)
        child.kill()
        await child.wait()
    assert workers
    await until(
        lambda: not any(one.is_running() and one.status() != psutil.STATUS_ZOMBIE for one in workers), "workers end", ENOUGH_S
    )

    (data / "reports" / "exports" / ".part-0123456789abcdef").mkdir(parents=True)
    (data / "reports" / "exports" / ".part-0123456789abcdef" / "half.csv").write_text("half")
    async with process("-", str(data)) as (_, url), caller(url) as http:
        await token(http)
        listed = (await http.get("/api/v1/reports")).json()
        assert listed["reports"] == []
        [told] = listed["jobs"]
        assert (told["id"], told["title"], told["state"], told["by"]) == (job["id"], job["title"], "failed", job["by"])
        assert "站停了" in told["error"]
        asked: dict[str, Any] = (await http.get(f"/api/v1/reports/jobs/{job['id']}")).json()
        assert asked["error"] == told["error"], "who followed it is told the same"
        for file in (f"{job['report']}.pdf", f"{job['report']}.xlsx", f"{job['report']}/pages/1.png"):
            assert (await http.get(f"/api/v1/reports/{file}")).status_code == 404
        assert list(made.iterdir()) == []
        await until(lambda: not list((data / "reports" / "exports").glob(".part-*")), "the export's half goes", ENOUGH_S)
    lines = records(data)
    assert [(line["what"], line["id"], line["error"]) for line in lines] == [("failed", job["report"], told["error"])]


def month() -> dict[str, Any]:
    return {"kind": "month", "period": time.strftime("%Y-%m")}


def records(data: Path) -> list[dict[str, Any]]:
    with contextlib.closing(open_store(data)) as store:
        assert store.journal.verify().broken_at is None
        return [dict(line.record.data) for line in store.journal.read(0, 500, "report")]

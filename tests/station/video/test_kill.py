"""The station killed while it films, in a storm: what is on the disk is kept and said to be cut short, the journal holds."""

import asyncio
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.domain.plant import Camera
from app.site import load_site, save_site
from app.store import open_store
from app.video.clip import PART, check_clip
from tests.pace import ENOUGH_S
from tests.station.rig import people_in, until
from tests.station.test_process import package, process, token
from tests.station.video.film import film


@asynccontextmanager
async def station(site: str, data: Path) -> AsyncIterator[tuple[asyncio.subprocess.Process, httpx.AsyncClient]]:
    async with (
        process(site, str(data)) as (child, url),
        httpx.AsyncClient(base_url=url, trust_env=False, timeout=ENOUGH_S) as http,
    ):
        await token(http)
        yield child, http


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL")
async def test_killed_while_it_films(tmp_path: Path) -> None:
    data, folder = tmp_path / "data", tmp_path / "site"
    camera = Camera("C1", "罐区", "file://clips/film.mp4", equipment=("V-1",))
    video = {"pre_s": 0.5, "post_s": 60.0, "ring_s": 4.0, "longest_s": 300.0}
    site = load_site(package(tmp_path / "quiet", tags=5))
    save_site(replace(site, cameras=(camera,), options={**site.options, "video": video}), folder)
    film(folder / "clips")
    people_in(data)

    async def clips(http: httpx.AsyncClient) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = (await http.get("/api/v1/clips")).json()
        return found

    async with station(str(folder), data) as (child, http):

        def part_grew() -> bool:
            return any(part.stat().st_size > 100_000 for part in (data / "clips").rglob(f"*{PART}"))

        await until(part_grew, "a clip under way")
        assert [one["state"] for one in await clips(http) if one["first_frame"]] == ["recording"]
        child.send_signal(signal.SIGKILL)
        await child.wait()

    async with station("-", data) as (child, http):

        async def mended() -> list[dict[str, Any]]:
            return [one for one in await clips(http) if "站在录制中停止" in one["words"]]

        [one] = await until(mended, "mended")
        assert one["state"] == "ready" and one["sha256"] and one["occurrences"]
        answer = await http.get(f"/api/v1/clips/{one['id']}/file")
        (tmp_path / "clip.mp4").write_bytes(answer.content)
        check = check_clip(tmp_path / "clip.mp4")
        assert check.pictures > 20 and check.sha256 == one["sha256"]
        child.send_signal(signal.SIGTERM)
        await child.wait()

    assert not list((data / "clips").rglob(f"*{PART}")), "the second run was ended cleanly"
    store = open_store(data)
    try:
        assert store.journal.verify().broken_at is None
        told = {line.record.data["clip"]: line.record.data for line in store.journal.read(kind="video", limit=5000)}
        rows = store.clips.find()
        assert {row.id: (row.state, row.sha256) for row in rows} == {id: (d["state"], d["sha256"]) for id, d in told.items()}
        assert all(row.state in ("ready", "failed") for row in rows)
    finally:
        store.close()

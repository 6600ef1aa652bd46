"""Spans out of a recorder: by the maker's URL, its clock corrected, with progress, cancelled, refused; and the clock meter."""

import asyncio
import hashlib
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from app.domain.instant import SECOND, from_rfc3339, to_rfc3339
from app.domain.plant import Camera
from tests.peers.rtsp_process import PASSWORD, USER, RtspPeer
from tests.station.rig import Rig, running, until
from tests.station.video.conftest import AHEAD_S
from tests.station.video.film import filmed_site


def site_at(peer: RtspPeer, clock: str = "", **nvr: Any) -> Any:
    camera = Camera("NVR1-07", "罐区七", nvr="hikvision", channel="7", equipment=("V-101",))
    told = {"id": "NVR1", "vendor": "hikvision", "url": f"rtsp://127.0.0.1:{peer.port}", "cameras": ["NVR1-*"], **nvr}
    if clock:
        told["clock"] = clock
    return filmed_site(camera, video={"nvr": [told], "on": False})


def span(rig: Rig, seconds: float, ago_s: float = 60) -> dict[str, Any]:
    start = rig.station.clock.now() - round(ago_s * SECOND)
    return {
        "camera": "NVR1-07",
        "start": to_rfc3339(start),
        "end": to_rfc3339(start + round(seconds * SECOND)),
        "reason": "泄漏调查",
    }


async def over(rig: Rig, id: int) -> dict[str, Any]:
    async def done() -> dict[str, Any] | None:
        one: dict[str, Any] = await rig.get(f"/clips/{id}")
        return one if one["state"] != "recording" else None

    found: dict[str, Any] = await until(done, f"clip {id}")
    return found


async def test_a_span_by_the_clock_of_the_recorder(tmp_path: Path, locked: RtspPeer, fast_clock: str) -> None:
    site = site_at(locked, fast_clock, secret="nvr1")
    async with running(tmp_path, site) as rig:
        video = rig.station.video
        rig.station.store.secrets.set("nvr1", f"{USER}:{PASSWORD}")
        await video.clocks.round()
        [clock] = await rig.get("/cameras/clocks")
        assert clock["offset_s"] == pytest.approx(AHEAD_S, abs=1.0) and clock["over"] and clock["way"] == "isapi"
        told = await rig.has("@station/video_clock", "SYSTEM", "UNACK")
        assert "NVR1 快 3" in told["message"]
        [state] = await rig.get("/cameras/state")
        assert state["clock_offset_s"] == clock["offset_s"]

        wanted = span(rig, 2)
        status, begun = await rig.post("/clips", wanted)
        assert status == 202 and begun["state"] == "recording" and begun["reason"] == "fetch", begun
        seen = []

        async def moved() -> bool:
            seen.append((await rig.get(f"/clips/{begun['id']}"))["progress"])
            return seen[-1] is not None and 0 < seen[-1] < 1

        await until(moved, "progress")
        one = await over(rig, begun["id"])
        assert one["state"] == "ready" and one["by"] == "wang" and one["progress"] is None, one
        assert "泄漏调查" in one["words"] and "校正" in one["words"] and "只给出" not in one["words"]
        length = from_rfc3339(one["last_frame"]) - from_rfc3339(one["first_frame"])
        assert 2 * SECOND <= length <= 5 * SECOND
        [asked] = [path for path in locked.asked if "tracks" in path][:1]
        start = parse_qs(urlsplit(asked).query)["starttime"][0]
        face = from_rfc3339(f"{start[:4]}-{start[4:6]}-{start[6:11]}:{start[11:13]}:{start[13:15]}Z") - 8 * 3600 * SECOND
        assert abs(face - from_rfc3339(wanted["start"]) - round(AHEAD_S * SECOND)) <= 2 * SECOND and "/701" in asked
        answer = await rig.raw("GET", f"/clips/{one['id']}/file")
        assert hashlib.sha256(answer.content).hexdigest() == one["sha256"]
        assert not list((tmp_path / "clips").rglob("*.part"))
        text = (await rig.raw("GET", "/journal?kind=video", "zhao")).text
        assert PASSWORD not in text and one["sha256"] in text


async def test_cancelled_leaves_no_file(tmp_path: Path, peer: RtspPeer) -> None:
    async with running(tmp_path, site_at(peer)) as rig:
        _, begun = await rig.post("/clips", span(rig, 50))
        await until(lambda: rig.station.video.book.progress.get(begun["id"], 0) > 0, "progress")
        status, said = await rig.post(f"/clips/{begun['id']}/cancel", user="sun")
        assert status == 403
        status, said = await rig.post(f"/clips/{begun['id']}/cancel", user="li")
        assert status == 200 and said["state"] == "failed" and "li 取消了调取" in said["words"]
        assert not [one for one in (tmp_path / "clips").rglob("*") if one.is_file()]
        status, said = await rig.post(f"/clips/{begun['id']}/cancel")
        assert status == 409


async def test_one_playback_at_a_time_waits_its_turn(tmp_path: Path, peer: RtspPeer) -> None:
    async with running(tmp_path, site_at(peer)) as rig:
        first, second = [(await rig.post("/clips", span(rig, 0.4, ago)))[1]["id"] for ago in (60, 30)]
        waiting = (await rig.get(f"/clips/{second}"))["progress"]
        while (await rig.get(f"/clips/{first}"))["state"] == "recording":
            assert waiting == 0
            await asyncio.sleep(0.01)
            waiting = (await rig.get(f"/clips/{second}"))["progress"]
        assert [(await over(rig, one))["state"] for one in (first, second)] == ["ready", "ready"]


async def test_a_recorder_that_refuses_is_told_in_words(tmp_path: Path, locked: RtspPeer) -> None:
    async with running(tmp_path, site_at(locked, secret="nvr1")) as rig:
        _, begun = await rig.post("/clips", span(rig, 2))
        one = await over(rig, begun["id"])
        assert one["state"] == "failed" and "密码库里没有“nvr1”" in one["words"]
        rig.station.store.secrets.set("nvr1", "admin:wrong")
        _, begun = await rig.post("/clips", span(rig, 2))
        one = await over(rig, begun["id"])
        assert one["state"] == "failed" and "用户名或密码" in one["words"] and "wrong" not in one["words"]


@pytest.mark.parametrize(
    ("change", "user", "status", "code"),
    [
        ({}, "sun", 403, "forbidden"),
        ({"camera": "NVR9"}, "wang", 404, "not_found"),
        ({"reason": "  "}, "wang", 422, "no_reason"),
        ({"end": "2000-01-01T00:00:00Z"}, "wang", 422, "bad_span"),
        ({"end": "2099-01-01T00:00:00Z"}, "wang", 422, "bad_span"),
        ({"start": "2020-01-01T00:00:00Z"}, "wang", 422, "too_long"),
        ({"start": "gestern"}, "wang", 400, "malformed"),
        ({"occurrence": 99}, "wang", 404, "not_found"),
    ],
)
async def test_refused(tmp_path: Path, change: dict[str, Any], user: str, status: int, code: str) -> None:
    camera = Camera("NVR1-07", "罐区七", "rtsp://127.0.0.1:1/x", nvr="hikvision", channel="7")
    async with running(tmp_path, filmed_site(camera, video={"on": False})) as rig:
        answer, said = await rig.post("/clips", {**span(rig, 2), **change}, user)
        assert (answer, said["error"]["code"]) == (status, code)
        assert await rig.get("/clips") == []


async def test_no_recorder_is_said(tmp_path: Path) -> None:
    camera = Camera("NVR1-07", "罐区七", "file:///x.mp4")
    async with running(tmp_path, filmed_site(camera, video={"on": False})) as rig:
        status, said = await rig.post("/clips", span(rig, 2))
        assert status == 422 and "没有录像机" in said["error"]["message"]

"""Where a seat reads a stream: login from the secret store, only within the machine or over TLS, journalled."""

from pathlib import Path
from typing import Any

import pytest
from starlette.requests import Request

from app.domain.plant import Camera
from app.station.api_video import _is_private
from tests.station.rig import running, until
from tests.station.video.film import filmed_site

CAMERAS = (
    Camera("HIK", "罐区", "rtsp://10.0.0.9:554/Streaming/Channels/701", secret="cam", nvr="hikvision", channel="7"),
    Camera("PLAIN", "", "rtsp://10.0.0.8/live", extra={"transport": "UDP"}),
    Camera("FILE", "", "file://clips/a.mp4", "file://clips/b.mp4"),
    Camera("GONE", "", "rtsp://10.0.0.7/live", secret="missing"),
    Camera("NONE"),
)


async def test_addresses(tmp_path: Path) -> None:
    async with running(tmp_path, filmed_site(*CAMERAS, video={"on": False})) as rig:
        rig.station.store.secrets.set("cam", "admin:p:w@d")
        main = await rig.get("/cameras/HIK/stream", which="main")
        assert main == {
            "url": "rtsp://10.0.0.9:554/Streaming/Channels/701", "user": "admin", "password": "p:w@d", "transport": "tcp",
            "folder": "",
        }  # fmt: skip
        sub = await rig.get("/cameras/HIK/stream")
        assert sub["url"].endswith("/Streaming/Channels/702") and sub["user"] == "admin"
        plain = await rig.get("/cameras/PLAIN/stream", user="sun")
        assert (plain["url"], plain["user"], plain["transport"]) == ("rtsp://10.0.0.8/live", "", "udp")
        assert (await rig.get("/cameras/FILE/stream"))["url"] == "file://clips/b.mp4"
        for camera, status, words in (("GONE", 422, "hazwatch secret missing"), ("NONE", 422, "视频地址"), ("X", 404, "X")):
            answer = await rig.raw("GET", f"/cameras/{camera}/stream")
            assert answer.status_code == status and words in answer.json()["error"]["message"]
        assert (await rig.raw("GET", "/cameras/HIK/stream", None)).status_code == 401
        await until(lambda: not rig.station.writer.backlog, "written")
        views = [one["data"]["subject"] for one in await rig.get("/journal", "zhao", kind="view")]
        assert "camera:HIK" in views
        for path in ("/cameras", "/cameras/state", "/cameras/clocks", "/status", "/journal"):
            assert "p:w@d" not in (await rig.raw("GET", path, "zhao")).text
        schema = await rig.get("/openapi.json")
        paths = {path: set(calls) for path, calls in schema["paths"].items() if "clips" in path or "cases" in path}
        assert "/api/v1/clips/{id}/lock" in paths and not any("delete" in calls for calls in paths.values())


@pytest.mark.parametrize(
    ("scheme", "client", "expected"),
    [
        ("http", "127.0.0.1", True),
        ("http", "::1", True),
        ("http", "192.168.1.7", False),
        ("https", "192.168.1.7", True),
        ("http", "", False),
    ],
)
def test_logins_leave_only_privately(scheme: str, client: str, expected: bool) -> None:
    scope: dict[str, Any] = {"type": "http", "scheme": scheme, "path": "/", "headers": [], "server": ("h", 1)}
    scope["client"] = (client, 1) if client else None
    assert _is_private(Request(scope)) is expected

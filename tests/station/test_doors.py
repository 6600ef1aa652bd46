"""Nobody gets in who should not: every call of the API asks who is there, by the station's own list of its calls."""

import re
from pathlib import Path

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus, WebSocketException

from tests.station.rig import a_site, running, tag

OPEN = {("get", "/api/v1/health"), ("post", "/api/v1/login")}
LEAST = 100  # calls the station has; a list that came back short would show nothing


async def test_every_call_is_refused_without_a_token_that_counts(tmp_path: Path) -> None:
    async with running(tmp_path, a_site(tag("T1"))) as rig, httpx.AsyncClient(base_url=rig.url, trust_env=False) as client:
        listed = (await client.get("/openapi.json")).json()["paths"]
        calls = {(method, path) for path, methods in listed.items() for method in methods}
        assert len(calls) > LEAST
        assert calls >= OPEN
        let_in = {
            (method, path, str(who))
            for method, path in calls - OPEN
            for who in ({}, {"Authorization": "Bearer made-up"})
            if (await client.request(method, re.sub(r"\{[^}]*\}", "1", path), headers=who)).status_code != 401
        }
        assert not let_in
        for token in ("", "?token=", "?token=made-up"):
            with pytest.raises((InvalidStatus, WebSocketException)):
                async with connect(rig.url.replace("http", "ws", 1) + "/api/v1/feed" + token, proxy=None) as socket:
                    await socket.recv()


async def test_a_token_is_worth_nothing_after_its_logout(tmp_path: Path) -> None:
    async with running(tmp_path, a_site(tag("T1"))) as rig:
        assert (await rig.raw("GET", "/values")).status_code == 200
        assert (await rig.raw("POST", "/logout")).status_code == 200
        assert (await rig.raw("GET", "/values")).status_code == 401

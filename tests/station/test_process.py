"""The station as a process: started, killed, started again, ended by a signal; the doors beside it."""

import asyncio
import contextlib
import json
import os
import signal
import ssl
import sys
import time
from asyncio.subprocess import DEVNULL
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets import ConnectionClosed
from websockets.asyncio.client import connect

from app.domain.plant import Equipment, Site, Source
from app.domain.tag import Limits, Tag
from app.site import save_site
from app.station import admin
from app.station.api import make_api
from app.station.clock import StationClock
from app.station.main import run_station
from app.station.server import listen, serving
from app.station.tls import is_loopback, own_certificate
from app.store import open_store
from tests.pace import ENOUGH_S, Stopwatch
from tests.station.rig import PASSWORD, people_in, running, until

ROOT = Path(__file__).parents[2]


def package(folder: Path, tags: int = 50, high: float = 80.0) -> Path:
    rows = tuple(
        Tag(
            f"T{i}",
            name=f"{i}号液位",
            source="gds",
            address=f"HR:{2 * i}",
            equipment="V-1",
            limits=Limits(h=high, hh=max(90.0, high + 1)),
        )
        for i in range(tags)
    )
    source = Source("gds", "modbus_tcp", "tcp://127.0.0.1:1")
    quiet = {"alarm": {"chatter": {"count": 0}}}  # the storm is to go on
    equipment = (Equipment("V-1", "罐"),)
    save_site(Site("370300001", "示范化工", sources=(source,), tags=rows, equipment=equipment, options=quiet), folder)
    return folder


@contextlib.asynccontextmanager
async def process(*args: str, module: str = "tests.station.storm") -> AsyncIterator[tuple[asyncio.subprocess.Process, str]]:
    """The process and its URL; killed at the end if it still runs."""
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", module, *args, cwd=ROOT, stdout=asyncio.subprocess.PIPE, stderr=DEVNULL
    )
    try:
        assert child.stdout is not None
        line = (await asyncio.wait_for(child.stdout.readline(), ENOUGH_S)).decode()
        assert line.startswith("station ready http"), line
        yield child, line.split()[-1]
    finally:
        if child.returncode is None:
            child.kill()
        await child.wait()


async def token(http: httpx.AsyncClient) -> str:
    answer = await http.post("/api/v1/login", json={"user": "wang", "password": PASSWORD})
    assert answer.status_code == 200, answer.text
    found: str = answer.json()["token"]
    http.headers["Authorization"] = f"Bearer {found}"
    return found


class Witness:
    """What a console was told: events, and acknowledgements that were confirmed."""

    def __init__(self) -> None:
        self.events: dict[int, dict[str, Any]] = {}
        self.acknowledged: set[int] = set()
        self.highest = 0

    async def watch(self, url: str, seconds: float, child: asyncio.subprocess.Process) -> None:
        """Acknowledges whatever it sees, until the process is killed."""
        async with httpx.AsyncClient(base_url=url, trust_env=False, timeout=ENOUGH_S) as http:
            key = await token(http)
            feed = asyncio.create_task(self._feed(f"{url.replace('http', 'ws', 1)}/api/v1/feed?token={key}"))
            ends = time.monotonic() + seconds
            while time.monotonic() < ends:
                alarms = (await http.get("/api/v1/alarms", params={"view": "unacked"})).json()
                body = {"occurrences": [a["occurrence"] for a in alarms[:30]], "note": "storm"}
                if alarms:
                    answer = await http.post("/api/v1/alarms/ack", json=body)
                    assert answer.status_code == 200, answer.text
                    self.acknowledged |= set(answer.json()["acknowledged"])
            child.send_signal(signal.SIGKILL)
            await feed

    async def _feed(self, address: str) -> None:
        async with connect(address, max_size=None, proxy=None) as socket:
            with contextlib.suppress(ConnectionClosed):
                while True:
                    message = json.loads(await socket.recv())
                    self.events.update({e["id"]: e for e in message.get("events", [])})
                    self.highest = max([self.highest, *(a["occurrence"] for a in message.get("alarms", []))])


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL")
async def test_killed_in_the_middle_of_a_storm_nothing_confirmed_is_lost(tmp_path: Path) -> None:
    data, site = tmp_path / "data", package(tmp_path / "site")
    people_in(data)
    witness = Witness()
    for start in (str(site), "-"):
        async with process(start, str(data)) as (child, url):
            before = witness.highest
            await witness.watch(url, 1.5, child)
            assert witness.highest > before
    assert len(witness.events) > 500
    assert len(witness.acknowledged) > 20

    store = open_store(data)
    try:
        verdict = store.journal.verify()
        assert verdict.broken_at is None, verdict.message
        written = {}
        after = 0
        while batch := store.journal.read(after, 5000, "alarm"):
            written.update({w.id: w.record for w in batch})
            after = batch[-1].id
        for number, event in witness.events.items():
            record = written[number]
            assert (record.tag, record.occurrence, record.data["what"]) == (event["tag"], event["occurrence"], event["what"])
        acks = {record.occurrence for record in written.values() if record.data["what"] == "acknowledged"}
        assert witness.acknowledged <= acks
        raised = [r.occurrence for r in written.values() if r.data["what"] == "raised"]
        assert len(raised) == len(set(raised))  # no number was ever used twice
        for occurrence in sorted(witness.acknowledged)[-20:]:
            rows = store.journal.occurrences(after=occurrence + 1, limit=1)
            assert (rows[0].occurrence, rows[0].acked_by) == (occurrence, "wang")
    finally:
        store.close()


async def test_sigterm_ends_it_cleanly_within_five_seconds_under_load_and_with_a_feed_open(tmp_path: Path) -> None:
    data, site = tmp_path / "data", package(tmp_path / "site", 20_000, high=97.0)
    people_in(data)
    async with process(str(site), str(data)) as (child, url), httpx.AsyncClient(base_url=url, trust_env=False) as http:
        key = await token(http)
        async with connect(f"{url.replace('http', 'ws', 1)}/api/v1/feed?token={key}", max_size=None, proxy=None) as socket:
            first = json.loads(await socket.recv())
            assert len(first["values"]) == 20_000
            while not json.loads(await socket.recv()).get("values"):
                pass
            child.terminate()
            ended = asyncio.ensure_future(child.wait())
            watch = Stopwatch()
            while not ended.done() and watch.seconds < 5:
                await asyncio.wait({ended}, timeout=0.02)
            assert ended.done() and ended.result() == 0
    store = open_store(data)
    try:
        *_, stopped, sealed = store.journal.read(store.journal.last_id() - 10, 10)
        assert (stopped.record.data["what"], sealed.record.data["last"]) == ("station_stopped", stopped.id)
        assert store.journal.verify().broken_at is None
    finally:
        store.close()


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL")
async def test_killed_while_it_starts_it_starts_the_next_time(tmp_path: Path) -> None:
    data, site = tmp_path / "data", package(tmp_path / "site")
    for seen in ("station.lock", "station.db", "history.db", "logs/station.log"):
        child = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.station.storm", str(site), str(data), cwd=ROOT, stdout=DEVNULL, stderr=DEVNULL
        )
        try:
            await until(lambda name=seen: (data / name).exists(), seen)
        finally:
            child.kill()
            await child.wait()
    async with process(str(site), str(data)):
        pass
    assert admin.verify(data) == 0


def test_what_keeps_it_from_starting_is_said_in_a_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def start(site: Path | None, data: Path, port: int = 0) -> tuple[str, str]:
        assert run_station(site, data, port=port) == 1
        said = capsys.readouterr()
        return said.out, said.err

    out, err = start(None, tmp_path / "empty")
    assert out == ""
    assert "还没有配置" in err

    broken = package(tmp_path / "broken")
    (broken / "tags.csv").write_text("tag,source,address\nT1,nowhere,HR:1\nT1,gds,XX\n", encoding="utf-8")
    out, err = start(broken, tmp_path / "d1")
    assert "tags.csv:2:" in out
    assert "没有启动" in err

    good = package(tmp_path / "good")
    with closing(open_store(tmp_path / "d2")):
        out, err = start(good, tmp_path / "d2")
    assert "正由另一个监控站使用" in err

    with listen("127.0.0.1", 0) as taken:
        out, err = start(good, tmp_path / "d3", taken.getsockname()[1])
        port = taken.getsockname()[1]
    assert "还没有任何用户" in err
    assert err.splitlines()[-1] == (
        f"不能在 127.0.0.1:{port} 提供服务：端口已被另一个程序占用，请先停掉它，或用 --port 换一个端口"
    )
    assert start(good, tmp_path / "d3", 70_000)[1].endswith("端口应在 0 到 65535 之间\n")


async def test_beyond_loopback_it_speaks_tls_with_a_certificate_of_its_own(tmp_path: Path) -> None:
    assert [is_loopback(h) for h in ("127.0.0.1", "::1", "localhost", "0.0.0.0", "192.168.1.5", "desk")] == [True] * 3 + [
        False
    ] * 3
    now = StationClock().now()
    made = own_certificate(tmp_path / "tls", "192.168.1.5", now)
    assert own_certificate(tmp_path / "tls", "192.168.1.5", now) == made  # the same at the next start
    if os.name == "posix":
        assert (made.key.stat().st_mode & 0o777) == 0o600
    trust = ssl.create_default_context(cafile=str(made.certificate))
    async with (
        running(tmp_path / "data") as rig,
        serving(make_api(rig.station, made.thumbprint), listen("127.0.0.1", 0), made) as url,
    ):
        assert url.startswith("https://")
        async with httpx.AsyncClient(base_url=url, verify=trust, trust_env=False) as http:
            await token(http)
            assert (await http.get("/api/v1/status")).json()["tls_thumbprint"] == made.thumbprint
        with pytest.raises(httpx.HTTPError):
            async with httpx.AsyncClient(trust_env=False) as plain:
                await plain.get(url.replace("https", "http", 1) + "/api/v1/health")


def test_the_doors_on_a_data_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data, site = tmp_path / "data", package(tmp_path / "site", 3)
    assert admin.user_add(data, "wang", "king", PASSWORD) == 1
    assert admin.user_add(data, "wang", "operator", "weak") == 1
    assert admin.user_add(data, "wang", "operator", PASSWORD) == 0
    assert admin.user_add(data, "wang", "operator", PASSWORD) == 1
    assert admin.user_disable(data, "nobody") == 1
    assert admin.user_disable(data, "wang") == 0
    capsys.readouterr()
    assert admin.user_list(data) == 0
    assert capsys.readouterr().out.split("\t")[:3] == ["wang", "operator", "disabled"]

    assert admin.export_site(tmp_path / "none", data) == 1
    assert admin.import_site(site, data) == 0
    assert admin.import_site(package(tmp_path / "other", 3, high=75.0), data) == 0
    assert capsys.readouterr().out.splitlines() == ["version 1 changes 0 tags 3", "version 2 changes 3 tags 3"]
    assert admin.export_site(tmp_path / "out", data) == 0
    assert admin.secret_set(data, "dcs", "geheim") == 0
    capsys.readouterr()
    assert admin.secret_list(data) == 0
    assert capsys.readouterr().out == "dcs\n"
    assert admin.verify(data) == 0
    assert "chain intact" in capsys.readouterr().out
    assert admin.backup(tmp_path / "b.zip", data) == 0
    assert admin.restore(tmp_path / "b.zip", data) == 1
    assert admin.restore(tmp_path / "b.zip", tmp_path / "again") == 0
    assert admin.verify(tmp_path / "again") == 0
    assert admin.verify(tmp_path / "nothing") == 1

    store = open_store(tmp_path / "again")
    try:
        changed = [w.record for w in store.journal.read(0, 100, "config") if w.record.data["what"] == "changed"]
        assert [(r.tag, r.data["column"], r.data["old"], r.data["new"]) for r in changed] == [
            (f"T{i}", "h", 80.0, 75.0) for i in range(3)
        ]
        assert "geheim" not in str(store.journal.read(0, 100))
    finally:
        store.close()

"""What the benches of the whole share: a site over one OPC UA server, the station as a process of its own, people and feeds.

Test side. CPU and memory are the process's own, as the system counts them, so that other work on the machine changes
neither.
"""

import argparse
import json
import multiprocessing
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import psutil

from app.domain.plant import Equipment, Site, Source
from app.domain.roles import Role
from app.domain.tag import DataType, Kind, Limits, Tag
from app.site import save_site
from app.station.main import run_station
from app.store import open_store
from drivers.base import Driver
from drivers.registry import DRIVERS

ROOT = Path(__file__).parents[2]
USER, PASSWORD = "bench", "Bench-2026-desk"
LIMITS = Limits(-2.0, -1.0, 99.85, 101.0)
"""The moving values of `opcua_server.js` step through 0.0 to 99.9: one tag in a thousand alarms at each step, and returns."""


def point(name: str, node: str, limits: Limits = LIMITS, **more: Any) -> Tag:
    return Tag(
        name,
        name=f"{name}液位",
        equipment="V-101",
        kind=Kind.LEVEL,
        unit="%",
        range_low=-5.0,
        range_high=110.0,
        source="dcs",
        address=node,
        data_type=DataType.FLOAT64,
        limits=limits,
        **more,
    )


def opcua_site(port: int, tags: int, more: Sequence[Tag] = (), **options: Any) -> Site:
    """The tags T0, T1 ... of an `opcua_server.js` that listens on `port`."""
    source = Source("dcs", "opcua", f"opc.tcp://127.0.0.1:{port}/plant", options={"timeout_s": 30, **options})
    points = tuple(point(f"T{i}", f"ns=1;s=T{i}") for i in range(tags))
    return site_of(source, points + tuple(more))


def site_of(source: Source | Sequence[Source], tags: Sequence[Tag]) -> Site:
    sources = (source,) if isinstance(source, Source) else tuple(source)
    equipment = (Equipment("V-101", "一号罐", area="罐区", hazard_source="H1"),)
    quiet = {"alarm": {"chatter": {"count": 0}}}  # every alarm that comes is to be heard
    return Site("370300001", "示范化工", sources=sources, tags=tuple(tags), equipment=equipment, options=quiet)


class StationProcess:
    """`python -m app station` over `folder/site` and `folder/data`, ready when made; `program` may name another module that
    runs a station. A second one over the same folder begins with what the first left."""

    def __init__(self, folder: Path, site: Site | None, program: Sequence[str] = ("app", "station")) -> None:
        self.data = folder / "data"
        if site is not None:
            save_site(site, folder / "site", encoding="utf-8")
            store = open_store(self.data)
            try:
                store.accounts.add(USER, Role.OPERATOR, PASSWORD, time.time_ns() // 1000)
            finally:
                store.close()
        self._errors = (folder / "station.err").open("w")
        began = time.perf_counter()
        self._process = subprocess.Popen(
            [sys.executable, "-m", *program, "--site", str(folder / "site"), "--data", str(self.data), "--port", "0"],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
        )
        assert self._process.stdout is not None
        self.pid = self._process.pid
        line = self._process.stdout.readline()
        self.start_s = time.perf_counter() - began
        if not line.startswith("station ready "):
            self.stop()
            raise RuntimeError(f"the station did not start: {line}{(folder / 'station.err').read_text()[-2000:]}")
        self.start_cpu_s = self.cpu_s()
        self.url = line.split()[-1]
        self._http = httpx.Client(base_url=self.url + "/api/v1", trust_env=False, timeout=20)
        self.token: str = self._http.post("/login", json={"user": USER, "password": PASSWORD}).json()["token"]
        self._http.headers["Authorization"] = f"Bearer {self.token}"

    def get(self, path: str, **params: Any) -> Any:
        return self._http.get(path, params=params).raise_for_status().json()

    def fetch(self, path: str, **params: Any) -> bytes:
        """The answer as it came."""
        return self._http.get(path, params=params).raise_for_status().content

    def post(self, path: str, body: Any = None) -> httpx.Response:
        return self._http.post(path, json=body)

    def wait_for(self, look: Callable[[], Any], seconds: float = 60.0) -> Any:
        """What `look` says as soon as it says something."""
        until = time.monotonic() + seconds
        while not (found := look()):
            if time.monotonic() > until:
                raise RuntimeError("the station never came so far")
            time.sleep(0.1)
        return found

    def samples(self) -> int:
        """Values of the field that have arrived, all sources together."""
        return sum(link["samples"] for link in self.get("/status")["links"])

    def settled(self, still_s: float = 1.5) -> int:
        """`samples` once it has not changed for so long."""
        count, since = self.samples(), time.monotonic()
        while time.monotonic() - since < still_s:
            time.sleep(0.1)
            now = self.samples()
            if now != count:
                count, since = now, time.monotonic()
        return count

    @property
    def feed(self) -> str:
        return f"{self.url.replace('http', 'ws', 1)}/api/v1/feed?token={self.token}"

    def cpu_s(self) -> float:
        return cpu_s(self.pid)

    def rss_mb(self) -> float:
        return float(psutil.Process(self.pid).memory_info().rss) / 1e6

    def stop(self) -> None:
        if hasattr(self, "_http"):
            self._http.close()
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        assert self._process.stdout is not None
        self._process.stdout.close()
        self._errors.close()


def station_with(driver: type[Driver]) -> int:
    """In the process of a bench that started as its own station: `driver` stands for the field, the rest is the program."""
    DRIVERS["modbus_tcp"] = driver
    reader = argparse.ArgumentParser()
    for name in ("--site", "--data", "--port"):
        reader.add_argument(name)
    given = reader.parse_args([word for word in sys.argv[1:] if word != "--station"])
    return run_station(Path(given.site), Path(given.data), port=int(given.port))


@contextmanager
def station_process(folder: Path, site: Site | None, program: Sequence[str] = ("app", "station")) -> Iterator[StationProcess]:
    station = StationProcess(folder, site, program)
    try:
        yield station
    finally:
        station.stop()


def cpu_s(pid: int) -> float:
    """Processor seconds of the process so far, user and system."""
    times = psutil.Process(pid).cpu_times()
    return float(times.user + times.system)


def _listen(address: str, pipe: Any) -> None:
    from websockets.sync.client import connect

    counts = {"messages": 0, "values": 0, "events": 0, "alarms": 0, "snapshots": 0, "bytes": 0}
    with connect(address, max_size=None, proxy=None) as socket:
        socket.send('{"subscribe": {"tags": ["*"], "max_rate_hz": 4}}')
        threading.Thread(target=lambda: (pipe.recv(), socket.close()), daemon=True).start()
        for text in socket:
            message = json.loads(text)
            counts["messages"] += 1
            counts["bytes"] += len(text)
            counts["snapshots"] += message["type"] == "snapshot"
            for what in ("values", "events", "alarms"):
                counts[what] += len(message.get(what, ()))
    pipe.send(counts)


@contextmanager
def listener(station: StationProcess) -> Iterator[Callable[[], dict[str, int]]]:
    """A feed client of all tags at 4 Hz in a process of its own; the call ends it and gives what it was sent."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_listen, args=(station.feed, theirs), daemon=True)
    process.start()
    station.wait_for(lambda: station.get("/status")["counts"]["clients"])

    def counts() -> dict[str, int]:
        ours.send(None)
        found: dict[str, int] = ours.recv()
        return found

    try:
        yield counts
    finally:
        process.terminate()
        process.join()


@contextmanager
def disk_probe(folder: Path) -> Iterator[list[float]]:
    """How long the disk takes to make 4 kB safe, in seconds, fifty times a second: what an alarm waits for at least, before
    it may be shown."""
    took: list[float] = []
    ended = threading.Event()

    def sync() -> None:
        with (folder / "probe").open("wb", buffering=0) as file:
            while not ended.wait(0.02):
                file.write(bytes(4096))
                began = time.perf_counter()
                os.fsync(file.fileno())
                took.append(time.perf_counter() - began)

    thread = threading.Thread(target=sync, daemon=True)
    thread.start()
    try:
        yield took
    finally:
        ended.set()
        thread.join()


def in_ms(took: Sequence[float]) -> str:
    """p50/p99 of seconds."""
    return f"{1000 * quantile(took, 0.5):.0f}/{1000 * quantile(took, 0.99):.0f} ms"


def quantile(values: Sequence[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]

"""A whole small world for end-to-end tests: the demo plant and a station as processes, and a person with an HTTP client."""

import hashlib
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from functools import cache
from pathlib import Path
from queue import Empty, Queue
from typing import Any, TypeVar
from urllib.parse import urlsplit

import httpx

from app.demo import own_package
from app.domain.roles import Role
from app.plant.package import PICTURES
from app.store import open_store
from tests.pace import ENOUGH_S

ROOT = Path(__file__).resolve().parents[2]
T = TypeVar("T")
PASSWORD = "Wei-Shou-2026"


class Process:
    """One of our programs; its lines can be waited for and written to."""

    def __init__(self, *words: str, env: dict[str, str] | None = None) -> None:
        self._lines: Queue[str] = Queue()
        self.said: list[str] = []
        self.process = subprocess.Popen(
            [sys.executable, "-m", "app", *words],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            env={**os.environ, "PYTHONUNBUFFERED": "1", **(env or {})},
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._lines.put(line.rstrip("\n"))

    def wait_for(self, pattern: str, seconds: float = ENOUGH_S) -> re.Match[str]:
        until = time.monotonic() + seconds
        while True:
            try:
                line = self._lines.get(timeout=max(0.05, min(0.5, until - time.monotonic())))
            except Empty:
                if time.monotonic() > until or self.process.poll() is not None:
                    raise AssertionError(f"no line like {pattern!r}; it said:\n" + "\n".join(self.said[-30:])) from None
                continue
            self.said.append(line)
            if found := re.search(pattern, line):
                return found

    def tell(self, line: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        if self.process.poll() is None:
            self.process.send_signal(how)
        try:
            code = self.process.wait(timeout=ENOUGH_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            code = self.process.wait()
        self._reader.join(timeout=ENOUGH_S)
        for pipe in (self.process.stdin, self.process.stdout):
            assert pipe is not None
            pipe.close()
        return code


def hazwatch(*words: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    """One call of the command line."""
    return subprocess.run(
        [sys.executable, "-m", "app", *words],
        cwd=ROOT,
        input=stdin,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=4 * ENOUGH_S,
    )


@cache
def pictures() -> Path:
    """The loops of the demo's cameras: without them a lost camera would stand among the alarms. Drawn once for all who test
    here, and again when what draws them is another."""
    drawing = sorted((ROOT / "app" / "plant").glob("*.py"))
    digest = hashlib.sha256(b"".join(file.read_bytes() for file in drawing)).hexdigest()[:16]
    kept = ROOT / ".cache" / "pictures" / digest
    if not kept.exists():
        with tempfile.TemporaryDirectory(prefix="hazwatch-pictures-") as folder:
            site = own_package(Path(folder))
            drawn = hazwatch("plant", "--pictures", str(site))
            assert drawn.returncode == 0, drawn.stderr
            kept.parent.mkdir(parents=True, exist_ok=True)
            part = kept.with_name(f"{digest}.{os.getpid()}")
            shutil.copytree(site / PICTURES, part)
        try:
            part.rename(kept)
        except OSError:
            shutil.rmtree(part)  # somebody beside us was quicker
    return kept


class World:
    """`folder/site` and `folder/data`; plant and station run until the world ends."""

    def __init__(self, folder: Path, database: str | None = None, more: Sequence[tuple[str, str]] = ()) -> None:
        """`more`: accounts beyond one for each role of the desk, as (name, role)."""
        self.site, self.data = own_package(folder), folder / "data"
        shutil.copytree(pictures(), self.site / PICTURES, dirs_exist_ok=True)
        self.database = database
        with closing(open_store(self.data, database)) as store:  # by the command line in tests/test_cli.py
            for name, role in (*((role, role) for role in ("operator", "supervisor", "viewer")), *more):
                store.accounts.add(name, Role(role), PASSWORD, time.time_ns() // 1000)
        self.plant = Process("plant", "--site", str(self.site))
        self.plant.wait_for("plant ready")
        self.plant.tell("calm")
        self.port = 0
        self.start_station()

    def start_station(self) -> None:
        words = ["station", "--site", str(self.site), "--data", str(self.data), "--port", str(self.port)]
        self.station = Process(*words, *(["--database", self.database] if self.database else []))
        self.url = self.station.wait_for(r"station ready (\S+)")[1]
        self.port = urlsplit(self.url).port or 0

    def stop(self) -> None:
        self.station.stop()
        self.plant.stop()

    @contextmanager
    def person(self, name: str = "operator") -> Iterator["Person"]:
        with httpx.Client(base_url=f"{self.url}/api/v1", timeout=ENOUGH_S) as client:
            said = client.post("/login", json={"user": name, "password": PASSWORD}).raise_for_status().json()
            client.headers["Authorization"] = f"Bearer {said['token']}"
            yield Person(client)


class Person:
    def __init__(self, client: httpx.Client) -> None:
        self.client = client

    def get(self, path: str, **params: Any) -> Any:
        return self.client.get(path, params=params).raise_for_status().json()

    def alarms(self, tag: str | None = None) -> list[dict[str, Any]]:
        return [alarm for alarm in self.get("/alarms") if tag in (None, alarm["tag"])]

    def values(self) -> dict[str, dict[str, Any]]:
        return {value["tag"]: value for value in self.get("/values")}

    def sees(self, look: Callable[[], T], seconds: float = ENOUGH_S) -> T:
        """What `look` says as soon as it says something."""
        until = time.monotonic() + seconds
        while not (found := look()):
            assert time.monotonic() < until, f"never seen within {seconds} s"
            time.sleep(0.1)
        return found

"""Direct mode: a station of this seat's own on loopback, run as another process with the same program. Console side.

Plain asyncio, no Qt. The station is found again after a crash of the console, and ended only by the console that started it.
Its output goes to files, not pipes: a console that dies must not take the watch with it.
"""

import asyncio
import contextlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import httpx

from app.console.errors import Known
from widgets.words import tr

RECORD = "private-station.json"
READY = "station ready "
START_S = 30.0
STOP_S = 6.0


@dataclass(frozen=True, slots=True)
class Outcome:
    code: int
    out: str
    err: str


class PrivateStation:
    def __init__(self, data: Path, command: Sequence[str] = (sys.executable, "-m", "app")) -> None:
        self._data = data
        self._command = tuple(command)
        self._process: asyncio.subprocess.Process | None = None
        self.url = ""

    @property
    def is_ours(self) -> bool:
        return self._process is not None

    def has_store(self) -> bool:
        return (self._data / "station.db").exists()

    async def check(self, site: Path) -> list[str]:
        """Faults of a site package, one line each; empty when it may be imported."""
        outcome = await self._run("check", str(site))
        lines = [line for line in outcome.out.splitlines() if line.strip()]
        if outcome.code != 0 and not lines:
            raise Known(outcome.err.strip() or tr("站点包检查没有完成。"), "check_failed")
        return lines if outcome.code else []

    async def import_site(self, site: Path) -> None:
        self._told(await self._run("import", str(site), "--data", str(self._data)))

    async def has_accounts(self) -> bool:
        outcome = await self._run("user", "list", "--data", str(self._data))
        self._told(outcome)
        return bool(outcome.out.strip())

    async def add_account(self, name: str, role: str, password: str) -> None:
        line = password + "\n"
        self._told(
            await self._run("user", "add", name, "--role", role, "--data", str(self._data), "--password-stdin", line=line)
        )

    async def start(self) -> str:
        """The station's URL; one that runs already on this data folder is joined. Raises Known."""
        self.url = await self._running() or await self._launch()
        return self.url

    async def stop(self) -> None:
        """Ends the station only if this console started it."""
        process, self._process = self._process, None
        if process is None or process.returncode is not None:
            return
        process.terminate()
        try:
            async with asyncio.timeout(STOP_S):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()
        (self._data / RECORD).unlink(missing_ok=True)

    async def _running(self) -> str:
        try:
            url = str(json.loads((self._data / RECORD).read_text(encoding="utf-8"))["url"])
        except (OSError, ValueError, KeyError, TypeError):
            return ""
        try:
            async with httpx.AsyncClient(trust_env=False, timeout=3) as http:
                answer = await http.get(f"{url}/api/v1/health")
        except httpx.HTTPError:
            return ""
        return url if answer.status_code == 200 else ""

    async def _launch(self) -> str:
        logs = self._data / "logs"
        logs.mkdir(parents=True, exist_ok=True)
        out, err = logs / "private-station.out", logs / "private-station.log"
        command = (*self._command, "station", "--data", str(self._data), "--host", "127.0.0.1", "--port", "0")
        with out.open("wb") as out_file, err.open("ab") as err_file:
            err_from = err_file.tell()
            self._process = await self._spawn(command, out_file, err_file)
        until = time.monotonic() + START_S
        while time.monotonic() < until:
            for line in out.read_text(encoding="utf-8", errors="replace").splitlines():
                if line.startswith(READY):
                    url = line.removeprefix(READY).split()[0].rstrip("/")
                    record = {"url": url, "pid": self._process.pid}
                    (self._data / RECORD).write_text(json.dumps(record), encoding="utf-8")
                    return url
            if self._process.returncode is not None:
                self._process = None
                said = err.read_bytes()[err_from:].decode("utf-8", "replace").strip()
                raise Known(said[-2000:] or tr("站点服务没有启动。"), "station_failed")
            await asyncio.sleep(0.1)
        await self.stop()
        raise Known(tr("站点服务在 {n} 秒内没有就绪，详见 {file}。", n=int(START_S), file=err), "station_slow")

    async def _spawn(
        self, command: Sequence[str], out: IO[bytes] | int, err: IO[bytes] | int, stdin: int = subprocess.DEVNULL
    ) -> asyncio.subprocess.Process:
        # Its own group: Ctrl-C at the console's terminal is meant for the console.
        flags = getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)
        environment = {**os.environ, "PYTHONUTF8": "1", "PYTHONUNBUFFERED": "1"}
        try:
            return await asyncio.create_subprocess_exec(
                *command, stdin=stdin, stdout=out, stderr=err, env=environment,
                start_new_session=sys.platform != "win32", creationflags=flags,
            )  # fmt: skip
        except OSError as error:
            raise Known(tr("无法启动站点服务：{error}", error=error), "spawn_failed") from error

    async def _run(self, *args: str, line: str = "") -> Outcome:
        command = (*self._command, *args)
        process = await self._spawn(command, subprocess.PIPE, subprocess.PIPE, subprocess.PIPE)
        try:
            out, err = await process.communicate(line.encode())
        except asyncio.CancelledError:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
            raise
        assert process.returncode is not None
        return Outcome(process.returncode, out.decode("utf-8", "replace"), err.decode("utf-8", "replace"))

    @staticmethod
    def _told(outcome: Outcome) -> None:
        if outcome.code != 0:
            raise Known(outcome.err.strip() or outcome.out.strip() or tr("操作没有成功。"), "failed")

"""Long jobs in worker processes (后台任务): started, followed by their progress, called off. Station side.

What the job is does not matter here; `worker` does it. One that ends badly leaves a sentence, never a half result.
"""

import asyncio
import contextlib
import json
import logging
import os
import secrets
import subprocess
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from app.domain.instant import Instant

log = logging.getLogger(__name__)

COMMAND = (sys.executable, "-m", "app.station.worker")
_LONGEST_LINE = 1 << 20


class JobState(StrEnum):
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class JobFailed(Exception):
    """Text: a Chinese sentence."""


@dataclass(slots=True)
class Job:
    """`by` asked for it; `task` is the worker's order; `result` what it said at the end."""

    by: str
    task: dict[str, Any]
    started_at: Instant
    id: str = field(default_factory=lambda: secrets.token_hex(8))
    state: JobState = JobState.RUNNING
    done: int = 0
    total: int = 0
    ended_at: Instant | None = None
    result: dict[str, Any] = field(default_factory=dict)
    error: str = ""
    running: asyncio.Task[None] | None = None

    def begin(self, now: Callable[[], Instant], finish: "Finish") -> None:
        self.running = asyncio.get_running_loop().create_task(self._run(now, finish), name=f"job {self.id}")

    async def cancel(self) -> None:
        if self.running is not None and not self.running.done():
            self.running.cancel()
            await asyncio.wait([self.running])

    async def _run(self, now: Callable[[], Instant], finish: "Finish") -> None:
        ended = JobState.CANCELLED
        try:
            try:
                self.result = await _in_worker(self.task, self._heard)
                await finish(self, True)
                ended = JobState.DONE
            except JobFailed as error:
                ended, self.error = JobState.FAILED, str(error)
            except asyncio.CancelledError:
                log.info("后台任务 %s 被取消", self.id)
            except Exception:
                log.exception("后台任务出错")
                ended, self.error = JobState.FAILED, "后台任务出错，详见站的日志文件"
            if ended is not JobState.DONE:
                await finish(self, False)
        finally:
            self.ended_at, self.state = now(), ended

    def _heard(self, done: int, total: int) -> None:
        self.done, self.total = done, total


Finish = Callable[[Job, bool], Awaitable[None]]
"""Takes the result in when all went well, and may raise JobFailed; else, or after that, clears away."""


async def _in_worker(task: dict[str, Any], heard: Callable[[int, int], None]) -> dict[str, Any]:
    """Raises JobFailed. Cancelled: the process is killed and gone when this returns."""
    environment = {**os.environ, "PYTHONUTF8": "1", "PYTHONUNBUFFERED": "1"}
    flags = getattr(subprocess, "CREATE_NO_WINDOW", 0)
    try:
        process = await asyncio.create_subprocess_exec(
            *COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment,
            limit=_LONGEST_LINE, start_new_session=sys.platform != "win32", creationflags=flags,
        )  # fmt: skip
    except OSError as error:
        raise JobFailed(f"后台任务不能启动：{error}") from error
    assert process.stdin is not None and process.stdout is not None and process.stderr is not None
    complaints = asyncio.ensure_future(process.stderr.read())
    answer: dict[str, Any] = {}
    try:
        process.stdin.write(json.dumps(task).encode() + b"\n")
        with contextlib.suppress(ConnectionError):  # it ended before it read; its complaint says why
            await process.stdin.drain()
        while raw := await process.stdout.readline():
            said = json.loads(raw)
            if "done" in said:
                heard(said["done"], said["total"])
            else:
                answer = said
        await process.wait()
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
        process.stdin.close()
        text = (await complaints).decode("utf-8", "replace").strip()
    if "result" in answer:
        result: dict[str, Any] = answer["result"]
        return result
    if text:
        log.error("后台任务：%s", text[-4000:])
    raise JobFailed(answer.get("error") or "后台任务中途结束，详见站的日志文件")

"""UI coroutines: started here, referenced strongly until done, cancelled together. Console side.

A coroutine nobody holds may be collected in the middle of a login; one that fails with a bug must be heard of.
"""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any


class Tasks:
    """`failed` hears of every exception a coroutine did not handle itself."""

    def __init__(self, failed: Callable[[BaseException], None]) -> None:
        self._failed = failed
        self._running: set[asyncio.Task[Any]] = set()
        self._closed = False

    def start(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """After `close` nothing begins any more: what is started is cancelled at once."""
        task = asyncio.get_running_loop().create_task(work)
        self._running.add(task)
        task.add_done_callback(self._done)
        if self._closed:
            task.cancel()
        return task

    async def close(self) -> None:
        """Also what is started while the others end."""
        self._closed = True
        while self._running:
            for task in self._running:
                task.cancel()
            await asyncio.gather(*self._running, return_exceptions=True)

    def _done(self, task: asyncio.Task[Any]) -> None:
        self._running.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self._failed(error)

"""The works of a station (站的任务): what runs as long as it does, begun again when it breaks, ended in order. Station side."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any

log = logging.getLogger(__name__)

AGAIN_S = 1.0
EARLY_S, LATE_S = 1.5, 0.3


class Works:
    """`broken` is told of every fault; none of them ends the watch."""

    def __init__(self, broken: Callable[[], None]) -> None:
        self._broken = broken
        self._tasks: list[asyncio.Task[None]] = []
        self._last: list[asyncio.Task[None]] = []

    def run(self, work: Callable[[], Coroutine[Any, Any, None]], name: str, last: bool = False) -> None:
        """`last`: what the others leave behind passes through it, so it ends after them."""
        task = asyncio.get_running_loop().create_task(self._again_and_again(work, name), name=name)
        (self._last if last else self._tasks).append(task)

    def every(self, period_s: float, work: Callable[[], None], name: str) -> None:
        """A round on the loop itself: it must be short."""

        async def rounds() -> None:
            while True:
                await asyncio.sleep(period_s)
                try:
                    work()
                except Exception:
                    log.exception("站内部错误")
                    self._broken()

        self.run(rounds, name)

    async def end(self) -> None:
        """All but the last ones."""
        await self._cancel(self._tasks, EARLY_S)

    async def end_last(self) -> None:
        left = await self._cancel(self._last, LATE_S)
        for task in [*left, *(task for task in self._tasks if not task.done())]:
            log.error("停站时任务 %s 没有结束", task.get_name())
            task.cancel()

    async def _cancel(self, tasks: list[asyncio.Task[None]], patience_s: float) -> set[asyncio.Task[None]]:
        for task in tasks:
            task.cancel()
        return (await asyncio.wait(tasks, timeout=patience_s))[1] if tasks else set()

    async def _again_and_again(self, work: Callable[[], Coroutine[Any, Any, None]], name: str) -> None:
        """Told loudly, and begun again."""
        while True:
            try:
                await work()
            except Exception:
                log.critical("站的任务 %s 意外结束，重新开始", name, exc_info=True)
            self._broken()
            await asyncio.sleep(AGAIN_S)

"""Time as a test may judge it. Test side.

What must come is waited for with patience (`ENOUGH_S`): only a test that fails waits so long. What is measured leaves out what
the machine gave to others (`Stopwatch`), so that the bound is that of the product and not of whoever else is at work.
"""

import asyncio
import os
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

ENOUGH_S = 60.0
ENOUGH_MS = round(ENOUGH_S * 1000)


class Stopwatch:
    """On a quiet machine the wall clock. On a busy one less the time for which a thread of ours, or of our children, was ready
    to run and had to wait for a processor (Linux: `schedstat`)."""

    def __init__(self) -> None:
        self._began = time.monotonic()  # first: a wait before it would be left out of what does not hold it
        self._before = _waited()
        self._seen = dict(self._before)

    @property
    def withheld(self) -> float:
        """What was left out of `seconds`."""
        return max(0.0, time.monotonic() - self._began - self.seconds)

    @property
    def seconds(self) -> float:
        self._seen.update(_waited())  # what a thread that is gone had waited is remembered as it was seen last
        waited = sum(now - self._before.get(thread, 0) for thread, now in self._seen.items())
        return max(0.0, time.monotonic() - self._began - waited / 1e9)


async def ends_within(task: asyncio.Future[Any], seconds: float) -> bool:
    """Did it end in so much time of ours?"""
    watch = Stopwatch()
    await asyncio.wait({task}, timeout=ENOUGH_S)
    return task.done() and watch.seconds < seconds


def _waited() -> dict[tuple[int, int], int]:
    """Nanoseconds by process and thread; ours last, for what they wait meanwhile is of the time that is measured."""
    found: dict[tuple[int, int], int] = {}
    for pid in reversed(_family(os.getpid())):
        for thread in _threads(pid):
            with suppress(OSError, IndexError):  # it ended just now
                found[pid, int(thread.name)] = int((thread / "schedstat").read_text().split()[1])
    return found


def _family(pid: int) -> list[int]:
    """It and all its children; asked of each thread, for a look at every process of the machine would be felt."""
    found = [pid]
    for thread in _threads(pid):
        with suppress(OSError):
            for child in (thread / "children").read_text().split():
                found += _family(int(child))
    return found


def _threads(pid: int) -> list[Path]:
    try:
        return list(Path(f"/proc/{pid}/task").iterdir())
    except OSError:
        return []

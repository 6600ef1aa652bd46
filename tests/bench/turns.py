"""How late a thread's event loop comes, and how much of it is its own doing: what others of a busy machine took is left out.

Test side. For benches that judge a stall in milliseconds while other work runs on the same processors.
"""

import asyncio
import time
from pathlib import Path

from PySide6.QtCore import QObject, Qt, QTimer


def queued_ms() -> float:
    """How long this thread was ready to run and had no processor, so far; 0 where the system does not tell."""
    try:
        return int(Path("/proc/thread-self/schedstat").read_bytes().split()[1]) / 1e6
    except OSError:
        return 0.0


def lag_of(owner: QObject, late: list[float], own: list[float]) -> QTimer:
    """Intervals of a 10 ms timer of the screen's thread, in ms; `own` without the waiting for a processor, which on a busy
    machine is others' doing: what is left is painting, and waiting for the interpreter."""
    timer = QTimer(owner)
    timer.setTimerType(Qt.TimerType.PreciseTimer)
    last = [time.monotonic(), queued_ms()]

    def tick() -> None:
        now, queued = time.monotonic(), queued_ms()
        gap = (now - last[0]) * 1000
        late.append(gap)
        own.append(gap - (queued - last[1]))
        last[:] = now, queued

    timer.timeout.connect(tick)
    timer.start(10)
    return timer


async def loop_lag(own: list[float], milliseconds: float = 5.0) -> None:
    """The same of an asyncio loop, until cancelled: how much later than asked it wakes, in ms."""
    while True:
        began, queued = time.monotonic(), queued_ms()
        await asyncio.sleep(milliseconds / 1000)
        own.append((time.monotonic() - began) * 1000 - (queued_ms() - queued) - milliseconds)

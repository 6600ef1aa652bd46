"""The station's own pulse (站心跳): how long its event loop was held up, and a sign of life to the system's supervisor.

Station side. Whatever holds the loop holds up alarms; so a hold is measured, shown and, beyond `held_s`, an alarm. A loop
that stands still altogether gives no sign, and systemd kills and restarts the station (`WatchdogSec` of its unit).
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable

from app.station.sdnotify import notify, watchdog_s

BEAT_S = 0.25
WINDOW_S = 600.0
STANDS_S = 60.0  # so long the alarm of a hold stands after it: nobody would see one that goes with the next beat


class Heartbeat:
    """`trouble(text)` raises the alarm, "" takes it back."""

    def __init__(
        self,
        held_s: float,
        trouble: Callable[[str], None],
        steady: Callable[[], float] = time.monotonic,
        tell: Callable[[str], bool] = notify,
        watchdog: float | None = None,
    ) -> None:
        """`watchdog`: the supervisor's patience in seconds; None asks the environment."""
        self._held_s, self._trouble, self._steady, self._tell = held_s, trouble, steady, tell
        self.watchdog = watchdog_s() if watchdog is None else watchdog
        self.lag = 0.0  # of the last beat, s
        self.longest = 0.0  # since the start
        self.holds = 0  # longer than `held_s`, since the start
        self._worst: deque[tuple[float, float]] = deque()  # (when, lag), the greatest first
        self._due = 0.0
        self._calm_at: float | None = None
        self._told_at: float | None = None

    async def run(self) -> None:
        self._due = self._steady() + BEAT_S
        while True:
            await asyncio.sleep(max(0.0, self._due - self._steady()))
            self.beat()

    def beat(self) -> None:
        """Called when it was due, or as much later as the loop was held up."""
        now = self._steady()
        lag = self.lag = max(0.0, now - self._due)
        self._due = now + BEAT_S
        self.longest = max(self.longest, lag)
        while self._worst and self._worst[-1][1] <= lag:
            self._worst.pop()
        self._worst.append((now, lag))
        while self._worst[0][0] < now - WINDOW_S:
            self._worst.popleft()
        if lag > self._held_s:
            self.holds += 1
            self._calm_at = now + STANDS_S
            self._trouble(f"站停顿了 {lag:.1f} 秒，其间报警会晚到：请查站主机的负载、磁盘和内存")
        elif self._calm_at is not None and now >= self._calm_at:
            self._calm_at = None
            self._trouble("")
        if self.watchdog is not None and (self._told_at is None or now - self._told_at >= self.watchdog / 4):
            self._told_at = now
            self._tell("WATCHDOG=1")

    @property
    def worst(self) -> float:
        """The longest hold of the last ten minutes, s."""
        return self._worst[0][1] if self._worst else 0.0

"""The one beat of all panes, how late it comes, and how busy this program is. Console side.

Pictures are fetched on this beat, never by a signal per picture: twenty-five cameras at 25 pictures a second would be 625
signals. Faster than the cameras, so that a picture waits for half a beat and no second one overtakes it.
"""

import time
from collections import deque
from collections.abc import Callable

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from widgets.pulse import Pulse

TICK_MS = 20
_KEPT = 250


class Ticker(QObject):
    """Calls `look(now)` while `widget` is visible."""

    def __init__(self, widget: QWidget, look: Callable[[float], object]) -> None:
        super().__init__(widget)
        self._look = look
        self._before: float | None = None
        self._late: deque[float] = deque(maxlen=_KEPT)
        self._used = (time.monotonic(), time.process_time())
        self._pulse = Pulse(widget, TICK_MS, self._tick, precise=True)

    def late_ms(self, share: float = 0.99) -> float:
        """That percentile of how late the last ticks were; 0 while there were too few to say."""
        if len(self._late) < 50:
            return 0.0
        return sorted(self._late)[min(len(self._late) - 1, int(len(self._late) * share))]

    def own_cores(self) -> float:
        """How much of a processor this program has used since this was last asked."""
        since, used = self._used
        self._used = time.monotonic(), time.process_time()
        return (self._used[1] - used) / max(0.001, self._used[0] - since)

    def forget(self) -> None:
        """After a pause that says nothing of the load."""
        self._late.clear()
        self._before = None

    def _tick(self) -> None:
        now = time.monotonic()
        if self._before is not None:
            self._late.append(max(0.0, (now - self._before) * 1000 - TICK_MS))
        self._before = now
        self._look(now)

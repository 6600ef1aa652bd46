"""Python's cycle collector, on the Qt thread only. Console side.

The collector runs in whatever thread happens to allocate. Here that is mostly the session's, and a Qt object that is freed
there takes its timers down from the wrong thread: "Timers cannot be stopped from another thread", sometimes a crash.
"""

import gc
from collections.abc import Callable
from time import monotonic

from PySide6.QtCore import QObject

from app.console.beat import Beat

EVERY_MS = 500
WHOLE_EVERY_S = 3600.0  # a look at everything: it holds the window up for a tenth of a second, with many alarms for longer
LATEST_S = 4 * 3600.0  # so long it may wait for a moment at which nothing moves


class GarbageOnThisThread(QObject):
    """Switches the automatic collector off until `stop`, and does its work in small turns of the event loop. `moving`: does
    something move on the screen now that would be seen to stop?"""

    def __init__(self, moving: Callable[[], bool] = lambda: False) -> None:
        super().__init__()
        self._moving = moving
        gc.disable()
        gc.freeze()
        self._whole_at = monotonic()
        self._beat = Beat(self, EVERY_MS, self.collect_due)

    def stop(self) -> None:
        self._beat.stop()
        gc.unfreeze()
        gc.enable()

    def settle(self) -> None:
        """What there is now stays, pages and the site: it is set aside. To go through it once, while somebody worked, stopped
        the screen for a tenth of a second."""
        gc.freeze()

    def collect_due(self) -> None:
        """The oldest generation that is due, by the collector's own thresholds. What survives the oldest is set aside, so that
        it is not gone through again and again; once an hour it is looked at too."""
        counts, thresholds = gc.get_count(), gc.get_threshold()
        for generation in (2, 1, 0):
            if thresholds[generation] and counts[generation] > thresholds[generation]:
                break
        else:
            return
        passed = monotonic() - self._whole_at
        if generation == 2 and passed > WHOLE_EVERY_S and (passed > LATEST_S or not self._moving()):
            self._whole_at = monotonic()
            gc.unfreeze()
        gc.collect(generation)
        if generation == 2:
            gc.freeze()

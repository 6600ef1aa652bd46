"""Python's cycle collector, on the Qt thread only. Console side.

The collector runs in whatever thread happens to allocate. Here that is mostly the session's, and a Qt object that is freed
there takes its timers down from the wrong thread: "Timers cannot be stopped from another thread", sometimes a crash.
"""

import gc
from time import monotonic

from PySide6.QtCore import QObject

from app.console.beat import Beat

EVERY_MS = 500
WHOLE_EVERY_S = 3600.0  # a look at everything: with a hundred thousand alarms it holds the window up for a moment


class GarbageOnThisThread(QObject):
    """Switches the automatic collector off until `stop`, and does its work in small turns of the event loop."""

    def __init__(self) -> None:
        super().__init__()
        gc.disable()
        self._whole_at = monotonic()
        self._beat = Beat(self, EVERY_MS, self.collect_due)

    def stop(self) -> None:
        self._beat.stop()
        gc.unfreeze()
        gc.enable()

    def collect_due(self) -> None:
        """The oldest generation that is due, by the collector's own thresholds. What survives the oldest is set aside, so that
        it is not gone through again and again; once an hour it is looked at too."""
        counts, thresholds = gc.get_count(), gc.get_threshold()
        for generation in (2, 1, 0):
            if thresholds[generation] and counts[generation] > thresholds[generation]:
                break
        else:
            return
        if generation == 2 and monotonic() - self._whole_at > WHOLE_EVERY_S:
            self._whole_at = monotonic()
            gc.unfreeze()
        gc.collect(generation)
        if generation == 2:
            gc.freeze()

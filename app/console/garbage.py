"""Python's cycle collector, on the Qt thread only. Console side.

The collector runs in whatever thread happens to allocate. Here that is mostly the session's, and a Qt object that is freed
there takes its timers down from the wrong thread: "Timers cannot be stopped from another thread", sometimes a crash.
"""

import gc

from PySide6.QtCore import QObject

from app.console.beat import Beat

EVERY_MS = 500


class GarbageOnThisThread(QObject):
    """Switches the automatic collector off until `stop`, and does its work in small turns of the event loop."""

    def __init__(self) -> None:
        super().__init__()
        gc.disable()
        self._beat = Beat(self, EVERY_MS, collect_due)

    def stop(self) -> None:
        self._beat.stop()
        gc.enable()


def collect_due() -> None:
    """The oldest generation that is due, by the collector's own thresholds."""
    counts, thresholds = gc.get_count(), gc.get_threshold()
    for generation in (2, 1, 0):
        if thresholds[generation] and counts[generation] > thresholds[generation]:
            gc.collect(generation)
            return

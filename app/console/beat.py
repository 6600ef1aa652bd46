"""A steady beat that goes on whether its window can be seen or not: for watching the feed, never for painting.

Painting uses `widgets.pulse.Pulse`, which rests while nothing is visible.
"""

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer


class Beat(QObject):
    def __init__(self, owner: QObject, milliseconds: int, beat: Callable[[], None]) -> None:
        super().__init__(owner)
        self._beat = beat
        self._timer = QTimer(self)
        self._timer.setInterval(milliseconds)
        self._timer.timeout.connect(self._fire)
        self._timer.start()

    def stop(self) -> None:
        self._timer.stop()

    def _fire(self) -> None:
        self._beat()

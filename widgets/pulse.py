"""The desk's timers: a beat that runs only while its widget can be seen, and an action that waits until things settle.

Every timer of a widget is one of these, so that a hidden page costs nothing and a closed one leaves nothing behind.
"""

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtWidgets import QWidget


class Pulse(QObject):
    """Calls `beat` every `milliseconds` while `widget` is visible, and at once when it appears."""

    def __init__(self, widget: QWidget, milliseconds: int, beat: Callable[[], None], precise: bool = False) -> None:
        """`precise`: to the millisecond, for moving pictures."""
        super().__init__(widget)
        self._beat = beat
        self._timer = QTimer(self)
        if precise:
            self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(milliseconds)
        self._timer.timeout.connect(self._fire)
        widget.installEventFilter(self)
        if widget.isVisible():
            self._timer.start()

    @property
    def running(self) -> bool:
        return self._timer.isActive()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        kind = event.type()
        if kind == QEvent.Type.Show:
            self._timer.start()
            self._fire()
        elif kind == QEvent.Type.Hide:
            self._timer.stop()
        return False

    def _fire(self) -> None:
        self._beat()


class Settle(QObject):
    """Calls `action` once, `milliseconds` after the last `poke`, or after the first `nudge`."""

    def __init__(self, owner: QObject, milliseconds: int, action: Callable[[], None]) -> None:
        super().__init__(owner)
        self._action = action
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(milliseconds)
        self._timer.timeout.connect(self._fire)

    def poke(self) -> None:
        self._timer.start()

    def nudge(self) -> None:
        """As `poke`, but what keeps moving does not put it off for ever."""
        if not self._timer.isActive():
            self._timer.start()

    def stop(self) -> None:
        self._timer.stop()

    def _fire(self) -> None:
        self._action()

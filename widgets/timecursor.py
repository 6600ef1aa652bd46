"""One moment that several views stand at: pictures, curves, marks (时间光标). Played, paused, dragged or stepped. Console side.

Microseconds, like every time of the program. It has no timer of its own: whoever shows it calls `advance` on its beat.
"""

from PySide6.QtCore import QObject, Signal

from app.domain.instant import SECOND, Instant

SPEEDS = (0.5, 1.0, 2.0, 4.0, 8.0)


class TimeCursor(QObject):
    moved = Signal(object)  # Instant
    changed = Signal()  # playing, speed or span

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.at: Instant = 0
        self.start: Instant = 0
        self.end: Instant = 0
        self.playing = False
        self.speed = 1.0

    def set_span(self, start: Instant, end: Instant, at: Instant | None = None) -> None:
        """Paused at `at`, or at the beginning."""
        self.start, self.end = start, max(start, end)
        self.playing = False
        self.changed.emit()
        self.go(self.start if at is None else at)

    def go(self, at: Instant) -> None:
        """Never out of the span."""
        at = min(max(at, self.start), self.end)
        if at != self.at:
            self.at = at
            self.moved.emit(at)

    def play(self, on: bool) -> None:
        """At the end it begins again."""
        if on and self.at >= self.end:
            self.go(self.start)
        if on != self.playing:
            self.playing = on
            self.changed.emit()

    def set_speed(self, speed: float) -> None:
        if speed != self.speed and speed > 0:
            self.speed = speed
            self.changed.emit()

    def advance(self, seconds: float) -> None:
        """So much time went by on the wall; at the end of the span it stops."""
        if not self.playing or seconds <= 0:
            return
        self.go(self.at + round(seconds * self.speed * SECOND))
        if self.at >= self.end:
            self.play(False)

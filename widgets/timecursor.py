"""One moment that several views stand at: pictures, curves, marks (时间光标). Played, paused, dragged or stepped. Console side.

Microseconds, like every time of the program. It has no timer of its own: whoever shows it calls `advance` on its beat.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from PySide6.QtCore import QObject, Signal

from app.domain.instant import SECOND, Instant

SPEEDS = (0.5, 1.0, 2.0, 4.0, 8.0)
REPLAY_SPEEDS = (1.0, 2.0, 5.0, 10.0, 30.0, 60.0)


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
        self.dragging = False
        self._marks: Sequence[Instant] = ()

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
        """So much time went by on the wall; at the end of the span it stops. Not while a hand holds it."""
        if not self.playing or self.dragging or seconds <= 0:
            return
        self.go(self.at + round(seconds * self.speed * SECOND))
        if self.at >= self.end:
            self.play(False)

    # by hand

    def drag(self, at: Instant) -> None:
        """A hand holds it there; what was playing goes on when it lets go."""
        self.dragging = True
        self.go(at)

    def drop(self) -> None:
        self.dragging = False

    def set_marks(self, marks: Sequence[Instant]) -> None:
        """Moments worth a stop, in order."""
        self._marks = marks

    def mark_beside(self, way: int) -> Instant | None:
        """The mark next after the moment, or before it with a negative `way`; None when there is none."""
        if way > 0:
            place = bisect_right(self._marks, self.at)
            return self._marks[place] if place < len(self._marks) else None
        place = bisect_left(self._marks, self.at)
        return self._marks[place - 1] if place else None

    def step(self, way: int) -> bool:
        """To the mark next after the moment, or before it, and stays there. False when there is none in the span."""
        mark = self.mark_beside(way)
        self.play(False)
        if mark is None or not self.start <= mark <= self.end:
            return False
        self.go(mark)
        return True

"""A widget over a span of time: live at its right edge, held at a fixed span, or following the cursor of a replay. Console
side.

What is drawn over that span is of whoever inherits it (`TrendPlot`).
"""

from time import time

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QWidget

from app.domain.instant import SECOND, Instant
from widgets.timecursor import TimeCursor
from widgets.trend.frame import SPAN_MAX_S, SPAN_MIN_S

REDRAW_MS = 200
FUTURE = 0.04  # of the span, empty, right of now
_FOLLOW_AT = 0.8  # of the span: where a followed cursor stands after the chart had to move
_LONG_AGO, _FAR_AHEAD = 0.0, 4_102_444_800.0  # 1970 to 2100: dates beyond are no dates of a plant


class TimedChart(QWidget):
    """`moved(t0, t1)` after the span changed, `cursor(t | None)` in seconds, `left_live` when a hand moves the chart."""

    moved = Signal(float, float)
    cursor = Signal(object)  # type: ignore[assignment]  # hides the shape of the mouse, which nobody asks for
    left_live = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.live = True
        self.span = 600.0
        self.end = time()
        self.hover: float | None = None
        self._followed: TimeCursor | None = None
        self._timer = QTimer(self)
        self._timer.setInterval(REDRAW_MS)
        self._timer.timeout.connect(self._beat)

    def redraw(self) -> None:
        """Something in the picture changed."""
        self.update()

    @property
    def t0(self) -> float:
        return self.end - self.span

    def go_live(self) -> None:
        if self._followed is not None:
            return
        self.live = True
        self._advance()

    def set_live(self, live: bool) -> None:
        if live:
            self.go_live()
        else:
            self.live = False

    def show_span(self, t0: float, t1: float, live: bool = False) -> None:
        self._hold(t0, t1)
        self.live = live and self._followed is None
        self._apply()

    def set_span(self, seconds: float) -> None:
        """Keeps the right edge."""
        self.span = min(max(seconds, SPAN_MIN_S), SPAN_MAX_S)
        if self.live:
            self._advance()
        else:
            self._apply()

    def pan_to(self, t0: float, t1: float) -> None:
        """By hand: the chart is not live any more."""
        was_live, self.live = self.live, False
        self._hold(t0, t1)
        self._apply()
        if was_live:
            self.left_live.emit()

    def _hold(self, t0: float, t1: float) -> None:
        self.span = min(max(t1 - t0, SPAN_MIN_S), SPAN_MAX_S)
        self.end = min(max(t1, _LONG_AGO + self.span), _FAR_AHEAD)

    def follow(self, cursor: TimeCursor | None) -> None:
        """Stand at that moment (replay): a line at `cursor.at`, what is later is veiled, and nothing claims to be live. None:
        live again."""
        if self._followed is not None:
            self._followed.moved.disconnect(self._follow)
        self._followed = cursor
        if cursor is None:
            self.cursor.emit(None)
            self.go_live()
            return
        self.live = False
        cursor.moved.connect(self._follow)
        self._follow(cursor.at)

    @property
    def following(self) -> bool:
        return self._followed is not None

    def moment(self) -> float | None:
        """What the legend reads its values at: the followed cursor, or the mouse."""
        return self._followed.at / SECOND if self._followed is not None else self.hover

    def _follow(self, at: Instant) -> None:
        t = at / SECOND
        if not self.t0 <= t <= self.end - self.span * 0.02:
            self.end = t + self.span * (1 - _FOLLOW_AT)
            self._apply()
        else:
            self.update()
        self.cursor.emit(t)

    def _beat(self) -> None:
        if self.live:
            self._advance()
        elif self.end >= time() - 1.0 and self._followed is None:
            self.redraw()

    def _advance(self) -> None:
        self.end = time() + self.span * FUTURE
        self._apply()

    def _apply(self) -> None:
        self.redraw()
        self.moved.emit(self.t0, self.end)

    def _now(self) -> float:
        return time() if self._followed is None else self._followed.end / SECOND

    def showEvent(self, event) -> None:  # type: ignore[no-untyped-def]
        super().showEvent(event)
        self._timer.start()

    def hideEvent(self, event) -> None:  # type: ignore[no-untyped-def]
        super().hideEvent(event)
        self._timer.stop()

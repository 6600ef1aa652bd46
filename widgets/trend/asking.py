"""When the trend page asks the station: some time after the chart moved, again when an answer did not come; and what the chart
says meanwhile. Console side.

What has to be asked is reckoned by `questions`; whoever hears the signals asks and puts the answers into the page.
"""

from collections.abc import Callable
from time import monotonic, time

from PySide6.QtCore import QObject, Signal

from widgets.pulse import Settle
from widgets.trend.penset import PenSet
from widgets.trend.plot import TrendPlot
from widgets.trend.questions import POINTS, Questions
from widgets.words import tr

_AFTER_MS = 120
_AGAIN_S = 5.0  # after a question that was not answered


class Asking(QObject):
    """Times in seconds since the epoch. `history_wanted(tags, start, end, points)`; `ghost_wanted` the same for the span
    compared with, `context_wanted` for what lies around, which can wait; `limits_wanted(tags, start, end)`, `marks_wanted`."""

    history_wanted = Signal(list, float, float, int)
    context_wanted = Signal(list, float, float, int)
    ghost_wanted = Signal(list, float, float, int)
    limits_wanted = Signal(list, float, float)
    marks_wanted = Signal(list, float, float)

    def __init__(self, owner: QObject, plot: TrendPlot, pens: PenSet, shift_s: Callable[[], float | None]) -> None:
        """`shift_s`: by how much earlier the compared span is, None when there is none."""
        super().__init__(owner)
        self._plot, self._pens, self._shift_s = plot, pens, shift_s
        self._questions = Questions()
        self._failed_at: float | None = None  # when history was not answered
        self._settle = Settle(self, _AFTER_MS, self.now)
        self.poke, self.nudge = self._settle.poke, self._settle.nudge
        plot.resolution = POINTS
        self._say(None)

    @property
    def failed(self) -> bool:
        return self._failed_at is not None

    def answered(self) -> None:
        self._say(None)
        self.nudge()  # for what lies around

    def not_answered(self) -> None:
        """What is drawn stays marked, and is asked for again by and by."""
        self._say(monotonic())

    def forget_marks(self) -> None:
        self._questions.forget_marks()

    def forget_limits(self) -> None:
        self._questions.forget_limits()

    def again(self) -> None:
        """Everything, at once: somebody wants to know."""
        self.forget_marks()
        self.forget_limits()
        self._say(None)
        self.now()

    def now(self) -> None:
        t0, end, now, shift = self._plot.t0, self._plot.end, time(), self._shift_s()
        pens, tags, questions = self._pens.pens, self._pens.tags, self._questions
        if min(end, now) <= t0 or not pens:
            return
        if self._failed_at is None or monotonic() - self._failed_at > _AGAIN_S:
            ask = questions.history(pens, t0, end, now)
            ghost = None if shift is None else questions.history(pens, t0, end, now, shift, ghost=True)
            around = questions.context(pens, t0, end, now) if ask is None and ghost is None else None
            for signal, asked in ((self.history_wanted, ask), (self.ghost_wanted, ghost), (self.context_wanted, around)):
                if asked is not None:
                    signal.emit(asked.tags, asked.start, asked.end, asked.points)
        limits, marks = questions.limits(tags, t0, end, now), questions.marks(tags, t0, end, now)
        for signal, asked in ((self.limits_wanted, limits), (self.marks_wanted, marks)):
            if asked is not None:
                signal.emit(asked.tags, asked.start, asked.end)

    def _say(self, failed_at: float | None) -> None:
        self._failed_at = failed_at
        if failed_at is None:
            self._plot.rough_text = tr("正在读取；色带为已知的最低到最高")
        else:
            self._plot.rough_text = tr("没有取到；色带为已知的最低到最高")
        self._plot.redraw()

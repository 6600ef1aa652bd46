"""The curve of the card: from ten minutes before the raise to now, the limits of then, the crossing and what people did.

The chart and the pyramid are those of the trend page; here is only what an alarm adds. Console side.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from time import time

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from app.domain.card import LimitsThen
from app.domain.instant import SECOND, from_rfc3339
from app.domain.sample import Sample
from app.domain.tag import Limits, Tag
from app.domain.wire import AlarmMsg
from widgets import vocabulary
from widgets.card import said
from widgets.theme import ThemeHolder, font
from widgets.trend.frame import Frame
from widgets.trend.pen import Past, Pen
from widgets.trend.plot import TrendPlot
from widgets.trend.pyramid import Floats
from widgets.trend.timed import FUTURE
from widgets.words import tr

BEFORE_S = 600.0
AFTER_S = 300.0
"""What a card of an alarm that is over shows beyond its return."""


class CardPen(Pen):
    """Scaled so that the curve and the limit of the alarm both fill the chart, not the range of the instrument."""

    def __init__(self, tag: Tag, keep_in_view: Sequence[float]) -> None:
        super().__init__(tag)
        self.keep_in_view = list(keep_in_view)

    def scale(self, t0: float, t1: float, now: float, auto: bool) -> tuple[float, float]:
        seen = self.extremes(t0, t1, now)
        shown = [*self.keep_in_view, *(() if seen is None else seen)]
        if not shown:
            return super().scale(t0, t1, now, auto)
        low, high = min(shown), max(shown)
        margin = (high - low) * 0.15 or max(abs(high) * 0.02, 0.5)
        return low - margin, high + margin


def crossing(x: Floats, y: Floats, limit: float, upward: bool, before: float) -> float | None:
    """When the curve last went beyond the limit at or before `before` (which is later by the on-delay); None when the curve
    shows no such moment. Beyond includes the limit itself, as the rule does."""
    beyond = (y >= limit) if upward else (y <= limit)
    known = np.isfinite(y) & (x <= before)
    places = np.flatnonzero(known)
    if not len(places) or not beyond[places[-1]]:
        return None
    inside = places[~beyond[places]]
    if not len(inside):
        return None
    after = places[places > inside[-1]]
    return float(x[after[0]])


class CardPlot(TrendPlot):
    limit_names_at = 0.09  # the crossing is at the right when a card is opened
    has_marks = False

    def __init__(self, holder: ThemeHolder) -> None:
        self._alarm: AlarmMsg | None = None
        self._live = True
        super().__init__(holder)

    @property
    def pen(self) -> CardPen | None:
        found = self.pens[0] if self.pens else None
        return found if isinstance(found, CardPen) else None

    def show_alarm(self, alarm: AlarmMsg, tag: Tag, live: bool, sample: Sample | None) -> None:
        """A new card; the curve of the past follows with `put_history`."""
        self._alarm, self._live = alarm, live
        made = CardPen(tag, [] if alarm.limit is None else [alarm.limit])
        if sample is not None:
            made.put(sample)
        self.set_pens([made])
        self.live = live
        self._advance()

    def put_alarm(self, alarm: AlarmMsg, live: bool) -> None:
        self._alarm, self._live = alarm, live
        if not live and self.live:  # it goes on to its end and stops there
            self.live = False
        self._advance()

    def put_limits(self, limits: LimitsThen) -> None:
        """Those of the time of the alarm; the pen is drawn with them from now on."""
        pen = self.pen
        if pen is not None:
            pen.tag = replace(pen.tag, limits=Limits(limits.ll, limits.l, limits.h, limits.hh))
            self.redraw()

    def put_history(self, past: Past) -> None:
        pen = self.pen
        if pen is not None:
            pen.past = past
            self.redraw()

    def put_sample(self, sample: Sample) -> None:
        if self.pen is not None:
            self.pen.put(sample)

    def feed_lost(self) -> None:
        """Nothing was heard of the station for too long: the curve does not go on as if it were live."""
        if self.pen is not None:
            self.pen.feed_lost()
            self.redraw()

    def wanted(self) -> tuple[float, float]:
        """What the card shows, in seconds since the epoch: also what history is asked for."""
        now, alarm = time(), self._alarm
        if alarm is None or alarm.raised_at is None:
            return now - BEFORE_S, now
        start = from_rfc3339(alarm.raised_at) / SECOND - BEFORE_S
        if self._live or alarm.cleared_at is None:
            return start, now
        return start, min(now, from_rfc3339(alarm.cleared_at) / SECOND + AFTER_S)

    # the trend page's chart, told otherwise

    def _advance(self) -> None:
        start, end = self.wanted()
        self.span = (end - start) * (1 + FUTURE)
        self.end = end + (end - start) * FUTURE
        self._apply()

    def paint_over(self, painter: QPainter, frame: Frame) -> None:
        super().paint_over(painter, frame)
        theme = self._holder.theme
        painter.setFont(font(10))
        for place, (word, at) in enumerate(self.moments().items()):
            if frame.t0 <= at <= frame.t1:
                self._paint_moment(painter, frame, place, word, at)
        cross = self.cross_at()
        if cross is not None:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(QColor(theme.text), 2))
            painter.drawEllipse(QPointF(frame.x(cross[0]), frame.lanes[0].y(cross[1])), 6.0, 6.0)

    def _paint_moment(self, painter: QPainter, frame: Frame, place: int, word: str, at: float) -> None:
        theme, x = self._holder.theme, round(frame.x(at))
        painter.setPen(QPen(QColor(theme.text), 1))
        painter.drawLine(x, frame.area.top(), x, frame.area.bottom())
        width = painter.fontMetrics().horizontalAdvance(word) + 8
        near_end = at > self.t0 + (self.end - self.t0) * 0.8
        y = frame.area.top() + frame.area.height() * (0.05 + 0.09 * place)
        box = QRectF(x - width if near_end else x + 1, y - 9, width, 18)
        painter.fillRect(box, QColor(theme.background))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, word)

    # moments

    def moments(self) -> Mapping[str, float]:
        """Words to moments: raised, acknowledged, returned."""
        alarm = self._alarm
        if alarm is None:
            return {}
        times = ((tr("触发"), alarm.raised_at), (tr("确认"), alarm.acked_at), (tr("恢复"), alarm.cleared_at))
        return {
            f"{word} {vocabulary.local_time(at)}": from_rfc3339(at) / SECOND
            for word, at in times
            if at is not None
        }  # fmt: skip

    def cross_at(self) -> tuple[float, float] | None:
        """Where the curve went beyond the limit: time and the limit; None where it cannot be told."""
        alarm, pen = self._alarm, self.pen
        if pen is None or alarm is None or alarm.limit is None or alarm.raised_at is None:
            return None
        if alarm.rule not in said.UPWARD | said.DOWNWARD:
            return None
        raised = from_rfc3339(alarm.raised_at) / SECOND
        x, y = pen.points(self.t0, self.end, max(self.frame.area.width(), 100), time())
        at = crossing(x, y, alarm.limit, alarm.rule in said.UPWARD, raised + 1.0)
        return None if at is None else (at, alarm.limit)

    def mousePressEvent(self, event) -> None:  # type: ignore[no-untyped-def]
        event.ignore()  # the card's curve stands still: the trend page is one click away

    def keyPressEvent(self, event) -> None:  # type: ignore[no-untyped-def]
        event.ignore()

    def wheelEvent(self, event) -> None:  # type: ignore[no-untyped-def]
        event.ignore()

    def mouseDoubleClickEvent(self, event) -> None:  # type: ignore[no-untyped-def]
        event.setAccepted(event.button() == Qt.MouseButton.LeftButton)

"""Counts drawn as bars: over time with the limit of a slot, and as a short list by name. Console side; painted whole."""

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from app.domain.instant import SECOND, from_rfc3339, to_rfc3339
from app.domain.tag import Priority
from widgets.theme import ThemeHolder, font
from widgets.vocabulary import local_time
from widgets.words import tr

_LEFT, _BOTTOM, _TOP = 52, 26, 34


class TimeBars(QWidget):
    """Annunciations over the span. A bar beyond the limit is marked at its top; the limit is a dashed line."""

    def __init__(self, holder: ThemeHolder) -> None:
        super().__init__()
        self._holder = holder
        self._counts: list[int] = []
        self._start, self._slot, self._limit = 0, 600, 10
        self.setMinimumHeight(150)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMouseTracking(True)
        holder.changed.connect(self.update)

    def put(self, start: str, slot_s: int, counts: Sequence[int], per_ten_minutes: int) -> None:
        """`start` RFC 3339. The limit of ten minutes is drawn only where a bar is ten minutes."""
        self._start = from_rfc3339(start)
        self._slot, self._counts = slot_s, list(counts)
        self._limit = per_ten_minutes if slot_s == 600 else 0
        self.update()

    def clear(self) -> None:
        self._counts = []
        self.update()

    def _room(self) -> QRectF:
        return QRectF(self.rect()).adjusted(_LEFT, _TOP, -12, -_BOTTOM)

    def _time(self, number: int) -> str:
        return local_time(to_rfc3339(self._start + number * self._slot * SECOND), date=True)[:-3]

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._holder.theme
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(theme.surface))
        painter.setPen(QColor(theme.text_dim))
        painter.setFont(font(10.5))
        minutes = self._slot // 60
        span = tr("{n} 分钟", n=minutes) if minutes < 120 else tr("{n} 小时", n=f"{minutes / 60:g}")
        painter.drawText(
            QRectF(12, 2, self.width() - 24, 22), Qt.AlignmentFlag.AlignVCenter, tr("每 {span}的新报警", span=span)
        )
        room = self._room()
        if self._counts:
            self._paint_bars(painter, room)
        painter.end()

    def _paint_bars(self, painter: QPainter, room: QRectF) -> None:
        theme = self._holder.theme
        top = _ceiling(max(*self._counts, self._limit, 1) if len(self._counts) > 1 else max(self._counts[0], self._limit, 1))
        painter.setFont(font(9.5))
        for share in (0.0, 0.5, 1.0):
            y = room.bottom() - share * room.height()
            painter.setPen(QColor(theme.line))
            painter.drawLine(QPointF(room.left(), y), QPointF(room.right(), y))
            painter.setPen(QColor(theme.text_dim))
            where = QRectF(0, y - 9, _LEFT - 8, 18)
            painter.drawText(where, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, f"{top * share:g}")
        wide = room.width() / len(self._counts)
        quiet, loud = QColor(theme.level_fill), QColor(theme.alarm(Priority.HIGH))
        for number, count in enumerate(self._counts):
            if count:
                high = max(1.5, count / top * room.height())
                bar = QRectF(room.left() + number * wide, room.bottom() - high, max(1.0, wide - (1 if wide > 3 else 0)), high)
                painter.fillRect(bar, quiet)
                if self._limit and count > self._limit:
                    painter.fillRect(QRectF(bar.left(), bar.top(), bar.width(), min(4.0, high)), loud)
        if self._limit:
            y = room.bottom() - self._limit / top * room.height()
            painter.setPen(QPen(QColor(theme.text_dim), 1, Qt.PenStyle.DashLine))
            painter.drawLine(QPointF(room.left(), y), QPointF(room.right(), y))
        painter.setPen(QColor(theme.text_dim))
        marks = max(1, int(room.width() // 190))
        for mark in range(marks):
            number = len(self._counts) * mark // marks
            x = room.left() + number * wide
            painter.drawText(QRectF(x, room.bottom() + 4, 180, 18), Qt.AlignmentFlag.AlignVCenter, self._time(number))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        room = self._room()
        at = event.position()
        if not self._counts or not room.contains(at):
            QToolTip.hideText()
            return
        number = min(len(self._counts) - 1, int((at.x() - room.left()) / room.width() * len(self._counts)))
        text = tr("{at} 起：{n} 条", at=self._time(number), n=self._counts[number])
        QToolTip.showText(event.globalPosition().toPoint(), text, self)


class NameBars(QWidget):
    """Counts by name, at most as many as fit; what is left is summed in the last line."""

    ROW = 21

    def __init__(self, title: str, holder: ThemeHolder) -> None:
        super().__init__()
        self._title, self._holder = title, holder
        self._pairs: list[tuple[str, int]] = []
        self.setMinimumSize(200, 60)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        holder.changed.connect(self.update)

    def put(self, pairs: Sequence[tuple[str, int]]) -> None:
        self._pairs = [pair for pair in pairs if pair[1]]
        self.setToolTip("\n".join(f"{name or '—'}  {count}" for name, count in self._pairs))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._holder.theme
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(theme.surface))
        left = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        painter.setPen(QColor(theme.text_dim))
        painter.setFont(font(10.5))
        painter.drawText(QRectF(12, 2, self.width() - 24, 22), left, self._title)
        fit = max(1, (self.height() - 30) // self.ROW)
        pairs = self._pairs
        if len(pairs) > fit:
            pairs = [
                *pairs[: fit - 1],
                (tr("其余 {n} 项", n=len(pairs) - fit + 1), sum(count for _, count in pairs[fit - 1 :])),
            ]
        most = max((count for _, count in pairs), default=1)
        names = min(150.0, self.width() * 0.42)
        painter.setFont(font(11))
        for number, (name, count) in enumerate(pairs):
            y = 28 + number * self.ROW
            painter.setPen(QColor(theme.text))
            fitted = painter.fontMetrics().elidedText(name or tr("未归类"), Qt.TextElideMode.ElideRight, int(names) - 8)
            painter.drawText(QRectF(12, y, names, self.ROW), left, fitted)
            room = self.width() - names - 12 - 60
            painter.fillRect(QRectF(12 + names, y + 5, max(2.0, room * count / most), self.ROW - 10), QColor(theme.level_fill))
            painter.drawText(QRectF(self.width() - 58, y, 46, self.ROW), Qt.AlignmentFlag.AlignRight | left, str(count))
        painter.end()


def _ceiling(value: int) -> int:
    """The next of 2, 4, 10, 20, 40, 100 …: half of it is a whole number."""
    step = 1
    while True:
        for factor in (2, 4, 10):
            if value <= factor * step:
                return factor * step
        step *= 10

"""The curves of a replay: the same chart as the live one, standing at the cursor, with names and values there. Console side."""

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.domain.instant import SECOND, Instant
from app.domain.tag import Tag
from widgets.theme import ThemeHolder, font
from widgets.timecursor import TimeCursor
from widgets.trend.marks import Mark
from widgets.trend.past import past_of
from widgets.trend.pen import Pen
from widgets.trend.plot import TrendPlot
from widgets.vocabulary import number
from widgets.words import tr

MOST = 6
_LINE, _COLUMNS = 22, 2
WIDEST_S = 2 * 3600.0  # of a span shown at once


class _Names(QWidget):
    chosen = Signal(int)

    def __init__(self, holder: ThemeHolder, plot: TrendPlot, cursor: TimeCursor) -> None:
        super().__init__()
        self._holder, self._plot, self._cursor = holder, plot, cursor
        self.setFixedHeight(0)
        cursor.moved.connect(self.update)
        holder.changed.connect(self.update)

    def fit(self) -> None:
        rows = -(-len(self._plot.pens) // _COLUMNS)
        self.setFixedHeight(rows * _LINE + (6 if rows else 0))
        self.update()

    def texts(self) -> list[tuple[str, str]]:
        """Name and value at the cursor of each pen."""
        at = self._cursor.at / SECOND
        told = []
        for pen in self._plot.pens:
            seen = pen.value_at(at)
            value = tr("没有记录") if seen is None else f"{number(seen[1], pen.decimals)} {pen.tag.unit}".rstrip()
            told.append((f"{pen.tag.tag} {pen.tag.name}", value))
        return told

    def mousePressEvent(self, event: QMouseEvent) -> None:
        place = int(event.position().y() - 3) // _LINE * _COLUMNS + int(event.position().x() * _COLUMNS / max(1, self.width()))
        if 0 <= place < len(self._plot.pens):
            self.chosen.emit(place)

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._holder.theme
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(theme.surface))
        wide = self.width() / _COLUMNS
        for place, (name, value) in enumerate(self.texts()):
            room = QRectF(place % _COLUMNS * wide + 10, 3 + place // _COLUMNS * _LINE, wide - 20, _LINE)
            painter.fillRect(QRectF(room.x(), room.y() + 4, 4, _LINE - 8), QColor(theme.pens[place % len(theme.pens)]))
            painter.setFont(font(11, bold=True))
            painter.setPen(QColor(theme.text))
            painter.drawText(room, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, value)
            left = room.adjusted(12, 0, -painter.fontMetrics().horizontalAdvance(value) - 10, 0)
            painter.setFont(font(11))
            painter.setPen(QColor(theme.text_dim))
            said = painter.fontMetrics().elidedText(name, Qt.TextElideMode.ElideRight, int(left.width()))
            painter.drawText(left, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, said)
        painter.end()


class ReplayTrend(QWidget):
    """`history_wanted(tags)`: of the whole span of the cursor."""

    history_wanted = Signal(list)

    def __init__(self, holder: ThemeHolder, cursor: TimeCursor) -> None:
        super().__init__()
        self._cursor = cursor
        self._tags: Mapping[str, Tag] = {}
        self.plot = TrendPlot(holder)
        self.names = _Names(holder, self.plot, cursor)
        self.names.chosen.connect(self.plot.choose)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.plot, 1)
        column.addWidget(self.names)
        self.plot.follow(cursor)

    @property
    def shown(self) -> list[str]:
        return [pen.tag.tag for pen in self.plot.pens]

    def show_site(self, tags: Mapping[str, Tag]) -> None:
        """The point table as it was; curves that are there stay."""
        self._tags = tags
        for pen in self.plot.pens:
            pen.tag = tags.get(pen.tag.tag, pen.tag)
        self.plot.redraw()

    def show_tags(self, tags: Sequence[str]) -> None:
        """These, and none of those before."""
        self.plot.set_pens([Pen(self._tags[tag]) for tag in dict.fromkeys(tags) if tag in self._tags][:MOST])
        self.names.fit()
        self.history_wanted.emit(self.shown)

    def add_tag(self, tag: str) -> None:
        """To the front, so that it is the one whose axis is shown."""
        if tag in self._tags:
            self.show_tags([tag, *(one for one in self.shown if one != tag)])

    def show_span(self, start: Instant, end: Instant) -> None:
        wide = min((end - start) / SECOND, WIDEST_S)
        first = max(start / SECOND, min(self._cursor.at / SECOND - wide / 2, end / SECOND - wide))
        self.plot.show_span(first, first + wide)

    def put_history(
        self,
        tag: str,
        start: float,
        end: float,
        t: Sequence[float],
        low: Sequence[float | None],
        high: Sequence[float | None],
    ) -> None:
        for pen in self.plot.pens:
            if pen.tag.tag == tag:
                pen.past = past_of(start, end, t, low, high)
        self.plot.redraw()
        self.names.update()

    def put_marks(self, marks: Sequence[Mark]) -> None:
        self.plot.set_marks([mark for mark in marks if mark.tag in self.shown])

    def clear(self) -> None:
        self.plot.set_marks(())
        self.show_tags([])

"""What happened, in order: raised, acknowledged, done by people; the one the cursor stands behind is marked. Console side."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QModelIndex, Qt, Signal
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QAbstractItemView

from app.domain.alarm import AlarmState
from app.domain.instant import Instant
from app.domain.tag import Priority
from widgets.replay.look import clock, colours
from widgets.rowtable import Column, Row, RowTable
from widgets.symbols import symbol_pixmap
from widgets.theme import ThemeHolder
from widgets.words import tr

_SYMBOL, _HIGH, _TIME_WIDE = 18, 28, 86


@dataclass(frozen=True, slots=True)
class Happened:
    """`at`: the first moment at which it can be seen. `priority`, `state` of an alarm; `occurrence` 0 for what is none."""

    id: int
    at: Instant
    text: str
    occurrence: int = 0
    tag: str = ""
    priority: Priority | None = None
    state: AlarmState | None = None


class EventList(RowTable):
    """`sought(Instant)` when an event was clicked, `opened(Happened)` on a double click."""

    sought = Signal(object)
    opened = Signal(object)

    def __init__(self, holder: ThemeHolder) -> None:
        self._holder = holder
        self._moments: list[Instant] = []
        self.happened: Sequence[Happened] = ()
        self.current = -1  # the newest that has happened by now; -1: none of them
        time = Column(tr("时间"), _TIME_WIDE, _time_of, tip=_whole, color=self._ink, ground=self._ground)
        what = Column(
            tr("发生了什么"), 0, _text_of, stretch=True, tip=_whole, color=self._ink, ground=self._ground, icon=self._symbol
        )
        super().__init__((time, what), "place", _HIGH, 11.5)
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerItem)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.setFrameShape(self.Shape.NoFrame)
        self.clicked.connect(lambda index: self.sought.emit(self._at(index).at))
        self.doubleClicked.connect(lambda index: self.opened.emit(self._at(index)))
        holder.changed.connect(self.viewport().update)

    def show_events(self, happened: Sequence[Happened], at: Instant) -> None:
        """All of a span, in order, seen from `at`."""
        self.happened = happened
        self._moments = [one.at for one in happened]
        self.current = -1
        self.put([{"place": place, "event": one} for place, one in enumerate(happened)])
        self.executeDelayedItemsLayout()  # so that there is room to scroll at once
        self.stand_at(at)

    def stand_at(self, at: Instant) -> None:
        current = bisect_right(self._moments, at) - 1
        if current == self.current:
            return
        self.current = current
        self.viewport().update()
        if current >= 0:
            self.scrollTo(self.model().index(current, 0), QAbstractItemView.ScrollHint.PositionAtCenter)
        else:
            self.scrollToTop()

    # inside

    def _at(self, index: QModelIndex) -> Happened:
        return self.happened[index.row()]

    def _ink(self, row: Row) -> str:
        theme = self._holder.theme
        if row["place"] == self.current:
            return colours(theme)[1]
        return theme.text if row["place"] < self.current else theme.text_dim

    def _ground(self, row: Row) -> str | None:
        return colours(self._holder.theme)[0] if row["place"] == self.current else None

    def _symbol(self, row: Row) -> QPixmap | None:
        one = _of(row)
        if one.state is None:
            return None
        return symbol_pixmap(one.priority, one.state, True, _SYMBOL, self._holder.theme, self.devicePixelRatioF())


def _of(row: Row) -> Happened:
    event: Happened = row["event"]
    return event


def _time_of(row: Row) -> str:
    return clock(_of(row).at)


def _text_of(row: Row) -> str:
    return _of(row).text


def _whole(row: Row) -> str:
    return f"{clock(_of(row).at, date=True)}  {_of(row).text}"

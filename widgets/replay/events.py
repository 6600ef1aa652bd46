"""What happened, in order: raised, acknowledged, done by people; the one the cursor stands behind is marked. Console side."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView

from app.domain.alarm import AlarmState
from app.domain.instant import Instant
from app.domain.tag import Priority
from widgets.replay.look import clock, colours
from widgets.symbols import symbol_pixmap
from widgets.theme import ThemeHolder, font
from widgets.words import tr

_Index = QModelIndex | QPersistentModelIndex
_SYMBOL, _HIGH = 18, 28
TIME, TEXT = 0, 1
_COLUMNS = ("时间", "发生了什么")


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


class _Model(QAbstractTableModel):
    def __init__(self, holder: ThemeHolder) -> None:
        super().__init__()
        self._holder = holder
        self.rows: Sequence[Happened] = ()
        self.current = -1
        self.ratio = 1.0

    def put(self, rows: Sequence[Happened]) -> None:
        self.beginResetModel()
        self.rows = rows
        self.endResetModel()

    def rowCount(self, parent: _Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self.rows)

    def columnCount(self, parent: _Index | None = None) -> int:
        return len(_COLUMNS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return tr(_COLUMNS[section])
        return None

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        row, theme = self.rows[index.row()], self._holder.theme
        if role == Qt.ItemDataRole.DisplayRole:
            return clock(row.at) if index.column() == TIME else row.text
        if role == Qt.ItemDataRole.ToolTipRole:
            return f"{clock(row.at, date=True)}  {row.text}"
        if role == Qt.ItemDataRole.DecorationRole and index.column() == TEXT and row.state is not None:
            return symbol_pixmap(row.priority, row.state, True, _SYMBOL, theme, self.ratio)
        if role == Qt.ItemDataRole.ForegroundRole:
            if index.row() == self.current:
                return QColor(colours(theme)[1])
            return QColor(theme.text if index.row() < self.current else theme.text_dim)
        if role == Qt.ItemDataRole.BackgroundRole and index.row() == self.current:
            return QColor(colours(theme)[0])
        return None


class EventList(QTableView):
    """`sought(Instant)` when an event was clicked, `opened(Happened)` on a double click or Enter."""

    sought = Signal(object)
    opened = Signal(object)

    def __init__(self, holder: ThemeHolder) -> None:
        super().__init__()
        self._model = _Model(holder)
        self._moments: list[Instant] = []
        self.setModel(self._model)
        self.setFont(font(11.5))
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerItem)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.setFrameShape(self.Shape.NoFrame)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(_HIGH)
        header = self.horizontalHeader()
        header.setFont(font(10.5))
        header.setHighlightSections(False)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self.setColumnWidth(TIME, 86)
        header.setSectionResizeMode(TEXT, QHeaderView.ResizeMode.Stretch)
        self.clicked.connect(lambda index: self.sought.emit(self._model.rows[index.row()].at))
        self.doubleClicked.connect(lambda index: self.opened.emit(self._model.rows[index.row()]))
        holder.changed.connect(self.viewport().update)

    @property
    def rows(self) -> Sequence[Happened]:
        return self._model.rows

    @property
    def current(self) -> int:
        """The newest that has happened by now; -1: none of them."""
        return self._model.current

    def put(self, rows: Sequence[Happened], at: Instant) -> None:
        self._model.ratio = self.devicePixelRatioF()
        self._moments = [row.at for row in rows]
        self._model.current = -1
        self._model.put(rows)
        self.stand_at(at)

    def stand_at(self, at: Instant) -> None:
        current = bisect_right(self._moments, at) - 1
        if current == self._model.current:
            return
        self._model.current = current
        self.viewport().update()
        if current >= 0:
            self.scrollTo(self._model.index(current, TIME), QAbstractItemView.ScrollHint.PositionAtCenter)
        else:
            self.scrollToTop()

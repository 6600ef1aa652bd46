"""A table of rows of which one may be chosen (行表): headings, looks, and what was chosen stays chosen. Console side.

For some hundred rows that come as a whole. The queue of the alarms and the journal have tables of their own.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QColor, QPixmap
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView

from widgets.theme import font

_Index = QModelIndex | QPersistentModelIndex
Row = Mapping[str, Any]
LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


@dataclass(frozen=True, slots=True)
class Column:
    """`title` as it is shown; `text`, `tip`, `color`, `ground` and `icon` (a QPixmap) of a row; `width` in pixels, or what is
    left with `stretch`."""

    title: str
    width: int
    text: Callable[[Row], str]
    right: bool = False
    stretch: bool = False
    tip: Callable[[Row], str] | None = None
    color: Callable[[Row], str | None] | None = None
    ground: Callable[[Row], str | None] | None = None
    icon: Callable[[Row], QPixmap | None] | None = None


class RowModel(QAbstractTableModel):
    def __init__(self, columns: Sequence[Column]) -> None:
        super().__init__()
        self.columns = columns
        self.rows: Sequence[Row] = ()

    def put(self, rows: Sequence[Row]) -> None:
        self.beginResetModel()
        self.rows = rows
        self.endResetModel()

    def rowCount(self, parent: _Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self.rows)

    def columnCount(self, parent: _Index | None = None) -> int:
        return len(self.columns)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation is Qt.Orientation.Horizontal:
            column = self.columns[section]
            if role == Qt.ItemDataRole.DisplayRole:
                return column.title
            if role == Qt.ItemDataRole.TextAlignmentRole and column.right:
                return RIGHT
        return None

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        row, column = self.rows[index.row()], self.columns[index.column()]
        if role == Qt.ItemDataRole.DisplayRole:
            return column.text(row)
        if role == Qt.ItemDataRole.TextAlignmentRole and column.right:
            return RIGHT
        if role == Qt.ItemDataRole.ToolTipRole and column.tip is not None:
            return column.tip(row)
        if role == Qt.ItemDataRole.ForegroundRole and column.color is not None:
            return _color(column.color(row))
        if role == Qt.ItemDataRole.BackgroundRole and column.ground is not None:
            return _color(column.ground(row))
        if role == Qt.ItemDataRole.DecorationRole and column.icon is not None:
            return column.icon(row)
        return None


def _color(name: str | None) -> QColor | None:
    return None if name is None else QColor(name)


class RowTable(QTableView):
    """`key`: the field that tells one row from another. `chosen` with the row, or None."""

    chosen = Signal(object)

    def __init__(self, columns: Sequence[Column], key: str, height: int = 34, size: float = 12) -> None:
        super().__init__()
        self._key = key
        self._model = RowModel(columns)
        self.setModel(self._model)
        self.setFont(font(size))
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(height)
        header = self.horizontalHeader()
        header.setFont(font(size - 1))
        header.setHighlightSections(False)
        header.setDefaultAlignment(LEFT)
        header.setMinimumSectionSize(28)
        for at, column in enumerate(columns):
            self.setColumnWidth(at, column.width)
            if column.stretch:
                header.setSectionResizeMode(at, QHeaderView.ResizeMode.Stretch)
        self.selectionModel().selectionChanged.connect(self._on_selection)

    @property
    def rows(self) -> Sequence[Row]:
        return self._model.rows

    @property
    def row(self) -> Row | None:
        """The chosen one."""
        found = self.selectionModel().selectedRows()
        return self.rows[found[0].row()] if found and found[0].row() < len(self.rows) else None

    def put(self, rows: Sequence[Row]) -> None:
        """What was chosen stays chosen, and the view where it was."""
        before, at = self.row, self.verticalScrollBar().value()
        self._model.put(rows)
        if before is not None:
            for number, row in enumerate(rows):
                if row[self._key] == before[self._key]:
                    self.selectRow(number)
        self.verticalScrollBar().setValue(at)
        self._on_selection()

    def add(self, rows: Sequence[Row]) -> None:
        """More of them, below."""
        self.put([*self.rows, *rows])

    def _on_selection(self) -> None:
        self.chosen.emit(self.row)

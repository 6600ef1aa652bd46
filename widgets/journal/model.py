"""The rows of the journal that have come so far, newest first, as Qt wants to see them. Console side."""

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt

from app.domain.journal_words import person
from widgets.vocabulary import local_time
from widgets.words import tr

Line = dict[str, Any]
"""One record as `GET /journal/page` gives it."""
COLUMNS = ("时间", "编号", "类别", "人员", "位号", "内容")
TIME, NUMBER, KIND, WHO, TAG, WHAT = range(6)
_Index = QModelIndex | QPersistentModelIndex
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class JournalModel(QAbstractTableModel):
    def __init__(self) -> None:
        super().__init__()
        self.lines: list[Line] = []

    def replace(self, lines: Sequence[Line]) -> None:
        self.beginResetModel()
        self.lines = list(lines)
        self.endResetModel()

    def extend(self, lines: Sequence[Line]) -> None:
        """Older ones, behind what is there."""
        if lines:
            first = len(self.lines)
            self.beginInsertRows(QModelIndex(), first, first + len(lines) - 1)
            self.lines += lines
            self.endInsertRows()

    def rowCount(self, parent: _Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self.lines)

    def columnCount(self, parent: _Index | None = None) -> int:
        return len(COLUMNS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return tr(COLUMNS[section])
        if role == Qt.ItemDataRole.TextAlignmentRole and section == NUMBER:
            return _RIGHT
        return None

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        line, column = self.lines[index.row()], index.column()
        if role == Qt.ItemDataRole.DisplayRole:
            return text_of(line, column)
        if role == Qt.ItemDataRole.TextAlignmentRole and column == NUMBER:
            return _RIGHT
        if role == Qt.ItemDataRole.ToolTipRole and column == WHAT:
            return line["text"]
        return None


def text_of(line: Line, column: int) -> str:
    if column == TIME:
        return local_time(line["time"], date=True)
    if column == NUMBER:
        return str(line["id"])
    if column == KIND:
        return tr(line["title"])
    if column == WHO:
        return person(line["actor"]) if line["actor"] else ""
    if column == TAG:
        return "" if line["tag"].startswith("@") else str(line["tag"])  # no tag of the plant: the sentence names it
    return str(line["text"])

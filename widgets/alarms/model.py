"""What Qt asks of the alarm queue. Console side: texts for accessibility and copying; painting goes past it."""

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QMimeData, QModelIndex, QPersistentModelIndex, Qt

from widgets.alarms.groups import Heading
from widgets.alarms.paint import NUMBERS, heading_words
from widgets.alarms.queue import AlarmQueue, Listener
from widgets.alarms.row import COLUMNS, TAG, Row
from widgets.tagdrag import MIME, tag_mime
from widgets.words import tr

_RIGHT = int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight)
Index = QModelIndex | QPersistentModelIndex


class AlarmModel(QAbstractTableModel, Listener):
    """What Qt asks of `AlarmQueue`. Texts for accessibility and copying; painting goes past it."""

    def __init__(self, queue: AlarmQueue) -> None:
        super().__init__()
        self.queue = queue
        self.was_reset = False
        queue.listener = self

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.queue.shown)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(COLUMNS)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole):
            line = self.queue.shown[index.row()]
            if isinstance(line, Row):
                return line.cells[index.column()]
            return "  ".join(heading_words(line)) if index.column() == 0 else ""
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        if isinstance(self.queue.shown[index.row()], Heading):
            return Qt.ItemFlag.ItemIsEnabled
        flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        # dragged by its tag into a trend; anywhere else a pull of the mouse goes on marking rows
        return flags | Qt.ItemFlag.ItemIsDragEnabled if index.column() == TAG else flags

    def mimeTypes(self) -> list[str]:
        return [MIME]

    def mimeData(self, indexes: Sequence[QModelIndex]) -> QMimeData:
        lines = [self.queue.shown[row] for row in sorted({index.row() for index in indexes})]
        return tag_mime(line.alarm.tag for line in lines if isinstance(line, Row))

    def headerData(self, section: int, way: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if way is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            mark = " ▾" if section == self.queue.sort_column else ""
            return tr(COLUMNS[section]) + mark
        if role == Qt.ItemDataRole.TextAlignmentRole and section in NUMBERS:
            return _RIGHT
        return None

    # Listener

    def removing(self, first: int, last: int) -> None:
        self.beginRemoveRows(QModelIndex(), first, last)

    def removed(self) -> None:
        self.endRemoveRows()

    def inserting(self, first: int, last: int) -> None:
        self.beginInsertRows(QModelIndex(), first, last)

    def inserted(self) -> None:
        self.endInsertRows()

    def changed(self, first: int, last: int) -> None:
        self.dataChanged.emit(self.index(first, 0), self.index(last, len(COLUMNS) - 1))

    def resetting(self) -> None:
        self.beginResetModel()

    def reset(self) -> None:
        self.was_reset = True
        self.endResetModel()

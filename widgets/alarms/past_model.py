"""What is asked of the history of alarms, and the lines that are found, as a Qt model. Console side."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QPixmap

from app.domain.wire import AlarmMsg
from widgets.alarms.row import COLUMNS, LIMIT, PRIORITY, VALUE, Row
from widgets.symbols import symbol_of, symbol_pixmap
from widgets.theme import ThemeHolder
from widgets.vocabulary import local_time
from widgets.words import tr

_RIGHT = int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight)
_ACKED = len(COLUMNS) - 1  # stands before the note
_Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True, slots=True)
class PastQuery:
    """Times RFC 3339 UTC; "" asks for anything."""

    start: str = ""
    end: str = ""
    tag: str = ""
    user: str = ""
    priority: str = ""
    text: str = ""

    def params(self) -> dict[str, str]:
        named = (("start", self.start), ("end", self.end), ("tag", self.tag), ("user", self.user))
        return {key: said for key, said in (*named, ("priority", self.priority), ("text", self.text)) if said}


def headers() -> list[str]:
    words = [tr(word) for word in COLUMNS]
    return [*words[:_ACKED], tr("确认时间"), words[_ACKED]]


def line_of(alarm: AlarmMsg, decimals: int) -> tuple[str, ...]:
    """One alarm of the past as texts under `headers`, for the screen and for the file."""
    cells = Row(alarm, (), decimals).cells
    return (*cells[:_ACKED], local_time(alarm.acked_at, date=True), cells[_ACKED])


class PastModel(QAbstractTableModel):
    """`more_wanted`: the view has been scrolled to the end of what is here."""

    more_wanted = Signal()

    def __init__(self, holder: ThemeHolder, decimals: Callable[[str], int]) -> None:
        super().__init__()
        self._holder, self._decimals = holder, decimals
        self.alarms: list[AlarmMsg] = []
        self._lines: list[tuple[str, ...]] = []
        self.more = False
        self._headers = headers()

    def clear(self) -> None:
        self.beginResetModel()
        self.alarms, self._lines, self.more = [], [], False
        self.endResetModel()

    def append(self, alarms: Sequence[AlarmMsg], more: bool) -> None:
        self.more = more
        if alarms:
            self.beginInsertRows(QModelIndex(), len(self.alarms), len(self.alarms) + len(alarms) - 1)
            self.alarms += alarms
            self._lines += [line_of(alarm, self._decimals(alarm.tag)) for alarm in alarms]
            self.endInsertRows()

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.alarms)

    def columnCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self._headers)

    def canFetchMore(self, parent: _Index) -> bool:
        return not parent.isValid() and self.more

    def fetchMore(self, parent: _Index) -> None:
        self.more = False  # until the answer says that there is still more
        self.more_wanted.emit()

    def headerData(self, section: int, way: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if way is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return self._headers[section]
        return _RIGHT if role == Qt.ItemDataRole.TextAlignmentRole and section in (VALUE, LIMIT) else None

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return self._lines[index.row()][index.column()]
        if role == Qt.ItemDataRole.TextAlignmentRole and index.column() in (VALUE, LIMIT):
            return _RIGHT
        if role == Qt.ItemDataRole.DecorationRole and index.column() == PRIORITY:
            return self._symbol(self.alarms[index.row()])
        return None

    def _symbol(self, alarm: AlarmMsg) -> QPixmap:
        priority, state = symbol_of(alarm)
        return symbol_pixmap(priority, state, True, 20, self._holder.theme, 2.0)

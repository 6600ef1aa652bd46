"""The points with their scores, worst first, and what was found of each. Console side."""

from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QStyledItemDelegate, QStyleOptionViewItem, QTableView

from app.domain.saying import rate_words
from widgets.quality.words import PARTS, counts_text, mark, score_text
from widgets.theme import ThemeHolder, font
from widgets.words import tr

_Index = QModelIndex | QPersistentModelIndex
TAG, NAME, SCORE, FOUND, COMPLETE, ONLINE = 0, 1, 2, 7, 8, 9
_PARTS = tuple(PARTS)
_GRAVE = ("missed", "balance", "interlock")  # somebody may be in danger, whatever the score
_RIGHT = frozenset({SCORE, 3, 4, 5, 6, COMPLETE, ONLINE})


class PointModel(QAbstractTableModel):
    def __init__(self) -> None:
        super().__init__()
        self._all: list[dict[str, Any]] = []
        self.rows: list[dict[str, Any]] = []
        self._wanted: tuple[str, str, str, str] = ("", "", "", "")

    def put(self, rows: list[dict[str, Any]]) -> None:
        self._all = rows
        self.sieve(*self._wanted)

    def sieve(self, by: str, key: str, kind: str, text: str) -> None:
        """Of one group, with findings of one kind, with these words in tag or name; "" all."""
        self._wanted = (by, key, kind, text)
        words = text.casefold().split()
        self.beginResetModel()
        self.rows = [
            row
            for row in self._all
            if (not by or row[by] == key)
            and (not kind or row["counts"].get(kind))
            and all(word in f"{row['tag']} {row['name']} {row['equipment']}".casefold() for word in words)
        ]
        self.endResetModel()

    def rowCount(self, parent: _Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self.rows)

    def columnCount(self, parent: _Index | None = None) -> int:
        return 10

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            titles = ("位号", "名称", "得分", *PARTS.values(), "发现的问题", "完整率", "在线率")
            return tr(titles[section])
        if role == Qt.ItemDataRole.TextAlignmentRole and section in _RIGHT:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        return None

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        row, column = self.rows[index.row()], index.column()
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            if column in (TAG, NAME):
                return row["tag" if column == TAG else "name"]
            if column == SCORE:
                return score_text(row["score"])
            if column == FOUND:
                return counts_text(row["counts"]) or (tr("停用或检修，不计") if row["score"] is None else "")
            if column in (COMPLETE, ONLINE):
                return rate_words(row["complete_rate" if column == COMPLETE else "online_rate"])
            return score_text(row[_PARTS[column - 3]])
        if role == Qt.ItemDataRole.FontRole and column == FOUND and any(row["counts"].get(kind) for kind in _GRAVE):
            return font(11.5, bold=True)
        if role == Qt.ItemDataRole.TextAlignmentRole and column in _RIGHT:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        return None


class _Scores(QStyledItemDelegate):
    """A score that is not good has a bar at its left, besides its number."""

    def __init__(self, themes: ThemeHolder) -> None:
        super().__init__()
        self._themes = themes

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        super().paint(painter, option, index)
        model = index.model()
        assert isinstance(model, PointModel)
        row, column = model.rows[index.row()], index.column()
        colour = mark(row["score" if column == SCORE else _PARTS[column - 3]], self._themes.theme)
        if colour is not None:
            box = QRectF(option.rect)
            painter.fillRect(QRectF(box.left() + 4, box.top() + 6, 4, box.height() - 12), QColor(colour))


class PointTable(QTableView):
    chosen = Signal(str)  # tag

    def __init__(self, themes: ThemeHolder) -> None:
        super().__init__()
        self.points = PointModel()
        self.setModel(self.points)
        self._scores = _Scores(themes)
        for column in range(SCORE, SCORE + 5):
            self.setItemDelegateForColumn(column, self._scores)
        self.setFont(font(11.5))
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(28)
        header = self.horizontalHeader()
        header.setFont(font(10.5))
        header.setHighlightSections(False)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        for column, width in enumerate((118, 190, 74, 80, 80, 74, 100, 190, 92, 92)):
            self.setColumnWidth(column, width)
        header.setSectionResizeMode(FOUND, QHeaderView.ResizeMode.Stretch)
        self.selectionModel().selectionChanged.connect(self._on_selection)

    def _on_selection(self) -> None:
        rows = self.selectionModel().selectedRows()
        if rows:
            self.chosen.emit(self.points.rows[rows[0].row()]["tag"])

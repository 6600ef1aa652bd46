"""The messages as a table, newest first; what is wrong stands out by its word and mark. Console side."""

from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView

from widgets.dispatch.words import about_word, outcome, state_word
from widgets.theme import ThemeHolder, font
from widgets.vocabulary import local_time
from widgets.words import tr

_Index = QModelIndex | QPersistentModelIndex
AT, ABOUT, TITLE, PERSON, OUTLET, STATE, OUTCOME = range(7)


class _Model(QAbstractTableModel):
    def __init__(self, themes: ThemeHolder) -> None:
        super().__init__()
        self._themes = themes
        self.rows: list[dict[str, Any]] = []

    def put(self, rows: list[dict[str, Any]]) -> None:
        self.beginResetModel()
        self.rows = rows
        self.endResetModel()

    def rowCount(self, parent: _Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self.rows)

    def columnCount(self, parent: _Index | None = None) -> int:
        return 7

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return (tr("时间"), tr("事由"), tr("内容"), tr("通知谁"), tr("通道"), tr("状态"), tr("结果"))[section]
        return None

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        row = self.rows[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return (
                local_time(row["created_at"], date=True), about_word(row), " ".join(row["title"].split()), row["person"],
                row["outlet"], state_word(row["state"]), outcome(row),
            )[index.column()]  # fmt: skip
        if role == Qt.ItemDataRole.ToolTipRole:
            return {
                TITLE: row.get("text") or row["title"], OUTCOME: outcome(row), PERSON: f"{row['person']} {row['address']}",
            }.get(index.column())  # fmt: skip
        if role == Qt.ItemDataRole.ForegroundRole and index.column() in (STATE, OUTCOME) and row["state"] == "gave_up":
            return QColor(self._themes.theme.bad)
        return None


class DispatchLog(QTableView):
    def __init__(self, themes: ThemeHolder) -> None:
        super().__init__()
        self._model = _Model(themes)
        self.setModel(self._model)
        self.setFont(font(12))
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(34)
        header = self.horizontalHeader()
        header.setFont(font(11))
        header.setHighlightSections(False)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        for column, width in enumerate((150, 70, 400, 120, 130, 90, 300)):
            self.setColumnWidth(column, width)
        header.setSectionResizeMode(TITLE, QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(OUTCOME, QHeaderView.ResizeMode.Stretch)

    @property
    def rows(self) -> list[dict[str, Any]]:
        return self._model.rows

    def put(self, rows: list[dict[str, Any]]) -> None:
        """The chosen line stays chosen, and the view where it was."""
        chosen = self.selectionModel().selectedRows()
        before = self.rows[chosen[0].row()]["id"] if chosen else None
        at = self.verticalScrollBar().value()
        self._model.put(rows)
        for number, row in enumerate(rows):
            if row["id"] == before:
                self.selectRow(number)
        self.verticalScrollBar().setValue(at)

    def add(self, rows: list[dict[str, Any]]) -> None:
        """Older ones, below."""
        self.put([*self.rows, *rows])

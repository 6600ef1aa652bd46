"""The worst alarms as a table (不良报警排名), each with its share, and what a change of its rule would do. Console side."""

from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QStyledItemDelegate, QStyleOptionViewItem, QTableView

from widgets.kpi.words import rule_of, seconds
from widgets.theme import ThemeHolder, font
from widgets.words import tr

_Index = QModelIndex | QPersistentModelIndex
RANK, TAG, NAME, RULE, COUNT, SHARE, CHATTER, REPEAT, TYPICAL = range(9)
_RIGHT = frozenset({COUNT, SHARE, CHATTER, REPEAT, TYPICAL})


class _Model(QAbstractTableModel):
    def __init__(self) -> None:
        super().__init__()
        self.actors: list[dict[str, Any]] = []

    def put(self, actors: list[dict[str, Any]]) -> None:
        self.beginResetModel()
        self.actors = actors
        self.endResetModel()

    def rowCount(self, parent: _Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self.actors)

    def columnCount(self, parent: _Index | None = None) -> int:
        return 9

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return (
                "", tr("位号"), tr("名称"), tr("报警"), tr("次数"), tr("占比"), tr("抖动"), tr("重复"), tr("典型持续"),
            )[section]  # fmt: skip
        if role == Qt.ItemDataRole.TextAlignmentRole and section in _RIGHT:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        return None

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        one, column = self.actors[index.row()], index.column()
        if role == Qt.ItemDataRole.DisplayRole:
            return (
                str(index.row() + 1), one["tag"], one["name"], rule_of(one["rule"]), str(one["count"]),
                f"{100 * one['share']:.0f} %", str(one["chatters"] or ""), str(one["repeats"] or ""), seconds(one["median_s"]),
            )[column]  # fmt: skip
        if role == Qt.ItemDataRole.TextAlignmentRole and column in _RIGHT:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        if role == Qt.ItemDataRole.ToolTipRole and column == NAME:
            return one["name"]
        return None


class _ShareCell(QStyledItemDelegate):
    """The share as a bar behind its number."""

    def __init__(self, holder: ThemeHolder) -> None:
        super().__init__()
        self._holder = holder

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        model = index.model()
        assert isinstance(model, _Model)
        most = max((one["share"] for one in model.actors), default=1.0) or 1.0
        box = QRectF(option.rect).adjusted(4, 7, -4, -7)
        bar = QColor(self._holder.theme.level_fill)
        bar.setAlpha(110)
        painter.fillRect(
            QRectF(box.left(), box.top(), box.width() * model.actors[index.row()]["share"] / most, box.height()), bar
        )
        super().paint(painter, option, index)


class Ranking(QTableView):
    chosen = Signal(object)  # the actor

    def __init__(self, holder: ThemeHolder) -> None:
        super().__init__()
        self._model = _Model()
        self._share = _ShareCell(holder)
        self.setModel(self._model)
        self.setItemDelegateForColumn(SHARE, self._share)
        self.setFont(font(11.5))
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setShowGrid(False)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(27)
        header = self.horizontalHeader()
        header.setFont(font(10.5))
        header.setHighlightSections(False)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setMinimumSectionSize(28)
        for column, width in enumerate((34, 124, 200, 112, 64, 92, 58, 58, 96)):
            self.setColumnWidth(column, width)
        header.setSectionResizeMode(NAME, QHeaderView.ResizeMode.Stretch)
        self.selectionModel().selectionChanged.connect(self._on_selection)

    def put(self, actors: list[dict[str, Any]]) -> None:
        self._model.put(actors)

    def _on_selection(self) -> None:
        rows = self.selectionModel().selectedRows()
        if rows:
            self.chosen.emit(self._model.actors[rows[0].row()])

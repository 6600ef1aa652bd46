"""The worst alarms as a table (不良报警排名), each with its share, and what a change of its rule would do. Console side."""

from collections.abc import Sequence

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRectF, Qt
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem

from widgets.kpi.words import rule_of, seconds
from widgets.rowtable import Column, Row, RowModel, RowTable
from widgets.theme import ThemeHolder
from widgets.words import tr

_Index = QModelIndex | QPersistentModelIndex
SHARE = 5


class _ShareCell(QStyledItemDelegate):
    """The share as a bar behind its number."""

    def __init__(self, holder: ThemeHolder) -> None:
        super().__init__()
        self._holder = holder

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        model = index.model()
        assert isinstance(model, RowModel)
        most = max((one["share"] for one in model.rows), default=1.0) or 1.0
        box = QRectF(option.rect).adjusted(4, 7, -4, -7)
        bar = QColor(self._holder.theme.level_fill)
        bar.setAlpha(110)
        painter.fillRect(
            QRectF(box.left(), box.top(), box.width() * model.rows[index.row()]["share"] / most, box.height()), bar
        )
        super().paint(painter, option, index)


class Ranking(RowTable):
    def __init__(self, holder: ThemeHolder) -> None:
        super().__init__(
            (
                Column("", 34, lambda one: str(one["rank"])),
                Column(tr("位号"), 124, lambda one: "" if one["tag"].startswith("@") else one["tag"]),
                Column(tr("名称"), 200, lambda one: one["name"], stretch=True, tip=lambda one: one["name"]),
                Column(tr("报警"), 112, lambda one: rule_of(one["rule"])),
                Column(tr("次数"), 64, lambda one: str(one["count"]), right=True),
                Column(tr("占比"), 92, lambda one: f"{100 * one['share']:.0f} %", right=True),
                Column(tr("抖动"), 80, lambda one: str(one["chatters"] or ""), right=True),
                Column(tr("重复"), 80, lambda one: str(one["repeats"] or ""), right=True),
                Column(tr("典型持续"), 96, lambda one: seconds(one["median_s"]), right=True),
            ),
            key="rank",
            height=27,
            size=11.5,
        )
        self._share = _ShareCell(holder)
        self.setItemDelegateForColumn(SHARE, self._share)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)

    def put(self, actors: Sequence[Row]) -> None:
        """The worst first; none is chosen any more."""
        self.clearSelection()
        super().put([{**one, "rank": rank} for rank, one in enumerate(actors, 1)])

"""The sources page (数据源): every link of the station, how it stands, and why not. Console side; reads, never commands."""

import time
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import (
    QHeaderView,
    QLabel,
    QStackedLayout,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from app.console.state import Trust
from app.console.topbar import paint_lamp
from app.domain.driver_words import driver_name
from app.domain.wire import LinkMsg
from widgets.pulse import Pulse
from widgets.theme import ThemeHolder, font
from widgets.vocabulary import local_time, span
from widgets.words import tr

_LAMP = {"up": Trust.LIVE, "connecting": Trust.NOTHING_YET}
_NUMBERS = range(5, 12)  # columns
_PADDING = 12
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_Index = QModelIndex | QPersistentModelIndex


class SourcesModel(QAbstractTableModel):
    """Links as the station told them; ages go on counting with this console's own clock."""

    def __init__(self) -> None:
        super().__init__()
        self._links: list[LinkMsg] = []
        self._at = 0.0
        self.headers = [
            tr("状态"), tr("数据源"), tr("驱动"), tr("地址"), tr("状态始于"), tr("位号"), tr("好"), tr("可疑"), tr("坏"),
            tr("数据/秒"), tr("最近数据"), tr("重连"), tr("错误与说明"),
        ]  # fmt: skip

    def put(self, links: list[LinkMsg], now: float) -> None:
        self._at = now
        if [one.source for one in self._links] == [one.source for one in links]:
            self._links = list(links)
            self.refresh()
        else:
            self.beginResetModel()
            self._links = list(links)
            self.endResetModel()

    def refresh(self) -> None:
        if self._links:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self._links) - 1, len(self.headers) - 1))

    def link(self, row: int) -> LinkMsg:
        return self._links[row]

    def rowCount(self, parent: _Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._links)

    def columnCount(self, parent: _Index | None = None) -> int:
        return len(self.headers)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return self.headers[section]
        if role == Qt.ItemDataRole.TextAlignmentRole and section in _NUMBERS:
            return _RIGHT
        return None

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        link = self._links[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return self._text(link, index.column())
        if role == Qt.ItemDataRole.TextAlignmentRole and index.column() in _NUMBERS:
            return _RIGHT
        if role == Qt.ItemDataRole.ToolTipRole and index.column() in (3, 12):
            return self._text(link, index.column())
        return None

    def _text(self, link: LinkMsg, column: int) -> str:
        age = "" if link.age_s is None else span(link.age_s + time.monotonic() - self._at)
        return (
            {"up": tr("通"), "connecting": tr("连接中"), "down": tr("中断")}.get(link.state, link.state),
            f"{link.source}  {link.name}".strip(), tr(driver_name(link.driver)), link.url, local_time(link.since, date=True),
            str(link.tags), str(link.good), str(link.uncertain), str(link.bad), f"{link.rate:.1f}",
            age, str(link.reconnects), "　".join(one for one in (link.last_error, link.detail) if one and one not in link.url),
        )[column]  # fmt: skip


class _StateCell(QStyledItemDelegate):
    def __init__(self, themes: ThemeHolder) -> None:
        super().__init__()
        self._themes = themes

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        theme = self._themes.theme
        model = index.model()
        assert isinstance(model, SourcesModel)
        link = model.link(index.row())
        box = QRectF(option.rect)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        paint_lamp(painter, box.left() + 20, box.center().y(), _LAMP.get(link.state, Trust.SILENT), theme.text)
        painter.setPen(QColor(theme.text))
        painter.setFont(font(12, bold=link.state != "up"))
        painter.drawText(box.adjusted(38, 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, str(index.data()))
        painter.restore()


class _WordsCell(QStyledItemDelegate):
    """Text that wraps. Qt's own measure forgets the padding of the style sheet and cuts the last line."""

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        table = option.widget
        assert isinstance(table, QTableView)
        room = QRect(0, 0, table.columnWidth(index.column()) - 2 * _PADDING, 10_000)
        needed = option.fontMetrics.boundingRect(room, Qt.TextFlag.TextWordWrap, str(index.data()))
        return QSize(needed.width(), needed.height() + 2 * _PADDING)


class SourcesPage(QWidget):
    def __init__(self, themes: ThemeHolder) -> None:
        super().__init__()
        self.model = SourcesModel()
        self.table = QTableView()
        self._state_cell = _StateCell(themes)
        self._words_cell = _WordsCell()
        self._dress_table()
        self.empty = QLabel(tr("站点没有配置数据源。\n请在站点包的 site.toml 里加入 [[source]]，检查后导入，再看这里。"))
        self.empty.setObjectName("dim")
        self.empty.setFont(font(14))
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        title = QLabel(tr("数据源"))
        title.setFont(font(15, bold=True))
        body = QWidget()
        self._stack = QStackedLayout(body)
        self._stack.addWidget(self.empty)
        self._stack.addWidget(self.table)
        column = QVBoxLayout(self)
        column.setContentsMargins(18, 14, 18, 18)
        column.setSpacing(10)
        column.addWidget(title)
        column.addWidget(body, 1)
        self._links: list[LinkMsg] = []
        self._fresh = False
        self._at = 0.0
        self._pulse = Pulse(self, 1000, self._show)

    def put_links(self, links: list[LinkMsg], now: float) -> None:
        """`now`: monotonic seconds at which the list came."""
        self._links, self._at, self._fresh = links, now, True

    def _show(self) -> None:
        if not self._fresh:
            self.model.refresh()
            return
        self._fresh = False
        self.model.put(self._links, self._at)
        self._stack.setCurrentWidget(self.table if self._links else self.empty)

    def _dress_table(self) -> None:
        table = self.table
        table.setModel(self.model)
        table.setItemDelegateForColumn(0, self._state_cell)
        table.setItemDelegateForColumn(len(self.model.headers) - 1, self._words_cell)
        table.setFont(font(12))
        table.setWordWrap(True)
        table.setSelectionBehavior(QTableView.SelectionBehavior.SelectRows)
        table.setEditTriggers(QTableView.EditTrigger.NoEditTriggers)
        table.verticalHeader().hide()
        table.verticalHeader().setMinimumSectionSize(44)
        table.verticalHeader().setDefaultSectionSize(44)
        table.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header = table.horizontalHeader()
        header.setFont(font(11))
        header.setHighlightSections(False)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        for column, width in enumerate((116, 220, 120, 270, 150, 64, 64, 64, 64, 84, 96, 64, 200)):
            table.setColumnWidth(column, max(width, header.fontMetrics().horizontalAdvance(self.model.headers[column]) + 28))
        header.setStretchLastSection(True)

"""The table under the chart: one line a pen with colour, value now, value at the cursor, extremes seen. Console side."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor, QIcon, QPixmap
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableWidget, QTableWidgetItem, QToolButton

from app.domain.sample import Quality
from widgets.theme import ThemeHolder, font
from widgets.trend.pen import Pen
from widgets.vocabulary import number, quality_word, reason_word
from widgets.words import tr

_COLUMNS = ("位号", "名称", "当前值", "单位", "光标处", "最小", "最大", "下限 / 上限", "")
TAG, NAME, NOW, UNIT, AT, LOW, HIGH, LIMITS, CLOSE = range(len(_COLUMNS))
_WIDTHS = {TAG: 170, NOW: 200, UNIT: 80, AT: 150, LOW: 110, HIGH: 110, LIMITS: 220, CLOSE: 44}
ROW = 30


class Legend(QTableWidget):
    """`chosen(place)` when a pen is clicked, `removed(tag)` when its cross is."""

    chosen = Signal(int)
    removed = Signal(str)

    def __init__(self, holder: ThemeHolder) -> None:
        super().__init__(0, len(_COLUMNS))
        self._holder = holder
        self._pens: list[Pen] = []
        self.setFont(font(11.5))
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setShowGrid(False)
        self.setFrameShape(self.Shape.NoFrame)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(ROW)
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.horizontalHeader().setFont(font(10.5))
        self.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self.horizontalHeader().setHighlightSections(False)
        for column, width in _WIDTHS.items():
            self.setColumnWidth(column, width)
        self.horizontalHeader().setSectionResizeMode(NAME, QHeaderView.ResizeMode.Stretch)
        self.currentCellChanged.connect(self._choose)
        holder.changed.connect(self._rebuild)
        self.retranslate()

    def retranslate(self) -> None:
        self.setHorizontalHeaderLabels([tr(word) if word else "" for word in _COLUMNS])

    def set_pens(self, pens: list[Pen]) -> None:
        self._pens = pens
        self._rebuild()

    def refresh(self, t0: float, t1: float, now: float, cursor: float | None) -> None:
        """The moving numbers, a few times a second."""
        for place, pen in enumerate(self._pens):
            self._write(place, NOW, _current(pen))
            self._write(place, AT, "" if cursor is None else _at(pen, cursor))
            seen = pen.extremes(t0, t1, now)
            self._write(place, LOW, number(seen[0], pen.decimals) if seen else "—")
            self._write(place, HIGH, number(seen[1], pen.decimals) if seen else "—")

    def _rebuild(self) -> None:
        theme = self._holder.theme
        self.setStyleSheet(
            f"QTableWidget::item:selected {{ background: {theme.raised}; color: {theme.text}; }}"
            f"QTableWidget {{ background: {theme.surface}; }}"
        )
        kept = max(self.currentRow(), 0)
        self.blockSignals(True)
        self.setRowCount(len(self._pens))
        colours = self._holder.theme.pens
        for place, pen in enumerate(self._pens):
            for column in range(len(_COLUMNS)):
                self.setItem(place, column, QTableWidgetItem())
            tag = pen.tag
            swatch = QPixmap(18, 6)
            swatch.fill(QColor(colours[place % len(colours)]))
            code = QTableWidgetItem()
            code.setIcon(QIcon(swatch))
            self.setItem(place, TAG, code)
            self._write(place, TAG, tag.tag)
            self._write(place, NAME, tag.name)
            self._write(place, UNIT, tag.unit)
            marks = (("LL", tag.limits.ll), ("L", tag.limits.l), ("H", tag.limits.h), ("HH", tag.limits.hh))
            self._write(place, LIMITS, "  ".join(f"{name} {limit:g}" for name, limit in marks if limit is not None))
            close = QToolButton()
            close.setText("✕")
            close.setAutoRaise(True)
            close.setToolTip(tr("从趋势中移除"))
            close.setProperty("tag", tag.tag)
            close.clicked.connect(self._remove)
            self.setCellWidget(place, CLOSE, close)
        if self._pens:
            self.setCurrentCell(min(kept, len(self._pens) - 1), TAG)
        self.blockSignals(False)

    def _write(self, place: int, column: int, text: str) -> None:
        item = self.item(place, column)
        if item is not None and item.text() != text:
            item.setText(text)

    def _choose(self, row: int, *_: int) -> None:
        if row >= 0:
            self.chosen.emit(row)

    def _remove(self) -> None:
        self.removed.emit(str(self.sender().property("tag")))


def _current(pen: Pen) -> str:
    """In brackets with the reason when it may not be believed."""
    sample = pen.sample
    if sample is None:
        return "—"
    text = number(sample.value, pen.decimals)
    if sample.quality is Quality.GOOD:
        return text
    return f"〔{text}〕{reason_word(sample.reason) or quality_word(sample.quality)}"


def _at(pen: Pen, cursor: float) -> str:
    found = pen.value_at(cursor)
    if found is None:
        return tr("无数据")
    low, high = (number(value, pen.decimals) for value in found)
    return low if low == high else f"{low} … {high}"

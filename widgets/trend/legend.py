"""The table under the chart: a line a pen with colour and number, value now, at the cursor, at A and B and between, extremes.

Console side. Columns that have nothing to say are not there. A line can be dragged to another page, or out of a chart into it.
"""

from dataclasses import dataclass
from datetime import datetime
from math import inf

from PySide6.QtCore import QMimeData, Qt, Signal
from PySide6.QtGui import QColor, QIcon, QPainter, QPixmap
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableWidget, QTableWidgetItem, QToolButton

from app.domain.sample import Quality
from widgets.tagdrag import MIME, tag_mime
from widgets.theme import ThemeHolder, font
from widgets.trend.axes import pen_colour
from widgets.trend.past import slack_s
from widgets.trend.pen import Pen
from widgets.vocabulary import number, quality_word, reason_word, span
from widgets.words import tr

_COLUMNS = (
    "位号", "名称", "当前值", "单位", "光标处", "A 处", "B 处", "B − A", "每分钟", "对比", "最小", "最大", "下限 / 上限", "",
)  # fmt: skip
TAG, NAME, NOW, UNIT, AT, A, B, APART, SLOPE, GHOST, LOW, HIGH, LIMITS, CLOSE = range(len(_COLUMNS))
_WIDTHS = {
    TAG: 150, NOW: 140, UNIT: 62, AT: 110, A: 110, B: 110, APART: 112, SLOPE: 84, GHOST: 110, LOW: 80, HIGH: 80, LIMITS: 225,
    CLOSE: 36,
}  # fmt: skip
ROW = 28
MOST_ROWS = 8
"""More are reached by scrolling: the chart keeps its room."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What the moving columns are about: the span shown, now, the cursor, A and B, how much earlier the ghosts are; `replay`:
    nothing of it is the present; `fine_s`: what is known in wider slots only is said to be about so."""

    t0: float
    t1: float
    now: float
    cursor: float | None = None
    fixed: tuple[float | None, float | None] = (None, None)
    ghost_s: float | None = None
    replay: bool = False
    fine_s: float = inf


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
        self.setDragEnabled(True)
        self.setDragDropMode(QAbstractItemView.DragDropMode.DragOnly)
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
        rows = min(max(len(pens), 1), MOST_ROWS)
        self.setFixedHeight(ROW * rows + self.horizontalHeader().sizeHint().height() + 4)

    def choose(self, place: int) -> None:
        self.setCurrentCell(place, TAG)

    def refresh(self, reading: Reading) -> None:
        """The moving numbers, a few times a second."""
        a, b = reading.fixed
        both = a is not None and b is not None
        for column, there in (
            (NOW, not reading.replay), (A, a is not None), (B, b is not None), (APART, both), (SLOPE, both),
            (GHOST, reading.ghost_s is not None),
        ):  # fmt: skip
            self.setColumnHidden(column, not there)
        self._head(APART, "B − A" + (f"  {_span(b - a)}" if a is not None and b is not None else ""))
        self._head(A, "A" + (f"  {_clock(a, reading.t1 - reading.t0)}" if a is not None else ""))
        self._head(B, "B" + (f"  {_clock(b, reading.t1 - reading.t0)}" if b is not None else ""))
        self._head(AT, tr("光标处") if not reading.replay else tr("回放时刻"))
        for place, pen in enumerate(self._pens):
            self._write(place, NOW, _current(pen))
            self._write(place, AT, "" if reading.cursor is None else _at(pen.value_at(reading.cursor), pen))
            self._write_fixed(place, pen, a, b)
            if reading.ghost_s is not None:
                at = reading.cursor if reading.cursor is not None else min(reading.now, reading.t1)
                self._write(place, GHOST, _at(pen.ghost.value_at(at - reading.ghost_s), pen))
            seen = pen.extremes(reading.t0, reading.t1, reading.now)
            about = (
                "≈ " if pen.rough(reading.t0, reading.t1, reading.now, reading.fine_s, slack_s(reading.t1 - reading.t0)) else ""
            )
            self._write(place, LOW, about + number(seen[0], pen.decimals) if seen else "—")
            self._write(place, HIGH, about + number(seen[1], pen.decimals) if seen else "—")

    def mimeTypes(self) -> list[str]:
        return [MIME]

    def mimeData(self, items) -> QMimeData:  # type: ignore[no-untyped-def]
        return tag_mime(self._pens[place].tag.tag for place in sorted({item.row() for item in items}))

    # inside

    def _write_fixed(self, place: int, pen: Pen, a: float | None, b: float | None) -> None:
        at_a = None if a is None else pen.value_at(a)
        at_b = None if b is None else pen.value_at(b)
        self._write(place, A, "" if a is None else _at(at_a, pen))
        self._write(place, B, "" if b is None else _at(at_b, pen))
        if a is None or b is None or at_a is None or at_b is None:
            self._write(place, APART, "—")
            self._write(place, SLOPE, "—")
            return
        apart = sum(at_b) / 2 - sum(at_a) / 2
        self._write(place, APART, f"{apart:+.{pen.decimals}f}")
        self._write(place, SLOPE, f"{apart / (b - a) * 60:+.{pen.decimals + 1}f}" if abs(b - a) >= 1e-3 else "—")

    def _rebuild(self) -> None:
        theme = self._holder.theme
        self.setStyleSheet(
            f"QTableWidget::item:selected {{ background: {theme.raised}; color: {theme.text}; }}"
            f"QTableWidget {{ background: {theme.surface}; }}"
        )
        kept = max(self.currentRow(), 0)
        self.blockSignals(True)
        self.setRowCount(len(self._pens))
        for place, pen in enumerate(self._pens):
            for column in range(len(_COLUMNS)):
                self.setItem(place, column, QTableWidgetItem())
            tag = pen.tag
            code = QTableWidgetItem()
            code.setIcon(QIcon(_swatch(pen_colour(theme, place), place, theme.background)))
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

    def _head(self, column: int, text: str) -> None:
        item = self.horizontalHeaderItem(column)
        if item is not None and item.text() != text:
            item.setText(text)

    def _write(self, place: int, column: int, text: str) -> None:
        item = self.item(place, column)
        if item is not None and item.text() != text:
            item.setText(text)

    def _choose(self, row: int, *_: int) -> None:
        if row >= 0:
            self.chosen.emit(row)

    def _remove(self) -> None:
        self.removed.emit(str(self.sender().property("tag")))


def _swatch(colour: QColor, place: int, ink: str) -> QPixmap:
    """The same number on the same colour as at the end of the curve."""
    made = QPixmap(22, 14)
    made.fill(colour)
    painter = QPainter(made)
    painter.setFont(font(9, bold=True))
    painter.setPen(QColor(ink))
    painter.drawText(made.rect(), Qt.AlignmentFlag.AlignCenter, str(place + 1))
    painter.end()
    return made


def _current(pen: Pen) -> str:
    """In brackets with the reason when it may not be believed."""
    sample = pen.sample
    if sample is None:
        return "—"
    text = number(sample.value, pen.decimals)
    if sample.quality is Quality.GOOD:
        return text
    return f"〔{text}〕{reason_word(sample.reason) or quality_word(sample.quality)}"


def _at(found: tuple[float, float] | None, pen: Pen) -> str:
    if found is None:
        return tr("无数据")
    low, high = (number(value, pen.decimals) for value in found)
    return low if low == high else f"{low}～{high}"


def _clock(at: float, span: float) -> str:
    """As much of it as tells two places of the span apart."""
    form = "%H:%M:%S" if span < 20 * 3600 else "%m-%d %H:%M" if span < 60 * 86400 else "%Y-%m-%d"
    return datetime.fromtimestamp(at).astimezone().strftime(form)


def _span(seconds: float) -> str:
    text = f"{int(abs(seconds) // 60 % 60):02d}:{int(abs(seconds) % 60):02d}"
    hours = int(abs(seconds) // 3600)
    if hours >= 48:
        text = span(abs(seconds))
    elif hours:
        text = f"{hours}:{text}"
    return f"−{text}" if seconds < 0 else text

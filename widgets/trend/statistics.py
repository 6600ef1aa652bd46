"""The figures of a span (区间统计): a line a pen, reckoned by the station on every sample of it, not on what is drawn.

Console side. It says for which span, and while the station is at it, that it is.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.domain.instant import SECOND, from_rfc3339
from widgets.journal.work import Share
from widgets.theme import ThemeHolder, font
from widgets.trend.legend import ROW
from widgets.trend.overlay import said_dates
from widgets.trend.pen import Pen
from widgets.vocabulary import number
from widgets.words import tr

_COLUMNS = (
    "位号", "最小", "时刻", "最大", "时刻", "平均", "标准差", "起始", "结束", "变化", "达到或超过限值", "报警时长", "有效数据",
    "坏样本",
)  # fmt: skip
_MEANT = {
    1: "这一段内好的值中的最小值，及首次达到的时刻",
    3: "这一段内好的值中的最大值，及首次达到的时刻",
    5: "按时间加权：每个好的值保持到下一个样本；坏值和缺数的时间不计",
    6: "按时间加权的总体标准差",
    9: "结束值减起始值",
    10: "达到或超过当时生效的限值的时间",
    11: "该位号有报警存在的时间，及新报警的次数",
    12: "有好的值的时间占整段的比例",
    13: "样本总数中质量不是“好”的个数",
}
MOST_ROWS = 8


class Statistics(QWidget):
    """`closed`: the person is done with the span; `cancelled`: does not want to wait for it."""

    closed = Signal()
    cancelled = Signal()

    def __init__(self, holder: ThemeHolder) -> None:
        super().__init__()
        self._holder = holder
        self._pens: Sequence[Pen] = ()
        self._span = ""
        self.about = QLabel()
        self.about.setFont(font(11.5))
        close = QToolButton()
        close.setText("✕")
        close.setToolTip(tr("收起统计"))
        close.setAccessibleName(tr("收起统计"))
        close.setAutoRaise(True)
        close.setMinimumSize(34, 28)
        close.clicked.connect(self.closed)
        self.table = QTableWidget(0, len(_COLUMNS))
        self.table.setFont(font(11.5))
        self.table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        self.table.setSelectionBehavior(QTableWidget.SelectionBehavior.SelectRows)
        self.table.setShowGrid(False)
        self.table.setFrameShape(QTableWidget.Shape.NoFrame)
        self.table.verticalHeader().hide()
        self.table.verticalHeader().setDefaultSectionSize(ROW)
        self.table.horizontalHeader().setFont(font(10.5))
        self.table.horizontalHeader().setHighlightSections(False)
        self.table.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self.table.horizontalHeader().setStretchLastSection(True)
        for column, width in enumerate((150, 78, 164, 78, 164, 78, 78, 78, 78, 78, 186, 168, 78)):
            self.table.setColumnWidth(column, width)
        self.share = Share(holder)
        self.cancel = QPushButton()
        self.cancel.setFont(font(11.5))
        self.cancel.clicked.connect(self.cancelled)
        top = QHBoxLayout()
        top.setSpacing(10)
        top.addWidget(self.about, 1)
        for part in (self.share, self.cancel, close):
            top.addWidget(part)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(4)
        box.addLayout(top)
        box.addWidget(self.table)
        holder.changed.connect(self._dress)
        self._dress()
        self.hide()

    def retranslate(self) -> None:
        self.table.setHorizontalHeaderLabels([tr(word) for word in _COLUMNS])
        for column, text in _MEANT.items():
            head = self.table.horizontalHeaderItem(column)
            assert head is not None
            head.setToolTip(tr(text))
        self.cancel.setText(tr("取消"))

    def show_wait(self, pens: Sequence[Pen], t0: float, t1: float) -> None:
        """Asked for; the answer may take a while."""
        self._pens = pens
        self.retranslate()
        self._span = _span(t0, t1)
        self.table.setRowCount(0)
        self.show_progress(0, 0)
        self._fit(len(pens))
        self.show()

    def show_progress(self, done: int, total: int) -> None:
        share = f"{done / total:.0%}" if total else ""
        self.about.setText(tr("{span}　正在按原始样本统计… {share}", span=self._span, share=share))
        self.share.show_share(done / total if total else None)
        self._show_waiting(True)

    def show_fault(self, text: str) -> None:
        """Or that it was called off: why there are no figures."""
        self.about.setText(f"{self._span}　{text}")
        self._show_waiting(False)

    def show_figures(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """The station's answer, a mapping a tag."""
        self._show_waiting(False)
        if not rows:
            return
        decimals = {pen.tag.tag: pen.decimals for pen in self._pens}
        units = {pen.tag.tag: pen.tag.unit for pen in self._pens}
        start, end = _seconds(rows[0]["start"]), _seconds(rows[0]["end"])
        samples = sum(row["samples"] for row in rows)
        self.about.setText(
            tr("{span}　区间统计，按 {n} 个原始样本，平均值按时间加权", span=_span(start, end), n=f"{samples:,}")
        )
        self.table.setRowCount(len(rows))
        for place, row in enumerate(rows):
            for column, text in enumerate(cells(row, decimals.get(row["tag"], 1), units.get(row["tag"], ""))):
                self.table.setItem(place, column, QTableWidgetItem(text))
        self._fit(len(rows))

    def _show_waiting(self, waiting: bool) -> None:
        self.share.setVisible(waiting)
        self.cancel.setVisible(waiting)

    def _fit(self, rows: int) -> None:
        shown = min(max(rows, 1), MOST_ROWS)
        wide = self.table.horizontalHeader().length() > self.width()
        bar = self.table.horizontalScrollBar().sizeHint().height() if wide else 0
        self.table.setFixedHeight(ROW * shown + self.table.horizontalHeader().sizeHint().height() + bar + 4)

    def _dress(self) -> None:
        theme = self._holder.theme
        self.table.setStyleSheet(
            f"QTableWidget::item:selected {{ background: {theme.raised}; color: {theme.text}; }}"
            f"QTableWidget {{ background: {theme.surface}; }}"
        )


def cells(row: Mapping[str, Any], decimals: int, unit: str) -> list[str]:
    """In the order of the columns."""

    def value(found: Any, more: int = 0) -> str:
        return "—" if found is None else number(float(found), decimals + more)

    def end(name: str) -> Mapping[str, Any]:
        found: Mapping[str, Any] | None = row[name]
        return found or {"value": None, "at": None}

    low, high = end("min"), end("max")
    change = row["change"]
    beyond = "  ".join(f"{rule} {_long(s)}" for rule, s in row["beyond_s"].items() if s > 0)
    times = f"≥{row['alarms']}" if row["alarms_cut"] else row["alarms"]
    alarms = tr("{long}（{n} 次）", long=_long(row["alarm_s"]), n=times) if row["alarm_s"] or row["alarms"] else "—"
    share = row["good_share"]
    return [
        f"{row['tag']}  {unit}".strip(),
        value(low["value"]), _when(low["at"]), value(high["value"]), _when(high["at"]),
        value(row["mean"], 1), value(row["std"], 2), value(end("first")["value"]), value(end("last")["value"]),
        "—" if change is None else f"{change:+.{decimals}f}",
        beyond or "—", alarms, "—" if share is None else f"{share:.1%}",
        f"{row['bad_samples']:,}" if row["bad_samples"] else "—",
    ]  # fmt: skip


def _seconds(text: str) -> float:
    return from_rfc3339(text) / SECOND


def _when(text: str | None) -> str:
    return "" if text is None else f"{datetime.fromtimestamp(_seconds(text)).astimezone():%Y-%m-%d %H:%M:%S}"


def _span(t0: float, t1: float) -> str:
    return f"{said_dates(t0, t1)}（{_long(t1 - t0)}）"


def _long(seconds: float) -> str:
    """`1:02:03`, `2 天 3:04:05`."""
    whole = round(seconds)
    days, rest = divmod(whole, 86400)
    text = f"{rest // 3600}:{rest // 60 % 60:02d}:{rest % 60:02d}"
    return tr("{n} 天 {time}", n=days, time=text) if days else text

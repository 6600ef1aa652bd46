"""The page of the data quality (数据质量): scores on top, the points worst first, the chosen one beside them. Console side.

Shows what the station worked out and asks for what the person wants; it computes nothing.
"""

from typing import Any

from PySide6.QtCore import QDate, Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QComboBox,
    QDateEdit,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QSizePolicy,
    QSplitter,
    QStackedLayout,
    QVBoxLayout,
    QWidget,
)

from widgets.journal.work import WorkStrip
from widgets.quality.cards import Cards
from widgets.quality.detail import Detail
from widgets.quality.table import PointTable
from widgets.quality.words import KINDS, kind_title
from widgets.theme import ThemeHolder, font
from widgets.vocabulary import local_time
from widgets.words import tr


class QualityPage(QWidget):
    shown = Signal()
    day_wanted = Signal(str)  # 2026-11-21
    run_wanted = Signal(str)
    sheet_wanted = Signal(str)
    patrol_wanted = Signal()
    point_wanted = Signal(str)

    def __init__(self, themes: ThemeHolder) -> None:
        super().__init__()
        self.cards = Cards(themes)
        self.table = PointTable(themes)
        self.detail = Detail(themes)
        self.work = WorkStrip(themes)
        self.day = QDateEdit()
        self.day.setCalendarPopup(True)
        self.day.setDisplayFormat("yyyy-MM-dd")
        self.day.setFont(font(11.5))
        self.day.setAccessibleName(tr("日期"))
        self.day.setDate(QDate.currentDate())
        self.day.dateChanged.connect(lambda date: self.day_wanted.emit(_iso(date)))
        self.kind = QComboBox()
        self.kind.setFont(font(11.5))
        self.kind.addItem(tr("全部问题"), "")
        for kind in KINDS:
            self.kind.addItem(kind_title(kind), kind)
        self.kind.currentIndexChanged.connect(self._sieve)
        self.text = QLineEdit()
        self.text.setFont(font(11.5))
        self.text.setPlaceholderText(tr("位号、名称或设备"))
        self.text.setClearButtonEnabled(True)
        self.text.setFixedWidth(200)
        self.text.textChanged.connect(self._sieve)
        self.again = _button(tr("重新计算"))
        self.again.clicked.connect(lambda: self.run_wanted.emit(self.chosen_day))
        self.sheet = _button(tr("导出 Excel"))
        self.sheet.clicked.connect(lambda: self.sheet_wanted.emit(self.chosen_day))
        self.patrol = _button(tr("填写巡查记录"))
        self.patrol.clicked.connect(self.patrol_wanted)
        self.about = _label(10.5)
        self.about.setObjectName("dim")
        self.note = _label(10.5)
        self.note.setObjectName("dim")
        self.note.setText(tr("产品定义；阈值为默认值，非官方规定"))
        self.empty = _label(13)
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.empty.setWordWrap(True)
        self._group = ("", "")
        self._site: tuple[list[dict[str, Any]], list[dict[str, Any] | str]] = ([], [])
        self.cards.chosen.connect(self._on_group)
        self.table.chosen.connect(self.point_wanted)
        self._lay_out()
        self.show_message("")

    @property
    def chosen_day(self) -> str:
        return _iso(self.day.date())

    def choose_day(self, day: str) -> None:
        """Without asking for it."""
        self.day.blockSignals(True)
        self.day.setDate(QDate.fromString(day, "yyyy-MM-dd"))
        self.day.blockSignals(False)

    # what the station said

    def show_results(self, points: dict[str, Any], hazards: list[dict[str, Any]], sources: list[dict[str, Any]]) -> None:
        """`points` as `GET /quality?by=tag` gives it, the others its rows by hazard source and by source."""
        run = points["run"]
        self.cards.put(points["whole"], hazards, sources)
        self._group = ("", "")
        self.table.points.put(points["rows"])
        self._sieve()
        made = local_time(run["made_at"], date=True)[:-3]
        until = local_time(run["end"])[:5]
        part = tr("（当天，算到 {time}）", time=until) if run["partial"] else ""
        self.about.setText(tr("{made} 计算{part}　{facts}", made=made, part=part, facts=_facts(run["summary"])))
        self.about.setToolTip(self.about.text())
        self._site = (points["findings"], run["summary"].get("notes", []))
        self.detail.show_site(*self._site)
        self.sheet.setEnabled(True)
        self._stack.setCurrentIndex(1)

    def show_message(self, text: str) -> None:
        """Instead of results."""
        self.empty.setText(text)
        self.about.setText("")
        self.sheet.setEnabled(False)
        self._stack.setCurrentIndex(0)

    def clear(self) -> None:
        self.table.points.put([])
        self.detail.clear()
        self.work.hide()
        self.show_message("")

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.shown.emit()

    # inside

    def _on_group(self, by: str, key: str) -> None:
        self._group = (by, key)
        self._sieve()

    def _sieve(self) -> None:
        self.table.points.sieve(*self._group, self.kind.currentData(), self.text.text())
        self.detail.show_site(*self._site)

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        top.setSpacing(8)
        title = _label(15, True)
        title.setText(tr("数据质量"))
        top.addWidget(title)
        top.addSpacing(12)
        for part in (self.day, self.again, self.kind, self.text):
            top.addWidget(part)
        top.addStretch(1)
        top.addWidget(self.patrol)
        top.addWidget(self.sheet)
        self.about.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)  # a long summary widens no window
        below = QHBoxLayout()
        below.setSpacing(16)
        below.addWidget(self.about, 1)
        below.addWidget(self.note)
        split = QSplitter(Qt.Orientation.Horizontal)
        split.setChildrenCollapsible(False)
        split.addWidget(self.table)
        split.addWidget(self.detail)
        split.setStretchFactor(0, 5)
        split.setStretchFactor(1, 3)
        split.setSizes([1160, 700])
        body = QWidget()
        column = QVBoxLayout(body)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(10)
        column.addWidget(self.cards)
        column.addWidget(split, 1)
        place = QWidget()
        self._stack = QStackedLayout(place)
        self._stack.addWidget(self.empty)
        self._stack.addWidget(body)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(18, 12, 18, 14)
        whole.setSpacing(10)
        whole.addLayout(top)
        whole.addLayout(below)
        whole.addWidget(self.work)
        whole.addWidget(place, 1)


def _facts(summary: dict[str, Any]) -> str:
    """What is known of the whole site beyond its points."""
    said = []
    for key, title in (("enterprise_online", "企业在线率"),):
        if summary.get(key) is not None:
            said.append(f"{tr(title)} {int(summary[key] * 10_000) / 100:.2f} %")
    if summary.get("video"):
        said.append(f"{tr('视频在线率')} {int(summary['video']['online'] * 10_000) / 100:.2f} %")
    if summary.get("interlocks"):
        said.append(f"{tr('联锁投用率')} {int(summary['interlocks']['in_service'] * 10_000) / 100:.2f} %")
    return "　".join(said)


def _iso(date: QDate) -> str:
    return str(date.toString("yyyy-MM-dd"))


def _label(size: float, bold: bool = False) -> QLabel:
    made = QLabel()
    made.setFont(font(size, bold))
    made.setTextFormat(Qt.TextFormat.PlainText)
    return made


def _button(text: str) -> QPushButton:
    made = QPushButton(text)
    made.setFont(font(11.5))
    made.setAutoDefault(False)
    return made

"""What report to make (生成报表): its kind, its period, the part of the plant. Console side.

Knows the kinds and parts from the station's answer; a period is chosen as the last one that is over, the one that runs, or any
other by a day in it.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from PySide6.QtCore import QDate, Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QComboBox, QDateEdit, QFormLayout, QFrame, QLabel, QPushButton, QVBoxLayout

from app.domain.settings.reports import SPANS
from widgets.theme import font
from widgets.words import tr

SPAN_NAMES = {"shift": "班", "day": "日", "week": "周", "month": "月"}
LAST, NOW, OTHER = "last", "now", "other"


class Chooser(QFrame):
    wanted = Signal(object)  # {"kind", "period", "scope"}, as POST /reports takes it

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("card")
        self._periods: Mapping[str, Any] = {}
        self.kind, self.span, self.scope, self.shift = (_box() for _ in range(4))
        self.day = QDateEdit(QDate.currentDate())
        self.day.setDisplayFormat("yyyy-MM-dd")
        self.day.setCalendarPopup(True)
        self.day.setFont(font(12))
        self._which = QButtonGroup(self)
        self.which = {name: QPushButton() for name in (LAST, NOW, OTHER)}
        for number, (name, button) in enumerate(self.which.items()):
            button.setCheckable(True)
            button.setChecked(name == LAST)
            button.setFont(font(12))
            button.setStyleSheet("text-align: left;")
            self._which.addButton(button, number)
        self.make = QPushButton(tr("生成"))
        self.make.setObjectName("primary")
        self.make.setFont(font(13))
        self.make.setMinimumHeight(38)
        self.make.clicked.connect(self._ask)
        self.about = _label("", 11)
        self.about.setWordWrap(True)
        self.about.setObjectName("dim")
        self._lay_out()
        for box in (self.kind, self.span):
            box.currentIndexChanged.connect(self._fit)
        self._which.idClicked.connect(self._fit)
        self.setEnabled(False)

    def put(self, answer: Mapping[str, Any]) -> None:
        """As `GET /reports` gives it; what was chosen stays chosen."""
        self._periods = answer["periods"]
        _fill(self.kind, [(one["kind"], tr(one["title"])) for one in answer["kinds"]])
        _fill(self.span, [(span, tr(SPAN_NAMES[span])) for span in SPANS])
        _fill(self.shift, [(name, name) for name in answer["shifts"]])
        areas = [(("area", name), tr("区域 {name}", name=name)) for name in answer["areas"]]
        hazards = [(("hazard", code), tr("重大危险源 {code}", code=code)) for code in answer["hazards"]]
        _fill(self.scope, [(("site", ""), tr("全厂")), *areas, *hazards])
        self.setEnabled(True)
        self._fit()

    def put_about(self, text: str) -> None:
        self.about.setText(text)

    def clear(self) -> None:
        self.setEnabled(False)
        self.about.setText("")

    @property
    def chosen_span(self) -> str:
        kind = self.kind.currentData()
        return str(kind if kind in SPANS else self.span.currentData() or "month")

    def period(self) -> str:
        """The key of the chosen period; "" when there is none."""
        span, at = self.chosen_span, self.day.date()
        day = date(at.year(), at.month(), at.day())
        which = next(name for name, button in self.which.items() if button.isChecked())
        if which != OTHER:
            one = self._periods.get(span, {}).get(which)
            return "" if one is None else str(one["key"])
        if span == "shift":
            return f"{day:%Y-%m-%d}/{self.shift.currentData()}"
        if span == "week":
            year, week, _ = day.isocalendar()
            return f"{year}-W{week:02d}"
        return f"{day:%Y-%m-%d}" if span == "day" else f"{day:%Y-%m}"

    def _fit(self) -> None:
        span = self.chosen_span
        self._first.setRowVisible(self.span, self.kind.currentData() not in SPANS)
        of = self._periods.get(span, {})
        for name, words in ((LAST, tr("最近过完的")), (NOW, tr("正在进行的，截至现在"))):
            one = of.get(name)
            self.which[name].setText(f"{words}\n{one['title']}" if one else tr("{words}：没有", words=words))
            self.which[name].setEnabled(one is not None)
        others = {"shift": tr("另选一个班次"), "day": tr("另选一天"), "week": tr("另选一周"), "month": tr("另选一个月")}
        self.which[OTHER].setText(others[span])
        other = self.which[OTHER].isChecked()
        self._other.setRowVisible(self.day, other)
        self._other.setRowVisible(self.shift, other and span == "shift")
        self.make.setEnabled(bool(self.period()))

    def _ask(self) -> None:
        kind, code = self.scope.currentData()
        self.wanted.emit({"kind": self.kind.currentData(), "period": self.period(), "scope": {"kind": kind, "code": code}})

    def _lay_out(self) -> None:
        self._first, self._other = _form(), _form()
        self._first.addRow(_label(tr("报表"), 12), self.kind)
        self._first.addRow(_label(tr("范围"), 12), self.scope)
        self._first.addRow(_label(tr("时段"), 12), self.span)
        self._other.addRow(_label(tr("哪天"), 12), self.day)
        self._other.addRow(_label(tr("班次"), 12), self.shift)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 14, 16, 14)
        column.setSpacing(10)
        column.addWidget(_label(tr("生成报表"), 15, bold=True))
        column.addLayout(self._first)
        for button in self.which.values():
            column.addWidget(button)
        column.addLayout(self._other)
        column.addSpacing(4)
        column.addWidget(self.make)
        column.addStretch(1)
        column.addWidget(self.about)


def _fill(box: QComboBox, entries: list[tuple[Any, str]]) -> None:
    before = box.currentData()
    if [(box.itemData(at), box.itemText(at)) for at in range(box.count())] == entries:
        return
    box.blockSignals(True)
    box.clear()
    for data, text in entries:
        box.addItem(text, data)
        if data == before:
            box.setCurrentIndex(box.count() - 1)
    box.blockSignals(False)


def _form() -> QFormLayout:
    made = QFormLayout()
    made.setSpacing(10)
    made.setLabelAlignment(Qt.AlignmentFlag.AlignLeft)
    made.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
    return made


def _box() -> QComboBox:
    made = QComboBox()
    made.setFont(font(12))
    made.setMinimumContentsLength(6)  # the longest entry would leave no room for the label
    made.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    return made


def _label(text: str, size: float, bold: bool = False) -> QLabel:
    made = QLabel(text)
    made.setFont(font(size, bold))
    made.setTextFormat(Qt.TextFormat.PlainText)
    return made

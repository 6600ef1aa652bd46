"""The ways out (通知通道), one line each: whether it works, what waits, when it last worked, and a test. Console side."""

from typing import Any

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from widgets.alarms.elided import Elided
from widgets.dispatch.words import kind_word, outlet_word
from widgets.theme import ThemeHolder, font
from widgets.vocabulary import local_time
from widgets.words import tr


class Lamp(QWidget):
    """Grey disc: works; hollow: not used yet; diamond with a mark: it does not. Shape, never colour alone."""

    def __init__(self, themes: ThemeHolder) -> None:
        super().__init__()
        self._themes = themes
        self._state = "idle"
        self.setFixedSize(22, 22)
        themes.changed.connect(self.update)

    def put(self, state: str) -> None:
        if state != self._state:
            self._state = state
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._themes.theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.translate(11, 11)
        if self._state in ("failing", "retrying"):
            painter.rotate(45)
            painter.setPen(QPen(QColor(theme.bad), 2))
            painter.setBrush(QColor(theme.bad) if self._state == "failing" else QColor(theme.surface))
            painter.drawRect(-6, -6, 12, 12)
            painter.rotate(-45)
            painter.setPen(QColor(theme.background if self._state == "failing" else theme.text))
            painter.setFont(font(9, bold=True))
            painter.drawText(QRectF(-8, -8, 16, 16), Qt.AlignmentFlag.AlignCenter, "!")
        else:
            painter.setPen(QPen(QColor(theme.text_dim), 1.6))
            painter.setBrush(QColor(theme.text_dim) if self._state == "ok" else QColor(theme.surface))
            painter.drawEllipse(-6, -6, 12, 12)
        painter.end()


class OutletPanel(QFrame):
    test_wanted = Signal(str)

    def __init__(self, themes: ThemeHolder) -> None:
        super().__init__()
        self.setObjectName("card")
        self._themes = themes
        self._may_test = False
        self._shown: list[dict[str, Any]] = []
        self._parts: dict[str, dict[str, Any]] = {}
        self._said: dict[str, str] = {}
        column = QVBoxLayout(self)
        column.setContentsMargins(18, 14, 18, 14)
        column.addWidget(_label(tr("通知通道"), 13.5, bold=True))
        self._empty = _label(
            tr("还没有通知通道。在 site.toml 写 [[dispatch.outlet]]、[[dispatch.person]] 和 [[dispatch.rule]] 后，"
               "未确认的报警会发给责任人。"), 12, dim=True,
        )  # fmt: skip
        self._empty.setWordWrap(True)
        column.addWidget(self._empty)
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(18)
        self._grid.setVerticalSpacing(8)
        self._grid.setColumnStretch(6, 1)
        column.addLayout(self._grid)
        column.addStretch(1)

    def allow_test(self, may: bool) -> None:
        self._may_test = may
        for parts in self._parts.values():
            parts["test"].setVisible(may)

    def show_outlets(self, outlets: list[dict[str, Any]]) -> None:
        if [one["name"] for one in outlets] != list(self._parts):
            self._build(outlets)
        self._empty.setVisible(not outlets)
        for one in outlets:
            self._show_one(one)

    def show_test(self, name: str, said: str) -> None:
        """The outcome in words; "" while it is under way."""
        parts = self._parts.get(name)
        if parts is not None:
            self._said[name] = said
            parts["test"].setEnabled(bool(said))
            parts["about"].say(said or tr("正在试发…"))

    def _build(self, outlets: list[dict[str, Any]]) -> None:
        while (item := self._grid.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.deleteLater()
        self._parts.clear()
        self._said.clear()
        if not outlets:
            return
        for column, title in enumerate(("", tr("通道"), tr("状态"), tr("待发"), tr("最近发出"), tr("类型"), tr("说明"))):
            self._grid.addWidget(_label(title, 11, dim=True), 0, column)
        for row, one in enumerate(outlets, 1):
            test = QPushButton(tr("测试"))
            test.setFont(font(12))
            test.setVisible(self._may_test)
            test.clicked.connect(lambda _=False, name=one["name"]: self._on_test(name))
            about = Elided(12, dim=True)
            about.setMinimumHeight(34)
            parts: dict[str, Any] = {
                "lamp": Lamp(self._themes), "name": _label(one["name"], 13, bold=True), "state": _label("", 12),
                "waiting": _label("", 12), "sent": _label("", 12), "kind": _label(kind_word(one["kind"]), 12, dim=True),
                "about": about, "test": test,
            }  # fmt: skip
            for column, name in enumerate(("lamp", "name", "state", "waiting", "sent", "kind", "about", "test")):
                self._grid.addWidget(parts[name], row, column, Qt.AlignmentFlag.AlignVCenter)
            self._parts[one["name"]] = parts

    def _show_one(self, one: dict[str, Any]) -> None:
        parts = self._parts[one["name"]]
        parts["lamp"].put(one["state"])
        parts["state"].setText(outlet_word(one["state"]))
        parts["waiting"].setText(str(one["waiting"]))
        parts["sent"].setText(local_time(one["sent_at"], date=True) or tr("从未"))
        if one["fault"]:
            parts["about"].say(tr("自 {at}：{why}", at=local_time(one["since"]), why=one["fault"]))
        elif not self._said.get(one["name"], "x"):
            return  # a test is under way
        else:
            parts["about"].say(self._said.get(one["name"], ""))

    def _on_test(self, name: str) -> None:
        self.show_test(name, "")
        self.test_wanted.emit(name)


def _label(text: str, size: float, bold: bool = False, dim: bool = False) -> QLabel:
    made = QLabel(text)
    made.setFont(font(size, bold))
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
    if dim:
        made.setObjectName("dim")
    return made

"""One part of the running of the system as a column: its state in a word with a lamp, its counts, its lines, worst first.

Console side. Grey while all is well; a lamp differs by shape and word, not by colour alone. A line says what was measured,
since when, and what to do.
"""

from typing import Any

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from app.domain.saying import worded
from widgets.theme import ThemeHolder, font
from widgets.vocabulary import local_time
from widgets.words import tr

TITLES = {"sensors": "传感器", "cameras": "摄像机", "gateways": "网关与控制器", "network": "网络", "platform": "平台"}
STATES = {"bad": "故障", "warn": "注意", "unknown": "未知", "ok": "正常"}
_LAMP = 14
_CALM = 40  # lines that are well and shown; more of them only as a number


class Lamp(QWidget):
    """Disc: well. Triangle: look at it. Square: broken. Hollow: nobody knows. The colours of alarms are for alarms alone."""

    def __init__(self, holder: ThemeHolder, size: int = _LAMP) -> None:
        super().__init__()
        self._holder, self._size, self.state = holder, size, "unknown"
        self.setFixedSize(QSize(size + 2, size + 2))
        holder.changed.connect(self.update)

    def show_state(self, state: str) -> None:
        self.state = state
        self.setAccessibleName(tr(STATES.get(state, STATES["unknown"])))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._holder.theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(1.5, 1.5, self._size - 1, self._size - 1)
        if self.state == "bad":
            painter.setPen(QPen(QColor(theme.symbol_outline), 1))
            painter.setBrush(QColor(theme.bad))
            painter.drawRect(box)
        elif self.state == "warn":
            painter.setPen(QPen(QColor(theme.bad), 1.5))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            corners = [QPointF(box.center().x(), box.top()), box.bottomRight(), box.bottomLeft()]
            painter.drawPolygon(QPolygonF(corners))
        else:
            painter.setPen(QPen(QColor(theme.text_dim), 1.5))
            painter.setBrush(QColor(theme.text_dim) if self.state == "ok" else Qt.BrushStyle.NoBrush)
            painter.drawEllipse(box.adjusted(1, 1, -1, -1))
        painter.end()


class LineCard(QWidget):
    def __init__(self, line: dict[str, Any], holder: ThemeHolder) -> None:
        super().__init__()
        lamp = Lamp(holder, 11)
        lamp.show_state(line["state"])
        name = _label(_said(line, "name"), 11.5, bold=line["state"] in ("bad", "warn"))
        said = _said(line, "said")
        if line.get("since"):
            said += tr("（{at} 起）", at=local_time(line["since"], date=True))
        column = QVBoxLayout()
        column.setSpacing(1)
        column.addWidget(name)
        column.addWidget(_label(said, 11, dim=line["state"] in ("ok", "unknown")))
        if line.get("todo"):
            column.addWidget(_label("→ " + _said(line, "todo"), 11))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 4, 0, 4)
        row.setSpacing(8)
        row.addWidget(lamp, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(column, 1)


class PartColumn(QFrame):
    def __init__(self, part: str, holder: ThemeHolder) -> None:
        super().__init__()
        self.part = part
        self._holder = holder
        self.setObjectName("card")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.lamp = Lamp(holder)
        self.word = _label("", 12.5, bold=True)
        self.said = _label("", 11)
        head = QHBoxLayout()
        head.addWidget(_label(tr(TITLES[part]), 14, bold=True), 1)
        head.addWidget(self.lamp)
        head.addWidget(self.word)
        self.word.setWordWrap(False)
        self.cards: list[LineCard] = []
        self._lines = QVBoxLayout()
        self._lines.setContentsMargins(0, 0, 8, 0)
        self._lines.setSpacing(0)
        self._lines.addStretch(1)
        inside = QWidget()
        inside.setLayout(self._lines)
        area = QScrollArea()
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(inside)
        area.viewport().setAutoFillBackground(False)
        inside.setAutoFillBackground(False)  # Qt fills the widget of a scroll area
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 12, 6, 12)
        column.addLayout(head)
        column.addWidget(self.said)
        column.addWidget(area, 1)

    def put(self, part: dict[str, Any]) -> None:
        """One of `parts` of `GET /operations`."""
        self.lamp.show_state(part["state"])
        self.word.setText(tr(STATES[part["state"]]))
        counts = "  ".join(f"{tr(STATES[state])} {part['count'][state]}" for state in STATES if part["count"].get(state))
        self.said.setText(f"{_said(part, 'said')}\n{counts}")
        self._clear()
        self.cards = [LineCard(line, self._holder) for line in part["lines"][:_CALM]]
        for card in self.cards:
            self._lines.insertWidget(self._lines.count() - 1, card)
        shown = min(len(part["lines"]), _CALM)
        unsaid = sum(count for state, count in part["count"].items() if state != "ok") - shown
        if unsaid > 0:
            self._lines.insertWidget(self._lines.count() - 1, _label(tr("另有 {n} 项没有列出", n=unsaid), 11, dim=True))
        elif not part["lines"]:
            self._lines.insertWidget(0, _label(tr("没有异常。"), 11.5, dim=True))

    def _clear(self) -> None:
        while self._lines.count() > 1:
            taken = self._lines.takeAt(0)
            if taken is not None and (old := taken.widget()) is not None:
                old.deleteLater()


def _said(told: dict[str, Any], what: str) -> str:
    """In the language of the desk, from text and figures; of an older station as it says it."""
    text = (told.get("words") or {}).get(what)
    return worded(text, told.get("figures") or {}, tr) if text else str(told.get(what) or "")


def _label(text: str, size: float, bold: bool = False, dim: bool = False) -> QLabel:
    made = QLabel(text)
    made.setFont(font(size, bold))
    made.setWordWrap(True)
    made.setTextFormat(Qt.TextFormat.PlainText)
    if dim:
        made.setObjectName("dim")
    return made

"""What every part of the card stands in: a frame with a heading; and labels of the card's sizes."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QPixmap, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QLayout, QSizePolicy, QVBoxLayout, QWidget

from widgets.theme import font

EDGE = 12


class Panel(QFrame):
    """`bar` takes what belongs beside the heading, `body` the rest. `remark` is small and dim, right of the heading."""

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("card")
        self.title = text_label(11.5, bold=True)
        self.title.setText(title)
        self.remark = text_label(10, dim=True)
        self.remark.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.bar = QHBoxLayout()
        self.bar.setContentsMargins(EDGE, 7, EDGE, 3)
        self.bar.setSpacing(8)
        self._symbol = QLabel()
        self._symbol.hide()
        self.bar.addWidget(self._symbol)
        self.bar.addWidget(self.title)
        self.bar.addWidget(self.remark, 1)
        self.body = QVBoxLayout()
        self.body.setContentsMargins(EDGE, 2, EDGE, 8)
        self.body.setSpacing(4)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(self.bar)
        column.addLayout(self.body, 1)

    def show_symbol(self, symbol: QPixmap | None) -> None:
        """Before the heading."""
        self._symbol.setVisible(symbol is not None)
        if symbol is not None:
            self._symbol.setPixmap(symbol)


def text_label(size: float, bold: bool = False, dim: bool = False, wrap: bool = False) -> QLabel:
    made = QLabel()
    made.setFont(font(size, bold))
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.setWordWrap(wrap)
    if dim:
        made.setObjectName("dim")
    return made


class Elided(QLabel):
    """A line that gives way: what does not fit is cut with "…" and stands in the tool tip. `full`: the whole text."""

    def __init__(self, size: float, bold: bool = False, dim: bool = False) -> None:
        super().__init__()
        self.full = ""
        self.setFont(font(size, bold))
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        if dim:
            self.setObjectName("dim")

    def setText(self, text: str) -> None:
        self.full = text
        self.setToolTip(text)
        self._cut()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._cut()

    def _cut(self) -> None:
        cut = self.fontMetrics().elidedText(self.full, Qt.TextElideMode.ElideRight, max(0, self.width()))
        if cut != self.text():
            super().setText(cut)


def clear_layout(layout: QLayout) -> None:
    """Everything in it goes."""
    while (item := layout.takeAt(0)) is not None:
        if (widget := item.widget()) is not None:
            widget.hide()
            widget.deleteLater()
        elif (inner := item.layout()) is not None:
            clear_layout(inner)

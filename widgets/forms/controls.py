"""The plain controls of the form pages, at the desk's sizes. Console side."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QLayout, QPushButton, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from widgets.theme import font

HIGH = 34


def label(text: str = "", size: float = 12, bold: bool = False, dim: bool = False, wrap: bool = False) -> QLabel:
    made = QLabel(text)
    made.setFont(font(size, bold))
    made.setTextFormat(Qt.TextFormat.PlainText)  # what people typed is never markup
    made.setWordWrap(wrap)
    if dim:
        made.setObjectName("dim")
    return made


def button(text: str, primary: bool = False, name: str = "") -> QPushButton:
    """`name`: what a screen reader says, where the text is only a sign."""
    made = QPushButton(text)
    made.setFont(font(12, bold=primary))
    made.setMinimumHeight(HIGH)
    made.setAutoDefault(False)
    if primary:
        made.setObjectName("primary")
    if name:
        made.setAccessibleName(name)
        made.setToolTip(name)
    return made


def name_look(widget: QWidget, name: str) -> None:
    """Takes the look of that name from the style sheet, "" the plain one."""
    if widget.objectName() != name:
        widget.setObjectName(name)
        widget.style().unpolish(widget)
        widget.style().polish(widget)


def row(*parts: QWidget | int, gap: int = 8) -> QHBoxLayout:
    """Side by side; a number is room that stretches by it."""
    made = QHBoxLayout()
    made.setContentsMargins(0, 0, 0, 0)
    made.setSpacing(gap)
    _fill(made, parts)
    return made


def column(*parts: QWidget | QLayout | int, gap: int = 8, margins: tuple[int, int, int, int] = (0, 0, 0, 0)) -> QVBoxLayout:
    made = QVBoxLayout()
    made.setContentsMargins(*margins)
    made.setSpacing(gap)
    _fill(made, parts)
    return made


def line() -> QWidget:
    """A hair line across, in the quiet colour of separators."""
    made = _Line()
    made.setFixedHeight(1)
    made.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
    return made


class _Line(QWidget):
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), self.palette().mid())  # the theme's line
        painter.end()


def scrolling(inner: QWidget) -> QScrollArea:
    """Up and down only, without a frame; the Tab key goes past it to what is inside."""
    made = QScrollArea()
    made.setWidgetResizable(True)
    made.setFrameShape(QFrame.Shape.NoFrame)
    made.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    made.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    made.setWidget(inner)
    return made


def empty_out(layout: QLayout) -> None:
    """Everything in it goes; deleted by Qt when it is safe."""
    while (item := layout.takeAt(0)) is not None:
        widget = item.widget()
        if widget is not None:
            widget.hide()
            widget.setParent(None)
            widget.deleteLater()
        elif (inner := item.layout()) is not None:
            empty_out(inner)


def _fill(layout: QHBoxLayout | QVBoxLayout, parts: tuple[QWidget | QLayout | int, ...]) -> None:
    for part in parts:
        if isinstance(part, int):
            layout.addStretch(part)
        elif isinstance(part, QWidget):
            layout.addWidget(part)
        else:
            layout.addLayout(part)

"""A line of text that ends in … where it has no more room; all of it in its tool tip. Console side."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QLabel, QSizePolicy

from widgets.theme import font


class Elided(QLabel):
    def __init__(self, size: float, bold: bool = False, dim: bool = False) -> None:
        super().__init__()
        self._whole = ""
        self.setFont(font(size, bold=bold))
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        if dim:
            self.setObjectName("dim")

    @property
    def whole(self) -> str:
        return self._whole

    def say(self, text: str) -> None:
        if text != self._whole:
            self._whole = text
            self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        shown = self.fontMetrics().elidedText(self._whole, Qt.TextElideMode.ElideRight, self.contentsRect().width())
        self.setText(shown)
        self.setToolTip(self._whole if shown != self._whole else "")

"""A flat button with a word on it, as bars and lists of video have them. Console side."""

from PySide6.QtWidgets import QToolButton

from widgets.theme import font


def tool(text: str, size: float = 11.5, high: int = 32, checkable: bool = False) -> QToolButton:
    made = QToolButton()
    made.setText(text)
    made.setFont(font(size))
    made.setCheckable(checkable)
    made.setMinimumHeight(high)
    return made

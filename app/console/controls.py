"""The few plain controls the console's own pages are made of, at the desk's sizes. Console side."""

from PySide6.QtGui import QFont
from PySide6.QtWidgets import QLabel, QLineEdit, QPushButton

from widgets.theme import font

_HIGH = 36


def label(text: str, size: float, bold: bool = False, dim: bool = False) -> QLabel:
    made = QLabel(text)
    made.setFont(font(size, bold))
    if dim:
        made.setObjectName("dim")
    return made


def field(text: str, hint: str) -> QLineEdit:
    made = QLineEdit(text)
    made.setPlaceholderText(hint)
    made.setFont(font(12.5))
    made.setMinimumHeight(_HIGH)
    return made


def button(text: str, primary: bool = False) -> QPushButton:
    made = QPushButton(text)
    made.setFont(font(12.5))
    made.setMinimumHeight(_HIGH)
    if primary:
        made.setObjectName("primary")
        made.setMinimumWidth(120)
    return made


def mono(size: float) -> QFont:
    """For thumbprints: every character of one width."""
    made = font(size)
    made.setFamilies(["Noto Sans Mono CJK SC", "DejaVu Sans Mono", "Consolas"])
    return made

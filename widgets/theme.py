"""Colours and type of the whole desk, night and day. High-performance HMI: grey is normal, colour is for the abnormal.

Contrast and colour-blind separation of these values were measured (WCAG, Machado 2009). Colour never stands alone: every
priority has a shape and a numeral too (`widgets.symbols`). Alarm fills always carry black text.
"""

from dataclasses import dataclass

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QFont, QGuiApplication, QPalette

from app.domain.tag import Priority


@dataclass(frozen=True, slots=True)
class Theme:
    """Every colour a widget may use, as `#rrggbb`."""

    name: str
    background: str  # pages, plant picture
    surface: str  # panels, tables
    raised: str  # headers, buttons
    line: str  # separators, grid
    text: str
    text_dim: str
    equipment_line: str
    equipment_fill: str
    level_fill: str  # content of a tank
    running: str
    stopped: str
    priority: tuple[str, str, str, str]  # 1 red, 2 orange, 3 yellow, 4 blue
    symbol_outline: str
    bad: str  # bad quality and stale: not an alarm
    focus: str
    pens: tuple[str, ...]  # trend curves

    def alarm(self, priority: Priority) -> str:
        return self.priority[priority - 1]


NIGHT = Theme(
    name="night",
    background="#1f2326",
    surface="#262b2f",
    raised="#30363b",
    line="#3d444a",
    text="#d7dbde",
    text_dim="#a3abb2",
    equipment_line="#7d868e",
    equipment_fill="#343a40",
    level_fill="#5f7d94",
    running="#c9d1d6",
    stopped="#343a40",
    priority=("#f0435c", "#f79a1e", "#fff27a", "#2f9be6"),
    symbol_outline="#1d2125",
    bad="#d58be0",
    focus="#9fb8c9",
    pens=("#9ecbe8", "#e3c48f", "#a8d5a2", "#d9a3c7", "#c3c7cb", "#8fb3d9", "#d7d08a", "#b7a3e0"),
)

DAY = Theme(
    name="day",
    background="#d4d7d9",
    surface="#e2e5e7",
    raised="#c6cacd",
    line="#aeb4b9",
    text="#1d2125",
    text_dim="#4a5258",
    equipment_line="#5b646b",
    equipment_fill="#bfc5c9",
    level_fill="#7d9aaf",
    running="#f4f6f7",
    stopped="#9aa2a8",
    priority=("#e0354f", "#f08c00", "#ffe94d", "#2a8fd8"),
    symbol_outline="#1d2125",
    bad="#8e2fa0",
    focus="#2d5f82",
    pens=("#1f5f8b", "#8a5a00", "#2d6b2a", "#8b2f6b", "#43494e", "#3a57a0", "#6b6400", "#5a3fa0"),
)

THEMES = {"night": NIGHT, "day": DAY}
FONT_FAMILIES = ["Noto Sans CJK SC", "Source Han Sans SC", "Microsoft YaHei UI", "WenQuanYi Micro Hei", "Noto Sans SC"]


class ThemeHolder(QObject):
    """The theme in use; widgets read `theme` when they paint and repaint on `changed`. One per application, handed down."""

    changed = Signal()

    def __init__(self, theme: Theme = NIGHT) -> None:
        super().__init__()
        self.theme = theme

    def set_theme(self, theme: Theme) -> None:
        if theme is not self.theme:
            self.theme = theme
            self.changed.emit()


def font(size: float = 10.5, bold: bool = False) -> QFont:
    """The desk's type at `size` points, digits all of one width where the family has them."""
    made = QFont(FONT_FAMILIES)
    made.setPointSizeF(size)
    made.setBold(bold)
    made.setStyleHint(QFont.StyleHint.SansSerif)
    made.setFeature(QFont.Tag("tnum"), 1)
    return made


def palette(theme: Theme) -> QPalette:
    made = QPalette()
    role = QPalette.ColorRole
    for where, colour in (
        (role.Window, theme.background),
        (role.WindowText, theme.text),
        (role.Base, theme.surface),
        (role.AlternateBase, theme.raised),
        (role.Text, theme.text),
        (role.PlaceholderText, theme.text_dim),
        (role.Button, theme.raised),
        (role.ButtonText, theme.text),
        (role.ToolTipBase, theme.raised),
        (role.ToolTipText, theme.text),
        (role.Highlight, theme.focus),
        (role.HighlightedText, theme.background if theme.name == "night" else "#ffffff"),
        (role.Mid, theme.line),
        (role.Light, theme.line),
        (role.Dark, theme.line),
    ):
        made.setColor(where, QColor(colour))
    for where in (role.WindowText, role.Text, role.ButtonText):
        made.setColor(QPalette.ColorGroup.Disabled, where, QColor(theme.text_dim))
    return made


def tell_platform(theme: Theme) -> None:
    """Window frames and native dialogs follow."""
    scheme = Qt.ColorScheme.Dark if theme.name == "night" else Qt.ColorScheme.Light
    hints = QGuiApplication.styleHints()
    if hasattr(hints, "setColorScheme"):
        hints.setColorScheme(scheme)

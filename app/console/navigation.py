"""The pages of the desk, down the left side: icon, word, key. Console side."""

from collections.abc import Iterable

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeySequence, QPainter, QPaintEvent, QShortcut
from PySide6.QtWidgets import QAbstractButton, QButtonGroup, QVBoxLayout, QWidget

from app.console.icons import picture
from widgets.theme import ThemeHolder, font

WIDTH = 104
_HEIGHT = 84


class PageButton(QAbstractButton):
    def __init__(self, themes: ThemeHolder, icon: str, text: str, key: str) -> None:
        super().__init__()
        self._themes = themes
        self._icon = icon
        self._key = key
        self.setText(text)
        self.setAccessibleName(f"{text} {key}")
        self.setCheckable(True)
        self.setFixedSize(WIDTH, _HEIGHT)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        themes.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(WIDTH, _HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._themes.theme
        painter = QPainter(self)
        if self.isChecked():
            painter.fillRect(self.rect(), QColor(theme.background))
            painter.fillRect(0, 0, 4, self.height(), QColor(theme.focus))
        elif self.underMouse():
            painter.fillRect(self.rect(), QColor(theme.raised))
        ink = theme.text if self.isChecked() else theme.text_dim
        painter.drawPixmap((WIDTH - 28) // 2, 13, picture(self._icon, ink, 28))
        painter.setPen(QColor(ink))
        painter.setFont(font(12, bold=self.isChecked()))
        painter.drawText(QRectF(0, 43, WIDTH, 20), Qt.AlignmentFlag.AlignCenter, self.text())
        painter.setPen(QColor(theme.text_dim))
        painter.setFont(font(8.5))
        painter.drawText(QRectF(0, 62, WIDTH, 15), Qt.AlignmentFlag.AlignCenter, self._key)
        if self.hasFocus():
            painter.setPen(QColor(theme.focus))
            painter.drawRect(self.rect().adjusted(4, 0, -1, -1))
        painter.end()


class Navigation(QWidget):
    chosen = Signal(str)

    def __init__(self, themes: ThemeHolder) -> None:
        super().__init__()
        self._themes = themes
        self._names: list[str] = []
        self._group = QButtonGroup(self)
        self._group.idClicked.connect(self._on_clicked)
        self.setFixedWidth(WIDTH)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self._column.addStretch(1)
        themes.changed.connect(self.update)

    def add(self, name: str, icon: str, text: str) -> None:
        """Pages are reached with F1, F2 … in the order they are added; F9 is the silence of the horn."""
        number = len(self._names)
        key = f"F{number + 1 + (number >= 8)}"
        button = PageButton(self._themes, icon, text, key)
        self._names.append(name)
        self._group.addButton(button, number)
        self._column.insertWidget(number, button)
        shortcut = QShortcut(QKeySequence(key), self)
        shortcut.setContext(Qt.ShortcutContext.WindowShortcut)
        shortcut.activated.connect(button.click)

    def show_for(self, names: Iterable[str]) -> None:
        """Only these pages are offered (by role)."""
        wanted = set(names)
        for number, name in enumerate(self._names):
            button = self._group.button(number)
            button.setVisible(name in wanted)
            button.setEnabled(name in wanted)

    def show_chosen(self, name: str) -> None:
        if name in self._names:
            self._group.button(self._names.index(name)).setChecked(True)

    def _on_clicked(self, number: int) -> None:
        self.chosen.emit(self._names[number])

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._themes.theme
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(theme.surface))
        painter.fillRect(self.width() - 1, 0, 1, self.height(), QColor(theme.line))
        painter.end()

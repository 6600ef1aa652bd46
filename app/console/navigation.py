"""The pages of the desk, down the left side: icon, word, key. Console side."""

from collections.abc import Iterable

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDropEvent,
    QFontMetrics,
    QKeySequence,
    QPainter,
    QPaintEvent,
    QPen,
    QShortcut,
)
from PySide6.QtWidgets import QAbstractButton, QButtonGroup, QSizePolicy, QVBoxLayout, QWidget

from app.console.icons import picture
from widgets.theme import ThemeHolder, font
from widgets.words import tr

WIDTH = 104
_HEIGHT, _LOW = 84, 44  # a desk of many pages has lower buttons
_ROOMY = 76  # from here on icon, word and key stand under each other
_KEYS = tuple(f"F{number}" for number in range(1, 13) if number != 9)  # F9 is the silence of the horn


class PageButton(QAbstractButton):
    """`dropped`: something its page takes was let go over it."""

    dropped = Signal()

    def __init__(self, themes: ThemeHolder, icon: str, text: str, key: str) -> None:
        super().__init__()
        self._themes = themes
        self._icon = icon
        self._key = key
        self.badge, self.urgent = "", False
        self._taker: QWidget | None = None
        self._carried = False  # something is held over it
        self.setText(text)
        self.setAccessibleName(f"{text} {key}".strip())
        self.setCheckable(True)
        self.setFixedWidth(WIDTH)
        self.setMinimumHeight(_LOW)
        self.setMaximumHeight(_HEIGHT)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Preferred)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        themes.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(WIDTH, _HEIGHT)

    def show_badge(self, text: str, urgent: bool) -> None:
        """A number at the icon; `urgent`: something of it is overdue."""
        if (text, urgent) != (self.badge, self.urgent):
            self.badge, self.urgent = text, urgent
            said = (
                tr("{page}，{n} 项，有超时", page=self.text(), n=text)
                if urgent
                else tr("{page}，{n} 项", page=self.text(), n=text)
            )
            self.setAccessibleDescription(said if text else "")
            self.setToolTip(said if text else "")
            self.update()

    def take_drops(self, page: QWidget) -> None:
        """What its page takes, it takes for it."""
        self._taker = page
        self.setAcceptDrops(True)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if self._taker is not None:
            self._taker.dragEnterEvent(event)
            self._show_carried(event.isAccepted())

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self._show_carried(False)

    def dropEvent(self, event: QDropEvent) -> None:
        self._show_carried(False)
        if self._taker is not None:
            self._taker.dropEvent(event)
            self.dropped.emit()

    def _show_carried(self, carried: bool) -> None:
        self._carried = carried
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._themes.theme
        painter = QPainter(self)
        if self._carried:
            painter.fillRect(self.rect(), QColor(theme.raised))
            painter.setPen(QPen(QColor(theme.focus), 2))
            painter.drawRect(self.rect().adjusted(2, 2, -3, -3))
        elif self.isChecked():
            painter.fillRect(self.rect(), QColor(theme.background))
            painter.fillRect(0, 0, 4, self.height(), QColor(theme.focus))
        elif self.underMouse():
            painter.fillRect(self.rect(), QColor(theme.raised))
        ink = theme.text if self.isChecked() else theme.text_dim
        high = self.height()
        roomy = high >= _ROOMY
        size = 28 if roomy else 22
        above = (high - size - 36) // 2 + 1 if roomy else max(3, (high - size - 20) // 2)
        painter.drawPixmap((WIDTH - size) // 2, above, picture(self._icon, ink, size))
        painter.setPen(QColor(ink))
        painter.setFont(font(12, bold=self.isChecked()))
        painter.drawText(QRectF(0, above + size - 1, WIDTH, 24), Qt.AlignmentFlag.AlignCenter, self.text())
        painter.setPen(QColor(theme.text_dim))
        painter.setFont(font(9))
        key = QRectF(0, above + size + 20, WIDTH, 15) if roomy else QRectF(9, above, 26, 14)
        painter.drawText(key, Qt.AlignmentFlag.AlignCenter if roomy else Qt.AlignmentFlag.AlignLeft, self._key)
        if self.badge:
            self._paint_badge(painter)
        if self.hasFocus():
            painter.setPen(QColor(theme.focus))
            painter.drawRect(self.rect().adjusted(4, 0, -1, -1))
        painter.end()

    def _paint_badge(self, painter: QPainter) -> None:
        """Grey, or orange with black ink where something is overdue: the number is read either way, and "!" stands with it."""
        theme = self._themes.theme
        text = self.badge + ("!" if self.urgent else "")
        face = font(10, bold=True)
        painter.setFont(face)
        wide = max(20, QFontMetrics(face).horizontalAdvance(text) + 10)
        box = QRectF(min(WIDTH // 2 + 8, WIDTH - wide - 4), 5, wide, 20)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QColor(theme.surface))
        painter.setBrush(QColor(theme.priority[1] if self.urgent else theme.text_dim))
        painter.drawRoundedRect(box, 10, 10)
        painter.setPen(QColor("#000000" if self.urgent else theme.background))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)


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

    def add(self, name: str, icon: str, text: str, page: QWidget) -> None:
        """Pages are reached with F1, F2 … in the order they are added, as far as there are keys."""
        number = len(self._names)
        key = _KEYS[number] if number < len(_KEYS) else ""
        button = PageButton(self._themes, icon, text, key)
        if page.acceptDrops():
            button.take_drops(page)
            button.dropped.connect(button.click)
        self._names.append(name)
        self._group.addButton(button, number)
        self._column.insertWidget(number, button)
        if key:
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

    def set_badge(self, name: str, text: str, urgent: bool) -> None:
        """What waits on a page, on its button; "" takes it away."""
        if name in self._names:
            button = self._group.button(self._names.index(name))
            assert isinstance(button, PageButton)
            button.show_badge(text, urgent)

    def show_chosen(self, name: str) -> None:
        """None is, while a page is open that is reached from others only."""
        self._group.setExclusive(False)
        for number, one in enumerate(self._names):
            self._group.button(number).setChecked(one == name)
        self._group.setExclusive(True)

    def _on_clicked(self, number: int) -> None:
        self.chosen.emit(self._names[number])

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._themes.theme
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(theme.surface))
        painter.fillRect(self.width() - 1, 0, 1, self.height(), QColor(theme.line))
        painter.end()

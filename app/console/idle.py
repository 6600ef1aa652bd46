"""The idle lock of the desk (本席锁定): after a while without hands the password is asked for again. Console side.

The picture goes on: values, alarms and the horn are as before, only a strip asks for the password. What acts at the station is
refused by the session itself (`Session.hold`), so that no forgotten shortcut can act; here is what a person sees and types.
"""

import time

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QApplication, QHBoxLayout, QLineEdit, QWidget

from app.console.beat import Beat
from app.console.controls import button, field, label
from app.console.icons import picture
from widgets.theme import ThemeHolder
from widgets.words import tr

LOOK_MS = 1000
_HANDS = frozenset(
    {
        QEvent.Type.KeyPress,
        QEvent.Type.MouseButtonPress,
        QEvent.Type.MouseMove,
        QEvent.Type.Wheel,
        QEvent.Type.TouchBegin,
        QEvent.Type.TouchUpdate,
    }
)


class LockStrip(QWidget):
    unlock = Signal(str)  # password
    leave = Signal()  # somebody else wants to log in

    def __init__(self, themes: ThemeHolder) -> None:
        super().__init__()
        self._themes = themes
        self.setFixedHeight(64)
        self.text = label("", 13, bold=True)
        self.fault = label("", 12)
        self.password = field("", tr("密码"))
        self.password.setEchoMode(QLineEdit.EchoMode.Password)
        self.password.setFixedWidth(260)
        self.done = button(tr("解锁"), primary=True)
        self.other = button(tr("换人登录"))
        line = QHBoxLayout(self)
        line.setContentsMargins(56, 0, 18, 0)
        line.setSpacing(12)
        line.addWidget(self.text)
        line.addWidget(self.fault, 1)
        for part in (self.password, self.done, self.other):
            line.addWidget(part)
        self.done.clicked.connect(self._send)
        self.password.returnPressed.connect(self._send)
        self.other.clicked.connect(self.leave)
        themes.changed.connect(self.update)
        self.hide()

    def ask(self, user: str) -> None:
        self.text.setText(tr("本席已锁定（{user}）：画面照常更新，操作前请输入密码", user=user))
        self.fault.setText("")
        self.password.clear()
        self.done.setEnabled(True)
        self.show()
        self.password.setFocus()

    def show_fault(self, text: str) -> None:
        self.fault.setText(text)
        self.done.setEnabled(True)
        self.password.selectAll()
        self.password.setFocus()

    def _send(self) -> None:
        if self.password.text() and self.done.isEnabled():
            self.done.setEnabled(False)
            self.unlock.emit(self.password.text())

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._themes.theme
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(theme.raised))
        painter.fillRect(0, 0, 6, self.height(), QColor(theme.focus))
        painter.fillRect(0, self.height() - 1, self.width(), 1, QColor(theme.line))
        painter.drawPixmap(20, (self.height() - 24) // 2, picture("lock", theme.text, 24))
        painter.end()


class IdleWatch(QObject):
    """Tells when no hand has touched `window` for so long. Looks at the native window's input only: an event filter on the
    whole application would be asked about every paint."""

    idle = Signal()

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self._native: QObject | None = None
        self._after_s = 0.0
        self._touched = time.monotonic()
        self._beat = Beat(self, LOOK_MS, self._look)

    def start(self, minutes: float) -> None:
        """0: never."""
        self._after_s = 60 * minutes
        self._touched = time.monotonic()

    def stop(self) -> None:
        self._after_s = 0.0

    def close(self) -> None:
        self._beat.stop()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in _HANDS:
            self._touched = time.monotonic()
        return False

    def _look(self) -> None:
        native = self._window.windowHandle()
        if native is not None and native is not self._native:
            self._native = native
            native.installEventFilter(self)
        if self._after_s and time.monotonic() - self._touched >= self._after_s:
            self.stop()
            self.idle.emit()


def close_others(window: QWidget) -> None:
    """Open menus and dialogs would stay usable beside a locked window."""
    for other in QApplication.topLevelWidgets():
        if other is not window and other.isVisible() and other.windowType() != Qt.WindowType.ToolTip:
            other.close()

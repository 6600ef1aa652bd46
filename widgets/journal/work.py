"""A strip for long work (校验, 导出): what is done, how far it is, what came of it; can be called off. Console side."""

from PySide6.QtCore import QRect, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QWidget

from widgets.theme import ThemeHolder, font
from widgets.words import tr


class Share(QWidget):
    """A bar that fills; a plain track while nothing is known."""

    def __init__(self, themes: ThemeHolder) -> None:
        super().__init__()
        self._themes = themes
        self._share: float | None = None
        self.setFixedSize(220, 8)
        themes.changed.connect(self.update)

    def show_share(self, share: float | None) -> None:
        self._share = share
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        theme, painter = self._themes.theme, QPainter(self)
        painter.fillRect(self.rect(), QColor(theme.line))
        if self._share is not None:
            width = round(self.width() * min(1.0, max(0.0, self._share)))
            painter.fillRect(QRect(0, 0, width, self.height()), QColor(theme.focus))
        painter.end()


class WorkStrip(QFrame):
    """Stays with its outcome until somebody closes it."""

    cancelled = Signal()
    second = Signal()  # the button beside an outcome: save the file

    def __init__(self, themes: ThemeHolder) -> None:
        super().__init__()
        self.setObjectName("card")
        self.words = QLabel()
        self.words.setFont(font(12))
        self.words.setTextFormat(Qt.TextFormat.PlainText)
        self.words.setWordWrap(True)
        self.words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.words.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.share = Share(themes)
        self.save = _button(tr("保存到…"))
        self.save.clicked.connect(self.second)
        self.end = _button("")
        self.end.clicked.connect(self._end)
        self.running = False
        line = QHBoxLayout(self)
        line.setContentsMargins(12, 6, 6, 6)
        line.setSpacing(12)
        line.addWidget(self.words, 1)
        for part in (self.share, self.save, self.end):
            line.addWidget(part)
        self.hide()

    def show_running(self, text: str, done: int, total: int) -> None:
        self.running = True
        self.share.show_share(done / total if total else None)
        self._show(text, True, False)
        self.end.setText(tr("取消"))

    def show_outcome(self, text: str, bad: bool = False, file: bool = False) -> None:
        """`bad`: marked, somebody has to look at it. `file`: there is one to save."""
        self.running = False
        self.words.setObjectName("error" if bad else "")
        self._show(text, False, file)
        self.end.setText(tr("关闭"))

    def _show(self, text: str, running: bool, file: bool) -> None:
        if running:
            self.words.setObjectName("")
        self.words.style().unpolish(self.words)
        self.words.style().polish(self.words)
        self.words.setText(text)
        self.share.setVisible(running)
        self.save.setVisible(file)
        self.show()

    def _end(self) -> None:
        if self.running:
            self.cancelled.emit()
        else:
            self.hide()


def _button(text: str) -> QPushButton:
    made = QPushButton(text)
    made.setFont(font(12))
    made.setAutoDefault(False)
    return made

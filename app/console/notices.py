"""The strip under the alarm banner: what the station says of itself (disk full …) and what this desk has to say.

Console side. Never modal, never over an alarm; it takes room only while there is something to read.
"""

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QToolButton, QVBoxLayout, QWidget

from app.console.icons import icon
from widgets.pulse import Settle
from widgets.theme import ThemeHolder, font
from widgets.words import tr

_PASSING_MS = 20_000
_MOST = 4


Answers = Sequence[tuple[str, Callable[[], None]]]


class _Line(QWidget):
    closed = Signal(object)

    def __init__(self, themes: ThemeHolder, text: str, closable: bool, answers: Answers = ()) -> None:
        super().__init__()
        self._themes = themes
        self.text = text
        self.label = QLabel(text)
        self.label.setFont(font(12))
        self.label.setWordWrap(True)
        self.label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        line = QHBoxLayout(self)
        line.setContentsMargins(18, 5, 10, 5)
        line.addWidget(self.label, 1)
        for word, act in answers:
            answer = QPushButton(word)
            answer.setFont(font(12))
            answer.clicked.connect(partial(self._answer, act))
            line.addWidget(answer)
        self._button = button = QToolButton(self)
        button.setVisible(closable)
        if closable:
            button.setIconSize(QSize(16, 16))
            button.setAccessibleName(tr("关闭"))
            button.setToolTip(tr("关闭"))
            button.clicked.connect(self._close_me)
            line.addWidget(button, 0, Qt.AlignmentFlag.AlignTop)
        self._dress()
        themes.changed.connect(self._dress)

    def _dress(self) -> None:
        self._button.setIcon(icon("close", self._themes.theme, 16))
        self.update()

    def _answer(self, act: Callable[[], None]) -> None:
        self._close_me()
        act()

    def _close_me(self) -> None:
        self.closed.emit(self)

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._themes.theme
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(theme.raised))
        painter.fillRect(0, 0, 6, self.height(), QColor(theme.bad))
        painter.fillRect(0, self.height() - 1, self.width(), 1, QColor(theme.line))
        painter.end()


class NoticeStrip(QWidget):
    """Station notices stay as long as the station says them. Own ones: `tell` until closed, `tell_briefly` for 20 s."""

    def __init__(self, themes: ThemeHolder) -> None:
        super().__init__()
        self._themes = themes
        self._station: list[_Line] = []
        self._own: list[_Line] = []
        self._passing: list[_Line] = []
        self._asking: list[_Line] = []
        self._settle = Settle(self, _PASSING_MS, self._pass)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self.hide()

    @property
    def texts(self) -> list[str]:
        return [line.text for line in (*self._station, *self._own, *self._passing, *self._asking)]

    def put_station(self, notices: list[str]) -> None:
        if [line.text for line in self._station] == notices:
            return
        for line in self._station:
            self._drop(line)
        self._station = [self._add(text, closable=False, at=n) for n, text in enumerate(notices)]
        self._fit()

    def tell(self, text: str) -> None:
        if text in self.texts:
            return
        self._own.append(self._add(text, closable=True, at=self._column.count()))
        while len(self._own) > _MOST:
            self._drop(self._own.pop(0))
        self._fit()

    def tell_briefly(self, text: str) -> None:
        """The outcome of what somebody just did; the newest replaces the one before."""
        self._pass()
        self._passing.append(self._add(text, closable=True, at=self._column.count()))
        self._settle.poke()
        self._fit()

    def ask(self, text: str, answers: Answers) -> None:
        """Until it is answered or closed; a new question takes its place."""
        for line in self._asking:
            self._drop(line)
        self._asking = [self._add(text, closable=True, at=self._column.count(), answers=answers)]
        self._fit()

    def take_back(self, text: str) -> None:
        """It no longer holds."""
        for line in [line for line in self._own if line.text == text]:
            self._own.remove(line)
            self._drop(line)
        self._fit()

    def forget_person(self) -> None:
        """Somebody left: what was answered to, or asked of, that person is nobody else's."""
        for line in self._asking:
            self._drop(line)
        self._asking = []
        self._pass()

    def stop(self) -> None:
        self._settle.stop()

    def _add(self, text: str, closable: bool, at: int, answers: Answers = ()) -> _Line:
        line = _Line(self._themes, text, closable, answers)
        line.closed.connect(self._on_closed)
        self._column.insertWidget(at, line)
        return line

    def _on_closed(self, line: object) -> None:
        assert isinstance(line, _Line)
        for lines in (self._own, self._passing, self._asking):
            if line in lines:
                lines.remove(line)
        self._drop(line)
        self._fit()

    def _pass(self) -> None:
        for line in self._passing:
            self._drop(line)
        self._passing = []
        self._settle.stop()
        self._fit()

    def _drop(self, line: _Line) -> None:
        self._column.removeWidget(line)
        line.hide()
        line.deleteLater()

    def _fit(self) -> None:
        self.setVisible(bool(self.texts))

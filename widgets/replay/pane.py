"""A view of the past in its frame (回放窗格): what it is, the moment it shows, and that it is not yet where the cursor is.
Console side.
"""

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.domain.instant import Instant
from widgets.pulse import Settle
from widgets.replay.look import FRAME, HEAD, clock, colours, hatch
from widgets.theme import ThemeHolder, font
from widgets.timecursor import TimeCursor
from widgets.words import tr

_PATIENCE_MS = 400  # a seek is over by then; what takes longer is said over the view


class _Veil(QWidget):
    """Over a view that still shows another moment than the cursor's."""

    def __init__(self, holder: ThemeHolder, parent: QWidget) -> None:
        super().__init__(parent)
        self._holder, self.text = holder, ""
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()

    def say(self, text: str) -> None:
        self.text = text
        self.raise_()
        self.show()
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._holder.theme
        painter = QPainter(self)
        dim = QColor(theme.background)
        dim.setAlpha(140)
        painter.fillRect(self.rect(), dim)
        hatch(painter, QRectF(self.rect()), theme.bad, 60)
        painter.setFont(font(14, bold=True))
        wide = min(painter.fontMetrics().horizontalAdvance(self.text) + 48, self.width() - 16)
        room = QRectF((self.width() - wide) / 2, self.height() / 2 - 22, wide, 44)
        painter.setPen(QColor(theme.bad))
        painter.setBrush(QColor(theme.raised))
        painter.drawRoundedRect(room, 4, 4)
        painter.setPen(QColor(theme.text))
        painter.drawText(room, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, self.text)
        painter.end()


class ReplayPane(QWidget):
    """A frame in the colour of the replay and a head with what it is and the moment it shows."""

    def __init__(self, holder: ThemeHolder, cursor: TimeCursor, title: str, inside: QWidget) -> None:
        super().__init__()
        self._holder, self._cursor = holder, cursor
        self.title, self.inside = title, inside
        self._shown = ""
        self._lag: Instant | None = None
        self._veil = _Veil(holder, self)
        self._patience = Settle(self, _PATIENCE_MS, self._say_lag)
        column = QVBoxLayout(self)
        column.setContentsMargins(FRAME, HEAD, FRAME, FRAME)
        column.setSpacing(0)
        column.addWidget(inside)
        cursor.moved.connect(self._look)
        holder.changed.connect(self.update)

    @property
    def head(self) -> str:
        return tr("回放 · {what}", what=self.title)

    @property
    def moment(self) -> str:
        """What the head says of the time."""
        if self._lag is None:
            return clock(self._cursor.at)
        return tr("还是 {at} 的", at=clock(self._lag))

    @property
    def veiled(self) -> bool:
        return not self._veil.isHidden()

    def show_lag(self, lag: Instant | None) -> None:
        """What is inside is still of that moment and not of the cursor's; None: it is of the cursor's."""
        self._lag = lag
        self._look()
        if lag is None:
            self._patience.stop()
            self._veil.hide()
        elif self.veiled:
            self._say_lag()
        else:
            self._patience.nudge()

    def show_title(self, title: str) -> None:
        if title != self.title:
            self.title = title
            self.update()

    def _look(self) -> None:
        shown = self.moment
        if shown != self._shown:
            self._shown = shown
            self.update(0, 0, self.width(), HEAD)

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._holder.theme
        ground, ink = colours(theme)
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(ground))
        painter.fillRect(self.rect().adjusted(FRAME, HEAD, -FRAME, -FRAME), QColor(theme.background))
        painter.setPen(QColor(ink))
        painter.setFont(font(11.5, bold=True))
        head = QRectF(10, 0, self.width() - 20, HEAD)
        painter.drawText(head, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, self.head)
        painter.drawText(head, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, self.moment)
        painter.end()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._veil.setGeometry(self.rect().adjusted(FRAME, HEAD, -FRAME, -FRAME))

    def _say_lag(self) -> None:
        if self._lag is not None:
            at, here = clock(self._cursor.at), clock(self._lag)
            self._veil.say(tr("{at} 的画面还没有取到，这里仍是 {here} 的", at=at, here=here))

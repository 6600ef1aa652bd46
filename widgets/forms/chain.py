"""The way of a form, painted: a chain of its steps, who and when under each that was taken, the present one marked.

Console side. And the chip that says how long the present one may still take.
"""

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from widgets.forms.due import Urgency
from widgets.forms.path import Link, Passed
from widgets.symbols import INK
from widgets.theme import Theme, ThemeHolder, font
from widgets.vocabulary import local_time
from widgets.words import tr

_HIGH = 96
_LEAST = 78  # width of one step
_DOT = 7.0


class Chain(QWidget):
    def __init__(self, themes: ThemeHolder) -> None:
        super().__init__()
        self._themes = themes
        self.links: Sequence[Link] = ()
        self.urgency = Urgency.NONE
        self.setFixedHeight(_HIGH)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        themes.changed.connect(self.update)

    def show_links(self, links: Sequence[Link]) -> None:
        self.links = links
        self.setAccessibleName(" → ".join(tr(one.title) for one in links))
        self.update()

    def show_urgency(self, urgency: Urgency) -> None:
        if urgency is not self.urgency:
            self.urgency = urgency
            self.update()

    def sizeHint(self) -> QSize:
        return QSize(_LEAST * max(1, len(self.links)), _HIGH)

    def minimumSizeHint(self) -> QSize:
        return QSize(_LEAST, _HIGH)

    def paintEvent(self, event: QPaintEvent) -> None:
        links = self._that_fit()
        if not links:
            return
        theme = self._themes.theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        wide = min(self.width() / len(links), 190.0)
        for at, one in enumerate(links):
            middle = QPointF(wide * (at + 0.5), 16)
            if at:
                done = one.passed is not Passed.AHEAD
                painter.setPen(QPen(QColor(theme.text_dim if done else theme.line), 2 if done else 1.5))
                painter.drawLine(QPointF(middle.x() - wide + _DOT + 4, 16), QPointF(middle.x() - _DOT - 4, 16))
            self._dot(painter, theme, middle, one.passed)
            self._words(painter, theme, QRectF(wide * at + 3, 30, wide - 6, _HIGH - 30), one)
        painter.end()

    def _that_fit(self) -> Sequence[Link]:
        """Too many for the width: the oldest are left out, the present one never."""
        room = max(1, self.width() // _LEAST)
        if len(self.links) <= room:
            return self.links
        now = next((at for at, one in enumerate(self.links) if one.passed is Passed.NOW), len(self.links) - 1)
        first = max(0, min(now - room // 2, len(self.links) - room))
        return self.links[first : first + room]

    def _dot(self, painter: QPainter, theme: Theme, middle: QPointF, passed: Passed) -> None:
        if passed is Passed.NOW:
            late = self.urgency is Urgency.OVERDUE
            painter.setPen(QPen(QColor(theme.text), 2))
            painter.setBrush(QColor(theme.priority[1] if late else theme.focus))
            painter.drawEllipse(middle, _DOT + 2, _DOT + 2)
        elif passed is Passed.DONE:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(theme.text_dim))
            painter.drawEllipse(middle, _DOT, _DOT)
            painter.setPen(QPen(QColor(theme.background), 2))
            painter.drawPolyline([middle + QPointF(-3, 0), middle + QPointF(-0.8, 2.6), middle + QPointF(3.2, -2.6)])
        else:
            painter.setPen(QPen(QColor(theme.text_dim), 1.5))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawEllipse(middle, _DOT - 1, _DOT - 1)

    def _words(self, painter: QPainter, theme: Theme, room: QRectF, one: Link) -> None:
        face = font(12, bold=one.passed is Passed.NOW)
        painter.setFont(face)
        painter.setPen(QColor(theme.text_dim if one.passed is Passed.AHEAD else theme.text))
        title = QRectF(room.left(), room.top(), room.width(), 22)
        painter.drawText(title, Qt.AlignmentFlag.AlignCenter, _fitting(tr(one.title), face, room.width()))
        if one.passed is not Passed.DONE:
            return
        small = font(10)
        painter.setFont(small)
        painter.setPen(QColor(theme.text_dim))
        for at, text in enumerate((one.by or tr("站"), local_time(one.at))):
            line = QRectF(room.left(), room.top() + 23 + 18 * at, room.width(), 18)
            painter.drawText(line, Qt.AlignmentFlag.AlignCenter, _fitting(text, small, room.width()))


class DueChip(QWidget):
    """`剩余 12:05`, or on orange `超时 03:10`: words and colour both."""

    def __init__(self, themes: ThemeHolder) -> None:
        super().__init__()
        self._themes = themes
        self.text, self.urgency = "", Urgency.NONE
        self.setFixedHeight(28)
        themes.changed.connect(self.update)

    def say(self, text: str, urgency: Urgency) -> None:
        if (text, urgency) == (self.text, self.urgency):
            return
        if len(text) != len(self.text):
            self.setFixedWidth(QFontMetrics(font(12, bold=True)).horizontalAdvance(text) + 24 if text else 0)
        self.text, self.urgency = text, urgency
        self.setAccessibleName(text)
        self.setVisible(bool(text))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        paint_due(painter, QRectF(self.rect()), self.text, self.urgency, self._themes.theme)
        painter.end()


def paint_due(painter: QPainter, room: QRectF, text: str, urgency: Urgency, theme: Theme) -> None:
    """The chip, also for the lines of the list."""
    if not text:
        return
    late = urgency is Urgency.OVERDUE
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    box = room.adjusted(0.5, 0.5, -0.5, -0.5)
    if late:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(theme.priority[1]))
        painter.drawRoundedRect(box, 3, 3)
    elif urgency is Urgency.SOON:
        painter.setPen(QPen(QColor(theme.text), 1.5))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(box, 3, 3)
    painter.setFont(font(12, bold=urgency >= Urgency.SOON))
    painter.setPen(QColor(INK if late else theme.text if urgency is Urgency.SOON else theme.text_dim))
    painter.drawText(room, Qt.AlignmentFlag.AlignCenter, text)
    painter.restore()


def _fitting(text: str, face: QFont, width: float) -> str:
    return QFontMetrics(face).elidedText(text, Qt.TextElideMode.ElideRight, int(width))

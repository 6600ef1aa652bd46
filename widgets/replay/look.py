"""How the past is told from the present at a glance (回放标志): a colour no alarm and no fault has, a wide strip, a frame
round every pane. Console side.
"""

from datetime import datetime

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QBrush, QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from app.domain.instant import SECOND, Instant
from widgets.forms.controls import button
from widgets.theme import Theme, ThemeHolder, font
from widgets.timecursor import TimeCursor
from widgets.words import tr

STRIP, HEAD, FRAME = 46, 26, 3
_COLOURS = {"night": ("#35c4ae", "#06211d"), "day": ("#0b6f62", "#ffffff")}  # ground, ink; contrast 8.0 and 6.0


def colours(theme: Theme) -> tuple[str, str]:
    """Ground and ink of everything that says “replay”."""
    return _COLOURS[theme.name]


def clock(at: Instant, date: bool = False) -> str:
    """Local time of the site."""
    if not at:
        return ""
    local = datetime.fromtimestamp(at / SECOND).astimezone()
    return f"{local:%Y-%m-%d %H:%M:%S}" if date else f"{local:%H:%M:%S}"


class ReplayStrip(QWidget):
    """Over the whole width: that this is the past, which second of it, how fast; and the way back. `said`: what the station has
    to say of that moment."""

    left = Signal()

    def __init__(self, holder: ThemeHolder, cursor: TimeCursor) -> None:
        super().__init__()
        self._holder, self._cursor = holder, cursor
        self.text, self.said = "", ""
        self.back: QPushButton = button(tr("回到实时  Esc"))
        self.back.clicked.connect(self.left)
        line = QHBoxLayout(self)
        line.setContentsMargins(16, 0, 10, 0)
        line.addStretch(1)
        line.addWidget(self.back)
        self.setFixedHeight(STRIP)
        cursor.moved.connect(self._look)
        cursor.changed.connect(self._look)
        holder.changed.connect(self.update)
        self._look()

    def say(self, said: str) -> None:
        if said != self.said:
            self.said = said
            self.update()

    def _look(self) -> None:
        cursor = self._cursor
        how = f"×{cursor.speed:g}" if cursor.playing else tr("暂停")
        text = tr("回放 {at} {how} · 不是实时", at=clock(cursor.at, date=True), how=how)
        if text != self.text:
            self.text = text
            self.setAccessibleName(text)
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        ground, ink = colours(self._holder.theme)
        painter = QPainter(self)
        whole = QRectF(self.rect())
        painter.fillRect(whole, QColor(ground))
        painter.setPen(QColor(ink))
        painter.setFont(font(17, bold=True))
        wide = painter.fontMetrics().horizontalAdvance(self.text) + 24
        room = QRectF(16, 0, wide, self.height())
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, self.text)
        painter.setFont(font(12))
        rest = QRectF(room.right() + 12, 0, self.back.x() - room.right() - 28, self.height())
        said = painter.fontMetrics().elidedText(self.said, Qt.TextElideMode.ElideRight, int(rest.width()))
        painter.drawText(rest, Qt.AlignmentFlag.AlignVCenter, said)
        painter.end()


def hatch(painter: QPainter, room: QRectF, colour: str, strength: int = 110) -> None:
    """Where nothing is known."""
    painted = QColor(colour)
    painted.setAlpha(strength)
    painter.fillRect(room, QBrush(painted, Qt.BrushStyle.BDiagPattern))

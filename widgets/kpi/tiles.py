"""One figure of the alarm system as a tile: its number, the limits it is held to, its grade in a word and a mark. Console side.

Grey while it is good; a raised or bad figure is marked by a bar at the edge whose length tells how bad, and by the word.
"""

from typing import Any

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.domain.tag import Priority
from widgets.kpi.words import FIGURES, GRADES, figure_value
from widgets.theme import ThemeHolder, font
from widgets.words import tr

HEIGHT = 104
_EDGE = 14


class Tile(QWidget):
    def __init__(self, name: str, holder: ThemeHolder) -> None:
        super().__init__()
        self.name = name
        self._holder = holder
        self._judged: dict[str, Any] | None = None
        self.setFixedHeight(HEIGHT)
        self.setMinimumWidth(170)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setToolTip(tr(FIGURES[name][3]))
        holder.changed.connect(self.update)

    @property
    def grade(self) -> str:
        return "" if self._judged is None else str(self._judged["grade"])

    def put(self, judged: dict[str, Any] | None) -> None:
        """`name, value, grade, good_to, bad_from`, or None while nothing is known."""
        self._judged = judged
        self.setAccessibleName(f"{tr(FIGURES[self.name][0])} {self.text} {tr(GRADES[self.grade])}")
        self.update()

    @property
    def text(self) -> str:
        return figure_value(self.name, None if self._judged is None else self._judged["value"])

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._holder.theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        painter.setPen(QColor(theme.line))
        painter.setBrush(QColor(theme.surface))
        painter.drawRoundedRect(box, 4, 4)
        title, unit, *_ = FIGURES[self.name]
        left = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        room = box.adjusted(_EDGE, 8, -_EDGE, -8)
        painter.setPen(QColor(theme.text_dim))
        painter.setFont(font(11))
        painter.drawText(QRectF(room.left(), room.top(), room.width(), 22), left, tr(title))
        painter.setPen(QColor(theme.text))
        painter.setFont(font(20, bold=True))
        number = QRectF(room.left(), room.top() + 22, room.width(), 38)
        painter.drawText(number, left, self.text)
        wide = painter.fontMetrics().horizontalAdvance(self.text)
        painter.setFont(font(10.5))
        painter.setPen(QColor(theme.text_dim))
        painter.drawText(number.adjusted(wide + 8, 6, 0, 0), left, tr(unit))
        if self._judged is not None:
            limits = tr("良好 ≤{good}，差 ≥{bad}", good=f"{self._judged['good_to']:g}", bad=f"{self._judged['bad_from']:g}")
            painter.drawText(QRectF(room.left(), room.bottom() - 20, room.width(), 20), left, limits)
            self._paint_grade(painter, box, room)
        painter.end()

    def _paint_grade(self, painter: QPainter, box: QRectF, room: QRectF) -> None:
        theme = self._holder.theme
        grade = self.grade
        if grade in ("raised", "bad"):
            colour = QColor(theme.alarm(Priority.MEDIUM if grade == "raised" else Priority.HIGH))
            high = box.height() * (0.5 if grade == "raised" else 1.0)
            painter.fillRect(QRectF(box.left(), box.bottom() - high, 5, high), colour)
        painter.setPen(QColor(theme.text if grade in ("raised", "bad") else theme.text_dim))
        painter.setFont(font(11, bold=grade in ("raised", "bad")))
        where = QRectF(room.left(), room.top(), room.width(), 22)
        painter.drawText(where, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, tr(GRADES[grade]))

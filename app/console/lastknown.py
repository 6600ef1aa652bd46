"""The alarms that stood when the feed ended, shown beside a login that ran out. Console side; not the alarm page.

A desk without a login may not act, but nobody must have to remember what was burning.
"""

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from app.domain.alarm import AlarmState
from app.domain.wire import AlarmMsg
from widgets.symbols import paint_symbol, rank, symbol_of
from widgets.theme import ThemeHolder, font
from widgets.vocabulary import local_time, state_word
from widgets.words import tr

_ROW = 30
_HEAD = 44
_MOST = 10


class LastKnown(QWidget):
    def __init__(self, themes: ThemeHolder) -> None:
        super().__init__()
        self._themes = themes
        self._alarms: list[AlarmMsg] = []
        self._count = 0
        self._at = ""
        self.setFixedWidth(900)
        themes.changed.connect(self.update)

    def put(self, alarms: list[AlarmMsg], at: str) -> None:
        """Most urgent first; `at` is the local time they are from."""
        shown = sorted((one for one in alarms if one.state != AlarmState.NORM), key=_urgency)
        self._count = len(shown)
        self._alarms = shown[:_MOST]
        self._at = at
        self.setFixedHeight(_HEAD + _ROW * (len(self._alarms) + (self._count > _MOST)) + 10)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._themes.theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), QColor(theme.surface))
        painter.fillRect(0, 0, 6, self.height(), QColor(theme.bad))
        painter.setPen(QColor(theme.text))
        painter.setFont(font(12.5, bold=True))
        head = tr("最后所知的报警（{at}，共 {n} 条），登录后才是现在的状态", at=self._at, n=self._count)
        painter.drawText(QRectF(20, 0, self.width() - 40, _HEAD), Qt.AlignmentFlag.AlignVCenter, head)
        painter.setFont(font(12))
        middle = Qt.AlignmentFlag.AlignVCenter
        for number, alarm in enumerate(self._alarms):
            top = _HEAD + number * _ROW
            priority, state = symbol_of(alarm)
            paint_symbol(painter, QRectF(20, top + 4, 22, 22), priority, state, True, theme)
            painter.setPen(QColor(theme.text_dim))
            painter.drawText(QRectF(54, top, 130, _ROW), middle, local_time(alarm.raised_at, date=True))
            known = alarm.state in AlarmState.__members__
            painter.drawText(QRectF(190, top, 130, _ROW), middle, state_word(alarm.state) if known else alarm.state)
            painter.setPen(QColor(theme.text))
            room = QRectF(330, top, self.width() - 350, _ROW)
            text = f"{alarm.tag}  {alarm.message or alarm.name}"
            fitted = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, int(room.width()))
            painter.drawText(room, middle, fitted)
        if self._count > _MOST:
            painter.setPen(QColor(theme.text_dim))
            more = tr("还有 {n} 条", n=self._count - _MOST)
            painter.drawText(QRectF(54, _HEAD + _MOST * _ROW, 300, _ROW), middle, more)
        painter.end()


def _urgency(alarm: AlarmMsg) -> tuple[tuple[int, int, int], int]:
    return rank(alarm), -alarm.occurrence

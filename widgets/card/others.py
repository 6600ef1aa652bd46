"""Other alarms beside the one of the card: those of the same equipment or hazard source, and a newer one of the same alarm."""

from collections.abc import Iterable
from heapq import nsmallest

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QWidget

from app.domain.alarm import AlarmState
from app.domain.tag import Priority
from app.domain.wire import AlarmMsg
from widgets import vocabulary
from widgets.card import said
from widgets.card.panel import text_label
from widgets.card.rows import Line
from widgets.symbols import symbol_of
from widgets.theme import font
from widgets.words import tr

_RANK = {priority.word: int(priority) for priority in Priority}
MOST = 20  # lines; how many more there are is counted


def other_alarms(live: Iterable[AlarmMsg], mine: AlarmMsg) -> tuple[list[AlarmMsg], int]:
    """The first standing ones, and how many there are: of the same equipment first, then of the same hazard source; in each
    the worst, then the newest. Quick, because a storm brings thousands."""
    code, source, number = mine.equipment, mine.hazard_source, mine.occurrence
    found = [
        one
        for one in live
        if ((code and one.equipment == code) or (source and one.hazard_source == source))
        and one.occurrence != number
        and said.is_standing(one, True)
    ]

    def order(one: AlarmMsg) -> tuple[bool, int, int]:
        return one.equipment != code, _RANK.get(one.priority, len(_RANK)), -one.occurrence

    return nsmallest(MOST, found, order), len(found)


def other_line(alarm: AlarmMsg) -> Line:
    cells = (f"{alarm.name or alarm.tag} {vocabulary.rule_word(alarm.rule)}", vocabulary.state_word(alarm.state))
    tip = "\n".join((alarm.message, vocabulary.local_time(alarm.raised_at, date=True)))
    return Line(cells, alarm, symbol_of(alarm), tip=tip)


class NewerStrip(QFrame):
    """The same alarm was raised again: a button to that occurrence. This card stays what it is."""

    opened = Signal(object)  # AlarmMsg

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("card")
        self.alarm: AlarmMsg | None = None
        self._text = text_label(12.5, bold=True)
        self.button = QPushButton(tr("打开新的一次"))
        self.button.setFont(font(12))
        self.button.clicked.connect(self._open)
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 6, 14, 6)
        row.addWidget(self._text, 1)
        row.addWidget(self.button)
        self.hide()

    def put(self, alarm: AlarmMsg) -> None:
        """A newer occurrence of the same alarm, in its newest form; one that is over is no longer offered."""
        if self.alarm is not None and alarm.occurrence < self.alarm.occurrence:
            return
        over = alarm.state == AlarmState.NORM
        if over and (self.alarm is None or alarm.occurrence != self.alarm.occurrence):
            return
        self.alarm = None if over else alarm
        self.setVisible(not over)
        at = vocabulary.local_time(alarm.raised_at)
        word = vocabulary.state_word(alarm.state)
        self._text.setText(tr("同一报警 {at} 又触发了一次（{word}）。本卡片仍是前一次的。", at=at, word=word))

    def clear(self) -> None:
        self.alarm = None
        self.hide()

    def _open(self) -> None:
        if self.alarm is not None:
            self.opened.emit(self.alarm)

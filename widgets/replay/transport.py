"""The keys of a replay: play, step, speed, go to a time, choose a span. Console side."""

from PySide6.QtCore import QDateTime, Signal
from PySide6.QtWidgets import QButtonGroup, QDateTimeEdit, QVBoxLayout, QWidget

from app.domain.instant import HOUR, SECOND, Instant
from widgets.forms.controls import button, label, row
from widgets.theme import font
from widgets.timecursor import REPLAY_SPEEDS, TimeCursor
from widgets.words import tr

LENGTHS = ((HOUR, "近 1 小时"), (8 * HOUR, "近 8 小时"), (24 * HOUR, "近 24 小时"))


class Transport(QWidget):
    """`last_wanted(length)`: the last hour or day until now; `span_wanted(start, end)`."""

    last_wanted = Signal(object)
    span_wanted = Signal(object, object)

    def __init__(self, cursor: TimeCursor) -> None:
        super().__init__()
        self._cursor = cursor
        self.before, self.after = button(tr("上一事件  ←")), button(tr("下一事件  →"))
        self.play = button(tr("播放  空格"), primary=True)
        self.play.setMinimumWidth(130)
        self.speeds = QButtonGroup(self)
        self.start, self.end, self.to = _time(tr("从什么时候起")), _time(tr("到什么时候止")), _time(tr("跳到这一时刻"))
        self.look = button(tr("查看这一段"))
        self.go = button(tr("跳到"))
        self.said = label(size=11.5, dim=True)
        keys = row(self.before, self.play, self.after, gap=6)
        keys.addSpacing(14)
        for place, speed in enumerate(REPLAY_SPEEDS):
            one = button(f"{speed:g}×")
            one.setCheckable(True)
            one.setChecked(speed == cursor.speed)
            one.setMinimumWidth(56)
            one.setAccessibleName(tr("{n} 倍速", n=f"{speed:g}"))
            self.speeds.addButton(one, place)
            keys.addWidget(one)
        keys.addSpacing(14)
        for part in (self.to, self.go):
            keys.addWidget(part)
        keys.addSpacing(14)
        keys.addWidget(self.said, 1)
        self.lengths = []
        for length, word in LENGTHS:
            one = button(tr(word))
            one.clicked.connect(lambda _=False, span=length: self.last_wanted.emit(span))
            self.lengths.append(one)
        spans = row(*self.lengths, label(tr("从")), self.start, label(tr("到")), self.end, self.look, 1, gap=6)
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 6, 10, 8)
        column.setSpacing(6)
        column.addLayout(keys)
        column.addLayout(spans)
        self.before.clicked.connect(lambda: cursor.step(-1))
        self.after.clicked.connect(lambda: cursor.step(1))
        self.play.clicked.connect(self.toggle)
        self.speeds.idClicked.connect(lambda place: cursor.set_speed(REPLAY_SPEEDS[place]))
        self.go.clicked.connect(self._go)
        self.look.clicked.connect(self._look)
        cursor.changed.connect(self._show)
        cursor.moved.connect(lambda _: self._show_to())
        self._show()

    def toggle(self) -> None:
        self._cursor.play(not self._cursor.playing)

    def faster(self, way: int) -> None:
        """One speed up or down."""
        place = min(range(len(REPLAY_SPEEDS)), key=lambda n: abs(REPLAY_SPEEDS[n] - self._cursor.speed)) + way
        if 0 <= place < len(REPLAY_SPEEDS):
            self._cursor.set_speed(REPLAY_SPEEDS[place])

    def say(self, text: str) -> None:
        if text != self.said.text():
            self.said.setText(text)

    def _show(self) -> None:
        cursor = self._cursor
        self.play.setText(tr("暂停  空格") if cursor.playing else tr("播放  空格"))
        for place, speed in enumerate(REPLAY_SPEEDS):
            self.speeds.button(place).setChecked(speed == cursor.speed)
        for edit, at in ((self.start, cursor.start), (self.end, cursor.end)):
            if at and not edit.hasFocus():
                edit.setDateTime(QDateTime.fromSecsSinceEpoch(at // SECOND))
        self._show_to()

    def _show_to(self) -> None:
        """Where the paused cursor stands: a jump begins from there."""
        cursor = self._cursor
        if cursor.at and not cursor.playing and not self.to.hasFocus():
            self.to.setDateTime(QDateTime.fromSecsSinceEpoch(cursor.at // SECOND))

    def _go(self) -> None:
        cursor = self._cursor
        at: Instant = self.to.dateTime().toSecsSinceEpoch() * SECOND
        if cursor.start <= at <= cursor.end:
            cursor.go(at)
        else:
            self.say(tr("{at} 不在这一段里，请先改时间段。", at=self.to.dateTime().toString("HH:mm:ss")))

    def _look(self) -> None:
        start, end = (edit.dateTime().toSecsSinceEpoch() * SECOND for edit in (self.start, self.end))
        if start < end:
            self.span_wanted.emit(start, end)
        else:
            self.say(tr("开始必须早于结束。"))


def _time(name: str) -> QDateTimeEdit:
    edit = QDateTimeEdit()
    edit.setDisplayFormat("yyyy-MM-dd HH:mm:ss")
    edit.setCalendarPopup(True)
    edit.setFont(font(11.5))
    edit.setMinimumHeight(34)
    edit.setMinimumWidth(190)
    edit.setAccessibleName(name)
    return edit

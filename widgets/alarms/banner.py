"""The alarm banner: on top of every page, always. The gravest, newest unacknowledged alarm and the counts by priority.

Console side. One line, no dialog: it can hide nothing and nothing can hide it.
"""

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QWidget

from app.domain.alarm import AlarmState, RuleKind
from app.domain.tag import Priority
from widgets.alarms.flood import Flood, FloodBadge
from widgets.alarms.queue import AlarmQueue
from widgets.alarms.row import RAISED, RULE, STATE, VALUE, Row, View
from widgets.symbols import Blink, paint_symbol, symbol_of
from widgets.theme import ThemeHolder, font
from widgets.vocabulary import priority_word
from widgets.words import tr

HEIGHT = 56


class _Symbol(QWidget):
    """One alarm symbol at a fixed size."""

    def __init__(self, holder: ThemeHolder, blink: Blink, size: int) -> None:
        super().__init__()
        self._holder, self._blink = holder, blink
        self.priority: Priority | None = None
        self.state: AlarmState | None = None
        self.setFixedSize(size, size)
        blink.fast_changed.connect(self.update)
        blink.slow_changed.connect(self.update)

    def paintEvent(self, event: QPaintEvent) -> None:
        if self.state is None:
            return
        painter = QPainter(self)
        phase = self._blink.phase(self.state)
        paint_symbol(painter, QRectF(self.rect()), self.priority, self.state, phase, self._holder.theme)
        painter.end()


class _Count(QWidget):
    """Symbol, unacknowledged and standing alarms of one priority. Grey while there are none."""

    def __init__(self, priority: Priority, holder: ThemeHolder, blink: Blink) -> None:
        super().__init__()
        self.priority = priority
        self._symbol = _Symbol(holder, blink, 24)
        self._symbol.priority = priority
        self._text = QLabel()
        self._text.setFont(font(12.5))
        self._text.setMinimumWidth(64)
        box = QHBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(6)
        box.addWidget(self._symbol)
        box.addWidget(self._text)
        self.show_counts(0, 0)

    def show_counts(self, unacked: int, standing: int) -> None:
        self._symbol.state = AlarmState.ACKED if standing or unacked else AlarmState.SHLVD
        self._symbol.setVisible(True)
        self._symbol.update()
        self._text.setText(f"{unacked} / {standing}")
        self._text.setEnabled(bool(unacked or standing))
        self.setToolTip(tr("{word}：未确认 {a}，报警中 {b}", word=priority_word(self.priority), a=unacked, b=standing))

    def show_unknown(self) -> None:
        self._symbol.state = AlarmState.SHLVD
        self._text.setText("—")
        self._text.setEnabled(False)


class AlarmBanner(QFrame):
    """Fed with the same queue as the table. `opened` asks for its card, `acknowledge` names occurrences."""

    opened = Signal(object)  # AlarmMsg
    acknowledge = Signal(list)
    list_wanted = Signal()

    def __init__(self, holder: ThemeHolder, blink: Blink) -> None:
        super().__init__()
        self._holder = holder
        self._row: Row | None = None
        self._symbol = _Symbol(holder, blink, 34)
        self._text = QLabel()
        self._text.setFont(font(14, bold=True))
        self._text.setTextFormat(Qt.TextFormat.PlainText)
        self._text.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.flood = FloodBadge(holder)
        self._more = QLabel()
        self._more.setFont(font(11.5))
        self._ack = QPushButton()
        self._ack.setFont(font(12))
        self._ack.clicked.connect(self._acknowledge)
        self._counts = [_Count(priority, holder, blink) for priority in Priority]
        box = QHBoxLayout(self)
        box.setContentsMargins(18, 6, 18, 6)  # in line with the top bar
        box.setSpacing(12)
        box.addWidget(self._symbol)
        box.addWidget(self._text, 1)
        box.addWidget(self._more)
        box.addWidget(self.flood)
        box.addWidget(self._ack)
        for count in self._counts:
            box.addWidget(count)
        self.setFixedHeight(HEIGHT)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        holder.changed.connect(self._dress)
        self._dress()
        self.show_unknown(tr("未连接，报警情况不明"))

    def show_queue(self, queue: AlarmQueue, may_acknowledge: bool = True) -> None:
        """After each change of the queue (not more often than it is flushed)."""
        newest: Row | None = None
        total = 0
        for count in self._counts:
            unacked = queue.count(View.UNACKED, count.priority)
            total += unacked
            count.show_counts(unacked, queue.count(View.ACTIVE, count.priority))
            if newest is None and unacked:
                newest = queue.newest_unacked(count.priority)
        self._ack.setVisible(may_acknowledge and newest is not None)
        self._show(newest, total)

    def show_flood(self, flood: Flood) -> None:
        self.flood.put(flood)

    def show_unknown(self, text: str) -> None:
        """Nothing is known of any alarm (not logged in, no feed yet): say so; zeros would look like peace."""
        self._show(None, 0)
        self._text.setText(text)
        for count in self._counts:
            count.show_unknown()

    def _show(self, row: Row | None, total: int) -> None:
        self._row = row
        self._symbol.setVisible(row is not None)
        self._text.setEnabled(row is not None)
        if row is None:
            self._text.setText(tr("没有未确认的报警"))
            self._more.setText("")
            self._ack.hide()
            return
        self._symbol.priority, self._symbol.state = symbol_of(row.alarm)
        self._symbol.update()
        cells, alarm = row.cells, row.alarm
        self._text.setText(f"{cells[RAISED][6:]}  {_sentence(row)}")
        self._text.setToolTip(f"{alarm.tag}  {cells[STATE]}\n{alarm.guidance}".strip())
        self._more.setText(tr("另有 {n} 条未确认", n=total - 1) if total > 1 else "")
        self._ack.setText(tr("确认这一条"))

    def _acknowledge(self) -> None:
        if self._row is not None and self._row.unacked:
            self.acknowledge.emit(self._row.unacked)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if self._row is not None:
            self.opened.emit(self._row.alarm)
        else:
            self.list_wanted.emit()

    def _dress(self) -> None:
        theme = self._holder.theme
        self.setStyleSheet(
            f"AlarmBanner {{ background: {theme.surface}; border: 0; border-bottom: 1px solid {theme.line}; }}"
            f"QLabel {{ color: {theme.text}; }} QLabel:disabled {{ color: {theme.text_dim}; }}"
        )


def _sentence(row: Row) -> str:
    """Where, what, how much; whether it is over. Of a lost source or the station itself, what happened in its own words."""
    cells, alarm = row.cells, row.alarm
    if alarm.rule in (RuleKind.LINK, RuleKind.SYSTEM) and alarm.message:
        said = [alarm.message]
    else:
        name = alarm.name or alarm.tag
        place = f"{alarm.equipment} " if alarm.equipment not in name else ""
        said = [f"{place}{name}", cells[RULE], cells[VALUE]]
    if row.views & View.RETURNED:
        said.append(tr("已恢复"))
    return "  ".join(part for part in said if part)

"""One live alarm in the faceplate: symbol, what and since when, and the one action due (acknowledge or reset)."""

from PySide6.QtCore import QRect, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSizePolicy, QWidget

from app.domain.alarm import AlarmState, RuleKind
from app.domain.wire import AlarmMsg
from widgets import vocabulary
from widgets.symbols import UNACKED, Blink, symbol_of, symbol_pixmap
from widgets.theme import ThemeHolder, font
from widgets.words import tr

_HEIGHT = 56
_SYMBOL = 24


class AlarmRow(QWidget):
    """`acknowledge` and `reset` carry the occurrence, so that a click can never meet a newer alarm."""

    acknowledge = Signal(object)
    reset = Signal(object)
    opened = Signal(object)  # AlarmMsg: its card

    def __init__(self, alarm: AlarmMsg, holder: ThemeHolder, blink: Blink, decimals: int = 1, look_only: bool = False) -> None:
        """`look_only`: of the past, nothing can be done about it."""
        super().__init__()
        self._look_only = look_only
        self._decimals = decimals
        self.alarm = alarm
        self._holder = holder
        self._blink = blink
        self.setFixedHeight(_HEIGHT)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setToolTip(tr("点击打开报警卡片"))
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.button = QPushButton(self)
        self.button.setFixedWidth(72)
        self.button.setMinimumHeight(34)
        self.button.setFont(font(11))
        self.button.clicked.connect(self._on_button)
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 12, 0)
        line.addStretch()
        line.addWidget(self.button)
        blink.fast_changed.connect(self._on_blink)
        blink.slow_changed.connect(self._on_blink)
        self.put(alarm)

    def put(self, alarm: AlarmMsg) -> None:
        """The same occurrence in a newer state."""
        self.alarm = alarm
        state = AlarmState(alarm.state)
        self.button.setVisible(not self._look_only and (state in UNACKED or state is AlarmState.LAKED))
        self.button.setText(tr("确认") if state in UNACKED else tr("复位"))
        self._blink.use(self, state in UNACKED)
        self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self.rect().contains(event.position().toPoint()):
            self.opened.emit(self.alarm)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.opened.emit(self.alarm)
        else:
            super().keyPressEvent(event)

    def _on_button(self) -> None:
        wanted = self.acknowledge if AlarmState(self.alarm.state) in UNACKED else self.reset
        wanted.emit(self.alarm.occurrence)

    def _on_blink(self) -> None:
        self.update(0, 0, 12 + _SYMBOL + 4, _HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:
        theme, alarm = self._holder.theme, self.alarm
        painter = QPainter(self)
        priority, state = symbol_of(alarm)
        dpr = self.devicePixelRatioF()
        symbol = symbol_pixmap(priority, state, self._blink.phase(state), _SYMBOL, theme, dpr)
        painter.drawPixmap(12, (_HEIGHT - _SYMBOL) // 2, symbol)
        painter.setPen(QPen(QColor(theme.line), 1))
        painter.drawLine(12, _HEIGHT - 1, self.width() - 12, _HEIGHT - 1)
        right = self.button.x() - 8 if self.button.isVisible() else self.width() - 12
        room = QRect(12 + _SYMBOL + 10, 6, right - 12 - _SYMBOL - 10, 22)
        flags = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        for said, size, colour in ((self.headline(), 11.0, theme.text), (self.subline(), 10.0, theme.text_dim)):
            painter.setFont(font(size))
            painter.setPen(QColor(colour))
            painter.drawText(room, flags, painter.fontMetrics().elidedText(said, Qt.TextElideMode.ElideRight, room.width()))
            room.translate(0, 22)
        painter.end()

    def headline(self) -> str:
        """`高高报 93.4 %（限值 92）`: what it was when it was raised, with the decimals of its tag."""
        alarm = self.alarm
        if not vocabulary.has_numbers(alarm.rule):
            own_words = alarm.rule in (RuleKind.LINK, RuleKind.SYSTEM) and alarm.message
            return own_words or vocabulary.rule_word(alarm.rule)
        value = vocabulary.number(alarm.value, self._decimals) if alarm.value is not None else ""
        said = " ".join(part for part in (vocabulary.rule_word(alarm.rule), value, alarm.unit if value else "") if part)
        return tr("{said}（限值 {limit:g}）", said=said, limit=alarm.limit) if alarm.limit is not None else said

    def subline(self) -> str:
        alarm = self.alarm
        said = [vocabulary.local_time(alarm.raised_at), vocabulary.state_word(alarm.state)]
        if alarm.acked_by:
            said.append(alarm.acked_by)
        if alarm.shelved_until:
            said.append(tr("搁置至 {time}", time=vocabulary.local_time(alarm.shelved_until)))
        if alarm.source_lost_since:
            said.append(tr("{time} 起数据源中断，为最后已知", time=vocabulary.local_time(alarm.source_lost_since)))
        if not alarm.durable:
            said.append(tr("尚未存盘"))
        said.append(alarm.name or alarm.tag)  # last: it may be cut, the faceplate says whose it is
        return " · ".join(part for part in said if part)

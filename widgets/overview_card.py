"""The card of one hazard source (重大危险源) on the overview. One widget, painted whole; grey unless something is wrong."""

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.domain.alarm import AlarmState, RuleKind
from app.domain.tag import Priority
from app.domain.wire import AlarmMsg
from widgets.overview_summary import Group, KeyValue, Summary
from widgets.plant.reading import NOTHING, level_word
from widgets.symbols import INK, UNACKED, Blink, symbol_of, symbol_pixmap, to_show
from widgets.tagdrag import is_far, start_drag
from widgets.theme import ThemeHolder, font
from widgets.words import tr

CARD_WIDTH, CARD_HEIGHT = 440, 244
_EDGE = 14
_SYMBOL = 28
_SMALL = 18


class Card(QWidget):
    """`opened` carries the equipment to show: that of the worst alarm, or else the first."""

    opened = Signal(str)

    def __init__(self, group: Group, holder: ThemeHolder, blink: Blink) -> None:
        super().__init__()
        self.group = group
        self.summary: Summary | None = None
        self._shown: list[AlarmMsg] = []
        self._standing: dict[str, Priority] = {}
        self._ahead = ""
        self._pressed: QPointF | None = None
        self._holder, self._blink = holder, blink
        self._scale = 1.0
        self.set_scale(1.0)
        self.setToolTip(tr("数字为 未确认/全部 报警；点击打开平面图"))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAccessibleName(self.title)
        blink.fast_changed.connect(self._on_blink)
        blink.slow_changed.connect(self._on_blink)

    @property
    def title(self) -> str:
        return self.group.title or self.group.code if self.group.code else tr("其他设备")

    def set_scale(self, scale: float) -> None:
        """Everything on the card that many times its usual size."""
        self._scale = scale
        self.setFixedHeight(round(CARD_HEIGHT * scale))
        self.setMinimumWidth(380)

    def put(self, summary: Summary, live: Sequence[AlarmMsg]) -> None:
        """Repaints only when something differs."""
        shown = to_show(live)
        standing: dict[str, Priority] = {}
        for alarm in live:
            if alarm.state in (AlarmState.UNACK, AlarmState.ACKED) and alarm.rule != RuleKind.BAD:
                priority = Priority.of(alarm.priority)
                standing[alarm.tag] = min(priority, standing.get(alarm.tag, priority))
        if summary != self.summary or shown != self._shown or standing != self._standing:
            self.summary, self._shown, self._standing = summary, shown, standing
            self._blink.use(self, any(AlarmState(alarm.state) in UNACKED for alarm in shown))
            self.update()

    def put_ahead(self, text: str) -> None:
        """When the next limit of this hazard source is reached at the present rate; "" none."""
        if text != self._ahead:
            self._ahead = text
            self.update()

    def _target(self) -> str:
        for alarm in self._shown:
            if any(unit.equipment == alarm.equipment for unit in self.group.equipment):
                return alarm.equipment
        return self.group.equipment[0].equipment if self.group.equipment else ""

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._pressed = event.position()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """What the card shows can be dragged into a trend."""
        if self._pressed is not None and self.summary is not None and is_far(self._pressed, event.position()):
            self._pressed = None
            start_drag(self, [value.tag.tag for value in self.summary.values])

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        pressed, self._pressed = self._pressed, None
        if pressed is None:
            return
        if event.button() == Qt.MouseButton.LeftButton and self.rect().contains(event.position().toPoint()):
            self.opened.emit(self._target())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.opened.emit(self._target())
        else:
            super().keyPressEvent(event)

    def _symbol_rect(self, index: int) -> QRect:
        """In the card's own measure."""
        return QRect(round(self.width() / self._scale) - _EDGE - (_SYMBOL + 6) * (index + 1) + 6, _EDGE, _SYMBOL, _SYMBOL)

    def _on_blink(self) -> None:
        for index in range(len(self._shown)):
            rect, scale = self._symbol_rect(index), self._scale
            self.update(QRectF(rect.x() * scale, rect.y() * scale, rect.width() * scale, rect.height() * scale).toAlignedRect())

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._holder.theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.scale(self._scale, self._scale)
        card = QRect(0, 0, round(self.width() / self._scale), round(self.height() / self._scale))
        worst = min(self._standing.values(), default=None)
        painter.setPen(QPen(QColor(theme.line if worst is None else theme.alarm(worst)), 1.0 if worst is None else 2.0))
        painter.setBrush(QColor(theme.surface))
        painter.drawRoundedRect(card.adjusted(1, 1, -1, -1), 4, 4)
        if self.hasFocus():
            painter.setPen(QPen(QColor(theme.focus), 1.0))
            painter.drawRoundedRect(card.adjusted(4, 4, -4, -4), 3, 3)
        dpr = self.devicePixelRatioF() * self._scale
        for index, alarm in enumerate(self._shown):
            priority, state = symbol_of(alarm)
            symbol = symbol_pixmap(priority, state, self._blink.phase(state), _SYMBOL, theme, dpr)
            painter.drawPixmap(self._symbol_rect(index).topLeft(), symbol)
        room = card.adjusted(_EDGE, _EDGE, -_EDGE, -10)
        words = QRect(room.left(), room.top() - 2, room.width() - len(self._shown) * (_SYMBOL + 6), 26)
        _line(painter, words, self.title, 14, theme.text, bold=True)
        _line(painter, words.translated(0, 24), self.subtitle(), 10, theme.text_dim)
        if self.summary is not None:
            y = room.top() + 56
            for value in self.summary.values:
                self._paint_value(painter, QRect(room.left(), y, room.width(), 26), value)
                y += 28
            if self._ahead:
                where = QRect(room.left(), card.height() - 62, room.width(), 22)
                _line(painter, where, self._ahead, 10.5, theme.text, bold=True)
            self._paint_counts(painter, QRect(room.left(), card.height() - 38, room.width(), 26), self.summary)
        painter.end()

    def subtitle(self) -> str:
        group = self.group
        if not group.code:
            return tr("不属于重大危险源")
        level = level_word(group.level) or tr("重大危险源 未定级")
        chemicals = "、".join(dict.fromkeys(unit.chemical for unit in group.equipment if unit.chemical))
        return " · ".join(part for part in (level, group.code, chemicals) if part)

    def _paint_value(self, painter: QPainter, room: QRect, value: KeyValue) -> None:
        """Name at the left, number and unit in columns at the right."""
        theme, said, tag = self._holder.theme, value.said, value.tag
        unit = QRect(room.right() - 60, room.top(), 60, room.height())
        number = QRect(unit.left() - 126, room.top(), 120, room.height())
        _line(
            painter,
            QRect(room.left(), room.top(), number.left() - room.left(), room.height()),
            tag.name or tag.tag,
            11,
            theme.text_dim,
        )
        alarm = self._standing.get(tag.tag)
        colour = theme.text if said.trusted else theme.bad
        painter.setFont(font(13, bold=True))
        if alarm is not None and said.trusted:
            width = painter.fontMetrics().horizontalAdvance(said.text) + 10
            painter.fillRect(
                QRect(number.right() - width + 6, number.top() + 1, width, number.height() - 2), QColor(theme.alarm(alarm))
            )
            colour = INK
        elif said.text == NOTHING:
            colour = theme.text_dim
        painter.setPen(QColor(colour))
        painter.drawText(number, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, said.text)
        _line(painter, unit.adjusted(4, 0, 0, 0), said.unit, 10, theme.text_dim)

    def _paint_counts(self, painter: QPainter, room: QRect, summary: Summary) -> None:
        """A symbol and "unacknowledged / all" for each priority that has any; at the right how many values are in doubt."""
        theme, dpr = self._holder.theme, self.devicePixelRatioF() * self._scale
        x = room.left()
        for priority, count in zip(Priority, summary.counts, strict=True):
            if not count.active:
                continue
            symbol = symbol_pixmap(priority, AlarmState.ACKED, True, _SMALL, theme, dpr)
            painter.drawPixmap(x, room.center().y() - _SMALL // 2, symbol)
            x = (
                _line(
                    painter,
                    QRect(x + _SMALL + 5, room.top(), 90, room.height()),
                    f"{count.unacked}/{count.active}",
                    11,
                    theme.text,
                )
                + 14
            )
        if x == room.left():
            blind = summary.doubted and summary.doubted == summary.total  # nothing is heard that could alarm
            said, colour = (tr("报警情况不明"), theme.bad) if blind else (tr("无报警"), theme.text_dim)
            x = _line(painter, room, said, 11, colour) + 14
        if summary.aside:
            symbol = symbol_pixmap(Priority.LOW, AlarmState.SHLVD, True, _SMALL, theme, dpr)
            painter.drawPixmap(x, room.center().y() - _SMALL // 2, symbol)
            _line(painter, QRect(x + _SMALL + 5, room.top(), 60, room.height()), str(summary.aside), 11, theme.text_dim)
        said = (
            tr("数据存疑 {n}/{total}", n=summary.doubted, total=summary.total)
            if summary.doubted
            else tr("{n} 个位号 数据正常", n=summary.total)
        )
        painter.setFont(font(10.5))
        painter.setPen(QColor(theme.bad if summary.doubted else theme.text_dim))
        painter.drawText(room, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, said)


def _line(painter: QPainter, room: QRect, said: str, size: float, colour: str, bold: bool = False) -> int:
    """One line, elided; returns where it ends."""
    painter.setFont(font(size, bold))
    painter.setPen(QColor(colour))
    metrics = painter.fontMetrics()
    said = metrics.elidedText(said, Qt.TextElideMode.ElideRight, room.width())
    painter.drawText(room, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, said)
    return room.left() + metrics.horizontalAdvance(said)

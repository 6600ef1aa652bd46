"""The symbols of alarms: shape, numeral and colour together, the same in picture, table, trend and tree; and how they flash.

1 red square, 2 orange triangle up, 3 yellow triangle down, 4 blue circle; white diamond "!" for lost data; a grey outline
with a bar where somebody has put the alarm aside. Filled = the condition stands, hollow = it is gone; moving = nobody has
acknowledged. Colour never stands alone (colour-blind staff), and no phase of the flash hides the symbol or its numeral.

Console side. Draws; knows nothing of tables or pictures.
"""

from collections.abc import Iterable
from weakref import WeakSet

from PySide6.QtCore import QObject, QPointF, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QFont, QPainter, QPainterPath, QPen, QPixmap, QPolygonF
from shiboken6 import isValid

from app.domain.alarm import AlarmState, RuleKind
from app.domain.tag import Priority
from app.domain.wire import AlarmMsg
from widgets.theme import Theme, font

FAULT_FILL = "#ffffff"
INK = "#000000"  # numeral on an alarm fill: black keeps 4.5:1 on all four colours, white does not
ASIDE = frozenset({AlarmState.SHLVD, AlarmState.DSUPR, AlarmState.OOSRV})
HOLLOW = frozenset({AlarmState.RTNUN, AlarmState.LUNAK, AlarmState.LAKED})
UNACKED = frozenset({AlarmState.UNACK, AlarmState.RTNUN, AlarmState.LUNAK})
SLOW = frozenset({AlarmState.RTNUN, AlarmState.LUNAK})
_TICK_MS = 250  # 2 Hz at 50 %: inside the band of IEC 60073 for "normal" flashing and below the 3 Hz of seizure guidance
_SLOW_TICKS = 4  # 0.5 Hz
_CACHE_MAX = 512


class Blink(QObject):
    """The one flash phase of the whole application, so that all symbols beat together. Runs only while somebody flashes."""

    fast_changed = Signal()  # 2 Hz: unacknowledged
    slow_changed = Signal()  # 0.5 Hz: returned, not acknowledged

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.fast = True
        self.slow = True
        self._ticks = 0
        self._users: WeakSet[QObject] = WeakSet()
        self._timer = QTimer(self)
        self._timer.setInterval(_TICK_MS)
        self._timer.timeout.connect(self._tick)

    def use(self, user: QObject, flashing: bool) -> None:
        """`user` shows, or no longer shows, something that flashes. A user that is gone needs no goodbye."""
        if flashing:
            self._users.add(user)
            if not self._timer.isActive():
                self._timer.start()
        elif user in self._users:
            self._users.discard(user)
            if not self._users:
                self._rest()

    @property
    def running(self) -> bool:
        return self._timer.isActive()

    def phase(self, state: AlarmState) -> bool:
        """The phase a symbol of `state` is in now; always True for one that is steady."""
        if state not in UNACKED:
            return True
        return self.slow if state in SLOW else self.fast

    def _rest(self) -> None:
        """At rest everything is in its bright phase."""
        self._timer.stop()
        self._ticks, self.fast, self.slow = 0, True, True
        self.fast_changed.emit()
        self.slow_changed.emit()

    def _tick(self) -> None:
        for user in [user for user in self._users if not isValid(user)]:  # Qt may be done with it before Python is
            self._users.discard(user)
        if not self._users:
            self._rest()
            return
        self._ticks += 1
        self.fast = not self.fast
        self.fast_changed.emit()
        if self._ticks % _SLOW_TICKS == 0:
            self.slow = not self.slow
            self.slow_changed.emit()


def symbol_of(alarm: AlarmMsg) -> tuple[Priority | None, AlarmState]:
    """What to draw for an alarm: its priority, or None (the diamond) where data is lost, and its state."""
    lost = alarm.rule in (RuleKind.LINK, RuleKind.BAD)
    return (None if lost else Priority.of(alarm.priority)), AlarmState(alarm.state)


def rank(alarm: AlarmMsg) -> tuple[int, int, int]:
    """Sort key, worst first: not put aside, then priority, then not acknowledged before acknowledged."""
    state = AlarmState(alarm.state)
    return state in ASIDE, int(Priority.of(alarm.priority)), state not in UNACKED


def to_show(alarms: Iterable[AlarmMsg]) -> list[AlarmMsg]:
    """At most two: the worst, and the worst unacknowledged one where that is another. So a standing "1" that is acknowledged
    never hides a new "3", nor the other way round. NORM is never shown."""
    live = sorted((a for a in alarms if a.state != AlarmState.NORM), key=rank)
    shown = live[:1]
    unacked = next((a for a in live if AlarmState(a.state) in UNACKED), None)
    if unacked is not None and unacked is not shown[0]:
        shown.append(unacked)
    return shown


def paint_symbol(
    painter: QPainter, rect: QRectF, priority: Priority | None, state: AlarmState, phase: bool, theme: Theme
) -> None:
    """Draws one symbol into `rect` (square). `priority` None: the white diamond; `phase` False: the dark half of a flash."""
    size = min(rect.width(), rect.height())
    line = max(1.0, min(2.0, size / 9))
    shape = _shape(priority, rect.center(), size - 2 * line)
    colour = QColor(FAULT_FILL if priority is None else theme.alarm(priority))
    dark = QColor(theme.symbol_outline)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    if state in ASIDE:
        _stroke(painter, shape, QColor(theme.text_dim), line)
        middle, half = rect.center(), size * 0.5 - line
        painter.drawLine(QPointF(middle.x() - half, middle.y()), QPointF(middle.x() + half, middle.y()))
    elif state in HOLLOW:
        # A dark edge round the ring, or yellow on the light theme would have a contrast of 1.1:1.
        _stroke(painter, shape, dark, line)
        ring = _shape(priority, rect.center(), size - 4.6 * line)
        _stroke(painter, ring, colour if phase else QColor(theme.text_dim), line * 1.3)
        _numeral(painter, rect.center(), size * 0.86, priority, QColor(theme.text))
    else:
        painter.fillPath(shape, colour if phase else dark)
        _stroke(painter, shape, dark if phase else colour, line)
        _numeral(painter, rect.center(), size, priority, QColor(INK) if phase else colour)
    painter.restore()


_cache: dict[tuple[Priority | None, AlarmState, bool, int, float, str], QPixmap] = {}


def symbol_pixmap(
    priority: Priority | None, state: AlarmState, phase: bool, size: int, theme: Theme, dpr: float = 1.0
) -> QPixmap:
    """The symbol at `size` logical pixels, drawn once and shared. Both phases of a flash are ready after one second."""
    key = (priority, state, phase, size, dpr, theme.name)
    made = _cache.get(key)
    if made is None:
        if len(_cache) >= _CACHE_MAX:  # zooming makes sizes
            _cache.clear()
        made = QPixmap(round(size * dpr), round(size * dpr))
        made.setDevicePixelRatio(dpr)
        made.fill(Qt.GlobalColor.transparent)
        painter = QPainter(made)
        paint_symbol(painter, QRectF(0, 0, size, size), priority, state, phase, theme)
        painter.end()
        _cache[key] = made
    return made


def _stroke(painter: QPainter, shape: QPainterPath, colour: QColor, width: float) -> None:
    pen = QPen(colour, width)
    pen.setJoinStyle(Qt.PenJoinStyle.MiterJoin)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(pen)
    painter.drawPath(shape)


def _shape(priority: Priority | None, middle: QPointF, size: float) -> QPainterPath:
    """The outline within a square of `size` round `middle`."""
    x, y, half = middle.x(), middle.y(), size / 2
    path = QPainterPath()
    if priority is Priority.CRITICAL:
        path.addRect(QRectF(x - half * 0.9, y - half * 0.9, size * 0.9, size * 0.9))
    elif priority is Priority.LOW:
        path.addEllipse(middle, half, half)
    else:
        corners = {
            Priority.HIGH: ((0, -1), (1, 0.86), (-1, 0.86)),
            Priority.MEDIUM: ((0, 1), (1, -0.86), (-1, -0.86)),
            None: ((0, -1), (1, 0), (0, 1), (-1, 0)),
        }[priority]
        path.addPolygon(QPolygonF([QPointF(x + half * dx, y + half * dy) for dx, dy in corners]))
        path.closeSubpath()
    return path


def _numeral(painter: QPainter, middle: QPointF, size: float, priority: Priority | None, colour: QColor) -> None:
    """The numeral sits where its shape is widest: below the middle of a triangle up, above it of a triangle down."""
    face = QFont(font(10, bold=True))
    triangle = priority in (Priority.HIGH, Priority.MEDIUM)
    face.setPixelSize(max(6, round(size * (0.56 if triangle else 0.68))))
    shift = {Priority.HIGH: 0.14, Priority.MEDIUM: -0.16}.get(priority, 0.0) if priority else 0.0
    # Placed by the glyph itself: CJK families carry so much air above and below that centring a text box sets digits low.
    glyph = QPainterPath()
    glyph.addText(0, 0, face, "!" if priority is None else str(int(priority)))
    box = glyph.boundingRect()
    painter.fillPath(glyph.translated(middle.x() - box.center().x(), middle.y() + shift * size - box.center().y()), colour)

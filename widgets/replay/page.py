"""The replay page (事故回放): the views of the live desk, each an own one, side by side at one time cursor. Console side.

Nothing here can be acknowledged, reset or shelved: there is nothing to press. Keys: Space plays, ← and → step from event to
event, + and - change the speed, Esc goes back to the present.
"""

from collections.abc import Callable, Mapping, Sequence
from time import monotonic

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSplitter, QVBoxLayout, QWidget

from app.domain.alarm import AlarmState
from app.domain.instant import Instant
from app.domain.sample import Sample
from app.domain.wire import AlarmMsg
from widgets.alarms.row import CLEARED, EQUIPMENT, LIMIT, NOTE, VALUE
from widgets.alarms.table import AlarmTable
from widgets.forms.controls import button, label
from widgets.plant.page import PlantPage
from widgets.pulse import Pulse
from widgets.replay.events import EventList, Happened
from widgets.replay.look import ReplayStrip
from widgets.replay.pane import ReplayPane
from widgets.replay.timeline import ReplayTimeline
from widgets.replay.transport import Transport
from widgets.replay.trend import ReplayTrend
from widgets.symbols import Blink, symbol_of, symbol_pixmap
from widgets.theme import ThemeHolder
from widgets.timecursor import TimeCursor
from widgets.video.replaypane import ReplayWall
from widgets.words import page_title, tr

BEAT_MS = 50
_JUMP_S = 1.0  # a beat that comes later than this says nothing of the time that went by
_SYMBOL = 26
_LEFT_OUT = (VALUE, LIMIT, CLEARED, EQUIPMENT, NOTE)  # of the queue: there is less room, and all of it stands on the card


class LiveOffer(QWidget):
    """A new alarm of now, while somebody looks at the past: one click goes to it."""

    taken = Signal(object)  # AlarmMsg

    def __init__(self, holder: ThemeHolder) -> None:
        super().__init__()
        self._holder = holder
        self.alarm: AlarmMsg | None = None
        self.symbol = QLabel()
        self.text = label(size=14, bold=True)
        self.go = button(tr("回到实时，去看这条报警"), primary=True)
        self.go.clicked.connect(self._take)
        line = QHBoxLayout(self)
        line.setContentsMargins(16, 6, 10, 6)
        line.setSpacing(12)
        line.addWidget(self.symbol)
        line.addWidget(self.text, 1)
        line.addWidget(self.go)
        self.hide()

    def offer(self, alarm: AlarmMsg) -> None:
        self.alarm = alarm
        priority, state = symbol_of(alarm)
        self.symbol.setPixmap(symbol_pixmap(priority, state, True, _SYMBOL, self._holder.theme, self.devicePixelRatioF()))
        self.text.setText(tr("现在有新的紧急报警：{what}", what=alarm.message or alarm.name))
        self.show()

    def withdraw(self) -> None:
        self.alarm = None
        self.hide()

    def _take(self) -> None:
        if self.alarm is not None:
            self.taken.emit(self.alarm)

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._holder.theme
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(theme.raised))
        painter.fillRect(0, 0, 6, self.height(), QColor(theme.priority[0]))
        painter.end()


class ReplayPage(QWidget):
    """`advanced(seconds)` on each beat while the page is seen; `left` back to the present; `live_wanted(AlarmMsg)` to that
    alarm of now; `card_wanted(AlarmMsg)` of a past alarm; `occurrence_wanted(int)` the same, by number."""

    advanced = Signal(float)
    left = Signal()
    live_wanted = Signal(object)
    card_wanted = Signal(object)
    occurrence_wanted = Signal(int)

    def __init__(self, holder: ThemeHolder, blink: Blink, cursor: TimeCursor) -> None:
        super().__init__()
        self._holder, self.moment = holder, cursor
        self._decimals: Mapping[str, int] = {}
        self._beat_at = monotonic()
        self.late_ms: list[float] = []
        self.strip = ReplayStrip(holder, cursor)
        self.offer = LiveOffer(holder)
        self.plant = PlantPage(holder, blink, now=lambda: cursor.at)
        self.plant.faceplate.look_only = True
        self.trend = ReplayTrend(holder, cursor)
        self.table = AlarmTable(holder, blink, self._decimals_of)
        for column in _LEFT_OUT:
            self.table.setColumnHidden(column, True)
        self.events = EventList(holder)
        self.wall = ReplayWall(holder)
        self.wall.follow(cursor)
        self.timeline = ReplayTimeline(holder, cursor)
        self.transport = Transport(cursor)
        self.plan_pane = self._pane(tr("平面图"), self.plant)
        self.trend_pane = self._pane(tr("趋势"), self.trend)
        self.table_pane = self._pane(page_title("报警"), self.table)
        self.events_pane = self._pane(tr("事件"), self.events)
        self.wall_pane = self._pane(tr("录像"), self.wall)
        self.empty = label(size=14, dim=True, wrap=True)
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._arrange()
        self._connect()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._pulse = Pulse(self, BEAT_MS, self._beat, precise=True)

    # data in

    def show_decimals(self, decimals: Mapping[str, int]) -> None:
        self._decimals = decimals

    def show_whole(self, values: Mapping[str, Sample], alarms: Mapping[str, list[AlarmMsg]]) -> None:
        """All there is at the cursor."""
        every = [alarm for some in alarms.values() for alarm in some]
        self.table.replace_alarms(every)
        self.plant.put_alarms(alarms, whole=True)
        self.plant.put_values(values)
        self.plant.view.flush()  # whoever seeks waits for the picture
        self._count()

    def put_values(self, values: Mapping[str, Sample]) -> None:
        self.plant.put_values(values)

    def put_alarms(self, changed: Sequence[AlarmMsg], by_tag: Mapping[str, list[AlarmMsg]]) -> None:
        self.table.put_alarms(changed)
        self.table.flush()  # the queue shows the same second as the plan
        self.plant.put_alarms(by_tag)
        self._count()

    def show_lag(self, lag: Instant | None) -> None:
        """Plan and queue are still of that moment, not of the cursor's; None: they are of the cursor's."""
        for pane in (self.plan_pane, self.table_pane):
            pane.show_lag(lag)

    def say_empty(self, text: str) -> None:
        """Instead of the views; "" shows them."""
        self.empty.setText(text)
        self.empty.setVisible(bool(text))
        self._body.setVisible(not text)

    def show_wall(self, cameras: Sequence[str]) -> None:
        self.wall_pane.setVisible(bool(cameras))

    def clear(self) -> None:
        """Another station, or nobody logged in."""
        self.offer.withdraw()
        self.table.replace_alarms([])
        self.plant.show_site((), lambda file: None, {}, {}, {})
        self.plant.put_alarms({}, whole=True)
        self.trend.clear()
        self.events.show_events((), 0)
        self.timeline.clear()
        self.wall.show_cameras({})

    # inside

    def _pane(self, title: str, inside: QWidget) -> ReplayPane:
        return ReplayPane(self._holder, self.moment, title, inside)

    def _arrange(self) -> None:
        left, right = QSplitter(Qt.Orientation.Vertical), QSplitter(Qt.Orientation.Vertical)
        for pane in (self.plan_pane, self.trend_pane):
            left.addWidget(pane)
        for pane in (self.table_pane, self.events_pane, self.wall_pane):
            right.addWidget(pane)
        left.setSizes([600, 340])
        right.setSizes([300, 330, 300])
        self._body = QSplitter(Qt.Orientation.Horizontal)
        self._body.addWidget(left)
        self._body.addWidget(right)
        self._body.setSizes([1050, 750])
        for one in (left, right, self._body):
            one.setChildrenCollapsible(False)
            one.setHandleWidth(4)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.strip)
        column.addWidget(self.offer)
        column.addWidget(self._body, 1)
        column.addWidget(self.empty, 1)
        self.empty.hide()
        column.addWidget(self.timeline)
        column.addWidget(self.transport)
        self.wall_pane.hide()

    def _connect(self) -> None:
        cursor = self.moment
        cursor.moved.connect(self.events.stand_at)
        self.strip.left.connect(self.left)
        self.offer.taken.connect(self.live_wanted)
        self.table.opened.connect(self.card_wanted)
        self.plant.open_card.connect(self.card_wanted)
        self.plant.open_trend.connect(self.trend.add_tag)
        self.events.sought.connect(cursor.go)
        self.events.opened.connect(self._on_event)
        self.wall.stepped.connect(cursor.step)
        for watched in (self.table, self.plant.view, self.trend.plot, self.timeline, self.transport.play):
            watched.installEventFilter(self)

    def _on_event(self, row: Happened) -> None:
        if row.occurrence > 0:
            self.occurrence_wanted.emit(row.occurrence)

    def _decimals_of(self, tag: str) -> int:
        return self._decimals.get(tag, 1)

    def _count(self) -> None:
        rows = self.table.queue.rows
        waiting = sum(1 for one in rows if one.state in (AlarmState.UNACK, AlarmState.RTNUN, AlarmState.LUNAK))
        self.table_pane.show_title(tr("报警 {n} 条，未确认 {m} 条（只看，不能操作）", n=len(rows), m=waiting))

    def _beat(self) -> None:
        now = monotonic()
        passed, self._beat_at = now - self._beat_at, now
        if passed < _JUMP_S:
            if self.moment.playing:
                self.late_ms.append(passed * 1000 - BEAT_MS)
                del self.late_ms[:-1000]
            self.advanced.emit(passed)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The keys of the replay work wherever the hand is on the page."""
        return event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent) and self._key(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not self._key(event):
            super().keyPressEvent(event)

    def _key(self, event: QKeyEvent) -> bool:
        act = self._acts().get(Qt.Key(event.key())) if not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier else None
        if act is None:
            return False
        act()
        return True

    def _acts(self) -> Mapping[Qt.Key, Callable[[], object]]:
        key = Qt.Key
        return {
            key.Key_Space: self.transport.toggle,
            key.Key_Left: lambda: self.moment.step(-1),
            key.Key_Right: lambda: self.moment.step(1),
            key.Key_Plus: lambda: self.transport.faster(1),
            key.Key_Equal: lambda: self.transport.faster(1),
            key.Key_Minus: lambda: self.transport.faster(-1),
            key.Key_Escape: self._escape,
        }

    def _escape(self) -> None:
        """Out of the faceplate first, then out of the past."""
        if not self.plant.faceplate.isHidden():
            self.plant.close_faceplate()
        else:
            self.left.emit()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(event.rect(), QColor(self._holder.theme.background))
        painter.end()

"""The alarm card (报警卡片): everything about one alarm on one page, live. Console side; joins the parts, asks nobody.

What the screen knows already (the alarm, values, limits, plan, cameras) is there with the click; what only the station knows
(limits of then, earlier occurrences, chemical, form) follows with `put_card` and the curve with `put_history`. The card is of
one occurrence and stays with it, also when that is over.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from time import time
from typing import Any

from PySide6.QtCore import Qt, Signal, SignalInstance
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QScrollArea, QStackedLayout, QVBoxLayout, QWidget

from app.domain.alarm import AlarmState
from app.domain.card import AlarmCard
from app.domain.guidance import split_guidance
from app.domain.instant import SECOND, Instant
from app.domain.nearby import RADIUS_M
from app.domain.plant import Camera, Equipment, Layout
from app.domain.sample import Sample
from app.domain.tag import Tag
from app.domain.wire import AlarmMsg
from widgets.ahead import countdown_to
from widgets.card.camera import CameraPanel
from widgets.card.chemical import ChemicalPanel
from widgets.card.earlier import EarlierPanel
from widgets.card.guide import GuidePanel
from widgets.card.handling import HandlingPanel
from widgets.card.head import CardHead
from widgets.card.others import NewerStrip, other_alarms, other_line
from widgets.card.panel import Panel, text_label
from widgets.card.plan import PlanPanel
from widgets.card.plot import CardPlot
from widgets.card.why import WhyPanel
from widgets.pulse import Pulse
from widgets.symbols import Blink
from widgets.theme import ThemeHolder, font
from widgets.trend.pen import Past
from widgets.words import tr

BEAT_MS = 500
_SMALLEST = (1240, 700)  # below it scrolls: a small window must not crush the parts


@dataclass(frozen=True)
class Plant:
    """The configuration as the desk knows it. `picture(file)` gives the bytes of a background, or None."""

    tags: Mapping[str, Tag] = field(default_factory=dict)
    equipment: Mapping[str, Equipment] = field(default_factory=dict)
    cameras: Mapping[str, Camera] = field(default_factory=dict)
    layouts: Sequence[Layout] = ()
    picture: Callable[[str], bytes | None] = lambda file: None


class _Card(QWidget):
    """Takes the height there is. Texts that wrap would else make the scroll area grow to what they would like best."""

    def hasHeightForWidth(self) -> bool:
        return False


class CardPage(QWidget):
    """`acknowledge(occurrence, note)`, `reset(occurrence)`, `begin_form(occurrence)`, `form_wanted(id)`, `trend_wanted(tag)`,
    `place_wanted(AlarmMsg)`, `why_wanted(tag)`, `alarm_wanted(AlarmMsg)`, `occurrence_wanted(number)`, `back`."""

    acknowledge = Signal(object, str)
    reset = Signal(object)
    begin_form = Signal(object)
    form_wanted = Signal(object)
    trend_wanted = Signal(str)
    replay_wanted = Signal(object)  # AlarmMsg
    place_wanted = Signal(object)
    why_wanted = Signal(str)
    alarm_wanted = Signal(object)
    occurrence_wanted = Signal(object)
    back = Signal()

    def __init__(self, holder: ThemeHolder, blink: Blink) -> None:
        super().__init__()
        self._holder = holder
        self.alarm: AlarmMsg | None = None
        self.live = False
        self.tag: Tag | None = None
        self._of_plant = True  # not of the station itself
        self._plant = Plant()
        self._values: dict[str, Sample] = {}
        self._alarms: dict[str, list[AlarmMsg]] = {}
        self._silent = False
        self._others_due = False
        self._may_begin = False
        self.head = CardHead(holder, blink)
        self.newer = NewerStrip()
        self.failed = text_label(12, wrap=True)
        self.failed.setObjectName("error")
        self.guide = GuidePanel()
        self.chemical = ChemicalPanel()
        self.curve = Panel(tr("趋势：触发前 10 分钟至今"))
        self.plot = CardPlot(holder)
        self.no_curve = text_label(12, dim=True)
        self.no_curve.setText(tr("这个报警没有曲线：它不属于一个模拟量位号。"))
        self.no_curve.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.plan = PlanPanel(holder, blink)
        self.cameras = CameraPanel(holder)
        self.handling = HandlingPanel(holder)
        self.why = WhyPanel(holder)
        self.earlier = EarlierPanel(holder)
        self.empty = QLabel(tr("没有打开报警卡片。\n在报警表、横幅或平面图上点一条报警。"))
        self.empty.setFont(font(14))
        self.empty.setObjectName("dim")
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._stack = QStackedLayout(self)
        self._stack.addWidget(self.empty)
        self._stack.addWidget(self._arrange())
        self._connect()
        self._pulse = Pulse(self, BEAT_MS, self._beat)

    # what is shown

    def show_site(self, plant: Plant) -> None:
        """A (new) configuration; an open card is closed: its limits and places may be others now."""
        self._plant = plant
        self.close_card()

    def close_card(self) -> None:
        self.alarm, self.tag = None, None
        self._values, self._alarms = {}, {}
        self.plan.put_alarms({}, whole=True)
        self._stack.setCurrentIndex(0)

    def show_alarm(
        self, alarm: AlarmMsg, live: bool, values: Mapping[str, Sample], alarms: Mapping[str, Sequence[AlarmMsg]]
    ) -> None:
        """A new card. `values` and `alarms` (by tag): all that is known now."""
        plant = self._plant
        tag = plant.tags.get(alarm.tag)
        equipment = plant.equipment.get(alarm.equipment or (tag.equipment if tag is not None else ""))
        self.alarm, self.live, self.tag = alarm, live, tag
        self._values, self._alarms = dict(values), {name: list(some) for name, some in alarms.items()}
        self.newer.clear()
        self.failed.hide()
        self.head.show_alarm(alarm, tag, equipment)
        self.head.put_alarm(alarm, live)
        self.head.put_sample(values.get(alarm.tag))
        self._of_plant = not alarm.tag.startswith("@")
        for part in (self.chemical, self.plan, self.cameras):
            part.setVisible(self._of_plant)
        guidance = split_guidance("" if tag is None else tag.guidance, {} if tag is None else tag.extra)
        self.guide.show_guidance(guidance, self._of_plant)
        self.chemical.wait(tr("正在读取…"))
        curved = tag is not None and not tag.is_digital
        self._curves.setCurrentWidget(self.plot if curved else self.no_curve)
        if curved and tag is not None:
            self.plot.show_alarm(alarm, tag, live, values.get(alarm.tag))
        else:
            self.plot.set_pens([])
        self.plan.show_place(alarm, tag, plant.layouts, plant.picture, plant.tags, plant.equipment, RADIUS_M)
        self.plan.put_values(values)
        self.plan.put_alarms(self._alarms, whole=True)
        self.cameras.show_cameras(self._bound_cameras(tag, equipment))
        self.cameras.show_clips(())
        self.handling.wait(tr("正在读取…"))
        self.why.wait(tr("正在读取…"))
        self.earlier.wait(tr("正在读取…"))
        self._others_due = True
        self._stack.setCurrentIndex(1)
        self._beat()

    def put_card(self, card: AlarmCard) -> None:
        """What the station says; an answer for another alarm is dropped."""
        if self.alarm is None or card.alarm.occurrence != self.alarm.occurrence:
            return
        self.failed.hide()
        if not (card.live and self.live):  # of a live one the feed knows more
            self._put_state(card.alarm, card.live)
        self.head.put_limits(card.limits)
        if card.limits is not None:
            self.plot.put_limits(card.limits)
        self.guide.show_guidance(card.guidance, self._of_plant)
        self.chemical.show_chemicals(card.chemicals, card.chemicals_of, None if self.tag is None else self.tag.kind)
        known = (self._plant.cameras.get(str(row.get("camera"))) for row in card.cameras)
        self.cameras.show_cameras([camera for camera in known if camera is not None])
        self.handling.show_form(card.form, self._may_begin)
        self.earlier.show_earlier(card.earlier, card.how_often, self.tag, card.alarm.unit, card.alarm.rule)

    def card_failed(self, text: str) -> None:
        """The station did not answer: said, and nothing goes on waiting."""
        self.failed.setText(tr("卡片的其余内容没有取到：{error}", error=text))
        self.failed.show()
        nothing = tr("没有取到")
        self.chemical.wait(nothing)
        self.handling.wait(nothing)
        self.earlier.wait(nothing)

    def put_history(self, past: Past) -> None:
        self.plot.put_history(past)

    @property
    def curved(self) -> bool:
        """Is there a curve to be drawn?"""
        return self.alarm is not None and self._curves.currentWidget() is self.plot

    # live

    def put_values(self, values: Mapping[str, Sample]) -> None:
        if self.alarm is None:
            return
        self._values.update(values)
        self.plan.put_values(values)
        sample = values.get(self.alarm.tag)
        if sample is not None:
            self.head.put_sample(sample)
            self.plot.put_sample(sample)

    def put_ahead(self, told: Any) -> None:
        """The feed's `extra["ahead"]`: when limits are reached at the present rate."""
        if self.alarm is not None:
            self.head.put_ahead(countdown_to(told, self.alarm.tag, self.alarm.limit))

    def put_alarms(self, changed: Sequence[AlarmMsg], by_tag: Mapping[str, Sequence[AlarmMsg]], whole: bool = False) -> None:
        """`changed`: alarms in their newest form, NORM when over; `by_tag`: for each tag concerned all its live ones."""
        mine = self.alarm
        if mine is None:
            return
        for alarm in changed:
            if alarm.occurrence == mine.occurrence:
                self._put_state(alarm, alarm.state != AlarmState.NORM)
            elif (alarm.tag, alarm.rule) == (mine.tag, mine.rule) and alarm.occurrence > mine.occurrence:
                self.newer.put(alarm)
        if whole:
            self._alarms = {}
        for name, some in by_tag.items():
            if some:
                self._alarms[name] = list(some)
            else:
                self._alarms.pop(name, None)
        self.plan.put_alarms(by_tag, whole)
        self._others_due = True  # with the next beat: a storm changes them ten times a second

    def set_silent(self, silent: bool, since: Instant | None = None) -> None:
        """Nothing has come from the station for too long; `since`: the last news."""
        if silent and not self._silent:
            self.plot.feed_lost()
        self._silent = silent
        self.head.set_silent(silent)
        self.plan.set_silent(silent, since)

    def allow(self, acknowledge: bool, reset: bool, note_due: bool, begin: bool) -> None:
        self._may_begin = begin
        self.head.allow(acknowledge, reset, note_due)

    def shut(self) -> None:
        """Ends the plan's worker and the flashing; call before the window goes."""
        self.plan.shut()
        self.head.symbol.rest()

    # by hand

    def take_focus(self) -> None:
        """To the note where one is due, else to the page, where Space acknowledges."""
        if self.head.note_due:
            self.head.note.setFocus()
        else:
            self.setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.back.emit()
        elif event.key() == Qt.Key.Key_Space and not event.isAutoRepeat():
            self.head.acknowledge_now()
        else:
            super().keyPressEvent(event)

    # inside

    def _put_state(self, alarm: AlarmMsg, live: bool) -> None:
        self.alarm, self.live = alarm, live
        self.head.put_alarm(alarm, live)
        self.plot.put_alarm(alarm, live)

    def _show_others(self) -> None:
        """From what is live on the desk: a card that was opened an hour ago must not name alarms that are gone."""
        if self.alarm is not None:
            found, total = other_alarms((one for some in self._alarms.values() for one in some), self.alarm)
            self.plan.put_others([other_line(one) for one in found], total)

    def _beat(self) -> None:
        if self.alarm is None:
            return
        now = round(time() * SECOND)
        self.head.tick(now)
        if self._others_due:
            self._others_due = False
            self._show_others()
        self.plan.tick(self._values, self._alarms)
        self.why.tick()

    def _bound_cameras(self, tag: Tag | None, equipment: Equipment | None) -> list[Camera]:
        known = self._plant.cameras
        wanted = list(tag.camera) if tag is not None else []
        if equipment is not None:
            wanted += [one.camera for one in known.values() if equipment.equipment in one.equipment]
        return [known[code] for code in dict.fromkeys(wanted) if code in known]

    def _connect(self) -> None:
        self.head.acknowledge.connect(lambda note: self._say(self.acknowledge, note))
        self.head.reset.connect(lambda: self._say(self.reset))
        self.head.trend.connect(lambda: self._of_tag(self.trend_wanted))
        self.head.replay.connect(self._replay)
        self.head.why.connect(lambda: self._of_tag(self.why_wanted))
        self.head.place.connect(self._show_place)
        self.head.back.connect(self.back)
        self.newer.opened.connect(self.alarm_wanted)
        self.plan.alarm_wanted.connect(self.alarm_wanted)
        self.handling.begin.connect(lambda: self._say(self.begin_form))
        self.handling.opened.connect(self.form_wanted)
        self.earlier.opened.connect(self.occurrence_wanted)

    def _say(self, signal: SignalInstance, *more: object) -> None:
        if self.alarm is not None:
            signal.emit(self.alarm.occurrence, *more)

    def _replay(self) -> None:
        if self.alarm is not None and self.alarm.raised_at:
            self.replay_wanted.emit(self.alarm)

    def _show_place(self) -> None:
        if self.alarm is not None:
            self.place_wanted.emit(self.alarm)

    def _of_tag(self, signal: SignalInstance) -> None:
        if self.tag is not None:
            signal.emit(self.tag.tag)

    def _arrange(self) -> QScrollArea:
        curve = QWidget()
        self._curves = QStackedLayout(curve)
        self._curves.addWidget(self.plot)
        self._curves.addWidget(self.no_curve)
        self.curve.body.addWidget(curve, 1)
        columns = QHBoxLayout()
        columns.setSpacing(8)
        for stretch, parts in (
            (27, ((self.guide, 8), (self.chemical, 12))),
            (45, ((self.curve, 10), (self.plan, 11))),
            (28, ((self.cameras, 14), (self.handling, 0), (self.why, 8), (self.earlier, 7))),
        ):
            column = QVBoxLayout()
            column.setSpacing(8)
            for part, share in parts:
                column.addWidget(part, share)
            columns.addLayout(column, stretch)
        card = _Card()
        card.setMinimumSize(*_SMALLEST)
        all_ = QVBoxLayout(card)
        all_.setContentsMargins(10, 8, 10, 8)
        all_.setSpacing(8)
        for above in (self.newer, self.head, self.failed):
            all_.addWidget(above)
        all_.addLayout(columns, 1)
        body = QWidget()
        around = QVBoxLayout(body)
        around.setContentsMargins(0, 0, 0, 0)
        around.addWidget(card)
        scroll = QScrollArea()
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setWidgetResizable(True)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setWidget(body)
        return scroll

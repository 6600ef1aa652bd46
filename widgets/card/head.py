"""The head of the card, what is read first: what, where, how bad now, how long, and the actions due. Console side.

Emits what a person wants; whether it may be done the station decides. Everything is of one occurrence: a newer one of the same
alarm is offered beside it, and never acknowledged from here.
"""

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLineEdit, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from app.domain.alarm import AlarmState, RuleKind
from app.domain.card import LimitsThen
from app.domain.instant import Instant
from app.domain.plant import Equipment
from app.domain.sample import Sample
from app.domain.tag import Tag
from app.domain.wire import AlarmMsg
from widgets import vocabulary
from widgets.ahead import Countdown
from widgets.card import said
from widgets.card.panel import Elided, text_label
from widgets.plant.reading import age_text, level_word, quality_text, say
from widgets.symbols import UNACKED, Blink, paint_symbol, symbol_of
from widgets.theme import ThemeHolder, font
from widgets.words import tr

HEIGHT = 138
_SYMBOL = 60
_LEAST = 13.0  # points; a value is read at arm's length
_TWO_LINES = 46
_STATE_WIDTH = 176


class CardHead(QFrame):
    """`acknowledge` carries the note; `reset`, `trend`, `replay`, `place`, `why`, `back` what they say."""

    acknowledge = Signal(str)
    reset = Signal()
    trend = Signal()
    replay = Signal()
    place = Signal()
    why = Signal()
    back = Signal()

    def __init__(self, holder: ThemeHolder, blink: Blink) -> None:
        super().__init__()
        self._holder = holder
        self.alarm: AlarmMsg | None = None
        self._live = True
        self._tag: Tag | None = None
        self._sample: Sample | None = None
        self._limits: LimitsThen | None = None
        self._countdown: Countdown | None = None
        self._silent = False
        self._note_due = False
        self._may_acknowledge = False
        self._may_reset = False
        self.setObjectName("card")
        self.setFixedHeight(HEIGHT)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.symbol = _Symbol(holder, blink)
        self.title = Elided(20, bold=True)
        self.where = text_label(11.5, dim=True, wrap=True)
        self.where.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.where.setFixedHeight(_TWO_LINES)
        self.where.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        self.lost = text_label(11.5, bold=True)
        self.lost.setObjectName("error")
        self.now = _Fact(tr("现在值"), 24, 206)
        self.limit = _Fact(tr("当时限值"), 17, 176)
        self.raised = _Fact(tr("触发"), 17, 124)
        self.lasting = _Fact(tr("持续"), 20, 104)
        self.ahead = _Fact(tr("按此速度到限"), 20, 132)  # of a pre-alarm, where others tell how long they have lasted
        self.state = _Fact(tr("状态"), 15, _STATE_WIDTH)
        self.note = QLineEdit()
        self.note.setFont(font(12))
        self.note.setMaxLength(500)
        self.note.setFixedWidth(220)
        self.note.returnPressed.connect(self._acknowledge)
        self.act = QPushButton()
        self.act.setObjectName("primary")
        self.act.setFont(font(13))
        self.act.setMinimumSize(136, 40)
        self.act.clicked.connect(self._acknowledge)
        self.refusal = text_label(11, wrap=True)
        self.refusal.setObjectName("error")
        self.refusal.hide()
        self.buttons = {
            name: self._button(word, tip, signal)
            for name, word, tip, signal in (
                ("trend", tr("趋势"), tr("在趋势页打开这个位号"), self.trend),
                ("replay", tr("回放"), tr("回放这次报警：从触发前 2 分钟到结束后 5 分钟"), self.replay),
                ("place", tr("平面图"), tr("在平面图上看它在哪里"), self.place),
                ("why", tr("为什么"), tr("为什么报警，或为什么不响"), self.why),
                ("back", tr("返回 Esc"), tr("回到来时的页面"), self.back),
            )
        }
        self._arrange()

    # what is shown

    def show_alarm(self, alarm: AlarmMsg, tag: Tag | None, equipment: Equipment | None) -> None:
        """A new card; what the station has to say of its limits follows."""
        self.alarm, self._tag, self._limits, self._sample, self._live = alarm, tag, None, None, True
        self.note.clear()
        self.say_refusal("")
        self.title.setText(said.headline(alarm))
        warned = alarm.rule == RuleKind.RATE
        self.limit.caption.setText(tr("将到的限值") if warned else tr("当时限值"))
        self.lasting.setVisible(not warned)
        self.ahead.setVisible(warned)
        self.put_ahead(None)
        self.where.setText(_where(alarm, equipment))
        self.where.setToolTip("\n".join((self.where.text(), alarm.message)))
        self.now.setVisible(tag is not None)
        self.limit.setVisible(bool(said.limit_text(alarm, tag)))
        for name in ("trend", "place", "why"):
            self.buttons[name].setVisible(tag is not None)
        self.put_alarm(alarm, True)

    def put_alarm(self, alarm: AlarmMsg, live: bool) -> None:
        """The same occurrence in a newer state; `live` False: it is over."""
        self.alarm, self._live = alarm, live
        self.symbol.put(alarm, live)
        word, who = said.state_lines(alarm, live)
        self.state.show_fact(word, who)
        self.raised.show_fact(
            vocabulary.local_time(alarm.raised_at) or "—",
            "\n".join(part for part in (vocabulary.local_time(alarm.raised_at, date=True)[:5], self._value_then()) if part),
        )
        self._show_limit()
        lost = live and alarm.source_lost_since
        self.lost.setVisible(bool(lost))
        if lost:
            self.lost.setText(tr("{time} 起数据源中断，为最后已知", time=vocabulary.local_time(alarm.source_lost_since)))
        self._show_actions()

    def put_limits(self, limits: LimitsThen | None) -> None:
        self._limits = limits
        self._show_limit()

    def put_ahead(self, ahead: Countdown | None) -> None:
        """When the limit of a pre-alarm is reached at the present rate; None: nothing can be said."""
        self._countdown = ahead

    def put_sample(self, sample: Sample | None) -> None:
        self._sample = sample

    def set_silent(self, silent: bool) -> None:
        self._silent = silent

    def allow(self, acknowledge: bool, reset: bool, note_due: bool) -> None:
        """By the role, and by the site's rule for this priority."""
        self._may_acknowledge, self._may_reset, self._note_due = acknowledge, reset, note_due
        self._show_actions()

    def say_refusal(self, text: str) -> None:
        """Why the station did not do it; "" takes it away."""
        self.refusal.setText(text)
        self.refusal.setVisible(bool(text))

    def tick(self, now: Instant) -> None:
        """Once a second: age, duration and the present value."""
        alarm = self.alarm
        if alarm is None:
            return
        lasted = said.lasted(alarm, now)
        self.lasting.show_fact("—" if lasted is None else said.clock(lasted), "" if alarm.cleared_at is None else tr("已恢复"))
        self._show_ahead(now)
        if self._tag is None:
            return
        shown = say(self._tag, self._sample, self._silent)
        age = "" if self._sample is None else age_text(max(0, now - self._sample.source_time))
        quality = "　".join(part for part in (quality_text(self._sample, self._silent), age and tr("{age}前", age=age)) if part)
        over = said.beyond(alarm, None if self._sample is None else self._sample.value, self._tag)
        self.now.show_fact(f"{shown.text} {shown.unit}".strip(), over if shown.trusted and over else quality)
        self.now.value.setToolTip(quality)
        self.now.about.setToolTip(quality)
        self.now.set_doubtful(not shown.trusted)

    # by hand

    @property
    def is_due(self) -> bool:
        """Something is to be acknowledged or reset, and this person may."""
        return self.act.isVisibleTo(self)

    @property
    def note_due(self) -> bool:
        """This alarm cannot be acknowledged without a note."""
        return self._note_due and self.note.isVisibleTo(self)

    def acknowledge_now(self) -> None:
        """The key: as a click; where a note is due and missing, to the note."""
        if self.is_due:
            self._acknowledge()

    def _acknowledge(self) -> None:
        if self.alarm is None or not self.is_due:
            return
        if self.alarm.state == AlarmState.LAKED:
            self.reset.emit()
        elif self._note_due and not self.note.text().strip():
            self.say_refusal(tr("这一级报警确认时必须填写说明。"))
            self.note.setFocus()
        else:
            self.say_refusal("")
            self.acknowledge.emit(self.note.text().strip())

    # inside

    def _value_then(self) -> str:
        alarm = self.alarm
        if alarm is None:
            return ""
        then = said.value_text(alarm.value, alarm.unit, self._tag, alarm.rule)
        return tr("当时 {value}", value=then) if then else ""

    def _show_limit(self) -> None:
        if self.alarm is None:
            return
        limits = self._limits
        text = said.limit_text(self.alarm, self._tag)
        self.limit.show_fact(text, (limits.doubt if limits is not None else "") or said.basis(limits))
        self.limit.about.setToolTip("" if limits is None else "\n".join(p for p in (said.basis(limits), limits.why) if p))
        self.limit.set_doubtful(limits is not None and bool(limits.doubt))

    def _show_ahead(self, now: Instant) -> None:
        """Never a forecast of old news: silence, a value that is not good and the end of the alarm take it away."""
        alarm, found = self.alarm, self._countdown
        if alarm is None or alarm.rule != RuleKind.RATE:
            return
        if not self._live or alarm.cleared_at is not None:
            self.ahead.show_fact("—", tr("预警已结束"))
        elif found is None or self._silent:
            self.ahead.show_fact("—", tr("现在没有可信的预测"))
        else:
            self.ahead.show_fact(found.left(now), found.span(now))

    def _show_actions(self) -> None:
        alarm = self.alarm
        state = AlarmState(alarm.state) if alarm is not None else AlarmState.NORM
        acknowledge = self._live and state in UNACKED and self._may_acknowledge
        if not acknowledge and self.note.hasFocus():
            self.setFocus()  # else Qt gives it to the next button, and Space presses that
        reset = self._live and state is AlarmState.LAKED and self._may_reset
        self.act.setVisible(acknowledge or reset)
        self.state.setFixedWidth(_STATE_WIDTH if acknowledge else _STATE_WIDTH + 60)
        key = tr("确认（回车）") if self._note_due else tr("确认（空格）")
        self.act.setText(key if acknowledge else tr("复位（空格）"))
        self.note.setVisible(acknowledge)
        self.note.setPlaceholderText(tr("确认备注（必填）") if self._note_due else tr("确认备注（可不填）"))
        if not acknowledge:
            self.say_refusal("")

    def _button(self, word: str, tip: str, signal: object) -> QPushButton:
        made = QPushButton(word)
        made.setFont(font(12))
        made.setMinimumHeight(36)
        made.setToolTip(tip)
        made.clicked.connect(signal)
        return made

    def _arrange(self) -> None:
        words = QVBoxLayout()
        words.setSpacing(4)
        words.addStretch(1)
        words.addWidget(self.title)
        words.addWidget(self.where)
        words.addWidget(self.lost)
        words.addStretch(1)
        facts = QHBoxLayout()
        facts.setSpacing(14)
        for fact in (self.now, self.limit, self.raised, self.lasting, self.ahead, self.state):
            facts.addWidget(fact)
        acts = QHBoxLayout()
        acts.setSpacing(8)
        acts.addStretch(1)
        acts.addWidget(self.note)
        acts.addWidget(self.act)
        ways = QHBoxLayout()
        ways.setSpacing(6)
        ways.addStretch(1)
        for button in self.buttons.values():
            ways.addWidget(button)
        right = QVBoxLayout()
        right.setSpacing(6)
        right.addLayout(acts)
        right.addWidget(self.refusal)
        right.addStretch(1)
        right.addLayout(ways)
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 10, 14, 10)
        row.setSpacing(16)
        row.addWidget(self.symbol)
        row.addLayout(words, 1)
        row.addLayout(facts)
        row.addLayout(right)


def _where(alarm: AlarmMsg, equipment: Equipment | None) -> str:
    parts = [] if alarm.tag.startswith("@") else [alarm.tag]
    if equipment is not None:
        chemical = f"{equipment.chemical} {f'{equipment.capacity_t:g} t' if equipment.capacity_t else ''}".strip()
        responsible = tr("责任人 {name}", name=equipment.responsible) if equipment.responsible else ""
        parts += [equipment.area, responsible, level_word(equipment.hazard_level), equipment.name, chemical]
    return " · ".join(dict.fromkeys(part for part in parts if part))


class _Fact(QWidget):
    """A caption, a large value, and a line about it."""

    def __init__(self, caption: str, size: float, width: int) -> None:
        super().__init__()
        self.setFixedWidth(width)
        self._size = size
        self.caption = text_label(10.5, dim=True)
        self.caption.setText(caption)
        self.value = text_label(size, bold=True)
        self.about = text_label(10.5, dim=True, wrap=True)
        self.about.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        self.about.setFixedHeight(42)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(1)
        column.addWidget(self.caption)
        column.addWidget(self.value, 1)
        column.addWidget(self.about)

    def show_fact(self, value: str, about: str) -> None:
        if self.value.text() != value:
            self.value.setText(value)
            self._fit(value)
        if self.about.text() != about:
            self.about.setText(about)
            self.about.setToolTip(about)

    def _fit(self, value: str) -> None:
        """A number is never cut: a long one, or one in brackets, is written smaller."""
        size = self._size
        while size > _LEAST and QFontMetrics(font(size, bold=True)).horizontalAdvance(value) > self.width():
            size -= 1
        self.value.setFont(font(size, bold=True))

    def set_doubtful(self, doubtful: bool) -> None:
        name = "doubt" if doubtful else ""
        if self.value.objectName() != name:
            self.value.setObjectName(name)
            self.value.style().unpolish(self.value)
            self.value.style().polish(self.value)


class _Symbol(QWidget):
    """The alarm's symbol, large, flashing while nobody has acknowledged."""

    def __init__(self, holder: ThemeHolder, blink: Blink) -> None:
        super().__init__()
        self._holder, self._blink = holder, blink
        self._alarm: AlarmMsg | None = None
        self._live = False
        self.setFixedSize(_SYMBOL, _SYMBOL)
        for changed in (blink.fast_changed, blink.slow_changed, holder.changed):
            changed.connect(self.update)

    def rest(self) -> None:
        self._blink.use(self, False)

    def put(self, alarm: AlarmMsg, live: bool) -> None:
        self._alarm, self._live = alarm, live
        self._blink.use(self, live and AlarmState(alarm.state) in UNACKED)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._alarm is None:
            return
        theme = self._holder.theme
        painter = QPainter(self)
        priority, state = symbol_of(self._alarm)
        if self._live:
            paint_symbol(painter, QRectF(self.rect()), priority, state, self._blink.phase(state), theme)
        else:  # over: the shape stays, without colour
            paint_symbol(painter, QRectF(self.rect()), priority, AlarmState.SHLVD, True, theme)
            painter.setPen(QColor(theme.text_dim))
        painter.end()

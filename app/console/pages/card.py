"""The alarm card joined to the station: opened from anywhere with an alarm, filled by one call, live while it is open.

Console side. Three things are asked for side by side, so that none waits for another: the card, the curve, and why.
"""

import asyncio
import time
from typing import Any

import msgspec
from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QWidget

from app.console.errors import Known
from app.console.pages.why import why_of
from app.console.replay import span_round
from app.console.seat import Seat
from app.console.state import Changes, Trust
from app.console.video import live_view
from app.domain.card import AlarmCard
from app.domain.clip import ClipMsg, ClipState
from app.domain.instant import SECOND
from app.domain.roles import Action, Role
from app.domain.wire import AlarmMsg
from widgets.alarms.row import Row, fold
from widgets.card.handling import FormAbout
from widgets.card.page import CardPage, Plant
from widgets.pulse import Pulse, Settle
from widgets.trend.pen import past_of
from widgets.words import tr

NAME = "card"
POINTS = 1200
SETTLE_MS = 400  # a storm of changes of one alarm asks once
TRUST_MS = 500
WHY_MS = 5000  # a delay that runs, a deadband that holds: nothing else tells of them
MOST_BACK = 30
CLIPS_AGAIN_S, CLIPS_S = 2.0, 15.0
_HANDLING = "handling"
_HANDLES = frozenset({Role.OPERATOR, Role.SUPERVISOR})


def make(seat: Seat) -> QWidget:
    page = CardPage(seat.themes, seat.blink)
    CardSide(seat, page)
    return page


class CardSide(QObject):
    """Lives as long as the page."""

    def __init__(self, seat: Seat, page: CardPage) -> None:
        super().__init__(page)
        self._seat, self._page = seat, page
        self._site: object = None
        self._note_due: frozenset[str] = frozenset()
        self._creates: frozenset[str] = frozenset()
        self._before: list[AlarmMsg] = []  # cards this one was opened from
        self._forms: Any = None
        self._clips: asyncio.Task[Any] | None = None
        self._again = Settle(self, SETTLE_MS, self._load_again)
        self._trust = Pulse(page, TRUST_MS, self._look_at_trust)
        self._why_again = Pulse(page, WHY_MS, self._ask_why)
        page.cameras.make_view = live_view(seat)
        page.cameras.clip_wanted.connect(seat.clip_wanted)
        page.installEventFilter(self)
        page.acknowledge.connect(self._on_acknowledge)
        page.reset.connect(self._on_reset)
        page.begin_form.connect(self._on_begin)
        page.form_wanted.connect(lambda number: seat.form_wanted.emit(_HANDLING, number))
        page.trend_wanted.connect(lambda tag: seat.trend_wanted.emit([tag]))
        page.replay_wanted.connect(lambda alarm: seat.replay_wanted.emit(*span_round(alarm), [alarm.tag]))
        page.place_wanted.connect(seat.place_wanted)
        page.why_wanted.connect(seat.why_wanted)
        page.alarm_wanted.connect(self._open_from_card)
        page.occurrence_wanted.connect(lambda number: seat.run(self._open_past(number)))
        page.back.connect(self._on_back)
        seat.card_wanted.connect(self.open)
        seat.entered.connect(self._on_entered)
        seat.left.connect(self._on_left)
        seat.closing.connect(page.shut)
        seat.news.connect(self._on_news)

    # opening

    def open(self, alarm: AlarmMsg) -> None:
        """The card of an alarm of the queue, the banner, the plan; of its newest form, if it still lives."""
        self._before.clear()
        self._show(alarm)

    def _open_from_card(self, alarm: AlarmMsg) -> None:
        if self._page.alarm is not None:
            self._before = [*self._before, self._page.alarm][-MOST_BACK:]
        self._show(alarm)

    async def _open_past(self, occurrence: int) -> None:
        """An earlier occurrence, of which only the number is known."""
        try:
            card = await self._card(occurrence)
        except Known as error:
            self._seat.tell_briefly(tr("卡片没有取到：{error}", error=error.message))
            return
        self._open_from_card(card.alarm)

    def _show(self, alarm: AlarmMsg) -> None:
        self._look_at_site()
        state, page = self._seat.state, self._page
        live = state.alarms.get((alarm.tag, alarm.rule))
        is_live = live is not None and live.occurrence == alarm.occurrence
        by_tag: dict[str, list[AlarmMsg]] = {}
        for (tag, _), one in state.alarms.items():
            by_tag.setdefault(tag, []).append(one)
        page.show_alarm(live if is_live and live is not None else alarm, is_live, state.values, by_tag)
        page.put_ahead(state.extra.get("ahead"))
        self._allow()
        self._look_at_trust()
        self._seat.show_page(NAME)
        page.take_focus()
        self._load_again()

    def _load_again(self) -> None:
        alarm = self._page.alarm
        if alarm is None:
            return
        self._seat.run(self._load(alarm.occurrence))
        if self._page.curved:
            self._seat.run(self._load_history(alarm))
        self._seat.run(self._load_why(alarm))

    def _ask_why(self) -> None:
        if self._page.alarm is not None and self._page.live:
            self._seat.run(self._load_why(self._page.alarm))

    async def _load(self, occurrence: int) -> None:
        if occurrence < 1:
            self._page.card_failed(tr("这条报警没有触发过，只有搁置、抑制或停用。"))
            return
        try:
            card = await self._card(occurrence)
        except Known as error:
            if self._is_shown(occurrence):
                self._page.card_failed(error.message)
            return
        if not self._is_shown(occurrence):
            return
        self._page.put_card(card)
        self._watch_clips(occurrence)
        if card.form is not None:
            await self._load_form(occurrence, card)

    def _watch_clips(self, occurrence: int) -> None:
        if self._clips is not None:
            self._clips.cancel()
        self._clips = self._seat.run(self._load_clips(occurrence))

    async def _load_clips(self, occurrence: int) -> None:
        """A clip is whole some seconds after the alarm: asked again until it is, while the card is open."""
        began = time.monotonic()
        while self._is_shown(occurrence):
            try:
                answer = await self._seat.call("GET", "/clips", params={"occurrence": occurrence, "limit": 20})
            except Known:
                return  # the card itself says when the station cannot be reached
            clips = msgspec.convert(answer, list[ClipMsg])
            if not self._is_shown(occurrence):
                return
            self._page.cameras.show_clips(clips)
            waiting = any(clip.state == ClipState.RECORDING for clip in clips)
            if not waiting and (clips or time.monotonic() - began > CLIPS_S):
                return
            await asyncio.sleep(CLIPS_AGAIN_S)

    async def _card(self, occurrence: int) -> AlarmCard:
        """Raises Known."""
        answer = await self._seat.call("GET", f"/alarms/{occurrence}/card")
        try:
            return msgspec.convert(answer, AlarmCard)
        except (msgspec.ValidationError, ValueError) as error:
            raise Known(tr("站点的报警卡片与本值守台的版本不相配：{error}", error=str(error)), "version") from error

    async def _load_history(self, alarm: AlarmMsg) -> None:
        start, end = self._page.plot.wanted()
        try:
            found = await self._seat.history([alarm.tag], start, end, POINTS)
        except Known as error:
            if self._is_shown(alarm.occurrence):
                self._seat.tell_briefly(tr("历史数据没有取到：{error}", error=error.message))
            return
        if self._is_shown(alarm.occurrence):
            for one in found:
                self._page.put_history(past_of(one.start, one.end, one.t, one.low, one.high))

    async def _load_why(self, alarm: AlarmMsg) -> None:
        try:
            answer = await why_of(self._seat, alarm.tag)
        except Known as error:
            if self._is_shown(alarm.occurrence):
                self._page.why.wait(tr("没有取到：{error}", error=error.message))
            return
        if self._is_shown(alarm.occurrence):
            self._page.why.show_why(answer, alarm.rule)

    async def _load_form(self, occurrence: int, card: AlarmCard) -> None:
        """The number people see, the word of the state, who moved it last."""
        assert card.form is not None
        try:
            form = await self._seat.call("GET", f"/forms/{_HANDLING}/{card.form.id}")
        except Known:
            return  # not for this role: the card shows what it has
        if self._is_shown(occurrence):
            moves = form.get("moves") or []
            last = "" if not moves else f"{moves[-1].get('by', '')} {moves[-1].get('step_title', '')}".strip()
            about = FormAbout(str(form.get("number", "")), str(form.get("state_title", "")), last)
            self._page.handling.show_form(card.form, self._may_begin, about)

    def _is_shown(self, occurrence: int) -> bool:
        return self._page.alarm is not None and self._page.alarm.occurrence == occurrence

    # what is known

    def _on_entered(self) -> None:
        self._look_at_site()
        self._seat.run(self._load_rules())

    def _on_left(self) -> None:
        self._site = None
        self._before.clear()
        self._page.show_site(Plant())

    async def _load_rules(self) -> None:
        """Which priorities need a note, and the chain of the handling form. Without them the station refuses, and says why."""
        for path, take in (("/policy", self._take_policy), ("/forms", self._take_kinds)):
            try:
                take(await self._seat.call("GET", path))
            except Known as error:
                self._seat.tell_briefly(tr("操作规定没有取到：{error}", error=error.message))

    def _take_policy(self, answer: dict[str, Any]) -> None:
        self._note_due = frozenset(answer.get("note_required", ()))
        self._allow()

    def _take_kinds(self, kinds: list[dict[str, Any]]) -> None:
        handling = next((one for one in kinds if one.get("kind") == _HANDLING), None)
        if handling is not None:
            self._creates = frozenset(handling.get("creates", ()))
            self._page.handling.set_chain([(one["code"], one["title"]) for one in handling.get("states", ())])

    @property
    def _may_begin(self) -> bool:
        return self._seat.role is not None and self._seat.role.value in self._creates

    def _allow(self) -> None:
        alarm, seat = self._page.alarm, self._seat
        due = alarm is not None and alarm.priority in self._note_due
        self._page.allow(seat.may(Action.ACKNOWLEDGE), seat.may(Action.RESET), due, self._may_begin)

    def _look_at_site(self) -> None:
        """The configuration may be another one than the page was given: an open card is drawn anew on it."""
        site = self._seat.state.site
        if site is self._site:
            return
        self._site = site
        alarm = self._page.alarm
        self._page.show_site(Plant(site.tags, site.equipment, site.cameras, site.layouts, site.pictures.get))
        if alarm is not None and self._page.isVisible():
            self._show(alarm)

    def _on_news(self, changes: Changes) -> None:
        page, state = self._page, self._seat.state
        alarm = page.alarm
        if alarm is None:
            return
        self._look_at_site()
        page.put_ahead(state.extra.get("ahead"))
        page.put_values(changes.values)
        if changes.whole:
            tags = {tag for tag, _ in state.alarms}
            page.put_alarms(changes.alarms, state.alarms_of(tags), whole=True)
            self._again.poke()
        elif changes.alarms:
            page.put_alarms(changes.alarms, state.alarms_of({one.tag for one in changes.alarms}))
            if any(one.occurrence == alarm.occurrence for one in changes.alarms):
                self._again.poke()
        forms = state.extra.get("forms")
        if forms != self._forms:
            self._forms = forms
            self._again.poke()

    def _look_at_trust(self) -> None:
        now = time.monotonic()
        silent = self._seat.state.trust(now) is Trust.SILENT
        age = self._seat.state.age(now)
        self._page.set_silent(silent, None if age is None else round((time.time() - age) * SECOND))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Back on the card, from the form or the trend: what changed there is asked for anew."""
        if event.type() == QEvent.Type.Show and self._page.alarm is not None:
            self._again.poke()
        return False

    # acting

    def _on_acknowledge(self, occurrence: int, note: str) -> None:
        body: dict[str, Any] = {"note": note} if note else {}
        inner = self._folded(occurrence)
        if inner:  # as in the queue: what is shown inside this alarm is seen with it
            self._seat.run(self._act("/alarms/ack", {**body, "occurrences": [occurrence, *inner]}, occurrence))
        else:
            self._seat.run(self._act(f"/alarms/{occurrence}/ack", body, occurrence))

    def _folded(self, occurrence: int) -> list[int]:
        """Occurrences still to be acknowledged that the queue shows inside this one (H under HH)."""
        alarm = self._seat.alarm(occurrence)
        if alarm is None:
            return []
        of_tag = {one.rule: one for one in self._seat.state.alarms.values() if one.tag == alarm.tag}
        rows = (Row(outer, inner) for outer, inner in fold(of_tag) if outer.occurrence == occurrence)
        return [number for row in rows for number in row.unacked if number != occurrence]

    def _on_reset(self, occurrence: int) -> None:
        self._seat.run(self._act(f"/alarms/{occurrence}/reset", None, occurrence))

    async def _act(self, path: str, body: dict[str, Any] | None, occurrence: int) -> None:
        """What was done comes back through the feed; what was refused is said beside the button."""
        try:
            answer = await self._seat.call("POST", path, body)
            if isinstance(answer, dict) and answer.get("refused"):
                raise Known(str(answer["refused"][0]["message"]))
        except Known as error:
            if self._is_shown(occurrence):
                self._page.head.say_refusal(error.message)
            else:
                self._seat.tell_briefly(error.message)

    def _on_begin(self, occurrence: int) -> None:
        self._seat.run(self._begin(occurrence))

    async def _begin(self, occurrence: int) -> None:
        try:
            form = await self._seat.call("POST", f"/forms/{_HANDLING}", {"subject": f"occurrence:{occurrence}", "fields": {}})
        except Known as error:
            self._seat.tell_briefly(tr("处置单没有建成：{error}", error=error.message))
            self._again.poke()  # somebody else may have begun it
            return
        self._seat.form_wanted.emit(_HANDLING, form["id"])

    def _on_back(self) -> None:
        if self._before:
            self._show(self._before.pop())
        else:
            self._seat.back()

"""The clock of the closed loop (时限): alarms nobody signed, alarms that do not clear, forms that are overdue.

Station side. Every few seconds: what became due since the last time is written to the journal and then offered to `duties`
(dispatch). Up to where that has been done stands in the journal itself, so a restart goes on exactly there. Each record holds
the duty; one more says that all of them were offered.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from app.domain.duty import OVERDUE, UNCLEARED, UNSIGNED, Duty, Waiting, between, bundled, escalation, reminders, rungs_of
from app.domain.instant import MINUTE, Instant, from_rfc3339, to_rfc3339
from app.domain.settings.handling import HandlingSettings
from app.domain.wire import AlarmMsg
from app.station.bydesign import STATION
from app.station.forms import FormService
from app.station.handling import PROCESS
from app.station.waiting import Published
from app.store.ports import Store, StoreUnavailable
from app.store.rows import Record, Search

if TYPE_CHECKING:
    from app.station.station import Station

log = logging.getLogger(__name__)

ROUND_S = 5.0
KIND = "duty"
OFFERED = "offered"
MOST_SHOWN = 200
PIECE = 200  # looked at between two breaths of the event loop
_UNSIGNED = {"UNACK", "RTNUN", "LUNAK"}
_STANDING = {"UNACK", "ACKED"}
_OVERLAYS = {"SHLVD", "DSUPR", "OOSRV"}
_PROCESS = {kind.value for kind in PROCESS}


class Deadlines:
    """`duties` are called with every duty, in order. `overdue()` is for the feed."""

    def __init__(self, station: "Station", forms: FormService, settings: HandlingSettings) -> None:
        self._station, self._forms, self._settings = station, forms, settings
        self.duties: list[Callable[[Duty], None]] = []
        self._until: Instant | None = None
        self._late: list[dict[str, Any]] = []
        self._count = 0
        self._back: dict[int, Instant] = {}  # unsigned alarms that came back from a shelf or another overlay, and when
        station.listeners.append(self.hear)

    async def run(self) -> None:
        while True:
            try:
                await self.look(self._station.clock.now())
            except StoreUnavailable as error:
                log.warning("时限检查稍后再试：%s", error)
            await asyncio.sleep(ROUND_S)

    def hear(self, published: Sequence[Published], durable: bool) -> None:
        for item in published:
            t = item.change.transition
            if t.before in _OVERLAYS and t.after in _UNSIGNED:
                self._back[t.occurrence] = t.at

    async def look(self, now: Instant) -> None:
        """Everything that became due up to `now`. Raises StoreUnavailable; then nothing counts as told."""
        if self._until is None:
            await self._go_on(now)
        assert self._until is not None
        rungs = rungs_of(self._settings, self._station.site.equipment)
        late: list[Waiting] = []
        found: list[Duty] = []
        for number, one in enumerate(self._waiting(now), start=1):
            if number % PIECE == 0:
                await asyncio.sleep(0)
            if one.late_at > now:
                continue
            if one.kind == UNCLEARED:
                found += between(reminders(one, self._settings.remind_min), self._until, now)
            else:
                ladder = rungs.get(one.hazard_source, rungs.get("", ()))
                found += between(escalation(one, ladder), self._until, now)
                late.append(one)
        self._tell_late(late)
        if found:
            due = bundled(found)
            await self._station.writer.submit([self._record(duty, now) for duty in due], [], [])
            self._until = now
            self._offer(due, now)
        self._until = max(self._until, now)

    def overdue(self) -> dict[str, Any]:
        """`items`: the longest overdue first, at most so many; `count` of all."""
        return {"count": self._count, "items": self._late, "basis": self._settings.basis}

    # what waits

    def _waiting(self, now: Instant) -> Iterable[Waiting]:
        alarms = self._station.board.alarms()
        yield from self._unsigned(alarms)
        for alarm in alarms:
            stands = alarm.process_state in _STANDING and alarm.state in _STANDING and alarm.raised_at is not None
            if stands and alarm.rule in _PROCESS and alarm.priority in self._settings.priorities:
                assert alarm.raised_at is not None
                yield self._alarm(UNCLEARED, alarm, from_rfc3339(alarm.raised_at), 0)
        for form in list(self._forms.index.open.values()):
            if form.due_at is not None and form.due_at <= now:
                definition = self._forms.kinds.get(form.kind)
                if definition is not None:
                    title = f"{form.number} {definition.title}“{definition.state(form.state).title}” {form.title}"
                    limit = form.due_at - form.entered_at
                    yield Waiting(
                        OVERDUE, f"form:{form.id}", title, form.priority, form.entered_at, limit, form.hazard_source, ""
                    )

    def _unsigned(self, alarms: Sequence[AlarmMsg]) -> Iterable[Waiting]:
        """The clock of an alarm begins with its raise; of one that comes back from a shelf, when it comes back."""
        unsigned = [alarm for alarm in alarms if alarm.state in _UNSIGNED and alarm.raised_at is not None]
        for alarm in unsigned:
            assert alarm.raised_at is not None
            since = self._back.get(alarm.occurrence, from_rfc3339(alarm.raised_at))
            limit = round(self._settings.sign.get(alarm.priority, self._settings.sign["low"]) * MINUTE)
            yield self._alarm(UNSIGNED, alarm, since, limit)
        if self._back:
            self._back = {
                alarm.occurrence: self._back[alarm.occurrence] for alarm in unsigned if alarm.occurrence in self._back
            }

    def _alarm(self, kind: str, alarm: AlarmMsg, since: Instant, limit: Instant) -> Waiting:
        equipment = self._station.wording.equipment_of(alarm.tag)
        responsible = "" if equipment is None else equipment.responsible
        subject = f"occurrence:{alarm.occurrence}"
        return Waiting(kind, subject, alarm.message, alarm.priority, since, limit, alarm.hazard_source, responsible)

    # telling

    def _tell_late(self, late: Sequence[Waiting]) -> None:
        order = sorted(late, key=lambda one: one.late_at)
        told = [
            {
                "kind": one.kind,
                "subject": one.subject,
                "title": one.title,
                "priority": one.priority,
                "since": to_rfc3339(one.late_at),
                "hazard_source": one.hazard_source,
            }
            for one in order[:MOST_SHOWN]
        ]
        if told != self._late or len(order) != self._count:
            self._late, self._count = told, len(order)
            self._station.feed.side_changed()

    def _record(self, duty: Duty, now: Instant) -> Record:
        data = {**asdict(duty), "more": list(duty.more), "until": now, "what": duty.kind}
        return Record(now, KIND, STATION, data=data)

    def _offer(self, duties: Sequence[Duty], now: Instant) -> None:
        for duty in duties:
            for tell in self.duties:
                try:
                    tell(duty)
                except Exception:
                    log.exception("超时提醒没有能够送出：%s", duty.title)
        self._station.writer.note(Record(now, KIND, STATION, data={"until": now, "what": OFFERED}))

    # after a start

    async def _go_on(self, now: Instant) -> None:
        until, left = await self._station.call(last_told, self._station.store)
        if until is None:  # the first time: what comes from now on, also after a restart
            until = self._station.started_at
            record = Record(now, KIND, STATION, data={"until": until, "what": OFFERED})
            await self._station.writer.submit([record], [], [])
        if left:
            self._offer(left, now)
        # A clock that was set back between two runs may tell something twice; it must not keep anything back.
        self._until = min(until, now)


def last_told(store: Store) -> tuple[Instant | None, list[Duty]]:
    """Up to when everything was told, and those of the last round that were written and maybe never offered. Blocking."""
    before: int | None = None
    left: list[Duty] = []
    until: Instant | None = None
    while True:
        page = store.journal.search(Search(before=before, kinds=(KIND,), limit=500))
        for line in page.records:
            data = line.record.data
            if until is not None and data["until"] != until:
                return until, left[::-1]
            until = data["until"]
            if data["what"] == OFFERED:
                return until, []
            left.append(duty_of(data))
        if page.before is None:
            return until, left[::-1]
        before = page.before


def duty_of(data: Any) -> Duty:
    """The duty a record holds."""
    known: dict[str, Any] = {key: value for key, value in data.items() if key in Duty.__dataclass_fields__}
    return Duty(**{**known, "more": tuple(known.get("more", ()))})

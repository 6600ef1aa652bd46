"""Handling forms of alarms (报警处置单): born with the acknowledgement, in its transaction; kept true to the alarm to its end.

Station side. Which alarms need one is set in `[handling]`. The step 消警 is the station's: it is taken when the alarm has
returned and the handling is done, whichever comes last. What the alarm does is not copied from its changes but asked for when
it changed, so that a restart in between only asks once more.
"""

import asyncio
import contextlib
import logging
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from app.domain.alarm import AlarmRule, Refused, RuleKind, What
from app.domain.form import Form, FormDef
from app.domain.form_values import UNFIT, FormRefused
from app.domain.instant import MINUTE, SECOND, Instant, from_rfc3339, to_rfc3339
from app.domain.sample import Value
from app.domain.settings.handling import HandlingSettings
from app.domain.wire import AlarmMsg
from app.station.changes import Change
from app.station.commands import Papers, Who
from app.station.errors import Changed, NotAllowed, Unknown
from app.station.form_rows import form_of, occurrence_of
from app.station.forms import FormService, Known, Paper, Step
from app.station.waiting import Published
from app.station.words import shown_value
from app.store.ports import StoreUnavailable

if TYPE_CHECKING:
    from app.station.station import Station

log = logging.getLogger(__name__)

KIND = "handling"
PROCESS = frozenset({RuleKind.HH, RuleKind.H, RuleKind.L, RuleKind.LL, RuleKind.STATE})
CLAIM = 10 * SECOND  # so long a form that is being written keeps others from beginning one about the same alarm
PEAK_AFTER = 3 * SECOND  # the historian's writer is a second or two behind
AT_ONCE = 50
ROUND_S = 1.0
MOST_AGAIN = 50
LONGEST_TITLE = 200

_TOLD = (What.CLEARED, What.ACTIVE_AGAIN, What.RAISED, What.REMOVED)


class Handling:
    """Hangs itself on the forms, the command bus and the alarm changes of the station."""

    def __init__(self, station: "Station", forms: FormService, settings: HandlingSettings) -> None:
        self._station, self._forms, self._settings = station, forms, settings
        self._definition = forms.kind(KIND)
        self._claimed: dict[int, Instant] = {}
        self._due: dict[int, Instant] = {}  # forms to look at, and not before when
        self._wake = asyncio.Event()
        self._again: dict[int, list[dict[str, Any]]] = {}
        forms.prefill[KIND] = self.known
        forms.follow[KIND] = follow
        station.commands.papers.append(self.papers)
        station.listeners.append(self.hear)

    # the birth

    def needed(self, rule: AlarmRule) -> bool:
        return rule.kind in PROCESS and rule.priority.word in self._settings.priorities

    def papers(self, who: Who, changes: Sequence[Change]) -> Papers:
        """Forms of the acknowledged alarms that need one. An acknowledgement counts, whatever becomes of its form."""
        born: list[tuple[FormDef, Form]] = []
        papers: list[Paper] = []
        for change in changes:
            if change.transition.what is not What.ACKNOWLEDGED or not self.needed(change.rule):
                continue
            occurrence = change.transition.occurrence
            if not self._claim(occurrence):
                continue
            try:
                alarm = self._station.wording.alarm(change.rule, change.state)
                subject, title = f"occurrence:{occurrence}", _cut(alarm.message, LONGEST_TITLE)
                new = self._forms.newborn(KIND, subject, title, alarm.priority, self._fields(alarm), who.user)
                papers += self._forms.papers_of(*new, who.address)
            except Exception:
                log.exception("报警 %d 的处置单没有能够建立", occurrence)
            else:
                born.append(new)
        return Papers(papers, lambda: self._forms.written(born))

    async def known(self, who: Who | None, subject: str, fields: Mapping[str, Any]) -> Known:
        """For one that is begun by hand. Raises NotAllowed, Changed, Unknown."""
        occurrence = occurrence_of(subject)
        if occurrence is None:
            raise NotAllowed("bad_subject", "处置单的对象应为一次报警，如 occurrence:123")
        rows = await self._forms.find(kind=KIND, subject=subject, limit=1)
        alarm = self._station.board.alarm(occurrence) or await self._past(occurrence)
        if alarm is None:
            raise Unknown("not_found", f"没有编号为 {occurrence} 的报警")
        if rows or not self._claim(occurrence):
            number = rows[0].body.get("number", "") if rows else ""
            raise Changed("already_there", f"该次报警已有处置单 {number}".strip())
        return Known(_cut(alarm.message, LONGEST_TITLE), alarm.priority, self._fields(alarm))

    def _claim(self, occurrence: int) -> bool:
        now = self._station.clock.now()
        while self._claimed and now - self._claimed[oldest := next(iter(self._claimed))] > CLAIM:
            del self._claimed[oldest]
        if occurrence in self._claimed or self._forms.index.about(f"occurrence:{occurrence}", KIND):
            return False
        self._claimed[occurrence] = now
        return True

    async def _past(self, occurrence: int) -> AlarmMsg | None:
        rows = await self._station.call(self._station.store.journal.occurrences, after=occurrence + 1, limit=1)
        found = rows and rows[0].occurrence == occurrence
        return self._station.wording.past(rows[0]) if found else None

    def _fields(self, alarm: AlarmMsg) -> dict[str, Any]:
        """Everything known of the alarm, in the form's words."""
        equipment = self._station.wording.equipment_of(alarm.tag)
        place = None if equipment is None else equipment.name or equipment.equipment
        fields = {
            "tag": alarm.tag,
            "name": alarm.name,
            "rule": alarm.rule,
            "level": alarm.priority,
            "equipment": place and f"{place}（{alarm.equipment}）",
            "area": alarm.area,
            "hazard_source": alarm.hazard_source,
            "chemical": equipment and equipment.chemical,
            "responsible": equipment and equipment.responsible,
            "value": self._worded(alarm.tag, alarm.value),
            "limit": None if alarm.limit is None or alarm.rule == RuleKind.STATE else f"{alarm.limit:g} {alarm.unit}".strip(),
            "message": alarm.message,
            "guidance": alarm.guidance,
            "raised_at": alarm.raised_at,
            "acked_at": alarm.acked_at,
            "acked_by": alarm.acked_by,
            "ack_note": alarm.note,
            **_cleared(alarm),
        }
        known = {field.key: field for field in self._definition.fields}
        return {key: _cut(value, known[key].longest) for key, value in fields.items() if value not in (None, "")}

    def _worded(self, tag: str, value: Value | None) -> str | None:
        slot = self._station.table.slots.get(tag)
        known = None if slot is None else slot.tag
        return None if value is None else f"{shown_value(value, known)} {known.unit if known else ''}".strip()

    # keeping it true

    def hear(self, published: Sequence[Published], durable: bool) -> None:
        if not durable:
            return
        about = self._forms.index.about
        for item in published:
            change = item.change
            if change.transition.what not in _TOLD:
                continue
            before, now = change.before.occurrence, change.transition.occurrence
            for occurrence in {before, now} - {0}:
                for one in about(f"occurrence:{occurrence}", KIND):
                    self._look_at(one.id)
                    if change.transition.what is What.RAISED and occurrence == before != now:
                        self._note_again(one.id, change)

    def _note_again(self, id: int, change: Change) -> None:
        t = change.transition
        row = {"at": to_rfc3339(t.at), "occurrence": t.occurrence, "value": self._worded(change.rule.tag, t.value)}
        self._again.setdefault(id, []).append(row)

    def _look_at(self, id: int, after: Instant = 0) -> None:
        self._due[id] = self._station.clock.now() + after
        self._wake.set()

    async def run(self) -> None:
        """Looks at forms whose alarm changed; at all of them once at the start."""
        for one in self._forms.index.open.values():
            if one.kind == KIND:
                self._look_at(one.id)
        while True:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), ROUND_S)
            self._wake.clear()
            now = self._station.clock.now()
            ripe = [id for id, due in self._due.items() if due <= now]
            for first in range(0, len(ripe), AT_ONCE):
                await self._settle_all(ripe[first : first + AT_ONCE])

    async def _settle_all(self, ids: Iterable[int]) -> None:
        ids = list(ids)
        for id in ids:
            self._due.pop(id, None)
        outcomes = await asyncio.gather(*(self._settle(id) for id in ids), return_exceptions=True)
        for id, outcome in zip(ids, outcomes, strict=True):
            if isinstance(outcome, StoreUnavailable):
                self._due[id] = self._station.clock.now() + 5 * SECOND
            elif isinstance(outcome, BaseException):
                log.error("处置单 %d 没有能够随报警更新", id, exc_info=outcome)

    async def _settle(self, id: int) -> None:
        """Makes the form say what the alarm is now."""
        row = await self._station.call(self._station.store.forms.get, id)
        if row is None or not row.open:
            return
        form = form_of(row)
        occurrence = occurrence_of(form.subject)
        alarm = None if occurrence is None else self._standing(occurrence) or await self._past(occurrence)
        if alarm is None:
            return
        wanted: dict[str, Any] = dict.fromkeys(("cleared_at", "duration", "peak"))
        wanted |= _cleared(alarm)
        if wanted["cleared_at"] is not None:
            wanted["peak"] = form.fields.get("peak")
            if self._station.clock.now() - from_rfc3339(wanted["cleared_at"]) < PEAK_AFTER:
                self._look_at(id, PEAK_AFTER)
            elif wanted["peak"] is None or form.fields.get("cleared_at") != wanted["cleared_at"]:
                wanted["peak"] = await self._peak(alarm)
        again = self._again.pop(id, [])
        try:
            if wanted["cleared_at"] is None and form.state == "cleared" and not form.fields.get("clear_reason"):
                await self._forms.take(KIND, id, "active_again", wanted)
            else:
                await self._forms.fill(KIND, id, lambda now: {**wanted, **_with_again(now, again)})
        except FormRefused as error:
            log.warning("处置单 %s：%s", form.number, error.message)
        except StoreUnavailable:
            self._again[id] = again + self._again.get(id, [])
            raise

    def _standing(self, occurrence: int) -> AlarmMsg | None:
        """The present occurrence of a rule, under whatever overlay."""
        try:
            watch, i = self._station.engine.find(occurrence)
        except (KeyError, Refused):
            return None
        return self._station.wording.alarm(watch.rules[i], watch.states[i])

    async def _peak(self, alarm: AlarmMsg) -> str | None:
        """The farthest value beyond the limit, of what the historian kept."""
        if alarm.rule == RuleKind.STATE or alarm.raised_at is None or alarm.cleared_at is None:
            return None
        start, end = from_rfc3339(alarm.raised_at) - 5 * SECOND, from_rfc3339(alarm.cleared_at) + SECOND
        reduced = self._station.store.historian.reduced
        [series] = await self._station.call(reduced, [alarm.tag], start, end, 1, self._station.clock.now())
        high = alarm.rule in (RuleKind.HH, RuleKind.H)
        values = [one for one in (series.max if high else series.min) if one is not None]
        if isinstance(alarm.value, int | float):
            values.append(float(alarm.value))
        return self._worded(alarm.tag, max(values) if high else min(values)) if values else None


def follow(form: Form) -> Step | None:
    """消警 follows the handling when the alarm has returned."""
    return Step("clear") if form.state == "handled" and form.fields.get("cleared_at") else None


def _cleared(alarm: AlarmMsg) -> dict[str, Any]:
    if alarm.cleared_at is None or alarm.raised_at is None:
        return {}
    return {"cleared_at": alarm.cleared_at, "duration": _span(from_rfc3339(alarm.cleared_at) - from_rfc3339(alarm.raised_at))}


def _span(length: Instant) -> str:
    minutes, rest = divmod(max(0, length), MINUTE)
    hours, minutes = divmod(minutes, 60)
    parts = ((hours, "小时"), (minutes, "分"), (rest // SECOND, "秒"))
    return " ".join(f"{count} {word}" for count, word in parts if count) or "不足 1 秒"


def _with_again(form: Form, again: Sequence[dict[str, Any]]) -> dict[str, Any]:
    before = list(form.fields.get("again", ()))
    known = {row.get("occurrence") for row in before}
    fresh = [row for row in again if row["occurrence"] not in known]
    return {"again": [*before, *fresh][:MOST_AGAIN]} if fresh else {}


def _cut(value: Any, longest: int) -> Any:
    """A device's long word must not keep a form from being born."""
    if not isinstance(value, str):
        return value
    return UNFIT.sub(" ", value)[:longest]

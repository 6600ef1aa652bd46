"""The shifts of a station (值班与交接班): one sheet for each watch, begun when the last was handed over, frozen by the first
signature, handed on by the second.

Station side. The sheet is a form (`resources/forms/handover.toml`), so signing is a step of the form engine with the login of
the person who signs. Here is what a step takes with it (the frozen content), which sheet is the present one, and what happens
when nobody signs: so long after the end of the shift the station freezes the sheet as missed, and the next one begins.
"""

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from app.domain.form import Form
from app.domain.handover import Left, Note, Sheet, after_signing, horn_test, make_sheet, still_left
from app.domain.instant import MINUTE, Instant, from_rfc3339, to_rfc3339
from app.domain.settings import settings
from app.domain.settings.shift import read_shift
from app.domain.shift import Rota, Turn
from app.station.commands import Who
from app.station.errors import Changed, NotAllowed
from app.station.form_rows import form_of
from app.station.forms import FormService, Known
from app.station.shift_facts import HANDOVER, NOTE, ShiftFacts, sheet_subject

if TYPE_CHECKING:
    from app.station.station import Station

log = logging.getLogger(__name__)

ROUND_S = 5.0
RUNNING, LAPSED, WAITING, DONE = "running", "lapsed", "waiting", "done"
PRESENT = (RUNNING, WAITING)
MOST_OPEN = 50
LONGEST_TITLE = 60


class Shifts:
    def __init__(self, station: "Station", forms: FormService) -> None:
        self._station, self._forms = station, forms
        self.settings = settings(station.site.options, "shift", read_shift)
        self.facts = ShiftFacts(station, forms, self.settings)
        self._one_at_a_time = asyncio.Lock()
        self._told: dict[str, Any] | None = None
        forms.fillers[HANDOVER, "take_over"] = self._fill_take_over
        forms.fillers[HANDOVER, "sign_out"] = self._fill_sign_out
        forms.fillers[HANDOVER, "withdraw"] = self._fill_withdraw
        forms.prefill[NOTE] = self._know_note
        forms.effects["shift_begins"] = self._begin_next
        station.extras["shift"] = lambda: self._told

    @property
    def rota(self) -> Rota:
        site = self._station.site
        return Rota(self.settings, site.roster, ZoneInfo(site.timezone))

    # looking

    async def present(self) -> Form | None:
        """The sheet of the watch that is on: the newest that is running or waits for the second signature."""
        rows = await self._forms.find(kind=HANDOVER, open=True, limit=MOST_OPEN)
        return next((form_of(row) for row in rows if row.state in PRESENT), None)

    async def before(self, form: Form) -> Form | None:
        """The sheet before this one: what it left open goes on."""
        rows = await self._forms.find(kind=HANDOVER, after=form.id, limit=1)
        return None if not rows else form_of(rows[0])

    async def left(self, form: Form) -> list[Left]:
        before = await self.before(form)
        return [] if before is None else still_left(before.fields, str(before.fields.get("shift", before.number)))

    async def sheet(self, form: Form, exact: bool = False) -> tuple[Sheet, Note | None]:
        """As it would be signed at this moment, and the test of the horn. `exact`: it is signed."""
        known = await self.facts.known(form, await self.left(form), exact)
        return await self._station.call(make_sheet, known), horn_test(known.notes)

    async def as_it_stands(self, form: Form) -> Form:
        """A sheet that is being written, with what it would say now; any other as it is. For paper."""
        if form.state != RUNNING:
            return form
        sheet, horn = await self.sheet(form)
        return replace(form, fields={**form.fields, **self._frozen(sheet, horn)})

    async def changed(self, form: Form) -> list[dict[str, Any]]:
        """What has come since the signature; [] for a sheet that is being written, or of an earlier watch."""
        if form.state not in (WAITING, LAPSED) or form.fields.get("frozen_at") is None:
            return []
        sheet, _ = await self.sheet(form)
        return after_signing(form.fields, sheet)

    # acting

    async def note(self, who: Who, text: str, about: str = "note", item: str = "") -> Form:
        """A line of the duty log. Raises KnownError, StoreUnavailable."""
        form = await self.present()
        if form is None:
            raise NotAllowed("no_shift", "现在没有值班的班次，不能写值班记事；请检查 site.toml 的 [shift]")
        if about == "closed" and item not in [one.item for one in await self.left(form)]:
            raise NotAllowed("no_such_item", "没有这件遗留事项，请刷新后再办结")
        fields = {"text": text, "about": about, **({"item": item} if item else {})}
        return await self._forms.create(who, NOTE, sheet_subject(form.id), fields)

    # the clockwork

    async def round(self) -> None:
        """Begins the sheet that is due, and lets one lapse that nobody signed. Called every few seconds."""
        async with self._one_at_a_time:
            now = self._station.clock.now()
            form = await self.present()
            if form is not None and form.state == RUNNING and self._is_missed(form, now):
                await self._lapse(form)
                form = await self.present()
                if form is not None and form.state == RUNNING:
                    return
            if form is None or self._is_abandoned(form, now):
                await self._begin(now)
            await self._tell(now)

    async def _tell(self, now: Instant) -> None:
        form = await self.present()
        turn = None if form is None else self.turn_of(form)
        told: dict[str, Any] | None = None
        if form is not None:
            end = None if turn is None else turn.end
            told = {
                "sheet": form.id,
                "number": form.number,
                "state": form.state,
                "shift": form.fields.get("shift", ""),
                "crew": form.fields.get("crew", ""),
                "end": None if end is None else to_rfc3339(end),
                "on_duty": str(form.fields.get("taken_by", "")),
                "remind": end is not None and form.state == RUNNING and now >= end - _minutes(self.settings.remind_min),
            }
        if told != self._told:
            self._told = told
            self._station.feed.side_changed()

    def turn_of(self, form: Form) -> Turn | None:
        return self.rota.named(form.subject.removeprefix("shift:"))

    def _is_missed(self, form: Form, now: Instant) -> bool:
        turn = self.turn_of(form)
        if turn is None:  # the shifts were changed meanwhile: its sheet ends with what is on now
            on = self.rota.at(now)
            return on is not None and form.subject != f"shift:{on.key}"
        return now >= turn.end + _minutes(self.settings.grace_min)

    def _is_abandoned(self, form: Form, now: Instant) -> bool:
        """Handed over, and nobody took it: the watch that is on needs a sheet of its own."""
        return form.state == WAITING and now >= form.updated_at + _minutes(self.settings.grace_min)

    async def _lapse(self, form: Form) -> None:
        sheet, horn = await self.sheet(form, exact=True)
        await self._forms.take(HANDOVER, form.id, "lapse", self._frozen(sheet, horn))
        log.warning("班次 %s 没有按时交班，记录已由站封存", form.fields.get("shift", ""))

    async def _begin(self, now: Instant, taken_by: str = "") -> Form | None:
        """The sheet of the watch that is on; None when no shift is."""
        rows = await self._forms.find(kind=HANDOVER, limit=1)
        before = None if not rows else form_of(rows[0])
        turn = self.rota.handed_to(now) if before is not None and before.state == DONE else self.rota.at(now)
        if before is not None and turn is not None and before.state != DONE and before.subject == f"shift:{turn.key}":
            return None
        if turn is None:
            return None
        if not taken_by and before is not None and before.state == DONE:
            taken_by = next((moved.by for moved in reversed(before.moves) if moved.step == "sign_in"), "")
        since = turn.start if before is None else _frozen_at(before) or before.updated_at
        fields: dict[str, Any] = {
            "shift": f"{turn.date} {turn.name}",
            "crew": turn.crew,
            "leader": turn.leader,
            "starts": to_rfc3339(turn.start),
            "ends": to_rfc3339(turn.end),
            "since": to_rfc3339(min(since, now)),
        }
        if taken_by:
            fields |= self._taken(taken_by)
        title = f"{turn.date} {turn.name}" + (f" {turn.crew}" if turn.crew else "")
        return await self._forms.born(HANDOVER, f"shift:{turn.key}", title, "", fields)

    # what a step takes with it

    async def _know_note(self, who: Who | None, subject: str, fields: Mapping[str, Any]) -> Known:
        """A note belongs to the watch that is on, whoever asks and from wherever."""
        form = await self.present()
        if form is None or subject != sheet_subject(form.id):
            raise NotAllowed("not_this_shift", "值班记事只能写进现在的班次，请在交接班页填写")
        return Known(str(fields.get("text", ""))[:LONGEST_TITLE])

    async def _fill_take_over(self, who: Who, form: Form) -> Mapping[str, Any]:
        taken_by = str(form.fields.get("taken_by", ""))
        if taken_by:
            raise Changed("already_taken", f"{taken_by} 已经接班")
        return self._taken(who.user)

    async def _fill_sign_out(self, who: Who, form: Form) -> Mapping[str, Any]:
        if form.state == LAPSED:
            return {}  # its content was frozen when the shift was over
        sheet, horn = await self.sheet(form, exact=True)
        return self._frozen(sheet, horn)

    async def _fill_withdraw(self, who: Who, form: Form) -> Mapping[str, Any]:
        signed_by = next((moved.by for moved in reversed(form.moves) if moved.step == "sign_out"), "")
        if who.user != signed_by:
            raise NotAllowed("not_yours", f"只有交班人 {self.settings.name_of(signed_by)} 本人可以撤回")
        present = await self.present()
        if present is None or present.id != form.id:
            raise Changed("next_began", "下一班的记录已经开始，不能撤回")
        return {"frozen_at": None}

    def _taken(self, user: str) -> dict[str, Any]:
        return {"taken_by": self.settings.name_of(user), "taken_at": to_rfc3339(self._station.clock.now())}

    def _frozen(self, sheet: Sheet, horn: Note | None) -> dict[str, Any]:
        said = "本班未做" if horn is None else f"{self.rota.local(horn.at):%H:%M} {horn.by}：{horn.text}"
        return {**sheet, "horn": said, "frozen_at": to_rfc3339(self._station.clock.now())}

    async def _begin_next(self, form: Form) -> None:
        """The second signature is durable: the watch of the person who gave it begins."""
        taken_by = form.moves[-1].by
        async with self._one_at_a_time:
            now = self._station.clock.now()
            present = await self.present()
            if present is None:
                await self._begin(now, taken_by)
            elif present.state == RUNNING and not present.fields.get("taken_by"):
                await self._forms.fill(HANDOVER, present.id, self._taken(taken_by))
            await self._tell(now)


def _minutes(count: float) -> Instant:
    return round(count * MINUTE)


def _frozen_at(form: Form) -> Instant | None:
    text = form.fields.get("frozen_at")
    return None if not text else from_rfc3339(text)

"""The daily duty report made by itself (值班值守日报): once for each day, at the hour the site wants it.

Station side. The report is a form; that there is one for a day is asked of the store, so a restart makes none twice, and one
missed while the station was down is made up for on the day that follows.
"""

import asyncio
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from app.domain.daily import CrewOfDay, Day, FormsOfDay, Span, report
from app.domain.form import Form
from app.domain.handover import Known, make_sheet
from app.domain.instant import Instant
from app.domain.settings.shift import DAY_MIN
from app.station.errors import Changed, NotAllowed
from app.station.form_rows import form_of
from app.station.forms import FormService
from app.station.shift import Shifts
from app.station.shift_facts import DAILY, HANDOVER, OWN_KINDS
from app.store.rows import FormRow

if TYPE_CHECKING:
    from app.station.station import Station

ROUND_S = 20.0
MOST_LOSSES = 1000
MOST_FORMS = 5000


class DailyReports:
    def __init__(self, station: "Station", forms: FormService, shifts: Shifts) -> None:
        self._station, self._forms, self._shifts = station, forms, shifts
        self._one_at_a_time = asyncio.Lock()
        self._made: date | None = None

    async def round(self) -> None:
        """Makes yesterday's when it is due and not there."""
        at, rota = self._shifts.settings.daily_report_at, self._shifts.rota
        now = self._station.clock.now()
        today = rota.day_of(now)
        day = today - timedelta(days=1)
        if at is None or self._made == day or now < rota.at_clock(today, at):
            return
        async with self._one_at_a_time:
            if not await self._rows(day) and await self._ran(rota.at_clock(today, 0)):
                await self._make(day, now)
            self._made = day

    async def make(self, day: date) -> Form:
        """For a day somebody asks for. Raises NotAllowed, Changed, StoreUnavailable."""
        rota, now = self._shifts.rota, self._station.clock.now()
        if day >= rota.day_of(now):
            raise NotAllowed("too_soon", "这一天还没有过完，过完以后才能生成日报")
        if not await self._ran(rota.at_clock(day, DAY_MIN)):
            raise NotAllowed("not_there", "这一天站还没有投用，没有可报的内容")
        async with self._one_at_a_time:
            rows = await self._rows(day)
            if rows:
                raise Changed("already_made", f"{day} 的日报已经有了：{rows[0].body.get('number', '')}")
            return await self._make(day, now)

    # inside

    async def _rows(self, day: date) -> list[FormRow]:
        return await self._forms.find(kind=DAILY, subject=_subject(day), limit=1)

    async def _ran(self, before: Instant) -> bool:
        """Was there a station before that moment? A report of the day before it was set up would say that all was well."""
        first = await self._station.call(self._station.store.journal.read, 0, 1)
        return bool(first) and first[0].record.time < before

    async def _make(self, day: date, now: Instant) -> Form:
        known = await self._known(day, now)
        fields = await self._station.call(report, known)
        return await self._forms.born(DAILY, _subject(day), f"{day} 值班值守日报", "", fields)

    async def _known(self, day: date, now: Instant) -> Day:
        station, rota = self._station, self._shifts.rota
        start, end = rota.at_clock(day, 0), rota.at_clock(day, DAY_MIN)
        alarmed = await station.call(station.store.journal.alarmed, start, end)
        sheet = make_sheet(
            Known(start, now, station.board.alarms(), limit_changes=await self._shifts.facts.limit_changes(start, end))
        )
        shelved = [{key: value for key, value in row.items() if key != "occurrence"} for row in sheet["shelved"]]
        return Day(
            date=day.isoformat(),
            start=start,
            end=end,
            now=now,
            company=station.site.name,
            code=station.site.code,
            tags=station.site.tags,
            equipment=station.site.equipment,
            sources=station.site.sources,
            alarmed=alarmed,
            lost={source.id: await self._lost(source.id, end, now) for source in station.site.sources},
            crews=await self._crews(day),
            shelved=shelved,
            limit_changes=sheet["limit_changes"],
            forms=await self._forms_of(start, end),
        )

    async def _lost(self, source: str, end: Instant, now: Instant) -> list[Span]:
        station = self._station
        rows = await station.call(station.store.journal.occurrences, end=end, tag=f"@{source}", limit=MOST_LOSSES)
        return [(row.raised_at, now if row.cleared_at is None else row.cleared_at) for row in rows]

    async def _crews(self, day: date) -> list[CrewOfDay]:
        """As the roster says; who took over and who handed over as the sheets say."""
        settings = self._shifts.settings
        found = []
        for turn in self._shifts.rota.of_day(day):
            rows = await self._forms.find(kind=HANDOVER, subject=f"shift:{turn.key}", limit=20)
            forms = [form_of(row) for row in reversed(rows)]
            taken = [str(form.fields["taken_by"]) for form in forms if form.fields.get("taken_by")]
            signed = [settings.name_of(m.by) for form in forms for m in form.moves if m.step == "sign_out"]
            found.append(CrewOfDay(turn.name, turn.crew, turn.leader, _names(taken), _names(signed)))
        return found

    async def _forms_of(self, start: Instant, end: Instant) -> list[FormsOfDay]:
        """Kinds with something to tell, in the order in which they are declared."""
        begun: list[FormRow] = await self._forms.find(start=start, end=end, limit=MOST_FORMS)
        found = []
        for kind, definition in self._forms.kinds.items():
            if kind in (*OWN_KINDS, DAILY):
                continue
            mine = [row for row in begun if row.kind == kind]
            open = [one for one in self._forms.index.open.values() if one.kind == kind]
            row: dict[str, Any] = {
                "begun": len(mine),
                "done": sum(not one.open and one.updated_at < end for one in mine),
                "open": len(open),
                "overdue": sum(one.due_at is not None and one.due_at < end for one in open),
            }
            if any(row.values()):
                found.append(FormsOfDay(definition.title, **row))
        return found


def _subject(day: date) -> str:
    return f"day:{day.isoformat()}"


def _names(names: list[str]) -> str:
    return "、".join(dict.fromkeys(names))

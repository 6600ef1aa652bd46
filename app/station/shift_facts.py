"""What the handover sheet tells, gathered (交接班内容的来源): alarms, history, links, forms, changed limits, notes.

Station side. What has to be read from the store is read in a worker thread; what is made of it is `app.domain.handover`.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from app.domain.form import Form
from app.domain.handover import Known, Left, LimitChange, Note, OpenForm
from app.domain.instant import SECOND, Instant, from_rfc3339
from app.domain.kpi import Alarmed
from app.domain.settings.shift import ShiftSettings
from app.site.diff import Change, diff_sites
from app.site.tag_rules import LIMITS
from app.station.form_rows import form_of
from app.station.forms import FormService
from app.store.ports import Store
from app.store.rows import ConfigVersion, FormRow

if TYPE_CHECKING:
    from app.station.station import Station

HANDOVER, NOTE, DAILY, LIMIT_CHANGE = "handover", "shift_note", "daily_report", "limit_change"
OWN_KINDS = (HANDOVER, NOTE)
MOST_NOTES = 1000
MOST_CHANGES = 500
MANY = 2000  # alarms of a shift
KEPT = 15 * SECOND
_WORDS = {
    "ll": "低低报", "l": "低报", "h": "高报", "hh": "高高报", "deadband": "死区", "on_delay_s": "报警延时",
    "off_delay_s": "消警延时", "alarm_on": "报警值", "priority_hh": "高高报优先级", "priority_h": "高报优先级",
    "priority_l": "低报优先级", "priority_ll": "低低报优先级", "latching": "锁存",
    "prealarm_min": "预警提前分钟", "priority_prealarm": "预警优先级",
}  # fmt: skip
assert set(LIMITS) <= _WORDS.keys()


def sheet_subject(form: int) -> str:
    """What a note is about: the sheet of the shift in which it was written."""
    return f"sheet:{form}"


class ShiftFacts:
    def __init__(self, station: "Station", forms: FormService, settings: ShiftSettings) -> None:
        self._station, self._forms, self._settings = station, forms, settings
        self._kept: tuple[Instant, Instant, Sequence[Alarmed]] = (0, 0, ())
        self._changes: dict[int, list[Change]] = {}  # by configuration version, against the one before

    async def known(self, sheet: Form, left: Sequence[Left], exact: bool) -> Known:
        """All that the sheet of the shift tells at this moment; `exact`: to be signed, not only looked at."""
        station = self._station
        now = station.clock.now()
        start = min(since_of(sheet), now)
        alarmed = await self._alarmed(start, now, exact)
        return Known(
            start=start,
            now=now,
            alarms=station.board.alarms(),
            alarmed=alarmed,
            equipment=station.site.equipment,
            links=station.wiring.messages(),
            limit_changes=await self.limit_changes(start, now),
            forms=self._open_forms(),
            notes=await self.notes(sheet.id),
            left=left,
            names={one.tag: station.wording.name_of(one.tag) for one in alarmed},
            standing_h=self._settings.standing_h,
        )

    async def notes(self, sheet: int) -> list[Note]:
        """Oldest first."""
        rows = await self._forms.find(kind=NOTE, subject=sheet_subject(sheet), limit=MOST_NOTES)
        return [self._note(row) for row in reversed(rows)]

    async def limit_changes(self, start: Instant, end: Instant) -> list[LimitChange]:
        """From the versions of the configuration: whatever way a limit was changed, it is among them."""
        rows = await self._forms.find(kind=LIMIT_CHANGE, open=False, limit=MOST_CHANGES)
        papers = {row.body.get("fields", {}).get("config_version"): row for row in rows}
        return await self._station.call(self._limits, start, end, papers)

    # inside

    async def _alarmed(self, start: Instant, now: Instant, exact: bool) -> Sequence[Alarmed]:
        """After a storm every look would cost a quarter of a second: then the figures may be some seconds old."""
        kept_start, at, kept = self._kept
        if not exact and kept_start == start and len(kept) > MANY and 0 <= now - at < KEPT:
            return kept
        alarmed: Sequence[Alarmed] = await self._station.call(self._station.store.journal.alarmed, start, now)
        self._kept = (start, now, alarmed)
        return alarmed

    def _note(self, row: FormRow) -> Note:
        form = form_of(row)
        fields = form.fields
        by = self._settings.name_of(form.created_by)
        return Note(
            form.created_at, by, str(fields.get("text", "")), str(fields.get("about", "note")), str(fields.get("item", ""))
        )

    def _open_forms(self) -> list[OpenForm]:
        kinds = self._forms.kinds
        return [
            OpenForm(
                one.id, one.kind, one.number, one.title, kinds[one.kind].state(one.state).title, one.due_at, one.updated_at
            )
            for one in self._forms.index.open.values()
            if one.kind not in OWN_KINDS and one.kind in kinds
        ]

    def _limits(self, start: Instant, end: Instant, papers: dict[Any, FormRow]) -> list[LimitChange]:
        """Blocking: reads the store."""
        found = []
        versions = list(self._station.store.config.versions())
        for before, version in pairwise(versions):
            if not start <= version.time < end:
                continue
            why = self._why(version, papers.get(version.version))
            for change in self._changes_of(before, version):
                if change.table == "tags" and change.column in _WORDS:
                    name = self._station.wording.name_of(change.key)
                    what = _WORDS[change.column]
                    by = self._settings.name_of(version.by)
                    old, new = _word(change.old), _word(change.new)
                    found.append(LimitChange(version.time, change.key, name, what, old, new, by, why))
        return found

    def _changes_of(self, before: ConfigVersion, version: ConfigVersion) -> list[Change]:
        kept = self._changes.get(version.version)
        if kept is None:
            store: Store = self._station.store
            kept = diff_sites(store.config.get(before.version), store.config.get(version.version))
            kept = self._changes[version.version] = [one for one in kept if one.table == "tags" and one.column in _WORDS]
        return kept

    def _why(self, version: ConfigVersion, paper: FormRow | None) -> str:
        if paper is None:
            return version.why
        form = form_of(paper)
        approved = next((self._settings.name_of(moved.by) for moved in reversed(form.moves) if moved.step == "approve"), "")
        reason = str(form.fields.get("reason", ""))
        return "；".join(part for part in (f"{form.number} {reason}".strip(), f"{approved} 批准" if approved else "") if part)


def since_of(sheet: Form) -> Instant:
    """From when on the sheet tells."""
    text = sheet.fields.get("since")
    return sheet.created_at if not text else from_rfc3339(text)


def _word(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    return f"{value:g}" if isinstance(value, float) else str(value)

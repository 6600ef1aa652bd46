"""What the store knows of a period (报表的依据): alarms, forms, overlays, outages, clips, the journal. Station side, worker.

Of a part of the plant only what concerns its equipment; sources count where they serve a tag of it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from app.domain.alarm import RuleState
from app.domain.daily import Span
from app.domain.form import FormDef
from app.domain.instant import Instant, to_datetime
from app.domain.kpi import Alarmed, Figures, figures
from app.domain.kpi_groups import Groups, groups
from app.domain.plant import Equipment, Site, Source
from app.domain.quality import Finding
from app.domain.settings import settings
from app.domain.settings.kpi import KpiSettings, read_kpi
from app.domain.settings.reports import ReportSettings, read_reports
from app.domain.tag import Kind, Tag
from app.station.form_kinds import kinds_of
from app.station.reports.order import Order
from app.station.seal import day_of, zone_of
from app.station.shift_facts import DAILY, OWN_KINDS
from app.station.words import SYSTEM_NAMES
from app.store.ports import Store
from app.store.rows import ClipRow, FormRow, QualityRow, QualityRun, Record, Search

PAGE = 2000
MOST_LOSSES = 5000
MOST_RECORDS = 20_000
OVERLAYS = ("shelve", "suppress", "out_of_service")


@dataclass(frozen=True, slots=True)
class Trail:
    """The records of the journal of the period, and the hash its last one has."""

    first: int
    last: int
    hash: str


@dataclass(frozen=True, slots=True)
class QualityDay:
    """One worked-out day, of the tags of this part of the plant."""

    run: QualityRun
    rows: Sequence[QualityRow]
    findings: Sequence[Finding]


@dataclass(frozen=True)
class Facts:
    order: Order
    site: Site
    equipment: Sequence[Equipment]
    tags: Sequence[Tag]
    settings: ReportSettings
    kpi: KpiSettings
    alarmed: Sequence[Alarmed]
    within: Sequence[Alarmed]
    found: Figures
    groups: Groups
    sources: Sequence[Source]
    lost: Mapping[str, Sequence[Span]]
    kinds: Mapping[str, FormDef]
    forms: Sequence[FormRow]
    open_forms: Sequence[FormRow]
    overlays: Sequence[Record]
    standing: Mapping[str, RuleState]
    clips: Sequence[ClipRow]
    starts: Sequence[Record]
    gaps: Sequence[Span]
    trail: Trail
    zone: tzinfo
    by_name: Mapping[str, Tag]  # of the whole site
    quality: Sequence[QualityDay] = ()

    @property
    def start(self) -> Instant:
        return self.order.period.start

    @property
    def end(self) -> Instant:
        return self.order.end

    def local(self, at: Instant) -> datetime:
        return to_datetime(at).astimezone(self.zone)

    def name_of(self, tag: str) -> str:
        known = self.by_name.get(tag)
        if known is not None:
            return known.name or tag
        return SYSTEM_NAMES.get(tag) or (f"数据源 {tag[1:]}" if tag.startswith("@") else tag)

    def kind_of(self, tag: str) -> Kind:
        known = self.by_name.get(tag)
        return Kind.OTHER if known is None else known.kind


def gather(store: Store, order: Order, site: Site) -> Facts:
    """Raises ValueError when the part of the plant is not there."""
    start, end, now = order.period.start, order.end, order.now
    zone = zone_of(order.zone)
    equipment, tags = order.scope.equipment(site), order.scope.tags(site)
    whole = order.scope.kind == "site"
    codes, names = {one.equipment for one in equipment}, {tag.tag for tag in tags}
    served = {tag.source for tag in tags}
    sources = [one for one in site.sources if whole or one.id in served]
    mine = names | {f"@{one.id}" for one in sources}
    alarmed = [one for one in store.journal.alarmed(start, end) if whole or one.equipment in codes or one.tag in mine]
    kpi = settings(site.options, "kpi", read_kpi)
    within = [one for one in alarmed if one.raised >= start]
    area_of = {one.equipment: one.area for one in site.equipment}
    about = _About(store, codes, mine) if not whole else None
    forms = [row for row in _forms(store, start, end) if about is None or about(row)]
    open_forms = [row for row in _open_forms(store, end) if about is None or about(row)]
    cameras = {one.camera for one in site.cameras if whole or codes.intersection(one.equipment)}
    return Facts(
        order=order,
        site=site,
        equipment=equipment,
        tags=tags,
        settings=settings(site.options, "reports", read_reports),
        kpi=kpi,
        alarmed=alarmed,
        within=within,
        found=figures(alarmed, start, end, now, kpi.slot_limit),
        groups=groups(
            within,
            {tag.tag: tag.kind.value for tag in site.tags},
            area_of,
            lambda at: to_datetime(at).astimezone(zone),
        ),
        sources=sources,
        lost={one.id: _lost(store, one.id, start, end, now) for one in sources},
        kinds=kinds_of(site),
        forms=forms,
        open_forms=open_forms,
        overlays=[one for one in _records(store, "command", start, end) if _is_overlay(one) and (whole or one.tag in mine)],
        standing={
            key: state
            for key, state in store.journal.states().items()
            if state.overlay is not None and (whole or key.rpartition("/")[0] in mine)
        },
        clips=[row for row in _clips(store, start, end) if row.camera in cameras or whole],
        starts=[one for one in _records(store, "system", start, end) if one.data.get("what") == "station_started"],
        gaps=[(max(a, start), min(b, end)) for a, b in store.historian.gaps(start, end) if min(b, end) > max(a, start)],
        trail=_trail(store, start, end),
        zone=zone,
        by_name={tag.tag: tag for tag in site.tags},
        quality=_quality(store, order, zone, names, whole),
    )


def _quality(store: Store, order: Order, zone: tzinfo, names: set[str], whole: bool) -> list[QualityDay]:
    """Of the whole days of the period; of a shift the day it begins."""
    day, last = day_of(order.period.start, zone), day_of(order.end - 1, zone)
    found = []
    while day <= last:
        run = store.quality.run(day.isoformat())
        if run is not None:
            rows = [row for row in store.quality.rows(run.day) if whole or row.tag in names]
            findings = [one.finding for one in store.quality.findings(run.day) if whole or one.finding.tag in names]
            found.append(QualityDay(run, rows, findings))
        day += timedelta(days=1)
    return found


class _About:
    """Is a form about this part of the plant? By its own fields, or by the alarm it belongs to."""

    def __init__(self, store: Store, codes: set[str], tags: set[str]) -> None:
        self._store, self._codes, self._tags = store, codes, tags

    def __call__(self, row: FormRow) -> bool:
        fields = row.body.get("fields", {})
        if fields.get("tag") or fields.get("equipment"):
            return fields.get("tag") in self._tags or fields.get("equipment") in self._codes
        what, _, number = row.subject.partition(":")
        if what == "occurrence" and number.isdigit():
            found = self._store.journal.occurrences(after=int(number) + 1, limit=1)
            return bool(found) and (found[0].equipment in self._codes or found[0].tag in self._tags)
        return what == "tag" and number in self._tags


def _forms(store: Store, start: Instant, end: Instant) -> Iterator[FormRow]:
    after: int | None = None
    while rows := store.forms.find(start=start, end=end, after=after, limit=PAGE):
        yield from (row for row in rows if row.kind not in (*OWN_KINDS, DAILY))
        after = rows[-1].id


def _open_forms(store: Store, end: Instant) -> Iterator[FormRow]:
    """Begun before the end and not finished then."""
    after: int | None = None
    while rows := store.forms.find(open=True, end=end, after=after, limit=PAGE):
        yield from (row for row in rows if row.kind not in (*OWN_KINDS, DAILY))
        after = rows[-1].id


def _records(store: Store, kind: str, start: Instant, end: Instant) -> list[Record]:
    """Oldest first."""
    found: list[Record] = []
    before: int | None = None
    while len(found) < MOST_RECORDS:
        page = store.journal.search(Search(before=before, start=start, end=end, kinds=(kind,), limit=PAGE))
        found += [one.record for one in page.records]
        before = page.before
        if before is None:
            break
    return found[::-1]


def _is_overlay(record: Record) -> bool:
    return record.data.get("command") in OVERLAYS and record.data.get("outcome") == "done"


def _lost(store: Store, source: str, start: Instant, end: Instant, now: Instant) -> list[Span]:
    rows = store.journal.occurrences(end=end, tag=f"@{source}", limit=MOST_LOSSES)
    spans = [(max(row.raised_at, start), min(now if row.cleared_at is None else row.cleared_at, end)) for row in rows]
    return sorted(span for span in spans if span[0] < span[1])


def _clips(store: Store, start: Instant, end: Instant) -> Iterator[ClipRow]:
    after: int | None = None
    while rows := store.clips.find(start=start, end=end, after=after, limit=PAGE):
        yield from rows
        after = rows[-1].id


def _trail(store: Store, start: Instant, end: Instant) -> Trail:
    last = store.seals.last_before(1, end)
    first = store.seals.last_before(1, start) + 1
    written = store.journal.read(last - 1, 1) if last >= first else []
    return Trail(first, last, written[0].hash if written else "")

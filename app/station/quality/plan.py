"""What was in force during a span: configurations, stopped equipment, points out of service, alarms on record. Station side.

Blocking: reads the store; in the worker's process. A limit that was changed at noon counts from noon; equipment that was
stopped (停用, 检修: by a version of the configuration, or a point taken out of service by a command) owes nothing meanwhile.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from app.domain.alarm import AlarmRule
from app.domain.instant import DAY, Instant
from app.domain.kpi import Alarmed
from app.domain.plant import Equipment, EquipmentStatus, Site, Source
from app.domain.rules import rules_of
from app.domain.settings import settings
from app.domain.settings.quality import QualitySettings, read_quality
from app.domain.tag import Tag
from app.station.quality.series import Span, merged, without
from app.store.ports import Store
from app.store.rows import OccurrenceRow, Record, Search, Word

MOST_VERSIONS = 50  # of the configuration within a span
LOOK_BACK = 31 * DAY  # for commands that took a point out of service
MOST_PAST = 20_000  # occurrences raised in the span


class NoConfiguration(Exception):
    """The site was never kept in the store."""


@dataclass(frozen=True)
class Era:
    """One configuration in force in [start, end)."""

    start: Instant
    end: Instant
    site: Site

    @cached_property
    def tags(self) -> Mapping[str, Tag]:
        return {tag.tag: tag for tag in self.site.tags}

    @cached_property
    def equipment(self) -> Mapping[str, Equipment]:
        return {one.equipment: one for one in self.site.equipment}

    @cached_property
    def sources(self) -> Mapping[str, Source]:
        return {one.id: one for one in self.site.sources}


@dataclass(frozen=True)
class OutOfService:
    """A point taken out of service by a command. `order`: the number of the work order, "" none."""

    start: Instant
    end: Instant
    order: str


@dataclass
class Plan:
    """Everything about the span [start, end) that is not samples; `end` is not in the future."""

    store: Store
    start: Instant
    end: Instant
    now: Instant
    eras: Sequence[Era]
    gaps: Sequence[Span]
    out: Mapping[str, Sequence[OutOfService]] = field(default_factory=dict)

    @property
    def site(self) -> Site:
        """The last one in force."""
        return self.eras[-1].site

    @cached_property
    def settings(self) -> QualitySettings:
        return settings(self.site.options, "quality", read_quality)

    @cached_property
    def alarmed(self) -> Mapping[str, Sequence[Alarmed]]:
        """Annunciations that touch the span, by tag."""
        found: dict[str, list[Alarmed]] = defaultdict(list)
        for one in self.store.journal.alarmed(self.start, self.end):
            found[one.tag].append(one)
        return found

    @cached_property
    def past(self) -> Mapping[str, Sequence[OccurrenceRow]]:
        """Occurrences raised in the span, by tag; the newest of very many."""
        found: dict[str, list[OccurrenceRow]] = defaultdict(list)
        after: int | None = None
        for _ in range(0, MOST_PAST, 2000):
            rows = self.store.journal.occurrences(start=self.start, end=self.end, after=after, limit=2000)
            for row in rows:
                found[row.tag].append(row)
            if len(rows) < 2000:
                break
            after = rows[-1].occurrence
        return found

    def due(self, tag: Tag) -> list[Span]:
        """When something was due of the point."""
        stopped = [
            (era.start, era.end)
            for era in self.eras
            if tag.tag not in era.tags or self._is_stopped(era, era.tags[tag.tag].equipment)
        ]
        away = [(one.start, one.end) for one in self.out.get(tag.tag, ())]
        return without([(self.start, self.end)], merged([*stopped, *away]))

    def rules(self, tag: str) -> Iterator[tuple[Era, AlarmRule]]:
        """Each rule on a limit or a state with the era it held in; eras in which it was the same are one."""
        held: dict[AlarmRule, Era] = {}
        for era in self.eras:
            row = era.tags.get(tag)
            if row is None:
                continue
            source = era.sources.get(row.source, Source(row.source, "", ""))
            for rule in rules_of(row, source)[:-1]:
                before = held.get(rule)
                if before is not None and before.end == era.start:
                    held[rule] = Era(before.start, era.end, era.site)
                else:
                    if before is not None:
                        yield before, rule
                    held[rule] = era
        yield from ((era, rule) for rule, era in held.items())

    @staticmethod
    def _is_stopped(era: Era, equipment: str) -> bool:
        found = era.equipment.get(equipment)
        return found is not None and found.status is not EquipmentStatus.IN_SERVICE


def make_plan(store: Store, start: Instant, end: Instant, now: Instant) -> Plan:
    """Raises NoConfiguration, StoreUnavailable."""
    end = min(end, now)
    start = _begun(store, start, end)
    return Plan(
        store, start, end, now, _eras(store, start, end), merged(store.historian.gaps(start, end)), _out(store, start, end)
    )


def _begun(store: Store, start: Instant, end: Instant) -> Instant:
    """Where the span begins: nothing was due of a station that had not been set up yet, unless its past was brought along. One
    value from before is none: a source tells when its value last changed, and that may be days ago."""
    first = store.journal.read(0, 1, "system")
    began = first[0].record.time if first else start
    if not start < began < end:
        return start
    past = store.historian.columns(store.historian.tags(), start, began)
    return start if any(len(columns.source) > 1 for columns in past) else began


def _eras(store: Store, start: Instant, end: Instant) -> list[Era]:
    versions = [one for one in store.config.versions() if one.time < end]
    if not versions:
        kept = store.config.current()
        if kept is None:
            raise NoConfiguration
        return [Era(start, end, kept[1])]
    before = [one for one in versions if one.time <= start][-1:]
    within = [one for one in versions if one.time > start][-MOST_VERSIONS:]
    wanted = [*before, *within]
    cuts = [start, *(one.time for one in wanted[1:]), end]
    return [
        Era(cuts[at], cuts[at + 1], store.config.get(one.version)) for at, one in enumerate(wanted) if cuts[at] < cuts[at + 1]
    ]


def _out(store: Store, start: Instant, end: Instant) -> dict[str, list[OutOfService]]:
    """By the commands of people; the last hours of a point out of service end with the span."""
    found: dict[str, list[OutOfService]] = defaultdict(list)
    since: dict[str, tuple[Instant, str]] = {}
    for record in _commands(store, start - LOOK_BACK, end):
        command, tag = record.data.get("command"), record.tag
        if record.data.get("outcome") != "done" or not tag:
            continue
        if command == "out_of_service":
            since.setdefault(tag, (record.time, str(record.data.get("args", {}).get("work_order") or "")))
        elif command == "return_to_service" and tag in since:
            began, order = since.pop(tag)
            found[tag].append(OutOfService(began, record.time, order))
    for tag, (began, order) in since.items():
        found[tag].append(OutOfService(began, end, order))
    return found


def _commands(store: Store, start: Instant, end: Instant) -> list[Record]:
    """Oldest first."""
    records: list[Record] = []
    for word in ("out_of_service", "return_to_service"):
        before: int | None = None
        while True:
            wanted = Search(before=before, start=start, end=end, kinds=("command",), words=(Word(word),), limit=1000)
            found = store.journal.search(wanted)
            records += [one.record for one in found.records]
            before = found.before
            if before is None:
                break
    return sorted(records, key=lambda one: one.time)

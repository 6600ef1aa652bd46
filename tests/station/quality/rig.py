"""Runs the real pass over given samples: a real store for journal, configuration and results; the samples come from arrays, so
that a day of twenty points takes no minutes to write.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from app.domain.instant import DAY, Instant
from app.domain.plant import Site
from app.domain.quality import Finding
from app.station.quality.work import work_out
from app.store import open_store
from app.store.opening import StationStore
from app.store.rows import Columns, OccurrenceRow, QualityRow, QualityRun, Record
from tests.station.quality.plantdata import START, clean_day, site


@dataclass
class Arrays:
    """The calls of a historian a pass makes, over arrays."""

    columns_of: dict[str, Columns]
    gaps_of: list[tuple[Instant, Instant]] = field(default_factory=list)

    def columns(self, tags: Sequence[str], start: Instant, end: Instant, state: bool = False) -> Iterator[Columns]:
        for tag in tags:
            c = self.columns_of.get(tag, Columns(tag, *(np.empty(0, t) for t in (np.int64, np.int64, float, np.uint16))))
            order = np.argsort(c.source, kind="stable")
            low, high = np.searchsorted(c.source[order], (start, end))
            order = order[max(0, low - state) : high]
            yield Columns(tag, c.source[order], c.receive[order], c.number[order], c.quality[order])

    def tags(self) -> list[str]:
        return list(self.columns_of)

    def gaps(self, start: Instant, end: Instant) -> list[tuple[Instant, Instant]]:
        return self.gaps_of


@dataclass
class Found:
    run: QualityRun
    rows: Mapping[str, QualityRow]
    findings: list[Finding]

    def of(self, tag: str) -> list[tuple[str, str]]:
        return sorted((one.kind.value, one.what) for one in self.findings if one.tag == tag)

    def one(self, tag: str, kind: str) -> Finding:
        [found] = [one for one in self.findings if one.tag == tag and one.kind.value == kind]
        return found


class Day:
    """A clean day; change `columns`, `site`, `gaps`, write to the journal, then `judge`."""

    def __init__(self, folder: Path) -> None:
        self.store: StationStore = open_store(folder)
        self.columns = clean_day()
        self.site: Site = site()
        self.gaps: list[tuple[Instant, Instant]] = []
        self.start, self.end = START, START + DAY
        self.numbers = 0

    def set(self, tag: str, **arrays: Any) -> None:
        old = self.columns[tag]
        kept = {name: arrays.get(name, getattr(old, name)) for name in ("source", "receive", "number", "quality")}
        self.columns[tag] = Columns(tag, **kept)

    def keep(self, tag: str, mask: np.ndarray) -> None:
        c = self.columns[tag]
        self.columns[tag] = Columns(tag, c.source[mask], c.receive[mask], c.number[mask], c.quality[mask])

    def alarm(self, tag: str, rule: str, raised: Instant, cleared: Instant | None, limit: float, **more: Any) -> None:
        self.numbers += 1
        row = OccurrenceRow(self.numbers, tag, rule, "high", "", "NORM", limit, limit, "", "", raised, cleared, **more)
        self.store.journal.append([Record(raised, "alarm", "", tag, self.numbers)], occurrences=[row])

    def command(self, at: Instant, command: str, tag: str, **args: Any) -> None:
        data = {"args": args, "command": command, "outcome": "done"}
        self.store.journal.append([Record(at, "command", "zhao", tag, data=data)])

    def judge(self, now: Instant | None = None, **more: Any) -> Found:
        if self.store.config.current() is None:
            self.store.config.save(self.site, "zheng", "测试", self.start - DAY)
        real = self.store.historian
        self.store.historian = Arrays(self.columns, self.gaps)  # type: ignore[assignment]
        try:
            job = {"day": "2026-11-21", "start": self.start, "end": self.end, "now": now or self.end, "by": "test", **more}
            run = work_out(self.store, job)
        finally:
            self.store.historian = real
        rows = {row.tag: row for row in self.store.quality.rows(run.day)}
        return Found(run, rows, [one.finding for one in self.store.quality.findings(run.day)])

"""Making one report (生成报表), in the worker's process: measure, gather, compose, write PDF, pictures of its pages and sheet.

Everything lies in the folder of the order; the station gives it its name when the journal knows of it. Progress counts tags;
what is done after them is worth a tenth of the way.
"""

import hashlib
import json
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from app.domain.instant import Instant
from app.domain.report_period import SLOTS
from app.domain.settings.reports import SPANS
from app.domain.site_json import site_from_dict
from app.domain.tag import Tag
from app.station.errors import NotAllowed
from app.station.printing import render_pages
from app.station.reports.content import compose
from app.station.reports.facts import gather
from app.station.reports.measure import Held, Measure, cut, limits_of
from app.station.reports.order import ORDER, Order, order_from
from app.station.reports.values import analogue, to_draw
from app.store.ports import Store

PDF, BOOK, PAGES = "report.pdf", "report.xlsx", "page-{:03d}.png"
PPI = 100.0
MOST_VERSIONS = 60
Tell = Callable[[int, int], None]


def make_report(store: Store, job: Mapping[str, Any], tell: Tell) -> dict[str, Any]:
    """Raises OSError; a ValueError of the order is a fault of whoever gave it."""
    folder = Path(job["folder"])
    given = json.loads((folder / ORDER).read_text(encoding="utf-8"))
    order, site = order_from(given["order"]), site_from_dict(given["site"])
    tags = [] if order.kind in ("alarms", "risk") else analogue(order.scope.tags(site))
    total = len(tags) + (rest := max(4, len(tags) // 10))
    tell(0, total)
    measure = Measure(
        store.historian,
        order.period.start,
        order.period.end,
        order.now,
        SLOTS[order.period.span],
        {one.id: one.period_s for one in site.sources},
    )
    measured = []
    for one in measure.all(tags, _held(store, order, tags)):
        measured.append(one)
        tell(len(measured), total)
    facts = gather(store, order, site)
    curves = {tag: measure.curve(tag) for tag in to_draw(facts, measured)} if order.kind in SPANS else {}
    tell(len(tags) + rest // 4, total)
    paper = compose(facts, measured, curves)
    result: dict[str, Any] = {"digest": paper.digest, "first": facts.trail.first, "last": facts.trail.last}
    result |= {"tags": len(facts.tags), "alarms": facts.found.count, "pages": 0, "sha256": {}, "size": {}, "no_pdf": ""}
    if "pdf" in order.formats:
        from app.station.reports.pdf import sheet_of

        try:
            pdf, pages = render_pages("report", sheet_of(paper, facts.zone), PPI)
        except NotAllowed as error:  # no Chinese font on this machine
            result["no_pdf"] = error.message
        else:
            (folder / PDF).write_bytes(pdf)
            for number, page in enumerate(pages, start=1):
                (folder / PAGES.format(number)).write_bytes(page)
            result["pages"] = len(pages)
    tell(len(tags) + rest // 2, total)
    if "xlsx" in order.formats or result["no_pdf"]:
        from app.station.reports.book import write_book

        write_book(paper, facts.zone, folder / BOOK)
    for name, format in ((PDF, "pdf"), (BOOK, "xlsx")):
        if (folder / name).exists():
            result["sha256"][format], result["size"][format] = _kept(folder / name)
    tell(total, total)
    return result


def _held(store: Store, order: Order, tags: Sequence[Tag]) -> dict[str, list[Held]]:
    """The limits of each tag, piece by piece where they were changed within the period."""
    held = limits_of(tags, order.period.start, order.period.end)
    for at, limits in _earlier(store, order, {tag.tag for tag in tags}):
        for tag, one in limits.items():
            cut(held, tag, at, one)
    return held


def _earlier(store: Store, order: Order, tags: set[str]) -> list[tuple[Instant, dict[str, Any]]]:
    """From when on which limits held, where a version of the configuration within the period changed some: also at its
    beginning, for what held before the first change."""
    changed = {one.tag for one in order.limit_changes} & tags
    if not changed:
        return []
    period = order.period
    versions = list(store.config.versions())
    before = [one for one in versions if one.time <= period.start]
    wanted = [*before[-1:], *(one for one in versions if period.start < one.time < period.end)][-MOST_VERSIONS:]
    found = []
    for version in wanted:
        limits = {}
        for name in changed:
            tag = store.config.tag(version.version, name)
            if tag is not None:
                limits[name] = tag.limits
        found.append((max(version.time, period.start), limits))
    return found


def _kept(file: Path) -> tuple[str, int]:
    """On the disk for good, before anybody is told of it."""
    with file.open("rb+") as done:
        os.fsync(done.fileno())
        return hashlib.file_digest(done, "sha256").hexdigest(), file.stat().st_size

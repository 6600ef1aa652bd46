"""The reports that are there (报表库): a folder each under `reports/made`, with what it is in `report.json`.

Station side; blocking. A folder bears its name only when everything in it is complete and the journal has its hashes; what was
begun and not finished is `.part-…`, with its order, and is told of and goes when the next run looks.
"""

import contextlib
import hashlib
import json
import logging
import os
import shutil
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.domain.instant import to_rfc3339
from app.station.reports.make import BOOK, PAGES, PDF
from app.station.reports.order import KIND_WORDS, ORDER, Order

log = logging.getLogger(__name__)

META = "report.json"
PART = ".part-"
FILES = {"pdf": PDF, "xlsx": BOOK}
GONE = f"{PART}gone-"
Meta = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Left:
    """What a run that was killed left of a job. `meta`: everything was written; `order`: as `begin` was given it, None when
    it cannot be read."""

    part: Path
    job: str
    meta: Meta | None
    order: Mapping[str, Any] | None


class ReportShelf:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.metas: dict[str, Meta] = {}

    def load(self) -> list[Left]:
        """Reads what earlier runs made; gives what they did not finish."""
        left: list[Left] = []
        for one in sorted(self.folder.iterdir()) if self.folder.is_dir() else []:
            if one.name.startswith(GONE):
                shutil.rmtree(one, ignore_errors=True)
            elif one.name.startswith(PART):
                left.append(Left(one, one.name.removeprefix(PART), _read(one / META), _read(one / ORDER)))
            elif one.is_dir():
                meta = _read(one / META)
                if meta is not None and "id" in meta:
                    self.metas[str(meta["id"])] = meta
                else:
                    log.warning("报表 %s 读不出来，不列出", one.name)
        return left

    def begin(self, job: str, order: str) -> Path:
        """A folder with the order in it. Raises OSError."""
        part = self.folder / f"{PART}{job}"
        part.mkdir(mode=0o700, parents=True)
        (part / ORDER).write_text(order, encoding="utf-8")
        return part

    def write(self, part: Path, meta: Meta) -> None:
        """Raises OSError."""
        with (part / META).open("w", encoding="utf-8") as out:
            json.dump(meta, out, ensure_ascii=False, indent=1, sort_keys=True)
            out.flush()
            os.fsync(out.fileno())

    def finish(self, part: Path, meta: Meta) -> None:
        """From now on it is there. Raises OSError."""
        (part / ORDER).unlink(missing_ok=True)
        part.replace(self.folder / str(meta["id"]))
        self.metas[str(meta["id"])] = meta

    def remove(self, id: str) -> None:
        """Its name goes first, so that no half of it is ever seen."""
        gone = self.folder / f"{GONE}{id}"
        with contextlib.suppress(OSError):
            (self.folder / id).replace(gone)
        self.metas.pop(id, None)
        shutil.rmtree(gone, ignore_errors=True)

    def drop(self, part: Path) -> None:
        shutil.rmtree(part, ignore_errors=True)

    def sweep(self, alive: Collection[str]) -> None:
        """What could not be cleared away. `alive`: jobs of this run."""
        if self.folder.is_dir():
            for one in self.folder.iterdir():
                if one.name.startswith(PART) and one.name.removeprefix(PART) not in alive:
                    shutil.rmtree(one, ignore_errors=True)

    def checked(self, id: str, format: str) -> Path | None:
        """The file, when it is as the journal has it; None when it is not. Raises OSError when it is gone."""
        file = self.folder / id / FILES[format]
        with file.open("rb") as out:
            digest = hashlib.file_digest(out, "sha256").hexdigest()
        return file if digest == self.metas[id]["sha256"][format] else None

    def page(self, id: str, number: int) -> Path:
        return self.folder / id / PAGES.format(number)


def meta_of(order: Order, automatic: bool, result: Meta) -> Meta:
    """`result`: what the worker said of it."""
    period = order.period
    return {
        "id": order.id,
        "kind": order.kind,
        "title": f"{KIND_WORDS[order.kind]}　{period.title}",
        "span": period.span,
        "period": period.key,
        "period_title": period.title,
        "scope": {"kind": order.scope.kind, "code": order.scope.code, "title": order.scope.title},
        "start": to_rfc3339(period.start),
        "end": to_rfc3339(order.end),
        "start_us": period.start,
        "end_us": order.end,
        "made_at": to_rfc3339(order.now),
        "made_us": order.now,
        "by": order.by,
        "automatic": automatic,
        "late": order.late,
        "whole": order.whole,
        **result,
    }


def _read(file: Path) -> Mapping[str, Any] | None:
    """None when it is not there, or is half of something."""
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None

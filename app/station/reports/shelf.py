"""The reports that are there (报表库): a folder each under `reports/made`, with what it is in `report.json`.

Station side; blocking. A folder bears its name only when everything in it is complete and the journal has its hashes; what was
begun and not finished is `.part-…` and goes at the next look.
"""

import contextlib
import hashlib
import json
import logging
import os
import shutil
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from app.station.reports.make import BOOK, PAGES, PDF

log = logging.getLogger(__name__)

META = "report.json"
PART = ".part-"
FILES = {"pdf": PDF, "xlsx": BOOK}
Meta = Mapping[str, Any]


class ReportShelf:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.metas: dict[str, Meta] = {}

    def load(self) -> None:
        """Reads what an earlier run left."""
        if not self.folder.is_dir():
            return
        for one in sorted(self.folder.iterdir()):
            if one.name.startswith(PART) or not one.is_dir():
                continue
            try:
                meta = json.loads((one / META).read_text(encoding="utf-8"))
                self.metas[str(meta["id"])] = meta
            except (OSError, ValueError, KeyError) as error:
                log.warning("报表 %s 读不出来，不列出：%s", one.name, error)

    def begin(self, job: str, order: str, name: str) -> Path:
        """A folder with the order in it. Raises OSError."""
        part = self.folder / f"{PART}{job}"
        part.mkdir(mode=0o700, parents=True)
        (part / name).write_text(order, encoding="utf-8")
        return part

    def write(self, part: Path, meta: Meta) -> None:
        """Raises OSError."""
        with (part / META).open("w", encoding="utf-8") as out:
            json.dump(meta, out, ensure_ascii=False, indent=1, sort_keys=True)
            out.flush()
            os.fsync(out.fileno())

    def finish(self, part: Path, meta: Meta) -> None:
        """From now on it is there. Raises OSError."""
        part.replace(self.folder / str(meta["id"]))
        self.metas[str(meta["id"])] = meta

    def remove(self, id: str) -> None:
        """Its name goes first, so that no half of it is ever seen."""
        gone = self.folder / f"{PART}gone-{id}"
        with contextlib.suppress(OSError):
            (self.folder / id).replace(gone)
        self.metas.pop(id, None)
        shutil.rmtree(gone, ignore_errors=True)

    def drop(self, part: Path) -> None:
        shutil.rmtree(part, ignore_errors=True)

    def sweep(self, alive: Collection[str]) -> None:
        """What a killed run left half done. `alive`: jobs of this one."""
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

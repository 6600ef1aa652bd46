"""Curves as a file (趋势导出): every raw sample, or the reduced curve with its extremes. Station side; in the worker's process.

Raw: a line a sample, the tags one after the other. Reduced: a line a moment, minimum, maximum and mean of each tag beside each
other. A piece of time at a time, so that memory stays flat.
"""

import hashlib
import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from app.domain.instant import HOUR, Instant, to_datetime
from app.domain.sample import Quality
from app.domain.tag import Tag
from app.station.export_write import CsvSheet, Row, Sheet, XlsxSheet, safe_cell
from app.station.seal import zone_of
from app.store.ports import Store

PIECE = 6 * HOUR
PAGE = 100_000
RAW = ["时间", "位号", "名称", "值", "单位", "质量", "原因", "接收时间"]
_QUALITY = {Quality.GOOD: "好", Quality.UNCERTAIN: "可疑", Quality.BAD: "坏"}
_SAID = {"good": "好", "uncertain": "可疑", "bad": "坏", None: ""}


def write_trend(store: Store, job: dict[str, Any], tell: Callable[[int, int], None]) -> dict[str, Any]:
    """Writes `job["file"]` and says rows, size and SHA-256."""
    file, filters = Path(job["file"]), job["filters"]
    tempfile.tempdir = str(file.parent)  # openpyxl writes its sheets there first
    kept = store.config.current()
    known = {} if kept is None else {tag.tag: tag for tag in kept[1].tags}
    tags = [known.get(name) or Tag(name) for name in filters["tags"]]
    zone = zone_of(job["zone"])

    def local(at: Instant) -> str:
        return f"{to_datetime(at).astimezone(zone):%Y-%m-%d %H:%M:%S.%f}"[:-3]

    sheet: Sheet = CsvSheet(file) if job["format"] == "csv" else XlsxSheet(file)
    lines = _raw if filters["raw"] else _reduced
    rows = -1  # the head
    for row in lines(store, tags, filters, local, tell):
        sheet.row([safe_cell(cell) for cell in row])
        rows += 1
    sheet.close()
    with file.open("rb+") as done:
        os.fsync(done.fileno())
        digest = hashlib.file_digest(done, "sha256").hexdigest()
    return {"rows": rows, "size": file.stat().st_size, "sha256": digest}


def _raw(
    store: Store, tags: list[Tag], filters: dict[str, Any], local: Callable[[Instant], str], tell: Callable[[int, int], None]
) -> Iterator[Row]:
    yield list(RAW)
    start, end = filters["start"], filters["end"]
    span = end - start
    for number, tag in enumerate(tags):
        at = start
        while at < end:
            to = min(at + PIECE, end)
            page = store.historian.raw(tag.tag, at, to, PAGE)
            last = page[-1].source_time if len(page) == PAGE else to
            if len(page) == PAGE and page[0].source_time < last:
                page = [one for one in page if one.source_time < last]  # the last moment may go on beyond the page
            elif len(page) == PAGE:
                last += 1
            for one in page:
                yield [
                    local(one.source_time), one.tag, tag.name, one.value, tag.unit, _QUALITY[one.quality],
                    one.reason.value, local(one.receive_time),
                ]  # fmt: skip
            at = last
            tell((number * span + (at - start)) // 1_000_000, len(tags) * span // 1_000_000)


def _reduced(
    store: Store, tags: list[Tag], filters: dict[str, Any], local: Callable[[Instant], str], tell: Callable[[int, int], None]
) -> Iterator[Row]:
    head: Row = ["时间"]
    for tag in tags:
        unit = f"（{tag.unit}）" if tag.unit else ""
        head += [f"{tag.tag} {what}{unit}" for what in ("最小", "最大", "平均")] + [f"{tag.tag} 质量"]
    yield head
    series = []
    for number, tag in enumerate(tags):
        found = store.historian.reduced([tag.tag], filters["start"], filters["end"], filters["points"], until=filters["until"])
        series += found
        tell(number + 1, len(tags) + 1)
    for place, at in enumerate(series[0].t if series else []):
        row: Row = [local(at)]
        for one in series:
            row += [one.min[place], one.max[place], one.mean[place], _SAID.get(one.quality[place], "")]
        yield row

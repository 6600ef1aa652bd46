"""Curves as a file (趋势导出): every raw sample, or the reduced curve with its extremes. Station side; in the worker's process.

Raw: a line a sample, the tags one after the other. Reduced: a line a moment, minimum, maximum, mean and quality of each tag
beside each other. A piece of time at a time, so that memory stays flat.
"""

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from app.domain.instant import HOUR, Instant
from app.domain.sample import Quality
from app.domain.sample_words import QUALITIES, REASONS
from app.domain.tag import Tag
from app.station.jobs import JobFailed
from app.station.rowfile import SHEET_ROWS, Row, local_in, write_sheet
from app.station.seal import zone_of
from app.store.ports import Store

PIECE = 6 * HOUR
PAGE = 100_000
MOST_ROWS = {"csv": 10_000_000, "xlsx": SHEET_ROWS - 1}
"""Raw samples of one file: about 1 GB, and one sheet. A file nobody can open must not fill the disk of the watch."""
RAW: Row = ["时间", "位号", "名称", "值", "单位", "质量", "原因", "接收时间"]
_MEANT = {
    True: (
        ("时间", "数据源的时标"),
        ("值", "原始值；质量不是“好”的，是最后一个已知的值，不可采信"),
        ("质量", "好、可疑、坏；原因写在旁边"),
    ),
    False: (
        ("时间", "每一行的起点；一行统计到下一行的起点为止"),
        ("最小、最大", "这一段内好的样本的最小值和最大值，不平滑；没有样本时是保持的上一个值"),
        ("平均", "这一段内好的样本的算术平均"),
        ("质量", "这一段内出现过的最差质量；空白为没有记录，没有值处不得连线"),
    ),
}
Local = Callable[[Instant | None], datetime | None]


def write_trend(store: Store, job: dict[str, Any], tell: Callable[[int, int], None]) -> dict[str, Any]:
    """Writes `job["file"]` and says rows, size and SHA-256. Raises JobFailed when there are more samples than a file takes."""
    filters = job["filters"]
    kept = store.config.current()
    known = {} if kept is None else {tag.tag: tag for tag in kept[1].tags}
    tags = [known.get(name) or Tag(name) for name in filters["tags"]]
    local = local_in(zone_of(job["zone"]))
    if filters["raw"]:
        rows = _raw(store, tags, filters, local, tell, MOST_ROWS[job["format"]])
    else:
        rows = _reduced(store, tags, filters, local, tell)
    return write_sheet(Path(job["file"]), job["format"], rows, _about(tags, filters, job["zone"], local))


def _about(tags: list[Tag], filters: dict[str, Any], zone: str, local: Local) -> Iterator[Row]:
    yield ["时间范围", f"{local(filters['start']):%Y-%m-%d %H:%M:%S} 至 {local(filters['end']):%Y-%m-%d %H:%M:%S}"]
    yield ["时区", zone]
    for tag in tags:
        yield ["位号", "  ".join(part for part in (tag.tag, tag.name, tag.unit) if part)]
    for name, text in _MEANT[filters["raw"]]:
        yield [name, text]


def _raw(
    store: Store, tags: list[Tag], filters: dict[str, Any], local: Local, tell: Callable[[int, int], None], most: int
) -> Iterator[Row]:
    yield list(RAW)
    start, end = filters["start"], filters["end"]
    span = end - start
    count = 0
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
            count += len(page)
            if count > most:
                raise JobFailed(f"原始样本超过 {most:,} 条，一个文件放不下；请缩短时间、减少位号，或改为导出曲线")
            for one in page:
                yield [
                    local(one.source_time), one.tag, tag.name, one.value, tag.unit, QUALITIES[one.quality],
                    REASONS[one.reason], local(one.receive_time),
                ]  # fmt: skip
            at = last
            tell((number * span + (at - start)) // 1_000_000, len(tags) * span // 1_000_000)


def _reduced(
    store: Store, tags: list[Tag], filters: dict[str, Any], local: Local, tell: Callable[[int, int], None]
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
    places = [{at: place for place, at in enumerate(one.t)} for one in series]
    for at in sorted({at for one in series for at in one.t}):  # a tag of which only roll-ups are left has wider slots
        row: Row = [local(at)]
        for one, place_of in zip(series, places, strict=True):
            place = place_of.get(at)
            if place is None:
                row += [None] * 4
                continue
            word = one.quality[place]
            row += [one.min[place], one.max[place], one.mean[place], "" if word is None else QUALITIES[Quality(word)]]
        yield row

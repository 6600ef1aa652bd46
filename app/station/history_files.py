"""Samples as files (历史数据导出、导入): CSV for any program, Parquet for analysis; CSV of others into a history.

Station side. Written by the door `hazwatch history`. A tag at a time, in bounded memory. A file appears under its name
when it is complete; whatever stops the work leaves nothing behind.
"""

import csv
import math
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from app.domain.instant import DAY, Instant, from_rfc3339, to_datetime
from app.domain.sample import Quality, Reason, Sample, Value
from app.store.ports import Historian

PAGE = 50_000
LONG = ["time", "tag", "value", "quality", "reason", "receive_time", "detail"]
NO_PARQUET = "导出 Parquet 需要 pyarrow，本机没有安装；请运行 pip install pyarrow，或改为导出 .csv"
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
Tell = Callable[[int, int], None]


class WrongFile(ValueError):
    """Text: a Chinese sentence, with the row."""


def export_samples(historian: Historian, tags: Sequence[str], start: Instant, end: Instant, file: Path, tell: Tell) -> int:
    """How many samples. Raises WrongFile, OSError, StoreUnavailable; then `file` is as it was."""
    suffix = file.suffix.lower()
    if suffix not in (".csv", ".parquet"):
        raise WrongFile(f"不认识的文件类型 {file.suffix or file.name}；应为 .csv 或 .parquet")
    if end <= start:
        raise WrongFile("结束时间必须晚于开始时间")
    with _whole(file) as part:
        write = _csv if suffix == ".csv" else _parquet
        return write(_pages(historian, tags, start, end, tell), part)


def import_samples(historian: Historian, file: Path, prefix: str, now: Instant, tell: Tell) -> tuple[int, int]:
    """Samples and tags. Long form (time, tag, value and perhaps quality) or wide form (time, then a column a tag), told by the
    heads. `prefix` goes before every tag, so that they never mix with those of the plant. The whole file is read before the
    first sample is kept. Raises WrongFile, OSError, StoreUnavailable."""
    size = max(1, file.stat().st_size)
    count = 0
    for _ in _read(file, prefix, now, lambda at: tell(at // 2, size)):
        count += 1
    if not count:
        raise WrongFile(f"{file} 里没有数据")
    tags: set[str] = set()
    page: list[Sample] = []
    for sample in _read(file, prefix, now, lambda at: tell(size // 2 + at // 2, size)):
        tags.add(sample.tag)
        page.append(sample)
        if len(page) >= PAGE:
            historian.append(page)
            page = []
    if page:
        historian.append(page)
    return count, len(tags)


def _pages(
    historian: Historian, tags: Sequence[str], start: Instant, end: Instant, tell: Tell
) -> Iterator[tuple[str, list[Sample]]]:
    """Some hours of a tag at a time."""
    span = end - start
    steps = max(1, -(-span // DAY))
    for place, tag in enumerate(tags):
        for step in range(steps):
            tell(place * steps + step, len(tags) * steps)
            low = start + step * DAY
            yield tag, historian.raw(tag, low, min(end, low + DAY), 10**9)


def _csv(pages: Iterator[tuple[str, list[Sample]]], file: Path) -> int:
    count = 0
    with file.open("w", encoding="utf-8-sig", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(LONG)
        for tag, samples in pages:
            name = _safe(tag)
            for one in samples:
                value = "" if one.value is None else _safe(one.value) if isinstance(one.value, str) else _number(one.value)
                writer.writerow(
                    [_time(one.source_time), name, value, one.quality.value, one.reason.value, _time(one.receive_time),
                     _safe(one.detail)]
                )  # fmt: skip
            count += len(samples)
        out.flush()
        os.fsync(out.fileno())
    return count


def _parquet(pages: Iterator[tuple[str, list[Sample]]], file: Path) -> int:
    try:
        import pyarrow as arrow
        from pyarrow import parquet
    except ImportError as error:
        raise WrongFile(NO_PARQUET) from error
    when = arrow.timestamp("us", tz="UTC")
    schema = arrow.schema(
        [("time", when), ("tag", arrow.dictionary(arrow.int32(), arrow.string())), ("value", arrow.float64()),
         ("text", arrow.string()), ("quality", arrow.string()), ("reason", arrow.string()), ("receive_time", when),
         ("detail", arrow.string())]
    )  # fmt: skip
    count = 0
    with parquet.ParquetWriter(file, schema, compression="zstd") as out:
        for tag, samples in pages:
            if not samples:
                continue
            numbers: list[Any] = [float(one.value) if isinstance(one.value, int | float) else None for one in samples]
            texts = [str(one.value) if _has_text(one.value) else None for one in samples]
            columns = [
                arrow.array([one.source_time for one in samples], arrow.int64()).cast(when),
                arrow.array([tag] * len(samples)).dictionary_encode(),
                arrow.array(numbers, arrow.float64()),
                arrow.array(texts, arrow.string()),
                arrow.array([one.quality.value for one in samples]),
                arrow.array([one.reason.value for one in samples]),
                arrow.array([one.receive_time for one in samples], arrow.int64()).cast(when),
                arrow.array([one.detail for one in samples]),
            ]
            out.write_table(arrow.table(columns, schema=schema))
            count += len(samples)
    return count


def _has_text(value: Value | None) -> bool:
    """What a float column cannot say exactly stands as text beside it."""
    return isinstance(value, str) or (isinstance(value, int) and not isinstance(value, bool) and abs(value) > 2**53)


def _read(file: Path, prefix: str, now: Instant, tell: Callable[[int], None]) -> Iterator[Sample]:
    encoding = _encoding(file)
    with file.open(encoding=encoding, newline="") as text:
        rows = csv.reader(text)
        head = [cell.strip() for cell in next(rows, [])]
        if len(head) < 2 or head[0].lower() not in ("time", "timestamp", "时间"):
            raise WrongFile(f"{file} 第 1 行：第一列应为 time（或 时间），后面是 tag,value[,quality]，或每个位号一列")
        long = head[1].lower() in ("tag", "位号") and len(head) >= 3
        names = [head[1:]] if not long else []
        done = 0
        for number, row in enumerate(rows, 2):
            done += sum(map(len, row)) + len(row)
            if number % 20_000 == 0:
                tell(done)
            if not row or not any(row):
                continue
            place = f"{file} 第 {number} 行"
            at = _instant(row[0], place)
            if long:
                if len(row) < 3 or not row[1].strip():
                    raise WrongFile(f"{place}：缺少位号或数值")
                quality = row[3].strip().lower() if len(row) > 3 and head[3].lower() in ("quality", "质量") else ""
                yield _sample(prefix + row[1].strip(), row[2], quality, at, now, place)
            else:
                if len(row) > len(head):
                    raise WrongFile(f"{place}：有 {len(row)} 列，表头只有 {len(head)} 列")
                for name, cell in zip(names[0], row[1:], strict=False):
                    if name:
                        yield _sample(prefix + name, cell, "", at, now, place)


def _sample(tag: str, cell: str, quality: str, at: Instant, now: Instant, place: str) -> Sample:
    cell = cell.strip()
    try:
        word = Quality(quality) if quality else Quality.GOOD
    except ValueError as error:
        raise WrongFile(f"{place}：质量 {quality} 不认识；应为 good、uncertain 或 bad") from error
    value = _value(cell)
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return Sample(tag, None, Quality.BAD, Reason.UNSPECIFIED, at, now, "")
    return Sample(tag, value, word, Reason.NONE if word is Quality.GOOD else Reason.UNSPECIFIED, at, now, "")


def _value(cell: str) -> Value | None:
    if not cell or cell.lower() in ("nan", "null", "none"):
        return None
    if cell.lower() in ("true", "false"):
        return cell.lower() == "true"
    try:
        return float(cell)
    except ValueError:
        return cell.removeprefix("'")


def _instant(cell: str, place: str) -> Instant:
    cell = cell.strip()
    try:
        return from_rfc3339(cell if "+" in cell[10:] or "-" in cell[10:] or cell.endswith(("Z", "z")) else f"{cell}Z")
    except ValueError as error:
        raise WrongFile(f"{place}：时间 {cell!r} 不对；应像 2026-11-21T02:40:00Z，没有时区的按 UTC") from error


def _encoding(file: Path) -> str:
    """UTF-8, else what Chinese spreadsheets write."""
    with file.open("rb") as raw:
        start = raw.read(1 << 16)
    try:
        start[: start.rfind(b"\n") + 1].decode("utf-8-sig")
    except UnicodeDecodeError:
        return "gb18030"
    return "utf-8-sig"


def _time(at: Instant) -> str:
    try:
        return f"{to_datetime(at):%Y-%m-%dT%H:%M:%S.%f}Z"
    except (OverflowError, ValueError):  # a clock said a year no calendar has
        return f"{at} us"


def _number(value: float | bool) -> str:
    return ("true" if value else "false") if isinstance(value, bool) else repr(value)


def _safe(text: str) -> str:
    """No formula in a spreadsheet, and nothing a file cannot hold."""
    text = text.encode("utf-8", "replace").decode("utf-8")
    return f"'{text}" if text.startswith(_FORMULA) else text


@contextmanager
def _whole(file: Path) -> Iterator[Path]:
    """A place to write to; becomes `file` when all went well."""
    part = file.with_name(f".{file.name}.{os.getpid()}.part")
    try:
        yield part
        os.replace(part, file)
    finally:
        part.unlink(missing_ok=True)

"""A case package (案卷) as one .zip: clips, trend data, alarms, forms, the journal of those hours, and a page that leads
through it. Station side; in the worker's process.

Made so that it can be checked without this program: `manifest.sha256` is what `sha256sum -c` reads, and the lines of the
journal stand as they were hashed. Every clip is hashed again while it is copied and held against what the journal said of it.
"""

import csv
import hashlib
import io
import json
import os
import zipfile
from collections.abc import Callable, Iterator, Mapping
from datetime import tzinfo
from pathlib import Path
from typing import IO, Any

from app.domain import journal_words as words
from app.domain.instant import Instant, to_datetime, to_rfc3339
from app.domain.seal import seal_text
from app.station.errors import NotAllowed
from app.station.printing import render
from app.station.seal import zone_of
from app.station.video.case_page import page
from app.store.chain import data_text, line
from app.store.ports import Store
from app.store.rows import OccurrenceRow, Written

PIECE = 1 << 20
RAW = 200_000  # samples of one tag; a longer span says where it was cut
PAGE = 2000
RECORDS = 2_000_000
Tell = Callable[[int, int], None]


def write_case(store: Store, job: dict[str, Any], tell: Tell) -> dict[str, Any]:
    """Writes `job["file"]` and says size, SHA-256 and what is in it. Raises OSError, StoreUnavailable."""
    file = Path(job["file"])
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=6, allowZip64=True) as package:
        made = _Case(store, job, package, tell)
        made.write()
    with file.open("rb+") as done:
        os.fsync(done.fileno())
        digest = hashlib.file_digest(done, "sha256").hexdigest()
    return {"size": file.stat().st_size, "sha256": digest, "files": made.count, "faults": made.faults}


class _Case:
    def __init__(self, store: Store, job: Mapping[str, Any], package: zipfile.ZipFile, tell: Tell) -> None:
        self._store, self._job, self._package, self._tell = store, job, package, tell
        self._zone = zone_of(job["zone"])
        self._digests: dict[str, tuple[str, int]] = {}
        self.faults: list[str] = []
        self._done = 0
        self._total = sum(one["size"] for one in job["clips"]) + PIECE * (len(job["tags"]) + len(job["sheets"]) + 3)

    @property
    def count(self) -> int:
        return len(self._digests) + 2

    def write(self) -> None:
        clips = [self._clip(one) for one in self._job["clips"]]
        trends = [self._trend(tag) for tag in self._job["tags"]]
        alarms = self._alarms()
        forms = [self._form(one) for one in self._job["sheets"]]
        journal = self._journal()
        parts = {"clips": clips, "trends": trends, "alarms": alarms, "forms": forms, "journal": journal}
        self._text("index.html", page(self._job, parts, self.faults, self._local))
        told = {
            "case": {key: self._job[key] for key in ("name", "site", "why", "by", "made_at", "start", "end", "version")},
            "faults": self.faults,
            "files": [{"file": name, "sha256": sha, "size": size} for name, (sha, size) in self._digests.items()],
        }
        self._text("manifest.json", json.dumps(told, ensure_ascii=False, indent=1) + "\n")
        lines = "".join(f"{sha}  {name}\n" for name, (sha, _) in self._digests.items())
        self._package.writestr("manifest.sha256", lines)

    # the parts

    def _clip(self, clip: Mapping[str, Any]) -> dict[str, Any]:
        name = f"clips/{clip['name']}"
        source = Path(self._job["folder"]) / clip["file"]
        told = {**clip, "entry": name}
        try:
            with source.open("rb") as read:
                sha = self._copy(name, read, compress=False)
        except FileNotFoundError:
            self.faults.append(f"片段 {clip['id']} 的文件不见了，案卷里没有它；日志中记的 SHA-256 是 {clip['sha256']}")
            return {**told, "entry": ""}
        if sha != clip["sha256"]:
            self.faults.append(f"片段 {clip['id']} 的内容与日志里的 SHA-256 不符：文件可能被改动过")
        return told

    def _trend(self, tag: Mapping[str, Any]) -> dict[str, Any]:
        start, end = self._job["start_at"], self._job["end_at"]
        samples = self._store.historian.raw(tag["tag"], start, end, RAW)
        if len(samples) == RAW:
            self.faults.append(f"位号 {tag['tag']} 的数据太多，趋势文件到 {self._local(samples[-1].source_time)} 为止")
        out = io.StringIO(newline="")
        sheet = csv.writer(out)
        sheet.writerow(["时间(UTC)", "当地时间", "位号", "值", "单位", "质量", "原因", "接收时间(UTC)"])
        for one in samples:
            sheet.writerow([
                to_rfc3339(one.source_time), self._local(one.source_time), one.tag, "" if one.value is None else one.value,
                tag["unit"], one.quality.value, one.reason.value, to_rfc3339(one.receive_time),
            ])  # fmt: skip
        name = f"trends/{tag['entry']}.csv"
        self._text(name, "\ufeff" + out.getvalue())
        self._step()
        return {**tag, "entry": name, "samples": len(samples)}

    def _alarms(self) -> dict[str, Any]:
        out = io.StringIO(newline="")
        sheet = csv.writer(out)
        sheet.writerow(
            [
                "报警编号",
                "位号",
                "报警",
                "级别",
                "状态",
                "报警值",
                "限值",
                "单位",
                "报警时间",
                "恢复时间",
                "确认时间",
                "确认人",
                "备注",
                "说明",
                "本案",
            ]
        )
        rows = list(self._occurrences())
        mine = set(self._job["occurrences"])
        for one in rows:
            sheet.writerow([
                one.occurrence, one.tag, words.RULES.get(one.rule, one.rule), words.PRIORITIES.get(one.priority, one.priority),
                words.STATES.get(one.state, one.state), _plain(one.value), one.limit, one.unit, self._at(one.raised_at),
                self._at(one.cleared_at), self._at(one.acked_at), one.acked_by, _plain(one.note), _plain(one.message),
                "是" if one.occurrence in mine else "",
            ])  # fmt: skip
        self._text("alarms.csv", "\ufeff" + out.getvalue())
        self._step()
        of_case = [
            {"occurrence": one.occurrence, "tag": one.tag, "message": one.message, "at": self._at(one.raised_at)}
            for one in rows
            if one.occurrence in mine
        ]
        return {"entry": "alarms.csv", "count": len(rows), "mine": of_case}

    def _occurrences(self) -> Iterator[OccurrenceRow]:
        """All of the span, and those of the case wherever they lie."""
        seen: set[int] = set()
        after: int | None = None
        span = {"start": self._job["start_at"], "end": self._job["end_at"]}
        while rows := self._store.journal.occurrences(**span, after=after, limit=PAGE):
            seen.update(one.occurrence for one in rows)
            yield from rows
            after = rows[-1].occurrence
        for number in self._job["occurrences"]:
            if number not in seen:
                rows = self._store.journal.occurrences(after=number + 1, limit=1)
                yield from (one for one in rows if one.occurrence == number)

    def _form(self, one: Mapping[str, Any]) -> dict[str, Any]:
        entry = f"forms/{one['entry']}"
        text = json.dumps(one["sheet"], ensure_ascii=False, indent=1)
        self._text(f"{entry}.json", text)
        told = {"title": one["title"], "number": one["number"], "json": f"{entry}.json", "pdf": ""}
        try:
            made = render(one["template"], one["sheet"])
        except NotAllowed as error:  # no Chinese font on this machine
            self.faults.append(f"表单 {one['number']} 没有 PDF：{error}")
        else:
            self._copy(f"{entry}.pdf", io.BytesIO(made))
            told["pdf"] = f"{entry}.pdf"
        self._step()
        return told

    def _journal(self) -> dict[str, Any]:
        """Every record of the span, none left out: only then can the chain be followed. And the seals over it."""
        start, end = self._job["start_at"], self._job["end_at"]
        seals = self._store.seals
        first, last = seals.last_before(1, start) + 1, seals.last_before(1, end)
        told: dict[str, Any] = {"entry": "journal.jsonl", "first": first, "last": last, "count": 0, "seals": []}
        with self._digested("journal.jsonl") as out:
            for one in self._records(first, last):
                out.write((json.dumps(_record(one), ensure_ascii=False) + "\n").encode())
                told["count"] += 1
        self._step()
        covering = [one for one in self._seals() if one.last >= first and one.first <= last]
        lines = [seal_text(one, self._job["code"]) for one in covering]
        self._text("seals.txt", "\n".join(lines) + "\n" if lines else "这段时间的日志还没有封印（每天零点封印）\n")
        told["seals"] = [{"number": one.number, "day": one.day, "first": one.first, "last": one.last} for one in covering]
        self._step()
        return told

    def _records(self, first: int, last: int) -> Iterator[Written]:
        after = first - 1
        while after < last:
            rows = self._store.journal.read(after, min(PAGE, last - after))
            if not rows or rows[0].id - first >= RECORDS:
                if rows:
                    self.faults.append(f"日志太长，只收入第 {first} 到 {after} 条")
                return
            yield from rows
            after = rows[-1].id

    def _seals(self) -> Iterator[Any]:
        before: int | None = None
        while rows := self._store.seals.list(before):
            yield from rows
            before = rows[-1].number

    # writing

    def _text(self, name: str, text: str) -> None:
        self._copy(name, io.BytesIO(text.encode()))

    def _copy(self, name: str, read: IO[bytes], compress: bool = True) -> str:
        digest = self._digested(name, compress)
        with digest as out:
            while piece := read.read(PIECE):
                out.write(piece)
                if not compress:
                    self._step(len(piece))
        return digest.sha256

    def _digested(self, name: str, compress: bool = True) -> "_Entry":
        return _Entry(self._package, name, self._digests, compress)

    def _step(self, size: int = PIECE) -> None:
        self._done += size
        self._tell(min(self._done, self._total), self._total)

    def _local(self, at: Instant) -> str:
        return local(at, self._zone)

    def _at(self, at: Instant | None) -> str:
        return "" if at is None else self._local(at)


class _Entry:
    """One file of the package, hashed as it is written."""

    def __init__(self, package: zipfile.ZipFile, name: str, digests: dict[str, tuple[str, int]], compress: bool) -> None:
        self._package, self._name, self._digests = package, name, digests
        self._compress = compress
        self._hash = hashlib.sha256()
        self._size = 0
        self.sha256 = ""

    def __enter__(self) -> "_Entry":
        info = zipfile.ZipInfo(self._name)
        info.compress_type = zipfile.ZIP_DEFLATED if self._compress else zipfile.ZIP_STORED
        info.external_attr = 0o600 << 16
        self._out = self._package.open(info, "w", force_zip64=True)
        return self

    def write(self, piece: bytes) -> None:
        self._out.write(piece)
        self._hash.update(piece)
        self._size += len(piece)

    def __exit__(self, *_: object) -> None:
        self._out.close()
        self.sha256 = self._hash.hexdigest()
        self._digests[self._name] = (self.sha256, self._size)


def local(at: Instant, zone: tzinfo) -> str:
    return f"{to_datetime(at).astimezone(zone):%Y-%m-%d %H:%M:%S.%f}"[:-3]


def _record(one: Written) -> dict[str, Any]:
    """`line` is what was hashed: hash = SHA-256 of `previous` and `line`, one behind the other."""
    r = one.record
    text = line(one.id, r.time, r.kind, r.actor, r.tag, r.occurrence, data_text(r.data))
    return {"id": one.id, "at": to_rfc3339(r.time), "previous": one.previous, "hash": one.hash, "line": text}


def _plain(value: object) -> str:
    """A text that a spreadsheet would take for a formula gets an apostrophe."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) and isinstance(value, str) else text

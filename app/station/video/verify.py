"""Are the clips still what the journal says of them (录像核对)? Rows, files and hashes against their records. Station side.

Blocking: reads every file. Can run beside a station that writes: row and record are written together, so what looks wrong is
looked at again with the records that came meanwhile. A clip that was thrown away by its time, and journalled, is no fault.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from app.domain.clip import ClipState
from app.station.video.book import record_of
from app.store.ports import Store
from app.store.rows import ClipRow
from app.video.clip import sha256_of

_PAGE = 500
_ROUNDS = 3
_WORDS = {
    "camera": "摄像机", "case": "案卷", "end": "结束时间", "file": "文件名", "first_frame": "首帧时间", "form": "表单",
    "last_frame": "末帧时间", "lock_why": "锁定原因", "locked_by": "锁定人", "occurrences": "关联报警", "reason": "来由",
    "sha256": "SHA-256", "size": "大小", "start": "开始时间", "state": "状态", "words": "说明",
}  # fmt: skip


@dataclass
class ClipsVerdict:
    """`clips` rows fit their records, `files` fit their hashes. `faults`: Chinese sentences, each with the clip's number."""

    clips: int = 0
    files: int = 0
    faults: list[str] = field(default_factory=list)


def verify_clips(store: Store, folder: Path, progress: Callable[[int, int], None] = lambda done, of: None) -> ClipsVerdict:
    """`folder`: of the clips. `progress` hears how many of how many are looked at. Raises StoreUnavailable."""
    told: dict[int, Mapping[str, Any]] = {}
    after = _hear(store, told, 0)
    rows = {row.id: row for row in _rows(store)}
    for _ in range(_ROUNDS):
        wrong = [id for id in told.keys() | rows.keys() if _differs(told.get(id), rows.get(id))]
        if not wrong:
            break
        for id in wrong:  # the row first: a record that came with it is then heard as well
            row = store.clips.get(id)
            if row is not None:
                rows[id] = row
            else:
                rows.pop(id, None)
        after = _hear(store, told, after)
    verdict = ClipsVerdict()
    everything = sorted(told.keys() | rows.keys())
    for number, id in enumerate(everything, 1):
        fault = _differs(told.get(id), rows.get(id)) or _file_fault(store, rows[id], folder, verdict)
        if fault:
            verdict.faults.append(f"录像片段 {id}：{fault}")
        else:
            verdict.clips += 1
        progress(number, len(everything))
    return verdict


def _hear(store: Store, told: dict[int, Mapping[str, Any]], after: int) -> int:
    """The last word of the journal on each clip; how far it was read."""
    while page := store.journal.read(after, _PAGE, "video"):
        after = page[-1].id
        for written in page:
            data = written.record.data
            if isinstance(data.get("clip"), int):
                told[data["clip"]] = data
    return after


def _rows(store: Store) -> Iterator[ClipRow]:
    after: int | None = None
    while page := store.clips.find(after=after, limit=_PAGE):
        yield from page
        after = page[-1].id


def _differs(told: Mapping[str, Any] | None, row: ClipRow | None) -> str:
    if row is None:
        return "台账里的这一行不见了：片段台账被删改过"
    if told is None:
        return "日志里没有这个片段：片段台账被添加过"
    found = record_of(row, "", "").data
    wrong = [word for name, word in _WORDS.items() if found[name] != told.get(name)]
    return f"台账与日志不符（{'、'.join(wrong)}）：片段台账被改动过" if wrong else ""


def _file_fault(store: Store, row: ClipRow, folder: Path, verdict: ClipsVerdict) -> str:
    if row.state != ClipState.READY or not row.file:
        return ""
    found = sha256_of(folder / row.file)
    if found == row.sha256:
        verdict.files += 1
        return ""
    again = store.clips.get(row.id)  # its time was up while we looked
    if again is not None and again.state == ClipState.REMOVED:
        return ""
    if found:
        return f"文件 {row.file} 与日志里的 SHA-256 不符：文件被改动或换过"
    return f"文件 {row.file} 不见了或读不出来，而日志里没有清除的记录"

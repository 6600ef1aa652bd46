"""Clips against the journal: whatever is done to a row or a file behind the station's back is named with the clip's number."""

import hashlib
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from app.domain.instant import SECOND
from app.station import admin
from app.station.video.book import record_of
from app.station.video.verify import verify_clips
from app.store import open_store
from app.store.ports import Store
from app.store.rows import ClipRow

NOW = 1_790_000_000 * SECOND


def write(store: Store, row: ClipRow, what: str) -> ClipRow:
    store.journal.append([record_of(row, what, "station")], clips=[row])
    return row


def fill(data: Path) -> None:
    """Clips 1 to 4 are whole, 5 failed, 6 is under way, 7 was thrown away when its time was up."""
    with closing(open_store(data)) as store:
        for id in range(1, 8):
            begun = ClipRow(id, "CAM-1", "alarm", NOW, NOW + 30 * SECOND, NOW, NOW, occurrences=(id,))
            write(store, begun, "begun")
            if id == 6:
                continue
            if id == 5:
                write(store, replace(begun, state="failed", words="没有录像：数据盘已满，请清理"), "failed")
                continue
            body = f"pictures of {id}".encode() * 100
            path = data / "clips" / "202611" / f"{id:08d}.mp4"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(body)
            name = path.relative_to(data / "clips").as_posix()
            sha256 = hashlib.sha256(body).hexdigest()
            row = write(store, replace(begun, state="ready", file=name, size=len(body), sha256=sha256), "ready")
            if id == 7:
                write(store, replace(row, state="removed", words="保存期已满"), "removed")
                path.unlink()


def file(data: Path, id: int) -> Path:
    return data / "clips" / "202611" / f"{id:08d}.mp4"


def sql(*texts: str) -> Callable[[Path], None]:
    def work(data: Path) -> None:
        with sqlite3.connect(data / "station.db") as connection:
            for text in texts:
                connection.execute(text)
        connection.close()

    return work


def swap(data: Path) -> None:
    one, other = file(data, 1).read_bytes(), file(data, 2).read_bytes()
    file(data, 1).write_bytes(other)
    file(data, 2).write_bytes(one)


CHANGED = {
    "a byte of a file": (lambda data: file(data, 2).write_bytes(file(data, 2).read_bytes()[:-1] + b"!"), [2], "SHA-256 不符"),
    "a file is gone": (lambda data: file(data, 3).unlink(), [3], "不见了"),
    "two files changed places": (swap, [1, 2], "SHA-256 不符"),
    "file and row together": (sql("UPDATE clip SET sha256 = 'ab' WHERE id = 4"), [4], "SHA-256"),
    "the span": (sql('UPDATE clip SET "end" = "end" - 1000000 WHERE id = 1'), [1], "结束时间"),
    "the alarm it belongs to": (sql("UPDATE clip SET occurrences = '[9]' WHERE id = 2"), [2], "关联报警"),
    "why there is none": (sql("UPDATE clip SET words = '' WHERE id = 5"), [5], "说明"),
    "said to be thrown away": (sql("UPDATE clip SET state = 'removed' WHERE id = 3"), [3], "状态"),
    "a row is gone": (sql("DELETE FROM clip_alarm WHERE clip = 2", "DELETE FROM clip WHERE id = 2"), [2], "删改"),
    "a row more": (
        sql(
            "CREATE TABLE t AS SELECT * FROM clip WHERE id = 1", "UPDATE t SET id = 99", "INSERT INTO clip SELECT * FROM t",
            "DROP TABLE t",
        ),
        [99],
        "添加",
    ),
}  # fmt: skip


def test_what_nobody_touched_fits(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fill(tmp_path)
    assert admin.verify(tmp_path) == 0
    assert "7 clips, 4 files fit the journal" in capsys.readouterr().out


@pytest.mark.parametrize("how", CHANGED)
def test_what_was_changed_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str], how: str) -> None:
    fill(tmp_path)
    change, numbers, words = CHANGED[how]
    change(tmp_path)
    assert admin.verify(tmp_path) == 1
    said = [line for line in capsys.readouterr().out.splitlines() if line.startswith("录像片段")]
    assert [int(line.split("：")[0].removeprefix("录像片段 ")) for line in said] == numbers
    assert all(words in line for line in said), said


def test_a_station_that_writes_meanwhile_is_no_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another clip becomes whole and one is thrown away between the pass over the journal and the look at the rows."""
    fill(tmp_path)
    with closing(open_store(tmp_path)) as store:
        find, done = store.clips.find, []

        def meanwhile(**more: object) -> list[ClipRow]:
            if not done:
                done.append(True)
                row = store.clips.get(1)
                assert row is not None
                write(store, replace(row, state="removed", words="保存期已满"), "removed")
                file(tmp_path, 1).unlink()
                write(store, ClipRow(8, "CAM-1", "alarm", NOW, NOW + SECOND, NOW, NOW), "begun")
            return find(**more)  # type: ignore[arg-type]

        monkeypatch.setattr(store.clips, "find", meanwhile)
        verdict = verify_clips(store, tmp_path / "clips")
    assert not verdict.faults and verdict.clips == 8 and verdict.files == 3

"""Export and import over a real store, by the doors themselves."""

import csv
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from app.cli import main
from app.domain.instant import DAY, SECOND, from_rfc3339
from app.domain.sample import Quality, Reason, Sample, good
from app.station import history_files
from app.station.history_files import WrongFile, export_samples
from app.store import open_store

T0 = from_rfc3339("2026-11-21T02:40:00Z")
ROOT = Path(__file__).parents[2]
GIVEN = [
    good("A", 1.25, T0, T0 + 5),
    good("A", 2, T0 + SECOND, T0 + SECOND),
    Sample("A", 7.5, Quality.BAD, Reason.TIMEOUT, T0 + 2 * SECOND, T0 + 2 * SECOND, "例外 2"),
    good("B", True, T0 + 123_456, T0 + 123_456),
    Sample("C", "=cmd|' /C calc'!A0", Quality.GOOD, Reason.NONE, T0, T0),
    Sample("C", None, Quality.BAD, Reason.COMM_LOST, T0 + SECOND, T0 + SECOND),
]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    store = open_store(tmp_path / "data")
    store.historian.append(GIVEN)
    store.close()
    return tmp_path / "data"


def door(*args: object) -> int:
    return main(["history", *map(str, args)])


def test_csv_out_and_in_again(data: Path, tmp_path: Path) -> None:
    file = tmp_path / "out.csv"
    assert door("export", file, "--data", data, "--start", "2026-11-21T00:00:00Z", "--end", "2026-11-22T00:00:00Z") == 0
    with file.open(encoding="utf-8-sig", newline="") as text:
        rows = list(csv.reader(text))
    assert rows[1] == ["2026-11-21T02:40:00.000000Z", "A", "1.25", "good", "", "2026-11-21T02:40:00.000005Z", ""]
    assert rows[3][2:] == ["7.5", "bad", "timeout", "2026-11-21T02:40:02.000000Z", "例外 2"]
    assert rows[5][2] == "'=cmd|' /C calc'!A0", "no formula for a spreadsheet"
    assert len(rows) == 7
    assert door("import", file, "--data", data, "--source", "again") == 0
    store = open_store(data)
    back = [one for tag in "ABC" for one in store.historian.raw(f"again.{tag}", T0, T0 + DAY)]
    assert [(one.tag[6:], one.value, one.quality, one.source_time) for one in back if one.value is not None] == [
        (one.tag, one.value, one.quality, one.source_time) for one in GIVEN if one.value is not None
    ]
    store.close()


def test_one_tag_and_an_unknown_one(data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    span = ("--data", data, "--start", "2026-11-21T10:40:00+08:00")
    assert door("export", tmp_path / "b.csv", "--tag", "B", *span) == 0
    assert "1 samples" in capsys.readouterr().out
    assert door("export", tmp_path / "c.csv", "--tag", "NONE", *span) == 1
    assert "没有位号 NONE" in capsys.readouterr().err
    assert door("export", tmp_path / "c.txt", "--tag", "B", *span) == 1
    assert door("export", tmp_path / "c.csv", "--tag", "B", "--data", data, "--start", "昨天") == 1
    assert "昨天" in capsys.readouterr().err
    assert sorted(one.name for one in tmp_path.iterdir()) == ["b.csv", "data"]


def test_parquet(data: Path, tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    assert door("export", tmp_path / "out.parquet", "--data", data, "--start", "2026-11-21T00:00:00Z") == 0
    rows = parquet.read_table(tmp_path / "out.parquet").to_pylist()
    assert len(rows) == len(GIVEN)
    assert [row["value"] for row in rows if row["tag"] == "A"] == [1.25, 2.0, 7.5]
    assert rows[0]["time"].isoformat() == "2026-11-21T02:40:00+00:00"
    assert [row["text"] for row in rows if row["tag"] == "C"] == ["=cmd|' /C calc'!A0", None]


def test_without_pyarrow_a_sentence(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    assert door("export", tmp_path / "out.parquet", "--data", data, "--start", "2026-11-21T00:00:00Z") == 1
    assert "pip install pyarrow" in capsys.readouterr().err
    assert sorted(one.name for one in tmp_path.iterdir()) == ["data"]


def test_a_wide_file_of_others(data: Path, tmp_path: Path) -> None:
    file = tmp_path / "plant.csv"
    file.write_text("时间,液位,压力\n2026-01-01T00:00:00Z,1.5,nan\n2026-01-01T00:00:01,2.5,0.7\n", encoding="gb18030")
    assert door("import", file, "--data", data, "--source", "外") == 0
    store = open_store(data)
    begin = from_rfc3339("2026-01-01T00:00:00Z")
    assert [one.value for one in store.historian.raw("外.液位", begin, begin + DAY)] == [1.5, 2.5]
    assert [one.quality for one in store.historian.raw("外.压力", begin, begin + DAY)] == [Quality.BAD, Quality.GOOD]
    store.close()


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("", "第 1 行"),
        ("a,b,c\n1,2,3\n", "第 1 行"),
        ("time,tag,value\n", "没有数据"),
        ("time,tag,value\nnever,A,1\n", "第 2 行"),
        ("time,tag,value\n2026-01-01T00:00:00Z,,1\n", "第 2 行"),
        ("time,tag,value,quality\n2026-01-01T00:00:00Z,A,1,so-so\n", "so-so"),
        ("time,A\n2026-01-01T00:00:00Z,1,2\n", "3 列"),
    ],
)
def test_a_faulty_file_is_refused_whole(
    data: Path, tmp_path: Path, text: str, word: str, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "in.csv"
    file.write_text(text)
    assert door("import", file, "--data", data, "--source", "X") == 1
    assert word in capsys.readouterr().err
    store = open_store(data)
    assert [tag for tag in store.historian.tags() if tag.startswith("X.")] == []
    store.close()


def test_a_failed_export_leaves_nothing(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "out.csv"
    file.write_text("before")
    store = open_store(data)

    def full(*_: object) -> str:
        raise OSError(28, "no space")

    monkeypatch.setattr(history_files, "_time", full)
    with pytest.raises(OSError, match="no space"):
        export_samples(store.historian, ["A"], T0, T0 + DAY, file, lambda done, total: None)
    with pytest.raises(WrongFile):
        export_samples(store.historian, ["A"], T0, T0, file, lambda done, total: None)
    store.close()
    assert file.read_text() == "before"
    assert sorted(one.name for one in tmp_path.iterdir()) == ["data", "out.csv"]


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_an_export_called_off_leaves_no_half_file(data: Path, tmp_path: Path) -> None:
    store = open_store(data)
    store.historian.append([good("LONG", n / 7, T0 + n * SECOND, T0 + n * SECOND) for n in range(200_000)])
    store.close()
    out = tmp_path / "out"
    out.mkdir()
    command = [
        sys.executable,
        "-m",
        "app",
        "history",
        "export",
        out / "x.csv",
        "--data",
        data,
        "--start",
        "2026-11-21T00:00:00Z",
    ]
    with subprocess.Popen(list(map(str, command)), cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        until = time.monotonic() + 30
        while not list(out.iterdir()) and time.monotonic() < until:
            time.sleep(0.005)
        os.kill(process.pid, signal.SIGINT)
        process.communicate(timeout=20)
    assert process.returncode == 130
    assert list(out.iterdir()) == []


def test_check_finds_what_is_damaged(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    import sqlite3
    from contextlib import closing

    from app.store.historian import StationHistorian

    store = open_store(data)
    assert isinstance(store.historian, StationHistorian)
    store.historian.close_batches(merge=True)
    store.close()
    assert door("check", "--data", data) == 0
    assert "3 chunks, 0 damaged" in capsys.readouterr().out
    with closing(sqlite3.connect(data / "history.db")) as database, database:
        database.execute("UPDATE sample_chunk SET extras = replace(extras, '2', '3') WHERE tag = 1")
    assert door("check", "--data", data) == 1
    said = capsys.readouterr()
    assert "damaged\tA\t" in said.out
    assert "hazwatch restore" in said.err

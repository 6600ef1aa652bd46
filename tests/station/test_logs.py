"""The log: one line a message, bounded, and silent libraries."""

import logging
import re
import subprocess
import sys
from pathlib import Path

import pytest

from app.station import logs
from app.station.logs import logging_to
from tests.station.test_process import ROOT

LINE = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d (DEBUG|INFO|WARNING|ERROR|CRITICAL) \S.*")


def test_one_line_each_and_the_trace_in_the_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = logging.getLogger("app.station.of_a_test")
    with logging_to(tmp_path / "logs"):
        log.info("数据源 %s 已恢复", "dcs")
        log.warning("两行\n文字")
        try:
            raise ValueError("坏\n数据")
        except ValueError:
            log.exception("站内部错误")
    screen = capsys.readouterr().err.splitlines()
    assert [line[20:] for line in screen] == [
        "INFO 数据源 dcs 已恢复",
        "WARNING 两行 文字",
        "ERROR 站内部错误（ValueError: 坏 数据）",
    ]
    assert all(LINE.fullmatch(line) for line in screen)
    kept = (tmp_path / "logs" / "station.log").read_text(encoding="utf-8").splitlines()
    assert kept[:2] == screen[:2]
    assert kept[2][20:] == "ERROR 站内部错误"
    assert kept[3].startswith("Traceback")
    log.error("after the end")
    assert len((tmp_path / "logs" / "station.log").read_text(encoding="utf-8").splitlines()) == len(kept)


def test_the_files_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "LARGEST", 1000)
    with logging_to(tmp_path):
        for i in range(200):
            logging.getLogger("app").info("第 %d 行", i)
    files = sorted(tmp_path.iterdir())
    assert [f.name for f in files] == ["station.log", *(f"station.log.{i}" for i in range(1, 6))]
    assert all(f.stat().st_size <= 1000 for f in files)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_disk_that_takes_no_log_leaves_the_line_on_the_screen(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with logging_to(tmp_path):
        file = logging.getLogger().handlers[-1]
        assert isinstance(file, logging.FileHandler)
        file.stream.close()
        file.stream = open("/dev/full", "w")  # noqa: SIM115  the handler closes it
        logging.getLogger("app").error("磁盘已满")
    assert [line[20:] for line in capsys.readouterr().err.splitlines()] == ["ERROR 磁盘已满"]


def test_the_doors_say_nothing_of_the_database(tmp_path: Path) -> None:
    """A first start makes the layout, whatever logging the caller has set up."""
    code = (
        "import logging; logging.basicConfig(level=logging.INFO); from app.cli import main; "
        f"raise SystemExit(main(['user', 'list', '--data', {str(tmp_path / 'd')!r}]))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")

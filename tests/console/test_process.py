"""The program as it is started: opens, ends when told, and says in a sentence why it cannot open."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from app.console.settings import FILE, load_settings
from tests.pace import ENOUGH_S


def start(data: Path, station: str, **environment: str | None) -> "subprocess.Popen[str]":
    given = {**os.environ, **environment}
    return subprocess.Popen(
        [sys.executable, "-m", "app", "console", "--station", station, "--data", str(data)],
        env={key: one for key, one in given.items() if one is not None},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def listens(pid: int) -> bool:
    """Has it begun to catch SIGTERM? From then on the window is up."""
    status = Path(f"/proc/{pid}/status").read_text()
    caught = next(line for line in status.splitlines() if line.startswith("SigCgt:"))
    return bool(int(caught.split()[1], 16) >> (signal.SIGTERM - 1) & 1)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Windows has no SIGTERM to catch; reads /proc")
def test_ends_when_told(tmp_path: Path) -> None:
    with start(tmp_path, "http://127.0.0.1:9", QT_QPA_PLATFORM="offscreen") as process:
        until = time.monotonic() + ENOUGH_S
        while not listens(process.pid):
            assert time.monotonic() < until
            assert process.poll() is None, process.stderr and process.stderr.read()
            time.sleep(0.05)
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=ENOUGH_S)
        assert process.returncode == 0
    assert "Traceback" not in err
    assert "QTimer" not in err
    assert (tmp_path / FILE).exists()
    assert load_settings(tmp_path).places


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="displays are named so on Linux only")
def test_no_display_is_a_sentence(tmp_path: Path) -> None:
    nothing = {"QT_QPA_PLATFORM": None, "DISPLAY": None, "WAYLAND_DISPLAY": None}
    with start(tmp_path, "http://127.0.0.1:9", **nothing) as process:
        out, err = process.communicate(timeout=ENOUGH_S)
        assert process.returncode == 1
    assert out == ""
    assert "没有可用的显示器" in err
    assert len(err.splitlines()) == 1

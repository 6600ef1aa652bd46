"""The program as it is started: opens, ends when told, and says in a sentence why it cannot open."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from app.console.settings import FILE, load_settings


def start(data: Path, station: str, **environment: str | None) -> "subprocess.Popen[str]":
    given = {**os.environ, **environment}
    return subprocess.Popen(
        [sys.executable, "-m", "app", "console", "--station", station, "--data", str(data)],
        env={key: one for key, one in given.items() if one is not None},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGTERM to catch")
def test_ends_when_told(tmp_path: Path) -> None:
    with start(tmp_path, "http://127.0.0.1:9", QT_QPA_PLATFORM="offscreen") as process:
        until = time.monotonic() + 20
        while not (tmp_path / "logs").exists():  # made after the window is up
            assert time.monotonic() < until
            assert process.poll() is None, process.stderr and process.stderr.read()
            time.sleep(0.05)
        time.sleep(0.5)
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=15)
        assert process.returncode == 0
    assert "Traceback" not in err
    assert "QTimer" not in err
    assert (tmp_path / FILE).exists()
    assert load_settings(tmp_path).places


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="displays are named so on Linux only")
def test_no_display_is_a_sentence(tmp_path: Path) -> None:
    nothing = {"QT_QPA_PLATFORM": None, "DISPLAY": None, "WAYLAND_DISPLAY": None}
    with start(tmp_path, "http://127.0.0.1:9", **nothing) as process:
        out, err = process.communicate(timeout=20)
        assert process.returncode == 1
    assert out == ""
    assert "没有可用的显示器" in err
    assert len(err.splitlines()) == 1

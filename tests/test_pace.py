"""The stopwatch of the tests shows a wait of the program, and not one for a processor."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.pace import Stopwatch


def test_a_wait_of_the_program_counts() -> None:
    watch = Stopwatch()
    time.sleep(0.3)
    assert watch.seconds > 0.2


@pytest.mark.skipif(not Path("/proc/self/schedstat").exists(), reason="reads /proc")
def test_a_wait_for_a_processor_does_not() -> None:
    """Two that want one processor: each has to wait for the other half of the time."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(before)})
    other = subprocess.Popen([sys.executable, "-c", "while True: pass"])
    try:
        time.sleep(0.3)
        watch, began = Stopwatch(), time.monotonic()
        until = time.thread_time() + 0.5
        while time.thread_time() < until:
            pass
        wall = time.monotonic() - began
        assert wall > 0.7
        assert watch.seconds < wall - 0.2
    finally:
        os.sched_setaffinity(0, before)
        other.kill()
        other.wait()

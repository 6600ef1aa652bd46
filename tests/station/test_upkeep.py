"""Upkeep that needs no station."""

import sys

import psutil
import pytest

from app.station.memory import trim_memory


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="glibc")
def test_memory_between_what_is_kept_goes_back_to_the_system() -> None:
    process = psutil.Process()
    kept = [bytes(1000) for _ in range(100_000)][::50]
    before = process.memory_info().rss
    trim_memory()
    assert before - process.memory_info().rss > 50_000_000
    assert len(kept) == 2000

"""Waiting on a condition, and for streams to end. Test side."""

import time
from collections.abc import Callable, Sequence
from typing import TypeVar

from app.video.live import LiveStream, stop_all
from tests.pace import ENOUGH_S, Stopwatch

T = TypeVar("T")


def all_stop(streams: Sequence[LiveStream]) -> None:
    """Within a second."""
    watch = Stopwatch()
    assert stop_all(streams, ENOUGH_S) == []
    assert watch.seconds < 1.0


def until(look: Callable[[], T], seconds: float = ENOUGH_S) -> T:
    """What `look` gives once it is true."""
    end = time.monotonic() + seconds
    while not (found := look()):
        if time.monotonic() > end:
            raise AssertionError(f"not within {seconds:g} s")
        time.sleep(0.01)
    return found

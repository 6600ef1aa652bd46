"""Waiting on a condition. Test side."""

import time
from collections.abc import Callable
from typing import TypeVar

from tests.pace import ENOUGH_S

T = TypeVar("T")


def until(look: Callable[[], T], seconds: float = ENOUGH_S) -> T:
    """What `look` gives once it is true."""
    end = time.monotonic() + seconds
    while not (found := look()):
        if time.monotonic() > end:
            raise AssertionError(f"not within {seconds:g} s")
        time.sleep(0.01)
    return found

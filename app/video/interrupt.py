"""Ends a blocking FFmpeg call of one thread from another. Both sides.

FFmpeg asks its owner ten times a second whether to go on. PyAV answers that question by comparing `time.monotonic()` with the
moment the call began, and offers no other way in (https://github.com/PyAV-Org/PyAV/issues/1257), so a stop would have to wait
for the whole time-out of a silent camera. Here that clock, and only the one PyAV's callback reads, leaps ahead for a thread
that was told to stop. Where a later PyAV no longer reads it, a stop takes as long as the time-out, and nothing else changes.
"""

import threading
import time
from types import SimpleNamespace

import av.container.core

_LEAP_S = 1e6
_lock = threading.Lock()
_told: dict[int, int] = {}
"""Thread ident to leaps so far. Each look leaps further, so that a call that begins after the order ends at once too."""


_clock = SimpleNamespace(monotonic=time.monotonic)
"""FFmpeg asks some thousand times a second over all streams: the plain clock while nobody is told to stop."""


def _leaping() -> float:
    leaps = _told.get(threading.get_ident())
    if leaps is None:
        return time.monotonic()
    _told[threading.get_ident()] = leaps + 1
    return time.monotonic() + (leaps + 1) * _LEAP_S


def _tell(thread: int) -> None:
    with _lock:
        _told.setdefault(thread, 0)
        _clock.monotonic = _leaping


def _forget(thread: int) -> None:
    with _lock:
        _told.pop(thread, None)
        if not _told:
            _clock.monotonic = time.monotonic


class Interrupt:
    """One order to stop, for the thread that works inside `with`. `set` may come before, during or after the work."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._set = False
        self._thread: int | None = None

    @property
    def is_set(self) -> bool:
        return self._set

    def set(self) -> None:
        with self._lock:
            self._set = True
            if self._thread is not None:
                _tell(self._thread)

    def __enter__(self) -> "Interrupt":
        with self._lock:
            self._thread = threading.get_ident()
            if self._set:
                _tell(self._thread)
        return self

    def __exit__(self, *_: object) -> None:
        with self._lock:
            if self._thread is not None:
                _forget(self._thread)
            self._thread = None


av.container.core.time = _clock  # type: ignore[attr-defined]

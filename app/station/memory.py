"""Memory of the station's process (内存): how it is had from the system, walked through and given back. Station side.

A station runs for years: what was used for a moment, by a large reading or by closing the history, must not stay with it.
The figures are those of 20,000 tags at 1 Hz; where the C library is another than glibc nothing of it is done.
"""

import contextlib
import ctypes
import gc
import sys
from typing import Any

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD, _M_ARENA_MAX = -1, -3, -8
_LARGE = 128 * 1024  # bytes; from there on a piece of memory is the system's again as soon as nobody needs it
_ARENAS = 2


def settle_allocator() -> None:
    """First thing of the process. glibc by itself gives each thread a heap of its own, up to eight a core, and raises the
    size from which memory goes back at once, up to 32 MB, when a large piece is freed: what a thread needed once it then
    holds for ever."""
    library = _glibc()
    if library is not None:
        library.mallopt(_M_ARENA_MAX, _ARENAS)
        library.mallopt(_M_MMAP_THRESHOLD, _LARGE)
        library.mallopt(_M_TRIM_THRESHOLD, _LARGE)


def settle_memory() -> None:
    """When all is built. The point table lives as long as the process: the collector need not walk through it again and again
    (it took a tenth of a second each time), and samples come in crowds that no collection should count one by one."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
    gc.enable()
    trim_memory()


def trim_memory() -> None:
    """Free memory between what is in use goes back to the system. Takes about 10 ms."""
    library = _glibc()
    if library is not None:
        library.malloc_trim(0)


def _glibc() -> Any:
    if sys.platform != "linux":
        return None
    library = ctypes.CDLL(None)
    with contextlib.suppress(AttributeError):
        if library.gnu_get_libc_version:
            return library
    return None

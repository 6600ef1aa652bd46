"""A lock between processes on a file in the data folder; the system drops it when its process ends, however it ends.

Station side. On POSIX `flock`, on Windows a locked byte (`msvcrt`); the Windows half is untested.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.store.ports import StoreUnavailable

if sys.platform == "win32":
    import msvcrt

    def _take(descriptor: int, wait: bool) -> None:
        # byte 1 GiB: locking beyond the end is allowed, and the process id at the start stays readable
        os.lseek(descriptor, 1 << 30, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_LOCK if wait else msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _take(descriptor: int, wait: bool) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)


class StationLock:
    """Held by the one station that works on a data folder."""

    def __init__(self, data: Path) -> None:
        """Raises StoreUnavailable when another process holds it."""
        self._file = os.open(data / "station.lock", os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o600)
        try:
            _take(self._file, wait=False)
        except OSError as error:
            owner = os.pread(self._file, 32, 0).decode("ascii", "replace").strip() if hasattr(os, "pread") else ""
            os.close(self._file)
            who = f" (进程 {owner})" if owner else ""
            raise StoreUnavailable(f"数据目录 {data} 正由另一个监控站使用{who}; 请先停止它, 或换一个数据目录") from error
        os.ftruncate(self._file, 0)
        os.write(self._file, f"{os.getpid()}\n".encode("ascii"))

    def release(self) -> None:
        """May be called twice."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1


@contextmanager
def held(file: Path) -> Iterator[None]:
    """Waits for the lock on `file` (made when missing) and holds it for the block."""
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o600)
    try:
        _take(descriptor, wait=True)
        yield
    finally:
        os.close(descriptor)

"""The log of the station (运行日志): one line a message on stderr and in `logs/station.log`: local time, level, text.

Station side. The file is bounded (six of 10 MB) and has what a maintainer needs besides: where a fault came from. Libraries
speak only when something is wrong.
"""

import contextlib
import logging
import sys
from collections.abc import Iterator
from logging.handlers import RotatingFileHandler
from pathlib import Path

LARGEST = 10_000_000
KEPT = 5
NOISY = ("asyncua", "pymodbus", "uvicorn", "httpx")


class OneLine(logging.Formatter):
    """`traces`: a fault is followed by its trace; else its last line stands behind the text."""

    def __init__(self, traces: bool) -> None:
        super().__init__("%(asctime)s %(levelname)s %(message)s", "%Y-%m-%d %H:%M:%S")
        self._traces = traces

    def formatMessage(self, record: logging.LogRecord) -> str:
        record.message = " ".join(record.message.split("\n"))
        if not self._traces and record.exc_info and record.exc_info[1] is not None:
            error = record.exc_info[1]
            record.message += " ".join(f"（{type(error).__name__}: {error}）".split("\n"))
        return super().formatMessage(record)

    def formatException(self, ei: object) -> str:
        return super().formatException(ei) if self._traces else ""  # type: ignore[arg-type]

    def format(self, record: logging.LogRecord) -> str:
        record.exc_text = None  # kept by whichever formatter came first
        return super().format(record).rstrip("\n")


class _File(RotatingFileHandler):
    def handleError(self, record: logging.LogRecord) -> None:
        """A full disk: the line is on stderr already, and a trace of the logging itself helps nobody."""


@contextlib.contextmanager
def logging_to(folder: Path) -> Iterator[None]:
    """The root logger writes to stderr and to a file in `folder`; taken away again at the end."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    screen = logging.StreamHandler(sys.stderr)
    screen.setFormatter(OneLine(traces=False))
    file = _File(folder / "station.log", maxBytes=LARGEST, backupCount=KEPT, encoding="utf-8")
    file.setFormatter(OneLine(traces=True))
    root = logging.getLogger()
    level = root.level
    for handler in (screen, file):
        root.addHandler(handler)
    root.setLevel(logging.INFO)
    for name in NOISY:
        logging.getLogger(name).setLevel(logging.WARNING)
    try:
        yield
    finally:
        for handler in (screen, file):
            root.removeHandler(handler)
            with contextlib.suppress(OSError):  # a full disk cannot take the rest
                handler.close()
        root.setLevel(level)

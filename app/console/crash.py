"""Bugs of our own: each unexpected exception becomes a file in `logs/` and one line for the desk; the window goes on.

Console side. Known errors never come here.
"""

import sys
import threading
import traceback
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from types import TracebackType

from app import __version__
from widgets.words import tr

KEEP = 50
"""Reports kept; the oldest go first, so that a bug in a loop cannot fill the disk."""


class CrashReports:
    """`tell` is called with a sentence, from whatever thread the exception came; it must only hand it on."""

    def __init__(self, folder: Path, tell: Callable[[str], None]) -> None:
        self._folder = folder
        self._tell = tell
        self._told: set[str] = set()
        self._before = (sys.excepthook, threading.excepthook)

    def install(self) -> None:
        sys.excepthook = self._on_exception
        threading.excepthook = self._on_thread

    def remove(self) -> None:
        sys.excepthook, threading.excepthook = self._before

    def report(self, error: BaseException, where: str) -> None:
        """The same fault at the same line is written and told once."""
        frame = traceback.extract_tb(error.__traceback__)[-1:]
        key = f"{type(error).__name__} {frame[0].filename}:{frame[0].lineno}" if frame else repr(error)
        if key in self._told:
            return
        self._told.add(key)
        text = "".join(traceback.format_exception(error))
        print(text, file=sys.stderr)
        try:
            file = self._write(text, where)
        except OSError as problem:
            self._tell(tr("值守台内部错误（报告无法写入：{error}）：{what}", error=problem, what=repr(error)))
            return
        self._tell(tr("值守台内部错误，界面继续运行；报告已写入 {file}，请交给维护人员。", file=file))

    def _write(self, text: str, where: str) -> Path:
        self._folder.mkdir(parents=True, exist_ok=True)
        old = sorted(self._folder.glob("crash-*.txt"))
        for file in old[: max(0, len(old) - KEEP + 1)]:
            file.unlink(missing_ok=True)
        now = datetime.now().astimezone()
        made = self._folder / f"crash-{now:%Y%m%d-%H%M%S-%f}.txt"
        head = f"HazWatch {__version__}\n{now.isoformat()}\n{where}\nPython {sys.version}\n{sys.platform}\n\n"
        made.write_text(head + text, encoding="utf-8")
        return made

    def _on_exception(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            self._before[0](kind, error, trace)
            return
        self.report(error.with_traceback(trace), "main thread")

    def _on_thread(self, args: threading.ExceptHookArgs) -> None:
        if args.exc_value is not None:
            self.report(args.exc_value, f"thread {args.thread.name if args.thread else '?'}")

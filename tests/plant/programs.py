"""Programs run as a person would: started, read line by line, told to end. For the tests of `plant` and `demo`."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from queue import Empty, Queue

import psutil

from tests.pace import ENOUGH_S


class Program:
    """Output lines are kept in `lines`; `errors` is complete once it has ended."""

    def __init__(self, command: Sequence[str]) -> None:
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            bufsize=1,
        )
        self.lines: list[str] = []
        self.errors = ""
        self._queue: Queue[str] = Queue()
        self._threads = [threading.Thread(target=self._read_out), threading.Thread(target=self._read_errors)]
        for thread in self._threads:
            thread.start()

    def _read_out(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._queue.put(line.rstrip("\n"))

    def _read_errors(self) -> None:
        assert self.process.stderr is not None
        self.errors = self.process.stderr.read()

    def wait_line(self, begins: str, seconds: float = 90.0) -> str:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            try:
                line = self._queue.get(timeout=0.1)
            except Empty:
                if self.process.poll() is not None and self._queue.empty():
                    break
                continue
            self.lines.append(line)
            if line.startswith(begins):
                return line
        self.kill()
        raise AssertionError(f"no line {begins!r} in {self.lines}, stderr {self.errors!r}")

    def say(self, line: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def family(self) -> list[psutil.Process]:
        """Itself and all its descendants."""
        own = psutil.Process(self.process.pid)
        return [own, *own.children(recursive=True)]

    def end(self, number: int = signal.SIGTERM, seconds: float = ENOUGH_S) -> int:
        self.process.send_signal(number)
        return self.wait(seconds)

    def wait(self, seconds: float = ENOUGH_S) -> int:
        try:
            code = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            raise
        self._close()
        return code

    def kill(self) -> None:
        if self.process.poll() is None:
            for one in reversed(self.family()):
                one.kill()
        self.process.wait()
        self._close()

    def _close(self) -> None:
        for thread in self._threads:
            thread.join(5)
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            if pipe is not None:
                pipe.close()


def app(*words: str) -> Program:
    return Program([sys.executable, "-m", "app", *words])


def all_gone(family: Sequence[psutil.Process], seconds: float = ENOUGH_S) -> list[psutil.Process]:
    """Those that still run after that time."""
    _, alive = psutil.wait_procs(family, timeout=seconds)
    return [one for one in alive if one.status() != psutil.STATUS_ZOMBIE]


def wait_until(true: Callable[[], bool], seconds: float = ENOUGH_S) -> None:
    until = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < until, "waited in vain"
        time.sleep(0.05)


LINUX = sys.platform == "linux" and hasattr(os, "fork")

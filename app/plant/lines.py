"""Lines typed or piped into a program, handed to its event loop as they come. Plant side and demo."""

import asyncio
import os
import signal
import threading
from collections.abc import Callable
from contextlib import suppress


def listen_to_stdin(got: Callable[[str], object], ended: Callable[[], object] = lambda: None) -> None:
    """Starts a daemon thread; `got` and `ended` are called in the running loop. It reads the bare descriptor: a thread inside
    `sys.stdin` would hold its lock when the program ends. In the background of a terminal nobody types, and reading would
    stop the program: that signal is ignored."""
    if hasattr(signal, "SIGTTIN"):
        signal.signal(signal.SIGTTIN, signal.SIG_IGN)
    loop = asyncio.get_running_loop()

    def read() -> None:
        rest = b""
        with suppress(RuntimeError):  # the loop has ended meanwhile
            with suppress(OSError):  # no standard input at all
                while data := os.read(0, 4096):
                    *lines, rest = (rest + data).split(b"\n")
                    for line in lines:
                        if line.strip():
                            loop.call_soon_threadsafe(got, line.decode("utf-8", "replace").strip())
            loop.call_soon_threadsafe(ended)

    threading.Thread(target=read, name="commands", daemon=True).start()

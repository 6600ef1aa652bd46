"""Ctrl+C and SIGTERM as a call in the event loop, on every system. Plant side and demo."""

import asyncio
import signal
from collections.abc import Callable


def on_signals(stop: Callable[[], None]) -> None:
    """`stop` is called in the running loop when the program is told to end."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        try:
            loop.add_signal_handler(number, stop)
        except NotImplementedError:  # the loop of Windows has no such call; the plain one works there
            signal.signal(number, lambda *_: loop.call_soon_threadsafe(stop))

"""What a test may not leave behind: threads, asyncio tasks, running timers, Qt threads, windows.

Light on purpose: Qt is looked at only when a test has already imported it.
"""

import asyncio
import gc
import inspect
import os
import sys
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

import pytest
from hypothesis import settings

from tests.pace import ENOUGH_MS

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
settings.register_profile("house", deadline=None)  # a busy machine is no fault of the code
settings.load_profile("house")

_LONG = ("e2e/", "test_demo", "test_main", "test_cli", "test_direct", "test_process", "test_load", "kill")
_PATIENCE_S = 30.0
_turn = count(1)
_cut_off: list[str] = []
_started: "weakref.WeakKeyDictionary[Any, str]" = weakref.WeakKeyDictionary()
"""Qt timers and threads that were started, and from where."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whole plants and stations as processes of their own one by one among the rest: side by side they want more than two
    processors have, and last of all every worker but one waits for the longest."""
    file_of = {item: item.nodeid.partition("::")[0] for item in items}
    files = list(dict.fromkeys(file_of.values()))
    long = [file for file in files if any(word in file for word in _LONG)]
    place: dict[str, float] = {file: n for n, file in enumerate(file for file in files if file not in long)}
    step = 0.7 * len(place) / max(1, len(long))
    place |= {file: n * step - 0.5 for n, file in enumerate(long)}
    items.sort(key=lambda item: place[file_of[item]])


@pytest.fixture(autouse=True)
def nothing_left_behind(request: pytest.FixtureRequest) -> Iterator[None]:
    """Set up first and torn down last, so that what other fixtures clean up is not held against the test."""
    _watch_qt()
    threads = set(threading.enumerate())
    windows = set(_windows())
    running = {id(one) for one in list(_started) if _is_running(one)}
    _cut_off.clear()
    yield
    left = _after_patience(lambda: _left(threads, windows, running))
    if inspect.iscoroutinefunction(getattr(request.node, "obj", None)):
        left += [f"asyncio task {name}" for name in _cut_off]
    if left:
        pytest.fail("left behind: " + "; ".join(left), pytrace=False)


@pytest.fixture(autouse=True)
def garbage_on_this_thread() -> Iterator[None]:
    """As on the desk (app.console.garbage): a Qt object that the collector frees in another thread, such as that of a station
    beside the window, leaves its timers running or takes the process down."""
    if "PySide6.QtCore" not in sys.modules:
        yield
        return
    gc.disable()
    yield
    if next(_turn) % 25:
        gc.collect(1)
    else:
        gc.collect()
        gc.freeze()  # what is left by now stays: to go through it again and again took seconds each time


@pytest.fixture
def qtbot(qtbot: Any) -> Any:
    """Waits for what must come with the one patience of all tests, whatever a call names."""
    wait_until, wait_signal = qtbot.waitUntil, qtbot.waitSignal
    qtbot.waitUntil = lambda true, timeout=0: wait_until(true, timeout=max(timeout, ENOUGH_MS))

    def signal(signal: Any, timeout: int = 0, **more: Any) -> Any:
        """`assertNotEmitted` asks too, without raising: what must not come is not waited for."""
        return wait_signal(signal, timeout=timeout if more.get("raising") is False else max(timeout, ENOUGH_MS), **more)

    qtbot.waitSignal = signal
    return qtbot


@pytest.fixture(autouse=True)
def same_zone() -> Iterator[None]:
    """A desk takes over the wall time of its plant; the next test begins with that of the machine."""
    before = os.environ.get("TZ")
    yield
    if os.environ.get("TZ") != before:
        if before is None:
            del os.environ["TZ"]
        else:
            os.environ["TZ"] = before
        time.tzset()
        if words := sys.modules.get("widgets.vocabulary"):
            words.forget_times()


def _left(threads: set[threading.Thread], windows: set[Any], running: set[int]) -> list[str]:
    left = [f"thread {one.name}" for one in threading.enumerate() if one not in threads]
    left += [f"window {one!r}" for one in _windows() if one not in windows]
    left += [
        f"{one!r} started at {where}" for one, where in list(_started.items()) if id(one) not in running and _is_running(one)
    ]
    return left


def _after_patience(look: Callable[[], list[str]]) -> list[str]:
    """Threads need a moment to end and Qt objects a garbage collection; only what is there at the end counts."""
    until = time.monotonic() + _PATIENCE_S
    while left := look():
        _settle_qt()
        gc.collect()
        if time.monotonic() > until:
            return look()
        time.sleep(0.02)
    return left


def _settle_qt() -> None:
    core = sys.modules.get("PySide6.QtCore")
    if core is not None and core.QCoreApplication.instance() is not None:
        core.QCoreApplication.sendPostedEvents(None, core.QEvent.Type.DeferredDelete.value)
        core.QCoreApplication.processEvents()


def _windows() -> list[Any]:
    """Top-level widgets that show, or would keep the program alive; tool tips and Qt's own helpers are not ours."""
    widgets = sys.modules.get("PySide6.QtWidgets")
    if widgets is None or widgets.QApplication.instance() is None:
        return []
    return [one for one in widgets.QApplication.topLevelWidgets() if one.isVisible()]


def _is_running(one: Any) -> bool:
    import shiboken6

    if not shiboken6.isValid(one):
        return False
    return bool(one.isActive() if hasattr(one, "isActive") else one.isRunning())


def _watch_qt() -> None:
    core = sys.modules.get("PySide6.QtCore")
    if core is None:
        return
    for kind in (core.QTimer, core.QThread):
        if not hasattr(kind.start, "watched"):
            kind.start = _watched(kind.start)


def _watched(start: Any) -> Any:
    def starting(self: Any, *args: Any, **named: Any) -> Any:
        caller = sys._getframe(1)
        _started[self] = f"{caller.f_code.co_filename}:{caller.f_lineno}"
        return start(self, *args, **named)

    starting.watched = True  # type: ignore[attr-defined]
    return starting


def _note_cut_off() -> None:
    """A loop that closes cancels what still runs on it; the names are kept for the test that caused it."""
    cancel_all = asyncio.runners._cancel_all_tasks

    def noting(loop: asyncio.AbstractEventLoop) -> None:
        if threading.current_thread() is threading.main_thread():
            _cut_off.extend(str(task.get_coro()) for task in asyncio.all_tasks(loop) if not task.done())
        cancel_all(loop)

    asyncio.runners._cancel_all_tasks = noting


_note_cut_off()

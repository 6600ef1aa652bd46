"""The idle lock: nobody acts without the password, nobody's picture goes dark."""

import asyncio
import time
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.console import idle
from app.console.errors import Known
from tests.console.fake_station import FakeStation, alarm
from tests.console.rig import desk_at, logged_in, run_ui, until

Ui = Callable[[Coroutine[Any, Any, None]], None]


@pytest.fixture
def ui(qapp: QApplication) -> Ui:
    return lambda work: run_ui(qapp, work)


def test_a_desk_left_alone_is_locked_and_still_shows_alarms(ui: Ui, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(idle, "LOOK_MS", 20)

    async def story() -> None:
        with FakeStation() as station:
            station.idle_lock_min = 0.01
            async with desk_at(tmp_path, station.url) as desk:
                watch = await logged_in(desk, station.password)
                lock = desk.window.lock
                await until(lock.isVisible)
                station.tell(alarms=[alarm(7)])
                await until(lambda: watch.alarms.table.queue.row_of(7) is not None)
                assert desk.watch is not None and desk.watch.horn is not None and desk.watch.horn.pattern.unacked
                calls = len([one for one in station.calls if one[1].startswith("/alarms/")])
                with pytest.raises(Known, match="锁定"):
                    await desk.seat.call("POST", "/alarms/ack", {"occurrences": [7]})
                watch.banner.acknowledge.emit([7])
                assert await desk.seat.call("GET", "/site")  # looking goes on
                assert len([one for one in station.calls if one[1].startswith("/alarms/")]) == calls

                station.answers["/me/check"] = (403, {"error": {"code": "wrong_password", "message": "密码不对"}})
                lock.password.setText("guess")
                QTest.mouseClick(lock.done, Qt.MouseButton.LeftButton)
                await until(lambda: lock.fault.text() == "密码不对")
                assert lock.isVisible() and lock.done.isEnabled()

                del station.answers["/me/check"]
                station.idle_lock_min = 0.0
                lock.password.setText(station.password)
                QTest.mouseClick(lock.done, Qt.MouseButton.LeftButton)
                await until(lambda: not lock.isVisible())
                watch.banner.acknowledge.emit([7])
                await until(lambda: ("POST", "/alarms/ack", {"occurrences": [7]}) in station.calls)

    ui(story())


def test_hands_put_the_lock_off_and_somebody_else_may_log_in(ui: Ui, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(idle, "LOOK_MS", 20)

    async def story() -> None:
        with FakeStation() as station:
            station.idle_lock_min = 0.02
            async with desk_at(tmp_path, station.url) as desk:
                await logged_in(desk, station.password)
                window = desk.window.windowHandle()
                longest, last = 0.0, time.monotonic()
                for _ in range(30):  # 1.8 s of hands against a lock after 1.2 s
                    # Sent, not played: QTest turns the event loop for a window, and inside a coroutine that loses wake-ups.
                    QApplication.sendEvent(
                        window, QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_Shift, Qt.KeyboardModifier.NoModifier)
                    )
                    await asyncio.sleep(0.06)
                    longest, last = max(longest, time.monotonic() - last), time.monotonic()
                assert not desk.window.lock.isVisible() or longest > 1.1  # the hands of a busy machine were away themselves
                await until(desk.window.lock.isVisible)
                QTest.mouseClick(desk.window.lock.other, Qt.MouseButton.LeftButton)
                await until(lambda: desk.window.page is desk.login_page)
                assert not desk.window.lock.isVisible()
                station.idle_lock_min = 0.0
                await logged_in(desk, station.password)
                assert await desk.seat.call("POST", "/alarms/ack", {"occurrences": [1]}) is not None

    ui(story())


def test_a_password_somebody_else_set_is_told_of(ui: Ui, tmp_path: Path) -> None:
    async def story() -> None:
        with FakeStation() as station:
            station.must_change = True
            async with desk_at(tmp_path, station.url) as desk:
                await logged_in(desk, station.password)
                assert desk.seat.must_change and any("请在“用户”页修改" in text for text in desk.window.notices.texts)

    ui(story())

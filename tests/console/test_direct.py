"""Direct mode with the real program: an empty seat, a site package, the first account, a private station, a login."""

import asyncio
import json
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import psutil
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.console.direct import DirectMode
from app.console.errors import Known
from app.console.private import RECORD, PrivateStation
from app.console.tasks import Tasks
from tests.console.rig import desk_at, logged_in, run_ui, until
from tests.site.packages import make_package

PASSWORD = "Sesame-2026x"
Ui = Callable[[Coroutine[Any, Any, None]], None]


@pytest.fixture
def ui(qapp: QApplication) -> Ui:
    return lambda work: run_ui(qapp, work)


@pytest.mark.e2e
def test_from_an_empty_seat_to_a_watch(ui: Ui, tmp_path: Path) -> None:
    good = make_package(tmp_path / "good")
    broken = make_package(tmp_path / "broken")
    (broken / "tags.csv").write_text("tag,name\n,x\n", encoding="utf-8")
    seat = tmp_path / "seat"
    started: list[int] = []

    async def story() -> None:
        async with desk_at(seat, "http://127.0.0.1:1") as desk:
            bugs: list[BaseException] = []
            tasks = Tasks(bugs.append)
            direct = DirectMode(seat, desk._themes, desk.window, desk.session, tasks, desk)
            page = direct.page
            await direct.begin()
            assert desk.window.page is page
            assert page.site.isVisible()
            page._chosen(str(broken))
            await until(lambda: page.site.faults.rowCount() > 0)
            assert not page.site.use.isEnabled()
            assert page.site.faults.item(0, 0).text() == "tags.csv"
            page._chosen(str(good))
            await until(page.site.use.isEnabled)
            QTest.mouseClick(page.site.use, Qt.MouseButton.LeftButton)
            await until(page.account.isVisible)
            page.account.name.setText("op")
            page.account.password.setText("short")
            page.account.repeat.setText("other")
            QTest.mouseClick(page.account.done, Qt.MouseButton.LeftButton)
            assert "不一致" in page.message.text()
            page.account.password.setText("short")
            page.account.repeat.setText("short")
            QTest.mouseClick(page.account.done, Qt.MouseButton.LeftButton)
            await until(lambda: page.account.isVisible() and page.message.isVisible())
            page.account.password.setText(PASSWORD)
            page.account.repeat.setText(PASSWORD)
            QTest.mouseClick(page.account.done, Qt.MouseButton.LeftButton)
            await until(lambda: desk.window.page is desk.login_page)
            started.append(json.loads((seat / RECORD).read_text())["pid"])
            assert desk.login_page.address.isReadOnly()
            assert desk.login_page.user.text() == "op"
            await logged_in(desk, PASSWORD)
            assert desk.state.site.tags
            await direct.end()
            await tasks.close()
            assert not bugs

    ui(story())
    assert not psutil.pid_exists(started[0])
    assert not (seat / RECORD).exists()


@pytest.fixture
def fake_program(tmp_path: Path) -> tuple[str, ...]:
    """A `hazwatch` that says it is ready, serves /health and waits; or fails with a sentence when told so by a file."""
    script = tmp_path / "program.py"
    script.write_text(
        "import http.server, os, sys\n"
        "if os.path.exists('fail'): sys.exit('端口被占用')\n"
        "class Handler(http.server.BaseHTTPRequestHandler):\n"
        "    def do_GET(self):\n"
        "        self.send_response(200); self.end_headers(); self.wfile.write(b'{}')\n"
        "    def log_message(self, *args): pass\n"
        "server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Handler)\n"
        "print('station ready http://127.0.0.1:%d' % server.server_port, flush=True)\n"
        "server.serve_forever()\n",
        encoding="utf-8",
    )
    return (sys.executable, str(script))


async def test_a_station_that_runs_already_is_joined_and_left_alone(tmp_path: Path, fake_program: tuple[str, ...]) -> None:
    seat = tmp_path / "seat"
    first, second = PrivateStation(seat, fake_program), PrivateStation(seat, fake_program)
    url = await first.start()
    try:
        assert await second.start() == url
        assert (first.is_ours, second.is_ours) == (True, False)
        await second.stop()
        assert await PrivateStation(seat, fake_program).start() == url
    finally:
        await first.stop()
    third = PrivateStation(seat, fake_program)
    try:
        await third.start()
        assert third.is_ours  # the one before is gone, its record with it
    finally:
        await third.stop()


async def test_a_record_of_a_dead_station_is_no_station(tmp_path: Path, fake_program: tuple[str, ...]) -> None:
    seat = tmp_path / "seat"
    seat.mkdir()
    for text in ("", "[]", '{"url": "http://127.0.0.1:9"}'):
        (seat / RECORD).write_text(text, encoding="utf-8")
        station = PrivateStation(seat, fake_program)
        try:
            await station.start()
            assert station.is_ours
        finally:
            await station.stop()


async def test_why_it_did_not_start_is_said(
    tmp_path: Path, fake_program: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "fail").touch()
    with pytest.raises(Known, match="端口被占用"):
        await PrivateStation(tmp_path / "seat", fake_program).start()
    with pytest.raises(Known, match="无法启动"):
        await PrivateStation(tmp_path / "seat", (str(tmp_path / "nothing"),)).start()


async def test_a_station_that_ignores_us_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.console.private.STOP_S", 0.3)
    script = tmp_path / "deaf.py"
    script.write_text(
        "import signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "print('station ready http://127.0.0.1:1', flush=True)\ntime.sleep(60)\n"
    )
    station = PrivateStation(tmp_path / "seat", (sys.executable, str(script)))
    await station.start()
    assert station._process is not None
    pid = station._process.pid
    await asyncio.wait_for(station.stop(), 10)
    assert not psutil.pid_exists(pid)

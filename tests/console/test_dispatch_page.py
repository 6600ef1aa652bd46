"""The page of notifications and the sound of a seat: the real window at a real station."""

import os
import stat
import sys
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton

from app.console.desk import Desk
from app.console.pages import PAGES
from app.console.session import Session
from app.console.settings import load_settings
from app.console.tasks import Tasks
from app.console.watch import Watch
from app.console.window import DeskWindow
from tests.console.real_station import RealStation
from tests.console.rig import run_ui, type_login, until
from tests.station.dispatch.servers import HookServer
from tests.station.rig import PASSWORD, a_site, tag
from widgets.dispatch.page import DispatchPage
from widgets.theme import NIGHT, ThemeHolder

Ui = Callable[[Coroutine[Any, Any, None]], None]
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the player is a shell script")


@pytest.fixture
def ui(qapp: QApplication, monkeypatch: pytest.MonkeyPatch) -> Ui:
    monkeypatch.setattr("app.console.pages.PAGES", tuple(one for one in PAGES if one.name == "dispatch"))
    return lambda work: run_ui(qapp, work)


@pytest.fixture
def device(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A player that works while the file it looks for is there."""
    works, player = tmp_path / "works", tmp_path / "aplay"
    works.touch()
    player.write_text(f'#!/bin/sh\ntest -e {works} || {{ echo "audio open error" >&2; exit 1; }}\n')
    player.chmod(player.stat().st_mode | stat.S_IEXEC)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setattr("widgets.alarms.player._PLAYERS", (["aplay", "-q"],))
    return works


@pytest.fixture
def hook() -> Iterator[HookServer]:
    server = HookServer()
    yield server
    server.stop()


@pytest.fixture
def station(tmp_path: Path, hook: HookServer) -> Iterator[RealStation]:
    dispatch = {
        "outlet": [{"name": "群", "kind": "webhook", "url": f"http://127.0.0.1:{hook.port}/send"}],
        "person": [{"name": "李志强", "level": 1}],
        "rule": [{"name": "一级", "after_s": 0, "levels": [1], "kinds": ["HH"]}],
    }
    with RealStation(tmp_path / "station", a_site(tag("T1"), options={"dispatch": dispatch})) as made:
        yield made


@asynccontextmanager
async def desk_at(station: RealStation, data: Path, user: str) -> AsyncIterator[tuple[Desk, DispatchPage]]:
    window = DeskWindow(ThemeHolder(NIGHT))
    window.resize(1600, 900)
    window.show()
    bugs: list[BaseException] = []
    desk = Desk(data, load_settings(data), ThemeHolder(NIGHT), window, Session(), Tasks(bugs.append))
    try:
        desk.session.start()
        desk.fix_station(station.url)
        desk.show_login()
        await desk.build(desk.adopt(Watch(ThemeHolder(NIGHT), window, bugs.append, seat=desk.seat)))
        type_login(desk, PASSWORD, user)
        await until(lambda: window.page is not desk.login_page and desk.state.feed.heard_at is not None)
        window.show_page("dispatch")
        page = window.page_named("dispatch")
        assert isinstance(page, DispatchPage)
        yield desk, page
    finally:
        await desk.close()
        window.close()
        window.deleteLater()
    assert not bugs, bugs


def plug(device: Path, in_: bool) -> None:
    if in_:
        device.touch()
    else:
        device.unlink()


def press(desk: Desk, word: str) -> None:
    button = next(one for one in desk.window.notices.findChildren(QPushButton) if one.text() == word)
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def test_messages_outlets_and_the_test(ui: Ui, station: RealStation, tmp_path: Path, device: Path, hook: HookServer) -> None:
    async def story() -> None:
        async with desk_at(station, tmp_path / "desk", "zhao") as (_, page):
            await until(lambda: "还没有发过通知" in page._said.text())
            station.say("T1", 95.0)
            await until(lambda: [one["state"] for one in page.log.rows] == ["sent"])
            cells = [page.log.model().index(0, column).data() for column in range(7)]
            assert cells[3:6] == ["李志强", "群", "已发出"] and "T1液位 高高报" in cells[2] and "已接收" in cells[6]
            QTest.mouseClick(page.outlets._parts["群"]["test"], Qt.MouseButton.LeftButton)
            await until(lambda: "试发成功" in page.outlets._parts["群"]["about"].whole)
            await until(lambda: len(page.log.rows) == 2)
            page.text.setText("没有这样的内容")
            await until(lambda: page.log.rows == [] and "没有符合条件" in page._said.text())
            hook.answers = [(404, "gone")]
            QTest.mouseClick(page.outlets._parts["群"]["test"], Qt.MouseButton.LeftButton)
            await until(
                lambda: (
                    "没有成功" in page.outlets._parts["群"]["about"].whole
                    or page.outlets._parts["群"]["state"].text() == "故障"
                )
            )

    ui(story())


def test_an_operator_sees_but_does_not_test(ui: Ui, station: RealStation, tmp_path: Path, device: Path) -> None:
    async def story() -> None:
        async with desk_at(station, tmp_path / "desk", "wang") as (_, page):
            await until(lambda: "群" in page.outlets._parts)
            assert not page.outlets._parts["群"]["test"].isVisible()

    ui(story())


def test_a_desk_that_falls_mute_and_is_heard_again(ui: Ui, station: RealStation, tmp_path: Path, device: Path) -> None:
    async def story() -> None:
        async with desk_at(station, tmp_path / "desk", "wang") as (desk, page):
            sound = desk.seat.sound
            assert sound is not None and desk.watch is not None and desk.watch.horn is not None
            await until(lambda: page.seat.device.text() == "音频设备正常")
            page.seat.name.setText("中控一席")
            page.seat.renamed.emit("中控一席")
            plug(device, False)
            desk.watch.horn.check()
            await until(lambda: "没有可用的声卡" in page.seat.device.text())
            await until(lambda: any(tag == "@station/audio" for tag, _ in desk.state.alarms))
            [alarm] = [one for (tag, _), one in desk.state.alarms.items() if tag == "@station/audio"]
            assert "中控一席" in alarm.message
            await until(lambda: [("席位" in text) for text in desk.window.notices.texts] == [True])  # told once, by the station
            plug(device, True)
            desk.watch.horn.check()
            await until(lambda: page.seat.device.text() == "音频设备正常")
            await until(lambda: next(a.state for (t, _), a in desk.state.alarms.items() if t == "@station/audio") == "RTNUN")
            assert load_settings(tmp_path / "desk").seat == "中控一席"

    ui(story())


def test_the_horn_test_is_asked_and_recorded(ui: Ui, station: RealStation, tmp_path: Path, device: Path) -> None:
    async def story() -> None:
        async with desk_at(station, tmp_path / "desk", "wang") as (desk, page):
            desk.window.top.test_horn.emit()
            await until(lambda: any("听到了吗" in text for text in desk.window.notices.texts))
            press(desk, "没有听到")
            await until(lambda: "没有听到" in page.seat.tested.text())
            await until(lambda: any(tag == "@station/audio" for tag, _ in desk.state.alarms))
            assert not any("听到了吗" in text for text in desk.window.notices.texts)
            desk.window.top.test_horn.emit()
            press(desk, "听到了")
            await until(lambda: page.seat.tested.text().endswith(" 听到"))
            await until(lambda: page.seat.device.text() == "音频设备正常")

    ui(story())


def test_the_seat_can_be_told_not_to_speak(ui: Ui, station: RealStation, tmp_path: Path, device: Path) -> None:
    async def story() -> None:
        async with desk_at(station, tmp_path / "desk", "wang") as (_, page):
            await until(lambda: page.seat.speak.isChecked())
            page.seat.speak.click()
            await until(lambda: "本席已关闭" in page.seat.voice.text())
            assert not load_settings(tmp_path / "desk").voice

    ui(story())

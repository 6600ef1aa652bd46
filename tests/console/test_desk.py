"""The desk as a person meets it: real window, real session, a station on a real socket."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.console import state
from app.console.desk import Desk
from app.console.reader import FeedWord
from app.console.settings import FILE, load_settings
from app.console.state import Trust
from tests.console.fake_station import FakeStation, alarm, event, link, make_certificate, value
from tests.console.rig import desk_at, logged_in, run_ui, type_login, until
from tests.pace import Stopwatch
from widgets.theme import DAY, NIGHT

Ui = Callable[[Coroutine[Any, Any, None]], None]


@pytest.fixture
def ui(qapp: QApplication) -> Ui:
    return lambda work: run_ui(qapp, work)


@asynccontextmanager
async def desk_and_station(data: Path) -> AsyncIterator[tuple[Desk, FakeStation]]:
    with FakeStation() as station:
        station.values["TK101.LT"] = value("TK101.LT", 86.2)
        station.links = [link("dcs"), link("gds", "down", "TCP 连接被拒绝")]
        async with desk_at(data, station.url) as desk:
            yield desk, station


def test_login_shows_the_watch(ui: Ui, tmp_path: Path) -> None:
    async def story() -> None:
        async with desk_and_station(tmp_path) as (desk, station):
            assert desk.window.page is desk.login_page
            await logged_in(desk, station.password)
            await until(lambda: "1/2" in desk.window.top.sources.text())
            assert desk.window.top.site.text() == "示范化工有限公司"
            assert desk.window.top.user.text() == "op  值班员"
            assert desk.state.values["TK101.LT"].value == 86.2
            await until(lambda: desk.window.top.lamp.trust is Trust.LIVE)
            assert desk.window.strip.isHidden()

    ui(story())
    kept = load_settings(tmp_path)
    assert (kept.user, kept.station.startswith("http://127.0.0.1")) == ("op", True)
    assert "Sesame-2026" not in (tmp_path / FILE).read_text(encoding="utf-8")


def test_wrong_password_is_said_and_cleared(ui: Ui, tmp_path: Path) -> None:
    async def story() -> None:
        async with desk_and_station(tmp_path) as (desk, _):
            type_login(desk, "wrong")
            await until(lambda: "用户名或密码不对" in desk.login_page.message.text())
            assert desk.watch is not None
            assert "情况不明" in desk.watch.banner._text.text()
            assert desk.login_page.password.text() == ""
            assert desk.login_page.button.isEnabled()
            assert desk.window.page is desk.login_page

    ui(story())


@pytest.mark.parametrize("address", ["http://10.1.2.3:8750", "", "a:b"])
def test_bad_addresses_never_reach_the_network(ui: Ui, tmp_path: Path, address: str) -> None:
    async def story() -> None:
        async with desk_and_station(tmp_path) as (desk, station):
            desk.login_page.address.setReadOnly(False)
            desk.login_page.address.setText(address)
            type_login(desk, station.password)
            assert desk.login_page.message.text()
            assert station.logins == 0

    ui(story())


def test_caps_lock_is_hinted(ui: Ui, tmp_path: Path) -> None:
    async def story() -> None:
        async with desk_and_station(tmp_path) as (desk, _):
            page = desk.login_page
            for key, modifier, hinted in (
                ("a", Qt.KeyboardModifier.NoModifier, False),
                ("A", Qt.KeyboardModifier.NoModifier, True),
                ("1", Qt.KeyboardModifier.NoModifier, True),
                ("A", Qt.KeyboardModifier.ShiftModifier, False),
                ("a", Qt.KeyboardModifier.ShiftModifier, True),
            ):
                QTest.sendKeyEvent(QTest.KeyAction.Press, page.password, Qt.Key.Key_A, key, modifier)
                assert page.caps.isVisible() is hinted, (key, modifier)

    ui(story())


def test_alarm_reaches_banner_and_page_and_is_acknowledged(ui: Ui, tmp_path: Path) -> None:
    async def story() -> None:
        async with desk_and_station(tmp_path) as (desk, station):
            watch = await logged_in(desk, station.password)
            station.tell(alarms=[alarm(7)], events=[event(1, occurrence=7)])
            await until(lambda: watch.alarms.table.queue.row_of(7) is not None)
            await until(lambda: "V-101" in watch.banner._text.text())
            assert desk.state.unacknowledged() == {"high": 1}
            QTest.mouseClick(watch.banner._ack, Qt.MouseButton.LeftButton)
            await until(lambda: ("POST", "/alarms/ack", {"occurrences": [7]}) in station.calls)
            station.tell(alarms=[alarm(7, state="ACKED")])
            await until(lambda: desk.state.unacknowledged() == {})
            station.tell(alarms=[alarm(7, state="NORM")])
            await until(lambda: watch.alarms.table.queue.row_of(7) is None)

    ui(story())


@pytest.mark.parametrize(
    ("status", "answer", "words"),
    [
        (503, {"error": {"code": "store_unavailable", "message": "磁盘已满，请清理"}}, "磁盘已满"),
        (200, {"acknowledged": [], "refused": [{"occurrence": 7, "code": "stale", "message": "已经换成新的一次"}]}, "新的一次"),
    ],
)
def test_what_was_not_acknowledged_is_said(ui: Ui, tmp_path: Path, status: int, answer: object, words: str) -> None:
    async def story() -> None:
        async with desk_and_station(tmp_path) as (desk, station):
            station.answers["/alarms/ack"] = (status, answer)
            watch = await logged_in(desk, station.password)
            station.tell(alarms=[alarm(7)])
            await until(lambda: watch.banner._ack.isVisible())
            QTest.mouseClick(watch.banner._ack, Qt.MouseButton.LeftButton)
            await until(lambda: any(words in text for text in desk.window.notices.texts))

    ui(story())


def test_viewers_get_no_button_to_acknowledge(ui: Ui, tmp_path: Path) -> None:
    async def story() -> None:
        async with desk_and_station(tmp_path) as (desk, station):
            station.role = "viewer"
            watch = await logged_in(desk, station.password)
            station.tell(alarms=[alarm(7)])
            await until(lambda: "V-101" in watch.banner._text.text())
            assert not watch.banner._ack.isVisible()

    ui(story())


def hatched(desk: Desk) -> bool:
    """Looks at an empty spot of the page: the veil's hatch is what makes it more than one colour."""
    picture = desk.window.page_place.grab().toImage()
    left, top = picture.width() * 4 // 5, picture.height() * 3 // 5
    spot = {picture.pixelColor(left + x, top + y).name() for x in range(16) for y in range(16)}
    return len(spot) > 1


def test_the_ground_follows_the_theme(ui: Ui, tmp_path: Path) -> None:
    async def story() -> None:
        async with desk_and_station(tmp_path) as (desk, station):
            await logged_in(desk, station.password)
            for theme in (DAY, NIGHT, DAY):
                desk.window.top.switch_theme.emit()
                for name in desk.window.page_names:
                    desk.window.show_page(name)
                    await asyncio.sleep(0)
                    corner = desk.window.grab().toImage().pixelColor(desk.window.width() - 3, desk.window.height() - 3)
                    assert corner.name() in (theme.background, theme.surface), (theme.name, name)

    ui(story())


def horn_lost(desk: Desk) -> bool:
    """Does the horn sound for a station that is not heard?"""
    assert desk.watch is not None
    assert desk.watch.horn is not None
    return desk.watch.horn.pattern.lost_sounds(time.monotonic())


def test_silent_feed_greys_the_screen(ui: Ui, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The socket stays open and says nothing: only the console's own clock can tell."""
    monkeypatch.setattr(state, "SILENT_S", 1.5)

    async def story() -> None:
        async with desk_and_station(tmp_path) as (desk, station):
            await logged_in(desk, station.password)
            desk.window.show_page("trend")
            await until(lambda: desk.window.top.lamp.trust is Trust.LIVE)
            station.muted = True
            watch = Stopwatch()
            await until(lambda: desk.window.strip.isVisible())
            assert desk.state.feed.heard_at is not None and time.monotonic() - desk.state.feed.heard_at > 1.5
            assert watch.seconds < 3.0
            assert desk.window._page_veil.isVisible()
            assert desk.window._banner_veil.isVisible()
            assert "不是现在的数据" in desk.window.strip.text
            assert horn_lost(desk)
            desk.window.top.silence.emit()
            assert not horn_lost(desk)
            desk.window.show_page("plant")  # greys itself, value by value
            assert not desk.window._page_veil.isVisible()
            assert desk.watch is not None
            assert desk.watch.plant_side is not None
            assert desk.watch.plant_side.plant.view.scenery.silent
            for name in ("alarms", "sources", "trend"):
                desk.window.show_page(name)
                assert hatched(desk), name
            assert desk.window.top.lamp.trust is Trust.SILENT
            station.muted = False
            await until(lambda: desk.window.strip.isHidden())
            assert not desk.window._page_veil.isVisible()
            desk.window.show_page("alarms")
            assert not hatched(desk)

    ui(story())


def test_a_dead_session_thread_greys_the_screen_too(ui: Ui, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(state, "SILENT_S", 1.5)

    async def story() -> None:
        async with desk_and_station(tmp_path) as (desk, station):
            await logged_in(desk, station.password)
            await until(lambda: desk.window.top.lamp.trust is Trust.LIVE)
            desk.session.stop()
            await until(lambda: desk.window.strip.isVisible())

    ui(story())


def test_station_gone_and_back(ui: Ui, tmp_path: Path) -> None:
    """Nobody has to log in again, nothing is missed, and a configuration changed meanwhile is read again."""

    async def story() -> None:
        async with desk_and_station(tmp_path) as (desk, station):
            watch = await logged_in(desk, station.password)
            station.tell(alarms=[alarm(1)])
            await until(lambda: ("TK101.LT", "H") in desk.state.alarms)
            station.stop()
            await until(lambda: desk.window.strip.isVisible())
            assert "连不上站点" in desk.window.strip.reason or "关闭" in desk.window.strip.reason
            assert watch.alarms.table.queue.row_of(1) is not None  # a standing alarm stays standing
            station.tell(alarms=[alarm(2, "GT103")], events=[event(9, occurrence=2)])
            station.start()
            await until(lambda: ("GT103", "H") in desk.state.alarms)
            await until(lambda: desk.window.strip.isHidden())
            assert desk.window.page is not desk.login_page

    ui(story())


def test_a_login_that_ran_out_keeps_the_alarms_in_sight(ui: Ui, tmp_path: Path) -> None:
    async def story() -> None:
        async with desk_and_station(tmp_path) as (desk, station):
            station.alarms["TK101.LT", "H"] = alarm(7)
            watch = await logged_in(desk, station.password)
            await until(lambda: watch.alarms.table.queue.row_of(7) is not None)
            station.password = "Changed-2026"
            station.forget_logins()
            await until(lambda: desk.window.page is desk.login_page)
            assert desk.state.feed.word is FeedWord.LOGIN
            assert desk.login_page.last_known.isVisible()
            assert horn_lost(desk)
            assert "V-101" in watch.banner._text.text()
            assert desk.window.banner_place.isVisible()
            await until(lambda: desk.window.strip.isVisible())
            type_login(desk, "Changed-2026")
            await until(lambda: desk.window.page is not desk.login_page and desk.window.strip.isHidden())
            assert not desk.login_page.last_known.isVisible()
            await until(lambda: not horn_lost(desk))

    ui(story())


def test_logging_out_leaves_nothing_on_the_screen(ui: Ui, tmp_path: Path) -> None:
    async def story() -> None:
        async with desk_and_station(tmp_path) as (desk, station):
            station.alarms["TK101.LT", "H"] = alarm(7)
            watch = await logged_in(desk, station.password)
            await until(lambda: watch.alarms.table.queue.row_of(7) is not None)
            assert desk.window.focusWidget() is watch.plant_side.overview  # not a button that Space would press
            desk.window.top.log_out.emit()
            assert desk.window.page is desk.login_page
            desk._on_beat()
            assert not horn_lost(desk)  # who logs out does not watch any more
            assert watch.alarms.table.queue.row_of(7) is None
            assert desk.state.values == {}
            await until(lambda: station.feeds == 0 and ("POST", "/logout", None) in station.calls)
            await asyncio.sleep(0.3)
            assert desk.state.alarms == {}
            assert desk.window.strip.isHidden()
            assert "情况不明" in watch.banner._text.text()  # not "no alarms": nobody knows

    ui(story())


def test_certificate_is_shown_accepted_remembered_and_a_changed_one_refused(ui: Ui, tmp_path: Path) -> None:
    first, second = make_certificate(tmp_path, "first"), make_certificate(tmp_path, "second")
    seats = tmp_path / "seat"

    async def first_time() -> None:
        with FakeStation(first) as station:
            ports.append(station.url)
            async with desk_at(seats, station.url) as desk:
                type_login(desk, station.password)
                await until(lambda: desk.login_page.certificate.isVisible())
                assert station.logins == 0
                QTest.mouseClick(desk.login_page.certificate.yes, Qt.MouseButton.LeftButton)
                await until(lambda: desk.window.page is not desk.login_page)
            station.stop()
            station._certificate = second
            station.start()
            async with desk_at(seats, station.url) as desk:
                type_login(desk, station.password)
                panel = desk.login_page.certificate
                await until(panel.isVisible)
                assert "不一致" in desk.login_page.message.text()
                assert station.logins == 1
                assert not panel.yes.isEnabled()
                assert desk.settings.pins[station.url.partition("://")[2]] != panel._end
                panel.typed.setText("00000000")
                assert not panel.yes.isEnabled()
                end = panel._end.upper()
                panel.typed.setText(":".join(end[i : i + 2] for i in range(0, 8, 2)))  # as the station prints it
                assert panel.yes.isEnabled()
                QTest.mouseClick(panel.no, Qt.MouseButton.LeftButton)
                assert not panel.isVisible()
                assert station.logins == 1

    ports: list[str] = []
    ui(first_time())


def test_connecting_can_be_cancelled(ui: Ui, tmp_path: Path) -> None:
    async def story() -> None:
        async with desk_and_station(tmp_path) as (desk, _):
            await until(lambda: desk.watch is not None)
            listening = await asyncio.start_server(lambda reader, writer: None, "127.0.0.1", 0)
            port = listening.sockets[0].getsockname()[1]
            desk.fix_station(f"http://127.0.0.1:{port}")
            type_login(desk, "x")
            assert desk.login_page.stop_button.isVisible()
            QTest.mouseClick(desk.login_page.stop_button, Qt.MouseButton.LeftButton)
            await until(lambda: desk.login_page.button.isEnabled())
            assert not desk.login_page.stop_button.isVisible()
            listening.close()

    ui(story())


def test_notices_of_the_station_come_and_go(ui: Ui, tmp_path: Path) -> None:
    async def story() -> None:
        async with desk_and_station(tmp_path) as (desk, station):
            station.notices = ["磁盘剩余不足 1 GB"]

            def heard() -> list[str]:
                """Of the station: the seat may have something of its own to say."""
                return [text for text in desk.window.notices.texts if text.startswith(("磁盘", "时钟"))]

            await logged_in(desk, station.password)
            await until(lambda: heard() == ["磁盘剩余不足 1 GB"])
            assert desk.window.notices.isVisible()
            station.tell(notices=["时钟被调整"])
            await until(lambda: heard() == ["时钟被调整"])

    ui(story())


def test_keys_and_themes(ui: Ui, tmp_path: Path) -> None:
    async def story() -> None:
        async with desk_and_station(tmp_path) as (desk, station):
            watch = await logged_in(desk, station.password)
            window = desk.window
            window.activateWindow()
            await until(window.isActiveWindow)
            for number, name in enumerate(window.page_names):
                QTest.keyClick(window, Qt.Key(Qt.Key.Key_F1.value + number))
                assert window.page is window.page_named(name)
            station.tell(alarms=[alarm(7, priority="critical")])
            horn = watch.horn
            assert horn is not None
            await until(lambda: 7 in horn.pattern.unacked)
            QTest.keyClick(window, Qt.Key.Key_F9)
            assert 7 in horn.pattern.silenced
            assert desk.state.unacknowledged() == {"critical": 1}  # silence acknowledges nothing
            before = window.grab().toImage().pixelColor(400, 20)
            desk.window.top.switch_theme.emit()
            assert window.grab().toImage().pixelColor(400, 20) != before
            assert desk.settings.theme == "day"

    ui(story())


def test_from_the_alarm_to_its_place_and_from_a_word_to_its_tank(ui: Ui, tmp_path: Path) -> None:
    async def story() -> None:
        async with desk_and_station(tmp_path) as (desk, station):
            station.answers["/history"] = (200, [])
            watch = await logged_in(desk, station.password)
            assert desk.window.page is desk.window.page_named("overview")
            station.tell(alarms=[alarm(7)])
            await until(lambda: "V-101" in watch.banner._text.text())
            QTest.mouseClick(watch.banner, Qt.MouseButton.LeftButton, pos=watch.banner._text.geometry().center())
            side = watch.plant_side
            assert side is not None
            assert desk.window.page is side.plant
            assert side.plant.faceplate.isVisible()
            await until(lambda: any(call[1] == "/history" for call in station.calls))
            watch.goto(alarm(8, "@gds", "LINK"))
            assert desk.window.page is watch.sources
            desk.window.activateWindow()
            await until(desk.window.isActiveWindow)
            desk.window.setFocus()
            QTest.keyClick(desk.window, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
            assert desk.window.page is side.plant
            assert side.plant.search.hasFocus()
            side.plant.open_trend.emit("TK101.LT")
            assert desk.window.page is side.trend
            assert side.trend.tags == ["TK101.LT"]

    ui(story())


def test_a_page_that_fails_stops_no_alarm(ui: Ui, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def story() -> None:
        async with desk_and_station(tmp_path) as (desk, station):
            watch = await logged_in(desk, station.password)
            side = watch.plant_side
            assert side is not None
            heard: list[BaseException] = []
            watch._bug = heard.append
            monkeypatch.setattr(side.plant, "put_values", _fails)
            monkeypatch.setattr(side.overview, "put_alarms", _fails)
            station.tell(alarms=[alarm(7)], values=[value("TK101.LT", 99.0)])
            await until(lambda: watch.alarms.table.queue.row_of(7) is not None)
            horn = watch.horn
            assert horn is not None
            assert 7 in horn.pattern.unacked
            await until(lambda: bool(heard))

    ui(story())


def _fails(*_: object) -> None:
    raise ZeroDivisionError

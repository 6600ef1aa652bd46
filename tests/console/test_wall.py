"""The wall: pages on screens without anybody at the keyboard, greyed when the feed is silent."""

import itertools
import os
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from app.console import state, wall
from app.console.awake import keep_awake
from app.console.errors import CertificateError, Known
from app.console.main import run_wall
from app.console.scale import factor, scale_for_wall
from app.console.session import Session
from app.console.tasks import Tasks
from app.console.wall import Screen, Wall, certificate_sentence, screen_names, share
from app.console.watch import Watch
from app.console.window import DeskWindow
from tests.console.fake_station import FakeStation, alarm, value
from tests.console.rig import run_ui, until
from widgets.theme import ThemeHolder

Ui = Callable[[Coroutine[Any, Any, None]], None]


@pytest.fixture
def ui(qapp: QApplication) -> Ui:
    return lambda work: run_ui(qapp, work)


def make_wall(*pages: list[str]) -> tuple[Wall, list[BaseException]]:
    bugs: list[BaseException] = []
    screens = []
    for shown in pages:
        window = DeskWindow(ThemeHolder(), kiosk=True)
        watch = Watch(ThemeHolder(), window, bugs.append, sound=False)
        for step in watch.steps():
            step()
        name = QGuiApplication.primaryScreen().name()
        screens.append(Screen(name, window, watch, itertools.cycle(shown), len(shown) > 1))
    session = Session()
    session.start()
    return Wall(session, Tasks(bugs.append), screens), bugs


async def shut(made: Wall) -> None:
    await made.close()
    for screen in made.screens:
        screen.window.close()
        screen.window.deleteLater()


def test_pages_turn_and_grey(ui: Ui, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(state, "SILENT_S", 1.5)
    monkeypatch.setattr(wall, "TURN_S", 0.2)

    async def story() -> None:
        with FakeStation() as station:
            station.values["TK101.LT"] = value("TK101.LT", 86.2)
            station.alarms["TK101.LT", "H"] = alarm(7)
            made, bugs = make_wall(["overview", "tankfarm-a"], ["alarms"])
            try:
                await made.begin(station.url, "", "wall", station.password)
                first, second = made.screens
                seen = set()

                def note() -> bool:
                    page = first.window.page
                    names = first.window.page_names
                    seen.update(name for name in names if first.window.page_named(name) is page)
                    return seen >= {"overview", "plant"}

                await until(note)
                assert first.watch.plant_side is not None
                assert first.watch.plant_side.plant.view.layout_id == "tankfarm-a"
                assert second.window.page is second.window.page_named("alarms")
                await until(lambda: second.watch.alarms.table.queue.row_of(7) is not None)
                assert not second.watch.banner._ack.isVisible()
                assert not first.window.navigation.isVisible()
                assert not first.watch.plant_side.plant.search.isVisible()
                await until(first.window.isFullScreen)
                station.muted = True
                await until(lambda: first.window.strip.isVisible() and second.window.strip.isVisible())
                station.muted = False
                await until(lambda: first.window.strip.isHidden())
                assert not bugs
            finally:
                await shut(made)

    ui(story())


def test_it_logs_in_again_by_itself(ui: Ui, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wall, "AGAIN_S", 0.1)

    async def story() -> None:
        with FakeStation() as station:
            made, bugs = make_wall(["overview"])
            try:
                await made.begin(station.url, "", "wall", station.password)
                await until(lambda: made.state.feed.heard_at is not None)
                kept, station.password = station.password, "Other-2026"
                station.forget_logins()
                await until(lambda: station.logins >= 3)
                station.password = kept
                count = len(station.afters)
                await until(lambda: len(station.afters) > count)
                assert not bugs
            finally:
                await shut(made)

    ui(story())


@pytest.mark.parametrize(
    ("pages", "screens", "dealt"),
    [
        ([], 1, [["overview", "alarms", "plant"]]),
        (["a", "b", "c"], 2, [["a", "c"], ["b"]]),
        (["a"], 3, [["a"], ["a"], ["a"]]),
        (["a", "b"], 3, [["a"], ["b"], ["a"]]),
    ],
)
def test_pages_are_dealt_out(pages: list[str], screens: int, dealt: list[list[str]]) -> None:
    assert share(pages, screens) == dealt


def test_screens_by_number(qapp: QApplication) -> None:
    names = [screen.name() for screen in qapp.screens()]
    assert screen_names(None) == names
    assert screen_names([0]) == names[:1]
    with pytest.raises(Known, match="没有 9 号屏幕"):
        screen_names([9])


def test_who_logs_in_must_be_said(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("HAZWATCH_USER", "HAZWATCH_PASSWORD"):
        monkeypatch.delenv(name, raising=False)
    assert run_wall("127.0.0.1", None, [], None) == 1
    assert "HAZWATCH_USER" in capsys.readouterr().err


def test_an_unknown_certificate_is_shown_on_the_terminal() -> None:
    said = certificate_sentence(CertificateError("10.0.0.1:8750", "ab" * 32, ""))
    assert "AB AB" in said
    assert "hazwatch console" in said


def test_a_machine_that_cannot_be_kept_awake_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    assert "xset" in keep_awake("linux")
    assert keep_awake("darwin") == ""


@pytest.mark.parametrize(
    ("heights", "wanted"), [([1080], 1.0), ([2160], 2.0), ([2160, 1080], 1.0), ([1440], 1.33), ([768], 1.0), ([], 1.0)]
)
def test_a_wall_of_many_pixels_draws_larger(heights: list[int], wanted: float) -> None:
    assert factor(heights) == wanted


def test_the_screens_are_asked_unless_somebody_has_chosen() -> None:
    chosen = {"QT_SCALE_FACTOR": "1.5"}
    scale_for_wall(chosen)
    assert chosen == {"QT_SCALE_FACTOR": "1.5"}
    offscreen = {**os.environ, "QT_QPA_PLATFORM": "offscreen:/no/such"}
    offscreen.pop("QT_SCALE_FACTOR", None)
    scale_for_wall(offscreen)
    assert "QT_SCALE_FACTOR" not in offscreen

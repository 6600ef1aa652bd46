"""Settings, window places, crash reports, displays: the small parts of the console."""

import json
import sys
import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from PySide6.QtCore import QRect
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from app.console import crash, environment, places
from app.console.crash import CrashReports
from app.console.environment import prepare
from app.console.errors import from_answer
from app.console.history import Past
from app.console.plantside import PlantSide
from app.console.settings import FILE, Place, Settings, load_settings, save_settings
from app.console.setup import fault_cells

FULL = Settings(
    station="https://10.0.0.1:8750",
    user="王工",
    theme="day",
    language="en",
    screen="HDMI-1",
    places={"HDMI-1": Place(10, 20, 1200, 800, True)},
    pins={"10.0.0.1:8750": "ab" * 32},
)


def test_settings_come_back(tmp_path: Path) -> None:
    save_settings(tmp_path / "new", FULL)
    assert load_settings(tmp_path / "new") == FULL
    assert [file.name for file in (tmp_path / "new").iterdir()] == [FILE]


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        (None, Settings()),
        ("", Settings()),
        ("[]", Settings()),
        ('{"theme": 5, "user": "a", "unknown": 1}', Settings(user="a")),
        (
            '{"places": {"A": {"x": 1}, "B": {"x": 1, "y": 2, "width": 3, "height": 4}}}',
            Settings(places={"B": Place(1, 2, 3, 4)}),
        ),
        ('{"pins": 3, "places": []}', Settings()),
    ],
)
def test_damaged_settings_never_stop_a_seat(tmp_path: Path, text: str | None, kept: Settings) -> None:
    if text is not None:
        (tmp_path / FILE).write_text(text, encoding="utf-8")
    assert load_settings(tmp_path) == kept


def test_no_password_is_ever_a_setting() -> None:
    assert not [name for name in Settings.__dataclass_fields__ if "pass" in name or "token" in name]


@pytest.mark.parametrize(
    "remembered",
    [Place(5, 6, 1000, 620), Place(-3000, 50, 1000, 700), Place(700, 500, 9000, 9000), Place(10, 10, 20, 20)],
)
def test_a_window_is_always_wholly_on_its_screen(qtbot: QtBot, remembered: Place) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    screen = QGuiApplication.primaryScreen()
    room: QRect = screen.availableGeometry()
    places.put(window, "a screen that was unplugged", {screen.name(): remembered})
    assert room.contains(window.geometry())
    name, place = places.of(window)
    assert name == screen.name()
    assert (place.x, place.y) == (window.geometry().x() - room.x(), window.geometry().y() - room.y())


def test_a_maximised_window_opens_maximised(qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    places.put(window, "", {})
    assert window.isMaximized()


def test_crash_report(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told: list[str] = []
    reports = CrashReports(tmp_path / "logs", told.append)
    reports.install()
    try:
        for _ in range(3):  # the same bug in a loop: one report
            thread = threading.Thread(target=_fails, name="field")
            thread.start()
            thread.join()
        try:
            _fails()
        except ZeroDivisionError as error:
            sys.excepthook(type(error), error, error.__traceback__)
    finally:
        reports.remove()
    files = list((tmp_path / "logs").iterdir())
    assert len(files) == len(told) == 1
    text = files[0].read_text(encoding="utf-8")
    assert "ZeroDivisionError" in text
    assert "thread field" in text
    assert str(files[0]) in told[0]
    assert sys.excepthook is sys.__excepthook__ or sys.excepthook is not reports._on_exception


def test_crash_reports_are_limited(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crash, "KEEP", 3)
    reports = CrashReports(tmp_path, lambda text: None)
    for number in range(6):
        reports.report(RuntimeError(str(number)), "test")
    kept = sorted(tmp_path.iterdir())
    assert len(kept) == 3
    assert "RuntimeError: 5" in kept[-1].read_text(encoding="utf-8")


def test_a_report_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "logs").write_text("a file, not a folder")
    told: list[str] = []
    CrashReports(tmp_path / "logs", told.append).report(RuntimeError("x"), "test")
    assert "无法写入" in told[0]


def _fails() -> None:
    raise ZeroDivisionError


DISPLAYS = [
    # environment, X answers, sentence, platform, input method
    ({}, True, "没有可用的显示器", None, None),
    ({"QT_QPA_PLATFORM": "offscreen"}, False, "", "offscreen", None),
    ({"DISPLAY": ":0"}, True, "", "xcb", None),
    ({"DISPLAY": ":0", "WAYLAND_DISPLAY": "wayland-0"}, True, "", "xcb", None),
    ({"DISPLAY": ":7"}, False, "连不上显示器 :7", None, None),
    ({"WAYLAND_DISPLAY": "wayland-0"}, False, "", None, None),
    ({"DISPLAY": ":0", "QT_IM_MODULE": "fcitx"}, True, "", "xcb", "ibus"),
    ({"DISPLAY": ":0", "XMODIFIERS": "@im=fcitx5"}, True, "", "xcb", "ibus"),
    ({"DISPLAY": ":0", "QT_IM_MODULE": "ibus"}, True, "", "xcb", "ibus"),
]


@pytest.mark.parametrize(("given", "answers", "sentence", "platform", "method"), DISPLAYS)
def test_displays(
    monkeypatch: pytest.MonkeyPatch,
    given: dict[str, str],
    answers: bool,
    sentence: str,
    platform: str | None,
    method: str | None,
) -> None:
    monkeypatch.setattr(environment, "_answers", lambda display: answers)
    monkeypatch.setattr(environment, "_loads", lambda library: True)
    env = dict(given)
    said = prepare(env, "linux")
    assert sentence in said
    assert bool(said) == bool(sentence)
    assert (env.get("QT_QPA_PLATFORM"), env.get("QT_IM_MODULE")) == (platform, method)


def test_missing_library_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environment, "_answers", lambda display: True)
    monkeypatch.setattr(environment, "_loads", lambda library: False)
    assert "libxcb-cursor0" in prepare({"DISPLAY": ":0"}, "linux")


def test_no_server_on_that_display() -> None:
    assert not environment._answers(":4711")


@pytest.mark.parametrize(
    ("line", "cells"),
    [
        ("tags.csv:12:上限: 空, 应为数字", ("tags.csv", "12", "上限", "空, 应为数字")),
        ("layouts/a.json:0:: 不是 JSON, 应为 JSON", ("layouts/a.json", "0", "", "不是 JSON, 应为 JSON")),
        ("something else", ("", "", "", "something else")),
    ],
)
def test_fault_lines(line: str, cells: tuple[str, str, str, str]) -> None:
    assert fault_cells(line) == cells


def test_the_stations_own_sentence_wins() -> None:
    said = from_answer(422, json.loads('{"error": {"code": "still_active", "message": "报警还在，不能复位"}}'))
    assert (said.message, said.code) == ("报警还在，不能复位", "still_active")


def test_the_faceplate_gets_the_extremes_of_the_past() -> None:
    got: list[tuple[object, ...]] = []
    plant = SimpleNamespace(put_history=lambda *told: got.append(told))
    side = PlantSide(cast(Any, None), cast(Any, plant), cast(Any, None), lambda step: step())
    side.put_history(Past("TK101.LT", 0.0, 60.0, [1.0, 2.0], [10.0, None], [90.0, None], [50.0, None]), "faceplate")
    assert got == [("TK101.LT", [1_000_000, 2_000_000], [10.0, None], [90.0, None])]

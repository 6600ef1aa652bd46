"""One pane as an operator sees it: a live picture is bare, every other one is marked, and a frozen one never looks live."""

import time
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtTest import QTest

from app.domain.alarm import AlarmState
from app.domain.tag import Priority
from app.video.ports import Picture
from tests.widgets.video.synthetic import SyntheticFeed, cameras
from widgets.theme import DAY, NIGHT, Theme, ThemeHolder
from widgets.video import pane as pane_module
from widgets.video.feed import STILL_S, Decoding, Look
from widgets.video.pane import VideoPane
from widgets.video.zoom import Zoom

ORANGE = (30, 120, 240)  # blue, green, red


def flat(width: int = 704, height: int = 576) -> np.ndarray:
    made = np.empty((height, width, 4), np.uint8)
    made[:] = (*ORANGE, 255)
    return made


@pytest.fixture(params=[NIGHT, DAY], ids=["night", "day"])
def theme(request) -> Theme:
    return request.param


@pytest.fixture
def shown(qtbot, theme: Theme) -> tuple[VideoPane, SyntheticFeed]:
    camera = cameras(1)["CAM-01"]
    pane, feed = VideoPane(ThemeHolder(theme)), SyntheticFeed(camera)
    qtbot.addWidget(pane)
    pane.resize(480, 400)
    pane.show()
    pane.show_camera(camera, feed)
    return pane, feed


def picture(pane: VideoPane) -> QImage:
    return pane.grab().toImage()


def share_of(pane: VideoPane, colour: QColor) -> float:
    """Of the pixels of the picture's place that have that colour."""
    image, room = picture(pane), pane.picture_rect()
    points = [(x, y) for x in range(room.left() + 4, room.right() - 4, 7) for y in range(room.top() + 4, room.bottom() - 4, 7)]
    same = sum(1 for x, y in points if _near(image.pixelColor(x, y), colour))
    return same / len(points)


def _near(one: QColor, other: QColor) -> bool:
    return max(abs(one.red() - other.red()), abs(one.green() - other.green()), abs(one.blue() - other.blue())) < 6


LIVE = QColor(ORANGE[2], ORANGE[1], ORANGE[0])


def test_a_live_picture_is_bare_and_not_copied(shown) -> None:
    pane, feed = shown
    pixels = flat()
    feed.step(pixels=pixels)
    assert pane.look(time.monotonic())
    assert share_of(pane, LIVE) == 1.0
    pixels[:] = (0, 0, 0, 255)  # the decoder never writes again; if it did, the pane would show it: it holds no copy
    assert share_of(pane, QColor(0, 0, 0)) == 1.0
    assert pane.said is not None and pane.said.look is Look.LIVE


@pytest.mark.parametrize("look", [one for one in Picture if one is not Picture.LIVE])
def test_every_other_picture_is_grey_and_crossed(shown, look: Picture) -> None:
    pane, feed = shown
    feed.step(pixels=flat())
    pane.look(time.monotonic())
    feed.say(look, "摄像机没有应答", ago=37)
    pane.look(time.monotonic() + 1)
    assert share_of(pane, LIVE) == 0.0
    image, room = picture(pane), pane.room()
    middle = image.pixelColor(room.left() + 3, room.center().y())
    assert _near(middle, QColor(pane._holder.theme.background))  # the band goes from edge to edge
    assert pane.accessibleDescription()


def test_a_stream_that_says_live_but_shows_nothing_new_is_frozen_and_its_age_counts(shown) -> None:
    pane, feed = shown
    feed.step(pixels=flat())
    began = time.monotonic()
    pane.look(began)
    pane.look(began + STILL_S + 1)
    assert pane.said is not None and pane.said.look is Look.FROZEN and pane.said.age >= 3
    assert share_of(pane, LIVE) == 0.0
    before = picture(pane)
    pane.look(began + 40)
    assert pane.said.age >= 40
    assert picture(pane) != before  # it counts up
    feed.step(pixels=flat())
    pane.look(time.monotonic() + 60)  # an old frame again: still not live
    assert pane.said.look is Look.FROZEN


def test_it_is_live_again_with_the_first_new_picture(shown) -> None:
    pane, feed = shown
    feed.step(pixels=flat())
    pane.look(time.monotonic())
    feed.say(Picture.LOST, "网络中断")
    pane.look(time.monotonic() + 1)
    feed.say(Picture.LIVE)
    feed.step(ago=-2, pixels=flat())
    pane.look(time.monotonic() + 2)
    assert share_of(pane, LIVE) == 1.0


def test_another_camera_leaves_nothing_of_the_last(shown) -> None:
    pane, feed = shown
    feed.step(pixels=flat())
    pane.look(time.monotonic())
    other = cameras(2)["CAM-02"]
    pane.show_camera(other, SyntheticFeed(other))
    assert pane.frame is None
    assert pane.picture_rect().isEmpty()
    image = picture(pane)
    points = [image.pixelColor(x, y) for x in range(10, 470, 9) for y in range(30, 390, 9)]
    assert not any(_near(one, LIVE) for one in points)


def test_every_second_picture_and_what_was_never_seen(shown) -> None:
    pane, feed = shown
    pane.every = 2
    for _ in range(20):
        feed.step()
        pane.look(time.monotonic())
    assert pane.painted == 10
    assert pane.unseen == 0
    assert pane.take_counts() == (10, 0)
    for _ in range(4):
        feed.step()
    pane.look(time.monotonic())
    assert pane.take_counts() == (1, 3)


def test_zoom_shows_a_part_and_the_wheel_drives_it(shown, qtbot) -> None:
    pane, feed = shown
    half = flat()
    half[:, :352, :3] = 0
    feed.step(pixels=half)
    pane.look(time.monotonic())
    assert 0.3 < share_of(pane, LIVE) < 0.7
    pane.setFocus()
    pane._zoom_to(pane.zoom.closer(4, QPointF(1, 0.2)))
    assert share_of(pane, LIVE) > 0.7
    qtbot.keyClick(pane, Qt.Key.Key_0)
    assert pane.zoom.whole
    qtbot.keyClick(pane, Qt.Key.Key_Plus)
    assert not pane.zoom.whole
    where = pane.zoom.x
    QTest.mousePress(pane, Qt.MouseButton.LeftButton, pos=QPoint(240, 200))
    QTest.mouseMove(pane, QPoint(200, 200))
    QTest.mouseRelease(pane, Qt.MouseButton.LeftButton, pos=QPoint(200, 200))
    assert pane.zoom.x > where  # the picture follows the hand


def test_its_stream_is_told_how_large_it_is_painted(shown, qtbot) -> None:
    pane, _ = shown
    told: list[tuple[int, int]] = []

    class Fitting(SyntheticFeed):
        def fit(self, wide: int, high: int) -> None:
            told.append((wide, high))

    feed = Fitting(cameras(1)["CAM-01"])
    pane.show_camera(cameras(1)["CAM-01"], feed)
    pane.look(time.monotonic())
    assert told == [(0, 0)]  # nothing is painted yet
    feed.step()
    now = time.monotonic()
    pane.look(now)
    pane.look(now + 1)
    assert told[-1] == pane.picture_rect().size().toTuple() == (460, 376)
    pane._zoom_to(pane.zoom.closer(4, QPointF(0.5, 0.5)))
    pane.look(now + 2)
    assert told[-1] == (0, 0)  # every detail counts
    small = feed.step()
    feed.frame = replace(small, pixels=small.pixels[: 96 * small.stride], columns=120)
    pane._zoom_to(Zoom())
    pane.look(now + 3)
    assert pane.picture_rect().size().toTuple() == (460, 376)  # how it is kept changes nothing of where it stands


def test_double_click_and_enter_enlarge_but_alt_enter_is_the_pages(shown, qtbot) -> None:
    pane, _ = shown
    wanted: list[int] = []
    pane.enlarge.connect(wanted.append)
    QTest.mouseDClick(pane, Qt.MouseButton.LeftButton)
    qtbot.keyClick(pane, Qt.Key.Key_Return)
    qtbot.keyClick(pane, Qt.Key.Key_Return, Qt.KeyboardModifier.AltModifier)
    assert wanted == [0, 0]


def test_an_alarm_of_its_equipment_frames_the_picture(shown, theme: Theme) -> None:
    pane, feed = shown
    feed.step(pixels=flat())
    pane.look(time.monotonic())
    pane.put_alarm((Priority.CRITICAL, AlarmState.UNACK))
    assert _near(picture(pane).pixelColor(1, 200), QColor(theme.priority[0]))
    assert share_of(pane, LIVE) > 0.95


def test_a_paused_pane_says_so(shown) -> None:
    pane, feed = shown
    feed.step()
    pane.look(time.monotonic())
    pane.decoding = Decoding.NONE
    pane.look(time.monotonic() + 5)
    assert pane.said is not None and "暂停" in pane.said.words


def test_nothing_is_painted_without_news(shown) -> None:
    pane, feed = shown
    feed.step()
    now = time.monotonic()
    pane.look(now)
    assert [pane.look(now + step * 0.02) for step in range(1, 10)] == [False] * 9
    assert pane_module.SLOW_S > 0.1

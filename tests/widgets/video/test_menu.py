"""The menu of a pane: everything that can be done with one picture, and what of it makes no sense now."""

import time
from typing import Any

import pytest
from PySide6.QtCore import QPoint, QPointF
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu

from app.domain.alarm import AlarmState
from app.domain.tag import Priority
from app.video.ports import Picture
from tests.widgets.video.synthetic import SyntheticFeeds, cameras
from widgets.theme import ThemeHolder
from widgets.video.arrangement import Arrangement
from widgets.video.page import VideoPage

NAMES = [f"CAM-{number:02}" for number in range(1, 5)]


@pytest.fixture
def page(qtbot: Any, feeds: SyntheticFeeds) -> VideoPage:
    made = VideoPage(ThemeHolder(), feeds)
    qtbot.addWidget(made)
    made.resize(1400, 900)
    made.show()
    made.show_site(cameras(4), {})
    made.show_arrangement(Arrangement(4, tuple(NAMES[:3])))
    return made


def menu_of(page: VideoPage, place: int) -> dict[str, QAction]:
    page.wall.menu_wanted.emit(place, QPoint(10, 10))
    menu = page.findChildren(QMenu)[-1]
    found = {action.text(): action for action in menu.actions() if action.text()}
    menu.hide()
    return found


def pick(page: VideoPage, place: int, word: str) -> None:
    action = next(action for text, action in menu_of(page, place).items() if word in text)
    assert action.isEnabled()
    action.trigger()


def mains(feeds: SyntheticFeeds) -> list[str]:
    return [one.camera.camera for one in feeds.running if one.main]


def test_a_picture_has_all_of_it(page: VideoPage, feeds: SyntheticFeeds) -> None:
    feeds.of(NAMES[0], False).step()
    page.wall.panes[0].look(time.monotonic())
    page.wall.panes[0]._zoom_to(page.wall.panes[0].zoom.closer(1.5, QPointF(0.5, 0.5)))
    said = " ".join(menu_of(page, 0))
    for word in ("放大", "主码流", "重新连接", "取消数字变倍", "抓拍", "没有相关报警", "回放", "平面图", "移走"):
        assert word in said, word
    assert not menu_of(page, 0)["没有相关报警"].isEnabled()


def test_reconnect_reaches_the_stream_of_that_pane_only(page: VideoPage, feeds: SyntheticFeeds) -> None:
    feeds.of(NAMES[1], False).say(Picture.REFUSED, "摄像机不接受用户名或密码。")
    pick(page, 1, "重新连接")
    assert [feeds.of(name, False).retried for name in NAMES[:3]] == [0, 1, 0]


def test_main_stream_by_hand_and_back(page: VideoPage, feeds: SyntheticFeeds) -> None:
    pick(page, 1, "改看主码流")
    assert page.wall.shows_main(1) and mains(feeds) == [NAMES[1]]
    pick(page, 2, "改看主码流")  # one main stream on a wall
    assert page.wall.shows_main(2) and mains(feeds) == [NAMES[2]]
    pick(page, 2, "改看子码流")
    assert not page.wall.shows_main(2) and mains(feeds) == []


def test_large_without_the_main_stream_where_the_net_is_thin(page: VideoPage) -> None:
    page.wall.toggle_large(0)
    assert page.wall.shows_main(0)
    pick(page, 0, "改看子码流")
    assert not page.wall.shows_main(0)
    page.wall.toggle_large(0)
    page.show_arrangement(Arrangement(4, tuple(NAMES[1:])))  # another camera: the choice was for the one before
    page.wall.toggle_large(0)
    assert page.wall.shows_main(0)


def test_alarm_and_playback_of_this_camera(page: VideoPage, qtbot: Any) -> None:
    page.put_alarms({NAMES[0]: (Priority.CRITICAL, AlarmState.UNACK)})
    with qtbot.waitSignal(page.alarm_wanted) as alarm:
        pick(page, 0, "查看相关报警")
    assert alarm.args[0].camera == NAMES[0]
    with qtbot.waitSignal(page.playback_wanted) as back:
        pick(page, 2, "回放")
    assert back.args == [[NAMES[2]]]


def test_an_empty_place_says_what_to_do(page: VideoPage) -> None:
    [(text, action)] = menu_of(page, 3).items()
    assert "拖到这里" in text and not action.isEnabled()

"""The wall: streams begun and ended, hidden panes not decoded, main stream when enlarged, cameras carried about."""

import time
from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt

from app.domain.alarm import AlarmState
from app.domain.tag import Priority
from app.video.ports import Picture
from tests.widgets.video.synthetic import SyntheticFeeds, cameras
from widgets.theme import ThemeHolder
from widgets.video.arrangement import Arrangement
from widgets.video.feed import Decoding
from widgets.video.governor import Step
from widgets.video.page import VideoPage
from widgets.video.wall import VideoWall

NAMES = [f"CAM-{number:02}" for number in range(1, 13)]


@pytest.fixture
def wall(qtbot: Any, feeds: SyntheticFeeds) -> VideoWall:
    made = VideoWall(ThemeHolder(), feeds)
    qtbot.addWidget(made)
    made.resize(1200, 800)
    made.show()
    made.show_cameras(cameras(12))
    made.show_arrangement(Arrangement(4, tuple(NAMES[:3])))
    return made


def wanted(feeds: SyntheticFeeds, camera: str, main: bool = False) -> Decoding:
    return feeds.of(camera, main).wanted[-1]


def running(feeds: SyntheticFeeds) -> list[str]:
    return sorted(one.camera.camera + ("/main" if one.main else "") for one in feeds.running)


def tick(wall: VideoWall, now: float | None = None) -> None:
    wall._look(time.monotonic() if now is None else now)


def test_streams_are_begun_and_ended_with_their_panes(wall: VideoWall, feeds: SyntheticFeeds) -> None:
    assert running(feeds) == NAMES[:3]
    wall.show_arrangement(Arrangement(9, (NAMES[2], NAMES[0], NAMES[5])))
    assert running(feeds) == [NAMES[0], NAMES[2], NAMES[5]]
    assert len(feeds.opened) == 4  # those that stayed were not opened again
    wall.close_all()
    assert running(feeds) == []


def test_what_cannot_be_seen_is_not_decoded(wall: VideoWall, feeds: SyntheticFeeds) -> None:
    assert {wanted(feeds, name) for name in NAMES[:3]} == {Decoding.FULL}
    wall.hide()
    assert {wanted(feeds, name) for name in NAMES[:3]} == {Decoding.NONE}
    wall.show()
    assert {wanted(feeds, name) for name in NAMES[:3]} == {Decoding.FULL}


def test_enlarged_by_the_main_stream_once_it_has_a_picture(wall: VideoWall, feeds: SyntheticFeeds) -> None:
    sub = feeds.of(NAMES[1])
    sub.step()
    tick(wall)
    wall.toggle_large(1)
    assert running(feeds) == sorted([*NAMES[:3], NAMES[1] + "/main"])
    assert wanted(feeds, NAMES[0]) is Decoding.NONE
    tick(wall)
    assert wall.panes[1].feed is sub  # until the main stream shows something
    assert wanted(feeds, NAMES[1]) is Decoding.FULL
    main = feeds.of(NAMES[1], main=True)
    main.step()
    tick(wall)
    assert wall.panes[1].feed is main
    assert wall.panes[1].frame is not None and wall.panes[1].frame.width == 1920
    assert wanted(feeds, NAMES[1]) is Decoding.NONE
    wall.toggle_large(1)
    assert main.closed
    assert wall.panes[1].feed is sub
    assert [wanted(feeds, name) for name in NAMES[:3]] == [Decoding.FULL] * 3


def test_a_main_stream_that_does_not_come_leaves_the_sub_stream(wall: VideoWall, feeds: SyntheticFeeds) -> None:
    feeds.of(NAMES[0]).step()
    wall.toggle_large(0)
    feeds.of(NAMES[0], main=True).say(Picture.REFUSED, "用户名或密码不对")
    tick(wall)
    assert wall.panes[0].feed is feeds.of(NAMES[0])
    assert "主码流没有接通" in wall.panes[0].remark


def test_one_pane_alone_has_the_main_stream(wall: VideoWall, feeds: SyntheticFeeds) -> None:
    wall.show_arrangement(Arrangement(1, (NAMES[0],)))
    assert running(feeds) == [NAMES[0], NAMES[0] + "/main"]


def test_panes_change_places_and_keep_their_streams(wall: VideoWall, feeds: SyntheticFeeds) -> None:
    changed: list[Arrangement] = []
    wall.changed.connect(changed.append)
    to = wall.panes[3].mapToGlobal(QPoint(20, 40))
    wall.carry_over(to, False, place=0)
    assert wall.panes[3]._hovered
    wall.carry_over(to, True, place=0)
    assert changed[-1].group(0) == ("", NAMES[1], NAMES[2], NAMES[0])
    assert len(feeds.opened) == 3
    assert not wall.panes[3]._hovered


def test_a_camera_of_the_tree_is_laid_on_a_pane(wall: VideoWall, feeds: SyntheticFeeds) -> None:
    wall.carry_over(wall.panes[1].mapToGlobal(QPoint(20, 40)), True, camera=NAMES[7])
    assert running(feeds) == sorted([NAMES[0], NAMES[2], NAMES[7]])
    wall.carry_over(QPoint(-5000, -5000), True, camera=NAMES[8])  # beside the wall: nothing happens
    assert NAMES[8] not in running(feeds)


def test_keys(wall: VideoWall, qtbot: Any, feeds: SyntheticFeeds) -> None:
    wall.panes[0].setFocus()
    wall.choose(0)
    qtbot.keyClick(wall.panes[0], Qt.Key.Key_Return)
    assert wall.large == 0
    qtbot.keyClick(wall.panes[0], Qt.Key.Key_Escape)
    assert wall.large is None
    qtbot.keyClick(wall.panes[0], Qt.Key.Key_Delete)
    assert NAMES[0] not in running(feeds)
    escaped: list[int] = []
    wall.escaped.connect(lambda: escaped.append(1))
    qtbot.keyClick(wall.panes[0], Qt.Key.Key_Escape)
    assert escaped


def test_a_camera_whose_address_changed_is_opened_anew(wall: VideoWall, feeds: SyntheticFeeds) -> None:
    from dataclasses import replace

    known = cameras(12)
    known[NAMES[0]] = replace(known[NAMES[0]], sub_url="rtsp://10.9.9.9/sub")
    before = feeds.of(NAMES[0])
    wall.show_cameras(known)
    assert before.closed
    assert feeds.of(NAMES[0]).camera.sub_url == "rtsp://10.9.9.9/sub"


def test_under_load_the_least_important_give_way_and_it_is_said(wall: VideoWall, feeds: SyntheticFeeds) -> None:
    wall.show_arrangement(Arrangement(9, tuple(NAMES[:9])))
    wall.choose(8)
    wall.put_alarms({NAMES[4]: (Priority.CRITICAL, AlarmState.UNACK)})
    said: list[str] = []
    wall.strained.connect(said.append)
    wall.ticker.late_ms = lambda share=0.99: 500.0  # type: ignore[method-assign]
    wall.ticker.own_cores = lambda: 0.9  # type: ignore[method-assign]
    now = time.monotonic()
    for step in range(40):
        tick(wall, now + step * 1.0)
    assert wall.governor.step is Step.ALL_KEYS
    assert len(said) == len(Step) - 1 and all(said)
    assert wanted(feeds, NAMES[8]) is wanted(feeds, NAMES[4]) is Decoding.FULL  # chosen, and with an alarm
    assert {wanted(feeds, name) for name in NAMES[:4]} == {Decoding.KEYS}
    assert wall.panes[0].remark
    wall.ticker.late_ms = lambda share=0.99: 0.0  # type: ignore[method-assign]
    for step in range(200):
        tick(wall, now + 40 + step)
    assert wall.governor.step is Step.FULL
    assert said[-1] == ""
    assert {wanted(feeds, name) for name in NAMES[:9]} == {Decoding.FULL}


def test_a_wall_nobody_touches(qtbot: Any, feeds: SyntheticFeeds) -> None:
    fixed = VideoWall(ThemeHolder(), feeds, fixed=True)
    qtbot.addWidget(fixed)
    fixed.resize(800, 600)
    fixed.show()
    fixed.show_cameras(cameras(4))
    fixed.show_arrangement(Arrangement(4, tuple(NAMES[:4])))
    assert not any(pane.hasFocus() or pane.selected for pane in fixed.panes)
    fixed.carry_over(fixed.panes[1].mapToGlobal(QPoint(20, 40)), True, camera=NAMES[0])
    qtbot.keyClick(fixed.panes[0], Qt.Key.Key_Delete)
    assert fixed.arrangement.cameras == tuple(NAMES[:4])


@pytest.fixture
def page(qtbot: Any, feeds: SyntheticFeeds) -> VideoPage:
    made = VideoPage(ThemeHolder(), feeds)
    qtbot.addWidget(made)
    made.resize(1600, 900)
    made.show()
    made.show_site(cameras(12), {})
    made.begin(None, [])
    return made


def test_a_seat_begins_with_cameras_and_keeps_walls(page: VideoPage) -> None:
    assert len([pane for pane in page.wall.panes if pane.camera is not None]) == 9
    kept: list[list[Arrangement]] = []
    page.walls_changed.connect(kept.append)
    page._keep("夜间")
    assert [one.name for one in kept[-1]] == ["夜间"]
    page.begin(Arrangement(4, ("CAM-02", "gone")), kept[-1])
    assert page.wall.arrangement.cameras == ("CAM-02", "")
    page._forget("夜间")
    assert kept[-1] == []


def test_groups_turn(page: VideoPage) -> None:
    page._show(Arrangement(4, tuple(NAMES[:6]), turn_s=2))
    for _ in range(4):
        page._beat()
    assert page.wall.group == 1
    assert [pane.camera.camera for pane in page.wall.panes if pane.camera is not None] == NAMES[4:6]
    page.wall.toggle_large(0)
    for _ in range(8):
        page._beat()
    assert page.wall.group == 1  # somebody looks closely


def test_shown_from_another_page_it_is_large(page: VideoPage) -> None:
    page.show_camera("CAM-12")
    large = page.wall.large
    assert large is not None
    pane = page.wall.panes[large]
    assert pane.camera is not None and pane.camera.camera == "CAM-12"
    page.show_camera("CAM-01")
    assert page.wall.large == 0


def test_the_tree_finds_by_words_and_equipment(page: VideoPage) -> None:
    page.tree.search.setText("V-3")
    assert page.tree.cameras_listed() == ["CAM-03"]
    page.tree.search.setText("仓库 cam")
    assert set(page.tree.cameras_listed()) == {"CAM-02", "CAM-08"}


def test_logged_out_nothing_runs(page: VideoPage, feeds: SyntheticFeeds) -> None:
    page.clear()
    assert running(feeds) == []
    assert not page.wall.isVisible()

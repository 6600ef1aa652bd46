"""Playback of a recorder that is not ours at a time cursor: together, sought, fast, refused, free again."""

import asyncio
import socket
import struct
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtWidgets import QApplication

from app.console.errors import Refused
from app.console.recorder_footage import LAG_S, RecorderFootage
from app.domain.instant import SECOND, Instant, from_rfc3339
from app.domain.plant import Camera
from tests.console.rig import run_ui, until
from tests.peers import rtsp_process, video_media
from tests.peers.rtsp_process import PASSWORD, USER, RtspPeer
from tests.video.test_rtp import packets
from tests.video.test_rtsp_odd import Camera as Scripted
from widgets.theme import ThemeHolder
from widgets.timecursor import TimeCursor
from widgets.video.feed import Look
from widgets.video.replaypane import ReplayWall

FPS = 25
BEGINS: Instant = 1_790_000_000 * SECOND


@pytest.fixture(scope="module")
def media(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if why := rtsp_process.missing():
        pytest.skip(why)
    folder = tmp_path_factory.mktemp("recorder")
    video_media.make(folder, "record_h264", "h264", 256, 96, 500, gop=25, kbit=256)
    video_media.wrap(folder, "record_h264")
    return folder


@pytest.fixture
def recorder(media: Path) -> Iterator[RtspPeer]:
    with RtspPeer(media, auth="digest", more=["--one-playback"]) as running:
        yield running


class FakeSeat:
    """What the footage asks of a seat: where the recording is, as the station would say."""

    def __init__(self, peer: RtspPeer, password: str = PASSWORD) -> None:
        self.peer, self.password = peer, password
        self.tasks: list[asyncio.Task[Any]] = []
        self.asked: list[Instant] = []
        self.refused: Refused | None = None

    async def call(self, method: str, path: str, json: Any = None, params: Any = None) -> Any:
        assert (method, path.rpartition("/")[2]) == ("GET", "playback")
        if self.refused is not None:
            raise self.refused
        start = from_rfc3339(params["start"])
        self.asked.append(start)
        url = f"rtsp://127.0.0.1:{self.peer.port}/Streaming/tracks/701?starttime={start // SECOND}"
        return {"url": url, "user": USER, "password": self.password, "offset_s": 0.0}

    def run(self, work: Any) -> Any:
        self.tasks.append(asyncio.get_running_loop().create_task(work))
        return self.tasks[-1]


def number_of(frame: Any) -> int:
    rows = np.frombuffer(frame.pixels, np.uint8).reshape(frame.height, -1)[:, : frame.width * 4]
    return video_media.number_of(rows.reshape(frame.height, frame.width, 4)[:, :, 1])


class Cursor:
    """A cursor that goes on by itself while it is asked."""

    def __init__(self, footage: RecorderFootage, speed: float) -> None:
        self.footage, self.speed, self.at, self.began = footage, speed, BEGINS, 0.0
        footage.pace(speed)

    def frame(self) -> Any:
        frame = self.footage.frame_at(self.at)
        if frame is not None:
            self.began = self.began or time.monotonic()
            self.at = BEGINS + round((time.monotonic() - self.began) * self.speed * SECOND)
        return frame


@pytest.mark.parametrize("speed", [0.5, 1.0, 4.0])
async def test_the_picture_of_the_cursor_at_every_speed(recorder: RtspPeer, speed: float) -> None:
    seat: Any = FakeSeat(recorder)
    footage = RecorderFootage(seat, "NVR1-07")
    cursor = Cursor(footage, speed)
    seen: list[tuple[int, int, float]] = []

    def enough() -> bool:
        frame = cursor.frame()
        if frame is not None:
            seen.append((number_of(frame), round((frame.wall - BEGINS) / SECOND * FPS), (cursor.at - frame.wall) / SECOND))
        return len(seen) > 1 and seen[-1][0] > 20 * speed

    try:
        await until(enough)
    finally:
        footage.stop()
    assert all(shown == told for shown, told, _ in seen), seen[:5]
    late = sorted(late for _, _, late in seen[len(seen) // 2 :])
    assert late[len(late) // 2] < 0.3 * max(1.0, speed)
    assert len(seat.asked) == 1, "one session did for all of it"


class OneSpeed(Scripted):
    """A recorder that knows no Scale: whatever is asked, it plays as in life and says nothing of a speed."""

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2].partition("/")[0])

    def _stream(self, connection: socket.socket) -> None:
        began = time.monotonic()
        try:
            for number, packet in enumerate(paced(100)):
                for part in packet:
                    connection.sendall(struct.pack(">cBH", b"$", self.channel, len(part)) + part)
                time.sleep(max(0.0, began + number / FPS - time.monotonic()))
        except OSError:
            return


def paced(pictures: int) -> list[list[bytes]]:
    """RTP packets, picture by picture."""
    found: list[list[bytes]] = [[]]
    for one in packets("h264", pictures):
        found[-1].append(one)
        if one[1] & 0x80:
            found.append([])
    return found[:-1]


async def test_a_recorder_without_fast_play_is_shown_in_jumps() -> None:
    """Eight times as fast: it jumps on to where the cursor is, shows what belongs there, says so, and holds nobody up."""
    with OneSpeed() as recorder:
        seat: Any = FakeSeat(recorder)  # type: ignore[arg-type]  # a port is all it asks for
        footage = RecorderFootage(seat, "NVR1-07")
        footage.pace(8.0)
        began = time.monotonic()
        seen: list[tuple[int, Instant, Instant]] = []  # number drawn in it, when it says it was, where the cursor stands

        def enough() -> bool:
            at = BEGINS + round((time.monotonic() - began) * 8 * SECOND)
            frame = footage.frame_at(at)
            if frame is not None:
                seen.append((number_of(frame), frame.wall, at))
                assert footage.words_at(at) == "录像机不支持快放，跳着显示" and not footage.waiting
            return len(seat.asked) >= 3 and bool(seen) and seen[-1][1] >= seat.asked[-1]

        try:
            await until(enough)
        finally:
            footage.stop()
        assert seat.asked == sorted(set(seat.asked)), "only ever ahead"
        for number, wall, at in seen:
            session = max(asked for asked in seat.asked if asked // SECOND * SECOND <= wall) // SECOND * SECOND
            assert wall == pytest.approx(session + number * SECOND // FPS, abs=SECOND // FPS), "the right moment is told"
            assert abs(at - wall) <= 4 * LAG_S * SECOND, "nothing older than that is shown as the picture of the cursor"
        assert len({wall for _, wall, _ in seen if wall >= seat.asked[1] - SECOND}) > 10, "pictures of every jump were shown"
        plays = [one for one in recorder.heard if one.startswith("PLAY")]
        assert len(plays) >= 3 and "Scale: 8" in plays[0]
        assert not any("Scale" in one for one in plays[1:]), "what it does not know is not asked again"


async def test_a_jump_is_another_session_and_the_place_is_free_by_then(recorder: RtspPeer) -> None:
    """The recorder serves one playback: each session ended before the next one began."""
    seat: Any = FakeSeat(recorder)
    footage = RecorderFootage(seat, "NVR1-07")
    try:
        for jump in (0, 3600, 1800):
            at = BEGINS + jump * SECOND
            await until(lambda at=at: footage.frame_at(at) is not None)
            assert footage.words_at(at) == "录像机"
        assert seat.asked == [BEGINS, BEGINS + 3600 * SECOND, BEGINS + 1800 * SECOND]
    finally:
        footage.stop()


async def test_no_picture_of_another_place_while_it_is_sought_in_fast_play(recorder: RtspPeer) -> None:
    """Jumped far back and forth while it plays: what is shown was recorded near the cursor, and says when; until it is there
    nothing is shown."""
    seat: Any = FakeSeat(recorder)
    footage = RecorderFootage(seat, "NVR1-07")
    footage.pace(8.0)
    allowed = round(LAG_S * 4 * SECOND)
    try:
        for jump in (0, 7200, 3600, 5400):
            place, began = BEGINS + jump * SECOND, time.monotonic()
            seen: list[Instant] = []
            hidden = 0

            def enough(place: Instant = place, began: float = began, seen: list[Instant] = seen) -> bool:
                nonlocal hidden
                at = place + round((time.monotonic() - began) * 8 * SECOND)
                frame = footage.frame_at(at)
                if frame is None:
                    hidden += 1
                    return False
                assert abs(at - frame.wall) <= allowed
                session = max(one for one in seat.asked if one // SECOND * SECOND <= frame.wall) // SECOND * SECOND
                assert frame.wall == pytest.approx(session + number_of(frame) * SECOND // FPS, abs=SECOND // FPS)
                seen.append(frame.wall)
                return len(set(seen)) >= 5

            await until(enough)
            assert hidden, "at first there was none of this place"
    finally:
        footage.stop()


async def test_a_wrong_password_is_said_and_not_tried_again(recorder: RtspPeer) -> None:
    seat: Any = FakeSeat(recorder, "wrong")
    footage = RecorderFootage(seat, "NVR1-07")
    try:
        await until(lambda: footage.frame_at(BEGINS) is None and "用户名或密码" in footage.words_at(BEGINS))
        assert "wrong" not in footage.words_at(BEGINS)
        for _ in range(20):
            assert footage.frame_at(BEGINS) is None
            await asyncio.sleep(0.02)
        assert len(seat.asked) == 1
        seat.password = PASSWORD
        footage.retry()
        await until(lambda: footage.frame_at(BEGINS) is not None)
    finally:
        footage.stop()


async def test_a_camera_without_a_recorder_says_so(recorder: RtspPeer) -> None:
    seat: Any = FakeSeat(recorder)
    seat.refused = Refused("摄像机 X 没有录像机", "no_nvr", 422)
    footage = RecorderFootage(seat, "X")
    await until(lambda: footage.frame_at(BEGINS) is None and "没有录像机" in footage.words_at(BEGINS))
    assert not footage.waiting
    footage.stop()


def test_a_second_playback_is_refused_on_its_pane_and_the_other_goes_on(qapp: QApplication, recorder: RtspPeer) -> None:
    """On a replay wall; when the first is let go of, the second gets its turn."""

    async def story() -> None:
        seat: Any = FakeSeat(recorder)
        wall, cursor = ReplayWall(ThemeHolder()), TimeCursor()
        wall.show_cameras({code: Camera(code, "罐区") for code in ("A", "B")})
        wall.pick(["A", "B"])
        wall.follow(cursor)
        wall.resize(800, 300)
        wall.show()
        cursor.set_span(BEGINS, BEGINS + 600 * SECOND)
        first, second = RecorderFootage(seat, "A"), RecorderFootage(seat, "B")
        try:
            wall.show_footage({"A": first})
            await until(lambda: look_of(wall, 0) is Look.REPLAY)
            wall.show_footage({"A": first, "B": second})
            await until(lambda: "453" in words_of(wall, 1))
            assert look_of(wall, 1) is Look.EMPTY
            await until(lambda: look_of(wall, 0) is Look.REPLAY)
            cursor.play(True)
            painted, began = wall.panes[0].painted, time.monotonic()
            await until(lambda: advanced(cursor, began) and wall.panes[0].painted > painted + 10)
            cursor.play(False)
            first.stop()
            wall.show_footage({"B": second})
            second.retry()
            await until(lambda: look_of(wall, 1) is Look.REPLAY)
        finally:
            first.stop()
            second.stop()
            wall.close()
            wall.deleteLater()

    run_ui(qapp, story())


def advanced(cursor: TimeCursor, began: float) -> bool:
    cursor.go(BEGINS + round((time.monotonic() - began) * SECOND))
    return True


def look_of(wall: ReplayWall, place: int) -> Look | None:
    said = wall.panes[place].said
    return None if said is None else said.look


def words_of(wall: ReplayWall, place: int) -> str:
    said = wall.panes[place].said
    return "" if said is None else said.words

"""The streams of a seat: shared, decoded as far as somebody looks, ended with the last one who does. And reels of clips."""

import asyncio
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app.console.errors import Known
from app.console.streams import CameraFeed, Streams
from app.domain.instant import SECOND
from app.domain.plant import Camera
from app.video.ports import Picture, Wish
from app.video.reel import Reel
from app.video.sources import Address
from tests.console.rig import until
from tests.console.video_rig import RATE, number_of, write_numbers
from tests.pace import ENOUGH_S, Stopwatch
from widgets.video.feed import Decoding

BEGINS = 1_790_000_000 * SECOND


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_numbers(tmp_path_factory.mktemp("film") / "video" / "cam.mp4")


def camera(sub: str = "file://video/cam.mp4", main: str = "file://video/cam.mp4#main") -> Camera:
    return Camera("CAM-01", "罐区", main, sub)


class World:
    """A station that hands out addresses, as the test wants it to."""

    def __init__(self, film: Path) -> None:
        self._film = film
        self.asked: list[tuple[str, bool]] = []
        self.refuse = 0
        self.tasks: list[asyncio.Task[Any]] = []

    async def address(self, camera: Camera, main: bool) -> Address:
        self.asked.append((camera.camera, main))
        if self.refuse:
            self.refuse -= 1
            raise Known("站点没有应答")
        return Address(camera.sub_url, folder=self._film.parents[1])

    def run(self, work: Any) -> Any:
        self.tasks.append(asyncio.get_running_loop().create_task(work))
        return self.tasks[-1]


def named(prefix: str) -> list[str]:
    return [one.name for one in threading.enumerate() if one.name.startswith(prefix)]


async def test_shared_decoded_and_ended(film: Path) -> None:
    world = World(film)
    streams = Streams(world.address, world.run)
    one, other = streams.open(camera(), False), streams.open(camera(), False)
    one.want(Decoding.FULL)
    await until(lambda: one.newest() is not None and one.state().picture is Picture.LIVE)
    assert other.newest() is not None  # the same stream
    assert world.asked == [("CAM-01", False)]
    assert named("video:") == ["video:CAM-01"]
    stream = one.shared.stream
    assert stream is not None
    other.want(Decoding.KEYS)
    assert stream.wish is Wish.FULL
    one.want(Decoding.NONE)
    assert stream.wish is Wish.SLOW
    other.want(Decoding.NONE)
    one.want(Decoding.FULL)
    one.fit(60, 36)
    await until(lambda: (frame := one.newest()) is not None and (frame.columns, frame.rows) == (60, 36))
    other.want(Decoding.FULL)  # by somebody who wants every detail
    await until(lambda: (frame := one.newest()) is not None and frame.rows == frame.height)
    other.fit(100, 60)
    await until(lambda: (frame := one.newest()) is not None and (frame.columns, frame.rows) == (100, 60))
    one.want(Decoding.NONE)
    other.want(Decoding.NONE)
    assert stream.wish is Wish.NONE
    await asyncio.sleep(0.1)
    still = one.newest()
    await asyncio.sleep(2.1)
    assert one.newest() is still  # nothing is decoded
    one.want(Decoding.FULL)
    watch = Stopwatch()
    await until(lambda: one.newest() is not still)
    assert watch.seconds < 0.5  # caught up from the key picture that passed meanwhile
    streams.close(one)
    assert streams.running == 1
    streams.close(other)
    assert streams.running == 0
    await until(lambda: not named("video:"))
    streams.stop()


async def test_key_pictures_are_shown_to_a_pane_that_gave_way(film: Path) -> None:
    world = World(film)
    streams = Streams(world.address, world.run)
    feed = streams.open(camera(), False)
    feed.want(Decoding.KEYS)
    seen: set[int] = set()

    def note() -> bool:
        frame = feed.newest()
        if frame is not None:
            seen.add(number_of(frame))
        return len(seen) >= 2

    await until(note)
    assert all(abs(number % (2 * RATE)) <= 2 for number in seen), seen  # key pictures come every two seconds
    streams.stop()


async def test_an_address_is_asked_for_until_there_is_one(film: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.console.streams.ASK_AGAIN_S", 0.05)
    world = World(film)
    world.refuse = 2
    streams = Streams(world.address, world.run)
    feed = streams.open(camera(), False)
    await until(lambda: feed.state().picture is Picture.LOST)
    assert "站点没有应答" in feed.state().words
    feed.want(Decoding.FULL)
    await until(lambda: feed.newest() is not None)
    assert len(world.asked) == 3
    streams.stop()


@pytest.mark.parametrize(
    ("sub", "main", "words"),
    [
        ("", "", "没有配置视频地址"),
        ("gb28181://a/b", "", "不能播放"),
        ("file://no.mp4", "", "没有这个录像文件"),
    ],
)
async def test_what_cannot_be_read_says_why(film: Path, sub: str, main: str, words: str) -> None:
    world = World(film)
    streams = Streams(world.address, world.run)
    feed = streams.open(camera(sub, main), False)
    await until(lambda: feed.state().picture is Picture.REFUSED)
    assert words in feed.state().words
    assert feed.newest() is None
    streams.stop()


async def test_after_a_refusal_reconnecting_asks_for_the_address_again(film: Path) -> None:
    """The file was not there, or the password was mended in the station: what counts is what the station says now."""
    world, gone = World(film), True

    async def address(one: Camera, main: bool) -> Address:
        found = await world.address(one, main)
        return Address("file://video/nothing.mp4", folder=found.folder) if gone else found

    streams = Streams(address, world.run)
    feed = streams.open(camera(), False)
    feed.want(Decoding.FULL)
    await until(lambda: feed.state().picture is Picture.REFUSED)
    gone = False
    feed.retry_now()
    await until(lambda: feed.state().picture is Picture.LIVE and feed.newest() is not None)
    assert len(world.asked) == 2
    before = feed.newest()
    feed.retry_now()  # also where a picture comes; the address is still good
    stream = feed.shared.stream
    assert stream is not None
    await until(lambda: stream.reconnects > 0 and feed.newest() is not before)
    assert len(world.asked) == 2
    streams.close(feed)
    streams.stop()


async def test_closed_before_its_address_came(film: Path) -> None:
    world = World(film)
    streams = Streams(world.address, world.run)
    feed = streams.open(camera(), False)
    assert isinstance(feed, CameraFeed)
    streams.close(feed)
    await asyncio.gather(*world.tasks, return_exceptions=True)
    assert not named("video:")
    streams.stop()


def test_an_address_does_not_print_its_password() -> None:
    assert "geheim" not in f"{Address('rtsp://x', 'admin', 'geheim')!r}"


def _shows(reel: Reel, number: int, seconds: float = ENOUGH_S) -> bool:
    return _soon(lambda: (frame := reel.frame()) is not None and number_of(frame) == number, seconds)


def _soon(true: Callable[[], bool], seconds: float) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if true():
            return True
        time.sleep(0.005)
    return False


@pytest.fixture
def reel(film: Path) -> Any:
    made = Reel("CAM-01", film, BEGINS)
    made.start()
    yield made
    assert made.stop(ENOUGH_S)


def at(number: float) -> int:
    return BEGINS + round(number / float(RATE) * SECOND)


@pytest.mark.parametrize("numbers", [[0], [10, 11, 12], [70], [70, 3], [99, 0, 98, 1], [49, 50, 51, 49, 48]])
def test_a_reel_shows_the_picture_of_the_moment(reel: Reel, numbers: list[int]) -> None:
    for number in numbers:
        reel.show(at(number + 0.4))
        assert _shows(reel, number), (number, reel.fault, reel.frame() and number_of(reel.frame()))
        frame = reel.frame()
        assert frame is not None and abs(frame.wall - at(number)) < SECOND / 50


def test_a_reel_beyond_its_ends_and_where_it_can_be_stepped(reel: Reel) -> None:
    reel.show(at(-500))
    assert _shows(reel, 0)
    reel.show(at(9999))
    assert _shows(reel, 99)
    assert reel.keys == [at(0), at(50)]
    assert reel.covers(at(50)) and not reel.covers(at(120))


def test_only_the_last_wish_counts(reel: Reel) -> None:
    for number in range(0, 100, 3):
        reel.show(at(100 - number))
    reel.show(at(42.4))
    assert _shows(reel, 42)


def test_a_broken_clip_says_so(tmp_path: Path) -> None:
    (tmp_path / "x.mp4").write_bytes(b"no film")
    broken = Reel("X", tmp_path / "x.mp4", BEGINS)
    broken.start()
    broken.show(BEGINS)
    assert _soon(lambda: bool(broken.fault), ENOUGH_S)
    assert broken.stop(ENOUGH_S)

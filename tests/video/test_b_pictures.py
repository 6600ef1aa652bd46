"""Cameras that send B pictures: shown in order, put into a file that says when each is decoded and shown, and played back."""

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import pytest

from app.domain.instant import SECOND
from app.video.clip import check_clip, write_clip
from app.video.decoder import Decoder
from app.video.files import FileSource
from app.video.live import LiveStream
from app.video.mp4 import depth_of
from app.video.ports import Packet, PacketSource, SourceLost, StreamInfo, Wish
from app.video.recorded import Placing
from app.video.ring import Ring
from app.video.rtp import Unit
from app.video.rtsp import RtspSource
from tests.pace import ENOUGH_S
from tests.peers import video_media
from tests.peers.rtsp_process import RtspPeer
from tests.peers.video_media import number_of
from tests.video.making import EPOCH, FPS, b_packets, packets, reordered
from tests.video.waiting import all_stop, until

KINDS = [(codec, pyramid) for codec in ("h264", "hevc") for pyramid in (False, True)]


def ring_of(made: "list[Packet] | tuple[Packet, ...]") -> Ring:
    ring = Ring(seconds=60)
    for packet in made:
        ring.add(packet)
    return ring


def shown_in(path: Path) -> list[tuple[float, int]]:
    """(seconds, number drawn in it) of each picture, as a player shows them."""
    with av.open(str(path)) as container:
        return [(float(one.time), number_of(one.to_ndarray(format="gray"))) for one in container.decode(video=0)]


def stamps_in(path: Path) -> list[tuple[int, int]]:
    with av.open(str(path)) as container:
        return [(one.dts, one.pts) for one in container.demux(video=0) if one.size]


def assert_plays(path: Path, pictures: int) -> None:
    """Every picture decodes, in order, each when it is due; decoding times rise and none is behind its showing."""
    check = check_clip(path)
    assert check.sound and check.pictures == pictures, check.words
    found = shown_in(path)
    first = found[0][1]
    assert [number for _, number in found] == list(range(first, first + pictures))
    assert [at - found[0][0] for at, _ in found] == pytest.approx([n / FPS for n in range(pictures)], abs=0.002)
    stamps = stamps_in(path)
    assert all(before < after for (before, _), (after, _) in pairwise(stamps)) and all(dts <= pts for dts, pts in stamps)


@pytest.mark.parametrize(("codec", "pyramid"), KINDS)
def test_a_file_of_them_plays_in_order(tmp_path: Path, codec: str, pyramid: bool) -> None:
    made = b_packets(codec, pyramid)
    assert any(after.pts < before.pts for before, after in pairwise(made)), "nothing is reordered"
    clip = write_clip(ring_of(made), tmp_path / "a.mp4", EPOCH, EPOCH + 10 * SECOND, now=lambda: EPOCH + 60 * SECOND)
    assert_plays(clip.path, len(made))


@pytest.mark.parametrize(("codec", "pyramid"), KINDS)
def test_a_file_that_begins_at_an_open_group_of_them(tmp_path: Path, codec: str, pyramid: bool) -> None:
    """Two or three pictures behind the key picture are shown before it and made from what is not in the file."""
    made = b_packets(codec, pyramid, open_gop=True)
    key = [place for place, one in enumerate(made) if one.key][1]
    leaning = [one for one in made[key + 1 : key + 8] if one.pts < made[key].pts]
    assert leaning, "the group is not open"
    clip = write_clip(ring_of(made[key:]), tmp_path / "a.mp4", EPOCH, EPOCH + 10 * SECOND, now=lambda: EPOCH + 60 * SECOND)
    assert_plays(clip.path, len(made) - key - len(leaning))
    assert clip.packets == len(made) - key - len(leaning)
    whole = write_clip(ring_of(made), tmp_path / "b.mp4", EPOCH, EPOCH + 10 * SECOND, now=lambda: EPOCH + 60 * SECOND)
    assert_plays(whole.path, len(made))  # where what they lean on is there, none is left out


def test_a_camera_that_comes_back_at_an_open_group_of_them(tmp_path: Path) -> None:
    """Of what it sends then, all is left out that leans on what was missed."""
    made = b_packets("hevc", open_gop=True)
    first, second, third = [place for place, one in enumerate(made) if one.key][:3]
    again = replace(made[0].info)
    back = [replace(one, info=again) for one in made[second + 5 :]]
    clip = write_clip(
        ring_of([*made[first:second], *back]), tmp_path / "a.mp4", EPOCH, EPOCH + 10 * SECOND, now=lambda: EPOCH + 60 * SECOND
    )
    leaning = [one for one in made[third + 1 :] if one.pts < made[third].pts]
    check = check_clip(clip.path)
    assert check.sound and check.pictures == second + len(made) - third - len(leaning), check.words


def test_how_deep_they_lie() -> None:
    assert depth_of(packets(2)) == (0, pytest.approx(0.04))
    assert depth_of(b_packets("h264", False)[:32]) == (1, pytest.approx(0.04))
    assert depth_of(b_packets("h264", True)[:32])[0] == 2
    assert depth_of([]) == (0, 0.04)


def test_a_camera_that_begins_with_them_in_the_middle(tmp_path: Path) -> None:
    """Set so while it films: the pictures round the change lie a little off, none is lost, and the rest is in order."""
    late = [
        replace(one, pts=one.pts + 4 * 90_000, arrived=one.arrived + 4.0, wall=one.wall + 4 * SECOND) for one in b_packets()
    ]
    made = [*(replace(one, dts=None) for one in packets(4)), *late]
    clip = write_clip(ring_of(made), tmp_path / "a.mp4", EPOCH, EPOCH + 10 * SECOND, now=lambda: EPOCH + 60 * SECOND)
    check = check_clip(clip.path)
    assert check.sound and check.pictures == len(made), check.words
    found = shown_in(clip.path)
    assert [number for _, number in found[-90:]] == list(range(10, 100))
    stamps = stamps_in(clip.path)
    assert all(before < after for (before, _), (after, _) in pairwise(stamps)) and all(dts <= pts for dts, pts in stamps)


@pytest.mark.parametrize("codec", ["h264", "hevc"])
def test_the_decoder_gives_them_in_order(codec: str) -> None:
    decoder, found = Decoder(), []
    for packet in b_packets(codec):
        found += [number_of(one.picture.to_ndarray(format="gray")) for one in decoder.decode(packet)]
    assert len(found) > 90 and found == list(range(len(found))) and not decoder.corrupt


class Film(PacketSource):
    """A camera whose packets are given."""

    def __init__(self, made: list[Packet]) -> None:
        self._made, self._over = made, False

    def open(self) -> StreamInfo:
        return self._made[0].info

    def packets(self) -> Iterator[Packet]:
        yield from self._made
        while not self._over:
            time.sleep(0.01)
        raise SourceLost("")

    def interrupt(self) -> None:
        self._over = True

    def close(self) -> None:
        self._over = True


def test_recordings_with_them_are_placed_where_they_belong() -> None:
    placing = Placing(90_000, EPOCH)
    placing.anew(1.0)
    found = [placing.place(Unit(b"", key, shown * 3600), n / FPS)[0][1] for n, (_, key, shown) in enumerate(reordered())]
    wanted = [EPOCH + shown * SECOND // FPS for _, _, shown in reordered()]
    assert [round((at - right) / SECOND, 3) for at, right in zip(found, wanted, strict=True)] == [0.0] * len(found)


def test_a_film_as_a_camera_keeps_when_each_is_shown(tmp_path: Path) -> None:
    """Played round and round, and cut into a clip again."""
    made = b_packets()
    film = write_clip(ring_of(made), tmp_path / "film.mp4", EPOCH, EPOCH + 10 * SECOND, now=lambda: EPOCH + 60 * SECOND)
    source = FileSource(film.path.as_uri())
    source.open()
    try:
        again = [packet for packet, _ in zip(source.packets(), range(50), strict=False)]
    finally:
        source.close()
    assert any(one.pts != one.dts for one in again)
    clip = write_clip(
        ring_of(again), tmp_path / "a.mp4", again[0].wall, again[-1].wall, now=lambda: again[-1].wall + 9 * SECOND
    )
    numbers = [number for _, number in shown_in(clip.path)]
    assert numbers == sorted(numbers) and len(numbers) == 50 and check_clip(clip.path).sound


@pytest.fixture(scope="module")
def b_media(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A recording with B pictures, eight seconds, as GStreamer plays it."""
    folder = tmp_path_factory.mktemp("b")
    video_media.make(folder, "record_h264", "h264", 320, 240, 25, gop=25, kbit=256)
    with av.open(str(folder / "record_h264.mp4"), "w") as out:
        stream = out.add_stream("libx264", rate=FPS)
        stream.width, stream.height, stream.pix_fmt, stream.time_base = 320, 240, "yuv420p", Fraction(1, FPS)
        stream.options = {"preset": "ultrafast", "x264-params": "keyint=25:min-keyint=25:scenecut=0:bframes=2:b-adapt=0"}
        for number, pixels in enumerate(video_media.drawn(8 * FPS, 320, 240)):
            picture = av.VideoFrame.from_ndarray(pixels, format="rgb24")
            picture.pts = number
            out.mux(stream.encode(picture))
        out.mux(stream.encode(None))
    return folder


@pytest.fixture
def b_peer(_peer_at_hand: None, b_media: Path) -> Iterator[RtspPeer]:
    with RtspPeer(b_media) as running:
        yield running


@pytest.fixture
def open_peer(_peer_at_hand: None, tmp_path: Path) -> Iterator[RtspPeer]:
    """A recording of H.265 with open groups of pictures, eight seconds."""
    video_media.make(tmp_path, "main_h265", "h265", 320, 240, 25, gop=25, kbit=256)
    with av.open(str(tmp_path / "main_h265.mp4"), "w") as out:
        stream = out.add_stream("libx265", rate=FPS)
        stream.width, stream.height, stream.pix_fmt, stream.time_base = 320, 240, "yuv420p", Fraction(1, FPS)
        gops = "keyint=27:min-keyint=1:open-gop=1:scenecut=0:bframes=3:b-adapt=0"
        stream.options = {"preset": "ultrafast", "x265-params": f"{gops}:log-level=none:frame-threads=1"}
        for number, pixels in enumerate(video_media.drawn(8 * FPS, 320, 240)):
            picture = av.VideoFrame.from_ndarray(pixels, format="rgb24")
            picture.pts = number
            out.mux(stream.encode(picture))
        out.mux(stream.encode(None))
    with RtspPeer(tmp_path) as running:
        yield running


@pytest.fixture
def start() -> Iterator[Callable[..., LiveStream]]:
    running: list[LiveStream] = []

    def starting(url: str, wish: Wish = Wish.FULL, **more: object) -> LiveStream:
        running.append(LiveStream("cam", lambda: RtspSource(url, open_s=3.0, read_s=2.0), wish, **more))
        running[-1].start()
        return running[-1]

    yield starting
    all_stop(running)


def test_from_a_server_that_is_not_ours_live_and_into_a_clip(b_peer: RtspPeer, start, tmp_path: Path) -> None:
    ring, kept = Ring(seconds=60), []
    stream = start(b_peer.url("/Streaming/tracks/101"), sinks=(ring.add, kept.append))
    seen: list[int] = []

    def look() -> bool:
        frame = stream.frame()
        if frame is not None and (not seen or frame.number > look.last):
            look.last = frame.number
            rows = memoryview(frame.whole().pixels).cast("B")
            grey = [[rows[8 * frame.stride + 4 * (16 * bit + 8)] for bit in range(16)]]
            seen.append(int("".join("1" if one > 128 else "0" for one in grey[0]), 2))
        return len(kept) >= 100

    look.last = -1
    until(look)
    assert len(seen) > 40 and seen == sorted(seen), "a picture was shown after a later one"
    assert any(after.pts < before.pts for before, after in pairwise(kept)), "the peer reorders"
    first, last = ring.span
    clip = write_clip(ring, tmp_path / "a.mp4", first, last, now=lambda: last + 60 * SECOND)
    assert stream.state().corrupt == 0
    check = check_clip(clip.path)
    assert check.sound and check.pictures == clip.packets >= 100, check.words
    numbers = [number for _, number in shown_in(clip.path)]
    # the clip ends where the span ends: B pictures that were still to come leave gaps at the very end only
    assert numbers == sorted(numbers) and numbers[: len(numbers) - 3] == list(range(numbers[0], numbers[0] + len(numbers) - 3))


def test_a_clip_out_of_the_middle_of_open_groups_from_a_server_that_is_not_ours(open_peer: RtspPeer, start, tmp_path) -> None:
    ring, kept = Ring(seconds=60), []
    start(open_peer.url("/Streaming/tracks/101"), sinks=(ring.add, kept.append))
    until(lambda: len(kept) >= 110)
    second = [place for place, one in enumerate(kept) if one.key][1]
    leaning = [one for one in kept[second + 1 : second + 8] if one.pts < kept[second].pts]
    assert kept[0].info.codec == "hevc" and leaning, "the peer's groups are open"
    begun, last = kept[second + 9].wall, kept[109].wall
    clip = write_clip(ring, tmp_path / "a.mp4", begun, last, now=lambda: last + 60 * SECOND)
    assert clip.first == kept[second].wall <= begun
    check = check_clip(clip.path)
    assert check.sound and check.pictures == clip.packets == 110 - second - len(leaning), check.words


@pytest.mark.parametrize("wish", [Wish.KEYS, Wish.SLOW])
def test_key_pictures_alone_are_seen(wish: Wish) -> None:
    """A hidden pane, and the station's ring: the codec keeps a picture back until it knows what is shown before it."""
    stream = LiveStream("cam", lambda: Film(list(b_packets())), wish, keys_s=0.0)
    stream.start()
    try:
        until(lambda: stream.decoded >= 3)
        assert wish is Wish.KEYS or stream.frame() is not None
    finally:
        assert stream.stop(ENOUGH_S)

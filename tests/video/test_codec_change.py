"""A camera set to another codec while it is watched, without a restart: noticed at once, asked again, no clip is broken."""

import struct
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.domain.instant import SECOND
from app.video.clip import ClipFile, check_clip, write_clip
from app.video.live import LiveStream
from app.video.ports import Picture
from app.video.ring import Ring
from app.video.rtp import Depacketiser
from app.video.rtsp import RtspSource
from tests.pace import ENOUGH_S, Stopwatch
from tests.video.making import encoded
from tests.video.test_rtp import nals, packets
from tests.video.test_rtsp_odd import SDP, Camera
from tests.video.waiting import until

BOTH = [("h264", "hevc"), ("hevc", "h264")]
BEFORE = 40


def sdp_of(codec: str) -> str:
    return SDP if codec == "h264" else SDP.replace("H264", "H265")


def through(codec: str, given: list[bytes]) -> tuple[list[bytes], Depacketiser]:
    depacketiser = Depacketiser(codec)
    taken = (depacketiser.take(one, 0, len(one)) for one in given)
    return [unit.data for unit in taken if unit is not None], depacketiser


def alone(nal: bytes) -> bytes:
    """As `packets` would not cut it: parameter sets each in a packet of their own, as many cameras do."""
    return struct.pack(">BBHII", 0x80, 96, 1, 0, 7) + nal


@pytest.mark.parametrize(("first", "second"), BOTH)
def test_nothing_of_the_other_codec_comes_out(first: str, second: str) -> None:
    both = [*packets(first, BEFORE, number=0), *packets(second, 20, number=200)]
    found, depacketiser = through(first, both)
    assert depacketiser.changed
    assert [nals(one) for one in found] == [nals(data) for data, _ in encoded(first)[:BEFORE]]
    for unaware in (first, second):  # and without a change nothing is seen
        assert not through(unaware, packets(unaware, 100))[1].changed


@pytest.mark.parametrize(("first", "second"), BOTH)
def test_also_when_its_parameter_sets_come_one_by_one(first: str, second: str) -> None:
    sets = [alone(nal) for nal in nals(encoded(second)[0][0])[:2]]
    assert through(first, [*packets(first, 5), *sets])[1].changed


def retyped(packet: bytes, payload: int) -> bytes:
    return packet[:1] + bytes((packet[1] & 0x80 | payload,)) + packet[2:]


def test_another_payload_type_is_another_stream_but_a_repair_is_not() -> None:
    sent = packets("h264", 20)
    assert through("h264", [*sent, *(retyped(one, 97) for one in packets("h264", 5, number=700))])[1].changed
    mixed = [part for one in sent for part in (one, retyped(one, 110))]  # each followed by its repair, numbered the same
    found, depacketiser = through("h264", mixed)
    assert len(found) == 20 and not depacketiser.changed and not depacketiser.lost


class Changing(Camera):
    """Sends BEFORE pictures of one codec, then goes on with the other on the same session; says so only when asked again."""

    def begin(self, first: str, second: str) -> None:
        self.sdp = sdp_of(first)
        self._second = second
        self._films = [
            [*packets(first, BEFORE, number=0), *packets(second, 100, number=4000)],
            packets(second, 100) * 3,
        ]
        self.changed_at = 0.0
        self.pause_s = 0.01

    def _answer(self, method: str, number: str) -> str:
        if method == "DESCRIBE" and self.changed_at:
            self.sdp = sdp_of(self._second)
        return super()._answer(method, number)

    def _stream(self, connection) -> None:
        self._film = self._films.pop(0) if len(self._films) > 1 else self._films[0]
        if len(self._films) == 1 and not self.changed_at:
            self.changed_at = time.monotonic()
        super()._stream(connection)


@pytest.fixture(params=BOTH, ids=lambda pair: f"{pair[0]}-{pair[1]}")
def changing(request: pytest.FixtureRequest) -> Iterator[tuple[Changing, str, str]]:
    camera = Changing()
    camera.begin(*request.param)
    with camera:
        yield camera, *request.param


def test_the_pane_says_so_and_comes_back_and_the_clip_ends_there(changing: tuple[Changing, str, str], tmp_path: Path) -> None:
    camera, first, second = changing
    ring, said, kept = Ring(seconds=60), [], []
    stream = LiveStream("cam", lambda: RtspSource(camera.url, open_s=2.0, read_s=2.0), sinks=(ring.add, kept.append))
    stream.start()
    clips: list[ClipFile] = []
    try:
        until(lambda: ring.span)
        begun = ring.span[0]
        writing = threading.Thread(
            target=lambda: clips.append(write_clip(ring, tmp_path / "a.mp4", begun, begun + 8 * SECOND)), name="clip"
        )
        writing.start()

        def lost() -> bool:
            state = stream.state()
            said.append((state.picture, state.words))
            return state.picture is Picture.LOST

        until(lost)
        watch = Stopwatch()
        assert "换了编码格式" in stream.state().words
        frame = until(lambda: (f := stream.frame()) and f.info.codec == second and f)
        assert watch.seconds < 5.0 and (frame.width, frame.height) == (320, 240)
        assert stream.state().reconnects == 1 and stream.state().corrupt == 0
        writing.join(ENOUGH_S)
        assert not writing.is_alive()
    finally:
        assert stream.stop(2.0)
    assert [one.info.codec for one in kept[:BEFORE]] == [first] * BEFORE and kept[BEFORE].info.codec == second
    assert kept[BEFORE].key
    [clip] = clips
    assert not clip.complete and "编码格式" in clip.words and clip.codec == first
    check = check_clip(clip.path)
    assert check.sound and check.pictures == BEFORE, check.words

"""A recorder's playback: what goes over the wire, where its pictures belong in time, pause, end, silence."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.domain.instant import SECOND, Instant
from app.video.recorded import MOST_BYTES, Placing, RecordedStream
from app.video.rtp import Unit
from app.video.rtspwire import Answer, Data, Reader, WireFault, authorization, request
from tests.peers import video_media
from tests.peers.rtsp_process import PASSWORD, USER, RtspPeer
from tests.video.waiting import until

BEGINS: Instant = 1_790_000_000 * SECOND
CLOCK = 90_000
ANSWER = b"RTSP/1.0 200 OK\r\nCSeq: 4\r\nScale: 2.0\r\nContent-Length: 3\r\n\r\nabc"
PACKET = b"$\x00\x00\x05hello"
OTHERS = b"OPTIONS * RTSP/1.0\r\nCSeq: 1\r\n\r\n"


@pytest.mark.parametrize("size", [1, 2, 7, 1000])
def test_the_wire_is_read_however_it_is_cut(size: int) -> None:
    whole, reader = PACKET + ANSWER + OTHERS + b"\r\n" + PACKET, Reader()
    got = [one for at in range(0, len(whole), size) for one in reader.feed(whole[at : at + size])]
    assert got == [Data(0, b"hello"), Answer(200, "OK", got[1].headers, b"abc"), Data(0, b"hello")]  # type: ignore[union-attr]
    assert isinstance(got[1], Answer) and got[1].cseq == 4 and got[1].headers["scale"] == "2.0"


@pytest.mark.parametrize("data", [b"HTTP/1.0 400 Bad\r\n\r\n", b"\x16\x03\x01\x02\r\n\r\n", b"x" * 70_000])
def test_what_is_no_rtsp_is_a_fault(data: bytes) -> None:
    with pytest.raises(WireFault):
        list(Reader().feed(data))


@pytest.mark.parametrize(
    ("challenge", "expected"),
    [  # RFC 2617 section 3.5 without qop; RFC 7617 section 2
        (
            'Digest realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", opaque="5ccc"',
            'response="670fd8c2df070c60b045671b8b24ff02"',
        ),
        ('Basic realm="x"', "Basic TXVmYXNhOkNpcmNsZSBPZiBMaWZl"),
        ("Bearer", ""),
    ],
)
def test_login(challenge: str, expected: str) -> None:
    told = authorization(challenge, "Mufasa", "Circle Of Life", "GET", "/dir/index.html")
    assert expected in told and bool(told) == bool(expected) and "Circle" not in told


def test_of_several_challenges_the_strongest_counts() -> None:
    heads = 'WWW-Authenticate: Digest realm="a", nonce="1", algorithm=SHA-256\r\nWWW-Authenticate: Basic realm="a"\r\n'
    [answer] = Reader().feed(b"RTSP/1.0 401 Unauthorized\r\n" + heads.encode() + b"\r\n")
    assert isinstance(answer, Answer) and "SHA-256" in answer.headers["www-authenticate"]
    assert b"\r\nScale: 4\r\n" in request("PLAY", "rtsp://x/", 7, {"Scale": "4", "Session": ""})


def placed(scale: float, per_second: float, arrivals: float, count: int = 60) -> list[float]:
    """Seconds from the beginning: stamps say that `per_second` pictures belong in one, `arrivals` come in one."""
    placing = Placing(CLOCK, BEGINS)
    placing.anew(scale)
    found = []
    for number in range(count):
        unit = Unit(b"", False, 1000 + round(number / per_second * CLOCK))
        found += [at for _, at in placing.place(unit, 50 + number / arrivals)]
    return [(at - BEGINS) / SECOND for at in found]


@pytest.mark.parametrize(
    ("scale", "per_second", "arrivals"),
    [
        (1.0, 25, 25),
        (2.0, 50, 50),  # stamps squeezed, as RFC 2326 has it
        (2.0, 25, 50),  # stamps of the recording itself
        (8.0, 200, 200),
        (8.0, 25, 200),
        (0.5, 12.5, 12.5),
        (0.5, 25, 12.5),
    ],
)
def test_a_picture_belongs_where_it_was_recorded(scale: float, per_second: float, arrivals: float) -> None:
    found = placed(scale, per_second, arrivals, 200)
    assert len(found) == 200
    assert found == pytest.approx([number / 25 for number in range(200)], abs=0.001)


def test_a_jump_of_the_stamps_is_another_timeline() -> None:
    placing = Placing(CLOCK, BEGINS)
    stamps = [0, 3600, 7200, 5_000_000, 5_003_600, 100, 3700]
    found = [(placing.place(Unit(b"", False, one), 1.0)[0][1] - BEGINS) / SECOND for one in stamps]
    assert found == pytest.approx([0, 0.04, 0.08, 0.12, 0.16, 0.2, 0.24])


@pytest.fixture(scope="module")
def recordings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("recordings")
    video_media.make(folder, "record_h264", "h264", 256, 96, 200, gop=25, kbit=256)
    video_media.wrap(folder, "record_h264")
    return folder


@pytest.fixture
def recorder(_peer_at_hand: None, recordings: Path) -> Iterator[RtspPeer]:
    with RtspPeer(recordings, auth="basic") as running:
        yield running


def stream_of(peer: RtspPeer, path: str = "/c7/b1/e2/replay/", speed: float = 1.0) -> RecordedStream:
    made = RecordedStream("NVR1-07", f"rtsp://127.0.0.1:{peer.port}{path}", USER, PASSWORD, BEGINS, speed)
    made.start()
    return made


@pytest.mark.parametrize(
    "path", ["/c7/b1/e2/replay/", "/cam/playback?channel=7&starttime=1", "/Streaming/tracks/701?starttime=1"]
)
def test_each_maker_plays(recorder: RtspPeer, path: str) -> None:
    stream = stream_of(recorder, path)
    until(lambda: stream.show(BEGINS) is not None)
    assert stream.stop(3) and not stream.fault


def test_nobody_looks_so_it_pauses_and_then_goes_on(recorder: RtspPeer) -> None:
    stream = stream_of(recorder)
    try:
        until(lambda: stream._paused)
        assert stream._bytes < MOST_BYTES
        before = stream.reached
        time.sleep(0.3)
        assert stream.reached == before and before is not None
        until(lambda: stream.show(before + SECOND) is not None and (stream.reached or 0) > before + SECOND // 2)
        assert not stream.fault
    finally:
        assert stream.stop(3)


def test_the_end_is_said_when_it_was_shown(recorder: RtspPeer) -> None:
    """Eight seconds are recorded."""
    stream = stream_of(recorder, speed=8.0)
    try:
        until(lambda: stream.show(BEGINS + 60 * SECOND) is not None and stream.fault)
        assert stream.shown == pytest.approx(BEGINS + 199 * SECOND // 25, abs=SECOND // 2)
    finally:
        assert stream.stop(3)


def test_a_recorder_that_goes_is_said(recorder: RtspPeer) -> None:
    stream = stream_of(recorder)
    until(lambda: stream.show(BEGINS) is not None)
    recorder.kill()
    until(lambda: stream.show(BEGINS + 60 * SECOND) is not None and stream.fault)
    assert not stream.refused
    assert stream.stop(3)
    gone = stream_of(recorder)
    until(lambda: "拒绝连接" in gone.fault)
    assert gone.stop(3)

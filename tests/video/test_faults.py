"""Cameras that go wrong beside one that does not: each is said in words, the good one keeps its rate, memory stays bounded."""

import gc
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.video.live import LiveStream
from app.video.ports import Packet, Picture
from app.video.ring import Ring
from app.video.rtsp import RtspSource
from tests.pace import ENOUGH_S, Stopwatch
from tests.peers.rtsp_process import RtspPeer
from tests.video.waiting import all_stop, until

FPS = 25
RING_BYTES = 300_000


def resident() -> int:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) * 1024
    return 0


class Watched:
    """A stream as a pane and the station's ring have it."""

    def __init__(self, url: str, transport: str = "tcp") -> None:
        self.ring = Ring(4.0, RING_BYTES)
        self.sizes: list[int] = []
        make = lambda: RtspSource(url, transport=transport, open_s=3.0, read_s=2.0)  # noqa: E731
        self.stream = LiveStream("cam", make, sinks=(self._keep,))
        self.stream.start()

    def _keep(self, packet: Packet) -> None:
        self.ring.add(packet)
        self.sizes.append(self.ring.size)

    def says(self, picture: Picture, word: str, seconds: float = ENOUGH_S) -> None:
        def said() -> bool:
            state = self.stream.state()
            return state.picture is picture and word in state.words

        until(said, seconds)


Start = Callable[..., Watched]


@pytest.fixture
def watch() -> Iterator[Start]:
    running: list[Watched] = []

    def starting(url: str, transport: str = "tcp") -> Watched:
        running.append(Watched(url, transport))
        return running[-1]

    yield starting
    all_stop([one.stream for one in running])


@pytest.fixture
def good(_peer_at_hand: None, media: Path) -> Iterator[RtspPeer]:
    with RtspPeer(media) as running:
        yield running


FAULTS: dict[str, tuple[list[str], str, Picture, str]] = {
    "corrupt pictures": (["corrupt 0.5"], "tcp", Picture.LIVE, "损坏"),
    "20 % of UDP lost": (["loss 0.2"], "udp", Picture.LIVE, "损坏"),
    "it stops sending": (["stall"], "tcp", Picture.FROZEN, "没有新画面"),
    "another resolution": (["show sub_h264 large_h264"], "tcp", Picture.LIVE, ""),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_one_goes_wrong_the_other_goes_on(fault: str, peer: RtspPeer, good: RtspPeer, watch: Start) -> None:
    lines, transport, picture, word = FAULTS[fault]
    bad, other = watch(peer.url("sub_h264"), transport), watch(good.url("sub_h264"))
    until(lambda: bad.stream.frame() is not None and other.stream.frame() is not None)
    for line in lines:
        peer.tell(line)
    bad.says(picture, word)
    watch, count = Stopwatch(), other.stream.decoded
    time.sleep(2.0)
    assert other.stream.decoded - count > 0.9 * FPS * watch.seconds, "the other camera keeps its rate"
    assert other.stream.state().picture is Picture.LIVE and not other.stream.state().words
    assert max(bad.sizes) <= RING_BYTES
    if fault == "another resolution":
        until(lambda: bad.stream.state().width == 704)
        frame = bad.stream.frame()
        assert frame is not None and (frame.width, frame.height) == (704, 576)
    if fault == "it stops sending":
        peer.tell("resume")
    else:
        peer.tell("corrupt 0")
        peer.tell("loss 0")
    bad.says(Picture.LIVE, "")
    until(lambda: not bad.stream.state().words)


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads /proc")
def test_hundreds_of_spoilt_pictures_and_reconnects_leave_no_memory_behind(peer: RtspPeer, watch: Start) -> None:
    bad = watch(peer.url("sub_h264"))
    until(lambda: bad.stream.frame() is not None)
    peer.tell("corrupt 0.7")
    until(lambda: bad.stream.packets > 50)
    gc.collect()
    before = resident()
    for _ in range(4):
        count = bad.stream.reconnects
        bad.stream.reconnect()
        until(lambda count=count: bad.stream.reconnects > count and bad.stream.state().fps > 0)
    gc.collect()
    assert resident() - before < 24 * 1024 * 1024
    assert max(bad.sizes) <= RING_BYTES

"""Cameras with habits of their own: the RTSP source against a scripted one that does what real ones are reported to do."""

import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field

import pytest

from app.video.ports import SourceLost, SourceRefused
from app.video.rtsp import RtspSource
from tests.pace import Stopwatch
from tests.video.making import encoded
from tests.video.test_rtp import nals, packets
from tests.video.waiting import until

SDP = (
    "v=0\r\ns=x\r\nm=audio 0 RTP/AVP 0\r\na=control:a\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\na=control:track1\r\n"
)


@dataclass
class Camera:
    """Answers as a camera would, but for what a test changes. `heard`: the requests, first lines and headers."""

    sdp: str = SDP
    transport: str = "RTP/AVP/TCP;unicast;interleaved=0-1"
    session: str = "77;timeout=60"
    channel: int = 0
    greeting: bytes = b""
    before_play: bytes = b""
    between: bytes = b""
    pause_s: float = 0.0
    answers: dict[str, str] = field(default_factory=dict)
    heard: list[str] = field(default_factory=list)

    def __enter__(self) -> "Camera":
        self._film = packets("h264", 100)  # drawn now: later it would be a silence
        self._server = socket.create_server(("127.0.0.1", 0))
        self._open: list[socket.socket] = []
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        for one in self._open:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()
        for thread in self._threads:
            thread.join(5)
            assert not thread.is_alive()

    @property
    def url(self) -> str:
        return f"rtsp://127.0.0.1:{self._server.getsockname()[1]}/live?channel=1"

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._server.accept()
            except OSError:
                return
            self._open.append(connection)
            self._threads.append(threading.Thread(target=self._serve, args=(connection,)))
            self._threads[-1].start()

    def _serve(self, connection: socket.socket) -> None:
        try:
            if self.greeting:
                connection.sendall(self.greeting)
            with connection.makefile("rb") as file:
                while head := self._read(file):
                    self.heard.append(head)
                    method, number = head.split()[0], head.partition("CSeq: ")[2].split()[0]
                    if method == "PLAY":
                        connection.sendall(self.before_play)
                    connection.sendall(self._answer(method, number).encode())
                    if method == "PLAY":
                        threading.Thread(target=self._stream, args=(connection,), daemon=True).start()
        except (OSError, ValueError, IndexError):
            return

    def _read(self, file) -> str:
        lines = []
        while file.peek(1)[:1] == b"$":  # the viewer's own report
            file.read(struct.unpack(">cBH", file.read(4))[2])
        while (line := file.readline().decode()) not in ("\r\n", ""):
            lines.append(line)
        return "".join(lines)

    def _answer(self, method: str, number: str) -> str:
        if method in self.answers:
            return self.answers[method].replace("CSEQ", number)
        more = {
            "OPTIONS": "Public: DESCRIBE, SETUP, PLAY, GET_PARAMETER\r\n",
            "DESCRIBE": f"Content-Type: application/sdp\r\nContent-Length: {len(self.sdp)}\r\n",
            "SETUP": f"Transport: {self.transport}\r\nSession: {self.session}\r\n",
        }.get(method, "")
        return f"RTSP/1.0 200 OK\r\nCSeq: {number}\r\n{more}\r\n" + (self.sdp if method == "DESCRIBE" else "")

    def _stream(self, connection: socket.socket) -> None:
        try:
            for packet in self._film:
                connection.sendall(struct.pack(">cBH", b"$", self.channel, len(packet)) + packet + self.between)
                time.sleep(self.pause_s)
        except OSError:
            return


Odd = Callable[..., Camera]


@pytest.fixture
def watched() -> Iterator[Callable[[str], RtspSource]]:
    made: list[RtspSource] = []

    def watch(url: str) -> RtspSource:
        made.append(RtspSource(url, open_s=2.0, read_s=1.5))
        return made[-1]

    yield watch
    for source in made:
        source.close()


REPORT = b"$\x01" + struct.pack(">H", 28) + struct.pack(">BBHIIIIII", 0x80, 200, 6, 7, 3_976_228_800, 0, 900, 1, 1)
ASKS = b"OPTIONS rtsp://127.0.0.1/ RTSP/1.0\r\nCSeq: 9\r\n\r\n"
LATE = b"RTSP/1.0 200 OK\r\nCSeq: 999\r\nContent-Length: 4\r\n\r\nbody"


@pytest.mark.parametrize(
    "camera",
    [
        Camera(),
        Camera(channel=4, transport="RTP/AVP/TCP;unicast;interleaved=4-5"),
        Camera(before_play=REPORT),
        Camera(between=REPORT),
        Camera(between=ASKS),
        Camera(between=LATE),
        Camera(between=b"\x00\xff rubbish"),
        Camera(greeting=b"\r\n\r\n"),
        Camera(answers={"OPTIONS": "RTSP/1.0 501 Not Implemented\r\nCSeq: CSEQ\r\n\r\n"}),
        Camera(answers={"PLAY": "RTSP/1.0 200 OK\r\nSession: 77\r\n\r\n"}),  # forgets the number
        Camera(sdp=SDP.replace("a=control:track1", "a=control:rtsp://10.0.0.9/inside")),  # an address behind a router
    ],
)
def test_plays_all_the_same(camera: Camera, watched: Callable[[str], RtspSource]) -> None:
    with camera:
        source = watched(camera.url)
        assert source.open().codec == "h264"
        got = [packet for packet, _ in zip(source.packets(), range(40), strict=False)]
        assert got[0].key and (got[0].info.width, got[0].info.height) == (320, 240)
        assert [nals(bytes(one.data)) for one in got] == [nals(data) for data, _ in encoded("h264")[:40]]
        source.close()
        until(lambda: camera.heard[-1].startswith("TEARDOWN"))
        assert "Session: 77" in camera.heard[-1]
        setup = next(one for one in camera.heard if one.startswith("SETUP"))
        assert setup.split()[1] in (f"{camera.url}/track1", "rtsp://10.0.0.9/inside")


def test_a_session_is_kept_alive(watched: Callable[[str], RtspSource]) -> None:
    with Camera(session="77;timeout=2", pause_s=0.01) as camera:
        source = watched(camera.url)
        source.open()
        watch = Stopwatch()
        for _ in source.packets():
            if any(one.startswith("GET_PARAMETER") for one in camera.heard):
                break
            assert watch.seconds < 2.0


def test_sent_on_to_another_address(watched: Callable[[str], RtspSource]) -> None:
    with Camera() as real:
        moved = f"RTSP/1.0 302 Moved\r\nCSeq: CSEQ\r\nLocation: {real.url}\r\n\r\n"
        with Camera(answers={"DESCRIBE": moved}) as camera:
            source = watched(camera.url)
            source.open()
            assert next(source.packets()).key and real.heard


def test_what_goes_round_in_circles_ends(watched: Callable[[str], RtspSource]) -> None:
    with Camera() as camera:
        camera.answers["DESCRIBE"] = f"RTSP/1.0 302 Moved\r\nCSeq: CSEQ\r\nLocation: {camera.url}\r\n\r\n"
        with pytest.raises(SourceRefused):
            watched(camera.url).open()


@pytest.mark.parametrize(
    ("camera", "kind", "words"),
    [
        (Camera(greeting=b"HTTP/1.1 400 Bad Request\r\n\r\n"), SourceRefused, "不是 RTSP"),
        (Camera(greeting=b"A" * 100_000), SourceRefused, "不是 RTSP"),
        (Camera(sdp="v=0\r\nm=audio 0 RTP/AVP 0\r\n"), SourceRefused, "没有视频"),
        (Camera(answers={"SETUP": "RTSP/1.0 461 Unsupported\r\nCSeq: CSEQ\r\n\r\n"}), SourceRefused, "传输方式"),
        (Camera(answers={"PLAY": "RTSP/1.0 453 Not Enough Bandwidth\r\nCSeq: CSEQ\r\n\r\n"}), SourceRefused, "路数已满"),
        (Camera(answers={"DESCRIBE": "RTSP/1.0 503 Busy\r\nCSeq: CSEQ\r\n\r\n"}), SourceLost, "暂时不能"),
    ],
)
def test_refusals_in_words(camera: Camera, kind: type[Exception], words: str, watched: Callable[[str], RtspSource]) -> None:
    with camera, pytest.raises(kind, match=words):
        watched(camera.url).open()


def test_another_codec_is_left_to_ffmpeg(watched: Callable[[str], RtspSource]) -> None:
    with Camera(sdp=SDP.replace("H264/90000", "MP4V-ES/90000")) as camera:
        assert watched(camera.url).open().codec == "mpeg4"
        assert any("Lavf" in one for one in camera.heard)

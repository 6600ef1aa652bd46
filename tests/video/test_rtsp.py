"""The RTSP source against a server of another project: codecs, transports, logins, refusals, silence, stop."""

import socket
import threading
from collections.abc import Iterator

import pytest

from app.video.ports import SourceLost, SourceRefused
from app.video.rtsp import ENDED, SILENT, STOPPED, UNREACHABLE, RtspSource
from tests.pace import Stopwatch
from tests.peers.rtsp_process import PASSWORD, RtspPeer


@pytest.fixture
def mute() -> Iterator[str]:
    """A camera that accepts and never sends."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"rtsp://127.0.0.1:{server.getsockname()[1]}/live"


@pytest.mark.parametrize("transport", ["tcp", "udp"])
@pytest.mark.parametrize(("name", "codec"), [("sub_h264", "h264"), ("sub_h265", "hevc")])
@pytest.mark.parametrize("login", [False, True])
def test_plays(request, name: str, codec: str, transport: str, login: bool) -> None:
    peer: RtspPeer = request.getfixturevalue("locked" if login else "peer")
    source = RtspSource(peer.url(name), transport=transport)
    try:
        info = source.open()
        packets = [packet for packet, _ in zip(source.packets(), range(30), strict=False)]
    finally:
        source.close()
    assert (info.codec, info.width, info.height) == (codec, 352, 288)
    assert packets[0].key and len(packets) == 30
    assert all(packet.info is info for packet in packets)
    assert [p.arrived for p in packets] == sorted(p.arrived for p in packets)
    assert packets[-1].arrived - packets[0].arrived > 0.8  # in real time


def test_a_login_given_beside_the_url(locked: RtspPeer) -> None:
    source = RtspSource(locked.url("Streaming/Channels/102").replace(f"admin:{PASSWORD}@", ""), "admin", PASSWORD)
    try:
        assert source.open().width == 352
    finally:
        source.close()
    assert locked.asked[-1].startswith("/Streaming/Channels/102")


@pytest.mark.parametrize(
    ("path", "password", "kind", "word"),
    [
        ("sub_h264", "Wrong-9876", SourceRefused, "用户名或密码"),
        ("sub_h264", "", SourceRefused, "用户名或密码"),
        ("Streaming/Channels/9901", PASSWORD, SourceRefused, "没有这个通道"),
    ],
)
@pytest.mark.parametrize("transport", ["tcp", "udp"])
def test_refusals_in_words(locked: RtspPeer, capfd, caplog, path, password, kind, word, transport) -> None:
    source = RtspSource(locked.url(path, password=password), transport=transport)
    try:
        with pytest.raises(kind, match=word) as caught:
            source.open()
    finally:
        source.close()
    said = str(caught.value) + repr(caught.value.__cause__) + caplog.text + "".join(capfd.readouterr())
    assert (password or "@") not in said and "admin:" not in said


def test_nobody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(SourceLost, match="拒绝连接"):
        RtspSource(f"rtsp://127.0.0.1:{port}/live").open()


def test_a_camera_that_accepts_and_never_sends(mute: str) -> None:
    source, watch = RtspSource(mute, open_s=1.0, read_s=0.8), Stopwatch()
    with pytest.raises(SourceLost, match=SILENT):
        source.open()
    assert watch.seconds < 2.5


def test_no_answer_at_all() -> None:
    """A listener whose queue is full: the connection is never made."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen(0)
        held = [socket.socket() for _ in range(4)]
        for one in held:
            one.setblocking(False)
            one.connect_ex(server.getsockname())
        with pytest.raises(SourceLost, match=UNREACHABLE):
            RtspSource(f"rtsp://127.0.0.1:{server.getsockname()[1]}/live", open_s=0.8, read_s=0.6).open()
        for one in held:
            one.close()


@pytest.mark.parametrize("before_s", [0.0, 0.3])
def test_a_stop_ends_a_hanging_open_at_once(mute: str, before_s: float) -> None:
    source = RtspSource(mute)
    timer = threading.Timer(before_s, source.interrupt)
    timer.start()
    watch = Stopwatch()
    with pytest.raises(SourceLost, match=STOPPED):
        source.open()
    timer.join()
    assert watch.seconds < 1.0


@pytest.mark.parametrize("transport", ["tcp", "udp"])
def test_silence_ends_by_time_out_and_a_stop_at_once(peer: RtspPeer, transport: str) -> None:
    for patient in (False, True):
        source = RtspSource(peer.url("sub_h264"), transport=transport, read_s=1.0 if patient else 20.0)
        source.open()
        packets = source.packets()
        for _ in range(5):
            next(packets)
        peer.tell("stall")
        timer = threading.Timer(0.4, source.interrupt)
        if not patient:
            timer.start()
        watch = Stopwatch()
        with pytest.raises(SourceLost, match="没有收到画面" if patient else STOPPED):
            while True:
                next(packets)
        assert watch.seconds < (3.5 if patient else 1.0)
        source.close()
        if not patient:
            timer.join()
        peer.tell("resume")


def test_a_closed_connection_is_a_loss(peer: RtspPeer) -> None:
    source = RtspSource(peer.url("sub_h264"))
    source.open()
    packets = source.packets()
    next(packets)
    peer.tell("kick")
    with pytest.raises(SourceLost, match=ENDED):
        while True:
            next(packets)
    source.close()


def test_a_second_playback_is_refused_in_words(_peer_at_hand, media) -> None:
    with RtspPeer(media, more=["--one-playback"]) as peer:
        url = peer.url("Streaming/tracks/101?starttime=20260101T120000Z&endtime=20260101T120100Z")
        first, second = RtspSource(url), RtspSource(url)
        try:
            first.open()
            assert next(first.packets()).key
            with pytest.raises((SourceLost, SourceRefused), match=r"路数已满|暂时不能"):
                second.open()
        finally:
            first.close()
            second.close()


def test_parameters_follow_a_camera_that_changes_its_resolution(peer: RtspPeer) -> None:
    source = RtspSource(peer.url("sub_h264"))
    first = source.open()
    packets = source.packets()
    next(packets)
    peer.tell("show sub_h264 large_h264")
    watch = Stopwatch()
    packet = next(packets)
    while packet.info is first:
        assert watch.seconds < 5
        packet = next(packets)
    source.close()
    assert packet.key and (packet.info.width, packet.info.height) == (704, 576)
    assert packet.info.extradata and packet.info.extradata != first.extradata

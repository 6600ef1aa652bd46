"""The clock meter: arithmetic by table, and against real servers whose clock is known."""

import random
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from app.domain.instant import SECOND, Instant, from_rfc3339
from app.video.clock import (
    NoReading,
    Reading,
    ask_http,
    ask_rtsp,
    best,
    from_date,
    from_isapi,
    from_rtcp,
    measure,
    reading,
)
from app.video.rtsp import RtspSource
from tests.peers.rtsp_process import RtspPeer

T = from_rfc3339("2026-11-22T02:40:07Z")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Sun, 22 Nov 2026 02:40:07 GMT", T),
        ("Sun, 22 Nov 2026 10:40:07 +0800", T),
        ("Sun, 22 Nov 2026 02:40:07", T),
        ("yesterday", None),
        ("", None),
    ],
)
def test_dates(text: str, found: Instant | None) -> None:
    assert from_date(text) == found


@pytest.mark.parametrize(
    ("local", "zone", "found"),
    [
        ("2026-11-22T10:40:07+08:00", "CST-8:00:00", T),
        ("2026-11-22T02:40:07Z", "", T),
        ("2026-11-22T10:40:07", "CST-8:00:00", T),
        ("2026-11-21T21:40:07", "EST+5:00:00DST01:00:00,M3.2.0/02:00:00,M11.1.0/02:00:00", T),
        ("2026-11-22T10:40:07", "", None),
        ("soon", "CST-8:00:00", None),
    ],
)
def test_isapi(local: str, zone: str, found: Instant | None) -> None:
    xml = f"<Time><timeMode>NTP</timeMode><localTime>{local}</localTime><timeZone>{zone}</timeZone></Time>"
    assert from_isapi(xml) == found


def test_isapi_without_a_time() -> None:
    assert from_isapi("<html>login</html>") is None


def test_the_truth_lies_within_the_uncertainty() -> None:
    """Whatever the true offset, the way there and back and where in it the device looked at its clock."""
    chance = random.Random(4)
    for _ in range(2000):
        truth = chance.randrange(-100 * SECOND, 100 * SECOND)
        asked = T + chance.randrange(SECOND)
        answered = asked + chance.randrange(SECOND)
        looked = chance.randrange(asked, answered + 1)
        face = (looked + truth) // SECOND * SECOND
        found = reading(face, asked, answered, "http")
        assert abs(found.offset - truth) <= found.uncertainty
        assert found.uncertainty <= SECOND // 2 + (answered - asked) // 2 + 1


def test_several_readings_narrow_each_other_down() -> None:
    truth, readings = 37_200_000, []
    for part in (0.1, 0.45, 0.75, 0.9):
        asked = T + round(part * SECOND)
        readings.append(reading((asked + truth) // SECOND * SECOND, asked, asked + 2000, "http"))
    found = best(readings)
    assert found is not None and abs(found.offset - truth) <= found.uncertainty < SECOND // 4


def test_the_newest_decides_when_they_contradict() -> None:
    old, new = Reading(0, SECOND, "http", T), Reading(60 * SECOND, SECOND, "http", T + SECOND)
    assert best([old, new]) == new == best([new, old])
    assert best([]) is None


@pytest.mark.parametrize(
    ("offset_s", "words"), [(37.0, "快 37.0 秒（±0.5）"), (-3600, "慢 3600.0 秒（±0.5）"), (0.4, "一致（±0.5 秒）")]
)
def test_words(offset_s: float, words: str) -> None:
    assert Reading(round(offset_s * SECOND), SECOND // 2, "http", T).words == words


@contextmanager
def device(ahead_s: float, isapi: bool = False, date: bool = True) -> Iterator[str]:
    """A web server of a camera whose clock is wrong by a known span."""
    import time

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            now = time.time() + ahead_s
            body = time.strftime("<localTime>%Y-%m-%dT%H:%M:%S+08:00</localTime>", time.gmtime(now + 8 * 3600)).encode()
            known = isapi and self.path == "/ISAPI/System/time"
            self.send_response_only(200 if known else 401)
            if date:
                self.send_header("Date", formatdate(now, usegmt=True))
            self.send_header("Content-Length", str(len(body) if known else 0))
            self.end_headers()
            if known:
                self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.mark.parametrize("ahead_s", [0.0, 37.0, -3600.25])
@pytest.mark.parametrize("isapi", [False, True])
def test_over_http(ahead_s: float, isapi: bool) -> None:
    with device(ahead_s, isapi) as url:
        found = ask_http(url, isapi=isapi)
    assert found.way == ("isapi" if isapi else "http")
    assert abs(found.offset / SECOND - ahead_s) <= found.uncertainty / SECOND < 1.5


def test_the_first_way_that_answers_is_named() -> None:
    with device(12.0) as url:
        found = measure([lambda: ask_http(url, isapi=True), lambda: ask_http(url)], times=2, pause_s=0.3)
    assert found.way == "http" and 11 < found.offset / SECOND < 13


def nobody() -> Reading:
    return ask_rtsp("rtsp://127.0.0.1:9/x")


def dateless() -> Reading:
    with device(0.0, date=False) as url:
        return ask_http(url)


@pytest.mark.parametrize(("ask", "word"), [(nobody, "没有应答"), (dateless, "没有时间")])
def test_no_time_is_told_in_words(ask: Callable[[], Reading], word: str) -> None:
    with pytest.raises(NoReading, match=word):
        measure([ask])


def test_over_rtsp_without_a_login(locked: RtspPeer) -> None:
    found = ask_rtsp(locked.url("sub_h264"))
    assert found.way == "rtsp" and abs(found.offset) <= found.uncertainty < SECOND


def test_by_the_sender_report_of_a_running_stream(peer: RtspPeer) -> None:
    source = RtspSource(peer.url("sub_h264"))
    source.open()
    try:
        for packet in source.packets():
            if source.start_time_realtime is not None and packet.pts is not None:
                break
    finally:
        started = source.start_time_realtime
        source.close()
    assert started is not None and packet.pts is not None
    found = from_rtcp(started, packet.pts, float(packet.info.time_base), packet.wall)
    assert found.way == "rtcp" and abs(found.offset) < SECOND

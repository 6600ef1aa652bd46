"""Cameras and recorders that are not ours, as the tests of the video part start them; and a recorder's clock that is wrong."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.video.conftest import _peer_at_hand, locked, media, peer

__all__ = ["_peer_at_hand", "locked", "media", "peer"]

AHEAD_S = 37.0


class _Face(BaseHTTPRequestHandler):
    """Hikvision's /ISAPI/System/time of a recorder that is 37 s fast."""

    def do_GET(self) -> None:
        face = (datetime.now(UTC) + timedelta(seconds=AHEAD_S, hours=8)).strftime("%Y-%m-%dT%H:%M:%S+08:00")
        body = f"<Time><timeMode>NTP</timeMode><localTime>{face}</localTime></Time>".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def fast_clock() -> Iterator[str]:
    """http://host:port of it."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Face)
    thread = threading.Thread(target=server.serve_forever, name="fast-clock")
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()

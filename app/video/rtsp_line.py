"""The connection on which RTSP is spoken: connects, logs in, asks, and hands on whatever else comes. Both sides.

Belongs to one thread. Nothing on it blocks for longer than a quarter of a second, so that a stop is obeyed at once.
"""

import select
import socket
import time
from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

from app.video.ports import SourceLost, SourceRefused
from app.video.rtsp_words import RESET, SILENT, STOPPED, UNREACHABLE, lost
from app.video.rtspwire import Answer, Data, Reader, authorization, request

BEAT_S = 0.25
BUFFER = 131_072
_ANSWER_S = 4.0
_LEAVING_S = 0.3


class Line:
    """`url` without a login. `stopped` is asked several times a second."""

    def __init__(self, url: str, user: str, password: str, stopped: Callable[[], bool]) -> None:
        parts = urlsplit(url)
        try:
            self.host, self._port = parts.hostname or "", parts.port or 554
        except ValueError:
            raise SourceRefused("视频地址里的端口不对。请检查视频地址。") from None
        self._user, self._password, self._stopped = user, password, stopped
        self.socket = socket.socket()
        self.family = socket.AF_INET
        self.base, self.session = url, ""
        self._number = 0
        self._challenge, self._uses = "", 0
        self._answer_s = _ANSWER_S
        self._rest = b""

    def connect(self, open_s: float, answer_s: float) -> None:
        """Raises SourceLost."""
        self._answer_s = answer_s
        try:
            found = socket.getaddrinfo(self.host, self._port, type=socket.SOCK_STREAM)
        except OSError:
            raise SourceLost("查不到设备的地址。请检查视频地址和网络。") from None
        self.socket.close()
        self.family, kind, proto, _, where = found[0]
        self.host = str(where[0])
        self.socket = socket.socket(self.family, kind, proto)
        self.socket.setblocking(False)
        until = time.monotonic() + open_s
        self.socket.connect_ex(where)
        while not select.select((), (self.socket,), (self.socket,), 0.1)[1]:
            if self._stopped():
                raise SourceLost(STOPPED)
            if time.monotonic() > until:
                raise SourceLost(UNREACHABLE)
        if fault := self.socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
            raise lost(OSError(fault, ""))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.settimeout(BEAT_S)

    def call(self, method: str, url: str, headers: Mapping[str, str] | None = None) -> Answer:
        """Asks and waits; logs in where that is asked for. Raises SourceLost, WireFault."""
        answer = self._answer(self.ask(method, url, headers))
        challenge = answer.headers.get("www-authenticate", "")
        if answer.status == 401 and self._user and challenge and challenge != self._challenge:
            self._challenge, self._uses = challenge, 0
            answer = self._answer(self.ask(method, url, headers))
        return answer

    def ask(self, method: str, url: str, headers: Mapping[str, str] | None = None) -> int:
        """Asks; the number of the request."""
        self._number += 1
        more = dict(headers or {})
        if self.session:
            more["Session"] = self.session
        if self._challenge:
            self._uses += 1
            more["Authorization"] = authorization(self._challenge, self._user, self._password, method, url, self._uses)
        self.send(request(method, url, self._number, more))
        return self._number

    def send(self, data: bytes) -> None:
        try:
            self.socket.sendall(data)
        except TimeoutError:
            raise SourceLost(SILENT) from None
        except OSError as error:
            raise lost(error) from None

    def receive(self, memory: memoryview) -> int:
        """How much came: 0 at the end, -1 when nothing did for a moment."""
        try:
            return self.socket.recv_into(memory)
        except TimeoutError:
            return -1
        except OSError as error:
            raise lost(error) from None

    def take_rest(self) -> bytes:
        """What came behind the last answer."""
        rest, self._rest = self._rest, b""
        return rest

    def heard(self, head: bytes) -> int:
        """An answer nobody waits for, or a request of the device, is dealt with; the size of the body behind it."""
        said: dict[str, str] = {}
        for line in head.decode("utf-8", "replace").split("\r\n")[1:]:
            name, _, value = line.partition(":")
            said[name.strip().lower()] = value.strip()
        if not head.startswith(b"RTSP/"):
            self.send(f"RTSP/1.0 200 OK\r\nCSeq: {said.get('cseq', '0')}\r\n\r\n".encode())
        elif head[9:12] == b"401" and "nonce" in said.get("www-authenticate", ""):
            self._challenge, self._uses = said["www-authenticate"], 0
        size = said.get("content-length", "")
        return int(size) if size.isdigit() else 0

    def leave(self) -> None:
        try:
            if self.session:
                self.socket.settimeout(_LEAVING_S)
                self.ask("TEARDOWN", self.base)
                self._drain()
        except (SourceLost, OSError):
            pass  # gone is gone
        finally:
            self.socket.close()

    def _drain(self) -> None:
        """Closed with pictures unread, the system would take back what was said last."""
        self.socket.shutdown(socket.SHUT_WR)
        memory, until = memoryview(bytearray(BUFFER)), time.monotonic() + _LEAVING_S
        while self.receive(memory) > 0 and time.monotonic() < until:
            pass

    def _answer(self, number: int) -> Answer:
        """To that request. What comes behind it, pictures perhaps, is kept."""
        reader, until = Reader(), time.monotonic() + self._answer_s
        memory = memoryview(bytearray(BUFFER))
        data, pictures = self.take_rest(), b""
        answer: Answer | None = None
        while True:
            for one in reader.feed(data):
                if isinstance(one, Data):
                    pictures += b"$" + bytes((one.channel,)) + len(one.payload).to_bytes(2) + one.payload
                elif answer is None and one.cseq in (number, 0):
                    answer = one
            if answer is not None:
                self._rest = pictures + reader.rest()
                return answer
            got = self.receive(memory)
            if got == 0:
                raise SourceLost(RESET)
            if self._stopped():
                raise SourceLost(STOPPED)
            if time.monotonic() > until:
                raise SourceLost(SILENT)
            data = bytes(memory[: max(0, got)])

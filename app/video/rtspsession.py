"""One RTSP session that plays a recording: connects, logs in, asks for the video, plays, pauses. Both sides.

For playback only: FFmpeg, which can read such a stream, sends neither `Scale` nor `PAUSE` and tells a refusal without number.
Over TCP, one video track. Belongs to one thread. What is refused is a sentence (`SourceRefused`); what ends is `SourceLost`.
"""

import select
import socket
import time
from collections.abc import Mapping
from urllib.parse import urlsplit

from app.video.ports import SourceLost, SourceRefused
from app.video.rtsp import ENDED, SILENT, UNREACHABLE
from app.video.rtspwire import Answer, Data, Reader, WireFault, authorization, request
from app.video.sdp import Media, control_url, video_of

OPEN_S, ANSWER_S = 5.0, 6.0
BUFFER = 262_144
ALIVE_S = 20.0

FULL = "录像机拒绝了这路回放：同时回放的路数已满（{code}）。请先关掉别处的回放，再重新连接。"
_REFUSALS = {
    401: "录像机不接受用户名或密码。请检查口令；为免账号被锁定，不再自动重试。",
    403: "这个账号没有回放的权限。请在录像机上授权。",
    404: "录像机上没有这个通道，或这段时间没有录像。",
    453: FULL.format(code=453),
    486: FULL.format(code=486),
    503: FULL.format(code=503),
}


class RtspSession:
    """`url` without login."""

    def __init__(self, url: str, user: str = "", password: str = "") -> None:
        self.url, self._user, self._password = url, user, password
        self._socket: socket.socket | None = None
        self._reader = Reader()
        self._cseq = 0
        self._challenge, self._nonces = "", 0
        self._session = ""
        self._base = url
        self._said_at = 0.0
        self._scaled = False
        self._asked: dict[int, str] = {}
        self._pending: list[Answer | Data] = []

    def open(self) -> Media:
        """Up to the point where it can play. Raises SourceRefused, SourceLost."""
        parts = urlsplit(self.url)
        try:
            self._socket = socket.create_connection((parts.hostname or "", parts.port or 554), OPEN_S)
        except OSError as error:
            refused = isinstance(error, ConnectionRefusedError)
            raise SourceLost("录像机拒绝连接：视频端口没有打开，或设备正在启动。" if refused else UNREACHABLE) from None
        self._socket.settimeout(ANSWER_S)
        described = self._call("DESCRIBE", self.url, {"Accept": "application/sdp"})
        self._base = described.headers.get("content-base") or described.headers.get("content-location") or self.url
        track = video_of(described.body.decode("utf-8", "replace"))
        if track is None:
            raise SourceRefused("录像机的这个地址没有视频。请检查通道号和回放地址。")
        if not track.known:
            raise SourceRefused(f"录像是 {track.codec} 格式，不能播放。请把摄像机设为 H.264 或 H.265。")
        setup = self._call(
            "SETUP", control_url(self._base, track.control), {"Transport": "RTP/AVP/TCP;unicast;interleaved=0-1"}
        )
        self._session = setup.headers.get("session", "").partition(";")[0].strip()
        return track

    def play(self, scale: float = 1.0) -> float:
        """Begins. How fast the recorder says that it plays."""
        answer = self._call("PLAY", self._base, self._scale(scale))
        return scale_of(answer)

    def ask(self, method: str, scale: float = 0.0) -> int:
        """PLAY or PAUSE in a session that plays; its answer comes by `read` with this number."""
        return self._send(method, self._base, self._scale(scale) if scale else {})

    def method_of(self, answer: Answer) -> str:
        return self._asked.pop(answer.cseq, "")

    def read(self, wait_s: float) -> list[Answer | Data]:
        """What came within that time. Raises SourceLost at the end."""
        if self._pending:
            pending, self._pending = self._pending, []
            return pending
        if self._socket is None:
            raise SourceLost(ENDED)
        if time.monotonic() - self._said_at > ALIVE_S:
            self._send("GET_PARAMETER", self._base, {})
        if not select.select([self._socket], [], [], wait_s)[0]:
            return []
        return self._receive()

    def close(self) -> None:
        """TEARDOWN, that the recorder gives its place to the next one at once."""
        if self._socket is None:
            return
        try:
            if self._session:
                self._socket.settimeout(0.3)
                self._send("TEARDOWN", self._base, {})
                self._socket.shutdown(socket.SHUT_WR)
                until = time.monotonic() + 0.5
                while time.monotonic() < until and self._socket.recv(BUFFER):
                    pass
        except (OSError, SourceLost):
            pass  # gone is gone: the place is free as well
        finally:
            self._socket.close()
            self._socket = None

    # inside

    def _scale(self, scale: float) -> Mapping[str, str]:
        """Not named before another one was asked for: some recorders take offence at a header they do not know."""
        self._scaled |= scale != 1.0
        return {"Scale": f"{scale:g}"} if self._scaled else {}

    def _call(self, method: str, url: str, headers: Mapping[str, str]) -> Answer:
        answer = self._answer(self._send(method, url, headers))
        challenge = answer.headers.get("www-authenticate", "")
        if answer.status == 401 and challenge and self._user and challenge != self._challenge:
            self._challenge, self._nonces = challenge, 0
            answer = self._answer(self._send(method, url, headers))
        if answer.status in _REFUSALS:
            raise SourceRefused(_REFUSALS[answer.status])
        if answer.status >= 400:
            raise SourceRefused(f"录像机拒绝回放（{answer.status} {answer.reason[:40]}）。")
        return answer

    def _send(self, method: str, url: str, headers: Mapping[str, str]) -> int:
        self._cseq += 1
        more = dict(headers)
        if self._session:
            more["Session"] = self._session
        if self._challenge:
            self._nonces += 1
            more["Authorization"] = authorization(self._challenge, self._user, self._password, method, url, self._nonces)
        self._asked[self._cseq] = method
        self._said_at = time.monotonic()
        if self._socket is None:
            raise SourceLost(ENDED)
        try:
            self._socket.sendall(request(method, url, self._cseq, more))
        except OSError:
            raise SourceLost(ENDED) from None
        return self._cseq

    def _answer(self, number: int) -> Answer:
        """To that request; pictures that came before it are kept."""
        until = time.monotonic() + ANSWER_S
        while time.monotonic() < until:
            got = self._receive()
            for place, one in enumerate(got):
                if isinstance(one, Answer) and one.cseq in (number, 0):
                    self._asked.pop(number, None)
                    self._pending += [*got[:place], *got[place + 1 :]]
                    return one
            self._pending += got
        raise SourceLost(SILENT)

    def _receive(self) -> list[Answer | Data]:
        assert self._socket is not None
        try:
            more = self._socket.recv(BUFFER)
            if not more:
                raise SourceLost(ENDED)
            return list(self._reader.feed(more))
        except TimeoutError:
            raise SourceLost("录像机接受了连接，但没有应答。") from None
        except OSError:
            raise SourceLost(ENDED) from None
        except WireFault:
            raise SourceRefused("这个地址上的设备说的不是 RTSP。请检查录像机的地址和端口。") from None


def scale_of(answer: Answer) -> float:
    """How fast it plays: `Scale` times `Speed`, as the answer names them. 1 when it says nothing, which means that the wish was
    not understood."""
    try:
        return float(answer.headers.get("scale", "1")) * float(answer.headers.get("speed", "1")) or 1.0
    except ValueError:
        return 1.0

"""A camera over RTSP: packets over TCP or UDP, digest or basic login. Both sides.

Read by ourselves and not by FFmpeg: its demuxer asks the net three times for each packet, and holds a picture back until the
next one begins (measured: 40 ms of delay, and three times the work of a ring). What is neither H.264 nor H.265 is left to it
all the same (`rtsp_other`). Names and passwords are taken out of the URL at once and appear in no message.
"""

import random
import select
import socket
import time
from collections.abc import Iterator, Mapping
from fractions import Fraction
from urllib.parse import urlsplit

from app.video.parameters import ParameterWatch
from app.video.ports import Packet, PacketSource, SourceError, SourceLost, SourceRefused, StreamInfo
from app.video.rtp import Depacketiser, Reorder, Unit, receiver_report, sender_report
from app.video.rtsp_line import BEAT_S, BUFFER, Line
from app.video.rtsp_other import OtherRtspSource
from app.video.rtsp_words import CHANGED, ENDED, NO_VIDEO, SILENT, STOPPED, UNREACHABLE, refusal, silence
from app.video.rtspwire import Answer, WireFault
from app.video.sdp import Media, control_url, video_of
from app.video.sps import size_of
from app.video.urls import split_login

__all__ = ["ENDED", "SILENT", "STOPPED", "UNREACHABLE", "RtspSource"]

OPEN_S, READ_S = 5.0, 4.0
_ALIVE_S = 25.0
_UDP_BUFFER = 4 * 1024 * 1024
"""A key picture over UDP comes in one burst, larger than the system's default."""
_ORPHAN_S = 1.0
_REDIRECTS = (301, 302, 303, 307)
_PORTS = range(20_000, 60_000, 2)


class RtspSource:
    """One attempt at one stream. A login in `url` is used unless `user` is given."""

    def __init__(
        self,
        url: str,
        user: str = "",
        password: str = "",
        transport: str = "tcp",
        open_s: float = OPEN_S,
        read_s: float = READ_S,
    ) -> None:
        self.url, url_user, url_password = split_login(url)
        self._user, self._password = (user, password) if user else (url_user, url_password)
        self._transport = transport
        self._open_s, self._read_s = open_s, read_s
        self.gather_s = 0.0
        self._stopped = False
        self._other: PacketSource | None = None
        self._line: Line | None = None
        self._udp: tuple[socket.socket, socket.socket] | None = None
        self._track: Media | None = None
        self._watch: ParameterWatch | None = None
        self._pictures: Depacketiser | None = None
        self._rtp, self._rtcp = 0, 1
        self._report: tuple[int, int] | None = None
        self._name = random.getrandbits(32)
        self._alive_s, self._alive_at = _ALIVE_S, 0.0
        self._alive = "OPTIONS"

    @property
    def start_time_realtime(self) -> int | None:
        """Microseconds since 1970 by the camera's own clock at time stamp 0, once its RTCP sender report has come."""
        if self._report is None or self._pictures is None or self._track is None:
            return None
        at, stamp = self._report
        return at - round(self._pictures.place(stamp) * 1_000_000 / self._track.clock)

    def interrupt(self) -> None:
        self._stopped = True
        if self._other is not None:
            self._other.interrupt()

    def open(self) -> StreamInfo:
        try:
            track = self._describe()
            if track.known:
                return self._begin(track)
        except SourceError:
            if self._stopped:
                raise SourceLost(STOPPED) from None
            raise
        except WireFault:
            raise SourceRefused("这个地址上的设备说的不是 RTSP。请检查地址和端口。") from None
        self.close()
        self._other = OtherRtspSource(self.url, self._user, self._password, self._transport, self._open_s, self._read_s)
        if self._stopped:
            self._other.interrupt()
        return self._other.open()

    def packets(self) -> Iterator[Packet]:
        if self._other is not None:
            yield from self._other.packets()
        track, watch = self._track, self._watch
        if track is None or watch is None:
            raise SourceLost(ENDED)
        try:
            for unit, arrived in self._over_udp() if self._udp else self._over_tcp():
                info = watch.take(unit.data, unit.key)
                wall = time.time_ns() // 1000
                # a camera's stamp says when to show a picture; in which order it is decoded is the order they come in
                yield Packet(unit.data, unit.stamp, None, unit.key, arrived, wall, info)
        except WireFault:
            raise SourceLost(ENDED) from None
        raise SourceLost(STOPPED if self._stopped else ENDED)

    def close(self) -> None:
        """Says goodbye, so that the device gives the place to somebody else at once."""
        other, self._other = self._other, None
        if other is not None:
            other.close()
        line, self._line = self._line, None
        if line is not None:
            line.leave()
        udp, self._udp = self._udp, None
        for one in udp or ():
            one.close()

    # connecting

    def _describe(self) -> Media:
        for _ in range(4):
            line = self._line = Line(self.url, self._user, self._password, lambda: self._stopped)
            line.connect(self._open_s, self._read_s)
            said = line.call("OPTIONS", self.url)
            if "GET_PARAMETER" in said.headers.get("public", ""):
                self._alive = "GET_PARAMETER"
            answer = line.call("DESCRIBE", self.url, {"Accept": "application/sdp"})
            if answer.status not in _REDIRECTS:
                break
            self._go_to(answer.headers.get("location", ""))
        _demand(answer)
        line.base = answer.headers.get("content-base") or answer.headers.get("content-location") or self.url
        track = video_of(answer.body.decode("utf-8", "replace"))
        if track is None:
            raise SourceRefused(NO_VIDEO)
        return track

    def _go_to(self, url: str) -> None:
        """Sent on to another address; the login goes along only on the same machine."""
        if not url.lower().startswith("rtsp://"):
            raise refusal(404)
        if urlsplit(url).hostname != urlsplit(self.url).hostname:
            self._user = self._password = ""
        self.close()
        self.url = split_login(url)[0]

    def _begin(self, track: Media) -> StreamInfo:
        line = self._line
        assert line is not None
        if self._transport == "udp":
            self._udp = _port_pair(line.family)
            first = self._udp[0].getsockname()[1]
            wanted = f"RTP/AVP;unicast;client_port={first}-{first + 1}"
        else:
            wanted = "RTP/AVP/TCP;unicast;interleaved=0-1"
        answer = line.call("SETUP", control_url(line.base, track.control), {"Transport": wanted})
        _demand(answer)
        session = answer.headers.get("session", "").split(";")
        line.session = session[0].strip()
        for word in session[1:]:
            name, _, value = word.strip().partition("=")
            if name.lower() == "timeout" and value.isdigit() and int(value) > 1:
                self._alive_s = min(_ALIVE_S, int(value) / 2)
        agreed = dict(part.strip().partition("=")[::2] for part in answer.headers.get("transport", "").split(";"))
        self._rtp, self._rtcp = _numbers(agreed.get("interleaved", ""), (0, 1))
        size = size_of(track.sets, track.codec)
        info = StreamInfo(track.codec, *size, track.sets, Fraction(1, track.clock))
        self._track, self._watch, self._pictures = track, ParameterWatch(info), Depacketiser(track.codec)
        if self._udp is not None:
            self._open_way(agreed)
        _demand(line.call("PLAY", line.base, {"Range": "npt=0.000-"}))
        self._alive_at = time.monotonic() + self._alive_s
        return info

    def _open_way(self, agreed: Mapping[str, str]) -> None:
        """Sends something to where the pictures come from, so that a firewall between lets them in."""
        ports = _numbers(agreed.get("server_port", ""), (0, 0))
        if self._udp is None or self._line is None or not ports[0]:
            return
        for one, port, what in zip(self._udp, ports, (b"\x80" + b"\x00" * 11, receiver_report(self._name)), strict=True):
            try:
                one.sendto(what, (self._line.host, port))
            except OSError:
                continue  # the camera sends all the same where nothing is in the way

    # reading

    def _over_tcp(self) -> Iterator[tuple[Unit, float]]:
        line, pictures = self._line, self._pictures
        assert line is not None and pictures is not None
        memory = bytearray(BUFFER)
        view = memoryview(memory)
        kept = line.take_rest()
        memory[: len(kept)] = kept
        have = len(kept)
        rtp, rtcp, take = self._rtp, self._rtcp, pictures.take
        now = seen = time.monotonic()
        while True:
            at = 0
            while have - at >= 4:
                if memory[at] != 0x24:  # "$"
                    skipped = self._other_words(view, at, have)
                    if not skipped:
                        break
                    at += skipped
                    continue
                end = at + 4 + (memory[at + 2] << 8 | memory[at + 3])
                if end > have:
                    break
                channel = memory[at + 1]
                if channel == rtp:
                    unit = take(view, at + 4, end)
                    if unit is not None:
                        seen = now
                        yield unit, now
                elif channel == rtcp:
                    self._control(view[at + 4 : end])
                at = end
            if pictures.changed:
                raise SourceLost(CHANGED)
            pictures.settle()
            if at:
                rest = bytes(view[at:have])
                have = len(rest)
                memory[:have] = rest
            if self._stopped:
                return
            now = time.monotonic()
            if now - seen >= self._read_s:
                raise SourceLost(silence(self._read_s))
            self._stay_alive(now)
            if self.gather_s:
                time.sleep(self.gather_s)
            got = line.receive(view[have:])
            now = time.monotonic()
            if got == 0:
                return
            have += max(0, got)

    def _over_udp(self) -> Iterator[tuple[Unit, float]]:
        line, pictures, udp = self._line, self._pictures, self._udp
        assert line is not None and pictures is not None and udp is not None
        order = Reorder()
        memory = bytearray(65_536)
        view = memoryview(memory)
        waiting: list[socket.socket] = [*udp, line.socket]
        words = bytearray(line.take_rest())
        seen = time.monotonic()
        limit = self._read_s
        while not self._stopped:
            ready = select.select(waiting, (), (), BEAT_S)[0]
            now = time.monotonic()
            if udp[0] in ready:
                for packet in _datagrams(udp[0], view, line.host):
                    for one in order.put(packet, now):
                        unit = pictures.take(one, 0, len(one))
                        if unit is not None:
                            seen = now
                            yield unit, now
            if udp[1] in ready:
                for packet in _datagrams(udp[1], view, line.host):
                    self._control(memoryview(packet))
            if line.socket in ready:
                got = line.receive(view)
                if got == 0:  # it may have sent its last word: what still flows is shown
                    waiting.remove(line.socket)
                    limit = min(limit, _ORPHAN_S)
                elif got > 0:
                    words += view[:got]
                    while words and (skipped := self._other_words(memoryview(bytes(words)), 0, len(words))):
                        del words[:skipped]
            if pictures.changed:
                raise SourceLost(CHANGED)
            if now - seen >= limit:
                raise SourceLost(silence(self._read_s) if limit == self._read_s else ENDED)
            self._stay_alive(now)

    def _other_words(self, view: memoryview, at: int, end: int) -> int:
        """What stands between the packets: answers, requests of the device, rubbish. How much of it is done with."""
        assert self._line is not None
        head = bytes(view[at:end])
        if head[:1].isalpha():
            found = head.find(b"\r\n\r\n")
            if found < 0:
                if len(head) < 8192:
                    return 0
            else:
                size = self._line.heard(head[: found + 4])
                return found + 4 + size if found + 4 + size <= len(head) else 0
        following = head.find(b"$", 1)
        return following if following > 0 else len(head)

    def _control(self, packet: memoryview) -> None:
        report = sender_report(packet)
        if report is None:
            return
        self._report = report
        answer = receiver_report(self._name)
        if self._line is not None and self._udp is None:
            self._line.send(bytes((0x24, self._rtcp)) + len(answer).to_bytes(2) + answer)

    def _stay_alive(self, now: float) -> None:
        if now >= self._alive_at and self._line is not None:
            self._alive_at = now + self._alive_s
            self._line.ask(self._alive, self._line.base)


def _demand(answer: Answer) -> None:
    if answer.status >= 300:
        raise refusal(answer.status)


def _numbers(text: str, otherwise: tuple[int, int]) -> tuple[int, int]:
    first, _, second = text.partition("-")
    if not first.isdigit():
        return otherwise
    return int(first), int(second) if second.isdigit() else int(first) + 1


def _port_pair(family: int) -> tuple[socket.socket, socket.socket]:
    """An even port and the one above it, as RTP wants them."""
    for port in random.sample(_PORTS, 200):
        pair = socket.socket(family, socket.SOCK_DGRAM), socket.socket(family, socket.SOCK_DGRAM)
        try:
            for one, number in zip(pair, (port, port + 1), strict=True):
                one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _UDP_BUFFER)
                one.bind(("", number))
                one.setblocking(False)
            return pair
        except OSError:
            for one in pair:
                one.close()
    raise SourceLost("本机没有空闲的 UDP 端口，正在重试。")


def _datagrams(udp: socket.socket, view: memoryview, host: str) -> Iterator[bytes]:
    """All that wait; what another machine sends is not ours."""
    while True:
        try:
            size, sender = udp.recvfrom_into(view)
        except OSError:
            return
        if sender[0] == host:
            yield bytes(view[:size])

"""How far the clock of a camera or recorder is from ours. Both sides.

A clip asked for by time is only as right as the recorder's clock: an hour is easily lost to a failed NTP. Four ways to look,
each with its own uncertainty; the result names the one that was used. ONVIF's GetSystemDateAndTime can become a fifth: another
function that gives a Reading.

    isapi   Hikvision /ISAPI/System/time: seconds of the clock face and its zone (needs a login)
    http    `Date` of any HTTP answer: whole seconds, some devices send another clock than that of their recordings
    rtsp    `Date` of an RTSP answer: likewise
    rtcp    sender report of a running stream: the clock the pictures are stamped with, to milliseconds

Whole seconds: the answer 12:00:07 means [7, 8), so the offset is known to half a second plus half of the way there and back.
"""

import re
import socket
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

from app.domain.instant import SECOND, Instant, from_datetime

TIMEOUT_S = 3.0
_HALF = SECOND // 2
RTCP_DELAY = 300_000
"""Microseconds between a picture being stamped and its packet being here, at most on a local net: encoding and buffering."""


@dataclass(frozen=True, slots=True)
class Reading:
    """`offset`: device minus us, microseconds, positive when it is ahead; right to within `uncertainty` either way. `way`:
    isapi, http, rtsp or rtcp. `at`: our time."""

    offset: Instant
    uncertainty: Instant
    way: str
    at: Instant

    @property
    def words(self) -> str:
        """`快 37.0 秒（±0.5）`; "一致" when the offset cannot be told from nothing."""
        if abs(self.offset) <= self.uncertainty:
            return f"一致（±{self.uncertainty / SECOND:.1f} 秒）"
        side = "快" if self.offset > 0 else "慢"
        return f"{side} {abs(self.offset) / SECOND:.1f} 秒（±{self.uncertainty / SECOND:.1f}）"


class NoReading(Exception):
    """The device told no time this way; the text is a Chinese sentence."""


def reading(face: Instant, asked: Instant, answered: Instant, way: str, grain: Instant = SECOND) -> Reading:
    """From what the device showed (`face`, cut down to `grain`) somewhere between `asked` and `answered`."""
    offset = face + grain // 2 - (asked + answered) // 2
    return Reading(offset, grain // 2 + (answered - asked + 1) // 2, way, answered)


def best(readings: Sequence[Reading]) -> Reading | None:
    """What is left when several readings are laid over each other; the newest decides when they contradict. Several readings in
    whole seconds, taken at odd moments, narrow each other down."""
    if not readings:
        return None
    newest = max(readings, key=lambda one: one.at)
    low, high = newest.offset - newest.uncertainty, newest.offset + newest.uncertainty
    for one in readings:
        below, above = max(low, one.offset - one.uncertainty), min(high, one.offset + one.uncertainty)
        if below <= above and one.way == newest.way:
            low, high = below, above
    return Reading((low + high) // 2, (high - low + 1) // 2, newest.way, newest.at)


def from_date(text: str) -> Instant | None:
    """An RFC 1123 date as devices write it, also without a zone (then UTC, as the RFC demands)."""
    try:
        return from_datetime(parsedate_to_datetime(text))
    except (ValueError, TypeError):
        return None


def from_isapi(xml: str) -> Instant | None:
    """`<localTime>` of ISAPI: 2026-11-22T10:00:07+08:00. Without a zone `<timeZone>` gives it (CST-8:00:00: POSIX sign, so
    UTC+8); without either it cannot be told."""
    found = re.search(r"<localTime>\s*([^<]+?)\s*</localTime>", xml)
    if found is None:
        return None
    try:
        face = datetime.fromisoformat(found[1])
    except ValueError:
        return None
    if face.tzinfo is not None:
        return from_datetime(face)
    zone = re.search(r"<timeZone>\s*[A-Za-z]+([+-]?)(\d{1,2}):(\d\d)", xml)
    if zone is None:
        return None
    west = timedelta(hours=int(zone[2]), minutes=int(zone[3])) * (-1 if zone[1] == "-" else 1)
    return from_datetime(face + west)


def from_rtcp(start_time_realtime: int, pts: int, time_base: float, wall: Instant) -> Reading:
    """The device's clock at the picture with time stamp `pts` (`RtspSource.start_time_realtime` is its clock at zero) against
    the moment that picture was here."""
    stamped = start_time_realtime + round(pts * time_base * SECOND)
    return Reading(stamped + RTCP_DELAY // 2 - wall, RTCP_DELAY // 2, "rtcp", wall)


def _now() -> Instant:
    return time.time_ns() // 1000


def ask_http(url: str, user: str = "", password: str = "", isapi: bool = False) -> Reading:
    """`url`: http://host[:port]. Any answer will do for its Date, also a refusal; ISAPI needs the login. Raises NoReading."""
    import requests  # here: most stations never ask this way
    from requests.auth import HTTPDigestAuth

    login = HTTPDigestAuth(user, password) if user else None
    address = url.rstrip("/") + ("/ISAPI/System/time" if isapi else "/")
    try:
        with requests.Session() as session:
            session.trust_env = False
            if isapi and login:  # the challenge first, so that it is not part of the measured way there and back
                session.get(address, auth=login, timeout=TIMEOUT_S)
            asked = _now()
            answer = session.get(address, auth=login, timeout=TIMEOUT_S, allow_redirects=False)
            answered = asked + round(answer.elapsed.total_seconds() * SECOND)
    except requests.RequestException:
        raise NoReading("设备的网页端口没有应答。") from None
    if isapi:
        face = from_isapi(answer.text) if answer.ok else None
        if face is None:
            raise NoReading("设备没有按海康 ISAPI 给出时间。")
        return reading(face, asked, answered, "isapi")
    face = from_date(answer.headers.get("Date", ""))
    if face is None:
        raise NoReading("设备的网页应答里没有时间。")
    return reading(face, asked, answered, "http")


def ask_rtsp(url: str) -> Reading:
    """OPTIONS to the host of `url`; needs no login. Raises NoReading."""
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or 554
    request = f"OPTIONS rtsp://{host}:{port}/ RTSP/1.0\r\nCSeq: 1\r\nUser-Agent: HazWatch\r\n\r\n".encode()
    try:
        with socket.create_connection((host, port), timeout=TIMEOUT_S) as connection:
            asked = _now()
            connection.sendall(request)
            answer = b""
            while b"\r\n\r\n" not in answer and len(answer) < 65_536:
                chunk = connection.recv(4096)
                if not chunk:
                    break
                answer += chunk
            answered = _now()
    except OSError:
        raise NoReading("设备的视频端口没有应答。") from None
    found = re.search(rb"^Date:\s*(.+?)\r?$", answer, re.MULTILINE | re.IGNORECASE)
    face = from_date(found[1].decode("ascii", "replace")) if found else None
    if face is None:
        raise NoReading("设备的视频应答里没有时间。")
    return reading(face, asked, answered, "rtsp")


def measure(ways: Sequence[Callable[[], Reading]], times: int = 3, pause_s: float = 0.37) -> Reading:
    """The first of `ways` that answers, asked `times` times at odd moments. Raises NoReading with what every way said."""
    said = []
    for way in ways:
        try:
            readings = [way()]
        except NoReading as error:
            said.append(str(error))
            continue
        for _ in range(times - 1):
            time.sleep(pause_s)
            try:
                readings.append(way())
            except NoReading:
                break
        found = best(readings)
        assert found is not None
        return found
    raise NoReading("".join(said) or "没有可用的对时方式。")

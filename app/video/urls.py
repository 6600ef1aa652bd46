"""Stream addresses of the three makers, live and by time. Both sides; pure.

The time zone rule: what stands in a playback URL is what the **clock of the device** shows, in its own zone, whatever letters
stand behind it. Hikvision writes a "Z" that its recorders take for local time, while some cameras that play their own card do
mean it (ZLMediaKit issue 493: 12:00Z played from 20:00 in China): `DeviceTime.utc` says so for a device. Dahua writes no zone.
Uniview counts seconds since 1970, which have none. Our moments are UTC; `DeviceTime` turns them, by the offset the clock meter
found.

Some firmwares ignore the end: stop by the clock, not by the end of the stream.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote, unquote, urlsplit, urlunsplit

from app.domain.instant import SECOND, Instant, to_datetime

CHINA_S = 8 * 3600
MAKERS = ("hikvision", "dahua", "uniview")


class NoAddress(ValueError):
    """The text is a Chinese sentence that says what to fill in."""


@dataclass(frozen=True, slots=True)
class Device:
    """Where the streams of one camera are had. `host` with or without port; `channel` counts from 1. A template of the site
    (keys of `templates`: live, sub, playback) goes before the maker's own; it may hold {host} {channel} {start} {end}
    {start_utc} {end_utc} {start_s} {end_s}."""

    maker: str
    host: str
    channel: int = 1
    templates: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class DeviceTime:
    """How the device reads time. `offset_s`: its clock minus ours, as the clock meter found it; `utc_offset_s`: its time zone;
    `utc`: it takes times in playback URLs as UTC."""

    offset_s: float = 0.0
    utc_offset_s: int = CHINA_S
    utc: bool = False

    def face(self, at: Instant) -> datetime:
        """What the device's clock shows at our moment `at`, to its second."""
        zone = 0 if self.utc else self.utc_offset_s
        return to_datetime(self.count(at) * SECOND + zone * SECOND).replace(tzinfo=None)

    def count(self, at: Instant) -> int:
        """Whole seconds since 1970 by the device's clock."""
        return (at + round(self.offset_s * SECOND)) // SECOND


_LIVE = {
    ("hikvision", False): "rtsp://{host}/Streaming/Channels/{channel}01",
    ("hikvision", True): "rtsp://{host}/Streaming/Channels/{channel}02",
    ("dahua", False): "rtsp://{host}/cam/realmonitor?channel={channel}&subtype=0",
    ("dahua", True): "rtsp://{host}/cam/realmonitor?channel={channel}&subtype=1",
    ("uniview", False): "rtsp://{host}/unicast/c{channel}/s0/live",
    ("uniview", True): "rtsp://{host}/unicast/c{channel}/s1/live",
}
_PLAYBACK = {
    "hikvision": ("rtsp://{host}/Streaming/tracks/{channel}01?starttime={start}&endtime={end}", "%Y%m%dT%H%M%SZ"),
    "dahua": ("rtsp://{host}/cam/playback?channel={channel}&subtype=0&starttime={start}&endtime={end}", "%Y_%m_%d_%H_%M_%S"),
    "uniview": ("rtsp://{host}/c{channel}/b{start_s}/e{end_s}/replay/", "%Y%m%dT%H%M%SZ"),
}


def live_url(device: Device, sub: bool = False) -> str:
    """Main stream, or the small one for grids. Without login."""
    own = (device.templates or {}).get("sub" if sub else "live")
    template = own or _LIVE.get((device.maker, sub))
    if not template:
        raise NoAddress("不知道这个厂商的视频地址。请在摄像机表里填写主码流和子码流地址。")
    return _filled(template, device, {})


def playback_url(device: Device, start: Instant, end: Instant, device_time: DeviceTime | None = None) -> str:
    """Recording of [start, end] by our clock. Without login."""
    if end <= start:
        raise NoAddress("回放的结束时间要晚于开始时间。")
    time = device_time or DeviceTime()
    own = (device.templates or {}).get("playback")
    template, form = _PLAYBACK.get(device.maker, ("", "%Y%m%dT%H%M%SZ"))
    if not (own or template):
        raise NoAddress("不知道这个厂商的回放地址。请在摄像机表里选择厂商，或填写回放地址模板。")
    end += SECOND - 1  # the device works in whole seconds: begin not later, end not earlier than asked
    utc = DeviceTime(time.offset_s, time.utc_offset_s, utc=True)
    values = {
        "start": time.face(start).strftime(form),
        "end": time.face(end).strftime(form),
        "start_utc": utc.face(start).strftime(form),
        "end_utc": utc.face(end).strftime(form),
        "start_s": str(time.count(start)),
        "end_s": str(time.count(end)),
    }
    return _filled(own or template, device, values)


def _filled(template: str, device: Device, values: Mapping[str, str]) -> str:
    if not device.host:
        raise NoAddress("没有设备地址。请在摄像机表里填写。")
    try:
        return template.format(host=device.host, channel=device.channel, **values)
    except (KeyError, IndexError, ValueError):
        raise NoAddress(f"视频地址模板写得不对：{template}") from None


def device_of(url: str, maker: str, channel: str = "", templates: Mapping[str, str] | None = None) -> Device:
    """The device behind the live URL of a camera: same host and port, and its channel where the table does not name one."""
    host = urlsplit(url).netloc.rpartition("@")[2]
    number = channel.strip().lstrip("DdCc") or _channel_in(url, maker)
    if number and not number.isdigit():
        raise NoAddress(f"通道号要是数字，这里是“{channel}”。")
    return Device(maker, host, int(number or 1), templates)


def _channel_in(url: str, maker: str) -> str:
    """The channel a maker's live URL names, "" when it is another URL."""
    parts = urlsplit(url)
    words = [word for word in parts.path.split("/") if word]
    if maker == "hikvision" and words[-2:-1] in (["Channels"], ["channels"], ["tracks"]) and words[-1].isdigit():
        return words[-1][:-2]
    if maker == "dahua":
        for pair in parts.query.split("&"):
            name, _, value = pair.partition("=")
            if name == "channel":
                return value
    if maker == "uniview":
        for word in words:
            if word[:1] == "c" and word[1:].isdigit():
                return word[1:]
    return ""


def split_login(url: str) -> tuple[str, str, str]:
    """(URL that may be logged and shown, user, password)."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=host)), unquote(parts.username or ""), unquote(parts.password or "")


def with_login(url: str, user: str, password: str) -> str:
    """Only for whoever connects: never to be logged or shown."""
    if not user:
        return url
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{quote(user, safe='')}:{quote(password, safe='')}@{host}"))

"""Addresses of the makers, by table."""

import pytest

from app.domain.instant import SECOND, from_rfc3339
from app.video.ports import SourceError
from app.video.sources import Address, source_of
from app.video.urls import (
    Device,
    DeviceTime,
    NoAddress,
    device_of,
    live_url,
    playback_url,
    split_login,
    with_login,
)

START, END = from_rfc3339("2026-01-01T04:03:00.250Z"), from_rfc3339("2026-01-01T04:04:00.100Z")


@pytest.mark.parametrize(
    ("maker", "sub", "url"),
    [
        ("hikvision", False, "rtsp://10.0.0.8/Streaming/Channels/701"),
        ("hikvision", True, "rtsp://10.0.0.8/Streaming/Channels/702"),
        ("dahua", False, "rtsp://10.0.0.8/cam/realmonitor?channel=7&subtype=0"),
        ("dahua", True, "rtsp://10.0.0.8/cam/realmonitor?channel=7&subtype=1"),
        ("uniview", False, "rtsp://10.0.0.8/unicast/c7/s0/live"),
        ("uniview", True, "rtsp://10.0.0.8/unicast/c7/s1/live"),
    ],
)
def test_live(maker: str, sub: bool, url: str) -> None:
    assert live_url(Device(maker, "10.0.0.8", 7), sub) == url


@pytest.mark.parametrize(
    ("maker", "time", "url"),
    [
        # The device's clock face in its own zone (UTC+8), whatever the Z says; ends are rounded outward.
        ("hikvision", DeviceTime(), "rtsp://h:8554/Streaming/tracks/301?starttime=20260101T120300Z&endtime=20260101T120401Z"),
        (
            "dahua",
            DeviceTime(),
            "rtsp://h:8554/cam/playback?channel=3&subtype=0&starttime=2026_01_01_12_03_00&endtime=2026_01_01_12_04_01",
        ),
        ("uniview", DeviceTime(), "rtsp://h:8554/c3/b1767240180/e1767240241/replay/"),
        # A recorder that means its Z.
        (
            "hikvision",
            DeviceTime(utc=True),
            "rtsp://h:8554/Streaming/tracks/301?starttime=20260101T040300Z&endtime=20260101T040401Z",
        ),
        # Another zone.
        (
            "hikvision",
            DeviceTime(utc_offset_s=6 * 3600),
            "rtsp://h:8554/Streaming/tracks/301?starttime=20260101T100300Z&endtime=20260101T100401Z",
        ),
        # A recorder 37 s ahead wrote our 12:03:00 as 12:03:37; one 90 s behind as 12:01:30.
        (
            "dahua",
            DeviceTime(offset_s=37),
            "rtsp://h:8554/cam/playback?channel=3&subtype=0&starttime=2026_01_01_12_03_37&endtime=2026_01_01_12_04_38",
        ),
        ("uniview", DeviceTime(offset_s=-90), "rtsp://h:8554/c3/b1767240090/e1767240151/replay/"),
    ],
)
def test_playback(maker: str, time: DeviceTime, url: str) -> None:
    assert playback_url(Device(maker, "h:8554", 3), START, END, time) == url


def test_over_midnight_of_the_device() -> None:
    start = from_rfc3339("2025-12-31T15:59:50Z")
    url = playback_url(Device("dahua", "h"), start, start + 20 * SECOND)
    assert url.endswith("starttime=2025_12_31_23_59_50&endtime=2026_01_01_00_00_10")


def test_templates_of_the_site_go_first() -> None:
    own = {
        "sub": "rtsp://{host}/small/{channel}",
        "playback": "rtsp://{host}/rtsp/playback?channel={channel}&starttime={start}&endtime={end_utc}&s={start_s}",
    }
    device = Device("generic", "h", 2, own)
    assert live_url(device, sub=True) == "rtsp://h/small/2"
    assert (
        playback_url(device, START, END)
        == "rtsp://h/rtsp/playback?channel=2&starttime=20260101T120300Z&endtime=20260101T040401Z&s=1767240180"
    )


@pytest.mark.parametrize(
    ("make", "word"),
    [
        (lambda: live_url(Device("generic", "h")), "主码流"),
        (lambda: playback_url(Device("onvif", "h"), START, END), "厂商"),
        (lambda: playback_url(Device("dahua", "h"), END, START), "晚于"),
        (lambda: live_url(Device("dahua", "")), "设备地址"),
        (lambda: live_url(Device("generic", "h", 1, {"live": "rtsp://{hots}/"})), "模板"),
        (lambda: device_of("rtsp://h/x", "dahua", "七"), "通道号"),
        (lambda: source_of(Address("onvif://h")), "rtsp://"),
        (lambda: source_of(Address("gb28181://3/4")), "gb28181"),
        (lambda: source_of(Address("")), "填写"),
    ],
)
def test_what_is_missing_is_said(make, word: str) -> None:
    with pytest.raises(NoAddress, match=word):
        make()


@pytest.mark.parametrize(
    ("url", "maker", "channel", "host", "number"),
    [
        ("rtsp://a:b@10.0.0.8:8554/Streaming/Channels/1202", "hikvision", "", "10.0.0.8:8554", 12),
        ("rtsp://10.0.0.8/cam/realmonitor?channel=9&subtype=1", "dahua", "", "10.0.0.8", 9),
        ("rtsp://10.0.0.8/unicast/c4/s1/live", "uniview", "", "10.0.0.8", 4),
        ("rtsp://10.0.0.8/unicast/c4/s1/live", "uniview", "D6", "10.0.0.8", 6),
        ("rtsp://10.0.0.8/live", "dahua", "", "10.0.0.8", 1),
        ("rtsp://[fe80::1]:554/Streaming/Channels/301", "hikvision", "", "[fe80::1]:554", 3),
    ],
)
def test_the_device_behind_a_live_url(url: str, maker: str, channel: str, host: str, number: int) -> None:
    device = device_of(url, maker, channel)
    assert (device.host, device.channel) == (host, number)


@pytest.mark.parametrize("password", ["Test-1234", "a:b@c/d?e#f%g", "口令", " "])
def test_logins_go_in_and_come_out(password: str) -> None:
    url = "rtsp://10.0.0.8:554/Streaming/Channels/101?x=1"
    assert split_login(with_login(url, "admin", password)) == (url, "admin", password)
    assert with_login(url, "", "") == url


def test_files_are_sources_too(tmp_path) -> None:
    with pytest.raises(SourceError, match=r"没有这个录像文件：a\.mp4"):
        source_of(Address("file://video/a.mp4", folder=tmp_path)).open()

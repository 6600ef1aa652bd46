"""`[video]`: what is read, and what is refused."""

from typing import Any

import pytest

from app.domain.settings.section import Section, WrongSetting
from app.domain.settings.video import VideoSettings, read_video

NVR = {"id": "N1", "vendor": "dahua", "url": "rtsp://10.0.0.9:554", "secret": "n1", "cameras": ["N1-*", "GATE"]}


def read(table: dict[str, Any]) -> tuple[VideoSettings, list[str]]:
    wrong: list[WrongSetting] = []
    return read_video(Section(table, "video", wrong)), [one.key for one in wrong]


def test_defaults() -> None:
    made, wrong = read({})
    assert (made, wrong) == (VideoSettings(), [])
    assert (made.pre_s, made.post_s, made.clip_days, made.evidence_days, made.clock_limit_s) == (10, 20, 30, 90, 2)
    assert made.basis == "默认值，非官方规定"
    assert made.wants_clip("critical", "HH") and not made.wants_clip("low", "HH") and not made.wants_clip("high", "LINK")


def test_a_recorder_serves_its_cameras() -> None:
    made, wrong = read({"nvr": [NVR], "priorities": ["low"], "clip_days": 45})
    assert not wrong and made.priorities == ("low",) and made.clip_days == 45
    found = made.nvr_of("N1-03")
    assert found is not None and (found.id, found.vendor, found.at_once) == ("N1", "dahua", 1)
    assert made.nvr_of("GATE") is found and made.nvr_of("N2-03") is None


@pytest.mark.parametrize(
    ("table", "keys"),
    [
        ({"clip_days": 7}, ["clip_days"]),  # below the floor of Order 40
        ({"evidence_days": 29}, ["evidence_days"]),
        ({"pre_s": 30}, ["ring_s"]),  # the ring must reach back further than the clip
        ({"post_s": 295}, ["longest_s"]),
        ({"ring_mb": 0}, ["ring_mb"]),
        ({"rules": ["XX"]}, ["rules"]),
        ({"priorities": "critical"}, ["priorities"]),
        ({"on": 1}, ["on"]),
        ({"clip_day": 60}, ["clip_day"]),  # a slip of the pen
        ({"nvr": [{**NVR, "vendor": "acme"}]}, ["vendor"]),
        ({"nvr": [{**NVR, "url": "10.0.0.9"}]}, ["url"]),
        ({"nvr": [{**NVR, "url": "rtsp://admin:x@10.0.0.9"}]}, ["url"]),
        ({"nvr": [{**NVR, "cameras": []}]}, ["cameras"]),
        ({"nvr": [{**NVR, "clock": "10.0.0.9"}]}, ["clock"]),
        ({"nvr": [NVR, NVR]}, ["nvr"]),
    ],
)
def test_refused(table: dict[str, Any], keys: list[str]) -> None:
    assert read(table)[1] == keys

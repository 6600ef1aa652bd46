"""RTP into pictures: whole whatever the camera's habits, said to be lacking when a packet is; sizes out of parameter sets."""

import random
import struct
from collections.abc import Iterator

import pytest

from app.video.parameters import parameter_sets, probe
from app.video.rtp import Depacketiser, Reorder, Unit, receiver_report, sender_report
from app.video.sps import size_of
from tests.peers import video_media
from tests.video.making import TICKS, encoded

MTU = 1000
STEP = 3600


def nals(picture: bytes) -> list[bytes]:
    return [
        one.rstrip(b"\x00") if not one.endswith(b"\x00") else one
        for one in picture.replace(b"\x00\x00\x00\x01", b"\x00\x00\x01").split(b"\x00\x00\x01")
        if one
    ]


def payloads(picture: bytes, codec: str) -> Iterator[bytes]:
    """As RFC 6184 and RFC 7798 cut them: small ones aggregated, large ones in fragments."""
    head = 1 if codec == "h264" else 2
    small: list[bytes] = []
    for nal in nals(picture):
        if len(nal) < 100:
            small.append(nal)
            continue
        if small:
            first = b"\x78" if codec == "h264" else bytes((48 << 1, 1))
            yield first + b"".join(struct.pack(">H", len(one)) + one for one in small)
            small = []
        if len(nal) <= MTU:
            yield nal
            continue
        body = nal[head:]
        parts = [body[at : at + MTU] for at in range(0, len(body), MTU)]
        kind = nal[0] & 0x1F if codec == "h264" else nal[0] >> 1 & 0x3F
        for number, part in enumerate(parts):
            mark = (0x80 if not number else 0) | (0x40 if number == len(parts) - 1 else 0) | kind
            begin = bytes((nal[0] & 0xE0 | 28, mark)) if codec == "h264" else bytes((nal[0] & 0x81 | 49 << 1, nal[1], mark))
            yield begin + part
    for nal in small:
        yield nal


def packets(codec: str, count: int, marker: str = "end", stamp: int = 0xFFFFF000, number: int = 65_500) -> list[bytes]:
    """Numbers and time stamps wrap around on the way. `marker`: at the end of a picture, never, on each packet."""
    made = []
    for picture, _ in encoded(codec)[:count]:
        parts = list(payloads(picture, codec))
        for place, part in enumerate(parts):
            marked = {"end": place == len(parts) - 1, "never": False, "always": True}[marker]
            head = struct.pack(">BBHII", 0x80, 96 | marked << 7, number & 0xFFFF, stamp & 0xFFFFFFFF, 7)
            made.append(head + part)
            number += 1
        stamp += STEP
    return made


def units(codec: str, given: list[bytes]) -> list[Unit]:
    depacketiser = Depacketiser(codec)
    found = []
    for packet in given:
        memory = bytearray(packet)  # used again by the next packet, as the net's buffer is
        found.append(depacketiser.take(memoryview(memory), 0, len(memory)))
        depacketiser.settle()
        memory[:] = bytes(len(memory))
    return [one for one in found if one is not None]


@pytest.mark.parametrize("codec", ["h264", "hevc"])
@pytest.mark.parametrize("marker", ["end", "never"])
def test_pictures_come_out_as_they_went_in(codec: str, marker: str) -> None:
    found = units(codec, packets(codec, 60, marker))
    sent = encoded(codec)[: 60 if marker == "end" else 59]  # without markers the next picture ends the one before
    assert [nals(one.data) for one in found] == [nals(picture) for picture, _ in sent]
    assert [one.key for one in found] == [key for _, key in sent]
    assert [one.stamp for one in found] == [STEP * number for number in range(len(sent))]


def test_a_camera_that_marks_every_packet() -> None:
    found = units("h264", packets("h264", 60, "always"))
    assert [nals(one.data) for one in found[-20:]] == [nals(picture) for picture, _ in encoded("h264")[39:59]]


@pytest.mark.parametrize("codec", ["h264", "hevc"])
def test_a_lost_packet_costs_its_picture_only(codec: str) -> None:
    given = packets(codec, 30)
    whole = units(codec, given)
    for gone in range(3, len(given), 7):
        depacketiser = Depacketiser(codec)
        found = [one for packet in given[:gone] + given[gone + 1 :] if (one := depacketiser.take(packet, 0, len(packet)))]
        assert depacketiser.lost == 1
        stamps = {one.stamp: one.data for one in found}
        same = sum(stamps.get(one.stamp) == one.data for one in whole)
        assert same >= len(whole) - 2  # the picture, and where its marker went the one it ran into


@pytest.mark.parametrize("seed", range(20))
def test_nothing_that_comes_over_the_net_ends_it(seed: int) -> None:
    chance = random.Random(seed)
    for codec in ("h264", "hevc"):
        depacketiser, order = Depacketiser(codec), Reorder()
        for packet in packets(codec, 20):
            odd = bytearray(packet)
            for _ in range(chance.choice((0, 1, 3))):
                odd[chance.randrange(len(odd))] = chance.randrange(256)
            for one in order.put(bytes(odd[: chance.choice((len(odd), chance.randrange(len(odd) + 1)))]), 0.0):
                depacketiser.take(one, 0, len(one))
        clean = packets(codec, 60)  # enough that its markers are trusted again
        fresh = [one for packet in clean if (one := depacketiser.take(packet, 0, len(packet)))]
        assert nals(fresh[-1].data) == nals(encoded(codec)[59][0])


def test_an_endless_picture_is_bounded() -> None:
    depacketiser = Depacketiser("h264")
    part = b"\x7c\x05" + bytes(60_000)
    depacketiser.take(struct.pack(">BBHII", 0x80, 96, 0, 5, 7) + b"\x7c\x85" + bytes(100), 0, 114)
    for number in range(1, 600):
        packet = struct.pack(">BBHII", 0x80, 96, number, 5, 7) + part
        assert depacketiser.take(packet, 0, len(packet)) is None
        assert depacketiser._size <= 16 * 1024 * 1024 + len(part)


def test_padding_extension_and_contributors_are_no_picture() -> None:
    nal = encoded("h264")[1][0].removeprefix(b"\x00\x00\x00\x01")
    head = struct.pack(">BBHII", 0x80 | 0x20 | 0x10 | 2, 96 | 0x80, 1, 5, 7) + bytes(8)
    packet = head + struct.pack(">HH", 0xBEDE, 1) + bytes(4) + nal + b"\x00\x00\x03"
    found = Depacketiser("h264").take(packet, 0, len(packet))
    assert found is not None and found.data.endswith(nal) and found.data.startswith(b"\x00\x00\x00\x01" + nal[:4])


@pytest.mark.parametrize("seed", range(10))
def test_overtaken_packets_are_put_in_order(seed: int) -> None:
    chance = random.Random(seed)
    given = packets("h264", 60)
    mixed = [one for _, one in sorted((place + chance.uniform(0, 8), one) for place, one in enumerate(given))]
    mixed.insert(0, mixed.pop(mixed.index(given[0])))
    order = Reorder()
    assert [one for packet in mixed for one in order.put(packet, 0.0)] == given


def test_a_lost_packet_is_not_waited_for_long() -> None:
    given = packets("h264", 60)
    by_count, by_time = Reorder(packets=8), Reorder(packets=500, seconds=0.1)
    out = [one for packet in given[:3] + given[4:] for one in by_count.put(packet, 0.0)]
    assert out == given[:3] + given[4:]
    assert [one for packet in given[:3] for one in by_time.put(packet, 0.0)] == given[:3]
    assert by_time.put(given[4], 0.01) == []
    assert by_time.put(given[5], 0.2) == given[4:6]
    assert by_time.put(given[4], 0.2) == []  # double


def test_a_camera_that_numbers_anew_is_followed() -> None:
    order = Reorder()
    for packet in packets("h264", 5, number=100):
        order.put(packet, 0.0)
    fresh = packets("h264", 5, number=40_000)
    assert [one for packet in fresh for one in order.put(packet, 0.5)] == fresh


def test_the_clock_of_a_sender_report() -> None:
    report = struct.pack(">BBHIIIIII", 0x80, 200, 6, 7, 2_208_988_800 + 1_767_240_000, 1 << 31, 4500, 1, 1)
    assert sender_report(report) == (1_767_240_000_500_000, 4500)
    assert sender_report(receiver_report(7)) is None and sender_report(b"\x80\xc8") is None
    assert len(receiver_report(7)) % 4 == 0


@pytest.mark.parametrize("codec", ["h264", "hevc"])
@pytest.mark.parametrize(("width", "height"), [(352, 288), (704, 576), (640, 360), (1280, 720), (1920, 1080), (354, 202)])
def test_sizes_as_ffmpeg_reads_them(codec: str, width: int, height: int) -> None:
    name = "h264" if codec == "h264" else "h265"
    key, _ = next(video_media.encode(name, video_media.drawn(1, width, height), gop=1))
    sets = parameter_sets(key, codec)
    found = probe(key, codec, TICKS)
    assert found is not None and size_of(sets, codec) == (found.width, found.height) == (width, height)
    for end in range(len(sets)):
        assert size_of(sets[:end], codec) in ((0, 0), (width, height))

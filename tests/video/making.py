"""Packets without a camera, for ring and clips: real pictures, encoded, at times the test names. Test side."""

from collections.abc import Sequence
from fractions import Fraction
from functools import cache

from app.domain.instant import SECOND, Instant
from app.video.parameters import probe
from app.video.ports import Packet, StreamInfo
from tests.peers import video_media

FPS, GOP = 25, 25
EPOCH: Instant = 1_767_240_000 * SECOND
TICKS = Fraction(1, 90_000)


@cache
def encoded(codec: str = "h264", width: int = 320, height: int = 240) -> tuple[tuple[bytes, bool], ...]:
    """Four seconds."""
    name = "h264" if codec == "h264" else "h265"
    return tuple(video_media.encode(name, video_media.drawn(100, width, height), gop=GOP, kbit=200))


@cache
def info_of(codec: str = "h264", width: int = 320, height: int = 240) -> StreamInfo:
    found = probe(encoded(codec, width, height)[0][0], codec, TICKS)
    assert found is not None
    return found


def packets(
    seconds: float, start_s: float = 0.0, codec: str = "h264", pts0: int | None = 900_000, **size: int
) -> Sequence[Packet]:
    """From a key packet on; `start_s` after EPOCH. `pts0` None: a camera without time stamps."""
    frames, info = encoded(codec, **size), info_of(codec, **size)
    made = []
    for number in range(round(seconds * FPS)):
        data, key = frames[number % len(frames)]
        at = start_s + number / FPS
        stamp = None if pts0 is None else pts0 + number * 90_000 // FPS
        made.append(Packet(data, stamp, stamp, key, 1000.0 + at, EPOCH + round(at * SECOND), info))
    return made

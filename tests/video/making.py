"""Packets without a camera, for ring and clips: real pictures, encoded, at times the test names. Test side."""

from collections.abc import Sequence
from fractions import Fraction
from functools import cache

import av

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


@cache
def reordered(
    codec: str = "h264", pictures: int = 100, pyramid: bool = True, open_gop: bool = False
) -> tuple[tuple[bytes, bool, int], ...]:
    """(Annex B, key, place on the screen) in the order of decoding: two or three B pictures between the others. `open_gop`:
    also across the key pictures, of which only the first forgets all before it."""
    context = av.CodecContext.create("libx264" if codec == "h264" else "libx265", "w")
    context.width, context.height, context.pix_fmt = 320, 240, "yuv420p"
    context.time_base, context.framerate = Fraction(1, FPS), Fraction(FPS)
    gop = "keyint=27:min-keyint=1:open-gop=1" if open_gop else f"keyint={GOP}:min-keyint={GOP}:open-gop=0"
    fixed = f"{gop}:scenecut=0:bframes={3 if pyramid else 2}:b-adapt=0:repeat-headers=1"
    fixed += f":b-pyramid={('normal' if codec == 'h264' else 1) if pyramid else ('none' if codec == 'h264' else 0)}"
    more = "" if codec == "h264" else ":log-level=none:frame-threads=1"
    context.options = {"preset": "ultrafast", f"x26{4 if codec == 'h264' else 5}-params": fixed + more}
    made = []
    for number, pixels in enumerate(video_media.drawn(pictures, 320, 240)):
        picture = av.VideoFrame.from_ndarray(pixels, format="rgb24")
        picture.pts = number
        made += context.encode(picture)
    made += context.encode(None)
    return tuple((bytes(one), one.is_keyframe, one.pts) for one in made)


def b_packets(codec: str = "h264", pyramid: bool = True, open_gop: bool = False) -> Sequence[Packet]:
    """Four seconds as a camera with B pictures sends them by RTP: each a step later, with the stamp of when it is shown."""
    frames = reordered(codec, pyramid=pyramid, open_gop=open_gop)
    info = probe(frames[0][0], codec, TICKS)
    assert info is not None
    return [
        Packet(data, 900_000 + shown * 3600, None, key, 1000.0 + n / FPS, EPOCH + n * SECOND // FPS, info)
        for n, (data, key, shown) in enumerate(frames)
    ]


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

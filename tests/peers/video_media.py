"""Pictures for the camera peers, drawn and encoded when a test asks for them: elementary streams with an index. Test side.

Every picture carries its number as 16 black or white blocks in its upper left corner (`number_of` reads it back), so a test can
tell which picture it looks at, whatever the codec did to it.
"""

import json
from collections.abc import Iterable, Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

BLOCK, BITS = 16, 16


def draw(number: int, width: int, height: int, kind: str = "moving") -> np.ndarray:
    """One picture as RGB. `kind`: moving, still (noise and all, always the same), black, covered (by a hand)."""
    rows, columns = np.mgrid[0:height, 0:width]
    seed = 7 if kind == "still" else number
    noise = np.random.default_rng(seed).integers(-6, 7, (height, width))
    if kind == "black":
        grey = np.full((height, width), 12) + noise // 4
        return np.repeat(np.clip(grey, 0, 255).astype(np.uint8)[..., None], 3, axis=2)
    if kind == "covered":
        grey = 70 + rows * 10 // height + noise // 3
        return np.repeat(np.clip(grey, 0, 255).astype(np.uint8)[..., None], 3, axis=2)
    shift = 0 if kind == "still" else number
    base = ((columns // 40 + rows // 36) % 2) * 90 + 60 + rows * 40 // height
    spot = np.hypot(columns - (shift * 5) % width, rows - height / 2) < height / 8
    picture = np.stack([base + noise, base + 20 * spot + noise, base // 2 + 120 * spot + noise], axis=2)
    picture = np.clip(picture, 0, 255).astype(np.uint8)
    for bit in range(BITS):
        value = 235 if (seed >> (BITS - 1 - bit)) & 1 else 16
        picture[0:BLOCK, bit * BLOCK : (bit + 1) * BLOCK] = value
    return picture


def number_of(grey: np.ndarray) -> int:
    """The number in a decoded picture, from its luma (or any colour) plane."""
    centres = [grey[BLOCK // 2, bit * BLOCK + BLOCK // 2] > 128 for bit in range(BITS)]
    return int("".join("1" if one else "0" for one in centres), 2)


def drawn(frames: int, width: int, height: int, kind: str = "moving") -> Iterator[np.ndarray]:
    return (draw(number, width, height, kind) for number in range(frames))


def encode(
    codec: str, pictures: Iterable[np.ndarray], gop: int = 50, fps: int = 25, kbit: int = 512
) -> Iterator[tuple[bytes, bool]]:
    """(Annex B, is key) of each picture; no B pictures, parameter sets in front of every key picture, as cameras send it."""
    context = av.CodecContext.create("libx264" if codec == "h264" else "libx265", "w")
    context.pix_fmt = "yuv420p"
    context.time_base, context.framerate = Fraction(1, fps), Fraction(fps)
    context.bit_rate = kbit * 1000
    fixed = f"keyint={gop}:min-keyint={gop}:scenecut=0:bframes=0:repeat-headers=1"
    if codec == "h264":
        context.options = {"preset": "ultrafast", "tune": "zerolatency", "x264-params": fixed + ":sliced-threads=0"}
    else:
        context.options = {"preset": "ultrafast", "tune": "zerolatency", "x265-params": fixed + ":log-level=none"}
    for number, pixels in enumerate(pictures):
        if not number:
            context.height, context.width = pixels.shape[:2]
        picture = av.VideoFrame.from_ndarray(pixels, format="rgb24")
        picture.pts = number
        for packet in context.encode(picture):
            yield bytes(packet), packet.is_keyframe
    for packet in context.encode(None):
        yield bytes(packet), packet.is_keyframe


def make(
    folder: Path,
    name: str,
    codec: str,
    width: int,
    height: int,
    frames: int,
    kind: str = "moving",
    skip: int = 0,
    gop: int = 50,
    fps: int = 25,
    kbit: int = 512,
) -> Path:
    """NAME.es and NAME.json in `folder`, as `rtsp_peer.py` reads them; kept when they are there. The first `skip` pictures are
    left out (whole GOPs): an encoder needs some before a still picture is still."""
    data, index = folder / f"{name}.es", folder / f"{name}.json"
    if index.exists():
        return data
    table: list[tuple[int, int, bool]] = []
    with data.open("wb") as file:
        stream = encode(codec, drawn(frames, width, height, kind), gop, fps, kbit)
        for number, (packet, key) in enumerate(stream):
            if number < skip:
                continue
            table.append((file.tell(), len(packet), key))
            file.write(packet)
    index.write_text(json.dumps({"codec": codec, "fps": fps, "frames": table}))
    return data


def wrap(folder: Path, name: str) -> Path:
    """NAME.mp4 of NAME.es: a recording that can be sought and played at any speed."""
    film, index = folder / f"{name}.mp4", json.loads((folder / f"{name}.json").read_text())
    if film.exists():
        return film
    given = av.open(str(folder / f"{name}.es"), format=index["codec"], options={"framerate": str(index["fps"])})
    with given as source, av.open(str(film), "w") as out:
        stream = out.add_stream_from_template(source.streams.video[0])
        stream.time_base = Fraction(1, index["fps"])
        for number, packet in enumerate(one for one in source.demux(video=0) if one.size):
            packet.pts = packet.dts = number
            packet.time_base, packet.stream = Fraction(1, index["fps"]), stream
            out.mux_one(packet)
    return film

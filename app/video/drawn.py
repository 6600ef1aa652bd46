"""Drawn pictures into a film, for demo and drill: H.264 in MP4, a key picture every two seconds. No camera is read."""

import io
from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np

Pixels = np.ndarray[Any, np.dtype[np.uint8]]
"""Rows of blue, green, red."""


def write_film(path: Path, pictures: Iterable[Pixels], rate: Fraction) -> None:
    """All of one size, even in width and height. Raises OSError."""
    with av.open(str(path), "w", format="mp4", options={"movflags": "faststart"}) as container:
        stream: Any = None
        for number, pixels in enumerate(pictures):
            if stream is None:
                stream = container.add_stream("libx264", rate=rate)
                stream.height, stream.width, stream.pix_fmt = pixels.shape[0], pixels.shape[1], "yuv420p"
                stream.gop_size = round(2 * rate)
                stream.codec_context.thread_count = 1
                stream.options = {"preset": "superfast", "crf": "27", "tune": "zerolatency", "bf": "0"}
            frame = av.VideoFrame.from_ndarray(pixels, format="bgr24")
            frame.pts = number
            container.mux(stream.encode(frame))
        if stream is not None:
            container.mux(stream.encode())


def read_png(data: bytes) -> Pixels:
    """A grey picture: rows of how light each pixel is."""
    with av.open(io.BytesIO(data), "r", format="png_pipe") as container:
        return np.asarray(next(container.decode(video=0)).to_ndarray(format="gray"), np.uint8)

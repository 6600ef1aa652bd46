"""A snapshot keeps the pixels as they came; the label stands below them, and the hash can be checked by anyone."""

import hashlib
from fractions import Fraction

import numpy as np
from PySide6.QtGui import QImage

from app.video.ports import Frame, StreamInfo
from tests.widgets.video.synthetic import SyntheticFeed, cameras
from widgets.video.feed import Look, Said
from widgets.video.paint import image_of
from widgets.video.snapshot import snapshot_of


def test_pixels_label_and_hash(qapp) -> None:
    camera = cameras(1)["CAM-01"]
    feed = SyntheticFeed(camera, width=700)
    wide = np.random.default_rng(3).integers(0, 256, (576, 704, 4)).astype(np.uint8)  # rows are longer than the picture
    wide[:, :, 3] = 255
    frame = feed.step(pixels=wide)
    made = snapshot_of(frame, camera, "示范化工", "wang", Said(Look.LIVE, 0, ""))
    assert made.name.startswith("CAM-01-") and made.name.endswith(".png")
    assert made.file_sha256 == hashlib.sha256(made.png).hexdigest()
    image = QImage.fromData(made.png)
    assert image.height() > 576 + 40
    cut = image.copy(0, 0, 700, 576).convertToFormat(QImage.Format.Format_RGB32)
    pixels = np.frombuffer(cut.constBits(), np.uint8).reshape(576, -1, 4)[:, :700]
    assert np.array_equal(pixels, wide[:, :700])
    assert made.sha256 == hashlib.sha256(pixels.tobytes()).hexdigest()


def test_a_frozen_picture_is_not_kept_as_a_live_one(qapp) -> None:
    camera = cameras(1)["CAM-01"]
    frame = SyntheticFeed(camera).step()
    live = snapshot_of(frame, camera, "", "wang", Said(Look.LIVE, 0, ""))
    frozen = snapshot_of(frame, camera, "", "wang", Said(Look.FROZEN, 37, ""))
    assert live.sha256 == frozen.sha256
    assert live.file_sha256 != frozen.file_sha256


def test_a_picture_painted_small_is_kept_whole(qapp) -> None:
    rows = np.random.default_rng(3).integers(0, 256, (64, 96, 4), np.uint8)
    rows[..., 3] = 255
    info = StreamInfo("h264", 96, 64, b"", Fraction(1, 90_000))
    whole = Frame(memoryview(rows.tobytes()), 96, 64, 384, 1.0, 0, 1, info)
    small = Frame(memoryview(rows[::2, ::2].tobytes()), 96, 64, 192, 1.0, 0, 1, info, 48, lambda: whole)
    camera = cameras(1)[next(iter(cameras(1)))]
    kept = [snapshot_of(frame, camera, "", "wang", Said(Look.LIVE, 0, "")) for frame in (small, whole)]
    assert kept[0].sha256 == kept[1].sha256
    assert (image_of(small).size().toTuple(), image_of(whole).size().toTuple()) == ((48, 32), (96, 64))

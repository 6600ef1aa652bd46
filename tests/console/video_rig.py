"""Films for tests of the console's video: written once, a picture says its number by a bar that grows."""

from fractions import Fraction
from pathlib import Path

import numpy as np

from app.video.drawn import write_film

WIDE, HIGH, RATE = 160, 96, Fraction(25)


def write_numbers(path: Path, pictures: int = 100) -> Path:
    """The bar of picture n is n pixels wide (of 160); some texture, so that nobody takes it for a covered lens."""
    rng = np.random.default_rng(5)
    still = rng.integers(60, 120, (HIGH // 8, WIDE // 8, 3)).repeat(8, axis=0).repeat(8, axis=1).astype(np.uint8)

    def drawn():
        for number in range(pictures):
            made = still.copy()
            made[40:72] = 0
            made[40:72, :number] = 255
            yield made

    path.parent.mkdir(parents=True, exist_ok=True)
    write_film(path, drawn(), RATE)
    return path


def number_of(frame) -> int:
    """Which picture a frame shows."""
    rows = np.frombuffer(frame.pixels, np.uint8).reshape(frame.height, -1)[:, : frame.width * 4]
    return int((rows[56].reshape(-1, 4)[:, 0] > 128).sum())

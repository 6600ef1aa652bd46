"""Fingerprints of runs of samples: equal ones are found by sorting numbers, not by comparing all with all. Pure, vectorised.

A polynomial hash over the bit patterns of the values, modulo 2^64: the sum of value * B^place over a window, divided by
B^first, is the same wherever the window stands. B is odd and so has an inverse. Equal
hashes are candidates; who uses them compares the values themselves.
"""

from functools import cache

import numpy as np
from numpy.typing import NDArray

from app.station.quality.series import Floats, Ints

Hashes = NDArray[np.uint64]
_BASE = 0x9E3779B97F4A7C15
_INVERSE = pow(_BASE, -1, 1 << 64)
_MIX = np.uint64(0xD6E8FEB86659FD93)
_SHIFT = np.uint64(32)


@cache
def _powers(size: int) -> tuple[Hashes, Hashes]:
    up, down = np.full(size, _BASE, np.uint64), np.full(size, _INVERSE, np.uint64)
    up[0] = down[0] = 1
    return np.cumprod(up), np.cumprod(down)


class Prints:
    """Of one array of values; `of(low, high)` may be arrays."""

    def __init__(self, values: Floats) -> None:
        size = 1 << max(10, len(values)).bit_length()  # few different sizes: the powers are kept
        up, self._down = _powers(size)
        bits = values.view(np.uint64) * _MIX
        bits ^= bits >> _SHIFT
        bits *= _MIX
        bits *= up[: len(values)]
        self._sums = np.concatenate([np.zeros(1, np.uint64), np.cumsum(bits, dtype=np.uint64)])

    def of(self, low: Ints, high: Ints) -> Hashes:
        found: Hashes = (self._sums[high] - self._sums[low]) * self._down[low]
        return found

    def windows(self, width: int) -> Hashes:
        """Of every window of `width` values, by its first place."""
        count = len(self._sums) - width
        found: Hashes = (self._sums[width:] - self._sums[:count]) * self._down[:count]
        return found

"""Width and height out of a sequence parameter set (H.264 7.3.2.1.1, H.265 7.3.2.2). Both sides; pure.

Only as far as the size: what a stream is, before its first key picture has come. A set that is cut short or odd says nothing.
"""

_START = b"\x00\x00\x01"
_CHROMA_PROFILES = (100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135)
_LARGEST = 16_384
SLICE_B, SLICE_I = 1, 2


class _Bits:
    """Reads a NAL unit without its emulation prevention bytes. IndexError behind its end."""

    def __init__(self, nal: bytes, skip: int) -> None:
        self._data = nal.replace(b"\x00\x00\x03", b"\x00\x00")
        self._at = 8 * skip

    def take(self, count: int) -> int:
        value = 0
        for _ in range(count):
            value = value << 1 | (self._data[self._at >> 3] >> (7 - (self._at & 7))) & 1
            self._at += 1
        return value

    def golomb(self) -> int:
        zeros = 0
        while not self.take(1):
            zeros += 1
            if zeros > 32:
                raise IndexError
        return (1 << zeros) - 1 + self.take(zeros)

    def signed(self) -> int:
        value = self.golomb()
        return (value + 1) // 2 if value & 1 else -(value // 2)


def size_of(sets: bytes, codec: str) -> tuple[int, int]:
    """From parameter sets as Annex B; (0, 0) when they do not say. `codec`: "h264" or "hevc"."""
    for nal in sets.split(_START):
        try:
            if codec == "h264" and nal[0] & 0x1F == 7:
                size = _h264(_Bits(nal, 1))
            elif codec == "hevc" and nal[0] >> 1 & 0x3F == 33:
                size = _h265(_Bits(nal, 2))
            else:
                continue
        except IndexError:
            continue
        if all(0 < side <= _LARGEST for side in size):
            return size
    return 0, 0


def slice_type(nal: bytes) -> int:
    """Of an H.264 slice (table 7-6, without "all are of this type"): `SLICE_B`, `SLICE_I`…; -1 when it is cut short."""
    try:
        bits = _Bits(nal, 1)
        bits.golomb()
        return bits.golomb() % 5
    except IndexError:
        return -1


def _h264(bits: _Bits) -> tuple[int, int]:
    profile = bits.take(8)
    bits.take(16)
    bits.golomb()
    chroma = 1
    if profile in _CHROMA_PROFILES:
        chroma = bits.golomb()
        if chroma == 3:
            bits.take(1)
        bits.golomb()
        bits.golomb()
        bits.take(1)
        if bits.take(1):
            for number in range(8 if chroma != 3 else 12):
                if bits.take(1):
                    _skip_scaling(bits, 16 if number < 6 else 64)
    bits.golomb()
    order = bits.golomb()
    if order == 0:
        bits.golomb()
    elif order == 1:
        bits.take(1)
        bits.signed()
        bits.signed()
        for _ in range(min(bits.golomb(), 255)):
            bits.signed()
    bits.golomb()
    bits.take(1)
    wide, high = 16 * (bits.golomb() + 1), bits.golomb() + 1
    frames_only = bits.take(1)
    if not frames_only:
        bits.take(1)
    high *= 16 * (2 - frames_only)
    bits.take(1)
    if bits.take(1):
        across = 2 if chroma in (1, 2) else 1
        down = (2 if chroma == 1 else 1) * (2 - frames_only)
        wide -= across * (bits.golomb() + bits.golomb())
        high -= down * (bits.golomb() + bits.golomb())
    return wide, high


def _skip_scaling(bits: _Bits, count: int) -> None:
    last = following = 8
    for _ in range(count):
        if following:
            following = (last + bits.signed()) % 256
        last = following or last


def _h265(bits: _Bits) -> tuple[int, int]:
    bits.take(4)
    layers = bits.take(3)
    bits.take(1)
    bits.take(96)  # general profile, tier and level
    present = [(bits.take(1), bits.take(1)) for _ in range(layers)]
    if layers:
        bits.take(2 * (8 - layers))
    for profile, level in present:
        bits.take(88 * profile + 8 * level)
    bits.golomb()
    chroma = bits.golomb()
    if chroma == 3:
        bits.take(1)
    wide, high = bits.golomb(), bits.golomb()
    if bits.take(1):
        across, down = 2 if chroma in (1, 2) else 1, 2 if chroma == 1 else 1
        wide -= across * (bits.golomb() + bits.golomb())
        high -= down * (bits.golomb() + bits.golomb())
    return wide, high

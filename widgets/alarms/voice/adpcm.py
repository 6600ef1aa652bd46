"""IMA ADPCM in WAV files, a quarter of the size of plain samples, and plain WAV files out of it. Console side, pure.

One block a file: the clips are short. Written and read here alone, but any player understands the files.
"""

import struct

_STEPS = (
    7, 8, 9, 10, 11, 12, 13, 14, 16, 17, 19, 21, 23, 25, 28, 31, 34, 37, 41, 45, 50, 55, 60, 66, 73, 80, 88, 97, 107, 118, 130,
    143, 157, 173, 190, 209, 230, 253, 279, 307, 337, 371, 408, 449, 494, 544, 598, 658, 724, 796, 876, 963, 1060, 1166, 1282,
    1411, 1552, 1707, 1878, 2066, 2272, 2499, 2749, 3024, 3327, 3660, 4026, 4428, 4871, 5358, 5894, 6484, 7132, 7845, 8630,
    9493, 10442, 11487, 12635, 13899, 15289, 16818, 18500, 20350, 22385, 24623, 27086, 29794, 32767,
)  # fmt: skip
_MOVES = (-1, -1, -1, -1, 2, 4, 6, 8)
_IMA = 0x11
_BLOCK = 0x8000  # a block's size is a 16-bit number


def _next(code: int, level: int, index: int) -> tuple[int, int]:
    """Level and step index after one code."""
    step = _STEPS[index]
    change = step >> 3
    if code & 4:
        change += step
    if code & 2:
        change += step >> 1
    if code & 1:
        change += step >> 2
    level = level - change if code & 8 else level + change
    return min(32767, max(-32768, level)), min(88, max(0, index + _MOVES[code & 7]))


def _encode(samples: tuple[int, ...]) -> bytes:
    level, index = samples[0], 0
    out = bytearray(struct.pack("<hBB", level, index, 0))
    codes = []
    for sample in samples[1:]:
        step, apart = _STEPS[index], sample - level
        code = 8 if apart < 0 else 0
        apart = abs(apart)
        for bit in (4, 2, 1):
            if apart >= step:
                code |= bit
                apart -= step
            step >>= 1
        level, index = _next(code, level, index)
        codes.append(code)
    codes += [0] * (-len(codes) % 8)
    out += bytes(low | high << 4 for low, high in zip(codes[::2], codes[1::2], strict=True))
    return bytes(out)


def wav_file(pcm: bytes, rate: int) -> bytes:
    """A mono ADPCM file of 16-bit samples. Raises ValueError when it is longer than one block (about 4 s)."""
    samples = struct.unpack(f"<{len(pcm) // 2}h", pcm)
    data = _encode(samples)
    if len(data) > _BLOCK:
        raise ValueError("longer than one block")
    per_block = (len(data) - 4) * 2 + 1
    head = struct.pack("<HHIIHHHH", _IMA, 1, rate, rate // 2, len(data), 4, 2, per_block)
    chunks = b"fmt " + struct.pack("<I", len(head)) + head
    chunks += b"fact" + struct.pack("<II", 4, len(samples))
    chunks += b"data" + struct.pack("<I", len(data)) + data
    return b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"WAVE" + chunks


def samples_of(wav: bytes) -> bytes:
    """The 16-bit samples of a file made by `wav_file`. Raises ValueError for any other."""
    found: dict[bytes, bytes] = {}
    at = 12
    while at + 8 <= len(wav):
        name, size = wav[at : at + 4], int.from_bytes(wav[at + 4 : at + 8], "little")
        found[name] = wav[at + 8 : at + 8 + size]
        at += 8 + size + size % 2
    if wav[:4] != b"RIFF" or not {b"fmt ", b"fact", b"data"} <= found.keys() or found[b"fmt "][:2] != b"\x11\x00":
        raise ValueError("not an ADPCM file of ours")
    data, count = found[b"data"], int.from_bytes(found[b"fact"][:4], "little")
    level, index, _ = struct.unpack("<hBB", data[:4])
    out = [level]
    for byte in data[4:]:
        for code in (byte & 15, byte >> 4):
            level, index = _next(code, level, index)
            out.append(level)
    return struct.pack(f"<{count}h", *out[:count])

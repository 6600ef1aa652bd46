"""The tones of the horn, made from numbers: one family a priority, at least 20 % apart in pitch (NUREG-0700), soft edges.

Console side, pure. The files in `resources/sounds` are these bytes; a test holds the two together.
"""

import io
import math
import struct
import wave

from app.domain.tag import Priority

RATE = 22_050
RETURN = "return"
TEST = "test"
LOST = "lost"
SILENCE = "silence"  # the device is asked whether it plays, and nobody hears it

# (Hz, seconds); 0 Hz is silence. Higher priority: higher, faster, more pulses.
MELODIES: dict[str, tuple[tuple[float, float], ...]] = {
    "critical": ((1000, 0.14), (0, 0.05), (1320, 0.14), (0, 0.05)) * 3,
    "high": ((760, 0.22), (0, 0.08)) * 3,
    "medium": ((560, 0.30), (0, 0.10)) * 2,
    "low": ((420, 0.40),),
    # The desk is blind: two tones falling, unlike any alarm of the plant, which all keep their pitch or rise.
    LOST: ((880, 0.35), (0, 0.04), (330, 0.55)) * 2,
    RETURN: ((620, 0.12), (465, 0.20)),
    SILENCE: ((0, 0.05),),
    TEST: ((420, 0.2), (560, 0.2), (760, 0.2), (1000, 0.2), (1320, 0.2)),
}
_EDGE_S = 0.012  # no clicks


def name_of(priority: Priority) -> str:
    return priority.word


def wav(name: str) -> bytes:
    """A mono 16-bit WAV file of one melody."""
    frames = bytearray()
    for pitch, length in MELODIES[name]:
        count = round(length * RATE)
        edge = round(_EDGE_S * RATE)
        for n in range(count):
            # A second harmonic keeps the tone audible over machine noise without making it shrill.
            angle = 2 * math.pi * pitch * n / RATE
            level = 0.0 if not pitch else 0.75 * math.sin(angle) + 0.2 * math.sin(2 * angle)
            level *= min(1.0, n / edge, (count - n) / edge)
            frames += struct.pack("<h", round(level * 26_000))
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes(bytes(frames))
    return file.getvalue()

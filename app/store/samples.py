"""Samples as columns, without loss: value and its type, quality, reason, both times, detail. Pure; station side.

Little-endian where they stand in files: source time i8, receive time i8, number f8, status u2. What no column can hold (texts,
integers beyond 2^53, details) stands in `extras`, JSON beside them. The blobs are in `history_hot.py` and `history_codec.py`.
"""

import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.domain.sample import Quality, Reason, Sample, Value

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Codes = NDArray[np.uint16]
Extras = Mapping[int, tuple[str | None, str]]
"""Position to (value as text, detail)."""


class Kind(IntEnum):
    """What the value was. Numbers stand in files: append only."""

    FLOAT = 0
    INT = 1
    BOOL = 2
    NONE = 3
    TEXT = 4  # in extras
    LONG = 5  # an integer no float holds exactly; in extras


# status = quality + 4 * kind + 32 * reason. Positions stand in files: append only.
QUALITIES = (Quality.GOOD, Quality.UNCERTAIN, Quality.BAD)
REASONS = (
    Reason.NONE,
    Reason.NO_DATA_YET,
    Reason.COMM_LOST,
    Reason.TIMEOUT,
    Reason.STALE,
    Reason.DEVICE_FAILURE,
    Reason.SENSOR_FAILURE,
    Reason.NOT_CONNECTED,
    Reason.CONFIG_ERROR,
    Reason.WRONG_TYPE,
    Reason.OUT_OF_RANGE,
    Reason.OUT_OF_SERVICE,
    Reason.LAST_USABLE,
    Reason.SUBSTITUTED,
    Reason.CLOCK,
    Reason.UNSPECIFIED,
    Reason.NOT_KEPT,
)
_QUALITY_CODE = {quality: code for code, quality in enumerate(QUALITIES)}
_REASON_CODE = {reason: code * 32 for code, reason in enumerate(REASONS)}
_EXACT = 2**53
_ROW = 8 + 8 + 8 + 2
NO_EXTRAS: Extras = MappingProxyType({})


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """Columns of equal length, in order of arrival."""

    source: Ints
    receive: Ints
    number: Floats  # NaN where the value is no number
    status: Codes
    extras: Extras = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.source)

    @property
    def quality(self) -> Codes:
        """0 good, 1 uncertain, 2 bad."""
        return self.status & np.uint16(3)

    @property
    def reason(self) -> Codes:
        """Places in `REASONS`."""
        return self.status >> np.uint16(5)

    def take(self, order: Ints) -> "Block":
        extras = NO_EXTRAS
        if self.extras:
            # an extra may stand at a position that `order` leaves out
            extras = {new: self.extras[old] for new, old in enumerate(order.tolist()) if old in self.extras}
        return Block(self.source[order], self.receive[order], self.number[order], self.status[order], extras)


def join(blocks: Sequence[Block]) -> Block:
    if not blocks:
        none = np.empty(0, np.int64)
        return Block(none, none, np.empty(0), np.empty(0, np.uint16))
    extras: dict[int, tuple[str | None, str]] = {}
    offset = 0
    for block in blocks:
        extras.update((offset + at, extra) for at, extra in block.extras.items())
        offset += len(block)
    return Block(
        np.concatenate([block.source for block in blocks]),
        np.concatenate([block.receive for block in blocks]),
        np.concatenate([block.number for block in blocks]),
        np.concatenate([block.status for block in blocks]),
        extras,
    )


def columns(samples: Sequence[Sample]) -> Block:
    """Hot path: whole columns at a time, and value by value only where values are not all floats and good."""
    _, values, qualities, reasons, sources, receives, details = zip(*samples, strict=True)
    n = len(samples)
    extras: dict[int, tuple[str | None, str]] = {}
    if set(map(type, values)) == {float}:
        number = np.array(values, np.float64)
        status = np.zeros(n, np.uint16)
    else:
        numbers, kinds = zip(*map(_number, values), strict=True)
        number = np.array(numbers, np.float64)
        status = np.array(kinds, np.uint16) * np.uint16(4)
        extras = {at: (str(values[at]), "") for at in np.flatnonzero(status >= 4 * Kind.TEXT).tolist()}
    if qualities.count(Quality.GOOD) != n or reasons.count(Reason.NONE) != n:
        codes = [_QUALITY_CODE[quality] + _REASON_CODE[reason] for quality, reason in zip(qualities, reasons, strict=True)]
        status = status + np.array(codes, np.uint16)
    if details.count("") != n:
        for at, detail in enumerate(details):
            if detail:
                extras[at] = (extras[at][0] if at in extras else None, detail)
    return Block(np.array(sources, np.int64), np.array(receives, np.int64), number, status, extras)


def _number(value: Value | None) -> tuple[float, int]:
    if isinstance(value, bool):
        return float(value), Kind.BOOL
    if isinstance(value, float):
        return value, Kind.FLOAT
    if isinstance(value, int):
        return float(value), Kind.INT if -_EXACT <= value <= _EXACT else Kind.LONG
    if isinstance(value, str):
        return float("nan"), Kind.TEXT
    if value is None:
        return float("nan"), Kind.NONE
    raise TypeError(f"a sample holds {type(value).__name__}, which is no value of a tag")


def to_samples(tag: str, block: Block) -> list[Sample]:
    out = []
    extras = block.extras
    rows = zip(block.source.tolist(), block.receive.tolist(), block.number.tolist(), block.status.tolist(), strict=True)
    for at, (source, receive, number, status) in enumerate(rows):
        text, detail = extras.get(at, (None, ""))
        value: Value | None = number
        match (status >> 2) & 7:
            case Kind.INT:
                value = int(number)
            case Kind.BOOL:
                value = bool(number)
            case Kind.NONE:
                value = None
            case Kind.TEXT:
                value = text
            case Kind.LONG:
                value = int(text or "")
        out.append(Sample(tag, value, QUALITIES[status & 3], REASONS[status >> 5], source, receive, detail))
    return out


def unpack(body: bytes, extras: str | None) -> Block:
    """A chunk of the first layout (form `z`): deflated columns, times as differences, bytes in planes. Raises ValueError."""
    if body[:1] != b"z":
        raise ValueError(f"a block of samples has an unknown form {body[:1]!r}")
    try:
        body = zlib.decompress(body[1:])
    except zlib.error as error:
        raise ValueError(str(error)) from error
    n, rest = divmod(len(body), _ROW)
    if rest:
        raise ValueError(f"a block of samples has an unknown length {len(body)}")
    source = np.cumsum(np.cumsum(_together(body[: 8 * n], "<i8", n)))
    receive = source + _together(body[8 * n : 16 * n], "<i8", n)
    number, status = _together(body[16 * n : 24 * n], "<f8", n), _together(body[24 * n :], "<u2", n)
    return Block(source, receive, number, status, extras_from(extras))


def _together(planes: bytes, kind: str, n: int) -> NDArray[Any]:
    width = np.dtype(kind).itemsize
    return np.frombuffer(planes, np.uint8).reshape(width, n).T.copy().view(kind).reshape(n)


def extras_text(extras: Extras) -> str | None:
    """ASCII, so that NUL and broken text of a device survive in any database."""
    return json.dumps([[at, *extra] for at, extra in extras.items()], separators=(",", ":")) if extras else None


def extras_from(text: str | None) -> Extras:
    return NO_EXTRAS if text is None else {at: (value, detail) for at, value, detail in json.loads(text)}

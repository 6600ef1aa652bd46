"""Reads the OPC UA binary encoding (OPC 10000-6, 5.2) as far as a subscriber needs it. Pure, sans IO; station side.

Why not asyncua's decoder: it builds a dataclass tree per value (three quarters of a raw subscription's cost), and it reads
SourcePicoseconds and ServerTimestamp in the wrong order, so a server that sends both gets its times garbled.

Positions are offsets into `data`. Anything that does not fit raises `Malformed`; nothing else is raised.
"""

from dataclasses import dataclass
from struct import Struct
from struct import error as StructError
from typing import Any, NamedTuple

from drivers.opcua.values import ARRAY

_U32 = Struct("<I")
_I32 = Struct("<i")
_I64 = Struct("<q")

PUBLISH_RESPONSE = 829
REPUBLISH_RESPONSE = 835
READ_RESPONSE = 634
SERVICE_FAULT = 397
DATA_CHANGE = 811
STATUS_CHANGE = 820

_SCALARS: dict[int, Struct] = {
    number: Struct(f"<{letter}")
    for number, letter in {1: "?", 2: "b", 3: "B", 4: "h", 5: "H", 6: "i", 7: "I", 8: "q", 9: "Q", 10: "f", 11: "d"}.items()
}
# Built-in types that are not numbers but have a fixed size: DateTime, Guid, StatusCode.
_FIXED = {13: 8, 14: 16, 19: 4}
_SIZES = {number: scalar.size for number, scalar in _SCALARS.items()} | _FIXED
_DEEPEST = 32


class Malformed(Exception):
    """Bytes that are no OPC UA message of the kind expected."""


class RawValue(NamedTuple):
    """One DataValue. `vtype`: built-in type number, 0 = null, plus ARRAY; `value` is filled for scalar numbers and booleans
    only. Ticks are 100 ns since 1601, 0 = not sent."""

    vtype: int
    value: Any
    status: int
    source_ticks: int
    server_ticks: int


@dataclass(frozen=True, slots=True)
class Answer:
    """A PublishResponse, its notification bodies still packed: (type, start, end) of each in `data`."""

    data: bytes
    service_result: int
    subscription: int = 0
    more: bool = False
    sequence: int = 0
    parts: tuple[tuple[int, int, int], ...] = ()


def read_publish_response(data: bytes) -> Answer:
    """A whole PublishResponse message, or a ServiceFault (then only `service_result` means something)."""
    try:
        kind, at = _numeric_node_id(data, 0)
        service_result, at = _response_header(data, at)
        if kind == SERVICE_FAULT or service_result >> 30:
            return Answer(data, service_result)
        if kind != PUBLISH_RESPONSE:
            raise Malformed(f"expected PublishResponse, got type {kind}")
        (subscription,) = _U32.unpack_from(data, at)
        at = _skip_array(data, at + 4, 4)  # AvailableSequenceNumbers
        more = data[at] != 0
        return _notification_message(data, at + 1, service_result, subscription, more)
    except (StructError, IndexError) as error:
        raise Malformed(str(error)) from None


def read_republish_response(data: bytes, subscription: int) -> Answer:
    """A RepublishResponse message or ServiceFault, in the shape of a PublishResponse."""
    try:
        kind, at = _numeric_node_id(data, 0)
        service_result, at = _response_header(data, at)
        if kind == SERVICE_FAULT or service_result >> 30:
            return Answer(data, service_result)
        if kind != REPUBLISH_RESPONSE:
            raise Malformed(f"expected RepublishResponse, got type {kind}")
        return _notification_message(data, at, service_result, subscription, False)
    except (StructError, IndexError) as error:
        raise Malformed(str(error)) from None


def read_read_response(data: bytes) -> tuple[int, list[RawValue]]:
    """A ReadResponse message: service result and the values in the order asked for."""
    try:
        kind, at = _numeric_node_id(data, 0)
        service_result, at = _response_header(data, at)
        if kind == SERVICE_FAULT or service_result >> 30:
            return service_result, []
        if kind != READ_RESPONSE:
            raise Malformed(f"expected ReadResponse, got type {kind}")
        count, at = _count(data, at)
        values = []
        for _ in range(count):
            value, at = read_data_value(data, at)
            values.append(value)
        return service_result, values
    except (StructError, IndexError) as error:
        raise Malformed(str(error)) from None


def read_status_change(data: bytes, at: int) -> int:
    """Status of a StatusChangeNotification body."""
    try:
        return int(_U32.unpack_from(data, at)[0])
    except StructError as error:
        raise Malformed(str(error)) from None


def read_data_value(data: bytes, at: int, depth: int = 0) -> tuple[RawValue, int]:
    """A DataValue and the position behind it. Order after OPC 10000-6 table 26: value, status, source time, source
    picoseconds, server time, server picoseconds."""
    try:
        mask = data[at]
        at += 1
        vtype, value, status, source, server = 0, None, 0, 0, 0
        if mask & 0x01:
            vtype, value, at = _variant(data, at, depth)
        if mask & 0x02:
            (status,) = _U32.unpack_from(data, at)
            at += 4
        if mask & 0x04:
            (source,) = _I64.unpack_from(data, at)
            at += 8
        if mask & 0x10:
            at += 2
        if mask & 0x08:
            (server,) = _I64.unpack_from(data, at)
            at += 8
        if mask & 0x20:
            at += 2
    except (StructError, IndexError) as error:
        raise Malformed(str(error)) from None
    if at > len(data):
        raise Malformed("value cut short")
    return RawValue(vtype, value, status, source, server), at


def _notification_message(data: bytes, at: int, service_result: int, subscription: int, more: bool) -> Answer:
    (sequence,) = _U32.unpack_from(data, at)
    count, at = _count(data, at + 12)  # sequence number, publish time
    parts = []
    for _ in range(count):
        kind, at = _numeric_node_id(data, at)
        if data[at] != 1:
            raise Malformed("notification without a binary body")
        (length,) = _I32.unpack_from(data, at + 1)
        at += 5
        if length < 0 or at + length > len(data):
            raise Malformed("notification cut short")
        parts.append((kind, at, at + length))
        at += length
    return Answer(data, service_result, subscription, more, sequence, tuple(parts))


def _response_header(data: bytes, at: int) -> tuple[int, int]:
    (service_result,) = _U32.unpack_from(data, at + 12)  # timestamp, request handle
    at = _skip_diagnostic(data, at + 16, 0)
    count, at = _count(data, at)
    for _ in range(count):
        at = _skip_bytes(data, at)
    return service_result, _skip_extension(data, at)


def _count(data: bytes, at: int) -> tuple[int, int]:
    """Length of an array; a null array is empty. A length the message cannot hold is refused before anybody loops over it."""
    (count,) = _I32.unpack_from(data, at)
    if count > len(data):
        raise Malformed(f"array of {count} in {len(data)} bytes")
    return max(count, 0), at + 4


def _skip_array(data: bytes, at: int, size: int) -> int:
    count, at = _count(data, at)
    return at + count * size


def _skip_bytes(data: bytes, at: int) -> int:
    """String, ByteString, XmlElement."""
    (length,) = _I32.unpack_from(data, at)
    return int(at + 4 + max(length, 0))


def _numeric_node_id(data: bytes, at: int) -> tuple[int, int]:
    """The number of a numeric node id, -1 for any other, and the position behind it."""
    form = data[at]
    if form == 0x00:
        return data[at + 1], at + 2
    if form == 0x01:
        return data[at + 2] | data[at + 3] << 8, at + 4
    if form == 0x02:
        return int(_U32.unpack_from(data, at + 3)[0]), at + 7
    return -1, _skip_node_id(data, at)


def _skip_node_id(data: bytes, at: int) -> int:
    form = data[at]
    kind = form & 0x3F
    if kind == 0:
        at += 2
    elif kind == 1:
        at += 4
    elif kind == 2:
        at += 7
    elif kind in (3, 5):
        at = _skip_bytes(data, at + 3)
    elif kind == 4:
        at += 19
    else:
        raise Malformed(f"node id of form {form:#x}")
    if form & 0x80:
        at = _skip_bytes(data, at)
    if form & 0x40:
        at += 4
    return at


def _skip_extension(data: bytes, at: int) -> int:
    at = _skip_node_id(data, at)
    return _skip_bytes(data, at + 1) if data[at] else at + 1


def _skip_diagnostic(data: bytes, at: int, depth: int) -> int:
    if depth > _DEEPEST:
        raise Malformed("nested too deep")
    mask = data[at]
    at += 1
    at += 4 * (mask & 0x0F).bit_count()  # symbolic id, namespace, localized text, locale
    if mask & 0x10:
        at = _skip_bytes(data, at)
    if mask & 0x20:
        at += 4
    if mask & 0x40:
        at = _skip_diagnostic(data, at, depth + 1)
    return at


def _variant(data: bytes, at: int, depth: int) -> tuple[int, Any, int]:
    """Type number, value (scalar numbers and booleans only) and the position behind."""
    if depth > _DEEPEST:
        raise Malformed("nested too deep")
    form = data[at]
    vtype = form & 0x3F
    at += 1
    if not form & 0xC0:
        scalar = _SCALARS.get(vtype)
        if scalar is not None:
            (value,) = scalar.unpack_from(data, at)
            return vtype, value, at + scalar.size
        return vtype, None, _skip_builtin(data, at, vtype, depth)
    if form & 0x80:
        count, at = _count(data, at)
        size = _SIZES.get(vtype)
        if size is not None:
            at += count * size
        else:
            for _ in range(count):
                at = _skip_builtin(data, at, vtype, depth)
    else:
        raise Malformed("array dimensions without an array")
    if form & 0x40:
        at = _skip_array(data, at, 4)
    return vtype | ARRAY, None, at


def _skip_builtin(data: bytes, at: int, vtype: int, depth: int) -> int:
    if vtype == 0:
        return at
    if vtype in _SIZES:
        return at + _SIZES[vtype]
    if vtype in (12, 15, 16) or vtype > 25:  # types 26 to 31 are reserved and encoded as ByteString
        return _skip_bytes(data, at)
    if vtype in (17, 18):
        return _skip_node_id(data, at)
    if vtype == 20:
        return _skip_bytes(data, at + 2)
    if vtype == 21:
        mask = data[at]
        at += 1
        for bit in (0x01, 0x02):
            if mask & bit:
                at = _skip_bytes(data, at)
        return at
    if vtype == 22:
        return _skip_extension(data, at)
    if vtype == 23:
        return read_data_value(data, at, depth + 1)[1]
    if vtype == 24:
        return _variant(data, at, depth + 1)[2]
    return _skip_diagnostic(data, at, depth)

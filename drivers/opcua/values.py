"""From what a server sent to what a tag means: type check and scaling. Pure; station side; no asyncua here.

A value of a type the tag cannot have (text, arrays, structures, null; a boolean for a level) is wrong, never converted by
force: the operator sees "wrong type" instead of a number nobody meant.
"""

from math import isfinite
from typing import Any, NamedTuple

from app.domain.sample import Reason, Value
from app.domain.tag import DataType, Tag

NULL = 0
BOOLEAN = 1
INTEGERS = frozenset(range(2, 10))  # SByte .. UInt64
FLOATS = frozenset((10, 11))  # Float, Double
ARRAY = 0x80
"""Set in a type number when the value is an array."""

# fmt: off
TYPE_NAMES = (
    "Null", "Boolean", "SByte", "Byte", "Int16", "UInt16", "Int32", "UInt32", "Int64", "UInt64", "Float", "Double",
    "String", "DateTime", "Guid", "ByteString", "XmlElement", "NodeId", "ExpandedNodeId", "StatusCode",
    "QualifiedName", "LocalizedText", "ExtensionObject", "DataValue", "Variant", "DiagnosticInfo",
)
# fmt: on


class Point(NamedTuple):
    """What the hot path needs of a tag. `plain`: a finite number of the server is the value, unchanged."""

    tag: str
    plain: bool
    boolean: bool
    digital: bool
    scale: float
    offset: float


def point_of(tag: Tag) -> Point:
    boolean = tag.data_type is DataType.BOOL
    plain = not boolean and tag.scale == 1.0 and tag.offset == 0.0
    return Point(tag.tag, plain, boolean, tag.is_digital, tag.scale, tag.offset)


def type_name(vtype: int) -> str:
    """`Double`, `String[]`; what a wrong type is called in `Sample.detail`."""
    name = TYPE_NAMES[vtype & 0x3F] if vtype & 0x3F < len(TYPE_NAMES) else f"type {vtype & 0x3F}"
    return f"{name}[]" if vtype & ARRAY else name


def convert(point: Point, vtype: int, value: Any) -> tuple[Value | None, Reason, str]:
    """`value` of OPC UA built-in type number `vtype` (OPC 10000-6, 5.1.2) as value of the tag; None with a reason and a detail
    when it cannot be one."""
    if vtype in FLOATS:
        if not isfinite(value):
            return None, Reason.SENSOR_FAILURE, "NaN" if value != value else "Inf"
    elif vtype == BOOLEAN:
        if point.digital:
            return value, Reason.NONE, ""
        return None, Reason.WRONG_TYPE, "Boolean"
    elif vtype not in INTEGERS:
        return None, Reason.WRONG_TYPE, type_name(vtype)
    if point.plain:
        return value, Reason.NONE, ""
    if point.boolean:
        if value in (0, 1):
            return bool(value), Reason.NONE, ""
        return None, Reason.WRONG_TYPE, f"{type_name(vtype)} {value}"
    scaled = value * point.scale + point.offset
    if not isfinite(scaled):
        return None, Reason.SENSOR_FAILURE, "Inf"
    return scaled, Reason.NONE, ""

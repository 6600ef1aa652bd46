"""What a server sent, as value of a tag."""

from math import inf, nan
from typing import Any

import pytest

from app.domain.sample import Reason
from app.domain.tag import DataType, Tag
from drivers.opcua.values import ARRAY, convert, point_of, type_name

LEVEL = Tag("L", data_type=DataType.FLOAT32)
SCALED = Tag("S", data_type=DataType.INT16, scale=0.1, offset=-40.0)
HUGE = Tag("H", data_type=DataType.FLOAT64, scale=1e300)
SWITCH = Tag("B", data_type=DataType.BOOL, scale=2.0)
WORD = Tag("W", data_type=DataType.UINT16, alarm_on=1)
OK, WRONG, SENSOR = Reason.NONE, Reason.WRONG_TYPE, Reason.SENSOR_FAILURE
BOOL, BYTE, INT16, INT32, INT64, UINT64, FLOAT, DOUBLE, STRING = 1, 3, 4, 6, 8, 9, 10, 11, 12


@pytest.mark.parametrize(
    ("tag", "vtype", "sent", "value", "reason", "detail"),
    [
        (LEVEL, DOUBLE, 1.5, 1.5, OK, ""),
        (LEVEL, FLOAT, -0.0, -0.0, OK, ""),
        (LEVEL, INT32, 7, 7, OK, ""),
        (LEVEL, UINT64, 2**64 - 1, 2**64 - 1, OK, ""),
        (LEVEL, DOUBLE, nan, None, SENSOR, "NaN"),
        (LEVEL, DOUBLE, inf, None, SENSOR, "Inf"),
        (LEVEL, FLOAT, -inf, None, SENSOR, "Inf"),
        (LEVEL, BOOL, True, None, WRONG, "Boolean"),
        (LEVEL, STRING, None, None, WRONG, "String"),
        (LEVEL, 0, None, None, WRONG, "Null"),
        (LEVEL, DOUBLE | ARRAY, None, None, WRONG, "Double[]"),
        (LEVEL, 22, None, None, WRONG, "ExtensionObject"),
        (LEVEL, 63, None, None, WRONG, "type 63"),
        (SCALED, INT16, 650, 25.0, OK, ""),
        (SCALED, DOUBLE, 650.0, 25.0, OK, ""),
        (SCALED, DOUBLE, nan, None, SENSOR, "NaN"),
        (HUGE, DOUBLE, 1e300, None, SENSOR, "Inf"),
        (SWITCH, BOOL, True, True, OK, ""),
        (SWITCH, BOOL, False, False, OK, ""),
        (SWITCH, INT16, 1, True, OK, ""),
        (SWITCH, BYTE, 0, False, OK, ""),
        (SWITCH, DOUBLE, 1.0, True, OK, ""),
        (SWITCH, INT16, 2, None, WRONG, "Int16 2"),
        (SWITCH, DOUBLE, 0.5, None, WRONG, "Double 0.5"),
        (SWITCH, STRING, None, None, WRONG, "String"),
        (WORD, BOOL, True, True, OK, ""),
        (WORD, INT64, 1, 1, OK, ""),
    ],
)
def test_convert(tag: Tag, vtype: int, sent: Any, value: Any, reason: Reason, detail: str) -> None:
    got = convert(point_of(tag), vtype, sent)
    assert got == (value, reason, detail)
    assert type(got[0]) is type(value)


def test_every_builtin_type_has_its_name() -> None:
    from asyncua import ua

    for kind in ua.VariantType:
        if kind.value <= 25:
            assert type_name(kind.value) == kind.name

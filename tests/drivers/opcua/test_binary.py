"""Our decoder against asyncua's encoder, and against rubbish."""

import uuid
from datetime import UTC, datetime
from typing import Any

import pytest
from asyncua import ua
from asyncua.ua.ua_binary import struct_to_binary, variant_to_binary
from hypothesis import given
from hypothesis import strategies as st

from drivers.opcua.binary import (
    DATA_CHANGE,
    STATUS_CHANGE,
    Malformed,
    RawValue,
    read_data_value,
    read_publish_response,
    read_read_response,
    read_republish_response,
    read_status_change,
)
from drivers.opcua.values import ARRAY

V = ua.VariantType
WHEN = datetime(2026, 11, 21, 2, 40, 0, 250_000, tzinfo=UTC)
TICKS = ua.datetime_to_win_epoch(WHEN)

_SCALARS: dict[Any, st.SearchStrategy[Any]] = {
    V.Boolean: st.booleans(),
    V.SByte: st.integers(-128, 127),
    V.Byte: st.integers(0, 255),
    V.Int16: st.integers(-(2**15), 2**15 - 1),
    V.UInt16: st.integers(0, 2**16 - 1),
    V.Int32: st.integers(-(2**31), 2**31 - 1),
    V.UInt32: st.integers(0, 2**32 - 1),
    V.Int64: st.integers(-(2**63), 2**63 - 1),
    V.UInt64: st.integers(0, 2**64 - 1),
    V.Float: st.floats(width=32, allow_nan=False),
    V.Double: st.floats(allow_nan=False),
}
_OTHERS: dict[Any, st.SearchStrategy[Any]] = {
    V.String: st.none() | st.text(max_size=20),
    V.DateTime: st.just(WHEN),
    V.Guid: st.uuids(),
    V.ByteString: st.none() | st.binary(max_size=20),
    V.NodeId: st.builds(ua.NodeId, st.text(max_size=5) | st.integers(0, 2**32 - 1) | st.binary(max_size=4), st.integers(0, 9)),
    V.ExpandedNodeId: st.builds(
        lambda name, uri, server: ua.ExpandedNodeId(name, 1, ua.NodeIdType.String, uri, server),
        st.text(min_size=1, max_size=5),
        st.none() | st.text(min_size=1, max_size=8),
        st.none() | st.integers(1, 9),
    ),
    V.StatusCode: st.builds(ua.StatusCode, st.integers(0, 2**32 - 1)),
    V.QualifiedName: st.builds(ua.QualifiedName, st.text(max_size=5), st.integers(0, 9)),
    V.LocalizedText: st.builds(ua.LocalizedText, st.none() | st.text(max_size=5), st.none() | st.text(max_size=5)),
    V.ExtensionObject: st.just(ua.EUInformation(NamespaceUri="u", UnitId=3)),
    V.DataValue: st.builds(lambda x: ua.DataValue(ua.Variant(x, V.Double)), st.floats(allow_nan=False)),
    V.DiagnosticInfo: st.just(ua.DiagnosticInfo()),
}


@st.composite
def variants(draw: Any) -> Any:
    kind = draw(st.sampled_from([V.Null, *_SCALARS, *_OTHERS]))
    if kind is V.Null:
        return ua.Variant(None, V.Null)
    values = (_SCALARS | _OTHERS)[kind]
    if draw(st.booleans()):
        return ua.Variant(draw(values), kind)
    items = draw(st.lists(values.filter(lambda v: v is not None), max_size=4))
    dimensions = [len(items), 1] if items and draw(st.booleans()) else None
    return ua.Variant(items, kind, dimensions, is_array=True)


@st.composite
def data_values(draw: Any) -> Any:
    value = ua.DataValue(draw(st.none() | variants()))
    value.StatusCode = draw(st.none() | st.builds(ua.StatusCode, st.integers(0, 2**32 - 1)))
    value.SourceTimestamp = draw(st.none() | st.just(WHEN))
    value.ServerTimestamp = draw(st.none() | st.just(WHEN))
    # asyncua writes picoseconds in the wrong place when the other time is there too: see the table below instead
    if value.ServerTimestamp is None and value.SourceTimestamp is not None:
        value.SourcePicoseconds = draw(st.none() | st.integers(0, 9999))
    return value


def expected(value: Any) -> RawValue:
    variant = value.Value
    vtype, plain = 0, None
    if variant is not None and variant.VariantType is not V.Null:
        vtype = variant.VariantType.value | (ARRAY if variant.is_array else 0)
        plain = variant.Value if variant.VariantType in _SCALARS and not variant.is_array else None
    return RawValue(
        vtype,
        plain,
        value.StatusCode.value if value.StatusCode is not None else 0,
        TICKS if value.SourceTimestamp is not None else 0,
        TICKS if value.ServerTimestamp is not None else 0,
    )


def notification(items: list[tuple[int, Any]]) -> Any:
    return ua.DataChangeNotification(
        MonitoredItems=[ua.MonitoredItemNotification(ClientHandle=handle, Value=value) for handle, value in items]
    )


def response(parts: list[Any], sequence: int = 7, more: bool = False, **header: Any) -> bytes:
    answer = ua.PublishResponse()
    for name, value in header.items():
        setattr(answer.ResponseHeader, name, value)
    answer.Parameters.SubscriptionId = 42
    answer.Parameters.AvailableSequenceNumbers = [1, 2, sequence]
    answer.Parameters.MoreNotifications = more
    answer.Parameters.NotificationMessage.SequenceNumber = sequence
    answer.Parameters.NotificationMessage.PublishTime = WHEN
    answer.Parameters.NotificationMessage.NotificationData = parts
    return struct_to_binary(answer)


@given(data_values())
def test_data_value_as_asyncua_writes_it(value: Any) -> None:
    data = struct_to_binary(value)
    raw, end = read_data_value(b"xx" + data + b"yy", 2)
    assert end == 2 + len(data)
    assert raw == expected(value)


@given(st.lists(st.tuples(st.integers(0, 2**32 - 1), data_values()), max_size=5), st.booleans())
def test_publish_response_as_asyncua_writes_it(items: list[tuple[int, Any]], more: bool) -> None:
    answer = read_publish_response(response([notification(items)], more=more))
    assert (answer.service_result, answer.subscription, answer.sequence, answer.more) == (0, 42, 7, more)
    ((kind, start, end),) = answer.parts
    assert kind == DATA_CHANGE
    at = start + 4
    for handle, value in items:
        assert int.from_bytes(answer.data[at : at + 4], "little") == handle
        raw, at = read_data_value(answer.data, at + 4)
        assert raw == expected(value)
    assert at <= end


def test_response_header_with_everything_in_it() -> None:
    nested = ua.DiagnosticInfo(SymbolicId=1, AdditionalInfo="x", InnerStatusCode=ua.StatusCode(1))
    nested.Encoding = 0x31
    answer = read_publish_response(
        response([], ServiceDiagnostics=nested, StringTable=["a", "老"], AdditionalHeader=ua.EUInformation())
    )
    assert (answer.subscription, answer.parts) == (42, ())


def test_status_change_and_keepalive_and_fault() -> None:
    answer = read_publish_response(
        response([ua.StatusChangeNotification(Status=ua.StatusCode(ua.StatusCodes.BadTimeout)), notification([])])
    )
    assert [kind for kind, _, _ in answer.parts] == [STATUS_CHANGE, DATA_CHANGE]
    assert read_status_change(answer.data, answer.parts[0][1]) == ua.StatusCodes.BadTimeout
    assert read_publish_response(response([])).parts == ()
    fault = ua.ServiceFault()
    fault.ResponseHeader.ServiceResult = ua.StatusCode(ua.StatusCodes.BadNoSubscription)
    for read in (read_publish_response, lambda data: read_republish_response(data, 1)):
        assert read(struct_to_binary(fault)).service_result == ua.StatusCodes.BadNoSubscription
    assert read_read_response(struct_to_binary(fault)) == (ua.StatusCodes.BadNoSubscription, [])


def test_read_and_republish_responses() -> None:
    read = ua.ReadResponse(Results=[ua.DataValue(ua.Variant(1.5, V.Double)), ua.DataValue(ua.Variant("x", V.String))])
    assert [value.value for value in read_read_response(struct_to_binary(read))[1]] == [1.5, None]
    again = ua.RepublishResponse()
    again.NotificationMessage.SequenceNumber = 9
    again.NotificationMessage.NotificationData = [notification([(1, ua.DataValue(ua.Variant(2, V.Int32)))])]
    answer = read_republish_response(struct_to_binary(again), 42)
    assert (answer.sequence, answer.subscription, len(answer.parts)) == (9, 42, 1)
    with pytest.raises(Malformed):
        read_read_response(struct_to_binary(again))
    with pytest.raises(Malformed):
        read_publish_response(struct_to_binary(again))
    with pytest.raises(Malformed):
        read_republish_response(struct_to_binary(read), 42)


@pytest.mark.parametrize(
    ("mask", "tail", "source", "server"),
    [
        # OPC 10000-6 table 26: source time, source picoseconds, server time, server picoseconds
        (0x3D, b"S" * 8 + b"p" * 2 + b"R" * 8 + b"q" * 2, b"S" * 8, b"R" * 8),
        (0x1D, b"S" * 8 + b"p" * 2 + b"R" * 8, b"S" * 8, b"R" * 8),
        (0x2D, b"S" * 8 + b"R" * 8 + b"q" * 2, b"S" * 8, b"R" * 8),
        (0x39, b"p" * 2 + b"R" * 8 + b"q" * 2, b"", b"R" * 8),
    ],
)
def test_picoseconds_are_where_the_specification_puts_them(mask: int, tail: bytes, source: bytes, server: bytes) -> None:
    data = bytes([mask]) + variant_to_binary(ua.Variant(2.5, V.Double)) + tail
    raw, end = read_data_value(data, 0)
    assert end == len(data)
    assert raw == RawValue(11, 2.5, 0, int.from_bytes(source, "little"), int.from_bytes(server, "little"))


_SAMPLE = response(
    [
        notification(
            [
                (1, ua.DataValue(ua.Variant(1.0, V.Double), SourceTimestamp=WHEN)),
                (2, ua.DataValue(ua.Variant(["a", "b"], V.String))),
                (3, ua.DataValue(ua.Variant(uuid.UUID(int=5), V.Guid))),
            ]
        )
    ]
)


def _read_all(data: bytes) -> None:
    answer = read_publish_response(data)
    for kind, start, end in answer.parts:
        if kind == DATA_CHANGE:
            at = start + 4
            while at < end:
                _, at = read_data_value(answer.data, at + 4)


@given(st.integers(0, len(_SAMPLE) - 1), st.integers(0, 255), st.integers(0, len(_SAMPLE)))
def test_damaged_messages_raise_malformed_or_nothing(at: int, byte: int, length: int) -> None:
    damaged = (_SAMPLE[:at] + bytes([byte]) + _SAMPLE[at + 1 :])[:length]
    try:
        _read_all(damaged)
    except Malformed:
        return


@given(st.binary(max_size=200))
def test_rubbish_raises_malformed_or_nothing(data: bytes) -> None:
    for read in (read_publish_response, read_read_response, lambda d: read_data_value(d, 0), lambda d: _read_all(d)):
        try:
            read(data)
        except Malformed:
            continue


def test_nesting_has_an_end() -> None:
    with pytest.raises(Malformed):
        read_data_value(b"\x01" + b"\x17\x01" * 5000 + b"\x00", 0)  # a DataValue in a Variant in a DataValue ...
    with pytest.raises(Malformed):
        read_data_value(b"\x01\x19" + b"\x40" * 5000, 0)  # DiagnosticInfo in DiagnosticInfo ...
    with pytest.raises(Malformed):
        read_data_value(b"\x01\x8c" + (2**31 - 1).to_bytes(4, "little"), 0)  # an array of two thousand million strings

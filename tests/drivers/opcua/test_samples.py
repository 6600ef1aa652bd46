"""From a notification to samples: the fast way and the careful way say the same, and one odd value spoils no other."""

from datetime import UTC, datetime, timedelta
from typing import Any

from asyncua import ua
from asyncua.ua.ua_binary import struct_to_binary
from hypothesis import given
from hypothesis import strategies as st

from app.domain.instant import MINUTE, SECOND, Instant, from_datetime
from app.domain.sample import Quality, Reason, Sample
from app.domain.tag import DataType, Tag
from drivers.opcua.binary import read_data_value, read_publish_response
from drivers.opcua.samples import SampleReader
from drivers.opcua.values import point_of
from tests.drivers.opcua.test_binary import data_values, notification, response

V = ua.VariantType
WHEN = datetime(2026, 11, 21, 2, 40, 0, 250_000, tzinfo=UTC)
AT = from_datetime(WHEN)
NOW = AT + 2 * SECOND
TAGS = (
    Tag("PLAIN", data_type=DataType.FLOAT64),
    Tag("SCALED", data_type=DataType.INT16, scale=0.1, offset=5.0),
    Tag("SWITCH", data_type=DataType.BOOL),
    Tag("DIGITAL", data_type=DataType.UINT16, alarm_on=1),
)


def reader(**options: Any) -> SampleReader:
    return SampleReader([point_of(tag) for tag in TAGS], **options)


def read(items: list[tuple[int, Any]], now: Instant = NOW, **options: Any) -> list[Sample]:
    answer = read_publish_response(response([notification(items)]))
    ((_, start, end),) = answer.parts
    return reader(**options).samples(answer.data, start, end, now)


def value(sent: Any, kind: Any = V.Double, status: int = 0, source: datetime | None = WHEN, server: Any = WHEN) -> Any:
    return ua.DataValue(ua.Variant(sent, kind), ua.StatusCode(status), source, server)


@given(st.lists(st.tuples(st.integers(0, 5), data_values()), max_size=8))
def test_fast_and_careful_way_agree(items: list[tuple[int, Any]]) -> None:
    careful = reader()
    wanted = [
        careful.sample(handle, read_data_value(struct_to_binary(sent), 0)[0], NOW)
        for handle, sent in items
        if handle < len(TAGS)
    ]
    got = read(items)
    assert got == wanted
    assert [type(sample.value) for sample in got] == [type(sample.value) for sample in wanted]


@given(st.floats(), st.sampled_from([0, 0x400, 0x408F0000, 0x808C0000]), st.booleans(), st.integers(0, 3))
def test_numbers_with_and_without_server_time(number: float, status: int, server: bool, handle: int) -> None:
    sent = value(number, status=status, server=WHEN if server else None)
    (got,) = read([(handle, sent)])
    assert repr(got) == repr(reader().sample(handle, read_data_value(struct_to_binary(sent), 0)[0], NOW))


def test_one_odd_value_spoils_no_other() -> None:
    odd = [
        value("text", V.String),
        value(None, V.Null),
        value([1.0, 2.0], V.Double),
        value(ua.EUInformation(), V.ExtensionObject),
        value(float("nan")),
    ]
    items = [(0, value(1.0))]
    for one in odd:
        items += [(0, one), (1, value(100, V.Int16))]
    samples = read(items)
    assert [sample.quality for sample in samples[1::2]] == [Quality.BAD] * len(odd)
    assert {sample.value for sample in samples[2::2]} == {15.0}
    assert [sample.reason for sample in samples[1::2]] == [Reason.WRONG_TYPE] * 4 + [Reason.SENSOR_FAILURE]


def test_bad_carries_no_number_and_uncertain_does() -> None:
    bad, uncertain, empty = read(
        [
            (0, value(0.0, status=ua.StatusCodes.BadSensorFailure)),
            (0, value(3.0, status=ua.StatusCodes.UncertainLastUsableValue)),
            (0, value(None, V.Null, status=ua.StatusCodes.UncertainInitialValue)),
        ]
    )
    assert bad == Sample("PLAIN", None, Quality.BAD, Reason.SENSOR_FAILURE, AT, NOW, "0x808C0000")
    assert uncertain == Sample("PLAIN", 3.0, Quality.UNCERTAIN, Reason.LAST_USABLE, AT, NOW, "0x40900000")
    assert empty == Sample("PLAIN", None, Quality.UNCERTAIN, Reason.NO_DATA_YET, AT, NOW, "0x40920000")


def test_source_time_then_server_time_then_ours() -> None:
    later = WHEN + timedelta(seconds=1)
    samples = read(
        [
            (0, value(1.0, source=WHEN, server=later)),
            (0, value(1.0, source=None, server=later)),
            (0, value(1.0, source=None, server=None)),
            (0, value(1.0, source=datetime(1601, 1, 1, tzinfo=UTC), server=None)),
        ]
    )
    assert [sample.source_time for sample in samples] == [AT, AT + SECOND, NOW, NOW]
    assert {sample.receive_time for sample in samples} == {NOW}


def test_a_clock_ahead_is_not_believed() -> None:
    for minutes, believed in ((0, True), (4.9, True), (5.1, False), (480, False)):
        now = AT - int(minutes * MINUTE)
        (sample,) = read([(0, value(7.0))], now=now)
        if believed:
            assert (sample.quality, sample.source_time) == (Quality.GOOD, AT)
        else:
            assert sample == Sample("PLAIN", 7.0, Quality.GOOD, Reason.CLOCK, now, now, "")
        (own,) = read([(0, value(7.0))], now=now, trust_source_clock=False)
        assert own == Sample("PLAIN", 7.0, Quality.GOOD, Reason.NONE, now, now, "")
    (bad,) = read([(0, value(7.0, status=ua.StatusCodes.BadSensorFailure))], now=AT - 480 * MINUTE)
    assert (bad.quality, bad.reason) == (Quality.BAD, Reason.SENSOR_FAILURE)


def test_how_far_ahead_is_remembered() -> None:
    answer = read_publish_response(
        response([notification([(0, value(1.0)), (0, value(2.0, source=WHEN + timedelta(hours=8)))])])
    )
    ((_, start, end),) = answer.parts
    ours = reader()
    ours.samples(answer.data, start, end, NOW)
    assert ours.ahead == from_datetime(WHEN + timedelta(hours=8)) - NOW

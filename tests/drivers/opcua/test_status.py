"""Status codes as quality and reason, named as the specification names them (numbers from asyncua's table)."""

import pytest
from asyncua import ua
from hypothesis import given
from hypothesis import strategies as st

from app.domain.sample import Quality, Reason
from drivers.opcua.status import judge, refused

GOOD, UNCERTAIN, BAD = Quality.GOOD, Quality.UNCERTAIN, Quality.BAD


@pytest.mark.parametrize(
    ("name", "quality", "reason"),
    [
        ("Good", GOOD, Reason.NONE),
        ("GoodClamped", GOOD, Reason.NONE),
        ("GoodLocalOverride", GOOD, Reason.SUBSTITUTED),
        ("Uncertain", UNCERTAIN, Reason.UNSPECIFIED),
        ("UncertainLastUsableValue", UNCERTAIN, Reason.LAST_USABLE),
        ("UncertainNoCommunicationLastUsableValue", UNCERTAIN, Reason.LAST_USABLE),
        ("UncertainSubstituteValue", UNCERTAIN, Reason.SUBSTITUTED),
        ("UncertainInitialValue", UNCERTAIN, Reason.NO_DATA_YET),
        ("UncertainSensorNotAccurate", UNCERTAIN, Reason.SENSOR_FAILURE),
        ("UncertainSensorCalibration", UNCERTAIN, Reason.SENSOR_FAILURE),
        ("UncertainEngineeringUnitsExceeded", UNCERTAIN, Reason.OUT_OF_RANGE),
        ("UncertainOverRange", UNCERTAIN, Reason.OUT_OF_RANGE),
        ("UncertainUnderRange", UNCERTAIN, Reason.OUT_OF_RANGE),
        ("UncertainSubNormal", UNCERTAIN, Reason.UNSPECIFIED),
        ("UncertainSimulatedValue", UNCERTAIN, Reason.SUBSTITUTED),
        ("UncertainTransducerInManual", UNCERTAIN, Reason.SUBSTITUTED),
        ("UncertainConfigurationError", UNCERTAIN, Reason.CONFIG_ERROR),
        ("Bad", BAD, Reason.UNSPECIFIED),
        ("BadNotConnected", BAD, Reason.NOT_CONNECTED),
        ("BadDeviceFailure", BAD, Reason.DEVICE_FAILURE),
        ("BadSensorFailure", BAD, Reason.SENSOR_FAILURE),
        ("BadCommunicationError", BAD, Reason.COMM_LOST),
        ("BadNoCommunication", BAD, Reason.COMM_LOST),
        ("BadOutOfService", BAD, Reason.OUT_OF_SERVICE),
        ("BadNodeIdUnknown", BAD, Reason.CONFIG_ERROR),
        ("BadNodeIdInvalid", BAD, Reason.CONFIG_ERROR),
        ("BadUserAccessDenied", BAD, Reason.CONFIG_ERROR),
        ("BadConfigurationError", BAD, Reason.CONFIG_ERROR),
        ("BadTooManyMonitoredItems", BAD, Reason.CONFIG_ERROR),
        ("BadTypeMismatch", BAD, Reason.WRONG_TYPE),
        ("BadWaitingForInitialData", BAD, Reason.NO_DATA_YET),
        ("BadTimeout", BAD, Reason.TIMEOUT),
        ("BadOutOfRange", BAD, Reason.OUT_OF_RANGE),
        ("BadUnexpectedError", BAD, Reason.UNSPECIFIED),
    ],
)
def test_codes(name: str, quality: Quality, reason: Reason) -> None:
    code = getattr(ua.StatusCodes, name)
    detail = "" if (quality, reason) == (GOOD, Reason.NONE) else f"0x{code:08X}"
    assert judge(code) == (quality, reason, detail)


@pytest.mark.parametrize("bits", [0x0001, 0x0400, 0x0480, 0x0300, 0x4000, 0x8000, 0xFFFF])
@pytest.mark.parametrize("name", ["Good", "UncertainLastUsableValue", "BadSensorFailure"])
def test_information_and_limit_bits_do_not_count(name: str, bits: int) -> None:
    code = getattr(ua.StatusCodes, name)
    assert judge(code | bits) == judge(code)


@given(st.integers(0, 0xFFFFFFFF))
def test_every_code_has_a_quality(code: int) -> None:
    judgement = judge(code)
    assert judgement.quality is (GOOD, UNCERTAIN, BAD, BAD)[code >> 30]
    if judgement.quality is not GOOD:
        assert judgement.reason is not Reason.NONE
        assert judgement.detail == f"0x{code & 0xFFFF0000:08X}"


@given(st.integers(0, 0xFFFFFFFF))
def test_a_refused_point_is_bad_whatever_the_code(code: int) -> None:
    judgement = refused(code)
    assert judgement.quality is BAD
    assert judgement.reason is not Reason.NONE
    assert judgement.detail.startswith("0x")

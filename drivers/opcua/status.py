"""OPC UA status codes as quality and reason: a pure table. Station side; no asyncua here.

Severity is the top two bits (OPC 10000-4, 7.38): 00 good, 01 uncertain, 10 bad, 11 reserved and to be treated as bad. The low
16 bits (structure changed, overflow, limit bits) say nothing about whether a value may be believed and are masked.
"""

from typing import NamedTuple

from app.domain.sample import Quality, Reason

CODE_MASK = 0xFFFF0000
BAD_TOO_MANY_OPERATIONS = 0x80100000
BAD_NODE_ID_UNKNOWN = 0x80340000
NODE_GONE = frozenset((BAD_NODE_ID_UNKNOWN, 0x80330000, 0x803F0000))
"""BadNodeIdUnknown, BadNodeIdInvalid, BadObjectDeleted: said of a value, they mean that its node was there once."""


class Judgement(NamedTuple):
    """`detail` is the masked code as `0x808A0000`; "" when plainly good."""

    quality: Quality
    reason: Reason
    detail: str


# Good: only those that change what an operator should know. A value forced by hand still drives alarms.
_GOOD: dict[int, Reason] = {
    0x00960000: Reason.SUBSTITUTED,  # GoodLocalOverride
}

_UNCERTAIN: dict[int, Reason] = {
    0x408F0000: Reason.LAST_USABLE,  # UncertainNoCommunicationLastUsableValue
    0x40900000: Reason.LAST_USABLE,  # UncertainLastUsableValue
    0x40910000: Reason.SUBSTITUTED,  # UncertainSubstituteValue
    0x40920000: Reason.NO_DATA_YET,  # UncertainInitialValue
    0x40930000: Reason.SENSOR_FAILURE,  # UncertainSensorNotAccurate
    0x40940000: Reason.OUT_OF_RANGE,  # UncertainEngineeringUnitsExceeded
    0x40F20000: Reason.OUT_OF_RANGE,  # UncertainOverRange
    0x40F30000: Reason.OUT_OF_RANGE,  # UncertainUnderRange
    0x42080000: Reason.SUBSTITUTED,  # UncertainTransducerInManual
    0x42090000: Reason.SUBSTITUTED,  # UncertainSimulatedValue
    0x420A0000: Reason.SENSOR_FAILURE,  # UncertainSensorCalibration
    0x420F0000: Reason.CONFIG_ERROR,  # UncertainConfigurationError
    # UncertainSubNormal 0x40950000 (fewer good sources than required) and the rest: no word of ours is exact
}

_BAD: dict[int, Reason] = {
    0x80050000: Reason.COMM_LOST,  # BadCommunicationError
    0x800D0000: Reason.COMM_LOST,  # BadServerNotConnected
    0x80310000: Reason.COMM_LOST,  # BadNoCommunication
    0x80AE0000: Reason.COMM_LOST,  # BadConnectionClosed
    0x800A0000: Reason.TIMEOUT,  # BadTimeout
    0x80850000: Reason.TIMEOUT,  # BadRequestTimeout
    0x808A0000: Reason.NOT_CONNECTED,  # BadNotConnected
    0x808B0000: Reason.DEVICE_FAILURE,  # BadDeviceFailure
    0x80020000: Reason.DEVICE_FAILURE,  # BadInternalError
    0x80030000: Reason.DEVICE_FAILURE,  # BadOutOfMemory
    0x80040000: Reason.DEVICE_FAILURE,  # BadResourceUnavailable
    0x800C0000: Reason.DEVICE_FAILURE,  # BadShutdown
    0x800E0000: Reason.DEVICE_FAILURE,  # BadServerHalted
    0x808C0000: Reason.SENSOR_FAILURE,  # BadSensorFailure
    0x803C0000: Reason.OUT_OF_RANGE,  # BadOutOfRange
    0x808D0000: Reason.OUT_OF_SERVICE,  # BadOutOfService
    0x80320000: Reason.NO_DATA_YET,  # BadWaitingForInitialData
    0x809B0000: Reason.NO_DATA_YET,  # BadNoData
    0x809D0000: Reason.NO_DATA_YET,  # BadDataLost
    0x809E0000: Reason.NO_DATA_YET,  # BadDataUnavailable
    0x80740000: Reason.WRONG_TYPE,  # BadTypeMismatch
    0x80380000: Reason.WRONG_TYPE,  # BadDataEncodingInvalid
    0x80390000: Reason.WRONG_TYPE,  # BadDataEncodingUnsupported
    0x801F0000: Reason.CONFIG_ERROR,  # BadUserAccessDenied
    0x80E60000: Reason.CONFIG_ERROR,  # BadSecurityModeInsufficient
    0x80330000: Reason.CONFIG_ERROR,  # BadNodeIdInvalid
    BAD_NODE_ID_UNKNOWN: Reason.CONFIG_ERROR,
    0x80350000: Reason.CONFIG_ERROR,  # BadAttributeIdInvalid
    0x80360000: Reason.CONFIG_ERROR,  # BadIndexRangeInvalid
    0x80370000: Reason.CONFIG_ERROR,  # BadIndexRangeNoData
    0x803A0000: Reason.CONFIG_ERROR,  # BadNotReadable
    0x803D0000: Reason.CONFIG_ERROR,  # BadNotSupported
    0x803E0000: Reason.CONFIG_ERROR,  # BadNotFound
    0x803F0000: Reason.CONFIG_ERROR,  # BadObjectDeleted
    0x80400000: Reason.CONFIG_ERROR,  # BadNotImplemented
    0x80420000: Reason.CONFIG_ERROR,  # BadMonitoredItemIdInvalid
    0x80440000: Reason.CONFIG_ERROR,  # BadMonitoredItemFilterUnsupported
    0x80890000: Reason.CONFIG_ERROR,  # BadConfigurationError
    0x80DB0000: Reason.CONFIG_ERROR,  # BadTooManyMonitoredItems
}


def code_text(status: int) -> str:
    return f"0x{status & CODE_MASK:08X}"


def judge(status: int) -> Judgement:
    """What a 32-bit status code says of a value. Codes not in the tables: good is good, the rest is unspecified."""
    code = status & CODE_MASK
    severity = code >> 30
    if severity == 0:
        reason = _GOOD.get(code, Reason.NONE)
        return Judgement(Quality.GOOD, reason, code_text(code) if reason else "")
    if severity == 1:
        return Judgement(Quality.UNCERTAIN, _UNCERTAIN.get(code, Reason.UNSPECIFIED), code_text(code))
    return Judgement(Quality.BAD, _BAD.get(code, Reason.UNSPECIFIED), code_text(code))


def refused(status: int) -> Judgement:
    """What a code says of a point the server does not take into the subscription: always bad; a code we have no better
    word for means that somebody has to look at the configuration."""
    judgement = judge(status)
    reason = judgement.reason if status & CODE_MASK in _BAD else Reason.CONFIG_ERROR
    return Judgement(Quality.BAD, reason, judgement.detail or code_text(status))

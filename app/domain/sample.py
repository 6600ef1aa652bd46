"""What the field said about one tag (位号) at one moment: value, quality, reason, two times. Crosses every border whole.

Both sides. A sample is never taken apart on its way, so no widget can paint a new value with an old quality.
"""

from enum import StrEnum
from typing import NamedTuple

from app.domain.instant import Instant

Value = float | int | bool | str


class Quality(StrEnum):
    """May this value be believed? GOOD drives alarms; the other two never do."""

    GOOD = "good"
    UNCERTAIN = "uncertain"
    BAD = "bad"


class Reason(StrEnum):
    """Why a quality is not good. Screens translate these words; `Sample.detail` carries the device's own code."""

    NONE = ""
    NO_DATA_YET = "no_data_yet"  # link is up, first sample still to come
    COMM_LOST = "comm_lost"  # link to the source is down
    TIMEOUT = "timeout"  # this device or block did not answer
    STALE = "stale"  # no news for longer than stale_s
    DEVICE_FAILURE = "device_failure"
    SENSOR_FAILURE = "sensor_failure"  # NaN, infinity, fault code of a transmitter
    NOT_CONNECTED = "not_connected"
    CONFIG_ERROR = "config_error"  # address unknown to the device, wrong type
    WRONG_TYPE = "wrong_type"  # device sent something that is no value of this tag
    OUT_OF_RANGE = "out_of_range"  # beyond range_low..range_high by more than the allowed margin
    OUT_OF_SERVICE = "out_of_service"
    LAST_USABLE = "last_usable"  # server repeats an old value
    SUBSTITUTED = "substituted"  # value set by hand at the source
    CLOCK = "clock"  # source time cannot be right
    UNSPECIFIED = "unspecified"
    NOT_KEPT = "not_kept"  # of the past: nothing was recorded then, so nobody knows


class Sample(NamedTuple):
    """One reading. `value` is None when there is none; with a quality that is not good it is the last one known.

    `source_time`: when the field says it was so. `receive_time`: when this station got it. `detail`: the device's own
    word for a fault, e.g. `0x808A0000` or `exception 2`.
    """

    tag: str
    value: Value | None
    quality: Quality
    reason: Reason
    source_time: Instant
    receive_time: Instant
    detail: str = ""


def good(tag: str, value: Value, source_time: Instant, receive_time: Instant) -> Sample:
    return Sample(tag, value, Quality.GOOD, Reason.NONE, source_time, receive_time)


def bad(tag: str, reason: Reason, now: Instant, detail: str = "", value: Value | None = None) -> Sample:
    return Sample(tag, value, Quality.BAD, reason, now, now, detail)

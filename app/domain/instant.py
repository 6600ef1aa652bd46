"""Points in time: integers, microseconds since 1970-01-01T00:00:00Z. Exact, ordered, cheap; both programs use them.

In files and JSON a time is RFC 3339 UTC with milliseconds (`2026-11-21T02:40:00.250Z`); on screens it is local.
"""

from datetime import UTC, datetime, timedelta

Instant = int
"""Microseconds since the Unix epoch, UTC."""

MILLISECOND = 1_000
SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_second_text: dict[int, str] = {}


def seconds(value: float) -> Instant:
    """A span of `value` seconds in microseconds."""
    return round(value * SECOND)


def to_datetime(at: Instant) -> datetime:
    return _EPOCH + timedelta(microseconds=at)


def from_datetime(at: datetime) -> Instant:
    """Naive datetimes are read as UTC."""
    if at.tzinfo is None:
        at = at.replace(tzinfo=UTC)
    return (at - _EPOCH) // timedelta(microseconds=1)


def to_rfc3339(at: Instant) -> str:
    """`2026-11-21T02:40:00.250Z`; what is below a millisecond is cut. The text of a second is kept: values come in crowds."""
    whole, part = divmod(at, SECOND)
    text = _second_text.get(whole)
    if text is None:
        if len(_second_text) > 512:
            _second_text.clear()
        text = _second_text[whole] = (_EPOCH + timedelta(seconds=whole)).strftime("%Y-%m-%dT%H:%M:%S.")
    return f"{text}{part // 1000:03d}Z"


def from_rfc3339(text: str) -> Instant:
    """Raises ValueError when `text` is no RFC 3339 time or names no offset."""
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError(f"time without offset: {text!r}")
    return from_datetime(at)

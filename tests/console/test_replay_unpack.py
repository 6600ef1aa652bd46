"""Answers of the replay, unpacked in portions: what comes out is what went in, however long the lists are."""

from typing import Any

import msgspec
import pytest

from app.console.reader import Heard, Reader
from app.console.replay_unpack import PORTION, exact, unpack_picture, unpack_span
from app.domain.instant import SECOND, from_rfc3339
from app.domain.wire import AlarmMsg, EventMsg, ValueMsg

TIME = "2026-11-22T02:41:07.250Z"


def message(count: int, kind: str, **more: Any) -> dict[str, Any]:
    values = [ValueMsg(f"T{n % 700}", float(n), "good", "", TIME, TIME) for n in range(count)]
    alarms = [AlarmMsg(n, f"T{n}", "液位", "V-101", "H", "UNACK", "high") for n in range(count)]
    events = [EventMsg(n, TIME, "raised", f"T{n}", "H", n, "NORM", "UNACK", True, "high") for n in range(count)]
    body = {"type": kind, "seq": 7, "time": TIME, "values": values, "alarms": alarms, "events": events, **more}
    made: dict[str, Any] = msgspec.to_builtins(body)
    return made


def read(one: dict[str, Any]) -> Any:
    """As the live feed reads it."""
    reader = Reader()
    reader.put(msgspec.convert(one, Heard))
    return reader


@pytest.mark.parametrize("count", [0, 1, PORTION, 3 * PORTION + 1])
def test_a_span(count: int) -> None:
    messages = [message(count, "delta", notices=["甲"]), message(2, "delta", extra={"config": 3})]
    page = {"start": TIME, "end": exact(from_rfc3339(TIME) + SECOND), "step_s": 1.0, "messages": messages}
    span = unpack_span(msgspec.json.encode(page))
    assert span.end == from_rfc3339(TIME) + SECOND
    for (at, batch), one in zip(span.batches, messages, strict=True):
        assert (at, batch) == (from_rfc3339(TIME), read(one).take(batch.feed))


@pytest.mark.parametrize("count", [0, 2 * PORTION])
def test_a_picture(count: int) -> None:
    one = message(count, "snapshot", notices=[], links=[], extra={"config": 4}, replay={"at": TIME})
    picture = unpack_picture(msgspec.json.encode(one))
    assert picture.batch == read(one).take(picture.batch.feed)
    assert picture.batch.whole and (picture.config, picture.tags) == (4, {})


@pytest.mark.parametrize("data", [b"", b"{}", b'{"start":1}', b"[1]"])
def test_what_is_no_answer(data: bytes) -> None:
    for unpack in (unpack_span, unpack_picture):
        with pytest.raises((msgspec.ValidationError, msgspec.DecodeError)):
            unpack(data)

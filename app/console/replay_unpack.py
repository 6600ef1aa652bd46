"""Answers of the replay unpacked (回放数据解包): a picture, a page of a span, as batches for the desk's state. Console side; no
Qt, for worker threads.
"""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import msgspec

from app.console.reader import Batch, FeedState, FeedWord, Heard, Reader, instant
from app.domain.instant import Instant, from_rfc3339, to_datetime
from app.domain.rows import fields_of
from app.domain.tag import Tag
from app.domain.wire import AlarmMsg, EventMsg, LinkMsg, ValueMsg

PORTION, BREATH_S = 250, 0.001  # read at once, half a millisecond; and let others go on
T = TypeVar("T")


@dataclass(slots=True)
class _About:
    """What the answer of a seek says beside the picture."""

    at: str
    record: int = 0
    running: bool = True
    gaps: list[list[str]] = field(default_factory=list)
    tags: list[dict[str, Any]] = field(default_factory=list)


@dataclass(slots=True)
class _Whole:
    replay: _About


@dataclass(slots=True)
class _Page:
    start: str
    end: str
    step_s: float
    messages: list[msgspec.Raw]


@dataclass(slots=True)
class _Closed:
    """A message whose long lists are not read yet."""

    type: str
    seq: int
    time: str = ""
    values: list[msgspec.Raw] = field(default_factory=list)
    alarms: list[msgspec.Raw] = field(default_factory=list)
    events: list[msgspec.Raw] = field(default_factory=list)
    links: list[LinkMsg] | None = None
    notices: list[str] | None = None
    extra: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Picture:
    """A seek's answer, ready to be put."""

    batch: Batch
    config: Any
    tags: dict[str, Tag]


@dataclass(frozen=True, slots=True)
class Span:
    """A page of a span: batches by the moment from which they count."""

    end: Instant
    batches: list[tuple[Instant, Batch]]


def exact(at: Instant) -> str:
    """RFC 3339 to the microsecond: a page begins exactly where the last one ended."""
    return to_datetime(at).isoformat().replace("+00:00", "Z")


def unpack_picture(data: bytes) -> Picture:
    """Raises ValueError, msgspec.ValidationError."""
    about = msgspec.json.decode(data, type=_Whole).replay
    closed, batch = _opened(data)
    tags = msgspec.convert([fields_of(row) for row in about.tags], list[Tag])
    return Picture(batch, (closed.extra or {}).get("config"), {tag.tag: tag for tag in tags})


def unpack_span(data: bytes) -> Span:
    """Raises ValueError, msgspec.ValidationError."""
    page = msgspec.json.decode(data, type=_Page)
    batches = []
    for message in page.messages:
        closed, batch = _opened(message)
        batches.append((instant(closed.time), batch))
    return Span(from_rfc3339(page.end), batches)


def _opened(data: bytes | msgspec.Raw) -> tuple[_Closed, Batch]:
    """In small portions with a breath between them. Whoever unpacks holds the interpreter; the thread that paints waits for it,
    and a page of a thousand tags as a whole was a stall of 20 ms."""
    closed, reader = msgspec.json.decode(data, type=_Closed), Reader()
    head = Heard(closed.type, closed.seq, closed.time, links=closed.links, notices=closed.notices, extra=closed.extra)
    reader.put(head)
    for values in _portions(closed.values, ValueMsg):
        reader.put(Heard("delta", closed.seq, values=values))
    for alarms in _portions(closed.alarms, AlarmMsg):
        reader.put(Heard("delta", closed.seq, alarms=alarms))
    for events in _portions(closed.events, EventMsg):
        reader.put(Heard("delta", closed.seq, events=events))
    return closed, reader.take(_feed())


def _portions(closed: Sequence[msgspec.Raw], kind: type[T]) -> Iterator[list[T]]:
    for start in range(0, len(closed), PORTION):
        some = b",".join(closed[start : start + PORTION])
        yield msgspec.json.decode(b"[" + some + b"]", type=list[kind])  # type: ignore[valid-type]
        time.sleep(BREATH_S)


def _feed() -> FeedState:
    return FeedState(FeedWord.LIVE, heard_at=time.monotonic())

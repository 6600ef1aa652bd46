"""Turns feed messages into what the screen wants: samples, and one `Batch` per tick however many messages came.

Pure, and on the session's thread: parsing 20,000 values a second is kept off the thread that paints.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from app.domain.instant import Instant, from_rfc3339
from app.domain.sample import Quality, Reason, Sample
from app.domain.wire import AlarmMsg, EventMsg, LinkMsg, ValueMsg


class FeedWord(StrEnum):
    """What the session knows of its connection. Whether the feed is *silent* the screen decides with its own clock."""

    OFF = "off"  # nobody logged in
    CONNECTING = "connecting"
    LIVE = "live"
    LOST = "lost"  # was live, trying again
    LOGIN = "login"  # the station wants a new login
    REFUSED = "refused"  # certificate, or a station we cannot talk to: trying again will not help


@dataclass(frozen=True, slots=True)
class FeedState:
    word: FeedWord = FeedWord.OFF
    detail: str = ""  # a sentence for a person
    heard_at: float | None = None  # monotonic seconds of the last message, of any kind
    station_time: str = ""


@dataclass(slots=True)
class Batch:
    """Everything of one tick. `whole`: values and alarms are all there is (a snapshot came), else only what changed.
    `links`, `notices`, `extra`: the whole of it, or None for no news. `events`: in order, none left out."""

    whole: bool = False
    values: dict[str, Sample] = field(default_factory=dict)
    alarms: list[AlarmMsg] = field(default_factory=list)
    links: list[LinkMsg] | None = None
    notices: list[str] | None = None
    events: list[EventMsg] = field(default_factory=list)
    extra: dict[str, Any] | None = None
    feed: FeedState = FeedState()
    login: int = 0  # number of the login it belongs to; the screen drops what an earlier one left on the way


@dataclass(slots=True)
class Heard:
    """A feed message as it arrives: `app.domain.wire.FeedMsg`, but a list that was not sent is None and not empty. "No
    notices any more" and "nothing new about notices" are two things."""

    type: str
    seq: int
    time: str = ""
    values: list[ValueMsg] = field(default_factory=list)
    alarms: list[AlarmMsg] = field(default_factory=list)
    links: list[LinkMsg] | None = None
    events: list[EventMsg] = field(default_factory=list)
    notices: list[str] | None = None
    message: str = ""
    extra: dict[str, Any] | None = None


class Reader:
    """Collects messages until `take`. Newest value of a tag wins; alarms keep their order; events are never dropped."""

    def __init__(self) -> None:
        self._batch = Batch()

    def put(self, message: Heard) -> None:
        batch = self._batch
        if message.type == "snapshot":
            batch.whole = True
            batch.values = {}
            batch.alarms = []
        for value in message.values:
            batch.values[value.tag] = sample(value)
        batch.alarms.extend(message.alarms)
        batch.events.extend(message.events)
        if message.links is not None:
            batch.links = message.links
        if message.notices is not None:
            batch.notices = message.notices
        if message.extra is not None:
            batch.extra = message.extra

    def take(self, feed: FeedState) -> Batch:
        batch, self._batch = self._batch, Batch()
        batch.feed = feed
        return batch


_second: dict[str, Instant] = {}


def instant(text: str) -> Instant:
    """As `from_rfc3339`, but values come in crowds within the same second: its start is kept."""
    if len(text) == 24 and text[23] == "Z" and text[19] == ".":
        whole = _second.get(text[:19])
        if whole is None:
            if len(_second) > 512:
                _second.clear()
            whole = _second[text[:19]] = from_rfc3339(text[:19] + "Z")
        return whole + int(text[20:23]) * 1000
    return from_rfc3339(text)


_quality = {one.value: one for one in Quality}
_reason = {one.value: one for one in Reason}


def sample(value: ValueMsg) -> Sample:
    """A quality this console does not know is bad: a newer station must not look better than it is. Times it cannot read
    make this one value bad, not the whole feed."""
    try:
        source_time, receive_time = instant(value.source_time), instant(value.receive_time)
    except ValueError:
        return Sample(value.tag, value.value, Quality.BAD, Reason.CLOCK, 0, 0, value.source_time)
    return Sample(
        value.tag,
        value.value,
        _quality.get(value.quality, Quality.BAD),
        _reason.get(value.reason, Reason.UNSPECIFIED),
        source_time,
        receive_time,
        value.detail,
    )

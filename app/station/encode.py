"""JSON of the feed and the API: each sample is encoded once and its text shared by all clients. Station side."""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from app.domain.instant import Instant, to_rfc3339
from app.domain.sample import Quality, Reason, Sample
from app.domain.wire import AlarmMsg, EventMsg, LinkMsg, ValueMsg
from app.station.table import Slot

_encoder = msgspec.json.Encoder()
_GOOD, _NONE = Quality.GOOD, Reason.NONE  # looking a member up costs as much as the rest


def to_json(value: Any) -> bytes:
    return _encoder.encode(value)


def to_text(value: Any) -> str:
    return _encoder.encode(value).decode()


def value_message(sample: Sample) -> ValueMsg:
    return ValueMsg(
        sample.tag,
        sample.value,
        sample.quality.value,
        sample.reason.value,
        to_rfc3339(sample.source_time),
        to_rfc3339(sample.receive_time),
        sample.detail,
    )


_time_texts: dict[Instant, str] = {}  # by millisecond


def _time_text(at: Instant) -> str:
    """Values come in crowds that share their times: the text of a millisecond is kept for a while."""
    if len(_time_texts) > 4096:
        _time_texts.clear()
    text = _time_texts[at // 1000] = to_rfc3339(at)
    return text


def value_text(slot: Slot) -> str:
    """The `ValueMsg` of the slot's sample, made when first asked for."""
    sample = slot.sample
    if slot.encoded_sample is sample:
        return slot.encoded
    _, value, quality, reason, at, received, detail = sample
    if quality is _GOOD and reason is _NONE and not detail and type(value) is float:
        # The common case by hand, several times as fast. A good float is finite, its repr is JSON.
        known = _time_texts.get
        text = (
            f'{slot.json_head}{value!r},"quality":"good","reason":"",'
            f'"source_time":"{known(at // 1000) or _time_text(at)}",'
            f'"receive_time":"{known(received // 1000) or _time_text(received)}","detail":""}}'
        )
    else:
        text = to_text(value_message(sample))
    slot.encoded, slot.encoded_sample = text, sample
    return text


def message_text(
    kind: str,
    seq: int,
    time: str,
    values: Iterable[str] = (),
    alarms: Sequence[str] = (),
    events: Sequence[str] = (),
    links: Sequence[LinkMsg] | None = None,
    notices: Sequence[str] | None = None,
    message: str = "",
    extra: dict[str, Any] | None = None,
    whole: bool = False,
) -> str:
    """A `FeedMsg` from texts that were encoded before. `whole`: empty lists are written too, as a snapshot has them."""
    parts = [f'"type":"{kind}","seq":{seq},"time":"{time}"']
    for name, texts in (("values", ",".join(values)), ("alarms", ",".join(alarms)), ("events", ",".join(events))):
        if texts or (whole and name != "events"):
            parts.append(f'"{name}":[{texts}]')
    if links is not None:
        parts.append(f'"links":{to_text(links)}')
    if notices is not None:
        parts.append(f'"notices":{to_text(notices)}')
    if message:
        parts.append(f'"message":{to_text(message)}')
    if extra:
        parts.append(f'"extra":{to_text(extra)}')
    return "{" + ",".join(parts) + "}"


def alarm_text(alarm: AlarmMsg) -> str:
    return to_text(alarm)


def event_text(event: EventMsg) -> str:
    return to_text(event)

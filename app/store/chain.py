"""The hash chain of the journal: how a record is written down and how its hash follows from the one before. Pure; station side.

Anyone can check it without this program. The line of a record is its canonical JSON: keys sorted, no spaces, UTF-8 as it is,
with the fields actor, data, id, kind, occurrence, tag and time (microseconds since 1970, UTC). Its hash is the SHA-256, in
hex, of the hash before it (hex; 64 zeros before the first) followed by that line.
"""

import hashlib
import json
from collections.abc import Mapping
from json.encoder import encode_basestring as quoted
from math import isfinite
from typing import Any

from app.store.texts import clean

GENESIS = "0" * 64

_encode = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode


def data_text(data: Mapping[str, Any]) -> str:
    """Canonical JSON of `data`. What JSON cannot say is written as text (NaN as "nan"): a strange value in one record must
    never keep an alarm out of the journal."""
    try:
        text = _encode(data)
        text.encode("utf-8")
    except (TypeError, ValueError):
        text = _encode(_tame(data))
    return text


def _tame(value: Any) -> Any:
    match value:
        case None | bool() | int():
            return value
        case str():
            return clean(value)
        case float():
            return value if isfinite(value) else repr(value)
        case Mapping():
            return {clean(str(key)): _tame(one) for key, one in value.items()}
        case list() | tuple() | set() | frozenset():
            return [_tame(one) for one in value]
    return clean(str(value))


def line(id: int, time: int, kind: str, actor: str, tag: str, occurrence: int, data: str) -> str:
    """The canonical JSON of a whole record; `data` is already canonical."""
    return (
        f'{{"actor":{quoted(actor)},"data":{data},"id":{id},"kind":{quoted(kind)},'
        f'"occurrence":{occurrence},"tag":{quoted(tag)},"time":{time}}}'
    )


def link(previous: str, line: str) -> str:
    return hashlib.sha256(f"{previous}{line}".encode()).hexdigest()

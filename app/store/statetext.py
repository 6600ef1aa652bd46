"""The state of an alarm rule as text in the database, and back. Station side, pure."""

import json
import logging
from dataclasses import MISSING, fields
from typing import Any

import msgspec

from app.domain.alarm import RuleState

log = logging.getLogger(__name__)


def state_text(state: RuleState) -> str:
    # the standard encoder, as msgspec writes NaN as null and refuses half a surrogate pair
    return json.dumps(msgspec.to_builtins(state), separators=(",", ":"))


def state_from(key: str, text: str) -> RuleState:
    """A state written by this program or another version: fields it does not know are left out, fields it misses or cannot
    read take their default (and the log says so)."""
    data = json.loads(text)
    try:
        return msgspec.convert(data, RuleState)
    except msgspec.ValidationError:
        kept: dict[str, Any] = {}
        for field in fields(RuleState):
            if field.name not in data:
                continue
            try:
                one = {field.name: data[field.name]}
                kept[field.name] = getattr(msgspec.convert(one, RuleState), field.name)
            except msgspec.ValidationError:
                assert field.default is not MISSING
                log.warning("报警状态 %s 的 %s 读不懂 (%r), 按默认值 %r 处理", key, field.name, data[field.name], field.default)
        return RuleState(**kept)

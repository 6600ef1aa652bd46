"""The tag table (位号表的实时值): for every tag the newest sample and what is needed to judge the next one.

Station side. Mutable, one owner: the event loop. What leaves it are frozen `Sample`s.
"""

import json
from collections.abc import Iterable
from math import inf

from app.domain.alarm import AlarmRule, RuleState
from app.domain.instant import Instant
from app.domain.plant import Source
from app.domain.rules import stale_after
from app.domain.sample import Quality, Reason, Sample, Value
from app.domain.tag import DataType, Tag

RANGE_MARGIN = 0.01  # of the span: beyond it a value is uncertain
FAULT_MARGIN = 0.05  # of the span: beyond it the transmitter itself is in doubt (compare NAMUR NE 43), BAD speaks too

_INTEGERS = {t for t in DataType if "int" in t.value or "bcd" in t.value}


class Watch:
    """The alarm rules of one tag with their states. A good value strictly between `low` and `high` changes none of them."""

    __slots__ = ("due", "high", "low", "restless", "rules", "states", "tag")

    def __init__(self, tag: str, rules: tuple[AlarmRule, ...], states: list[RuleState]) -> None:
        self.tag = tag
        self.rules = rules
        self.states = states
        self.due: list[Instant | None] = [None] * len(rules)
        self.low, self.high = inf, -inf
        self.restless = True  # some rule is not at rest: what is not good must be heard too


class Slot:
    """One tag. `heard`: steady seconds of its last sample; `source_time`: newest in order, what the next one must not be
    older than; `known`, `known_at`: the last value believed or not, with its time; `is_lost`: nothing has come since it
    was lost; `behind_until`: samples older than this are kept in the history at their receipt too, 0: none."""

    __slots__ = (
        "behind_until", "encoded", "encoded_sample", "fault_high", "fault_low", "heard", "high_ok", "is_digital", "is_lost",
        "json_head", "known", "known_at", "late_since", "low_ok", "sample", "source", "source_time", "stale_s", "tag", "type",
        "watch",
    )  # fmt: skip

    def __init__(self, tag: Tag, source: Source, watch: Watch, now: Instant) -> None:
        self.adopt(tag, source, watch)
        self.heard = -inf
        self.source_time: Instant = 0
        self.late_since: Instant | None = None
        self.behind_until: Instant = 0
        self.is_lost = False
        self.known: Value | None = None
        self.known_at: Instant = now
        self.sample = Sample(tag.tag, None, Quality.UNCERTAIN, Reason.NO_DATA_YET, now, now)
        self.json_head = f'{{"tag":{json.dumps(tag.tag, ensure_ascii=False)},"value":'
        self.encoded = ""
        self.encoded_sample: Sample | None = None

    def adopt(self, tag: Tag, source: Source, watch: Watch) -> None:
        """What the configuration says of the tag, at the start and when it is changed."""
        self.tag = tag
        self.source = source.id
        self.watch = watch
        self.is_digital = tag.is_digital
        self.type: type = bool if tag.data_type is DataType.BOOL else int if tag.data_type in _INTEGERS else float
        stale = stale_after(tag, source)
        self.stale_s: float | None = None if stale is None else stale / 1_000_000
        self.low_ok, self.high_ok = self.fault_low, self.fault_high = -inf, inf
        if tag.range_low is not None and tag.range_high is not None and tag.range_high > tag.range_low:
            span = tag.range_high - tag.range_low
            self.low_ok, self.high_ok = tag.range_low - RANGE_MARGIN * span, tag.range_high + RANGE_MARGIN * span
            self.fault_low, self.fault_high = tag.range_low - FAULT_MARGIN * span, tag.range_high + FAULT_MARGIN * span


class TagTable:
    """All slots, by tag and by source, in the order of the point table."""

    def __init__(self, slots: Iterable[Slot]) -> None:
        self.slots: dict[str, Slot] = {slot.tag.tag: slot for slot in slots}
        self.by_source: dict[str, list[Slot]] = {}
        for slot in self.slots.values():
            self.by_source.setdefault(slot.source, []).append(slot)

    def __len__(self) -> int:
        return len(self.slots)

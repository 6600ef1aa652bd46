"""Ingest (采集入口): what a driver publishes is judged here, once, and goes to tag table, alarm engine and historian.

Station side, on the event loop. The hot path is `publish`: one loop over the batch, no object made but the sample itself.

Rules
* NaN, infinity -> bad/sensor_failure; a text, or a number where a switch is meant -> bad/wrong_type. The last known value
  stays with its own time in the table; the historian gets the moment of the loss.
* Beyond the range by more than 1 % of the span the value is shown as uncertain/out_of_range, but an alarm must not be lost by
  that: the limits on the side where it left hear it as a good reading, the limits on the other side freeze (a transmitter
  that fails high must not clear a low alarm). Beyond 5 % the tag's BAD alarm hears a failure.
* Order is by source time. A late good sample goes to the historian, and to the alarms as late; it never replaces a newer
  value. Loss is not ordered: a sample that is not good counts when it comes.
  A device whose clock was set back would be late for ever: after 30 s of nothing but late samples its time counts anew.
* A source time more than a minute ahead of the station is replaced by the time of receipt, else every later sample of a
  repaired clock would be late.
* Stale: a tag with a limit of its own (`stale_s`, or the default of a polled source) that is silent for longer becomes
  bad/stale. Tags of a subscription without `stale_s` rest on the link: its keep-alive holds them, its loss takes them.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from math import isfinite
from types import NoneType

from app.domain.alarm import AlarmRule, Reading, RuleKind
from app.domain.alarm_step import HIGH, LOW
from app.domain.instant import MINUTE, SECOND, Instant
from app.domain.sample import Quality, Reason, Sample
from app.station.engine import Engine
from app.station.links import Link
from app.station.table import Slot, TagTable

AHEAD = 1 * MINUTE
LATE_FOR_GOOD = 30 * SECOND
OWN_STALL_S = 3.0  # between two sweeps: it was the station that stood still (suspended, no processor)
GRACE_S = 5.0  # then the field gets so long to be heard before its silence counts
TAGS_A_TURN = 100

_GOOD, _BAD, _UNCERTAIN = Quality.GOOD, Quality.BAD, Quality.UNCERTAIN


class Ingest:
    """`keep` takes samples for the historian; `dirty` holds, by tag, the slots whose sample changed; the feed takes it."""

    def __init__(
        self,
        table: TagTable,
        engine: Engine,
        now: Callable[[], Instant],
        keep: Callable[[Sample], None],
        steady: Callable[[], float] = time.monotonic,
    ) -> None:
        self._table, self._engine = table, engine
        self._now, self._steady = now, steady
        self._keep = keep
        self._swept, self._grace_until = steady(), 0.0
        self.dirty: dict[str, Slot] = {}  # in order of change: a set would visit memory at random, at twice the cost

    def publish(self, link: Link, samples: Sequence[Sample]) -> None:
        now, steady = self._now(), self._steady()
        latest = now + AHEAD
        source = link.source.id
        get, keep, dirty = self._table.slots.get, self._keep, self.dirty
        hear = self._engine.reading
        link.heard = steady
        link.samples += len(samples)
        for sample in samples:
            tag, value, quality, reason, at, _, _ = sample
            slot = get(tag)
            if slot is None or slot.source != source:
                link.foreign += 1
                continue
            if (
                quality is _GOOD
                and type(value) is slot.type
                and slot.low_ok <= value <= slot.high_ok  # type: ignore[operator]  # a str is never slot.type
                and slot.source_time <= at <= latest
            ):
                slot.heard = steady
                slot.source_time = slot.known_at = at
                slot.known = value
                slot.sample = sample
                keep(sample)
                dirty[tag] = slot
                watch = slot.watch
                if watch.low < value < watch.high:  # type: ignore[operator]
                    continue
                hear(watch, Reading(value, quality, reason, at), now)
            else:
                self._look_closer(link, slot, sample, now, steady)

    def hear_again(self, slot: Slot) -> None:
        """The rules of the tag are others: what is known now is judged by them at once. A value that is not good says nothing
        new."""
        sample, now = slot.sample, self._now()
        if sample.quality is _GOOD:
            self._engine.reading(slot.watch, Reading(sample.value, _GOOD, Reason.NONE, sample.source_time), now)
        elif sample.reason is Reason.OUT_OF_RANGE and isinstance(sample.value, float | int):
            self._engine.split_reading(slot.watch, _beyond(slot, sample, sample.value), now)

    def link_lost(self, link: Link, detail: str, now: Instant) -> None:
        """Every tag of the link goes bad at once. Its alarms hear of it in `alarms_hear_loss`."""
        for slot in link.slots:
            self._lose(slot, _BAD, Reason.COMM_LOST, now, detail)

    def alarms_hear_loss(self, link: Link, now: Instant) -> Iterator[None]:
        """Standing alarms hear that their source is gone, a few tags a turn: thousands at once would hold up other links.
        Whoever turns this lets the event loop run in between; a tag that has something newer by then does not hear it."""
        for count, slot in enumerate(link.slots, 1):
            if slot.watch.restless and slot.sample.reason is Reason.COMM_LOST:
                self._engine.reading(slot.watch, Reading(slot.known, _BAD, Reason.COMM_LOST, now), now)
            if count % TAGS_A_TURN == 0:
                yield

    def link_up(self, link: Link, now: Instant) -> None:
        """Still uncertain until the first good sample of each tag. Order begins anew: the device may have been replaced."""
        steady = self._steady()
        for slot in link.slots:
            slot.source_time, slot.late_since = 0, None
            slot.heard = steady
            self._lose(slot, _UNCERTAIN, Reason.NO_DATA_YET, now, "")

    def sweep(self) -> None:
        """Once a second: who has been silent for too long?"""
        now, steady = self._now(), self._steady()
        if steady - self._swept > OWN_STALL_S:
            self._grace_until = steady + GRACE_S
        self._swept = steady
        if steady < self._grace_until:
            return
        for slot in self._table.slots.values():
            limit = slot.stale_s
            if limit is None or steady - slot.heard <= limit:
                continue
            reason = slot.sample.reason
            if reason is Reason.STALE or reason is Reason.COMM_LOST or slot.heard < 0:
                continue
            self._lose(slot, _BAD, Reason.STALE, now, "")
            self._engine.reading(slot.watch, Reading(slot.known, _BAD, Reason.STALE, now), now)

    # inside

    def _lose(self, slot: Slot, quality: Quality, reason: Reason, now: Instant, detail: str) -> None:
        tag = slot.tag.tag
        slot.behind_until, slot.is_lost, slot.type = now, True, NoneType  # the next sample goes the slow way
        slot.sample = Sample(tag, slot.known, quality, reason, slot.known_at, now, detail)
        self._keep(Sample(tag, None, quality, reason, now, now, detail))
        self.dirty[tag] = slot

    def _look_closer(self, link: Link, slot: Slot, sample: Sample, now: Instant, steady: float) -> None:
        slot.heard = steady
        if sample.source_time > now + AHEAD:
            link.clock_faults += 1
            sample = sample._replace(source_time=now)
        if sample.quality is _GOOD:
            sample = _judged(slot, sample)
        if sample.source_time < slot.source_time:
            if sample.quality is not _GOOD and sample.reason is not Reason.OUT_OF_RANGE:
                sample = sample._replace(source_time=slot.source_time)
            elif not self._new_time(slot, now):
                self._keep(sample)
                late = Reading(sample.value, _GOOD, Reason.NONE, sample.source_time, late=True)
                self._engine.reading(slot.watch, late, now)
                return
        slot.late_since = None
        slot.source_time = sample.source_time
        self._keep(sample)
        if slot.behind_until and sample.value is not None:
            self._tell_again(slot, sample, now)
        self.dirty[slot.tag.tag] = slot
        if sample.value is None:
            slot.sample = sample._replace(value=slot.known, source_time=slot.known_at)
        else:
            slot.known, slot.known_at = sample.value, sample.source_time
            slot.sample = sample
        value = sample.value
        if sample.reason is Reason.OUT_OF_RANGE and sample.quality is _UNCERTAIN and isinstance(value, float | int):
            self._engine.split_reading(slot.watch, _beyond(slot, sample, value), now)
            return
        reading = Reading(slot.known, sample.quality, sample.reason, sample.source_time)
        if not slot.watch.low < _comparable(reading) < slot.watch.high:
            self._engine.reading(slot.watch, reading, now)

    def _tell_again(self, slot: Slot, sample: Sample, now: Instant) -> None:
        """A server tells what has not changed with its old time, and what it held back meanwhile with the times of then. In the
        history the loss, and what was told again after it, would stand behind it for ever: so it is kept at its receipt too."""
        if sample.source_time < slot.behind_until:
            self._keep(sample._replace(source_time=now))
            if slot.is_lost:
                slot.behind_until = now
            slot.type = NoneType
        else:
            slot.behind_until = 0
        slot.is_lost = False

    def _new_time(self, slot: Slot, now: Instant) -> bool:
        if slot.late_since is None:
            slot.late_since = now
        return now - slot.late_since > LATE_FOR_GOOD


def _comparable(reading: Reading) -> float:
    """What may be compared with the quiet band; NaN, which lies in no band, where it may not."""
    value = reading.value
    return value if reading.quality is _GOOD and isinstance(value, float | int) else float("nan")


def _judged(slot: Slot, sample: Sample) -> Sample:
    """A good sample as it may be believed."""
    value = sample.value
    if slot.is_digital:
        if value not in (0, 1) or isinstance(value, str):
            return _refused(sample, Reason.WRONG_TYPE, f"不是开关量：{value!r}")
    elif isinstance(value, bool) or not isinstance(value, float | int):
        return _refused(sample, Reason.WRONG_TYPE, f"不是数值：{value!r}")
    elif not isfinite(value):
        return _refused(sample, Reason.SENSOR_FAILURE, str(value))
    elif not slot.low_ok <= value <= slot.high_ok:
        return sample._replace(quality=_UNCERTAIN, reason=Reason.OUT_OF_RANGE)
    slot.type = type(value)  # what this device sends passes the fast way from now on
    return sample


def _refused(sample: Sample, reason: Reason, detail: str) -> Sample:
    return sample._replace(value=None, quality=_BAD, reason=reason, detail=sample.detail or detail[:80])


def _side(slot: Slot, value: float) -> tuple[RuleKind, ...]:
    """The limits that hear the value. Inside our range, but beyond its own by the device's word: those of the nearer end;
    with no range to tell by, all of them."""
    if value > slot.high_ok:
        return HIGH
    if value < slot.low_ok:
        return LOW
    middle = (slot.low_ok + slot.high_ok) / 2
    if not isfinite(middle):
        return HIGH + LOW
    return HIGH if value > middle else LOW


def _beyond(slot: Slot, sample: Sample, value: float) -> Callable[[AlarmRule], Reading]:
    """What a value outside the range says to each kind of rule, see the rules above."""
    at = sample.source_time
    plain = Reading(value, _GOOD, Reason.NONE, at)
    unsure = Reading(value, _UNCERTAIN, Reason.OUT_OF_RANGE, at)
    failed = Reading(value, _BAD, Reason.OUT_OF_RANGE, at)
    blind = unsure if slot.fault_low <= value <= slot.fault_high else failed
    side = _side(slot, value)

    def by_rule(rule: AlarmRule) -> Reading:
        if rule.kind is RuleKind.BAD:
            return blind
        return plain if rule.kind in side else unsure

    return by_rule

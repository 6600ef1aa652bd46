"""What every tag showed at a moment, and how it went on (数值回放): out of kept samples, by the rules of the live tag table.

Station side; blocking, for worker threads. What counts is when the station received a sample, not when the field says it was
so: a device whose clock is half a minute ahead was seen all the same. A value in a gap is unknown, never the old one.
"""

import time
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from math import isfinite

import numpy as np
from numpy.typing import NDArray

from app.domain.instant import HOUR, MINUTE, SECOND, Instant
from app.domain.sample import Quality, Reason, Sample, Value
from app.domain.tag import DataType, Tag
from app.station.ingest import AHEAD, LATE_FOR_GOOD
from app.store.ports import Historian
from app.store.rows import Columns
from app.store.samples import REASONS

BACK = 2 * MINUTE  # how long a sample may have been on its way; a device that lags further is found by its first sample
LAST_KNOWN = HOUR  # so far back the last believed value of a tag that has gone bad is looked for
FEW, BREATH_S = 16, 0.0001
"""After so many tags others get the interpreter. numpy gives it up and takes it back within a microsecond, over and over: the
event loop, which waits for it, is woken each time and each time comes too late, with many tags a tenth of a second."""
_QUALITIES = (Quality.GOOD, Quality.UNCERTAIN, Quality.BAD)
_INTEGERS = {one for one in DataType if "int" in one.value or "bcd" in one.value}

Ints = NDArray[np.int64]
Gaps = Sequence[tuple[Instant, Instant]]


class ValuesThen:
    def __init__(self, historian: Historian) -> None:
        self._historian = historian

    def at(self, tags: Mapping[str, Tag], moment: Instant, since: Instant | None, gaps: Gaps) -> dict[str, Sample]:
        """By tag. `since`: the station was started then, None when it did not run: what was known before that is forgotten.
        `gaps`: all that begin before the moment."""
        found: dict[str, Sample] = {}
        valueless: dict[str, Sample] = {}
        for columns in self._received(list(tags), moment - 1, moment):
            place = _shown(columns, np.flatnonzero(columns.receive <= moment))
            tag = tags[columns.tag]
            if place is None or _hidden(int(columns.receive[place]), moment, gaps):
                found[tag.tag] = unknown(tag.tag, moment)
                continue
            sample = _sample(tag, columns, place)
            if sample.value is None:
                sample = _with_last(sample, tag, columns, place, since)
                if sample.value is None:
                    valueless[tag.tag] = sample
            found[tag.tag] = sample
        found.update(self._last_known(valueless, tags, moment, since))
        self._with_details(found, moment)
        return found

    def frames(
        self, tags: Mapping[str, Tag], start: Instant, end: Instant, step: Instant, starts: Sequence[Instant], gaps: Gaps
    ) -> dict[Instant, list[Sample]]:
        """What was received in (start, end], of each tag the newest in each step, by the end of the step. `starts` of the
        station, in order: before the first of them nothing was known."""
        gaps = [(low, high) for low, high in gaps if start < low <= end]
        frames: dict[Instant, list[Sample]] = {}
        for columns in self._received(list(tags), start, end):
            tag = tags[columns.tag]
            for at, sample in self._steps(tag, columns, start, end, step, starts, gaps):
                frames.setdefault(at, []).append(sample)
        return frames

    # inside

    def _steps(
        self, tag: Tag, columns: Columns, start: Instant, end: Instant, step: Instant, starts: Sequence[Instant], gaps: Gaps
    ) -> Iterator[tuple[Instant, Sample]]:
        order = _in_order(columns, np.flatnonzero(columns.receive <= end))
        receive = columns.receive[order]
        order, receive = order[receive > start], receive[receive > start]
        steps = (receive - start + step - 1) // step
        last = np.flatnonzero(np.diff(steps, append=-1))
        lost = [(min(end, start + -(-(low - start) // step) * step), low) for low, _ in gaps]
        for number, place in zip(steps[last].tolist(), order[last].tolist(), strict=True):
            at = min(end, start + number * step)
            while lost and lost[0][1] < int(columns.receive[place]):
                yield lost[0][0], unknown(tag.tag, lost[0][1])
                lost.pop(0)
            sample = _sample(tag, columns, place)
            if sample.value is None:
                run = bisect_right(starts, sample.receive_time)
                sample = _with_last(sample, tag, columns, place, starts[run - 1] if run else None)
            yield at, sample
        for at, low in lost:
            yield at, unknown(tag.tag, low)

    def _received(self, tags: Sequence[str], start: Instant, end: Instant) -> Iterator[Columns]:
        """Of each tag what may have been received in (start, end], and the one before. A device whose clock is behind is read
        again where its samples are."""
        behind: dict[Instant, list[str]] = {}
        for number, columns in enumerate(self._historian.columns(tags, start - BACK, end + AHEAD + SECOND, state=True)):
            if number % FEW == 0:
                time.sleep(BREATH_S)
            lag = _lag(columns, start)
            if lag:
                behind.setdefault(lag // MINUTE * MINUTE, []).append(columns.tag)
            else:
                yield columns
        for lag, some in behind.items():
            yield from self._historian.columns(some, start - lag - BACK, end - lag + AHEAD + SECOND, state=True)

    def _last_known(
        self, valueless: Mapping[str, Sample], tags: Mapping[str, Tag], moment: Instant, since: Instant | None
    ) -> Iterator[tuple[str, Sample]]:
        """A tag that went bad long ago still shows its last value, with its time. One that came back with a value older than
        its loss (a server that tells what has not changed) is well."""
        if not valueless or since is None:
            return
        times = [sample.source_time for sample in valueless.values()]
        for columns in self._historian.columns(list(valueless), min(times) - LAST_KNOWN, max(times) + 1, state=True):
            sample, tag = valueless[columns.tag], tags[columns.tag]
            back = np.flatnonzero(
                (columns.receive > sample.receive_time) & (columns.receive <= moment) & (columns.quality == 0)
            )
            if len(back):
                yield columns.tag, _sample(tag, columns, int(back[np.argmax(columns.receive[back])]))
                continue
            before = np.flatnonzero(columns.receive <= sample.receive_time)
            if len(before):
                yield columns.tag, _with_last(sample, tag, columns, int(before[-1]), since)

    def _with_details(self, found: dict[str, Sample], moment: Instant) -> None:
        """What the device itself said of a fault stands beside the columns."""
        bad = [
            name
            for name, sample in found.items()
            if sample.quality is not Quality.GOOD and sample.reason is not Reason.NOT_KEPT
        ]
        for name, kept in self._historian.at(bad, moment).items() if bad else ():
            sample = found[name]
            if kept.receive_time == sample.receive_time and kept.reason is sample.reason:
                found[name] = sample._replace(detail=kept.detail)


def _sample(tag: Tag, columns: Columns, place: int) -> Sample:
    return Sample(
        tag.tag,
        _value(tag, float(columns.number[place])),
        _QUALITIES[int(columns.quality[place])],
        REASONS[int(columns.reason[place])],
        int(columns.source[place]),
        int(columns.receive[place]),
    )


def unknown(tag: str, at: Instant) -> Sample:
    return Sample(tag, None, Quality.BAD, Reason.NOT_KEPT, at, at)


def _lag(columns: Columns, start: Instant) -> Instant:
    """How far the clock of the device is behind, when nothing of it was received by then; 0 when all is well."""
    if not len(columns.receive) or int(columns.receive.min()) <= start + SECOND:
        return 0
    lag = int(np.median(columns.receive - columns.source))
    return lag if lag > BACK else 0


def _hidden(received: Instant, moment: Instant, gaps: Gaps) -> bool:
    """Is there a gap between the sample and the moment?"""
    return any(received <= low <= moment for low, _ in gaps)


def _in_order(columns: Columns, places: Ints) -> Ints:
    """Those of `places` that were shown, as they came: a good sample older than one shown before is kept, but not shown, until
    nothing else has come for half a minute. Loss is not ordered: it counts when it comes, and order begins anew."""
    places = places[np.argsort(columns.receive[places], kind="stable")]
    if len(places) < 2:
        return places
    source, good = columns.source[places], columns.quality[places] == 0
    if bool(np.all(source[1:] >= source[:-1])):
        return places
    shown: list[int] = []
    newest, late_since = -1, None
    for place, at, fine, received in zip(
        places.tolist(), source.tolist(), good.tolist(), columns.receive[places].tolist(), strict=True
    ):
        if fine and at < newest:
            late_since = received if late_since is None else late_since
            if received - late_since <= LATE_FOR_GOOD:
                continue
        late_since = None
        newest = at if fine else -1
        shown.append(place)
    return np.array(shown, np.int64)


def _shown(columns: Columns, places: Ints) -> int | None:
    order = _in_order(columns, places)
    return int(order[-1]) if len(order) else None


def _with_last(sample: Sample, tag: Tag, columns: Columns, place: int, since: Instant | None) -> Sample:
    """With the last value known in this run of the station, and its time."""
    if since is None:
        return sample
    known = np.isfinite(columns.number) & (columns.receive <= columns.receive[place]) & (columns.receive >= since)
    order = _in_order(columns, np.flatnonzero(known))
    if not len(order):
        return sample
    last = int(order[-1])
    return sample._replace(value=_value(tag, float(columns.number[last])), source_time=int(columns.source[last]))


def _value(tag: Tag, number: float) -> Value | None:
    if not isfinite(number):
        return None
    if tag.data_type is DataType.BOOL:
        return bool(number)
    whole = tag.data_type in _INTEGERS and (tag.scale, tag.offset) == (1.0, 0.0)
    return int(number) if whole and number.is_integer() else number

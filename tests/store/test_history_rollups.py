"""Trends from roll-ups are those from the samples: same extremes, same gaps, same quality, whatever came late, twice or not.

The oracle reads the same samples from a historian that never merged, so that it has none but samples, and reduces them slot by
slot as `reduce.py` says.
"""

import math
import random

import numpy as np
import pytest

from app.domain.instant import DAY, HOUR, MINUTE, SECOND, Instant
from app.domain.sample import Quality, Reason, Sample, good
from app.store.historian import StationHistorian
from app.store.history_rollup import Entries, entries_of, pack_coarse, pack_minutes, put_together, unpack_coarse, unpack_minutes
from app.store.opening import StationStore
from app.store.reduce import reduce, slots
from app.store.rows import Series
from tests.store.conftest import Place

T0 = 1_700_000_040 * SECOND  # no whole hour
assert T0 % HOUR
NEVER = 10**18


def life(chance: random.Random, hours: float) -> list[list[Sample]]:
    """Calls of `append`: three tags that behave badly, each in its way."""
    calls: list[list[Sample]] = []
    at, end = T0, T0 + round(hours * HOUR)
    held = 20.0
    while at < end:
        batch = []
        at += chance.choice([SECOND, SECOND, 7 * SECOND, 40 * SECOND, 200 * SECOND])
        if chance.random() < 0.01:
            at += chance.randrange(20) * 10 * MINUTE  # a hole without a word
        for tag in ("NOISY", "HELD", "LATE"):
            if tag == "HELD":
                if chance.random() < 0.95:
                    continue
                held = round(held + chance.choice([-1, 1]), 1)
            value = held if tag == "HELD" else round(50 + 10 * math.sin(at / 1e10) + chance.gauss(0, 1), 2)
            source = at
            if tag == "LATE":
                source -= chance.choice([0, 0, 0, 30 * SECOND, 50 * MINUTE, 5 * HOUR])
                source += chance.choice([0, 0, 0, 0, 45 * SECOND])  # a clock that is ahead
            if chance.random() < 0.1:
                source -= source % MINUTE  # exactly at an edge
            word = chance.choice([Quality.GOOD] * 30 + [Quality.UNCERTAIN, Quality.BAD])
            if chance.random() < 0.003:
                value = chance.choice([1e300, -1e300])
            one = Sample(tag, value, word, Reason.NONE if word is Quality.GOOD else Reason.TIMEOUT, source, at)
            batch += [one] * chance.choice([1, 1, 1, 1, 2])
        calls.append(batch)
    return calls


def by_samples(plain: StationHistorian, tag: str, start: Instant, end: Instant, points: int, until: Instant | None) -> Series:
    """What `reduced` must say, from nothing but samples."""
    samples = plain.raw(tag, -(2**61), end, 10**9)
    source = np.array([one.source_time for one in samples], np.int64)
    receive = np.array([one.receive_time for one in samples], np.int64)
    number = np.array([np.nan if one.value is None else one.value for one in samples], np.float64)
    quality = np.array([list(Quality).index(one.quality) for one in samples], np.uint16)
    places = []
    for begin, over in plain.gaps(-(2**61), end):
        if not len(source) or over < source[0]:
            continue
        ahead = source[(receive <= begin) & (source <= over)]
        places.append(max(begin, int(ahead[-1])) if len(ahead) else begin)
    for place in sorted(one for one in places if one < end):
        at = int(np.searchsorted(source, place, side="right"))
        source, number, quality = np.insert(source, at, place), np.insert(number, at, np.nan), np.insert(quality, at, 2)
    return reduce(tag, entries_of(source, number, quality), slots(start, end, points).edges, until)


SPANS: list[tuple[Instant, Instant, int]] = [
    (0, 30 * HOUR, 1500),
    (17 * SECOND + 3, 29 * HOUR + 11, 700),
    (-HOUR, 26 * HOUR, 150),
    (HOUR + 13, 25 * HOUR + 20 * MINUTE + 1, 24),
    (5 * HOUR + 59 * SECOND, 5 * HOUR + 170 * SECOND, 2),
    (-10 * DAY, 20 * DAY, 400),
    (3 * HOUR, 4 * HOUR, 900),
    (0, 40 * HOUR, 1),
    (60 * HOUR, 61 * HOUR, 50),
]


@pytest.mark.parametrize("seed", range(6))
def test_roll_ups_tell_what_the_samples_tell(sqlite_place: Place, tmp_path_factory: pytest.TempPathFactory, seed: int) -> None:
    chance = random.Random(seed)
    store, other = sqlite_place.open(), Place(tmp_path_factory.mktemp("plain"), None)
    plain = StationHistorian(other.open().historian._database, merge_after=NEVER)  # type: ignore[attr-defined]
    rolled = StationHistorian(store.historian._database, merge_after=NEVER)  # type: ignore[attr-defined]
    for call in life(chance, 30):
        for one in (plain, rolled):
            one.append(call)
        if chance.random() < 0.02:
            rolled.close_batches(merge=chance.random() < 0.6)
        if call and chance.random() < 0.005:
            at = call[0].receive_time
            gap = (at - chance.randrange(300) * SECOND, at + chance.randrange(300) * SECOND)
            for one in (plain, rolled):
                one.lost(*gap)
    compared = 0
    for start, end, points in SPANS:
        until = chance.choice([None, T0 + 20 * HOUR, T0 + end])
        found = rolled.reduced(["NOISY", "HELD", "LATE", "?"], T0 + start, T0 + end, points, until)
        for series in found:
            expected = by_samples(plain, series.tag, T0 + start, T0 + end, points, until)
            assert series.t == expected.t
            assert len(series.t) <= points
            assert (series.min, series.max) == (expected.min, expected.max), series.tag
            assert series.quality == expected.quality, series.tag
            for mean, exact, low, high in zip(series.mean, expected.mean, series.min, series.max, strict=True):
                assert (mean is None) == (exact is None)
                if mean is not None and exact is not None and low is not None and high is not None:
                    assert low <= mean <= high
                    assert abs(mean - exact) <= 1e-4 * max(high - low, 1e-9 * abs(high)) + 1e-9 * abs(exact)
                    compared += 1
    assert compared > 500
    other.close()


@pytest.mark.parametrize("merge", [False, True])
def test_on_both_engines(store: StationStore, merge: bool) -> None:
    mine = store.historian
    assert isinstance(mine, StationHistorian)
    start = T0 // HOUR * HOUR
    mine.append([good("A", float(n % 97), start + n * 10 * SECOND, start + n * 10 * SECOND) for n in range(3000)])
    mine.close_batches(merge)
    mine.append([good("A", 999.0, start + HOUR + 30 * SECOND, start + 9 * HOUR)])  # late, into a minute that is rolled up
    [day] = mine.reduced(["A"], start, start + 8 * HOUR, 480)
    assert day.t == [start + n * MINUTE for n in range(480)]
    assert (day.min[60], day.max[60]) == (float(360 % 97), 999.0)
    mine.close_batches(merge)
    [again] = mine.reduced(["A"], start, start + 8 * HOUR, 480)
    assert (again.t, again.min, again.max, again.quality) == (day.t, day.min, day.max, day.quality)
    assert again.mean == pytest.approx(day.mean, abs=0.01)
    [hours] = mine.reduced(["A"], start, start + 8 * HOUR, 8)
    assert hours.t == [start + n * HOUR for n in range(8)]
    assert hours.max == [96.0, 999.0, *[96.0] * 6]


@pytest.mark.parametrize(
    ("start", "end", "points", "level", "count"),
    [
        (0, DAY, 1500, MINUTE, 1440),  # a little wider than asked for: whole minutes
        (0, DAY, 1440, MINUTE, 1440),
        (0, DAY, 24, HOUR, 24),
        (30 * MINUTE, DAY + 30 * MINUTE, 24, 10 * MINUTE, 24),  # asked for from half past to half past: so be it
        (7, DAY + 7, 24, HOUR, 24),
        (0, DAY, 1801, 0, 1801),
        (0, 365 * DAY, 1500, HOUR, 1500),
        (5, 20, 100, 0, 15),
    ],
)
def test_edges_of_slots(start: Instant, end: Instant, points: int, level: Instant, count: int) -> None:
    plan = slots(start, end, points)
    assert (plan.level, len(plan.edges) - 1) == (level, count)
    assert (plan.edges[0], plan.edges[-1]) == (start, end)
    assert all(edge % level == 0 for edge in plan.edges[1:-1]) if level else True
    assert plan.edges == sorted(set(plan.edges))


def test_entries_come_back_exactly() -> None:
    chance = random.Random(3)
    source = np.sort(np.array([chance.randrange(-3 * HOUR, 30 * HOUR) for _ in range(2000)], np.int64))
    number = np.array([chance.choice([1.5, -0.1, math.nan, math.inf, 1e308, -1e308]) for _ in range(2000)])
    quality = np.array([chance.choice([0, 0, 1, 2]) for _ in range(2000)], np.uint16)
    for found in (
        unpack_minutes([pack_minutes(source, number, quality)]),
        unpack_coarse([pack_coarse(source, number, quality, MINUTE)]),
    ):
        for name in ("first", "last", "low", "high", "count", "worst", "number", "quality"):
            expected = _slowly(source, number, quality)
            assert np.array_equal(getattr(found, name), getattr(expected, name), equal_nan=name == "number"), name
        usable = found.count > 0
        with np.errstate(over="ignore"):
            mean = found.total[usable] / found.count[usable]
        assert ((mean <= found.high[usable]) | np.isinf(mean)).all()


def _slowly(source: np.ndarray, number: np.ndarray, quality: np.ndarray) -> Entries:
    parts = []
    for minute in np.unique(source // MINUTE):
        mine = source // MINUTE == minute
        s, v, q = source[mine], number[mine], quality[mine]
        kept = v[(q == 0) & np.isfinite(v)]
        one = entries_of(s[-1:], v[-1:], q[-1:])
        parts.append(
            Entries(
                s[:1],
                s[-1:],
                np.array([kept.min() if len(kept) else np.inf]),
                np.array([kept.max() if len(kept) else -np.inf]),
                np.array([0.0]),
                np.array([len(kept)]),
                np.array([q.max()]),
                one.number,
                one.quality,
            )
        )
    return put_together(parts)

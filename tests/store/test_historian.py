"""The historian's contract, on both engines, closed or not, over restarts."""

import random
import threading

import pytest
from sqlalchemy import text

from app.domain.instant import MINUTE, SECOND
from app.domain.sample import Quality, Reason, Sample, Value, bad, good
from app.store.historian import StationHistorian
from app.store.opening import StationStore
from app.store.ports import StoreUnavailable
from tests.store.conftest import Place

T0 = 1_700_000_000 * SECOND


def historian(store: StationStore) -> StationHistorian:
    found = store.historian
    assert isinstance(found, StationHistorian)
    return found


def said(samples: list[Sample]) -> list[str]:
    return [repr(one) for one in samples]


VALUES: list[Value | None] = [1.5, 5, 5.0, True, False, None, "开", "", "a\0b\ud800", -0.0, 2**64 - 1, -(2**63), 2**53 + 1]


@pytest.mark.parametrize("closed", [False, True])
def test_samples_come_back_exactly_and_in_order(place: Place, store: StationStore, closed: bool) -> None:
    given = [
        Sample("T", value, Quality.BAD, Reason.TIMEOUT, T0 + n // 3, T0 + 100 + n, "例外 2" if n % 2 else "")
        for n, value in enumerate(VALUES)
    ]
    store.historian.append(given[:5])
    store.historian.append(given[5:])
    if closed:
        historian(store).close_batches()
    assert said(store.historian.raw("T", T0, T0 + 100)) == said(given)
    place.close()
    assert said(place.open().historian.raw("T", T0, T0 + 100)) == said(given)


@pytest.mark.parametrize("seed", range(4))
def test_against_a_list(place: Place, seed: int) -> None:
    """Random samples, some late, in random calls, closed and reopened at random moments."""
    chance = random.Random(seed)
    given: list[Sample] = []
    store = place.open()
    for step in range(40):
        batch = []
        for _ in range(chance.randrange(1, 12)):
            at = T0 + step * 100 - chance.choice([0, 0, 0, 500, 10_000]) + chance.randrange(50)
            word = chance.choice([Quality.GOOD, Quality.GOOD, Quality.BAD])
            value = chance.choice([1.0, 2, True, "x", None])
            detail = chance.choice(["", "d"])
            batch.append(Sample(f"T{chance.randrange(4)}", value, word, Reason.NONE, at, T0 + step * 100, detail))
        store.historian.append(batch)
        given += batch
        if chance.random() < 0.3:
            historian(store).close_batches(merge=chance.random() < 0.5)
        if chance.random() < 0.1:
            place.close()
            store = place.open()
    for tag in ("T0", "T1", "T2", "T3", "T4"):
        for start, end in ((T0 - 20_000, T0 + 10_000), (T0 + 100, T0 + 900), (T0 + 900, T0 + 100)):
            expected = sorted((s for s in given if s.tag == tag and start <= s.source_time < end), key=lambda s: s.source_time)
            assert said(store.historian.raw(tag, start, end)) == said(expected)
            assert said(store.historian.raw(tag, start, end, limit=3)) == said(expected[:3])


def test_closing_by_age_and_by_number_and_merging_by_age(sqlite_place: Place) -> None:
    database = historian(sqlite_place.open())._database

    def stages() -> list[int]:
        with database.read() as connection:
            return [row.stage for row in connection.execute(text("SELECT stage FROM sample_chunk ORDER BY id"))]

    by_age = StationHistorian(database, close_after=MINUTE, merge_after=10 * MINUTE)
    for second in range(61):
        assert by_age._upkeep.waiting == second
        by_age.append([good("T", 1.0, T0 + second * SECOND, T0 + second * SECOND)])
    assert by_age._upkeep.waiting == 0
    by_number = StationHistorian(database, close_at=3, merge_after=10 * MINUTE)
    for count in (1, 2, 0):
        by_number.append([good("T", 1.0, T0 + 100 * SECOND, T0 + 100 * SECOND)])
        assert by_number._upkeep.waiting == count
    assert stages() == [0, 0]
    by_number.append([good("U", 1.0, T0 + 700 * SECOND, T0 + 700 * SECOND)])
    assert stages() == [1]
    assert len(by_number.raw("T", T0, T0 + MINUTE * 5)) == 64
    assert by_number.last()["U"].value == 1.0


@pytest.mark.parametrize("closed", [False, True])
def test_the_newest_sample_of_each_tag(place: Place, store: StationStore, closed: bool) -> None:
    store.historian.append([good("A", 1.0, T0, T0), good("B", 2, T0, T0), good("C", "x", T0, T0)])
    historian(store).close_batches()
    latest = [
        good("A", 3.0, T0 + 20, T0 + 20),
        good("B", 4, T0 + 10, T0 + 20),
        bad("B", Reason.TIMEOUT, T0 + 10, "second of equal times"),
        good("A", 9.0, T0 + 5, T0 + 30),  # late
    ]
    store.historian.append(latest)
    if closed:
        historian(store).close_batches()
    expected = {"A": latest[0], "B": latest[2], "C": good("C", "x", T0, T0)}
    assert store.historian.last() == expected
    place.close()
    assert place.open().historian.last() == expected


@pytest.mark.parametrize("closed", [False, True])
def test_columns_and_the_picture_of_a_moment(store: StationStore, closed: bool) -> None:
    given = [good("A", float(n), T0 + n * SECOND, T0) for n in (0, 2, 4, 3)] + [bad("B", Reason.TIMEOUT, T0 + SECOND)]
    store.historian.append(given)
    if closed:
        historian(store).close_batches()
    late = good("A", 2.5, T0 + 2 * SECOND, T0)
    store.historian.append([late])
    a, none, b = store.historian.columns(["A", "?", "B"], T0 + 2 * SECOND, T0 + 4 * SECOND)
    assert (a.number.tolist(), a.quality.tolist()) == ([2.0, 2.5, 3.0], [0, 0, 0])
    assert (none.tag, len(none.source), len(b.source)) == ("?", 0, 0)
    a, b = store.historian.columns(["A", "B"], T0 + 2 * SECOND, T0 + 4 * SECOND, state=True)
    assert (a.number.tolist(), b.quality.tolist()) == ([0.0, 2.0, 2.5, 3.0], [2])
    assert store.historian.at(["A", "B"], T0) == {"A": given[0]}
    assert store.historian.at(["A", "B", "?"], T0 + 2 * SECOND) == {"A": late, "B": given[4]}
    assert store.historian.at(["A"], T0 + 9 * SECOND) == {"A": given[2]}


@pytest.mark.parametrize("closed", [False, True])
def test_the_last_value_before_a_span_is_held(store: StationStore, closed: bool) -> None:
    """Report by exception: the newest sample may be hours old, in another chunk, or have come late."""
    store.historian.append([good("A", 1.0, T0 - 7200 * SECOND, T0), good("B", 5.0, T0 - SECOND, T0)])
    historian(store).close_batches()
    store.historian.append([good("B", 4.0, T0 - 60 * SECOND, T0 + 1)])  # late: older than the one before
    store.historian.append([good("A", 2.0, T0 + 50, T0 + 50), bad("B", Reason.COMM_LOST, T0 + 80)])
    if closed:
        historian(store).close_batches()
    a, b, nothing = store.historian.reduced(["A", "B", "C"], T0, T0 + 100, 10)
    assert a.min == a.mean == a.max == [1.0] * 5 + [2.0] * 5
    assert b.max == [5.0] * 8 + [None] * 2
    assert b.quality == ["good"] * 8 + ["bad"] * 2
    assert nothing.quality == [None] * 10
    assert store.historian.reduced(["A"], T0, T0 + 100, 10, until=T0 + 70)[0].min == [1.0] * 5 + [2.0] * 2 + [None] * 3


def test_nothing_is_held_across_the_time_the_station_was_off(place: Place, store: StationStore) -> None:
    store.historian.append([good("A", 1.0, T0, T0), good("FAST", 1.0, T0 + 25, T0)])  # FAST: a field clock 25 ahead
    store.historian.append([good("A", 2.0, T0 + 10, T0 + 10)])
    place.close()
    store = place.open()
    assert store.historian.reduced(["A"], T0, T0 + 100, 10)[0].max == [1.0] + [2.0] * 9  # who knows
    store.historian.append([good("A", 3.0, T0 + 60, T0 + 60)])
    store.historian.append([good("A", 4.0, T0 + 80, T0 + 80)])
    for _ in range(2):
        a, fast = store.historian.reduced(["A", "FAST"], T0, T0 + 100, 10)
        assert a.max == [1.0, 2.0, *[None] * 4, 3.0, 3.0, 4.0, 4.0]
        assert a.quality == ["good", *["bad"] * 5, *["good"] * 4]
        assert fast.max == [None, None, 1.0, *[None] * 7]
        historian(store).close_batches()
    assert len(store.historian.raw("A", T0, T0 + 100)) == 4, "the gap is no sample"


def test_nothing_is_held_across_lost_samples(store: StationStore) -> None:
    store.historian.append([good("A", 1.0, T0, T0)])
    store.historian.lost(T0 + 30, T0 + 50)
    assert store.historian.reduced(["A"], T0, T0 + 100, 10)[0].max == [1.0] * 3 + [None] * 7
    store.historian.append([good("A", 2.0, T0 + 70, T0 + 70)])
    assert store.historian.reduced(["A"], T0, T0 + 100, 10)[0].max == [1.0] * 3 + [None] * 4 + [2.0] * 3


def test_trouble_within_a_run_is_no_gap(store: StationStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """The caller keeps what could not be written and brings it later; nothing was missed."""
    store.historian.append([good("A", 1.0, T0, T0)])
    database = historian(store)._database

    def refuse() -> None:
        raise StoreUnavailable("磁盘已满")

    monkeypatch.setattr(database, "write", refuse)
    with pytest.raises(StoreUnavailable):
        store.historian.append([good("NEW", 1.0, T0 + 10, T0 + 10)])
    monkeypatch.undo()
    store.historian.append([good("NEW", 1.0, T0 + 10, T0 + 10)])
    a, new = store.historian.reduced(["A", "NEW"], T0, T0 + 100, 10)
    assert a.max == [1.0] * 10
    assert new.max == [None] + [1.0] * 9


def test_purge_drops_old_chunks_but_never_the_last_position_of_a_valve(place: Place, store: StationStore) -> None:
    old, new = T0, T0 + 100 * MINUTE
    store.historian.append([good("VALVE", True, old, old), good("A", 1.0, old, old), good("A", 1.5, old + 1, old + 1)])
    historian(store).close_batches()
    store.historian.append([good("A", 2.0, new, new)])
    assert store.historian.purge(new) == 0, "still the newest closed chunk of each"
    historian(store).close_batches()
    assert store.historian.purge(old) == 0
    assert store.historian.purge(new) == 1
    assert said(store.historian.raw("A", 0, 2 * T0)) == said([good("A", 2.0, new, new)])
    assert said(store.historian.raw("VALVE", 0, 2 * T0)) == said([good("VALVE", True, old, old)])
    place.close()
    assert {tag: one.value for tag, one in place.open().historian.last().items()} == {"VALVE": True, "A": 2.0}


def test_nothing_asked_nothing_done(store: StationStore) -> None:
    store.historian.append([])
    historian(store).close_batches()
    assert store.historian.raw("T", 0, T0) == []
    assert store.historian.last() == {}
    assert store.historian.purge(T0) == 0
    assert store.historian.reduced([], 0, T0, 10) == []
    with pytest.raises(ValueError, match="结束时间"):
        store.historian.reduced(["T"], T0, T0, 10)


def test_reading_beside_writing_and_closing(store: StationStore) -> None:
    """A reader sees each sample once, whether it is being closed or not."""
    mine = historian(store)
    ended = threading.Event()
    wrong: list[object] = []

    def read() -> None:
        while not ended.is_set():
            found = [one.value for one in mine.raw("T", T0, T0 + 10_000)]
            if found != list(range(len(found))):
                wrong.append(found)

    reader = threading.Thread(target=read)
    reader.start()
    for n in range(60):
        mine.append([good("T", n, T0 + n, T0 + n)])
        if n % 5 == 0:
            mine.close_batches()
    ended.set()
    reader.join()
    assert wrong == []


def test_tags_that_fell_silent_are_closed_and_merged_without_another_sample(sqlite_place: Place) -> None:
    database = historian(sqlite_place.open())._database
    one = StationHistorian(database, close_after=MINUTE, merge_after=10 * MINUTE)
    one.append([good("T1", float(n), n * SECOND, n * SECOND) for n in range(5)])
    counted = text("SELECT (SELECT count(*) FROM sample_hot), (SELECT min(stage) FROM sample_chunk)")
    for now, expected in ((30 * SECOND, (1, None)), (65 * SECOND, (0, 0)), (11 * MINUTE, (0, 1))):
        one.tidy(now)
        with database.read() as connection:
            assert tuple(connection.execute(counted).one()) == expected
    assert [s.value for s in one.raw("T1", 0, MINUTE)] == [0.0, 1.0, 2.0, 3.0, 4.0]

"""What can go wrong with the history, done for real: bytes flipped in the file, processes killed, clocks that jump, senseless
questions. What can be read is read; what cannot is a gap of bad quality, told of, and never a wrong value."""

import random
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text

from app.domain.instant import DAY, HOUR, MINUTE, SECOND
from app.domain.sample import Quality, Sample, good
from app.store.historian import StationHistorian
from app.store.opening import StationStore
from app.store.ports import StoreUnavailable
from tests.store.conftest import Place

T0 = 1_700_000_000 * SECOND // HOUR * HOUR


def historian(store: StationStore) -> StationHistorian:
    found = store.historian
    assert isinstance(found, StationHistorian)
    return found


def fill(store: StationStore, hours: int = 6) -> None:
    """Two tags at a sample in five seconds, a merged chunk an hour."""
    for hour in range(hours):
        at = T0 + hour * HOUR
        every = range(0, HOUR, 5 * SECOND)
        chance = random.Random(hour)
        store.historian.append([good(tag, chance.random(), at + n, at + n + 1) for n in every for tag in ("A", "B")])
        historian(store).close_batches(merge=hour % 2 == 1)


def flip(place: Place, column: str, chunk: int) -> None:
    """One bit of a blob, as a bad disk does it."""
    with closing(sqlite3.connect(place.data / "history.db")) as database, database:
        (body,) = database.execute(f"SELECT {column} FROM sample_chunk WHERE id = ?", (chunk,)).fetchone()
        wrong = bytearray(body)
        wrong[len(wrong) // 2] ^= 1
        database.execute(f"UPDATE sample_chunk SET {column} = ? WHERE id = ?", (bytes(wrong), chunk))


def chunks(place: Place, where: str = "1 = 1") -> list[int]:
    with closing(sqlite3.connect(place.data / "history.db")) as database:
        return [id for (id,) in database.execute(f"SELECT id FROM sample_chunk WHERE {where} ORDER BY first, id")]


def test_a_damaged_chunk_is_a_bad_gap_and_the_rest_is_read(sqlite_place: Place) -> None:
    store = sqlite_place.open()
    fill(store)
    of_a = chunks(sqlite_place, "tag = 1")
    assert len(of_a) == 6
    flip(sqlite_place, "body", of_a[1])
    assert len(store.historian.raw("B", T0, T0 + DAY)) == 6 * 720
    assert store.historian.damage() == []
    assert len(store.historian.raw("A", T0, T0 + DAY)) == 5 * 720
    [damage] = store.historian.damage()
    assert (damage.tag, damage.first, damage.last) == ("A", T0 + HOUR, T0 + 2 * HOUR - 5 * SECOND)
    a, b = store.historian.reduced(["A", "B"], T0, T0 + 4 * HOUR, 14_400)
    assert None not in b.max
    assert a.max[0] is not None
    assert a.max[-1] is not None
    lost = range(a.t.index(T0 + HOUR), a.t.index(T0 + 2 * HOUR))
    assert {a.max[slot] for slot in lost} == {None}
    assert {a.quality[slot] for slot in lost} == {"bad"}
    assert [len(one.source) for one in store.historian.columns(["A", "B"], T0, T0 + DAY)] == [5 * 720, 6 * 720]
    assert store.historian.at(["A", "B"], T0 + 5 * HOUR)["A"].source_time == T0 + 5 * HOUR
    store.historian.append([good("A", 1.0, T0 + 7 * HOUR, T0 + 7 * HOUR)])  # the watch goes on


def test_a_damaged_roll_up_is_a_bad_gap_too(sqlite_place: Place) -> None:
    store = sqlite_place.open()
    fill(store)
    flip(sqlite_place, "minutes", chunks(sqlite_place, "tag = 1")[1])
    [a] = store.historian.reduced(["A"], T0, T0 + 6 * HOUR, 360)
    assert [one is None for one in a.max] == [False] * 60 + [True] * 60 + [False] * 240
    assert a.quality[60:120] == ["bad"] * 60
    assert [one.tag for one in store.historian.damage()] == ["A"]
    assert len(store.historian.raw("A", T0, T0 + DAY)) == 6 * 720, "the samples are whole"


def test_a_damaged_chunk_is_set_aside_when_the_others_are_merged(sqlite_place: Place) -> None:
    store = sqlite_place.open()
    for n in range(3):
        store.historian.append([good("A", float(n), T0 + n * MINUTE, T0 + n * MINUTE)])
        historian(store).close_batches()
    flip(sqlite_place, "body", chunks(sqlite_place)[1])
    historian(store).close_batches(merge=True)
    assert [one.value for one in store.historian.raw("A", T0, T0 + HOUR)] == [0.0, 2.0]
    assert store.historian.reduced(["A"], T0, T0 + 3 * MINUTE, 3)[0].max == [0.0, None, 2.0]
    historian(store).close_batches(merge=True)
    assert len(chunks(sqlite_place)) == 2, "kept for who can still read it"


def test_a_damaged_row_that_just_came_is_a_gap(sqlite_place: Place) -> None:
    store = sqlite_place.open()
    for n in range(3):
        store.historian.append([good("A", float(n), T0 + n * MINUTE, T0 + n * MINUTE)])
    with closing(sqlite3.connect(sqlite_place.data / "history.db")) as database, database:
        (body,) = database.execute("SELECT body FROM sample_hot WHERE id = 2").fetchone()
        database.execute("UPDATE sample_hot SET body = ? WHERE id = 2", (body[:10] + b"\xff" + body[11:],))
    assert [one.value for one in store.historian.raw("A", T0, T0 + HOUR)] == [0.0, 2.0]
    historian(store).close_batches()
    assert store.historian.gaps(0, 2 * T0) == [(T0, T0 + MINUTE)]
    assert [one.value for one in store.historian.raw("A", T0, T0 + HOUR)] == [0.0, 2.0]


def test_damaged_pages_of_the_file_cost_what_is_on_them(sqlite_place: Place) -> None:
    """Bytes overwritten anywhere: an answer is right, or bad quality, or a sentence that tells what to do."""
    store = sqlite_place.open()
    fill(store, 12)
    whole = {tag: store.historian.raw(tag, T0, T0 + DAY) for tag in ("A", "B")}
    sqlite_place.close()
    file = sqlite_place.data / "history.db"
    with closing(sqlite3.connect(file)) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    good_bytes = file.read_bytes()
    chance, told, read = random.Random(5), 0, 0
    for _ in range(12):
        wrong = bytearray(good_bytes)
        page = chance.randrange(1, len(wrong) // 4096)
        wrong[4096 * page : 4096 * page + 4096] = chance.randbytes(4096)
        file.write_bytes(wrong)
        store = sqlite_place.open()
        for tag in ("A", "B"):
            try:
                found = store.historian.raw(tag, T0, T0 + DAY)
                [series] = store.historian.reduced([tag], T0, T0 + 12 * HOUR, 720)
            except StoreUnavailable as error:
                assert "恢复" in str(error)
                told += 1
                continue
            read += 1
            assert set(found) <= set(whole[tag])
            assert len(found) == len(whole[tag]) or store.historian.damage()
            if None not in series.max:
                assert max(one for one in series.max if one is not None) == max(one.value for one in whole[tag])  # type: ignore[type-var]
        sqlite_place.close()
    assert read > told


@pytest.mark.parametrize("calls", [37, 110])
def test_killed_while_writing_closing_and_merging(sqlite_place: Place, calls: int) -> None:
    """What was confirmed is there, once, in order; a call is there whole or not at all."""
    program = (
        "import sys\nfrom pathlib import Path\nfrom app.domain.sample import good\nfrom app.store import open_store\n"
        "from app.store.historian import StationHistorian\n"
        "store = open_store(Path(sys.argv[1]))\n"
        "mine = StationHistorian(store.historian._database, close_after=100_000, close_at=3000, merge_after=400_000)\n"
        "start = sum(1 for _ in mine.raw('T000', 0, 2**60, 10**9))\n"
        "for n in range(start, 10**9):\n"
        f"    at = {T0} + n * 10_000\n"
        "    mine.append([good(f'T{k:03}', n, at, at + 5) for k in range(140)])\n"
        "    print(n + 1, flush=True)\n"
    )
    confirmed = 0
    for _ in range(2):
        with subprocess.Popen(
            [sys.executable, "-c", program, str(sqlite_place.data)],
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parents[2],
        ) as writer:
            assert writer.stdout is not None
            began = int(writer.stdout.readline())
            for line in writer.stdout:
                confirmed = int(line)
                if confirmed - began >= calls:
                    writer.kill()
                    break
            rest = [line for line in writer.stdout.read().splitlines(keepends=True) if line.endswith("\n")]
            confirmed = int(rest[-1]) if rest else confirmed
        store = sqlite_place.open()
        for tag in ("T000", "T127", "T128", "T139"):
            values = [one.value for one in store.historian.raw(tag, 0, 2**60, 10**9)]
            assert values == list(range(len(values)))
            assert len(values) in (confirmed, confirmed + 1)
        [series] = store.historian.reduced(["T000"], T0, T0 + confirmed * 10_000, 1)
        assert (series.min, series.max) == ([0.0], [float(confirmed - 1)])
        sqlite_place.close()


def test_clocks_that_jump_and_samples_that_come_twice(store: StationStore) -> None:
    """The field's clock goes to 1970, to 2099 and back: every sample is kept with the time it said, and found there."""
    moments = [T0, T0 + SECOND, 0, 5 * SECOND, 4_070_908_800 * SECOND, T0 + 2 * SECOND, T0 + 2 * SECOND, T0 + 3 * SECOND]
    given = [good("A", float(n), at, T0 + n * SECOND) for n, at in enumerate(moments)]
    for one in given:
        store.historian.append([one, one])
    for merge in (False, False, True):
        found = store.historian.raw("A", -DAY, 2**61)
        expected = sorted((one for one in given for _ in range(2)), key=lambda one: one.source_time)
        assert found == expected
        assert store.historian.at(["A"], T0 + 10 * SECOND)["A"].value == 7.0
        assert store.historian.at(["A"], 10 * SECOND)["A"].value == 3.0
        assert [one.value for one in store.historian.raw("A", T0, T0 + DAY)] == [0, 0, 1, 1, 5, 5, 6, 6, 7, 7]
        assert store.historian.reduced(["A"], T0, T0 + 4 * SECOND, 4)[0].max == [0.0, 1.0, 6.0, 7.0]
        assert store.historian.reduced(["A"], T0 - DAY, T0 + DAY, 100)[0].max[50] == 7.0
        historian(store).close_batches(merge)


def test_the_station_clock_set_back_puts_nothing_off(sqlite_place: Place) -> None:
    mine = StationHistorian(historian(sqlite_place.open())._database, close_after=MINUTE)
    mine.append([good("A", 1.0, T0, T0)])
    mine.append([good("A", 2.0, T0 - HOUR, T0 - HOUR)])
    assert mine._upkeep.waiting == 0
    assert [one.value for one in mine.raw("A", T0 - DAY, T0 + DAY)] == [2.0, 1.0]


def test_a_year_with_holes(store: StationStore) -> None:
    """A sample a day, some months without any, a loss in between."""
    days = [day for day in range(365) if not 60 <= day < 150]
    for some in (days[at : at + 40] for at in range(0, len(days), 40)):
        store.historian.append([good("A", float(day), T0 + day * DAY, T0 + day * DAY) for day in some])
        historian(store).close_batches(merge=True)
    store.historian.lost(T0 + 61 * DAY, T0 + 62 * DAY)
    [year] = store.historian.reduced(["A"], T0, T0 + 365 * DAY, 365)
    expected = [59.0 if day in (60, 61) else None if day < 150 and day > 61 else float(day) for day in range(365)]
    expected[61] = 59.0 if year.max[61] is not None else None
    assert year.max == expected
    assert year.quality[62:150] == ["bad"] * 88


@pytest.mark.parametrize(
    ("start", "end", "points"),
    [(T0, T0, 10), (T0 + 1, T0, 10), (T0, T0 + DAY, 0), (T0, T0 + DAY, -5), (T0, T0 + DAY, 10**9)],
)
def test_senseless_questions_are_refused_with_a_sentence(store: StationStore, start: int, end: int, points: int) -> None:
    store.historian.append([good("A", 1.0, T0, T0)])
    with pytest.raises(ValueError, match=r"[时点]"):
        store.historian.reduced(["A"], start, end, points)
    assert store.historian.raw("A", T0 + 1, T0) == []


def test_questions_about_all_of_time_are_answered(store: StationStore) -> None:
    store.historian.append([good("A", 1.0, T0, T0)])
    historian(store).close_batches(merge=True)
    far = 253_402_300_799 * SECOND  # the end of the year 9999
    [series] = store.historian.reduced(["A"], -far, far, 1500)
    assert len(series.t) == 1500
    assert [one for one in series.max if one is not None]
    assert [one.value for one in store.historian.raw("A", -(10**30), 10**30)] == [1.0]
    assert store.historian.at(["A"], 10**30)["A"].value == 1.0
    assert [len(one.source) for one in store.historian.columns(["A"], -(10**30), 10**30, state=True)] == [1]


def test_an_old_history_is_carried_over(sqlite_place: Place) -> None:
    """A history as the first program left it: nothing is lost, and it is merged into the new form."""
    made = Path(__file__).parent / "history_h0001.sql"
    sqlite_place.open()
    sqlite_place.close()
    (sqlite_place.data / "history.db").unlink()
    with closing(sqlite3.connect(sqlite_place.data / "history.db")) as database:
        database.executescript(made.read_text())
    store = sqlite_place.open()
    before = {tag: store.historian.raw(tag, 0, 2 * T0) for tag in ("A", "B", "Z")}
    assert [one.value for one in before["A"]] == [1.5, 2.5, True, 4.5]
    assert [one.value for one in before["B"]] == ["开", None]
    assert before["Z"][0] == Sample("Z", 7, Quality.GOOD, before["Z"][0].reason, T0 + 9, T0 + 9, "")
    historian(store).close_batches(merge=True)
    assert {tag: store.historian.raw(tag, 0, 2 * T0) for tag in ("A", "B", "Z")} == before
    with historian(store)._database.read() as connection:
        assert {one for (one,) in connection.execute(text("SELECT DISTINCT stage FROM sample_chunk"))} == {1}

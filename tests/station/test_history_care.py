"""Retention over a real store: samples go, roll-ups stay, evidence is held, damage is told of; a purge may be killed."""

import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from app.domain.instant import DAY, HOUR, MINUTE, SECOND
from app.domain.sample import good
from app.domain.settings.history import HistorySettings
from app.station.history_care import HistoryCare, spans_of_cases
from app.store import open_store
from app.store.historian import StationHistorian
from app.store.opening import StationStore
from app.store.rows import ClipRow, OccurrenceRow, Record

T0 = 1_700_000_000 * SECOND // DAY * DAY
ROOT = Path(__file__).parents[2]


def historian(store: StationStore) -> StationHistorian:
    found = store.historian
    assert isinstance(found, StationHistorian)
    return found


def filled(data: Path, days: int = 40) -> StationStore:
    """A sample a minute in each of eight hours a day; a valve that moved once."""
    store = open_store(data)
    store.historian.append([good("VALVE", True, T0, T0)])
    for day in range(days):
        at = T0 + day * DAY
        store.historian.append([good("A", float(day), at + n * MINUTE, at + n * MINUTE) for n in range(480)])
        historian(store).close_batches(merge=True)
    return store


def days_with(store: StationStore, tag: str = "A") -> list[int]:
    return sorted({(one.source_time - T0) // DAY for one in store.historian.raw(tag, 0, 2 * T0, 10**9)})


def care(store: StationStore, told: list[str], now: int, **settings: float) -> HistoryCare:
    return HistoryCare(store, HistorySettings(**settings), lambda: now, told.append)


async def test_samples_go_and_roll_ups_stay_for_their_time(tmp_path: Path) -> None:
    store, told = filled(tmp_path), []
    [before] = store.historian.reduced(["A"], T0, T0 + 40 * DAY, 1000)
    await care(store, told, T0 + 40 * DAY, raw_days=30, rollup_days=35).purge()
    kept = days_with(store)
    assert kept == list(range(10, 40))
    [after] = store.historian.reduced(["A"], T0, T0 + 40 * DAY, 1000)
    low = next(n for n, at in enumerate(after.t) if at >= T0 + 5 * DAY)
    assert after.max[low:] == before.max[low:]
    assert after.quality[low:] == before.quality[low:]
    assert {one for one in after.max[: low - 1] if one is not None} == set()
    # finer than a minute there is nothing more: whole minutes are shown, never a smoothed guess
    [fine] = store.historian.reduced(["A"], T0 + 6 * DAY, T0 + 6 * DAY + HOUR, 600)
    assert fine.t == [T0 + 6 * DAY + n * MINUTE for n in range(60)]
    assert set(fine.max) == {6.0}
    assert [one.value for one in store.historian.raw("VALVE", 0, 2 * T0)] == [True]
    store.close()


async def test_a_locked_case_is_never_taken(tmp_path: Path) -> None:
    store, told = filled(tmp_path), []
    row = OccurrenceRow(7, "A", "H", "high", "V", "NORM", 1.0, 0.5, "", "", T0 + 3 * DAY + HOUR, T0 + 3 * DAY + 2 * HOUR)
    at = T0 + 5 * DAY + HOUR
    mine = ClipRow(1, "CAM", "alarm", at, at + MINUTE, at, at, "ready", (7,), locked_by="supervisor", locked_at=at)
    free = ClipRow(2, "CAM", "alarm", at + DAY, at + DAY + MINUTE, at, at, "ready", ())
    packed = ClipRow(3, "CAM", "fetch", at + 2 * DAY, at + 2 * DAY + MINUTE, at, at, "ready", (), case="C-1")
    store.journal.append([Record(at, "system")], occurrences=[row], clips=[mine, free, packed])
    assert spans_of_cases(store, HOUR) == [
        (T0 + 3 * DAY, T0 + 3 * DAY + 3 * HOUR),
        (at - HOUR, at + MINUTE + HOUR),
        (at + 2 * DAY - HOUR, at + 2 * DAY + MINUTE + HOUR),
    ]
    await care(store, told, T0 + 200 * DAY, raw_days=30, rollup_days=30).purge()
    # the days of the case, the day before each of them (what held when it began), and the newest
    assert days_with(store) == [2, 3, 4, 5, 6, 7, 39]
    unlocked = ClipRow(1, "CAM", "alarm", at, at + MINUTE, at, at, "ready", (7,))
    store.journal.append([Record(at, "system")], clips=[unlocked])
    await care(store, told, T0 + 200 * DAY, raw_days=30, rollup_days=30).purge()
    assert days_with(store) == [6, 7, 39]
    store.close()


async def test_damage_is_told_with_what_to_do(tmp_path: Path) -> None:
    store, told = filled(tmp_path, 3), []
    with closing(sqlite3.connect(tmp_path / "history.db")) as database, database:
        database.execute("UPDATE sample_chunk SET body = x'6100' WHERE id = (SELECT min(id) FROM sample_chunk WHERE tag = 2)")
    mine = care(store, told, T0 + 3 * DAY)
    await mine.look()
    assert told == [""]
    with closing(sqlite3.connect(tmp_path / "history.db")) as database:
        names = dict(database.execute("SELECT id, tag FROM sample_tag"))
    store.historian.raw(names[2], 0, 2 * T0)
    await mine.look()
    for word in (names[2], "1 段损坏", "hazwatch history check", "hazwatch restore"):
        assert word in told[-1]
    store.close()


@pytest.mark.parametrize("after_s", [0.0, 0.05])
def test_a_purge_killed_in_the_middle_harms_nothing(tmp_path: Path, after_s: float, monkeypatch: pytest.MonkeyPatch) -> None:
    store = filled(tmp_path)
    whole = {day: store.historian.raw("A", T0 + day * DAY, T0 + (day + 1) * DAY) for day in range(40)}
    store.close()
    program = (
        "import sys\nfrom pathlib import Path\nfrom app.store import open_store\nimport app.store.history_purge as purge\n"
        f"purge.AT_ONCE = 1\nstore = open_store(Path(sys.argv[1]))\nstore.historian.last()\nprint('go', flush=True)\n"
        f"store.historian.purge({T0 + 30 * DAY}, (), {T0 + 10 * DAY})\nprint('done', flush=True)\n"
    )
    with subprocess.Popen([sys.executable, "-c", program, str(tmp_path)], stdout=subprocess.PIPE, text=True, cwd=ROOT) as one:
        assert one.stdout is not None
        assert one.stdout.readline() == "go\n"
        time.sleep(after_s)
        one.kill()
    store = open_store(tmp_path)
    for day in days_with(store):
        assert store.historian.raw("A", T0 + day * DAY, T0 + (day + 1) * DAY) == whole[day], "a day is there or gone"
    store.historian.purge(T0 + 30 * DAY, (), T0 + 10 * DAY)
    assert days_with(store) == list(range(30, 40))
    assert store.historian.damage() == []
    with closing(sqlite3.connect(tmp_path / "history.db")) as database:
        assert database.execute(
            "SELECT count(*) FROM sample_axis WHERE id NOT IN (SELECT axis FROM sample_chunk WHERE axis IS NOT NULL)"
        ).fetchone() == (0,)
        assert database.execute(
            "SELECT count(*) FROM sample_rollup WHERE chunk NOT IN (SELECT id FROM sample_chunk)"
        ).fetchone() == (0,)
    store.close()

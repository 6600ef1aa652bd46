"""Whatever is done to the journal behind the station's back is found, at the right record."""

from collections.abc import Sequence

import pytest

import app.store.verify
from app.store.opening import StationStore
from app.store.rows import Record
from tests.store.conftest import Place

COUNT = 25


@pytest.fixture(autouse=True)
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Several pages and a last one that is exactly full."""
    monkeypatch.setattr(app.store.verify, "PAGE", 5)


@pytest.fixture
def filled(place: Place, store: StationStore) -> Place:
    store.journal.append([Record(1000 + n, "alarm", "张工", f"TK{n}", n, {"value": n / 7}) for n in range(1, COUNT + 1)])
    return place


def shift(low: int, by: int) -> list[str]:
    """Renumbers the records from `low` on, by way of numbers nobody has."""
    return [
        f"UPDATE journal SET id = id + 1000000 WHERE id >= {low}",
        f"UPDATE journal SET id = id - 1000000 + {by} WHERE id >= 1000000",
    ]


COPY = "INSERT INTO journal SELECT {id}, time, kind, actor, tag, occurrence, data, hash FROM journal WHERE id = {of}"
TAMPERED = {
    "time": (["UPDATE journal SET time = time + 1 WHERE id = 7"], 7, "第 7 条"),
    "kind": (["UPDATE journal SET kind = 'login' WHERE id = 7"], 7, "第 7 条"),
    "actor": (["UPDATE journal SET actor = '李工' WHERE id = 7"], 7, "第 7 条"),
    "tag": (["UPDATE journal SET tag = 'TK8' WHERE id = 25"], 25, "第 25 条"),
    "occurrence": (["UPDATE journal SET occurrence = 8 WHERE id = 1"], 1, "第 1 条"),
    "data": (["UPDATE journal SET data = '{\"value\":1.0}' WHERE id = 10"], 10, "第 10 条"),
    "data, same meaning": (["UPDATE journal SET data = data || ' ' WHERE id = 10"], 10, "第 10 条"),
    "hash": (["UPDATE journal SET hash = (SELECT hash FROM journal WHERE id = 8) WHERE id = 7"], 7, "第 7 条"),
    "first removed": (["DELETE FROM journal WHERE id = 1"], 1, "缺少第 1 条"),
    "one removed": (["DELETE FROM journal WHERE id = 10"], 10, "缺少第 10 条"),
    "removed and renumbered": (
        ["DELETE FROM journal WHERE id = 10", *shift(11, -1), "UPDATE journal_head SET last_id = 24"],
        10,
        "第 10 条",
    ),
    "inserted": ([*shift(10, 1), COPY.format(id=10, of=9), "UPDATE journal_head SET last_id = 26"], 10, "第 10 条"),
    "two exchanged": (
        [
            "UPDATE journal SET id = 1000 WHERE id = 5",
            "UPDATE journal SET id = 5 WHERE id = 6",
            "UPDATE journal SET id = 6 WHERE id = 1000",
        ],
        5,
        "第 5 条",
    ),
    "tail cut off": (["DELETE FROM journal WHERE id > 20"], 21, "截断"),
    "last cut off": (["DELETE FROM journal WHERE id = 25"], 25, "截断"),
    "all cut off": (["DELETE FROM journal"], 1, "截断"),
    "tail added": ([COPY.format(id=26, of=25)], 26, "第 26 条"),
    "head lowered": (["UPDATE journal_head SET last_id = 20"], 21, "第 21 条"),
    "head's hash": (["UPDATE journal_head SET hash = (SELECT hash FROM journal WHERE id = 3)"], 25, "末尾标记"),
    "no head": (["DELETE FROM journal_head"], 26, "末尾标记"),
}


@pytest.mark.parametrize("name", TAMPERED)
def test_meddling_is_found(filled: Place, name: str) -> None:
    statements, broken_at, says = TAMPERED[name]
    assert isinstance(statements, Sequence)
    filled.meddle(*statements)
    verdict = filled.opened[0].journal.verify()
    assert (verdict.broken_at, says in verdict.message) == (broken_at, True), verdict
    assert verdict.count < broken_at or name == "head's hash"


def test_an_honest_journal_is_whole(filled: Place) -> None:
    heard: list[int] = []
    verdict = filled.opened[0].journal.verify(heard.append)
    assert (verdict.count, verdict.broken_at, verdict.message) == (COUNT, None, "")
    assert heard == [5, 10, 15, 20, 25, 25]


def test_checking_beside_a_station_that_writes(filled: Place) -> None:
    """Each page is followed by a write; the check must not take it for a cut-off tail, and sees it."""
    journal = filled.opened[0].journal
    left = [3]

    def write(_count: int) -> None:
        if left[0]:
            left[0] -= 1
            journal.append([Record(1, "alarm")])

    assert journal.verify(write).count == COUNT + 3

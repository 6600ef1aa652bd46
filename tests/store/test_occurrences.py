"""The search through past occurrences: filters, order, paging, text, on both engines."""

import time

import pytest

from app.domain.instant import HOUR
from app.store.opening import StationStore
from app.store.rows import OccurrenceRow
from tests.store.conftest import Place


def row(number: int, **more: object) -> OccurrenceRow:
    values: dict[str, object] = {
        "occurrence": number, "tag": "TK1", "rule": "H", "priority": "high", "equipment": "V-101", "state": "NORM",
        "value": 1.5, "limit": 1.0, "unit": "m", "message": "", "raised_at": number * HOUR,
    }  # fmt: skip
    return OccurrenceRow(**values | more)  # type: ignore[arg-type]


ROWS = [
    row(1, tag="TK101.LT", message="液位高高报警", priority="critical", value=True),
    row(2, tag="TK102.LT", equipment="V-102", note="已到现场, 阀门关闭", acked_by="zhang", value=5),
    row(3, tag="GT103", equipment="", message="100% LEL_高", acked_by="李工", value="开"),
    row(4, tag="TK101.LT", note="Pump P-3 stopped", acked_by="ZHANG", value=None),
    row(5, tag="TK101.TT", priority="low", value=-0.0, limit=None),
]
FOUND = {
    "all": ({}, [5, 4, 3, 2, 1]),
    "from": ({"start": 3 * HOUR}, [5, 4, 3]),
    "to": ({"end": 3 * HOUR}, [2, 1]),
    "from, to": ({"start": 2 * HOUR, "end": 4 * HOUR}, [3, 2]),
    "tag": ({"tag": "TK101.LT"}, [4, 1]),
    "no such tag": ({"tag": "TK101"}, []),
    "equipment": ({"equipment": "V-102"}, [2]),
    "priority": ({"priority": "critical"}, [1]),
    "user": ({"user": "zhang"}, [2]),
    "text in the tag": ({"text": "tk101"}, [5, 4, 1]),
    "text in the message": ({"text": "高"}, [3, 1]),
    "text in the note": ({"text": "阀门"}, [2]),
    "text in the user": ({"text": "李"}, [3]),
    "text, either case": ({"text": "PUMP p-3"}, [4]),
    "percent is a character": ({"text": "0%"}, [3]),
    "underscore is a character": ({"text": "l_高"}, [3]),
    "text does not run over fields": ({"text": "停止"}, []),
    "quote": ({"text": "'; DROP TABLE journal"}, []),
    "nul": ({"text": "\0"}, []),
    "empty text": ({"text": ""}, [5, 4, 3, 2, 1]),
    "after": ({"after": 3}, [2, 1]),
    "limit": ({"limit": 2}, [5, 4]),
    "together": ({"tag": "TK101.LT", "text": "pump", "start": HOUR, "after": 5, "limit": 5}, [4]),
}


FILL = """
WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 250000)
INSERT INTO occurrence
SELECT n, 'TK' || (n * 7919 % 500) || '.LT', 'H', 'high', 'V-' || (n % 90), 'NORM', '1.5', 1.0, 'm', '一号罐区液位高报警',
    n * 3600000000, NULL, NULL, '张工', '已派人到现场检查',
    'tk' || (n * 7919 % 500) || '.lt 一号罐区液位高报警 已派人到现场检查 张工', 1
FROM n
"""


@pytest.mark.parametrize("name", FOUND)
def test_filters(sqlite_place: Place, name: str) -> None:
    store = sqlite_place.open()
    store.journal.append([], {}, ROWS)
    asked, expected = FOUND[name]
    assert [one.occurrence for one in store.journal.occurrences(**asked)] == expected  # type: ignore[arg-type]


@pytest.mark.postgres
def test_filters_on_postgres(postgres_place: Place) -> None:
    store = postgres_place.open()
    store.journal.append([], {}, ROWS)
    for name, (asked, expected) in FOUND.items():
        assert [one.occurrence for one in store.journal.occurrences(**asked)] == expected, name  # type: ignore[arg-type]


def test_rows_come_back_exactly(store: StationStore) -> None:
    store.journal.append([], {}, ROWS)
    assert [repr(one) for one in store.journal.occurrences()] == [repr(one) for one in reversed(ROWS)]


def test_paging_meets_every_occurrence_once(store: StationStore) -> None:
    store.journal.append([], {}, [row(n, tag=f"T{n % 3}") for n in range(1, 101)])
    seen: list[int] = []
    after = None
    while page := store.journal.occurrences(tag="T1", after=after, limit=7):
        seen += [one.occurrence for one in page]
        after = page[-1].occurrence
    assert seen == [n for n in range(100, 0, -1) if n % 3 == 1]


def test_a_quarter_of_a_million_rows(sqlite_place: Place) -> None:
    """Bounds far above what an idle machine takes: only a search gone wrong (a sort or scan too many) meets them."""
    store = sqlite_place.open()
    sqlite_place.meddle(FILL)
    searches: dict[str, dict[str, object]] = {
        "newest": {},
        "deep page": {"after": 1000},
        "tag": {"tag": "TK77.LT", "after": 100_000},
        "old span": {"start": 5000 * HOUR, "end": 5100 * HOUR},
        "common text": {"text": "现场"},
        "text nobody wrote": {"text": "查无此词"},
        "everything, by user": {"user": "张工", "after": 125_000},
    }
    took = {}
    for name, asked in searches.items():
        began = time.process_time()  # of a search, processor time alone: that nobody else decides
        store.journal.occurrences(**asked)  # type: ignore[arg-type]
        took[name] = round((time.process_time() - began) * 1000)
    assert all(ms < (2000 if "nobody" in name else 500) for name, ms in took.items()), took


def test_what_was_heard_in_a_span(store: StationStore) -> None:
    """Raised before and still standing, raised within, not what nobody heard, by time."""
    rows = [
        OccurrenceRow(n, f"T{n}", "H", "high", "V", "NORM", 1.0, 1.0, "", "", raised, cleared, announced=heard)
        for n, raised, cleared, heard in (
            (1, 10, 90, True),  # over before the span
            (2, 20, 150, True),
            (3, 30, None, True),
            (4, 110, 120, True),
            (5, 105, None, False),
            (6, 200, None, True),  # after it
        )
    ]
    store.journal.append([], {}, rows)
    assert [one.tag for one in store.journal.alarmed(100, 200)] == ["T2", "T3", "T4"]

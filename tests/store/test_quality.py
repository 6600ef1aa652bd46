"""Results of the data quality over both engines: seen whole or not at all, the newest of a day counts, found by span."""

from dataclasses import replace

import pytest

from app.domain.instant import DAY, HOUR, SECOND
from app.domain.quality import Finding, QualityKind, Scores, Share
from app.store.opening import StationStore
from app.store.rows import QualityRow, QualityRun
from tests.store.conftest import Place

T0 = 1_800_000_000 * SECOND
RUN = QualityRun("2027-01-15", T0, T0 + DAY, T0 + DAY + 1, "station", 3.5, False, {"video": None, "名": 1})


def row(tag: str, total: float | None = 90.0) -> QualityRow:
    scores = Scores() if total is None else Scores(total, 80.0, 90.0, 100.0, 100.0)
    return QualityRow(tag, scores, Share(10, 20), Share(3.0 * HOUR, 4.0 * HOUR), {"flat": 2})


def found(tag: str, kind: QualityKind = QualityKind.MISSED, at: int = 0, score: float = 1.0) -> Finding:
    return Finding(kind, "missed", tag, T0 + at, T0 + at + HOUR, score, "液位越限😀\x00没有报警", 12.5, 3, {"limit": 11.9})


def test_kept_and_read_back(store: StationStore) -> None:
    made = store.quality.put(RUN, [row("T2"), row("T1", None)], [found("T2")])
    assert store.quality.run("2027-01-15") == made == replace(RUN, number=made.number)
    assert store.quality.rows("2027-01-15") == [row("T1", None), row("T2")]
    assert store.quality.rows("2027-01-15", "T2") == [row("T2")] and store.quality.rows("2027-01-16") == []
    [only] = store.quality.findings("2027-01-15")
    assert only.finding == replace(found("T2"), reason="液位越限😀\ufffd没有报警")


def test_the_newest_of_a_day_counts_and_the_older_one_goes(store: StationStore) -> None:
    store.quality.put(RUN, [row(f"T{n}") for n in range(700)], [found("T1")])
    again = store.quality.put(replace(RUN, partial=True), [row("T1", 50.0)], [])
    assert [one.number for one in store.quality.runs()] == [again.number]
    assert [one.scores.total for one in store.quality.rows(RUN.day)] == [50.0] and store.quality.findings() == []


def test_found_by_span_point_and_kind(store: StationStore) -> None:
    findings = [
        found("A", at=0, score=0.4),
        found("A", QualityKind.FLAT, at=5 * HOUR, score=0.9),
        found("B", at=2 * HOUR, score=0.7),
    ]
    store.quality.put(RUN, [row("A"), row("B")], findings)

    def tags(**wanted: object) -> list[tuple[str, float]]:
        return [(one.finding.tag, one.finding.score) for one in store.quality.findings(**wanted)]  # type: ignore[arg-type]

    assert tags() == [("A", 0.9), ("B", 0.7), ("A", 0.4)], "gravest first"
    assert tags(start=T0 + HOUR, end=T0 + 3 * HOUR) == [("B", 0.7)], "one that ends as the span begins is not in it"
    assert tags(tag="A", kinds=["missed"]) == [("A", 0.4)] and tags(kinds=["time"]) == []


def test_what_a_killed_run_left_is_never_seen_and_goes(place: Place) -> None:
    store = place.open()
    store.quality.put(RUN, [row("T1")], [])
    place.meddle(
        "INSERT INTO quality_tag (run, tag, received, expected, online, should, counts) VALUES (7, 'T9', 1, 1, 1, 1, '{}')"
    )
    assert [one.tag for one in store.quality.rows(RUN.day)] == ["T1"]
    later = store.quality.put(replace(RUN, day="2027-01-16"), [row("T1")], [])
    assert later.number > 7, "its number is not used again"
    assert [one.tag for one in store.quality.rows("2027-01-16")] == ["T1"]
    assert [run.day for run, _ in store.quality.history("T9")] == []


def test_history_of_a_point_and_purge(store: StationStore) -> None:
    for n in range(3):
        store.quality.put(replace(RUN, day=f"d{n}", start=T0 + n * DAY, end=T0 + (n + 1) * DAY), [row("T1", 90.0 + n)], [])
    assert [(run.day, one.scores.total) for run, one in store.quality.history("T1", 2)] == [("d2", 92.0), ("d1", 91.0)]
    assert store.quality.purge(T0 + 2 * DAY) == 1
    assert [run.day for run in store.quality.runs()] == ["d2", "d1"]
    with pytest.raises(IndexError):
        store.quality.rows("d0")[0]

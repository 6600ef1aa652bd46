"""Clips over both engines: written with their record or not at all, found again by alarm, camera and time."""

from dataclasses import replace

import pytest

from app.domain.instant import DAY, SECOND
from app.store.opening import StationStore
from app.store.rows import ClipRow, Record

T0 = 1_800_000_000 * SECOND


def row(id: int, **more: object) -> ClipRow:
    made = ClipRow(id, "CAM-1", "alarm", T0, T0 + 30 * SECOND, T0, T0)
    return replace(made, **more)  # type: ignore[arg-type]


def put(store: StationStore, *rows: ClipRow) -> None:
    store.journal.append([Record(one.updated_at, "video", "station", data={"clip": one.id}) for one in rows], clips=rows)


def test_written_with_its_record_and_read_back(store: StationStore) -> None:
    full = row(
        1, state="ready", occurrences=(7, 9), first_frame=T0 + 1, last_frame=T0 + 2, file="a/1.mp4", size=2**40, sha256="ab",
        locked_by="zhao", locked_at=T0 + 3, lock_why="事故😀", case="C1", form=4, by="li", words="说\x00明",
    )  # fmt: skip
    put(store, full, row(2))
    assert store.clips.get(1) == replace(full, words="说\ufffd明")
    assert store.clips.get(2) == row(2) and store.clips.get(3) is None
    assert store.clips.last_id() == 2 and store.journal.last_id() == 2


def test_the_newest_version_counts_and_alarms_are_added(store: StationStore) -> None:
    put(store, row(1, occurrences=(7,)))
    put(store, row(1, occurrences=(7, 8), state="ready"), row(1, occurrences=(7, 8), state="ready", words="后来"))
    assert [one.words for one in store.clips.find(occurrence=8)] == ["后来"]
    assert [one.id for one in store.clips.find(occurrence=7)] == [1] and store.clips.find(occurrence=9) == []


def test_no_record_without_its_clip(store: StationStore) -> None:
    with pytest.raises(Exception, match=r"(?i)null"):
        put(store, row(1), row(2, size=None))
    assert store.clips.get(1) is None and store.journal.last_id() == 0


def test_found(store: StationStore) -> None:
    put(store, *(row(n, start=T0 + n * DAY, end=T0 + n * DAY + SECOND, camera=f"CAM-{n % 2}") for n in range(1, 7)))

    def ids(**wanted: object) -> list[int]:
        return [one.id for one in store.clips.find(**wanted)]  # type: ignore[arg-type]

    assert ids() == [6, 5, 4, 3, 2, 1]
    assert ids(camera="CAM-1") == [5, 3, 1] and ids(state="ready") == []
    assert ids(start=T0 + 2 * DAY, end=T0 + 4 * DAY) == [3, 2]
    assert ids(start=T0 + 2 * DAY + SECOND) == [6, 5, 4, 3], "it ended as the span begins"
    assert ids(after=4, limit=2) == [3, 2]


def test_what_is_old_enough_to_go(store: StationStore) -> None:
    put(
        store,
        row(1, state="ready"),
        row(2, state="ready", locked_by="zhao"),
        row(3, state="recording"),
        row(4, state="removed"),
        row(5, state="failed"),
        row(6, state="ready", reason="fetch"),
        row(7, state="ready", end=T0 + 9 * DAY),
    )
    assert [one.id for one in store.clips.old("alarm", T0 + DAY)] == [1, 5]
    assert [one.id for one in store.clips.old("alarm", T0 + DAY, after=1)] == [5]

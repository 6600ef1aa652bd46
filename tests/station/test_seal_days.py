"""When the journal is sealed: midnight, stop, days the station slept through, clocks that were set, zones."""

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from app.domain.instant import Instant, from_datetime
from app.station.seal import Sealer, midnight_after, zone_of
from app.store import open_store
from app.store.opening import StationStore
from app.store.rows import Record

CHINA = ZoneInfo("Asia/Shanghai")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[StationStore]:
    made = open_store(tmp_path)
    yield made
    made.close()


def at(text: str, zone: tzinfo = CHINA) -> Instant:
    """`11-21 23:59` of 2026, local."""
    return from_datetime(datetime.strptime(f"2026-{text}", "%Y-%m-%d %H:%M").replace(tzinfo=zone))


@dataclass
class Desk:
    store: StationStore
    time: Instant
    zone: tzinfo = CHINA
    troubles: list[str] = field(default_factory=list)

    def sealer(self) -> Sealer:
        return Sealer(self.store.seals, self.store.secrets, "S", self.zone, lambda: self.time, self.troubles.append)

    def write(self, *times: str) -> None:
        self.store.journal.append([Record(at(one, self.zone), "alarm") for one in times])

    def sealed(self) -> list[tuple[str, str, int, int]]:
        return [(one.day, one.cause, one.first, one.last) for one in reversed(self.store.seals.list())]


async def test_midnight_seals_the_day_that_ended_and_nothing_of_the_next(store: StationStore) -> None:
    desk = Desk(store, at("11-21 20:00"))
    sealer = desk.sealer()
    desk.write("11-21 20:00", "11-21 23:59")
    await sealer.look()
    assert desk.sealed() == []
    desk.time = at("11-22 00:00")
    desk.write("11-22 00:00")
    await sealer.look()
    assert desk.sealed() == [("2026-11-21", "midnight", 1, 2)]
    await sealer.look()
    desk.time = at("11-23 00:00")
    await sealer.look()
    assert desk.sealed()[1:] == [("2026-11-22", "midnight", 3, 4)]
    assert store.journal.verify().broken_at is None


async def test_days_the_station_slept_through_are_sealed_at_the_start(store: StationStore) -> None:
    desk = Desk(store, at("11-25 08:00"))
    desk.write("11-20 10:00", "11-20 23:00", "11-21 01:00", "11-23 12:00", "11-25 07:00")
    await desk.sealer().look()
    assert desk.sealed() == [
        ("2026-11-20", "late", 1, 2),
        ("2026-11-21", "late", 3, 3),
        ("2026-11-23", "late", 4, 4),  # on the 22nd and 24th nothing was written
    ]


async def test_a_stop_seals_what_the_day_has(store: StationStore) -> None:
    desk = Desk(store, at("11-21 12:00"))
    desk.write("11-21 11:00")
    assert await desk.sealer().stop() is not None
    desk.write("11-21 12:30")
    await desk.sealer().stop()
    assert desk.sealed() == [("2026-11-21", "stop", 1, 1), ("2026-11-21", "stop", 2, 3)]


async def test_a_clock_that_was_ahead_leaves_no_record_out(store: StationStore) -> None:
    desk = Desk(store, at("11-21 12:00"))
    desk.write("11-21 10:00", "12-24 10:00", "11-21 11:00")  # for one record the clock was a month ahead
    sealer = desk.sealer()
    await sealer.look()
    assert desk.sealed() == []
    for day in ("11-22", "11-23"):
        desk.time = at(f"{day} 00:00")
        await sealer.look()
        desk.write(f"{day} 09:00")
    sealed = desk.sealed()
    assert sealed[0][:2] == ("2026-11-21", "midnight")
    covered = [number for _, _, first, last in sealed for number in range(first, last + 1)]
    assert covered == list(range(1, covered[-1] + 1)) and covered[-1] >= 3
    assert store.journal.verify().broken_at is None


async def test_a_clock_that_was_set_back_seals_nothing_twice(store: StationStore) -> None:
    desk = Desk(store, at("11-22 08:00"))
    desk.write("11-21 10:00", "11-22 01:00", "11-21 23:00", "11-22 02:00")
    await desk.sealer().look()
    assert desk.sealed() == [("2026-11-21", "late", 1, 1)]
    desk.time = at("11-23 08:00")
    await desk.sealer().look()
    # the second seal's day is that of its first record; what the clock then said does not matter
    assert [one[2:] for one in desk.sealed()] == [(1, 1), (2, 5)]


async def test_a_seal_of_seals_alone_is_never_made(store: StationStore) -> None:
    """The clock jumps while it is sealed: what was written just now seems to be of an old day."""
    desk = Desk(store, at("11-21 12:00"))
    desk.write("11-20 10:00", "11-21 09:00")
    made = desk.sealer().make_due(at("12-31 08:00"))
    assert [(one.first, one.last) for one in made] == [(1, 1), (2, 3)]


async def test_records_that_do_not_fit_are_told_and_not_sealed(store: StationStore, tmp_path: Path) -> None:
    desk = Desk(store, at("11-22 08:00"))
    desk.write("11-21 10:00", "11-21 11:00")
    with sqlite3.connect(tmp_path / "station.db") as meddler:
        meddler.execute("UPDATE journal SET actor = 'x' WHERE id = 2")
    await desk.sealer().look()
    assert desk.sealed() == [] and "第 2 条" in desk.troubles[-1]


async def test_the_key_is_made_once_and_stays_in_the_secret_store(store: StationStore) -> None:
    desk = Desk(store, at("11-22 08:00"))
    key = desk.sealer().public_key()
    assert desk.sealer().public_key() == key and "seal.key" in store.secrets.names()
    desk.write("11-21 10:00")
    await desk.sealer().look()
    [seal] = store.seals.list()
    assert seal.key == key and seal.signature


async def test_secrets_that_cannot_be_opened_cost_the_signature_not_the_seal(store: StationStore, tmp_path: Path) -> None:
    desk = Desk(store, at("11-22 08:00"))
    desk.sealer().public_key()
    (tmp_path / "secrets.key").unlink()
    desk.write("11-21 10:00")
    await desk.sealer().look()
    [seal] = store.seals.list()
    assert (seal.key, seal.signature, seal.last) == ("", "", 1)
    assert store.journal.verify().broken_at is None


@pytest.mark.parametrize(
    ("zone", "day", "utc"),
    [
        ("Asia/Shanghai", "2026-11-21", "2026-11-21T16:00"),
        ("Europe/Berlin", "2026-03-28", "2026-03-28T23:00"),  # the next day has 23 hours
        ("Europe/Berlin", "2026-03-29", "2026-03-29T22:00"),
        ("no such zone", "2026-11-21", "2026-11-21T16:00"),
    ],
)
def test_midnight_is_that_of_the_site(zone: str, day: str, utc: str) -> None:
    expected = from_datetime(datetime.fromisoformat(utc).replace(tzinfo=UTC))
    assert midnight_after(date.fromisoformat(day), zone_of(zone)) == expected

"""One alarm's past: its last occurrences and how often, and one tag of an old configuration; on both engines."""

from dataclasses import replace

import pytest

from app.domain.instant import HOUR
from app.domain.tag import Limits
from app.store.opening import StationStore
from tests.station.rig import a_site, tag
from tests.store.conftest import Place
from tests.store.test_occurrences import row

ROWS = [
    row(1, raised_at=1 * HOUR),
    row(2, raised_at=2 * HOUR, rule="HH"),
    row(3, raised_at=3 * HOUR, value=7, acked_by="zhang"),
    row(4, raised_at=3 * HOUR, tag="TK2"),
    row(5, raised_at=9 * HOUR),
    row(8, raised_at=10 * HOUR),
]


@pytest.fixture
def store(place: Place) -> StationStore:
    opened = place.open()
    opened.journal.append([], occurrences=ROWS)
    return opened


@pytest.mark.parametrize(
    ("before", "limit", "since", "numbers", "counts"),
    [
        (9, 10, (0, 3 * HOUR, 9 * HOUR + 1), [8, 5, 3, 1], [4, 3, 1]),
        (8, 10, (), [5, 3, 1], []),
        (8, 2, (11 * HOUR,), [5, 3], [0]),
        (1, 10, (0,), [], [4]),
    ],
)
def test_repeats(
    store: StationStore, before: int, limit: int, since: tuple[int, ...], numbers: list[int], counts: list[int]
) -> None:
    rows, found = store.journal.repeats("TK1", "H", before, limit, since)
    assert ([one.occurrence for one in rows], found) == (numbers, counts)
    assert all(one in ROWS for one in rows)


def test_no_such_alarm(store: StationStore) -> None:
    assert store.journal.repeats("TK9", "H", 100, 10, (0,)) == ([], [0])


def test_one_tag_of_a_version(place: Place) -> None:
    config = place.open().config
    first = tag("TK1", limits=Limits(h=80.0), extra={"措施": '停"泵'})
    config.save(a_site(first, tag("TK1.2")), "li", "first", 1)
    config.save(a_site(replace(first, limits=Limits(h=70.0)), tag("罐1")), "li", "lower", 2)
    assert config.tag(1, "TK1") == first
    assert config.tag(2, "TK1") == replace(first, limits=Limits(h=70.0))
    assert config.tag(2, "罐1") == tag("罐1")
    assert config.tag(2, "TK1.2") is None and config.tag(1, "TK") is None
    with pytest.raises(KeyError):
        config.tag(3, "TK1")

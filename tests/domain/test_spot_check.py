"""Spot checks: the weight of a candidate, and that the draw follows it and can be repeated."""

from collections import Counter

import pytest

from app.domain.instant import DAY, HOUR
from app.domain.spot_check import Candidate, Subject, draw, weight

NOW = 1_800_000_000_000_000


def one(id: str = "a", subject: Subject = Subject.HAZARD_SOURCE, **more: object) -> Candidate:
    return Candidate(subject, id, id, ("C1",), **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("candidate", "expected"),
    [
        (one(), 30.0),
        (one(level=1), 120.0),
        (one(level=4), 45.0),
        (one(level=7), 30.0),
        (one(checked=NOW - DAY), 1.0),
        (one(checked=NOW - 90 * DAY), 30.0),
        (one(checked=NOW), 0.02),
        (one(checked=NOW + DAY), 0.02),  # a clock that was set back
        (one(subject=Subject.WORK, level=2, checked=NOW - 12 * HOUR), 6.0),
        (one(subject=Subject.DUTY_ROOM, checked=NOW - 2 * DAY), 4.0),
    ],
)
def test_weight(candidate: Candidate, expected: float) -> None:
    assert weight(candidate, NOW) == pytest.approx(expected)


def test_nothing_to_draw() -> None:
    assert draw([], NOW, "s") is None
    assert draw([Candidate(Subject.WORK, "a", "a", ())], NOW, "s") is None


def test_the_same_seed_draws_the_same_whatever_the_order() -> None:
    some = [Candidate(Subject.WORK, str(n), "", ("C1", "C2", "C3")) for n in range(20)]
    drawn = draw(some, NOW, "seed")
    assert drawn is not None and drawn == draw(some[::-1], NOW, "seed") and drawn.of == 20
    assert drawn.share == pytest.approx(1 / 20)
    assert len({draw(some, NOW, str(n)).candidate.id for n in range(200)}) == 20  # type: ignore[union-attr]
    assert len({draw(some, NOW, str(n)).camera for n in range(50)}) == 3  # type: ignore[union-attr]


def test_the_draw_follows_the_weight() -> None:
    some = [one("often", level=1), one("seldom", checked=NOW - 3 * DAY), one("hardly", checked=NOW)]
    count = Counter(draw(some, NOW, str(n)).candidate.id for n in range(2000))  # type: ignore[union-attr]
    assert count["often"] / 2000 == pytest.approx(120 / 123.02, abs=0.02)
    assert count["seldom"] > 10 * count["hardly"]


def test_key() -> None:
    assert one("V-101", Subject.WORK).key == "spot:work:V-101"

"""The numbers of the feed and the places they stand for."""

from itertools import pairwise

from app.domain.instant import from_rfc3339
from app.station import feed_lines as module
from app.station.feed_lines import Lines


class Desk:
    def __init__(self) -> None:
        self.at = from_rfc3339("2026-11-21T02:40:00Z")
        self.steady = 0.0
        self.lines = Lines(lambda: self.at, lambda: self.steady)


def nobody() -> None:
    pass


def test_lines_never_meet_and_never_run_back() -> None:
    desk = Desk()
    lines = [desk.lines.begin("wang", 0, nobody) for _ in range(100)]
    taken = [range(line.number + 1, line.end + 1) for line in lines]
    assert all(a.stop == b.start for a, b in pairwise(taken))
    first, desk.at = lines[0].number, desk.at + 60_000_000
    assert desk.lines.begin("wang", 0, nobody).number > lines[-1].end
    assert Desk().lines.begin("wang", 0, nobody).number == first
    desk.at = from_rfc3339("2091-01-01T00:00:00Z")
    assert desk.lines.begin("wang", 0, nobody).end < 2**53


def test_a_number_stands_for_what_had_been_sent_with_it() -> None:
    desk = Desk()
    line = desk.lines.begin("wang", 7, nobody)
    numbers = [line.next(position) for position in (7, 7, 9, 9, 12, 12)]
    assert [line.position(n) for n in numbers] == [7, 7, 9, 9, 12, 12]
    assert line.position(numbers[0] - 1) is None
    assert line.position(numbers[-1] + 1) is None
    desk.lines.leave(line, nobody)
    again, position = desk.lines.resume("wang", numbers[2], nobody) or (None, 0)
    assert (again, position) == (line, 9)
    assert line.next(15) == numbers[3]
    assert [line.position(n) for n in numbers[:5]] == [7, 7, 9, 15, None]


def test_only_so_many_places_are_kept_and_older_ones_are_not_guessed() -> None:
    line = Desk().lines.begin("wang", 0, nobody)
    numbers = [line.next(position) for position in range(3 * module.MARKS)]
    assert line.position(numbers[0]) is None
    assert line.position(numbers[-module.MARKS - 1]) is None
    assert line.position(numbers[-module.MARKS]) == 2 * module.MARKS


def test_a_connection_that_ended_is_remembered_for_an_hour_and_only_the_last_ones() -> None:
    desk = Desk()
    held, left = desk.lines.begin("wang", 0, nobody), desk.lines.begin("wang", 0, nobody)
    for line in (held, left):
        line.next(0)
    desk.lines.leave(left, nobody)
    desk.steady = 3599.0
    assert desk.lines.resume("wang", left.number, nobody)
    desk.lines.leave(left, nobody)
    desk.steady = 3599.0 + 3601.0
    assert desk.lines.resume("wang", left.number, nobody) is None
    assert desk.lines.resume("wang", held.number, nobody)
    for _ in range(2 * module.LINES):
        desk.steady += 0.001
        desk.lines.leave(desk.lines.begin("wang", 0, nobody), nobody)
    desk.lines.begin("wang", 0, nobody)
    assert len(desk.lines._lines) == module.LINES + 2


def test_a_line_in_use_is_taken_over_by_the_same_person_only() -> None:
    told: list[str] = []
    desk = Desk()

    def first() -> None:
        told.append("first")

    line = desk.lines.begin("wang", 0, first)
    numbers = [line.next(position) for position in (0, 1, 2)]
    assert desk.lines.resume("li", numbers[0], nobody) is None
    assert told == []
    assert desk.lines.resume("wang", numbers[0], nobody) == (line, 0)
    assert told == ["first"]
    desk.lines.leave(line, first)  # late: it is not its any more
    assert line.replaced == nobody
    assert [line.next(5) for _ in range(3)] == [numbers[1], numbers[2], numbers[2] + 1]
    assert [line.position(n) for n in (*numbers, numbers[2] + 1)] == [0, None, None, 5]

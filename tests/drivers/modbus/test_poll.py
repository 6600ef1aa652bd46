"""Who is asked when: a simulated line with units that die, refuse and come back. Virtual time, no IO."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise

import pytest

from app.domain.sample import Reason
from app.domain.tag import DataType, Tag
from drivers.modbus.blocks import Block, plan
from drivers.modbus.formats import BlockDecoder
from drivers.modbus.point import points_of
from drivers.modbus.poll import Job, Loss, Poll

ANSWER_S = 0.01
TIMEOUT_S = 1.0


def decoder(block: Block) -> BlockDecoder:
    return BlockDecoder(block.points, block.start)


@dataclass
class Line:
    """`behave(block, now)`: "ok", "silent", "garbled" or an exception number."""

    poll: Poll
    behave: Callable[[Block, float], str | int]
    now: float = 0.0
    asked: list[tuple[float, Block]] = field(default_factory=list)
    good: dict[str, float] = field(default_factory=dict)
    lost: dict[str, tuple[Reason, str]] = field(default_factory=dict)

    def run(self, until: float) -> None:
        while self.now < until:
            job = self.poll.next(self.now)
            if not isinstance(job, Job):
                self.now = max(job, self.now + 1e-6)
                continue
            self.asked.append((self.now, job.block))
            what = self.behave(job.block, self.now)
            self.now += TIMEOUT_S * self.poll.tries(job, 2) if what == "silent" else ANSWER_S
            losses: list[Loss] = []
            if what == "ok":
                self.poll.answered(job, self.now)
                for point in job.block.points:
                    self.good[point.tag.tag] = self.now
                    self.lost.pop(point.tag.tag, None)
            elif what == "silent":
                losses = self.poll.silent(job, self.now)
            elif what == "garbled":
                losses = self.poll.garbled(job, "short", self.now)
            else:
                losses = self.poll.refused(job, int(what), self.now)
            for loss in losses:
                for point in loss.points:
                    self.lost[point.tag.tag] = (loss.reason, loss.detail)
                    self.good.pop(point.tag.tag, None)

    def asked_between(self, start: float, end: float) -> list[Block]:
        return [block for at, block in self.asked if start <= at < end]


def line(addresses: list[str], behave: Callable[[Block, float], str | int], period: float = 1.0, **more: float) -> Line:
    tags = [Tag(a, address=a, data_type=DataType.UINT16) for a in addresses]
    points, faults = points_of(tags, 1)
    assert not faults
    return Line(Poll(plan(points, period), 0.0, decoder, **more), behave)  # type: ignore[arg-type]


def refuse(illegal: set[int], code: int = 2) -> Callable[[Block, float], str | int]:
    return lambda block, now: code if illegal & set(range(block.start, block.end)) else "ok"


def test_every_block_keeps_its_own_period_without_drift() -> None:
    tags = [Tag("fast", address="HR:0"), Tag("slow", address="HR:100", period_s=5.0)]
    poll = Poll(plan(points_of(tags, 1)[0], 1.0), 0.0, decoder)
    simulated = Line(poll, lambda block, now: "ok")
    simulated.run(100.0)
    fast = [at for at, block in simulated.asked if block.start == 0]
    slow = [at for at, block in simulated.asked if block.start == 100]
    assert (len(fast), len(slow)) == (100, 20)
    assert all(abs(at - number) < 2 * ANSWER_S for number, at in enumerate(fast))
    assert all(abs(at - 5 * number) < 2 * ANSWER_S for number, at in enumerate(slow))


def test_missed_times_are_left_out_not_caught_up() -> None:
    simulated = line(["HR:0"], lambda block, now: "ok")
    simulated.run(2.5)
    simulated.now = 10.3  # the machine slept
    simulated.run(14.9)
    assert [round(at, 1) for at, _ in simulated.asked] == [0, 1, 2, 10.3, 11, 12, 13, 14]


def test_an_overloaded_line_serves_everybody_in_turn() -> None:
    """40 blocks of 10 ms every 0.1 s do not fit; a slow block among them still gets its turn."""
    tags = [Tag(f"t{i}", address=f"HR:{100 * i}", period_s=0.1) for i in range(40)] + [
        Tag("slow", address="IR:0", period_s=2.0)
    ]
    simulated = Line(Poll(plan(points_of(tags, 1)[0]), 0.0, decoder), lambda block, now: "ok")
    simulated.run(20.0)
    counted = Counter(str(block) for _, block in simulated.asked)
    slow = counted.pop("1@IR:0..1")
    assert slow == 10
    assert max(counted.values()) - min(counted.values()) <= 1


# --- units ---


def test_a_dead_unit_costs_the_others_one_timeout_per_back_off() -> None:
    dead = 2
    simulated = line(
        ["1@HR:0", "2@HR:0", "2@HR:100", "2@HR:200", "3@HR:0"],
        lambda block, now: "silent" if block.unit == dead else "ok",
        unit_backoff_s=5.0,
    )
    simulated.run(100.0)
    tried = [at for at, block in simulated.asked if block.unit == dead]
    waits = [later - earlier for earlier, later in pairwise(tried)]
    assert tried[0] < 1
    assert all(wait >= 5.0 + TIMEOUT_S for wait in waits)
    assert waits[-1] <= 30 + 2 * TIMEOUT_S, "asked for ever"
    lost_s = sum(TIMEOUT_S for _ in tried)
    for unit in (1, 3):
        assert len([1 for _, block in simulated.asked if block.unit == unit]) >= 100 - 2 * lost_s
    assert {tag for tag in simulated.lost} == {"2@HR:0", "2@HR:100", "2@HR:200"}
    assert set(simulated.lost.values()) == {(Reason.TIMEOUT, "no answer")}
    assert not simulated.poll.line_dead
    assert "从站 2 无应答" in simulated.poll.trouble()


def test_a_unit_that_lived_gets_a_second_try_before_it_is_given_up() -> None:
    simulated = line(["HR:0", "2@HR:0"], lambda block, now: "silent" if now > 2.5 and block.unit == 2 else "ok")
    simulated.run(3.1)
    assert [at for at, block in simulated.asked if block.unit == 2][-1] == pytest.approx(3.0, abs=0.1)
    assert simulated.now == pytest.approx(3.0 + 2 * TIMEOUT_S, abs=0.1)
    assert "2@HR:0" in simulated.lost


def test_a_unit_that_comes_back_is_read_whole_at_once() -> None:
    simulated = line(
        ["1@HR:0", "2@HR:0", "2@HR:100"],
        lambda block, now: "silent" if block.unit == 2 and 3 < now < 20 else "ok",
        unit_backoff_s=2.0,
    )
    simulated.run(60.0)
    assert simulated.lost == {}
    assert all(now > 58 for now in simulated.good.values())
    assert simulated.poll.trouble() == ""
    last = simulated.asked_between(58.0, 60.0)
    assert Counter(block.unit for block in last) == {1: 2, 2: 4}


def test_a_line_where_nobody_answers_is_dead_soon() -> None:
    """Ten units on a gateway that froze: two timeouts for the first, one for each further, not two each."""
    simulated = line([f"{unit}@HR:0" for unit in range(1, 11)], lambda block, now: "ok" if now < 5.5 else "silent")
    simulated.run(5.9)
    assert not simulated.poll.line_dead
    while not simulated.poll.line_dead and simulated.now < 60:
        simulated.run(simulated.now + 0.1)
    assert simulated.now < 6 + 11 * TIMEOUT_S + 0.5


@pytest.mark.parametrize("code", [10, 11])
def test_a_unit_the_gateway_cannot_reach(code: int) -> None:
    simulated = line(["1@HR:0", "2@HR:0"], lambda block, now: code if block.unit == 2 else "ok")
    simulated.run(30.0)
    assert simulated.lost == {"2@HR:0": (Reason.TIMEOUT, f"exception {code}")}
    assert len([1 for _, block in simulated.asked if block.unit == 2]) <= 5
    assert "网关报告" in simulated.poll.trouble()


def test_a_gateway_that_reaches_nobody_is_no_dead_line() -> None:
    simulated = line(["1@HR:0", "2@HR:0"], lambda block, now: 11)
    simulated.run(5.0)
    assert not simulated.poll.line_dead
    assert set(simulated.lost) == {"1@HR:0", "2@HR:0"}


# --- exceptions ---


def test_busy_is_asked_again_soon_then_lost_then_asked_as_ever() -> None:
    simulated = line(["HR:0"], lambda block, now: 6 if now < 3.5 else "ok")
    simulated.run(1.5)
    assert simulated.lost == {"HR:0": (Reason.TIMEOUT, "exception 6")}
    simulated.run(6.0)
    assert simulated.lost == {}


def test_busy_once_is_no_loss() -> None:
    answers = iter(["ok", 6])
    simulated = line(["HR:0"], lambda block, now: next(answers, "ok"))
    simulated.run(1.5)
    assert simulated.lost == {}
    assert len(simulated.asked) == 3


def test_device_failure_is_that_and_goes_on() -> None:
    simulated = line(["HR:0"], lambda block, now: 4 if now < 2.5 else "ok")
    simulated.run(2.2)
    assert simulated.lost == {"HR:0": (Reason.DEVICE_FAILURE, "exception 4")}
    assert len(simulated.asked) == 3
    simulated.run(3.5)
    assert simulated.lost == {}


def test_an_answer_that_is_none_is_not_asked_for_at_full_speed() -> None:
    simulated = line(["HR:0", "HR:100"], lambda block, now: "garbled" if block.start == 0 else "ok")
    simulated.run(20.0)
    assert simulated.lost == {"HR:0": (Reason.DEVICE_FAILURE, "short")}
    assert 4 <= len([1 for _, block in simulated.asked if block.start == 0]) <= 5
    assert len([1 for _, block in simulated.asked if block.start == 100]) == 20


# --- illegal addresses ---


@pytest.mark.parametrize("code", [2, 3])
def test_illegal_addresses_are_found_and_left_out(code: int) -> None:
    simulated = line([f"HR:{a}" for a in range(100)], refuse({30, 31, 77}, code))
    simulated.run(1.0)
    assert set(simulated.lost) == {"HR:30", "HR:31", "HR:77"}
    assert set(simulated.lost.values()) == {(Reason.CONFIG_ERROR, f"exception {code}")}
    assert len(simulated.good) == 97
    assert "3 个位号" in simulated.poll.trouble()


def test_legal_pieces_are_joined_again() -> None:
    simulated = line([f"HR:{a}" for a in range(100)], refuse({30, 31, 77}))
    simulated.run(9.0)
    assert sorted(str(block) for block in simulated.asked_between(5.0, 6.0)) == ["1@HR:0..29", "1@HR:32..76", "1@HR:78..99"]


def test_a_hole_between_values_costs_no_value() -> None:
    simulated = line(["HR:0", "HR:1", "HR:5", "HR:6"], refuse({3}))
    simulated.run(3.5)
    assert simulated.lost == {}
    assert sorted(str(block) for block in simulated.asked_between(1.8, 2.8)) == ["1@HR:0..1", "1@HR:5..6"]
    assert len(simulated.good) == 4


def test_a_device_that_takes_few_registers_at_once() -> None:
    simulated = line([f"HR:{a}" for a in range(100)], lambda block, now: 3 if block.count > 32 else "ok")
    simulated.run(3.5)
    assert simulated.lost == {}
    assert len(simulated.good) == 100
    assert len(simulated.asked_between(1.5, 2.5)) == 4


def test_a_border_inside_a_device_is_not_joined_over_for_ever() -> None:
    """Reads across 50 are refused though every address is legal."""

    def border(block: Block, now: float) -> str | int:
        return 2 if block.start < 50 < block.end else "ok"

    simulated = line([f"HR:{a}" for a in range(20, 100)], border)
    simulated.run(30.0)
    assert simulated.lost == {}
    refused = [at for at, block in simulated.asked if border(block, at) == 2]
    assert max(refused) < 5
    assert len(refused) < 15


def test_an_illegal_function_takes_its_table_only() -> None:
    simulated = line(["HR:0", "HR:1", "IR:0", "IR:1"], lambda block, now: 1 if block.table == "IR" else "ok")
    simulated.run(5.0)
    assert simulated.lost == {"IR:0": (Reason.CONFIG_ERROR, "exception 1"), "IR:1": (Reason.CONFIG_ERROR, "exception 1")}
    assert len([1 for _, block in simulated.asked if block.table == "IR"]) == 1


def test_known_illegal_addresses_are_asked_again_rarely() -> None:
    simulated = line([f"HR:{a}" for a in range(100)], refuse({30, 31, 77}))
    simulated.run(3600.0)
    probes = [block.start for at, block in simulated.asked if at > 5 and block.count == 1]
    assert Counter(probes).keys() == {30, 31, 77}
    assert all(5 <= times <= 9 for times in Counter(probes).values()), "about every ten minutes"


@pytest.mark.parametrize("code", [2, 11])
def test_a_line_that_only_refuses_still_speaks(code: int) -> None:
    """The station takes a minute without any sample for a dead link."""
    simulated = line(["HR:0", "HR:1"], lambda block, now: code)
    spoken: list[float] = []
    while simulated.now < 900:
        before = len(simulated.asked)
        simulated.run(simulated.now + 0.5)
        if len(simulated.asked) > before and simulated.lost:
            spoken.append(simulated.now)
            simulated.lost.clear()
    assert max(later - earlier for earlier, later in pairwise([0.0, *spoken, 900.0])) < 40


def test_a_device_that_was_only_restarting_comes_back_whole() -> None:
    simulated = line([f"HR:{a}" for a in range(100)], lambda block, now: 2 if 5 < now < 12 else "ok")
    simulated.run(11.0)
    assert len(simulated.lost) == 100
    simulated.run(60.0)
    assert simulated.lost == {}
    assert simulated.poll.trouble() == ""
    assert [block.count for block in simulated.asked_between(50.0, 51.0)] == [100]


def test_values_that_stand_are_not_kept_good_while_the_device_refuses() -> None:
    simulated = line(["HR:0", "HR:1"], lambda block, now: 2 if now > 2.5 else "ok")
    simulated.run(2.1)
    assert len(simulated.good) == 2
    simulated.run(3.005)
    assert simulated.good == {}, "at the first refusal, before the search has ended"

"""Time to limit in the station: told by the feed for what moves, silent for the rest, cheap with many tags."""

import time
from dataclasses import replace

import pytest

from app.domain.instant import SECOND
from app.domain.plant import Source
from app.domain.sample import Quality, Reason, Sample
from app.domain.settings.trend import TrendSettings
from app.station.table import Slot, Watch
from app.station.time_to_limit import STEP_S, TimeToLimit
from tests.station.rig import running, tag


class Clock:
    def __init__(self) -> None:
        self.now = 1_700_000_000 * SECOND

    def __call__(self) -> int:
        return self.now


async def here(work, *args):
    return work(*args)


def many(count: int) -> list[Slot]:
    source = Source("dcs", "opcua", "opc.tcp://127.0.0.1:1/x")
    return [Slot(tag(f"T{n}"), source, Watch(f"T{n}", (), []), 0) for n in range(count)]


def tell(slot, value: float | None, at: int) -> None:
    quality = Quality.GOOD if value is not None else Quality.BAD
    slot.sample = Sample(slot.tag.tag, value, quality, Reason.NONE, at, at)
    slot.known = value


async def walk(slots, level, seconds: float, settings=None, aside=lambda key: False) -> TimeToLimit:
    """`level(n, t)` is the value of slot n after t seconds."""
    clock = Clock()
    made = TimeToLimit(slots, settings or TrendSettings(), clock, here, aside)
    begun = clock.now
    while (clock.now - begun) / SECOND < seconds:
        clock.now += round(STEP_S * SECOND)
        for n, slot in enumerate(slots):
            tell(slot, level(n, (clock.now - begun) / SECOND), clock.now)
        await made.round()
    return made


async def test_only_what_moves_towards_a_limit_is_told() -> None:
    slots = many(4)
    levels = {0: lambda t: 50.0, 1: lambda t: 50.0 + t * 0.05, 2: lambda t: 70.0 - t * 0.05, 3: lambda t: 50.0 + (t // 2 % 3)}
    made = await walk(slots, lambda n, t: levels[n](t), 300)
    assert set(made.ahead) == {"T1", "T2"}
    high, low = made.ahead["T1"], made.ahead["T2"]
    assert [one.rule for one in high] == ["H", "HH"] and high[0].seconds == pytest.approx((80 - 65) / 0.05, rel=0.05)
    assert [one.rule for one in low] == ["L", "LL"] and low[0].seconds == pytest.approx((55 - 20) / 0.05, rel=0.05)
    assert set(made.tell()["tags"]) == {"T1", "T2"} and made.tell()["at"]


async def test_a_value_that_is_not_good_ends_it_at_once() -> None:
    slots = many(1)
    made = await walk(slots, lambda n, t: 50.0 + t * 0.05 if t < 290 else None, 300)
    assert made.ahead == {}


async def test_a_value_that_came_late_or_was_bad_for_a_while_is_told_all_the_same() -> None:
    slots = many(1)
    made = await walk(slots, lambda n, t: None if t < 20 or 30 < t < 36 else 50.0 + t * 0.15, 80)
    assert made.ahead["T0"][0].seconds == pytest.approx((80 - 62) / 0.15, rel=0.1)


async def test_what_people_set_aside_is_not_told() -> None:
    slots = many(1)
    made = await walk(slots, lambda n, t: 50.0 + t * 0.05, 200, aside=lambda key: key == "T0/H")
    assert [one.rule for one in made.ahead["T0"]] == ["HH"]


async def test_limits_of_now_count() -> None:
    slots = many(1)
    slots[0].tag = replace(slots[0].tag, limits=replace(slots[0].tag.limits, h=None, hh=75.0))
    made = await walk(slots, lambda n, t: 50.0 + t * 0.05, 200)
    assert [one.limit for one in made.ahead["T0"]] == [75.0]


async def test_a_fast_overfill_is_told_within_a_minute() -> None:
    slots = many(1)
    made = await walk(slots, lambda n, t: 50.0 if t < 600 else 50.0 + (t - 600) * 0.25, 650)
    assert made.ahead["T0"][0].rule == "H"
    assert made.ahead["T0"][0].seconds == pytest.approx((80 - 62.5) / 0.25, rel=0.2)


async def test_the_feed_tells_it(tmp_path) -> None:
    async with running(tmp_path) as rig, rig.feed() as feed:
        said = await feed.find(lambda message: "extra" in message and "ahead" in (message["extra"] or {}))
        assert said["extra"]["ahead"]["tags"] == {}


async def test_twenty_thousand_tags_cost_little() -> None:
    """A round that samples, and one that looks too, against the time of plainly reading all slots in the same run."""
    slots = many(1)
    crowd = [slots[0]] * 20_000
    clock = Clock()
    made = TimeToLimit(crowd, TrendSettings(), clock, here, lambda key: False)
    tell(slots[0], 50.0, clock.now)
    rounds = []
    for _ in range(8):
        clock.now += round(STEP_S * SECOND)
        began = time.perf_counter()
        await made.round()
        rounds.append(time.perf_counter() - began)
    began = time.perf_counter()
    for slot in crowd:
        assert slot.sample.quality is Quality.GOOD and isinstance(slot.known, float)
    plain = time.perf_counter() - began
    assert min(rounds) < 40 * plain, (rounds, plain)


@pytest.mark.filterwarnings("error")
async def test_tags_that_were_never_good_are_no_arithmetic_trouble() -> None:
    slots = many(3)
    made = await walk(slots, lambda n, t: (None, 50.0 if t > 100 else None, 50.0 + t * 0.05)[n], 120)
    assert set(made.ahead) == {"T2"}

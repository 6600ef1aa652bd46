"""Faults of every definition planted in an otherwise clean day of the demo plant's physics: found, and nothing else accused."""

from dataclasses import replace

import numpy as np
import pytest

from app.domain.instant import DAY, HOUR, MINUTE, SECOND
from app.domain.plant import EquipmentStatus
from app.domain.tag import Limits
from app.store.rows import Record
from tests.station.quality.plantdata import FARM, SECONDS, START, clean_values, measured, site, tags, truth
from tests.station.quality.rig import Day

NOON = 12 * 3600


def others(found, *tags: str) -> list:
    """Findings about anything else."""
    return [(one.tag, one.kind.value, one.what, one.reason) for one in found.findings if one.tag not in (*tags, "")]


def test_a_clean_day_has_no_findings_and_full_marks(day: Day) -> None:
    """False alarms on clean data: none on 17 points for a day, 1.5 million samples."""
    found = day.judge()
    assert others(found) == [] and found.of("") == []
    assert {row.scores.total for row in found.rows.values()} == {100.0}
    assert found.run.summary["enterprise_online"] == 1.0 and not found.run.partial


def test_holes_are_counted_and_the_longest_is_told(day: Day) -> None:
    missing = np.ones(SECONDS, bool)
    missing[NOON : NOON + 3000] = False
    missing[100:400] = False
    missing[-600:] = False
    day.keep("TT-0", missing)
    found = day.judge()
    row = found.rows["TT-0"]
    assert row.slots.got == SECONDS - 3900 and row.slots.due == SECONDS
    assert row.online.due == DAY and abs((DAY - row.online.got) / SECOND - (3000 + 300 + 600 - 3 * 120)) <= 3
    assert found.of("TT-0") == [("completeness", "missing"), ("online", "offline")] and others(found, "TT-0") == []
    hole = found.one("TT-0", "completeness")
    assert abs(hole.start - START - NOON * SECOND) <= 2 * SECOND and "最长一段缺 50 分钟" in hole.reason


def test_jitter_costs_nothing_and_duplicates_earn_nothing(day: Day) -> None:
    c = day.columns["TT-0"]
    wobble = np.random.default_rng(3).integers(-300_000, 300_000, SECONDS)
    day.set("TT-0", source=c.source + wobble, receive=c.receive + wobble)
    half = day.columns["TT-1"]
    twice = np.repeat(np.arange(0, SECONDS, 2), 2)
    day.columns["TT-1"] = type(half)("TT-1", half.source[twice], half.receive[twice], half.number[twice], half.quality[twice])
    found = day.judge()
    assert found.rows["TT-0"].scores.completeness == 100.0 and ("completeness", "missing") not in found.of("TT-0")
    assert found.rows["TT-1"].slots.got == SECONDS // 2


def test_a_subscription_is_not_punished_for_silence_but_for_a_lost_link(day: Day) -> None:
    c = day.columns["GT-2"]
    few = np.arange(len(c.source)) % 500 == 0  # changes minutes apart
    day.keep("GT-2", few)
    quiet = day.judge()
    assert quiet.rows["GT-2"].scores.total == 100.0 and others(quiet) == []
    c = day.columns["GT-2"]
    lost, back = START + 6 * HOUR, START + 7 * HOUR
    at = np.searchsorted(c.source, [lost, lost, back])
    keep = (c.source < lost) | (c.source > back)

    def with_loss(array: np.ndarray, values: list) -> np.ndarray:
        return np.insert(array[keep], np.searchsorted(c.source[keep], [lost, back]), values)

    day.columns["GT-2"] = type(c)(
        "GT-2", with_loss(c.source, [lost, back]), with_loss(c.receive, [lost, back]), with_loss(c.number, [np.nan, 0.0]),
        with_loss(c.quality, [2, 0]),
    )  # fmt: skip
    found = day.judge()
    row = found.rows["GT-2"]
    assert row.slots.due - row.slots.got == 3600 and found.of("GT-2") == [("completeness", "missing"), ("online", "offline")]
    assert len(at) == 3


def test_a_subscribed_point_whose_device_clock_runs_ahead_is_lost_with_its_link(day: Day) -> None:
    """Samples dated half a minute ahead lie behind the loss by source time: the order of receipt counts."""
    c = day.columns["GT-2"]
    lost = START + 20 * HOUR
    keep = c.receive < lost
    source = np.append(c.source[keep] + 30 * SECOND, lost)
    day.columns["GT-2"] = type(c)(
        "GT-2", source, np.append(c.receive[keep], lost), np.append(c.number[keep], np.nan), np.append(c.quality[keep], 2)
    )
    row = day.judge().rows["GT-2"]
    assert abs(row.slots.got - 20 * 3600) <= 60


def test_stopped_equipment_and_repairs_owe_nothing(day: Day) -> None:
    down = np.ones(SECONDS, bool)
    down[8 * 3600 : 10 * 3600] = False
    day.keep("LT-0", down)
    day.keep("LT-1", down)
    working = site()
    stopped = replace(
        working,
        equipment=tuple(
            replace(one, status=EquipmentStatus.MAINTENANCE) if one.equipment == "V-0" else one for one in working.equipment
        ),
    )
    for number, at in ((working, START - DAY), (stopped, START + 8 * HOUR), (working, START + 10 * HOUR)):
        day.store.config.save(number, "zheng", "检修", at)
    day.command(START + 8 * HOUR, "out_of_service", "LT-1", reason="检修", work_order="WO-7")
    day.command(START + 10 * HOUR, "return_to_service", "LT-1")
    found = day.judge()
    for tag in ("LT-0", "LT-1"):
        assert found.rows[tag].slots.due == 22 * 3600 and found.rows[tag].scores.completeness == 100.0
    assert others(found) == []


def test_a_point_of_stopped_equipment_has_no_score(day: Day) -> None:
    stopped = tuple(replace(one, status=EquipmentStatus.STOPPED) for one in day.site.equipment)
    day.site = replace(day.site, equipment=stopped)
    day.columns.pop("LT-0")
    found = day.judge()
    assert found.rows["LT-0"].scores.total is None and others(found) == []


def test_the_station_was_off(day: Day) -> None:
    off = (START + 5 * HOUR, START + 6 * HOUR)
    for tag, c in list(day.columns.items()):
        day.keep(tag, (c.source < off[0]) | (c.source >= off[1]))
    day.gaps = [off]
    found = day.judge()
    for row in found.rows.values():
        assert abs(row.slots.due - row.slots.got - 3600) <= 2, row.tag
    assert found.run.summary["enterprise_online"] < 1.0


def test_out_of_range(day: Day) -> None:
    number, quality = clean_values("PT-1").copy(), np.zeros(SECONDS, np.uint16)
    number[5000:5090], quality[5000:5090] = 3.2, 1  # beyond 3.0 by more than a hundredth of 3.5
    number[9000:9090] = 3.01  # within it
    day.set("PT-1", number=number, quality=quality)
    found = day.judge()
    beyond = found.one("PT-1", "range")
    assert beyond.count == 90 and beyond.value == pytest.approx(3.2) and "上限 3" in beyond.reason
    assert found.rows["PT-1"].scores.completeness == 100.0


@pytest.mark.parametrize(
    "tag, limits, what",
    [
        ("LT-0", Limits(2.0, 1.0, 10.0, 11.0), "order"),
        ("LT-0", Limits(0.2, 0.4, 10.0, 99.0), "outside"),
        ("LT-0", Limits(0.2, 0.4, None, None), "missing"),
        ("GT-1", Limits(None, None, 30.0, 50.0), "gas"),
        ("GT-1", Limits(None, None, 25.0, 60.0), "gas"),
    ],
)
def test_wrong_limits(day: Day, tag: str, limits: Limits, what: str) -> None:
    day.site = replace(day.site, tags=tuple(replace(one, limits=limits) if one.tag == tag else one for one in day.site.tags))
    found = day.judge()
    assert ("limits", what) in found.of(tag) and found.rows[tag].scores.configuration < 60
    assert others(found, tag) == []


def test_a_flat_line_while_the_tank_moves(day: Day) -> None:
    number = clean_values("TT-1").copy()
    number[2 * 3600 : 16 * 3600] = number[2 * 3600]
    day.set("TT-1", number=number)
    found = day.judge()
    flat = found.one("TT-1", "flat")
    assert 13.9 * HOUR < flat.end - flat.start < 14.1 * HOUR and "疑似死值" in flat.reason and 0.3 < flat.score < 1
    assert others(found, "TT-1") == []


def test_a_flat_line_from_the_day_before_is_followed_back(day: Day) -> None:
    earlier = START - 10 * HOUR + np.arange(10 * 3600, dtype=np.int64) * SECOND
    c = day.columns["TT-1"]
    number = c.number.copy()
    number[: 4 * 3600] = 17.0
    full = np.concatenate([np.full(10 * 3600, 17.0), number])
    source = np.concatenate([earlier, c.source])
    day.columns["TT-1"] = type(c)("TT-1", source, source + 40_000, full, np.zeros(len(full), np.uint16))
    flat = day.judge().one("TT-1", "flat")
    assert 13.9 * HOUR < flat.end - flat.start < 14.1 * HOUR


def test_all_of_the_equipment_at_rest_is_no_flat_line(day: Day) -> None:
    for tag in ("LT-0", "TT-0", "PT-0", "FI-0", "FO-0"):
        day.set(tag, number=np.full(SECONDS, clean_values(tag)[0]))
    assert others(day.judge()) == []


def test_jumps_that_return_are_found_and_a_step_that_stays_is_not(day: Day) -> None:
    number = clean_values("LT-0").copy()
    for at in (1000, 30_000, 60_000):
        number[at : at + 3] += 3.0
    day.set("LT-0", number=np.clip(number, 0, FARM[0].height))
    stays = clean_values("TT-0").copy()
    stays[40_000:] += 8.0
    day.set("TT-0", number=stays)
    found = day.judge()
    assert found.one("LT-0", "jump").count == 3 and "物理上限" in found.one("LT-0", "jump").reason
    assert others(found, "LT-0") == []


def test_a_stretch_that_comes_again(day: Day) -> None:
    number = clean_values("TT-0").copy()
    number[60_000:63_600] = number[20_000:23_600]
    day.set("TT-0", number=number)
    found = day.judge()
    copy = found.one("TT-0", "forged")
    assert copy.what == "repeat" and 3600 <= copy.count <= 3605 and copy.evidence["lag_s"] == 40_000
    assert abs(copy.start - START - 60_000 * SECOND) < 5 * SECOND and others(found, "TT-0") == []


def test_a_loop_of_ten_minutes_played_all_day(day: Day) -> None:
    number = np.tile(clean_values("PT-0")[:600], SECONDS // 600)
    day.set("PT-0", number=number)
    found = day.judge()
    assert found.of("PT-0") == [("forged", "repeat")] and found.one("PT-0", "forged").evidence["lag_s"] == 600


def test_last_digits_that_people_like(day: Day) -> None:
    chance = np.random.default_rng(5)
    typed = clean_values("TT-2") + 6 * np.sin(np.arange(SECONDS) / 9000)
    typed = np.where(chance.random(SECONDS) < 0.02, np.round(typed, 1), np.round(typed * 2) / 2)  # tenths; mostly .0 and .5
    typed = np.repeat(typed[::600], 600)  # written down every ten minutes
    day.set("TT-2", number=typed + 0.0)
    digits = day.judge()
    assert ("forged", "digits") not in digits.of("TT-2"), "with a handful of values nobody can tell"
    wide = np.concatenate([np.arange(0, 60, 0.5), np.array([3.1, 7.3, 12.7, 22.9])])
    day.set("TT-2", number=np.repeat(chance.choice(wide, SECONDS // 60), 60))
    found = day.judge()
    assert ("forged", "digits") in found.of("TT-2")


def test_a_coarse_instrument_is_no_liar(day: Day) -> None:
    """Steps of half a degree shown with two decimals: the last digit is always 0, by its own nature."""
    coarse = np.round((20 + 40 * np.sin(np.arange(SECONDS) / 13_000)) * 2) / 2
    day.set("TT-2", number=coarse)
    day.site = replace(day.site, tags=tuple(replace(one, decimals=2) if one.tag == "TT-2" else one for one in day.site.tags))
    assert ("forged", "digits") not in day.judge().of("TT-2")


def test_a_line_without_noise(day: Day) -> None:
    number = clean_values("TT-0").copy()
    number[30_000:34_000] = np.linspace(number[30_000], number[30_000] + 6, 4000)
    day.set("TT-0", number=number)
    found = day.judge()
    line = found.one("TT-0", "forged")
    assert line.what == "line" and "5.4" in line.reason and others(found, "TT-0") == []


def test_one_series_on_two_points(day: Day) -> None:
    day.set("TT-1", number=clean_values("TT-0").copy())
    found = day.judge()
    assert found.of("TT-0") == found.of("TT-1") == [("forged", "same")] and "TT-1" in found.one("TT-0", "forged").reason
    same = tuple(replace(one, address="HR:2") if one.tag == "TT-1" else one for one in day.site.tags)
    day.store.config.save(replace(day.site, tags=same), "zheng", "同一地址", START - HOUR)
    assert others(day.judge()) == [], "one register shown twice is no forgery"


@pytest.mark.parametrize(
    "what, change",
    [
        ("future", lambda c: (c.source + np.where(np.arange(SECONDS) > 80_000, 90 * SECOND, 0), c.receive)),
        ("offset", lambda c: (c.source, c.receive + 75 * SECOND)),
        ("step", lambda c: (c.source + np.where(np.arange(SECONDS) > NOON, -300 * SECOND, 0), c.receive)),
    ],
)
def test_clocks(day: Day, what: str, change) -> None:
    source, receive = change(day.columns["LT-0"])
    day.set("LT-0", source=source, receive=receive)
    found = day.judge()
    assert ("time", what) in found.of("LT-0") and found.rows["LT-0"].scores.timeliness < 80
    assert others(found, "LT-0") == []


def test_out_of_order_and_twice(day: Day) -> None:
    c = day.columns["LT-1"]
    late = c.receive.copy()
    late[NOON : NOON + 200] += 100 * SECOND
    day.set("LT-1", receive=late)
    d = day.columns["LT-2"]
    extra = np.arange(1000, 1500)
    day.columns["LT-2"] = type(d)(
        "LT-2", np.concatenate([d.source, d.source[extra]]), np.concatenate([d.receive, d.receive[extra] + 1000]),
        np.concatenate([d.number, d.number[extra] + 1]), np.zeros(SECONDS + 500, np.uint16),
    )  # fmt: skip
    found = day.judge()
    assert ("time", "order") in found.of("LT-1")
    twice = found.one("LT-2", "time")
    assert twice.what == "twice" and twice.count == 500 and "500 次数值不同" in twice.reason


def test_what_was_sent_later_is_no_clock_that_was_set(day: Day) -> None:
    """A gateway that stores and sends: an hour comes late, in a burst."""
    c = day.columns["LT-1"]
    receive = c.receive.copy()
    hour = slice(NOON, NOON + 3600)
    receive[hour] = c.receive[NOON + 3600] + np.arange(3600) * 10_000
    day.set("LT-1", receive=receive)
    found = day.judge()
    assert ("time", "step") not in found.of("LT-1") and found.rows["LT-1"].scores.completeness == 100.0


def test_clocks_ahead_as_the_links_counted_them(day: Day) -> None:
    found = day.judge(ahead={"gds": 4000})
    assert found.of("@gds") == [("time", "ahead")]
    assert found.rows["GT-1"].scores.timeliness < 80 < found.rows["LT-0"].scores.timeliness


def leaking(number: int, tonnes_per_h: float, hours: tuple[int, int]) -> np.ndarray:
    """The level of a tank that loses methanol in these hours."""
    area = np.pi * FARM[number].diameter ** 2 / 4
    metres = tonnes_per_h / 0.791 / area / 3600
    lost = np.clip(np.arange(SECONDS) - hours[0] * 3600, 0, (hours[1] - hours[0]) * 3600) * metres
    return truth()[f"level{number}"] - lost


def balanced(number: int) -> dict:
    vessel = FARM[number]
    return {
        "equipment": f"V-{number}", "level": f"LT-{number}", "temperature": f"TT-{number}", "density": 791,
        "expansion": 0.0012, "inflows": [f"FI-{number}"], "outflows": [f"FO-{number}"],
        "area_m2": float(np.pi * vessel.diameter**2 / 4),
    }  # fmt: skip


def test_the_balance_of_clean_tanks_closes(day: Day) -> None:
    day.site = replace(day.site, options={"quality": {"tank": [balanced(n) for n in range(len(FARM))]}})
    assert others(day.judge()) == []


@pytest.mark.parametrize("strapped", [False, True])
def test_a_leak_and_a_loss_are_told_apart(day: Day, strapped: bool) -> None:
    idle, busy = 0, 2
    hours = slice(8 * 3600, 15 * 3600)
    assert not truth()[f"in{idle}"][hours].any() and not truth()[f"out{idle}"][hours].any()
    assert truth()[f"out{busy}"][hours].any() or truth()[f"in{busy}"][hours].any()
    for number, tonnes in ((idle, 4.0), (busy, 12.0)):  # four in ninety-five is within the error of the meters
        tag = next(one for one in tags() if one.tag == f"LT-{number}")
        day.set(tag.tag, number=measured(tag, leaking(number, tonnes, (9, 15)), 77))
    tanks = [balanced(n) for n in range(len(FARM))]
    more = {}
    if strapped:
        for one, vessel in zip(tanks, FARM, strict=True):
            area = one.pop("area_m2")
            rows = "\n".join(f"{h / 4},{h / 4 * area}" for h in range(int(vessel.height * 4) + 2))
            more[f"{one['equipment']}.csv"] = f"height,volume\n{rows}\n".encode()
    day.site = replace(day.site, options={"quality": {"tank": tanks}}, strapping=more)
    found = day.judge()
    leak, loss = found.one(f"LT-{idle}", "balance"), found.one(f"LT-{busy}", "balance")
    assert leak.what == "leak" and "疑似泄漏" in leak.reason and -4.6 < leak.evidence["rate_t_h"] < -3.4
    assert loss.what == "loss"
    for one in (leak, loss):
        assert abs(one.start - START - 9 * HOUR) <= 80 * MINUTE and abs(one.end - START - 15 * HOUR) <= 80 * MINUTE


def test_a_balance_that_cannot_be_worked_out_says_why(day: Day) -> None:
    lacking = [{**balanced(0), "inflows": ["FI-9"]}, {"equipment": "V-1", "level": "LT-1"}]
    day.site = replace(day.site, options={"quality": {"tank": lacking}})
    found = day.judge()
    notes = "".join(one["text"] for one in found.run.summary["notes"])
    assert "FI-9" in notes and "没有罐容表" in notes and others(found) == []


def test_settings_of_one_point_count(day: Day) -> None:
    number = clean_values("TT-1").copy()
    number[0 : 14 * 3600] = number[0]
    day.set("TT-1", number=number)
    day.site = replace(day.site, options={"quality": {"tags": {"TT-1": {"flat_h": 20}}}})
    assert others(day.judge()) == []
    off = replace(day.site, options={"quality": {"tags": {"TT-1": {"off": ["flat"]}}}})
    day.store.config.save(off, "zheng", "不查", START - HOUR)
    assert others(day.judge()) == []


def test_the_present_day_counts_up_to_now(day: Day) -> None:
    found = day.judge(now=START + 6 * HOUR)
    assert found.run.partial and found.run.end == START + 6 * HOUR
    assert found.rows["TT-0"].slots.due == 6 * 3600 and {row.scores.total for row in found.rows.values()} == {100.0}
    assert others(found) == []


def test_a_year_with_holes_clock_jumps_and_duplicates(day: Day) -> None:
    """One value a minute for a year: half a million samples in one pass."""
    count, minute = 365 * 1440, 60 * SECOND
    wave = 20 + 8 * np.sin(np.arange(count) / 5000) + np.random.default_rng(9).normal(0, 0.05, count)
    source = START + np.arange(count, dtype=np.int64) * minute
    receive = source + 40_000
    kind = type(day.columns["TT-0"])
    holes = np.ones(count, bool)
    holes[100_000:120_000] = holes[300_000:300_500] = False
    back = source.copy()
    back[200_000:220_000] -= 3600 * SECOND  # the clock was an hour slow for two weeks
    twice = np.sort(np.concatenate([np.arange(count), np.arange(400_000, 401_000)]))
    zero = np.zeros(count, np.uint16)
    day.columns = {
        "TT-0": kind("TT-0", source[holes], receive[holes], wave[holes], zero[holes]),
        "TT-1": kind("TT-1", back, receive, wave[::-1].copy(), zero),
        "TT-2": kind("TT-2", source[twice], receive[twice], (wave * 0.9)[twice], np.zeros(len(twice), np.uint16)),
    }
    day.site = replace(
        day.site,
        tags=tuple(one for one in day.site.tags if one.tag in day.columns),
        sources=tuple(replace(one, period_s=60.0) for one in day.site.sources),
    )
    day.start, day.end = START, START + 365 * DAY
    found = day.judge()
    slots = found.rows["TT-0"].slots
    assert slots.due == count and slots.got == count - 20_500
    assert abs(found.one("TT-0", "completeness").start - START - 100_000 * minute) <= minute
    assert ("time", "step") in found.of("TT-1")
    duplicates = found.one("TT-2", "time")
    assert duplicates.what == "twice" and duplicates.count == 1000 and "数值相同" in duplicates.reason
    assert found.rows["TT-2"].scores.completeness == 100.0


def _set_up_at_noon(day: Day) -> None:
    day.store.journal.append([Record(START + NOON * SECOND, "system", "@station", data={"what": "started"})])


def test_nothing_was_due_before_the_station_was_set_up(day: Day) -> None:
    """A source tells of each value when it last changed: one that is hours old is no past that was kept."""
    _set_up_at_noon(day)
    for name, c in list(day.columns.items()):
        kept = c.source >= START + NOON * SECOND
        kept[0] = True
        day.keep(name, kept)
    found = day.judge()
    assert found.rows["LT-0"].slots.due == SECONDS - NOON
    assert {row.scores.completeness for row in found.rows.values()} == {100.0}


def test_a_past_that_was_brought_along_counts(day: Day) -> None:
    _set_up_at_noon(day)
    assert day.judge().rows["LT-0"].slots.due == SECONDS

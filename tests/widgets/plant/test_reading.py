"""What the screen says of a sample: tables."""

import pytest

from app.domain.instant import HOUR, MINUTE, SECOND
from app.domain.sample import Quality, Reason, Sample
from app.domain.tag import DataType, Kind, Limits, Tag
from widgets.plant.reading import age_text, fraction, marks, quality_text, say

LEVEL = Tag("LT", unit="%", range_low=0, range_high=200, decimals=1, limits=Limits(10, 20, 160, 184))


def sample(value, quality=Quality.GOOD, reason=Reason.NONE) -> Sample:
    return Sample("LT", value, quality, reason, 0, 0)


def switch(kind: Kind, alarm_on: int | None) -> Tag:
    return Tag("S", kind=kind, data_type=DataType.BOOL, alarm_on=alarm_on)


@pytest.mark.parametrize(
    ("value", "quality", "silent", "text", "trusted"),
    [
        (92.14, Quality.GOOD, False, "92.1", True),
        (92.14, Quality.BAD, False, "〔92.1〕", False),
        (92.14, Quality.UNCERTAIN, False, "〔92.1〕", False),
        (92.14, Quality.GOOD, True, "〔92.1〕", False),
        (None, Quality.BAD, False, "〔—〕", False),
        (None, Quality.GOOD, False, "〔—〕", False),
        (float("nan"), Quality.GOOD, False, "〔—〕", False),
        (float("inf"), Quality.GOOD, False, "〔—〕", False),
        (-0.04, Quality.GOOD, False, "0.0", True),
        (-0.05, Quality.GOOD, False, "-0.1", True),
        (7, Quality.GOOD, False, "7.0", True),
        ("混合", Quality.GOOD, False, "混合", True),
    ],
)
def test_a_value_not_to_be_believed_stands_in_brackets(value, quality, silent, text, trusted) -> None:
    said = say(LEVEL, sample(value, quality), silent)
    assert (said.text, said.trusted) == (text, trusted)


def test_before_the_first_sample_there_is_a_dash() -> None:
    assert say(LEVEL, None)[:3] == ("—", "%", False)


@pytest.mark.parametrize(
    ("kind", "alarm_on", "zero", "one"),
    [
        (Kind.GROUNDING, 0, "未接地", "已接地"),
        (Kind.GROUNDING, 1, "已接地", "未接地"),
        (Kind.GROUNDING, None, "未接地", "已接地"),
        (Kind.OVERFILL, 1, "未溢流", "溢流"),
        (Kind.OVERFILL, 0, "溢流", "未溢流"),
        (Kind.INTERLOCK, 1, "联锁正常", "联锁动作"),
        (Kind.SWITCH, 1, "正常", "动作"),
        (Kind.SWITCH, 0, "动作", "正常"),
        (Kind.SWITCH, None, "关", "开"),
    ],
)
def test_the_word_of_a_switch_follows_its_alarm_side(kind, alarm_on, zero, one) -> None:
    tag = switch(kind, alarm_on)
    assert (say(tag, sample(0)).text, say(tag, sample(True)).text) == (zero, one)


@pytest.mark.parametrize(("number", "at"), [(0, 0.0), (50, 0.25), (200, 1.0), (-9, 0.0), (999, 1.0), (None, None)])
def test_fraction_stays_within_the_range(number, at) -> None:
    assert fraction(LEVEL, number) == at


def test_without_a_range_there_is_no_fraction_unless_it_is_a_percentage() -> None:
    assert fraction(Tag("X", unit="m"), 5) is None
    assert fraction(Tag("X", unit="%"), 5) == 0.05


def test_marks_are_fractions_of_the_range_and_outside_it_none() -> None:
    assert marks(LEVEL) == (("LL", 0.05), ("L", 0.1), ("H", 0.8), ("HH", 0.92))
    assert marks(Tag("X", range_low=0, range_high=10, limits=Limits(h=11, l=1))) == (("L", 0.1),)


@pytest.mark.parametrize(
    ("age", "text"),
    [(-5 * SECOND, "0 秒"), (59 * SECOND, "59 秒"), (60 * SECOND, "1 分"), (HOUR, "1 小时"), (61 * MINUTE, "1 小时")],
)
def test_ages_are_short(age, text) -> None:
    assert age_text(age) == text


@pytest.mark.parametrize(
    ("given", "silent", "text"),
    [
        (None, False, "尚无数据"),
        (sample(1), False, "数据好"),
        (sample(1), True, "与站点失联"),
        (sample(1, Quality.BAD, Reason.COMM_LOST), False, "数据源中断"),
        (sample(1, Quality.UNCERTAIN), False, "数据可疑"),
        (sample(1, Quality.BAD, Reason.UNSPECIFIED), False, "坏值"),
    ],
)
def test_quality_in_a_word(given, silent, text) -> None:
    assert quality_text(given, silent) == text


def test_every_reason_has_a_word() -> None:
    for reason in Reason:
        assert quality_text(sample(1, Quality.BAD, reason))

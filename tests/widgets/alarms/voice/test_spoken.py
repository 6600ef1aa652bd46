"""What is said of an alarm, as tables."""

import pytest

from app.domain.wire import AlarmMsg
from widgets.alarms.voice.spoken import (
    alarm_words,
    flood_words,
    name_words,
    number_words,
    return_words,
    standing_words,
    value_words,
    whole_words,
)


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (0, "零"), (7, "七"), (10, "十"), (12, "十二"), (20, "二十"), (92, "九十二"), (100, "一百"), (101, "一百零一"),
        (110, "一百一十"), (112, "一百一十二"), (200, "二百"), (2000, "两千"), (2005, "两千零五"), (2010, "两千零一十"),
        (10_000, "一万"), (10_010, "一万零一十"), (12_000, "一万两千"), (20_000, "两万"), (120_034, "十二万零三十四"),
        (1_000_000, "一百万"), (200_000_000, "两亿"), (-15, "负十五"),
    ],
)  # fmt: skip
def test_whole_numbers(number: int, said: str) -> None:
    assert whole_words(number) == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("92.1", "九十二点一"), ("-5", "负五"), ("−5", "负五"), ("0.03", "零点零三"), ("0.030", "零点零三"), ("90.0", "九十"),
        ("-0.0", "零"), ("-0.5", "负零点五"), ("1.305", "一点三零五"), ("12345678901234", "数值很大"),
    ],
)  # fmt: skip
def test_written_numbers(text: str, said: str) -> None:
    assert number_words(text) == said


@pytest.mark.parametrize(
    ("value", "unit", "decimals", "said"),
    [
        (92.1, "m", 1, "九十二点一米"),
        (25.0, "%LEL", 0, "百分之二十五 爆炸下限"),
        (25.0, "%lel", 0, "百分之二十五 爆炸下限"),
        (92.1, "%", 1, "百分之九十二点一"),
        (10.0, "ppm", 1, "十P P M"),
        (35.0, "kPa", 1, "三十五千帕"),
        (1.55, "MPa", 2, "一点五五兆帕"),
        (-5.0, "℃", 1, "负五摄氏度"),
        (3.5, "m³/h", 1, "三点五立方米每小时"),
        (2.0, "mg/m³", 1, "二毫克每立方米"),
        (3.14, "个", 1, "三点一个"),
        (3.0, "furlong", 1, "三"),
        (float("nan"), "m", 1, ""),
        (float("inf"), "m", 1, ""),
        (12, "t", 0, "十二吨"),
    ],
)
def test_values_with_units(value: float, unit: str, decimals: int, said: str) -> None:
    assert value_words(value, unit, decimals) == said


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("V-101液位高高联锁", "V 幺零幺 液位高高联锁"),
        ("T-302", "T 三零二"),
        ("GA-600", "G A 六零零"),
        ("P-203A泵", "P 二零三 A 泵"),
        ("3号罐区", "三号罐区"),
        ("1#罐", "一号罐"),
        ("12号泵房", "十二号泵房"),
        ("VOC浓度", "V O C 浓度"),
        ("框架东侧氯气", "框架东侧氯气"),
        ("甲醇/苯（北）", "甲醇 苯 北"),
        ("TK101.LT", "T K 幺零幺 L T"),
    ],
)
def test_names(name: str, said: str) -> None:
    assert name_words(name) == said


def an_alarm(**more: object) -> AlarmMsg:
    usual = dict(
        occurrence=1, tag="T302.LT", name="液位", equipment="T-302", rule="HH", state="UNACK", priority="critical",
        value=92.1, limit=90.0, unit="米", area="三号罐区",
    )  # fmt: skip
    return AlarmMsg(**(usual | more))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"unit": "m"}, "紧急 三号罐区 T 三零二 液位 高高 九十二点一米 上限九十"),
        ({"name": "T-302液位", "unit": "m"}, "紧急 三号罐区 T 三零二 液位 高高 九十二点一米 上限九十"),
        ({"name": "三号罐区T-302液位", "unit": "m"}, "紧急 三号罐区 T 三零二 液位 高高 九十二点一米 上限九十"),
        ({"rule": "LL", "value": -5.0, "limit": -4.5, "unit": "℃", "priority": "high"},
         "高优先级 三号罐区 T 三零二 液位 低低 负五摄氏度 下限负四点五"),
        ({"rule": "STATE", "value": 1.0, "limit": 1.0, "name": "接地", "priority": "medium"},
         "中优先级 三号罐区 T 三零二 接地 状态报警"),
        ({"rule": "BAD", "value": None}, "紧急 三号罐区 T 三零二 液位 数据失效"),
        ({"rule": "LINK", "tag": "@dcs", "name": "数据源 dcs", "equipment": "", "area": "", "value": 1.0},
         "紧急 数据源 D C S 数据源中断"),
        ({"value": None}, "紧急 三号罐区 T 三零二 液位 高高"),
        ({"rule": "NEW_KIND"}, "紧急 三号罐区 T 三零二 液位 报警"),
    ],
)  # fmt: skip
def test_alarms(more: dict[str, object], said: str) -> None:
    assert alarm_words(an_alarm(**more), 1) == said


def test_other_sentences() -> None:
    assert return_words(an_alarm()) == "恢复 三号罐区 T 三零二 液位 高高"
    assert flood_words(37, 2) == "报警泛滥，新增报警三十七条，其中紧急两条"
    assert standing_words(1, 0) == "当前未确认报警一条"

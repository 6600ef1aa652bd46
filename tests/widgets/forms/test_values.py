"""What people type and read, against what goes over the wire."""

from datetime import date, datetime, timedelta, timezone

import pytest

from app.domain.form import FieldDef, FieldType
from widgets.forms.due import Urgency, clock, due_words, urgency
from widgets.forms.values import fault_of, range_words, read_date, read_number, read_time, size_words, words_of

EAST = timezone(timedelta(hours=8))
NOW = datetime(2026, 11, 21, 2, 40, tzinfo=EAST)


@pytest.mark.parametrize(
    ("text", "number"),
    [("", None), ("  ", None), ("3", 3.0), ("3.", 3.0), (" 92。5 ", 92.5), ("９２．５", 92.5), ("-0.5", -0.5), ("1e3", 1000.0)],
)
def test_numbers_are_read_as_people_write_them(text: str, number: float | None) -> None:
    assert read_number(text) == number


@pytest.mark.parametrize("text", ["abc", "nan", "inf", "1 2", "--3", "1,234", "1_0"])
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        read_number(text)


@pytest.mark.parametrize(
    ("text", "local"),
    [
        ("2026-11-20 23:59:30", "2026-11-20T23:59:30"),
        ("2026/11/20 23：59", "2026-11-20T23:59:00"),
        ("11-20 23:59", "2026-11-20T23:59:00"),
    ],
)
def test_whole_times(text: str, local: str) -> None:
    said = read_time(text, NOW)
    assert said is not None and said.endswith("Z")
    assert datetime.fromisoformat(said) == datetime.fromisoformat(local).astimezone()


@pytest.mark.parametrize(("ago_h", "days_back"), [(1, 0), (-0.5, 0), (-2, 1)])
def test_a_bare_clock_time_is_the_last_one_there_was(ago_h: float, days_back: int) -> None:
    now = datetime.now().astimezone().replace(hour=12, minute=0, second=0, microsecond=0)
    meant = now - timedelta(hours=ago_h)
    said = read_time(meant.strftime("%H:%M"), now)
    assert said is not None
    assert datetime.fromisoformat(said) == meant - timedelta(days=days_back)


@pytest.mark.parametrize("text", ["25:00", "yesterday", "2026-13-01 00:00", "02"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        read_time(text, NOW)


def test_dates() -> None:
    assert [read_date(text, date(2026, 11, 21)) for text in ("2026-11-02", "11-02", "2026/11/02", "2026.11.02", "")] == [
        "2026-11-02", "2026-11-02", "2026-11-02", "2026-11-02", None,
    ]  # fmt: skip


FLAG = FieldDef("f", "F", FieldType.FLAG)
CHOICE = FieldDef("c", "C", FieldType.CHOICE, {"a": "甲", "b": "乙"})
NUMBER = FieldDef("n", "液位", FieldType.NUMBER, unit="%", low=0, high=100)
TABLE = FieldDef("t", "T", FieldType.TABLE, columns=(FieldDef("x", "项", required=True), FieldDef("y", "数", FieldType.NUMBER)))


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        (FLAG, True, "是"),
        (FLAG, False, "否"),
        (FLAG, None, ""),
        (CHOICE, "a", "甲"),
        (CHOICE, "gone", "gone"),
        (NUMBER, 92.10, "92.1 %"),
        (NUMBER, 0, "0 %"),
        (FieldDef("m", "M", FieldType.CHOICES, {"a": "甲", "b": "乙"}), ["a", "b"], "甲、乙"),
        (TABLE, [{"x": "泵", "y": 2.0}], "项 泵　数 2"),
        (FieldDef("d", "D", FieldType.TIME), "no time", "no time"),
    ],
)
def test_values_in_words(field: FieldDef, value: object, words: str) -> None:
    assert words_of(field, value) == words


def test_files_are_read_by_the_names_people_gave() -> None:
    assert words_of(FieldDef("f", "F", FieldType.FILES), ["ab12.jpg"], {"ab12.jpg": "现场.jpg"}) == "现场.jpg"


@pytest.mark.parametrize(
    ("field", "value", "part"),
    [
        (NUMBER, 150.0, "0 到 100"),
        (NUMBER, "abc", "不是数字"),
        (NUMBER, 100.0, ""),
        (CHOICE, "z", "甲、乙"),
        (FieldDef("x", "短", longest=3), "四个字啊", "最多 3"),
        (TABLE, [{"y": 1.0}], "没有填写"),
        (FieldDef("f", "F", FieldType.FILES), ["none.jpg"], "请先上传"),
    ],
)
def test_faults_are_those_of_the_station(field: FieldDef, value: object, part: str) -> None:
    said = fault_of(field, value)
    assert (part in said) and bool(said) == bool(part)


def test_ranges_and_sizes() -> None:
    assert range_words(NUMBER) == "0 … 100 %"
    assert range_words(FieldDef("n", "N", low=0)) == "≥ 0"
    assert [size_words(n) for n in (0, 812_345, 3_400_000)] == ["1 kB", "812 kB", "3.4 MB"]


DUE = "2026-11-20T18:40:00.000Z"
AT = datetime.fromisoformat(DUE).timestamp()


@pytest.mark.parametrize(
    ("now", "words", "how"),
    [
        (AT - 725, "剩余 12:05", Urgency.CALM),
        (AT - 299, "剩余 04:59", Urgency.SOON),
        (AT, "超时 00:00", Urgency.OVERDUE),
        (AT + 190, "超时 03:10", Urgency.OVERDUE),
        (AT - 86400 * 2 - 3600, "剩余 2 天 01:00", Urgency.CALM),
    ],
)
def test_due(now: float, words: str, how: Urgency) -> None:
    assert (due_words(DUE, True, now), urgency(DUE, True, now)) == (words, how)
    assert (due_words(DUE, False, now), urgency(DUE, False, now)) == ("", Urgency.NONE)
    assert due_words(None, True, now) == ""


def test_clock() -> None:
    assert [clock(s) for s in (0, 59.9, 3599, 3600, 90061)] == ["00:00", "00:59", "59:59", "1:00:00", "1 天 01:01"]

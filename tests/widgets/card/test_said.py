"""The words of the card."""

from dataclasses import replace

import numpy as np
import pytest

from app.domain.card import LimitsThen
from app.domain.chemical import Figure
from app.domain.instant import SECOND, from_rfc3339
from app.domain.tag import Limits, Tag
from app.domain.wire import AlarmMsg
from widgets.ahead import countdown_to
from widgets.card import said
from widgets.card.chemical import as_lines, figure_text
from widgets.card.plot import CardPen, crossing

TAG = Tag("LT", "液位", decimals=2, unit="m", limits=Limits(h=11.5, hh=12.2))
ALARM = AlarmMsg(7, "LT", "液位", "V-1", "HH", "UNACK", "critical", 12.4, 12.2, "m", "2026-11-21T02:40:00.000Z")


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(-3, "00:00"), (0.9, "00:00"), (65, "01:05"), (3599, "59:59"), (3600, "1:00:00"), (90_061, "1 天 1:01:01")],
)
def test_running_clock(seconds: float, text: str) -> None:
    assert said.clock(seconds) == text


@pytest.mark.parametrize(
    ("rule", "limit", "value", "text"),
    [
        ("HH", 12.2, 12.4, "高出限值 0.20 m"),
        ("HH", 12.2, 12.2, "高出限值 0.00 m"),
        ("HH", 12.2, 11.9, "已回到限值内 0.30 m"),
        ("L", 2.0, 1.5, "低于限值 0.50 m"),
        ("L", 2.0, 2.25, "已回到限值内 0.25 m"),
        ("HH", 12.2, None, ""),
        ("HH", None, 12.4, ""),
        ("STATE", 1.0, 1, ""),
        ("BAD", None, 3.0, ""),
        ("RATE", 11.5, 10.7, "距限值 0.80 m"),
        ("RATE", 12.2, 11.9, "距限值 0.30 m"),
        ("RATE", 11.5, 11.5, "已到限值"),
        ("RATE", 11.4, 10.7, ""),  # the limit it warned of is another now
        ("RATE", 11.5, None, ""),
    ],
)
def test_how_far_beyond(rule: str, limit: float | None, value: float | None, text: str) -> None:
    assert said.beyond(replace(ALARM, rule=rule, limit=limit), value, TAG) == text


def test_a_pre_alarm_names_the_limit_that_comes() -> None:
    warned = replace(ALARM, rule="RATE", limit=11.5)
    assert (said.warned_of(warned, TAG), said.limit_text(warned, TAG)) == ("H", "H 11.50 m")
    assert said.limit_text(replace(warned, limit=11.4), TAG) == "11.40 m"


TOLD = {
    "at": "2026-11-21T02:40:00.000Z",
    "tags": {
        "LT": [
            {"rule": "H", "limit": 11.5, "seconds": 600.0, "soonest": 480.0, "latest": 900.0},
            {"rule": "HH", "limit": 12.2, "seconds": 1200.0, "soonest": 900.0, "latest": None},
        ]
    },
}


@pytest.mark.parametrize(
    ("limit", "later", "left", "span"),
    [
        (11.5, 0, "约 10 分钟", "8–15 分钟"),
        (11.5, 300, "约 5 分钟", "3–10 分钟"),
        (11.5, 560, "约 40 秒", "0–6 分钟"),
        (11.5, 9999, "约 0 秒", ""),
        (12.2, 0, "约 20 分钟", "最早 15 分钟"),
    ],
)
def test_the_forecast_is_counted_down(limit: float, later: int, left: str, span: str) -> None:
    found = countdown_to(TOLD, "LT", limit)
    assert found is not None
    now = from_rfc3339("2026-11-21T02:40:00Z") + later * SECOND
    assert (found.left(now), found.span(now)) == (left, span)


@pytest.mark.parametrize(
    "told", [None, {}, {"tags": []}, {"tags": {"LT": [{"limit": 11.5}]}, "at": None}, {"tags": {"LT": []}}]
)
def test_no_forecast_is_made_up(told: object) -> None:
    assert countdown_to(told, "LT", 11.5) is None and countdown_to(TOLD, "TT", 11.5) is None


def test_duration_ends_with_the_return() -> None:
    now = from_rfc3339("2026-11-21T03:00:00Z")
    assert said.lasted(ALARM, now) == 1200
    assert said.lasted(replace(ALARM, cleared_at="2026-11-21T02:45:00.000Z"), now) == 300
    assert said.lasted(ALARM, from_rfc3339(str(ALARM.raised_at)) - SECOND) == 0, "a station's clock that is ahead of ours"
    assert said.lasted(replace(ALARM, raised_at=None), now) is None


def test_state_names_who_did_what() -> None:
    acked = replace(ALARM, state="ACKED", acked_at=ALARM.raised_at, acked_by="wang", note="去看了", durable=False)
    word, lines = said.state_lines(acked, True)
    assert word == "已确认" and "wang" in lines and "去看了" in lines and "尚未存盘" in lines
    assert said.state_lines(acked, False)[0] == "已结束"
    shelved = replace(
        ALARM, state="SHLVD", process_state="UNACK", shelved_until=ALARM.raised_at, shelved_by="li", reason="检修"
    )
    word, lines = said.state_lines(shelved, True)
    assert word == "搁置" and "li" in lines and "检修" in lines and "底下的状态：未确认" in lines
    assert said.is_standing(shelved, True) and not said.is_standing(shelved, False)


def test_where_the_limit_comes_from() -> None:
    limits = LimitsThen(3, "2026-11-20T00:00:00.000Z", "li")
    assert said.basis(limits).startswith("第 3 版") and said.basis(limits).endswith("li")
    assert "此后已变更" in said.basis(replace(limits, changed_since=True))
    assert said.basis(None) == "" == said.basis(LimitsThen())


def test_a_lost_source_speaks_for_itself() -> None:
    link = replace(ALARM, rule="LINK", message="数据源 gds 中断：拒绝连接")
    assert said.headline(link) == link.message
    assert said.headline(ALARM) == "液位　高高报"


@pytest.mark.parametrize(
    ("y", "upward", "before", "at"),
    [
        ([1, 2, 5, 6], True, 9, 2.0),
        ([5, 6, 7, 8], True, 9, None),  # beyond from the beginning: nobody saw it cross
        ([1, 5, 1, 6], True, 9, 3.0),  # the last one counts
        ([1, 6, 6, 1], True, 2, 1.0),
        ([1, 6, 6, 1], True, 9, None),  # it is not beyond then
        ([1, 2, 4, 6], True, 9, 2.0),  # at the limit is beyond
        ([9, 3, 3, 3], False, 9, 1.0),
        ([1, np.nan, 6, 6], True, 9, 2.0),
        ([], True, 9, None),
    ],
)
def test_crossing(y: list[float], upward: bool, before: float, at: float | None) -> None:
    values = np.array(y, dtype=float)
    assert crossing(np.arange(len(y), dtype=float), values, 4.0, upward, before) == at


def test_the_limit_is_always_in_the_picture() -> None:
    pen = CardPen(replace(TAG, range_low=0.0, range_high=16.0), [12.2])
    low, high = pen.scale(0, 100, 100, False)
    assert low < 12.2 < high
    pen.live.append(10.0, 3.0)
    low, high = pen.scale(0, 100, 100, False)
    assert low < 3.0 < 12.2 < high < 16.0, "both, and no more than they need"


def test_figures_show_every_source_and_what_is_unverified() -> None:
    sources = ((6.7, "甲，未核定"), (6.0, "乙，未核定"), (6.0, "标准"))
    figures = [Figure("lel_vol", value, "%", source) for value, source in sources]
    assert figure_text(figures) == "6.7* / 6* / 6 %"


def test_a_sentence_a_line() -> None:
    assert as_lines("先撤离；再堵漏。送医。").split("\n") == ["· 先撤离", "· 再堵漏", "· 送医"]

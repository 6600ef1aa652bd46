"""`[history]`: floors of the law, and what earlier site packages wrote."""

from typing import Any

import pytest

from app.domain.settings import wrong_settings
from app.domain.settings.history import FLOOR_DAYS, HistorySettings, history_settings


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, HistorySettings(366, 1830, 2)),
        ({"history": {"raw_days": 90, "rollup_days": 400}}, HistorySettings(90, 400, 2)),
        ({"history": {"raw_days": 4000}}, HistorySettings(4000, 4000, 2)),
        ({"history": {"evidence_h": 24}}, HistorySettings(366, 1830, 24)),
        ({"site": {"history_days": 60}}, HistorySettings(60, 1830, 2)),
        ({"site": {"history_days": 3000}}, HistorySettings(3000, 3000, 2)),
        ({"site": {"history_days": 60}, "history": {"raw_days": 45}}, HistorySettings(45, 1830, 2)),
    ],
)
def test_what_is_kept(options: dict[str, Any], expected: HistorySettings) -> None:
    assert wrong_settings(options) == []
    assert history_settings(options) == expected


@pytest.mark.parametrize(
    ("options", "key", "word"),
    [
        ({"history": {"raw_days": FLOOR_DAYS - 1}}, "raw_days", "至少保存 30 天"),
        ({"history": {"rollup_days": 7}}, "rollup_days", "至少保存 30 天"),
        ({"history": {"raw_days": 400, "rollup_days": 100}}, "rollup_days", "不能比原始数据先清除"),
        ({"history": {"raw_days": "一年"}}, "raw_days", "天数"),
        ({"history": {"raw_day": 40}}, "raw_day", "raw_days"),
        ({"site": {"history_days": 7}}, "history_days", "raw_days"),
    ],
)
def test_what_is_refused(options: dict[str, Any], key: str, word: str) -> None:
    [wrong] = wrong_settings(options)
    assert wrong.key == key
    assert word in wrong.expected

"""A desk shows the wall time of its plant."""

import os
import time
from datetime import datetime

import pytest

from app.console.zone import follow
from widgets.vocabulary import forget_times, local_time

pytestmark = pytest.mark.skipif(not hasattr(time, "tzset"), reason="the zone of a process cannot be set here")
AT = "2026-11-21T18:40:00.250Z"


@pytest.fixture(autouse=True)
def utc() -> None:
    os.environ["TZ"] = "UTC"  # put back by the fixture of all tests
    time.tzset()
    forget_times()


def test_times_are_those_of_the_plant() -> None:
    assert local_time(AT) == "18:40:00"
    assert follow("Asia/Shanghai") == ""
    assert local_time(AT, date=True) == "11-22 02:40:00"
    assert datetime.now().astimezone().utcoffset().total_seconds() == 8 * 3600  # type: ignore[union-attr]


@pytest.mark.parametrize("zone", ["", "No/Such", "UTC", "Africa/Abidjan"])
def test_an_unknown_zone_or_the_same_time_changes_nothing(zone: str) -> None:
    assert follow(zone) == "" and os.environ["TZ"] == "UTC"


def test_where_it_cannot_be_set_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(time, "tzset")
    assert "Asia/Shanghai" in follow("Asia/Shanghai")

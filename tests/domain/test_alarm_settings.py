"""The `[alarm]` section: defaults, a site's own values, and every fault told at its place."""

from typing import Any

import pytest

from app.domain.settings import settings, wrong_settings
from app.domain.settings.alarm import NOT_OFFICIAL, OF_THE_SITE, AlarmSettings, MaskSettings, read_alarm


def read(alarm: dict[str, Any]) -> AlarmSettings:
    options = {"alarm": alarm}
    assert [w for w in wrong_settings(options) if w.path.startswith("alarm")] == []
    return settings(options, "alarm", read_alarm)


def test_nothing_written_gives_our_defaults_marked_as_such() -> None:
    found = settings({}, "alarm", read_alarm)
    assert found == AlarmSettings()
    assert found.basis("shelve.operator") == NOT_OFFICIAL
    assert found.shelve.roles["operator"].longest_min == 60


def test_what_a_site_writes_counts_and_is_marked_as_its_own() -> None:
    found = read(
        {
            "note_required": ["critical", "high"],
            "shelve": {"times_min": [60, 10], "warn_min": 3, "operator": {"longest_min": 30}},
            "chatter": {"count": 5},
            "mask": [{"parent": "K1/STATE", "children": ["T1"]}],
        }
    )
    assert found.note_required == ("critical", "high")
    assert found.shelve.times_min == (10.0, 60.0)
    assert found.shelve.roles["operator"].longest_min == 30
    assert found.shelve.roles["operator"].at_once == 5
    assert found.chatter.count == 5
    assert found.masks == (MaskSettings("K1/STATE", ("T1",)),)
    assert {found.basis(k) for k in ("note_required", "shelve.warn_min", "shelve.operator", "chatter.count")} == {OF_THE_SITE}
    assert found.basis("chatter.within_s") == NOT_OFFICIAL


@pytest.mark.parametrize(
    ("alarm", "path", "key"),
    [
        ({"note_required": ["urgent"]}, "alarm", "note_required"),
        ({"note_requird": ["critical"]}, "alarm", "note_requird"),
        ({"never_suppressed": ["gas"]}, "alarm", "never_suppressed"),
        ({"shelve": 5}, "alarm.shelve", ""),
        ({"shelve": {"times_min": []}}, "alarm.shelve", "times_min"),
        ({"shelve": {"times_min": [0]}}, "alarm.shelve", "times_min"),
        ({"shelve": {"reasons": [""]}}, "alarm.shelve", "reasons"),
        ({"shelve": {"warn_min": -1}}, "alarm.shelve", "warn_min"),
        ({"shelve": {"operator": {"at_once": 1.5}}}, "alarm.shelve.operator", "at_once"),
        ({"shelve": {"supervisor": {"longest_min": 2000}}}, "alarm.shelve.supervisor", "longest_min"),
        ({"chatter": {"count": True}}, "alarm.chatter", "count"),
        ({"mask": {"parent": "K1"}}, "alarm", "mask"),
        ({"mask": [{"children": ["T1"]}]}, "alarm.mask", "parent"),
        ({"mask": [{"parent": "K1", "children": []}]}, "alarm.mask", "children"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(alarm: dict[str, Any], path: str, key: str) -> None:
    wrong = [w for w in wrong_settings({"alarm": alarm}) if w.path.startswith("alarm")]
    assert [(w.path, w.key) for w in wrong] == [(path, key)]

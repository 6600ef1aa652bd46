"""Masks read from the configuration: what masks what, and what is refused."""

from dataclasses import replace

import pytest

from app.domain.masks import masks_of
from app.domain.settings.alarm import AlarmSettings, MaskSettings
from app.domain.tag import DataType, Kind, Limits, Tag


def tag(name: str, **more: object) -> Tag:
    made = Tag(name, equipment="V-1", source="dcs", address="x", limits=Limits(h=80.0, hh=90.0))
    return replace(made, **more)  # type: ignore[arg-type]


def switch(name: str, **more: object) -> Tag:
    return tag(name, limits=Limits(), alarm_on=1, data_type=DataType.BOOL, **more)


def by(parents: str, column: str = "masked_by") -> dict[str, str]:
    return {column: parents}


POWER, LEVEL, GAS = switch("K1", equipment="K-1"), tag("T1"), tag("G1", kind=Kind.TOXIC_GAS)


@pytest.mark.parametrize("column", ["masked_by", "屏蔽源", "Masked_By "])
def test_a_column_of_the_point_table_masks_the_process_alarms_of_the_tag(column: str) -> None:
    parents, faults = masks_of([POWER, tag("T1", extra=by("K1/STATE", column))], AlarmSettings())
    assert faults == []
    assert parents == {"T1/HH": ("K1/STATE",), "T1/H": ("K1/STATE",)}  # not its bad-data alarm


def test_several_parents_and_a_bare_tag_stand_for_their_alarms_in_order() -> None:
    parents, _ = masks_of([POWER, tag("T2"), tag("T1", extra=by("K1；T2"))], AlarmSettings())
    assert parents["T1/H"] == ("K1/STATE", "T2/HH", "T2/H")


def test_the_grave_alarm_of_a_tag_may_mask_the_others_of_it() -> None:
    parents, faults = masks_of([tag("T1", extra=by("T1/HH"))], AlarmSettings())
    assert (parents, faults) == ({"T1/H": ("T1/HH",)}, [])


def test_settings_mask_rules_tags_and_whole_equipment_but_no_gas_detector() -> None:
    masks = (MaskSettings("K1", ("equipment:V-1", "T9/BAD")),)
    parents, faults = masks_of([POWER, LEVEL, GAS, tag("T9", equipment="")], AlarmSettings(masks=masks))
    assert faults == []
    assert set(parents) == {"T1/HH", "T1/H", "T9/BAD"}


@pytest.mark.parametrize(
    ("parents", "says"),
    [
        ("NO", "没有位号“NO”"),
        ("K1/HH", "没有规则“HH”"),
        ("T1/XX", "没有规则“XX”"),
        ("@dcs", "系统自己的报警"),
        ("K1/BAD", "数据失效报警"),
        ("T0", "没有限值报警"),
    ],
)
def test_a_parent_that_cannot_be_is_told_with_its_tag(parents: str, says: str) -> None:
    _, faults = masks_of([POWER, tag("T0", limits=Limits()), tag("T1", extra=by(parents))], AlarmSettings())
    assert [(f.tag, f.key) for f in faults] == [("T1", "masked_by")]
    assert says in faults[0].found


@pytest.mark.parametrize(
    ("mask", "key", "says"),
    [
        (MaskSettings("NO", ("T1",)), "parent", "没有位号"),
        (MaskSettings("K1", ("T1", "NO")), "children", "没有位号“NO”"),
        (MaskSettings("K1", ("equipment:X",)), "children", "没有位号"),
        (MaskSettings("K1", ("G1",)), "children", "气体"),
    ],
)
def test_a_mask_of_the_settings_that_cannot_be_is_told_with_its_number(mask: MaskSettings, key: str, says: str) -> None:
    good = MaskSettings("K1", ("T1",))
    _, faults = masks_of([POWER, LEVEL, GAS], AlarmSettings(masks=(good, mask)))
    assert [(f.tag, f.mask, f.key) for f in faults] == [("", 1, key)]
    assert says in faults[0].found


@pytest.mark.parametrize(
    "tags",
    [
        [tag("T1", extra=by("T1"))],
        [tag("T1", extra=by("T2/H")), tag("T2", extra=by("T1/H"))],
        [tag("T1", extra=by("T2/H")), tag("T2", extra=by("T3/H")), tag("T3", extra=by("T1/HH"))],
    ],
)
def test_an_alarm_that_masks_itself_is_refused(tags: list[Tag]) -> None:
    _, faults = masks_of(tags, AlarmSettings())
    assert faults and all("环" in fault.found for fault in faults)


def test_a_long_chain_is_no_loop() -> None:
    chain = [tag(f"T{n}", extra=by(f"T{n + 1}/H") if n < 3000 else {}) for n in range(3001)]
    parents, faults = masks_of(chain, AlarmSettings())
    assert faults == []
    assert parents["T0/H"] == ("T1/H",)

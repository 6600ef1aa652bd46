"""What changed, column by column: the lines the journal keeps."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from app.domain.plant import Site
from app.domain.tag import Limits, Priority
from app.site import Change, diff_sites, load_site
from tests.site.packages import SVG, make_package

Edit = Callable[[Site], Site]


def tag(**changes: Any) -> Edit:
    return lambda site: replace(site, tags=(replace(site.tags[0], **changes), *site.tags[1:]))


def first(table: str, **changes: Any) -> Edit:
    return lambda site: replace(site, **{table: (replace(getattr(site, table)[0], **changes), *getattr(site, table)[1:])})


def item(site: Site) -> Site:
    layout = site.layouts[0]
    return replace(site, layouts=(replace(layout, items=(replace(layout.items[0], x=70.0), *layout.items[1:])),))


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return load_site(make_package(tmp_path / "p"))


@pytest.mark.parametrize(
    ("edit", "changes"),
    [
        (lambda site: site, []),
        (lambda site: replace(site, tags=site.tags[::-1]), []),
        (tag(limits=Limits(5, 10, 80, None)), [("tags", "TK101.LT", "h", 85.0, 80), ("tags", "TK101.LT", "hh", 95.0, None)]),
        (tag(priority_h=Priority.LOW), [("tags", "TK101.LT", "priority_h", "medium", "low")]),
        (tag(latching=False, deadband=1.0),
         [("tags", "TK101.LT", "deadband", 0.5, 1.0), ("tags", "TK101.LT", "latching", True, False)]),
        (tag(camera=()), [("tags", "TK101.LT", "camera", ["NVR1-07"], [])]),
        (tag(extra={"备注": "新"}), [("tags", "TK101.LT", "备注", "校验 2026", "新")]),
        (first("sources", security="basic256sha256_sign", options={"publishing_ms": 100}),
         [("source", "dcs", "security", "none", "basic256sha256_sign"), ("source", "dcs", "publishing_ms", None, 100)]),
        (first("equipment", hazard_level=1), [("equipment", "V-101", "hazard_level", 2, 1)]),
        (first("cameras", channel="8"), [("cameras", "NVR1-07", "channel", "7", "8")]),
        (first("layouts", title="新"), [("layouts", "tankfarm-a", "title", "一号罐区", "新")]),
        (lambda site: replace(site, name="乙", options={"site": {"phone": "1"}}),
         [("site", "", "name", "示范化工有限公司", "乙"), ("site", "", "site.phone", None, "1")]),
    ],
)  # fmt: skip
def test_changes(site: Site, edit: Edit, changes: list[tuple[Any, ...]]) -> None:
    assert diff_sites(site, edit(site)) == [Change(*change) for change in changes]


def test_a_removed_tag_leaves_its_limits_on_record(site: Site) -> None:
    without = replace(site, tags=site.tags[1:])
    gone = diff_sites(site, without)
    assert gone[0] == Change("tags", "TK101.LT", "", "有", None)
    assert {change.column: (change.old, change.new) for change in gone if change.column in ("ll", "l", "h", "hh")} == {
        "ll": (5.0, None), "l": (10.0, None), "h": (85.0, None), "hh": (95.0, None),
    }  # fmt: skip
    back = diff_sites(without, site)
    assert [(change.column, change.new, change.old) for change in back] == [
        (change.column, change.old, change.new) for change in gone
    ]


def test_a_moved_item_names_the_item_and_a_new_picture_its_digest(site: Site) -> None:
    (moved,) = diff_sites(site, item(site))
    assert (moved.table, moved.key, moved.column) == ("layouts", "tankfarm-a", "items.e7")
    assert (moved.old["x"], moved.new["x"]) == (62.5, 70.0)
    (drawn,) = diff_sites(site, replace(site, pictures={"tankfarm-a.svg": SVG + b" "}))
    assert (drawn.table, drawn.column) == ("pictures", "tankfarm-a.svg")
    assert drawn.old.startswith("sha256:") and drawn.old != drawn.new

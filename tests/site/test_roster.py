"""The roster of a package: read, checked with row and column, written back equal, its changes told."""

from dataclasses import replace
from pathlib import Path

import pytest

from app.domain.plant import Duty, Fault, Site
from app.site.diff import Change, diff_sites
from app.site.faults import SiteFaults
from app.site.load import load_site
from app.site.save import save_site
from tests.site.packages import TOML, make_package

SHIFTS = """
[shift]
anchor = "2026-01-01"
rotation = ["甲班 乙班"]
[[shift.crew]]
name = "甲班"
leader = "张伟"
[[shift.crew]]
name = "乙班"
"""
GOOD = "date,shift,crew,leader,members,备注\r\n2026-11-21,白班,甲班,,,换班\r\n2026/11/21,夜班,,李敏,王强；陈静,\r\n"


def package(folder: Path, roster: str, encoding: str = "utf-8") -> Path:
    made = make_package(folder)
    (made / "site.toml").write_text(TOML + SHIFTS, encoding="utf-8")
    (made / "roster.csv").write_bytes(roster.encode(encoding))
    return made


def refused(path: Path) -> list[Fault]:
    with pytest.raises(SiteFaults) as caught:
        load_site(path)
    return caught.value.faults


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_who_is_named_on_which_day(tmp_path: Path, encoding: str) -> None:
    assert load_site(package(tmp_path / "p", GOOD, encoding)).roster == (
        Duty("2026-11-21", "白班", "甲班", extra={"备注": "换班"}),
        Duty("2026-11-21", "夜班", "", "李敏", ("王强", "陈静"), extra={"备注": ""}),
    )


@pytest.mark.parametrize("headers", ["en", "zh"])
@pytest.mark.parametrize("form", ["q", "q.zip"])
def test_it_is_written_and_reads_back_equal(tmp_path: Path, headers: str, form: str) -> None:
    site = load_site(package(tmp_path / "p", GOOD))
    save_site(site, tmp_path / form, headers=headers)  # type: ignore[arg-type]
    assert load_site(tmp_path / form) == site


def test_a_package_without_one_is_as_before(tmp_path: Path) -> None:
    site = load_site(make_package(tmp_path / "p"))
    assert site.roster == ()
    save_site(site, tmp_path / "q")
    assert not (tmp_path / "q" / "roster.csv").exists()


WRONG = [
    ("date,shift,leader\n2026-13-01,白班,甲", 2, "date", "不是日期"),
    ("date,shift,leader\n昨天,白班,甲", 2, "date", "不是日期"),
    ("date,shift,leader\n,白班,甲", 2, "date", "是空的"),
    ("date,shift,leader\n2026-11-21,,甲", 2, "shift", "是空的"),
    ("日期,班次,值班长\n2026-11-21,早班,甲", 2, "班次", "没有班次“早班”"),
    ("date,shift,crew\n2026-11-21,白班,丙班", 2, "crew", "没有班组“丙班”"),
    ("date,shift,crew,leader\n2026-11-21,白班,,", 2, "leader", "都是空的"),
    ("date,shift,leader\n2026-11-21,白班,甲\n2026-11-22,白班,甲\n2026/11/21,白班,乙", 4, "shift", "与第 2 行重复"),
    ("date,leader\n2026-11-21,甲", 1, "shift", "缺少必需的列"),
]


@pytest.mark.parametrize(("roster", "row", "column", "found"), WRONG)
def test_a_wrong_cell(tmp_path: Path, roster: str, row: int, column: str, found: str) -> None:
    faults = refused(package(tmp_path / "p", roster))
    assert [(f.file, f.row, f.column) for f in faults] == [("roster.csv", row, column)]
    assert found in faults[0].found


def test_a_change_of_the_roster_is_told(tmp_path: Path) -> None:
    old = load_site(package(tmp_path / "p", GOOD))
    new = replace(old, roster=(replace(old.roster[0], leader="刘洋"), old.roster[1]))
    assert diff_sites(old, new) == [Change("roster", "2026-11-21/白班", "leader", "", "刘洋")]
    gone: Site = replace(old, roster=old.roster[1:])
    assert ("roster", "2026-11-21/白班", "", "有", None) in [
        (c.table, c.key, c.column, c.old, c.new) for c in diff_sites(old, gone)
    ]

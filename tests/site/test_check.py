"""The `check` door: what stands on stdout and stderr, and the exit code; and that 20,000 tags are read in linear time."""

import time
from pathlib import Path

import pytest

from app.site import SiteFaults, load_site
from app.site.check import run_check
from tests.site.packages import TAGS, csv_bytes, make_package, with_cell


def test_a_good_package(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_check(make_package(tmp_path / "p")) == 0
    said = capsys.readouterr()
    assert said.out == ""
    assert "没有错误，共 2 个数据源、5 个位号、3 台设备、2 台摄像机、1 幅画面" in said.err


def test_a_package_with_faults(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tags = with_cell(with_cell(TAGS, 2, "hh", "a\nb"), 4, "kind", "x")
    assert run_check(make_package(tmp_path / "p", tags=tags)) == 1
    said = capsys.readouterr()
    lines = said.out.splitlines()
    assert [line.split(":")[:3] for line in lines] == [["tags.csv", "2", "hh"], ["tags.csv", "4", "kind"]]
    assert lines[0] == "tags.csv:2:hh: “a b” 不是数字, 应为普通数字，如 12.5，不带单位和千位逗号"
    assert "发现 2 处错误" in said.err


def many(count: int, wrong: bool) -> bytes:
    lines = [
        {
            **TAGS[0], "tag": f"TK{n}.LT", "address": f"ns=2;s=TK{n}.Level", "hh": "80" if wrong else f"{90 + n % 10}.{n % 7}",
            "name": f"储罐 {n} 液位", "备注": f"{n}",
        }
        for n in range(count)
    ]  # fmt: skip
    return csv_bytes("tags", lines)


def test_twenty_thousand_tags(tmp_path: Path) -> None:
    path = make_package(tmp_path / "p", layouts=(), files={"tags.csv": many(20_000, wrong=False)})
    begin = time.process_time()
    assert len(load_site(path).tags) == 20_000
    # 2 s on a quiet machine, measured by hand; here only that nothing is quadratic
    assert time.process_time() - begin < 10


def test_every_one_of_twenty_thousand_faults(tmp_path: Path) -> None:
    path = make_package(tmp_path / "p", layouts=(), files={"tags.csv": many(20_000, wrong=True)})
    begin = time.process_time()
    with pytest.raises(SiteFaults) as refused:
        load_site(path)
    assert len(refused.value.faults) == 20_000
    assert time.process_time() - begin < 10

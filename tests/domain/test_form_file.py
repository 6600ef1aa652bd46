"""Declarations of forms: what is wrong is said by row and key, all at once."""

import pytest

from app.domain.form_file import read_form
from app.domain.plant import Fault
from app.site.forms import own_kinds, read_forms

GOOD = """kind = "rounds"
title = "巡检"
number = "巡检"
start = "open"
creates = ["operator"]
sets = ["place"]

[[field]]
key = "place"
title = "地点"

[[field]]
key = "kind"
title = "类型"
type = "choice"
choices = { a = "甲", b = "乙" }

[[field]]
key = "more"
title = "说明"
show_if = { kind = ["a"] }

[[state]]
code = "open"
title = "进行中"
limit_min = { critical = 5, other = 30 }

[[state]]
code = "done"
title = "完成"
final = true

[[step]]
code = "finish"
title = "完成"
states = ["open"]
to = "done"
roles = ["operator"]
sets = ["kind", "more"]
"""


def faults_of(text: str) -> list[Fault]:
    faults: list[Fault] = []
    definition = read_form("forms/x.toml", text.encode(), faults)
    assert (definition is None) == bool(faults)
    return faults


def test_a_good_one_is_read() -> None:
    faults: list[Fault] = []
    form = read_form("x", GOOD.encode(), faults)
    assert form is not None and not faults
    assert form.state("open").limit_s == {"critical": 300.0, "": 1800.0}
    assert form.field_named("more").show_if == ("kind", ("a",)) and form.step("finish").sets == ("kind", "more")


def test_all_that_come_with_the_program_are_good_and_lead_to_an_end() -> None:
    assert {"handling", "disposal_order", "limit_change", "shelve_request"} <= {one.kind for one in own_kinds()}


@pytest.mark.parametrize(
    ("before", "after", "row", "column", "found"),
    [
        ('kind = "rounds"', 'kind = "Rounds!"', 1, "kind", "不对"),
        ('title = "巡检"', "", 1, "title", "没有填写"),
        ('start = "open"', 'start = "opened"', 4, "start", "没有状态 opened"),
        ('creates = ["operator"]', 'creates = ["boss"]', 5, "creates", "boss"),
        ('sets = ["place"]\n', 'sets = ["place", "nowhere"]\n', 6, "sets", "没有字段 nowhere"),
        ('key = "place"', 'key = "place"\nhelpp = "x"', 10, "[[field]] helpp", "不认识"),
        ('type = "choice"', 'type = "choise"', 15, "[[field]] type", "不对"),
        ('choices = { a = "甲", b = "乙" }', "", 12, "[[field]] choices", "没有可选项"),
        ('show_if = { kind = ["a"] }', 'show_if = { kind = ["z"] }', 21, "[[field]] show_if", "没有取值 z"),
        ('show_if = { kind = ["a"] }', 'show_if = { kinds = ["a"] }', 21, "[[field]] show_if", "没有字段 kinds"),
        ("critical = 5", "urgent = 5", 26, "[[state]] limit_min", "不认识 urgent"),
        ("critical = 5", 'critical = "5"', 26, "[[state]] limit_min.critical", "不对"),
        ("final = true", "final = false", 4, "start", "没有终态"),
        ('code = "finish"', 'code = "edit"', 34, "[[step]] code", "保留"),
        ('states = ["open"]', 'states = ["done"]', 36, "[[step]] states", "终态"),
        ('to = "done"', 'to = "gone"', 37, "[[step]] to", "没有状态 gone"),
        ('roles = ["operator"]\n', "\n", 33, "[[step]] roles", "谁可以做"),
        ('roles = ["operator"]\n', 'source = "station"\nroles = ["operator"]\n', 39, "[[step]] roles", "写了角色"),
        ('sets = ["kind", "more"]', 'sets = ["kind"]', 19, "[[field]] key", "没有步骤能填写 more"),
        ('sets = ["kind", "more"]', 'sets = ["kind", "more"]\nother_than = ["x"]', 40, "[[step]] other_than", "没有步骤 x"),
        ('sets = ["kind", "more"]', 'sets = ["kind", "more"]\nneeds = ["x"]', 40, "[[step]] needs", "没有字段 x"),
    ],
)  # fmt: skip
def test_each_fault_by_row_and_key(before: str, after: str, row: int, column: str, found: str) -> None:
    assert before in GOOD
    faults = faults_of(GOOD.replace(before, after, 1))
    assert any((fault.row, fault.column) == (row, column) and found in fault.found and fault.expected for fault in faults), (
        "\n".join(map(str, faults))
    )


def test_a_state_that_is_never_reached_or_never_left() -> None:
    island = GOOD + '\n[[state]]\ncode = "island"\ntitle = "孤岛"\n'
    assert [(one.row, one.found) for one in faults_of(island)] == [(42, "状态 island 永远到不了")]
    trap = island + '[[step]]\ncode = "fall"\ntitle = "落"\nstates = ["open"]\nto = "island"\nroles = ["operator"]\n'
    assert [one.found for one in faults_of(trap)] == ["从状态 island 走不到终态"]


def test_what_is_no_toml_and_no_text() -> None:
    assert [one.row for one in faults_of(GOOD.replace("final = true", "final = tru"))] == [31]
    faults: list[Fault] = []
    assert read_form("x", b"\xff\xfe\x00", faults) is None and "UTF-8" in faults[0].found


def test_several_faults_come_at_once() -> None:
    assert len(faults_of(GOOD.replace('title = "巡检"', "").replace('creates = ["operator"]', "creates = 1"))) == 2


def test_a_site_cannot_take_the_place_of_our_kinds() -> None:
    faults: list[Fault] = []
    read_forms({"forms/a.toml": GOOD.encode(), "forms/b.toml": GOOD.encode(), "forms/c.txt": b""}, faults)
    assert [one.file for one in faults] == ["forms/b.toml", "forms/c.txt"]
    faults.clear()
    read_forms({"forms/a.toml": GOOD.replace('"rounds"', '"handling"').encode()}, faults)
    assert "handling 已由程序定义" in faults[0].found

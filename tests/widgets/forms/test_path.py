"""The way of a form, and whose turn it is."""

import pytest

from tests.widgets.forms.paper import PEOPLE, Paper, entry_json, handling
from widgets.forms.parse import entries
from widgets.forms.path import Passed, chain_of, primary_step, waits_for, way_on

STATES = ("signed", "checked", "handled", "cleared", "reported", "verified", "archived")
TITLES = ["触发", "签收", "现场确认", "完成处置", "消警", "提交处置报告", "核销", "归档"]


@pytest.mark.parametrize("state", STATES)
def test_the_whole_chain_is_always_told(state: str) -> None:
    paper = handling(state, "li")
    links = chain_of(paper.told(), paper.msg())
    assert [one.title for one in links] == TITLES
    done = [one for one in links if one.passed is Passed.DONE]
    assert len(done) == 2 + STATES.index(state)
    assert all(one.at for one in done)
    assert [one.passed for one in links].count(Passed.NOW) == (state != "archived")
    if state == "archived":
        assert [one.by for one in done] == ["", "wang", "li", "li", "", "li", "zhao", "zhao"]


def test_what_was_sent_back_stands_where_it_was_sent_to() -> None:
    paper = handling("reported", "li").move("send_back", "zhao", back_reason="请补充原因")
    links = chain_of(paper.told(), paper.msg())
    assert [one.title for one in links] == TITLES
    assert next(one for one in links if one.passed is Passed.NOW).title == "提交处置报告"


def test_an_early_end_is_the_end() -> None:
    paper = limit_change().move("withdraw", "chen")
    links = chain_of(paper.told(), paper.msg("chen"))
    assert [(one.title, one.passed) for one in links] == [("建单", Passed.DONE), ("撤回", Passed.DONE)]


@pytest.mark.parametrize(
    ("state", "user", "step"),
    [
        ("signed", "wang", "site_check"),
        ("checked", "wang", "handle"),
        ("handled", "wang", None),  # the station sees the value come back
        ("handled", "zhao", None),
        ("cleared", "wang", "report"),
        ("reported", "wang", None),
        ("reported", "zhao", "verify"),
        ("verified", "zhao", "archive"),
        ("archived", "zhao", None),
        ("signed", "sun", None),
    ],
)
def test_primary_step(state: str, user: str, step: str | None) -> None:
    paper = handling(state, "li")
    found = primary_step(paper.told(), state, paper.msg(user).steps)
    assert (found and found.code) == step
    entry = entries([entry_json(paper.definition, paper.form)])[0]
    assert waits_for(paper.told(), entry, user, PEOPLE[user], {}) is (step is not None)


def test_approval_is_the_way_on_and_not_the_authors() -> None:
    paper = limit_change()
    on = way_on(paper.told(), "proposed")
    assert on is not None and on.code == "approve"
    entry = entries([entry_json(paper.definition, paper.form)])[0]
    told = {user: waits_for(paper.told(), entry, user, PEOPLE[user], {}) for user in ("chen", "zhao", "wang")}
    assert told == {"chen": False, "zhao": True, "wang": False}


def limit_change() -> Paper:
    fields = {"changes": [{"item": "hh", "new": "88"}], "reason": "离溢流口过近", "risk": "已评估"}
    return Paper("limit_change").begin("chen", fields, {"tag": "TK101.LT"}, "tag:TK101.LT", "限值变更", "")

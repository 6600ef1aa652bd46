"""Drafts against what others do: nothing typed is lost, nothing of others is overwritten unseen."""

import hypothesis.strategies as st
import pytest
from hypothesis import given

from widgets.forms.draft import Conflict, Draft, Drafts

ALL = frozenset({"a", "b", "c"})


def test_typing_back_ends_the_change() -> None:
    draft = Draft()
    draft.put("a", "new", "old")
    assert draft.over({"a": "old"}) == {"a": "new"}
    draft.put("a", "old", "old")
    assert draft.is_empty


@pytest.mark.parametrize(
    ("theirs", "found"),
    [
        ("old", []),  # nobody else was there
        ("new", []),  # both wrote the same
        ("other", [Conflict("a", "new", "other")]),
        (None, [Conflict("a", "new", None)]),
    ],
)
def test_meeting(theirs: object, found: list[Conflict]) -> None:
    draft = Draft()
    draft.put("a", "new", "old")
    assert draft.meet({"a": theirs}, ALL) == found
    assert ("a" in draft.mine) is (theirs != "new")


def test_a_field_that_may_no_longer_be_set_is_told_and_not_lost() -> None:
    draft = Draft()
    draft.put("a", "new", "old")
    assert draft.meet({"a": "old"}, frozenset()) == [Conflict("a", "new", "old", open=False)]
    assert draft.mine == {"a": "new"}


@pytest.mark.parametrize("mine", [True, False])
def test_the_person_chooses(mine: bool) -> None:
    draft = Draft()
    draft.put("a", "new", "old")
    stored = {"a": "other"}
    draft.settle("a", mine, stored)
    assert draft.meet(stored, ALL) == []
    assert draft.over(stored)["a"] == ("new" if mine else "other")


def test_what_was_typed_after_sending_stays_typed() -> None:
    draft = Draft()
    draft.put("a", "one", None)
    draft.put("b", "two", None)
    sent = dict(draft.mine)
    draft.put("b", "three", None)
    draft.arrived(sent, {"a": "one", "b": "two"})
    assert draft.mine == {"b": "three"}
    assert draft.meet({"a": "one", "b": "two"}, ALL) == []


values = st.sampled_from([None, "", "x", "y", False, 0, []])


@given(st.lists(st.tuples(st.sampled_from("abc"), values), max_size=6), st.dictionaries(st.sampled_from("abc"), values))
def test_after_meeting_and_choosing_nothing_is_left_open(typed: list, theirs: dict) -> None:
    draft, stored = Draft(), {"a": "x"}
    for key, value in typed:
        draft.put(key, value, stored.get(key))
    mine = dict(draft.mine)
    for conflict in draft.meet(theirs, ALL):
        assert conflict.mine == mine[conflict.key]
        draft.settle(conflict.key, True, theirs)
    assert draft.meet(theirs, ALL) == []
    for key, value in mine.items():
        shown = draft.over(theirs).get(key)
        assert shown == value or (not shown and not value)


def test_drafts_are_kept_per_form_and_forgotten_together() -> None:
    drafts = Drafts()
    drafts.of("handling/1").put("a", "new", None)
    drafts.of("handling/2")
    assert (drafts.has("handling/1"), drafts.has("handling/2"), len(drafts)) == (True, False, 1)
    drafts.clear()
    assert len(drafts) == 0

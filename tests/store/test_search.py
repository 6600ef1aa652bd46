"""Search through the journal against looking at every record, on both engines."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import app.store.search
from app.domain.journal_words import codes_of
from app.station.journal_query import search_of
from app.store.opening import StationStore
from app.store.rows import Record, Search, Word, Written
from tests.store.conftest import Place

PEOPLE = ["", "李明", "zhao", "@station"]
KINDS = ["alarm", "command", "login", "config"]
NOTES = ["已到现场", "阀门卡涩", '"引号"', "100%_合格", "Pump\\A", ""]
COUNT = 400


def records() -> list[Record]:
    made = []
    for n in range(COUNT):
        kind = KINDS[n % 7 % 4]
        data = {"what": ["raised", "acknowledged"][n % 2], "rule": "HH", "note": NOTES[n % 6], "n": n}
        # the clock was set back twice
        at = n * 10 - (500 if n > 300 else 0) - (300 if 100 < n < 150 else 0)
        made.append(Record(max(0, at), kind, PEOPLE[n % 4], f"TK{n % 5}" if n % 3 else "", n % 11, data))
    return made


@pytest.fixture
def filled(place: Place, store: StationStore) -> Iterator[StationStore]:
    store.journal.append(records())
    yield store


def brute(all_of: list[Written], wanted: Search) -> list[int]:
    def fits(one: Written) -> bool:
        record = one.record
        text = "\n".join(str(value) for value in record.data.values()) + record.tag + "\n" + record.actor
        return (
            one.id > wanted.after
            and (wanted.before is None or one.id < wanted.before)
            and (wanted.start is None or record.time >= wanted.start)
            and (wanted.end is None or record.time < wanted.end)
            and (not wanted.kinds or record.kind in wanted.kinds)
            and (wanted.actor is None or record.actor == wanted.actor)
            and (wanted.tag is None or record.tag == wanted.tag)
            and (wanted.occurrence is None or record.occurrence == wanted.occurrence)
            and all(word.text.casefold() in text.casefold() for word in wanted.words)
        )

    return [one.id for one in reversed(all_of) if fits(one)]


wishes = st.builds(
    Search,
    before=st.none() | st.integers(1, COUNT + 2),
    after=st.sampled_from([0, 0, 50, 390]),
    start=st.none() | st.integers(0, 4200),
    end=st.none() | st.integers(0, 4200),
    kinds=st.lists(st.sampled_from([*KINDS, "none"]), unique=True, max_size=3).map(tuple),
    actor=st.none() | st.sampled_from([*PEOPLE[1:], "nobody"]),
    tag=st.none() | st.sampled_from(["TK1", "TK2", "TK9"]),
    occurrence=st.none() | st.integers(1, 12),
    words=st.lists(
        st.sampled_from([Word("现场"), Word("卡涩"), Word('"引号"'), Word("100%_"), Word("pump\\a"), Word("无"), Word("明")]),
        max_size=2,
        unique=True,
    ).map(tuple),
    limit=st.sampled_from([1, 7, 50, 1000]),
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(wanted=wishes, narrow=st.booleans(), hurried=st.booleans())
def test_every_page_to_the_end_is_what_looking_at_every_record_finds(
    filled: StationStore, wanted: Search, narrow: bool, hurried: bool
) -> None:
    all_of = filled.journal.read(0, 1000)
    found: list[int] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(app.store.search, "WINDOW", 37)
        patch.setattr(app.store.search, "NARROW", 20_000 if narrow else 5)
        patch.setattr(app.store.search, "WORK_S", -1.0 if hurried else 1.0)  # hurried: one window a call
        before = wanted.before
        for _ in range(COUNT * 2):
            page = filled.journal.search(replace(wanted, before=before))
            assert len(page.records) <= wanted.limit
            found += [one.id for one in page.records]
            if page.before is None:
                break
            assert before is None or page.before < before
            before = page.before
        else:
            raise AssertionError("never ends")
    assert found == brute(all_of, wanted)
    by_id = {one.id: one for one in all_of}
    assert all(one == by_id[one.id] for one in page.records)


def test_a_word_of_the_sentence_finds_its_code(filled: StationStore) -> None:
    found = filled.journal.search(search_of({"text": "确认"}, None, 1000)).records
    assert found and {one.record.data["what"] for one in found} == {"acknowledged"}
    assert '"what":"acknowledged"' in codes_of("确认")
    assert filled.journal.search(search_of({"text": "高高报 现场"}, None, 1000)).records
    assert filled.journal.search(search_of({"text": "x" * 50}, None, 1000)).records == []


def test_an_empty_journal_has_no_pages(store: StationStore) -> None:
    found = store.journal.search(Search())
    assert (found.records, found.before) == ([], None)
    assert store.journal.search(Search(start=5, kinds=("alarm",), words=(Word("x"),))).before is None

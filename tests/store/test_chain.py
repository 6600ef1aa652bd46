"""The chain's rule, checked as a stranger would: from its description alone."""

import hashlib
import json

from hypothesis import given
from hypothesis import strategies as st

from app.store.chain import GENESIS, data_text, line, link

text = st.text(st.characters(exclude_categories=("Cs",)), max_size=12)
number = st.floats(allow_nan=False, allow_infinity=False)
data = st.dictionaries(
    text, st.recursive(st.one_of(st.none(), st.booleans(), st.integers(), number, text), st.lists, max_leaves=8), max_size=4
)


@given(st.integers(1), st.integers(), text, text, text, st.integers(0), data)
def test_a_line_is_canonical_json(
    id: int, time: int, kind: str, actor: str, tag: str, occurrence: int, data: dict[str, object]
) -> None:
    whole = {"id": id, "time": time, "kind": kind, "actor": actor, "tag": tag, "occurrence": occurrence, "data": data}
    canonical = json.dumps(whole, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    found = line(id, time, kind, actor, tag, occurrence, data_text(data))
    assert found == canonical
    assert link(GENESIS, found) == hashlib.sha256(b"0" * 64 + canonical.encode()).hexdigest()


def test_the_rule_never_changes() -> None:
    """Journals out there are checked with it for years."""
    found = line(1, 1_700_000_000_000_000, "alarm", "张工", "TK101.LT", 7, data_text({"value": 1.5, "a": [1, None, True]}))
    assert found == (
        '{"actor":"张工","data":{"a":[1,null,true],"value":1.5},"id":1,"kind":"alarm","occurrence":7,'
        '"tag":"TK101.LT","time":1700000000000000}'
    )
    assert link(GENESIS, found) == "28d746df90d703ba744a446704d0f3a9069575326c361c1d8715951ff701b287"

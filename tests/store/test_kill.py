"""Kill -9 in the middle of appends: whatever was confirmed is there, and the chain is whole."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.store.conftest import Place

WRITER = """
import sys
from pathlib import Path
from app.domain.alarm import RuleState
from app.store import open_store
from app.store.rows import OccurrenceRow, Record
store = open_store(Path(sys.argv[1]), sys.argv[2] or None)
number = store.journal.last_occurrence()
while True:
    batch = range(number + 1, number + 8)
    number += 7
    written = store.journal.append(
        [Record(n, "alarm", "", "T", n, {"n": n}) for n in batch],
        {f"T{n % 50}/H": RuleState(active=True, occurrence=n) for n in batch},
        [OccurrenceRow(n, "T", "H", "high", "V", "UNACK", n, 1.0, "", "", n) for n in batch],
    )
    print(written[-1].id, number, flush=True)
"""


@pytest.mark.parametrize("confirmed", [3, 60])
def test_what_was_confirmed_survives(place: Place, confirmed: int) -> None:
    last_id = last_number = 0
    for _ in range(2):  # the second writer starts from what the first one left
        with subprocess.Popen(
            [sys.executable, "-c", WRITER, str(place.data), place.url or ""],
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parents[2],
        ) as writer:
            assert writer.stdout is not None
            for _ in range(confirmed):
                last_id, last_number = map(int, writer.stdout.readline().split())
            writer.kill()
            for line in writer.stdout.read().splitlines(keepends=True):
                if line.endswith("\n"):
                    last_id, last_number = map(int, line.split())
        store = place.open()
        verdict = store.journal.verify()
        assert verdict.broken_at is None, verdict
        # a batch may be complete whose confirmation was never heard; half a batch never is
        assert verdict.count in (last_id, last_id + 7)
        newest = verdict.count
        assert store.journal.last_occurrence() == newest
        assert last_number <= newest
        assert store.journal.occurrences(limit=1)[0].occurrence == newest
        states = store.journal.states()
        assert max(state.occurrence for state in states.values()) == newest
        place.close()

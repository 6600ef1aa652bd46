"""Killed at any moment: at most the last second of values is gone, none before it, and never an alarm."""

import contextlib
import random
import sys
from pathlib import Path

import pytest

from app.store import open_store
from app.store.ports import pages
from tests.station.rig import people_in
from tests.station.storm import round_of
from tests.station.test_process import Witness, package, process

ENDS_OF_TIME = (0, 2**60)


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL")
async def test_a_crash_takes_at_most_the_last_second_of_values(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data, site, log = tmp_path / "data", package(tmp_path / "site"), tmp_path / "rounds"
    monkeypatch.setenv("STORM_LOG", str(log))
    people_in(data)
    witness, moments = Witness(), random.Random()
    for start in (str(site), "-", "-"):
        published = _rounds(log)
        async with process(start, str(data)) as (child, url):
            await witness.watch(url, moments.uniform(0.8, 1.8), child)
        said = _rounds(log)
        mine = range(len(published) + 1, len(said) + 1)
        with contextlib.closing(open_store(data)) as store:
            for tag in ("T0", "T49"):
                kept = [round_of(float(one.value)) for one in store.historian.raw(tag, *ENDS_OF_TIME) if one.value is not None]
                kept = [number for number in kept if number in mine]
                assert kept == list(range(mine.start, mine.start + len(kept))), "none in the middle, none twice"
                lost = said[mine.stop - 1] - (said[kept[-1]] if kept else 0.0)
                assert lost <= 1.0, f"{mine.stop - 1 - (kept[-1] if kept else 0)} rounds"
            assert store.journal.verify().broken_at is None
            written = {line.id for line in pages(store.journal, "alarm")}
            assert witness.events.keys() <= written, "an alarm that was shown is on record"
    assert len(witness.events) > 500


def _rounds(log: Path) -> dict[int, float]:
    """Number of each round to the moment it was published."""
    lines = log.read_text().splitlines() if log.exists() else []
    return {int(number): float(at) for number, at in (line.split() for line in lines)}

"""Killed in the middle of acknowledging: an acknowledgement and its handling form are there together, or neither is."""

import sys
from collections import Counter
from pathlib import Path

import pytest

from app.store import open_store
from app.store.ports import pages
from tests.station.rig import people_in
from tests.station.test_process import Witness, package, process


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL")
async def test_every_acknowledged_alarm_has_its_one_form(tmp_path: Path) -> None:
    data, site = tmp_path / "data", package(tmp_path / "site")
    people_in(data)
    witness = Witness()
    for start in (str(site), "-"):
        async with process(start, str(data)) as (child, url):
            await witness.watch(url, 1.5, child)
    store = open_store(data)
    try:
        lines = [line.record for line in pages(store.journal, "alarm")]
        acked = {one.occurrence for one in lines if one.data["what"] == "acknowledged" and one.data["rule"] in ("H", "HH")}
        forms = store.forms.find(kind="handling", limit=100_000)
        assert len(acked) > 20 and witness.acknowledged & acked
        assert Counter(form.subject for form in forms) == Counter(f"occurrence:{one}" for one in acked)
        assert len({form.body["number"] for form in forms}) == len(forms)
        assert store.journal.verify().broken_at is None  # which also holds each form against its record
    finally:
        store.close()

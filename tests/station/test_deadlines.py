"""Time limits at the real station: told once each, journalled, through a restart in the middle."""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from app.domain.duty import Duty
from app.domain.instant import MINUTE
from app.station.clock import StationClock
from app.station.deadlines import Deadlines
from app.store.ports import StoreUnavailable
from tests.station.rig import Rig, a_site, running, tag, until

LADDER = [{"after_min": 0, "person": "甲", "contact": "138"}, {"after_min": 20, "person": "乙"}]
OPTIONS = {"handling": {"ladder": [{"hazard_source": "H1", "steps": LADDER}], "sign_min": {"high": 5}}}


def site() -> Any:
    return a_site(tag("T1"), options=OPTIONS)


async def raised(rig: Rig) -> int:
    rig.field["dcs"].say("T1", 81.0)
    alarm = await rig.has("T1", "H", "UNACK")
    assert rig.station.formwork.deadlines is not None
    return int(alarm["occurrence"])


def listening(rig: Rig) -> list[tuple[str, int, str]]:
    heard: list[tuple[str, int, str]] = []

    def hear(duty: Duty) -> None:
        heard.append((duty.kind, duty.level, duty.person))

    rig.station.duties.append(hear)
    return heard


async def journalled(rig: Rig) -> list[tuple[str, int, str]]:
    lines = [line["data"] for line in await rig.get("/journal", "zhao", kind="duty")]
    return [(data["what"], data["level"], data["person"]) for data in lines if data["what"] != "offered"]


def minutes_later(monkeypatch: pytest.MonkeyPatch, minutes: int) -> None:
    """The next station starts with a clock that is so far on."""
    monkeypatch.setattr("app.station.station.StationClock", lambda: StationClock(lambda: time.time_ns() + minutes * 60 * 10**9))


async def told(rig: Rig, wanted: list[tuple[str, int, str]]) -> None:
    async def there() -> bool:
        return sorted(await journalled(rig)) == sorted(wanted)

    await until(there, f"{wanted} in the journal")
    await rig.station.formwork.deadlines.look(rig.station.clock.now())
    assert await there(), "told a second time"


FIRST = [("uncleared", 0, ""), ("unsigned", 0, ""), ("unsigned", 1, "甲")]


async def test_an_escalation_goes_on_through_restarts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with running(tmp_path, site()) as rig:
        await raised(rig)
        await told(rig, [])
    minutes_later(monkeypatch, 6)
    async with running(tmp_path, site()) as rig:
        await told(rig, FIRST)
        late = rig.station.extras["overdue"]()
        assert late["count"] == 1 and late["items"][0]["kind"] == "unsigned" and "非官方" in late["basis"]
    minutes_later(monkeypatch, 7)
    async with running(tmp_path, site()) as rig:
        await told(rig, FIRST)
    minutes_later(monkeypatch, 26)
    async with running(tmp_path, site()) as rig:
        await told(rig, [*FIRST, ("uncleared", 1, ""), ("unsigned", 2, "乙")])


async def test_what_was_written_and_never_offered_is_offered_after_a_crash(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[tuple[str, int, str]] = []
    offer = Deadlines._offer

    def noting(self: Deadlines, duties: Sequence[Duty], now: int) -> None:
        heard.extend((duty.kind, duty.level, duty.person) for duty in duties)
        offer(self, duties, now)

    async with running(tmp_path, site()) as rig:
        await raised(rig)
    minutes_later(monkeypatch, 6)
    monkeypatch.setattr(Deadlines, "_offer", lambda *_: None)  # killed right after the transaction
    async with running(tmp_path, site()) as rig:
        await told(rig, FIRST)
    monkeypatch.setattr(Deadlines, "_offer", noting)
    async with running(tmp_path, site()) as rig:
        await told(rig, FIRST)
        assert sorted(heard) == FIRST
    heard.clear()
    async with running(tmp_path, site()) as rig:
        await told(rig, FIRST)
        assert heard == []


async def test_a_signed_alarm_is_not_escalated_but_its_form_is(tmp_path: Path) -> None:
    async with running(tmp_path, site()) as rig:
        heard = listening(rig)
        occurrence = await raised(rig)
        await rig.post(f"/alarms/{occurrence}/ack", {"note": "好"})
        await rig.station.formwork.deadlines.look(rig.station.clock.now() + 31 * MINUTE)
        assert sorted(heard) == [
            ("overdue", 0, ""),
            ("overdue", 1, "甲"),
            ("uncleared", 0, ""),
            ("uncleared", 1, ""),
            ("uncleared", 2, ""),
        ]


async def test_nothing_counts_as_told_while_it_cannot_be_written(tmp_path: Path) -> None:
    async with running(tmp_path, site()) as rig:
        heard = listening(rig)
        await raised(rig)
        now = rig.station.clock.now() + 6 * MINUTE
        rig.station.writer.trouble = "磁盘满"
        with pytest.raises(StoreUnavailable):
            await rig.station.formwork.deadlines.look(now)
        assert heard == []
        rig.station.writer.trouble = ""
        await rig.station.formwork.deadlines.look(now)
        assert len(heard) == 3


async def test_a_shelve_request_nobody_answers_ends_by_itself(tmp_path: Path) -> None:
    async with running(tmp_path, site()) as rig:
        occurrence = await raised(rig)
        subject = f"occurrence:{occurrence}"
        status, form = await rig.post(
            "/forms/shelve_request", {"subject": subject, "fields": {"minutes": 10, "reason": "检修"}}
        )
        assert status == 201, form
        await rig.station.formwork.approvals.expire(rig.station.clock.now() + 31 * MINUTE)
        path = f"/forms/shelve_request/{form['id']}"

        async def expired() -> bool:
            return (await rig.get(path))["state"] == "expired"

        await until(expired, "expired")

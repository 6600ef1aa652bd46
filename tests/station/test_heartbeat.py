"""The station's pulse: what holds the loop up is measured and told; the system's supervisor hears from a free loop."""

import asyncio
import socket
import time

import pytest

from app.station.heartbeat import BEAT_S, STANDS_S, WINDOW_S, Heartbeat
from app.station.sdnotify import notify, watchdog_s
from tests.station.rig import running


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def heart(clock: Clock, watchdog: float | None = None) -> tuple[Heartbeat, list[str], list[str]]:
    told: list[str] = []
    alive: list[str] = []
    made = Heartbeat(2.0, told.append, clock, lambda said: not alive.append(said), watchdog)
    made._due = clock.now + BEAT_S
    return made, told, alive


def beat(made: Heartbeat, clock: Clock, late: float = 0.0) -> None:
    clock.now = made._due + late
    made.beat()


@pytest.mark.parametrize(("late", "alarms"), [(0.0, 0), (0.5, 0), (2.0, 0), (2.1, 1), (30.0, 1)])
def test_a_hold_is_an_alarm_beyond_its_limit(late, alarms) -> None:
    clock = Clock()
    made, told, _ = heart(clock)
    beat(made, clock)
    beat(made, clock, late)
    assert len([text for text in told if text]) == alarms == made.holds
    assert (round(made.longest, 6), round(made.worst, 6)) == (late, late)


def test_the_alarm_of_a_hold_goes_when_it_was_calm_for_a_minute() -> None:
    clock = Clock()
    made, told, _ = heart(clock)
    beat(made, clock, 5.0)
    while clock.now < 105.25 + STANDS_S - 1:
        beat(made, clock)
    assert told[-1] != ""
    while clock.now < 105.25 + STANDS_S + 1:
        beat(made, clock)
    assert told[-1] == ""
    assert len(told) == 2


def test_the_worst_is_that_of_the_last_ten_minutes_and_the_longest_stays() -> None:
    clock = Clock()
    made, *_ = heart(clock)
    beat(made, clock, 1.5)
    beat(made, clock, 0.4)
    assert made.worst == pytest.approx(1.5)
    clock.now = 101.75 + WINDOW_S + 0.1
    made._due = clock.now
    beat(made, clock)
    assert made.worst == pytest.approx(0.4)
    assert made.longest == pytest.approx(1.5)


def test_the_supervisor_hears_four_times_in_its_patience() -> None:
    clock = Clock()
    made, _, alive = heart(clock, watchdog=4.0)
    for _ in range(40):  # ten seconds
        beat(made, clock)
    assert set(alive) == {"WATCHDOG=1"}
    assert 9 <= len(alive) <= 11


@pytest.mark.parametrize(
    ("environment", "seconds"),
    [
        ({}, None),
        ({"WATCHDOG_USEC": "30000000"}, 30.0),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "7"}, 30.0),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "8"}, None),
        ({"WATCHDOG_USEC": "0"}, None),
        ({"WATCHDOG_USEC": "soon"}, None),
    ],
)
def test_the_patience_of_the_supervisor(environment, seconds) -> None:
    assert watchdog_s(environment, pid=7) == seconds


@pytest.mark.skipif(not hasattr(socket, "AF_UNIX"), reason="sockets of systemd's kind")
@pytest.mark.parametrize("abstract", [False, True])
def test_a_word_to_the_supervisor_arrives(tmp_path, abstract) -> None:
    name = f"@hazwatch-{time.time_ns()}" if abstract else str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ear:
        ear.bind("\0" + name[1:] if abstract else name)
        ear.settimeout(5)
        assert notify("READY=1", {"NOTIFY_SOCKET": name})
        assert ear.recv(100) == b"READY=1"
    assert not notify("READY=1", {})
    assert not notify("READY=1", {"NOTIFY_SOCKET": str(tmp_path / "nobody")})


async def test_a_station_whose_loop_was_held_says_so(tmp_path) -> None:
    async with running(tmp_path) as rig:
        await asyncio.sleep(BEAT_S)
        rig.station.heart._held_s = 0.2
        time.sleep(0.6)  # noqa: ASYNC251 - what it is about
        for _ in range(100):
            if rig.station.notices.get("loop"):
                break
            await asyncio.sleep(0.02)
        assert "站停顿了" in rig.station.notices.get("loop")
        assert rig.station.engine.watches["@station/loop"].states[0].active

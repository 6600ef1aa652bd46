"""The horn: repeats until silenced, never mutes the next alarm, and says when it cannot be heard."""

import itertools
import os
import stat
import sys

import pytest

from app.domain.tag import Priority
from app.domain.wire import EventMsg
from tests.widgets.alarms.test_queue import alarm
from widgets.alarms import horn as horn_module
from widgets.alarms.horn import SOUNDS, Horn
from widgets.alarms.pattern import AGAIN_S, LOST_S, REPEAT_S, Pattern
from widgets.alarms.tones import MELODIES, wav


@pytest.mark.parametrize("name", MELODIES)
def test_shipped_sounds_are_what_the_table_says(name: str) -> None:
    assert (SOUNDS / f"{name}.wav").read_bytes() == wav(name)


def test_tones_of_priorities_are_a_fifth_apart() -> None:
    pitches = sorted(max(pitch for pitch, _ in MELODIES[priority.word]) for priority in Priority)
    assert all(high >= 1.2 * low for low, high in itertools.pairwise(pitches))


@pytest.mark.parametrize("priority", list(Priority))
def test_repeats_until_silenced(priority: Priority) -> None:
    pattern = Pattern()
    pattern.take([alarm(1, priority=priority.word)])
    every = REPEAT_S[priority]
    heard = [at for at in range(60) if pattern.due(at)]
    assert len(heard) >= 60 // (every + 1) and heard[1] - heard[0] >= every
    pattern.silence(60)
    assert not [at for at in range(60, 170) if pattern.due(at)]


def test_silence_is_not_acknowledgement_and_mutes_no_later_alarm() -> None:
    pattern = Pattern()
    pattern.take([alarm(1)])
    pattern.silence(0)
    assert pattern.unacked and pattern.due(1) is None
    pattern.take([alarm(2, "T2", priority="low")])
    pattern.annunciated(2)
    assert pattern.due(2) == "low"


def test_gravest_sounds() -> None:
    pattern = Pattern()
    pattern.take([alarm(1, priority="low"), alarm(2, "T2", priority="critical"), alarm(3, "T3")])
    assert pattern.due(0) == "critical"


def test_a_silenced_critical_alarm_nobody_acknowledged_sounds_again() -> None:
    pattern = Pattern()
    pattern.take([alarm(1, priority="critical")])
    pattern.silence(0)
    assert pattern.due(AGAIN_S - 1) is None and pattern.due(AGAIN_S) == "critical"


def test_the_same_alarm_sounds_again_when_it_comes_back_from_a_shelf() -> None:
    pattern = Pattern()
    pattern.take([alarm(1)])
    pattern.silence(0)
    pattern.annunciated(1)
    assert pattern.due(1) == "high"


@pytest.mark.parametrize("state", ["ACKED", "NORM", "SHLVD", "LAKED"])
def test_quiet_once_nothing_asks(state: str) -> None:
    pattern = Pattern()
    pattern.take([alarm(1)])
    pattern.take([alarm(1, state=state)])
    assert pattern.due(100) is None


def test_a_lost_station_sounds_until_silenced_and_the_next_loss_again() -> None:
    pattern = Pattern()
    assert pattern.due(0) is None
    pattern.lose(True)
    assert [at for at in range(20) if pattern.due(at) == "lost"] == [0, LOST_S, 2 * LOST_S, 3 * LOST_S]
    pattern.silence(20)
    assert not [at for at in range(20, 20 + int(AGAIN_S)) if pattern.due(at)]
    assert pattern.due(20 + AGAIN_S) == "lost", "still lost after two minutes"
    pattern.lose(False)
    assert pattern.due(500) is None
    pattern.lose(True)
    assert pattern.due(501) == "lost"


def test_a_loss_and_an_alarm_are_both_heard() -> None:
    pattern = Pattern()
    pattern.take([alarm(1, priority="critical")])
    pattern.lose(True)
    assert {pattern.due(at / 4) for at in range(8)} == {"lost", "critical", None}


@pytest.fixture
def player(tmp_path, monkeypatch):
    """A system whose only player is a program of ours that writes down what it played."""
    if sys.platform == "win32":
        pytest.skip("winsound is asked directly")
    program, log = tmp_path / "aplay", tmp_path / "played"
    program.write_text(f'#!/bin/sh\necho "$2" >> {log}\nexit "${{PLAYER_EXIT:-0}}"\n')
    program.chmod(program.stat().st_mode | stat.S_IEXEC)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}/bin{os.pathsep}/usr/bin")
    monkeypatch.setattr("widgets.alarms.player._PLAYERS", (["aplay", "-q"],))
    return log


def played(log) -> list[str]:
    return [line.rsplit("/", 1)[-1] for line in log.read_text().split()] if log.exists() else []


def test_an_alarm_is_played(qtbot, player) -> None:
    horn = Horn()
    horn.replace_alarms([alarm(1, priority="critical")])
    qtbot.waitUntil(lambda: played(player) == ["critical.wav"])
    horn.close()


def test_a_return_is_told_apart(qtbot, player) -> None:
    horn = Horn()
    horn.put_alarms([alarm(1, state="NORM")])
    horn.put_events([EventMsg(1, "", "cleared", "T1", "H", 1, "ACKED", "NORM", False, "high")])
    qtbot.waitUntil(lambda: played(player) == ["return.wav"])
    horn.close()


def test_a_mute_desk_says_so_and_takes_it_back(qtbot, player, monkeypatch) -> None:
    monkeypatch.setenv("PLAYER_EXIT", "1")
    horn = Horn()
    with qtbot.waitSignal(horn.fault) as said:
        horn.test()
    assert said.args[0]
    monkeypatch.setenv("PLAYER_EXIT", "0")
    with qtbot.waitSignal(horn.fault) as said:
        horn.test()
    assert said.args == [""]
    horn.close()


def test_a_mute_desk_says_so_again(qtbot, player, monkeypatch) -> None:
    monkeypatch.setenv("PLAYER_EXIT", "1")
    monkeypatch.setattr(horn_module, "FAULT_AGAIN_S", 0.0)
    horn = Horn()
    for _ in range(2):
        with qtbot.waitSignal(horn.fault) as said:
            horn.test()
        assert said.args[0]
    horn.close()


def test_a_lost_station_is_played(qtbot, player) -> None:
    horn = Horn()
    with qtbot.waitSignal(horn.sounding_changed) as said:
        horn.set_lost(True)
    assert said.args == [True]
    qtbot.waitUntil(lambda: played(player) == ["lost.wav"])
    with qtbot.waitSignal(horn.sounding_changed) as said:
        horn.silence()
    assert said.args == [False]
    horn.close()

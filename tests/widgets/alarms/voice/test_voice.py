"""Voice and horn together: sentence and tone take turns, an alarm cuts a sentence short, silence ends both."""

import os
import stat
import sys
import threading
import wave
from pathlib import Path

import pytest

from app.domain.settings.voice import VoiceSettings
from app.domain.wire import EventMsg
from tests.widgets.alarms.test_queue import alarm
from widgets.alarms.horn import Horn
from widgets.alarms.voice.speakers import SpeechFailed
from widgets.alarms.voice.voice import Voice

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="winsound is asked directly")


class Scribe:
    """An engine that writes down what it says; the sound it makes is empty."""

    key, name = "scribe", "记录员"

    def __init__(self) -> None:
        self.said: list[str] = []
        self.fails = False
        self.free = threading.Event()
        self.free.set()

    def missing(self) -> str:
        return ""

    def render(self, text: str, rate: float, file: Path) -> None:
        assert self.free.wait(60)
        if self.fails:
            raise SpeechFailed("坏了")
        self.said.append(text)
        with wave.open(str(file), "wb") as out:
            out.setnchannels(1)
            out.setsampwidth(2)
            out.setframerate(8000)
            out.writeframes(bytes(1600))


class Desk:
    """A horn with its voice over a player that writes down what it played; a sentence takes as long as `slow` says."""

    def __init__(self, folder: Path) -> None:
        self.log, self.slow = folder / "played", folder / "slow"
        self.slow.write_text("0")
        player = folder / "aplay"
        player.write_text(
            f'#!/bin/sh\nslow=$(cat {self.slow})\necho "$2" >> {self.log}\ncase "$2" in */voice-*) exec sleep $slow;; esac\n'
        )
        player.chmod(player.stat().st_mode | stat.S_IEXEC)
        self.scribe = Scribe()
        self.voice = Voice(folder / "voice", make=lambda: [self.scribe])
        self.horn = Horn(voice=self.voice)

    @property
    def played(self) -> list[str]:
        """`tone` names, and "speech"."""
        lines = self.log.read_text().split() if self.log.exists() else []
        names = [line.rsplit("/", 1)[-1].removesuffix(".wav") for line in lines]
        return ["speech" if name.startswith("voice-") else name for name in names]

    def annunciate(self, number: int, tag: str = "T1", priority: str = "high") -> None:
        one = alarm(number, tag, priority=priority)
        self.horn.put_alarms([one])
        self.horn.put_events([EventMsg(number, "", "raised", tag, "H", number, "NORM", "UNACK", True, priority)])


@pytest.fixture
def desk(qtbot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}/usr/bin{os.pathsep}/bin")
    monkeypatch.setattr("widgets.alarms.player._PLAYERS", (["aplay", "-q"],))
    made = Desk(tmp_path)
    yield made
    made.scribe.free.set()
    made.horn.close()


def test_the_tone_comes_first_and_then_they_take_turns(qtbot, desk: Desk) -> None:
    desk.slow.write_text("2.6")  # longer than from one tone to the next, as sentences are
    desk.annunciate(1, "T1", "critical")
    desk.annunciate(2, "T2", "critical")
    qtbot.waitUntil(lambda: desk.played.count("speech") >= 2, timeout=12000)
    assert desk.played[0] == "critical"
    first, second = [n for n, name in enumerate(desk.played) if name == "speech"][:2]
    assert second - first >= 2, "a tone between two sentences"
    assert len(desk.scribe.said) == 2 and all(text.startswith("紧急") for text in desk.scribe.said)


def test_a_new_alarm_cuts_a_sentence_short_and_it_is_said_again(qtbot, desk: Desk) -> None:
    desk.slow.write_text("30")
    desk.annunciate(1, "T1")
    qtbot.waitUntil(lambda: desk.played[-1:] == ["speech"], timeout=4000)
    desk.slow.write_text("0")
    desk.annunciate(2, "T2", "critical")
    qtbot.waitUntil(lambda: "critical" in desk.played, timeout=2000)
    qtbot.waitUntil(lambda: desk.played.count("speech") >= 3, timeout=9000)
    assert len(desk.scribe.said) == 2, "rendered once each, and the first heard twice"


def test_an_engine_that_hangs_does_not_hold_the_horn(qtbot, desk: Desk) -> None:
    desk.scribe.free.clear()
    desk.annunciate(1, "T1", "critical")
    qtbot.waitUntil(lambda: desk.played.count("critical") >= 2, timeout=6000)
    assert "speech" not in desk.played


def test_silence_ends_the_sentence_and_what_waits(qtbot, desk: Desk) -> None:
    desk.slow.write_text("30")
    desk.horn.replace_alarms([alarm(1, state="UNACK")])
    desk.horn.silence()
    desk.slow.write_text("0")
    desk.annunciate(2, "T2")
    desk.annunciate(3, "T3")
    desk.horn.silence()
    desk.annunciate(4, "T4")
    qtbot.waitUntil(lambda: len(desk.scribe.said) >= 1 and "speech" in desk.played, timeout=6000)
    qtbot.waitUntil(lambda: desk.voice.is_idle, timeout=4000)
    heard = [text for text in desk.scribe.said if "T 四" in text]
    assert heard and desk.played.count("speech") == 1


def test_what_was_acknowledged_while_it_was_rendered_is_not_heard(qtbot, desk: Desk) -> None:
    desk.scribe.free.clear()
    desk.annunciate(1, "T1")
    qtbot.waitUntil(lambda: "high" in desk.played, timeout=4000)
    desk.horn.put_alarms([alarm(1, "T1", state="ACKED")])
    desk.scribe.free.set()
    qtbot.waitUntil(lambda: desk.voice.is_idle, timeout=4000)
    assert desk.scribe.said and "speech" not in desk.played


def test_who_speaks_is_said_honestly(qtbot, desk: Desk) -> None:
    desk.horn.test()
    qtbot.waitUntil(lambda: "记录员" in desk.voice.about, timeout=4000)
    assert desk.scribe.said[0].startswith("试音")
    desk.scribe.fails = True
    with qtbot.waitSignal(desk.voice.changed, timeout=4000):
        desk.horn.test()
    assert "坏了" in desk.voice.about
    desk.voice.configure(VoiceSettings(), here=False)
    assert "本席已关闭" in desk.voice.about
    desk.voice.configure(VoiceSettings(on=False), here=True)
    assert "站点设置关闭" in desk.voice.about


def test_a_seat_without_voice_still_has_its_horn(qtbot, desk: Desk) -> None:
    desk.voice.configure(VoiceSettings(), here=False)
    desk.annunciate(1, "T1", "critical")
    qtbot.waitUntil(lambda: desk.played.count("critical") >= 2, timeout=6000)
    assert not desk.scribe.said and "speech" not in desk.played


def test_standing_alarms_are_told_once_after_a_login(qtbot, desk: Desk) -> None:
    standing = [alarm(1, "T1"), alarm(2, "T2")]
    desk.horn.replace_alarms(standing)
    qtbot.waitUntil(lambda: "speech" in desk.played, timeout=6000)
    desk.horn.replace_alarms(standing)
    assert desk.scribe.said == ["当前未确认报警两条"]
    desk.horn.set_lost(True)
    qtbot.waitUntil(lambda: len(desk.scribe.said) == 2, timeout=4000)
    desk.horn.set_lost(False)
    desk.horn.replace_alarms(standing)
    qtbot.waitUntil(lambda: len(desk.scribe.said) == 3, timeout=9000)
    assert "通信中断" in desk.scribe.said[1] and desk.scribe.said[2] == "当前未确认报警两条"


def test_the_device_is_looked_at_without_noise(qtbot, desk: Desk) -> None:
    with qtbot.waitSignal(desk.horn.checked, timeout=4000) as said:
        desk.horn.watch_device()
    assert said.args[0] == "" and said.args[1] and desk.played == ["silence"]

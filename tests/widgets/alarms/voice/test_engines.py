"""Text to sound: the shipped clips say all the table can make; engines that fail are told and passed over."""

import os
import shutil
import stat
import sys
import wave
import zipfile
from array import array
from functools import cache
from pathlib import Path

import pytest

from widgets.alarms.voice.adpcm import samples_of, wav_file
from widgets.alarms.voice.clips import CLIPS, RATE, ClipSpeaker
from widgets.alarms.voice.espeak import EspeakSpeaker
from widgets.alarms.voice.readings import LETTERS, _tables, read, with_tones
from widgets.alarms.voice.sapi import SapiSpeaker
from widgets.alarms.voice.speakers import Speakers, SpeechFailed
from widgets.alarms.voice.spoken import PRIORITIES, RULES, TEST_WORDS, UNITS, standing_words

MOST_BYTES = 4_000_000


@pytest.mark.parametrize(
    ("text", "syllables"),
    [
        ("紧急 液位 高高 九十二点一米", "jin3 ji2 , ye4 wei4 , gao1 gao1 , jiu3 shi2 er4 dian3 yi1 mi3"),
        ("重复 重大", "chong2 fu4 , zhong4 da4"),
        ("长输管线", "chang2 shu1 guan3 xian4"),
        ("切断阀 卸车 量程", "qie1 duan4 fa2 , xie4 che1 , liang4 cheng2"),
        ("T 三零二", "ti4 san1 ling2 er4"),
        ("幺", "yao1"),
        ("？！", ""),
    ],
)
def test_readings(text: str, syllables: str) -> None:
    assert " ".join(read(text)) == syllables


def test_third_tones_in_a_row() -> None:
    assert with_tones(["jiu3", "dian3", "mi3"]) == ["jiu2", "dian2", "mi3"]
    assert with_tones(["mi3", ",", "mi3"]) == ["mi3", ",", "mi3"]
    assert with_tones(["jin3", "ji2"]) == ["jin3h", "ji2"]


@cache
def names() -> frozenset[str]:
    with zipfile.ZipFile(CLIPS) as archive:
        return frozenset(name.removesuffix(".wav") for name in archive.namelist())


def test_every_syllable_of_the_readings_has_a_clip() -> None:
    usual, words = _tables()
    needed = set(usual.values()) | {s for said in (*words.values(), *LETTERS.values()) for s in said.split()}
    assert len(usual) > 6700 and not {one for one in needed if one not in names()}


def test_every_word_of_ours_is_read_whole() -> None:
    speaker = ClipSpeaker()
    assert speaker.missing() == ""
    for text in (*PRIORITIES.values(), *RULES.values(), *(u.replace("*", "一") for u in UNITS.values()), standing_words(37, 2)):
        said = [part for part in speaker.parts(text) if part not in (",", ".")]
        assert said and all(part in names() for part in said), text
        assert sum(len([c for c in part if c.isdigit()]) for part in said) == len([s for s in read(text) if s not in ",."])


def test_the_set_is_small() -> None:
    assert sum(file.stat().st_size for file in CLIPS.parent.iterdir()) < MOST_BYTES


def test_adpcm_keeps_the_sound() -> None:
    import math

    pcm = array("h", [round(12_000 * math.sin(n / 9)) for n in range(3000)])
    back = array("h", samples_of(wav_file(pcm.tobytes(), RATE)))
    assert len(back) == len(pcm)
    noise = sum((a - b) ** 2 for a, b in zip(pcm, back, strict=True)) / sum(a * a for a in pcm)
    assert noise < 0.01
    with pytest.raises(ValueError, match="ADPCM"):
        samples_of(b"RIFF\0\0\0\0WAVEfmt ")


def loudness(file: Path) -> tuple[float, float]:
    """Seconds, and the share of the loudest possible at its peak."""
    with wave.open(str(file), "rb") as sound:
        assert (sound.getnchannels(), sound.getsampwidth()) == (1, 2)
        samples = array("h", sound.readframes(sound.getnframes()))
        return len(samples) / sound.getframerate(), max(map(abs, samples)) / 32768


def test_clips_make_a_sentence(tmp_path: Path) -> None:
    file = tmp_path / "a.wav"
    ClipSpeaker().render(TEST_WORDS, 1.0, file)
    seconds, peak = loudness(file)
    assert 4 < seconds < 12 and 0.5 < peak < 1.0
    ClipSpeaker().render(TEST_WORDS, 1.25, file)
    assert loudness(file)[0] == pytest.approx(seconds / 1.25, rel=0.01)


def test_damaged_clips_are_told(tmp_path: Path) -> None:
    (tmp_path / "clips.zip").write_bytes(b"nothing")
    speaker = ClipSpeaker(tmp_path / "clips.zip")
    assert "clips.zip" in speaker.missing()
    with pytest.raises(SpeechFailed):
        speaker.render("一", 1.0, tmp_path / "a.wav")


@pytest.mark.skipif(shutil.which("espeak-ng") is None, reason="espeak-ng is not installed")
def test_espeak_speaks_mandarin(tmp_path: Path) -> None:
    speaker = EspeakSpeaker()
    assert speaker.missing() == ""
    speaker.render(TEST_WORDS, 1.0, tmp_path / "a.wav")
    seconds, peak = loudness(tmp_path / "a.wav")
    assert 4 < seconds < 15 and peak > 0.2


def program(folder: Path, name: str, script: str) -> None:
    file = folder / name
    file.write_text("#!/bin/sh\n" + script)
    file.chmod(file.stat().st_mode | stat.S_IEXEC)


needs_sh = pytest.mark.skipif(sys.platform == "win32", reason="programs of ours are shell scripts")


@needs_sh
def test_espeak_without_mandarin_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert EspeakSpeaker().missing()
    program(tmp_path, "espeak-ng", "echo 'Pty Language'\n")
    assert EspeakSpeaker().missing()


@needs_sh
def test_windows_voice_is_asked_in_its_own_tongue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A program that answers as PowerShell does, and writes down the script it was given."""
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}/usr/bin{os.pathsep}/bin")
    said, out = tmp_path / "said", tmp_path / "声音.wav"
    program(
        tmp_path, "powershell", f'echo "$4" | base64 -d | iconv -f UTF-16LE -t UTF-8 > {said}\necho Microsoft Huihui Desktop\n'
    )
    speaker = SapiSpeaker()
    assert speaker.missing() == "" and speaker.name == "Microsoft Huihui Desktop"
    assert "zh-CN" in said.read_text()
    with pytest.raises(SpeechFailed):  # it wrote nothing
        speaker.render("紧急", 1.2, out)
    assert "57Sn5oCl" in said.read_text() and "$s.Rate = 2;" in said.read_text()
    program(tmp_path, "powershell", "exit 0\n")
    assert SapiSpeaker().missing()


class Broken:
    key, name = "espeak", "坏引擎"

    def missing(self) -> str:
        return ""

    def render(self, text: str, rate: float, file: Path) -> None:
        raise SpeechFailed("声音库损坏")


def test_the_next_engine_takes_over_and_both_are_told(tmp_path: Path) -> None:
    speakers = Speakers([Broken(), ClipSpeaker()])
    speakers.render("紧急", 1.0, tmp_path / "a.wav")
    assert speakers.used is not None and speakers.used.key == "clips"
    assert speakers.faults == {"坏引擎": "声音库损坏"}
    with pytest.raises(SpeechFailed, match="声音库损坏"):
        Speakers([Broken()]).render("紧急", 1.0, tmp_path / "a.wav")

"""Makes the clips of the built-in voice (内置语音) and its reading table. The product never runs this.

    python installers/voice_clips.py            needs espeak-ng >= 1.51 on the path, and pypinyin and numpy in this Python

Writes into resources/voice:
    readings.txt   syllable (pinyin with the tone's number) and the characters read so: all of GB 2312
    words.txt      words whose characters are read otherwise in them than alone
    clips.zip      one WAV file a syllable, and one a word of PHRASES: mono, 16 kHz, IMA ADPCM

The engine is espeak-ng, run as a program: `espeak-ng -v cmn-latn-pinyin`. Not `-v cmn`: that of 1.51 (Debian 12) reads the
tones as English numbers (https://github.com/espeak-ng/espeak-ng/issues/1028). Words come from pypinyin (MIT).
"""

import io
import re
import struct
import subprocess
import sys
import tempfile
import wave
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy
from pypinyin import Style, lazy_pinyin, pinyin
from pypinyin.phrases_dict import phrases_dict

VOICE = Path(__file__).resolve().parents[1] / "resources" / "voice"
sys.path.insert(0, str(VOICE.parents[1]))
RATE = 16_000
SPEED = "200"
PEAK = 0.8
# Said so often that they should sound like one word, not like syllables in a row.
PHRASES = """
    PHRASES = "" 紧急 重要 一般 提示 报警 高高 低低 高报 低报 上限 下限 恢复 数据失效 数据源中断 状态报警
    站自身故障 新增报警 报警泛滥 其中紧急 液位 温度 压力 流量 风速 风向 氧气 浓度 可燃气体 有毒气体 罐区 储罐 球罐
    泵房 装卸区 装置区 百分之 摄氏度 千帕 兆帕 毫米 厘米 立方米每小时 吨每小时 公斤 爆炸下限 一号 二号 三号 四号
    五号 六号 七号 八号 九号 十号 当前 未确认 未恢复 已恢复 试音 值守席 通信中断 处置 超时 请确认
""".split()  # noqa: SIM905  one list to read and to add to
# How letters are called, and syllables of those calls that no character of GB 2312 has.
EXTRA = ("kei4", "zei4", "ai2", "da2", "bu5", "fu5", "mu5", "si5", "lou5", "qi2", "you5", "ke5", "ei1", "a4", "qie1")


def readings() -> tuple[dict[str, str], dict[str, str]]:
    """Character to its usual syllable, and words read otherwise."""
    cells = [(h, low) for h in range(0xB0, 0xF8) for low in range(0xA1, 0xFF) if not (h == 0xD7 and low > 0xF9)]
    characters = [bytes(cell).decode("gb2312") for cell in cells]
    usual = {
        c: pinyin(c, style=Style.TONE3, neutral_tone_with_five=True, v_to_u=False)[0][0].replace("ü", "v") for c in characters
    }
    words = {}
    for word in phrases_dict:
        if not 2 <= len(word) <= 3 or any(c not in usual for c in word):
            continue
        said = [one.replace("ü", "v") for one in lazy_pinyin(word, style=Style.TONE3, neutral_tone_with_five=True)]
        # A neutral tone alone is no other word.
        if any(s[:-1] != usual[c][:-1] or (s[-1] != "5" and s != usual[c]) for s, c in zip(said, word, strict=True)):
            words[word] = " ".join(said)
    return usual, words


def spoken(text: str) -> "numpy.ndarray":
    """What espeak-ng makes of pinyin, without the silence around it."""
    with tempfile.NamedTemporaryFile(suffix=".wav") as file:
        subprocess.run(["espeak-ng", "-v", "cmn-latn-pinyin", "-s", SPEED, "-w", file.name, text], check=True)
        with wave.open(file.name) as heard:
            rate = heard.getframerate()
            sound = numpy.frombuffer(heard.readframes(heard.getnframes()), "<i2").astype(float)
    loud = numpy.flatnonzero(numpy.abs(sound) > 350)
    if not loud.size:
        raise SystemExit(f"espeak-ng says nothing for {text!r}")
    sound = sound[max(0, loud[0] - 60) : loud[-1] + 200]
    count = round(len(sound) * RATE / rate)
    spectrum = numpy.fft.rfft(sound)[: count // 2 + 1]
    sound = numpy.fft.irfft(spectrum, count) * count / len(sound)
    edge = min(80, count // 4)
    sound[:edge] *= numpy.linspace(0, 1, edge)
    sound[-edge:] *= numpy.linspace(1, 0, edge)
    return sound / numpy.abs(sound).max() * PEAK * 32767


def is_one_syllable(text: str) -> bool:
    """A syllable espeak-ng does not know is spelled, or read as English."""
    said = subprocess.run(["espeak-ng", "-v", "cmn-latn-pinyin", "-q", "-x", text], capture_output=True, text=True, check=True)
    return "(en)" not in said.stdout and len(re.findall(r"\d+", said.stdout)) == 1


def main() -> None:
    from widgets.alarms.voice.adpcm import wav_file
    from widgets.alarms.voice.readings import HALF_THIRD

    usual, words = readings()
    by_syllable: dict[str, list[str]] = {}
    for character, syllable in usual.items():
        by_syllable.setdefault(syllable, []).append(character)
    heads = {s: c for s, c in by_syllable.items() if is_one_syllable(s)}
    print("not spoken:", {s: c for s, c in by_syllable.items() if s not in heads})
    VOICE.mkdir(exist_ok=True)
    (VOICE / "readings.txt").write_text("".join(f"{s} {''.join(heads[s])}\n" for s in sorted(heads)), encoding="utf-8")
    words = {word: said for word, said in words.items() if set(said.split()) <= {*heads, *EXTRA}}
    (VOICE / "words.txt").write_text("".join(f"{w} {words[w]}\n" for w in sorted(words)), encoding="utf-8")

    # Alone, a third tone falls and rises; before another syllable it only falls, and that is how most are heard.
    wanted = {s: s for s in (*heads, *EXTRA)}
    for syllable in [s for s in wanted if s.endswith("3")]:
        said = subprocess.run(
            ["espeak-ng", "-v", "cmn-latn-pinyin", "-q", "-x", syllable], capture_output=True, text=True, check=True
        ).stdout.strip()
        wanted[syllable + HALF_THIRD] = f"[[{re.sub('214', '21', said)}]]"
    for phrase in PHRASES:
        said = [s.replace("ü", "v") for s in lazy_pinyin(phrase, style=Style.TONE3, neutral_tone_with_five=True)]
        wanted["".join(said)] = " ".join(said)
    with ThreadPoolExecutor(2) as pool:
        sounds = dict(zip(wanted, pool.map(spoken, wanted.values()), strict=True))
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(sounds):
            about = zipfile.ZipInfo(f"{name}.wav", (2026, 1, 1, 0, 0, 0))
            archive.writestr(about, wav_file(struct.pack(f"<{len(sounds[name])}h", *sounds[name].astype(int)), RATE))
    (VOICE / "clips.zip").write_bytes(packed.getvalue())
    seconds = sum(len(sound) for sound in sounds.values()) / RATE
    print(f"{len(sounds)} clips, {seconds:.0f} s, {len(packed.getvalue()) / 1e6:.2f} MB, {len(words)} words")


if __name__ == "__main__":
    main()

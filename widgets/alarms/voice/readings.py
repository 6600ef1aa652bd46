"""How Chinese text is read: characters and words to syllables of pinyin with the tone's number. Console side.

The tables are in resources/voice, made by installers/voice_clips.py. Letters are called the way control rooms call them.
"""

import re
from functools import cache
from pathlib import Path

VOICE = Path(__file__).resolve().parents[3] / "resources" / "voice"
HALF_THIRD = "h"  # a third tone before another syllable only falls

LETTERS = {
    "A": "ei1", "B": "bi4", "C": "xi1", "D": "di4", "E": "yi4", "F": "ai2 fu5", "G": "ji4", "H": "ei1 qi2", "I": "ai4",
    "J": "zhai4", "K": "kei4", "L": "ai2 lou5", "M": "ai2 mu5", "N": "en1", "O": "ou1", "P": "pi4", "Q": "kou1 you5",
    "R": "a4", "S": "ai2 si5", "T": "ti4", "U": "you1", "V": "wei1", "W": "da2 bu5 liu4", "X": "ai2 ke5 si5", "Y": "wai4",
    "Z": "zei4",
}  # fmt: skip
# Of our trade, and read otherwise there than the tables say.
OWN = {
    "长输": "chang2 shu1",
    "切断": "qie1 duan4",
    "卸车": "xie4 che1",
    "行程": "xing2 cheng2",
    "量程": "liang4 cheng2",
    "重油": "zhong4 you2",
}
PAUSES = {" ": ",", "，": ",", "、": ",", "。": ".", "；": ".", "：": ",", ",": ","}


@cache
def _tables() -> tuple[dict[str, str], dict[str, str]]:
    usual: dict[str, str] = {}
    for line in (VOICE / "readings.txt").read_text(encoding="utf-8").splitlines():
        syllable, _, characters = line.partition(" ")
        usual.update(dict.fromkeys(characters, syllable))
    words = dict(line.split(" ", 1) for line in (VOICE / "words.txt").read_text(encoding="utf-8").splitlines())
    return usual, words | OWN


def read(text: str) -> list[str]:
    """Syllables in order, "," for a short pause and "." for a long one. What has no reading is a short pause."""
    usual, words = _tables()
    text = re.sub(r"(?<=[A-Za-z]) (?=[A-Za-z\u4e00-\u9fff])", "", text)  # T 三零二 is one thing to the ear
    out: list[str] = []
    at = 0
    while at < len(text):
        for length in (3, 2):
            word = words.get(text[at : at + length])
            if word is not None and len(text) - at >= length:
                out += word.split()
                at += length
                break
        else:
            one = text[at]
            said = usual.get(one) or LETTERS.get(one.upper()) or PAUSES.get(one, ",")
            if said not in (",", ".") or (out and out[-1] not in (",", ".")):
                out += said.split()
            at += 1
    while out and out[-1] in (",", "."):
        out.pop()
    return out


def with_tones(syllables: list[str]) -> list[str]:
    """Third tones as they sound in a row: the first of two rises, any other before a syllable only falls."""
    out = list(syllables)
    for at, one in enumerate(syllables[:-1]):
        after = syllables[at + 1]
        if one[-1:] != "3" or after in (",", "."):
            continue
        out[at] = one[:-1] + "2" if after[-1:] == "3" else one + HALF_THIRD
    return out

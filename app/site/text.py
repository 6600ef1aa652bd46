"""Bytes of a table to text: UTF-8 with or without BOM, else GB18030, else a fault that says where. Pure.

A damaged UTF-8 file often decodes as GB18030, into nonsense with good-looking limits beside it; so a file that is mostly
UTF-8 is judged as UTF-8.
"""

import codecs
import re

from app.site.faults import Wrong

# two-byte UTF-8 but for western letters and signs (° ³ ±) and Greek (μ Ω): phonetic marks, Cyrillic, Armenian, Hebrew, Arabic
_FOREIGN = re.compile("[\u0180-\u036f\u0400-\u07ff]")
EXPECTED = "应为 UTF-8（有无 BOM 均可）或 GB18030 编码"


class WrongText(Wrong):
    """Not decodable; `row` is the line of the first byte that does not fit, counted from 1."""

    def __init__(self, found: str, row: int, expected: str = EXPECTED) -> None:
        super().__init__(found, expected)
        self.row = row


def decode(data: bytes) -> str:
    """Raises WrongText."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise WrongText("文件是 UTF-16 编码（“Unicode 文本”）", 1)
    try:
        text = data.decode("utf-8-sig")
        return text if data.startswith(codecs.BOM_UTF8) else _chinese_by_chance(data, text) or text
    except UnicodeDecodeError as error:
        utf8 = _offset(data, error)
    if data.startswith(codecs.BOM_UTF8) or _is_mostly_utf8(data):
        raise WrongText(f"第 {utf8} 字节起不是 UTF-8", _row(data, utf8))
    try:
        return data.decode("gb18030")
    except UnicodeDecodeError as error:
        gb = error.start
    raise WrongText(f"第 {utf8} 字节起不是 UTF-8，第 {gb} 字节起不是 GB18030", _row(data, max(utf8, gb)))


def _chinese_by_chance(data: bytes, text: str) -> str | None:
    """A few Chinese words in GBK are UTF-8 too, of two-byte letters that nobody here uses: 源 is an Armenian Da."""
    if not _FOREIGN.search(text) or any(letter > "\u07ff" for letter in text):
        return None
    try:
        return data.decode("gb18030")
    except UnicodeDecodeError:
        return None


def _offset(data: bytes, error: UnicodeDecodeError) -> int:
    # utf-8-sig counts from behind the BOM
    return error.start + (len(codecs.BOM_UTF8) if data.startswith(codecs.BOM_UTF8) else 0)


def _is_mostly_utf8(data: bytes) -> bool:
    text = data.decode("utf-8", "replace")
    bad = text.count("\ufffd")
    good = sum(1 for letter in text if letter > "\u07ff") - bad  # two-byte sequences also appear in GBK by chance
    return good > 2 * bad


def _row(data: bytes, offset: int) -> int:
    return data.count(b"\n", 0, offset) + 1

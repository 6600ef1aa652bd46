"""SMS-SUBMIT against vectors of other programs. Those with `gsmmodem` were read back by python-gsmmodem-new 0.13 (LGPL)."""

import pytest

from drivers.sms_pdu import IN_PARTS, MOST_PARTS, address, split, submit

CHINESE = "紧急：三号罐区液位高高"


@pytest.mark.parametrize(
    ("number", "hexed"),
    [
        ("+8613800138000", "91683108108300F0"),
        ("13800138000", "813108108300F0"),
        ("10086", "810180F6"),
        ("+85212345678", "915812325476F8"),
    ],
)
def test_addresses(number: str, hexed: str) -> None:
    assert address(number).hex().upper() == hexed


@pytest.mark.parametrize("number", ["", "+", "138-0013", "１３８", "1" * 21, "abc"])
def test_what_is_no_number_is_refused(number: str) -> None:
    with pytest.raises(ValueError, match="phone number"):
        submit(number, "x")


@pytest.mark.parametrize(
    ("number", "text", "smsc", "pdu", "length"),
    [
        # gsmmodem: number, text, validity of one day
        ("+8613800138000", CHINESE, "",
         "0011000D91683108108300F00008A7167D276025FF1A4E0953F77F50533A6DB24F4D9AD89AD8", 37),
        ("10086", "测", "+8613800250500", "0891683108200505F0110005810180F60008A7026D4B", 13),
    ],
)  # fmt: skip
def test_one_part(number: str, text: str, smsc: str, pdu: str, length: int) -> None:
    [made] = submit(number, text, 0, smsc)
    assert (made.hex, made.length) == (pdu, length)


def test_parts_belong_together() -> None:
    text = "".join(chr(0x4E00 + n) for n in range(140))
    made = submit("+8613800138000", text, 0x42)
    assert len(made) == 3
    whole = ""
    for number, part in enumerate(made, 1):
        raw = bytes.fromhex(part.hex)
        assert raw[0] == 0 and raw[1] & 0x40, "a header is announced"
        length = raw[1 + 1 + 1 + 1 + 1 + 7 + 2 + 1]
        body = raw[-length:]
        assert body[:6] == bytes([5, 0, 3, 0x42, 3, number])
        assert part.length == len(raw) - 1 and length <= 140
        whole += body[6:].decode("utf-16-be")
    assert whole == text


@pytest.mark.parametrize(("units", "parts"), [(0, 1), (70, 1), (71, 2), (134, 2), (135, 3)])
def test_how_many_parts(units: int, parts: int) -> None:
    assert len(split("罐" * units)) == parts


def test_no_character_is_torn() -> None:
    text = ("罐" * (IN_PARTS - 1) + "😀") * 3
    for part in split(text):
        part.decode("utf-16-be")
    assert b"".join(split(text)).decode("utf-16-be") == text


def test_what_is_too_long_ends_in_dots() -> None:
    parts = split("罐" * 5000)
    assert len(parts) == MOST_PARTS and all(len(part) <= 2 * IN_PARTS for part in parts)
    assert parts[-1].decode("utf-16-be").endswith("罐…")

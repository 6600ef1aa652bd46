"""Short messages as a modem wants them: SMS-SUBMIT in PDU mode, UCS2, in parts that belong together. Pure.

3GPP TS 23.040 9.2.2.2 and 9.2.3.24.1. Text mode of the modems knows no Chinese; UCS2 in PDU mode works on all of them.
"""

from dataclasses import dataclass

ALONE = 70  # UTF-16 units in one message
IN_PARTS = 67  # with the six bytes that say which part it is
MOST_PARTS = 8
_SUBMIT = 0x11  # with a validity period in relative form
_HEADER = 0x40
_UCS2 = 0x08
_VALID = 0xA7  # 24 h
_INTERNATIONAL, _NATIONAL = 0x91, 0x81


@dataclass(frozen=True, slots=True)
class Pdu:
    """`hex` as it goes on the line, `length` as AT+CMGS wants it: bytes without the service centre's address."""

    hex: str
    length: int


def address(number: str) -> bytes:
    """Type and semi-octets of a phone number. Raises ValueError when it has anything but digits after an optional +."""
    digits = number.removeprefix("+")
    if not digits.isascii() or not digits.isdigit() or len(digits) > 20:
        raise ValueError(f"not a phone number: {number!r}")
    padded = digits + "F" * (len(digits) % 2)
    swapped = "".join(padded[n + 1] + padded[n] for n in range(0, len(padded), 2))
    return bytes([_INTERNATIONAL if number.startswith("+") else _NATIONAL]) + bytes.fromhex(swapped)


def split(text: str) -> list[bytes]:
    """UTF-16BE parts; no character is torn in two. What does not fit into `MOST_PARTS` ends in …"""
    units = text.encode("utf-16-be", "replace")
    if len(units) <= 2 * ALONE:
        return [units]
    parts: list[bytes] = []
    part = b""
    for character in text:
        one = character.encode("utf-16-be", "replace")
        if len(part) + len(one) > 2 * IN_PARTS:
            parts.append(part)
            part = b""
        part += one
    parts.append(part)
    if len(parts) > MOST_PARTS:
        parts = parts[:MOST_PARTS]
        last = parts[-1].decode("utf-16-be")
        while len(last.encode("utf-16-be")) > 2 * (IN_PARTS - 1):
            last = last[:-1]
        parts[-1] = (last + "…").encode("utf-16-be")
    return parts


def submit(number: str, text: str, reference: int = 0, smsc: str = "") -> list[Pdu]:
    """One PDU a part. `reference` (0 to 255) is the same in all parts of a message and another in the next one. `smsc` "": the
    service centre the card knows. Raises ValueError for a number that is none."""
    to = address(number)
    digits = len(number.removeprefix("+"))
    centre = address(smsc) if smsc else b""
    parts = split(text)
    made = []
    for index, part in enumerate(parts, 1):
        header = b"" if len(parts) == 1 else bytes([5, 0, 3, reference & 0xFF, len(parts), index])
        first = _SUBMIT | (_HEADER if header else 0)
        body = header + part
        pdu = bytes([first, 0, digits]) + to + bytes([0, _UCS2, _VALID, len(body)]) + body
        made.append(Pdu((bytes([len(centre)]) + centre + pdu).hex().upper(), len(pdu)))
    return made

"""What a `[[source]]` may set for its driver beyond its common keys: one table, for check and driver alike.

Both sides; pure. A table says what a value may be and how it is read; what holds when nothing is set is the driver's own.
A key of no table is kept and means nothing to the driver, unless it looks like a slip of the pen: see `misspelt`.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

SECURITIES = ("none", "basic256sha256_sign", "basic256sha256_sign_encrypt")
"""What `security` of an OPC UA source may be."""


class WrongOption(ValueError):
    """One option is not as it must be. `found` and `expected` are the halves of a fault, in Chinese."""

    def __init__(self, key: str, found: str, expected: str) -> None:
        super().__init__(f"选项 {key} {found}，{expected}")
        self.key, self.found, self.expected = key, found, expected


@dataclass(frozen=True, slots=True)
class Option:
    """`read` raises ValueError for what is no such value."""

    read: Callable[[Any], Any]
    expected: str


def _number(low: float, high: float, unit: str = "数") -> Option:
    def read(value: Any) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            raise ValueError
        if not low <= value <= high:
            raise ValueError
        return float(value)

    return Option(read, f"应为 {low:g} 到 {high:g} 的{unit}")


def _whole(low: int, high: int) -> Option:
    def read(value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise ValueError
        return value

    return Option(read, f"应为 {low} 到 {high} 的整数")


def _is_true(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError
    return value


def _codes(value: Any) -> tuple[int, ...]:
    """Numbers, or text like "0x7FFF"; one or a list."""
    codes = []
    for item in value if isinstance(value, list | tuple) else (value,):
        code = int(item, 0) if isinstance(item, str) else item
        if isinstance(code, bool) or not isinstance(code, int) or not -(1 << 63) <= code < 1 << 64:
            raise ValueError
        codes.append(code)
    return tuple(codes)


def _thumbprint(value: Any) -> str:
    """SHA-1 or SHA-256 in hex as people paste it; "" = none."""
    if not isinstance(value, str):
        raise ValueError
    text = value.replace(":", "").replace(" ", "").lower()
    if text and (len(text) not in (40, 64) or set(text) - set("0123456789abcdef")):
        raise ValueError
    return text


_TRUE_OR_FALSE = Option(_is_true, "应为 true 或 false")
_SECONDS = "秒数"

OPTIONS: Mapping[str, Mapping[str, Option]] = {
    "modbus": {
        "timeout_s": _number(0.01, 60, _SECONDS),
        "retries": _whole(0, 5),
        "gap": _whole(0, 120),
        "max_registers": _whole(1, 125),
        "max_bits": _whole(1, 2000),
        "bad_raw": Option(_codes, '应为不超过 64 位的整数，如 [0x7FFF, 0x8000] 或 ["0x7FFF"]'),
        "silence_ms": _number(0, 1000, "毫秒数"),
        "unit_backoff_s": _number(0.1, 600, _SECONDS),
        "local_echo": _TRUE_OR_FALSE,
        "silent_s": _number(0.1, 86_400, _SECONDS),
        "reconnect_s": _number(0, 86_400, _SECONDS),
    },
    "opcua": {
        "publishing_ms": _number(10, 60_000, "毫秒数"),
        "keepalive_s": _number(0.1, 60, _SECONDS),
        "timeout_s": _number(0.2, 120, _SECONDS),
        "retry_refused_s": _number(0.1, 86_400, _SECONDS),
        "batch": _whole(1, 10_000),
        "publishes": _whole(1, 20),
        "channel_s": _number(1, 86_400, _SECONDS),
        "session_s": _number(5, 3600, _SECONDS),
        "trust": Option(_thumbprint, "应为双引号内的证书指纹：40 位（SHA-1）或 64 位（SHA-256）十六进制"),
        "source_clock": _TRUE_OR_FALSE,
    },
}

_REFUSED: Mapping[str, Mapping[str, str]] = {
    "modbus": {"offset_base": "请去掉；资料上的地址从 1 数起时，请写成 40001 的形式（40001 = HR:0）"},
    "opcua": {"server_certificate": "请去掉；应在 trust 里写服务器证书的指纹"},
}
"""Keys a person may expect to work: one that is passed over would give wrong values, or trust nobody checks."""


def family(driver: str) -> str:
    """The table a driver uses: modbus_tcp, modbus_rtu and modbus_slave share one."""
    return driver.split("_")[0]


def read_options(driver: str, options: Mapping[str, Any]) -> dict[str, Any]:
    """What is set, read. Raises WrongOption for the first that is wrong; keys that are not the driver's are left out."""
    for wrong in wrong_options(driver, options):
        raise wrong
    return {key: option.read(options[key]) for key, option in OPTIONS[family(driver)].items() if key in options}


def wrong_options(driver: str, options: Mapping[str, Any]) -> Iterator[WrongOption]:
    """Every option that is wrong, in the order of the source; nothing for a driver without a table."""
    known = OPTIONS.get(family(driver), {})
    refused = _REFUSED.get(family(driver), {})
    for key, value in options.items():
        if key in refused:
            yield WrongOption(key, "不是这个驱动的选项", refused[key])
        elif key in known:
            try:
                known[key].read(value)
            except ValueError:
                yield WrongOption(key, f"= {value!r} 不对", known[key].expected)


def misspelt(key: str, known: Iterable[str]) -> str | None:
    """The known key that `key` differs from by one slip: a letter too many, too few, another one, or two that changed places;
    capitals and hyphens do not count. None when it is known, or something else altogether."""
    names = list(known)
    if key in names:
        return None
    bare = key.casefold().replace("-", "_")
    return next((name for name in names if _one_slip(bare, name)), None)


def _one_slip(one: str, other: str) -> bool:
    if one == other:
        return True
    if len(one) > len(other):
        one, other = other, one
    if len(other) - len(one) > 1:
        return False
    at = next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), len(one))
    if len(one) < len(other):
        return one[at:] == other[at + 1 :]
    return one[at + 1 :] == other[at + 1 :] or (
        one[at : at + 2] == other[at : at + 2][::-1] and one[at + 2 :] == other[at + 2 :]
    )

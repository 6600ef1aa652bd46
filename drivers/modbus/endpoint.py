"""Where a Modbus source is and how its line is to be treated: the URL and the options of a `[[source]]`. Pure.

URLs: `tcp://host:port`, `rtu+tcp://host:port?baudrate=9600` (RTU frames through a serial server), and
`serial:///dev/ttyUSB0?baudrate=9600&bytesize=8&parity=N&stopbits=1` (Windows: `serial://COM3?…`).
Options, all of them optional: see `Options`. Every fault is a ValueError with a Chinese sentence.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from urllib.parse import parse_qsl, urlsplit

DEFAULT_PORT = 502


class Wire(StrEnum):
    TCP = "tcp"
    RTU_TCP = "rtu+tcp"
    SERIAL = "serial"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """`host` is the device path of a serial port. `baudrate` 0: not known (only on TCP wires)."""

    wire: Wire
    host: str
    port: int = DEFAULT_PORT
    baudrate: int = 0
    bytesize: int = 8
    parity: str = "N"
    stopbits: int = 1

    def __str__(self) -> str:
        if self.wire is Wire.SERIAL:
            return f"{self.host} ({self.baudrate} {self.bytesize}{self.parity}{self.stopbits})"
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def is_rtu(self) -> bool:
        """Frames without a transaction id: nothing in an answer says which question it belongs to."""
        return self.wire is not Wire.TCP

    @property
    def bits_per_char(self) -> int:
        return 1 + self.bytesize + (self.parity != "N") + self.stopbits


@dataclass(frozen=True, slots=True)
class Options:
    """What a source may set beyond INTERFACES. Spans in seconds.

    `gap`: unused addresses read along rather than asked around. `bad_raw`: codes that mean a broken sensor (0x7FFF …).
    `offset_base`: 1 when the paper of the device counts its protocol addresses from 1. `silence_s`: pause before every RTU
    request, None = 3.5 characters. `unit_backoff_s`: a dead unit (从站) is asked again after this, then rarer.
    `silent_s`, `reconnect_s`: slave only, how long the master may say nothing, and be disconnected.
    """

    timeout_s: float = 1.0
    retries: int = 1
    gap: int = 8
    max_registers: int = 120
    max_bits: int = 2000
    bad_raw: tuple[int, ...] = ()
    offset_base: int = 0
    silence_s: float | None = None
    unit_backoff_s: float = 5.0
    local_echo: bool = False
    silent_s: float | None = None
    reconnect_s: float = 2.0


_SERIAL_KEYS = {"baudrate": (50, 4_000_000), "bytesize": (7, 8), "stopbits": (1, 2)}


def parse_endpoint(url: str) -> Endpoint:
    try:
        parts = urlsplit(url.strip())
        port = parts.port
    except ValueError:
        raise ValueError(f"地址“{url}”不是有效的 URL") from None
    try:
        wire = Wire(parts.scheme.lower())
    except ValueError:
        raise ValueError(
            f"地址“{url}”的开头应是 tcp://主机:端口、rtu+tcp://主机:端口 或 serial:///dev/ttyUSB0?baudrate=9600"
        ) from None
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    if unknown := set(query) - {*_SERIAL_KEYS, "parity"}:
        raise ValueError(f"地址“{url}”有不认识的参数 {'、'.join(sorted(unknown))}，可用 baudrate bytesize parity stopbits")
    values = {key: _whole(url, key, query[key]) for key in _SERIAL_KEYS if key in query}
    parity = query.get("parity", "N").upper()
    if parity not in ("N", "E", "O"):
        raise ValueError(f"地址“{url}”的 parity={query['parity']}，应是 N（无）、E（偶）或 O（奇）")
    if wire is Wire.SERIAL:
        device = parts.netloc + parts.path
        if re.fullmatch(r"/COM\d+", device, re.IGNORECASE):
            device = device[1:]
        if not device.strip("/"):
            raise ValueError(f"地址“{url}”没有写串口，应像 serial:///dev/ttyUSB0?baudrate=9600 或 serial://COM3?baudrate=9600")
        return Endpoint(wire, device, 0, parity=parity, **{"baudrate": 9600, **values})
    if not parts.hostname:
        raise ValueError(f"地址“{url}”没有写主机，应像 {wire}://192.168.1.10:502")
    if parts.path not in ("", "/"):
        raise ValueError(f"地址“{url}”在端口之后不应再有“{parts.path}”")
    return Endpoint(wire, parts.hostname, DEFAULT_PORT if port is None else port, parity=parity, **values)


def _whole(url: str, key: str, text: str) -> int:
    low, high = _SERIAL_KEYS[key]
    if not re.fullmatch(r"\d{1,7}", text, re.ASCII) or not low <= int(text) <= high:
        raise ValueError(f"地址“{url}”的 {key}={text}，应是 {low} 到 {high} 的整数")
    return int(text)


def parse_options(options: Mapping[str, Any]) -> Options:
    """Keys not known here are left to others (a site package keeps what it does not know)."""

    def number(key: str, low: float, high: float, default: float) -> float:
        value = options.get(key, default)
        if (
            isinstance(value, bool)
            or not isinstance(value, int | float)
            or not math.isfinite(value)
            or not low <= value <= high
        ):
            raise ValueError(f"选项 {key} = {value!r}，应是 {low} 到 {high} 的数")
        return float(value)

    def whole(key: str, low: int, high: int, default: int) -> int:
        value = number(key, low, high, default)
        if not value.is_integer():
            raise ValueError(f"选项 {key} = {value!r}，应是整数")
        return int(value)

    return Options(
        timeout_s=number("timeout_s", 0.01, 60, 1.0),
        retries=whole("retries", 0, 5, 1),
        gap=whole("gap", 0, 120, 8),
        max_registers=whole("max_registers", 1, 125, 120),
        max_bits=whole("max_bits", 1, 2000, 2000),
        bad_raw=_codes(options.get("bad_raw", ())),
        offset_base=whole("offset_base", 0, 1, 0),
        silence_s=number("silence_ms", 0, 1000, 0) / 1000 if "silence_ms" in options else None,
        unit_backoff_s=number("unit_backoff_s", 0.1, 600, 5.0),
        local_echo=bool(options.get("local_echo", False)),
        silent_s=number("silent_s", 0.1, 86_400, 10) if "silent_s" in options else None,
        reconnect_s=number("reconnect_s", 0.0, 86_400, 2.0),
    )


def _codes(value: object) -> tuple[int, ...]:
    """Numbers, or text like "0x7FFF"; one or a list."""
    items = value if isinstance(value, list | tuple) else (value,)
    codes = []
    for item in items:
        try:
            codes.append(int(item, 0) if isinstance(item, str) else item)
        except ValueError:
            codes.append(None)
        if isinstance(codes[-1], bool) or not isinstance(codes[-1], int):
            raise ValueError(f'选项 bad_raw 中的 {item!r} 不是整数，应像 [0x7FFF, 0x8000] 或 ["0x7FFF"]')
    return tuple(codes)

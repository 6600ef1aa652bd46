"""Where a Modbus source is and how its line is to be treated: the URL and the options of a `[[source]]`. Pure.

URLs: `tcp://host:port`, `rtu+tcp://host:port?baudrate=9600` (RTU frames through a serial server), and
`serial:///dev/ttyUSB0?baudrate=9600&bytesize=8&parity=N&stopbits=1` (Windows: `serial://COM3?…`).
Options, all of them optional: see `Options`; what each may be is in `app.domain.options`. Every fault is a ValueError with a
Chinese sentence.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from app.domain.options import read_options

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
    """What a source may set beyond the common keys. Spans in seconds.

    `gap`: unused addresses read along rather than asked around. `bad_raw`: codes that mean a broken sensor (0x7FFF …).
    `silence_s`: pause before every RTU request, None = 3.5 characters (in the source: `silence_ms`). `unit_backoff_s`: a dead
    unit (从站) is asked again after this, then rarer.
    `silent_s`, `reconnect_s`: slave only, how long the master may say nothing, and be disconnected.
    """

    timeout_s: float = 1.0
    retries: int = 1
    gap: int = 8
    max_registers: int = 120
    max_bits: int = 2000
    bad_raw: tuple[int, ...] = ()
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
    """Raises ValueError."""
    given = read_options("modbus", options)
    if "silence_ms" in given:
        given["silence_s"] = given.pop("silence_ms") / 1000
    return Options(**given)

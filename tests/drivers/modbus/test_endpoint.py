"""URLs, options and the forecast of a serial line."""

import pytest

from app.domain.tag import Tag
from drivers.modbus.blocks import plan
from drivers.modbus.bus_time import bus_time, impossible, silence
from drivers.modbus.endpoint import Endpoint, Options, Wire, parse_endpoint, parse_options
from drivers.modbus.point import point_of


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("tcp://127.0.0.1:5020", Endpoint(Wire.TCP, "127.0.0.1", 5020)),
        ("tcp://gds.plant.local", Endpoint(Wire.TCP, "gds.plant.local", 502)),
        ("tcp://[fe80::1]:502", Endpoint(Wire.TCP, "fe80::1", 502)),
        ("rtu+tcp://10.0.0.9:4001?baudrate=9600", Endpoint(Wire.RTU_TCP, "10.0.0.9", 4001, 9600)),
        (
            "serial:///dev/ttyUSB0?baudrate=19200&bytesize=8&parity=E&stopbits=1",
            Endpoint(Wire.SERIAL, "/dev/ttyUSB0", 0, 19200, 8, "E", 1),
        ),
        ("serial:///dev/ttyUSB0", Endpoint(Wire.SERIAL, "/dev/ttyUSB0", 0, 9600)),
        ("serial://COM3?baudrate=9600", Endpoint(Wire.SERIAL, "COM3", 0, 9600)),
        ("serial:///COM12?parity=o", Endpoint(Wire.SERIAL, "COM12", 0, 9600, parity="O")),
    ],
)
def test_urls(url: str, expected: Endpoint) -> None:
    assert parse_endpoint(url) == expected


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("http://x", "开头应是"),
        ("tcp://", "没有写主机"),
        ("tcp://x:99999", "不是有效的 URL"),
        ("tcp://x:502/plant", "不应再有"),
        ("serial://", "没有写串口"),
        ("serial:///dev/ttyUSB0?baud=9600", "不认识的参数 baud"),
        ("serial:///dev/ttyUSB0?baudrate=fast", "baudrate=fast"),
        ("serial:///dev/ttyUSB0?parity=X", "parity=X"),
        ("serial:///dev/ttyUSB0?stopbits=3", "stopbits=3"),
    ],
)
def test_wrong_urls_are_explained(url: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        parse_endpoint(url)


def test_options() -> None:
    assert parse_options({}) == Options()
    assert parse_options({"gap": 0, "bad_raw": ["0x7FFF", 65535], "unheard_of": 1, "silence_ms": 50}) == Options(
        gap=0, bad_raw=(0x7FFF, 0xFFFF), silence_s=0.05
    )
    assert parse_options({"bad_raw": 0x8000}).bad_raw == (0x8000,)


@pytest.mark.parametrize(
    "options",
    [
        {"timeout_s": "1"},
        {"timeout_s": 0},
        {"timeout_s": True},
        {"gap": 1.5},
        {"max_registers": 200},
        {"bad_raw": ["seven"]},
        {"offset_base": 1},
        {"offset_base": 0},
        {"local_echo": "no"},
    ],
)
def test_wrong_options_are_refused(options: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="选项"):
        parse_options(options)


def two_hundred_floats(period_s: float) -> object:
    return plan([point_of(Tag(f"F{i}", address=f"HR:{2 * i}"), 1) for i in range(200)], period_s)


@pytest.mark.parametrize(("baudrate", "expected"), [(9600, 1.00), (38400, 0.32), (115200, 0.17)])
def test_forecast_of_two_hundred_floats(baudrate: int, expected: float) -> None:
    """200 floats in blocks of 60, 8N1, a turn-around of 20 ms a block, computed by hand."""
    assert bus_time(two_hundred_floats(1.0), baudrate) == pytest.approx(expected, abs=0.01)  # type: ignore[arg-type]


def test_an_impossible_scan_is_refused_with_the_way_out() -> None:
    sentence = impossible(two_hundred_floats(0.5), 9600)  # type: ignore[arg-type]
    assert sentence is not None
    assert "9600" in sentence
    assert "1.0 s 以上" in sentence
    assert impossible(two_hundred_floats(1.0), 9600) is None  # type: ignore[arg-type]
    assert impossible(two_hundred_floats(0.5), 115200) is None  # type: ignore[arg-type]


def test_silence_of_the_standard() -> None:
    assert silence(9600, 11) == pytest.approx(3.5 * 11 / 9600)
    assert silence(115200) == 0.00175

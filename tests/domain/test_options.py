"""What a source may set for its driver: the same table for the site check and for both drivers."""

from typing import Any

import pytest

from app.domain.options import OPTIONS, WrongOption, misspelt, read_options, wrong_options

SHA1 = "AA:" * 19 + "AA"


@pytest.mark.parametrize(
    ("driver", "key", "value", "read"),
    [
        ("modbus_tcp", "timeout_s", 2, 2.0),
        ("modbus_rtu", "gap", 0, 0),
        ("modbus_slave", "bad_raw", 0x7FFF, (0x7FFF,)),
        ("modbus_tcp", "bad_raw", ["0x7FFF", 65535, -1], (0x7FFF, 65535, -1)),
        ("modbus_tcp", "local_echo", False, False),
        ("opcua", "publishing_ms", 100, 100.0),
        ("opcua", "trust", SHA1, "aa" * 20),
        ("opcua", "trust", "", ""),
        ("opcua", "source_clock", False, False),
    ],
)
def test_what_is_right_is_read(driver: str, key: str, value: Any, read: Any) -> None:
    (found,) = read_options(driver, {key: value, "unheard_of": 1}).items()
    assert found == (key, read)
    assert type(found[1]) is type(read)
    assert not list(wrong_options(driver, {key: value, "unheard_of": 1}))


@pytest.mark.parametrize(
    ("driver", "key", "value"),
    [
        ("modbus_tcp", "timeout_s", 0),
        ("modbus_tcp", "timeout_s", float("nan")),
        ("modbus_tcp", "timeout_s", "1"),
        ("modbus_tcp", "timeout_s", True),
        ("modbus_tcp", "gap", 1.5),
        ("modbus_tcp", "max_registers", 126),
        ("modbus_tcp", "bad_raw", "seven"),
        ("modbus_tcp", "bad_raw", [1.5]),
        ("modbus_tcp", "bad_raw", [1 << 64]),
        ("modbus_tcp", "local_echo", 1),
        ("modbus_tcp", "offset_base", 1),
        ("modbus_slave", "offset_base", 0),
        ("opcua", "batch", 10.5),
        ("opcua", "trust", "abc"),
        ("opcua", "trust", 17),
        ("opcua", "source_clock", "no"),
        ("opcua", "server_certificate", "dcs.der"),
    ],
)
def test_what_is_wrong_is_refused_by_name(driver: str, key: str, value: Any) -> None:
    with pytest.raises(WrongOption, match=key):
        read_options(driver, {key: value})


def test_every_wrong_option_is_told() -> None:
    found = wrong_options("modbus_tcp", {"gap": -1, "offset_base": 1, "retries": 1, "timeout_s": "1"})
    assert [wrong.key for wrong in found] == ["gap", "offset_base", "timeout_s"]
    assert not list(wrong_options("mqtt", {"gap": -1}))


def test_a_paper_that_counts_from_one_is_shown_the_way_out() -> None:
    (wrong,) = wrong_options("modbus_rtu", {"offset_base": 1})
    assert "40001" in wrong.expected


@pytest.mark.parametrize(
    ("key", "near"),
    [
        ("publshing_ms", "publishing_ms"),
        ("publisshing_ms", "publishing_ms"),
        ("pubilshing_ms", "publishing_ms"),
        ("publishing_mx", "publishing_ms"),
        ("Publishing_ms", "publishing_ms"),
        ("publishing-ms", "publishing_ms"),
        ("publishing_m", "publishing_ms"),
        ("publishing_msx", "publishing_ms"),
        ("xpublishing_ms", "publishing_ms"),
        ("publishing_ms", None),
        ("publ_ms", None),
        ("bulpishing_ms", None),
        ("vendor", None),
        ("", None),
    ],
)
def test_a_slip_of_the_pen(key: str, near: str | None) -> None:
    assert misspelt(key, OPTIONS["opcua"]) == near


def test_no_option_is_a_slip_of_another() -> None:
    for known in OPTIONS.values():
        for key in known:
            assert misspelt(key, [other for other in known if other != key]) is None

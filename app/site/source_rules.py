"""What a `[[source]]` may say, per driver. Pure. The optional keys that drivers know are in `app.domain.options`.

Other keys are kept in `Source.options`; one that looks like a slip of the pen is a fault, as nobody would see that it does
nothing.
"""

from collections.abc import Callable
from urllib.parse import SplitResult, parse_qs, urlsplit

from app.domain.options import OPTIONS, SECURITIES, family, misspelt, wrong_options
from app.domain.plant import Source
from app.site.faults import one_of, quote

DRIVERS = ("opcua", "modbus_tcp", "modbus_rtu", "modbus_slave")
LATER = ("mqtt", "replay")
RESERVED_IDS = ("station",)
LONGEST_S = 86_400.0
_KEYS = ("id", "driver", "url", "security", "user", "password_secret", "unit", "period_s", "name")

SourceFault = Callable[[str, str, str], None]
"""Key, found, expected."""

_SCHEMES = {
    "opcua": ("opc.tcp",),
    "modbus_tcp": ("tcp", "rtu+tcp"),
    "modbus_rtu": ("serial", "rtu+tcp"),
    "modbus_slave": ("tcp", "serial"),
}
_EXAMPLES = {
    "opc.tcp": "opc.tcp://192.168.1.10:4840/plant",
    "tcp": "tcp://192.168.1.20:502",
    "rtu+tcp": "rtu+tcp://192.168.1.20:4001",
    "serial": "serial:///dev/ttyUSB0?baudrate=9600&bytesize=8&parity=N&stopbits=1",
}
_SERIAL = {"bytesize": ("7", "8"), "parity": ("N", "E", "O"), "stopbits": ("1", "2")}


def check_source(source: Source, fault: SourceFault) -> None:
    if source.id.startswith("@") or source.id in RESERVED_IDS:
        fault("id", f"数据源不能叫 {quote(source.id)}", "这个名字留给系统自己的报警，请换一个")
    if source.driver in LATER:
        fault("driver", f"此版本尚不支持驱动 {quote(source.driver)}", one_of(DRIVERS))
    elif source.driver and source.driver not in DRIVERS:
        fault("driver", f"不认识驱动 {quote(source.driver)}", one_of(DRIVERS))
    elif source.driver and source.url:
        _check_url(source, fault)
    _check_login(source, fault)
    if not 0 <= source.unit <= 255:
        fault("unit", f"从站号 {source.unit} 超出范围", "应为 0 到 255 的整数")
    if not 0 < source.period_s <= LONGEST_S:
        fault("period_s", f"周期 {source.period_s:g} 秒不对", f"应大于 0，不超过 {LONGEST_S:g} 秒")
    _check_options(source, fault)


def _check_login(source: Source, fault: SourceFault) -> None:
    if source.security not in SECURITIES:
        fault("security", f"不认识 {quote(source.security)}", one_of(SECURITIES))
    elif source.security != "none" and source.driver.startswith("modbus"):
        fault("security", f"Modbus 没有加密方式 {quote(source.security)}", "应为 none")
    if source.user and not source.password_secret:
        fault("password_secret", f"有用户 {quote(source.user)} 而没有密码的名字", "应写明密码在密码库里的名字 password_secret")
    if source.password_secret and not source.user:
        fault("user", f"有 password_secret {quote(source.password_secret)} 而没有用户", "应写明 user，或去掉 password_secret")
    for key in source.options:
        if key.casefold() in ("password", "passwd", "pwd"):
            fault(key, "密码写在了配置里", "密码应存入密码库，这里只写它的名字 password_secret")


def _check_url(source: Source, fault: SourceFault) -> None:
    schemes = _SCHEMES[source.driver]
    expected = "应像 " + " 或 ".join(_EXAMPLES[scheme] for scheme in schemes)
    try:
        url = urlsplit(source.url)
        port = url.port if url.scheme != "serial" else None
    except ValueError:
        fault("url", f"{quote(source.url)} 不是网址，或端口不在 0 到 65535 之间", expected)
        return
    if url.scheme not in schemes:
        fault("url", f"驱动 {source.driver} 不能用 {quote(source.url)}", expected)
    elif url.scheme == "serial":
        if not (url.netloc or url.path.strip("/")):
            fault("url", f"{quote(source.url)} 没有串口", expected)
        _check_serial(url, fault)
    elif not url.hostname:
        fault("url", f"{quote(source.url)} 没有主机", expected)
    elif port == 0:
        fault("url", f"{quote(source.url)} 的端口是 0", expected)
    elif url.username or url.password:
        fault("url", "网址里写了用户名或密码", "用户名应写在 user，密码的名字写在 password_secret")
    elif url.scheme != "opc.tcp" and (url.path.strip("/") or (url.query and url.scheme == "tcp")):
        fault("url", f"{quote(source.url)} 在端口之后还有内容", expected)
    elif url.scheme == "rtu+tcp":
        _check_serial(url, fault)


def _check_serial(url: SplitResult, fault: SourceFault) -> None:
    for key, values in parse_qs(url.query, keep_blank_values=True).items():
        value = values[-1].upper()
        if key == "baudrate":
            if not (value.isascii() and value.isdigit() and 50 <= int(value[:9]) <= 4_000_000):
                fault("url", f"波特率 {quote(value)} 不对", "应为 50 到 4000000 的整数，如 baudrate=9600")
        elif key not in _SERIAL:
            fault("url", f"不认识串口参数 {quote(key)}", "串口参数应为 baudrate bytesize parity stopbits")
        elif value not in _SERIAL[key]:
            fault("url", f"串口参数 {key}={value} 不对", one_of(_SERIAL[key]))


def _check_options(source: Source, fault: SourceFault) -> None:
    for wrong in wrong_options(source.driver, source.options):
        fault(wrong.key, wrong.found, wrong.expected)
    known = OPTIONS.get(family(source.driver))
    if known is None:
        return
    for key in source.options:
        near = misspelt(key, (*_KEYS, *known))
        if near:
            fault(key, f"不认识选项 {quote(key)}，是否想写 {near}", f"{source.driver} 的选项有 {' '.join(known)}")

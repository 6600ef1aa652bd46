"""What a source row says to this driver, checked once: URL, security, periods. Pure; station side."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from app.domain.plant import Source
from drivers.base import SourceMisconfigured

SECURITY = ("none", "basic256sha256_sign", "basic256sha256_sign_encrypt")


@dataclass(frozen=True, slots=True)
class Options:
    """`trust`: thumbprint (SHA-1 or SHA-256, hex) the server's certificate must have; "" = pinned at first use.
    `source_clock`: False = source times are not used, for servers whose clock nobody can set."""

    url: str
    host: str
    port: int
    security: str = "none"
    user: str = ""
    password_secret: str = ""
    publishing_ms: float = 500.0
    keepalive_s: float = 2.0
    timeout_s: float = 5.0
    retry_refused_s: float = 30.0
    batch: int = 1000
    publishes: int = 3
    channel_s: float = 3600.0
    session_s: float = 60.0
    trust: str = ""
    source_clock: bool = True


_LIMITS = {
    "publishing_ms": (10.0, 60_000.0),
    "keepalive_s": (0.1, 60.0),
    "timeout_s": (0.2, 120.0),
    "retry_refused_s": (0.1, 86_400.0),
    "batch": (1.0, 10_000.0),
    "publishes": (1.0, 20.0),
    "channel_s": (1.0, 86_400.0),
    "session_s": (5.0, 3600.0),
}


def options_of(source: Source) -> Options:
    """Raises SourceMisconfigured with a sentence that names the option and what it may be."""
    host, port = _host_and_port(source.url)
    if source.security not in SECURITY:
        raise SourceMisconfigured(f"security = {source.security!r} 不认识,应为 {'、'.join(SECURITY)} 之一")
    numbers: dict[str, float] = {}
    for name, (low, high) in _LIMITS.items():
        if name not in source.options:
            continue
        given = source.options[name]
        if isinstance(given, bool) or not isinstance(given, int | float) or not low <= given <= high:
            raise SourceMisconfigured(f"选项 {name} = {given!r} 不对,应为 {low:g} 到 {high:g} 之间的数")
        numbers[name] = given
    trust = str(source.options.get("trust", "")).replace(":", "").replace(" ", "").lower()
    if trust and (len(trust) not in (40, 64) or set(trust) - set("0123456789abcdef")):
        raise SourceMisconfigured("选项 trust 应为服务器证书指纹:40 位(SHA-1)或 64 位(SHA-256)十六进制")
    clock = source.options.get("source_clock", True)
    if not isinstance(clock, bool):
        raise SourceMisconfigured(f"选项 source_clock = {clock!r} 不对,应为 true 或 false")
    return Options(
        url=f"opc.tcp://{f'[{host}]' if ':' in host else host}:{port}{urlsplit(source.url).path}",
        host=host,
        port=port,
        security=source.security,
        user=source.user,
        password_secret=source.password_secret,
        publishing_ms=float(numbers.get("publishing_ms", 500.0)),
        keepalive_s=float(numbers.get("keepalive_s", 2.0)),
        timeout_s=float(numbers.get("timeout_s", 5.0)),
        retry_refused_s=float(numbers.get("retry_refused_s", 30.0)),
        batch=int(numbers.get("batch", 1000)),
        publishes=int(numbers.get("publishes", 3)),
        channel_s=float(numbers.get("channel_s", 3600.0)),
        session_s=float(numbers.get("session_s", 60.0)),
        trust=trust,
        source_clock=clock,
    )


def _host_and_port(url: str) -> tuple[str, int]:
    try:
        parts = urlsplit(url)
        port = parts.port or 4840
    except ValueError:
        parts, port = urlsplit(""), 0
    if parts.scheme != "opc.tcp" or not parts.hostname or not port:
        raise SourceMisconfigured(f"地址 {url!r} 不对,应如 opc.tcp://192.168.1.10:4840/路径")
    if parts.username is not None or parts.password is not None:
        raise SourceMisconfigured("地址里不能写用户名和密码:用户名写在 user,密码存入密码库并在 password_secret 写它的名字")
    return parts.hostname, port

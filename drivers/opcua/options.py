"""What a source row says to this driver, checked once: URL, security, periods. Pure; station side."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from app.domain.options import SECURITIES, WrongOption, read_options
from app.domain.plant import Source
from drivers.base import SourceMisconfigured


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


def options_of(source: Source) -> Options:
    """Raises SourceMisconfigured with a sentence that names the option and what it may be."""
    host, port = _host_and_port(source.url)
    if source.security not in SECURITIES:
        raise SourceMisconfigured(f"security = {source.security!r} 不认识，应为 {'、'.join(SECURITIES)} 之一")
    try:
        given = read_options("opcua", source.options)
    except WrongOption as wrong:
        raise SourceMisconfigured(str(wrong)) from None
    return Options(
        url=f"opc.tcp://{f'[{host}]' if ':' in host else host}:{port}{urlsplit(source.url).path}",
        host=host,
        port=port,
        security=source.security,
        user=source.user,
        password_secret=source.password_secret,
        **given,
    )


def _host_and_port(url: str) -> tuple[str, int]:
    try:
        parts = urlsplit(url)
        port = parts.port or 4840
    except ValueError:
        parts, port = urlsplit(""), 0
    if parts.scheme != "opc.tcp" or not parts.hostname or not port:
        raise SourceMisconfigured(f"地址 {url!r} 不对，应如 opc.tcp://192.168.1.10:4840/路径")
    if parts.username is not None or parts.password is not None:
        raise SourceMisconfigured("地址里不能写用户名和密码：用户名写在 user，密码存入密码库并在 password_secret 写它的名字")
    return parts.hostname, port

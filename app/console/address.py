"""The address of a station as a person types it. Console side; light, the login page needs it before anything is loaded."""

from urllib.parse import urlsplit

from app.console.errors import Known
from widgets.words import tr

DEFAULT_PORT = 8750


def normal_url(text: str) -> str:
    """What a person types as a station's address, as `http(s)://host:port`. Raises Known."""
    text = text.strip().rstrip("/")
    if "://" not in text:
        host = urlsplit(f"//{text}").hostname or ""
        text = f"{'http' if _is_loopback(host) else 'https'}://{text}"
    parts = urlsplit(text)
    try:
        port = parts.port
    except ValueError:
        port = 0
    if parts.scheme not in ("http", "https") or not parts.hostname or port == 0 or parts.path or parts.query:
        raise Known(tr("站点地址应为 主机:端口，例如 192.168.1.10:8750。"), "bad_address")
    if parts.scheme == "http" and not _is_loopback(parts.hostname):
        raise Known(tr("不加密的连接（http）只允许用于本机站点，请用 https。"), "plain_http")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{parts.scheme}://{host}:{port or DEFAULT_PORT}"


def _is_loopback(host: str) -> bool:
    return host in ("localhost", "::1") or host.startswith("127.")

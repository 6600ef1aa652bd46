"""TLS by pinned thumbprint: the station's certificate is its own, so a person accepts its SHA-256 once. Console side.

The comparison happens inside the TLS handshake, before a byte of ours (a password, a token) is sent, and it is the same
code for HTTP and for the WebSocket: both wrap their sockets with the context's `sslobject_class`.
"""

import hashlib
import ssl
from typing import Any


class WrongCertificate(ssl.SSLError):
    """The peer's certificate is not the accepted one. HTTP libraries wrap it; `PinnedContext.refused` remembers."""


class PinnedContext(ssl.SSLContext):
    """A client context that trusts exactly one certificate. `expected` is a lower-case hex SHA-256; "" trusts none, which
    is how the first thumbprint is learned. `refused` is the thumbprint last turned away, None when none was."""

    expected: str
    refused: str | None

    def __new__(cls, expected: str) -> "PinnedContext":
        made = super().__new__(cls, ssl.PROTOCOL_TLS_CLIENT)
        made.expected = normal(expected)
        made.refused = None
        # The name and the issuer prove nothing here: the whole certificate is compared instead.
        made.check_hostname = False
        made.verify_mode = ssl.CERT_NONE
        made.minimum_version = ssl.TLSVersion.TLSv1_2
        made.sslobject_class = _CheckedObject
        return made

    def __init__(self, expected: str) -> None:
        super().__init__()


class _CheckedObject(ssl.SSLObject):
    def do_handshake(self) -> None:
        super().do_handshake()
        context: Any = self.context
        seen = thumbprint(self.getpeercert(binary_form=True) or b"")
        if seen != context.expected:
            context.refused = seen
            raise WrongCertificate(f"certificate {seen} is not the accepted one")


def thumbprint(der: bytes) -> str:
    return hashlib.sha256(der).hexdigest()


def normal(text: str) -> str:
    """`AB:CD …` as a person types it, as plain lower-case hex."""
    return "".join(c for c in text.lower() if c in "0123456789abcdef")


def grouped(print_: str) -> str:
    """Four rows of eight pairs, easy to compare over the telephone."""
    pairs = [print_[i : i + 2].upper() for i in range(0, len(print_), 2)]
    return "\n".join(" ".join(pairs[i : i + 8]) for i in range(0, len(pairs), 8))

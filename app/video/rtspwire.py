"""What goes over an RTSP connection (RFC 2326): requests, answers, login. Both sides; pure, reads no socket."""

import base64
import hashlib
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

MOST_HEAD, MOST_BODY = 64 * 1024, 1024 * 1024


class WireFault(Exception):
    """The other end does not speak RTSP."""


@dataclass(frozen=True, slots=True)
class Answer:
    """`headers` by lower-case name; of several `WWW-Authenticate` the strongest we know."""

    status: int
    reason: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def cseq(self) -> int:
        number = self.headers.get("cseq", "")
        return int(number) if number.isdigit() else 0


@dataclass(frozen=True, slots=True)
class Data:
    """An interleaved packet; even channels are RTP."""

    channel: int
    payload: bytes


class Reader:
    """Bytes in, answers and packets out. Requests of the other end (some send OPTIONS) are skipped."""

    def __init__(self) -> None:
        self._left = bytearray()

    def rest(self) -> bytes:
        """What was fed and is not part of anything given out yet."""
        return bytes(self._left)

    def feed(self, more: bytes) -> Iterator[Answer | Data]:
        """Raises WireFault."""
        left = self._left
        left += more
        at = 0
        try:
            while at < len(left):
                if left[at] == 0x24:  # "$"
                    if len(left) - at < 4:
                        return
                    size = int.from_bytes(left[at + 2 : at + 4])
                    if len(left) - at < 4 + size:
                        return
                    channel, begin = left[at + 1], at + 4
                    at = begin + size
                    yield Data(channel, bytes(left[begin:at]))
                elif left[at] in b"\r\n":
                    at += 1
                else:
                    end = left.find(b"\r\n\r\n", at)
                    if end < 0:
                        if len(left) - at > MOST_HEAD:
                            raise WireFault("no end of a head")
                        return
                    head = _head(bytes(left[at:end]))
                    length = head.headers.get("content-length", "0")
                    size = int(length) if length.isdigit() else 0
                    if size > MOST_BODY:
                        raise WireFault("a body too large")
                    if len(left) < end + 4 + size:
                        return
                    body = bytes(left[end + 4 : end + 4 + size])
                    at = end + 4 + size
                    if head.status:
                        yield Answer(head.status, head.reason, head.headers, body)
        finally:
            del left[:at]


def _head(data: bytes) -> Answer:
    first, *rest = data.decode("utf-8", "replace").split("\r\n")
    headers: dict[str, str] = {}
    for line in rest:
        name, _, value = line.partition(":")
        name, value = name.strip().lower(), value.strip()
        if name == "www-authenticate" and name in headers and _strength(value) <= _strength(headers[name]):
            continue
        headers[name] = value
    found = re.match(r"RTSP/1\.\d (\d{3}) ?(.*)", first)
    if found:
        return Answer(int(found[1]), found[2], headers)
    if not re.match(r"[A-Z_]+ \S+ RTSP/1\.\d", first):
        raise WireFault("neither answer nor request")
    return Answer(0, "", headers)


def request(method: str, url: str, cseq: int, headers: Mapping[str, str]) -> bytes:
    lines = [f"{method} {url} RTSP/1.0", f"CSeq: {cseq}", "User-Agent: HazWatch"]
    lines += [f"{name}: {value}" for name, value in headers.items() if value]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


# login


def _strength(challenge: str) -> int:
    low = challenge.lower()
    return 0 if not low.startswith("digest") else 2 if "sha-256" in low else 1


def authorization(challenge: str, user: str, password: str, method: str, url: str, count: int = 1) -> str:
    """The header that answers `WWW-Authenticate`; "" for a scheme we do not know. `count` of requests with this nonce."""
    scheme, _, rest = challenge.partition(" ")
    if scheme.lower() == "basic":
        return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()
    if scheme.lower() != "digest":
        return ""
    said = {name.lower(): quoted or plain for name, quoted, plain in re.findall(r'(\w+)=(?:"([^"]*)"|([^\s,]+))', rest)}
    algorithm = said.get("algorithm", "MD5")
    make = hashlib.sha256 if algorithm.upper().startswith("SHA-256") else hashlib.md5

    def hashed(*parts: str) -> str:
        return make(":".join(parts).encode()).hexdigest()

    realm, nonce = said.get("realm", ""), said.get("nonce", "")
    who, what = hashed(user, realm, password), hashed(method, url)
    told = {"username": user, "realm": realm, "nonce": nonce, "uri": url}
    more = ""
    if "auth" in said.get("qop", "").split(","):
        nc, cnonce = f"{count:08x}", os.urandom(8).hex()
        told |= {"response": hashed(who, nonce, nc, cnonce, "auth", what), "cnonce": cnonce}
        more = f", qop=auth, nc={nc}"
    else:
        told["response"] = hashed(who, nonce, what)
    told |= {name: said[name] for name in ("opaque",) if name in said}
    quoted = ", ".join(f'{name}="{value}"' for name, value in told.items())
    return f"Digest {quoted}{more}" + (f", algorithm={algorithm}" if "algorithm" in said else "")

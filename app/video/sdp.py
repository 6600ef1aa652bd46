"""What an RTSP camera says of its stream (SDP, RFC 4566) as far as a viewer needs it. Both sides; pure."""

from base64 import b64decode
from dataclasses import dataclass
from urllib.parse import urlsplit

_CODECS = {"H264": "h264", "H265": "hevc", "HEVC": "hevc"}
_SETS = {"h264": ("sprop-parameter-sets",), "hevc": ("sprop-vps", "sprop-sps", "sprop-pps")}
_START = b"\x00\x00\x00\x01"
_CLOCK = 90_000


@dataclass(frozen=True, slots=True)
class Media:
    """One video stream. `codec`: "h264", "hevc" or the name the camera gives; `sets`: its parameter sets as Annex B, may be
    empty; `control`: as written, "" when it is not."""

    codec: str
    clock: int
    control: str
    sets: bytes

    @property
    def known(self) -> bool:
        return self.codec in _SETS


def video_of(text: str) -> Media | None:
    """The first video stream that is H.264 or H.265, else the first of any kind; None without one."""
    found: list[Media] = []
    session = ""
    for section in _sections(text):
        head, lines = section[0], section[1:]
        if not head.startswith("m="):
            session = next((line[10:] for line in section if line.startswith("a=control:")), "")
        elif head.startswith("m=video"):
            found.append(_media(head, lines, session))
    return next((one for one in found if one.known), found[0] if found else None)


def control_url(base: str, control: str) -> str:
    """Where SETUP goes. `base`: Content-Base, or what was asked for."""
    if urlsplit(control).scheme:
        return control
    if control in ("", "*"):
        return base
    return base + control if base.endswith("/") or control.startswith("?") else f"{base}/{control}"


def _sections(text: str) -> list[list[str]]:
    sections: list[list[str]] = [["v="]]
    for line in (line.strip() for line in text.splitlines()):
        if line.startswith("m="):
            sections.append([line])
        elif line:
            sections[-1].append(line)
    return sections


def _media(head: str, lines: list[str], session: str) -> Media:
    words = head.split()
    payload = words[3] if len(words) > 3 else ""
    told = {
        name: rest
        for name, _, rest in (line[2:].partition(":") for line in lines if line.startswith("a="))
        if name not in ("rtpmap", "fmtp") or rest.split(" ", 1)[0] == payload
    }
    encoding, _, clock = told.get("rtpmap", "").partition(" ")[2].strip().partition("/")
    codec = _CODECS.get(encoding.upper(), encoding.lower() or f"RTP {payload}")
    rate = clock.split("/")[0]
    format_of = {}
    for part in told.get("fmtp", "").partition(" ")[2].split(";"):
        name, _, value = part.strip().partition("=")
        format_of[name.lower()] = value
    sets = b"".join(_set(one) for name in _SETS.get(codec, ()) for one in format_of.get(name, "").split(","))
    control = told.get("control", "")
    return Media(codec, int(rate) if rate.isdigit() and int(rate) else _CLOCK, control or session, sets)


def _set(text: str) -> bytes:
    try:
        data = b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        return b""
    return _START + data.removeprefix(_START) if data else b""

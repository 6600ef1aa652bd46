"""A seal of the journal (日封印): what is printed on paper to prove the journal later. Both sides; pure, computes no hash.

A seal closes the records since the one before it. Its text is one line of words, `HAZWATCH-SEAL/1 site=… number=… …`, and can
be checked without this program: `hash` is the journal's own chain hash of the last record; `sha256` and `sm3` are digests over
the lines of all its records (see `app.store.chain`), each with a line feed behind it; `sig` is the Ed25519 signature, by the
key `key`, of everything before ` key=` (both base64). `hazwatch verify --seal TEXT` does all of that.
"""

from dataclasses import dataclass
from urllib.parse import quote, unquote

from app.domain.instant import Instant, from_rfc3339, to_rfc3339

MARK = "HAZWATCH-SEAL/1"
MIDNIGHT, STOP, LATE = "midnight", "stop", "late"
CAUSES = {MIDNIGHT: "零点封印", STOP: "停站封印", LATE: "补做（停站期间跨过零点）"}


@dataclass(frozen=True, slots=True)
class Seal:
    """`day`: the local day it belongs to, `2026-11-21`; `first`, `last`: record numbers; digests in hex. `record`: the number
    of the journal record that tells of it, 0 before it is written. Without a key `key` and `signature` are ""."""

    number: int
    day: str
    cause: str
    made_at: Instant
    first: int
    last: int
    hash: str
    sha256: str
    sm3: str
    key: str = ""
    signature: str = ""
    record: int = 0

    @property
    def count(self) -> int:
        return self.last - self.first + 1


def signed_text(seal: Seal, site: str) -> str:
    """What the signature is over."""
    return (
        f"{MARK} site={quote(site, safe='')} number={seal.number} day={seal.day} cause={seal.cause} "
        f"at={to_rfc3339(seal.made_at)} first={seal.first} last={seal.last} count={seal.count} hash={seal.hash} "
        f"sha256={seal.sha256} sm3={seal.sm3}"
    )


def seal_text(seal: Seal, site: str) -> str:
    """The line on paper."""
    text = signed_text(seal, site)
    return f"{text} key={seal.key} sig={seal.signature}" if seal.signature else text


@dataclass(frozen=True, slots=True)
class GivenSeal:
    """A seal as somebody read it off paper. What was not given is "" or 0; `last` and `hash` are always there."""

    last: int
    hash: str
    first: int = 0
    number: int = 0
    count: int = 0
    sha256: str = ""
    sm3: str = ""
    site: str = ""
    day: str = ""
    key: str = ""
    signature: str = ""
    signed: str = ""  # the text the signature should be over


_WORDS = ("site", "number", "day", "cause", "at", "first", "last", "count", "hash", "sha256", "sm3", "key", "sig")
_DIGITS = frozenset("0123456789abcdef")


def read_seal(text: str) -> GivenSeal:
    """Takes the whole text of a QR code, or only `last=… hash=…` typed by hand; line breaks do not matter. Raises ValueError
    with a Chinese sentence."""
    words = [word for word in text.split() if word != MARK]
    pairs: dict[str, str] = {}
    key = ""
    for word in words:
        before, (key, equals, value) = key, word.partition("=")
        if not equals or key not in _WORDS:
            if before:  # a long value goes on in the next line of the paper
                key = before
                pairs[key] += word
                continue
            raise ValueError(f"封印文字里看不懂 {word!r}；应为 {MARK} 开头的一行，或至少 last=编号 hash=64 位十六进制")
        if key in pairs:
            raise ValueError(f"封印文字里 {key} 出现了两次")
        pairs[key] = value
    for key in ("last", "hash"):
        if not pairs.get(key):
            raise ValueError(f"封印文字里没有 {key}=；至少要有 last=编号 和 hash=64 位十六进制")
    numbers = {key: _number(key, pairs[key]) for key in ("number", "first", "last", "count") if key in pairs}
    digests = {key: _digest(key, pairs[key]) for key in ("hash", "sha256", "sm3") if key in pairs}
    if "at" in pairs:
        try:
            from_rfc3339(pairs["at"])
        except ValueError:
            raise ValueError(f"封印文字里 at={pairs['at']} 不是时间") from None
    signed = " ".join([MARK, *(f"{key}={pairs[key]}" for key in _WORDS[:-2] if key in pairs)])
    return GivenSeal(
        last=numbers["last"],
        hash=digests["hash"],
        first=numbers.get("first", 0),
        number=numbers.get("number", 0),
        count=numbers.get("count", 0),
        sha256=digests.get("sha256", ""),
        sm3=digests.get("sm3", ""),
        site=unquote(pairs.get("site", "")),
        day=pairs.get("day", ""),
        key=pairs.get("key", ""),
        signature=pairs.get("sig", ""),
        signed=signed,
    )


def _number(key: str, text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        raise ValueError(f"封印文字里 {key}={text} 不是编号")
    return int(text)


def _digest(key: str, text: str) -> str:
    low = text.lower()
    if len(low) != 64 or not _DIGITS.issuperset(low):
        raise ValueError(f"封印文字里 {key} 应为 64 位十六进制，这里是 {len(text)} 个字符")
    return low

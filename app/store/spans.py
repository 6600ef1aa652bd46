"""Digests over the lines of a run of records, page by page: what a seal of the journal says of them. Station side."""

import hashlib
from collections.abc import Sequence

from cryptography.hazmat.primitives import hashes


class SpanDigest:
    """Of the records `first` to `last`; fed with pages of lines in order, which may begin before and end after it."""

    def __init__(self, first: int, last: int) -> None:
        self.first, self.last = first, last
        self._sha256 = hashlib.sha256()
        self._sm3 = hashes.Hash(hashes.SM3())

    def add(self, low: int, lines: Sequence[bytes]) -> None:
        """`lines` of the records from number `low` on."""
        begin, end = max(self.first - low, 0), self.last + 1 - low
        mine = lines[begin : max(end, 0)]
        if mine:
            text = b"\n".join(mine) + b"\n"
            self._sha256.update(text)
            self._sm3.update(text)

    def finish(self) -> tuple[str, str]:
        """SHA-256 and SM3 in hex; once."""
        return self._sha256.hexdigest(), self._sm3.finalize().hex()

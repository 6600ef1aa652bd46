"""How far the journal came, in a small file beside the database: what a start holds the database against. Station side.

A power cut, a truncated file or a copied-back old database leaves a journal that is whole in itself and too short; only
somebody who remembers can tell. The file is overwritten in place after every commit and
not forced to the disk: an old mark misses
a loss, it never claims one.
"""

import os
import struct
import zlib
from dataclasses import dataclass
from pathlib import Path

NAME = "journal.mark"
_LAYOUT = struct.Struct("<8sQ32sI")
_MAGIC = b"HWMARK1\n"


@dataclass(frozen=True, slots=True)
class Marked:
    """The newest record that was confirmed: number and chain hash (hex)."""

    id: int
    hash: str


def read_mark(data: Path) -> Marked | None:
    """None when there is none, or it is torn."""
    try:
        raw = (data / NAME).read_bytes()
    except OSError:
        return None
    if len(raw) < _LAYOUT.size:
        return None
    magic, id, hash, check = _LAYOUT.unpack(raw[: _LAYOUT.size])
    if magic != _MAGIC or zlib.crc32(raw[: _LAYOUT.size - 4]) != check:
        return None
    return Marked(id, hash.hex())


class JournalMark:
    """Held open by the one station of a data folder."""

    def __init__(self, data: Path) -> None:
        flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
        self._file = os.open(data / NAME, flags, 0o600)

    def move(self, id: int, hash: str) -> None:
        """Never in the way of the journal: a disk that is full or gone shows itself there."""
        if self._file < 0:
            return
        body = _LAYOUT.pack(_MAGIC, id, bytes.fromhex(hash), 0)[:-4]
        try:
            os.lseek(self._file, 0, os.SEEK_SET)
            os.write(self._file, body + zlib.crc32(body).to_bytes(4, "little"))
        except OSError:
            self.close()

    def close(self) -> None:
        """May be called twice."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

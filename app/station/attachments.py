"""Files put to forms (附件): kept in the data folder under their SHA-256, taken in as a stream within a limit. Station side.

What a file is, its content says, not its name. A file is written aside first and counts when it is whole; who put it to which
form is the form's business and the journal's.
"""

import contextlib
import hashlib
import os
import re
import zipfile
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO
from uuid import uuid4

from starlette.requests import ClientDisconnect

from app.station.errors import Changed, KnownError, NotAllowed, Unknown
from app.store.ports import StoreUnavailable

KINDS = ("jpg", "png", "pdf", "xlsx", "docx", "mp4", "txt", "zip")
LONGEST_NAME = 150
HEAD = 4096
DRAINED = 20  # times the limit
_PIECE = 1 << 20
_NAME = re.compile(rf"[0-9a-f]{{64}}\.(?:{'|'.join(KINDS)})", re.ASCII)
_BAD = re.compile('[\x00-\x1f\x7f\ud800-\udfff<>:"/\\\\|?*]')


class TooLarge(KnownError):
    status = 413


@dataclass(frozen=True, slots=True)
class Stored:
    """`file`: its name among the attachments."""

    file: str
    type: str
    size: int
    sha256: str


class Attachments:
    """`call` runs blocking work in a thread."""

    def __init__(self, data: Path, limit_mb: float, call: Callable[..., Awaitable[Any]]) -> None:
        self._folder, self._call = data / "attachments", call
        self.limit = round(limit_mb * 1e6)

    def refuse_announced(self, length: int | None) -> None:
        """Raises TooLarge before anything is read."""
        if length is not None and length > self.limit:
            raise self._too_large()

    async def take(self, stream: AsyncIterator[bytes]) -> Stored:
        """Raises TooLarge, NotAllowed for an empty file or another kind, StoreUnavailable; then nothing is left behind."""
        incoming = self._folder / f".incoming-{uuid4().hex}"
        try:
            out = await self._call(self._begin, incoming)
            try:
                size, digest = await self._copy(stream, out)
            finally:
                await self._call(out.close)
            stored: Stored = await self._call(self._keep, incoming, size, digest)
            return stored
        except OSError as error:
            why = error.strerror or str(error)
            raise StoreUnavailable(f"附件不能写入（{why}）：请检查数据盘的空间和权限") from error
        finally:
            await self._call(incoming.unlink, missing_ok=True)

    async def drain(self, stream: AsyncIterator[bytes]) -> None:
        """Take what is left of a refused file and throw it away: a client whose call is broken off never sees why."""
        left = DRAINED * self.limit
        with contextlib.suppress(ClientDisconnect):
            async for piece in stream:
                left -= len(piece)
                if left < 0:
                    return

    async def path(self, file: str, sha256: str) -> Path:
        """Where it lies, its content looked at. Raises Unknown, and Changed when it is not what was put in."""
        if not _NAME.fullmatch(file):
            raise Unknown("not_found", f"没有附件 {file}")
        place = self._folder / file
        try:
            found = await self._call(_sha256, place)
        except OSError as error:
            raise Unknown("not_found", f"附件 {file} 不在数据目录里，可能已被移走；请从备份恢复") from error
        if found != sha256:
            raise Changed("attachment_changed", f"附件 {file} 的内容与登记的校验和不符，可能被改动过；请从备份恢复")
        return place

    # inside

    def _begin(self, incoming: Path) -> BinaryIO:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return open(incoming, "xb", opener=lambda path, flags: os.open(path, flags, 0o600))

    async def _copy(self, stream: AsyncIterator[bytes], out: BinaryIO) -> tuple[int, str]:
        size, digest, waiting = 0, hashlib.sha256(), bytearray()
        async for piece in stream:
            size += len(piece)
            if size > self.limit:
                raise self._too_large()
            digest.update(piece)
            waiting += piece
            if len(waiting) >= _PIECE:
                await self._call(out.write, bytes(waiting))
                waiting.clear()
        await self._call(_finish, out, bytes(waiting))
        return size, digest.hexdigest()

    def _keep(self, incoming: Path, size: int, sha256: str) -> Stored:
        if size == 0:
            raise NotAllowed("bad_attachment", "附件是空的，请检查文件后重新上传")
        kind = kind_of(incoming)
        if kind is None:
            taken = f"可以上传：{' '.join(KINDS)}，每个最多 {self.words}"
            raise NotAllowed("bad_attachment", f"不能接受这种文件（按内容判断，与文件名无关）；{taken}")
        os.replace(incoming, self._folder / f"{sha256}.{kind}")
        return Stored(f"{sha256}.{kind}", kind, size, sha256)

    @property
    def words(self) -> str:
        return f"{self.limit / 1e6:g} MB"

    def _too_large(self) -> TooLarge:
        return TooLarge("too_large", f"附件超过 {self.words} 的限制，请压缩或分开后再上传")


def clean_name(name: str) -> str:
    """A file name as a person gave it, without what no disk takes."""
    text = _BAD.sub("_", name.replace("\\", "/").rpartition("/")[2]).strip(" .")
    return text[-LONGEST_NAME:] or "附件"


def kind_of(file: Path) -> str | None:
    """By content; None for what is not taken."""
    with file.open("rb") as source:
        head = source.read(HEAD)
    if head.startswith(b"\xff\xd8\xff"):
        return "jpg"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if head.startswith(b"%PDF-"):
        return "pdf"
    if head[4:8] == b"ftyp":
        return "mp4"
    if head.startswith(b"PK\x03\x04"):
        return _zip_kind(file)
    return "txt" if _is_text(file) else None


def _zip_kind(file: Path) -> str | None:
    """Office files are archives; those with macros are not taken."""
    try:
        with zipfile.ZipFile(file) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
        return None
    if any(name.lower().endswith("vbaproject.bin") for name in names):
        return None
    if "[Content_Types].xml" in names:
        return "xlsx" if "xl/workbook.xml" in names else "docx" if "word/document.xml" in names else None
    return "zip"


def _is_text(file: Path) -> bool:
    """UTF-8 or GB18030 without control characters; a program or a picture is neither."""
    data = file.read_bytes()
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        return not any(letter < " " and letter not in "\t\r\n\f" for letter in text)
    return False


def _finish(out: BinaryIO, rest: bytes) -> None:
    out.write(rest)
    out.flush()
    os.fsync(out.fileno())


def _sha256(file: Path) -> str:
    with file.open("rb") as source:
        return hashlib.file_digest(source, "sha256").hexdigest()

"""What a station that was killed left half done (断电后的片段): kept when it holds pictures, removed when not, always said.

Station side. Blocking parts run in a worker thread; a clip is decoded whole before it is called usable.
"""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from app.domain.clip import ClipState
from app.domain.instant import SECOND, Instant
from app.store.rows import ClipRow
from app.video.clip import PART, adopt, check_clip, unfinished

log = logging.getLogger(__name__)

BROKEN_OFF = "站在录制中停止"


@dataclass(frozen=True, slots=True)
class Found:
    """What became of one clip; `words` is a Chinese sentence. `file` "" when nothing of it is left."""

    state: ClipState
    words: str
    file: str = ""
    first_frame: Instant | None = None
    last_frame: Instant | None = None
    size: int = 0
    sha256: str = ""


def mended(row: ClipRow, folder: Path) -> Found:
    """Of a clip that was under way."""
    before = f"{row.words}；" if row.words else ""
    if not row.file:
        return Found(ClipState.FAILED, f"{before}{BROKEN_OFF}，没有录像")
    path = folder / row.file
    part = path.with_name(path.name + PART)
    check = check_clip(path) if path.exists() else adopt(part) if part.exists() else None
    if check is None or not check.pictures:
        path.unlink(missing_ok=True)
        return Found(ClipState.FAILED, f"{before}{BROKEN_OFF}，没有录像")
    first = row.first_frame
    last = None if first is None else first + round(check.seconds * SECOND)
    said = [f"{before}{BROKEN_OFF}，只有 {check.seconds:.0f} 秒"]
    if not check.sound:
        said.append(check.words.rstrip("。"))
    return Found(ClipState.READY, "；".join(said), row.file, first, last, path.stat().st_size, check.sha256)


def sweep(folder: Path, keep: Iterable[str]) -> int:
    """Half files nobody knows of, such as those of a fetch that was cut off. How many."""
    known = {folder / f"{name}{PART}" for name in keep}
    gone = 0
    for part in unfinished(folder) if folder.is_dir() else ():
        if part not in known:
            part.unlink(missing_ok=True)
            gone += 1
    return gone

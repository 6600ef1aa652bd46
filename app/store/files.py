"""Small files that are never half written, and folders and files nobody else may read. Station side."""

import contextlib
import os
from pathlib import Path

from app.disk import sync_folder


def write_safely(file: Path, content: bytes) -> None:
    """Replaces `file` by `content`, mode 0600: after a crash or power cut there is the old content or the new one."""
    beside = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as out:
            out.write(content)
            out.flush()
            os.fsync(out.fileno())
        os.replace(beside, file)
    except BaseException:
        with contextlib.suppress(OSError):
            beside.unlink()
        raise
    sync_folder(file.parent)

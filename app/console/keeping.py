"""What a person asks for, kept in a file of theirs, whole or not at all; and calls nobody waits for. Console side."""

import asyncio
import contextlib
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import QDir, QStandardPaths, Qt
from PySide6.QtWidgets import QFileDialog, QWidget

from app.console.errors import Known
from app.console.seat import Seat
from widgets.words import tr


def ask_for_file(owner: QWidget, title: str, name: str, then: Callable[[Path], object]) -> QFileDialog:
    """Qt's own dialog, not modal: it must never stand between a person and an alarm."""
    folder = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation) or QDir.homePath()
    dialog = QFileDialog(owner, title, str(Path(folder) / name))
    dialog.setOption(QFileDialog.Option.DontUseNativeDialog)
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.fileSelected.connect(lambda chosen: then(Path(chosen)))
    dialog.show()
    return dialog


def write_whole(to: Path, data: bytes) -> None:
    """All of it or nothing: what was there before stays until the new file is complete. Raises OSError."""
    to.parent.mkdir(parents=True, exist_ok=True)
    handle, part = tempfile.mkstemp(dir=to.parent, prefix=f".{to.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, to)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(part)
        raise


async def keep(seat: Seat, to: Path, data: bytes) -> bool:
    """What became of it is told at the desk."""
    done = await _written(seat, to, data)
    if done:
        seat.tell_briefly(tr("已保存到 {path}", path=to))
    return done


async def fetch_to(seat: Seat, path: str, to: Path, params: Any = None) -> bool:
    """Only a fault is told."""
    try:
        data = await seat.fetch(path, params)
    except Known as error:
        seat.tell_briefly(tr("{name} 没有取到：{why}", name=to.name, why=error.message))
        return False
    return await _written(seat, to, data)


async def fetch_and_keep(seat: Seat, path: str, to: Path, params: Any = None) -> None:
    if await fetch_to(seat, path, to, params):
        seat.tell_briefly(tr("已保存到 {path}", path=to))


async def quietly(seat: Seat, method: str, path: str) -> None:
    """Only a fault is told."""
    try:
        await seat.call(method, path)
    except Known as error:
        seat.tell_briefly(error.message)


async def _written(seat: Seat, to: Path, data: bytes) -> bool:
    try:
        await asyncio.to_thread(write_whole, to, data)
    except OSError as error:
        seat.tell_briefly(tr("{name} 没有保存：{why}", name=to.name, why=error))
        return False
    return True

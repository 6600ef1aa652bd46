"""Files of forms between this desk and the station: attachments up and down, paper and sheets to a file. Console side.

What is opened lies in the data folder of this seat, checked against the hash the station gave; only kinds of files that are
looked at, never ones that would run.
"""

import asyncio
import hashlib
import mimetypes
import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

from PySide6.QtCore import QObject, Qt, QUrl, Signal
from PySide6.QtGui import QDesktopServices

from app.console.errors import Known
from app.console.keeping import ask_for_file, write_whole
from app.console.seat import Seat
from widgets.forms.parse import AttachmentMsg, FormMsg, form_of
from widgets.forms.view import FormView
from widgets.words import tr

MOST_BYTES = 256 * 2**20
"""More than this is not even read; the station's own limit is lower and told by itself."""
_LOOKED_AT = frozenset({".jpg", ".jpeg", ".png", ".bmp", ".gif", ".webp", ".pdf", ".txt", ".csv", ".xlsx", ".docx", ".mp4"})


class FormFiles(QObject):
    attached = Signal(object)  # FormMsg, as it stands with the new attachment
    _shared = Signal(int, float)  # transfer, share; from the session's thread

    def __init__(self, seat: Seat, view: FormView, show: Callable[[Path], bool] | None = None) -> None:
        """`show`: what opens a file outside of this program."""
        super().__init__()
        self._seat, self._view = seat, view
        self._show = show or (lambda path: QDesktopServices.openUrl(QUrl.fromLocalFile(str(path))))
        self._number = 0
        self._running: dict[int, asyncio.Task[None]] = {}
        self._shared.connect(view.attachments.show_share, Qt.ConnectionType.QueuedConnection)
        view.dropped.connect(self._attach_all)
        view.attachments.stopped.connect(self._stop)
        view.attachments.opened.connect(self._open)
        view.attachments.saved.connect(self._ask_where_to_save)
        view.head.print_wanted.connect(self._ask_where_to_print)

    def stop(self) -> None:
        for task in self._running.values():
            task.cancel()
        self._running.clear()

    def _attach_all(self, paths: list[Path]) -> None:
        form = self._view.form
        if form is None or form.id == 0:
            return
        for path in paths:
            self._number += 1
            task = self._seat.run(self._attach(self._number, form, path))
            self._running[self._number] = task

    async def _attach(self, number: int, form: FormMsg, path: Path) -> None:
        rows = self._view.attachments
        rows.begin(number, path.name, 0)
        try:
            size = await asyncio.to_thread(_size, path)
            if size < 0:
                raise Known(tr("不是文件，或已不在原处。"))
            if size > MOST_BYTES:
                raise Known(tr("文件有 {size} MB，太大了。", size=size // 2**20))
            rows.begin(number, path.name, size)
            body = await asyncio.to_thread(path.read_bytes)
            kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
            place = f"/forms/{form.kind}/{form.id}/attachments?name={quote(path.name, safe='')}"

            def share(sent: int) -> None:
                self._shared.emit(number, sent / max(1, len(body)))

            told = await self._seat.send(place, body, {"Content-Type": kind}, share)
            whole = told if isinstance(told, dict) and "fields" in told else await self._seat.call("GET", _path(form))
            rows.end(number)
            self.attached.emit(form_of(whole))
        except Known as error:
            rows.show_refusal(number, error.message)
        except (OSError, ValueError) as error:
            rows.show_refusal(number, str(error))
        finally:
            self._running.pop(number, None)

    def _stop(self, number: int) -> None:
        task = self._running.pop(number, None)
        if task is not None:
            task.cancel()
        self._view.attachments.end(number)

    def _open(self, one: AttachmentMsg) -> None:
        if Path(one.name).suffix.lower() not in _LOOKED_AT:
            self._view.show_notice(tr("“{name}”不能直接打开，请另存后由懂的人查看。", name=one.name))
            return
        self._seat.run(self._fetch_and_show(one))

    async def _fetch_and_show(self, one: AttachmentMsg) -> None:
        folder = self._seat.data / "reports" / "opened"
        path = folder / f"{one.sha256[:12]}-{_safe(one.name)}"
        if await self._fetch(one, path) and not self._show(path):
            self._view.show_notice(tr("本机没有能打开它的程序，文件在 {path}", path=path))

    async def _fetch(self, one: AttachmentMsg, path: Path) -> bool:
        form = self._view.form
        assert form is not None
        try:
            data = await self._seat.fetch(f"{_path(form)}/attachments/{quote(one.file, safe='')}")
            if one.sha256 and hashlib.sha256(data).hexdigest() != one.sha256:
                raise Known(tr("取到的内容与站点记录的校验值不一致，没有保存。"))
            await asyncio.to_thread(write_whole, path, data)
        except Known as error:
            self._view.show_notice(tr("{name} 没有取到：{why}", name=one.name, why=error.message))
        except OSError as error:
            self._view.show_notice(tr("{name} 没有保存：{why}", name=one.name, why=error))
        else:
            return True
        return False

    def _ask_where_to_save(self, one: AttachmentMsg) -> None:
        ask_for_file(self._view, tr("另存附件"), _safe(one.name), lambda path: self._seat.run(self._save(one, path)))

    async def _save(self, one: AttachmentMsg, path: Path) -> None:
        if await self._fetch(one, path):
            self._seat.tell_briefly(tr("已保存到 {path}", path=path))

    def _ask_where_to_print(self, ending: str) -> None:
        form = self._view.form
        if form is not None and form.id:
            name = _safe(f"{form.number or form.kind}.{ending}")
            ask_for_file(self._view, tr("保存表单"), name, lambda path: self._seat.run(self._print(form, ending, path)))

    async def _print(self, form: FormMsg, ending: str, path: Path) -> None:
        self._view.show_notice("")
        try:
            data = await self._seat.fetch(f"{_path(form)}.{ending}")
            await asyncio.to_thread(write_whole, path, data)
        except Known as error:
            self._view.show_notice(tr("表单没有输出：{why}", why=error.message))
        except OSError as error:
            self._view.show_notice(tr("{name} 没有保存：{why}", name=path.name, why=error))
        else:
            self._seat.tell_briefly(tr("已保存到 {path}", path=path))


def _size(path: Path) -> int:
    """In bytes; -1 for what is no file."""
    return path.stat().st_size if path.is_file() else -1


def _path(form: FormMsg) -> str:
    return f"/forms/{form.kind}/{form.id}"


def _safe(name: str) -> str:
    """A file name every system takes."""
    return re.sub(r'[\\/:*?"<>|\x00-\x1f]', "_", name)[-120:] or "file"

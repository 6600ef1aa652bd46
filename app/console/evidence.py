"""Recordings as evidence at the desk: clips locked, case packages made and saved; a supervisor does it. Console side."""

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from PySide6.QtWidgets import QWidget

from app.console.errors import Known
from app.console.pages.forms_files import ask_for_file
from app.console.seat import Seat
from app.domain.instant import Instant, to_rfc3339
from widgets.words import tr

AGAIN_S = 1.0
MOST_BYTES = 512 * 2**20
"""More than this does not go through the memory of a seat; it is fetched from the station's data folder."""


class Evidence:
    """`say` shows a sentence on the page it belongs to."""

    def __init__(self, seat: Seat, page: QWidget, say: Callable[[str], None]) -> None:
        self._seat, self._page, self._say = seat, page, say
        self._making: str = ""

    async def lock(self, clips: Sequence[int], why: str) -> bool:
        """Whether one of them is locked now that was not."""
        done = 0
        for id in clips:
            try:
                await self._seat.call("POST", f"/clips/{id}/lock", {"why": why})
                done += 1
            except Known as error:
                self._say(tr("片段 {id} 没有锁定：{why}", id=id, why=error.message))
        if done:
            self._say(tr("已锁定 {n} 个片段，到期也不清除；解锁须由另一位主管。", n=done))
        return done > 0

    async def make_case(
        self, cameras: Sequence[str], occurrences: Sequence[int], start: Instant, end: Instant, why: str
    ) -> None:
        """Until it is made, with its progress; then where it is to be saved is asked."""
        span = {"start": to_rfc3339(start), "end": to_rfc3339(end)}
        body = {"cameras": list(cameras), "occurrences": list(occurrences), "why": why, **span}
        try:
            job = await self._seat.call("POST", "/cases", body)
            self._making = str(job["id"])
            while job["state"] == "running":
                share = round(100 * job["done"] / job["total"]) if job["total"] else 0
                self._say(tr("正在制作案卷 {n} %（再按一次取消）", n=share))
                await asyncio.sleep(AGAIN_S)
                job = await self._seat.call("GET", f"/cases/{self._making}")
        except Known as error:
            self._say(tr("案卷没有做成：{why}", why=error.message))
            return
        finally:
            self._making = ""
        if job["state"] != "done":
            self._say(tr("案卷没有做成：{why}", why=job["error"] or tr("已取消")))
        elif int(job.get("size") or 0) > MOST_BYTES:
            self._say(tr("案卷 {name} 已做好，太大，请在站的 cases 文件夹里取。", name=job["name"]))
        else:
            self._say(tr("案卷 {name} 已做好。", name=job["name"]))
            name = f"{job['name']}.zip"
            ask_for_file(self._page, tr("保存案卷"), name, lambda path: self._seat.run(self._save(str(job["name"]), path)))

    @property
    def making(self) -> bool:
        return bool(self._making)

    async def cancel(self) -> None:
        try:
            await self._seat.call("POST", f"/cases/{self._making}/cancel")
        except Known as error:
            self._say(error.message)

    async def _save(self, name: str, path: Path) -> None:
        try:
            content: Any = await self._seat.fetch(f"/cases/{quote(name, safe='')}/file")
            await asyncio.to_thread(path.write_bytes, content)
        except (Known, OSError) as error:
            self._seat.tell(tr("案卷没有保存：{why}", why=getattr(error, "message", error)))
            return
        self._seat.tell_briefly(tr("已保存到 {path}", path=path))

"""Recordings as evidence at the desk: clips locked and unlocked, case packages made; a supervisor does it. Console side."""

import asyncio
from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject, Signal

from app.console.errors import Known
from app.console.seat import Seat
from app.domain.instant import Instant, to_rfc3339
from widgets.words import tr

AGAIN_S = 1.0


class Evidence(QObject):
    made = Signal(str)  # name of a case package that is there now

    def __init__(self, seat: Seat, say: Callable[[str], None]) -> None:
        """`say` shows a sentence on the page it belongs to."""
        super().__init__()
        self._seat, self._say = seat, say
        self._making: str = ""

    async def lock(self, clips: Sequence[int], why: str) -> bool:
        """Whether one of them is locked now that was not."""
        done = await self._each(clips, "lock", why, lambda id, why: tr("片段 {id} 没有锁定：{why}", id=id, why=why))
        if done:
            self._seat.tell_briefly(tr("已锁定 {n} 个片段，到期也不清除；解锁须由另一位主管。", n=done))
        return done > 0

    async def unlock(self, clips: Sequence[int], why: str) -> bool:
        """Whether one of them is free now. The station refuses it to the one who locked."""
        done = await self._each(clips, "unlock", why, lambda id, why: tr("片段 {id} 没有解锁：{why}", id=id, why=why))
        if done:
            self._seat.tell_briefly(tr("已解锁 {n} 个片段，保存期满后按规定清除。", n=done))
        return done > 0

    async def _each(self, clips: Sequence[int], deed: str, why: str, words: Callable[[int, str], str]) -> int:
        """How many times it was done."""
        done = 0
        for id in clips:
            try:
                await self._seat.call("POST", f"/clips/{id}/{deed}", {"why": why})
                done += 1
            except Known as error:
                self._say(words(id, error.message))
        return done

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
        else:
            self.made.emit(str(job["name"]))

    @property
    def making(self) -> bool:
        return bool(self._making)

    async def cancel(self) -> None:
        try:
            await self._seat.call("POST", f"/cases/{self._making}/cancel")
        except Known as error:
            self._say(error.message)

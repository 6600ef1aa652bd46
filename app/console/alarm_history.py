"""The search in the history of alarms, joined with the station: pages of what was found, and the export to CSV. Console side.

The export is written beside its file and takes its name when it is whole; a cancelled one leaves nothing.
"""

import asyncio
import csv
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from PySide6.QtCore import QObject

from app.console.errors import Known
from app.console.keeping import ask_for_file
from app.console.replay import span_round
from app.console.seat import Seat
from app.domain.wire import AlarmMsg
from widgets.alarms.past import PAGE, PastSearch
from widgets.alarms.past_model import PastQuery, headers, line_of
from widgets.vocabulary import local_time
from widgets.words import tr

if TYPE_CHECKING:
    from collections.abc import Callable

EXPORT_PAGE = 500  # lines set and written in one go: nobody at the desk should feel it
_FORMULA = ("=", "+", "-", "@", "\t", "\r")  # a sheet would take such a text for a formula


class AlarmHistory(QObject):
    """Lives as long as `past`, which owns it."""

    def __init__(self, seat: Seat, past: PastSearch, decimals: "Callable[[str], int]") -> None:
        super().__init__(past)
        self._seat, self._past, self._decimals = seat, past, decimals
        self._export: asyncio.Task[None] | None = None
        past.wanted.connect(self._search)
        past.replay_wanted.connect(lambda alarm: seat.replay_wanted.emit(*span_round(alarm), [alarm.tag]))
        past.export_wanted.connect(self._ask_for_file)
        past.cancelled.connect(self._cancel)
        seat.left.connect(self._leave)

    def _search(self, query: PastQuery, after: int | None) -> None:
        self._seat.run(self._load(query, after))

    async def _load(self, query: PastQuery, after: int | None) -> None:
        try:
            found = await self._page(query, after, PAGE)
        except Known as error:
            self._past.fail(query, tr("没有查到：{why}", why=error.message))
            return
        self._past.put(query, found, len(found) == PAGE)

    async def _page(self, query: PastQuery, after: int | None, limit: int) -> list[AlarmMsg]:
        params: dict[str, str | int] = {**query.params(), "limit": limit}
        if after is not None:
            params["after"] = after
        return msgspec.convert(await self._seat.call("GET", "/alarms/history", params=params), list[AlarmMsg])

    def _ask_for_file(self, query: PastQuery) -> None:
        name = tr("报警历史") + f" {query.start[:10]} {query.end[:10]}.csv"
        ask_for_file(self._past, tr("导出到"), name, lambda path: self.export(query, path))

    def export(self, query: PastQuery, path: Path) -> None:
        if self._export is None or self._export.done():
            self._past.show_progress(tr("正在导出…"), True)
            self._export = self._seat.run(self._write(query, path))

    async def _write(self, query: PastQuery, path: Path) -> None:
        fresh = path.with_name(f"{path.name}.part")
        written, after = 0, None
        try:
            with fresh.open("w", encoding="utf-8-sig", newline="") as file:
                sheet = csv.writer(file)
                sheet.writerow(headers())
                while True:
                    page = await self._page(query, after, EXPORT_PAGE)
                    sheet.writerows(_plain(line_of(alarm, self._decimals(alarm.tag))) for alarm in page)
                    written += len(page)
                    if len(page) < EXPORT_PAGE:
                        break
                    after = min(alarm.occurrence for alarm in page)
                    reached = local_time(page[-1].raised_at, date=True)
                    self._past.show_progress(tr("已导出 {n} 条，到 {at}", n=written, at=reached), True)
            fresh.replace(path)
        except Known as error:
            self._end(fresh, tr("导出没有完成：{why}", why=error.message))
        except OSError as error:
            self._end(fresh, tr("文件写不了：{why}。请换一个位置或检查磁盘。", why=error.strerror or str(error)))
        except asyncio.CancelledError:
            fresh.unlink(missing_ok=True)  # what there is to say, `_cancel` has said
            raise
        else:
            self._past.show_progress(tr("已导出 {n} 条：{file}", n=written, file=path), False)

    def _end(self, fresh: Path, text: str) -> None:
        fresh.unlink(missing_ok=True)
        self._past.show_progress(text, False)

    def _cancel(self) -> None:
        if self._export is not None and not self._export.done():
            self._export.cancel()
            self._export = None
            self._past.show_progress(tr("导出已停止，没有留下文件。"), False)

    def _leave(self) -> None:
        self._cancel()
        self._past.clear()


def _plain(cells: tuple[str, ...]) -> list[str]:
    return [f"'{cell}" if cell.startswith(_FORMULA) and not _is_number(cell) else cell for cell in cells]


def _is_number(cell: str) -> bool:
    try:
        float(cell.split(" ", 1)[0])
    except ValueError:
        return False
    return True

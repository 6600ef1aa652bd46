"""The trend page joined to the station: curves, limits of the past, marks, figures, exports, kept groups. Console side.

One question of a kind at a time. While it is under way only the newest further wish is kept, so that a hand that pans fast asks
for where it is and not for everywhere it was; a question that takes long and is not wanted any more is called off.
"""

import asyncio
import contextlib
import time
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import msgspec
from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QObject
from PySide6.QtGui import QPixmap
from shiboken6 import isValid

from app.console.errors import Known
from app.console.exporting import ExportRun
from app.console.keeping import ask_for_file, keep
from app.console.seat import Seat
from app.domain.instant import SECOND, from_rfc3339, to_rfc3339
from app.domain.tag import Limits, Priority
from app.domain.wire import AlarmMsg
from widgets.trend.groups import Group, read_group
from widgets.trend.marks import Mark
from widgets.trend.page import TrendPage
from widgets.trend.pen import LimitSpan
from widgets.trend.questions import POINTS
from widgets.words import tr

if TYPE_CHECKING:
    from app.console.history import Past

SLOW_S = 0.3
"""A question that takes longer is told of."""
GIVEN_UP_S = 1.0
"""One that takes longer than this, and is superseded, is called off."""
LOOK_S = 0.4
FIGURES = "/history/statistics"

Work = Callable[[], Coroutine[Any, Any, None]]


class TrendSide(QObject):
    def __init__(self, seat: Seat, page: TrendPage) -> None:
        super().__init__(page)
        self._seat, self._page = seat, page
        self._running: dict[str, tuple[asyncio.Task[Any], float]] = {}
        self._next: dict[str, Work] = {}
        self._slow: set[str] = set()
        self._exports = ExportRun(seat, page, page.exporting, tr("趋势数据"), tr("保存导出的曲线"))
        page.user = lambda: seat.user
        asker = page.asker
        asker.history_wanted.connect(lambda *asked: self._want("history", lambda: self._history(False, *asked)))
        asker.ghost_wanted.connect(lambda *asked: self._want("ghost", lambda: self._history(True, *asked)))
        asker.context_wanted.connect(lambda *asked: self._want("context", lambda: self._context(*asked)))
        asker.limits_wanted.connect(lambda *asked: self._want("limits", lambda: self._limits(*asked)))
        asker.marks_wanted.connect(lambda *asked: self._want("marks", lambda: self._marks(*asked)))
        page.statistics_wanted.connect(lambda *asked: self._instead("figures", lambda: self._figures(*asked)))
        page.figures.cancelled.connect(self._no_figures)
        page.figures.closed.connect(self._no_figures)
        page.export_wanted.connect(self._on_export)
        page.cancelled.connect(self._cancel_questions)
        page.mark_opened.connect(self._open_mark)
        page.replay_wanted.connect(self._replay)
        page.groups.changed.connect(self._keep_groups)
        seat.entered.connect(self._on_entered)
        seat.left.connect(self._on_left)
        seat.closing.connect(self._next.clear)

    def _on_entered(self) -> None:
        kept = [read_group(one) for one in self._seat.settings.trend_groups]
        self._page.groups.set_groups([one for one in kept if one is not None and one.user == self._seat.user])

    def _replay(self, tags: list[str], start: float, end: float) -> None:
        """The span of the curves, with everything else that was then; from its beginning."""
        low, high = round(start * SECOND), round(end * SECOND)
        self._seat.replay_wanted.emit(low, high, low, tags)

    def _on_left(self) -> None:
        self._next.clear()
        for task, _ in self._running.values():
            task.cancel()
        self._page.groups.set_groups([])
        self._page.set_tags([])
        self._page.put_marks([])
        self._page.asking.show_busy("")

    def _keep_groups(self, groups: Sequence[Group]) -> None:
        others = [one for one in self._seat.settings.trend_groups if one.get("user") != self._seat.user]
        self._seat.remember(trend_groups=[*others, *(one.kept() for one in groups)])

    # one question of a kind

    def _want(self, name: str, work: Work) -> None:
        running = self._running.get(name)
        if running is None or running[0].done():
            self._begin(name, work)
            return
        self._next[name] = work
        if time.monotonic() - running[1] > GIVEN_UP_S:
            running[0].cancel()

    def _instead(self, name: str, work: Work) -> None:
        """Only the newest counts, the one before ends now."""
        self._next.pop(name, None)
        running = self._running.get(name)
        if running is not None and not running[0].done():
            self._next[name] = work
            running[0].cancel()
        else:
            self._begin(name, work)

    def _begin(self, name: str, work: Work) -> None:
        task = self._seat.run(work())
        self._running[name] = (task, time.monotonic())
        task.add_done_callback(lambda _: self._go_on(name))  # also of one that was called off before it began

    def _go_on(self, name: str) -> None:
        self._slow.discard(name)
        if not isValid(self._page):  # the desk was closed meanwhile
            return
        if not self._slow:
            self._page.asking.hide_busy()
        further = self._next.pop(name, None)
        if further is not None:
            self._begin(name, further)

    async def _telling(self, name: str, call: Coroutine[Any, Any, Any]) -> Any:
        """The answer; while it takes long the page says so."""
        task = asyncio.ensure_future(call)
        try:
            done, _ = await asyncio.wait({task}, timeout=SLOW_S)
            if not done:
                self._slow.add(name)
                self._page.asking.show_busy(tr("正在向站点读取数据，曲线先按已有数据画出…"))
            return await task
        finally:
            task.cancel()

    def _cancel_questions(self) -> None:
        self._next.clear()
        for name in ("history", "ghost", "marks", "limits"):
            running = self._running.get(name)
            if running is not None:
                running[0].cancel()

    # questions

    async def _history(self, ghost: bool, tags: list[str], start: float, end: float, points: int) -> None:
        self._give_way()
        try:
            name = "ghost" if ghost else "history"
            answers = await self._telling(name, self._seat.history(tags, start, end, points))
        except Known as error:
            self._page.asking.show_fault(
                tr("历史数据没有取到：{error}　曲线只画到已有的数据。", error=error.message), "history"
            )
            self._page.asker.not_answered()
            return
        self._page.asking.clear_fault("history")
        self._put(answers, ghost)

    async def _context(self, tags: list[str], start: float, end: float, points: int) -> None:
        """What nobody is waiting for: nothing is said of it, whatever becomes of it, and it gives way to what is waited for."""
        with contextlib.suppress(Known):
            self._put(await self._seat.history(tags, start, end, points), False)

    def _give_way(self) -> None:
        self._next.pop("context", None)
        running = self._running.get("context")
        if running is not None:
            running[0].cancel()

    def _put(self, answers: "Sequence[Past]", ghost: bool) -> None:
        for past in answers:
            self._page.put_history(
                past.tag, past.start, past.end, past.t, past.low, past.high, past.quality, ghost, past.points
            )

    async def _limits(self, tags: list[str], start: float, end: float) -> None:
        for tag in tags:
            path = f"/tags/{quote(tag, safe='')}/limits/history"
            try:
                rows = await self._seat.call("GET", path, params=_span(start, end))
            except Known as error:
                self._page.asking.show_fault(tr("限值的历史没有取到：{error}　限值带按现在的限值画。", error=error.message))
                return
            self._page.put_limits(tag, [_limit_span(row) for row in rows])

    async def _marks(self, tags: list[str], start: float, end: float) -> None:
        if not tags:
            self._page.put_marks([])
            return
        params = [*(("tag", tag) for tag in tags), *_span(start, end).items()]
        try:
            answer = await self._telling("marks", self._seat.call("GET", "/history/marks", params=params))
        except Known as error:
            self._page.asking.show_fault(tr("报警与操作标记没有取到：{error}", error=error.message))
            return
        self._page.put_marks([_mark(one) for one in answer["marks"]])
        if answer["cut"]:
            self._page.asking.show_fault(tr("这段时间的报警与操作太多，较早的标记没有画出；放大后可看到全部。"))

    async def _figures(self, tags: list[str], start: float, end: float) -> None:
        """A year of raw samples takes a while: the station does it in the background, and ends it when nobody waits."""
        figures = self._page.figures
        ordered = asyncio.ensure_future(self._seat.call("POST", FIGURES, {"tags": tags, **_span(start, end)}))
        try:
            job = await asyncio.shield(ordered)
            while job["state"] == "running":
                figures.show_progress(job["done"], job["total"])
                await asyncio.sleep(LOOK_S)
                job = await self._seat.call("GET", f"{FIGURES}/{job['id']}")
        except Known as error:
            figures.show_fault(tr("统计没有完成：{error}", error=error.message))
            return
        except asyncio.CancelledError:
            if self._seat.role is not None:
                self._seat.run(self._call_off(ordered))
            raise
        if job["state"] == "done":
            figures.show_figures(job["rows"])
        else:
            figures.show_fault(job["error"] or tr("统计已取消。"))

    async def _call_off(self, ordered: "asyncio.Future[Any]") -> None:
        """Also when the station has not said its number yet."""
        with contextlib.suppress(Known):
            job = await ordered
            if job["id"]:
                await self._seat.call("DELETE", f"{FIGURES}/{job['id']}")

    def _no_figures(self) -> None:
        """Nobody waits for them any more."""
        running = self._running.get("figures")
        if running is not None and not running[0].done():
            running[0].cancel()
            self._page.figures.show_fault(tr("统计已取消。"))

    def _open_mark(self, mark: Mark) -> None:
        if mark.occurrence:
            self._seat.run(self._open_card(mark.occurrence))

    async def _open_card(self, occurrence: int) -> None:
        alarm = self._seat.alarm(occurrence)
        if alarm is None:
            try:
                card = await self._seat.call("GET", f"/alarms/{occurrence}/card")
                alarm = msgspec.convert(card["alarm"], AlarmMsg)
            except Known as error:
                self._seat.tell_briefly(tr("报警卡片没有取到：{error}", error=error.message))
                return
        self._seat.card_wanted.emit(alarm)

    # export

    def _on_export(self, tags: list[str], start: float, end: float, format: str, raw: bool) -> None:
        if format == "png":
            ask_for_file(self._page, tr("保存曲线图片"), _file_name(tags, start, "png"), self._save_picture)
        else:
            order = {"tags": tags, **_span(start, end), "raw": raw, "points": POINTS * 2, "format": format}
            self._exports.begin("/history/export", order)

    def _save_picture(self, to: Path) -> None:
        self._seat.run(keep(self._seat, to, png_of(self._page.picture())))


def png_of(picture: QPixmap) -> bytes:
    held = QByteArray()
    buffer = QBuffer(held)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    picture.save(buffer, "PNG")
    return bytes(held.data())


def _span(start: float, end: float) -> dict[str, str]:
    return {"start": to_rfc3339(round(start * SECOND)), "end": to_rfc3339(round(end * SECOND))}


def _limit_span(row: dict[str, Any]) -> LimitSpan:
    limits = Limits(row["ll"], row["l"], row["h"], row["hh"])
    end = None if row["end"] is None else from_rfc3339(row["end"]) / SECOND
    return LimitSpan(from_rfc3339(row["start"]) / SECOND, end, limits, row["by"], row["why"])


def _mark(one: dict[str, Any]) -> Mark:
    try:
        priority = Priority.of(one["priority"])
    except KeyError:
        priority = None
    if one["rule"] in ("BAD", "LINK"):
        priority = None  # the white diamond of lost data
    return Mark(from_rfc3339(one["at"]) / SECOND, one["kind"], one["tag"], one["text"], one["occurrence"], priority)


def _file_name(tags: Sequence[str], start: float, ending: str) -> str:
    at = to_rfc3339(round(start * SECOND))[:16].replace(":", "").replace("T", "_")
    return f"{tr('趋势')}_{tags[0] if tags else ''}_{at}.{ending}".replace("/", "_")

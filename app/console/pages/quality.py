"""The page of the data quality joined to the station: results of a day, work with progress, sheet, patrol. Console side."""

import asyncio
from functools import partial
from typing import Any
from urllib.parse import quote

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from app.console.errors import Known
from app.console.keeping import ask_for_file, fetch_and_keep, quietly
from app.console.seat import Seat
from app.domain.instant import from_rfc3339
from widgets.quality.page import QualityPage
from widgets.words import tr

LOOK_S = 0.5
SLOTS = 400


class QualitySide(QObject):
    """Asks when the page is first looked at, when another day is chosen, and when work has ended."""

    def __init__(self, seat: Seat, page: QualityPage) -> None:
        super().__init__(page)
        self._seat, self._page = seat, page
        self._fresh = False
        self._asking: asyncio.Task[Any] | None = None
        self._following: asyncio.Task[Any] | None = None
        self._point: asyncio.Task[Any] | None = None
        self._run: dict[str, Any] | None = None
        page.shown.connect(self._on_shown)
        page.day_wanted.connect(self._load)
        page.run_wanted.connect(lambda day: self._follow(self._work(day)))
        page.work.cancelled.connect(lambda: seat.run(quietly(seat, "DELETE", "/quality/run")))
        page.sheet_wanted.connect(self._ask_where)
        page.patrol_wanted.connect(lambda: seat.run(self._patrol()))
        page.point_wanted.connect(self._on_point)
        page.detail.trend.connect(lambda tag: seat.trend_wanted.emit([tag]))
        seat.left.connect(self._on_left)

    def _on_shown(self) -> None:
        if not self._fresh and self._seat.role is not None:
            self._fresh = True
            self._start("_asking", self._latest())

    def _on_left(self) -> None:
        self._fresh, self._run = False, None
        for task in (self._asking, self._following, self._point):
            if task is not None:
                task.cancel()
        self._page.clear()

    # results

    def _load(self, day: str) -> None:
        self._start("_asking", self._day(day))

    async def _latest(self) -> None:
        try:
            days = await self._seat.call("GET", "/quality/days", params={"limit": 1})
            job = await self._seat.call("GET", "/quality/run")
        except Known as error:
            self._page.show_message(tr("数据质量没有取到：{error}", error=error.message))
            return
        if job is not None and job["state"] == "running":
            self._follow(self._watch(job))
        if days and len(days[0]["day"]) == len("2026-11-21"):
            self._page.choose_day(days[0]["day"])
        await self._day(self._page.chosen_day)

    async def _day(self, day: str) -> None:
        try:
            points, hazards, sources = [
                await self._seat.call("GET", "/quality", params={"day": day, "by": by})
                for by in ("tag", "hazard_source", "source")
            ]
        except Known as error:
            self._page.show_message(tr("数据质量没有取到：{error}", error=error.message))
            return
        if day != self._page.chosen_day:
            return  # another day was chosen meanwhile
        self._run = points["run"]
        if points["run"] is None:
            text = tr("{day} 还没有结果。\n按“重新计算”现在计算；每天 00:20 会自动计算前一天，当天每小时一次。", day=day)
            self._page.show_message(text)
        else:
            self._page.show_results(points, hazards["rows"], sources["rows"])

    def _on_point(self, tag: str) -> None:
        self._start("_point", self._show_point(tag))

    async def _show_point(self, tag: str) -> None:
        run = self._run
        if run is None:
            return
        detail = self._page.detail
        try:
            answer = await self._seat.call("GET", f"/quality/{quote(tag, safe='')}", params={"day": run["day"]})
            detail.show_point(answer, tag)
            detail.plot.say(tr("正在取历史…"))
            start, end = from_rfc3339(run["start"]), from_rfc3339(run["end"])
            span = {"tag": tag, "start": run["start"], "end": run["end"], "points": SLOTS}
            [past] = await self._seat.call("GET", "/history", params=span)
        except Known as error:
            detail.plot.say(error.message)
            return
        if detail.tag == tag:
            detail.plot.put([from_rfc3339(at) for at in past["t"]], past["min"], past["max"], (start, end))

    # work

    async def _work(self, day: str) -> None:
        try:
            job = await self._seat.call("POST", "/quality/run", {"day": day})
        except Known as error:
            self._page.work.show_outcome(tr("没有开始计算：{error}", error=error.message), bad=True)
            return
        await self._watch(job)

    async def _watch(self, job: dict[str, Any]) -> None:
        strip = self._page.work
        try:
            while job["state"] == "running":
                text = tr("正在计算 {day}：{done} / {total}", day=job["day"], done=job["done"], total=job["total"] or "…")
                strip.show_running(text, job["done"], job["total"])
                await asyncio.sleep(LOOK_S)
                job = await self._seat.call("GET", "/quality/run")
        except Known as error:
            strip.show_outcome(tr("看不到计算的进度：{error}", error=error.message), bad=True)
            return
        if job["state"] == "done":
            took = job["result"]["took_s"]
            strip.show_outcome(tr("{day} 已算完：{n} 个测点，{s} 秒", day=job["day"], n=job["result"]["tags"], s=f"{took:.1f}"))
            self._load(self._page.chosen_day)
        else:
            strip.show_outcome(job["error"] or tr("计算已取消，原来的结果没有变。"), bad=job["state"] == "failed")

    # sheet and patrol record

    def _ask_where(self, day: str) -> None:
        name = tr("数据质量_{day}", day=day) + ".xlsx"
        save = partial(fetch_and_keep, self._seat, "/quality/sheet.xlsx", params={"day": day})
        ask_for_file(self._page, tr("保存数据质量表"), name, lambda to: self._seat.run(save(to=to)))

    async def _patrol(self) -> None:
        try:
            form = await self._seat.call("POST", "/forms/patrol", {})
        except Known as error:
            self._seat.tell_briefly(tr("巡查记录没有建立：{error}", error=error.message))
            return
        self._seat.form_wanted.emit("patrol", form["id"])

    def _follow(self, work: Any) -> None:
        if self._following is not None and not self._following.done():
            work.close()
            return
        self._following = self._seat.run(work)

    def _start(self, name: str, work: Any) -> None:
        """In place of what was asked before."""
        before = getattr(self, name)
        if before is not None:
            before.cancel()
        setattr(self, name, self._seat.run(work))


def make(seat: Seat) -> QWidget:
    page = QualityPage(seat.themes)
    QualitySide(seat, page)
    return page

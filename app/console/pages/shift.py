"""The shift page joined to the station: asked while somebody looks at it, signed here, and reminded of the end. Console side.

Two people sign at one desk: the outgoing one with the login of the desk, the incoming one with a login for that one call.
"""

import asyncio
import time
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from app.console.errors import Known
from app.console.keeping import ask_for_file, fetch_and_keep
from app.console.seat import Seat
from app.console.state import Changes
from app.domain.roles import Action
from widgets.pulse import Pulse
from widgets.shift.lines import Line, Opens
from widgets.shift.page import ShiftPage
from widgets.shift.watch import Watch, seconds
from widgets.words import tr

LOOK_MS = 5000
TICK_MS = 1000
LISTS = 30


class ShiftSide(QObject):
    def __init__(self, seat: Seat, page: ShiftPage) -> None:
        super().__init__(page)
        self._seat, self._page = seat, page
        self._looking: asyncio.Task[Any] | None = None
        self._offset = 0.0  # the station's clock minus this one, in seconds
        self._told: dict[str, Any] = {}  # what the feed last said of the shift
        self._reminded = 0  # the sheet of which the end was told
        self._look_again = Pulse(page, LOOK_MS, self.look)
        self._tick = Pulse(page, TICK_MS, self._on_tick)
        seat.entered.connect(self._on_entered)
        seat.left.connect(self._on_left)
        seat.news.connect(self._on_news)
        watch = page.watch
        watch.note_written.connect(lambda text: self._do("POST", "/shift/notes", {"text": text}, watch.note_taken))
        watch.take_over.connect(self._take_over)
        watch.horn_tested.connect(lambda heard: self._do("POST", "/shift/horn_test", {"heard": heard}))
        watch.horn_wanted.connect(seat.horn_wanted)
        page.sign.sign_out.connect(self._sign_out)
        page.sign.sign_in.connect(self._sign_in)
        page.sign.withdraw.connect(lambda: self._step("withdraw", {}))
        page.opened.connect(self._open)
        page.earlier_wanted.connect(self._read)
        page.present_wanted.connect(self.look)
        page.paper_wanted.connect(self._ask_where_to_print)
        page.item_closed.connect(lambda item, text: self._do("POST", "/shift/left/close", {"item": item, "text": text}))
        page.daily_wanted.connect(self._make_daily)
        page.relogin_wanted.connect(seat.login_wanted)

    # looking

    def look(self) -> None:
        """Asks for everything the page shows; while an answer is awaited, not again."""
        if self._seat.role is not None and (self._looking is None or self._looking.done()):
            self._looking = self._seat.run(self._look())

    async def _look(self) -> None:
        seat, page = self._seat, self._page
        user = seat.user
        try:
            told = await seat.call("GET", "/shift")
            sheet = await seat.call("GET", "/shift/sheet")
            today = _day(told["now"])
            turns = await seat.call("GET", "/shift/roster", params={"days": 7})
            sheets = await seat.call("GET", "/forms/handover", params={"limit": LISTS})
            dailies = await seat.call("GET", "/forms/daily_report", params={"limit": LISTS})
        except Known as error:
            if page.form is None:
                page.show_nothing(tr("值班情况没有取到：{error}", error=error.message))
            return
        if user != seat.user:
            return
        self._offset = (seconds(told["now"]) or time.time()) - time.time()
        page.show_watch(Watch.of(told))
        turn = told.get("shift") or {}
        page.show_roster(turns, str(turn.get("key", "")), str(turn.get("date", "")) or today, bool(told.get("roster_empty")))
        present = sheet.get("form")
        page.show_lists([one for one in sheets if present is None or one["id"] != present["id"]], dailies)
        if present is None:
            if not page.reading:
                page.show_nothing(
                    tr("现在没有值班的班次。\n班次在站点包 site.toml 的 [shift] 里设置；到下一班开始时，记录会自动建立。")
                )
        else:
            page.show_sheet(present, sheet.get("sheet") or {}, sheet.get("changed") or (), user)
        duty = told.get("on_duty") or {}
        here = not duty or duty.get("user") == user or not seat.may(Action.ACKNOWLEDGE)
        page.ask_to_log_in("" if here else str(duty.get("name", "")), "" if here else str(duty.get("user", "")))
        self._on_tick()

    def _on_tick(self) -> None:
        self._page.tick(time.time() + self._offset)

    def _on_entered(self) -> None:
        self._page.allow(self._seat.may(Action.ACKNOWLEDGE))
        self._told = {}  # what the feed said while nobody was known to be here was told to nobody
        self._on_news(None)
        if self._page.isVisible():
            self.look()

    def _on_left(self) -> None:
        self._told = {}
        self._page.clear()

    def _on_news(self, changes: Changes | None) -> None:
        """Before the end of the shift every desk is told once, whatever page it shows."""
        told = self._seat.state.extra.get("shift") or {}
        if told == self._told:
            return
        before, self._told = self._told, told
        if told.get("remind") and told.get("sheet") != self._reminded and self._seat.may(Action.ACKNOWLEDGE):
            self._reminded = told["sheet"]
            end = datetime.fromtimestamp(seconds(told.get("end")) or time.time()).astimezone()
            self._seat.tell(
                tr("{shift} 将在 {time} 结束，请准备交班（交接班页）。", shift=told.get("shift", ""), time=f"{end:%H:%M}")
            )
        if before and self._page.isVisible():
            self.look()

    # acting

    def _do(self, method: str, path: str, body: dict[str, Any], then: Any = None) -> None:
        self._seat.run(self._done(method, path, body, then))

    async def _done(self, method: str, path: str, body: dict[str, Any], then: Any) -> None:
        try:
            await self._seat.call(method, path, body)
        except Known as error:
            self._seat.tell_briefly(tr("没有记下：{error}", error=error.message))
            return
        if then is not None:
            then()
        self.look()

    def _take_over(self) -> None:
        self._step("take_over", {})

    def _sign_out(self, remarks: str, matters: list[dict[str, str]]) -> None:
        fields: dict[str, Any] = {"remarks": remarks} if remarks else {}
        self._step("sign_out", fields | ({"matters": matters} if matters else {}))

    def _step(self, step: str, fields: dict[str, Any]) -> None:
        form = self._page.form
        if form is not None:
            self._seat.run(self._take(f"/forms/handover/{form['id']}/{step}", fields))

    async def _take(self, path: str, fields: dict[str, Any]) -> None:
        sign = self._page.sign
        sign.busy(True)
        try:
            await self._seat.call("POST", path, {"fields": fields})
        except Known as error:
            sign.say(error.message)
            if sign.isHidden():
                self._seat.tell_briefly(tr("没有成功：{error}", error=error.message))
            return
        finally:
            sign.busy(False)
        sign.forget()
        if self._page.reading:
            await self._show(int(path.split("/")[3]))
        self.look()

    def _sign_in(self, user: str, password: str, opinion: str, refused: list[dict[str, str]]) -> None:
        form = self._page.form
        if form is None:
            return
        fields: dict[str, Any] = {"in_remarks": opinion} if opinion else {}
        fields |= {"refused": refused} if refused else {}
        self._seat.run(self._sign_in_as(user, password, int(form["id"]), fields))

    async def _sign_in_as(self, user: str, password: str, form: int, fields: dict[str, Any]) -> None:
        sign = self._page.sign
        sign.busy(True)
        try:
            await self._seat.call_as(user, password, "POST", f"/forms/handover/{form}/sign_in", {"fields": fields})
        except Known as error:
            sign.say(tr("没有接班：{error}", error=error.message))
            return
        finally:
            sign.busy(False)
        sign.forget()
        sign.close_panel()
        if user != self._seat.user:
            self._seat.tell(tr("交接完成。请接班人 {user} 登录本席（交接班页右上角）。", user=user))
        self.look()

    # opening

    def _open(self, line: Line) -> None:
        seat = self._seat
        if line.opens is Opens.ALARM:
            alarm = seat.alarm(line.target)
            if alarm is None:
                seat.tell_briefly(tr("这次报警已经结束，可在历史报警里查看。"))
            else:
                seat.card_wanted.emit(alarm)
        elif line.opens is Opens.FORM:
            seat.form_wanted.emit(*line.target)
        elif line.opens is Opens.TAG:
            seat.trend_wanted.emit([line.target])

    def _read(self, kind: str, id: Any) -> None:
        if kind == "handover":
            self._seat.run(self._show(int(id)))
        else:
            self._seat.form_wanted.emit(kind, id)

    async def _show(self, id: int) -> None:
        try:
            form = await self._seat.call("GET", f"/forms/handover/{id}")
        except Known as error:
            self._seat.tell_briefly(tr("记录没有取到：{error}", error=error.message))
            return
        self._page.read(form)

    def _make_daily(self) -> None:
        self._seat.run(self._daily())

    async def _daily(self) -> None:
        now = datetime.now(UTC) + timedelta(seconds=self._offset)
        day = now.astimezone().date() - timedelta(days=1)
        try:
            form = await self._seat.call("POST", "/shift/daily", {"date": day.isoformat()})
        except Known as error:
            self._seat.tell_briefly(tr("日报没有生成：{error}", error=error.message))
            return
        self.look()
        self._seat.form_wanted.emit("daily_report", form["id"])

    # paper

    def _ask_where_to_print(self, id: Any, ending: str) -> None:
        form = self._page.form
        name = f"{'' if form is None else form.get('number') or 'handover'}.{ending}"
        save = partial(fetch_and_keep, self._seat, f"/forms/handover/{id}.{ending}")
        ask_for_file(self._page, tr("保存交接班记录"), name, lambda to: self._seat.run(save(to)))


def make(seat: Seat) -> QWidget:
    page = ShiftPage(seat.themes)
    ShiftSide(seat, page)
    return page


def _day(text: str) -> str:
    """The local day of an RFC 3339 time."""
    return datetime.fromtimestamp(seconds(text) or time.time()).astimezone().date().isoformat()

"""What the alarm page wants, done through the seat: calls to the station, the way to other pages, what this seat remembers.

Console side. The outcome is told where the operator acted, in the station's own words. What was done comes back by the feed;
nothing on the screen is changed here.
"""

from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from time import monotonic, time
from typing import Any
from urllib.parse import quote

from PySide6.QtCore import QObject

from app.console.errors import Known
from app.console.seat import Seat
from app.console.state import Changes
from app.domain.instant import SECOND, from_rfc3339, to_rfc3339
from app.domain.roles import Action
from app.domain.wire import AlarmMsg
from widgets.alarms.aside import AsideStrip
from widgets.alarms.banner import AlarmBanner
from widgets.alarms.flood import Flood
from widgets.alarms.page import AlarmPage
from widgets.alarms.permits import Permits, read_permits
from widgets.alarms.presets import Preset, read_preset
from widgets.alarms.wish import Outcome, Want, Wish
from widgets.vocabulary import local_time
from widgets.words import tr

FLOOD_WINDOW_S = 600.0
_MOST_AT_ONCE = 10_000  # of one acknowledgement, as the station takes them
_TAKEN = {"already_acknowledged", "stale_occurrence"}


class AlarmActions(QObject):
    """Lives as long as `page`, which owns it."""

    def __init__(self, seat: Seat, page: AlarmPage, strip: AsideStrip, banner: AlarmBanner) -> None:
        super().__init__(page)
        self._seat, self._page, self._strip, self._banner = seat, page, strip, banner
        self._heard: deque[float] = deque(maxlen=100_000)  # annunciations of the last ten minutes
        self._asked_form = 0  # the occurrence for which F was pressed and no form was there
        page.wished.connect(self._wished)
        page.bar.presets.changed.connect(self._keep_presets)
        seat.entered.connect(self._enter)
        seat.left.connect(self._leave)
        seat.news.connect(self._news)

    # what is known

    def _enter(self) -> None:
        seat = self._seat
        kept = getattr(seat.settings, "alarm_filters", ())
        self._page.bar.presets.put([one for one in map(read_preset, kept) if one is not None])
        self._page.allow(Permits(acknowledge=seat.may(Action.ACKNOWLEDGE), reset=seat.may(Action.RESET)))
        self._heard.clear()
        seat.run(self._read_policy())
        seat.run(self._count_before(monotonic()))

    async def _count_before(self, entered: float) -> None:
        """Alarms of the last ten minutes this desk was not there to hear: a flood that runs has its whole number at once."""
        now, at = time(), monotonic()
        params = {"start": to_rfc3339(round((now - FLOOD_WINDOW_S) * SECOND)), "limit": 5000}
        try:
            found = await self._seat.call("GET", "/alarms/history", params=params)
        except Known as error:
            self._seat.tell_briefly(tr("近 10 分钟的报警数没有读到：{error}", error=error.message))
            return
        ages = [now - from_rfc3339(one["raised_at"]) / SECOND for one in found if one.get("raised_at")]
        self._heard.extendleft(at - age for age in sorted(ages) if age > at - entered)
        self._news_of_flood()

    def _leave(self) -> None:
        self._heard.clear()
        self._page.allow(Permits())
        self._show_flood(Flood())

    async def _read_policy(self) -> None:
        try:
            told = await self._seat.call("GET", "/policy")
        except Known as error:
            self._seat.tell(tr("操作规定没有读到，暂时不能搁置或抑制：{error}", error=error.message))
            return
        permits = read_permits(told, self._seat.may(Action.ACKNOWLEDGE), self._seat.may(Action.RESET))
        self._page.allow(permits)
        self._strip.warn_before(permits.shelve.warn_min)

    def _news(self, changes: Changes) -> None:
        now = monotonic()
        self._heard.extend(now for event in changes.events if event.annunciate)
        while self._heard and self._heard[0] < now - FLOOD_WINDOW_S:
            self._heard.popleft()
        self._news_of_flood()

    def _news_of_flood(self) -> None:
        told = self._seat.state.extra.get("flood")
        if isinstance(told, dict):
            count = told.get("count")
            active = bool(told.get("active"))
            self._show_flood(Flood(active, told.get("since"), count if isinstance(count, int) else len(self._heard)))

    def _show_flood(self, flood: Flood) -> None:
        self._page.show_flood(flood)
        self._banner.show_flood(flood)

    def _keep_presets(self, presets: Sequence[Preset]) -> None:
        self._seat.remember(alarm_filters=[one.kept() for one in presets])

    # what is wanted

    def _wished(self, wish: Wish) -> None:
        seat, alarm = self._seat, wish.alarms[0] if wish.alarms else None
        if alarm is not None and wish.want is Want.CARD:
            seat.card_wanted.emit(alarm)
        elif alarm is not None and wish.want is Want.WHY:
            seat.why_wanted.emit(alarm.tag)
        elif alarm is not None and wish.want is Want.TREND:
            seat.trend_wanted.emit([alarm.tag])
        elif alarm is not None and wish.want is Want.PLACE:
            seat.place_wanted.emit(alarm)
        elif alarm is not None and wish.want is Want.FORM:
            seat.run(self._form(wish, alarm))
        elif wish.want is Want.ACK:
            seat.run(self._acknowledge(wish))
        else:
            seat.run(self._each(wish))

    async def _acknowledge(self, wish: Wish) -> None:
        body: dict[str, Any] = {"note": wish.note} if wish.note else {}
        refused: list[dict[str, Any]] = []
        done = 0
        try:
            for first in range(0, len(wish.occurrences), _MOST_AT_ONCE):
                body["occurrences"] = list(wish.occurrences[first : first + _MOST_AT_ONCE])
                answer = await self._seat.call("POST", "/alarms/ack", body)
                done += len(answer.get("acknowledged", ()))
                refused += answer.get("refused", ())
        except Known as error:
            self._tell(wish, Outcome(tr("确认没有成功：{error}", error=error.message), False))
            return
        if not refused:
            self._tell(wish, Outcome(tr("已确认 {n} 条", n=done), True))
            return
        one = refused[0]
        why = str(one.get("message", "")) + self._faster(int(one.get("occurrence", 0)), str(one.get("code", "")))
        text = tr("{n} 条没有确认：{why}", n=len(refused), why=why)
        self._tell(wish, Outcome(text if not done else tr("已确认 {n} 条；", n=done) + text, False))

    async def _each(self, wish: Wish) -> None:
        """One call an alarm, or a tag where all its alarms are meant; it ends with the first refusal."""
        calls = self._calls(wish)
        said = ""
        for number, (alarm, call) in enumerate(calls):
            try:
                answer = await call()
            except Known as error:
                why = error.message + self._faster(alarm.occurrence, error.code)
                before = tr("已完成 {n} 条；", n=number) if number else ""
                self._tell(wish, Outcome(f"{before}{alarm.tag}：{why}", False))
                break
            if isinstance(answer, dict) and answer.get("kind") == "shelve_request":
                said = tr("需要另一人批准，已发起申请（{kind} {n}）", kind=tr("搁置申请"), n=answer.get("form", ""))
        else:
            self._tell(wish, Outcome(said or _done_word(wish, len(calls)), True))
        if wish.want in (Want.SHELVE, Want.UNSHELVE):
            await self._read_policy()  # how many are used has changed

    def _calls(self, wish: Wish) -> list[tuple[AlarmMsg, Callable[[], Awaitable[Any]]]]:
        seat, want = self._seat, wish.want

        def post(path: str, body: Any = None) -> Callable[[], Awaitable[Any]]:
            return lambda: seat.call("POST", path, body)

        calls = []
        if want in (Want.RESET, Want.SHELVE, Want.UNSHELVE):
            for alarm in wish.alarms:
                shelving = {"minutes": wish.minutes, "reason": wish.reason, "text": wish.text}
                body = shelving if want is Want.SHELVE else None
                if alarm.occurrence > 0:
                    calls.append((alarm, post(f"/alarms/{alarm.occurrence}/{want.value}", body)))
                else:  # an overlay on a rule that never raised has no occurrence
                    calls.append((alarm, post(f"/tags/{quote(alarm.tag)}/{want.value}", {**(body or {}), "rule": alarm.rule})))
            return calls
        body = {"reason": wish.reason} if want in (Want.SUPPRESS, Want.OUT_OF_SERVICE) else None
        if body is not None and want is Want.OUT_OF_SERVICE:
            body["work_order"] = wish.work_order
        tags = {alarm.tag: alarm for alarm in wish.alarms}
        return [(alarm, post(f"/tags/{quote(tag)}/{want.value}", body)) for tag, alarm in tags.items()]

    async def _form(self, wish: Wish, alarm: AlarmMsg) -> None:
        """The handling form of this alarm. None is made by one stroke of a key: the second stroke makes it."""
        subject = f"occurrence:{alarm.occurrence}"
        try:
            found = await self._seat.call("GET", "/forms/handling", params={"subject": subject, "limit": 1})
            if not found and self._asked_form != alarm.occurrence:
                self._asked_form = alarm.occurrence
                self._tell(wish, Outcome(tr("该报警还没有处置单。再按一次 F 新建。"), True))
                return
            form = found[0] if found else await self._seat.call("POST", "/forms/handling", {"subject": subject, "fields": {}})
        except Known as error:
            self._tell(wish, Outcome(error.message, False))
            return
        self._asked_form = 0
        self._seat.form_wanted.emit("handling", form["id"])

    def _faster(self, occurrence: int, code: str) -> str:
        """Who was faster, where the feed has told it by now."""
        alarm = self._seat.alarm(occurrence) if code in _TAKEN else None
        if alarm is None or not alarm.acked_by or code != "already_acknowledged":
            return ""
        return tr("（{who} 已于 {at} 确认）", who=alarm.acked_by, at=local_time(alarm.acked_at))

    def _tell(self, wish: Wish, outcome: Outcome) -> None:
        self._page.show_outcome(wish, outcome)
        if not self._page.isVisible() and not outcome.done:  # acknowledged from another page
            self._seat.tell_briefly(outcome.text)


def _done_word(wish: Wish, count: int) -> str:
    words = {
        Want.RESET: tr("已复位 {n} 条", n=count),
        Want.SHELVE: tr("已搁置 {n} 条", n=count),
        Want.UNSHELVE: tr("已取消搁置 {n} 条", n=count),
        Want.SUPPRESS: tr("已抑制 {n} 个位号", n=count),
        Want.UNSUPPRESS: tr("已解除抑制 {n} 个位号", n=count),
        Want.OUT_OF_SERVICE: tr("已停用 {n} 个位号", n=count),
        Want.RETURN_TO_SERVICE: tr("已恢复使用 {n} 个位号", n=count),
    }
    return words[wish.want]

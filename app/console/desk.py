"""The desk: log in, watch, act, log out. Joins session, state, window and pages; the only place that knows all four.

Console side, Qt thread. Its coroutines await the session's futures; no network is touched here.
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Qt, Signal, Slot

from app.console.address import normal_url
from app.console.beat import Beat
from app.console.errors import CertificateError, Known
from app.console.idle import IdleWatch, close_others
from app.console.login import LoginPage
from app.console.reader import Batch, FeedWord
from app.console.seat import Seat
from app.console.session import Session
from app.console.settings import Settings, save_settings
from app.console.state import DeskState, Trust
from app.console.tasks import Tasks
from app.console.window import DeskWindow
from app.console.zone import follow
from app.domain.roles import Action, Role, may
from widgets.theme import THEMES, ThemeHolder
from widgets.words import tr

if TYPE_CHECKING:
    from app.console.client import Login
    from app.console.watch import Watch

BEAT_MS = 500
FIRST_PAGE = "overview"
FIRST_NEWS_S = 10.0
"""A feed that says nothing for so long after a login is lost."""
_ROLES = {
    Role.VIEWER: "观看", Role.OPERATOR: "值班员", Role.SUPERVISOR: "值班长", Role.ENGINEER: "工程师",
    Role.ADMIN: "系统管理员", Role.SECURITY: "安全管理员", Role.AUDITOR: "审计管理员",
}  # fmt: skip


class Desk(QObject):
    told = Signal(str)  # a line for the notices, from any thread

    def __init__(
        self, data: Path, settings: Settings, themes: ThemeHolder, window: DeskWindow, session: Session, tasks: Tasks
    ) -> None:
        super().__init__()
        self._data = data
        self.settings = settings
        self._themes = themes
        self.window = window
        self.session = session
        self._tasks = tasks
        self.state = DeskState()
        self.seat = Seat(themes, session, tasks, window, data)
        self.seat.remember = self.remember
        self.seat.settings = settings
        self.watch: Watch | None = None
        self.login_page = LoginPage(themes, settings.station, settings.user)
        self._url = ""
        self._login: Login | None = None
        self._entering: asyncio.Task[Any] | None = None
        self._site_due = False
        self._word = FeedWord.OFF
        self._trust = Trust.NOTHING_YET
        self._watching_since = 0.0
        self._mute = ""  # the notice of a horn that cannot be heard
        self._idle = IdleWatch(window)
        self._connect()
        self._beat = Beat(self, BEAT_MS, self._on_beat)

    # before the watch

    def show_login(self, message: str = "") -> None:
        self.login_page.show_idle()
        if message:
            self.login_page.show_error(message)
        self.window.show_alone(self.login_page)
        self.login_page.start()

    def fix_station(self, url: str) -> None:
        """The station is given (command line, or this seat's own): the page only asks who and password."""
        self.login_page.show_station(url)
        self.login_page.address.setReadOnly(True)

    async def build(self, steps: list[Callable[[], None]]) -> None:
        """One step per turn of the event loop, so that whoever types a password never feels it."""
        for step in steps:
            step()
            await asyncio.sleep(0.01)
        self._pages_ready()

    def adopt(self, watch: "Watch") -> list[Callable[[], None]]:
        """Takes over the pages; the steps that build them."""
        self.watch = watch
        watch.reset.connect(self._on_reset)
        watch.history_wanted.connect(self._on_history_wanted)
        self.seat.trend_wanted.connect(watch.open_trends)
        self.seat.place_wanted.connect(watch.goto)
        self.seat.equipment_wanted.connect(watch.open_equipment)
        watch.horn_fault.connect(self._on_horn_fault)
        self.window.search.connect(watch.search)
        if watch.horn is not None:
            self.window.silence.connect(watch.horn.silence)
            self.seat.horn_wanted.connect(watch.horn.test)
            self.window.top.test_horn.connect(watch.horn.test if self.seat.sound is None else self.seat.sound.test)
        return watch.steps()

    async def close(self) -> None:
        """Ordered: nothing new begins, coroutines end, the session's thread ends, the horn falls silent."""
        self._beat.stop()
        self._idle.close()
        await self._tasks.close()
        self.session.stop()
        self.window.notices.stop()
        if self.watch is not None:
            self.watch.close()
        await self._tasks.close()  # what the parts began as they went

    # logging in

    def _on_log_in(self, address: str, user: str, password: str) -> None:
        try:
            url = normal_url(address)
        except Known as error:
            self.login_page.show_error(error.message)
            return
        self.login_page.show_busy(tr("正在连接 {url} …", url=url))
        self._entering = self._tasks.start(self._enter(url, user, password))

    async def _enter(self, url: str, user: str, password: str) -> None:
        try:
            host = url.partition("://")[2]
            pin = self.settings.pins.get(host, "")
            if url != self._url:
                self._forget_plant()
                self._url = url
            self._login = await asyncio.wrap_future(self.session.log_in(url, pin, user, password))
            self.login_page.show_busy(tr("正在读取站点配置…"))
            site = await asyncio.wrap_future(self.session.load_site())
        except CertificateError as error:
            self.login_page.ask_certificate(error)
            return
        except Known as error:
            self.login_page.show_error(error.message)
            return
        except Exception:
            self.login_page.show_error(tr("登录没有完成：值守台内部错误。"))
            raise  # `Tasks` has it written down
        self.state.site = site
        if wrong := follow(site.timezone):
            self.window.notices.tell(wrong)
        self.remember(station=url, user=user)
        self._begin_watch()

    def _begin_watch(self) -> None:
        assert self._login is not None
        role = Role(self._login.role) if self._login.role in set(Role) else Role.VIEWER
        self.window.top.show_user(self._login.user, tr(_ROLES[role]))
        self.window.top.show_site(self.state.site.name)
        self._watching_since = time.monotonic()
        self.login_page.show_idle()
        self.login_page.password.clear()
        self.login_page.show_last_known([], "")
        if self.watch is not None:
            self.watch.allow(may(role, Action.ACKNOWLEDGE))
        self.seat.state, self.seat.user, self.seat.role = self.state, self._login.user, role
        self.seat.must_change = self._login.must_change
        self._unlocked()
        self._tell_of_password(self._login)
        self._pages_ready()

    def _pages_ready(self) -> None:
        """Shows the watch as soon as both are there: the pages, and somebody logged in."""
        if self.watch is None or self._login is None or not self.watch.is_built or not self.state.site.tags:
            return
        self.watch.show_site(self.state)
        self._offer_pages()
        self.seat.entered.emit()
        if self.window.page is self.login_page or self.window.page is self.window.wait:
            self.window.show_page(FIRST_PAGE)

    def _offer_pages(self) -> None:
        from app.console.pages import PAGES

        closed = {spec.name for spec in PAGES if spec.roles is not None and self.seat.role not in spec.roles}
        self.window.navigation.show_for([name for name in self.window.page_names if name not in closed])

    def _on_cancel(self) -> None:
        if self._entering is not None:
            self._entering.cancel()
        self.session.log_out()
        self.login_page.show_idle()

    def _on_accept(self, host: str, thumbprint: str) -> None:
        self.remember(pins={**self.settings.pins, host: thumbprint})

    # the lock of a desk nobody sits at

    def _on_idle(self) -> None:
        if self._login is None:
            return
        close_others(self.window)
        self.session.hold(True)
        self.window.lock.ask(self._login.user)

    def _on_unlock(self, password: str) -> None:
        self._tasks.start(self._unlock(password))

    async def _unlock(self, password: str) -> None:
        try:
            await asyncio.wrap_future(self.session.call("POST", "/me/check", {"password": password}))
        except Known as error:
            self.window.lock.show_fault(error.message)
            return
        self._unlocked()

    def _unlocked(self) -> None:
        self.session.hold(False)
        self.window.lock.hide()
        self._idle.start(0.0 if self._login is None else self._login.idle_lock_min)

    def _tell_of_password(self, login: "Login") -> None:
        if login.must_change:
            self.window.notices.tell(tr("密码已到期或由他人设置：请在“用户”页修改，在此之前只能查看。"))
        elif login.warn:
            self.window.notices.tell(tr("密码将于 {day} 到期，请在“用户”页修改。", day=login.password_ends_at[:10]))

    def _on_log_out(self) -> None:
        self.session.log_out()
        self._login = None
        self._unlocked()
        self._forget_plant()
        self.window.top.show_user("", "")
        self.show_login()

    def _on_login_wanted(self, user: str) -> None:
        """The watch was handed over: the next person logs in here."""
        self._on_log_out()
        self.login_page.user.setText(user)
        self.login_page.password.setFocus()

    def _forget_plant(self) -> None:
        """Another station, or nobody logged in: nothing of the last one may stay on the screen."""
        self.state = self.seat.state = DeskState()
        self.seat.user, self.seat.role = "", None
        self.seat.left.emit()
        self._word = FeedWord.OFF
        if self.watch is not None:
            self.watch.clear()

    # watching

    @Slot(object)
    def _on_batch(self, batch: Batch) -> None:
        if batch.login != self.session.login_number:
            self.session.taken()
            return
        try:
            now = time.monotonic()
            changes = self.state.put(batch, now)
            if self.watch is not None:
                self.watch.put(changes, self.state, now)
            if changes.links:
                self.window.top.show_links(self.state.links)
            if changes.notices:
                self.window.notices.put_station(self.state.notices)
            self.seat.news.emit(changes)
            if changes.extra:
                self._look_at_version()
                if self._mute and self._station_tells_of_mute():
                    self.window.notices.take_back(self._mute)
            if changes.whole and self._login is not None and self.window.page is not self.login_page:
                self._reload_site()
            if self.state.feed.word is not self._word:
                self._on_word(self.state.feed.word)
        finally:
            self.session.taken()

    def _on_word(self, word: FeedWord) -> None:
        self._word = word
        if word in (FeedWord.LOGIN, FeedWord.REFUSED):
            at = datetime.now().astimezone() - timedelta(seconds=self.state.age(time.monotonic()) or 0.0)
            self.login_page.show_last_known(list(self.state.alarms.values()), at.strftime("%H:%M:%S"))
            self.show_login(self.state.feed.detail)
        self._on_beat()

    def _on_beat(self) -> None:
        now = time.monotonic()
        trust, feed = self.state.trust(now), self.state.feed
        self.window.show_trust(trust, feed.word, self.state.age(now), feed.detail)
        if self.watch is not None:
            self.watch.set_lost(self._is_lost(trust, now))
        if trust is not self._trust:
            self._trust = trust
            if self.watch is not None:
                self.watch.show_trust(trust, self.state.age(now))

    def _is_lost(self, trust: Trust, now: float) -> bool:
        """Somebody logged in to watch and the desk is blind: a silent feed, a login that ran out, a feed that never began."""
        if self._login is None:
            return False
        if trust is Trust.NOTHING_YET:
            return now - self._watching_since > FIRST_NEWS_S
        return trust is Trust.SILENT or self._word in (FeedWord.LOGIN, FeedWord.REFUSED)

    def _look_at_version(self) -> None:
        """Limits were changed in the running station: the pages draw them anew."""
        version = self.state.extra.get("config")
        if version is not None and self.state.site.tags and str(version) != self.state.site.version:
            self._reload_site()

    def _reload_site(self) -> None:
        """A snapshot in the middle of the watch: the station was restarted, perhaps with another configuration."""
        if not self._site_due:
            self._site_due = True
            self._tasks.start(self._load_site_again())

    async def _load_site_again(self) -> None:
        try:
            about = await asyncio.wrap_future(self.session.call("GET", "/site"))
            if self.state.site.tags and str(about.get("version", "")) == self.state.site.version:
                return
            site = await asyncio.wrap_future(self.session.load_site())
        except Known as error:
            self.window.notices.tell_briefly(error.message)
            return
        finally:
            self._site_due = False
        self.state.site = site
        self.window.top.show_site(site.name)
        if self.watch is not None:
            self.watch.show_site(self.state)
        self.window.notices.tell(tr("站点的配置已更新，画面已按新配置显示。"))

    # acting

    def _on_reset(self, occurrence: int) -> None:
        self._tasks.start(self._reset(occurrence))

    async def _reset(self, occurrence: int) -> None:
        try:
            await asyncio.wrap_future(self.session.call("POST", f"/alarms/{occurrence}/reset"))
        except Known as error:
            self.window.notices.tell_briefly(tr("复位没有成功：{error}", error=error.message))

    def _on_history_wanted(self, tags: list[str], start: float, end: float, points: int, asker: str) -> None:
        self._tasks.start(self._history(tags, start, end, points, asker))

    async def _history(self, tags: list[str], start: float, end: float, points: int, asker: str) -> None:
        try:
            answers = await asyncio.wrap_future(self.session.load_history(tags, start, end, points))
        except Known as error:
            self.window.notices.tell_briefly(tr("历史数据没有取到：{error}", error=error.message))
            return
        for past in answers:
            if self.watch is not None:
                self.watch.put_history(past, asker)

    def _on_horn_fault(self, text: str) -> None:
        self.window.notices.take_back(self._mute)
        self._mute = tr("报警声音故障：{why}", why=text) if text else ""
        if self._mute and not self._station_tells_of_mute():
            self.window.notices.tell(self._mute)

    def _station_tells_of_mute(self) -> bool:
        """The station's notice names this seat: nothing is told twice."""
        sound = self.seat.sound
        return sound is not None and sound.name in self.state.extra.get("mute_seats", ())

    # settings

    def remember(self, **changed: Any) -> None:
        self.settings = self.seat.settings = replace(self.settings, **changed)
        try:
            save_settings(self._data, self.settings)
        except OSError as error:
            self.window.notices.tell(tr("本席设置无法保存：{error}", error=error))

    def _on_show_sources(self) -> None:
        self.window.show_page("sources")

    def _on_theme(self) -> None:
        name = "day" if self._themes.theme.name == "night" else "night"
        self._themes.set_theme(THEMES[name])
        self.remember(theme=name)

    def _on_language(self) -> None:
        code = "en" if self.settings.language == "zh_CN" else "zh_CN"
        self.remember(language=code)
        self.window.notices.tell_briefly(
            "下次启动时使用中文。 Chinese from the next start on." if code == "zh_CN" else
            "English from the next start on. 下次启动时使用英文。"
        )  # fmt: skip

    def _connect(self) -> None:
        # Queued by name: the batch is emitted on the session's thread and must arrive on this one.
        self.session.batch.connect(self._on_batch, Qt.ConnectionType.QueuedConnection)
        self.told.connect(self.window.notices.tell)
        self.login_page.log_in.connect(self._on_log_in)
        self.login_page.cancel.connect(self._on_cancel)
        self.login_page.accept_certificate.connect(self._on_accept)
        self.window.top.log_out.connect(self._on_log_out)
        self._idle.idle.connect(self._on_idle)
        self.window.lock.unlock.connect(self._on_unlock)
        self.window.lock.leave.connect(self._on_log_out)
        self.seat.login_wanted.connect(self._on_login_wanted)
        self.window.top.show_sources.connect(self._on_show_sources)
        self.window.top.switch_theme.connect(self._on_theme)
        self.window.top.switch_language.connect(self._on_language)

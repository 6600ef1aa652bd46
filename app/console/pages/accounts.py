"""The page of the accounts joined to the station. Console side."""

from typing import Any
from urllib.parse import quote

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from app.console.errors import Known
from app.console.seat import Seat
from app.domain.roles import Action
from widgets.accounts.page import AccountsPage
from widgets.pulse import Pulse
from widgets.words import tr

AGAIN_MS = 15_000


class AccountsSide(QObject):
    def __init__(self, seat: Seat, page: AccountsPage) -> None:
        super().__init__(page)
        self._seat, self._page = seat, page
        page.wanted.connect(self._on_wanted)
        page.own.wanted.connect(self._on_own)
        seat.entered.connect(self._on_entered)
        seat.left.connect(self._on_left)
        self._pulse = Pulse(page, AGAIN_MS, self._refresh)

    def _on_entered(self) -> None:
        why = tr("密码已到期或由他人设置：请先修改，在此之前只能查看。") if self._seat.must_change else ""
        self._page.show_person(self._seat.user, self._seat.role, why)

    def _on_left(self) -> None:
        self._page.show_person("", None)

    def _refresh(self) -> None:
        """While the page is seen."""
        if self._seat.may(Action.SEE_USERS):
            self._seat.run(self._load())

    async def _load(self) -> None:
        try:
            self._page.show_accounts(await self._seat.call("GET", "/users"))
        except Known as error:
            self._page.say(tr("用户没有取到：{error}", error=error.message))

    def _on_wanted(self, what: str, name: str, body: Any) -> None:
        self._seat.run(self._do(what, name, body))

    async def _do(self, what: str, name: str, body: Any) -> None:
        path = "/users" if what == "add" else f"/users/{quote(name, safe='')}/{what}"
        try:
            answer = await self._seat.call("POST", path, body)
        except Known as error:
            self._page.say(error.message)
            return
        said = {
            "add": tr("已建立账号 {name}。", name=name),
            "disable": tr("已停用 {name}，其登录立即失效。", name=name),
            "enable": tr("已恢复 {name}。", name=name),
            "password": tr("已重设 {name} 的密码，本人下次登录须修改。", name=name),
            "approve": tr("已授权 {name}。", name=name),
            "role": tr("已改变 {name} 的角色，其登录立即失效。", name=name),
            "unlock": tr("已解除 {name} 的锁定。", name=name),
        }[what]
        if answer.get("approved") is False:
            said += tr("须经安全管理员授权后才能登录。")
        if what == "add":
            self._page.new.clear()
        self._page.say(said)
        await self._load()

    def _on_own(self, old: str, new: str) -> None:
        self._seat.run(self._change(old, new))

    async def _change(self, old: str, new: str) -> None:
        try:
            await self._seat.change_password(old, new)
        except Known as error:
            self._page.own.show_fault(error.message)
            return
        self._page.show_person(self._seat.user, self._seat.role)
        self._seat.tell_briefly(tr("密码已修改。"))


def make(seat: Seat) -> QWidget:
    page = AccountsPage()
    AccountsSide(seat, page)
    return page

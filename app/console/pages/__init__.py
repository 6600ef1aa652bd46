"""The pages of the desk beyond the watch itself, in the order of the navigation. Console side.

Each is built once, behind the login page, from the `Seat` alone; `make` imports what it needs, so that the login page does not
wait for it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module

from PySide6.QtWidgets import QWidget

from app.console.seat import Seat
from app.domain.roles import MAY, Action, Role


@dataclass(frozen=True)
class PageSpec:
    """`title` Chinese, translated when shown; `icon` a file of resources/icons; `roles` who sees it in the navigation, None =
    everybody; `listed` False: reached from other pages only; `bare`: what it shows does not come through the feed: it judges
    the age of that itself and is not veiled when the feed is silent."""

    name: str
    icon: str
    title: str
    make: Callable[[Seat], QWidget]
    roles: frozenset[Role] | None = None
    listed: bool = True
    bare: bool = False


def _module(name: str) -> Callable[[Seat], QWidget]:
    """`make` of app.console.pages.<name>, imported when the page is built."""

    def make(seat: Seat) -> QWidget:
        page: QWidget = import_module(f"app.console.pages.{name}").make(seat)
        return page

    return make


PAGES: tuple[PageSpec, ...] = (
    PageSpec("video", "video", "视频", _module("video"), bare=True),
    PageSpec("replay", "replay", "事故回放", _module("replay"), bare=True),
    PageSpec("forms", "forms", "处置", _module("forms")),
    PageSpec("shift", "shift", "交接班", _module("shift")),
    PageSpec("kpi", "kpi", "统计", _module("kpi")),
    PageSpec("reports", "reports", "报表", _module("reports")),
    PageSpec("quality", "quality", "数据质量", _module("quality")),
    PageSpec("journal", "journal", "日志", _module("journal"), roles=MAY[Action.READ_JOURNAL]),
    PageSpec("dispatch", "dispatch", "通知", _module("dispatch")),
    PageSpec("operations", "operations", "运维", _module("operations")),
    PageSpec("accounts", "accounts", "用户", _module("accounts")),
    PageSpec("card", "alarms", "报警卡片", _module("card"), listed=False),
    PageSpec("playback", "video", "回放", _module("playback"), listed=False, bare=True),
    PageSpec("why", "alarms", "为什么", _module("why"), listed=False),
)

"""What a page of the desk may ask for: the station's calls, who is logged in, what is known, and the other pages. Console side.

One object for every page beyond the watch itself, so that a page needs to know neither session, nor window, nor desk. Pages
await `call` in coroutines started with `run`; what they show live they take from `state` when `news` says that it changed.
"""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from app.console.session import Session
from app.console.state import DeskState
from app.console.tasks import Tasks
from app.domain.roles import Action, Role, may
from app.domain.wire import AlarmMsg
from widgets.symbols import Blink
from widgets.theme import ThemeHolder

if TYPE_CHECKING:
    from app.console.history import Past
    from app.console.sound import SeatSound
    from app.console.streams import Streams
    from app.console.window import DeskWindow

_MOST_BACK = 30


class Seat(QObject):
    entered = Signal()  # somebody logged in and the site is known
    closing = Signal()  # the window goes: what works in the background ends
    left = Signal()  # logged out, or another station: nothing of the last one may stay on the screen
    news = Signal(object)  # `Changes`, after `state` has taken them in
    card_wanted = Signal(object)  # AlarmMsg: show its card
    form_wanted = Signal(str, object)  # kind, id: show the form
    why_wanted = Signal(str)  # tag: show why it is silent, or why it alarmed
    limits_wanted = Signal(str)  # tag: begin a change of its limits
    limits_suggested = Signal(str, object)  # the same with values to begin with: {field: number}
    trend_wanted = Signal(list)  # tags
    place_wanted = Signal(object)  # AlarmMsg: show where it is
    horn_wanted = Signal()  # sound the horn once: can it be heard?
    camera_wanted = Signal(str)  # camera: show its live picture, large
    playback_wanted = Signal(list)  # cameras: show their past
    clip_wanted = Signal(object)  # ClipMsg: show it
    replay_wanted = Signal(object, object, object, list)  # start, end, where to stand (Instant); tags: replay it
    page_shown = Signal(str)  # name
    equipment_wanted = Signal(str)  # equipment: show where it stands
    login_wanted = Signal(str)  # this account is to log in at this desk

    def __init__(self, themes: ThemeHolder, session: Session, tasks: Tasks, window: "DeskWindow", data: Path) -> None:
        super().__init__()
        self.themes, self.data = themes, data
        self.blink = Blink(self)
        self._session, self._tasks, self._window = session, tasks, window
        self.state = DeskState()
        self.user = ""
        self.role: Role | None = None
        self.must_change = False  # the password, before anything is done
        self.moving = False  # the past is played: what would be seen as a halt can wait
        self.remember: Callable[..., None] = lambda **changed: None
        self.settings: Any = None
        self.sound: SeatSound | None = None  # none on a screen without a horn
        self.streams: Streams | None = None  # once a page shows a camera
        self._trail: list[str] = []  # pages in the order in which they were shown
        window.page_chosen.connect(self._note_page)
        window.closing.connect(self.closing)
        self.left.connect(window.notices.forget_person)

    def may(self, action: Action) -> bool:
        """By the role; the station decides again."""
        return self.role is not None and may(self.role, action)

    async def call(self, method: str, path: str, json: Any = None, params: Any = None) -> Any:
        """One call of the API (path below /api/v1). Raises `Known` with a sentence for a person."""
        return await asyncio.wrap_future(self._session.call(method, path, json, params))

    async def call_as(self, user: str, password: str, method: str, path: str, json: Any = None) -> Any:
        """One call as another person, who logs in for it alone; the desk's login stays. Raises `Known`."""
        return await asyncio.wrap_future(self._session.call_as(user, password, method, path, json))

    async def fetch(self, path: str, params: Any = None) -> bytes:
        """As `call` with GET, for what is no JSON: a PDF, a sheet, a picture."""
        return await asyncio.wrap_future(self._session.fetch(path, params))

    async def save(self, path: str, file: Path, told: Callable[[int], None] | None = None) -> str:
        """GET of what may be too large for memory, into `file`; its SHA-256. Raises `Known`, OSError. `told` hears how many
        bytes are there, on another thread."""
        return await asyncio.wrap_future(self._session.save(path, file, told))

    async def send(self, path: str, body: bytes, headers: dict[str, str], told: Callable[[int], None] | None = None) -> Any:
        """POST of bytes: an attachment. `told` hears how many are gone, on another thread."""
        return await asyncio.wrap_future(self._session.send(path, body, headers, told))

    async def history(self, tags: Sequence[str], start: float, end: float, points: int) -> "list[Past]":
        """Reduced history; times in seconds since the epoch. Raises `Known`."""
        return await asyncio.wrap_future(self._session.load_history(tags, start, end, points))

    async def change_password(self, old: str, new: str) -> None:
        await asyncio.wrap_future(self._session.change_password(old, new))
        self.must_change = False

    def run(self, work: Coroutine[Any, Any, Any]) -> "asyncio.Task[Any]":
        """A coroutine of a page; a bug in it is written down and told."""
        return self._tasks.start(work)

    def tell(self, text: str) -> None:
        """Stays on the screen until somebody closes it."""
        self._window.notices.tell(text)

    def tell_briefly(self, text: str) -> None:
        """The outcome of what somebody just did; 20 s."""
        self._window.notices.tell_briefly(text)

    def ask(self, text: str, answers: Sequence[tuple[str, Callable[[], None]]]) -> None:
        """A question that stays on the screen, over nothing, until it is answered or closed; a new one takes its place."""
        self._window.notices.ask(text, answers)

    def show_page(self, name: str) -> None:
        self._window.show_page(name)

    def show_full(self, full: bool) -> None:
        """The page that is shown takes the screen; the banner of alarms stays."""
        self._window.show_full(full)

    def back(self) -> None:
        """To the page that was shown before this one."""
        if len(self._trail) > 1:
            self._trail.pop()
            self._window.show_page(self._trail.pop())

    def _note_page(self, name: str) -> None:
        self.page_shown.emit(name)
        if self._trail[-1:] != [name]:
            self._trail = [*self._trail, name][-_MOST_BACK:]

    def show_badge(self, name: str, text: str, urgent: bool = False) -> None:
        """A number on the navigation button of that page; "" none."""
        self._window.navigation.set_badge(name, text, urgent)

    def alarm(self, occurrence: int) -> AlarmMsg | None:
        """The live alarm with this number."""
        return next((one for one in self.state.alarms.values() if one.occurrence == occurrence), None)

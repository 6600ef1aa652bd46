"""The one client of the station on this seat: a thread with a plain asyncio loop, one Qt signal per 100 ms towards the screen.

The loop is not the Qt loop: a stalled screen must not stop listening, and a busy feed must not stall the screen. While
the screen has not taken the last batch the next ones are merged, so a slow screen never piles up a queue.
"""

import asyncio
import logging
import threading
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from PySide6.QtCore import QObject, Signal

from app.console.errors import CertificateError, Known, Offline, Unauthorised
from app.console.reader import FeedState, FeedWord, Heard, Reader
from widgets.words import tr

if TYPE_CHECKING:  # httpx and websockets are heavy: they are imported on the session's thread, behind the login page
    from app.console.client import Login, StationClient
    from app.console.history import Past
    from app.console.state import SiteView

TICK_S = 0.1

_T = TypeVar("_T")
_log = logging.getLogger(__name__)


class Session(QObject):
    """Calls return futures that end in Known errors only (anything else is a bug and says so in the log)."""

    batch = Signal(object)  # Batch; always delivered on the thread this object lives in

    def __init__(self) -> None:
        super().__init__()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="session", daemon=True)
        self._client: StationClient | None = None
        self._feeding: asyncio.Task[None] | None = None
        self._reader = Reader()
        self._feed = FeedState()
        self._news = False
        self._untaken = False
        self._stopped = False
        self._held = False
        self.login_number = 0
        self._number = 0  # of the login the loop works for

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Ends the feed, the calls and the thread; safe to call twice. Futures still open are cancelled."""
        if self._stopped:
            return
        self._stopped = True
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(10)
        else:
            self._loop.close()

    def taken(self) -> None:
        """The screen has put the last batch to use and wants the next."""
        self._untaken = False

    def log_in(self, url: str, pin: str, user: str, password: str) -> "Future[Login]":
        """Ends any earlier login, logs in, and starts the feed. Batches of it carry the new `login_number`."""
        self.login_number += 1
        return self._submit(self._log_in(self.login_number, url, pin, user, password))

    def log_out(self) -> "Future[None]":
        self.login_number += 1
        return self._submit(self._log_out(self.login_number))

    def hold(self, on: bool) -> None:
        """The desk is locked: whatever some page may still send, nothing is asked of the station but to look."""
        self._held = on

    def change_password(self, old: str, new: str) -> "Future[Login]":
        return self._submit(self._call(lambda client: client.change_password(old, new)))

    def call(self, method: str, path: str, json: Any = None, params: Any = None) -> "Future[Any]":
        if self._held and method != "GET" and path != "/me/check":
            return _refused(tr("本席已锁定，请先解锁。"))
        return self._submit(self._call(lambda client: client.call(method, path, json, params)))

    def fetch(self, path: str, params: Any = None) -> "Future[bytes]":
        """GET of what is no JSON: a sheet, a PDF, an attachment."""
        return self._submit(self._call(lambda client: client.fetch(path, params)))

    def save(self, path: str, file: Path, told: Callable[[int], None] | None = None) -> "Future[str]":
        """GET of what may be too large for memory, into `file`; its SHA-256. `told` hears on the session's thread."""
        return self._submit(self._call(lambda client: client.save(path, file, told)))

    def send(self, path: str, body: bytes, headers: dict[str, str], told: Callable[[int], None] | None = None) -> "Future[Any]":
        """POST of bytes. `told` hears on the session's thread how many are gone."""
        if self._held:
            return _refused(tr("本席已锁定，请先解锁。"))
        return self._submit(self._call(lambda client: client.send(path, body, headers, told)))

    def call_as(self, user: str, password: str, method: str, path: str, json: Any = None) -> "Future[Any]":
        """One call as another person, who logs in for it alone: a second signature at this desk."""
        if self._held:
            return _refused(tr("本席已锁定，请先解锁。"))
        return self._submit(self._call_as(user, password, method, path, json))

    def load_site(self) -> "Future[SiteView]":
        return self._submit(self._load_site())

    def load_history(self, tags: Sequence[str], start: float, end: float, points: int) -> "Future[list[Past]]":
        """Reduced history; times in seconds since the epoch."""
        return self._submit(self._load_history(tags, start, end, points))

    def run(self, work: Coroutine[Any, Any, _T]) -> "Future[_T]":
        """Other network or process work of this seat, on the same loop."""
        return self._submit(work)

    def _submit(self, work: Coroutine[Any, Any, _T]) -> "Future[_T]":
        if self._stopped:
            work.close()
            cancelled: Future[_T] = Future()
            cancelled.cancel()
            return cancelled
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    # All below runs on the session's thread.

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        ticking = self._loop.create_task(self._tick())
        try:
            self._loop.run_forever()
        finally:
            ticking.cancel()
            left = asyncio.all_tasks(self._loop)
            for task in left:
                task.cancel()
            self._loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
            if self._client is not None:
                self._loop.run_until_complete(self._client.close())
            self._loop.run_until_complete(self._loop.shutdown_asyncgens())
            self._loop.close()

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(TICK_S)
            if self._news and not self._untaken:
                self._news = False
                self._untaken = True
                batch = self._reader.take(self._feed)
                batch.login = self._number
                self.batch.emit(batch)

    def _put(self, message: Heard) -> None:
        self._reader.put(message)
        self._news = True

    def _say(self, feed: FeedState) -> None:
        self._feed = feed
        self._news = True

    async def _log_in(self, number: int, url: str, pin: str, user: str, password: str) -> "Login":
        from app.console.client import StationClient

        await self._end_client(number)
        client = StationClient(url, pin)
        try:
            login = await client.log_in(user, password)
        except BaseException:
            await client.close()
            raise
        self._client = client
        self._feeding = self._loop.create_task(self._follow(client))
        return login

    async def _log_out(self, number: int) -> None:
        client = self._client
        if client is not None:
            await client.log_out()
        await self._end_client(number)
        self._say(FeedState(FeedWord.OFF))

    async def _end_client(self, number: int) -> None:
        """What the next login hears has nothing to do with the last."""
        feeding, self._feeding = self._feeding, None
        if feeding is not None:
            feeding.cancel()
            await asyncio.gather(feeding, return_exceptions=True)
        client, self._client = self._client, None
        if client is not None:
            await client.close()
        self._reader = Reader()
        self._feed = FeedState()
        self._number = number

    async def _follow(self, client: "StationClient") -> None:
        try:
            await client.follow(self._put, self._say)
        except Unauthorised as error:
            self._say(FeedState(FeedWord.LOGIN, error.message, self._feed.heard_at))
        except Known as error:
            word = FeedWord.REFUSED if isinstance(error, CertificateError) else FeedWord.LOGIN
            self._say(FeedState(word, error.message, self._feed.heard_at))
        except Exception:  # noqa: BLE001
            # The desk must not go blind over a bug of ours: it is written down, said, and the feed begins anew.
            _log.exception("feed ended unexpectedly")
            self._say(FeedState(FeedWord.LOST, tr("值守台内部错误，正在重新连接"), self._feed.heard_at))
            await asyncio.sleep(1.0)
            self._feeding = self._loop.create_task(self._follow(client))

    async def _call(self, do: "Callable[[StationClient], Coroutine[Any, Any, _T]]") -> _T:
        client = self._client
        if client is None:
            raise Offline(tr("尚未连接站点。"), "offline")
        try:
            return await do(client)
        except Unauthorised as error:
            self._say(FeedState(FeedWord.LOGIN, error.message, self._feed.heard_at))
            raise

    async def _call_as(self, user: str, password: str, method: str, path: str, json: Any) -> Any:
        client = self._client
        if client is None:
            raise Offline(tr("尚未连接站点。"), "offline")
        return await client.call_as(user, password, method, path, json)  # a wrong password is not the desk's

    async def _load_site(self) -> "SiteView":
        from app.console.site import load_site

        return await self._call(load_site)

    async def _load_history(self, tags: Sequence[str], start: float, end: float, points: int) -> "list[Past]":
        from app.console.history import load_history

        return await self._call(lambda client: load_history(client, tags, start, end, points))


def _refused(why: str) -> "Future[Any]":
    refused: Future[Any] = Future()
    refused.set_exception(Known(why, "locked"))
    return refused

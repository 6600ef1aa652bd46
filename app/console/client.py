"""The station's API as one asyncio object: log in, call, follow the feed. No Qt; runs on the session's own loop.

The password stays in memory while logged in and never on disk: tokens live in the station's memory, so a station that
restarts would otherwise leave every desk blind until somebody types.
"""

import asyncio
import contextlib
import hashlib
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx
import msgspec
import websockets
from websockets.asyncio.client import connect

from app.console.errors import CertificateError, Known, Offline, Refused, Unauthorised, from_answer
from app.console.pins import PinnedContext
from app.console.reader import FeedState, FeedWord, Heard
from app.console.sending import Telling
from widgets.words import tr

API = "/api/v1"
CONNECT_S = 5.0
ANSWER_S = 15.0
FIRST_WAIT_S = 0.5
LONGEST_WAIT_S = 5.0
PIECE = 2**20
HUNG_S = 6.0
"""A feed silent for longer than this is dropped and dialled anew; the screen has greyed by then."""

_NOT_LOGGED_IN = {1008, 3000, 4001, 4401}
"""Close codes by which a station says that the token is not (any longer) good."""


@dataclass(frozen=True, slots=True)
class Login:
    user: str
    role: str
    token: str
    expires_at: str = ""
    must_change: bool = False  # the password: until then one may only look
    warn: bool = False  # it will be too old soon
    password_ends_at: str = ""
    idle_lock_min: float = 0.0  # the desk is locked after so long without hands; 0 never


class StationClient:
    """One station, one person. Every call raises Known errors only."""

    def __init__(self, url: str, pin: str = "") -> None:
        self.url = url
        self.host = urlsplit(url).netloc
        self.login: Login | None = None
        self._password = ""
        self._pinned = PinnedContext(pin)
        self._renewing = asyncio.Lock()
        # trust_env off: a proxy set for the office's browser must never see the plant.
        self._http = httpx.AsyncClient(
            base_url=url + API, verify=self._pinned, trust_env=False, timeout=httpx.Timeout(ANSWER_S, connect=CONNECT_S)
        )

    async def log_in(self, user: str, password: str) -> Login:
        answer = await self._send("POST", "/login", {"user": user, "password": password}, None, "")
        if answer.status_code != 200:
            raise from_answer(answer.status_code, _body(answer))
        body = _body(answer)
        try:
            self.login = Login(
                user,
                str(body["role"]),
                str(body["token"]),
                str(body.get("expires_at", "")),
                bool(body.get("must_change", False)),
                bool(body.get("warn", False)),
                str(body.get("password_ends_at") or ""),
                float(body.get("idle_lock_min", 0.0)),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise _not_a_station() from error
        self._password = password
        return self.login

    async def log_out(self) -> None:
        """The station is told if it can be; this side forgets in any case."""
        login, self.login, self._password = self.login, None, ""
        if login is not None:
            with contextlib.suppress(Known):
                await self._send("POST", "/logout", None, None, login.token)

    async def change_password(self, old: str, new: str) -> Login:
        """The station ends every login of this person with it; this one begins anew at once."""
        async with self._renewing:
            if self.login is None:
                raise Unauthorised(tr("尚未登录。"), "unauthorised")
            user = self.login.user
            answer = await self._send("POST", "/me/password", {"old": old, "new": new}, None, self.login.token)
            if answer.status_code != 200:
                raise from_answer(answer.status_code, _body(answer))
            return await self.log_in(user, new)

    async def call(self, method: str, path: str, json: Any = None, params: Any = None) -> Any:
        """The decoded answer, None when there is none."""
        return _body(await self._authorised(method, path, json, params))

    async def fetch(self, path: str, params: Any = None) -> bytes:
        return (await self._authorised("GET", path, None, params)).content

    async def save(self, path: str, file: Path, told: Callable[[int], None] | None = None) -> str:
        """GET of what may be too large for memory, written into `file` as it comes; its SHA-256. `told` hears how many bytes
        are there. Raises OSError too; half a file is the caller's to remove."""
        await self._authorised("GET", "/me", None, None)  # a login that has ended is renewed by what is small
        token = "" if self.login is None else self.login.token
        digest, size = hashlib.sha256(), 0
        try:
            async with self._http.stream("GET", path, headers={"Authorization": f"Bearer {token}"}) as answer:
                if not answer.is_success:
                    await answer.aread()
                    raise from_answer(answer.status_code, _body(answer))
                with await asyncio.to_thread(file.open, "wb") as out:
                    async for piece in answer.aiter_bytes(PIECE):
                        await asyncio.to_thread(out.write, piece)
                        digest.update(piece)
                        size += len(piece)
                        if told is not None:
                            told(size)
        except httpx.HTTPError as error:
            raise Offline(tr("连不上站点 {host}：{error}", host=self.host, error=_short(error)), "offline") from error
        return digest.hexdigest()

    async def send(self, path: str, body: bytes, headers: dict[str, str], told: Callable[[int], None] | None = None) -> Any:
        """POST of bytes with their own headers: an attachment. `told` hears how many are gone."""
        content = body if told is None else Telling(body, told)
        sized = {**headers, "Content-Length": str(len(body))}
        return _body(await self._authorised("POST", path, None, None, content, sized))

    async def call_as(self, user: str, password: str, method: str, path: str, json: Any = None) -> Any:
        """One call as somebody else, who logs in for it alone and out again. This login stays as it is."""
        other = StationClient(self.url, self._pinned.expected)
        try:
            await other.log_in(user, password)
            return await other.call(method, path, json)
        finally:
            await other.log_out()
            await other.close()

    async def close(self) -> None:
        await self._http.aclose()

    async def follow(self, put: Callable[[Heard], None], say: Callable[[FeedState], None]) -> None:
        """Keeps a feed open until cancelled. Raises Unauthorised, Refused or CertificateError, where trying again cannot
        help; every other loss is dialled again after a growing wait, asking for what was missed."""
        seq: int | None = None
        heard: float | None = None
        wait = FIRST_WAIT_S
        say(FeedState(FeedWord.CONNECTING))

        def take(message: Heard) -> None:
            nonlocal seq, heard, wait
            heard = time.monotonic()
            wait = FIRST_WAIT_S
            seq = message.seq
            put(message)
            say(FeedState(FeedWord.LIVE, heard_at=heard, station_time=message.time))

        while True:
            try:
                reason = await self._listen(seq, take)
            except _Unreadable as error:
                # A message that cannot be read may be an alarm: never skip it, begin anew with everything.
                seq = None
                reason = error.message
            except Offline as error:
                reason = error.message
            say(FeedState(FeedWord.CONNECTING if heard is None else FeedWord.LOST, reason, heard))
            await asyncio.sleep(wait * random.uniform(0.8, 1.0))
            wait = min(wait * 2, LONGEST_WAIT_S)

    async def _listen(self, after: int | None, take: Callable[[Heard], None]) -> str:
        """One connection until it ends; why it ended, in words. Renews a login the station no longer knows."""
        decode = msgspec.json.Decoder(Heard).decode
        said = ""
        try:
            async with self._dial(after) as socket:
                while True:
                    # Not wait_for: before Python 3.12 it swallows a cancellation that meets an arriving message.
                    async with asyncio.timeout(HUNG_S):
                        raw = await socket.recv()
                    message = decode(raw)
                    if message.type == "error":
                        said = message.message
                    else:
                        take(message)
        except websockets.InvalidStatus as error:
            if error.response.status_code in (401, 403):
                await self._log_in_again()
            return tr("站点拒绝了数据通道（HTTP {status}）", status=error.response.status_code)
        except websockets.ConnectionClosed as error:
            if error.rcvd is not None and error.rcvd.code in _NOT_LOGGED_IN:
                await self._log_in_again()
            return said or tr("数据通道被关闭")
        except msgspec.DecodeError as error:
            raise _Unreadable(tr("站点发来无法识别的数据：{error}", error=str(error)[:200])) from error
        except TimeoutError:
            return tr("数据通道超过 {n} 秒没有任何消息", n=int(HUNG_S))
        except (OSError, websockets.WebSocketException) as error:
            self._raise_if_refused()
            return tr("连不上站点 {host}：{error}", host=self.host, error=_short(error))

    def _dial(self, after: int | None) -> connect:
        """One attempt: as a context manager `connect` does not retry; the back-off, the reasons and `after` are ours."""
        if self.login is None:
            raise Unauthorised(tr("尚未登录。"), "unauthorised")
        query: dict[str, str | int] = {"token": self.login.token}
        if after is not None:
            query["after"] = after
        scheme = "wss" if self.url.startswith("https:") else "ws"
        return connect(
            f"{scheme}://{self.host}{API}/feed?{urlencode(query)}",
            ssl=self._pinned if scheme == "wss" else None,
            proxy=None,
            compression=None,
            open_timeout=CONNECT_S,
            close_timeout=1,
            ping_interval=None,  # silence is judged by the messages themselves
            max_size=64 * 2**20,
        )

    async def _authorised(
        self,
        method: str,
        path: str,
        json: Any,
        params: Any,
        content: bytes | Telling | None = None,
        extra: dict[str, str] | None = None,
    ) -> httpx.Response:
        if self.login is None:
            raise Unauthorised(tr("尚未登录。"), "unauthorised")
        token = self.login.token
        answer = await self._send(method, path, json, params, token, content, extra)
        if answer.status_code == 401:
            token = (await self._log_in_again(token)).token
            answer = await self._send(method, path, json, params, token, content, extra)
        if answer.is_success:
            return answer
        raise from_answer(answer.status_code, _body(answer))

    async def _log_in_again(self, refused: str = "") -> Login:
        """Once, with the password of this login; a refusal forgets it, so that an account is never locked by us.
        `refused`: the token that was turned down; another one in use by now means somebody was faster."""
        async with self._renewing:
            if self.login is None:
                raise Unauthorised(tr("登录已失效，请重新登录。"), "unauthorised")
            if refused and self.login.token != refused:
                return self.login
            user, password, self._password = self.login.user, self._password, ""
            try:
                if not password:
                    raise Unauthorised(tr("登录已失效，请重新登录。"), "unauthorised")
                return await self.log_in(user, password)
            except Offline:
                self._password = password
                raise
            except Refused as error:
                if error.status < 500:
                    self.login = None
                    raise
                self._password = password  # a station that is still starting, or cannot write: no reason to ask a person
                raise Offline(error.message, error.code) from error
            except Known:
                self.login = None
                raise

    async def _send(
        self,
        method: str,
        path: str,
        json: Any,
        params: Any,
        token: str,
        content: bytes | Telling | None = None,
        extra: dict[str, str] | None = None,
    ) -> httpx.Response:
        headers = (extra or {}) | ({"Authorization": f"Bearer {token}"} if token else {})
        try:
            return await self._http.request(method, path, json=json, content=content, params=params, headers=headers)
        except httpx.TimeoutException as error:
            raise Offline(tr("站点没有在规定时间内回答，操作可能没有生效，请看最新状态。"), "timeout") from error
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            self._raise_if_refused()
            raise Offline(tr("连不上站点 {host}：{error}", host=self.host, error=_short(error)), "offline") from error

    def _raise_if_refused(self) -> None:
        seen, self._pinned.refused = self._pinned.refused, None
        if seen is not None:
            raise CertificateError(self.host, seen, self._pinned.expected)


class _Unreadable(Known):
    """The station said something this console cannot decode."""


def _body(answer: httpx.Response) -> Any:
    if not answer.content:
        return None
    try:
        return msgspec.json.decode(answer.content)
    except msgspec.DecodeError as error:
        if answer.is_success:
            raise _not_a_station() from error
        return None


def _not_a_station() -> Offline:
    return Offline(tr("站点的回答无法识别：这个地址可能不是危源值守站点。"), "not_a_station")


def _short(error: BaseException) -> str:
    """In words where there are any, else as the system says it."""
    said = str(error)
    if isinstance(error, httpx.RemoteProtocolError | httpx.ReadError | httpx.WriteError):
        return tr("连接断开了，没有收到回答")
    if isinstance(error, ConnectionRefusedError):
        return tr("这个地址没有站点服务在运行")
    if isinstance(error, httpx.ConnectError):
        if "getaddrinfo" in said or "ame or service" in said or "name resolution" in said:
            return tr("找不到这个主机名")
        if "refused" in said or "attempts failed" in said:
            return tr("这个地址没有站点服务在运行")
    return said or type(error).__name__

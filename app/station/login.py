"""Logging in (登录): passwords are checked by the store, tokens live in memory, guessing is slowed, all of it is journalled.

Station side. A token is 256 random bits and ends 12 h after its last use; an open feed counts as use, so a wall does not go
blind. A restart ends all tokens. Five failures of one user from one address lock that pair for 15 minutes.
"""

import asyncio
import hashlib
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from app.domain.instant import HOUR, MINUTE, Instant, to_rfc3339
from app.domain.roles import Role
from app.station.commands import Who
from app.station.errors import NotLoggedIn, TooMany
from app.store.ports import Account, Accounts, Record

TOKEN_LIFE = 12 * HOUR
FAILURES = 5
ADDRESS_FAILURES = 30  # of one address, whatever names it tries
LOCK = 15 * MINUTE
KEPT = 10_000  # failure counters; beyond it the oldest are forgotten
TOKENS_PER_USER = 50


@dataclass(slots=True)
class _Session:
    who: Who
    began: Instant
    expires: Instant
    ended: asyncio.Event


@dataclass(slots=True)
class _Failures:
    count: int
    last: Instant


@dataclass(frozen=True, slots=True)
class LoggedIn:
    token: str
    role: Role
    expires_at: str


class Logins:
    """`note` journals; a log-in is not held up by a journal that cannot be written, or nobody could look at the alarms."""

    def __init__(
        self,
        accounts: Accounts,
        now: Callable[[], Instant],
        note: Callable[[Record], None],
    ) -> None:
        self._accounts, self._now, self._note = accounts, now, note
        self._sessions: dict[bytes, _Session] = {}
        self._failures: dict[tuple[str, str], _Failures] = {}
        # One at a time: a check costs tens of milliseconds and 64 MB by design, and each failure must count for the next.
        self._one_at_a_time = asyncio.Lock()

    async def log_in(self, user: str, password: str, address: str) -> LoggedIn:
        """Raises NotLoggedIn, TooMany, StoreUnavailable."""
        pairs = ((user, address), ("", address))
        async with self._one_at_a_time:
            for pair, allowed in zip(pairs, (FAILURES, ADDRESS_FAILURES), strict=True):
                self._refuse_locked(pair, allowed, user, address)
            account = await asyncio.to_thread(self._accounts.check, user, password)
        now = self._now()
        if account is None:
            for pair in pairs:
                self._count(pair, now)
            self._journal("login_failed", user, address)
            raise NotLoggedIn("wrong_password", "用户名或密码不对")
        for pair in pairs:
            self._failures.pop(pair, None)
        return self.admit(account, address)

    def admit(self, account: Account, address: str) -> LoggedIn:
        """A session for somebody whose password was right."""
        now = self._now()
        token = secrets.token_urlsafe(32)
        self._forget(now, account.name)
        session = _Session(Who(account.name, account.role, address), now, now + TOKEN_LIFE, asyncio.Event())
        self._sessions[_digest(token)] = session
        self._journal("login", account.name, address)
        return LoggedIn(token, account.role, to_rfc3339(session.expires))

    def who(self, token: str) -> Who:
        """Whose token it is; using it prolongs it. Raises NotLoggedIn."""
        return self._session(token).who

    def ended(self, token: str) -> asyncio.Event:
        """Set when the token stops to count, for those who hold a connection open with it."""
        return self._session(token).ended

    def expires_at(self, token: str) -> str:
        return to_rfc3339(self._session(token).expires)

    def log_out(self, token: str) -> None:
        session = self._sessions.pop(_digest(token), None)
        if session is not None:
            session.ended.set()
            self._journal("logout", session.who.user, session.who.address)

    def end_all(self, user: str) -> None:
        """The account was disabled, or its password or role changed."""
        for key, session in list(self._sessions.items()):
            if session.who.user == user:
                del self._sessions[key]
                session.ended.set()

    def review(self, accounts: Iterable[Account]) -> None:
        """End the sessions of accounts that are gone, disabled, of another role, or whose password is newer than they."""
        known = {account.name: account for account in accounts}
        for session in list(self._sessions.values()):
            account = known.get(session.who.user)
            if (
                account is None
                or not account.enabled
                or account.role is not session.who.role
                or account.password_changed_at > session.began
            ):
                self.end_all(session.who.user)

    @property
    def users(self) -> int:
        return len({session.who.user for session in self._sessions.values()})

    # inside

    def _session(self, token: str) -> _Session:
        session = self._sessions.get(_digest(token)) if token else None
        now = self._now()
        if session is None or session.expires <= now:
            raise NotLoggedIn("not_logged_in", "未登录或登录已过期，请重新登录")
        session.expires = now + TOKEN_LIFE
        return session

    def _forget(self, now: Instant, user: str) -> None:
        """Drop what has expired, and the oldest of a script that logs in anew for every call."""
        mine = []
        for key, session in list(self._sessions.items()):
            if session.expires <= now:
                del self._sessions[key]
                session.ended.set()
            elif session.who.user == user:
                mine.append((session.expires, key))
        mine.sort()
        for _, key in mine[: max(0, len(mine) - TOKENS_PER_USER + 1)]:
            self._sessions.pop(key).ended.set()

    def _refuse_locked(self, pair: tuple[str, str], allowed: int, user: str, address: str) -> None:
        failures = self._failures.get(pair)
        if failures is None or failures.count < allowed:
            return
        left = failures.last + LOCK - self._now()
        if left <= 0:
            del self._failures[pair]
            return
        self._journal("login_locked", user, address)
        raise TooMany("login_locked", f"密码错误次数过多，请 {left // MINUTE + 1} 分钟后再试")

    def _count(self, pair: tuple[str, str], now: Instant) -> None:
        failures = self._failures.pop(pair, None)
        if failures is None or now - failures.last > LOCK:
            failures = _Failures(0, now)
        failures.count += 1
        failures.last = now
        self._failures[pair] = failures  # at the end: the dict is in order of the last failure
        if len(self._failures) > KEPT:
            del self._failures[next(iter(self._failures))]

    def _journal(self, what: str, user: str, address: str) -> None:
        self._note(Record(self._now(), "login", user[:100], data={"address": address, "what": what}))


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()

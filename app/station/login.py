"""Logging in (登录): passwords are checked by the store, tokens live in memory, guessing is slowed, all of it is journalled.

Station side. A token is 256 random bits and ends 12 h after its last use; an open feed counts as use, so a wall does not go
blind. A restart ends all tokens. Five failures of one user from one address lock that pair for 15 minutes (settings). Somebody
whose password is too old, or was set by somebody else, may look and change it, and do nothing else: a watch is never blinded by
the calendar.
"""

import asyncio
import hashlib
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from app.domain.instant import DAY, HOUR, MINUTE, Instant, to_rfc3339
from app.domain.roles import Role
from app.domain.settings.accounts import AccountSettings
from app.station.commands import Who
from app.station.errors import Denied, NotLoggedIn, TooMany
from app.store.ports import Accounts
from app.store.rows import Account, Record

TOKEN_LIFE = 12 * HOUR
ADDRESS_FAILURES = 30  # of one address, whatever names it tries
KEPT = 10_000  # failure counters; beyond it the oldest are forgotten
TOKENS_PER_USER = 50


@dataclass(slots=True)
class _Session:
    who: Who
    began: Instant
    expires: Instant
    ended: asyncio.Event
    must_change: bool = False


@dataclass(slots=True)
class _Failures:
    count: int
    last: Instant


@dataclass(frozen=True, slots=True)
class LoggedIn:
    """`must_change`: nothing but looking and a new password is open; `password_ends_at`: when it becomes too old, None never;
    `warn`: that is near."""

    token: str
    role: Role
    expires_at: str
    must_change: bool = False
    password_ends_at: str | None = None
    warn: bool = False
    idle_lock_min: float = 0.0


class Logins:
    """`note` journals; a log-in is not held up by a journal that cannot be written, or nobody could look at the alarms."""

    def __init__(
        self,
        accounts: Accounts,
        now: Callable[[], Instant],
        note: Callable[[Record], None],
        rules: AccountSettings | None = None,
    ) -> None:
        self._accounts, self._now, self._note = accounts, now, note
        self.rules = rules or AccountSettings()
        self._sessions: dict[bytes, _Session] = {}
        self._failures: dict[tuple[str, str], _Failures] = {}
        # One at a time: a check costs tens of milliseconds and 64 MB by design, and each failure must count for the next.
        self._one_at_a_time = asyncio.Lock()

    async def log_in(self, user: str, password: str, address: str) -> LoggedIn:
        """Raises NotLoggedIn, Denied, TooMany, StoreUnavailable."""
        account = await self._checked(user, password, address)
        if not account.approved:
            self._journal("login_not_approved", account.name, address)
            raise Denied("not_approved", "账号还没有经安全管理员授权，请联系安全管理员")
        await asyncio.to_thread(self._accounts.logged_in, account.name, self._now())
        return self.admit(account, address)

    async def recheck(self, who: Who, password: str) -> None:
        """Is it still the same person at the desk? Guessing counts as in a log-in. Raises NotLoggedIn, TooMany."""
        await self._checked(who.user, password, who.address)
        self._journal("unlocked", who.user, who.address)

    async def _checked(self, user: str, password: str, address: str) -> Account:
        pairs = ((user, address), ("", address))
        async with self._one_at_a_time:
            for pair, allowed in zip(pairs, (self.rules.failures, ADDRESS_FAILURES), strict=True):
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
        return account

    def admit(self, account: Account, address: str) -> LoggedIn:
        """A session for somebody whose password was right."""
        now = self._now()
        token = secrets.token_urlsafe(32)
        self._forget(now, account.name)
        ends = self.rules.password_ends(account.password_changed_at)
        must = account.must_change or (ends is not None and ends <= now)
        session = _Session(Who(account.name, account.role, address), now, now + TOKEN_LIFE, asyncio.Event(), must)
        self._sessions[_digest(token)] = session
        self._journal("login", account.name, address)
        return LoggedIn(
            token,
            account.role,
            to_rfc3339(session.expires),
            must,
            None if ends is None else to_rfc3339(ends),
            ends is not None and ends - now <= self.rules.warn_days * DAY,
            self.rules.idle_lock_min,
        )

    def who(self, token: str) -> Who:
        """Whose token it is; using it prolongs it. Raises NotLoggedIn."""
        return self._session(token).who

    def must_change(self, token: str) -> bool:
        """May this session do nothing but look and change its password?"""
        return self._session(token).must_change

    def sessions(self) -> dict[str, list[str]]:
        """Who is logged in, and from where."""
        found: dict[str, list[str]] = {}
        for session in self._sessions.values():
            places = found.setdefault(session.who.user, [])
            if session.who.address not in places:
                places.append(session.who.address)
        return found

    def locked_until(self, user: str) -> Instant | None:
        """The end of the longest lock of this user at any address."""
        now = self._now()
        locked = [
            failures.last + self.rules.lock
            for (name, _), failures in self._failures.items()
            if name == user and failures.count >= self.rules.failures and failures.last + self.rules.lock > now
        ]
        return max(locked, default=None)

    def unlock(self, user: str) -> None:
        for pair in [pair for pair in self._failures if pair[0] == user]:
            del self._failures[pair]

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
                or not account.approved
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
        left = failures.last + self.rules.lock - self._now()
        if left <= 0:
            del self._failures[pair]
            return
        self._journal("login_locked", user, address)
        raise TooMany("login_locked", f"密码错误次数过多，请 {left // MINUTE + 1} 分钟后再试")

    def _count(self, pair: tuple[str, str], now: Instant) -> None:
        failures = self._failures.pop(pair, None)
        if failures is None or now - failures.last > self.rules.lock:
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

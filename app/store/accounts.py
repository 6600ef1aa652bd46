"""Accounts and their passwords (argon2id). Station side. Sessions, throttling and who may do what live elsewhere."""

import unicodedata
from collections.abc import Sequence
from functools import cache
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import Row, delete, insert, select, update

from app.domain.instant import Instant
from app.domain.password import password_fault
from app.domain.roles import Role
from app.store.database import Database
from app.store.rows import Account
from app.store.tables import account, password_past
from app.store.texts import clean

KEPT_PASTS = 24  # passwords of before, of each account

_hasher = PasswordHasher()  # RFC 9106, low-memory profile: 64 MiB


class StationAccounts:
    """Fills `ports.Accounts`. Names are compared exactly, after Unicode normalisation (NFC)."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(
        self,
        name: str,
        role: Role,
        password: str,
        now: Instant,
        *,
        person: str = "",
        approved: bool = True,
        must_change: bool = False,
    ) -> None:
        name = _normal(name)
        hidden = any(c == "\ufffd" or unicodedata.category(c).startswith("C") for c in name)
        if not name or len(name) > 64 or name != name.strip() or hidden:
            raise ValueError("用户名不能为空，不能超过 64 个字符，首尾不能有空格，也不能含控制字符")
        secret = _hashed(password)
        with self._database.write() as connection:
            if connection.scalar(select(account.c.name).where(account.c.name == name)) is not None:
                raise ValueError(f"用户名 {name} 已被使用")
            connection.execute(
                insert(account).values(
                    name=name,
                    role=role.value,
                    enabled=True,
                    created_at=now,
                    password_changed_at=now,
                    password=secret,
                    person=clean(person.strip()),
                    approved=approved,
                    must_change=must_change,
                )
            )

    def check(self, name: str, password: str) -> Account | None:
        # a missing user is checked against a hash nobody knows: the answer takes as long and tells as little
        nobody = _nobody()
        with self._database.read() as connection:
            row = connection.execute(select(account).where(account.c.name == _normal(name))).one_or_none()
        matches = _matches(nobody if row is None else row.password, password)
        return _account(row) if row is not None and matches and row.enabled else None

    def get(self, name: str) -> Account | None:
        with self._database.read() as connection:
            row = connection.execute(select(account).where(account.c.name == _normal(name))).one_or_none()
        return None if row is None else _account(row)

    def list(self) -> Sequence[Account]:
        with self._database.read() as connection:
            return [_account(row) for row in connection.execute(select(account).order_by(account.c.created_at, account.c.name))]

    def set_enabled(self, name: str, enabled: bool) -> None:
        self._change(name, enabled=enabled)

    def set_password(self, name: str, password: str, now: Instant, *, must_change: bool = False, reuse: int = 0) -> None:
        """Raises KeyError for an unknown name, ValueError with a Chinese sentence for a weak password or one that was used
        before."""
        name = _normal(name)
        secret = _hashed(password)
        past = password_past
        with self._database.read() as connection:
            present = connection.scalar(select(account.c.password).where(account.c.name == name))
            newest = select(past.c.password).where(past.c.name == name).order_by(past.c.id.desc()).limit(reuse)
            before = [] if not reuse else list(connection.scalars(newest))
        if present is not None and any(_matches(one, password) for one in ([present, *before] if reuse else [])):
            raise ValueError(f"不能再用原来的密码，也不能用最近 {reuse} 次用过的密码")
        with self._database.write() as connection:
            changed = {"password": secret, "password_changed_at": now, "must_change": must_change}
            if connection.execute(update(account).where(account.c.name == name).values(**changed)).rowcount == 0:
                raise KeyError(name)
            connection.execute(insert(past).values(name=name, password=present))
            kept = select(past.c.id).where(past.c.name == name).order_by(past.c.id.desc()).limit(KEPT_PASTS)
            connection.execute(delete(past).where(past.c.name == name, past.c.id.not_in(kept)))

    def set_role(self, name: str, role: Role) -> None:
        self._change(name, role=role.value)

    def set_approved(self, name: str, approved: bool) -> None:
        self._change(name, approved=approved)

    def logged_in(self, name: str, now: Instant) -> None:
        self._change(name, last_login_at=now)

    def _change(self, name: str, **values: Any) -> None:
        with self._database.write() as connection:
            done = connection.execute(update(account).where(account.c.name == _normal(name)).values(**values))
            if done.rowcount == 0:
                raise KeyError(name)


def _normal(name: str) -> str:
    # what no engine can keep becomes U+FFFD, which no account's name holds: such a log-in is a plain failure
    return clean(unicodedata.normalize("NFC", name))


def _hashed(password: str) -> str:
    if fault := password_fault(password):
        raise ValueError(fault)
    return _hasher.hash(_bytes(password))


def _matches(secret: str, password: str) -> bool:
    try:
        return _hasher.verify(secret, _bytes(password))
    except (VerificationError, InvalidHashError):
        return False


def _bytes(password: str) -> bytes:
    # NFC: the same characters typed on another keyboard are the same password
    return unicodedata.normalize("NFC", password).encode("utf-8", "surrogatepass")


@cache
def _nobody() -> str:
    return _hasher.hash("nobody")


def _account(row: Row[*tuple[Any, ...]]) -> Account:
    return Account(
        row.name, Role(row.role), row.enabled, row.created_at, row.password_changed_at, row.person, row.approved,
        row.must_change, row.last_login_at,
    )  # fmt: skip

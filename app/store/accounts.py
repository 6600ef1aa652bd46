"""Accounts and their passwords (argon2id). Station side. Sessions, throttling and who may do what live elsewhere."""

import unicodedata
from collections.abc import Sequence
from functools import cache
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import Row, insert, select, update

from app.domain.instant import Instant
from app.domain.roles import Role
from app.store.database import Database
from app.store.ports import Account
from app.store.tables import account
from app.store.texts import clean

MIN_LENGTH = 10
MIN_CLASSES = 3

_hasher = PasswordHasher()  # RFC 9106, low-memory profile: 64 MiB


def password_fault(password: str) -> str | None:
    """What is wrong with a new password, in Chinese; None when it is strong enough."""
    classes = {"upper" if c.isupper() else "lower" if c.islower() else "digit" if c.isdigit() else "other" for c in password}
    if len(password) < MIN_LENGTH or len(classes) < MIN_CLASSES:
        return f"密码太弱: 至少 {MIN_LENGTH} 个字符, 并包含大写字母, 小写字母, 数字, 其他字符中的至少 {MIN_CLASSES} 类"
    return None


class StationAccounts:
    """Fills `ports.Accounts`. Names are compared exactly, after Unicode normalisation (NFC)."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, name: str, role: Role, password: str, now: Instant) -> None:
        name = _normal(name)
        hidden = any(c == "\ufffd" or unicodedata.category(c).startswith("C") for c in name)
        if not name or len(name) > 64 or name != name.strip() or hidden:
            raise ValueError("用户名不能为空, 不能超过 64 个字符, 首尾不能有空格, 也不能含控制字符")
        secret = _hashed(password)
        with self._database.write() as connection:
            if connection.scalar(select(account.c.name).where(account.c.name == name)) is not None:
                raise ValueError(f"用户名 {name} 已被使用")
            connection.execute(
                insert(account).values(
                    name=name, role=role.value, enabled=True, created_at=now, password_changed_at=now, password=secret
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

    def set_password(self, name: str, password: str, now: Instant) -> None:
        """Raises KeyError for an unknown name, ValueError with a Chinese sentence for a weak password."""
        self._change(name, password=_hashed(password), password_changed_at=now)

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
    return Account(row.name, Role(row.role), row.enabled, row.created_at, row.password_changed_at)

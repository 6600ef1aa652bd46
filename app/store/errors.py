"""Which failures of a database or disk are Known, and the sentence for each. Station side.

Known: the disk, the file, the server; a person can do something about it. Everything else stays the Bug it is and goes up.
"""

import errno
import json
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from sqlalchemy import exc

from app.store.ports import StoreUnavailable

if TYPE_CHECKING:
    from psycopg import Error as PostgresError

_RESTORE = "请停止监控站，用 hazwatch restore 把备份恢复到一个新的数据目录"
DAMAGED = f"数据库文件已损坏；{_RESTORE}"
_SQLITE = {
    sqlite3.SQLITE_FULL: "磁盘已满，写不进去；请清理磁盘空间，随后会自动恢复写入",
    sqlite3.SQLITE_BUSY: "数据库正被另一个程序占用；请关闭打开它的工具，随后会自动恢复",
    sqlite3.SQLITE_LOCKED: "数据库正被另一个程序占用；请关闭打开它的工具，随后会自动恢复",
    sqlite3.SQLITE_READONLY: "数据库只能读不能写；请检查磁盘是否变为只读，以及数据目录的权限",
    sqlite3.SQLITE_PERM: "没有读写数据库的权限；请检查数据目录的权限",
    sqlite3.SQLITE_AUTH: "没有读写数据库的权限；请检查数据目录的权限",
    sqlite3.SQLITE_IOERR: "磁盘读写出错；请检查磁盘和连接线",
    sqlite3.SQLITE_CANTOPEN: "数据库文件打不开；请检查数据目录是否还在，以及它的权限",
    sqlite3.SQLITE_CORRUPT: DAMAGED,
    sqlite3.SQLITE_NOTADB: f"这不是数据库文件，或者已损坏；{_RESTORE}",
}
_OS = {
    errno.ENOSPC: "磁盘已满，写不进去；请清理磁盘空间",
    errno.EDQUOT: "磁盘配额已用完，写不进去；请清理磁盘空间",
    errno.EFBIG: "文件超过了允许的大小；请检查磁盘格式和限制",
    errno.EROFS: "磁盘只能读不能写；请检查磁盘是否变为只读",
    errno.EACCES: "没有读写权限；请检查数据目录的权限",
    errno.EPERM: "没有读写权限；请检查数据目录的权限",
    errno.ENOENT: "文件或文件夹不存在；请检查路径",
    errno.ENOTDIR: "路径的一部分不是文件夹；请检查路径",
    errno.EISDIR: "这是文件夹，不是文件；请检查路径",
    errno.EIO: "磁盘读写出错；请检查磁盘和连接线",
}
# the first two characters of an SQLSTATE that is the server's trouble, not ours
_POSTGRES = {
    "08": "与 PostgreSQL 服务器的连接断了；请检查网络和服务器",
    "25": "PostgreSQL 服务器现在只读 (可能是备用机); 请连接主服务器",
    "28": "PostgreSQL 拒绝登录；请检查用户名和密码",
    "3D": "PostgreSQL 上没有这个数据库；请先建立",
    "40": "PostgreSQL 取消了这次写入；会自动重试",
    "42": "PostgreSQL 拒绝了这次操作；请检查数据库用户的权限",
    "53": "PostgreSQL 服务器的磁盘、内存或连接数已用完；请清理服务器",
    "55": "PostgreSQL 上的表正被别的程序锁住；请检查服务器",
    "57": "PostgreSQL 服务器正在停机或重启，或者取消了这次操作；会自动重连",
    "58": "PostgreSQL 服务器读写磁盘出错；请检查服务器",
}
_LOST = "与 PostgreSQL 服务器的连接断了，或者连不上；请检查网络和服务器，随后会自动重连"


def sentence(error: BaseException) -> str | None:
    """What to tell a person, or None when the error is a Bug."""
    if isinstance(error, exc.TimeoutError):
        return "数据库忙，等不到空闲连接；请稍后再试"
    cause = error.orig if isinstance(error, exc.DBAPIError) else error
    match cause:
        case sqlite3.Error():
            code = getattr(cause, "sqlite_errorcode", None)
            if code is None:  # not the database's own: Python could not take what is written there
                return DAMAGED if str(cause).startswith("Could not decode") else None
            return _SQLITE.get(code & 0xFF)
        case json.JSONDecodeError():
            return DAMAGED
        case OSError():
            return None if cause.errno is None else _OS.get(cause.errno)
    return _of_postgres(cause) if isinstance(cause, _postgres_errors()) else None


def _of_postgres(cause: "PostgresError") -> str | None:
    if cause.sqlstate is None:
        return _LOST if isinstance(cause, _postgres_errors("OperationalError", "InterfaceError")) else None
    # class 42 is mostly our own wrong SQL; only "insufficient privilege" is the server's
    if cause.sqlstate[:2] == "42" and cause.sqlstate != "42501":
        return None
    return _POSTGRES.get(cause.sqlstate[:2])


def _kinds() -> tuple[type[Exception], ...]:
    return (exc.SQLAlchemyError, sqlite3.Error, OSError, json.JSONDecodeError, *_postgres_errors())


def _postgres_errors(*names: str) -> "tuple[type[PostgresError], ...]":
    """None of them can have been raised where psycopg was never loaded: 9 MB that a station on SQLite does without."""
    psycopg = sys.modules.get("psycopg")
    return () if psycopg is None else tuple(getattr(psycopg, name) for name in names or ("Error",))


@contextmanager
def known(place: str) -> Iterator[None]:
    """Turns Known failures inside into StoreUnavailable; `place` names the file or server in the sentence."""
    try:
        yield
    except _kinds() as error:
        text = sentence(error)
        if text is None:
            raise
        raise StoreUnavailable(f"{place}: {text}") from error

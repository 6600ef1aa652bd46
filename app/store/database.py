"""One database behind SQLAlchemy: many readers, one writer at a time, Known errors as StoreUnavailable. Station side.

SQLite: WAL, so that readers never disturb the writer; transactions begin by our own BEGIN, because the driver's habit of
beginning late would leave schema changes and reads outside. PostgreSQL: by psycopg 3; lost connections are made anew by the
next call.
"""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, Table, create_engine, event, make_url
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import QueuePool
from sqlalchemy.sql import Executable

from app.store.errors import DAMAGED, known
from app.store.ports import StoreUnavailable

log = logging.getLogger(__name__)

CLAIM_S = 3.0  # how long a starting station waits for the server to notice that a killed one is gone
BUSY_S = 5.0  # how long a writer waits for another process before it says "locked"
_STATION_LOCK = 0x48617A57  # advisory lock of the one station that writes ("HazW")


class Database:
    """`place` names it in messages (never with a password)."""

    def __init__(self, reader: Engine, writer: Engine, place: str) -> None:
        self._reader = reader
        self._writer = writer
        self._turn = threading.Lock()
        self.place = place

    @property
    def is_postgres(self) -> bool:
        return self._reader.dialect.name == "postgresql"

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """One consistent snapshot. Raises StoreUnavailable."""
        with known(self.place), self._reader.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """One transaction, durable when the block has ended; nothing of it when it raises. Raises StoreUnavailable."""
        with self._turn, known(self.place), self._writer.begin() as connection:
            yield connection

    def require_sound(self, connection: Connection) -> None:
        """Reads the whole file. Raises StoreUnavailable when it is no sound database; a server looks after its own."""
        if not self.is_postgres and (found := connection.exec_driver_sql("PRAGMA quick_check(1)").scalar()) != "ok":
            log.error("%s: %s", self.place, found)
            raise StoreUnavailable(f"{self.place}: {DAMAGED}")

    def upsert(self, table: Table) -> Executable:
        """INSERT that replaces the row with the same primary key."""
        insert: Any = (postgresql if self.is_postgres else sqlite).insert(table)
        keys = [column.name for column in table.primary_key]
        rest = {column.name: insert.excluded[column.name] for column in table.columns if column.name not in keys}
        if not rest:
            nothing: Executable = insert.on_conflict_do_nothing(index_elements=keys)
            return nothing
        statement: Executable = insert.on_conflict_do_update(index_elements=keys, set_=rest)
        return statement

    def close(self) -> None:
        self._reader.dispose()
        self._writer.dispose()


def sqlite_database(file: Path) -> Database:
    """A commit survives a power cut: one sync a commit."""
    url = URL.create("sqlite+pysqlite", database=str(file))

    def prepare(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA journal_size_limit=67108864")

    def engine(begin: str, size: int) -> Engine:
        made = create_engine(url, poolclass=QueuePool, pool_size=size, max_overflow=8, connect_args={"timeout": BUSY_S})
        event.listen(made, "connect", prepare)
        event.listen(made, "begin", lambda connection: connection.exec_driver_sql(begin))
        return made

    return Database(engine("BEGIN", 4), engine("BEGIN IMMEDIATE", 1), str(file))


def postgres_database(url: str, *, exclusive: bool) -> Database:
    """`exclusive`: the writer's session holds the lock of the only station; raises StoreUnavailable at the first write when
    another station has it. The lock goes with the connection and comes back with it."""
    from psycopg.errors import LockNotAvailable  # a station on SQLite has no use for it

    target = _postgres_url(url)
    place = f"PostgreSQL {target.host or target.query.get('host') or 'localhost'}/{target.database or ''}"

    def prepare(connection: Any, _record: Any) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET synchronous_commit = on")
            cursor.execute("SET lock_timeout = '10s'")
            # a dead client must not hold the lock of the station for the hours that are the default
            cursor.execute("SET tcp_keepalives_idle = 10")
            cursor.execute("SET tcp_keepalives_interval = 5")
            cursor.execute("SET tcp_keepalives_count = 3")
        connection.commit()

    def claim(connection: Any, _record: Any) -> None:
        try:
            with connection.cursor() as cursor:
                cursor.execute(f"SET LOCAL lock_timeout = {round(CLAIM_S * 1000)}")
                cursor.execute("SELECT pg_advisory_lock(%s)", (_STATION_LOCK,))
            connection.commit()
        except LockNotAvailable as error:
            raise StoreUnavailable(
                f"{place}：另一个监控站正在使用这个数据库；一个数据库只能由一个监控站写入，请先停止那一个"
            ) from error

    def engine(size: int, isolation: str) -> Engine:
        made = create_engine(
            target,
            isolation_level=isolation,
            pool_size=size,
            max_overflow=8 if size > 1 else 0,
            pool_pre_ping=True,
            connect_args={"connect_timeout": 5, "keepalives_idle": 10, "keepalives_interval": 5, "tcp_user_timeout": 15000},
        )
        event.listen(made, "connect", prepare)
        return made

    writer = engine(1, "READ COMMITTED")
    if exclusive:
        event.listen(writer, "connect", claim)
    # a reader asks several times and must see one moment, as SQLite gives it
    return Database(engine(4, "REPEATABLE READ"), writer, place)


def _postgres_url(url: str) -> URL:
    try:
        target = make_url(url)
    except ArgumentError as error:
        raise StoreUnavailable("数据库地址写法不对；应为 postgresql://用户：密码@主机：端口/数据库") from error
    if target.get_backend_name() not in ("postgresql", "postgres"):
        raise StoreUnavailable(f"不支持 {target.drivername} 数据库；只支持 postgresql://…, 不写则用数据目录里的 SQLite")
    return target.set(drivername="postgresql+psycopg")

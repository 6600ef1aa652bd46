"""The journal's records as the bytes they are hashed over, read in big pages with as little decoding as possible. Station side.

What is checked must be what lies in the database: text comes as bytes, so that not even its encoding is taken on trust, and
SQLite, whose columns take any type, is asked whether each value still has the right one.
"""

from collections.abc import Callable, Sequence
from json.encoder import encode_basestring as quoted
from typing import Any

from sqlalchemy import Connection

from app.store.database import Database

Raw = tuple[int, int, bytes, bytes, bytes, int, bytes, bytes, int]
"""id, time, kind, actor, tag, occurrence, data, hash, sound"""

_SOUND = " AND ".join(
    f"typeof({column})='{kind}'"
    for column, kind in (
        ("time", "integer"),
        ("kind", "text"),
        ("actor", "text"),
        ("tag", "text"),
        ("occurrence", "integer"),
        ("data", "text"),
        ("hash", "blob"),
    )
)
_SQLITE = (
    "SELECT id, time, CAST(kind AS BLOB), CAST(actor AS BLOB), CAST(tag AS BLOB), occurrence, CAST(data AS BLOB), hash, "
    f"{_SOUND} FROM journal WHERE id > {{after}} ORDER BY id LIMIT {{limit}}"
)
_POSTGRES = (
    "SELECT id, time, convert_to(kind, 'UTF8'), convert_to(actor, 'UTF8'), convert_to(tag, 'UTF8'), occurrence, "
    "convert_to(data, 'UTF8'), hash, 1 FROM journal WHERE id > {after} ORDER BY id LIMIT {limit}"
)
_WORDS_KEPT = 100_000


def raw_page(database: Database, connection: Connection, after: int, limit: int) -> Sequence[Raw]:
    query = (_POSTGRES if database.is_postgres else _SQLITE).format(after=after, limit=limit)
    cursor: Any = connection.exec_driver_sql(query).cursor
    rows: Sequence[Raw] = cursor.fetchall()
    return rows


class _Words(dict[bytes, bytes]):
    """Kinds, tags and people come again and again: their JSON is made once."""

    def __missing__(self, raw: bytes) -> bytes:
        if len(self) >= _WORDS_KEPT:
            self.clear()
        made = self[raw] = quoted(raw.decode()).encode()
        return made


def line_writer() -> Callable[[Raw], bytes]:
    """Makes the line of a record, the same as `chain.line`. Raises ValueError when a text is no UTF-8."""
    words = _Words()

    def write(row: Raw) -> bytes:
        id, time, kind, actor, tag, occurrence, data, _hash, _sound = row
        return b'{"actor":%b,"data":%b,"id":%d,"kind":%b,"occurrence":%d,"tag":%b,"time":%d}' % (
            words[actor], data, id, words[kind], occurrence, words[tag], time,
        )  # fmt: skip

    return write

"""A journal that a power cut, a full or a dying disk left with a torn tail: back to its last whole record.

Station side.

At the start of a station, before anything is appended. What was there and did not fit is kept word for word in the record that
tells of the repair; alarm states are set right by what the journal still says, to the louder side. Only a torn tail is
mended: a record in the middle that does not fit was changed by somebody, stays as it is, and is for `verify` to show.
"""

import hashlib
import time
from binascii import b2a_hex
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, update

from app.store import tables
from app.store.chain import GENESIS, data_text, line, link
from app.store.database import Database
from app.store.lines import Raw, line_writer, raw_page
from app.store.mark import Marked
from app.store.states import set_right
from app.store.witness import REPAIRED

WINDOW = 1000  # records of the tail that are looked at
TOLD = 50  # of what was torn, so many are kept word for word
ACTOR = "@station"


@dataclass(frozen=True)
class _Tail:
    """`kept`, `hash`: the last whole record; `torn`: what lies behind it; `meddled`: the first that was changed though what
    follows it is whole, 0 for none."""

    kept: int
    hash: str
    torn: Sequence[Raw]
    meddled: int = 0


def repair(database: Database, mark: Marked | None) -> str:
    """A sentence saying what was repaired or is missing, "" when all is well. Raises StoreUnavailable."""
    with database.write() as connection:
        head = connection.execute(select(tables.head)).one_or_none()
        tail = _tail_of(database, connection)
        if tail.meddled:
            return f"日志第 {tail.meddled} 条记录与它的哈希不符，可能被改动过；请运行 hazwatch verify 查看，并与备份对照"
        head_id = 0 if head is None else head.last_id
        ended_well = head is not None and (head_id, bytes(head.hash).hex()) == (tail.kept, tail.hash) and not tail.torn
        expected = max(head_id, tail.kept + len(tail.torn), 0 if mark is None else mark.id)
        if ended_well and expected == tail.kept:
            return _replaced(connection, mark, tail)
        database.require_sound(connection)  # where pages are broken the tail only seems to be torn
        if tail.torn:
            connection.execute(delete(tables.journal).where(tables.journal.c.id > tail.kept))
        states = [] if ended_well else set_right(connection)
        highest = _highest_occurrence(connection, head)
        said = _said(tail, expected, len(states))
        data: dict[str, Any] = {
            "expected": expected,
            "kept": tail.kept,
            "lost": expected - tail.kept,
            "said": said,
            "states": states,
            "torn": [_told(row) for row in tail.torn[:TOLD]],
            "what": REPAIRED,
        }
        _append(connection, tail, data, highest, head is None)
    return said


def _tail_of(database: Database, connection: Connection) -> _Tail:
    newest = connection.scalar(select(func.max(tables.journal.c.id))) or 0
    base = max(0, newest - WINDOW)
    hash = GENESIS
    if base:
        kept = connection.scalar(select(tables.journal.c.hash).where(tables.journal.c.id == base))
        hash = GENESIS if kept is None else bytes(kept).hex()
    write = line_writer()
    last, previous = base, hash.encode()
    torn: list[Raw] = []
    for row in raw_page(database, connection, base, WINDOW):
        try:
            text = write(row) if row[8] else b""
        except ValueError:
            text = b""
        if not torn:
            found = hashlib.sha256(previous + text).digest()
            if row[0] == last + 1 and found == row[7]:
                last, previous = row[0], b2a_hex(found)
                continue
        elif _follows(row, torn[-1], text):  # whole by itself, though what is before it is not: that is no tear
            return _Tail(last, previous.decode(), (), meddled=last + 1)
        torn.append(row)
    return _Tail(last, previous.decode(), torn)


def _follows(row: Raw, before: Raw, text: bytes) -> bool:
    if before[0] != row[0] - 1 or not isinstance(before[7], bytes):
        return False
    return hashlib.sha256(b2a_hex(before[7]) + text).digest() == row[7]


def _replaced(connection: Connection, mark: Marked | None, tail: _Tail) -> str:
    """Long enough, but is it the journal this station wrote?"""
    if mark is None or mark.id == 0:
        return ""
    kept = connection.scalar(select(tables.journal.c.hash).where(tables.journal.c.id == mark.id))
    if kept is not None and bytes(kept).hex() == mark.hash:
        return ""
    return f"日志第 {mark.id} 条不是本站上次写入的那一条：数据库被换过或恢复过；请核对备份和日封印"


def _highest_occurrence(connection: Connection, head: Any) -> int:
    if head is not None:
        return int(head.last_occurrence)
    in_journal = connection.scalar(select(func.max(tables.journal.c.occurrence))) or 0
    in_rows = connection.scalar(select(func.max(tables.occurrence.c.occurrence))) or 0
    return max(in_journal, in_rows)


def _said(tail: _Tail, expected: int, states: int) -> str:
    lost = expected - tail.kept
    parts = [f"日志恢复到最后一条完整的记录第 {tail.kept} 条"]
    if lost:
        parts.append(f"第 {tail.kept + 1} 到 {expected} 条共 {lost} 条丢失")
    if tail.torn:
        parts.append(f"残缺的 {len(tail.torn)} 条原样存在修复记录里")
    if states:
        parts.append(f"{states} 个报警状态按日志更正")
    return ", ".join(parts) + "; 请与值班记录核对这段时间的确认和操作"


def _told(row: Raw) -> dict[str, Any]:
    names = ("id", "time", "kind", "actor", "tag", "occurrence", "data", "hash")
    return {name: _text(value) for name, value in zip(names, row, strict=False)}


def _text(value: Any) -> Any:
    if isinstance(value, bytes):
        return value[:2000].decode("utf-8", "backslashreplace") if len(value) != 32 else value.hex()
    return value if value is None or isinstance(value, int | float) else str(value)


def _append(connection: Connection, tail: _Tail, data: dict[str, Any], highest: int, headless: bool) -> None:
    id, now = tail.kept + 1, time.time_ns() // 1000
    # the highest number given away stands in the record: what it was given to may be lost
    plain = {"time": now, "kind": "system", "actor": ACTOR, "tag": "", "occurrence": highest, "data": data_text(data)}
    hash = bytes.fromhex(link(tail.hash, line(id, now, "system", ACTOR, "", highest, str(plain["data"]))))
    connection.execute(insert(tables.journal), [plain | {"id": id, "hash": hash}])
    head = {"last_id": id, "hash": hash, "last_occurrence": highest}
    if headless:
        connection.execute(insert(tables.head), [head | {"one": 1}])
    else:
        connection.execute(update(tables.head).values(head))

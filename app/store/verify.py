"""Checks the journal from the first record to the last: one pass, a page in memory at a time. Station side.

Finds changed, removed, inserted and reordered records, a cut-off or added tail, changed seals, and a form changed behind the
journal's back. Can run beside a station that writes. What the pass looks at beyond the chain is in `witness.py`.
"""

import hashlib
import sqlite3
from binascii import b2a_hex
from collections.abc import Callable, Sequence

from sqlalchemy import exc

from app.domain.seal import GivenSeal
from app.store.chain import GENESIS
from app.store.database import Database
from app.store.errors import DAMAGED
from app.store.lines import Raw, line_writer, raw_page
from app.store.ports import StoreUnavailable
from app.store.rows import Verdict
from app.store.witness import Ground, Witness, ground_of, read_seals

PAGE = 10_000


def verify(
    database: Database,
    progress: Callable[[int], None] | None = None,
    given: GivenSeal | None = None,
    stop: Callable[[], bool] = lambda: False,
) -> Verdict:
    """`progress` hears the number of records checked so far; `given`: a seal from paper that must fit as well; `stop` ends it
    early with what is known by then."""
    with database.read() as connection:
        walk = _Walk(Witness(read_seals(connection), given))
    size = PAGE
    while True:
        # a page and what it is held against in one snapshot: a writer beside us must not look like a cut-off tail
        try:
            with database.read() as connection:
                page = raw_page(database, connection, walk.good, size)
                broken = walk.over(page)
                ground = ground_of(connection, walk.witness) if broken is None and len(page) < size else None
        except StoreUnavailable as error:
            if not _is_damaged(error):
                raise
            at = walk.good + 1
            if size == 1:
                return _broken(walk.good, at, f"第 {at} 条记录读不出来：{DAMAGED}")
            size = max(1, size // 10)  # closer and closer to the record that cannot be read
            continue
        if broken is not None:
            return broken
        if progress is not None:
            progress(walk.good)
        if stop():
            return Verdict(walk.good, None, "没有校验完", stopped=True)
        if ground is not None:
            return _end(walk.good, walk.previous, ground, walk.witness)


class _Walk:
    """Along the chain: `good` records fit so far, `previous` is the hash of the last of them."""

    def __init__(self, witness: Witness) -> None:
        self.witness = witness
        self.good, self.previous = 0, GENESIS.encode()
        self._write = line_writer()

    def over(self, page: Sequence[Raw]) -> Verdict | None:
        """None when all of the page fits."""
        write, good, previous, look = self._write, self.good, self.previous, self.witness.look
        lines: list[bytes] = []
        for row in page:
            fault = _fault_of(row, good + 1)
            if fault:
                return _broken(good, good + 1, fault)
            try:
                line = write(row)
            except ValueError:
                return _broken(good, good + 1, _changed(good + 1))
            found = hashlib.sha256(previous + line).digest()
            if found != row[7]:
                return _broken(good, good + 1, _changed(good + 1))
            good, previous = row[0], b2a_hex(found)
            lines.append(line)
            look(row, previous)
        if lines:
            self.witness.add_lines(good - len(lines) + 1, lines)
        self.good, self.previous = good, previous
        return None


def _fault_of(row: Raw, expected: int) -> str:
    if row[0] != expected:
        return f"缺少第 {expected} 条记录 (下一条是第 {row[0]} 条): 记录被删除过"
    return "" if row[8] else _changed(expected)


def _changed(id: int) -> str:
    return f"第 {id} 条记录与它的哈希不符: 这一条或它前面的记录被改动, 插入或调换过"


def _broken(good: int, at: int, message: str) -> Verdict:
    return Verdict(good, at, message)


def _end(good: int, previous: bytes, ground: Ground, witness: Witness) -> Verdict:
    """The chain itself is whole; does all that hangs on its end fit too?"""
    head = ground.head
    if head is None:
        return _broken(good, good + 1, "日志的末尾标记不见了: 日志被改动过")
    last_id, hash, last_occurrence = head
    if last_id > good:
        return _broken(good, good + 1, f"日志被截断: 应有 {last_id} 条记录, 只剩 {good} 条")
    if last_id < good:
        return _broken(last_id, last_id + 1, f"第 {last_id + 1} 条起的记录不是监控站写入的: 末尾被添加过")
    if hash != previous:
        return _broken(good, good, f"末尾标记的哈希与第 {good} 条记录不符: 末尾被改动过")
    highest = max(witness.highest_occurrence, ground.highest_occurrence)
    if last_occurrence != highest:
        text = f"末尾标记里的最大报警编号 {last_occurrence} 与记录里的 {highest} 不符: 末尾标记被改动过"
        return _broken(good, good, text)
    for check in (witness.wrong_seals(ground.seals), witness.wrong_digests(), witness.wrong_forms(ground)):
        if check is not None:
            at, text = check
            return _broken(good, at, text)
    return Verdict(good, notes=tuple(witness.notes), seals=len(ground.seals), sealed_to=witness.sealed_to)


def _is_damaged(error: StoreUnavailable) -> bool:
    cause: BaseException | None = error.__cause__
    if isinstance(cause, exc.DBAPIError):
        cause = cause.orig
    code = getattr(cause, "sqlite_errorcode", 0) & 0xFF
    return code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)

"""Checks the journal's chain from the first record to the last: one pass, a page in memory at a time. Station side.

Finds changed, removed, inserted and reordered records, and a cut-off or added tail. Can run beside a station that writes.
"""

from collections.abc import Callable

from sqlalchemy import select

from app.store import tables
from app.store.chain import GENESIS, line, link
from app.store.database import Database
from app.store.ports import Verdict

PAGE = 10_000


def verify(database: Database, progress: Callable[[int], None] | None = None) -> Verdict:
    """`progress` hears the number of records checked so far."""
    c = tables.journal.c
    columns = select(c.id, c.time, c.kind, c.actor, c.tag, c.occurrence, c.data, c.hash).order_by(c.id).limit(PAGE)
    good, previous = 0, GENESIS
    while True:
        # a page and the head in one snapshot: a writer beside us must not look like a cut-off tail
        with database.read() as connection:
            page = connection.execute(columns.where(c.id > good)).all()
            head = connection.execute(select(tables.head.c.last_id, tables.head.c.hash)).one_or_none()
        for id, time, kind, actor, tag, occurrence, data, kept in page:
            expected = good + 1
            if id != expected:
                return Verdict(good, expected, f"缺少第 {expected} 条记录 (下一条是第 {id} 条): 记录被删除过")
            found = link(previous, line(id, time, kind, actor, tag, occurrence, data))
            if bytes.fromhex(found) != kept:
                return Verdict(good, id, f"第 {id} 条记录与它的哈希不符: 这一条或它前面的记录被改动, 插入或调换过")
            good, previous = id, found
        if progress is not None:
            progress(good)
        if len(page) == PAGE:
            continue
        if head is None:
            return Verdict(good, good + 1, "日志的末尾标记不见了: 日志被改动过")
        if head.last_id > good:
            return Verdict(good, good + 1, f"日志被截断: 应有 {head.last_id} 条记录, 只剩 {good} 条")
        if head.last_id < good:
            return Verdict(head.last_id, head.last_id + 1, f"第 {head.last_id + 1} 条起的记录不是监控站写入的: 末尾被添加过")
        if bytes(head.hash).hex() != previous:
            return Verdict(good, good, f"末尾标记的哈希与第 {good} 条记录不符: 末尾被改动过")
        return Verdict(good)

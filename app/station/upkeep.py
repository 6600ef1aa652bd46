"""Upkeep (日常维护): the slow rounds of a station. Are accounts still good, is there room on the disk?

What was thrown away is given back to the system.

Station side. A round that fails is logged and comes again; none of it holds up the watch.
"""

import asyncio
import logging
import shutil
from collections.abc import Awaitable, Callable
from pathlib import Path

from app.station.login import Logins
from app.station.memory import trim_memory
from app.store.ports import Store, StoreUnavailable

log = logging.getLogger(__name__)

ACCOUNTS_S = 15.0
DISK_S = 60.0
MEMORY_S = 60.0
LEAST_FREE = 2_000_000_000  # bytes; a station that writes 20,000 values a second has half a day left


async def every(period_s: float, work: Callable[[], Awaitable[None]]) -> None:
    """At once and then again, whatever happens in a round."""
    while True:
        try:
            await work()
        except StoreUnavailable as error:
            log.warning("日常维护稍后再试：%s", error)
        except Exception:
            log.exception("日常维护出错")
        await asyncio.sleep(period_s)


async def review_accounts(store: Store, logins: Logins) -> None:
    """Who was disabled or given another password by somebody else than this station is out."""
    logins.review(await asyncio.to_thread(store.accounts.list))


async def look_at_disk(data: Path, tell: Callable[[str], None]) -> None:
    free = (await asyncio.to_thread(shutil.disk_usage, data)).free
    low = free < LEAST_FREE
    tell(f"数据盘只剩 {free / 1e9:.1f} GB：请清理磁盘，写满后报警将无法记录" if low else "")


async def give_back_memory() -> None:
    await asyncio.to_thread(trim_memory)

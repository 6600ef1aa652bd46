"""Care of the history (历史数据保管): what is too old goes, what a case needs stays, what is damaged is told of. Station side.

A locked clip, or one that went into a case package, holds the samples of all tags around it and around the alarms it belongs
to, for as long as it is locked.
"""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any

from app.domain.instant import DAY, HOUR, Instant, to_datetime
from app.domain.settings.history import HistorySettings
from app.store.ports import Store
from app.store.rows import Damage

log = logging.getLogger(__name__)

PURGE_S = 3600.0
LOOK_S = 30.0
Span = tuple[Instant, Instant]


class HistoryCare:
    """`tell(text)`: a notice for the desks, "" when there is nothing to say."""

    def __init__(
        self, store: Store, settings: HistorySettings, now: Callable[[], Instant], tell: Callable[[str], None]
    ) -> None:
        self._store, self._settings, self._now, self._tell = store, settings, now, tell
        self._told: set[Damage] = set()

    def rounds(self) -> list[tuple[float, Callable[[], Coroutine[Any, Any, None]]]]:
        return [(PURGE_S, self.purge), (LOOK_S, self.look)]

    async def purge(self) -> None:
        gone = await asyncio.to_thread(self._purge)
        if gone:
            log.info("清理了 %d 段到期的历史数据（原始数据保存 %g 天）", gone, self._settings.raw_days)

    async def look(self) -> None:
        found = await asyncio.to_thread(self._store.historian.damage)
        for one in found:
            if one not in self._told:
                log.error("历史数据损坏：%s，%s 至 %s：%s", one.tag, _day(one.first), _day(one.last), one.why)
        self._told.update(found)
        self._tell(damage_words(found))

    def _purge(self) -> int:
        now, settings = self._now(), self._settings
        keep = spans_of_cases(self._store, round(settings.evidence_h * HOUR))
        return self._store.historian.purge(now - round(settings.raw_days * DAY), keep, now - round(settings.rollup_days * DAY))


def spans_of_cases(store: Store, margin: Instant) -> list[Span]:
    """Around every clip that is evidence, and around its alarms; those that overlap are one."""
    spans: list[Span] = []
    for clip in store.clips.evidence():
        spans.append((clip.start, clip.end))
        for number in clip.occurrences:
            for row in store.journal.occurrences(after=number + 1, limit=1):
                if row.occurrence == number:
                    spans.append((row.raised_at, row.raised_at if row.cleared_at is None else row.cleared_at))
    out: list[Span] = []
    for start, end in sorted((start - margin, end + margin) for start, end in spans):
        if out and start <= out[-1][1]:
            out[-1] = (out[-1][0], max(end, out[-1][1]))
        else:
            out.append((start, end))
    return out


def damage_words(found: list[Damage]) -> str:
    """What happened, and what to do."""
    if not found:
        return ""
    tags = sorted({one.tag for one in found})
    named = "、".join(tags[:3]) + (f" 等 {len(tags)} 个位号" if len(tags) > 3 else "")
    first, last = min(one.first for one in found), max(one.last for one in found)
    return (
        f"历史数据有 {len(found)} 段损坏（{named}，{_day(first)} 至 {_day(last)}），这些时段显示为坏值，其余数据可用。"
        "请检查数据盘，并用 hazwatch history check 查明范围；需要补回时，用 hazwatch restore 把备份恢复到一个新的数据目录，"
        "再用 hazwatch history export 和 import 取回这些时段"
    )


def _day(at: Instant) -> str:
    try:
        return f"{to_datetime(at):%Y-%m-%d}"
    except (OverflowError, ValueError):  # a clock said a year no calendar has
        return str(at)

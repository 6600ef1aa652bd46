"""What the door `hazwatch history` does on a data folder: export, import, check. Station side.

Functions returning an exit code: 0 done, 1 not right. Results on stdout, messages on stderr. Export and check may run beside a
working station; an import may not: two writers would give the same number twice.
"""

import sys
import time
from collections.abc import Callable
from pathlib import Path

from app.domain.instant import Instant, from_rfc3339
from app.station.clock import StationClock
from app.station.history_files import WrongFile, export_samples, import_samples
from app.store import open_store
from app.store.ports import Store, StoreUnavailable


def history_export(data: Path, file: Path, tags: list[str], start: str, end: str | None, database: str | None = None) -> int:
    """No tag: all of them."""

    def work(store: Store) -> int:
        low, high = _instant(start), StationClock().now() if end is None else _instant(end)
        names = tags or sorted(store.historian.tags())
        unknown = sorted(set(names) - set(store.historian.tags()))
        if unknown:
            raise WrongFile(f"历史库里没有位号 {'、'.join(unknown[:5])}")
        count = export_samples(store.historian, names, low, high, file, _progress("已导出"))
        print(f"{count} samples {len(names)} tags {file}")
        return 0

    return _on(data, database, work, exclusive=False)


def history_import(data: Path, file: Path, source: str, database: str | None = None) -> int:
    def work(store: Store) -> int:
        count, tags = import_samples(
            store.historian, file, f"{source}." if source else "", StationClock().now(), _progress("已导入")
        )
        print(f"{count} samples {tags} tags")
        return 0

    return _on(data, database, work, exclusive=True)


def history_check(data: Path, database: str | None = None) -> int:
    """Every chunk is read; exit code 1 when one is damaged."""

    def work(store: Store) -> int:
        count = store.historian.check(_progress("已检查"))
        found = store.historian.damage()
        for one in found:
            print(f"damaged\t{one.tag}\t{one.first}\t{one.last}\t{one.why}")
        print(f"{count} chunks, {len(found)} damaged")
        if found:
            print(
                "历史数据有损坏：上列时段显示为坏值，其余可用。请检查数据盘；需要补回时，用 hazwatch restore 把备份恢复到一个"
                "新的数据目录，再用 hazwatch history export 导出这些时段，停站后用 hazwatch history import 导入",
                file=sys.stderr,
            )
        return 1 if found else 0

    return _on(data, database, work, exclusive=False)


def _instant(text: str) -> Instant:
    try:
        return from_rfc3339(text)
    except ValueError as error:
        raise WrongFile(f"时间 {text!r} 不对；应像 2026-11-21T02:40:00Z 或 2026-11-21T10:40:00+08:00") from error


def _on(data: Path, database: str | None, work: Callable[[Store], int], exclusive: bool) -> int:
    if database is None and not (data / "history.db").exists() and not exclusive:
        print(f"数据目录 {data} 里没有历史数据", file=sys.stderr)
        return 1
    try:
        store = open_store(data, database, exclusive=exclusive)
        try:
            return work(store)
        finally:
            store.close()
    except (StoreUnavailable, WrongFile) as error:
        print(error, file=sys.stderr)
    except OSError as error:
        print(f"不能读写文件：{error}；请检查路径和磁盘", file=sys.stderr)
    return 1


def _progress(word: str) -> Callable[[int, int], None]:
    """A line on stderr about once a second."""
    shown = time.monotonic()

    def heard(done: int, total: int) -> None:
        nonlocal shown
        if time.monotonic() - shown >= 1.0:
            shown = time.monotonic()
            print(f"{word} {100 * done // max(1, total)} %", file=sys.stderr, flush=True)

    return heard

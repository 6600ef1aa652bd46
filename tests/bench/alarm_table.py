"""Alarm table, 100,000 rows and 1,000 new alarms a second: CPU, worst stall, filter time; ours and the usual proxy model.

    python -m tests.bench.alarm_table [--rows 100000] [--seconds 30] [--proxy-rows 10000]

The proxy does not paint 100,000 rows within a minute, so it is given fewer; its figures are flattered by that. A filter's
figure is the worst of FILTERS, each set for the first time. In brackets what the window's own thread worked, which no other
load on the machine changes much: between two heartbeats, and for a filter.
"""

import argparse
import gc
import os
import random
import sys
import time

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QSortFilterProxyModel, Qt, QTimer
from PySide6.QtWidgets import QApplication, QTableView

from app.console.garbage import GarbageOnThisThread
from app.domain.instant import SECOND, to_rfc3339
from app.domain.tag import Priority
from app.domain.wire import AlarmMsg
from widgets.alarms.page import AlarmPage
from widgets.alarms.row import COLUMNS, Row, View
from widgets.alarms.sieve import Filter
from widgets.symbols import Blink
from widgets.theme import ThemeHolder

RATE, CHUNK_MS = 1000, 10
WORDS = ["critical", "high", "medium", "low"]
FILTERS = (
    Filter(View.UNACKED, frozenset({Priority.CRITICAL, Priority.HIGH})),
    Filter(text="tk-0099"),
    Filter(text="储罐"),  # in every row
    Filter(text="12号 tk-00"),
    Filter(text="v-31"),
    Filter(View.ACTIVE, frozenset({Priority.LOW}), "未确认 液位"),
    Filter(text="没有这个词"),
    Filter(),
)
chance = random.Random(3)
START = round(time.time() * SECOND)


def alarm(n: int) -> AlarmMsg:
    return AlarmMsg(
        occurrence=n,
        tag=f"TK-{n:06d}.LT",
        name=f"{n % 97}号储罐液位",
        equipment=f"V-{n % 997}",
        rule="HH",
        state="UNACK",
        process_state="UNACK",
        priority=chance.choices(WORDS, (1, 2, 4, 5))[0],
        value=chance.uniform(0, 100),
        limit=85.0,
        unit="%",
        raised_at=to_rfc3339(START + n * 1000),
    )


class Watch:
    """CPU of this process, the longest gap of a 10 ms heartbeat in the UI thread, and the most it worked between two, while
    `seconds` pass."""

    def __init__(self, app: QApplication, seconds: float, produce) -> None:
        self.app, self.seconds, self.produce = app, seconds, produce
        self.stall = self.busy = 0.0

    def run(self) -> tuple[float, float, float]:
        beat, feed = QTimer(), QTimer()
        beat.setTimerType(Qt.TimerType.PreciseTimer)
        last = [time.perf_counter(), time.thread_time()]

        def on_beat() -> None:
            now, worked = time.perf_counter(), time.thread_time()
            self.stall, self.busy = max(self.stall, now - last[0] - 0.010), max(self.busy, worked - last[1])
            last[:] = now, worked

        beat.timeout.connect(on_beat)
        feed.timeout.connect(self.produce)
        beat.start(10)
        feed.start(CHUNK_MS)
        cpu, wall = time.process_time(), time.perf_counter()
        QTimer.singleShot(int(self.seconds * 1000), self.app.quit)
        self.app.exec()
        used = (time.process_time() - cpu) / (time.perf_counter() - wall)
        beat.stop()
        feed.stop()
        return 100 * used, 1000 * self.stall, 1000 * self.busy


def batches(first: int):
    """What a network side hands over every 10 ms, kept to the wall clock."""
    began, made = time.perf_counter(), 0
    while True:
        want = min(int((time.perf_counter() - began) * RATE) - made, RATE)
        yield [alarm(first + made + n) for n in range(want)]
        made += want


def generating(seconds: float) -> float:
    """CPU share of making the alarms themselves, which is not the table's."""
    cpu = time.process_time()
    for n in range(2000):
        alarm(10_000_000 + n)
    return 100 * (time.process_time() - cpu) / 2000 * RATE


def filtering(page: AlarmPage) -> tuple[float, float]:
    """The longest of all filters: in all, and of this thread's work. Milliseconds."""
    worst = worked = 0.0
    for wanted in FILTERS:
        began, own = time.perf_counter(), time.thread_time()
        page.table.set_filter(wanted)
        worst, worked = max(worst, time.perf_counter() - began), max(worked, time.thread_time() - own)
    return 1000 * worst, 1000 * worked


def ours(app: QApplication, rows: int, seconds: float) -> tuple[float, float, float, float, float]:
    garbage = GarbageOnThisThread()  # as the console does
    page = AlarmPage(ThemeHolder(), Blink())
    page.resize(1600, 900)
    page.show()
    page.replace_alarms([alarm(n) for n in range(1, rows + 1)])
    app.processEvents()
    gc.collect()
    gc.freeze()
    source = batches(rows + 1)
    figures = Watch(app, seconds, lambda: page.put_alarms(next(source))).run()
    page.table.flush()
    filters = filtering(page)
    page.close()
    garbage.stop()
    return *figures, *filters


class Plain(QAbstractTableModel):
    def __init__(self, rows: list[Row]) -> None:
        super().__init__()
        self.rows = rows

    def rowCount(self, parent=QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent=QModelIndex()) -> int:  # noqa: B008
        return len(COLUMNS)

    def data(self, index, role=Qt.ItemDataRole.DisplayRole):
        row = self.rows[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return row.cells[index.column()]
        if role == Qt.ItemDataRole.UserRole:
            return f"{int(row.priority)}{10**17 - row.raised:018d}"
        return None

    def append(self, row: Row) -> None:
        n = len(self.rows)
        self.beginInsertRows(QModelIndex(), n, n)
        self.rows.append(row)
        self.endInsertRows()


def proxy(app: QApplication, rows: int, seconds: float) -> tuple[float, float, float]:
    model = Plain([Row(alarm(n)) for n in range(1, rows + 1)])
    sorted_model = QSortFilterProxyModel()
    sorted_model.setSortRole(Qt.ItemDataRole.UserRole)
    sorted_model.setSourceModel(model)
    sorted_model.sort(0)
    view = QTableView()
    view.setModel(sorted_model)
    view.resize(1600, 900)
    view.show()
    app.processEvents()
    source = batches(rows + 1)

    def produce() -> None:
        for one in next(source):
            model.append(Row(one))

    cpu, stall, _ = Watch(app, seconds, produce).run()
    began = time.perf_counter()
    sorted_model.setFilterKeyColumn(2)
    sorted_model.setFilterFixedString("TK-0099")
    filtered = time.perf_counter() - began
    view.close()
    return cpu, stall, 1000 * filtered


def main() -> None:
    ask = argparse.ArgumentParser()
    ask.add_argument("--rows", type=int, default=100_000)
    ask.add_argument("--seconds", type=float, default=30)
    ask.add_argument("--proxy-rows", type=int, default=10_000)
    args = ask.parse_args()
    app = QApplication(sys.argv)
    making = generating(args.seconds)
    cpu, stall, busy, filtered, own = ours(app, args.rows, args.seconds)
    p_cpu, p_stall, p_filtered = proxy(app, args.proxy_rows, min(args.seconds, 10))
    print(
        f"alarm table {args.rows} rows + {RATE}/s: cpu {cpu:.1f} % (of it {making:.1f} % making the alarms), "
        f"stall {stall:.1f} ms (work {busy:.1f}), worst of {len(FILTERS)} filters {filtered:.1f} ms (work {own:.1f}) | "
        f"proxy with {args.proxy_rows} rows: cpu {p_cpu:.1f} %, stall {p_stall:.1f} ms, "
        f"filter {p_filtered:.1f} ms | ratio cpu {p_cpu / cpu:.1f}, stall {p_stall / max(stall, 0.1):.1f}"
    )


if __name__ == "__main__":
    main()

"""Ten thousand alarms within one second on the alarm page: when the last one is shown, and the longest stall of the UI thread.

python -m tests.bench.alarm_burst [--alarms 10000] [--first-out]
"""

import argparse
import gc
import os
import sys
import time

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QApplication

from app.console.garbage import GarbageOnThisThread
from tests.bench.alarm_table import alarm
from widgets.alarms.groups import Grouping
from widgets.alarms.page import AlarmPage
from widgets.symbols import Blink
from widgets.theme import ThemeHolder

STANDING, FEED_MS, BEAT_MS, PATIENCE_MS = 2000, 100, 10, 15_000


def main() -> None:
    ask = argparse.ArgumentParser(description=__doc__)
    ask.add_argument("--alarms", type=int, default=10_000)
    ask.add_argument("--first-out", action="store_true", help="the queue is grouped, as in a flood")
    args = ask.parse_args()
    app = QApplication(sys.argv)
    garbage = GarbageOnThisThread()
    page = AlarmPage(ThemeHolder(), Blink())
    page.resize(1600, 900)
    page.show()
    page.replace_alarms([alarm(n) for n in range(1, STANDING + 1)])
    if args.first_out:
        page.bar.groupings[Grouping.FIRST_OUT].click()
    made = [alarm(n) for n in range(100_001, 100_001 + args.alarms)]
    app.processEvents()
    gc.collect()
    gc.freeze()
    began = last = time.perf_counter()
    sent, stall, shown = 0, 0.0, None

    def beat() -> None:
        nonlocal last, stall
        now = time.perf_counter()
        stall, last = max(stall, now - last - BEAT_MS / 1000), now

    def feed() -> None:
        nonlocal sent
        due = min(args.alarms, int((time.perf_counter() - began) * args.alarms))
        page.put_alarms(made[sent:due])
        sent = due

    def look() -> None:
        nonlocal shown
        if shown is None and page.table.queue.shown_rows == STANDING + args.alarms:
            shown = time.perf_counter() - began
            app.quit()

    beats, feeds = QTimer(), QTimer()
    beats.setTimerType(Qt.TimerType.PreciseTimer)
    beats.timeout.connect(beat)
    feeds.timeout.connect(feed)
    page.changed.connect(look)
    beats.start(BEAT_MS)
    feeds.start(FEED_MS)
    QTimer.singleShot(PATIENCE_MS, app.quit)
    app.exec()
    garbage.stop()
    when = "never" if shown is None else f"{shown:.2f} s after the first"
    print(f"{args.alarms} alarms in 1 s: the last on the screen {when}, worst stall {1000 * stall:.1f} ms")


if __name__ == "__main__":
    main()

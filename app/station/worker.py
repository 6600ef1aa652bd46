"""A long job in a process of its own: `python -m app.station.worker`, so that neither verifying a million records nor writing a
sheet of 250,000 rows takes a millisecond from the watch.

Station side. The job comes as one JSON line on standard input, progress and result go out as JSON lines. Standard input stays
open as long as the station wants the job; when it closes, for whatever reason, this process ends at once.
"""

import json
import os
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from app.domain.seal import read_seal
from app.station.jobs import JobFailed
from app.store import open_store
from app.store.ports import Store, StoreUnavailable

PROGRESS_S = 0.2
Tell = Callable[[int, int], None]


def main() -> int:
    job = json.loads(sys.stdin.readline())
    threading.Thread(target=_end_with_the_station, daemon=True).start()
    if hasattr(os, "nice"):
        os.nice(10)
    try:
        store = open_store(Path(job["data"]), job["url"], exclusive=False)
        try:
            result = _WORK[job["work"]](store, job, _throttled())
        finally:
            store.close()
    except (StoreUnavailable, JobFailed) as error:
        _say({"error": str(error)})
        return 1
    except OSError as error:
        _say({"error": f"不能写入文件：{error}；请检查数据盘"})
        return 1
    _say({"result": result})
    return 0


def _verify(store: Store, job: dict[str, Any], tell: Tell) -> dict[str, Any]:
    total = store.journal.last_id()
    given = read_seal(job["seal"]) if job.get("seal") else None
    verdict = store.journal.verify(lambda count: tell(count, total), given)
    return {
        "count": verdict.count,
        "broken_at": verdict.broken_at,
        "message": verdict.message,
        "notes": list(verdict.notes),
        "seals": verdict.seals,
        "sealed_to": verdict.sealed_to,
    }


def _export(store: Store, job: dict[str, Any], tell: Tell) -> dict[str, Any]:
    from app.station.export_trend import write_trend  # a check needs no sheets
    from app.station.export_write import write_export

    return (write_trend if job["what"] == "trend" else write_export)(store, job, tell)


def _case(store: Store, job: dict[str, Any], tell: Tell) -> dict[str, Any]:
    from app.station.video.case_write import write_case  # nor paper

    return write_case(store, job, tell)


def _report(store: Store, job: dict[str, Any], tell: Tell) -> dict[str, Any]:
    from app.station.reports.make import make_report  # nor curves

    return make_report(store, job, tell)


def _quality(store: Store, job: dict[str, Any], tell: Tell) -> dict[str, Any]:
    from app.station.quality.work import run_quality  # nor numbers

    return run_quality(store, job, tell)


def _statistics(store: Store, job: dict[str, Any], tell: Tell) -> dict[str, Any]:
    from app.station.statistics import figures

    return {"rows": figures(store, job, tell)}


_WORK = {"report": _report, "verify": _verify, "statistics": _statistics, "export": _export, "case": _case, "quality": _quality}


def _throttled() -> Tell:
    last = [0.0]

    def tell(done: int, total: int) -> None:
        now = time.monotonic()
        if now - last[0] >= PROGRESS_S:
            last[0] = now
            _say({"done": done, "total": total})

    return tell


def _say(words: dict[str, Any]) -> None:
    print(json.dumps(words), flush=True)


def _end_with_the_station() -> None:
    while sys.stdin.readline():
        pass
    os._exit(3)


if __name__ == "__main__":
    raise SystemExit(main())

"""The historian against the figures and against peers on the same data, in one run.

    python -m tests.bench.historian [--days 30] [--hours 3] [--demo DATA]

One line a figure. What is made: eight wanted tags at 1 Hz over all the days, and 992 other tags whose chunks have the same
form, number and place in the tables but repeat the bodies of the wanted ones, so that indexes, pages and file have the size of
a whole plant of 1,000 tags (2.6e9 samples at 30 days would take hours to make). Peers keep the eight tags and no others:
DuckDB sorted by tag, SQLite rows by SQLAlchemy and PostgreSQL rows by COPY with a key on tag and time (a server is started
where its programs are installed). A year: one tag at 1 Hz. What goes "through the API" is asked over HTTP of a station, a
process of its own, and ends with the last byte of the answer.

Writing: the time of `append` with everything it closes and merges, as a share of a core at 20,000 samples/s, beside the bare
insert of the same rows by sqlite3. With `--demo`: bytes a sample of the history of a demo plant.
"""

import argparse
import os
import resource
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import psycopg
from sqlalchemy import create_engine, func, insert, select
from sqlalchemy import text as sql

from app.domain.instant import DAY, HOUR, SECOND, Instant, to_rfc3339
from app.domain.plant import Source
from app.domain.sample import Sample, good
from app.store import open_store, tables
from app.store.historian import StationHistorian
from app.store.history_chunks import MERGED
from app.store.history_codec import SMALL, Axis, pack, pack_axis
from app.store.history_hot import GROUP
from app.store.history_rollup import COARSE, pack_coarse, pack_minutes
from app.store.samples import Block
from tests.bench.rig import point, site_of, station_process
from tests.store.postgres import binaries, make_server

START = 1_700_006_400 * SECOND // DAY * DAY
TAGS = [f"TK{n:04d}.LT" for n in range(1000)]
WANTED = [TAGS[n] for n in (3, 130, 258, 400, 401, 640, 777, 990)]
CHUNK = HOUR
Values = np.ndarray[Any, np.dtype[np.float64]]
_ROW = "tag INTEGER, moment BIGINT, value DOUBLE PRECISION"


def signal(seed: int, seconds: int) -> Values:
    """A level with its trend and the noise of a 12-bit card."""
    chance = np.random.default_rng(seed)
    at = np.arange(seconds)
    level = 2000 + 700 * np.sin(at / (3000 + 500 * seed)) + chance.normal(0, 2.5, seconds)
    out: Values = np.rint(level).clip(0, 4095) * 10 / 4095
    return out


def fill(
    historian: StationHistorian,
    days: int,
    tags: Sequence[str],
    wanted: Sequence[str],
    start: Instant = START,
    signal_of: Callable[[int, int], Values] = signal,
) -> None:
    """The chunks as merging makes them, an hour each, on one axis a group. `signal_of(n, seconds)`: what `wanted[n]` says;
    every other tag repeats one of them, the tag in place p of `tags` that of p modulo their number."""
    historian.append([good(tag, 0.0, start - DAY, start - DAY) for tag in tags])
    historian.close_batches(merge=True)
    ids = historian._ids
    chance = np.random.default_rng(7)
    number = 10 * len(tags)
    axes = 1000
    signals = [signal_of(n, days * 86_400) for n in range(len(wanted))]
    of = {tag: n for n, tag in enumerate(wanted)}
    with historian._database.write() as connection:
        for begin in range(start, start + days * DAY, CHUNK):
            n = CHUNK // SECOND
            source = begin + np.arange(n, dtype=np.int64) * SECOND + chance.integers(0, 20_000, n)
            receive = source + chance.integers(1_000, 9_000, n)
            packed_axis = pack_axis(Axis(source, receive))
            low = (begin - start) // SECOND
            made = [_chunk(Block(source, receive, one[low : low + n], np.zeros(n, np.uint16))) for one in signals]
            groups = {(ids[tag] - 1) // GROUP for tag in tags}
            connection.execute(insert(tables.axis), [{"id": axes + g, "grp": g, "body": packed_axis} for g in groups])
            rows, rolled = [], []
            for place, tag in enumerate(tags):
                row, levels = made[of.get(tag, place % len(wanted))]
                number += 1
                id = ids[tag]
                rows.append({**row, "id": number, "tag": id, "axis": axes + (id - 1) // GROUP})
                rolled += [
                    {"tag": id, "level": level, "last": row["last"], "first": row["first"], "chunk": number, "body": body}
                    for level, body in levels.items()
                ]
            connection.execute(insert(tables.chunk), rows)
            connection.execute(insert(tables.rollup), rolled)
            axes += len(groups) + 100


def _chunk(block: Block) -> tuple[dict[str, Any], dict[int, bytes]]:
    """Its row, and its coarse roll-ups by level."""
    args = (block.source, block.number, block.quality)
    row = {
        "stage": MERGED,
        "n": len(block.source),
        "ahead": -1,
        "extras": None,
        "first": int(block.source[0]),
        "last": int(block.source[-1]),
        "received": int(block.receive.max()),
        "minutes": pack_minutes(*args),
        "body": pack(block, np.arange(len(block.source)), None, SMALL),
    }
    return row, {level: pack_coarse(*args, length) for level, length in COARSE.items()}


def timed(work: Callable[[], object], times: int = 7) -> tuple[float, float]:
    """First and median, in milliseconds."""
    took = []
    for _ in range(times):
        began = time.perf_counter()
        work()
        took.append((time.perf_counter() - began) * 1000)
    return took[0], median(took[1:])


def say(what: str, figures: str) -> None:
    print(f"{what}: {figures} (load {os.getloadavg()[0]:.1f})", flush=True)


def ms(pair: tuple[float, float]) -> str:
    return f"first {pair[0]:.0f}, median {pair[1]:.0f} ms"


def trends(data: Path, days: int) -> float:
    """Milliseconds of the question that the peers are asked too."""
    store = open_store(data)
    historian = store.historian
    assert isinstance(historian, StationHistorian)
    began = time.perf_counter()
    fill(historian, days, TAGS, WANTED)
    samples = days * 86_400 * len(TAGS)
    store.close()
    size = sum(one.stat().st_size for one in data.glob("history.db*"))
    say(
        f"data set of {samples:.3g} samples ({len(TAGS)} tags x {days} days x 1 Hz)",
        f"made in {time.perf_counter() - began:.0f} s, {size / 1e6:.0f} MB, {size / samples:.2f} bytes a sample with roll-ups",
    )
    store = open_store(data)
    historian = store.historian  # type: ignore[assignment]
    end = START + (days - 1) * DAY + 7 * HOUR + 123
    took = timed(lambda: historian.reduced(WANTED, end - DAY, end, 1500))
    say("24 h of 8 tags out of 1,000, 1,500 points, in the station", ms(took))
    zoomed = timed(lambda: historian.reduced(WANTED, end - 4 * HOUR, end, 1500))
    say("4 h of 8 tags, 1,500 points, from samples", ms(zoomed))
    whole = timed(lambda: historian.reduced(WANTED, START, START + days * DAY, 1500))
    say(f"{days} days of 8 tags, 1,500 points", ms(whole))
    some = timed(lambda: historian.at(TAGS, end - 5 * DAY // 2), 5)
    say("the picture of a moment, 1,000 tags (to reach 100 ms)", ms(some))
    began, count = time.perf_counter(), 0
    for one in historian.columns(TAGS, end - DAY, end):
        count += len(one.source)
    say("columns of 1,000 tags x 24 h", f"{count} samples in {time.perf_counter() - began:.1f} s")
    store.close()
    asked, size = through_api(data.parent, TAGS, WANTED, end - DAY, end)
    say("24 h of 8 tags out of 1,000, 1,500 points, through the API (to reach 80 ms)", f"{ms(asked)}, {size / 1e3:.0f} kB")
    return took[1]


def through_api(
    folder: Path, tags: Sequence[str], wanted: Sequence[str], start: Instant, end: Instant
) -> tuple[tuple[float, float], int]:
    """Of a station over `folder/data`, whose source is never reached; and the size of an answer."""
    source = Source("dcs", "opcua", "opc.tcp://127.0.0.1:1/plant")
    site = site_of(source, [point(tag, f"ns=1;s={tag}") for tag in tags])
    site = replace(site, options={**site.options, "history": {"raw_days": 3650}})  # what is made here is of years ago
    with station_process(folder, site) as station:
        ask = {"tag": list(wanted), "start": to_rfc3339(start), "end": to_rfc3339(end), "points": 1500}
        took = timed(lambda: station.fetch("/history", **ask), 15)
        return took, len(station.fetch("/history", **ask))


def year(data: Path) -> None:
    store = open_store(data)
    historian = store.historian
    assert isinstance(historian, StationHistorian)
    fill(historian, 365, ["Y"], ["Y"])
    took = timed(lambda: historian.reduced(["Y"], START, START + 365 * DAY, 1500))
    say("a year of one tag at 1 Hz, 1,500 points, in the station", ms(took))
    store.close()
    asked, size = through_api(data.parent, ["Y"], ["Y"], START, START + 365 * DAY)
    say("a year of one tag, 1,500 points, through the API (to reach 200 ms)", f"{ms(asked)}, {size / 1e3:.0f} kB")


def peers(folder: Path, days: int, our_ms: float) -> None:
    """The same eight tags, and the same question: min, max and mean by the minute of the last day."""
    seconds = days * 86_400
    at = START + np.arange(seconds, dtype=np.int64) * SECOND
    columns = [(n, signal(n, seconds)) for n in range(len(WANTED))]
    end = START + days * DAY
    query = (
        "SELECT tag, moment / 60000000 AS slot, min(value), max(value), avg(value) FROM sample "
        f"WHERE moment >= {end - DAY} AND moment < {end} GROUP BY tag, moment / 60000000 ORDER BY 1, 2"
    )
    try:
        import duckdb
    except ImportError:
        say("DuckDB", "not installed (dev extra)")
    else:
        with duckdb.connect(str(folder / "duck.db")) as duck:
            duck.execute("CREATE TABLE sample (tag INTEGER, moment BIGINT, value DOUBLE)")
            for n, value in columns:
                part = {"tag": np.full(seconds, n, np.int32), "moment": at, "value": value}  # noqa: F841  DuckDB reads it by name
                duck.execute("INSERT INTO sample SELECT tag, moment, value FROM part")
            duck.execute("CHECKPOINT")
            took = timed(lambda: duck.execute(query).fetchall(), 5)
        size = (folder / "duck.db").stat().st_size / seconds / len(WANTED)
        say(
            "DuckDB, the 8 tags alone",
            f"{ms(took)}, {size:.1f} bytes a sample without receive time and quality; {took[1] / our_ms:.1f}x ours",
        )
    rows = min(seconds, 2 * 86_400)  # enough to ask for a day; the rest would only take time to make
    engine = create_engine(f"sqlite:///{folder / 'rows.db'}")
    with engine.begin() as connection:
        connection.execute(sql(f"CREATE TABLE sample ({_ROW}, PRIMARY KEY (tag, moment))"))
        put = sql("INSERT INTO sample VALUES (:tag, :at, :value)")
        for n, value in columns:
            times, values = at[-rows:].tolist(), value[-rows:].tolist()
            for low in range(0, rows, 20_000):
                pairs = zip(times[low : low + 20_000], values[low : low + 20_000], strict=True)
                connection.execute(put, [{"tag": n, "at": t, "value": v} for t, v in pairs])
    with engine.connect() as connection:
        took = timed(lambda: connection.execute(sql(query)).all(), 3)
    engine.dispose()
    say(f"SQLite rows by SQLAlchemy, the 8 tags alone, {rows // 86_400} days", f"{ms(took)}; {took[1] / our_ms:.1f}x ours")
    postgres(columns, at[-rows:], query, our_ms)


def postgres(columns: Sequence[tuple[int, Any]], at: Any, query: str, our_ms: float) -> None:
    programs = binaries()
    if programs is None:
        say("PostgreSQL", "its server programs are not installed")
        return
    place = Path(tempfile.mkdtemp(prefix="hazpg"))  # a short path, which the server's own user may enter
    try:
        server = make_server(place, programs)
        try:
            with psycopg.connect(server.new_database(), autocommit=True) as connection:
                connection.execute(f"CREATE TABLE sample ({_ROW}, PRIMARY KEY (tag, moment))")
                began = time.perf_counter()
                with connection.cursor().copy("COPY sample FROM STDIN") as copy:
                    for n, value in columns:
                        for t, v in zip(at.tolist(), value[-len(at) :].tolist(), strict=True):
                            copy.write_row((n, t, v))
                made = time.perf_counter() - began
                connection.execute("VACUUM ANALYZE sample")
                size = connection.execute("SELECT pg_total_relation_size('sample')").fetchone()
                took = timed(lambda: connection.execute(query).fetchall(), 5)
        finally:
            server.stop()
    finally:
        shutil.rmtree(place, ignore_errors=True)
    count = len(at) * len(columns)
    say(
        f"PostgreSQL rows by COPY ({count / made:.0f} rows/s), the 8 tags alone, {len(at) // 86_400} days",
        f"{ms(took)}, {(size or [0])[0] / count:.0f} bytes a sample; {took[1] / our_ms:.1f}x ours",
    )


def writing(data: Path, hours: float) -> None:
    """256 tags at 1 Hz over some hours of their clock, 20,000 samples a call, so that each sample is written, closed (each 10
    min) and merged (each hour) exactly as often as in a station of 20,000 tags."""
    store = open_store(data)
    historian = store.historian
    noise = signal(1, 4096).tolist()
    spent = plain = longest = 0.0
    count, step = 0, 78
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    bare = sqlite3.connect(data / "bare.db", isolation_level=None)
    bare.execute("PRAGMA journal_mode=WAL")
    bare.execute("PRAGMA synchronous=NORMAL")
    bare.execute("CREATE TABLE sample (tag INTEGER, source INTEGER, receive INTEGER, value REAL, status INTEGER)")
    for begin in range(0, int(hours * 3600), step):
        batch: list[Sample] = []
        for second in range(begin, begin + step):
            at = START + second * SECOND + second * 7919 % 3000
            batch += [good(tag, noise[(second + n * 7) & 4095], at, at + 900) for n, tag in enumerate(TAGS[:256])]
        count += len(batch)
        cpu, began = time.process_time(), time.perf_counter()
        historian.append(batch)
        spent += time.process_time() - cpu
        longest = max(longest, time.perf_counter() - began)
        cpu = time.process_time()
        rows = [(n & 255, one[4], one[5], one[1], 0) for n, one in enumerate(batch)]
        bare.execute("BEGIN")
        bare.executemany("INSERT INTO sample VALUES (?, ?, ?, ?, ?)", rows)
        bare.execute("COMMIT")
        plain += time.process_time() - cpu
    bare.close()
    store.close()
    say(
        f"writing, {count} samples with closing and merging (to reach 40 %)",
        f"{1e6 * spent / count:.2f} us a sample = {100 * 20_000 * spent / count:.1f} % of a core at 20,000/s, longest call "
        f"{longest * 1000:.0f} ms; bare rows of sqlite3 {100 * 20_000 * plain / count:.1f} %: {spent / plain:.1f}x; memory "
        f"{before // 1024} MB before, at most {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MB",
    )


def demo(data: Path) -> None:
    """What a demo plant's station kept, brought to a new history second by second as it came, closed and merged as ever."""
    with tempfile.TemporaryDirectory() as name:
        old, new = Path(name) / "old", Path(name) / "new"
        open_store(old).close()
        (old / "history.db").unlink(missing_ok=True)
        with closing(sqlite3.connect(data / "history.db")) as one, closing(sqlite3.connect(old / "history.db")) as other:
            one.backup(other)
        store = open_store(old)
        came = [one for tag in store.historian.tags() for one in store.historian.raw(tag, -(2**61), 2**61, 10**9)]
        store.close()
        came.sort(key=lambda one: one.receive_time)
        store = open_store(new)
        historian = store.historian
        assert isinstance(historian, StationHistorian)
        low = 0
        while low < len(came):
            until = came[low].receive_time + SECOND
            high = next((n for n in range(low, len(came)) if came[n].receive_time >= until), len(came))
            historian.append(came[low:high])
            low = high
        historian.close_batches(merge=True)
        c, r, a = tables.chunk.c, tables.rollup.c, tables.axis.c
        with historian._database.read() as connection:
            parts = [func.sum(func.length(column)) for column in (c.body, c.extras, c.minutes)]
            body, extras, minutes = connection.execute(select(*parts)).one()
            rolled = connection.scalar(select(func.sum(func.length(r.body)))) or 0
            axes = connection.scalar(select(func.sum(func.length(a.body)))) or 0
            chunks = connection.scalar(select(func.count()).select_from(tables.chunk))
        store.close()
        with closing(sqlite3.connect(new / "history.db")) as one:
            one.execute("VACUUM")
        n, size, hours = len(came), (new / "history.db").stat().st_size, (came[-1].receive_time - came[0].receive_time) / HOUR
        say(
            f"size, demo plant, {hours:.1f} h, {n} samples in {chunks} chunks (to reach 2.5 bytes)",
            f"samples {(body + (extras or 0) + axes) / n:.2f}, roll-ups {(minutes + rolled) / n:.2f}, "
            f"whole file {size / n:.2f} bytes a sample",
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--hours", type=float, default=3.0)
    parser.add_argument("--demo", type=Path, metavar="DATA")
    parser.add_argument("--only", choices=["trends", "year", "writing", "demo"])
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if given.demo is not None and given.only in (None, "demo"):
            demo(given.demo)
        if given.only in (None, "trends"):
            peers(folder, given.days, trends(folder / "plant" / "data", given.days))
        if given.only in (None, "year"):
            year(folder / "year" / "data")
        if given.only in (None, "writing"):
            writing(folder / "writing", given.hours)


if __name__ == "__main__":
    main()

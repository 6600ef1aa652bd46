"""What the trend page asks of a station: limits of the past, marks, statistics, exports; over the real API."""

import asyncio
import csv
import io
from datetime import datetime

import numpy as np
import pytest
from openpyxl import load_workbook

from app.domain.instant import DAY, MINUTE, SECOND, from_rfc3339, to_rfc3339
from app.domain.sample import Quality, Reason, Sample
from app.domain.tag import Limits
from app.station.export_trend import MOST_ROWS, write_trend
from app.station.jobs import JobFailed
from app.station.limits_history import LimitsSpan
from app.station.retune import retune
from app.station.rowfile import TIME_FORMAT
from app.station.statistics import statistics
from app.store import open_store
from app.store.rows import Record, Series
from tests.station.rig import running, until

ALL = {"start": "2020-01-01T00:00:00Z"}


async def test_limits_have_a_history_with_who_and_why(tmp_path) -> None:
    async with running(tmp_path) as rig:
        station = rig.station
        first = await station.call(station.store.config.save, station.site, "zheng", "开站", station.clock.now())
        station.adopt(station.site, first)
        begun = {"what": "station_started", "config": first.version}  # as the journal has it of a station that was given it
        station.writer.note(Record(station.clock.now(), "system", "@station", data=begun))
        await asyncio.sleep(0.05)
        await retune(station, {"T1": {"hh": 95.0}}, "zheng", "zhou", "清罐期间放宽")
        await retune(station, {"T2": {"h": 70.0}}, "zheng", "zhou", "另一个位号")
        await retune(station, {"T1": {"hh": 88.0}}, "feng", "zhou", "恢复")
        spans = await rig.get("/tags/T1/limits/history", **ALL)
        assert [one["hh"] for one in spans] == [90.0, 95.0, 88.0]
        assert [one["by"] for one in spans] == ["zheng", "zheng", "feng"]
        assert spans[1]["why"] == "清罐期间放宽（批准：zhou）"
        assert spans[0]["end"] == spans[1]["start"] and spans[1]["end"] == spans[2]["start"] and spans[2]["end"] is None
        after = await rig.get("/tags/T1/limits/history", start=to_rfc3339(station.clock.now()), end="2099-01-01T00:00:00Z")
        assert [one["hh"] for one in after] == [88.0]
        changed = [one for one in (await rig.get("/history/marks", tag="T1", **ALL))["marks"] if one["kind"] == "limit"]
        assert len(changed) == 2 and "88" in changed[1]["text"]


async def test_marks_tell_of_alarms_and_people_in_order(tmp_path) -> None:
    async with running(tmp_path) as rig:
        rig.field["dcs"].say("T1", 91.0)
        alarm = await rig.has("T1", "HH", "UNACK")
        await rig.post(f"/alarms/{alarm['occurrence']}/ack", {"note": "已到现场"})
        await rig.has("T1", "HH", "ACKED")
        rig.field["dcs"].say("T1", 50.0)
        await rig.gone("T1", "HH")
        answer = await rig.get("/history/marks", tag=["T1", "T2"])
        mine = [one for one in answer["marks"] if one["rule"] == "HH"]
        assert [one["kind"] for one in mine] == ["raised", "acknowledged", "cleared"] and not answer["cut"]
        assert mine[0]["occurrence"] == alarm["occurrence"] and mine[0]["priority"] == "critical"
        assert "wang" in mine[1]["text"] and "已到现场" in mine[1]["text"]
        assert await rig.get("/history/marks", tag="T2") == {"marks": [], "cut": False}


async def test_calls_refuse_nonsense(tmp_path) -> None:
    async with running(tmp_path) as rig:
        for path in ("/history/marks", "/history/statistics"):
            assert (await rig.raw("GET", path, params={"tag": "NO"})).status_code == 404
            span = {"tag": "T1", "start": "2026-01-02T00:00:00Z", "end": "2026-01-01T00:00:00Z"}
            assert (await rig.raw("GET", path, params=span)).status_code == 400
        long = {"tag": "T1", "start": "2020-01-01T00:00:00Z", "end": "2026-01-01T00:00:00Z"}
        assert (await rig.raw("GET", "/history/statistics", params=long)).status_code == 400
        assert (await rig.raw("GET", "/tags/NO/limits/history")).status_code == 404
        assert (await rig.raw("GET", "/history/marks", user=None, params={"tag": "T1"})).status_code == 401


async def test_statistics_over_the_api(tmp_path) -> None:
    async with running(tmp_path) as rig:
        field = rig.field["dcs"]
        for ago, value in ((60, 40.0), (40, 60.0), (20, 92.0)):
            field.say("T1", value, ago)
        await rig.has("T1", "HH", "UNACK")
        await until(lambda: rig.station.history.written >= 3, "written")
        now = rig.station.clock.now()
        [one] = await rig.get("/history/statistics", tag="T1", start=to_rfc3339(now - 60 * SECOND), end=to_rfc3339(now))
        assert one["min"]["value"] == 40.0 and one["max"]["value"] == 92.0 and one["change"] == 52.0
        assert one["mean"] == pytest.approx(64.0, abs=1.5) and one["alarms"] == 2 and one["good_samples"] >= 2
        assert one["beyond_s"] == {} or one["beyond_s"]["HH"] == pytest.approx(20, abs=1)


def samples(*rows: tuple[float, float | None]) -> list[Sample]:
    """(second, value); None is bad."""
    return [
        Sample("T1", v, Quality.GOOD if v is not None else Quality.BAD, Reason.NONE, round(t * SECOND), round(t * SECOND))
        for t, v in rows
    ]


@pytest.fixture
def store(tmp_path):
    made = open_store(tmp_path)
    yield made
    made.close()


def figures(store, start: float, end: float, now: float = 1e9, limits=()):
    return statistics(
        store.historian, store.journal, "T1", round(start * SECOND), round(end * SECOND), round(now * SECOND), limits
    )


def test_the_mean_is_weighted_by_time_and_bad_time_counts_for_nothing(store) -> None:
    store.historian.append(samples((10, 1.0), (20, 5.0), (21, 1.0), (50, None), (60, 3.0)))
    found = figures(store, 15, 70)
    # 1 for 5 s, 5 for 1 s, 1 for 29 s, nothing for 10 s, 3 for 10 s
    mean = (1 * 5 + 5 * 1 + 1 * 29 + 3 * 10) / 45
    assert found["mean"] == pytest.approx(mean)
    spread = (5 * (1 - mean) ** 2 + (5 - mean) ** 2 + 29 * (1 - mean) ** 2 + 10 * (3 - mean) ** 2) / 45
    assert found["std"] == pytest.approx(spread**0.5)
    assert found["good_share"] == pytest.approx(45 / 55) and found["samples"] == 4 and found["good_samples"] == 3
    assert found["first"]["value"] == 1.0 and from_rfc3339(found["first"]["at"]) == 15 * SECOND
    assert found["max"]["value"] == 5.0 and from_rfc3339(found["max"]["at"]) == 20 * SECOND


def test_nothing_is_held_into_the_future_or_across_a_gap(store) -> None:
    store.historian.append(samples((10, 1.0), (20, 2.0)))
    store.historian.lost(30 * SECOND, 50 * SECOND)
    store.historian.append(samples((50, 4.0)))
    found = figures(store, 10, 100, now=60)
    assert found["good_share"] == pytest.approx((20 + 10) / 50) and from_rfc3339(found["end"]) == 60 * SECOND


def test_time_beyond_a_limit_goes_by_the_limit_of_that_time(store) -> None:
    store.historian.append(samples((0, 85.0), (100, 85.0)))
    spans = [
        LimitsSpan(0, 40 * SECOND, Limits(h=80.0, hh=90.0), None),  # type: ignore[arg-type]
        LimitsSpan(40 * SECOND, None, Limits(h=88.0, hh=90.0), None),  # type: ignore[arg-type]
    ]
    assert figures(store, 0, 100, limits=spans)["beyond_s"] == {"HH": 0.0, "H": 40.0}


def test_pieces_add_up_to_the_whole(store, monkeypatch) -> None:
    chance = np.random.default_rng(4)
    rows = [(t, None if chance.random() < 0.05 else float(chance.normal(1000, 3))) for t in range(1, 2000, 3)]
    store.historian.append(samples(*rows))
    whole = figures(store, 0, 2500, now=2300)
    monkeypatch.setattr("app.station.statistics.PIECE", 71 * SECOND)
    parts = figures(store, 0, 2500, now=2300)
    for key in ("samples", "good_samples", "min", "max", "first", "last", "change"):
        assert parts[key] == whole[key], key
    for key in ("mean", "std", "good_share"):
        assert parts[key] == pytest.approx(whole[key], rel=1e-9), key


def test_an_empty_span_says_nothing(store) -> None:
    found = figures(store, 0, 100)
    assert found["mean"] is None and found["min"] is None and found["samples"] == 0 and found["good_share"] == 0.0


async def test_long_figures_are_those_of_short_ones_and_can_be_called_off(tmp_path) -> None:
    async with running(tmp_path) as rig:
        field = rig.field["dcs"]
        for ago, value in ((60, 40.0), (40, 60.0), (20, 72.0)):
            field.say("T1", value, ago)
        await until(lambda: rig.station.history.written >= 3, "written")
        now = rig.station.clock.now()
        short = {"tags": ["T1"], "start": to_rfc3339(now - MINUTE), "end": to_rfc3339(now)}
        code, at_once = await rig.post("/history/statistics", short)
        assert code == 200 and at_once["state"] == "done" and at_once["rows"][0]["max"]["value"] == 72.0
        assert at_once["rows"] == await rig.get("/history/statistics", tag="T1", start=short["start"], end=short["end"])
        long = {**short, "start": to_rfc3339(now - 300 * DAY)}
        code, job = await rig.post("/history/statistics", long)
        assert (code, job["state"]) == (202, "running")
        assert (await rig.raw("GET", f"/history/statistics/{job['id']}", user="li")).status_code == 404, "another's"

        async def ended(id: str = job["id"]):
            seen = await rig.get(f"/history/statistics/{id}")
            return seen if seen["state"] != "running" else None

        done = await until(ended, "figures", 60)
        assert done["state"] == "done", done
        [mine], [quick] = done["rows"], at_once["rows"]
        assert mine["max"] == quick["max"] and mine["min"]["value"] == quick["min"]["value"] == 40.0
        assert mine["samples"] >= quick["samples"] and mine["bad_samples"] == mine["samples"] - mine["good_samples"]
        _, one = await rig.post("/history/statistics", long)
        await rig.post("/history/statistics", long)
        code, refused = await rig.post("/history/statistics", long)
        assert (code, refused["error"]["code"]) == (422, "busy")
        assert (await rig.raw("DELETE", f"/history/statistics/{one['id']}")).status_code == 200
        assert (await rig.raw("GET", f"/history/statistics/{one['id']}")).status_code == 404
        code, next = await rig.post("/history/statistics", long)
        assert code == 202, next


@pytest.mark.parametrize("format", ["csv", "xlsx"])
async def test_raw_and_reduced_exports(tmp_path, format) -> None:
    async with running(tmp_path) as rig:
        station = rig.station
        await station.call(station.store.config.save, station.site, "zheng", "开站", station.clock.now())
        field = rig.field["dcs"]
        for ago in range(30, 0, -1):
            field.say("T1", 50.0 + ago / 7, ago)
        field.fail("T1")
        await until(lambda: rig.station.history.written >= 31, "written")
        now = rig.station.clock.now()
        order = {"tags": ["T1", "T2"], "start": to_rfc3339(now - MINUTE), "end": to_rfc3339(now + SECOND), "format": format}
        for raw, rows in ((True, 31), (False, 120)):
            code, job = await rig.post("/history/export", {**order, "raw": raw, "points": 120})
            assert code == 202, job

            async def ended(id: str = job["id"]):
                seen = await rig.get(f"/exports/{id}")
                return seen if seen["state"] != "running" else None

            job = await until(ended, "export")
            assert job["state"] == "done", job
            body = (await rig.raw("GET", f"/exports/{job['id']}/file")).content
            if format == "csv":
                table = list(csv.reader(io.StringIO(body.decode("utf-8-sig"))))
            else:
                book = load_workbook(io.BytesIO(body))
                table = [list(row) for row in book.worksheets[0].values]
                assert all(isinstance(row[0], datetime) for row in table[1:]), "times are times"
                assert book.worksheets[0]["A2"].number_format == TIME_FORMAT and book.sheetnames[1] == "说明"
                assert ["位号", "T1  T1液位  %"] in [list(row) for row in book["说明"].values]
                numbers = [row[3] for row in table[1:]] if raw else [cell for row in table[1:] for cell in row[1:4]]
                assert all(cell is None or isinstance(cell, int | float) for cell in numbers), "numbers are numbers"
            if raw:
                mine = [row for row in table[1:] if row[1] == "T1"]
                good = [float(row[3]) for row in mine if row[5] == "好"]
                told = [50.0 + ago / 7 for ago in range(30, 0, -1)]
                assert good == pytest.approx([*told, *told]), "older than the link: kept at their receipt too"
                assert mine[-1][5:7] == ["坏", "变送器故障"] and len(mine) >= rows
            else:
                assert len(table) == rows + 1 and table[0][1:5] == ["T1 最小（%）", "T1 最大（%）", "T1 平均（%）", "T1 质量"]
                highs = [float(row[2]) for row in table[1:] if row[2] not in ("", None)]
                assert max(highs) == pytest.approx(50.0 + 30 / 7), "extremes survive"


async def test_an_export_called_off_leaves_no_file(tmp_path) -> None:
    async with running(tmp_path) as rig:
        now = rig.station.clock.now()
        order = {"tags": ["T1"], "start": to_rfc3339(now - MINUTE), "end": to_rfc3339(now), "raw": True}
        _, job = await rig.post("/history/export", order)
        assert (await rig.raw("DELETE", f"/exports/{job['id']}")).status_code == 200
        folder = tmp_path / "reports" / "exports"
        assert not [one for one in folder.rglob("*") if one.is_file()]


def test_more_samples_than_a_file_takes_are_refused_with_what_to_do(store, tmp_path, monkeypatch) -> None:
    store.historian.append(samples(*((t, float(t)) for t in range(1, 50))))
    monkeypatch.setitem(MOST_ROWS, "csv", 20)
    filters = {"tags": ["T1"], "start": 0, "end": 100 * SECOND, "raw": True, "points": 10, "until": 100 * SECOND}
    job = {"file": str(tmp_path / "a.csv"), "format": "csv", "zone": "Asia/Shanghai", "filters": filters}
    with pytest.raises(JobFailed, match="请缩短时间"):
        write_trend(store, job, lambda done, total: None)
    assert write_trend(store, {**job, "filters": {**filters, "end": 15 * SECOND}}, lambda done, total: None)["rows"] == 14


def test_a_tag_of_which_only_roll_ups_are_left_keeps_its_own_times(store, tmp_path, monkeypatch) -> None:
    """Its slots are wider than those of the others: each row tells of its own moment."""
    series = {
        "T1": Series("T1", [0, 30 * SECOND, 60 * SECOND], [1.0, 2.0, 3.0], [1.0, 2.0, 3.0], [1.0, 2.0, 3.0], ["good"] * 3),
        "T2": Series("T2", [0, 60 * SECOND], [7.0, 8.0], [7.0, 8.0], [7.0, 8.0], ["good", "bad"]),
    }
    monkeypatch.setattr(store.historian, "reduced", lambda tags, *asked, until: [series[tags[0]]])
    filters = {"tags": ["T1", "T2"], "start": 0, "end": 90 * SECOND, "raw": False, "points": 3, "until": 90 * SECOND}
    file = tmp_path / "a.csv"
    write_trend(store, {"file": str(file), "format": "csv", "zone": "UTC", "filters": filters}, lambda done, total: None)
    rows = list(csv.reader(io.StringIO(file.read_text("utf-8-sig"))))[1:]
    assert [row[0][-12:] for row in rows] == ["00:00:00.000", "00:00:30.000", "00:01:00.000"]
    assert [row[1] for row in rows] == ["1.0", "2.0", "3.0"] and [row[5] for row in rows] == ["7.0", "", "8.0"]
    assert rows[2][8] == "坏"

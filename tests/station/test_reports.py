"""Reports at a real station: figures against figures counted here, paper and sheet read back, cancelled, missed, refused."""

import hashlib
import io
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from pypdf import PdfReader

from app.domain.instant import DAY, HOUR, MINUTE, SECOND, Instant, from_rfc3339
from app.domain.plant import Site
from app.domain.sample import Reason, bad, good
from app.domain.tag import Limits
from app.station import upkeep
from app.station.seal import zone_of
from app.store import open_store
from app.store.rows import ClipRow, FormRow, OccurrenceRow, Record
from tests.pace import Stopwatch
from tests.station.rig import Rig, a_site, people_in, running, tag, until
from tests.station.test_shift import clock

__all__ = ["clock"]  # the fixture

ZONE = zone_of("Asia/Shanghai")
DAY0 = from_rfc3339("2026-11-19T16:00:00Z")  # local midnight of 2026-11-20, before the rig's clock begins
NOW = from_rfc3339("2026-11-21T09:00:00Z")


@pytest.fixture(autouse=True)
def logged_in(monkeypatch: pytest.MonkeyPatch) -> None:
    """The accounts are younger than the clock of these tests: a look at them would end every login."""
    monkeypatch.setattr(upkeep, "ACCOUNTS_S", 3600.0)


MAIL = {"outlet": [{"name": "mail", "kind": "smtp", "host": "127.0.0.1", "port": 9, "sender": "hw@plant.cn"}]}


def plant(**options: Any) -> Site:
    made = a_site(
        tag("T1", limits=Limits(10.0, 20.0, 80.0, 90.0)),
        tag("T2", equipment="V-102"),
        tag("SILENT", source="gds"),
        options={"alarm": {"chatter": {"count": 0}}, "dispatch": MAIL, "reports": {"automatic": [], **options}},
    )
    return replace(made, equipment=(made.equipment[0], replace(made.equipment[1], area="二区", hazard_source="H2")))


def values() -> list[tuple[Instant, float]]:
    """T1 of the day every minute: 50, a rise to 95 held for 17 minutes and 30 seconds from 10:00:30 on, a dip to 5 at 14:03."""
    found = []
    for minute in range(24 * 60):
        at = DAY0 + minute * MINUTE
        found.append((at, 50.0 + minute % 7 / 10))
    rise = DAY0 + 10 * HOUR + 30 * SECOND
    found = [one for one in found if not rise <= one[0] < rise + 18 * MINUTE - 30 * SECOND]
    found += [(rise, 95.0), (rise + 5 * MINUTE, 96.5), (rise + 17 * MINUTE + 30 * SECOND, 60.0)]
    found = [(at, 5.0 if at == DAY0 + 14 * HOUR + 3 * MINUTE else value) for at, value in found]
    return sorted(found)


def alarms() -> list[OccurrenceRow]:
    rows = []
    for number in range(1, 41):
        at = DAY0 + number * 20 * MINUTE
        rows.append(
            OccurrenceRow(
                number, "T1" if number % 4 else "T2", "H" if number % 5 else "HH", ("critical", "high", "low")[number % 3],
                "V-101" if number % 4 else "V-102", "NORM", 85.0, 80.0, "%", "液位高报", at,
                at + number * MINUTE if number != 40 else None, at + number * SECOND if number % 2 else None, "wang",
            )
        )  # fmt: skip
    link = DAY0 + 3 * HOUR
    rows.append(
        OccurrenceRow(41, "@gds", "LINK", "high", "", "NORM", None, None, "", "中断", link, link + 36 * MINUTE, link, "li")
    )
    return rows


def fill(data: Path) -> None:
    people_in(data)
    store = open_store(data)
    samples = [good("T1", value, at, at) for at, value in values()]
    samples += [good("T2", 40.0, DAY0 + minute * MINUTE, DAY0 + minute * MINUTE) for minute in range(0, 24 * 60, 10)]
    samples.append(bad("T2", Reason.SENSOR_FAILURE, DAY0 + 23 * HOUR + 55 * MINUTE))
    store.historian.append(sorted(samples, key=lambda one: one.receive_time))
    form = FormRow(
        900, "handling", "signed", "occurrence:3", "T1 高报", "high", True, DAY0 + HOUR, DAY0 + HOUR, DAY0 + 2 * HOUR,
        {"number": "处置-20261120-0001", "fields": {"tag": "T1", "equipment": "V-101"}, "moves": []},
    )  # fmt: skip
    done = replace(form, id=901, open=False, state="archived", body={**form.body, "number": "处置-20261120-0002"})
    clip = ClipRow(1, "C1", "alarm", DAY0 + HOUR, DAY0 + HOUR + MINUTE, DAY0, DAY0, "ready", (3,), size=5_000_000)
    shelved = {
        "command": "shelve",
        "outcome": "done",
        "args": {"minutes": 60, "reason": "检修", "text": "=1+1"},
        "role": "operator",
    }
    store.journal.append(
        [
            Record(DAY0 - HOUR, "system", "@station", data={"what": "station_started", "clean": True}),
            Record(DAY0 + 5 * HOUR, "command", "wang", "T1", 0, shelved),
        ],
        {},
        alarms(),
        [form, done],
        [clip],
    )
    store.close()


async def made(rig: Rig, body: Mapping[str, Any], user: str = "wang") -> dict[str, Any]:
    """The finished report."""
    status, job = await rig.post("/reports", body, user)
    assert status == 202, job

    async def over() -> Any:
        now = await rig.get(f"/reports/jobs/{job['id']}")
        return now if now["state"] != "running" else None

    ended = await until(over, "the report")
    assert ended["state"] == "done", ended
    return next(one for one in (await rig.get("/reports"))["reports"] if one["id"] == job["report"])


async def book(rig: Rig, id: str) -> openpyxl.Workbook:
    answer = await rig.raw("GET", f"/reports/{id}.xlsx")
    assert answer.status_code == 200, answer.text
    return openpyxl.load_workbook(io.BytesIO(answer.content))


def rows(sheet: Any) -> list[dict[str, Any]]:
    """Of the table on a sheet, by heading."""
    head, *lines = sheet.iter_rows(values_only=True)
    whole = []
    for line in lines:
        if line[0] is None and not any(line):
            break
        whole.append(dict(zip(head, line, strict=True)))
    return whole


async def text_of(rig: Rig, id: str) -> str:
    answer = await rig.raw("GET", f"/reports/{id}.pdf")
    assert answer.status_code == 200, answer.text
    pages = PdfReader(io.BytesIO(answer.content)).pages
    return "".join(page.extract_text() for page in pages).replace("\n", "").replace(" ", "")


async def test_the_figures_of_a_day_are_those_counted_by_hand(tmp_path: Path, clock: Callable[[Instant], None]) -> None:
    fill(tmp_path)
    async with running(tmp_path, plant()) as rig:
        report = await made(rig, {"kind": "day", "period": "2026-11-20"})
        assert (report["whole"], report["late"], report["automatic"], report["by"]) == (True, False, False, "wang")
        read = await book(rig, report["id"])

        # key values, to the second
        by_tag = {row["位号"]: row for row in rows(read["关键参数"])}
        assert set(by_tag) == {"T1", "T2", "SILENT"}
        t1, t2 = by_tag["T1"], by_tag["T2"]
        numbers = [value for _, value in values()]
        assert (t1["最小"], t1["最大"]) == (min(numbers), max(numbers)) == (5.0, 96.5)
        assert t1["最小时刻"] == wall(2026, 11, 20, 14, 3) and t1["最大时刻"] == wall(2026, 11, 20, 10, 5, 30)
        over, over_over, under, far_under = beyond(values())
        assert (t1["高报"], t1["高高报"], t1["低报"], t1["低低报"]) == (over, over_over, under, far_under)
        assert over == timedelta(minutes=17, seconds=30) and under == timedelta(minutes=1)
        assert t2["高报"] == timedelta(0) and t2["平均"] == pytest.approx(40.0) and by_tag["SILENT"]["最大"] is None
        assert [row["位号"] for row in rows(read["无值位号"])] == ["SILENT"]

        # alarms
        heard = [one for one in alarms() if DAY0 <= one.raised_at < DAY0 + DAY]
        counts = {row["按级别"]: row["报警次数"] for row in rows(read["级别"])}
        assert counts == {
            word: sum(one.priority == code for one in heard)
            for word, code in {"紧急": "critical", "高": "high", "中": "medium", "低": "low"}.items()
        }
        hours = {row["按一天中的时段"]: row["报警次数"] for row in rows(read["时段分布"])}
        assert [hours[f"{hour:02d}"] for hour in range(24)] == [
            sum((one.raised_at - DAY0) // HOUR == hour for one in heard) for hour in range(24)
        ]
        areas = {row["按区域"]: row["次数"] for row in rows(read["区域"])}
        assert areas == {"罐区": 30, "二区": 10, "未划区": 1}
        longest = rows(read["最长"])[0]
        assert (longest["开始"], longest["恢复"]) == (wall(2026, 11, 20, 13, 20), "未恢复")
        assert longest["持续"] == timedelta(hours=10, minutes=40)
        acks = {row["级别"]: row for row in rows(read["确认用时"])}
        assert acks["紧急"]["确认次数"] == sum(one.priority == "critical" and one.acked_at is not None for one in heard)

        # what people did, links, clips
        assert rows(read["表单"]) == [{"表单": "报警处置单", "新开": 2, "其中办结": 1, "期末未办结": 1, "其中超期": 1}]
        assert [row["编号"] for row in rows(read["未办结"])] == ["处置-20261120-0001"]
        [shelf] = rows(read["搁置抑制"])
        assert (shelf["位号"], shelf["分钟"], shelf["原因"]) == ("T1", 60, "检修；=1+1")
        [cutoff] = rows(read["中断"])
        assert (cutoff["数据源"], cutoff["时长"]) == ("gds", timedelta(minutes=36))
        gds = {row["数据源"]: row for row in rows(read["数据源"])}["gds"]
        assert gds["在线率"] == pytest.approx(1 - 36 / 1440, abs=1e-4)
        assert rows(read["录像"]) == [{"种类": "报警录像", "片段": 1, "完好": 1, "没有存下": 0, "已到期清除": 0}]

        # native charts, headings that stay, widths that hold what is in them
        assert len(read["时段分布"]._charts) == 1 and len(read["曲线 T1"]._charts) == 1
        assert read["关键参数"].freeze_panes == "A2" and read["关键参数"].column_dimensions["H"].width >= 19


def wall(*parts: int) -> datetime:
    """As a sheet has it: local, without a zone."""
    return datetime(*parts)  # type: ignore[arg-type]  # noqa: DTZ001


def beyond(line: list[tuple[Instant, float]]) -> list[timedelta]:
    """By brute force: every value holds until the next one."""
    times = [at for at, _ in line] + [DAY0 + DAY]
    sums = [0, 0, 0, 0]
    for number, (at, value) in enumerate(line):
        for place, is_beyond in enumerate((value >= 80, value >= 90, value <= 20, value <= 10)):
            sums[place] += (times[number + 1] - at) * is_beyond
    return [timedelta(microseconds=one) for one in sums]


async def test_paper_journal_and_pictures_say_the_same(tmp_path: Path, clock: Callable[[Instant], None]) -> None:
    fill(tmp_path)
    async with running(tmp_path, plant()) as rig:
        report = await made(rig, {"kind": "day", "period": "2026-11-20"})
        said = await text_of(rig, report["id"])
        for words in (
            "日报",
            "示范化工",
            "2026-11-20",
            "370300001",
            "报警41次",
            "17:30",
            "第1页/共",
            "默认值，非官方规定",
            "处置-20261120-0001",
        ):
            assert words in said, words
        assert report["digest"] in said and report["pages"] >= 3
        for number in (1, report["pages"]):
            picture = await rig.raw("GET", f"/reports/{report['id']}/pages/{number}.png")
            assert picture.status_code == 200 and picture.content.startswith(b"\x89PNG")
        assert (await rig.raw("GET", f"/reports/{report['id']}/pages/{report['pages'] + 1}.png")).status_code == 404
        pdf = (await rig.raw("GET", f"/reports/{report['id']}.pdf")).content
        [line] = await rig.get("/journal", user="zhao", kind="report")
        assert line["data"]["sha256"]["pdf"] == hashlib.sha256(pdf).hexdigest() == report["sha256"]["pdf"]
        assert line["data"]["digest"] == report["digest"] and line["actor"] == "wang"
        assert line["text"].startswith("wang 生成报表 日报")
        assert (line["data"]["first"], line["data"]["last"]) == (2, 2)

        # a file somebody touched is not given out
        file = tmp_path / "reports" / "made" / report["id"] / "report.pdf"
        file.write_bytes(pdf + b"%")
        answer = await rig.raw("GET", f"/reports/{report['id']}.pdf")
        assert (answer.status_code, answer.json()["error"]["code"]) == (409, "file_changed")


async def test_a_part_of_the_plant_and_its_risk(tmp_path: Path, clock: Callable[[Instant], None]) -> None:
    fill(tmp_path)
    async with running(tmp_path, plant()) as rig:
        area = await made(rig, {"kind": "day", "period": "2026-11-20", "scope": {"kind": "area", "code": "二区"}})
        read = await book(rig, area["id"])
        assert [row["位号"] for row in rows(read["关键参数"])] == ["T2"]
        assert sum(row["报警次数"] for row in rows(read["级别"])) == 10
        assert read["表单"]["A1"].value and not rows(read["未办结"])[1:]

        risk = await made(rig, {"kind": "risk", "period": "2026-11-20"}, "zheng")
        said = await text_of(rig, risk["id"])
        assert "不是官方算法" in said and "重大危险源H1" in said
        table = {row["指标"]: row for row in rows((await book(rig, risk["id"]))["指标与权重"])}
        assert table["超期未办的表单"]["值"] == 1 and table["超期未办的表单"]["得分"] == pytest.approx(30)
        assert table["最长报警"]["值"] == pytest.approx(640)
        assert table["总分"]["贡献"] == pytest.approx(sum(r["贡献"] for k, r in table.items() if k != "总分"))


async def test_the_other_analyses(tmp_path: Path, clock: Callable[[Instant], None]) -> None:
    fill(tmp_path)
    async with running(tmp_path, plant()) as rig:
        quality = await made(rig, {"kind": "quality", "period": "2026-11-20", "formats": ["xlsx"]})
        assert quality["pages"] == 0 and (await rig.raw("GET", f"/reports/{quality['id']}.pdf")).status_code == 404
        assert [row["位号"] for row in rows((await book(rig, quality["id"]))["无值位号"])] == ["SILENT"]

        analysis = await made(rig, {"kind": "alarms", "period": "2026-11"})
        assert analysis["whole"] is False  # the month still runs
        said = await text_of(rig, analysis["id"])
        assert "时段未满" in said and "扰动率" in said and "秋（9–11月）" in said


async def test_an_empty_period_is_told_as_one(tmp_path: Path, clock: Callable[[Instant], None]) -> None:
    async with running(tmp_path, plant()) as rig:
        report = await made(rig, {"kind": "week", "period": "2026-W30"})
        said = await text_of(rig, report["id"])
        assert "站没有运行，本报表不能说明当时的情况" in said and "这段时间没有新报警" in said
        assert rows((await book(rig, report["id"]))["关键参数"])[0]["最大"] is None


@pytest.mark.parametrize(
    "body, status, word",
    [
        ({"kind": "day", "period": "2026-13-01"}, 400, "无法理解"),
        ({"kind": "day", "period": "../../etc"}, 400, "没有班次"),
        ({"kind": "month", "period": "2026-11-20"}, 400, "应是一个月"),
        ({"kind": "shift", "period": "2026-11-20/中班"}, 400, "白班、夜班"),
        ({"kind": "year", "period": "2026"}, 400, "没有报表"),
        ({"kind": "day", "period": "2030-01-01"}, 422, "还没有开始"),
        ({"kind": "day", "period": "2026-11-20", "scope": {"kind": "area", "code": "月球"}}, 400, "二区"),
        ({"kind": "day", "period": "2026-11-20", "formats": ["docx"]}, 400, "formats"),
    ],
)
async def test_nonsense_is_refused_in_words(
    tmp_path: Path, clock: Callable[[Instant], None], body: dict[str, Any], status: int, word: str
) -> None:
    async with running(tmp_path, plant()) as rig:
        code, answer = await rig.post("/reports", body)
        assert code == status and word in answer["error"]["message"], answer
        assert (await rig.post("/reports", {"kind": "day", "period": "2026-11-20"}, "sun"))[0] == 403
        assert not (tmp_path / "reports" / "made").exists()


async def test_cancelled_in_the_middle_nothing_is_left(tmp_path: Path, clock: Callable[[Instant], None]) -> None:
    fill(tmp_path)
    async with running(tmp_path, plant()) as rig:
        _, job = await rig.post("/reports", {"kind": "day", "period": "2026-11-20"})
        await until(lambda: any((tmp_path / "reports" / "made").glob(".part-*")), "the work")
        watch = Stopwatch()
        status, ended = await rig.post(f"/reports/jobs/{job['id']}/cancel")
        assert (status, ended["state"]) == (200, "cancelled") and watch.seconds < 1.0
        assert list((tmp_path / "reports" / "made").iterdir()) == []
        assert (await rig.get("/reports"))["reports"] == []
        await until(lambda: not rig.station.writer.backlog, "the journal")
        assert [line["data"]["what"] for line in await rig.get("/journal", user="zhao", kind="report")] == ["cancelled"]
        assert (await rig.raw("DELETE", f"/reports/{job['report']}")).status_code in (404, 405)


async def test_made_by_itself_once_and_kept_for_its_time(tmp_path: Path, clock: Callable[[Instant], None]) -> None:
    options = {"automatic": ["risk/day"], "keep_days": {"day": 31}, "mail_to": ["boss@plant.cn"]}
    async with running(tmp_path, plant(**options)) as rig:
        await rig.station.reports.round()
        assert (await rig.get("/reports"))["reports"] == []
        clock(7 * HOUR + 4 * MINUTE)  # 00:04 in the plant
        await rig.station.reports.round()
        assert (await rig.get("/reports"))["reports"] == []
        clock(2 * MINUTE)
        await rig.station.reports.round()
        found = (await rig.get("/reports"))["reports"]
        assert [(one["kind"], one["period"], one["late"]) for one in found] == [("risk", "2026-11-21", False)]
        await rig.station.reports.round()
        assert len(await rig.station.reports.list()) == 1
        [letter] = await until(rig.station.store.outbox.find, "the mail")
        assert (letter.kind, letter.address, letter.key.split("/")[1]) == ("report", "boss@plant.cn", found[0]["id"])

    async with running(tmp_path, plant(**options)) as rig:  # the station was down for two days: both are made, and marked
        clock(2 * DAY)
        await rig.station.reports.round()
        days = sorted((m["period"], m["late"]) for m in await rig.station.reports.list())
        assert days == [("2026-11-21", False), ("2026-11-22", True), ("2026-11-23", False)]

        # thrown away when its time is up, but never while evidence of that day is locked
        clip = ClipRow(1, "C1", "alarm", NOW, NOW + MINUTE, NOW, NOW, "ready", locked_by="zhao", locked_at=NOW)
        rig.station.store.journal.append([Record(NOW, "video", "zhao", data={"what": "locked"})], clips=[clip])
        rig.station.given.site.options["reports"]["automatic"].clear()
        clock(40 * DAY)
        await rig.station.reports.round()
        assert {m["period"] for m in await rig.station.reports.list()} == {"2026-11-21"}
        rig.station.store.journal.append(
            [Record(NOW, "video", "zhou", data={"what": "unlocked"})], clips=[replace(clip, locked_by="")]
        )
        await rig.station.reports.round()
        assert await rig.station.reports.list() == [] and list((tmp_path / "reports" / "made").iterdir()) == []


async def test_a_killed_run_leaves_no_half_and_the_next_one_makes_it(tmp_path: Path, clock: Callable[[Instant], None]) -> None:
    fill(tmp_path)
    half = tmp_path / "reports" / "made" / ".part-0123456789abcdef"
    half.mkdir(parents=True)
    (half / "report.pdf").write_bytes(b"%PDF-1.7 half")
    async with running(tmp_path, plant(automatic=["risk/day"])) as rig:
        await rig.station.reports.round()
        newest, before = (await rig.get("/reports"))["reports"]
        assert (newest["period"], newest["late"], newest["by"]) == ("2026-11-20", True, "站（自动）")
        assert before["period"] == "2026-11-19"  # the station was set up in its last hour
        assert not half.exists()
        assert "补做" in await text_of(rig, newest["id"])


async def test_a_run_killed_at_the_last_step_is_taken_over(tmp_path: Path, clock: Callable[[Instant], None]) -> None:
    """The journal has the report, its folder has not got its name yet: it is there after the next start. What the journal
    does not know is not, however whole it looks."""
    fill(tmp_path)
    shelf = tmp_path / "reports" / "made"
    async with running(tmp_path, plant()) as rig:
        meta = await made(rig, {"kind": "day", "period": "2026-11-20"})
    (shelf / meta["id"]).rename(shelf / ".part-0123456789abcdef")
    async with running(tmp_path, plant()) as rig:
        assert (await rig.get("/reports"))["reports"] == [meta]
        assert (await rig.raw("GET", f"/reports/{meta['id']}.pdf")).status_code == 200
    stranger = shelf / ".part-0123456789abcdef"
    (shelf / meta["id"]).rename(stranger)
    file = stranger / "report.json"
    file.write_text(file.read_text(encoding="utf-8").replace(meta["id"], "day-2026-11-20-ffff"), encoding="utf-8")
    async with running(tmp_path, plant()) as rig:
        found = await rig.get("/reports")
        assert (found["reports"], found["jobs"]) == ([], [])
        assert list(shelf.iterdir()) == []

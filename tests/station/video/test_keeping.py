"""Evidence: locked and unlocked by two people, kept while a form is open, thrown away in time; what a kill left is mended."""

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import av

from app.domain.clip import ClipState
from app.domain.instant import DAY, SECOND
from app.store import open_store
from app.store.rows import ClipRow, Record
from app.video.clip import PART
from tests.station.rig import Rig, people_in, running, until
from tests.station.test_store_trouble import brittle
from tests.station.video.film import filmed_site, recording

OFF = {"on": False}
ORDER = {"subject": "", "fields": {"level": "red", "issued_by": "县局", "content": "核查", "issued_at": "2026-11-22T01:00:00Z"}}


def row(id: int, start: int, **more: Any) -> ClipRow:
    made = ClipRow(id, "C1", "alarm", start, start + 30 * SECOND, start, start, "ready", file=f"old/{id}.mp4", sha256="ab")
    return replace(made, **more)


def kept(data: Path, *rows: ClipRow) -> None:
    """As an earlier run left them."""
    people_in(data)
    store = open_store(data)
    store.journal.append([Record(one.updated_at, "video", "station", data={"clip": one.id}) for one in rows], clips=rows)
    store.close()
    for one in rows:
        if one.file and one.state == "ready":
            path = data / "clips" / one.file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(recording())


async def read(rig: Rig) -> None:
    """The book of clips has been read."""

    async def there() -> bool:
        return rig.station.video._waiting is None

    await until(there, "book read")


async def states(rig: Rig) -> dict[int, str]:
    return {one["id"]: one["state"] for one in await rig.get("/clips")}


async def test_locked_by_one_and_unlocked_by_another(tmp_path: Path) -> None:
    kept(tmp_path, row(1, 1_800_000_000 * SECOND))
    async with running(tmp_path, filmed_site(video=OFF)) as rig:
        await read(rig)
        for user, body, status in (("wang", {"why": "调查"}, 403), ("zhao", {"why": ""}, 400), ("zhao", {"why": "  "}, 422)):
            assert (await rig.post("/clips/1/lock", body, user))[0] == status
        status, one = await rig.post("/clips/1/lock", {"why": "泄漏调查"}, "zhao")
        assert status == 200 and (one["locked_by"], one["lock_why"], one["keep_until"]) == ("zhao", "泄漏调查", None)
        assert (await rig.post("/clips/1/lock", {"why": "再锁"}, "zhou"))[0] == 409
        status, said = await rig.post("/clips/1/unlock", {"why": "结束"}, "zhao")
        assert status == 422 and said["error"]["code"] == "same_person"
        status, one = await rig.post("/clips/1/unlock", {"why": "结束"}, "zhou")
        assert status == 200 and one["locked_by"] == ""
        assert (await rig.raw("DELETE", "/clips/1", "zhao")).status_code == 405
        told = [one["data"] for one in await rig.get("/journal", "zhao", kind="video", after=1)]
        assert [(one["what"], one["locked_by"], one.get("was_locked_by")) for one in told] == [
            ("locked", "zhao", None),
            ("unlocked", "", "zhao"),
        ]


async def test_a_lock_that_cannot_be_written_has_not_been(tmp_path: Path) -> None:
    kept(tmp_path, row(1, 1_800_000_000 * SECOND))
    store, journal = brittle(tmp_path)
    async with running(tmp_path, filmed_site(video=OFF), store) as rig:
        await read(rig)
        await rig.token("zhao")
        await until(lambda: not rig.station.writer.backlog, "written")
        journal.down = True
        assert (await rig.post("/clips/1/lock", {"why": "调查"}, "zhao"))[0] == 503
        one = await rig.get("/clips/1")
        assert one["locked_by"] == "" and not one["durable"]
        journal.down = False
        await until(lambda: not rig.station.writer.trouble, "written again")
        assert (await rig.post("/clips/1/lock", {"why": "调查"}, "zhao"))[0] == 200
    found = store.clips.get(1)
    assert found is not None and found.locked_by == "zhao"
    store.close()


async def test_what_is_over_its_time_goes_unless_somebody_holds_it(tmp_path: Path) -> None:
    people_in(tmp_path)
    async with running(tmp_path, filmed_site(video=OFF)) as rig:
        status, form = await rig.post("/forms/disposal_order", ORDER, "zheng")
        assert status == 201, form
        now = rig.station.clock.now()
    old, young = now - 40 * DAY, now - 20 * DAY
    rows = [
        row(1, old),
        row(2, old, locked_by="zhao"),
        row(3, young),
        row(4, old, reason="fetch"),
        row(5, now - 100 * DAY, reason="fetch"),
        row(6, old, form=form["id"]),
        row(7, old, state="failed", file=""),
    ]
    kept(tmp_path, *rows)
    async with running(tmp_path, filmed_site(video=OFF)) as rig:
        await read(rig)
        await rig.station.video.keeping.purge()
        assert await states(rig) == {1: "removed", 2: "ready", 3: "ready", 4: "ready", 5: "removed", 6: "ready", 7: "removed"}
        there = {path.stem for path in (tmp_path / "clips").rglob("*.mp4")}
        assert there == {"2", "3", "4", "6"}
        gone = await rig.get("/clips/1")
        assert gone["sha256"] == "ab" and "保存期 30 天已满" in gone["words"]
        answer = await rig.raw("GET", "/clips/1/file")
        assert answer.status_code == 422 and "保存期" in answer.json()["error"]["message"]


def half(path: Path) -> None:
    """A clip as a kill leaves it: fragments on the disk, never closed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    whole = path.with_name("source.mp4")
    whole.write_bytes(recording())
    growing = path.with_name("growing.mp4")
    options = {"movflags": "+hybrid_fragmented+frag_keyframe+default_base_moof", "flush_packets": "1"}
    with av.open(str(whole)) as source, av.open(str(growing), "w", format="mp4", options=options) as out:
        stream = out.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(video=0):
            if packet.size:
                packet.stream = stream
                out.mux(packet)
                if packet.pts is not None and float(packet.pts * packet.time_base) > 1.5:
                    break
        shutil.copy(growing, path)
    whole.unlink()
    growing.unlink()


async def test_what_a_kill_left_is_kept_when_it_holds_pictures(tmp_path: Path) -> None:
    start = 1_800_000_000 * SECOND
    recordings = [row(id, start, state="recording", sha256="", occurrences=(id,)) for id in (1, 2, 3)]
    rows = [*recordings[:2], replace(recordings[2], file="")]
    rows[0] = replace(rows[0], first_frame=start - SECOND)
    kept(tmp_path, *rows)
    half(tmp_path / "clips" / f"old/1.mp4{PART}")
    (tmp_path / "clips" / f"old/2.mp4{PART}").write_bytes(b"ftyp....")
    (tmp_path / "clips" / f"old/77.mp4{PART}").write_bytes(b"nobody knows of it")
    async with running(tmp_path, filmed_site(video=OFF)) as rig:

        async def all_over() -> bool:
            return ClipState.RECORDING not in (await states(rig)).values()

        await until(all_over, "mended")
        assert await states(rig) == {1: "ready", 2: "failed", 3: "failed"}
        one = await rig.get("/clips/1")
        assert "站在录制中停止，只有 1 秒" in one["words"] and len(one["sha256"]) == 64 and one["size"] > 1000
        assert (await rig.raw("GET", "/clips/1/file")).status_code == 200
        assert [path.name for path in (tmp_path / "clips" / "old").iterdir()] == ["1.mp4"]
        await until(lambda: not rig.station.writer.backlog, "written")
        told = [one["data"] for one in await rig.get("/journal", "zhao", kind="video", after=3)]
        assert {one["clip"]: one["state"] for one in told if one["what"] == "mended"} == {1: "ready", 2: "failed", 3: "failed"}
        rig.station.video.book.go_on_from(await rig.station.call(rig.station.store.clips.last_id))

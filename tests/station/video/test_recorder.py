"""Clips at annunciation, over the real station: older than the alarm, whole, hashed, shared, bounded, or told missing."""

import hashlib
from pathlib import Path
from typing import Any

import av

from app.domain.instant import from_rfc3339
from app.domain.plant import Camera
from app.station.video.recorder import HOLD
from tests.station.rig import Rig, running, until
from tests.station.video.film import film, filmed_site


async def ready(rig: Rig, camera: str = "C1", seconds: float = 1.6) -> None:
    """Its ring reaches back far enough."""

    async def deep() -> bool:
        return next(one["ring_s"] for one in await rig.get("/cameras/state") if one["camera"] == camera) >= seconds

    await until(deep, f"ring of {camera}")


async def clips(rig: Rig, **wanted: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = await rig.get("/clips", **wanted)
    return found


async def finished(rig: Rig, count: int = 1, **wanted: Any) -> list[dict[str, Any]]:
    async def all_over() -> list[dict[str, Any]]:
        found = await clips(rig, **wanted)
        over = all(one["state"] != "recording" for one in found)
        return found if over and len(found) >= count else []

    result: list[dict[str, Any]] = await until(all_over, f"{count} clips")
    return result


async def journalled(rig: Rig, what: str) -> list[dict[str, Any]]:
    rig.station.writer.refuse_if_down()
    await until(lambda: not rig.station.writer.backlog, "journal written")
    rows = await rig.get("/journal", "zhao", kind="video", limit=500)
    return [one["data"] for one in rows if one["data"]["what"] == what]


async def test_a_clip_is_older_than_its_alarm_and_every_picture_decodes(tmp_path: Path) -> None:
    site = filmed_site(Camera("C1", "罐区一", film(tmp_path / "film"), equipment=("V-101",)))
    async with running(tmp_path / "data", site) as rig:
        await ready(rig)
        rig.field["dcs"].say("T1", 95.0)
        alarm = await rig.has("T1", "HH", "UNACK")
        [one] = await finished(rig, occurrence=alarm["occurrence"])
        assert (one["state"], one["words"], one["camera"]) == ("ready", "", "C1")
        assert from_rfc3339(one["first_frame"]) <= from_rfc3339(alarm["raised_at"]) - 1_000_000
        assert from_rfc3339(one["last_frame"]) >= from_rfc3339(alarm["raised_at"]) + 900_000
        answer = await rig.raw("GET", f"/clips/{one['id']}/file")
        assert hashlib.sha256(answer.content).hexdigest() == one["sha256"] and len(answer.content) == one["size"]
        part = await rig.raw("GET", f"/clips/{one['id']}/file", headers_={"Range": "bytes=10-19"})
        assert part.status_code == 206 and part.content == answer.content[10:20]
        (tmp_path / "clip.mp4").write_bytes(answer.content)
        with av.open(str(tmp_path / "clip.mp4")) as container:
            pictures = [picture for picture in container.decode(video=0)]
        assert len(pictures) >= 40 and pictures[0].key_frame and not any(one.is_corrupt for one in pictures)
        card = await rig.get(f"/alarms/{alarm['occurrence']}/card")
        assert [(clip["id"], clip["sha256"]) for clip in card["clips"]] == [(one["id"], one["sha256"])]
        checked = await until_journalled(rig, "checked")
        assert checked[0]["sha256"] == one["sha256"]
        [told] = await journalled(rig, "ready")
        assert told["sha256"] == one["sha256"] and alarm["occurrence"] in told["occurrences"]
    assert not list((tmp_path / "data" / "clips").rglob("*.part"))


async def until_journalled(rig: Rig, what: str) -> list[dict[str, Any]]:
    async def there() -> list[dict[str, Any]]:
        return await journalled(rig, what)

    found: list[dict[str, Any]] = await until(there, what)
    return found


async def test_alarms_of_one_camera_share_a_clip_that_grows(tmp_path: Path) -> None:
    site = filmed_site(
        Camera("C1", "罐区一", film(tmp_path / "film"), equipment=("V-101",)),
        Camera("C2", "罐区二", film(tmp_path / "film", "two.mp4"), equipment=("V-102",)),
    )
    async with running(tmp_path / "data", site) as rig:
        await ready(rig)
        rig.field["dcs"].say("T1", 85.0)
        first = await rig.has("T1", "H", "UNACK")
        await until(lambda: rig.station.video.recorder.under_way, "filming")
        rig.field["dcs"].say("T2", 5.0)
        second = await rig.has("T2", "LL", "UNACK")
        rig.field["dcs"].say("T3", 85.0)
        third = await rig.has("T3", "H", "UNACK")
        made = await finished(rig, 2)
        assert [one["state"] for one in made] == ["ready", "ready"]
        by_camera = {one["camera"]: one for one in made}
        shared = by_camera["C1"]
        assert {first["occurrence"], second["occurrence"]} <= set(shared["occurrences"])
        assert by_camera["C2"]["occurrences"] == [third["occurrence"]]
        assert from_rfc3339(shared["end"]) == from_rfc3339(second["raised_at"]) + 1_000_000
        assert from_rfc3339(shared["last_frame"]) >= from_rfc3339(shared["end"]) - 200_000
        assert [one["id"] for one in await clips(rig, occurrence=second["occurrence"])] == [shared["id"]]
        assert [one["id"] for one in await clips(rig, camera="C2")] == [by_camera["C2"]["id"]]


async def test_no_ring_is_told_on_the_alarm_and_as_alarms(tmp_path: Path) -> None:
    """C1 watches a hazard source and its file is gone; C2 cannot be filmed at all."""
    site = filmed_site(
        Camera("C1", "罐区一", (tmp_path / "gone.mp4").as_uri(), equipment=("V-101",)),
        Camera("C2", "罐区二", "gb28181://34020000001320000001/1", equipment=("V-102",)),
    )
    async with running(tmp_path / "data", site) as rig:
        lost = await rig.has("@station/video", "SYSTEM", "UNACK")
        assert "C2" in lost["message"] and "gb28181" in lost["message"]
        gone = await until_alarm(rig, "@camera/C1", "LINK", 15)
        assert gone["name"] == "摄像机 罐区一" and "没有这个录像文件" in gone["message"]
        assert await rig.alarm("@camera/C2", "LINK") is None, "it watches no hazard source"
        rig.field["dcs"].say("T1", 95.0)
        alarm = await rig.has("T1", "HH", "UNACK")
        [one] = await finished(rig, occurrence=alarm["occurrence"])
        assert one["state"] == "failed" and one["words"].startswith("没有录像：摄像机 C1 没有预录（没有这个录像文件")
        card = await rig.get(f"/alarms/{alarm['occurrence']}/card")
        assert card["clips"][0]["words"] == one["words"]
        film(tmp_path, "gone.mp4")
        stream = rig.station.video.rings.filmed["C1"].stream
        assert stream is not None
        stream.retry_now()
        await rig.has("@camera/C1", "LINK", "RTNUN")
        states = {one["camera"]: one for one in await rig.get("/cameras/state")}
        assert states["C1"]["state"] == "live" and states["C2"]["state"] == "refused"


async def until_alarm(rig: Rig, tag: str, rule: str, patience_s: float) -> dict[str, Any]:
    async def there() -> dict[str, Any] | None:
        return await rig.alarm(tag, rule)

    found: dict[str, Any] = await until(there, f"{tag}/{rule}", patience_s)
    return found


async def test_a_storm_films_no_more_than_it_may_and_says_so(tmp_path: Path) -> None:
    site = filmed_site(
        Camera("C1", "罐区一", film(tmp_path / "film"), equipment=("V-101",)),
        Camera("C2", "罐区二", film(tmp_path / "film", "two.mp4"), equipment=("V-102",)),
        video={"most_clips": 1},
    )
    async with running(tmp_path / "data", site) as rig:
        await ready(rig, "C1")
        await ready(rig, "C2")
        rig.field["dcs"].say("T1", 95.0)
        await until(lambda: rig.station.video.recorder.under_way == 1, "filming")
        rig.field["dcs"].say("T3", 95.0)
        alarm = await rig.has("T3", "HH", "UNACK")
        made = await finished(rig, 2)
        assert [(one["camera"], one["state"]) for one in made] == [("C2", "failed"), ("C1", "ready")]
        assert "已达上限 1 个" in made[0]["words"] and alarm["occurrence"] in made[0]["occurrences"]
        await rig.gone("@station/video", "SYSTEM")


async def test_what_gets_no_clip(tmp_path: Path) -> None:
    """Priorities and kinds that were not asked for; a return to normal; an alarm that is only bad data."""
    site = filmed_site(
        Camera("C1", "罐区一", film(tmp_path / "film"), equipment=("V-101",)), video={"priorities": ["critical"]}
    )
    async with running(tmp_path / "data", site) as rig:
        await ready(rig)
        rig.field["dcs"].say("T1", 85.0)
        await rig.has("T1", "H", "UNACK")
        rig.field["dcs"].fail("T2")
        await rig.has("T2", "BAD", "UNACK")
        assert await clips(rig) == []
        rig.field["dcs"].say("T1", 95.0)
        await rig.has("T1", "HH", "UNACK")
        assert len(await clips(rig)) == 1


async def test_a_disk_that_takes_nothing_is_told_and_holds_nothing_up(tmp_path: Path) -> None:
    site = filmed_site(Camera("C1", "罐区一", film(tmp_path / "film"), equipment=("V-101",)))
    async with running(tmp_path / "data", site) as rig:
        await ready(rig)
        clips_folder = tmp_path / "data" / "clips"
        clips_folder.symlink_to("/dev/full")  # nothing can be made under it
        rig.field["dcs"].say("T1", 95.0)
        alarm = await rig.has("T1", "HH", "UNACK")
        [one] = await finished(rig, occurrence=alarm["occurrence"])
        assert one["state"] == "failed" and one["words"].startswith("没有录像：") and "盘" in one["words"]
        told = await rig.has("@station/video_clip", "SYSTEM", "UNACK")
        assert "没有存下来" in told["message"]
        clips_folder.unlink()
        await until(lambda: rig.station.clock.now() > from_rfc3339(one["updated_at"]) + HOLD, "it may try again")
        rig.field["dcs"].say("T2", 95.0)
        alarm = await rig.has("T2", "HH", "UNACK")
        await rig.has("@station/video_clip", "SYSTEM", "RTNUN")
        [one] = await finished(rig, occurrence=alarm["occurrence"])
        assert one["state"] == "ready"

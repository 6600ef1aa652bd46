"""Clips at annunciation, over the real station: older than the alarm, whole, hashed, shared, bounded, and told when there is none."""

import hashlib
from pathlib import Path
from typing import Any

import av

from app.domain.instant import from_rfc3339
from app.domain.plant import Camera
from tests.station.rig import Rig, running, until
from tests.station.video.film import film, filmed_site


async def ready(rig: Rig, camera: str = "C1", seconds: float = 1.6) -> None:
    """Its ring reaches back far enough."""

    async def deep() -> bool:
        return next(one["ring_s"] for one in await rig.get("/cameras/state") if one["camera"] == camera) >= seconds

    await until(deep, f"ring of {camera}", 10)


async def clips(rig: Rig, **wanted: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = await rig.get("/clips", **wanted)
    return found


async def finished(rig: Rig, count: int = 1, **wanted: Any) -> list[dict[str, Any]]:
    async def all_over() -> list[dict[str, Any]]:
        found = await clips(rig, **wanted)
        over = all(one["state"] != "recording" for one in found)
        return found if over and len(found) >= count else []

    result: list[dict[str, Any]] = await until(all_over, f"{count} clips", 15)
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

    found: list[dict[str, Any]] = await until(there, what, 10)
    return found

"""The disk becomes full in the middle of a clip: a real small disk, mounted for the test."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.domain.instant import from_rfc3339
from app.domain.plant import Camera
from app.station.video.recorder import HOLD
from app.video.clip import check_clip
from tests.station.rig import Rig, running, until
from tests.station.video.film import film, filmed_site, recording

SIZE = 4 * 1024 * 1024


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """The folder of clips on a disk of its own."""
    folder = tmp_path / "data" / "clips"
    folder.mkdir(parents=True)
    mount = shutil.which("mount")
    made = mount and subprocess.run([mount, "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", str(folder)], capture_output=True)
    if sys.platform != "linux" or not made or made.returncode:
        pytest.skip("no disk can be mounted here")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def leave(folder: Path, room: int) -> Path:
    """So many bytes are still free."""
    ballast = folder / "ballast"
    with ballast.open("wb") as file:
        file.write(bytes(shutil.disk_usage(folder).free - room))
    return ballast


def found(folder: Path, what: str) -> list[Path]:
    return list(folder.rglob(what))


async def made(rig: Rig, tag: str) -> dict[str, Any]:
    rig.field["dcs"].say(tag, 95.0)
    alarm = await rig.has(tag, "HH", "UNACK")

    async def over() -> dict[str, Any] | None:
        of_alarm = await rig.get("/clips", occurrence=alarm["occurrence"])
        return of_alarm[0] if of_alarm and of_alarm[0]["state"] != "recording" else None

    one: dict[str, Any] = await until(over, "a clip")
    return one


@pytest.mark.parametrize(("room", "state"), [(0, "failed"), (len(recording()) // 2 // 4096 * 4096, "ready")])
async def test_full_in_the_middle_of_a_clip(tmp_path: Path, small_disk: Path, room: int, state: str) -> None:
    """What fitted is kept and said to be a part; without a whole picture the clip failed. Nothing else stops."""
    url = film(tmp_path / "film")
    cameras = [Camera("C1", "罐区一", url, equipment=("V-101",)), Camera("C2", "罐区二", url, equipment=("V-102",))]
    site = filmed_site(*cameras, video={"post_s": 3.0})
    async with running(tmp_path / "data", site) as rig:

        async def deep() -> bool:
            return all(one["ring_s"] >= 1.6 for one in await rig.get("/cameras/state"))

        await until(deep, "rings")
        ballast = leave(small_disk, room)
        one = await made(rig, "T1")
        assert one["state"] == state and "磁盘已满" in one["words"], one
        assert not found(small_disk, "*.part"), "the temporary file is gone"
        if state == "ready":
            [file] = found(small_disk, "*.mp4")
            assert one["words"].startswith("录像不完整") and 0 < check_clip(file).pictures < 50
        else:
            assert one["words"].startswith("没有录像") and not found(small_disk, "*.mp4")
        told = await rig.has("@station/video_clip", "SYSTEM", "UNACK")
        assert "磁盘已满" in told["message"]
        shown = {one["camera"]: one for one in await rig.get("/cameras/state")}
        assert all(one["state"] == "live" and one["ring_s"] >= 1.6 for one in shown.values()), "filming goes on"

        ballast.unlink()
        await until(lambda: rig.station.clock.now() > from_rfc3339(one["updated_at"]) + HOLD, "it may try again")
        other = await made(rig, "T3")
        assert (other["camera"], other["state"], other["words"]) == ("C2", "ready", "")
        await rig.has("@station/video_clip", "SYSTEM", "RTNUN")

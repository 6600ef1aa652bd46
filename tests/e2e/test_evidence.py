"""Evidence over real processes: an alarm of the demo plant, its clip, the lock, the case package, and what verify says."""

import hashlib
import io
import subprocess
import zipfile
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import av
import pytest

from tests.e2e.world import World, hazwatch
from tests.pace import Stopwatch

pytestmark = pytest.mark.e2e
TAG = "LT-204"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    yield made
    made.stop()


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def test_the_alarm_of_the_demo_plant_is_on_film_before_it_was_raised(world: World, tmp_path: Path) -> None:
    with world.person() as operator, world.person("supervisor") as boss:
        bound = operator.sees(lambda: [one for one in operator.get("/cameras/state") if one["ring_s"] >= 13])
        assert bound
        world.plant.tell(f"set {TAG} 12.4")
        alarm = operator.sees(lambda: next((one for one in operator.alarms(TAG) if one["rule"] == "HH"), None))
        number = alarm["occurrence"]
        first = operator.sees(lambda: operator.get("/clips", occurrence=number))[0]
        assert first["state"] == "recording", "there at annunciation, not at a click"
        watch = Stopwatch()
        clip: dict[str, Any] = operator.sees(lambda: ended(operator.get(f"/clips/{first['id']}")))
        withheld = timedelta(seconds=watch.withheld)

        assert clip["state"] == "ready" and not clip["words"], clip
        raised = at(alarm["raised_at"])
        assert at(clip["first_frame"]) <= raised - timedelta(seconds=10)
        assert at(clip["last_frame"]) >= raised + timedelta(seconds=19)
        body = operator.client.get(f"/clips/{clip['id']}/file").raise_for_status().content
        assert hashlib.sha256(body).hexdigest() == clip["sha256"]
        pictures, first_key = decoded(body)
        assert first_key and pictures >= 29 * 12, "from a key picture on, every picture decodes"
        told = [one["data"] | {"at": one["time"]} for one in boss.get("/journal", kind="video", limit=500)]
        ready = next(one for one in told if one["clip"] == clip["id"] and one["what"] == "ready")
        late = at(ready["at"]) - at(clip["end"])
        assert late <= timedelta(seconds=1.5) + withheld, "whole, hashed and journalled a second after its end"

        boss.client.post(f"/clips/{clip['id']}/lock", json={"why": "事故调查"}).raise_for_status()
        again = boss.client.post(f"/clips/{clip['id']}/unlock", json={"why": "误锁"})
        assert again.status_code == 422 and "另一位主管" in again.json()["error"]["message"]
        body = packed(boss, number, alarm["raised_at"])
        folder = tmp_path / "案卷"
        with zipfile.ZipFile(io.BytesIO(body)) as package:
            package.extractall(folder)
    index = next(folder.rglob("index.html"))
    text = index.read_text("utf-8")
    assert "甲醇" in text and TAG in text and "http" not in text.lower().replace("<!doctype html>", "").replace("https", "http")
    checked = subprocess.run(["sha256sum", "-c", "manifest.sha256"], cwd=index.parent, capture_output=True, text=True)
    assert checked.returncode == 0, checked.stdout

    world.station.stop()
    said = hazwatch("verify", "--data", str(world.data))
    assert said.returncode == 0 and "files fit the journal" in said.stdout
    [file] = [one for one in (world.data / "clips").rglob("*.mp4") if int(one.stem) == clip["id"]]
    file.write_bytes(file.read_bytes()[:-1] + b"!")
    said = hazwatch("verify", "--data", str(world.data))
    assert said.returncode == 1 and f"录像片段 {clip['id']}：" in said.stdout
    world.start_station()


def ended(clip: dict[str, Any]) -> dict[str, Any] | None:
    return clip if clip["state"] != "recording" else None


def packed(boss: Any, number: int, raised: str) -> bytes:
    span = {
        "start": (at(raised) - timedelta(minutes=5)).isoformat(),
        "end": (at(raised) + timedelta(minutes=1)).isoformat(),
    }
    told = {"occurrences": [number], "why": "高高报调查", **span}
    boss.client.post("/cases", json=told).raise_for_status()
    [name] = boss.sees(lambda: [one["name"] for one in boss.get("/cases")["packages"]])
    content: bytes = boss.client.get(f"/cases/{name}/file").raise_for_status().content
    return content


def decoded(body: bytes) -> tuple[int, bool]:
    with av.open(io.BytesIO(body)) as container:
        packets = [one for one in container.demux(video=0) if one.size]
    with av.open(io.BytesIO(body)) as container:
        pictures = [one for one in container.decode(video=0) if not one.is_corrupt]
    assert len(pictures) == len(packets)
    return len(pictures), packets[0].is_keyframe

"""The demo's cameras: drawn once, labelled, moving, and small."""

import time
from pathlib import Path

import numpy as np
import pytest

from app.plant.canvas import GLYPHS, HIGH, WIDE, _glyph
from app.plant.geometry import EYES
from app.plant.package import picture_of
from app.plant.pictures import make_pictures, run_pictures
from app.video.files import FileSource
from app.video.live import LiveStream
from app.video.ports import Picture
from tests.pace import ENOUGH_S


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    assert len(make_pictures(folder)) == len(EYES)
    return folder


def test_every_letter_of_a_label_is_drawn() -> None:
    for one in {*"".join(eye.name + eye.code for eye in EYES), *"演示画面循环第秒0123456789."}:
        assert one in GLYPHS
        assert _glyph(one).max() > 128, one


def test_small_and_drawn_once(site: Path) -> None:
    sizes = [(site / picture_of(eye.code)).stat().st_size for eye in EYES]
    assert min(sizes) > 10_000
    assert sum(sizes) < 3_000_000
    assert make_pictures(site) == []
    assert not list(site.rglob("*.part"))


@pytest.mark.parametrize("code", ["CAM-01", "CAM-11"])
def test_they_live(site: Path, code: str) -> None:
    """The judge of frozen, black and covered pictures finds nothing to say, and what is shown moves."""
    stream = LiveStream(code, lambda: FileSource((site / picture_of(code)).as_uri()))
    stream.start()
    try:
        seen = []
        began = time.monotonic()
        while time.monotonic() - began < 3.0 or len(seen) < 10 or stream.state().picture is not Picture.LIVE:
            assert time.monotonic() - began < ENOUGH_S, stream.state()
            frame = stream.frame()
            if frame is not None and (not seen or seen[-1].number != frame.number):
                seen.append(frame)
            time.sleep(0.01)
        assert (seen[-1].width, seen[-1].height) == (WIDE, HIGH)
        first, last = (np.frombuffer(one.pixels, np.uint8).astype(int) for one in (seen[0], seen[-1]))
        assert np.abs(first - last).max() > 60
    finally:
        assert stream.stop(ENOUGH_S)


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "site").write_text("a file")
    assert run_pictures(tmp_path / "site") == 1
    assert "不能写入" in capsys.readouterr().err

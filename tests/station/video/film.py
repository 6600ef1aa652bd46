"""Recordings for file:// cameras, and a site whose tank is looked at by them. Test side."""

from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import av

from app.domain.plant import Camera, Equipment, Site
from tests.peers.video_media import draw
from tests.station.rig import a_site, tag

GOP, FPS = 10, 25
QUICK = {"pre_s": 1.0, "post_s": 1.0, "ring_s": 4.0, "longest_s": 10.0, "lost_after_s": 1.0}


@cache
def recording() -> bytes:
    """Two seconds that are played round and round; a key picture every 0.4 s."""
    import io

    out = io.BytesIO()
    with av.open(out, "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=FPS, options={"preset": "ultrafast", "tune": "zerolatency"})
        stream.width, stream.height, stream.pix_fmt, stream.gop_size = 320, 180, "yuv420p", GOP
        stream.time_base = Fraction(1, FPS)
        for number in range(2 * FPS):
            picture = av.VideoFrame.from_ndarray(draw(number, 320, 180), format="rgb24")
            picture.pts = number
            container.mux(stream.encode(picture))
        container.mux(stream.encode(None))
    return out.getvalue()


def film(folder: Path, name: str = "film.mp4") -> str:
    """Its file:// URL."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_bytes(recording())
    return path.as_uri()


def filmed_site(*cameras: Camera, video: dict[str, Any] | None = None, **more: Any) -> Site:
    """T1 and T2 on V-101 (hazard source H1), T3 on V-102."""
    tags = (tag("T1"), tag("T2"), tag("T3", equipment="V-102"))
    equipment = (
        Equipment("V-101", "一号罐", area="罐区", hazard_source="H1", hazard_level=2),
        Equipment("V-102", "二号罐", area="罐区"),
    )
    options = {"alarm": {"chatter": {"count": 0}}, "video": {**QUICK, **(video or {})}}
    return a_site(*tags, equipment=equipment, cameras=cameras, options=options, **more)

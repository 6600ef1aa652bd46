"""What this seat remembers between starts: one typed record, one JSON file in the console's data folder. Console side.

Not the plant's configuration (that is the station's) and never a password.
"""

import json
import os
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

FILE = "console.json"


@dataclass(frozen=True, slots=True)
class Place:
    """Where the window stood on one screen, relative to that screen's corner, in device-independent pixels."""

    x: int
    y: int
    width: int
    height: int
    maximized: bool = False


@dataclass(frozen=True, slots=True)
class Settings:
    """`pins`: `host:port` of a station to the SHA-256 thumbprint a person has accepted for it. `alarm_filters`: what the alarm
    page keeps under a name, in its own words; `trend_groups`, `video_walls`, `video_last`: the same of the video page."""

    station: str = ""
    user: str = ""
    theme: str = "night"
    language: str = "zh_CN"
    screen: str = ""
    seat: str = ""  # how the station calls this desk; "" the name of the machine
    voice: bool = True
    places: dict[str, Place] = field(default_factory=dict)
    pins: dict[str, str] = field(default_factory=dict)
    alarm_filters: list[dict[str, Any]] = field(default_factory=list)
    trend_groups: list[dict[str, Any]] = field(default_factory=list)
    video_walls: list[dict[str, Any]] = field(default_factory=list)
    video_last: dict[str, Any] = field(default_factory=dict)


def load_settings(data: Path) -> Settings:
    """A missing or unreadable file gives the defaults: a seat must open whatever happened to its preferences. Pins that
    cannot be read are asked for again, which is the safe side."""
    try:
        raw = json.loads((data / FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return Settings()
    return _read(raw) if isinstance(raw, dict) else Settings()


def save_settings(data: Path, settings: Settings) -> None:
    """Whole or not at all: a power cut leaves the old file. Raises OSError."""
    data.mkdir(parents=True, exist_ok=True)
    fresh = data / f"{FILE}.new"
    with fresh.open("w", encoding="utf-8") as file:
        json.dump(asdict(settings), file, ensure_ascii=False, indent=1, sort_keys=True)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(data / FILE)


def _read(raw: dict[str, Any]) -> Settings:
    known: dict[str, Any] = {}
    for one in fields(Settings):
        value = raw.get(one.name)
        if one.name == "places":
            known[one.name] = _places(value)
        elif one.name == "pins":
            known[one.name] = {str(k): str(v) for k, v in value.items()} if isinstance(value, dict) else {}
        elif one.name in ("alarm_filters", "trend_groups", "video_walls"):
            known[one.name] = [kept for kept in value if isinstance(kept, dict)] if isinstance(value, list) else []
        elif one.name == "video_last":
            known[one.name] = value if isinstance(value, dict) else {}
        elif type(value) is type(one.default):
            known[one.name] = value
    return Settings(**known)


def _places(raw: Any) -> dict[str, Place]:
    if not isinstance(raw, dict):
        return {}
    made = {}
    for screen, place in raw.items():
        try:
            x, y, width, height = (int(place[key]) for key in ("x", "y", "width", "height"))
        except (KeyError, TypeError, ValueError):
            continue
        made[str(screen)] = Place(x, y, width, height, place.get("maximized") is True)
    return made

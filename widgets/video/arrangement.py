"""What stands where on a wall: its size, the cameras in their places, and walls kept under a name (已存画面). Pure.

A wall may hold more cameras than it has panes: then it turns through them in groups (轮巡).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

SIZES = (1, 4, 9, 16, 25, 36)
MOST_KEPT = 40
MOST_CAMERAS = 360
TURN_S = 15


def columns_of(size: int) -> int:
    return next(side for side in range(1, 7) if side * side >= size)


@dataclass(frozen=True, slots=True)
class Arrangement:
    """`cameras` by place, group after group; "" an empty place. `turn_s` 0: it does not turn by itself."""

    size: int = 4
    cameras: tuple[str, ...] = ()
    turn_s: int = 0
    name: str = ""

    @property
    def groups(self) -> int:
        return max(1, -(-len(self.cameras) // self.size))

    def group(self, number: int) -> tuple[str, ...]:
        """Exactly `size` places; `number` goes round."""
        begin = number % self.groups * self.size
        found = self.cameras[begin : begin + self.size]
        return found + ("",) * (self.size - len(found))

    def resized(self, size: int) -> "Arrangement":
        """Nobody is lost: what does not fit any more stands in the next groups."""
        return replace(self, size=size, cameras=_without_tail(self.cameras))

    def put(self, group: int, place: int, camera: str) -> "Arrangement":
        """One camera stands once in a group: where it stood before becomes empty."""
        cameras = list(self.cameras) + [""] * (self.groups * self.size - len(self.cameras))
        begin = group % self.groups * self.size
        if camera:
            for other in range(begin, begin + self.size):
                if cameras[other] == camera:
                    cameras[other] = ""
        cameras[begin + place] = camera
        return replace(self, cameras=_without_tail(cameras))

    def swapped(self, group: int, one: int, other: int) -> "Arrangement":
        cameras = list(self.cameras) + [""] * (self.groups * self.size - len(self.cameras))
        begin = group % self.groups * self.size
        cameras[begin + one], cameras[begin + other] = cameras[begin + other], cameras[begin + one]
        return replace(self, cameras=_without_tail(cameras))

    def known(self, cameras: Iterable[str]) -> "Arrangement":
        """Without the cameras the station does not have any more; their places stay."""
        have = set(cameras)
        return replace(self, cameras=tuple(one if one in have else "" for one in self.cameras))

    def kept(self) -> dict[str, Any]:
        return {"name": self.name, "size": self.size, "cameras": list(self.cameras), "turn_s": self.turn_s}


def fitting(cameras: Sequence[str], name: str = "", most: int = 25) -> Arrangement:
    """The smallest wall that shows all of them, up to `most` panes; more turn in groups."""
    size = next((one for one in SIZES if one >= len(cameras)), most)
    size = min(size, most)
    return Arrangement(size, tuple(cameras[:MOST_CAMERAS]), TURN_S if len(cameras) > size else 0, name)


def read_arrangement(kept: object) -> Arrangement | None:
    """None for what this version does not understand: a seat opens whatever happened to its preferences."""
    if not isinstance(kept, Mapping):
        return None
    size, cameras, turn = kept.get("size"), kept.get("cameras"), kept.get("turn_s", 0)
    if size not in SIZES or not isinstance(cameras, list) or not isinstance(turn, int) or isinstance(turn, bool):
        return None
    names = tuple(str(one) for one in cameras[:MOST_CAMERAS])
    return Arrangement(size, names, max(0, min(turn, 3600)), str(kept.get("name", "")))


def with_kept(walls: Sequence[Arrangement], fresh: Arrangement) -> list[Arrangement]:
    """Under its name; an older one of that name gives way."""
    return [*(one for one in walls if one.name != fresh.name), fresh][-MOST_KEPT:]


def _without_tail(cameras: Sequence[str]) -> tuple[str, ...]:
    """Empty places behind the last camera do not make another group."""
    whole = list(cameras)
    while whole and not whole[-1]:
        whole.pop()
    return tuple(whole)

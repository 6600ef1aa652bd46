"""Masking (父报警屏蔽): which alarms say nothing of their own while another one stands, read from the configuration. Pure.

Two ways to write it: the column `masked_by` (屏蔽源) of tags.csv, `TAG` or `TAG/RULE`, several parted by semicolons; and
`[[alarm.mask]] parent = "TAG/RULE", children = ["TAG", "TAG/RULE", "equipment:V-101"]` in site.toml. A bare TAG stands for its
limits and its switch alarm (as a child for its pre-alarm too), never for its bad-data alarm: a blind parent must hide nothing,
and a blind child is news. The loss of a source masks nothing either: its alarms are held already. Gas detectors are never
masked (`[alarm] never_suppressed`). The off-delay of a parent is the time its children have to come back with it, before they
are heard.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from app.domain.alarm import RuleKind
from app.domain.settings.alarm import AlarmSettings
from app.domain.tag import Tag

COLUMNS = ("masked_by", "屏蔽源")
EQUIPMENT = "equipment:"


@dataclass(frozen=True, slots=True)
class MaskFault:
    """What is wrong with the column of `tag`, or, when that is "", with the mask of this number in site.toml, under `key`."""

    tag: str
    mask: int
    key: str
    found: str
    expected: str


def mask_column(tag: Tag) -> tuple[str, str]:
    """Name and content of the tag's column, ("", "") when it has none."""
    for name, text in tag.extra.items():
        if name.strip().casefold() in COLUMNS and text.strip():
            return name, text
    return "", ""


def kinds_of(tag: Tag) -> tuple[RuleKind, ...]:
    """The alarms that speak of the process, without the tag's bad-data alarm."""
    limits = tag.limits
    set_to = ((RuleKind.HH, limits.hh), (RuleKind.LL, limits.ll), (RuleKind.H, limits.h), (RuleKind.L, limits.l))
    return tuple(kind for kind, limit in (*set_to, (RuleKind.STATE, tag.alarm_on)) if limit is not None)


def _hushed(tag: Tag) -> tuple[RuleKind, ...]:
    """What is masked with the tag: its pre-alarm too, though that masks nothing itself."""
    return (*kinds_of(tag), RuleKind.RATE) if tag.prealarm_min is not None else kinds_of(tag)


def masks_of(tags: Iterable[Tag], settings: AlarmSettings) -> tuple[dict[str, tuple[str, ...]], list[MaskFault]]:
    """Key of a masked rule to the keys of the rules that mask it, in the order of the configuration; and all faults."""
    reader = _Reader(tags, settings)
    reader.read()
    reader.find_loops()
    return {child: tuple(parents) for child, parents in reader.parents.items()}, reader.faults


class _Unknown(ValueError):
    pass


class _Reader:
    def __init__(self, tags: Iterable[Tag], settings: AlarmSettings) -> None:
        self._tags: Mapping[str, Tag] = {tag.tag: tag for tag in tags}
        self._settings = settings
        self.parents: dict[str, dict[str, tuple[str, int, str]]] = {}  # child, parent, and where that was written
        self.faults: list[MaskFault] = []

    def read(self) -> None:
        for tag in self._tags.values():
            column, text = mask_column(tag)
            for parent in (part.strip() for part in re.split("[;；]", text) if part.strip()):
                place = (tag.tag, 0, column)
                self._join(place, parent, place, tag.tag)
        for number, mask in enumerate(self._settings.masks):
            for child in mask.children:
                self._join(("", number, "parent"), mask.parent, ("", number, "children"), child)

    def _join(self, at: tuple[str, int, str], parent: str, child_at: tuple[str, int, str], child: str) -> None:
        parents = self._try(at, self._parent, parent)
        children = self._try(child_at, self._children, child)
        named = "/" in child and child not in self._tags
        for key in children:
            for other in parents:
                if key != other or named:
                    self.parents.setdefault(key, {}).setdefault(other, child_at)

    def _try(self, at: tuple[str, int, str], read: Callable[[str], list[str]], text: str) -> list[str]:
        try:
            found = read(text)
        except _Unknown as wrong:
            found = []
            fault = MaskFault(*at, str(wrong), "应为已有的 位号 或 位号/规则，如 TK101.LT 或 TK101.LT/HH")
            if fault not in self.faults:
                self.faults.append(fault)
        return found

    def _parent(self, text: str) -> list[str]:
        if text.startswith("@"):
            raise _Unknown(f"“{text}”是系统自己的报警，不能作屏蔽源（数据源中断时其报警本来就保持）")
        keys = self._keys(text)
        if any(key.endswith("/BAD") for key in keys):
            raise _Unknown(f"“{text}”是数据失效报警，不能作屏蔽源")
        if any(key.endswith("/RATE") for key in keys):
            raise _Unknown(f"“{text}”是趋势预警，不能作屏蔽源")
        return keys

    def _children(self, text: str) -> list[str]:
        if text.startswith(EQUIPMENT):
            code = text.removeprefix(EQUIPMENT).strip()
            tags = [tag for tag in self._tags.values() if tag.equipment == code]
            if not tags:
                raise _Unknown(f"设备“{code}”没有位号")
            return [f"{tag.tag}/{kind}" for tag in tags if not self._watched(tag) for kind in _hushed(tag)]
        keys = self._keys(text)
        if any(self._watched(self._tags[key.rpartition("/")[0]]) for key in keys):
            raise _Unknown(f"“{text}”是气体或氧含量检测，其报警不能被屏蔽")
        tag = self._tags.get(text)
        return keys if tag is None else [f"{text}/{kind}" for kind in _hushed(tag)]

    def _watched(self, tag: Tag) -> bool:
        return tag.kind.value in self._settings.never_suppressed

    def _keys(self, text: str) -> list[str]:
        """Of TAG or TAG/RULE. Raises _Unknown."""
        tag = self._tags.get(text)
        if tag is not None:
            keys = [f"{text}/{kind}" for kind in kinds_of(tag)]
            if not keys:
                raise _Unknown(f"位号“{text}”没有限值报警或状态报警")
            return keys
        name, _, rule = text.rpartition("/")
        tag = self._tags.get(name)
        if tag is None:
            raise _Unknown(f"没有位号“{text}”")
        if rule not in (*_hushed(tag), RuleKind.BAD):
            raise _Unknown(f"位号“{name}”没有规则“{rule}”")
        return [text]

    def find_loops(self) -> None:
        """An alarm that masks itself, straight or round about, would never be heard again."""
        done: set[str] = set()
        for start in self.parents:
            path: list[str] = []
            on_path: set[str] = set()
            steps: list[Iterator[str]] = [iter([start])]
            while steps:
                key = next(steps[-1], None)
                if key is None:
                    steps.pop()
                    if path:
                        gone = path.pop()
                        on_path.discard(gone)
                        done.add(gone)
                elif key in on_path:
                    self._loop(path[path.index(key) :], key)
                elif key not in done:
                    path.append(key)
                    on_path.add(key)
                    steps.append(iter(self.parents.get(key, ())))

    def _loop(self, loop: list[str], key: str) -> None:
        place = self.parents[loop[-1]][key]
        text = " ← ".join([*loop, key])
        self.faults.append(MaskFault(*place, f"屏蔽成了环：{text}", "报警不能直接或间接屏蔽它自己"))

"""A changed configuration put in force while the station runs: journalled, kept as a new version, then taken over whole.

Station side; what may be changed is decided by the callers (`retune`, `equipment`). The order is that of `configure.keep_site`:
first the journal says who changes what, from what, to what and why, then the version is kept, then it counts. A failure
before that changes nothing, and the journal says so. One change at a time; tags are never added or removed here, nor sources.
"""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

from app.domain.alarm import AlarmRule
from app.domain.instant import Instant
from app.domain.plant import Site
from app.domain.rules import all_rules_of
from app.domain.tag import Tag
from app.site import diff_sites
from app.station.bydesign import STATION, suppress_by_design
from app.station.configure import EDITED
from app.station.errors import NotAllowed
from app.store.ports import StoreUnavailable
from app.store.rows import ConfigVersion, Record

if TYPE_CHECKING:
    from app.station.station import Station

log = logging.getLogger(__name__)

AT_ONCE = 50  # tags that are suppressed, or heard again, without a pause
PAUSE_S = 0.02


class Turns:
    """One change of the configuration at a time. One that has begun is carried through, though its caller goes away."""

    def __init__(self) -> None:
        self._alone = asyncio.Lock()
        self._under_way: set[asyncio.Task[ConfigVersion]] = set()
        self._following: set[asyncio.Task[None]] = set()

    async def take(self, work: Coroutine[Any, Any, ConfigVersion]) -> ConfigVersion:
        task = asyncio.create_task(self._in_turn(work), name="configuration")
        self._under_way.add(task)
        task.add_done_callback(self._done)
        return await asyncio.shield(task)

    def follow(self, work: Coroutine[Any, Any, None]) -> None:
        """What comes after a change, and nobody waits for."""
        task = asyncio.create_task(work, name="after a change of the configuration")
        self._following.add(task)
        task.add_done_callback(self._followed)

    async def close(self) -> None:
        """What is left of it the next start does."""
        for task in self._following:
            task.cancel()
        await asyncio.gather(*self._following, return_exceptions=True)

    def _followed(self, task: asyncio.Task[None]) -> None:
        self._following.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("启停状态没有全部落实，请重启站服务", exc_info=error)

    async def _in_turn(self, work: Coroutine[Any, Any, ConfigVersion]) -> ConfigVersion:
        async with self._alone:
            return await work

    def _done(self, task: asyncio.Task[ConfigVersion]) -> None:
        self._under_way.discard(task)
        if not task.cancelled():
            task.exception()  # looked at, even when the caller has gone away


async def put_in_force(
    station: "Station", change: Callable[[Site], Site], by: str, why: str, more: Mapping[str, Any]
) -> ConfigVersion:
    """`change` gives the new site or raises NotAllowed; `more` stands in every record beside old and new. All or nothing, also
    for a caller that goes away meanwhile. Raises NotAllowed, StoreUnavailable."""
    return await station.reconfiguring.take(_put_in_force(station, change, by, why, more))


async def _put_in_force(
    station: "Station", change: Callable[[Site], Site], by: str, why: str, more: Mapping[str, Any]
) -> ConfigVersion:
    old, now = station.site, station.clock.now()
    new = change(old)
    changes = diff_sites(*_only_what_differs(old, new))
    if not changes:
        raise NotAllowed("no_change", "没有任何变化：新值与现在的相同")
    station.writer.refuse_if_down()
    await _refuse_over_waiting(station)
    records = [
        Record(now, "config", by, one.key if one.table == "tags" else "", data={**asdict(one), **more, "what": "changed"})
        for one in changes
    ]
    await station.writer.submit(records, [], [])
    try:
        version = await station.call(station.store.config.save, new, by, f"{EDITED}{why}", now)
    except Exception as error:
        keys = sorted({one.key for one in changes})
        station.writer.note(Record(station.clock.now(), "config", by, data={**more, "keys": keys, "what": "not_taken"}))
        if isinstance(error, StoreUnavailable):
            raise
        log.exception("新的配置不能保存")
        raise StoreUnavailable("新的配置不能保存，没有任何改动；请把站的日志文件交给维护人员") from error
    rules = _take_over(station, old, new, version, by)
    told = {"config": version.version, "keys": sorted({one.key for one in changes}), "what": "in_force"}
    try:  # what was on its way before is shown when this is written; then all is told with the new rules
        await station.writer.submit([Record(station.clock.now(), "config", STATION, data=told)], [], [])
    except StoreUnavailable:
        log.warning("配置第 %d 版已生效，生效记录未能写入", version.version)
    station.show_again(rules)
    return version


async def _refuse_over_waiting(station: "Station") -> None:
    """A configuration that was imported beside the running station waits for the next start: a change made here would stand
    over it and undo it unseen."""
    running = station.given.config
    newest = (await station.call(station.store.config.versions))[-1:]
    if running is not None and newest and newest[0].version != running.version:
        text = f"已导入第 {newest[0].version} 版配置，尚未生效；请先重启站服务使其生效，再修改"
        raise NotAllowed("config_waiting", text)


def _only_what_differs(old: Site, new: Site) -> tuple[Site, Site]:
    """Two sites with the rows that are not the very same, so that twenty thousand need not be compared."""
    tags = [(a, b) for a, b in zip(old.tags, new.tags, strict=True) if a is not b]
    things = [(a, b) for a, b in zip(old.equipment, new.equipment, strict=True) if a is not b]
    before = Site(old.code, old.name, tags=tuple(a for a, _ in tags), equipment=tuple(a for a, _ in things))
    return before, replace(before, tags=tuple(b for _, b in tags), equipment=tuple(b for _, b in things))


def _take_over(station: "Station", old: Site, new: Site, version: ConfigVersion, by: str) -> list[AlarmRule]:
    """The new rules of the tags that changed. No await in here: nothing of the station sees half of it. Of equipment with very
    many tags the last are suppressed, or heard again, some moments later: it would hold up the alarms of all others."""
    station.adopt(new, version)
    now = station.clock.now()
    tags = [b for a, b in zip(old.tags, new.tags, strict=True) if a is not b]
    rules = [rule for tag in tags for rule in _retune(station, tag)]
    moved = {b.equipment for a, b in zip(old.equipment, new.equipment, strict=True) if a is not b}
    changed = {tag.tag for tag in tags}  # a limit that is new on a tank that stands still is suppressed from the first moment
    touched = [tag.tag for tag in new.tags if tag.tag in changed]
    more = [tag.tag for tag in new.tags if tag.equipment in moved and tag.tag not in changed]
    _in_line(station, touched + more[:AT_ONCE], now, by)
    if more[AT_ONCE:]:
        station.reconfiguring.follow(_bring_in_line(station, more[AT_ONCE:], by))
    station.plan_masks()
    for tag in tags:
        station.ingest.hear_again(station.table.slots[tag.tag])
    station.feed.side_changed()
    return rules


async def _bring_in_line(station: "Station", names: Sequence[str], by: str) -> None:
    for first in range(0, len(names), AT_ONCE):
        await asyncio.sleep(PAUSE_S)
        _in_line(station, names[first : first + AT_ONCE], station.clock.now(), by)


def _in_line(station: "Station", names: Sequence[str], now: Instant, by: str) -> None:
    """With the configuration that counts now: another change may have come meanwhile."""
    tags = [station.table.slots[name].tag for name in names]
    for change in suppress_by_design(station.engine, station.site, now, by, tags):
        station.writer.put(change)


def _retune(station: "Station", tag: Tag) -> tuple[AlarmRule, ...]:
    slot = station.table.slots[tag.tag]
    source = station.source_of(tag)
    gone = {rule.key for rule in slot.watch.rules}
    rules = all_rules_of(tag, source)
    watch = station.engine.retune(tag.tag, rules, station.clock.now())
    slot.adopt(tag, source, watch)
    for key in gone - {rule.key for rule in rules}:
        station.chatter.forget(key)
    station.chatter.retuned(rules)
    return rules

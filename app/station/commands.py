"""The command bus (命令总线): the one way in for everything people do to alarms, whoever asks and from wherever.

Station side. Who, may they, is it still the same occurrence -> domain -> journal -> feed. Every command and every refusal is a
`command` record of the journal; a command is confirmed only when its record and its transitions are durable.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from app.domain.alarm import (
    Acknowledge,
    Event,
    Refused,
    Reset,
    ReturnToService,
    RuleKind,
    Shelve,
    Suppress,
    TakeOutOfService,
    Unshelve,
    Unsuppress,
)
from app.domain.instant import MINUTE, Instant
from app.domain.roles import Action, Role, may
from app.domain.wire import AlarmMsg
from app.station.changes import Change, Undo
from app.station.engine import Engine
from app.station.errors import Denied, KnownError, NotAllowed, Unknown, known
from app.station.table import Watch
from app.station.words import Wording
from app.station.writer import JournalWriter
from app.store.ports import Record

LONGEST_SHELF_MIN = 24 * 60  # longer is not shelving but out of service, with a work order
LONGEST_TEXT = 1000


@dataclass(frozen=True, slots=True)
class Who:
    """A person who has logged in, and from where."""

    user: str
    role: Role
    address: str = ""


@dataclass(frozen=True, slots=True)
class RefusedOne:
    occurrence: int
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Bulk:
    """What became of an acknowledgement of many."""

    acknowledged: list[int] = field(default_factory=list)
    refused: list[RefusedOne] = field(default_factory=list)


class CommandBus:
    def __init__(self, engine: Engine, writer: JournalWriter, wording: Wording, now: Callable[[], Instant]) -> None:
        self._engine, self._writer, self._wording, self._now = engine, writer, wording, now

    # on one occurrence

    async def acknowledge(self, who: Who, occurrence: int, note: str = "") -> AlarmMsg:
        event = Acknowledge(occurrence, who.user, _text(note))
        return await self._on_occurrence(who, Action.ACKNOWLEDGE, "ack", occurrence, event, {"note": note})

    async def reset(self, who: Who, occurrence: int) -> AlarmMsg:
        return await self._on_occurrence(who, Action.RESET, "reset", occurrence, Reset(occurrence, who.user), {})

    async def shelve(self, who: Who, occurrence: int, minutes: float, reason: str) -> AlarmMsg:
        args = {"minutes": minutes, "reason": reason}
        with self._refusals(who, "shelve", "", occurrence, args):
            self._may(who, Action.SHELVE)
            _reason(reason)
            if not 0 < minutes <= LONGEST_SHELF_MIN:
                raise NotAllowed("bad_shelve_time", f"搁置时间须在 0 到 {LONGEST_SHELF_MIN} 分钟之间")
        until = self._now() + round(minutes * MINUTE)
        event = Shelve(until, who.user, _text(reason))
        return await self._on_occurrence(who, Action.SHELVE, "shelve", occurrence, event, args)

    async def unshelve(self, who: Who, occurrence: int) -> AlarmMsg:
        return await self._on_occurrence(who, Action.SHELVE, "unshelve", occurrence, Unshelve(who.user), {})

    async def acknowledge_many(self, who: Who, occurrences: Sequence[int], note: str = "") -> Bulk:
        """Each is acknowledged or refused for itself; one record tells of all."""
        args: dict[str, Any] = {"note": note, "occurrences": list(occurrences)}
        bulk, changes, undos = Bulk(), [], []
        with self._refusals(who, "ack", "", 0, args):
            self._may(who, Action.ACKNOWLEDGE)
            self._writer.refuse_if_down()
            now = self._now()
            for occurrence in dict.fromkeys(occurrences):
                try:
                    watch, i = self._engine.find(occurrence)
                    done, undo = self._engine.act(watch, i, Acknowledge(occurrence, who.user, _text(note)), now)
                except Refused as error:
                    bulk.refused.append(RefusedOne(occurrence, error.code, error.message))
                except KeyError:
                    bulk.refused.append(RefusedOne(occurrence, "not_found", f"没有编号为 {occurrence} 的报警"))
                else:
                    changes += done
                    undos.append(undo)
                    bulk.acknowledged.append(occurrence)
        refused = {str(r.occurrence): r.code for r in bulk.refused}
        record = self._record(who, "ack", "", 0, args | {"refused": refused}, "done" if undos else "refused")
        await self._writer.submit([record], changes, undos)
        return bulk

    # on all rules of a tag

    async def suppress(self, who: Who, tag: str, reason: str) -> None:
        event = Suppress(who.user, _text(reason))
        await self._on_tag(who, Action.SUPPRESS, "suppress", tag, event, {"reason": reason})

    async def unsuppress(self, who: Who, tag: str) -> None:
        await self._on_tag(who, Action.SUPPRESS, "unsuppress", tag, Unsuppress(who.user), {})

    async def out_of_service(self, who: Who, tag: str, reason: str, work_order: str = "") -> None:
        why = f"{_text(reason)}（工单 {_text(work_order)}）" if work_order else _text(reason)
        args = {"reason": reason, "work_order": work_order}
        event = TakeOutOfService(who.user, why)
        await self._on_tag(who, Action.OUT_OF_SERVICE, "out_of_service", tag, event, args)

    async def return_to_service(self, who: Who, tag: str) -> None:
        event = ReturnToService(who.user)
        await self._on_tag(who, Action.OUT_OF_SERVICE, "return_to_service", tag, event, {})

    # for other parts of the station that let people in

    def require(self, who: Who, action: Action, what: str, args: dict[str, Any] | None = None) -> None:
        """Raises Denied, and journals it, when the role may not."""
        with self._refusals(who, what, "", 0, args or {}):
            self._may(who, action)

    async def done(self, who: Who, what: str, args: dict[str, Any]) -> None:
        """Journal something a person did that is no alarm transition."""
        await self._writer.submit([self._record(who, what, "", 0, args, "done")], [], [])

    # inside

    async def _on_occurrence(
        self, who: Who, action: Action, what: str, occurrence: int, event: Event, args: dict[str, Any]
    ) -> AlarmMsg:
        with self._refusals(who, what, "", occurrence, args):
            self._may(who, action)
            self._writer.refuse_if_down()
            try:
                watch, i = self._engine.find(occurrence)
            except KeyError:
                raise Unknown("not_found", f"没有编号为 {occurrence} 的报警") from None
            changes, undo = self._engine.act(watch, i, event, self._now())
        rule, state = watch.rules[i], watch.states[i]
        record = self._record(who, what, rule.tag, occurrence, args, "done")
        await self._writer.submit([record], changes, [undo])
        return self._wording.alarm(rule, state)

    async def _on_tag(self, who: Who, action: Action, what: str, tag: str, event: Event, args: dict[str, Any]) -> None:
        with self._refusals(who, what, tag, 0, args):
            self._may(who, action)
            if "reason" in args:
                _reason(args["reason"])
            self._writer.refuse_if_down()
            watch = self._engine.watches.get(tag)
            if watch is None:
                raise Unknown("not_found", f"没有位号 {tag}")
            if any(rule.kind is RuleKind.SYSTEM for rule in watch.rules):
                raise NotAllowed("not_allowed", "站自身的报警不能抑制或停用")
            changes, undos = self._act_on_all(watch, event)
        record = self._record(who, what, tag, 0, args, "done")
        await self._writer.submit([record], changes, undos)

    def _act_on_all(self, watch: Watch, event: Event) -> tuple[list[Change], list[Undo]]:
        changes: list[Change] = []
        undos: list[Undo] = []
        refused: Refused | None = None
        for i in range(len(watch.rules)):
            try:
                done, undo = self._engine.act(watch, i, event, self._now())
            except Refused as error:
                refused = error
            else:
                if done:
                    changes += done
                    undos.append(undo)
        if not changes:
            if refused is not None:
                raise refused
            code = "already_suppressed" if isinstance(event, Suppress) else "already_out_of_service"
            raise Refused(code, "该位号已经是这个状态")
        return changes, undos

    def _may(self, who: Who, action: Action) -> None:
        if not may(who.role, action):
            raise Denied("forbidden", f"角色 {who.role} 没有这项权限")

    def _refusals(self, who: Who, what: str, tag: str, occurrence: int, args: dict[str, Any]) -> "_Refusals":
        return _Refusals(self, who, what, tag, occurrence, args)

    def _record(
        self, who: Who, what: str, tag: str, occurrence: int, args: dict[str, Any], outcome: str, code: str = ""
    ) -> Record:
        data = {
            "address": who.address,
            "args": args,
            "code": code,
            "command": what,
            "outcome": outcome,
            "role": who.role.value,
        }
        return Record(self._now(), "command", who.user, tag, occurrence, data)

    def refused(self, who: Who, what: str, tag: str, occurrence: int, args: dict[str, Any], code: str) -> None:
        self._writer.note(self._record(who, what, tag, occurrence, args, "refused", code))


class _Refusals:
    """Around the part of a command that may be refused: journals the refusal, turns it into a known error."""

    def __init__(self, bus: CommandBus, who: Who, what: str, tag: str, occurrence: int, args: dict[str, Any]) -> None:
        self._bus, self._call = bus, (who, what, tag, occurrence, args)

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, Refused):
            self._bus.refused(*self._call, error.code)
            raise known(error) from error
        if isinstance(error, KnownError):
            self._bus.refused(*self._call, error.code)


def _text(text: str) -> str:
    return text.strip()[:LONGEST_TEXT]


def _reason(text: str) -> None:
    if not text.strip():
        raise NotAllowed("reason_required", "必须写明原因")

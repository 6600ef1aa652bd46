"""The command bus (命令总线): the one way in for everything people do to alarms, whoever asks and from wherever.

Station side. Who, may they, is it still the same occurrence -> domain -> journal -> feed. Every command and every refusal is a
`command` record of the journal; a command is confirmed only when its record and its transitions are durable.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from app.domain import policy
from app.domain.alarm import (
    Acknowledge,
    AlarmRule,
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
from app.domain.settings.alarm import AlarmSettings
from app.domain.wire import AlarmMsg
from app.station.changes import Change, Undo
from app.station.engine import Engine
from app.station.errors import Denied, KnownError, NotAllowed, Unknown, known
from app.station.shelf import Begun, SecondPerson, Shelf, ShelveRequest
from app.station.table import Watch
from app.station.words import Wording
from app.station.writer import JournalWriter
from app.store.rows import FormRow, Record

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


@dataclass(frozen=True, slots=True)
class Papers:
    """Forms that are written with a command, each with its record; `written` is called when they are durable."""

    forms: Sequence[tuple[Record, FormRow]]
    written: Callable[[], None]


class CommandBus:
    """`second_person` begins the request for a shelf that one person may not lay alone; None: it is refused."""

    def __init__(
        self,
        engine: Engine,
        writer: JournalWriter,
        wording: Wording,
        now: Callable[[], Instant],
        settings: AlarmSettings,
        shelf: Shelf,
    ) -> None:
        self._engine, self._writer, self._wording, self._now = engine, writer, wording, now
        self._settings, self._shelf = settings, shelf
        self.second_person: SecondPerson | None = None
        self.papers: list[Callable[[Who, Sequence[Change]], Papers]] = []  # forms that acknowledged alarms bear

    # on one occurrence

    async def acknowledge(self, who: Who, occurrence: int, note: str = "") -> AlarmMsg:
        event = Acknowledge(occurrence, who.user, text_of(note))
        return await self._on_occurrence(who, Action.ACKNOWLEDGE, "ack", occurrence, event, {"note": note})

    async def reset(self, who: Who, occurrence: int) -> AlarmMsg:
        return await self._on_occurrence(who, Action.RESET, "reset", occurrence, Reset(occurrence, who.user), {})

    async def shelve(self, who: Who, occurrence: int, minutes: float, reason: str, text: str = "") -> AlarmMsg | Begun:
        """`reason` from the list of the settings, `text` in one's own words. Begun: somebody else has to agree first."""
        args = {"minutes": minutes, "reason": reason, "text": text}
        with self._refusals(who, "shelve", "", occurrence, args):
            self._may(who, Action.SHELVE)
            watch, i = self._current(occurrence)
            return await self._shelve(who, watch, i, occurrence, args)

    async def shelve_rule(self, who: Who, tag: str, rule: str, minutes: float, reason: str, text: str = "") -> AlarmMsg | Begun:
        """The same for an alarm that does not stand now."""
        args = {"minutes": minutes, "reason": reason, "rule": rule, "text": text}
        with self._refusals(who, "shelve", tag, 0, args):
            self._may(who, Action.SHELVE)
            watch, i = self._shelf.place(tag, rule)
            return await self._shelve(who, watch, i, 0, args)

    async def unshelve(self, who: Who, occurrence: int) -> AlarmMsg:
        return await self._on_occurrence(who, Action.SHELVE, "unshelve", occurrence, Unshelve(who.user), {})

    async def unshelve_rule(self, who: Who, tag: str, rule: str) -> AlarmMsg:
        """The same for an alarm that was shelved while it did not stand."""
        args = {"rule": rule}
        with self._refusals(who, "unshelve", tag, 0, args):
            self._may(who, Action.SHELVE)
            self._writer.refuse_if_down()
            watch, i = self._shelf.place(tag, rule)
            changes, undo = self._engine.act(watch, i, Unshelve(who.user), self._now())
        state = watch.states[i]
        record = self._record(who, "unshelve", tag, state.occurrence, args, "done")
        await self._writer.submit([record], changes, [undo])
        return self._wording.alarm(watch.rules[i], state)

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
                    policy.note_due(self._settings, watch.rules[i], watch.states[i], occurrence, note)
                    done, undo = self._engine.act(watch, i, Acknowledge(occurrence, who.user, text_of(note)), now)
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
        await self._acknowledged(who, record, changes, undos)
        return bulk

    # on all rules of a tag

    async def suppress(self, who: Who, tag: str, reason: str) -> None:
        event = Suppress(who.user, text_of(reason))
        await self._on_tag(who, Action.SUPPRESS, "suppress", tag, event, {"reason": reason})

    async def unsuppress(self, who: Who, tag: str) -> None:
        await self._on_tag(who, Action.SUPPRESS, "unsuppress", tag, Unsuppress(who.user), {})

    async def out_of_service(self, who: Who, tag: str, reason: str, work_order: str = "") -> None:
        why = f"{text_of(reason)}（工单 {text_of(work_order)}）" if work_order else text_of(reason)
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
            watch, i = self._current(occurrence)
            if isinstance(event, Acknowledge):
                policy.note_due(self._settings, watch.rules[i], watch.states[i], occurrence, event.note)
            changes, undo = self._engine.act(watch, i, event, self._now())
        rule, state = watch.rules[i], watch.states[i]
        record = self._record(who, what, rule.tag, occurrence, args, "done")
        if isinstance(event, Acknowledge):
            await self._acknowledged(who, record, changes, [undo])
        else:
            await self._writer.submit([record], changes, [undo])
        return self._wording.alarm(rule, state)

    async def _acknowledged(self, who: Who, record: Record, changes: Sequence[Change], undos: Sequence[Undo]) -> None:
        """With the forms the alarms bear, in one transaction."""
        papers = [make(who, changes) for make in self.papers]
        await self._writer.submit([record], changes, undos, [form for paper in papers for form in paper.forms])
        for paper in papers:
            paper.written()

    async def _shelve(self, who: Who, watch: Watch, i: int, occurrence: int, args: dict[str, Any]) -> AlarmMsg | Begun:
        """Called inside the refusals of the command."""
        self._writer.refuse_if_down()
        rule, minutes = watch.rules[i], args["minutes"]
        reason = text_of(policy.shelve_reason(self._settings.shelve, args["reason"], args["text"]))
        now = self._now()
        if not self._shelf.check(who.user, who.role, rule, watch.states[i], minutes):
            return await self._ask(who, rule, occurrence, minutes, reason)
        changes, undo = self._engine.act(watch, i, Shelve(now + round(minutes * MINUTE), who.user, reason), now)
        state = watch.states[i]
        record = self._record(who, "shelve", rule.tag, state.occurrence, args, "done")
        await self._writer.submit([record], changes, [undo])
        return self._wording.alarm(rule, state)

    async def _ask(self, who: Who, rule: AlarmRule, occurrence: int, minutes: float, reason: str) -> Begun:
        priority = rule.priority.word
        if self.second_person is None:
            text = f"{policy.PRIORITY_WORDS[priority]}级报警的搁置须由另一人批准，请填写搁置申请"
            raise NotAllowed("second_person_required", text)
        request = ShelveRequest(rule.tag, rule.kind.value, occurrence, priority, minutes, reason, who.user)
        return Begun(await self.second_person(who, request))

    def _current(self, occurrence: int) -> tuple[Watch, int]:
        """Raises Unknown, Refused."""
        try:
            return self._engine.find(occurrence)
        except KeyError:
            raise Unknown("not_found", f"没有编号为 {occurrence} 的报警") from None

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
            raise Denied("forbidden", "当前账号没有这项权限，请由有权限的人办理")

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


def text_of(text: str) -> str:
    """What a person wrote, as it is kept."""
    return text.strip()[:LONGEST_TEXT]


def _reason(text: str) -> None:
    if not text.strip():
        raise NotAllowed("reason_required", "必须写明原因")

"""The forms of a station (表单服务): begun, moved on, edited and attached to, each in one transaction with its journal record.

Station side. The rules of motion are `app.domain.form_step`; here are numbers, subjects, who was faster, effects, and what is
open. Steps on one form wait for each other; the second sees what the first did. Other parts hang their own on a kind:
`prefill` (what is known of the subject), `check` (what a person may not ask for), `follow` (a step of the station right behind
a person's, in the same transaction), `deeds` (what a step does in the same transaction), `effects` (what it sets going once
it is durable) and `listeners`.
"""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakValueDictionary

from app.domain.alarm import Refused
from app.domain.form import Attached, Form, FormDef
from app.domain.form_step import NOTHING, STATION_ROLE, attach, begin, edit, may_take, move
from app.domain.form_values import MOST_FILES, FormRefused
from app.domain.instant import Instant, from_rfc3339, to_rfc3339
from app.domain.plant import Site
from app.domain.roles import Role
from app.station.bydesign import STATION
from app.station.changes import Change, Undo
from app.station.commands import CommandBus, Who
from app.station.errors import Changed, Denied, KnownError, NotAllowed, Unknown
from app.station.errors import known as known_alarm
from app.station.form_effects import Effects
from app.station.form_index import FormIndex, FormsPast, Numbers
from app.station.form_rows import form_of, occurrence_of, record_of, row_of, tag_of
from app.station.writer import JournalWriter
from app.store.ports import Store
from app.store.rows import FormRow, Record

log = logging.getLogger(__name__)

LONGEST_SUBJECT = 200
PIECE = 50  # forms moved between two breaths of the event loop
MOST_FOLLOWING = 5

Paper = tuple[Record, FormRow]


@dataclass(frozen=True, slots=True)
class Known:
    """What the station knows of a subject when a form about it is begun."""

    title: str
    priority: str = ""
    fields: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RefusedForm:
    id: int
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class BulkSteps:
    """What became of a step on many."""

    done: list[int] = field(default_factory=list)
    refused: list[RefusedForm] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Deed:
    """What is written with a step because of its effect; `undos` take it back. `fields`: what the station fills in."""

    records: Sequence[Record] = ()
    changes: Sequence[Change] = ()
    undos: Sequence[Undo] = ()
    fields: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Step:
    """A step the station takes itself."""

    code: str
    fields: Mapping[str, Any] = field(default_factory=dict)
    note: str = ""


class FormService:
    def __init__(
        self,
        site: Site,
        kinds: Mapping[str, FormDef],
        store: Store,
        writer: JournalWriter,
        commands: CommandBus,
        now: Callable[[], Instant],
        call: Callable[..., Awaitable[Any]],
        past: FormsPast,
    ) -> None:
        self.kinds = dict(kinds)
        self._store, self._writer, self._commands, self._now, self._call = store, writer, commands, now, call
        self._tags = {tag.tag for tag in site.tags}
        self._numbers = Numbers(site.timezone, past)
        self.index = FormIndex(past.open)
        self._turns: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()
        self._effects = Effects(self.kinds, self.get)
        self.prefill: dict[str, Callable[[Who | None, str, Mapping[str, Any]], Awaitable[Known]]] = {}
        self.follow: dict[str, Callable[[Form], Step | None]] = {}
        self.fillers: dict[tuple[str, str], Callable[[Who, Form], Awaitable[Mapping[str, Any]]]] = {}
        self.check: dict[str, Callable[[Form], None]] = {}
        self.deeds: dict[str, Callable[[Form, Who], Deed]] = {}
        self.effects = self._effects.handlers
        self.listeners: list[Callable[[FormDef, Form], None]] = []
        self.changed: Callable[[], None] = lambda: None

    # looking

    def kind(self, kind: str) -> FormDef:
        """Raises Unknown."""
        definition = self.kinds.get(kind)
        if definition is None:
            raise Unknown("not_found", f"没有表单种类 {kind}，应为：{'、'.join(self.kinds)}")
        return definition

    def readable(self, who: Who, kind: str) -> FormDef:
        """Raises Unknown, Denied."""
        definition = self.kind(kind)
        if who.role not in definition.views:
            raise Denied("forbidden", f"角色 {who.role} 不能查看“{definition.title}”")
        return definition

    async def get(self, kind: str, id: int) -> Form:
        """Raises Unknown."""
        row = await self._call(self._store.forms.get, id)
        return self._found(kind, id, row)

    async def find(self, **wanted: Any) -> list[FormRow]:
        rows: list[FormRow] = await self._call(self._store.forms.find, **wanted)
        return rows

    # what people do

    async def create(self, who: Who, kind: str, subject: str, fields: Mapping[str, Any]) -> Form:
        """Raises KnownError, StoreUnavailable."""
        definition = self.kind(kind)
        with self.refusals(who, "form_begin", {"kind": kind, "subject": subject[:LONGEST_SUBJECT]}):
            if who.role not in definition.creates:
                raise Denied("forbidden", f"角色 {who.role} 不能建立“{definition.title}”")
            self._writer.refuse_if_down()
            await self._check_subject(subject)
            known = await self._known(definition, who, subject, fields)
        return await self.begun_for(who, kind, subject, known, fields)

    async def begun_for(self, who: Who, kind: str, subject: str, known: Known, fields: Mapping[str, Any]) -> Form:
        """The same with what is known of the subject. Raises KnownError, StoreUnavailable."""
        definition = self.kind(kind)
        with self.refusals(who, "form_begin", {"kind": kind, "subject": subject[:LONGEST_SUBJECT]}):
            form = self._begun(definition, subject, known, fields, who.user, who.role)
            self._checked(form)
        await self._write([(definition, form)], who.address)
        return form

    async def step(
        self,
        who: Who,
        kind: str,
        id: int,
        step: str,
        fields: Mapping[str, Any],
        note: str = "",
        expect_updated_at: str | None = None,
    ) -> Form:
        """Raises KnownError, StoreUnavailable."""
        definition = self.kind(kind)
        with self.refusals(who, "form_step", {"form": id, "kind": kind, "step": step}):
            self._writer.refuse_if_down()
            async with self._turn([id]):
                form = await self.get(kind, id)
                _expected(form, expect_updated_at)
                filled = await self._filled(who, definition, form, step)
                after = self._moved(definition, form, step, fields, note, who.user, who.role, filled)
                self._checked(after)
                deed = self._deed(definition, step, after, who)
                if deed.fields:
                    filled = {**filled, **deed.fields}
                    after = self._moved(definition, form, step, fields, note, who.user, who.role, filled)
                await self._write([(definition, after)], who.address, {id: len(form.moves)}, deed)
        return after

    async def step_many(
        self, who: Who, kind: str, ids: Sequence[int], step: str, fields: Mapping[str, Any], note: str = ""
    ) -> BulkSteps:
        """Each moves or is refused for itself; those that move are written in one transaction."""
        definition = self.kind(kind)
        bulk = BulkSteps()
        wanted = list(dict.fromkeys(ids))
        singly = any(one.code == step and one.effect in self.deeds for one in definition.steps)
        if singly or (kind, step) in self.fillers:
            for id in wanted:  # what is done to the alarms of each must be written at once
                try:
                    await self.step(who, kind, id, step, fields, note)
                except KnownError as error:
                    bulk.refused.append(RefusedForm(id, error.code, error.message))
                else:
                    bulk.done.append(id)
            return bulk
        with self.refusals(who, "form_step", {"forms": wanted, "kind": kind, "step": step}):
            self._writer.refuse_if_down()
            async with self._turn(sorted(wanted)):
                rows = await self._call(lambda: [self._store.forms.get(id) for id in wanted])
                papers: list[tuple[FormDef, Form]] = []
                before: dict[int, int] = {}
                for number, (id, row) in enumerate(zip(wanted, rows, strict=True), start=1):
                    if number % PIECE == 0:
                        await asyncio.sleep(0)
                    try:
                        form = self._found(kind, id, row)
                        after = self._moved(definition, form, step, fields, note, who.user, who.role)
                        self._checked(after)
                    except (Refused, KnownError) as error:
                        bulk.refused.append(RefusedForm(id, error.code, error.message))
                    else:
                        before[id] = len(form.moves)
                        papers.append((definition, after))
                        bulk.done.append(id)
                if papers:
                    await self._write(papers, who.address, before)
        if bulk.refused:
            args = {"forms": {str(one.id): one.code for one in bulk.refused}, "kind": kind, "step": step}
            self._commands.refused(who, "form_step", "", 0, args, bulk.refused[0].code)
        return bulk

    async def edit(self, who: Who, kind: str, id: int, fields: Mapping[str, Any], expect_updated_at: str | None = None) -> Form:
        """Raises KnownError, StoreUnavailable."""
        definition = self.kind(kind)
        with self.refusals(who, "form_edit", {"form": id, "kind": kind}):
            self._writer.refuse_if_down()
            async with self._turn([id]):
                form = await self.get(kind, id)
                _expected(form, expect_updated_at)
                after = edit(definition, form, fields, who.user, who.role, self._now())
                self._checked(after)
                await self._write([(definition, after)], who.address, before={id: len(form.moves)})
        return after

    async def may_attach(self, who: Who, kind: str, id: int) -> None:
        """Asked before a file is taken in. Raises KnownError, StoreUnavailable."""
        definition = self.kind(kind)
        with self.refusals(who, "form_attach", {"form": id, "kind": kind}):
            self._writer.refuse_if_down()
            form = await self.get(kind, id)
            if len(form.attachments) >= MOST_FILES:
                raise NotAllowed("too_many", f"一张表单最多 {MOST_FILES} 个附件")
            attach(definition, form, Attached("", "", "", 0, "", who.user, self._now()), who.role)

    async def attach(self, who: Who, kind: str, id: int, attached: Attached) -> Form:
        """The bytes are stored already. Raises KnownError, StoreUnavailable."""
        definition = self.kind(kind)
        with self.refusals(who, "form_attach", {"form": id, "kind": kind, "name": attached.name}):
            async with self._turn([id]):
                form = await self.get(kind, id)
                after = attach(definition, form, attached, who.role)
                await self._write([(definition, after)], who.address, before={id: len(form.moves)})
        return after

    # what the station does

    async def born(
        self,
        kind: str,
        subject: str,
        title: str,
        priority: str = "",
        fields: Mapping[str, Any] | None = None,
        by: str = STATION,
    ) -> Form:
        """A form the station begins itself. Raises StoreUnavailable."""
        definition, form = self.newborn(kind, subject, title, priority, fields or {}, by)
        await self._write([(definition, form)])
        return form

    def newborn(
        self, kind: str, subject: str, title: str, priority: str, fields: Mapping[str, Any], by: str = STATION
    ) -> tuple[FormDef, Form]:
        """Not written yet: for those who write it together with something else, see `papers_of` and `written`."""
        definition = self.kind(kind)
        return definition, self._begun(definition, subject, Known(title, priority, fields), {}, by, None)

    async def take(self, kind: str, id: int, step: str, fields: Mapping[str, Any] | None = None, note: str = "") -> Form:
        """A step of the station's own. Raises FormRefused, Unknown, StoreUnavailable."""
        definition = self.kind(kind)
        async with self._turn([id]):
            form = await self.get(kind, id)
            after = self._moved(definition, form, step, fields or {}, note, STATION, None)
            await self._write([(definition, after)], before={id: len(form.moves)})
        return after

    async def fill(
        self, kind: str, id: int, fields: Mapping[str, Any] | Callable[[Form], Mapping[str, Any]], priority: str = ""
    ) -> Form:
        """Fields the station fills in, or makes from the form as it stands. Raises FormRefused, Unknown, StoreUnavailable."""
        definition = self.kind(kind)
        async with self._turn([id]):
            form = await self.get(kind, id)
            given = fields(form) if callable(fields) else fields
            after = edit(definition, form, given, STATION, None, self._now(), priority=priority)
            after = self._followed(definition, after)
            await self._write([(definition, after)], before={id: len(form.moves)})
        return after

    def papers_of(self, definition: FormDef, form: Form, address: str = "", since: int = 0) -> list[Paper]:
        """For each entry of the history from number `since` on its record, with the form as it stands."""
        row = row_of(definition, form)
        return [(record_of(definition, row, form, moved, address), row) for moved in form.moves[since:]]

    def written(self, forms: Iterable[tuple[FormDef, Form]]) -> None:
        """They are durable: counts, listeners, effects."""
        for definition, form in forms:
            self.index.put(definition, form)
            for listener in self.listeners:
                listener(definition, form)
            self._effects.after(definition, form)
        self.changed()

    def resume(self) -> None:
        """Effects an earlier run did not come to. Called once, after the start."""
        waiting = self._effects.waiting_states()
        self._effects.resume([(one.kind, one.id) for one in self.index.open.values() if one.state in waiting])

    async def close(self) -> None:
        await self._effects.close()

    # inside

    async def _known(self, definition: FormDef, who: Who | None, subject: str, fields: Mapping[str, Any]) -> Known:
        prefill = self.prefill.get(definition.kind)
        return Known(definition.title) if prefill is None else await prefill(who, subject, fields)

    def _begun(
        self, definition: FormDef, subject: str, known: Known, fields: Mapping[str, Any], by: str, role: Role | None
    ) -> Form:
        now = self._now()
        id, number = self._numbers.next(definition, now)
        form = begin(
            definition,
            id,
            subject,
            known.title or definition.title,
            known.priority,
            fields,
            by,
            role,
            now,
            known.fields,
            number,
        )
        return self._followed(definition, form)

    def _moved(
        self,
        definition: FormDef,
        form: Form,
        step: str,
        fields: Mapping[str, Any],
        note: str,
        by: str,
        role: Role | None,
        filled: Mapping[str, Any] = NOTHING,
    ) -> Form:
        return self._followed(definition, move(definition, form, step, fields, note, by, role, self._now(), filled))

    async def _filled(self, who: Who, definition: FormDef, form: Form, step: str) -> Mapping[str, Any]:
        filler = self.fillers.get((definition.kind, step))
        if filler is None:
            return NOTHING
        may_take(definition, form, step, who.user, who.role)
        return await filler(who, form)

    def _checked(self, form: Form) -> None:
        check = self.check.get(form.kind)
        if check is not None:
            check(form)

    def _deed(self, definition: FormDef, step: str, after: Form, who: Who) -> Deed:
        """Raises KnownError and Refused of the alarm model; then nothing has been done."""
        do = self.deeds.get(definition.step(step).effect)
        return Deed() if do is None else do(after, who)

    def _followed(self, definition: FormDef, form: Form) -> Form:
        follow = self.follow.get(definition.kind)
        for _ in range(MOST_FOLLOWING if follow is not None else 0):
            assert follow is not None
            step = follow(form)
            if step is None:
                break
            form = move(definition, form, step.code, step.fields, step.note, STATION, None, self._now())
        return form

    async def _write(
        self,
        forms: Sequence[tuple[FormDef, Form]],
        address: str = "",
        before: Mapping[int, int] | None = None,
        deed: Deed = Deed(),
    ) -> None:
        papers: list[Paper] = []
        for number, (definition, form) in enumerate(forms, start=1):
            papers += self.papers_of(definition, form, address, 0 if before is None else before[form.id])
            if number % PIECE == 0:
                await asyncio.sleep(0)
        if papers:
            await self._writer.submit(deed.records, deed.changes, deed.undos, papers)
            self.written(forms)

    def _found(self, kind: str, id: int, row: FormRow | None) -> Form:
        if row is None or row.kind != kind:
            raise Unknown("not_found", f"没有编号为 {id} 的“{self.kind(kind).title}”")
        return form_of(row)

    async def _check_subject(self, subject: str) -> None:
        if len(subject) > LONGEST_SUBJECT or any(letter < " " for letter in subject):
            raise NotAllowed("bad_subject", f"表单的对象最多 {LONGEST_SUBJECT} 个字，不能换行")
        tag, occurrence = tag_of(subject), occurrence_of(subject)
        if tag is not None and tag not in self._tags:
            raise Unknown("not_found", f"没有位号 {tag}")
        if subject.startswith("occurrence:"):
            rows = []
            if occurrence:
                rows = await self._call(self._store.journal.occurrences, after=occurrence + 1, limit=1)
            if not rows or rows[0].occurrence != occurrence:
                raise Unknown("not_found", f"没有编号为 {subject.partition(':')[2]} 的报警")

    @contextlib.asynccontextmanager
    async def _turn(self, ids: Sequence[int]) -> AsyncIterator[None]:
        """One after another on one form. `ids` in order, so that two callers never wait for each other."""
        locks = []
        for id in ids:
            lock = self._turns.get(id)
            if lock is None:
                lock = self._turns[id] = asyncio.Lock()
            locks.append(lock)
        async with contextlib.AsyncExitStack() as stack:
            for lock in locks:
                await stack.enter_async_context(lock)
            yield

    @contextlib.contextmanager
    def refusals(self, who: Who, what: str, args: Mapping[str, Any]) -> Any:
        """Journals a refusal and turns it into a known error."""
        try:
            yield
        except Refused as error:
            self._commands.refused(who, what, "", 0, dict(args), error.code)
            raise known(error) from error
        except KnownError as error:
            self._commands.refused(who, what, "", 0, dict(args), error.code)
            raise


def known(refused: Refused) -> KnownError:
    """What the form engine or the alarm model refused, as an error of the request."""
    if not isinstance(refused, FormRefused):
        return known_alarm(refused)
    kinds: Mapping[str, type[KnownError]] = {"no_such_step": Unknown, "wrong_state": Changed, "forbidden": Denied}
    error = kinds.get(refused.code, NotAllowed)(refused.code, refused.message)
    error.fields = refused.fields
    return error


def _expected(form: Form, updated_at: str | None) -> None:
    """Raises Changed when somebody was faster."""
    if updated_at is None:
        return
    try:
        same = to_rfc3339(from_rfc3339(updated_at)) == to_rfc3339(form.updated_at)
    except ValueError:
        same = False
    if not same:
        last = form.moves[-1]
        by = "站" if last.role == STATION_ROLE else last.by
        raise Changed("form_changed", f"{by} 刚刚改过这张表单（{to_rfc3339(last.at)}），请看过最新内容再办理")

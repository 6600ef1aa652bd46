"""The journal writer (日志写入): everything that must be written before it is shown goes through here, in one order.

Station side. One worker thread, group commit: while one transaction is on its way the next ones gather. Nothing is published
before it is durable, with one exception: while the store cannot be written, alarms are shown all the same, marked as not
durable, and written in order as soon as the store is back; commands of people are refused meanwhile, and a command that was
under way when the trouble began is taken back. When so much waits that it would fill the memory, of each rule only the newest
of the changes already shown is kept for the journal.
"""

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from itertools import islice

from app.domain.alarm import AlarmState, RuleState
from app.station.changes import Change, Undo
from app.station.waiting import Entry, Group, Published, described, make_room
from app.station.words import Wording
from app.store.ports import Journal, StoreUnavailable
from app.store.rows import ClipRow, FormRow, Record, Written

log = logging.getLogger(__name__)

BATCH = 1000  # entries in one transaction; telling of them afterwards holds the event loop for some tens of milliseconds
PATIENCE_S = 2.0  # a store that does not answer for so long is in trouble
RETRY_S = 1.0
BOUND = 100_000  # groups waiting, about 130 MB; beyond it changes of one rule are merged, beyond twice it notes are given up


class JournalWriter:
    """`publish(changes, durable)` shows; `revert(undo)` takes a command back in the engine and returns the rule's state then;
    `trouble(text)` tells of the store's state, "" when all is well."""

    def __init__(
        self,
        journal: Journal,
        wording: Wording,
        publish: Callable[[Sequence[Published], bool], None],
        revert: Callable[[Undo], RuleState],
        trouble: Callable[[str], None],
    ) -> None:
        self._journal, self._wording = journal, wording
        self._publish, self._revert, self._tell = publish, revert, trouble
        self._groups: deque[Group] = deque()
        self._size = BATCH
        self._room = BOUND
        self._wake = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()
        self._thread = ThreadPoolExecutor(1, "journal")
        self._showing = False
        self._unshown: list[Group] = []  # while in trouble: what has not been shown yet
        self._under_way: dict[str, list[Undo]] = {}  # by commands whose fate is open
        self._draining = False  # what was shown in a trouble that is over is still being written
        self._sound = True  # something was written since the last record that could not be
        self.trouble = ""
        self.written = 0
        self.merged = 0
        self.dropped = 0

    # putting in

    def put(self, change: Change) -> None:
        self._add(Group([Entry(change)]))

    def note(self, record: Record, clip: ClipRow | None = None) -> None:
        """A record nobody waits for, and perhaps the clip it tells of."""
        self._add(Group([Entry(record=record, clip=clip)]))

    def note_with_states(self, records: Sequence[Record], states: Mapping[str, RuleState]) -> None:
        """Records nobody waits for, and the states of rules the engine does not know any more."""
        if records:
            first, *rest = records
            self._add(Group([Entry(record=first, states=states), *(Entry(record=r) for r in rest)]))

    async def submit(
        self,
        records: Sequence[Record],
        changes: Sequence[Change],
        undos: Sequence[Undo],
        forms: Sequence[tuple[Record, FormRow]] = (),
        clips: Sequence[tuple[Record, ClipRow]] = (),
    ) -> list[Written]:
        """Write what a person did, all or nothing; returns when it is durable. Raises StoreUnavailable after taking it back.
        `forms`, `clips`: each with the record that tells what became of it."""
        papers = [Entry(record=record, form=form) for record, form in forms]
        films = [Entry(record=record, clip=clip) for record, clip in clips]
        entries = [*(Entry(record=r) for r in records), *(Entry(c) for c in changes), *papers, *films]
        if self.trouble:
            for undo in reversed(undos):
                self._revert(undo)
            raise StoreUnavailable(self.trouble)
        done: asyncio.Future[list[Written]] = asyncio.get_running_loop().create_future()
        done.add_done_callback(lambda f: f.exception())  # looked at, even when the caller has gone away
        self._add(Group(entries, done, undos))
        return await asyncio.shield(done)  # a caller that goes away does not call the command back: it is under way

    @property
    def backlog(self) -> int:
        return len(self._groups)

    def refuse_if_down(self) -> None:
        if self.trouble:
            raise StoreUnavailable(self.trouble)

    def _add(self, group: Group) -> None:
        entry = group.entries[0]
        plain = group.done is None and entry.change is None and entry.clip is None and not entry.states
        if len(self._groups) > 2 * BOUND and plain:
            self.dropped += 1  # a log-in, a refusal: no alarm, and nobody's deed
            return
        self._groups.append(group)
        self._idle.clear()
        self._wake.set()
        if self.trouble:
            self._unshown.append(group)
            if not self._showing:
                self._showing = True
                asyncio.get_running_loop().call_soon(self._show_unwritten)

    # writing

    async def run(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._groups:
                await self._write()
            self._idle.set()

    async def close(self, patience_s: float) -> None:
        """Give what is queued a last chance, then stop the thread."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._idle.wait(), patience_s)
        if self._groups:
            log.error("停站时还有 %d 组事件没有写入", len(self._groups))
        self._thread.shutdown(wait=False, cancel_futures=True)

    async def _write(self) -> None:
        groups: list[Group] = []
        count = 0
        for group in self._groups:
            if groups and count + len(group.entries) > self._size:
                break
            groups.append(group)
            count += len(group.entries)
        entries = [entry for group in groups for entry in group.entries]
        try:
            told = described(entries, self._wording)
            loop = asyncio.get_running_loop()
            rows, forms, clips = list(told.rows.values()), list(told.forms.values()), list(told.clips.values())
            append = partial(self._journal.append, told.records, told.states, rows, forms, clips)
            work = loop.run_in_executor(self._thread, append)
            answered, _ = await asyncio.wait({work}, timeout=None if self.trouble else PATIENCE_S)
            if not answered:
                self._in_trouble("事件日志长时间没有应答：请检查磁盘和数据库")
                await asyncio.wait({work})
            written = work.result()
        except StoreUnavailable as error:
            self._failed(str(error))
            await asyncio.sleep(RETRY_S)
        except Exception:
            # Not the store's state but what was to be written: find the one that cannot be and go on without it.
            log.exception("事件日志拒绝了一批记录")
            if not self._poisoned(groups):
                self._failed("事件日志拒绝写入：请把站的日志文件交给维护人员")
                await asyncio.sleep(RETRY_S)
        else:
            self._size = BATCH
            self._succeeded(groups, entries, written)

    def _succeeded(self, groups: list[Group], entries: list[Entry], written: list[Written]) -> None:
        for _ in groups:
            self._groups.popleft()
        self.written += len(written)
        self._sound = True
        overtaken: set[str] = set()
        if self.trouble or self._draining:
            overtaken = {e.change.key for g in self._groups for e in g.entries if e.change is not None and e.shown}
            self._draining = bool(overtaken)
        if self.trouble:
            self.trouble = ""
            self._room = BOUND
            self._unshown.clear()  # shown when written, as ever
            self._under_way.clear()
            self._tell("")
        show = [
            Published(entry.change, line.id, not entry.shown, entry.change.key not in overtaken)
            for entry, line in zip(entries, written, strict=True)
            if entry.change is not None
        ]
        if show:
            self._show(show, True)
        at = 0
        for group in groups:
            if group.done is not None and not group.done.done():
                group.done.set_result(written[at : at + len(group.entries)])
            at += len(group.entries)

    def _failed(self, text: str) -> None:
        for group in [g for g in reversed(self._groups) if g.done is not None]:  # what was done last is undone first
            self._take_back(group, StoreUnavailable(text))
        self._under_way.clear()
        self._in_trouble(text)

    def _poisoned(self, groups: list[Group]) -> bool:
        """Narrow down to the one group and go on without it. False: not one record but everything is refused."""
        if len(groups) > 1:
            self._size = 1
            return True
        if not self._sound:
            return False
        self._sound = False
        group = groups[0]
        self.dropped += len(group.entries)
        if group.done is not None:
            error = StoreUnavailable("该操作无法写入事件日志，已撤销；请把日志文件交给维护人员")
            keys = {undo.key for undo in group.undos}
            upon = [g for g in self._groups if g.done is not None and g is not group and any(u.key in keys for u in g.undos)]
            for one in (*reversed(upon), group):  # what was built upon it goes with it, the last first
                self._take_back(one, error)
        else:
            self._groups.remove(group)
            show = [Published(e.change, 0, not e.shown) for e in group.entries if e.change is not None]
            if show:
                self._show(show, False)
        return True

    def _take_back(self, group: Group, error: StoreUnavailable) -> None:
        """The command has not been: in the engine, and in what came after it and is not written yet."""
        index = self._groups.index(group)
        later = [entry for g in islice(self._groups, index + 1, None) for entry in g.entries]
        self._groups.remove(group)
        states: dict[str, RuleState] = {}
        for undo in reversed(group.undos):
            states[undo.key] = self._revert(undo)
            shown: AlarmState = undo.before.shown
            for entry in later:
                if entry.change is not None and entry.change.key == undo.key:
                    state = undo.applied_to(entry.change.state)
                    moved = replace(entry.change.transition, before=shown, after=state.shown)
                    entry.change = replace(entry.change, state=state, transition=moved)
                    shown = state.shown
        # A commit whose answer was lost may have written the command all the same: say that it does not count.
        for record in [entry.record for entry in group.entries if entry.record is not None]:
            told = replace(record, data={**record.data, "outcome": "not_written"})
            self._add(Group([Entry(record=told, states=states)]))
        if group.done is not None and not group.done.done():
            group.done.set_exception(error)

    # showing what cannot be written

    def _in_trouble(self, text: str) -> None:
        first, self.trouble = not self.trouble, text
        self._tell(f"{text}（{self.backlog} 条事件等待写入）" if self.backlog else text)
        if first:
            log.error("事件日志不能写入：%s", text)
            self._unshown = list(self._groups)
        self._show_unwritten()

    def _show_unwritten(self) -> None:
        self._showing = False
        groups, self._unshown = self._unshown, []
        show: list[Published] = []
        for group in groups:
            if group.done is not None:  # a command whose fate is open is not shown, nor what follows from it
                for undo in group.undos:
                    self._under_way.setdefault(undo.key, []).append(undo)
                continue
            for entry in group.entries:
                if entry.change is None or entry.shown:
                    continue
                change = entry.change
                for undo in reversed(self._under_way.get(change.key, ())):
                    change = replace(change, state=undo.applied_to(change.state))
                show.append(Published(change, 0, True))
                entry.shown = True
        if show:
            self._show(show, False)
        if len(self._groups) > self._room:
            self._make_room()

    def _make_room(self) -> None:
        before = len(self._groups)
        # The first batch may be under way, or be written in a commit whose answer was lost: it stays as it is.
        first = list(islice(self._groups, BATCH))
        self._groups = deque([*first, *make_room(islice(self._groups, BATCH, None))])
        gone = before - len(self._groups)
        self.merged += gone
        self._room = max(BOUND, len(self._groups) + BOUND // 2)
        log.warning("事件日志长时间不能写入：%d 条已显示的报警变化并入各报警最新的一条", gone)

    def _show(self, published: Sequence[Published], durable: bool) -> None:
        """A fault in showing must not end the writing."""
        try:
            self._publish(published, durable)
        except Exception:
            log.exception("%d 个报警变化没有能够推送", len(published))

"""Replay (事故回放): the whole picture of any second of the past, and how it went on, in the shapes of the live feed.

Station side. Reads only; all of it in worker threads of its own: the live watch never waits for somebody who looks back.
The alarms come from the journal (`replay_board`, `replay_index`), the values from the historian (`replay_values`).
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Lock
from typing import TYPE_CHECKING, Any, TypeVar

from app.domain.instant import DAY, SECOND, Instant, to_datetime, to_rfc3339
from app.domain.rows import row_of
from app.domain.sample import Quality, Reason, Sample
from app.domain.wire import LinkMsg
from app.station.board import Delta
from app.station.encode import alarm_text, event_text, message_text, to_text, value_message
from app.station.links import shown_url
from app.station.past import CLEAN_STOP, START
from app.station.replay_board import PastBoard, Why
from app.station.replay_index import ReplayIndex
from app.station.replay_site import Library, SiteThen
from app.station.replay_values import ValuesThen, unknown
from app.store.rows import ClipRow, OccurrenceRow, Search, Written

if TYPE_CHECKING:
    from app.station.station import Station

ROUND_S = 5.0
BREATH_S = 0.2  # between two moments made in a row, after a start over a long journal
MOST_LINES = 2000  # records on one page
MOST_VALUES = 40_000  # on one page: of a thousand tags forty steps
LEAST_STEP = SECOND // 10
REASONS = 100  # so many bad tags a page are looked up for why
SITES = 6
STOPS = 200
LONG_AGO = 3660 * DAY
T = TypeVar("T")


class Replay:
    """`parts`: of the station, each with an alarm of its own."""

    def __init__(self, station: "Station", parts: tuple[str, ...]) -> None:
        self._station, self._parts = station, parts
        self._store = station.store
        self._threads = ThreadPoolExecutor(2, "replay")
        self._lock = Lock()
        self._sites: dict[int, SiteThen] = {}
        self._present: SiteThen | None = None
        self._stops: dict[tuple[Instant, Instant], Instant] = {}  # by gap, when it really began
        self._index = ReplayIndex(station.store, Library(self._site, self._occurrence))
        self._values = ValuesThen(station.store.historian)

    async def call(self, work: Callable[..., T], *args: Any) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, partial(work, *args))

    async def round(self) -> None:
        """Keeps the index up with the journal."""
        more = True
        while more:
            more = await self.call(self._index.grow)
            await asyncio.sleep(BREATH_S)

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)

    # the picture of a second

    def at(self, moment: Instant) -> str:
        """A `snapshot` as a client would have got it then, with `replay`: what there is to know about it. Blocking."""
        board = self._index.board(self._index.last_not_after(moment))
        then, facts = board.then, board.facts
        since = facts.started_at if facts.running else None
        values = self._values.at(then.tags, moment, since, self._gaps(moment - LONG_AGO, moment))
        values.update({tag.tag: unknown(tag.tag, moment) for tag in self._station.site.tags if tag.tag not in then.tags})
        board.say_why(self._reasons(values))
        gaps = [(low, high) for low, high in self._gaps(moment, moment) if low <= moment]
        text = message_text(
            "snapshot",
            facts.last,
            to_rfc3339(moment),
            values=[to_text(value_message(sample)) for sample in values.values()],
            alarms=[alarm_text(alarm) for alarm in board.board.alarms()],
            links=_links(board, values, moment),
            notices=_notices(board, gaps, moment),
            extra=_extra(board),
            whole=True,
        )
        about = {
            "at": to_rfc3339(moment),
            "record": facts.last,
            "running": facts.running,
            "gaps": [[to_rfc3339(low), to_rfc3339(high)] for low, high in gaps],
            "tags": self._other_tags(then),
            "clips": [_clip(clip) for clip in self._store.clips.find(start=moment, end=moment + 1)],
        }
        self._index.give_back(board)
        return f'{text[:-1]},"replay":{to_text(about)}}}'

    # how it went on

    def span(self, start: Instant, end: Instant, step: Instant) -> str:
        """Messages in order: what was received and what happened in (start, end]; of a tag one value a step. A page may end
        earlier than asked: its `end` is where to go on. Blocking."""
        step = max(step, LEAST_STEP)
        first = self._index.last_not_after(start)
        board = self._index.board(first)
        most = max(4, MOST_VALUES // max(1, len(board.then.tags)))
        end = min(end, start + most * step)
        lines, moments, end = self._lines(first, start, end)
        since = board.facts.started_at if board.facts.running else None
        starts = [] if since is None else [since]
        starts += [line.record.time for line in lines if line.record.kind == "system" and line.record.data.get("what") == START]
        frames = self._values.frames(board.then.tags, start, end, step, starts, self._gaps(start, end))
        board.say_why(self._reasons({}))
        happened: dict[Instant, Delta] = {}
        extras: dict[Instant, dict[str, Any]] = {}
        for line, at in zip(lines, moments, strict=True):
            before = _state(board)
            delta = board.apply(line)
            after = _state(board)
            if delta.alarms or delta.events:
                one = happened.setdefault(at, Delta())
                one.alarms.extend(delta.alarms)
                one.events.extend(delta.events)
                extras[at] = _extra(board)
            elif after != before:
                extras[at] = _extra(board)
        messages = [
            message_text(
                "delta",
                number,
                to_rfc3339(at),
                values=[to_text(value_message(sample)) for sample in frames.get(at, ())],
                alarms=[alarm_text(alarm) for alarm in happened[at].alarms] if at in happened else (),
                events=[event_text(event) for event in happened[at].events] if at in happened else (),
                extra=extras.get(at),
            )
            for number, at in enumerate(sorted({*frames, *happened, *extras}), 1)
        ]
        self._index.give_back(board)
        head = f'"start":"{_exact(start)}","end":"{_exact(end)}","step_s":{step / SECOND}'
        return f'{{{head},"messages":[{",".join(messages)}]}}'

    # inside

    def _gaps(self, start: Instant, end: Instant) -> list[tuple[Instant, Instant]]:
        """Of the history, touching [start, end]. That of a station that was stopped in order begins with the stop: until then
        its last samples were on the screens. One that was killed may have been dead since its last sample."""
        gaps = []
        for low, high in self._store.historian.gaps(start, end + 1):
            if (low, high) not in self._stops:
                system = Search(start=low, end=high + 1, kinds=("system",), limit=STOPS)
                found = [line.record for line in self._store.journal.search(system).records]
                stops = [record.time for record in found if record.data.get("what") == CLEAN_STOP]
                self._stops[low, high] = min(stops, default=low)
            gaps.append((self._stops[low, high], high))
        return gaps

    def _lines(self, first: int, start: Instant, end: Instant) -> tuple[list[Written], list[Instant], Instant]:
        """The records of the span, when each counts, and where the span ends if they are too many."""
        last = self._index.last_not_after(end)
        lines = list(self._index.lines(first, min(last, first + MOST_LINES)))
        counts: list[Instant] = []
        latest = end
        for line in reversed(lines):
            latest = min(latest, line.record.time)
            counts.append(max(latest, start + 1))
        counts.reverse()
        if last <= first + MOST_LINES or not lines:
            return lines, counts, end
        # a page ends between two moments, unless all of it is one moment
        cut = next((n for n in range(len(counts) - 1, 0, -1) if counts[n] != counts[n - 1]), 0)
        if not cut:
            at = counts[-1]
            lines += self._index.lines(lines[-1].id, self._index.last_not_after(at))
            return lines, [at] * len(lines), at
        return lines[:cut], counts[:cut], counts[cut - 1]

    def _reasons(self, values: Mapping[str, Sample]) -> Why:
        """`values` as shown at the end; what was told before their last sample is looked up."""
        known: dict[tuple[str, Instant], tuple[Reason, str]] = {}

        def why(tag: str, at: Instant, since: Instant | None) -> tuple[Reason, str]:
            shown = values.get(tag)
            if shown is not None and (len(known) >= REASONS or (since or 0) <= shown.receive_time <= at):
                return shown.reason, shown.detail
            if (tag, at) not in known:
                found = self._store.historian.at([tag], at).get(tag) if len(known) < REASONS else None
                if found is None or found.receive_time < (since or 0):
                    known[tag, at] = Reason.NO_DATA_YET, ""
                else:
                    known[tag, at] = found.reason, found.detail
            return known[tag, at]

        return why

    def _site(self, version: int | None) -> SiteThen:
        """None, and a version nobody has any more, is the present one."""
        with self._lock:
            if version is not None and version in self._sites:
                return self._sites[version]
            given = self._station.given
        present = given.config is None or version is None or version == given.config.version
        try:
            site = given.site if present else self._store.config.get(version or 0)
        except KeyError:
            present, site = True, given.site
        with self._lock:
            if present and self._present is not None and self._present.site is site:
                return self._present
        made = SiteThen(version, site, self._parts)
        with self._lock:
            if present:
                self._present = made
            elif version is not None:
                while len(self._sites) >= SITES:
                    del self._sites[next(iter(self._sites))]
                self._sites[version] = made
        return made

    def _occurrence(self, number: int, tag: str, rule: str) -> OccurrenceRow | None:
        rows, _ = self._store.journal.repeats(tag, rule, number + 1, 1, ())
        return rows[0] if rows and rows[0].occurrence == number else None

    def _other_tags(self, then: SiteThen) -> list[dict[str, Any]]:
        """The rows of the point table that were another then: limits, range, name."""
        site = self._station.site
        if then.site is site:
            return []
        present = {tag.tag: tag for tag in site.tags}
        return [row_of(tag) for name, tag in then.tags.items() if name in present and present[name] != tag]


def _exact(at: Instant) -> str:
    """To the microsecond: the next page begins where this one ended."""
    return to_datetime(at).isoformat().replace("+00:00", "Z")


def _state(board: PastBoard) -> tuple[Any, ...]:
    facts = board.facts
    return facts.running, facts.flood_since, facts.config, facts.started_at


def _extra(board: PastBoard) -> dict[str, Any]:
    facts, since = board.facts, board.facts.flood_since
    return {
        "flood": {"active": since is not None, "since": None if since is None else to_rfc3339(since)},
        "counts": board.board.counts(),
        "config": facts.config,
        "running": facts.running,
        "started_at": None if facts.started_at is None else to_rfc3339(facts.started_at),
    }


def _links(board: PastBoard, values: dict[str, Sample], moment: Instant) -> list[LinkMsg]:
    facts = board.facts
    told = []
    for source in board.then.site.sources:
        mine = [values[tag.tag] for tag in board.then.site.tags if tag.source == source.id and tag.tag in values]
        link = facts.links.get(source.id)
        state = "down" if link is None or not facts.running else link.state
        heard = [one.receive_time for one in mine if one.quality is Quality.GOOD]
        if state == "connecting" and link is not None and any(at >= link.since for at in heard):
            state = "up"  # it never was down, so the journal has nothing to say
        qualities = [one.quality for one in mine]
        told.append(
            LinkMsg(
                source=source.id,
                state=state,
                since=to_rfc3339(moment if link is None else link.since),
                tags=len(mine),
                last_error="" if link is None else link.error,
                driver=source.driver,
                url=shown_url(source.url),
                name=str(source.options.get("name", "")),
                good=qualities.count(Quality.GOOD),
                uncertain=qualities.count(Quality.UNCERTAIN),
                bad=qualities.count(Quality.BAD),
                age_s=round((moment - max(heard)) / SECOND, 1) if heard else None,
            )
        )
    return told


def _notices(board: PastBoard, gaps: Sequence[tuple[Instant, Instant]], moment: Instant) -> list[str]:
    if not board.facts.last:
        return ["此刻之前站还没有任何记录"]
    if not board.facts.running:
        return ["此刻站没有运行：报警是停站前的样子，数值没有记录"]
    if gaps:
        return ["此刻没有历史数据：站没有运行，或者没有写入；数值不明"]
    return []


def _clip(clip: ClipRow) -> dict[str, Any]:
    return {
        "id": clip.id,
        "camera": clip.camera,
        "start": to_rfc3339(clip.first_frame or clip.start),
        "end": to_rfc3339(clip.last_frame or clip.end),
        "state": clip.state,
        "reason": clip.reason,
        "occurrences": list(clip.occurrences),
    }

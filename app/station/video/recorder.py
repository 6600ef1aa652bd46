"""The recorder (报警录像): at annunciation a clip of every camera that looks there, from before it to after it. Station side.

Belongs to the event loop; files are written by threads. Several alarms of one camera within a span share one clip. Never more
than so many clips are under way; what is not filmed is told on the alarm. A clip counts when the journal has its hash; whether
every picture decodes is looked at right behind that, one clip after the other, and journalled too.
"""

import asyncio
import contextlib
import errno
import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from app.domain.clip import ClipReason, ClipState
from app.domain.instant import SECOND, Instant, seconds, to_datetime
from app.domain.settings.video import VideoSettings
from app.station.video.book import ClipBook
from app.station.video.rings import Rings
from app.station.waiting import Published
from app.store.rows import ClipRow
from app.video.clip import ClipFailed, ClipFile, check_clip, sha256_of, write_clip
from app.video.ring import Ring

log = logging.getLogger(__name__)

MOST_LINKED = 500  # alarms that share one clip; a storm of a day must not end in one row
SHORT = 1 * SECOND  # a clip that ends so much early is told
HOLD = 2 * SECOND  # a storm does not run against a full disk with every alarm


@dataclass(slots=True)
class Filming:
    """A clip under way. `end` moves on when further alarms join, up to `limit`; then a new one begins beside it."""

    row: ClipRow
    ring: Ring
    end: Instant
    limit: Instant
    stop: threading.Event = field(default_factory=threading.Event)
    end_changed: asyncio.Event = field(default_factory=asyncio.Event)


class Recorder:
    def __init__(
        self,
        rings: Rings,
        by_tag: Mapping[str, tuple[str, ...]],
        book: ClipBook,
        folder: Path,
        settings: VideoSettings,
        now: Callable[[], Instant],
        trouble: Callable[[str], None],
    ) -> None:
        """`trouble` is told when a clip could not be written, and with "" when one could again."""
        self._rings, self._by_tag, self._book, self._folder = rings, by_tag, book, folder
        self._settings, self._now, self._trouble = settings, now, trouble
        self._under_way: dict[int, Filming] = {}
        self._newest: dict[str, Filming] = {}  # of each camera, while it is under way
        self._missed: dict[str, ClipRow] = {}  # what could not be filmed last; further alarms of its span join it
        self._held: dict[str, Instant] = {}  # after a failed write: not tried again before
        self._tasks: set[asyncio.Task[None]] = set()
        self._writers = ThreadPoolExecutor(settings.most_clips + 1, "clip")
        self._checker = ThreadPoolExecutor(1, "clip-check")
        self._closing = False

    @property
    def under_way(self) -> int:
        return len(self._under_way)

    # at annunciation

    def hear(self, published: Sequence[Published], durable: bool) -> None:
        """A listener of the station. A crowd of alarms of one camera is one change of its clip."""
        if self._closing:
            return
        wanted: dict[str, tuple[Instant, list[int]]] = {}
        for item in published:
            change = item.change
            rule, told = change.rule, change.transition
            if not (item.event and told.annunciate and self._settings.wants_clip(rule.priority.word, rule.kind.value)):
                continue
            for camera in self._by_tag.get(rule.tag, ()):
                _, numbers = wanted.setdefault(camera, (told.at, []))
                numbers.append(told.occurrence)
        for camera, (at, numbers) in wanted.items():
            self.film(camera, at, numbers)

    def film(self, camera: str, at: Instant, occurrences: Sequence[int], reason: ClipReason = ClipReason.ALARM) -> ClipRow:
        """A clip around `at`, or the one under way made longer. What cannot be filmed is a failed clip that says so."""
        start, end = at - seconds(self._settings.pre_s), at + seconds(self._settings.post_s)
        there = self._newest.get(camera)
        if there is not None and start >= there.row.start and end <= there.limit and self._has_room(there.row):
            return self._join(there, end, occurrences)
        words, held = self._cannot(camera), self._held.get(camera, 0)
        missed = self._missed.get(camera)
        if (words or at <= held) and missed is not None and at <= missed.end and self._has_room(missed):
            row = self._missed[camera] = self._linked(missed, occurrences, missed.end)
            return row
        if words:
            more = {"occurrences": tuple(occurrences), "state": ClipState.FAILED.value, "words": f"没有录像：{words}"}
            row = self._book.begin(camera, reason, start, end, **more)
            self._missed[camera] = row
            return row
        return self._begin(camera, reason, start, end, occurrences)

    def _begin(self, camera: str, reason: ClipReason, start: Instant, end: Instant, occurrences: Sequence[int]) -> ClipRow:
        ring = self._rings.filmed[camera].ring
        kept = ring.since(self._rings.on_wall(start))
        first = None if not kept else self._rings.on_station(kept[0].wall)
        row = self._book.begin(camera, reason, start, end, occurrences=tuple(occurrences), first_frame=first)
        row = self._book.change(row, "recording", file=f"{to_datetime(start):%Y%m}/{row.id:08d}.mp4")
        filming = Filming(row, ring, end, max(end, start + seconds(self._settings.longest_s)))
        self._under_way[row.id] = self._newest[camera] = filming
        self._missed.pop(camera, None)
        self._run(self._film(camera, filming), f"clip {row.id}")
        return row

    def _join(self, there: Filming, end: Instant, occurrences: Sequence[int]) -> ClipRow:
        there.end = max(there.end, end)
        there.end_changed.set()
        there.row = self._linked(there.row, occurrences, there.end)
        return there.row

    def _linked(self, row: ClipRow, occurrences: Sequence[int], end: Instant) -> ClipRow:
        numbers = tuple(dict.fromkeys((*row.occurrences, *occurrences)))
        return self._book.change(row, "joined", occurrences=numbers, end=max(row.end, end))

    def _cannot(self, camera: str) -> str:
        one = self._rings.filmed[camera]
        if one.lost or one.ring.span is None:
            return f"摄像机 {camera} 没有预录（{self._rings.words(one)}）"
        if len(self._under_way) >= self._settings.most_clips:
            return f"同时录制的片段已达上限 {self._settings.most_clips} 个（[video] most_clips）"
        return ""

    @staticmethod
    def _has_room(row: ClipRow) -> bool:
        return len(row.occurrences) < MOST_LINKED

    # one clip

    async def _film(self, camera: str, filming: Filming) -> None:
        loop = asyncio.get_running_loop()
        path = self._folder / filming.row.file
        start, limit = self._rings.on_wall(filming.row.start), self._rings.on_wall(filming.limit)
        write = partial(write_clip, filming.ring, path, start, limit, filming.stop, f"{camera} #{filming.row.id}")
        work = loop.run_in_executor(self._writers, _written, write)
        ending = loop.create_task(self._end(filming))
        try:
            file, sha256 = await work
        except ClipFailed as error:
            self._failed(camera, filming, str(error))
            return
        except OSError as error:
            full = error.errno == errno.ENOSPC
            self._failed(camera, filming, "数据盘已满，请清理" if full else f"录像不能写入数据盘：{error.strerror}")
            return
        finally:
            ending.cancel()
            self._under_way.pop(filming.row.id, None)
            if self._newest.get(camera) is filming:
                del self._newest[camera]
        words = self._judged(filming, file)
        row = self._book.change(
            filming.row,
            "ready",
            state=ClipState.READY.value,
            first_frame=self._rings.on_station(file.first),
            last_frame=self._rings.on_station(file.last),
            size=file.size,
            sha256=sha256,
            words=words,
        )
        self._trouble("" if file.complete or not words else f"录像片段 {row.id} {words}")
        await self._check(row, path)

    async def _end(self, filming: Filming) -> None:
        """Tells the writer when it is time; the end may move meanwhile."""
        while (left := filming.end - self._now()) > 0:
            filming.end_changed.clear()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(filming.end_changed.wait(), left / SECOND)
        filming.stop.set()

    def _judged(self, filming: Filming, file: ClipFile) -> str:
        """What there is to say of it. That it was ended on order, when its time had come, is no fault."""
        if file.cut_off:
            return file.words.rstrip("。")
        first, last = self._rings.on_station(file.first), self._rings.on_station(file.last)
        said = []
        if first > filming.row.start:
            said.append(f"晚开始 {(first - filming.row.start) / SECOND:.1f} 秒：此前没有预录的画面")
        if last < filming.end - SHORT:
            why = "站停止" if self._closing else "此后没有收到画面"
            said.append(f"早结束 {(filming.end - last) / SECOND:.1f} 秒：{why}")
        if not file.complete and not said and "停止" not in file.words:
            said.append(file.words.rstrip("。"))
        return "；".join(said)

    def _failed(self, camera: str, filming: Filming, words: str) -> None:
        words = f"没有录像：{words.rstrip('。')}"
        row = self._book.change(filming.row, "failed", state=ClipState.FAILED.value, first_frame=None, file="", words=words)
        self._missed[camera], self._held[camera] = row, self._now() + HOLD
        self._trouble(f"摄像机 {camera} 的报警录像没有存下来：{words.removeprefix('没有录像：')}")

    async def _check(self, row: ClipRow, path: Path) -> None:
        """Every picture decodes, or the clip says what does not."""
        check = await asyncio.get_running_loop().run_in_executor(self._checker, check_clip, path)
        words = row.words
        if not check.sound:
            words = "；".join(one for one in (row.words, check.words.rstrip("。")) if one)
        elif check.sha256 != row.sha256:
            words = "文件在录制后被改动过"
        self._book.change(row, "checked" if words == row.words else "unsound", words=words)

    # life

    def _run(self, work: "asyncio._CoroutineLike[None]", name: str) -> None:
        task: asyncio.Task[None] = asyncio.get_running_loop().create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            log.error("录像片段的任务出错", exc_info=task.exception())
            self._trouble("录像程序出错，详见站的日志文件")

    async def close(self, patience_s: float) -> None:
        """Clips under way end here with what there is."""
        self._closing = True
        for filming in self._under_way.values():
            filming.stop.set()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=patience_s)
        for task in list(self._tasks):
            task.cancel()
        self._writers.shutdown(wait=False, cancel_futures=True)
        self._checker.shutdown(wait=False, cancel_futures=True)


def _written(write: Callable[[], ClipFile]) -> tuple[ClipFile, str]:
    file = write()
    return file, sha256_of(file.path)

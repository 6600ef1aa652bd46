"""`hazwatch demo`: the demo plant, a station and a console as three processes on loopback.

Each demo has its own ports and its own copy of the site package, so that two never meet. Prints `demo ready URL` and the
accounts. Lines on standard input go to the plant (`leak`, `cut gds 30`, … see `app.plant.upsets`). No child outlives it.
"""

import asyncio
import ctypes
import io
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack, redirect_stderr, redirect_stdout, suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from app.console.environment import prepare
from app.domain.plant import Camera
from app.domain.roles import Role
from app.plant.lines import listen_to_stdin
from app.plant.main import bundled_site
from app.plant.package import PICTURES, picture_of
from app.plant.ports import free_port
from app.plant.signals import on_signals
from app.site.load import load_site
from app.site.save import save_site
from app.station.admin import user_add, user_list

ACCOUNTS = tuple((role.value, role, f"{role.value.capitalize()}-2026") for role in Role)
"""Name, role, password of the demo accounts: one for each role. They only open a station on loopback."""
PROGRAM = (sys.executable, "-m", "app")
START_S = 60.0
PICTURES_S = 20.0
"""The pictures of the cameras are drawn meanwhile; a machine too slow for that begins without them."""
STOP_S = 8.0


def run_demo(
    headless: bool = False,
    duration_s: float | None = None,
    station_port: int | None = None,
    data: Path | None = None,
    program: Sequence[str] = PROGRAM,
) -> int:
    """0 when it was told to end, its window was closed or `duration_s` is over (counted from `demo ready`); 1 when something
    did not start or ended by itself. Without `data` a temporary folder, gone at the end."""
    problem = "" if headless else prepare()
    if problem:
        print(f"{problem} 不开窗口的演示：hazwatch demo --headless", file=sys.stderr)
        return 1
    with ExitStack() as keep:
        # a process killed hard may still let go of a file a moment later
        folder = data or Path(
            keep.enter_context(tempfile.TemporaryDirectory(prefix="hazwatch-demo-", ignore_cleanup_errors=True))
        )
        try:
            site = own_package(folder)
        except (OSError, ValueError) as wrong:
            print(f"演示数据目录 {folder} 不能用：{wrong}", file=sys.stderr)
            return 1
        return asyncio.run(Demo(folder, site, tuple(program)).run(headless, duration_s, station_port))


def own_package(folder: Path) -> Path:
    """The demo's copy of the site package in `folder`, each source on a port of its own. Ports of an earlier demo in the same
    folder stay when they are free."""
    copy = folder / "site"
    earlier = load_site(copy) if copy.is_dir() else None
    site = earlier or load_site(bundled_site())
    sources, taken = [], set[int]()
    for source in site.sources:
        url = urlsplit(source.url)
        port = url.port or 0
        if earlier is None or port in taken:
            port = 0
        port = free_port(port)
        taken.add(port)
        sources.append(replace(source, url=url._replace(netloc=f"127.0.0.1:{port}").geturl()))
    cameras = tuple(_with_pictures(camera) for camera in site.cameras)
    if tuple(sources) != site.sources or cameras != site.cameras or earlier is None:
        pictures = copy / PICTURES
        kept = pictures.rename(folder / f"{PICTURES}.kept") if pictures.is_dir() else None
        if earlier is not None:
            shutil.rmtree(copy)
        save_site(replace(site, sources=tuple(sources), cameras=cameras), copy)
        if kept is not None:
            kept.rename(pictures)
    return copy


def _with_pictures(camera: Camera) -> Camera:
    """The demo has no cameras: each plays the loop that is drawn for it, over and over."""
    url = f"file://{picture_of(camera.camera)}"
    return replace(camera, main_url=url, sub_url=url)


def _make_accounts(data: Path) -> bool:
    """Those that are not there yet; says on stderr only what went wrong."""
    said = io.StringIO()
    with redirect_stdout(io.StringIO()) as listed, redirect_stderr(said):
        code = user_list(data) if (data / "station.db").exists() else 0
        known = {line.split("\t")[0] for line in listed.getvalue().splitlines()}
        codes = [user_add(data, name, role.value, password) for name, role, password in ACCOUNTS if name not in known]
    if any([code, *codes]):
        print(said.getvalue(), end="", file=sys.stderr)
        return False
    return True


class _Ended(Exception):
    """A part that should run does not. The text says which, in Chinese."""


class Demo:
    """The three processes from start to end."""

    def __init__(self, data: Path, site: Path, program: tuple[str, ...]) -> None:
        self._data, self._site, self._program = data, site, program
        self._children: dict[str, asyncio.subprocess.Process] = {}
        self._painter: asyncio.subprocess.Process | None = None
        self._echoes: set[asyncio.Task[None]] = set()
        self._stop = asyncio.Event()

    async def run(self, headless: bool, duration_s: float | None, station_port: int | None) -> int:
        on_signals(self._stop.set)
        try:
            drawing = await self._draw()
            await self._spawn("plant", "plant", "--site", str(self._site), out=subprocess.PIPE)
            await self._accounts()
            await self._ready("plant", "plant ready ")
            await self._drawn(drawing)
            await self._spawn(
                "station", "station", "--site", str(self._site), "--data", str(self._data), "--port", str(station_port or 0),
                out=subprocess.PIPE,
            )  # fmt: skip
            url = await self._ready("station", "station ready ")
            if self._stop.is_set():
                return 0
            self._tell_plant("script")  # from its beginning: now somebody watches
            listen_to_stdin(self._tell_plant)
            _announce(url)
            if not headless:
                # the desk keeps its own settings apart from the station's data
                await self._spawn("console", "console", "--station", url, "--data", str(self._data / "console"))
            return await self._watch(duration_s)
        except _Ended as ended:
            print(ended, file=sys.stderr, flush=True)
            return 1
        finally:
            await self._end()

    async def _draw(self) -> asyncio.subprocess.Process:
        """The pictures of the cameras, by a process of their own: drawing takes some seconds of a core, once."""
        child = self._painter = await self._start(("plant", "--pictures", str(self._site)), None)
        return child

    async def _drawn(self, child: asyncio.subprocess.Process) -> None:
        halt = asyncio.create_task(self._stop.wait())
        ended = asyncio.create_task(child.wait())
        await asyncio.wait([halt, ended], timeout=PICTURES_S, return_when=asyncio.FIRST_COMPLETED)
        for task in (halt, ended):
            task.cancel()
        if child.returncode not in (0, None):
            print("演示画面没有画成，视频页没有画面", file=sys.stderr)

    async def _accounts(self) -> None:
        if not await asyncio.to_thread(_make_accounts, self._data):
            raise _Ended("演示账号没有建成，演示没有启动")

    async def _ready(self, name: str, ready: str) -> str:
        """Waits for the line by which a part says that it is ready; gives what stands behind it."""
        told: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._echoes.add(asyncio.create_task(_echo(self._children[name], name, ready, told)))
        halt = asyncio.create_task(self._stop.wait())
        waits: list[asyncio.Future[Any]] = [told, halt]
        await asyncio.wait(waits, timeout=START_S, return_when=asyncio.FIRST_COMPLETED)
        halt.cancel()
        if self._stop.is_set():
            return ""
        if not told.done() or not told.result():
            raise _Ended(f"{_NAMES[name]}没有启动成功，演示结束")
        return told.result()

    async def _watch(self, duration_s: float | None) -> int:
        """Until told to stop, the time is over, or a part ends by itself."""
        ends = {asyncio.create_task(child.wait()): name for name, child in self._children.items()}
        halt = asyncio.create_task(self._stop.wait())
        done, _ = await asyncio.wait([*ends, halt], timeout=duration_s, return_when=asyncio.FIRST_COMPLETED)
        for task in (*ends, halt):
            task.cancel()
        ended = {ends[task] for task in done if task in ends}
        if self._stop.is_set() or not ended:
            return 0
        if ended == {"console"}:
            return int(self._children["console"].returncode or 0)
        raise _Ended(f"{'、'.join(_NAMES[name] for name in sorted(ended))}自行退出，演示结束")

    async def _end(self) -> None:
        """Console first, plant last: nobody sees the other go."""
        parts = [self._children.get(name) for name in ("console", "station", "plant")]
        for child in (*parts, self._painter):
            if child is None:
                continue
            if child.returncode is None:
                _tell_to_end(child)
                try:
                    await asyncio.wait_for(child.wait(), STOP_S)
                except TimeoutError:
                    child.kill()
                    await child.wait()
        for echo in self._echoes:
            await echo

    def _tell_plant(self, line: str) -> None:
        plant = self._children.get("plant")
        if plant is not None and plant.stdin is not None and plant.returncode is None:
            plant.stdin.write(f"{line}\n".encode())

    async def _spawn(self, name: str, *words: str, out: int | None = None) -> asyncio.subprocess.Process:
        self._children[name] = await self._start(words, out)
        return self._children[name]

    async def _start(self, words: Sequence[str], out: int | None, errors: int | None = None) -> asyncio.subprocess.Process:
        command = (*self._program, *words)
        if sys.platform == "linux":
            return await asyncio.create_subprocess_exec(
                *command,
                stdin=subprocess.PIPE,
                stdout=out,
                stderr=errors,
                preexec_fn=partial(_die_with_parent, os.getpid()),
                start_new_session=True,
            )
        return await asyncio.create_subprocess_exec(
            sys.executable, "-m", "app.plant.leash", *command, stdin=subprocess.PIPE, stdout=out, stderr=errors
        )


_NAMES = {"plant": "演示工厂", "station": "站点服务", "console": "值守台"}


async def _echo(child: asyncio.subprocess.Process, name: str, ready: str, told: "asyncio.Future[str]") -> None:
    """Everything a part says comes out here, with its name; the line that begins with `ready` is handed over."""
    assert child.stdout is not None
    while line := await child.stdout.readline():
        text = line.decode("utf-8", "replace").rstrip()
        if text.startswith(ready) and not told.done():
            told.set_result(text.removeprefix(ready))
        print(f"[{name}] {text}", flush=True)
    if not told.done():
        told.set_result("")


def _announce(url: str) -> None:
    print(f"demo ready {url}", flush=True)
    print(f"接口文档 {url.rstrip('/')}/docs   演示账号（角色 用户名 密码）：")
    for name, role, password in ACCOUNTS:
        print(f"  {role.value:<11}{name:<11}{password}")
    print("输入 leak、overfill、cut gds 30、calm 等命令可触发异常；Ctrl+C 结束", flush=True)


def _tell_to_end(child: asyncio.subprocess.Process) -> None:
    if sys.platform == "linux":
        with suppress(ProcessLookupError):
            child.terminate()
    elif child.stdin is not None:
        child.stdin.close()  # the leash ends what it holds


def _die_with_parent(parent: int) -> None:
    """In the child, before it becomes the program: the kernel ends it when we are gone (prctl PR_SET_PDEATHSIG)."""
    ctypes.CDLL(None).prctl(1, signal.SIGTERM)
    if os.getppid() != parent:  # we were gone already
        os._exit(1)

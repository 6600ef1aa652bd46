"""`hazwatch plant`: reads a site package, plays its plant, serves every source of it, takes commands on standard input.

Prints one line when all sources can be read: `plant ready dcs=opc.tcp://… gds=tcp://…`. Commands (see `upsets`) come one a
line and are answered one a line; the end of the input ends nothing.
"""

import asyncio
import sys
import tempfile
from contextlib import ExitStack, suppress
from pathlib import Path

from app.domain.plant import Site
from app.plant.field import Field, field_of
from app.plant.lines import listen_to_stdin
from app.plant.ports import free_port
from app.plant.scale import scaled_package
from app.plant.servers import Server, servers_of
from app.plant.signals import on_signals
from app.plant.upsets import Upsets, WrongCommand
from app.site.faults import SiteFaults
from app.site.load import load_site

TICK_S = 0.5
BIG = 5000
"""Tags from which the plant moves once a second, not twice."""


def bundled_site() -> Path:
    return Path(__file__).resolve().parents[2] / "resources" / "demo" / "site"


def run_plant(site: Path | None, seed: int = 1, speed: float = 1.0, scale: int | None = None) -> int:
    """0 when it was told to end, 1 when the package or a port is not right. With `scale` a package of that many tags is made
    in `site` (or a folder that goes away again) and served."""
    with ExitStack() as keep:
        try:
            folder = site or bundled_site()
            if scale is not None:
                folder = site or Path(keep.enter_context(tempfile.TemporaryDirectory(prefix="hazwatch-scale-"))) / "site"
                scaled_package(folder, scale, f"opc.tcp://127.0.0.1:{free_port(4840)}/plant")
            package = load_site(folder)
        except SiteFaults as wrong:
            for fault in wrong.faults:
                print(fault)
            print(f"站点包 {folder} 有错误，演示工厂没有启动", file=sys.stderr)
            return 1
        except (OSError, ValueError) as wrong:
            print(f"站点包 {site or scale} 不能用：{wrong}", file=sys.stderr)
            return 1
        if scale is not None:
            print(f"site {folder}", flush=True)
        return asyncio.run(serve(package, seed, speed))


async def serve(site: Site, seed: int, speed: float) -> int:
    field, demo = field_of(site, seed)
    upsets = Upsets(field, demo, [source.id for source in site.sources])
    servers, left = servers_of(site)
    for sentence in left:
        print(sentence, file=sys.stderr)
    if not servers:
        print("站点包里没有演示工厂能提供的数据源", file=sys.stderr)
        return 1
    stop = asyncio.Event()
    on_signals(stop.set)
    started: list[Server] = []
    try:
        for server in servers:
            try:
                started.append(server)
                await server.start(field.readings())
            except OSError as failure:
                print(f"{server.endpoint} 不能使用：{failure.strerror or failure}", file=sys.stderr)
                print("端口可能已被占用：请结束占用它的程序，或在 site.toml 里换一个端口", file=sys.stderr)
                return 1
        where = " ".join(f"{name}={server.endpoint}" for server in servers for name in server.sources)
        print(f"plant ready {where}", flush=True)
        listen_to_stdin(lambda line: print(_obey(upsets, line), flush=True))
        await _live(field, upsets, servers, speed, stop)
    finally:
        for server in started:
            await server.stop()
    return 0


async def _live(field: Field, upsets: Upsets, servers: list[Server], speed: float, stop: asyncio.Event) -> None:
    """Moves the plant with the wall clock until `stop`; a machine that stood still is caught up by at most a few seconds."""
    loop = asyncio.get_running_loop()
    tick = TICK_S if len(field.tags) < BIG else 1.0
    last, cut = loop.time(), set[str]()
    while not stop.is_set():
        now = loop.time()
        field.step(min(now - last, 5.0) * speed)
        upsets.step()
        last = now
        readings = field.readings()
        for server in servers:
            await _plug(server, upsets.down, cut)
            if not cut.intersection(server.sources):
                await server.write(readings)
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), max(last + tick - loop.time(), 0.01))


async def _plug(server: Server, down: set[str], cut: set[str]) -> None:
    wanted, is_cut = not down.isdisjoint(server.sources), not cut.isdisjoint(server.sources)
    if wanted and not is_cut:
        cut.update(server.sources)
        await server.cut()
    elif is_cut and not wanted:
        try:
            await server.mend()
        except OSError as failure:
            print(f"{server.endpoint} 还不能重新监听：{failure.strerror or failure}", file=sys.stderr)
            return  # tried again at the next tick
        cut.difference_update(server.sources)


def _obey(upsets: Upsets, line: str) -> str:
    try:
        return upsets.command(line)
    except WrongCommand as wrong:
        return f"error {wrong}"

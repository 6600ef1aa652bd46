"""`hazwatch station`: the station as a process, from its data folder to the line `station ready URL` and back down.

Station side. Results go to stdout, messages to stderr and to `logs/station.log`.
"""

import asyncio
import contextlib
import errno
import gc
import signal
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

from app.domain.plant import Site
from app.site import SiteFaults, load_site
from app.station.api import make_api
from app.station.clock import StationClock
from app.station.configure import site_to_run, this_person
from app.station.logs import logging_to
from app.station.memory import settle_allocator, settle_memory
from app.station.past import LOADED_AT_START
from app.station.sdnotify import notify
from app.station.server import listen, serving
from app.station.station import Given, Station
from app.station.tls import Certificate, is_loopback, own_certificate
from app.store import open_store
from app.store.ports import Store, StoreUnavailable
from drivers.registry import DRIVERS

SWITCH_S = 0.001
"""After so long a thread gives the interpreter to one that waits. Whoever looks far back computes in a thread beside the event
loop: with Python's own 5 ms the loop came up to 50 ms late while a replay was sought, with this 8 ms, at the same cost."""


def run_station(site: Path | None, data: Path, host: str = "127.0.0.1", port: int = 8750, database: str | None = None) -> int:
    """Until SIGTERM or SIGINT. 0: ended cleanly, 1: could not start (the reason is on stderr, faults of the site on stdout)."""
    settle_allocator()
    sys.setswitchinterval(SWITCH_S)
    gc.disable()  # until `settle_memory`: walks through a table that only grows took a tenth of the start
    try:
        return _run(site, data, host, port, database)
    finally:
        gc.enable()


def _run(site: Path | None, data: Path, host: str, port: int, database: str | None) -> int:
    loaded: Site | None = None
    if site is not None:
        try:
            loaded = load_site(site)
        except SiteFaults as faults:
            for fault in faults.faults:
                print(" ".join(str(fault).split("\n")))
            say(f"站点包 {site}：发现 {len(faults.faults)} 处错误，站没有启动。请逐条改正，或用 hazwatch check 检查。")
            return 1
    try:
        store = open_store(data, database)
    except StoreUnavailable as error:
        say(str(error))
        return 1
    try:
        with logging_to(data / "logs"):
            return _run_on(store, loaded, site, data, host, port)
    except StoreUnavailable as error:
        say(str(error))
        return 1
    finally:
        store.close()


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _package(path: Path | None, data: Path) -> Path | None:
    """The folder the recordings of file:// cameras lie in: that of the package, remembered for starts without one."""
    note = data / "package"
    if path is not None and path.is_dir():
        note.write_text(str(path.resolve()), "utf-8")
        return path.resolve()
    return Path(note.read_text("utf-8")) if note.is_file() else None


def _run_on(store: Store, loaded: Site | None, path: Path | None, data: Path, host: str, port: int) -> int:
    now = StationClock().now()
    if loaded is not None:
        config, site, changes = site_to_run(store, loaded, this_person(), f"{LOADED_AT_START} {path}", now)
        if changes:
            say(f"配置已更新为第 {config.version} 版，共 {changes} 处变化，新旧值已记入事件日志")
    else:
        kept = store.config.current()
        if kept is None:
            say("数据目录里还没有配置：请加上 --site 站点包目录，或先运行 hazwatch import")
            return 1
        config, site = kept
    if not store.accounts.list():
        say("还没有任何用户：请运行 hazwatch user add 用户名 --role operator --data 数据目录 --password-stdin 建立第一个用户")
    tls: Certificate | None = None
    try:
        if not is_loopback(host):
            tls = own_certificate(data / "tls", host, now)
    except (OSError, ValueError) as error:
        say(f"数据目录里的证书不能使用：{error}；请检查 {data / 'tls'}，把它移走后重新启动会生成新的证书")
        return 1
    try:
        listening = listen(host, port)
    except (OSError, OverflowError) as error:
        say(f"不能在 {host}:{port} 提供服务：{_why_not_listening(error)}")
        return 1
    given = Given(site, store, data, DRIVERS, config, package=_package(path, data))
    with asyncio.Runner() as runner:
        return runner.run(_serve(given, listening, tls))


def _why_not_listening(error: Exception) -> str:
    if isinstance(error, OverflowError):
        return "端口应在 0 到 65535 之间"
    if isinstance(error, socket.gaierror):
        return "这个地址无法解析，请检查 --host"
    match error.errno if isinstance(error, OSError) else None:
        case errno.EADDRINUSE:
            return "端口已被另一个程序占用，请先停掉它，或用 --port 换一个端口"
        case errno.EADDRNOTAVAIL:
            return "本机没有这个地址，请检查 --host"
        case errno.EACCES | errno.EPERM:
            return "没有使用这个端口的权限，请用 --port 换一个 1024 以上的端口"
        case _:
            return f"{error}；请检查 --host 和 --port"


async def _serve(given: Given, listening: socket.socket, tls: Certificate | None) -> int:
    stop = asyncio.Event()
    with _signals(stop):
        station = await Station.start(given)
        settle_memory()
        try:
            async with serving(make_api(station, "" if tls is None else tls.thumbprint), listening, tls) as url:
                if tls is not None:
                    say(f"证书指纹（SHA-256）：{tls.thumbprint}")
                print(f"station ready {url}", flush=True)
                notify("READY=1")
                await stop.wait()
        finally:
            notify("STOPPING=1")
            await station.stop()
    return 0


@contextlib.contextmanager
def _signals(stop: asyncio.Event) -> Iterator[None]:
    """SIGTERM and SIGINT set `stop`; a second one changes nothing."""
    loop = asyncio.get_running_loop()
    wanted = [signal.SIGTERM, signal.SIGINT]
    before = {}
    for number in wanted:
        # signal.signal and not add_signal_handler: Windows has only this one.
        before[number] = signal.signal(number, lambda *_: loop.call_soon_threadsafe(stop.set))
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)

"""The running of the system itself, in five parts (五位一体运维): sensors, cameras, gateways, network, platform.

Station side. Every line is a measured fact with its state, since when, and what to do about it; what this system cannot tell
says so and is no "normal". The worst lines of a part come first and give the part its state.
"""

import os
import shutil
import sys
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from cryptography import x509

from app.domain.driver_words import driver_name
from app.domain.instant import DAY, SECOND, Instant, from_rfc3339, to_rfc3339
from app.domain.sample import Quality, Reason
from app.domain.sample_words import REASONS
from app.domain.saying import worded
from app.domain.settings import settings
from app.domain.settings.operations import OperationsSettings, read_operations
from app.domain.wire import LinkMsg
from app.station.links import Link

if TYPE_CHECKING:
    from app.station.station import Station

BACKUP_NOTE = "last_backup"  # file of the data folder: when the last backup was made
MOST = 50  # lines of a part
OK, UNKNOWN, WARN, BAD = "ok", "unknown", "warn", "bad"
_ORDER = (BAD, WARN, UNKNOWN, OK)
_OF_THE_LINK = frozenset({Reason.COMM_LOST, Reason.TIMEOUT, Reason.NO_DATA_YET, Reason.STALE})
_LOST, _FAULTY = "见“网关与控制器”；恢复前另派人监视", "查变送器和接线；修好前按检修规程另派人监视"
_INTERFACES = Path("/sys/class/net")
_STATUS = Path("/proc/self/status")


@dataclass(frozen=True, slots=True)
class Line:
    """`said`: what was measured. `since` RFC 3339 where it is known. `todo`: what a person should do, "" when all is well. All
    of it Chinese; `words` are the same three with places for the `figures`, for a desk of another language."""

    name: str
    state: str
    said: str
    todo: str
    since: str | None
    words: dict[str, str]
    figures: dict[str, Any]


def _line(name: str, state: str, said: str, todo: str = "", since: str | None = None, **figures: Any) -> Line:
    words = {"name": name, "said": said, "todo": todo}
    return Line(
        worded(name, figures), state, worded(said, figures), worded(todo, figures), since, words, figures
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Part:
    """`count` of lines in each state, also of those that are not among `lines`."""

    id: str
    state: str
    said: str
    count: dict[str, int]
    lines: list[Line]
    words: dict[str, str]
    figures: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Operations:
    at: str
    parts: list[Part]
    defaults: OperationsSettings


@dataclass(frozen=True, slots=True)
class Host:
    """What only a look at files and disks tells. None: this system does not say."""

    free: int | None
    total: int | None
    memory: int | None
    load: float | None
    interfaces: dict[str, bool] | None
    certificates: dict[str, Instant]  # name -> not valid after
    backup: Instant | None


async def operations(station: "Station") -> Operations:
    host = await station.call(look_at_host, station.given.data)
    now, wanted = station.clock.now(), settings(station.site.options, "operations", read_operations)
    links = list(station.links.values())
    parts = [
        _sensors(station),
        _cameras(station),
        _gateways(links),
        _network(station, links, host),
        _platform(station, host, wanted, now),
    ]
    return Operations(to_rfc3339(now), parts, wanted)


def _part(id_: str, said: str, lines: Iterable[Line], **figures: Any) -> Part:
    ordered = sorted(lines, key=lambda line: (_ORDER.index(line.state), line.since or "~", line.name))
    count = {state: sum(line.state == state for line in ordered) for state in _ORDER}
    worst = next((state for state in (BAD, WARN) if count[state]), None)
    state = worst or (OK if count[OK] else UNKNOWN)
    return Part(id_, state, worded(said, figures), count, ordered[:MOST], {"said": said}, figures)


def _sensors(station: "Station") -> Part:
    lines, good = [], 0
    for slot in station.table.slots.values():
        sample = slot.sample
        if sample.quality is Quality.GOOD:
            good += 1
            continue
        state = BAD if sample.quality is Quality.BAD else WARN
        why = REASONS[sample.reason]
        since = to_rfc3339(sample.source_time) if sample.source_time else None
        name = f"{slot.tag.tag} {slot.tag.name}".strip()
        todo = _LOST if sample.reason in _OF_THE_LINK else _FAULTY
        lines.append(_line("{sensor}", state, "{why:word}", todo, since, sensor=name, why=why))
    found = _part("sensors", "{total} 个位号，{good} 个数据好", lines, total=good + len(lines), good=good)
    count = {**found.count, OK: good}
    return replace(found, count=count, state=OK if good and found.state == UNKNOWN else found.state)


def _cameras(station: "Station") -> Part:
    lines = []
    for one in station.video.states():
        name = f"{one.camera} {one.name}".strip()
        if not one.state:
            lines.append(_line("{camera}", UNKNOWN, "站不取这台摄像机的画面（没有绑定报警）", camera=name))
        elif one.state == "live":
            apart = one.clock_offset_s
            if apart is not None and abs(apart) > station.video.settings.clock_limit_s:
                todo = "给摄像机设置校时服务器"
                lines.append(_line("{camera}", WARN, "画面正常，时钟差 {apart:+.0f} 秒", todo, camera=name, apart=apart))
            else:
                said = "画面正常，{fps:.0f} 帧/秒，断线重连 {again} 次"
                lines.append(_line("{camera}", OK, said, camera=name, fps=one.fps, again=one.reconnects))
        else:
            why, todo = one.words or "没有画面", "查摄像机供电、网线和登录信息"
            lines.append(_line("{camera}", BAD, "{why:word}", todo, one.since, camera=name, why=why))
    live = sum(line.state in (OK, WARN) for line in lines)
    return _part("cameras", "{total} 台摄像机，{live} 台有画面", lines, total=len(lines), live=live)


def _gateways(links: Sequence[Link]) -> Part:
    told = [link.message() for link in links]
    up = sum(one.state == "up" for one in told)
    return _part("gateways", "{total} 个数据源，{up} 个接通", [_gateway(one) for one in told], total=len(told), up=up)


def _gateway(link: LinkMsg) -> Line:
    name = f"{link.source} {link.name}".strip()
    if link.state == "down":
        why, todo = link.last_error or "连接断开", "查网关或控制器的供电、网线和地址"
        return _line("{source}", BAD, "{why:word}", todo, link.since, source=name, why=why)
    if link.state != "up":
        return _line("{source}", WARN, "正在连接", "", link.since, source=name)
    doubted = link.uncertain + link.bad
    said = "{driver:word}，{rate:g} 数据/秒，{age:.0f} 秒前有数据，{tags} 个位号中 {doubted} 个存疑"
    if link.age_s is None:
        said = "{driver:word}，还没有数据，{tags} 个位号中 {doubted} 个存疑"
    figures: dict[str, Any] = {"driver": driver_name(link.driver), "rate": link.rate, "age": link.age_s, "tags": link.tags}
    todo = "见“传感器”一栏" if doubted else ""
    return _line("{source}", WARN if doubted else OK, said, todo, link.since, source=name, doubted=doubted, **figures)


def _network(station: "Station", links: Sequence[Link], host: Host) -> Part:
    by_host: dict[str, list[Link]] = {}
    for link in links:
        where = urlsplit(link.source.url).hostname or link.source.url
        by_host.setdefault(where, []).append(link)
    lines = []
    for where, some in by_host.items():
        down = [link for link in some if link.state == "down"]
        again = sum(link.reconnects for link in some)
        said = "{up}/{total} 个连接通，本次启动以来重连 {again} 次"
        figures: dict[str, Any] = {"host": where, "up": len(some) - len(down), "total": len(some), "again": again}
        state = BAD if len(down) == len(some) else WARN if down else OK
        since = min((to_rfc3339(link.since) for link in down), default=None)
        lines.append(_line("主机 {host}", state, said, "查到这台主机的网线、交换机和防火墙" if down else "", since, **figures))
    if host.interfaces is None:
        lines.append(_line("站主机网口", UNKNOWN, "本系统不提供网口状态"))
    for name, up in (host.interfaces or {}).items():
        said, todo = ("已连接", "") if up else ("没有连接", "不用的网口请停用，在用的请查网线")
        lines.append(_line("网口 {port}", OK if up else WARN, said, todo, port=name))
    seats = len(station.feed.clients)
    todo = "" if seats else "没有值守席连到站：报警没有人看到"
    lines.append(_line("值守席", OK if seats else WARN, "{seats} 个在线", todo, seats=seats))
    return _part("network", "{hosts} 台外部主机，{seats} 个值守席在线", lines, hosts=len(by_host), seats=seats)


def _platform(station: "Station", host: Host, wanted: OperationsSettings, now: Instant) -> Part:
    lines = [_disk(host, wanted), _pulse(station, wanted), *_queues(station), _backup(host, wanted, now)]
    for name, ends in host.certificates.items():
        days = (ends - now) // DAY
        state = BAD if ends <= now else WARN if days < wanted.certificate_days else OK
        said = "已过期" if ends <= now else "还有 {days} 天到期"
        todo = "" if state == OK else "换新证书：旧的移走后重启站会生成新的，再让各席核对指纹"
        lines.append(_line("证书 {certificate}", state, said, todo, certificate=name, days=days))
    for text in station.notices.texts():
        lines.append(_line("站的提示", WARN, "{text:word}", "按提示处理", text=text))
    if host.memory is None:
        lines.append(_line("站的内存", UNKNOWN, "本系统不提供"))
    else:
        lines.append(_line("站的内存", OK, "{mb:.0f} MB", mb=host.memory / 1e6))
    if host.load is not None:
        cores = os.cpu_count() or 1
        busy = host.load > cores * 1.5
        todo = "停掉站主机上别的程序" if busy else ""
        said = "{load:.1f}（{cores} 核，近 1 分钟）"
        lines.append(_line("主机负载", WARN if busy else OK, said, todo, load=host.load, cores=cores))
    up = (now - station.started_at) / SECOND
    days, hours = divmod(int(up // 3600), 24)
    version = station.given.version
    return _part("platform", "站 {version}，已运行 {days} 天 {hours} 小时", lines, version=version, days=days, hours=hours)


def _disk(host: Host, wanted: OperationsSettings) -> Line:
    if host.free is None or not host.total:
        return _line("数据盘", UNKNOWN, "读不到数据盘的剩余空间", "查数据盘")
    share = host.free / host.total
    low = share < wanted.disk_share
    todo = "清理或扩大磁盘：写满后报警将无法记录" if low else ""
    said = "剩余 {free:.1f} GB，占 {share:.0%}"
    return _line("数据盘", WARN if low else OK, said, todo, free=host.free / 1e9, share=share)


def _pulse(station: "Station", wanted: OperationsSettings) -> Line:
    heart = station.heart
    said = "近 10 分钟最长停顿 {worst:.0f} 毫秒，启动以来 {longest:.1f} 秒，超限 {holds} 次；{guard:word}"
    guard = "由系统看门狗监视" if heart.watchdog is not None else "没有系统看门狗"
    held = heart.worst > wanted.held_s
    figures: dict[str, Any] = {"worst": heart.worst * 1000, "longest": heart.longest, "holds": heart.holds, "guard": guard}
    return _line("站的响应", BAD if held else OK, said, "查站主机的负载、磁盘和内存" if held else "", **figures)


def _queues(station: "Station") -> list[Line]:
    writer, history = station.writer, station.history
    journal = _line("日志写入队列", OK, "{n} 批等待", n=writer.backlog)
    samples = _line("历史写入队列", OK, "{n} 个样本等待，丢失 {lost} 个", n=history.buffered, lost=history.lost)
    return [
        _full(journal.name, writer.trouble) if writer.trouble else journal,
        _full(samples.name, history.trouble) if history.trouble else samples,
    ]


def _full(name: str, trouble: str) -> Line:
    return _line(name, BAD, "{why:word}", "查数据盘和数据库", why=trouble)


def _backup(host: Host, wanted: OperationsSettings, now: Instant) -> Line:
    todo = "运行 hazwatch backup，并把文件存到别的机器"
    if host.backup is None:
        return _line("备份", WARN, "没有备份记录", todo)
    days = (now - host.backup) // DAY
    old = days >= wanted.backup_days
    said = "最近一次在 {days} 天前" if days else "今天备份过"
    return _line("备份", WARN if old else OK, said, todo if old else "", to_rfc3339(host.backup), days=days)


def look_at_host(data: Path) -> Host:
    """Blocking. Whatever cannot be read is None."""
    free: int | None = None
    total: int | None = None
    with suppress(OSError):
        total, _, free = shutil.disk_usage(data)
    return Host(free, total, _memory(), _load(), _interfaces(), _certificates(data), _last_backup(data))


def _memory() -> int | None:
    try:
        lines = _STATUS.read_text("ascii").splitlines()
    except OSError:
        return None
    found = next((line.split()[1] for line in lines if line.startswith("VmRSS:")), None)
    return None if found is None else int(found) * 1024


def _load() -> float | None:
    return os.getloadavg()[0] if sys.platform != "win32" else None


def _interfaces() -> dict[str, bool] | None:
    """Those of hardware, or of a virtual machine; loopback and bridges are none of it."""
    try:
        names = sorted(one.name for one in _INTERFACES.iterdir() if (one / "device").exists())
        return {name: (_INTERFACES / name / "operstate").read_text("ascii").strip() == "up" for name in names}
    except OSError:
        return None


def _certificates(data: Path) -> dict[str, Instant]:
    """The station's own and those it shows to its sources."""
    found: dict[str, Instant] = {}
    for file in [data / "tls" / "station.crt", *sorted((data / "pki").glob("*/own.pem"))]:
        try:
            made = x509.load_pem_x509_certificate(file.read_bytes())
        except (OSError, ValueError):
            continue  # none was needed yet; a damaged one is told where it is used
        found[str(file.relative_to(data))] = round(made.not_valid_after_utc.timestamp() * SECOND)
    return found


def note_backup(data: Path, now: Instant) -> None:
    """Called when a backup was written and lies where it should."""
    (data / BACKUP_NOTE).write_text(to_rfc3339(now), "ascii")


def _last_backup(data: Path) -> Instant | None:
    try:
        return from_rfc3339((data / BACKUP_NOTE).read_text("ascii").strip())
    except (OSError, ValueError):
        return None

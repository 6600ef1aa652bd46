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
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from cryptography import x509

from app.domain.driver_words import driver_name
from app.domain.instant import DAY, SECOND, Instant, from_rfc3339, to_rfc3339
from app.domain.sample import Quality, Reason
from app.domain.settings import settings
from app.domain.settings.operations import OperationsSettings, read_operations
from app.domain.wire import LinkMsg
from app.station.links import Link
from app.station.words import REASON_WORDS

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
    """`said`: what was measured. `since` RFC 3339 where it is known. `todo`: what a person should do, "" when all is well."""

    name: str
    state: str
    said: str
    todo: str = ""
    since: str | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """`count` of lines in each state, also of those that are not among `lines`."""

    id: str
    state: str
    said: str
    count: dict[str, int]
    lines: list[Line]


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


def _part(id_: str, said: str, lines: Iterable[Line]) -> Part:
    ordered = sorted(lines, key=lambda line: (_ORDER.index(line.state), line.since or "~", line.name))
    count = {state: sum(line.state == state for line in ordered) for state in _ORDER}
    worst = next((state for state in (BAD, WARN) if count[state]), None)
    state = worst or (OK if count[OK] else UNKNOWN)
    return Part(id_, state, said, count, ordered[:MOST])


def _sensors(station: "Station") -> Part:
    lines, good = [], 0
    for slot in station.table.slots.values():
        sample = slot.sample
        if sample.quality is Quality.GOOD:
            good += 1
            continue
        state = BAD if sample.quality is Quality.BAD else WARN
        why = REASON_WORDS[sample.reason]
        since = to_rfc3339(sample.source_time) if sample.source_time else None
        name = f"{slot.tag.tag} {slot.tag.name}".strip()
        lines.append(Line(name, state, why, _LOST if sample.reason in _OF_THE_LINK else _FAULTY, since))
    found = _part("sensors", f"{good + len(lines)} 个位号，{good} 个数据好", lines)
    count = {**found.count, OK: good}
    return replace(found, count=count, state=OK if good and found.state == UNKNOWN else found.state)


def _cameras(station: "Station") -> Part:
    lines = []
    for one in station.video.states():
        name = f"{one.camera} {one.name}".strip()
        if not one.state:
            lines.append(Line(name, UNKNOWN, "站不取这台摄像机的画面（没有绑定报警）"))
        elif one.state == "live":
            apart = one.clock_offset_s
            if apart is not None and abs(apart) > station.video.settings.clock_limit_s:
                lines.append(Line(name, WARN, f"画面正常，时钟差 {apart:+.0f} 秒", "给摄像机设置校时服务器"))
            else:
                lines.append(Line(name, OK, f"画面正常，{one.fps:.0f} 帧/秒，断线重连 {one.reconnects} 次"))
        else:
            lines.append(Line(name, BAD, one.words or "没有画面", "查摄像机供电、网线和登录信息", one.since))
    live = sum(line.state in (OK, WARN) for line in lines)
    return _part("cameras", f"{len(lines)} 台摄像机，{live} 台有画面", lines)


def _gateways(links: Sequence[Link]) -> Part:
    told = [link.message() for link in links]
    up = sum(one.state == "up" for one in told)
    return _part("gateways", f"{len(told)} 个数据源，{up} 个接通", [_gateway(one) for one in told])


def _gateway(link: LinkMsg) -> Line:
    name = f"{link.source} {link.name}".strip()
    if link.state == "down":
        return Line(name, BAD, link.last_error or "连接断开", "查网关或控制器的供电、网线和地址", link.since)
    if link.state != "up":
        return Line(name, WARN, "正在连接", "", link.since)
    heard = "" if link.age_s is None else f"，{link.age_s:.0f} 秒前有数据"
    doubted = link.uncertain + link.bad
    said = f"{driver_name(link.driver)}，{link.rate:g} 数据/秒{heard}，{link.tags} 个位号中 {doubted} 个存疑"
    return Line(name, WARN if doubted else OK, said, "见“传感器”一栏" if doubted else "", link.since)


def _network(station: "Station", links: Sequence[Link], host: Host) -> Part:
    by_host: dict[str, list[Link]] = {}
    for link in links:
        where = urlsplit(link.source.url).hostname or link.source.url
        by_host.setdefault(where, []).append(link)
    lines = []
    for where, some in by_host.items():
        down = [link for link in some if link.state == "down"]
        again = sum(link.reconnects for link in some)
        said = f"{len(some) - len(down)}/{len(some)} 个连接通，本次启动以来重连 {again} 次"
        state = BAD if len(down) == len(some) else WARN if down else OK
        since = min((to_rfc3339(link.since) for link in down), default=None)
        lines.append(Line(f"主机 {where}", state, said, "查到这台主机的网线、交换机和防火墙" if down else "", since))
    if host.interfaces is None:
        lines.append(Line("站主机网口", UNKNOWN, "本系统不提供网口状态"))
    for name, up in (host.interfaces or {}).items():
        said, todo = ("已连接", "") if up else ("没有连接", "不用的网口请停用，在用的请查网线")
        lines.append(Line(f"网口 {name}", OK if up else WARN, said, todo))
    seats = len(station.feed.clients)
    lines.append(Line("值守席", OK if seats else WARN, f"{seats} 个在线", "" if seats else "没有值守席连到站：报警没有人看到"))
    return _part("network", f"{len(by_host)} 台外部主机，{seats} 个值守席在线", lines)


def _platform(station: "Station", host: Host, wanted: OperationsSettings, now: Instant) -> Part:
    lines = [_disk(host, wanted), _pulse(station, wanted), *_queues(station), _backup(host, wanted, now)]
    for name, ends in host.certificates.items():
        days = (ends - now) // DAY
        state = BAD if ends <= now else WARN if days < wanted.certificate_days else OK
        said = "已过期" if ends <= now else f"还有 {days} 天到期"
        todo = "" if state == OK else "换新证书：旧的移走后重启站会生成新的，再让各席核对指纹"
        lines.append(Line(f"证书 {name}", state, said, todo))
    for text in station.notices.texts():
        lines.append(Line("站的提示", WARN, text, "按提示处理"))
    if host.memory is None:
        lines.append(Line("站的内存", UNKNOWN, "本系统不提供"))
    else:
        lines.append(Line("站的内存", OK, f"{host.memory / 1e6:.0f} MB"))
    if host.load is not None:
        cores = os.cpu_count() or 1
        busy = host.load > cores * 1.5
        todo = "停掉站主机上别的程序" if busy else ""
        lines.append(Line("主机负载", WARN if busy else OK, f"{host.load:.1f}（{cores} 核，近 1 分钟）", todo))
    up = (now - station.started_at) / SECOND
    days, hours = divmod(int(up // 3600), 24)
    return _part("platform", f"站 {station.given.version}，已运行 {days} 天 {hours} 小时", lines)


def _disk(host: Host, wanted: OperationsSettings) -> Line:
    if host.free is None or not host.total:
        return Line("数据盘", UNKNOWN, "读不到数据盘的剩余空间", "查数据盘")
    share = host.free / host.total
    low = share < wanted.disk_share
    said = f"剩余 {host.free / 1e9:.1f} GB，占 {share:.0%}"
    return Line("数据盘", WARN if low else OK, said, "清理或扩大磁盘：写满后报警将无法记录" if low else "")


def _pulse(station: "Station", wanted: OperationsSettings) -> Line:
    heart = station.heart
    said = f"近 10 分钟最长停顿 {heart.worst * 1000:.0f} 毫秒，启动以来 {heart.longest:.1f} 秒，超限 {heart.holds} 次"
    guard = "由系统看门狗监视" if heart.watchdog is not None else "没有系统看门狗"
    held = heart.worst > wanted.held_s
    return Line("站的响应", BAD if held else OK, f"{said}；{guard}", "查站主机的负载、磁盘和内存" if held else "")


def _queues(station: "Station") -> list[Line]:
    writer, history = station.writer, station.history
    journal = f"{writer.backlog} 批等待"
    samples = f"{history.buffered} 个样本等待，丢失 {history.lost} 个"
    return [_queue("日志写入队列", writer.trouble, journal), _queue("历史写入队列", history.trouble, samples)]


def _queue(name: str, trouble: str, said: str) -> Line:
    return Line(name, BAD, trouble, "查数据盘和数据库") if trouble else Line(name, OK, said)


def _backup(host: Host, wanted: OperationsSettings, now: Instant) -> Line:
    todo = "运行 hazwatch backup，并把文件存到别的机器"
    if host.backup is None:
        return Line("备份", WARN, "没有备份记录", todo)
    days = (now - host.backup) // DAY
    old = days >= wanted.backup_days
    said = f"最近一次在 {days} 天前" if days else "今天备份过"
    return Line("备份", WARN if old else OK, said, todo if old else "", to_rfc3339(host.backup))


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

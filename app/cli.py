"""The doors: `hazwatch demo|plant|station|console|...`, the same as `python -m app ...`.

Exit codes: 0 done, 1 the thing asked about is not right, 2 the call itself is wrong. Messages go to stderr, results to
stdout. Each door imports its program only when it is opened, so that `--help` and the login window come at once.
"""

import argparse
import os
import sys
from pathlib import Path

from app import __version__
from app.domain.roles import Role


def default_data() -> Path:
    """HAZWATCH_DATA, else the customary place of this system."""
    named = os.environ.get("HAZWATCH_DATA")
    if named:
        return Path(named)
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", str(Path.home()))) / "HazWatch"
    return Path(os.environ.get("XDG_DATA_HOME", str(Path.home() / ".local" / "share"))) / "hazwatch"


def _demo(args: argparse.Namespace) -> int:
    from app.demo import run_demo

    return run_demo(headless=args.headless, duration_s=args.seconds, station_port=args.station_port, data=args.data)


def _plant(args: argparse.Namespace) -> int:
    if args.pictures is not None:
        from app.plant.pictures import run_pictures

        return run_pictures(args.pictures)
    from app.plant.main import run_plant

    return run_plant(args.site, seed=args.seed, speed=args.speed, scale=args.scale)


def _station(args: argparse.Namespace) -> int:
    from app.station.main import run_station

    return run_station(args.site, args.data, host=args.host, port=args.port, database=args.database)


def _console(args: argparse.Namespace) -> int:
    from app.console.main import run_console

    return run_console(args.station, args.data)


def _wall(args: argparse.Namespace) -> int:
    from app.console.main import run_wall

    screens = [int(one) for one in args.screens.split(",")] if args.screens else None
    return run_wall(args.station, screens=screens, pages=args.page or [], data=args.data)


def _check(args: argparse.Namespace) -> int:
    from app.site.check import run_check

    return run_check(args.site)


def _import(args: argparse.Namespace) -> int:
    from app.station.admin import import_site

    return import_site(args.site, args.data, database=args.database)


def _export(args: argparse.Namespace) -> int:
    from app.station.admin import export_site

    return export_site(args.site, args.data, database=args.database)


def _probe(args: argparse.Namespace) -> int:
    from drivers.probe import run_probe

    password = sys.stdin.readline().rstrip("\r\n") if args.user else ""
    return run_probe(args.source_url, args.address, args.user, password, args.unit)


def _user(args: argparse.Namespace) -> int:
    from app.station import admin

    if args.user_action == "add":
        password = sys.stdin.readline().rstrip("\r\n")
        return admin.user_add(args.data, args.name, args.role, password, database=args.database)
    if args.user_action == "disable":
        return admin.user_disable(args.data, args.name, database=args.database)
    return admin.user_list(args.data, database=args.database)


def _secret(args: argparse.Namespace) -> int:
    from app.station.admin import secret_set

    return secret_set(args.data, args.name, sys.stdin.readline().rstrip("\r\n"))


def _verify(args: argparse.Namespace) -> int:
    from app.station.admin import verify

    return verify(args.data, database=args.database, seal=args.seal)


def _backup(args: argparse.Namespace) -> int:
    from app.station.admin import backup

    return backup(args.file, args.data, database=args.database)


def _restore(args: argparse.Namespace) -> int:
    from app.station.admin import restore

    return restore(args.file, args.data)


def _history(args: argparse.Namespace) -> int:
    from app.station import history_doors as doors

    if args.history_action == "export":
        return doors.history_export(args.data, args.file, args.tag, args.start, args.end, database=args.database)
    if args.history_action == "import":
        return doors.history_import(args.data, args.file, args.source, database=args.database)
    return doors.history_check(args.data, database=args.database)


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(prog="hazwatch", description="危源值守：重大危险源监测报警值守台")
    top.add_argument("--version", action="version", version=f"hazwatch {__version__}")
    doors = top.add_subparsers(dest="door", metavar="命令", required=True)

    def door(name: str, run: object, text: str, data: bool = False, database: bool = False) -> argparse.ArgumentParser:
        made = doors.add_parser(name, help=text, description=text)
        made.set_defaults(run=run)
        if data:
            made.add_argument("--data", type=Path, default=default_data(), metavar="DIR", help="数据目录")
        if database:
            made.add_argument("--database", metavar="URL", help="PostgreSQL 地址；不给则用数据目录里的 SQLite")
        return made

    demo = door("demo", _demo, "演示：在本机用真实协议运行一座演示工厂、一个站点服务和一个值守台")
    demo.add_argument("--headless", action="store_true", help="不开窗口")
    demo.add_argument("--seconds", type=float, metavar="N", help="运行 N 秒后自行结束")
    demo.add_argument("--station-port", type=int, metavar="P", help="站点服务端口；不给则自动选择")
    demo.add_argument("--data", type=Path, metavar="DIR", help="演示数据目录；不给则用临时目录，结束即删")

    plant = door("plant", _plant, "只运行演示工厂：按站点包用真实协议提供全部数据源")
    plant.add_argument("--site", type=Path, metavar="DIR", help="站点包；不给则用自带的演示工厂")
    plant.add_argument("--seed", type=int, default=1, metavar="N", help="随机种子")
    plant.add_argument("--speed", type=float, default=1.0, metavar="X", help="时间倍速")
    plant.add_argument("--scale", type=int, metavar="N", help="生成 N 个位号的工厂（压力测试）")
    plant.add_argument("--pictures", type=Path, metavar="DIR", help="只为演示站点包画出摄像机的演示画面")

    station = door("station", _station, "站点服务：采集、报警、记录、接口", data=True, database=True)
    station.add_argument("--site", type=Path, metavar="DIR", help="站点包；不给则用数据目录里已导入的配置")
    station.add_argument("--host", default="127.0.0.1", help="监听地址；本机以外一律使用 TLS")
    station.add_argument("--port", type=int, default=8750)

    console = door("console", _console, "值守台", data=True)
    console.add_argument("--station", metavar="URL", help="站点服务地址；不给则在本机启动一个")

    wall = door("wall", _wall, "大屏：全屏轮播页面，无需操作", data=True)
    wall.add_argument("--station", metavar="URL", required=True)
    wall.add_argument("--screens", metavar="0,1", help="屏幕序号")
    wall.add_argument("--page", action="append", metavar="NAME", help="页面名，可重复")

    door("check", _check, "检查站点包，逐条列出错误").add_argument("site", type=Path, metavar="SITE")
    for name, run, text in (("import", _import, "导入站点包为现行配置"), ("export", _export, "导出现行配置为站点包")):
        door(name, run, text, data=True, database=True).add_argument("site", type=Path, metavar="SITE")

    probe = door("probe", _probe, "直接读取现场原始数据，并列显示各种解码结果")
    probe.add_argument("source_url", metavar="SOURCE_URL")
    probe.add_argument("address", nargs="+", metavar="ADDRESS")
    probe.add_argument("--unit", type=int, default=1, help="Modbus 站号，地址里没有写时用")
    probe.add_argument("--user", default="", help="OPC UA 用户；密码从标准输入读一行")

    user = door("user", _user, "账号管理")
    actions = user.add_subparsers(dest="user_action", metavar="动作", required=True)
    for name, text in (("add", "新增账号，密码从标准输入读一行"), ("list", "列出账号"), ("disable", "停用账号")):
        action = actions.add_parser(name, help=text, description=text)
        if name != "list":
            action.add_argument("name", metavar="NAME")
        if name == "add":
            action.add_argument("--role", required=True, choices=[role.value for role in Role])
            action.add_argument("--password-stdin", action="store_true", required=True)
        action.add_argument("--data", type=Path, default=default_data(), metavar="DIR")
        action.add_argument("--database", metavar="URL")

    history = door("history", _history, "历史数据：导出、导入、检查")
    actions = history.add_subparsers(dest="history_action", metavar="动作", required=True)
    for name, text in (
        ("export", "导出样本为 .csv 或 .parquet 文件，站点服务运行中也可以"),
        ("import", "把 CSV 文件里的样本导入历史库，须先停站"),
        ("check", "检查历史库里每一段数据是否完好，站点服务运行中也可以"),
    ):
        action = actions.add_parser(name, help=text, description=text)
        if name != "check":
            action.add_argument("file", type=Path, metavar="FILE")
        if name == "export":
            action.add_argument("--tag", action="append", default=[], metavar="TAG", help="位号，可重复；不给则全部")
            action.add_argument("--start", required=True, metavar="TIME", help="如 2026-11-21T02:40:00Z")
            action.add_argument("--end", metavar="TIME", help="不给则到现在")
        if name == "import":
            action.add_argument("--source", required=True, metavar="NAME", help="加在每个位号前面的名字，与现场位号分开")
        action.add_argument("--data", type=Path, default=default_data(), metavar="DIR")
        action.add_argument("--database", metavar="URL")

    secret = door("secret", _secret, "保存数据源口令（从标准输入读一行），加密存放在数据目录", data=True)
    secret.add_argument("name", metavar="NAME")

    check_log = door("verify", _verify, "校验值守日志的哈希链", data=True, database=True)
    check_log.add_argument(
        "--seal", metavar="TEXT", help="再与一份日封印核对：二维码里的文字，或至少 last=编号 hash=哈希；- 从标准输入读"
    )
    door("backup", _backup, "备份为一个文件，站点服务运行中也可以", data=True, database=True).add_argument(
        "file", type=Path, metavar="FILE"
    )
    door("restore", _restore, "从备份文件恢复到空的数据目录", data=True).add_argument("file", type=Path, metavar="FILE")
    return top


def main(argv: list[str] | None = None) -> int:
    args = parser().parse_args(argv)
    try:
        return int(args.run(args))
    except KeyboardInterrupt:
        return 130

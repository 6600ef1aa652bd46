"""What the doors `user`, `verify`, `import`, `export`, `backup`, `restore` and `secret` do on a data folder. Station side.

Functions returning an exit code: 0 done, 1 not right. Results on stdout, messages on stderr. All but `restore` may run beside a
working station; an imported configuration counts from its next start. What changes something is journalled under the account
of the operating system.
"""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from app.domain.instant import to_rfc3339
from app.domain.roles import Role
from app.domain.seal import GivenSeal, read_seal
from app.site import SiteFaults, load_site, save_site
from app.station.clock import StationClock
from app.station.configure import keep_site, this_person
from app.station.operations import note_backup
from app.store import open_store, restore_backup
from app.store.ports import Store, StoreUnavailable
from app.store.rows import Record


def user_add(data: Path, name: str, role: str, password: str, database: str | None = None) -> int:
    try:
        wanted = Role(role)
    except ValueError:
        return _no(f"没有角色 {role}，应为：{' '.join(Role)}")

    def work(store: Store) -> int:
        now = StationClock().now()
        try:
            store.accounts.add(name, wanted, password, now)
        except ValueError as error:
            return _no(str(error))
        _journal(store, "user_add", {"name": name, "role": wanted.value})
        return _yes(f"已建立用户 {name}，角色 {wanted.value}")

    return _on(data, database, work)


def user_list(data: Path, database: str | None = None) -> int:
    """A line a user: name, role, enabled or disabled, since when."""

    def work(store: Store) -> int:
        for account in store.accounts.list():
            state = "enabled" if account.enabled else "disabled"
            print(account.name, account.role.value, state, to_rfc3339(account.created_at), sep="\t")
        return 0

    return _on(data, database, work)


def user_disable(data: Path, name: str, database: str | None = None) -> int:
    """A running station notices within seconds and ends the user's sessions."""

    def work(store: Store) -> int:
        try:
            store.accounts.set_enabled(name, False)
        except KeyError:
            return _no(f"没有用户 {name}")
        _journal(store, "user_disable", {"name": name})
        return _yes(f"已停用用户 {name}；已经登录的，十几秒内失效")

    return _on(data, database, work)


def verify(data: Path, database: str | None = None, seal: str | None = None) -> int:
    """Prints the count, or the first broken record; then every clip that is not what the journal says. `seal`: from paper, must
    fit as well; "-" reads it from standard input."""
    given: GivenSeal | None = None
    if seal is not None:
        try:
            given = read_seal(sys.stdin.read() if seal == "-" else seal)
        except ValueError as error:
            return _no(str(error))
    if database is None and not (data / "station.db").exists():
        return _no(f"数据目录 {data} 里没有事件日志")

    def work(store: Store) -> int:
        from app.station.video.verify import verify_clips  # brings the codecs, which no other command here needs

        verdict = store.journal.verify(_progress(store.journal.last_id()), given)
        if verdict.broken_at is None:
            print(f"{verdict.count} records, chain intact")
            if verdict.seals:
                print(f"{verdict.seals} seals, up to record {verdict.sealed_to}")
            if given is not None:
                print(f"seal at record {given.last} fits{'' if given.signature else ', no signature given'}")
            for note in verdict.notes:
                print(note)
            clips = verify_clips(store, data / "clips")
            for fault in clips.faults:
                print(fault)
            if clips.faults:
                return _no(f"事件日志完整，但有 {len(clips.faults)} 个录像片段与日志不符")
            if clips.clips:
                print(f"{clips.clips} clips, {clips.files} files fit the journal")
            return 0
        print(f"broken at record {verdict.broken_at}: {verdict.message}")
        return _no(f"事件日志在第 {verdict.broken_at} 条处不完整：{verdict.message}")

    return _on(data, database, work)


def import_site(site: Path, data: Path, database: str | None = None, why: str = "hazwatch import") -> int:
    try:
        loaded = load_site(site)
    except SiteFaults as refused:
        for fault in refused.faults:
            print(" ".join(str(fault).split("\n")))
        return _no(f"站点包 {site}：发现 {len(refused.faults)} 处错误，没有导入任何内容")

    def work(store: Store) -> int:
        version, changes = keep_site(store, loaded, this_person(), why, StationClock().now())
        print(f"version {version.version} changes {changes} tags {len(loaded.tags)}")
        return _yes("配置已导入，变化的新旧值已记入事件日志；正在运行的站在下次启动时采用")

    return _on(data, database, work)


def export_site(site: Path, data: Path, database: str | None = None) -> int:
    """Into a new folder, or a file when the name ends in .zip."""

    def work(store: Store) -> int:
        kept = store.config.current()
        if kept is None:
            return _no(f"数据目录 {data} 里还没有配置")
        try:
            save_site(kept[1], site)
        except (OSError, ValueError) as error:
            return _no(f"不能写入 {site}：{error}")
        print(f"version {kept[0].version} tags {len(kept[1].tags)}")
        return _yes(f"配置已导出到 {site}")

    return _on(data, database, work)


def backup(file: Path, data: Path, database: str | None = None) -> int:
    def work(store: Store) -> int:
        store.backup(str(file))
        note_backup(data, StationClock().now())
        print(file)
        return _yes("备份完成。备份文件含密钥，请像密码一样保管")

    return _on(data, database, work)


def restore(file: Path, data: Path) -> int:
    """Into a new or empty data folder."""
    try:
        restore_backup(file, data)
    except StoreUnavailable as error:
        return _no(str(error))
    return _yes(f"已恢复到 {data}")


def secret_set(data: Path, name: str, value: str) -> int:
    """A running station takes it at its next attempt to connect."""

    def work(store: Store) -> int:
        store.secrets.set(name, value)
        _journal(store, "secret_set", {"name": name})
        return _yes(f"已保存密码 {name}")

    return _on(data, None, work)


def secret_list(data: Path) -> int:
    def work(store: Store) -> int:
        for name in sorted(store.secrets.names()):
            print(name)
        return 0

    return _on(data, None, work)


def _progress(total: int) -> Callable[[int], None]:
    """A line on stderr about once a second, for a check that takes long enough to be waited for."""
    shown = time.monotonic()

    def heard(count: int) -> None:
        nonlocal shown
        if time.monotonic() - shown >= 1.0:
            shown = time.monotonic()
            print(f"已校验 {count} / {max(count, total)} 条", file=sys.stderr, flush=True)

    return heard


@contextmanager
def _opened(data: Path, database: str | None) -> Iterator[Store]:
    store = open_store(data, database, exclusive=False)
    try:
        yield store
    finally:
        store.close()


def _on(data: Path, database: str | None, work: Callable[[Store], int]) -> int:
    try:
        with _opened(data, database) as store:
            return work(store)
    except StoreUnavailable as error:
        return _no(str(error))


def _journal(store: Store, what: str, args: dict[str, str]) -> None:
    data = {"args": args, "command": what, "outcome": "done"}
    store.journal.append([Record(StationClock().now(), "command", this_person(), data=data)])


def _yes(text: str) -> int:
    print(text, file=sys.stderr)
    return 0


def _no(text: str) -> int:
    print(text, file=sys.stderr)
    return 1

"""Backup of a working station into one file, and restore."""

import hashlib
import json
import stat
import threading
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from app.domain.alarm import RuleState
from app.domain.plant import Site
from app.domain.roles import Role
from app.domain.sample import good
from app.store import accounts, open_store, restore_backup
from app.store.backup import write_backup
from app.store.ports import StoreUnavailable
from app.store.rows import Record
from tests.store.conftest import Place

PASSWORD = "Tank-farm-101"


@pytest.fixture
def full(sqlite_place: Place, monkeypatch: pytest.MonkeyPatch) -> Place:
    monkeypatch.setattr(accounts, "_hasher", PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))
    store = sqlite_place.open()
    store.journal.append(
        [Record(1, "alarm", "张工", "T", 1, {})], {"T/H": RuleState(active=True, occurrence=1, acked_by="张工")}
    )
    store.historian.append([good("T", 1.5, 10, 11)])
    store.accounts.add("张工", Role.OPERATOR, PASSWORD, 1)
    store.config.save(Site("1", "厂"), "张工", "投用", 1)
    store.secrets.set("dcs", "geheim")
    return sqlite_place


def test_everything_comes_back(full: Place, tmp_path: Path) -> None:
    file = tmp_path / "一月.backup"
    full.opened[0].backup(str(file))
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    restore_backup(file, tmp_path / "new" / "data")
    store = open_store(tmp_path / "new" / "data")
    assert store.journal.verify().count == 1
    assert store.journal.states() == {"T/H": RuleState(active=True, occurrence=1, acked_by="张工")}
    assert store.historian.raw("T", 0, 100) == [good("T", 1.5, 10, 11)]
    assert store.accounts.check("张工", PASSWORD) is not None
    current = store.config.current()
    assert current is not None
    assert current[1] == Site("1", "厂")
    assert store.secrets.get("dcs") == "geheim"
    assert store.journal.append([Record(2, "system")])[0].id == 2
    store.close()
    modes = {one.name: stat.S_IMODE(one.stat().st_mode) for one in (tmp_path / "new" / "data").iterdir()}
    assert set(modes.values()) == {0o600}, modes
    assert stat.S_IMODE((tmp_path / "new" / "data").stat().st_mode) == 0o700


def test_a_backup_of_a_station_without_history_or_secrets(sqlite_place: Place, tmp_path: Path) -> None:
    sqlite_place.open().backup(str(tmp_path / "b"))
    restore_backup(tmp_path / "b", tmp_path / "new")
    store = open_store(tmp_path / "new")
    assert (store.journal.last_id(), store.historian.last(), list(store.secrets.names())) == (0, {}, [])
    store.close()


def test_consistent_while_the_station_writes(full: Place, tmp_path: Path) -> None:
    """By a second process's store, as the command line does it, while records pour in."""
    store = full.opened[0]
    ended = threading.Event()

    def write() -> None:
        n = 1
        while not ended.is_set():
            n += 1
            store.journal.append([Record(n, "alarm", "", "T", n)] * 20, {"T/H": RuleState(occurrence=n)})
            store.historian.append([good("T", float(n), n, n)] * 100)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        tool = full.open(exclusive=False)
        for number in range(3):
            seen = store.journal.last_id()
            while store.journal.last_id() == seen:
                time.sleep(0.001)
            tool.backup(str(tmp_path / f"b{number}"))
    finally:
        ended.set()
        writer.join()
    counts = []
    for number in range(3):
        restore_backup(tmp_path / f"b{number}", tmp_path / f"d{number}")
        copy = open_store(tmp_path / f"d{number}")
        verdict = copy.journal.verify()
        assert verdict.broken_at is None
        assert copy.journal.states()["T/H"].occurrence == copy.journal.last_occurrence()
        counts.append(verdict.count)
        copy.close()
    assert counts[0] < counts[1] < counts[2]
    assert not list(tmp_path.glob(".*"))


def test_nothing_is_overwritten(full: Place, tmp_path: Path) -> None:
    file = tmp_path / "b"
    full.opened[0].backup(str(file))
    before = file.read_bytes()
    with pytest.raises(StoreUnavailable, match="已经存在"):
        full.opened[0].backup(str(file))
    assert file.read_bytes() == before
    with pytest.raises(StoreUnavailable, match="不是空的"):
        restore_backup(file, full.data)
    (tmp_path / "empty").mkdir()
    restore_backup(file, tmp_path / "empty")
    assert (tmp_path / "empty" / "station.db").exists()


def rewrite(file: Path, change: Callable[[dict[str, bytes]], None]) -> None:
    with zipfile.ZipFile(file) as archive:
        content = {name: archive.read(name) for name in archive.namelist()}
    change(content)
    with zipfile.ZipFile(file, "w") as archive:
        for name, data in content.items():
            archive.writestr(name, data)


def manifest(change: Callable[[dict[str, dict[str, str]]], None]) -> Callable[[dict[str, bytes]], None]:
    def rewritten(content: dict[str, bytes]) -> None:
        data = json.loads(content["manifest.json"])
        change(data)
        content["manifest.json"] = json.dumps(data).encode()

    return rewritten


DAMAGE: dict[str, tuple[Callable[[dict[str, bytes]], None], str]] = {
    "a changed database": (lambda c: c.update({"station.db": c["station.db"][:-1] + b"x"}), "校验和"),
    "a changed key": (lambda c: c.update({"secrets.key": b"x"}), "校验和"),
    "a missing file": (lambda c: c.pop("history.db") and None, "损坏"),
    "no manifest": (lambda c: c.pop("manifest.json") and None, "损坏"),
    "a manifest of nothing": (lambda c: c.update({"manifest.json": b"[]"}), "损坏"),
    "a way out of the folder": (manifest(lambda m: m["sha256"].update({"../evil": "0"})), "不认识"),
    "a newer format": (manifest(lambda m: m.update({"format": 3})), "更新版本"),  # type: ignore[dict-item]
}


@pytest.mark.parametrize("name", DAMAGE)
@pytest.mark.parametrize("existing", [True, False])
def test_a_damaged_backup_is_refused_and_leaves_nothing(full: Place, tmp_path: Path, name: str, existing: bool) -> None:
    change, says = DAMAGE[name]
    full.opened[0].backup(str(tmp_path / "b"))
    rewrite(tmp_path / "b", change)
    target = tmp_path / "target"
    if existing:
        target.mkdir()
    with pytest.raises(StoreUnavailable, match=says):
        restore_backup(tmp_path / "b", target)
    assert list(target.iterdir()) == [] if existing else not target.exists()
    assert not (tmp_path / "evil").exists()


def test_no_backup_file(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("nothing of the kind")
    for name, says in (("text", "损坏"), ("missing", "没有备份文件")):
        with pytest.raises(StoreUnavailable, match=says):
            restore_backup(tmp_path / name, tmp_path / "target")


@pytest.mark.postgres
def test_postgres_has_its_own_backup(postgres_place: Place, tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable, match="pg_dump"):
        postgres_place.open().backup(str(tmp_path / "b"))
    assert not (tmp_path / "b").exists()


def test_attachments_of_forms_go_along(tmp_path: Path) -> None:
    data, content = tmp_path / "data", b"photo" * 1000
    open_store(data).close()
    name = f"{hashlib.sha256(content).hexdigest()}.jpg"
    (data / "attachments").mkdir()
    (data / "attachments" / name).write_bytes(content)
    (data / "attachments" / ".incoming-1").write_bytes(b"half")
    write_backup(data, tmp_path / "all.zip")
    restore_backup(tmp_path / "all.zip", tmp_path / "new")
    assert [one.name for one in (tmp_path / "new" / "attachments").iterdir()] == [name]
    assert (tmp_path / "new" / "attachments" / name).read_bytes() == content

"""Trouble of disk and server, made for real: a plain sentence while it lasts, and the same object works again afterwards."""

import os
import resource
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pytest

import app.store.database
from app.domain.plant import Site
from app.domain.sample import good
from app.store import open_store
from app.store.opening import StationStore
from app.store.ports import StoreUnavailable
from app.store.rows import Record
from tests.store.conftest import Place
from tests.store.postgres import PostgresServer


def alarms(count: int = 1) -> list[Record]:
    return [Record(n, "alarm", "张工", "TK1", n, {"value": n, "text": "液位高" * 20}) for n in range(count)]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 8 MB of its own."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = shutil.which("mount")
    if mount is None or subprocess.run([mount, "-t", "tmpfs", "-o", "size=8m", "tmpfs", folder], check=False).returncode:
        pytest.skip("only root may mount a small disk")
    yield folder
    subprocess.run(["umount", folder], check=True)


def fill(folder: Path) -> Path:
    filler = folder / "filler"
    with filler.open("wb", buffering=0) as out:
        piece = 1 << 16
        while piece:
            try:
                out.write(b"x" * piece)
            except OSError:
                piece //= 2
    return filler


def until_it_fails(call: Callable[[], object], times: int = 2000) -> StoreUnavailable:
    """A full disk is met when the space a file already had is used up."""
    for _ in range(times):
        try:
            call()
        except StoreUnavailable as trouble:
            return trouble
    raise AssertionError("no trouble met")


def test_disk_full_and_freed_again(small_disk: Path) -> None:
    store = open_store(small_disk / "data")
    journal, historian = store.journal, store.historian
    journal.append(alarms())
    historian.append([good("T", 1.0, 1, 1)])
    filler = fill(small_disk)
    try:
        assert "磁盘已满" in str(until_it_fails(lambda: journal.append(alarms(20))))
        assert "磁盘已满" in str(until_it_fails(lambda: historian.append([good("T", float(n), n, n) for n in range(500)])))
        assert "磁盘已满" in str(until_it_fails(lambda: store.secrets.set("dcs", os.urandom(5000).hex()), 5))
        site = Site("1", "厂", pictures={"a.png": os.urandom(200_000)})
        assert "磁盘已满" in str(until_it_fails(lambda: store.config.save(site, "a", "", 1), 1))
        # reading goes on
        before = journal.verify()
        assert before.broken_at is None
        assert journal.last_id() == before.count
        kept = len(historian.raw("T", 0, 1000))
        assert store.secrets.names() == []
    finally:
        filler.unlink()
    assert journal.append(alarms(3))[-1].id == before.count + 3
    historian.append([good("T", 2.0, 2, 2)])
    assert len(historian.raw("T", 0, 1000)) == kept + 1
    store.secrets.set("dcs", "x")
    assert store.config.save(site, "a", "", 1).version == 1
    assert journal.verify().count == before.count + 3
    store.close()
    assert not [file for file in (small_disk / "data").iterdir() if file.name.startswith(".")]


def test_a_disk_that_can_only_be_read(small_disk: Path) -> None:
    open_store(small_disk / "data").close()
    subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)
    with pytest.raises(StoreUnavailable, match="只读"):
        open_store(small_disk / "data")


def test_a_file_that_may_not_grow(sqlite_place: Place) -> None:
    """The same as a full disk, for those who may not mount one."""
    journal = sqlite_place.open().journal
    journal.append(alarms())
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, hard))
    try:
        trouble = until_it_fails(lambda: journal.append(alarms(20)))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert "磁盘" in str(trouble)
    count = journal.verify().count
    assert journal.append(alarms())[0].id == count + 1
    assert journal.verify().broken_at is None


def test_locked_by_a_tool_and_released(sqlite_place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app.store.database, "BUSY_S", 0.1)
    journal = sqlite_place.open().journal
    with closing(sqlite3.connect(sqlite_place.data / "station.db", isolation_level=None)) as tool:
        tool.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreUnavailable, match="占用"):
            journal.append(alarms())
        assert journal.read() == []
        tool.execute("ROLLBACK")
    assert journal.append(alarms())[0].id == 1


@pytest.mark.parametrize("file", ["station.db", "history.db"])
def test_a_damaged_file(sqlite_place: Place, file: str) -> None:
    sqlite_place.open().historian.append([good("T", 1.0, 1, 1)])
    sqlite_place.close()
    (sqlite_place.data / file).write_bytes(b"no database " * 1000)
    for side in ("-wal", "-shm"):
        (sqlite_place.data / f"{file}{side}").unlink(missing_ok=True)
    if file == "station.db":
        with pytest.raises(StoreUnavailable, match="损坏"):
            sqlite_place.open()
        return
    # a damaged history must not keep the station from starting
    store = sqlite_place.open()
    assert store.journal.append(alarms())[0].id == 1
    for call in (
        lambda: store.historian.append([good("T", 1.0, 1, 1)]),
        lambda: store.historian.raw("T", 0, 1),
        lambda: store.historian.last(),
    ):
        with pytest.raises(StoreUnavailable, match="损坏"):
            call()


def lose_answer(store: StationStore, monkeypatch: pytest.MonkeyPatch, committed: bool) -> None:
    """The next commit reaches the database (or does not), and its answer is lost."""
    writer = store.journal._database._writer  # type: ignore[attr-defined]
    commit = writer.dialect.do_commit
    error: Exception
    if writer.dialect.name == "postgresql":
        error = psycopg.OperationalError("server closed the connection unexpectedly")
    else:
        error = sqlite3.OperationalError("disk I/O error")
        error.sqlite_errorcode = sqlite3.SQLITE_IOERR_FSYNC

    def do_commit(connection: Any) -> None:
        monkeypatch.undo()
        if committed:
            commit(connection)
        raise error

    monkeypatch.setattr(writer.dialect, "do_commit", do_commit)


@pytest.mark.parametrize("committed", [True, False])
@pytest.mark.parametrize("more", [0, 2])
def test_a_commit_whose_answer_was_lost_is_not_written_twice(
    store: StationStore, monkeypatch: pytest.MonkeyPatch, committed: bool, more: int
) -> None:
    journal = store.journal
    journal.append(alarms(1))
    lose_answer(store, monkeypatch, committed)
    with pytest.raises(StoreUnavailable):
        journal.append(alarms(3))
    written = journal.append(alarms(3 + more))
    assert [w.id for w in written] == list(range(2, 5 + more))
    assert journal.read(after=1) == written
    assert journal.verify().count == 4 + more
    # and it is not remembered for ever: the same words later are new records
    assert journal.append(alarms(3))[0].id == 5 + more


def test_a_caller_who_gives_up_after_a_lost_answer(store: StationStore, monkeypatch: pytest.MonkeyPatch) -> None:
    lose_answer(store, monkeypatch, committed=True)
    with pytest.raises(StoreUnavailable):
        store.journal.append(alarms(3))
    assert [w.id for w in store.journal.append([Record(9, "system")])] == [4]
    assert store.journal.verify().count == 4


@pytest.mark.postgres
def test_postgres_restarted(postgres: PostgresServer, postgres_place: Place) -> None:
    if not postgres.own:
        pytest.skip("the server HAZWATCH_TEST_PG names is not ours to stop")
    store = postgres_place.open()
    store.journal.append(alarms(2))
    store.historian.append([good("T", 1.0, 1, 1)])
    postgres.stop()
    try:
        for call in (
            lambda: store.journal.append(alarms()),
            lambda: store.journal.read(),
            lambda: store.historian.append([good("T", 2.0, 2, 2)]),
            lambda: store.accounts.get("a"),
            lambda: store.config.current(),
        ):
            with pytest.raises(StoreUnavailable, match="PostgreSQL"):
                call()
    finally:
        postgres.start()
    assert [w.id for w in store.journal.append(alarms(2))] == [3, 4]
    store.historian.append([good("T", 3.0, 3, 3)])
    assert [one.value for one in store.historian.raw("T", 0, 10)] == [1.0, 3.0]
    assert store.journal.verify().count == 4


@pytest.mark.postgres
def test_one_station_a_database(postgres_place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app.store.database, "CLAIM_S", 0.2)
    first = postgres_place.open()
    with pytest.raises(StoreUnavailable, match="另一个监控站"):
        open_store(tmp_path / "second", postgres_place.url)
    tool = postgres_place.open(exclusive=False)
    tool.journal.append(alarms())
    first.close()
    second = open_store(tmp_path / "second", postgres_place.url)
    second.journal.append(alarms())
    # the first comes back, say after its network was away: it must not write into the second one's watch
    with pytest.raises(StoreUnavailable, match="另一个监控站"):
        first.journal.append(alarms())
    second.close()
    assert first.journal.append(alarms())[0].id == 3


@pytest.mark.postgres
def test_no_password_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable) as told:
        open_store(tmp_path / "data", "postgresql://station:geheim@127.0.0.1:1/plant")
    assert "127.0.0.1/plant" in str(told.value)
    assert "geheim" not in str(told.value)


@pytest.mark.parametrize("url", ["mysql://a@b/c", "postgresql//x", "oracle://x"])
def test_a_url_of_something_else(tmp_path: Path, url: str) -> None:
    with pytest.raises(StoreUnavailable, match="postgresql://"):
        open_store(tmp_path / "data", url)
    open_store(tmp_path / "data").close()  # the lock was given back

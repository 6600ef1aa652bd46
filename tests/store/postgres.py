"""A PostgreSQL server of our own for tests: made, started, stopped and thrown away; or the one HAZWATCH_TEST_PG names.

HAZWATCH_TEST_PG is a URL of a user who may create databases; such a server is never stopped.
"""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from sqlalchemy import make_url

USER = "hazwatch"


class PostgresServer:
    """`own`: we started it and may stop it. Each test takes a database of its own."""

    def __init__(self, server: str, folder: Path | None = None, binaries: Path | None = None) -> None:
        self._server = server
        self._folder = folder
        self._binaries = binaries

    @property
    def own(self) -> bool:
        return self._folder is not None

    def new_database(self, like: str = "") -> str:
        """URL of an empty database, or of a copy of the one at the URL `like`, to which nobody is connected."""
        name = f"hazwatch_{uuid4().hex[:12]}"
        copied = f' TEMPLATE "{make_url(like).database}"' if like else ""
        with psycopg.connect(self._server, autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}"{copied}')  # type: ignore[arg-type]  # a name cannot be a parameter
        return make_url(self._server).set(database=name).render_as_string(hide_password=False)

    def drop(self, url: str) -> None:
        """On a server of somebody else; ours is thrown away whole."""
        if self.own:
            return
        with psycopg.connect(self._server, autocommit=True) as connection:
            connection.execute(f'DROP DATABASE "{make_url(url).database}" WITH (FORCE)')  # type: ignore[arg-type]

    def stop(self, mode: str = "immediate") -> None:
        """`immediate` is as good as a power cut: no checkpoint, clients are cut off."""
        self._ctl("stop", "-m", mode)

    def start(self) -> None:
        # fsync off: these tests are about our side; the bench measures with it on
        options = f"-k {self._folder} -c listen_addresses='' -c fsync=off -c max_connections=60"
        self._ctl("start", "-o", options, "-l", f"{self._folder}/log")

    def _ctl(self, *words: str) -> None:
        assert self._folder is not None and self._binaries is not None
        run_as_postgres([str(self._binaries / "pg_ctl"), "-w", "-D", f"{self._folder}/data", *words])


def run_as_postgres(command: list[str]) -> None:
    """The server refuses to run as root."""
    if os.geteuid() == 0:
        command = ["runuser", "-u", "postgres", "--", *command]
    done = subprocess.run(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, cwd="/", timeout=60, check=False
    )
    if done.returncode:
        raise RuntimeError(f"{command}: {done.stderr.decode(errors='replace')}")


def binaries() -> Path | None:
    for folder in sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True):
        if (folder / "initdb").exists() and (folder / "pg_ctl").exists():
            return folder
    found = shutil.which("initdb")
    return Path(found).parent if found else None


def make_server(folder: Path, programs: Path) -> PostgresServer:
    """A started server in `folder`, reached by a socket there."""
    if os.geteuid() == 0:
        os.chown(folder, pwd.getpwnam("postgres").pw_uid, -1)
    run_as_postgres(
        [str(programs / "initdb"), "-D", f"{folder}/data", "-U", USER, "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"]
    )
    server = PostgresServer(f"postgresql://{USER}@/postgres?host={folder}", folder, programs)
    server.start()
    return server


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    if given := os.environ.get("HAZWATCH_TEST_PG"):
        yield PostgresServer(given)
        return
    programs = binaries()
    if programs is None:
        pytest.skip("no PostgreSQL server programs here, and HAZWATCH_TEST_PG is not set")
    # a short path: a socket's name may have 107 bytes; in memory where there is such a place
    memory = Path("/dev/shm")
    folder = Path(tempfile.mkdtemp(prefix="hazpg", dir=memory if os.access(memory, os.W_OK) else None))
    try:
        server = make_server(folder, programs)
        yield server
        server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)

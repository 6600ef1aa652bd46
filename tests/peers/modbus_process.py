"""Starts `modbus_peer` (libmodbus, C) as a process of its own. Test side. Needs gcc and libmodbus-dev; says so if not there."""

import functools
import select
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

SOURCE = Path(__file__).with_name("modbus_peer.c")


@functools.cache
def missing() -> str:
    """Why the peer cannot be built here; "" when it can."""
    if shutil.which("gcc") is None or shutil.which("pkg-config") is None:
        return "no gcc or pkg-config"
    if subprocess.run(["pkg-config", "--exists", "libmodbus"], check=False).returncode:
        return "no libmodbus-dev"
    return ""


@functools.cache
def _folder() -> tempfile.TemporaryDirectory[str]:
    """Goes with the session."""
    return tempfile.TemporaryDirectory(prefix="hazwatch-modbus-")


@functools.cache
def built() -> Path:
    """The program, compiled once a session."""
    flags = subprocess.run(["pkg-config", "--cflags", "--libs", "libmodbus"], check=True, capture_output=True, text=True)
    program = Path(_folder().name) / "modbus_peer"
    subprocess.run(["gcc", "-O2", "-o", program, SOURCE, *flags.stdout.split()], check=True)
    return program


class ModbusProcess:
    """`where`: a port number or the path of a serial port. `words`: what it holds from the first moment."""

    def __init__(
        self, role: str, wire: str, where: str | int, registers: int, *more: str, words: Sequence[int] = (), limit: int = 0
    ) -> None:
        self._process = subprocess.Popen(
            [built(), role, wire, str(where), str(registers), *more],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        assert self._process.stdout is not None
        if words:
            self.set(0, words)
        if limit:
            self.limit(limit)
        self._say("go")
        ready, _, _ = select.select([self._process.stdout], [], [], 60)
        if not ready or self._process.stdout.readline() != b"ready\n":
            self.stop()
            raise RuntimeError(f"modbus_peer did not start: {role} {wire} {where}")

    @property
    def pid(self) -> int:
        return self._process.pid

    def set(self, address: int, words: Sequence[int]) -> None:
        self._say(f"set {address} {' '.join(map(str, words))}")

    def limit(self, registers: int) -> None:
        self._say(f"limit {registers}")

    def _say(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{line}\n".encode())
        self._process.stdin.flush()

    def stop(self) -> None:
        """At once and without a goodbye, as a power cut does."""
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout, self._process.stderr):
            if stream is not None:
                stream.close()

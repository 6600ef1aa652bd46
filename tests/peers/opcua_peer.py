"""Starts and drives an OPC UA server process: asyncua's own (`PythonServer`) or node-opcua (`NodeServer`). Test side.

Commands are plain blocking calls; a peer answers within milliseconds.
"""

import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
BAD_SENSOR_FAILURE = 0x808C0000


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def node_folder() -> Path | None:
    """Where node-opcua is installed: $HAZWATCH_TEST_NODE, or a folder of the project that an installation leaves behind."""
    given = os.environ.get("HAZWATCH_TEST_NODE")
    for folder in [Path(given)] if given else [ROOT / "tests/peers", ROOT / ".cache/node"]:
        if (folder / "node_modules/node-opcua").is_dir():
            return folder
    return None


class PeerServer:
    """One server process on a port of its own; `start` may be called again after `stop`."""

    namespace = 0
    """Index the tags' namespace has."""

    def __init__(self, folder: Path, tags: int = 6, options: Sequence[str] = ()) -> None:
        self.folder = folder
        self.port = free_port()
        self._tags = tags
        self._options = list(options)
        self._process: subprocess.Popen[str] | None = None

    def command(self) -> tuple[list[str], dict[str, str]]:
        raise NotImplementedError

    def start(self, *options: str) -> None:
        command, environment = self.command()
        self._unread = b""
        self._log = (self.folder / "peer.log").open("a")  # a pipe nobody reads would stop the peer
        self._process = subprocess.Popen(
            [*command, "--port", str(self.port), "--tags", str(self._tags), *self._options, *options],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
            bufsize=1,
            cwd=ROOT,
            env={**os.environ, **environment},
        )
        self._line("up", 180)

    def stop(self) -> None:
        """Killed, as by a power cut."""
        if self._process is None:
            return
        self._process.kill()
        self._process.communicate()
        self._process = None
        self._log.close()

    def pause(self) -> None:
        """The process stands still with its sockets open."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    def ask(self, **command: Any) -> dict[str, Any]:
        assert self._process is not None and self._process.stdin is not None
        self._process.stdin.write(json.dumps(command) + "\n")
        self._process.stdin.flush()
        answer: dict[str, Any] = json.loads(self._line("an answer", 60))
        return answer

    def set(self, values: Mapping[str, Any], **more: Any) -> None:
        """`type` a built-in type's name, `status` a code, `ahead_s` how far the source clock is ahead."""
        self.ask(set=values, **more)

    def cpu_s(self) -> float:
        """Processor time the process has used."""
        assert self._process is not None
        fields = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def _line(self, what: str, seconds: float) -> str:
        process = self._process
        assert process is not None and process.stdout is not None
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            while b"\n" in self._unread:
                line, _, self._unread = self._unread.partition(b"\n")
                if line.startswith((b"up", b"{")):  # node-opcua prints remarks of its own
                    return line.decode()
            # Not readline(): select() knows nothing of what a buffered reader has taken already.
            if select.select([process.stdout], [], [], 0.2)[0]:
                self._unread += os.read(process.stdout.fileno(), 65536)
            if process.poll() is not None:
                raise RuntimeError(f"peer ended: {(self.folder / 'peer.log').read_text()[-2000:]}")
        raise RuntimeError(f"peer did not send {what} within {seconds} s")


class PythonServer(PeerServer):
    namespace = 2

    def command(self) -> tuple[list[str], dict[str, str]]:
        return [sys.executable, "-m", "tests.peers.opcua_server"], {}


class NodeServer(PeerServer):
    namespace = 1

    def command(self) -> tuple[list[str], dict[str, str]]:
        where = node_folder()
        assert where is not None
        script = str(ROOT / "tests/peers/opcua_server.js")
        return ["node", script, "--pki", str(self.folder / "node-pki")], {"HAZWATCH_TEST_NODE": str(where)}

"""Starts the RTSP peer as a process of its own and speaks to it. Test side."""

import subprocess
import threading
import time
from collections.abc import Sequence
from pathlib import Path

SYSTEM_PYTHON = "/usr/bin/python3"
USER, PASSWORD = "admin", "Test-1234"
_PROBE = """
import gi
gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import Gst, GstRtspServer
Gst.init(None)
wanted = ("rtph264pay", "rtph265pay", "h264parse", "h265parse", "appsrc")
raise SystemExit(0 if all(Gst.ElementFactory.find(one) for one in wanted) else 1)
"""


def missing() -> str:
    """Why the peer cannot be had here, "" when it can."""
    try:
        probe = subprocess.run([SYSTEM_PYTHON, "-c", _PROBE], capture_output=True, timeout=60)
    except OSError:
        return "no system Python"
    return "" if probe.returncode == 0 else "gst-rtsp-server is not installed (gir1.2-gst-rtsp-server-1.0, python3-gst-1.0)"


class RtspPeer:
    """A running peer. `asked` are the paths of the DESCRIBE requests so far."""

    def __init__(self, media: Path, auth: str = "none", port: int = 0, more: Sequence[str] = ()) -> None:
        script = Path(__file__).with_name("rtsp_peer.py")
        command = [SYSTEM_PYTHON, str(script), "--media", str(media), "--auth", auth, "--port", str(port), *more]
        self.auth = auth
        self.asked: list[str] = []
        self._answers: list[str] = []
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self._reader = threading.Thread(target=self._read, name="rtsp-peer-reader")
        self._ready = threading.Event()
        self.port = port
        self._reader.start()
        if not self._ready.wait(60) or self._process.poll() is not None:
            self.close()
            raise RuntimeError("the RTSP peer did not start")

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            word, _, rest = line.strip().partition(" ")
            if word == "READY":
                self.port = int(rest)
                self._ready.set()
            elif word == "ASKED":
                self.asked.append(rest)
            elif word == "OK":
                self._answers.append(rest)
        self._ready.set()

    @property
    def pid(self) -> int:
        return self._process.pid

    def url(self, path: str, user: str = USER, password: str = PASSWORD) -> str:
        login = f"{user}:{password}@" if self.auth != "none" else ""
        return f"rtsp://{login}127.0.0.1:{self.port}/{path.lstrip('/')}"

    def tell(self, line: str) -> None:
        """Returns when the peer has obeyed."""
        assert self._process.stdin is not None
        count = self._answers.count(line)
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()
        until = time.monotonic() + 60
        while self._answers.count(line) == count:
            if time.monotonic() > until:
                raise TimeoutError(line)
            time.sleep(0.01)

    def kill(self) -> None:
        """The camera loses its power."""
        self._process.kill()
        self._process.wait()
        self._reader.join()

    def close(self) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        self._reader.join()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()

    def __enter__(self) -> "RtspPeer":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

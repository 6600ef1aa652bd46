"""`hazwatch demo` as a process: it comes up, it ends, and nothing of it stays, however it ends."""

import json
import signal
import sys
import urllib.request
from pathlib import Path

import pytest

from app.demo import ACCOUNTS, own_package, run_demo
from app.domain.password import password_fault
from app.domain.roles import Role
from app.site.load import load_site
from tests.plant.programs import LINUX, Program, all_gone, app


def test_each_demo_has_ports_of_its_own_and_keeps_them(tmp_path: Path) -> None:
    one, two = own_package(tmp_path / "1"), own_package(tmp_path / "2")
    ports = [source.url for folder in (one, two) for source in load_site(folder).sources]
    assert len(set(ports)) == 4
    assert all("127.0.0.1" in url for url in ports)
    assert [source.url for source in load_site(own_package(tmp_path / "1")).sources] == ports[:2]


def test_there_is_an_account_for_each_role_with_a_password_the_store_takes() -> None:
    assert {role for _, role, _ in ACCOUNTS} == set(Role)
    assert [password_fault(password) for *_, password in ACCOUNTS] == [None] * len(ACCOUNTS)


def test_without_a_display_it_says_what_to_do(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(sys, "platform", "linux")
    assert run_demo() == 1
    assert "--headless" in capsys.readouterr().err


@pytest.mark.e2e
def test_the_real_one_shows_live_values_and_ends_by_itself(tmp_path: Path) -> None:
    demo = app("demo", "--headless", "--seconds", "4", "--data", str(tmp_path))
    try:
        url = demo.wait_line("demo ready ").split()[2]
        family = demo.family()
        token = _call(url, "/login", {"user": "operator", "password": "Operator-2026"})["token"]
        values = _call(url, "/values", token=token)
        assert len(values) == 186
        camera = _call(url, "/cameras/CAM-01/stream", token=token)
        assert (Path(camera["folder"]) / camera["url"].removeprefix("file://")).stat().st_size > 10_000
        demo.say("set GT-101 60")
        demo.wait_line("[plant] ok set GT-101 60")
        assert demo.wait() == 0
        assert all_gone(family) == []
        assert "Traceback" not in demo.errors
    finally:
        demo.kill()


def _call(url: str, path: str, body: object = None, token: str = "") -> object:
    head = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}
    data = None if body is None else json.dumps(body).encode()
    with urllib.request.urlopen(urllib.request.Request(f"{url}/api/v1{path}", data, head), timeout=10) as answer:
        return json.load(answer)


STAND_IN = """
import sys, time
short, seconds, door = sys.argv[1], float(sys.argv[2]), sys.argv[3]
if door == "user" or "--pictures" in sys.argv:
    sys.exit(0)
print(f"{door} ready http://127.0.0.1:1", flush=True)
time.sleep(seconds if door == short else 60)
"""
RUN = """
import sys
from pathlib import Path
from app.demo import run_demo
sys.exit(run_demo(sys.argv[1] == "headless", data=Path(sys.argv[2]), program=sys.argv[3:]))
"""


def _stand_in(tmp_path: Path, short: str = "none", seconds: float = 60, headless: bool = True) -> Program:
    """A demo whose three programs only say that they are ready and wait: how it holds them is what is looked at. `short`
    ends by itself after `seconds`."""
    parts = tmp_path / "parts.py"
    parts.write_text(STAND_IN)
    look = "headless" if headless else "window"
    return Program([sys.executable, "-c", RUN, look, str(tmp_path), sys.executable, str(parts), short, str(seconds)])


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_all(tmp_path: Path, number: signal.Signals) -> None:
    demo = _stand_in(tmp_path)
    demo.wait_line("demo ready ")
    family = demo.family()
    assert len(family) == 3
    assert demo.end(number) == 0
    assert all_gone(family) == []


@pytest.mark.skipif(not LINUX, reason="other systems use the leash, see the next test")
def test_killed_hard_it_takes_its_children_along(tmp_path: Path) -> None:
    demo = _stand_in(tmp_path)
    demo.wait_line("demo ready ")
    family = demo.family()
    demo.end(signal.SIGKILL)
    assert all_gone(family) == []


def test_a_part_that_ends_by_itself_ends_the_demo_with_a_sentence(tmp_path: Path) -> None:
    demo = _stand_in(tmp_path, short="station", seconds=0.5)
    demo.wait_line("demo ready ")
    family = demo.family()
    assert demo.wait() == 1
    assert "站点服务自行退出" in demo.errors
    assert all_gone(family) == []


def test_the_window_closed_is_a_clean_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    demo = _stand_in(tmp_path, short="console", seconds=0.5, headless=False)
    demo.wait_line("demo ready ")
    assert demo.wait() == 0


def test_the_leash_forwards_lines_and_ends_its_child_with_the_parent() -> None:
    child = "import sys\nfor line in sys.stdin: print('heard', line.strip(), flush=True)\nimport time; time.sleep(60)"
    leash = Program([sys.executable, "-m", "app.plant.leash", sys.executable, "-c", child])
    leash.say("calm")
    leash.wait_line("heard calm")
    family = leash.family()
    assert len(family) == 2
    assert leash.process.stdin is not None
    leash.process.stdin.close()
    leash.wait()
    assert all_gone(family) == []

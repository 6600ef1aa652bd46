"""The secret store: encrypted, private, never half written, and honest about a lost key."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from app.store.ports import StoreUnavailable
from app.store.secrets import StationSecrets


@pytest.fixture
def secrets(tmp_path: Path) -> StationSecrets:
    return StationSecrets(tmp_path)


def test_set_get_change_delete(secrets: StationSecrets, tmp_path: Path) -> None:
    assert list(secrets.names()) == []
    with pytest.raises(KeyError):
        secrets.get("dcs")
    secrets.set("dcs", "geheim-密码\0")
    secrets.set("nvr", "")
    secrets.set("dcs", "另一个")
    again = StationSecrets(tmp_path)
    assert (again.get("dcs"), again.get("nvr"), list(again.names())) == ("另一个", "", ["dcs", "nvr"])
    again.delete("dcs")
    assert list(secrets.names()) == ["nvr"]
    with pytest.raises(KeyError):
        secrets.delete("dcs")


def test_nothing_can_be_read_from_outside(secrets: StationSecrets, tmp_path: Path) -> None:
    secrets.set("dcs", "geheim")
    for file in tmp_path.iterdir():
        assert b"geheim" not in file.read_bytes()
        assert b"dcs" not in file.read_bytes()
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert sorted(file.name for file in tmp_path.iterdir()) == ["secrets", "secrets.key", "secrets.lock"]


@pytest.mark.parametrize(
    ("file", "content", "says"),
    [
        ("secrets.key", None, "不见了"),
        ("secrets.key", b"", "损坏"),
        ("secrets.key", b"plain:AAAA\n", "打不开"),
        ("secrets.key", b"plain:" + b"A" * 43 + b"=\n", "打不开"),
        ("secrets.key", b"dpapi:AAAA\n", "Windows"),
        ("secrets", b"", "打不开"),
        ("secrets", b"gAAAAA", "打不开"),
    ],
)
@pytest.mark.parametrize("call", ["get", "set", "names"])
def test_a_lost_or_damaged_file_is_told_and_nothing_is_overwritten(
    secrets: StationSecrets, tmp_path: Path, file: str, content: bytes | None, says: str, call: str
) -> None:
    secrets.set("dcs", "x")
    if content is None:
        (tmp_path / file).unlink()
    else:
        (tmp_path / file).write_bytes(content)
    before = {one.name: one.read_bytes() for one in tmp_path.iterdir()}
    with pytest.raises(StoreUnavailable, match=says):
        {"get": lambda: secrets.get("dcs"), "set": lambda: secrets.set("a", "b"), "names": secrets.names}[call]()
    after = {one.name: one.read_bytes() for one in tmp_path.iterdir()}
    assert after == before


SETTER = """
import sys
from pathlib import Path
from app.store.secrets import StationSecrets
secrets = StationSecrets(Path(sys.argv[1]))
for n in range(15):
    secrets.set(f"{sys.argv[2]}-{n}", "x")
"""


def test_two_programs_lose_nothing_of_each_other(secrets: StationSecrets, tmp_path: Path) -> None:
    root = Path(__file__).parents[2]
    started = [subprocess.Popen([sys.executable, "-c", SETTER, str(tmp_path), name], cwd=root) for name in "ab"]
    assert [one.wait(60) for one in started] == [0, 0]
    assert len(list(secrets.names())) == 30


def test_a_crash_while_writing_leaves_the_old_content(
    secrets: StationSecrets, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secrets.set("dcs", "old")

    def crash(_source: object, _target: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "replace", crash)
    with pytest.raises(KeyboardInterrupt):
        secrets.set("dcs", "new")
    assert secrets.get("dcs") == "old"
    assert sorted(file.name for file in tmp_path.iterdir()) == ["secrets", "secrets.key", "secrets.lock"]

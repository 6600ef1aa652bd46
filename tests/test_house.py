"""Rules of the house that a machine can hold: contracts that bite, words in both languages, and known traps of our parts."""

import ast
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from widgets.words import _english

ROOT = Path(__file__).resolve().parents[1]
SOURCES = [path for package in ("app", "widgets", "drivers") for path in sorted((ROOT / package).rglob("*.py"))]


def literals(path: Path) -> set[str]:
    """First arguments of every tr(...)."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) == "tr" and node.args:
            first = node.args[0]
            if isinstance(first, ast.Constant) and isinstance(first.value, str):
                found.add(first.value)
    return found


def test_every_word_on_the_screen_has_its_english() -> None:
    english = _english()
    missing = {f"{path.relative_to(ROOT)}: {text}" for path in SOURCES for text in literals(path) if text not in english}
    assert not missing, "\n".join(sorted(missing))


def test_translations_fill_in_the_same_names() -> None:
    names = re.compile(r"{(\w+)")
    wrong = [text for text, said in _english().items() if set(names.findall(text)) != set(names.findall(said))]
    assert not wrong


def test_void_calls_of_qt_keep_none_alive(qtbot) -> None:
    """PySide6 6.12 on Python 3.11 loses a reference to None per call and aborts after about five thousand."""
    from PySide6.QtCore import QObject

    before, thing = sys.getrefcount(None), QObject()
    for _ in range(20_000):
        thing.setObjectName("x")
    assert sys.getrefcount(None) > before - 5_000


def test_no_slots_on_qt_types() -> None:
    """A `__slots__` on a PySide6 subclass that is subclassed again crashes the interpreter."""
    wrong = []
    for path in SOURCES:
        if path.parts[len(ROOT.parts)] == "drivers":
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef):
                bases = " ".join(ast.unparse(base) for base in node.bases)
                slots = any(isinstance(s, ast.Assign) and ast.unparse(s.targets[0]) == "__slots__" for s in node.body)
                if slots and re.search(r"\bQ[A-Z]", bases):
                    wrong.append(f"{path.name}: {node.name}")
    assert not wrong


def test_dialogs_are_opened_never_executed() -> None:
    """A modal loop could hide a critical alarm, and breaks coroutines. Only the application itself runs a loop; and a drag,
    which ends with the mouse button and covers nothing."""
    call = re.compile(r"\.exec_?\(|\.(getOpenFileName|getSaveFileName|getText|getInt|getItem)\(|QMessageBox\.\w+\(")
    wrong = [
        f"{path.relative_to(ROOT)}: {line.strip()}"
        for path in SOURCES
        if path.parts[len(ROOT.parts)] in ("app", "widgets")
        for line in path.read_text(encoding="utf-8").splitlines()
        if call.search(line) and "drag.exec(Qt.DropAction" not in line
    ]
    assert not wrong, wrong


def test_qasync_lives_in_one_file() -> None:
    users = [
        path.relative_to(ROOT).as_posix()
        for path in SOURCES
        if re.search(r"import qasync|from qasync", path.read_text("utf-8"))
    ]
    assert users == ["app/console/application.py"]


VIOLATIONS = {
    "domain reads the clock": ("app/domain/planted.py", "import time\n"),
    "domain knows the store": ("app/domain/planted.py", "import app.store.ports\n"),
    "station imports Qt": ("app/station/planted.py", "import PySide6.QtCore\n"),
    "station reaches a widget": ("app/station/planted.py", "import widgets.theme\n"),
    "widget knows the store": ("widgets/planted.py", "import app.store.ports\n"),
    "driver knows the station": ("drivers/planted.py", "import app.station\n"),
    "console talks SQL": ("app/console/planted.py", "import sqlalchemy\n"),
    "station speaks Modbus": ("app/station/planted.py", "import pymodbus\n"),
    "console knows the station": ("app/console/planted.py", "import app.station\n"),
    "station decodes": ("app/station/planted.py", "import av\n"),
    "widget decodes": ("widgets/planted.py", "import cv2\n"),
    "video knows Qt": ("app/video/planted.py", "import PySide6.QtGui\n"),
    "video knows a widget": ("app/video/planted.py", "import widgets.theme\n"),
}


@pytest.fixture(scope="module")
def house(tmp_path_factory) -> Path:
    """A copy of the packages, so that a violation can be planted."""
    copy = tmp_path_factory.mktemp("house")
    for package in ("app", "widgets", "drivers"):
        shutil.copytree(ROOT / package, copy / package, ignore=shutil.ignore_patterns("__pycache__"))
    (copy / "resources").mkdir()
    (copy / "resources" / "__init__.py").touch()
    shutil.copy(ROOT / "pyproject.toml", copy)
    return copy


def contracts(house: Path) -> int:
    program = Path(sys.executable).with_name("lint-imports")
    environment = {**os.environ, "PYTHONPATH": str(house)}
    return subprocess.run([program, "--no-cache"], cwd=house, env=environment, capture_output=True).returncode


def test_import_contracts_hold(house: Path) -> None:
    assert contracts(house) == 0


@pytest.mark.parametrize("name", VIOLATIONS)
def test_import_contracts_bite(house: Path, name: str) -> None:
    file, text = VIOLATIONS[name]
    planted = house / file
    planted.write_text(text)
    try:
        assert contracts(house) != 0
    finally:
        planted.unlink()

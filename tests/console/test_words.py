"""Every sentence of the console has an English one, with the same places to fill in."""

import ast
import re
from pathlib import Path

import pytest

from app.console import desk, setup, topbar
from widgets import words

HERE = Path(desk.__file__).parent
TABLES = [*topbar._WEEK, *desk._ROLES.values(), *(word for _, word in setup._ACCOUNT_ROLES)]


def sentences() -> list[str]:
    found = set(TABLES)
    for file in HERE.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "tr":
                match node.args[0]:
                    case ast.Constant(value=str(text)):
                        found.add(text)
    return sorted(found)


@pytest.mark.parametrize("text", sentences())
def test_has_english(text: str) -> None:
    english = words._english().get(text)
    assert english
    assert set(re.findall(r"\{(\w+)", english)) == set(re.findall(r"\{(\w+)", text))

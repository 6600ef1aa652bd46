"""What the station says of its own running, in the language of the desk."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.domain.sample_words import REASONS
from app.station import operations
from app.station.operations import OK, _line
from widgets import words
from widgets.operations.column import _said
from widgets.words import set_language


def sentences() -> list[str]:
    """Every Chinese text in the module of the station but its descriptions."""
    tree = ast.parse(Path(operations.__file__).read_text("utf-8"))
    descriptions = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and isinstance(node.body[0], ast.Expr)
    }
    texts = (node for node in ast.walk(tree) if isinstance(node, ast.Constant) and id(node) not in descriptions)
    return sorted({str(node.value) for node in texts if re.search("[\u4e00-\u9fff]", str(node.value))})


@pytest.mark.parametrize("text", [*sentences(), *filter(None, REASONS.values())])
def test_has_english_with_the_same_figures(text: str) -> None:
    english = words._english().get(text)
    assert english and set(re.findall(r"\{(\w+)", english)) == set(re.findall(r"\{(\w+)", text))


@pytest.fixture
def english() -> Iterator[None]:
    set_language("en")
    yield
    set_language("zh_CN")


def test_a_line_is_said_in_the_language_of_the_desk(english: None) -> None:
    line = _line("证书 {certificate}", OK, "还有 {days} 天到期", certificate="tls/station.crt", days=12)
    assert (line.name, line.said) == ("证书 tls/station.crt", "还有 12 天到期")
    told = {"name": line.name, "said": line.said, "todo": line.todo, "words": line.words, "figures": line.figures}
    assert [_said(told, what) for what in ("name", "said", "todo")] == ["Certificate tls/station.crt", "12 days left", ""]
    assert _said({"said": "旧站的话"}, "said") == "旧站的话"

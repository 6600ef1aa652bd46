"""Words on the screen: written in Chinese in the code, turned into English by `resources/translations/en/*.json`.

`tr("确认")` is "确认" or "Acknowledge"; `tr("共 {n} 条", n=3)` fills in. A test finds every literal that has no English.
"""

import json
from functools import cache
from importlib import resources
from typing import Any

_language = "zh_CN"


@cache
def _english() -> dict[str, str]:
    table: dict[str, str] = {}
    for file in resources.files("resources").joinpath("translations/en").iterdir():
        if file.name.endswith(".json"):
            table.update(json.loads(file.read_text(encoding="utf-8")))
    return table


def set_language(code: str) -> None:
    """`zh_CN` or `en`; anything else is Chinese."""
    global _language
    _language = "en" if code.lower().startswith("en") else "zh_CN"


def language() -> str:
    return _language


def page_title(text: str) -> str:
    """The name of a page: where Chinese has one word for one alarm and the list of them, English has two."""
    listed = f"{text}（页）"
    return tr(listed) if _language == "en" and listed in _english() else tr(text)


def tr(text: str, **values: Any) -> str:
    said = _english().get(text, text) if _language == "en" else text
    return said.format(**values) if values else said

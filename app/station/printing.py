"""Paper (打印): a template of `resources/print` and data to a PDF, offline. Station side; blocking, call it in a worker thread.

Data goes in as JSON and is shown as text; none of it is ever part of the template's source, so a note full of markup prints as
it was written. Fonts are those of the machine: a PDF without Chinese glyphs would be empty boxes, so without one there is none.
"""

import json
import logging
import threading
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any, Literal

from app.station.errors import NotAllowed

if TYPE_CHECKING:
    import typst

log = logging.getLogger(__name__)

CHINESE = (
    "Noto Sans CJK SC",
    "Source Han Sans SC",
    "Source Han Sans CN",
    "Microsoft YaHei",
    "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei",
    "PingFang SC",
    "SimHei",
    "SimSun",
    "Noto Serif CJK SC",
    "Droid Sans Fallback",
)
NO_FONT = (
    "本机没有中文字体，不能生成 PDF。请安装“Noto Sans CJK SC”（思源黑体；Linux：fonts-noto-cjk）后重启站服务；Excel 表不受影响"
)
_turn = threading.Lock()  # a compiler takes a core and some tens of megabytes: one at a time


def render(template: str, data: Mapping[str, Any], format: Literal["pdf", "png"] = "pdf") -> bytes:
    """`template`: name in `resources/print` without `.typ`; it finds `data` in `sys.inputs.data`, with `fonts` added. A PNG
    is of the first page. Raises NotAllowed when no Chinese font is found."""
    with _turn:
        made = _compiler(template, data).compile(format=format, ppi=110.0 if format == "png" else None)
    return _bytes(made[0] if isinstance(made, list) else made)


def render_pages(template: str, data: Mapping[str, Any], ppi: float) -> tuple[bytes, list[bytes]]:
    """The PDF and a PNG of each of its pages, for a machine that has nothing to show a PDF with. Raises as `render`."""
    with _turn:
        pdf = _compiler(template, data).compile(format="pdf")
        pages = _compiler(template, data).compile(format="png", ppi=ppi)  # a compiler forgets its source after one use
    return _bytes(pdf), [_bytes(page) for page in (pages if isinstance(pages, list) else [pages])]


def _compiler(template: str, data: Mapping[str, Any]) -> "typst.Compiler":
    import typst  # here, so that a watch that prints nothing does not pay 7 MB for it

    fonts, families = _fonts()
    if not families:
        raise NotAllowed("no_font", NO_FONT)
    text = json.dumps({**data, "fonts": families}, ensure_ascii=False)
    return typst.Compiler(input=_source(template), font_paths=fonts, sys_inputs={"data": text})


def _bytes(made: object) -> bytes:
    if not isinstance(made, bytes):
        raise TypeError(type(made).__name__)
    return made


@cache
def _source(template: str) -> bytes:
    return resources.files("resources").joinpath(f"print/{template}.typ").read_bytes()


@cache
def _fonts() -> "tuple[typst.Fonts, tuple[str, ...]]":
    """Looking through the machine's fonts takes half a second, so once."""
    import typst

    fonts = typst.Fonts()
    there = {family.casefold(): family for family in fonts.families()}
    return fonts, tuple(there[name.casefold()] for name in CHINESE if name.casefold() in there)

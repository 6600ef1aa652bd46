"""`save_site`: a `Site` to a site package, so that `load_site` gives an equal `Site` again. Station side.

Written whole or not at all: a folder is filled beside its place and renamed, a .zip replaced in one step. A folder that
already holds something is refused; nobody's files are mixed or lost.
"""

import csv
import io
import os
import shutil
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Literal
from uuid import uuid4

from app.domain.plant import Site, Source
from app.site.columns import CAMERAS, EQUIPMENT, ROSTER, TAGS, Table
from app.site.files import LAYOUTS
from app.site.forms import FORMS
from app.site.layout_text import layout_text
from app.site.strapping import STRAPPING
from app.site.tag_rules import LIMITS
from app.site.text import WrongText, decode
from app.site.toml_text import key_text, lines, section
from app.site.xlsx_file import write_xlsx

Headers = Literal["en", "zh"]


def save_site(site: Site, path: Path, tags: str = "tags.csv", encoding: str = "utf-8-sig", headers: Headers = "en") -> None:
    """`path` ending in .zip is an archive, anything else a folder. `tags`: tags.csv or tags.xlsx; `encoding` of the CSV files:
    utf-8-sig (what Excel wants), utf-8 or gb18030; a file that would be taken for another encoding gets utf-8-sig.

    Raises OSError, and ValueError with a Chinese sentence."""
    content = package_of(site, tags, encoding, headers)
    beside = path.with_name(f".{path.name}.{uuid4().hex[:8]}")
    try:
        if path.suffix.lower() == ".zip":
            _write_zip(content, beside)
            os.replace(beside, path)
        else:
            if path.is_dir() and any(path.iterdir()):
                raise FileExistsError(f"文件夹 {path} 里已有内容，请给一个新的或空的文件夹")
            _write_folder(content, beside)
            if path.is_dir():
                path.rmdir()
            beside.rename(path)
    finally:
        if beside.is_dir():
            shutil.rmtree(beside)
        beside.unlink(missing_ok=True)


def package_of(site: Site, tags: str = "tags.csv", encoding: str = "utf-8-sig", headers: Headers = "en") -> dict[str, bytes]:
    """File name to content."""
    if tags not in ("tags.csv", "tags.xlsx"):
        raise ValueError(f"位号表的文件名应为 tags.csv 或 tags.xlsx，不能是 {tags}")
    tag_rows = _rows(TAGS, site.tags, headers, _tag_value)
    content = {"site.toml": _encoded(_head_text(site), "utf-8")}
    if tags == "tags.xlsx":
        numeric = {index for index, column in enumerate(TAGS.columns) if column.is_number}
        content[tags] = write_xlsx("tags", next(tag_rows), tag_rows, numeric)
    else:
        content[tags] = _csv(tag_rows, encoding)
    content["equipment.csv"] = _csv(_rows(EQUIPMENT, site.equipment, headers, getattr), encoding)
    content["cameras.csv"] = _csv(_rows(CAMERAS, site.cameras, headers, getattr), encoding)
    if site.roster:
        content["roster.csv"] = _csv(_rows(ROSTER, site.roster, headers, getattr), encoding)
    for layout in site.layouts:
        content[f"{LAYOUTS}{_plain(layout.id)}.json"] = layout_text(layout).encode()
    for name, data in site.pictures.items():
        content[LAYOUTS + _plain(name)] = data
    for name, data in site.forms.items():
        content[FORMS + _plain(name)] = data
    for name, data in site.strapping.items():
        content[STRAPPING + _plain(name)] = data
    return content


def _plain(name: str) -> str:
    if not name or name.startswith(".") or any(letter in name for letter in "/\\:\0"):
        raise ValueError(f"“{name}”不能作文件名")
    return name


def _head_text(site: Site) -> str:
    options = dict(site.options)
    own = {"code": site.code, "name": site.name, "timezone": site.timezone, **options.pop("site", {})}
    tables = {key: value for key, value in options.items() if isinstance(value, Mapping)}
    text = lines({key: value for key, value in options.items() if key not in tables})
    text += ["", "[site]", *lines(own)]
    for source in site.sources:
        text += ["", "[[source]]", *lines(_source(source))]
    for key, value in tables.items():
        text += section(key_text(key), value)
    return "\n".join(text).lstrip("\n") + "\n"


def _source(source: Source) -> dict[str, Any]:
    fields: dict[str, Any] = {"id": source.id, "driver": source.driver, "url": source.url, "security": source.security}
    if source.user:
        fields["user"] = source.user
    if source.password_secret:
        fields["password_secret"] = source.password_secret
    return {**fields, "unit": source.unit, "period_s": source.period_s, **source.options}


def _rows(table: Table, things: Iterable[Any], headers: Headers, value_of: Callable[[Any, str], Any]) -> Iterator[list[str]]:
    """Header first; unknown columns come last, in the order in which they were met."""
    things = list(things)
    extras = list(dict.fromkeys(name for thing in things for name in thing.extra))
    yield [column.name if headers == "en" else column.chinese[0] for column in table.columns] + extras
    for thing in things:
        known = ((column, value_of(thing, column.name)) for column in table.columns)
        yield [
            *("" if value is None else column.write(value) for column, value in known),
            *(thing.extra.get(name, "") for name in extras),
        ]


def _tag_value(tag: Any, column: str) -> Any:
    return getattr(tag.limits if column in LIMITS else tag, column)


def _csv(rows: Iterable[list[str]], encoding: str) -> bytes:
    stream = io.StringIO(newline="")
    csv.writer(stream, lineterminator="\r\n").writerows(rows)
    return _encoded(stream.getvalue(), encoding)


def _encoded(text: str, encoding: str) -> bytes:
    data = text.encode(encoding)
    return data if _is_read_as(data, text) else text.encode("utf-8-sig")


def _is_read_as(data: bytes, text: str) -> bool:
    try:
        return decode(data) == text
    except WrongText:
        return False


def _write_folder(content: Mapping[str, bytes], folder: Path) -> None:
    (folder / "layouts").mkdir(parents=True)
    for name, data in content.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(data)


def _write_zip(content: Mapping[str, bytes], file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in content.items():
            # a fixed date: the same site is the same file
            info = zipfile.ZipInfo(name)
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, data)

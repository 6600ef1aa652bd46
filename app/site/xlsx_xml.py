"""The XML inside a spreadsheet: shared strings and the cells of one sheet, in one pass each. Pure; station side.

Knows nothing of number formats or of what a cell is worth. Elements are known by their local name, whatever prefix the
writing program gave them. A part that declares a document type is refused: no spreadsheet program writes one, and entities
can unfold a small file into gigabytes.
"""

import re
from collections.abc import Callable
from typing import Any
from xml.parsers import expat

from app.site.faults import Wrong

Area = tuple[int, int, int, int]
"""A merged area: first row, last row, first column, last column; rows from 1, columns from 0."""

CellFound = Callable[[int, int, str, str, str, str | None], None]
"""Row (from 1), column (from 0), type, style and text as they stand in the file ("" = none), formula (None = no formula)."""

NOT_A_WORKBOOK = "应为 Excel 工作簿 (*.xlsx)"
_PLACE = re.compile(r"([A-Z]{1,3})(\d{1,7})", re.ASCII)
_AREA = re.compile(r"([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})", re.ASCII)


def refuse_declarations(data: bytes) -> None:
    """For parts that another parser will read. Raises Wrong. UTF-16 is looked through as well."""
    if b"<!DOCTYPE" in data or b"<!DOCTYPE" in data.replace(b"\0", b""):
        raise Wrong("工作簿里有文档类型声明（DOCTYPE）", "应为 Excel 保存的工作簿")


def read_strings(data: bytes) -> list[str]:
    """The shared strings, in order. Raises Wrong."""
    strings: list[str] = []
    texts = _Texts()

    def start(name: str, attributes: dict[str, str]) -> None:
        texts.start(name.rpartition(":")[2])

    def end(name: str) -> None:
        local = name.rpartition(":")[2]
        texts.end(local)
        if local == "si":
            strings.append(texts.take().replace("x005F_", ""))

    _parse(data, start, end, texts.add)
    return strings


def read_cells(data: bytes, found: CellFound) -> tuple[int, list[Area]]:
    """Every cell of a sheet with a value or a formula is `found`, in the order of the file. Gives the last row, empty or not,
    and the merged areas. Raises Wrong."""
    sheet = _Cells(found)
    _parse(data, sheet.start, sheet.end, sheet.texts.add)
    return sheet.last_row, sheet.areas


def column_index(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1


def _parse(data: bytes, start: Any, end: Any, text: Any) -> None:
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = start, end, text
    parser.StartDoctypeDeclHandler = _refuse
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        raise Wrong(f"工作簿打不开（{error}）", NOT_A_WORKBOOK) from None


def _refuse(*declared: object) -> None:
    refuse_declarations(b"<!DOCTYPE")


class _Texts:
    """Text of `t` elements, rich or plain; reading aids (`rPh`, 拼音) are no part of it."""

    __slots__ = ("_aid", "_open", "_parts")

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._open = self._aid = False

    def start(self, local: str) -> None:
        if local == "t":
            self._open = not self._aid
        elif local == "rPh":
            self._aid = True

    def end(self, local: str) -> None:
        if local == "t":
            self._open = False
        elif local == "rPh":
            self._aid = False

    def add(self, text: str) -> None:
        if self._open:
            self._parts.append(text)

    def open(self) -> None:
        """All text that follows, until `take`."""
        self._parts.clear()
        self._open = True

    def take(self) -> str:
        self._open = False
        text = "".join(self._parts)
        self._parts.clear()
        return text


class _Cells:
    """Handlers of one sheet. `formula` None: the open cell has none."""

    def __init__(self, found: CellFound) -> None:
        self._found = found
        self._columns: dict[str, int] = {}
        self._locals: dict[str, str] = {}
        self._shared: dict[str, str] = {}
        self._row = self._column = 0
        self._attributes: dict[str, str] = {}
        self._value = ""
        self._formula: str | None = None
        self._si = ""
        self._in_data = False
        self.texts = _Texts()
        self.last_row = 0
        self.areas: list[Area] = []

    def start(self, name: str, attributes: dict[str, str]) -> None:
        local = self._locals.get(name) or self._locals.setdefault(name, name.rpartition(":")[2])
        if not self._in_data:
            if local == "sheetData":
                self._in_data = True
            elif local == "mergeCell":
                self._merge(attributes.get("ref", ""))
        elif local == "c":
            self._begin(attributes)
        elif local == "v":
            self.texts.open()
        elif local == "f":
            self._si = attributes.get("si", "")
            self.texts.open()
        elif local == "row":
            number = attributes.get("r", "")
            self._row = int(number) if number.isdecimal() else self._row + 1
            self._column = -1
            self.last_row = max(self.last_row, self._row)
        else:
            self.texts.start(local)

    def end(self, name: str) -> None:
        local = self._locals[name]
        if not self._in_data:
            return
        if local == "c":
            kind = self._attributes.get("t", "n")
            if self._value or self._formula is not None:
                self._found(self._row, self._column, kind, self._attributes.get("s", ""), self._value, self._formula)
        elif local == "v":
            value = self.texts.take()
            if self._attributes.get("t") != "inlineStr":
                self._value = value
        elif local == "f":
            # only the first cell of a shared formula has its text
            text = self.texts.take()
            self._formula = self._shared.setdefault(self._si, text) if self._si else text
        elif local == "is":
            text = self.texts.take()
            if self._attributes.get("t") == "inlineStr":
                self._value = text
        elif local == "sheetData":
            self._in_data = False
        else:
            self.texts.end(local)

    def _begin(self, attributes: dict[str, str]) -> None:
        self._attributes = attributes
        self._value, self._formula = "", None
        place = _PLACE.fullmatch(attributes.get("r", ""))
        if place is None:
            self._column += 1
            return
        letters = place[1]
        self._row = int(place[2])
        column = self._columns.get(letters)
        self._column = self._columns.setdefault(letters, column_index(letters)) if column is None else column

    def _merge(self, ref: str) -> None:
        match = _AREA.fullmatch(ref)
        if match:
            self.areas.append((int(match[2]), int(match[4]), column_index(match[1]), column_index(match[3])))

"""The spreadsheet reader: the ways programs write one and the same sheet, and files made to do harm."""

import io
import zipfile
from typing import Any

import openpyxl
import pytest

from app.domain.plant import Fault
from app.site import xlsx_book, xlsx_file
from app.site.sheet import OddCell
from app.site.xlsx_file import read_xlsx

SPREADSHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
STRINGS = "xl/sharedStrings.xml"
SHEET = "xl/worksheets/sheet1.xml"


def workbook(*lines: list[Any]) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for line in lines:
        sheet.append(line)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def with_part(data: bytes, name: str, content: str | bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.namelist():
            new.writestr(part, content if part == name else old.read(part))
    return stream.getvalue()


def sheet_of(rows: str, after: str = "", prefix: str = "") -> bytes:
    names = f'xmlns{":" + prefix[:-1] if prefix else ""}="{SPREADSHEET}"'
    return with_part(
        workbook(["x"]),
        SHEET,
        f"<{prefix}worksheet {names}><{prefix}sheetData>{rows}</{prefix}sheetData>{after}</{prefix}worksheet>",
    )


def read(data: bytes) -> list[tuple[int, list[Any]]]:
    faults: list[Fault] = []
    sheet = read_xlsx("tags.xlsx", data, faults)
    assert sheet is not None and not faults, faults
    return [(1, list(sheet.header)), *sheet.rows]


def refusal(data: bytes) -> str:
    faults: list[Fault] = []
    assert read_xlsx("tags.xlsx", data, faults) is None
    (fault,) = faults
    return fault.found


HEADER = '<row r="1"><c r="A1" t="inlineStr"><is><t>tag</t></is></c><c r="B1" t="str"><v>h</v></c></row>'


@pytest.mark.parametrize(
    ("row", "cells"),
    [
        ('<row r="2"><c r="A2"><v>5</v></c></row>', [(2, ["5", ""])]),
        ('<row r="7"><c r="B7"><v>5</v></c></row>', [(7, ["", "5"])]),
        ("<row><c><v>5</v></c><c><v>6</v></c></row><row><c><v>7</v></c></row>", [(2, ["5", "6"]), (3, ["7", ""])]),
        ('<row r="2"/><row r="3"><c r="A3"/><c r="B3" t="s"/></row>', []),
        ('<row r="2"><c r="A2" t="b"><v>1</v></c><c r="B2"><v>1E2</v></c></row>', [(2, ["TRUE", "100"])]),
        ('<row r="2"><c r="A2" t="str"><f>""</f><v></v></c><c r="B2"><f>1+1</f><v>2</v></c></row>', [(2, ["", "2"])]),
        (
            '<row r="2"><c r="A2" t="inlineStr"><is><r><t>液</t></r><r><t>位</t></r><rPh><t>yewei</t></rPh></is></c></row>',
            [(2, ["液位", ""])],
        ),
    ],
)
def test_ways_to_write_a_row(row: str, cells: list[Any]) -> None:
    assert read(sheet_of(HEADER + row))[1:] == cells


def test_names_with_a_prefix() -> None:
    rows = "<x:row r='1'><x:c r='A1' t='str'><x:v>tag</x:v></x:c></x:row><x:row r='2'><x:c r='A2'><x:v>1</x:v></x:c></x:row>"
    assert read(sheet_of(rows, prefix="x:")) == [(1, ["tag"]), (2, ["1"])]


def with_strings(data: bytes) -> bytes:
    """As Excel writes it: texts apart from the sheet."""
    override = f'<Override PartName="/{STRINGS}" ContentType="{xlsx_book._SHARED_STRINGS}"/></Types>'
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        types = archive.read("[Content_Types].xml").decode().replace("</Types>", override)
    stream = io.BytesIO(with_part(data, "[Content_Types].xml", types))
    with zipfile.ZipFile(stream, "a") as archive:
        strings = "<si><t>tag</t></si><si><t> 液\r\n位 </t></si><si><r><t>A</t></r><rPh><t>x</t></rPh><r><t>B</t></r></si>"
        archive.writestr(STRINGS, f'<sst xmlns="{SPREADSHEET}">{strings}</sst>')
    return stream.getvalue()


def test_shared_strings() -> None:
    cells = (
        '<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c></row><row r="2"><c r="A2" t="s"><v>2</v></c></row>'
    )
    assert read(with_strings(sheet_of(cells))) == [(1, ["tag", "液\n位"]), (2, ["AB", ""])]


def test_shared_formulas() -> None:
    first = '<row r="2"><c r="A2"><f t="shared" si="0" ref="A2:A3">B2*2</f></c></row>'
    second = '<row r="3"><c r="A3"><f t="shared" si="0"/></c></row>'
    for _, cells in read(sheet_of(HEADER + first + second))[1:]:
        assert isinstance(cells[0], OddCell) and cells[0].found == "公式 “=B2*2” 没有保存计算结果"


def test_a_sheet_outside_its_strings_is_no_workbook() -> None:
    assert "没有文本 “7”" in refusal(sheet_of(HEADER + '<row r="2"><c r="A2" t="s"><v>7</v></c></row>'))
    assert "没有格式 “99”" in refusal(sheet_of(HEADER + '<row r="2"><c r="A2" s="99"><v>7</v></c></row>'))
    assert "不是值" in refusal(sheet_of(HEADER + '<row r="2"><c r="A2"><v>seven</v></c></row>'))
    assert "打不开" in refusal(sheet_of(HEADER + "<row>"))


BOMB = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]>'


@pytest.mark.parametrize("part", [SHEET, STRINGS, "xl/workbook.xml", "xl/styles.xml", "[Content_Types].xml", "_rels/.rels"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_entities_are_never_unfolded(part: str, encoding: str) -> None:
    data = with_strings(workbook(["tag"], ["A"]))
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        text = archive.read(part).decode().replace("<?xml version='1.0' encoding='UTF-8'?>", "").lstrip()
    text = text if not text.startswith("<?xml") else text[text.index("?>") + 2 :]
    assert "DOCTYPE" in refusal(with_part(data, part, (BOMB + text).encode(encoding)))


def test_a_file_that_unfolds_too_far(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.site.xlsx_book.MAX_UNPACKED", 1 << 20)
    assert "过大" in refusal(with_part(workbook(["tag"], ["A"]), SHEET, b" " * (2 << 20)))


def test_a_merged_area_as_large_as_the_sheet_is_refused_or_cut_at_the_last_row() -> None:
    whole = '<mergeCells><mergeCell ref="A2:A1048576"/></mergeCells>'
    rows = HEADER + '<row r="2"><c r="A2"><v>1</v></c></row><row r="3"/>'
    assert read(sheet_of(rows, whole))[1:] == [(2, ["1", ""]), (3, ["1", ""])]
    rows = HEADER + '<row r="200000"><c r="A200000"><v>1</v></c></row>'
    assert "合并单元格" in refusal(sheet_of(rows, '<mergeCells><mergeCell ref="A1:XFD200000"/></mergeCells>'))


def test_too_many_rows() -> None:
    row = xlsx_file.MAX_ROWS + 1
    assert "超过" in refusal(sheet_of(HEADER + f'<row r="{row}"><c r="A{row}"><v>1</v></c></row>'))

"""CSV to rows: comma, one header row, RFC 4180 quotes. A file with another separator is a fault, never guessed at. Pure."""

import csv
import io
from collections.abc import Collection, Iterator

from app.domain.plant import Fault
from app.site.faults import Wrong
from app.site.sheet import MAX_ROWS, Cell, Sheet, clean
from app.site.text import WrongText, decode

_OTHERS = {";": "分号", "\t": "制表符", "，": "全角逗号", "；": "全角分号", "|": "竖线"}


def read_csv(file: str, data: bytes, known: Collection[str], faults: list[Fault]) -> Sheet | None:
    """`known`: header names by which another separator is told. Faults met in the rows are added while they are read."""
    try:
        text = decode(data)
    except WrongText as wrong:
        faults.append(Fault(file, wrong.row, "", wrong.found, wrong.expected))
        return None
    rows = _rows(file, text, faults)
    _, header = next(rows, (0, []))
    if not any(header):
        faults.append(Fault(file, 1, "", "没有表头", "第一行应为列名"))
        return None
    separator = _other_separator(text, known)
    if separator:
        faults.append(Fault(file, 1, "", f"列之间用的是{_OTHERS[separator]}", "应为英文逗号分隔的 CSV"))
        return None
    names = tuple(str(name) for name in header)
    return Sheet(file, names, names, rows)


def _rows(file: str, text: str, faults: list[Fault]) -> Iterator[tuple[int, list[Cell]]]:
    """The header comes first. A record may span lines; its number is the row a spreadsheet program shows."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    row, width = 0, 0
    try:
        for record in reader:
            row += 1
            cells: list[Cell] = [clean(cell) for cell in record]
            if row == 1:
                width = len(cells)
            elif not any(cells):
                continue
            elif len(cells) > width and any(cells[width:]):
                faults.append(
                    Fault(file, row, "", f"有 {len(cells)} 个单元格，表头只有 {width} 列", "内容里的逗号应放在双引号内")
                )
                continue
            elif row > MAX_ROWS:
                raise Wrong(f"超过 {MAX_ROWS} 行", f"一个表最多 {MAX_ROWS} 行")
            yield row, cells
    except csv.Error:
        faults.append(
            Fault(file, row + 1, "", f"双引号不成对（在文件第 {reader.line_num} 行发现）", "双引号应成对，内容里的双引号写两个")
        )
    except Wrong as wrong:
        faults.append(Fault(file, row, "", wrong.found, wrong.expected))


def _other_separator(text: str, known: Collection[str]) -> str | None:
    """The separator of the first line that finds more known names than the comma does."""
    line = text.splitlines()[0]

    def names_found(separator: str) -> int:
        return sum(cell.strip(' "').casefold() in known for cell in line.split(separator))

    best = max(_OTHERS, key=names_found)
    return best if names_found(best) > names_found(",") else None

"""A report as data for `resources/print/report.typ` (报表的纸面): every cell as text, every chart as shapes. Pure."""

from datetime import tzinfo
from typing import Any

from app.station.reports.charts import bars_shape, rows_shape, trend_shape
from app.station.reports.paper import Bars, Block, Cells, Levels, Pairs, Paper, Part, Say, Table, Trend, shown

_RIGHT = {Cells.NUMBER, Cells.SPAN, Cells.SHARE}


def sheet_of(paper: Paper, zone: tzinfo) -> dict[str, Any]:
    return {
        "title": paper.title,
        "subtitle": paper.subtitle,
        "site": paper.site,
        "number": paper.number,
        "about": [*paper.about, ("内容校验值 SHA-256", paper.digest)],
        "parts": [_part(part, zone) for part in paper.parts],
        "basis": paper.basis,
        "printed": f"生成 {paper.made}　内容 SHA-256 {paper.digest[:16]}…（日志中有全部）",
    }


def _part(part: Part, zone: tzinfo) -> dict[str, Any]:
    blocks = [_block(block, zone) for block in part.blocks]
    return {"title": part.title, "wide": any(block.get("wide") for block in blocks), "blocks": blocks}


def _block(block: Block, zone: tzinfo) -> dict[str, Any]:
    match block:
        case Say():
            return {"type": "say", "text": block.text, "small": block.small}
        case Pairs():
            return {"type": "pairs", "rows": block.rows}
        case Levels():
            rows = [(one.name, one.level, one.word, f"{one.score:.0f}") for one in block.rows]
            return {"type": "levels", "rows": rows}
        case Table():
            return _table(block, zone)
        case Bars():
            return rows_shape(block) if block.across else bars_shape(block)
        case Trend():
            return trend_shape(block, zone)


def _table(table: Table, zone: tzinfo) -> dict[str, Any]:
    left = len(table.rows) - table.paper_rows
    more = f"纸面列出前 {table.paper_rows} 行，其余 {left} 行见同一报表的 Excel 表。" if left > 0 else ""
    return {
        "type": "table",
        "title": table.title,
        "wide": table.wide,
        "head": [column.title for column in table.columns],
        "weights": [column.weight for column in table.columns],
        "right": [column.cells in _RIGHT for column in table.columns],
        "rows": [
            [shown(cell, column, zone) for cell, column in zip(row, table.columns, strict=True)]
            for row in table.rows[: table.paper_rows]
        ],
        "note": " ".join(text for text in (table.note, more) if text),
        "empty": table.empty,
    }

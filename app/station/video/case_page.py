"""The page that leads through a case package (案卷目录): one HTML file without scripts, for any browser. Station side, pure.

Whatever a person wrote is escaped; a note full of markup is read as it was written. Browsers play the clips themselves.
"""

from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import Any
from urllib.parse import quote

from app.domain.instant import Instant

STYLE = """
body{font:15px/1.6 "Noto Sans CJK SC","Microsoft YaHei",sans-serif;margin:2em auto;max-width:70em;color:#222;padding:0 1em}
h1{font-size:1.5em}h2{font-size:1.15em;margin-top:2em;border-bottom:1px solid #bbb}
table{border-collapse:collapse;width:100%}th,td{border:1px solid #ccc;padding:.3em .6em;text-align:left;vertical-align:top}
th{background:#f2f2f2;font-weight:600}code{font-size:.8em;word-break:break-all}
.fault{border-left:4px solid #b00;padding:.4em 1em;background:#fdf0f0}
video{width:32em;max-width:100%;background:#000}
@media print{video{display:none}}
"""
PLAYS = (
    "录像为 H.264 或 H.265 编码的 MP4，未重新编码。多数浏览器直接播放 H.264；H.265 若不能播放，请用 VLC 等播放器打开 "
    "clips 文件夹里的文件。"
)
CHECK = (
    "manifest.sha256 列出每个文件的 SHA-256：在解开的文件夹里运行 sha256sum -c manifest.sha256 即可核对。journal.jsonl "
    "是这段时间的全部日志，每行的 hash 等于 SHA-256(previous + line)，previous 是上一行的 hash；seals.txt 是覆盖这些日志的"
    "封印，可与纸质封印核对。录像片段的 SHA-256 也记在日志里（kind 为 video）。"
)
Local = Callable[[Instant], str]


def page(job: Mapping[str, Any], parts: Mapping[str, Any], faults: Sequence[str], local: Local) -> str:
    """`parts` as `case_write` gathers them."""
    body = [
        f"<h1>案卷 {escape(job['name'])}</h1>",
        _table(
            None,
            [
                ["企业", escape(job["site"])],
                ["时间范围", f"{local(job['start_at'])} 至 {local(job['end_at'])}（{escape(job['zone'])}）"],
                ["原因", escape(job["why"])],
                ["制作", f"{escape(job['by'])}，{local(job['made'])}，HazWatch {escape(job['version'])}"],
            ],
        ),
        *(f'<p class="fault">{escape(fault)}</p>' for fault in faults),
        "<h2>报警</h2>",
        _table(["编号", "时间", "位号", "内容"], [_alarm(one) for one in parts["alarms"]["mine"]]),
        f'<p><a href="alarms.csv">alarms.csv</a>：这段时间的全部报警，{parts["alarms"]["count"]} 条</p>',
        "<h2>录像片段</h2>",
        f"<p>{PLAYS}</p>" if parts["clips"] else "<p>没有录像片段。</p>",
        *(_clip(one) for one in parts["clips"]),
        "<h2>趋势数据</h2>",
        _table(["位号", "名称", "样本", "文件"], [_trend(one) for one in parts["trends"]]),
        "<h2>表单</h2>",
        _table(["编号", "名称", "文件"], [_form(one) for one in parts["forms"]]),
        "<h2>日志与封印</h2>",
        _journal(parts["journal"]),
        "<h2>怎样核对</h2>",
        f"<p>{CHECK}</p>",
    ]
    head = f'<meta charset="utf-8"><title>案卷 {escape(job["name"])}</title><style>{STYLE}</style>'
    return f'<!doctype html><html lang="zh-CN"><head>{head}</head><body>{"".join(body)}</body></html>\n'


def _alarm(one: Mapping[str, Any]) -> list[str]:
    return [str(one["occurrence"]), escape(one["at"]), escape(one["tag"]), escape(one["message"])]


def _clip(one: Mapping[str, Any]) -> str:
    rows = [
        ["摄像机", escape(f"{one['camera']} {one['camera_name']}")],
        ["画面时间", escape(one["from"] or one["asked"])],
        ["报警", "、".join(map(str, one["occurrences"])) or "—"],
        ["SHA-256", f"<code>{escape(one['sha256'])}</code>"],
    ]
    if one["words"]:
        rows.append(["说明", escape(one["words"])])
    if not one["entry"]:
        return f"<h3>片段 {one['id']}</h3>{_table(None, rows)}"
    link = _link(one["entry"])
    return (
        f'<h3>片段 {one["id"]}</h3><video controls preload="metadata" src="{link}"></video>'
        f"{_table(None, [*rows, ['文件', _anchor(one['entry'])]])}"
    )


def _trend(one: Mapping[str, Any]) -> list[str]:
    return [escape(one["tag"]), escape(one["name"]), str(one["samples"]), _anchor(one["entry"])]


def _form(one: Mapping[str, Any]) -> list[str]:
    return [escape(one["number"]), escape(one["title"]), "　".join(_anchor(one[key]) for key in ("pdf", "json") if one[key])]


def _journal(told: Mapping[str, Any]) -> str:
    seals = "；".join(
        f"第 {one['number']} 号（{escape(one['day'])}，记录 {one['first']} 至 {one['last']}）" for one in told["seals"]
    )
    return (
        f"<p>{_anchor('journal.jsonl')}：记录 {told['first']} 至 {told['last']}，共 {told['count']} 条，连续无缺。</p>"
        f"<p>{_anchor('seals.txt')}：{seals or '这段时间的日志还没有封印'}</p>"
    )


def _anchor(entry: str) -> str:
    return f'<a href="{_link(entry)}">{escape(entry)}</a>'


def _link(entry: str) -> str:
    return escape(quote(entry))


def _table(head: Sequence[str] | None, rows: Sequence[Sequence[str]]) -> str:
    """Cells are HTML already."""
    if not rows:
        return "<p>没有。</p>"
    top = "" if head is None else "<tr>" + "".join(f"<th>{cell}</th>" for cell in head) + "</tr>"
    first, rest = ("th", 1) if head is None else ("td", 0)
    lines = (
        "<tr>"
        + "".join(f"<{first if n < rest else 'td'}>{cell}</{first if n < rest else 'td'}>" for n, cell in enumerate(row))
        + "</tr>"
        for row in rows
    )
    return f"<table>{top}{''.join(lines)}</table>"

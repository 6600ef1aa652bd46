"""The page of the reports (报表): what to make on the left, what there is in the middle, its pages on the right.

Console side.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QStackedLayout, QVBoxLayout, QWidget

from widgets.journal.work import WorkStrip
from widgets.reports.chooser import SPAN_NAMES, Chooser
from widgets.reports.preview import Preview
from widgets.rowtable import Column, Row, RowTable
from widgets.theme import ThemeHolder, font
from widgets.vocabulary import local_time
from widgets.words import tr

_JOBS = {"running": "正在生成", "failed": "没有做成", "cancelled": "已取消"}


class ReportsPage(QWidget):
    shown = Signal()

    def __init__(self, themes: ThemeHolder) -> None:
        super().__init__()
        self._themes = themes
        self.chooser = Chooser()
        self.strip = WorkStrip(themes)
        self.preview = Preview(themes)
        self._kinds: Mapping[str, str] = {}
        self.table = RowTable(self._columns(), "id")
        self.table.chosen.connect(self._on_chosen)
        self._message = QLabel(tr("正在取报表列表…"))
        self._message.setFont(font(13))
        self._message.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._message.setWordWrap(True)
        place = QWidget()
        self._stack = QStackedLayout(place)
        self._stack.addWidget(self._message)
        self._stack.addWidget(self.table)
        self.chooser.setFixedWidth(300)
        columns = QHBoxLayout()
        columns.setSpacing(12)
        columns.addWidget(self.chooser)
        columns.addWidget(place, 3)
        columns.addWidget(self.preview, 4)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(18, 12, 18, 14)
        whole.setSpacing(10)
        whole.addWidget(self.strip)
        whole.addLayout(columns, 1)

    # what the station said

    def show_reports(self, answer: Mapping[str, Any], may_make: bool) -> None:
        """As `GET /reports` gives it."""
        self.chooser.put(answer)
        self._kinds = {one["kind"]: tr(one["title"].removesuffix("报告")) for one in answer["kinds"]}
        self.chooser.setEnabled(may_make)
        self.chooser.put_about(_about(answer, may_make))
        failed = [one for one in answer["jobs"] if one["state"] != "done"]
        rows: list[Row] = list(failed)
        rows += [{**one, "state": "there"} for one in answer["reports"]]
        self.table.put(rows)
        self._message.setText(tr("还没有报表。\n左边选种类和时段后点“生成”；班、日、周、月过完后也会自动生成。"))
        self._stack.setCurrentIndex(1 if rows else 0)

    def show_fault(self, text: str) -> None:
        self._message.setText(text)
        self._stack.setCurrentIndex(0)

    def show_progress(self, job: Mapping[str, Any]) -> None:
        done, total = int(job["done"]), int(job["total"])
        text = tr("{title}　{done} / {total} 步", title=job["title"], done=done, total=total or "…")
        self.strip.show_running(text, done, total)

    def choose(self, report: str) -> None:
        for number, row in enumerate(self.table.rows):
            if row["id"] == report:
                self.table.selectRow(number)
                self.table.scrollTo(self.table.model().index(number, 0))

    def clear(self) -> None:
        self.table.put([])
        self.preview.put(None)
        self.chooser.clear()
        self.strip.hide()
        self.show_fault(tr("正在取报表列表…"))

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.shown.emit()

    # inside

    def _on_chosen(self, row: Row | None) -> None:
        self.preview.put(row if row is not None and row["state"] == "there" else None)
        if row is not None and row["state"] != "there":
            self.preview.sheet.show_message(row.get("error") or tr(_JOBS[row["state"]]))

    def _columns(self) -> Sequence[Column]:
        return (
            Column(tr("报表"), 122, lambda row: self._kinds.get(row["kind"], row["kind"]), tip=_tip),
            Column(tr("时段"), 160, _period, stretch=True, tip=_tip),
            Column(tr("生成"), 108, lambda row: local_time(row.get("made_at") or row["started_at"], date=True)[:-3]),
            Column(
                tr("由"), 66, lambda row: tr("自动") if row["automatic"] else str(row["by"]), tip=lambda row: str(row["by"])
            ),
            Column(tr("大小"), 74, _size, right=True),
            Column(tr("状态"), 104, _state, color=self._color),
        )

    def _color(self, row: Row) -> str | None:
        return self._themes.theme.bad if row["state"] == "failed" else None


def _period(row: Row) -> str:
    """With the part of the plant where it is not the whole."""
    scope = row["scope"]
    return str(row["period_title"]) + ("" if scope["kind"] == "site" else f"　{scope['title']}")


def _size(row: Row) -> str:
    size = sum(row.get("size", {}).values()) if row["state"] == "there" else 0
    return f"{size / 1e6:.1f} MB" if size >= 100_000 else f"{size / 1e3:.0f} kB" if size else ""


def _state(row: Row) -> str:
    if row["state"] != "there":
        return tr(_JOBS[row["state"]])
    words = [tr("补做") if row["late"] else "", "" if row["whole"] else tr("时段未满"), tr("无 PDF") if row["no_pdf"] else ""]
    return "　".join(word for word in words if word) or tr("完成")


def _tip(row: Row) -> str:
    if row["state"] != "there":
        return str(row.get("error") or row["title"])
    head = f"{row['title']}　{row['scope']['title']}\n"
    return head + tr("编号 {id}\n内容 SHA-256 {hash}\n日志中有全部校验值", id=row["id"], hash=row["digest"])


def _about(answer: Mapping[str, Any], may_make: bool) -> str:
    titles = {one["kind"]: tr(one["title"]) for one in answer["kinds"]}
    own = []
    for entry in answer["automatic"]:
        kind, _, span = entry.partition("/")
        own.append(titles.get(kind, kind) + (f"（{tr(SPAN_NAMES[span])}）" if span else ""))
    lines = []
    if not may_make:
        lines.append(tr("当前账号可以查看报表，不能生成。"))
    if own:
        lines.append(
            tr("时段过完 {n} 分钟后自动生成：{all}。停机期间错过的会补做。", n=f"{answer['delay_min']:g}", all="、".join(own))
        )
    else:
        lines.append(tr("没有设自动生成的报表。"))
    kept = "，".join(f"{tr(SPAN_NAMES[span])} {days:g}" for span, days in answer["keep_days"].items())
    lines.append(tr("保存天数：{kept}；那几天有锁定的证据时不清除。以上均为默认值，非官方规定。", kept=kept))
    return "\n".join(lines)

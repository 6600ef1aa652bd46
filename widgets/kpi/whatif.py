"""What a change of one rule would have done to its alarms (模拟整改), and the way to propose it. Console side.

Nothing is changed from here: the change goes through the approval of limits.
"""

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget

from widgets.kpi.words import change_words, rule_of, seconds
from widgets.theme import font
from widgets.words import tr


class WhatIf(QFrame):
    """`wanted(actor)`: simulate; `proposed(tag, change)`: begin a limit change with these values."""

    wanted = Signal(object)
    proposed = Signal(str, object)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("card")
        self._actor: Mapping[str, Any] | None = None
        self._unit = ""
        self._title = QLabel()
        self._title.setFont(font(12.5, bold=True))
        self._title.setWordWrap(True)
        self._said = QLabel()
        self._said.setFont(font(11.5))
        self._said.setWordWrap(True)
        self._run = QPushButton(tr("用最近 3 天的数据模拟整改"))
        self._run.setFont(font(11.5))
        self._run.clicked.connect(self._want)
        self._rows = QVBoxLayout()
        self._rows.setSpacing(8)
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(self._rows)
        column.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setWidget(inside)
        scroll.viewport().setAutoFillBackground(False)
        inside.setAutoFillBackground(False)
        box = QVBoxLayout(self)
        box.setContentsMargins(16, 12, 16, 12)
        box.setSpacing(10)
        box.addWidget(self._title)
        box.addWidget(self._said)
        box.addWidget(self._run, 0, Qt.AlignmentFlag.AlignLeft)
        box.addWidget(scroll, 1)
        self.clear()

    def clear(self) -> None:
        self._actor = None
        self._empty()
        self._title.setText(tr("整改建议"))
        self._said.setText(tr("在左边选一条报警，用它自己的历史数据模拟：改变死区或延时后还会剩下多少条。"))
        self._run.hide()

    def show_actor(self, actor: Mapping[str, Any]) -> None:
        self._actor = actor
        self._empty()
        tag = "" if actor["tag"].startswith("@") else actor["tag"]  # of the station itself: the name says it
        self._title.setText("  ".join(part for part in (tag, actor["name"], rule_of(actor["rule"])) if part))
        can = bool(actor["can_be_simulated"])
        self._run.setVisible(can)
        self._run.setEnabled(True)
        if can:
            self._said.setText(
                tr("{n} 条，抖动 {c} 次，典型持续 {t}。", n=actor["count"], c=actor["chatters"], t=seconds(actor["median_s"]))
            )
        else:
            self._said.setText(
                tr("这类报警没有死区可调。请先查接线、传感器和通信；设备停用时在设备页改为停用，由程序按设计抑制。")
            )

    def show_busy(self) -> None:
        self._run.setEnabled(False)
        self._said.setText(tr("正在用历史数据模拟…"))

    def show_fault(self, text: str) -> None:
        self._run.setEnabled(True)
        self._said.setText(text)

    def show_answer(self, answer: dict[str, Any], unit: str) -> None:
        """As `GET /kpi/proposals` gives it."""
        if self._actor is None or (answer["tag"], answer["rule"]) != (self._actor["tag"], self._actor["rule"]):
            return
        self._empty()
        self._unit = unit
        self._run.setEnabled(True)
        found = answer["proposals"]
        now = change_words(answer["now"], unit)
        if not answer["samples"]:
            self._said.setText(tr("最近 3 天没有历史数据，无法模拟。"))
        elif not found:
            self._said.setText(
                tr("现在：{now}。没有一种死区或延时能去掉大部分报警而不漏掉最长的一次超限：请查工艺或限值本身。", now=now)
            )
        else:
            self._said.setText(tr("现在：{now}。下面每一种都仍能报出最长的一次真实超限。", now=now))
        for one in found[:5]:
            self._rows.addWidget(self._row(one))

    def _row(self, one: dict[str, Any]) -> QWidget:
        assert self._actor is not None
        row = QFrame()
        row.setObjectName("card")
        said = QLabel(
            tr(
                "{change}：{before} 条中 {gone} 条会消失；最长一次真实超限 {longest} 仍会报警{later}",
                change=change_words(one["change"], self._unit),
                before=one["before"],
                gone=one["vanished"],
                longest=seconds(one["longest_s"]),
                later=tr("，最多晚 {n} 秒", n=f"{one['later_s']:g}") if one["later_s"] else tr("，一秒不晚"),
            )
        )
        said.setFont(font(11.5))
        said.setWordWrap(True)
        propose = QPushButton(tr("提出限值变更…"))
        propose.setFont(font(11))
        tag, change = self._actor["tag"], dict(one["change"])
        propose.clicked.connect(lambda: self.proposed.emit(tag, change))
        line = QHBoxLayout(row)
        line.setContentsMargins(12, 8, 10, 8)
        line.addWidget(said, 1)
        line.addWidget(propose)
        return row

    def _want(self) -> None:
        if self._actor is not None:
            self.show_busy()
            self.wanted.emit(self._actor)

    def _empty(self) -> None:
        while (item := self._rows.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()

"""What to do: the guidance of the tag, the action first and large. Console side."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QVBoxLayout, QWidget

from app.domain.guidance import Guidance
from widgets.card.panel import Panel, clear_layout, text_label
from widgets.words import tr

MOST_STEPS = 9


class GuidePanel(Panel):
    def __init__(self) -> None:
        super().__init__(tr("处置措施"))
        self._shown: tuple[Guidance, bool] | None = None
        inner = QWidget()
        self._column = QVBoxLayout(inner)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(7)
        self.body.addWidget(inner, 1)
        self.texts: list[str] = []

    def show_guidance(self, guidance: Guidance, of_plant: bool = True) -> None:
        """`of_plant` False: an alarm of the station itself or of a source, which no tag table can say anything about."""
        if (guidance, of_plant) == self._shown:
            return
        self._shown = guidance, of_plant
        clear_layout(self._column)
        self.texts = []
        if not guidance:
            none = tr("没有写处置提示。\n请工程师在 tags.csv 的“处置提示”列，或“原因”“后果”“措施”“联系人”各列写明。")
            if not of_plant:
                none = tr(
                    "这是站点或数据源自身的报警，不是工艺报警。\n原因见右边的“为什么”；"
                    "各部分的状况和处理办法见“运维”页和“数据源”页。"
                )
            self._say(none, 12, dim=True)
            self._column.addStretch(1)
            return
        self._steps(guidance.action)
        grid = QGridLayout()
        grid.setHorizontalSpacing(10)
        grid.setVerticalSpacing(4)
        grid.setColumnStretch(1, 1)
        for row, (word, said) in enumerate(
            ((tr("可能原因"), guidance.cause), (tr("可能后果"), guidance.consequence), (tr("联系人"), guidance.contacts))
        ):
            if said:
                caption = text_label(11, dim=True)
                caption.setText(word)
                text = text_label(12, bold=said is guidance.contacts, wrap=True)
                text.setText("；".join(said))
                text.setToolTip("\n".join(said))
                grid.addWidget(caption, row, 0, Qt.AlignmentFlag.AlignTop)
                grid.addWidget(text, row, 1)
                self.texts += said
        self._column.addStretch(1)
        self._column.addLayout(grid)

    def _steps(self, steps: list[str]) -> None:
        if not steps:
            self._say(tr("没有写处置措施，下面是已写明的情况。"), 12, dim=True)
        grid = QGridLayout()
        grid.setHorizontalSpacing(10)
        grid.setVerticalSpacing(6)
        grid.setColumnStretch(1, 1)
        small = len(steps) > 4
        for place, step in enumerate(steps[:MOST_STEPS]):
            number = text_label(12.5 if small else 16, dim=True)
            number.setText(str(place + 1))
            text = text_label(13 if small else 16, wrap=True)
            text.setText(step)
            grid.addWidget(number, place, 0, Qt.AlignmentFlag.AlignTop)
            grid.addWidget(text, place, 1)
            self.texts.append(step)
        self._column.addLayout(grid)
        if len(steps) > MOST_STEPS:
            self._say(tr("另有 {n} 步，悬停查看", n=len(steps) - MOST_STEPS), 11, dim=True, tip="\n".join(steps[MOST_STEPS:]))

    def _say(self, text: str, size: float, dim: bool = False, tip: str = "") -> None:
        made = text_label(size, dim=dim, wrap=True)
        made.setText(text)
        made.setToolTip(tip)
        self._column.addWidget(made)
        self.texts.append(text)

"""The emergency card of a chemical: five short texts, and figures that say where they come from. Console side.

A figure nobody has checked carries a star and the panel says what the star means: on a screen an unverified number looks just
like a verified one.
"""

from collections.abc import Sequence
from itertools import groupby

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QButtonGroup, QGridLayout, QLabel, QPushButton, QTabBar

from app.domain.chemical import FIGURES, TEXTS, Chemical, Figure
from app.domain.tag import Kind
from widgets.card.panel import Panel, clear_layout, text_label
from widgets.theme import font
from widgets.words import tr

UNCHECKED = "未核定"
MOST = 4  # chemicals with a button of their own
_DENSITY = {"heavier": "蒸气比空气重", "lighter": "蒸气比空气轻", "even": "蒸气密度与空气接近"}
_KEYS = tuple(TEXTS)
_GAS = frozenset({Kind.COMBUSTIBLE_GAS, Kind.TOXIC_GAS})


class ChemicalPanel(Panel):
    def __init__(self) -> None:
        super().__init__(tr("化学品应急卡"))
        self.chemicals: list[Chemical] = []
        self._group = QButtonGroup(self)
        self._group.idClicked.connect(self.choose)
        self.about = text_label(11, dim=True, wrap=True)
        self.tabs = QTabBar()
        self.tabs.setFont(font(12))
        self.tabs.setExpanding(False)
        self.tabs.setDrawBase(False)
        self.tabs.setUsesScrollButtons(False)
        for word in TEXTS.values():
            self.tabs.addTab(tr(word))
        self.tabs.currentChanged.connect(self._show)
        self.text = text_label(13, wrap=True)
        self.text.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        self.figures = QGridLayout()
        self.figures.setHorizontalSpacing(14)
        self.figures.setVerticalSpacing(2)
        self.mark = text_label(10, dim=True, wrap=True)
        self.body.addWidget(self.about)
        self.body.addWidget(self.tabs)
        self.body.addWidget(self.text, 1)
        self.body.addLayout(self.figures)
        self.body.addWidget(self.mark)
        self.chosen = 0
        self.wait(tr("正在读取…"))

    def wait(self, text: str) -> None:
        """Nothing to show: not known yet, or there is none."""
        self.chemicals = []
        self._offer()
        self.about.setText(text)
        self.remark.setText("")
        for part in (self.tabs, self.text, self.mark):
            part.hide()
        clear_layout(self.figures)

    def show_chemicals(self, chemicals: Sequence[Chemical], of: str, kind: Kind | None) -> None:
        """`of`: "equipment", or "area" where only the surroundings name them. A gas alarm opens at the leak."""
        if not chemicals:
            self.wait(tr("没有这种介质的应急卡，或设备没有写介质。\n请在 equipment.csv 写明介质与 CAS 号；应急卡随程序提供。"))
            return
        self.chemicals = list(chemicals)
        self.remark.setText(tr("设备未写介质，取自同区域设备") if of == "area" else "")
        self._offer()
        self.tabs.setCurrentIndex(_KEYS.index("leak") if kind in _GAS else 0)
        for part in (self.tabs, self.text, self.mark):
            part.show()
        self.choose(0)

    def choose(self, place: int) -> None:
        self.chosen = place
        if (button := self._group.button(place)) is not None:
            button.setChecked(True)
        self._show()

    def _offer(self) -> None:
        """A button a chemical where there are several."""
        for button in self._group.buttons():
            self._group.removeButton(button)
            self.bar.removeWidget(button)
            button.hide()
            button.deleteLater()
        if len(self.chemicals) > 1:
            for place, one in enumerate(self.chemicals[:MOST]):
                button = QPushButton(one.name)
                button.setCheckable(True)
                button.setFont(font(11))
                self._group.addButton(button, place)
                self.bar.insertWidget(self.bar.indexOf(self.title) + 1 + place, button)

    def _show(self, *_: object) -> None:
        if not self.chemicals:
            return
        one = self.chemicals[self.chosen]
        un = f"UN {one.un}" if one.un else tr("UN 号未录入")
        density = tr(_DENSITY[one.density]) if one.density else ""
        self.about.setText("　".join(part for part in (one.name, f"CAS {one.cas}", un, density) if part))
        self.text.setText(as_lines(one.texts.get(_KEYS[self.tabs.currentIndex()], "")))
        clear_layout(self.figures)
        cells = [(key, list(same)) for key, same in groupby(sorted(one.figures, key=_order), key=lambda figure: figure.key)]
        for place, (key, figures) in enumerate(cells):
            row, column = divmod(place, 2)
            caption, value = text_label(10.5, dim=True), text_label(11.5, bold=True)
            caption.setText(tr(FIGURES[key]))
            value.setText(figure_text(figures))
            value.setToolTip("\n".join(_source(figure) for figure in figures))
            self.figures.addWidget(caption, row, 2 * column)
            self.figures.addWidget(value, row, 2 * column + 1)
            self.figures.setColumnStretch(2 * column + 1, 1)
        self.mark.setText(
            tr("已核定：{who}", who=one.reviewed)
            if one.reviewed
            else tr("参考，未经官方核定。带 * 的数字未核定，来源见悬停提示。")
        )

    def labels(self) -> list[QLabel]:
        """The figures, as they stand on the screen."""
        items = (self.figures.itemAt(place) for place in range(self.figures.count()))
        return [widget for item in items if item is not None and isinstance(widget := item.widget(), QLabel)]


def as_lines(text: str) -> str:
    """A sentence a line: it is read in steps."""
    steps = [step for part in text.split("。") for step in part.split("；") if step]
    return "\n".join(f"· {step}" for step in steps)


def figure_text(figures: Sequence[Figure]) -> str:
    """`6.7* / 6.0* %`: all sources, none chosen in silence."""
    shown: dict[str, None] = {}
    for one in figures:
        star = "*" if UNCHECKED in one.source else ""
        shown[f"{one.value:g}{star}"] = None
    return f"{' / '.join(shown)} {figures[0].unit}".strip()


def _source(figure: Figure) -> str:
    note = f"（{figure.note}）" if figure.note else ""
    return f"{figure.value:g} {figure.unit}{note}：{figure.source}"


def _order(figure: Figure) -> int:
    return list(FIGURES).index(figure.key)

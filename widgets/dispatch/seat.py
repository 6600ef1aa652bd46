"""The sound of this seat: device, volume, voice, and the horn test. Console side."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QFormLayout, QFrame, QHBoxLayout, QLabel, QLineEdit, QPushButton, QVBoxLayout, QWidget

from widgets.dispatch.outlets import Lamp
from widgets.theme import ThemeHolder, font
from widgets.words import tr


class SeatPanel(QFrame):
    test_wanted = Signal()
    voice_switched = Signal(bool)
    renamed = Signal(str)

    def __init__(self, themes: ThemeHolder) -> None:
        super().__init__()
        self.setObjectName("card")
        self.lamp = Lamp(themes)
        self.setFixedWidth(520)
        self.name = QLineEdit()
        self.name.setFont(font(12))
        self.name.setMaxLength(40)
        self.name.setToolTip(tr("站用这个名字指出哪一席听不到报警"))
        self.name.editingFinished.connect(self._on_named)
        self.device, self.volume, self.voice, self.tested = (_said() for _ in range(4))
        self.speak = QCheckBox(tr("本席语音播报"))
        self.speak.setFont(font(12))
        self.speak.clicked.connect(self.voice_switched)
        self.test = QPushButton(tr("试音"))
        self.test.setFont(font(12))
        self.test.clicked.connect(self.test_wanted)
        self._given = ""
        self._arrange()

    def show_sound(self, name: str, device: str, faulty: bool, volume: str, voice: str, on: bool, tested: str) -> None:
        if not self.name.hasFocus():
            self.name.setText(name)
            self._given = name
        self.device.setText(device)
        self.lamp.put("failing" if faulty else "ok")
        self.volume.setText(volume)
        self.voice.setText(voice)
        self.speak.setChecked(on)
        self.tested.setText(tested or tr("本次登录后还没有试音"))

    def _arrange(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(18, 14, 18, 14)
        column.setSpacing(10)
        title = QLabel(tr("本席声音"))
        title.setFont(font(13.5, bold=True))
        column.addWidget(title)
        form = QFormLayout()
        form.setHorizontalSpacing(18)
        form.setVerticalSpacing(9)
        form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        rows: tuple[tuple[str, QWidget | QHBoxLayout], ...] = (
            (tr("席位名称"), self.name),
            (tr("音频设备"), self._beside(self.lamp, self.device)),
            (tr("音量"), self.volume),
            (tr("语音"), self.voice),
            (tr("试音记录"), self.tested),
        )
        for text, widget in rows:
            caption = QLabel(text)
            caption.setFont(font(12))
            caption.setObjectName("dim")
            form.addRow(caption, widget)
        column.addLayout(form)
        row = QHBoxLayout()
        row.addWidget(self.test)
        row.addSpacing(14)
        row.addWidget(self.speak)
        row.addStretch(1)
        column.addLayout(row)
        column.addStretch(1)

    @staticmethod
    def _beside(lamp: Lamp, words: QLabel) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(lamp, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(words, 1)
        return row

    def _on_named(self) -> None:
        text = self.name.text().strip()
        if text != self._given:
            self._given = text
            self.renamed.emit(text)


def _said() -> QLabel:
    made = QLabel()
    made.setFont(font(12))
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.setWordWrap(True)
    return made

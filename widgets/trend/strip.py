"""What there is to say of questions to the station: one takes long and can be called off, one failed and can be asked again.

Console side. A thin bar above the chart moves while something is under way; the words stand beside the controls.
"""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QPushButton, QSizePolicy

from widgets.theme import font
from widgets.words import tr


class AskStrip(QProgressBar):
    """The bar itself; `words` and `button` are laid out by `put_into`. `cancelled`: not wanted any more; `again`: ask again."""

    cancelled = Signal()
    again = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setRange(0, 0)
        self.setTextVisible(False)
        self.setFixedHeight(3)
        keep = self.sizePolicy()
        keep.setRetainSizeWhenHidden(True)  # the chart stays where it is
        self.setSizePolicy(keep)
        self.words, self.button = QLabel(), QPushButton()
        self.words.setFont(font(11.5))
        self.words.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.words.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.button.setFont(font(11.5))
        self.button.clicked.connect(self._clicked)
        self._about = ""
        self.hide()
        self._say("", "")

    def put_into(self, row: QHBoxLayout) -> None:
        row.addWidget(self.words, 1)
        row.addWidget(self.button)

    def show_busy(self, text: str) -> None:
        """A question takes long; "" no more."""
        self.setVisible(bool(text))
        self._say(text, tr("取消") if text else "")

    def hide_busy(self) -> None:
        """Nothing takes long any more; a fault stays."""
        if not self.isHidden():
            self.show_busy("")

    def show_fault(self, text: str, about: str = "") -> None:
        """A question failed, in a sentence that says what to do; `about` which."""
        self.hide()
        self._say(text, tr("重试"))
        self._about = about

    def clear_fault(self, about: str) -> None:
        """It was answered after all."""
        if self.isHidden() and self._about == about:
            self._say("", "")

    def show_note(self, text: str) -> None:
        """What somebody has to know of what was just done; there is nothing to ask again."""
        if self.isHidden():
            self._say(text, "")

    def clear_note(self) -> None:
        if self.isHidden() and not self.button.text():
            self._say("", "")

    def _say(self, text: str, button: str) -> None:
        self._about = ""
        self.words.setText(text)
        self.words.setToolTip(text)
        self.button.setText(button)
        self.words.setVisible(bool(text))
        self.button.setVisible(bool(text and button))

    def _clicked(self) -> None:
        failed = self.isHidden()
        self.show_busy("")
        (self.again if failed else self.cancelled).emit()

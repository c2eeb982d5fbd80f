"""A field for a gain."""

from typing import Final

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QKeyEvent, QWheelEvent
from PySide6.QtWidgets import QDoubleSpinBox, QSizePolicy, QWidget

from engine.contract.scene.checks import HIGHEST_GAIN_DB, LOWEST_GAIN_DB
from widgets.parts.text_keys import TextKeys

GAIN_PX: Final = 74


class GainField(QDoubleSpinBox):
    """A gain in dB. The wheel turns it only while it has the keyboard; Enter and Esc leave it."""

    left = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setRange(LOWEST_GAIN_DB, HIGHEST_GAIN_DB)
        self.setDecimals(1)
        self.setSingleStep(0.5)
        self.setSuffix(" dB")
        self.setKeyboardTracking(False)
        self.setButtonSymbols(QDoubleSpinBox.ButtonSymbols.NoButtons)
        self.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.setFixedWidth(GAIN_PX)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)  # a layout must not cut the unit off
        TextKeys(self)

    def show_gain(self, gain_db: float) -> None:
        """Show a gain in dB; no signal says that it changed."""
        if gain_db != self.value():
            with QSignalBlocker(self):
                self.setValue(gain_db)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Take over what is typed, and leave the field on Enter and Esc."""
        super().keyPressEvent(event)
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Escape):
            event.accept()
            self.left.emit()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Leave the wheel to the timeline unless the field has the keyboard."""
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()

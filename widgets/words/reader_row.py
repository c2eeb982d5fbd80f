"""Lets a model that the user names read the sentence: its address, its name, and a button that asks it."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QPushButton, QWidget

from widgets.parts.describe import describe

_LONGEST = 2_000


class ReaderRow(QWidget):
    """`asked` carries address and model when the user asks; `cancelled` ends it. Nothing is sent otherwise."""

    asked = Signal(str, str)
    cancelled = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._is_asking = False
        self.address, self.model = QLineEdit(), QLineEdit()
        for field in (self.address, self.model):
            field.setMaxLength(_LONGEST)
        self.address.setPlaceholderText("http://127.0.0.1:8000/v1")
        self.model.setPlaceholderText("Name of the model")
        describe(
            self.address,
            "Address of the API",
            "An OpenAI-compatible API. The sentence is sent there when you press the button. A key is read from the "
            "environment variable SWANSPHERE_API_KEY",
            "Alt+A",
        )
        describe(self.model, "Model of the API", "The model that reads the sentence", "Alt+M")
        self.button = QPushButton()
        self.button.setAutoDefault(False)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.address, 3)
        layout.addWidget(self.model, 2)
        layout.addWidget(self.button)
        self.button.clicked.connect(self._clicked)
        self.address.textChanged.connect(self._show)
        self.model.textChanged.connect(self._show)
        self._show()

    def set_asking(self, is_asking: bool) -> None:
        """Show whether an answer is awaited; then the button cancels."""
        self._is_asking = is_asking
        self._show()

    def _clicked(self) -> None:
        if self._is_asking:
            self.cancelled.emit()
        else:
            self.asked.emit(self.address.text().strip(), self.model.text().strip())

    def _show(self) -> None:
        if self._is_asking:
            self.button.setText("Stop asking")
            describe(self.button, "Stop asking", "Keep the reading by rules", "Alt+K")
        else:
            self.button.setText("Ask this model")
            describe(self.button, "Ask this model", "Send the sentence to this address to be read there", "Alt+K")
        has_both = bool(self.address.text().strip() and self.model.text().strip())
        self.button.setEnabled(self._is_asking or has_both)
        for field in (self.address, self.model):
            field.setEnabled(not self._is_asking)

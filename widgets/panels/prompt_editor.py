"""The prompt: applied while the user types, with a line on when the change will be heard."""

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QVBoxLayout, QWidget

from engine.contract.control import Prompt
from widgets.parts.describe import describe
from widgets.parts.panel import role_label
from widgets.parts.text import precise_clock_text

APPLY_AFTER_MS = 400
_LONGEST_PROMPT = 500
_PICTURE_ALONE = "No prompt: the sound follows the picture alone."


class PromptEditor(QWidget):
    """A line of text. `submitted` carries a Prompt after Enter or a pause of 400 ms, once per change.

    The owner answers with `mark_sent(version)` and later `mark_taken_up(version, heard_at_s)`; `set_position`
    keeps the countdown.
    """

    submitted = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._applied = Prompt()
        self._pending_version: int | None = None
        self._heard_at_s: float | None = None
        self._is_placed = False
        self._position_s = 0.0
        self.line = QLineEdit()
        self.line.setObjectName("prompt")
        self.line.setMaxLength(_LONGEST_PROMPT)
        self.line.setPlaceholderText("Describe the sound, for example: rain on leaves, a dog barks on the left")
        describe(
            self.line,
            "Prompt",
            "What should be heard. It applies when you stop typing, or at once when you press Enter",
            "Ctrl+P",
        )
        title = role_label("PROMPT", "title")
        title.setBuddy(self.line)
        self.status: QLabel = role_label(_PICTURE_ALONE, "muted")
        self.status.setAccessibleName("When the prompt is heard")
        head = QHBoxLayout()
        head.addWidget(title)
        head.addStretch(1)
        head.addWidget(self.status)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        layout.addStretch(1)
        layout.addLayout(head)
        layout.addWidget(self.line)
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(APPLY_AFTER_MS)
        self._pause.timeout.connect(self._apply)
        self.line.textEdited.connect(self._edited)
        self.line.returnPressed.connect(self._apply)

    @property
    def prompt(self) -> Prompt:
        """The prompt as last applied."""
        return self._applied

    def set_text(self, text: str) -> None:
        """Set the text, and apply it."""
        self.line.setText(text)
        self._apply()

    def mark_sent(self, version: int) -> None:
        """Note that a change was sent to the engine under this number."""
        self._pending_version = version
        self._heard_at_s = None
        self._show()

    def mark_taken_up(self, version: int, heard_at_s: float, read_as: str = "") -> None:
        """Note when in the film a change, this one or an older one, will be heard. Only the newest counts.

        `read_as` is a sentence on where the prompt places its sources, or "" if it places none.
        """
        if self._pending_version is not None and version >= self._pending_version:
            self._pending_version = None
            self._heard_at_s = heard_at_s
            self._is_placed = bool(read_as)
            self.status.setToolTip(read_as)
            self.status.setAccessibleDescription(read_as)
            self._show()

    def set_position(self, position_s: float) -> None:
        """Follow the film. A jump to before the change forgets it: the new take has it from its start."""
        jumped_back = position_s < self._position_s - 1.0
        self._position_s = position_s
        if self._heard_at_s is not None:
            if jumped_back:
                self._heard_at_s = None
            self._show()

    def _edited(self) -> None:
        self._pause.start()
        if self._text() != self._applied.text:
            self.status.setText("Typing …")

    def _apply(self) -> None:
        self._pause.stop()
        text = self._text()
        if text == self._applied.text:
            self._show()
            return
        self._applied = Prompt(text)
        self._pending_version = None
        self._heard_at_s = None
        self._show()
        self.submitted.emit(self._applied)

    def _text(self) -> str:
        return " ".join(self.line.text().split())

    def _show(self) -> None:
        if self._pause.isActive():
            return
        if self._pending_version is not None:
            text = "Sent to the model …"
        elif self._heard_at_s is None:
            text = "Applied" if self._applied.text else _PICTURE_ALONE
        elif self._heard_at_s > self._position_s:
            wait_s = self._heard_at_s - self._position_s
            text = f"Will be heard in {wait_s:.1f} s, at {precise_clock_text(self._heard_at_s)}"
        else:
            text = f"Heard from {precise_clock_text(self._heard_at_s)}"
        if self._heard_at_s is not None and self._is_placed:
            text += ", in its place"
        if text != self.status.text():
            self.status.setText(text)

"""The dialog of another generator: its name and command, the block that it is asked for, progress and stop."""

from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QDialog,
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from widgets.parts.describe import describe
from widgets.parts.panel import keep_room_while_hidden, role_label

_WIDTH: Final = 560
_LONGEST_NAME: Final = 60
_LONGEST_COMMAND: Final = 4_000
_OFF: Final = (
    "A program on this computer can make the sound of a block, such as a bigger model. It is started only when you "
    "press Make, with the words and the length of the block; if the block follows the film, with the film's place too. "
    "See docs/other-generators.md."
)


class MakerDialog(QDialog):
    """`choice_changed` carries name, command and minutes; `make_wanted` and `stop_wanted` have none."""

    choice_changed = Signal(str, str, int)
    make_wanted = Signal()
    stop_wanted = Signal()

    def __init__(self, most_minutes: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Make with another generator")
        self.setMinimumWidth(_WIDTH)
        self._can_make = self._is_running = False
        self.about = role_label(_OFF, "muted")
        self.name, self.command, self.minutes = QLineEdit(), QLineEdit(), QSpinBox()
        self.name.setMaxLength(_LONGEST_NAME)
        self.name.setPlaceholderText("AMBIT")
        self.command.setMaxLength(_LONGEST_COMMAND)
        self.command.setPlaceholderText("/path/to/python /path/to/wrapper.py")
        self.minutes.setRange(1, most_minutes)
        self.minutes.setSuffix(" min")
        describe(self.name, "Name of the generator", "The name in the window and in files", "Alt+N")
        describe(self.command, "Command", "A program and its arguments, with whole paths; no shell reads it", "Alt+O")
        describe(self.minutes, "Time limit", "The program is ended after this time", "Alt+L")
        self.block = role_label("", "value")
        self.block.setAccessibleName("The block that is made")
        self.said = role_label("", "muted")
        self.said.setAccessibleName("What the generator says")
        for label in (self.about, self.block, self.said):
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setWordWrap(True)
        self.progress = QProgressBar()
        self.progress.setTextVisible(False)
        self.progress.setAccessibleName("Progress")
        keep_room_while_hidden(self.progress)
        self.make_button, self.stop_button, self.close_button = (
            QPushButton(text) for text in ("Make", "Stop", "Close")
        )
        describe(self.make_button, "Make", "Make the sound of the selected block; one step of undo", "Alt+M")
        describe(self.stop_button, "Stop", "End the program; nothing is changed", "Alt+S")
        describe(self.close_button, "Close", "Close this dialog; the program continues", "Esc")
        self.make_button.setDefault(True)
        for button in (self.stop_button, self.close_button):
            button.setAutoDefault(False)
        self._lay_out()
        self.name.textChanged.connect(self._tell)
        self.command.textChanged.connect(self._tell)
        self.minutes.valueChanged.connect(self._tell)
        self.make_button.clicked.connect(self.make_wanted)
        self.stop_button.clicked.connect(self.stop_wanted)
        self.close_button.clicked.connect(self.reject)
        self.show_running(is_running=False)

    def show_choice(self, name: str, command: str, minutes: int) -> None:
        """Show what is set up."""
        for part in (self.name, self.command, self.minutes):
            part.blockSignals(True)
        self.name.setText(name)
        self.command.setText(command)
        self.minutes.setValue(minutes)
        for part in (self.name, self.command, self.minutes):
            part.blockSignals(False)
        self._show()

    def show_block(self, text: str, *, can_make: bool) -> None:
        """Show which block is made, or why none can be."""
        self.block.setText(text)
        self._can_make = can_make
        self._show()

    def say(self, text: str) -> None:
        """Say how it goes, or how it ended."""
        self.said.setText(text)

    def show_running(self, *, is_running: bool) -> None:
        """Show whether the generator works."""
        self._is_running = is_running
        self.progress.setVisible(is_running)
        self.progress.setRange(0, 0 if is_running else 100)
        self.progress.setValue(0)
        self._show()

    def show_progress(self, share: float) -> None:
        """Show how much is done, 0 to 1."""
        self.progress.setRange(0, 100)
        self.progress.setValue(round(100.0 * share))

    def _tell(self) -> None:
        self.choice_changed.emit(self.name.text(), self.command.text(), self.minutes.value())
        self._show()

    def _show(self) -> None:
        is_set_up = bool(self.name.text().strip() and self.command.text().strip())
        self.make_button.setEnabled(is_set_up and self._can_make and not self._is_running)
        self.stop_button.setEnabled(self._is_running)
        for part in (self.name, self.command, self.minutes):
            part.setEnabled(not self._is_running)
        self.make_button.setText(f"Make with {self.name.text().strip()}" if is_set_up else "Make")

    def _lay_out(self) -> None:
        grid = QGridLayout()
        grid.setHorizontalSpacing(14)
        grid.setVerticalSpacing(8)
        grid.setColumnStretch(1, 1)
        for row, (text, part) in enumerate(
            (("Name", self.name), ("Command", self.command), ("Time limit", self.minutes), ("Block", self.block))
        ):
            label = role_label(text, "muted")
            label.setBuddy(part)
            grid.addWidget(label, row, 0)
            grid.addWidget(part, row, 1)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        for button in (self.close_button, self.stop_button, self.make_button):
            buttons.addWidget(button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 18, 20, 16)
        layout.setSpacing(12)
        layout.addWidget(self.about)
        layout.addLayout(grid)
        layout.addWidget(self.progress)
        layout.addWidget(self.said, 1)
        layout.addLayout(buttons)

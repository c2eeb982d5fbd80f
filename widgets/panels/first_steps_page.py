"""What to do first: five steps, and what the engine is doing meanwhile."""

from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QVBoxLayout, QWidget

from widgets.parts.panel import role_label

STEPS: Final = (
    ("Open a film", "Ctrl+Shift+O, or drop a 360-degree film on the window. The demo scene is open at first."),
    ("Say what is heard", "Type it under the film and press Enter, for example: rain on leaves, a dog barks left."),
    ("Play", "Space plays. The sound is made meanwhile: use headphones, and drag the film to turn your head."),
    ("Place the sounds", "A adds a lane to the scene. Shift+click in the film places the selected lane there."),
    ("Keep the result", "Ctrl+S saves the project, Ctrl+E exports the sound or the film with its sound."),
)
"""The title and the text of each step; five at most."""
_TEXT_WIDTH: Final = 420
_BETWEEN_PX: Final = 8


class FirstStepsPage(QWidget):
    """The steps in a column. `show_engine` says below them what the engine is doing."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        grid = QGridLayout()
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(4)
        for number, (title, text) in enumerate(STEPS):
            grid.addWidget(role_label(str(number + 1), "hero"), 3 * number, 0, 2, 1, Qt.AlignmentFlag.AlignTop)
            grid.addWidget(role_label(title, "heading"), 3 * number, 1)
            said = QLabel(text)
            said.setWordWrap(True)
            said.setFixedWidth(_TEXT_WIDTH)
            grid.addWidget(said, 3 * number + 1, 1)
            grid.setRowMinimumHeight(3 * number + 2, 0 if number == len(STEPS) - 1 else _BETWEEN_PX)
        self.engine = role_label("", "muted")
        self.engine.setAccessibleName("State of the engine")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(16)
        column.addLayout(grid)
        column.addWidget(self.engine)

    def show_engine(self, text: str) -> None:
        """Show a sentence about the engine."""
        if text != self.engine.text():
            self.engine.setText(text)

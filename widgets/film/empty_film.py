"""Shown in place of the film until one is open."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from widgets.parts.describe import describe
from widgets.parts.panel import role_label


class EmptyFilm(QFrame):
    """An invitation to open a film."""

    open_requested = Signal()
    demo_requested = Signal()

    def __init__(self, has_demo: bool, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("panel")
        self.open_button = QPushButton("Open a film …")
        self.open_button.setObjectName("primary")
        describe(self.open_button, "Open a film", "Choose a 360-degree film", "Alt+O")
        self.demo_button = QPushButton("Play the demo scene")
        describe(self.demo_button, "Play the demo scene", "Open the scene that comes with SwanSphere", "Alt+S")
        self.demo_button.setVisible(has_demo)
        title = role_label("Drop a 360° film here", "hero")
        hint = role_label("Any 360-degree film that FFmpeg can read. Its sound is generated during playback.", "muted")
        for label in (title, hint):
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
            label.setWordWrap(True)
        buttons = QHBoxLayout()
        buttons.setSpacing(12)
        buttons.addStretch(1)
        buttons.addWidget(self.open_button)
        buttons.addWidget(self.demo_button)
        buttons.addStretch(1)
        layout = QVBoxLayout(self)
        layout.addStretch(1)
        layout.addWidget(title)
        layout.addSpacing(6)
        layout.addWidget(hint)
        layout.addSpacing(16)
        layout.addLayout(buttons)
        layout.addStretch(1)
        self.setFocusProxy(self.open_button)
        self.open_button.clicked.connect(self.open_requested)
        self.demo_button.clicked.connect(self.demo_requested)

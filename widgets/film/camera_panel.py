"""The choice of a live camera: one that is plugged in, or another one by its number, name or address."""

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QComboBox, QGridLayout, QLineEdit, QPushButton, QWidget

from engine.contract.video import FilmChoice, Projection
from widgets.parts.describe import describe
from widgets.parts.panel import fill_column, role_label

_WIDTH: Final = 420
_READ_AS: Final[dict[str, Projection | None]] = {
    "Panorama, stitched (2:1)": None,
    "Two fisheyes": Projection.FISHEYE,
    "Flat, in front": Projection.FLAT,
}
_LOOKING: Final = "Looking for cameras …"
_NONE: Final = "No camera is plugged in"
_HINT: Final = (
    "The window shows the newest picture, and the sound follows it while it plays. A camera has no end: it cannot be "
    "rewound, repeated or edited in time. The sound that you have heard is kept as a take.\n"
    "Another camera: its number, /dev/video2, its name, or udp://127.0.0.1:5000 for a stream (MPEG-TS) that a program "
    "on this machine sends."
)


class CameraPanel(QWidget):
    """`open_wanted` carries what is behind the name of a camera, and a FilmChoice; `refresh_wanted` nothing."""

    open_wanted = Signal(str, object)
    refresh_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.cameras = QComboBox()
        describe(self.cameras, "Cameras", "The cameras that are plugged in", "Alt+A")
        self.refresh = QPushButton("Refresh")
        describe(self.refresh, "Refresh the cameras", "Look for cameras again", "Alt+R")
        self.other = QLineEdit()
        self.other.setPlaceholderText("udp://127.0.0.1:5000")
        describe(self.other, "Another camera", "Number, name or address of a camera that is not in the list", "Alt+N")
        self.read_as = QComboBox()
        for text, projection in _READ_AS.items():
            self.read_as.addItem(text, projection)
        describe(self.read_as, "Picture of the camera", "What the camera sends", "Alt+P")
        self.open = QPushButton("Open")
        describe(self.open, "Open the camera", "Show the camera and play", "Alt+O")
        grid = QGridLayout()
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(10)
        rows = (("Camera", self.cameras), ("Another", self.other), ("Picture", self.read_as))
        for row, (name, control) in enumerate(rows):
            label = role_label(name, "muted")
            label.setBuddy(control)
            grid.addWidget(label, row, 0)
            grid.addWidget(control, row, 1)
        grid.addWidget(self.refresh, 0, 2)
        grid.setColumnStretch(1, 1)
        fill_column(self, grid, _HINT, _WIDTH, self.open)
        self.open.clicked.connect(self._open)
        self.other.returnPressed.connect(self._open)
        self.other.textChanged.connect(self._show_what_is_possible)
        self.refresh.clicked.connect(self.refresh_wanted)
        self.show_looking()

    def show_looking(self) -> None:
        """Show that the list is on its way."""
        self._show((), _LOOKING)

    def show_cameras(self, found: Sequence[tuple[str, str]]) -> None:
        """Show cameras, each as what is behind its name, and the name for the user."""
        self._show(found, _NONE)

    def _show(self, found: Sequence[tuple[str, str]], without: str) -> None:
        chosen = self.cameras.currentData()
        with QSignalBlocker(self.cameras):
            self.cameras.clear()
            for source, name in found:
                self.cameras.addItem(name if source == name else f"{name} ({source})", source)
            if not found:
                self.cameras.addItem(without, None)
            self.cameras.setCurrentIndex(max(0, self.cameras.findData(chosen)))
        self.cameras.setEnabled(bool(found))
        self._show_what_is_possible()

    def _show_what_is_possible(self) -> None:
        self.open.setEnabled(bool(self._source))

    @property
    def _source(self) -> str:
        """What is written takes precedence over the list."""
        return self.other.text().strip() or self.cameras.currentData() or ""

    def _open(self) -> None:
        if self._source:
            self.open_wanted.emit(self._source, FilmChoice(projection=self.read_as.currentData()))

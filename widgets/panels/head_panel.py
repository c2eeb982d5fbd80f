"""Head tracking: on or off, the port, inverted axes, what the tracker says."""

from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QGridLayout, QHBoxLayout, QLabel, QPushButton, QSpinBox, QVBoxLayout, QWidget

from engine.contract.view import ViewOrientation
from widgets.parts.describe import describe
from widgets.parts.panel import role_label
from widgets.parts.text import angle_text

USUAL_PORT: Final = 9000
_WIDTH: Final = 400
WAITING: Final = "Nothing received yet."
_OFF: Final = "Off. The mouse and the arrow keys turn the view."


class HeadPanel(QWidget):
    """`switched` carries whether to listen and the port; `inverted` whether to invert yaw, pitch and roll."""

    switched = Signal(bool, int)
    inverted = Signal(bool, bool, bool)
    recentre_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.on = QCheckBox("Follow a head tracker on this computer")
        describe(self.on, "Follow a head tracker", "Receive OSC messages on 127.0.0.1; off at every start", "Alt+O")
        self.port = QSpinBox()
        self.port.setRange(1, 65_535)
        self.port.setValue(USUAL_PORT)
        self.port.setKeyboardTracking(False)
        describe(self.port, "Port", "The port that the tracker sends to", "Alt+P")
        self.axes = tuple(QCheckBox(name) for name in ("Yaw", "Pitch", "Roll"))
        for box, key in zip(self.axes, ("Alt+Y", "Alt+I", "Alt+L"), strict=True):
            describe(box, f"Invert {box.text().lower()}", "If the picture turns the wrong way", key)
        self.centre = QPushButton("Recentre")
        describe(self.centre, "Recentre the head", "The present orientation of the head becomes the front", "Alt+R")
        self.said = QLabel()
        self.said.setWordWrap(True)
        self.said.setFixedSize(_WIDTH, 40)
        self.said.setAccessibleName("State of the head tracker")
        self._lay_out()
        self.on.toggled.connect(self._switch)
        self.port.valueChanged.connect(self._switch)
        for box in self.axes:
            box.toggled.connect(lambda: self.inverted.emit(*(axis.isChecked() for axis in self.axes)))
        self.centre.clicked.connect(self.recentre_requested)
        self.show_off()

    def set_up(self, port: int, inverted: tuple[bool, ...]) -> None:
        """Restore what was chosen before."""
        self.port.setValue(port)
        for box, is_inverted in zip(self.axes, inverted, strict=True):
            box.setChecked(is_inverted)

    def show_off(self) -> None:
        """Show that it does not listen."""
        self.on.setChecked(False)
        self.say(_OFF)

    def say(self, text: str) -> None:
        """Show a sentence about the tracker."""
        if text != self.said.text():
            self.said.setText(text)

    def show_view(self, view: ViewOrientation) -> None:
        """Show where the head looks."""
        self.say(
            f"Yaw {angle_text(view.yaw_rad, 'left', 'right')}, pitch {angle_text(view.pitch_rad, 'up', 'down')}, "
            f"roll {angle_text(view.roll_rad, 'right', 'left')}"
        )

    def _lay_out(self) -> None:
        grid = QGridLayout()
        grid.addWidget(role_label("Port", "muted"), 0, 0)
        grid.addWidget(self.port, 0, 1)
        grid.addWidget(role_label("Invert", "muted"), 1, 0)
        axes = QHBoxLayout()
        for box in self.axes:
            axes.addWidget(box)
        grid.addLayout(axes, 1, 1)
        grid.setColumnStretch(1, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        column.addWidget(self.on)
        column.addLayout(grid)
        column.addWidget(self.said)
        column.addWidget(self.centre)

    def _switch(self) -> None:
        self.switched.emit(self.on.isChecked(), self.port.value())

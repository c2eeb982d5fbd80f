"""The correction of the horizon as numbers and sliders."""

from typing import Final

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QDoubleSpinBox, QGridLayout, QPushButton, QSlider, QWidget

from engine.contract.video import UPRIGHT, Pose
from widgets.parts.degree_box import degree_box
from widgets.parts.describe import describe
from widgets.parts.panel import fill_column, role_label

_WIDTH: Final = 420
_STEPS: Final = 10
"""Of a slider per degree."""
_ANGLES: Final = (
    ("Roll", "roll_deg", 180.0, 45.0, "Lean the picture; + lifts the right", "R"),
    ("Pitch", "pitch_deg", 90.0, 45.0, "Tilt the picture; + lifts the front", "P"),
    ("Yaw", "yaw_deg", 180.0, 180.0, "Turn the picture; + turns it to the left", "Y"),
)
"""Name, field of a pose, the most in degrees, the most of the slider, tip, key."""
_HINT: Final = (
    "Picture and sound turn together: the film's own sound, lanes that the model places by the film, and the live "
    "stream. What you have placed stays.\n"
    "Or drag the film with Ctrl: up and down tilts it where you look, sideways leans it."
)


class HorizonPanel(QWidget):
    """`changed` carries a Pose and the name of the angle that was changed; `reset_wanted` the wish for none.

    Between `grabbed` and `let_go` a slider is held: its changes are one step.
    """

    changed = Signal(object, str)
    grabbed = Signal()
    let_go = Signal()
    reset_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._pose = UPRIGHT
        self.boxes: dict[str, QDoubleSpinBox] = {}
        self.sliders: dict[str, QSlider] = {}
        grid = QGridLayout()
        grid.setHorizontalSpacing(12)
        for row, (name, field, most, most_slider, tip, key) in enumerate(_ANGLES):
            box = self.boxes[field] = degree_box(most, decimals=1, step_deg=0.1)
            describe(box, f"{name} of the horizon in degrees", tip, f"Alt+{key}")
            slider = self.sliders[field] = _slider(most_slider)
            describe(slider, f"{name} of the horizon, slider", tip, f"Alt+Shift+{key}")
            label = role_label(name, "muted")
            label.setBuddy(box)
            grid.addWidget(label, row, 0)
            grid.addWidget(slider, row, 1)
            grid.addWidget(box, row, 2)
            box.valueChanged.connect(lambda degrees, field=field: self._set(field, degrees))
            slider.valueChanged.connect(lambda steps, field=field: self._set(field, steps / _STEPS))
            slider.sliderPressed.connect(self.grabbed)
            slider.sliderReleased.connect(self.let_go)
        grid.setColumnStretch(1, 1)
        self.reset = QPushButton("Reset")
        describe(self.reset, "Reset the horizon", "Show the film as it was recorded", "Alt+T")
        self.reset.clicked.connect(self.reset_wanted)
        fill_column(self, grid, _HINT, _WIDTH, self.reset)
        self.show_pose(UPRIGHT)

    def show_pose(self, pose: Pose) -> None:
        """Show a correction."""
        self._pose = pose
        for field, box in self.boxes.items():
            degrees, slider = getattr(pose, field), self.sliders[field]
            with QSignalBlocker(box), QSignalBlocker(slider):
                if round(degrees, 1) != box.value():
                    box.setValue(degrees)
                slider.setValue(round(degrees * _STEPS))
        self.reset.setEnabled(pose != UPRIGHT)

    def _set(self, field: str, degrees: float) -> None:
        angles = {name: getattr(self._pose, name) for name in self.boxes}
        self.changed.emit(Pose(**{**angles, field: degrees}), field)


def _slider(most: float) -> QSlider:
    slider = QSlider(Qt.Orientation.Horizontal)
    slider.setRange(-round(most * _STEPS), round(most * _STEPS))
    slider.setSingleStep(1)
    slider.setPageStep(_STEPS)
    return slider

"""Where the sound should come from: a direction, or the model's own choice."""

from typing import Final

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QCheckBox, QDoubleSpinBox, QGridLayout, QSlider, QWidget

from engine.contract.directions import Direction
from widgets.parts.degree_box import degree_box
from widgets.parts.describe import describe
from widgets.parts.panel import Panel, role_label

_HINT: Final = "Or Shift+click in the film to place the sound."
_LANES: Final = (
    "This is for the prompt, which is not heard while the scene has lanes. Places (F9) shows where they are."
)


class DirectionPanel(Panel):
    """`changed` carries a Direction, or None for "let the model decide"."""

    changed = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Direction", parent)
        self.automatic = QCheckBox("Let the model decide")
        self.automatic.setChecked(True)
        describe(
            self.automatic,
            "Let the model decide the direction",
            "The sound comes from where the film and the prompt suggest",
            "Alt+M",
        )
        self.azimuth, self.azimuth_slider = _angle_pair(180)
        self.elevation, self.elevation_slider = _angle_pair(90)
        describe(self.azimuth, "Azimuth in degrees", "0 is the front of the film, + is left", "Alt+A")
        describe(self.azimuth_slider, "Azimuth", "Drag to the side that the sound should come from", "Alt+Shift+A")
        describe(self.elevation, "Elevation in degrees", "0 is the horizon, + is up", "Alt+I")
        describe(self.elevation_slider, "Elevation", "Drag to the right to raise the sound", "Alt+Shift+I")
        self.azimuth_slider.setInvertedAppearance(True)  # positive azimuth is on the left of the film
        self.azimuth_slider.setInvertedControls(True)
        self.hint = role_label(_HINT, "muted")
        self._has_lanes = False
        self.hint.setWordWrap(True)
        self._parts: list[QWidget] = []
        grid = QGridLayout()
        grid.setHorizontalSpacing(10)
        grid.setVerticalSpacing(8)
        rows = (("Azimuth", self.azimuth_slider, self.azimuth), ("Elevation", self.elevation_slider, self.elevation))
        for row, (text, slider, box) in enumerate(rows):
            label = role_label(text, "value")
            label.setBuddy(box)
            for column, part in enumerate((label, slider, box)):
                grid.addWidget(part, row, column)
                self._parts.append(part)
        grid.setColumnStretch(1, 1)
        self.body.addWidget(self.automatic)
        self.body.addLayout(grid)
        self.body.addWidget(self.hint)
        self.automatic.toggled.connect(self._emit)
        for box, slider in ((self.azimuth, self.azimuth_slider), (self.elevation, self.elevation_slider)):
            slider.valueChanged.connect(box.setValue)
            box.valueChanged.connect(self._box_changed)
        self._enable()

    @property
    def direction(self) -> Direction | None:
        """The chosen direction, or None if the model decides."""
        if self.automatic.isChecked():
            return None
        return Direction(self.azimuth.value(), self.elevation.value())

    def set_direction(self, azimuth_deg: float, elevation_deg: float) -> None:
        """Take a direction that was picked in the film, and emit it once."""
        with QSignalBlocker(self.automatic), QSignalBlocker(self.azimuth), QSignalBlocker(self.elevation):
            self.automatic.setChecked(False)
            self.azimuth.setValue(azimuth_deg)
            self.elevation.setValue(elevation_deg)
        self._follow_boxes()
        self._emit()

    def show_lanes(self, has_lanes: bool) -> None:
        """Show whether the scene has lanes with sound: then the prompt is not heard and cannot be placed."""
        self._has_lanes = has_lanes
        self.hint.setText(_LANES if has_lanes else _HINT)
        self._enable()

    def _box_changed(self) -> None:
        self._follow_boxes()
        self._emit()

    def _follow_boxes(self) -> None:
        for box, slider in ((self.azimuth, self.azimuth_slider), (self.elevation, self.elevation_slider)):
            with QSignalBlocker(slider):
                slider.setValue(round(box.value()))

    def _emit(self) -> None:
        self._enable()
        self.changed.emit(self.direction)

    def _enable(self) -> None:
        self.automatic.setEnabled(not self._has_lanes)
        for part in self._parts:
            part.setEnabled(not (self._has_lanes or self.automatic.isChecked()))


def _angle_pair(limit_deg: int) -> tuple[QDoubleSpinBox, QSlider]:
    box = degree_box(limit_deg, decimals=0, step_deg=5.0)
    slider = QSlider(Qt.Orientation.Horizontal)
    slider.setRange(-limit_deg, limit_deg)
    slider.setPageStep(15)
    slider.setObjectName("centred")
    return box, slider

"""The place of the selected lane as numbers, and its keyframes as buttons: everything without the mouse."""

from typing import Final

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtGui import QAction, QShowEvent
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QGridLayout,
    QHBoxLayout,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from engine.contract.control import PathInterpolation
from engine.contract.directions import Direction
from engine.contract.scene.blocks import Block, GeneratedBlock
from engine.contract.scene.lane import Lane
from engine.contract.scene.place import FARTHEST_M, NEAREST_M, USUAL_DISTANCE_M
from widgets.parts.describe import describe
from widgets.parts.elided_label import ElidedLabel
from widgets.parts.panel import role_label
from widgets.places.commands import PlaceCommands
from widgets.places.place_hand import PlaceHand
from widgets.places.places_state import PlacesState

_KINDS: Final = (
    (PathInterpolation.GREAT_CIRCLE, "Great circle"),
    (PathInterpolation.AZIMUTH_ELEVATION, "Azimuth and elevation"),
)
_BUTTONS: Final = ("before", "add", "remove", "smooth", "after")
_AS_IT_IS: Final = -1.0
_BOX_PX: Final = 66


_BY_THE_MODEL: Final = "Let the model place it"
_AS_RECORDED: Final = "Leave it as it was recorded"


class PlaceForm(QWidget):
    """Shows the place at the chosen keyframe or at the playhead, and edits it."""

    def __init__(
        self, state: PlacesState, hand: PlaceHand, commands: PlaceCommands, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._state, self._hand, self._commands = state, hand, commands
        self.title = ElidedLabel("value")
        self.free = QCheckBox(_BY_THE_MODEL)
        tip = "The sound stays where the model or the recording has it"
        describe(self.free, "Do not place the lane", tip, "Alt+G")
        self.azimuth = _box(-180.0, 180.0, "°")
        self.azimuth.setWrapping(True)
        self.elevation = _box(-90.0, 90.0, "°")
        self.distance = _box(NEAREST_M, FARTHEST_M, " m")
        self.distance.setStepType(QAbstractSpinBox.StepType.AdaptiveDecimalStepType)
        self.width_box = _box(_AS_IT_IS, 360.0, "°")
        self.width_box.setSpecialValueText("own")
        describe(self.azimuth, "Azimuth of the lane in degrees", "0 is the front of the film, + is left", "Alt+1")
        describe(self.elevation, "Elevation of the lane in degrees", "0 is the horizon, + is up", "Alt+2")
        describe(self.distance, "Distance of the lane in metres", "Twice as far is half as loud; 2 m changes nothing",
                 "Alt+3")  # fmt: skip
        describe(
            self.width_box,
            "Width of the lane in degrees",
            "0 is a point, 360 is all around; own: as wide as its sound is",
            "Alt+4",
        )
        self.kind = QComboBox()
        for _, text in _KINDS:
            self.kind.addItem(text)
        describe(self.kind, "Way between keyframes", "How the path runs from one keyframe to the next", "Alt+B")
        self.buttons = [_button(commands.actions[name]) for name in _BUTTONS]
        self.tool = _button(commands.actions["tool"])
        self._build()
        self.free.toggled.connect(self._free_toggled)
        self.azimuth.valueChanged.connect(self._turned)
        self.elevation.valueChanged.connect(self._lifted)
        self.distance.valueChanged.connect(lambda metres: hand.set_place(distance_m=metres, what="distance typed"))
        self.width_box.valueChanged.connect(self._widened)
        self.kind.activated.connect(lambda index: commands.interpolate(_KINDS[index][0]))
        state.changed.connect(self.show_place)
        state.moved.connect(self._follow)
        self.show_place()

    def show_place(self) -> None:
        """Show the place that is edited."""
        state, lane = self._state, self._state.lane
        place, path = state.place, None if lane is None else lane.path
        number = state.edited_keyframe
        self._set_title(lane, number)
        is_recorded = lane is not None and bool(lane.blocks) and not any(map(_is_generated, lane.blocks))
        self.free.setText(_AS_RECORDED if is_recorded else _BY_THE_MODEL)
        with QSignalBlocker(self.free):
            self.free.setChecked(lane is not None and path is None)
        if place is not None:
            _show(self.azimuth, place.direction.azimuth_deg)
            _show(self.elevation, place.direction.elevation_deg)
        _show(self.distance, USUAL_DISTANCE_M if place is None else place.distance_m)
        _show(self.width_box, _AS_IT_IS if lane is None or lane.width_deg is None else lane.width_deg)
        if path is not None:
            self.kind.setCurrentIndex([kind for kind, _ in _KINDS].index(path.interpolation))
        for control in (self.free, self.width_box, self.azimuth, self.elevation):
            control.setEnabled(lane is not None)
        self.distance.setEnabled(path is not None)
        self.kind.setEnabled(path is not None and not path.is_fixed)

    def showEvent(self, event: QShowEvent) -> None:
        """Show what has moved while the form was hidden."""
        self.show_place()
        super().showEvent(event)

    def _set_title(self, lane: Lane | None, number: int | None) -> None:
        if lane is None:
            text = "Select a lane to place it"
        elif number is None or lane.path is None:
            text = lane.name
        else:
            text = f"{lane.name}: keyframe {number + 1} of {len(lane.path.keyframes)}"
        self.title.set_whole_text(text)

    def _follow(self) -> None:
        """Show a lane that moves."""
        lane = self._state.lane
        if self.isVisible() and lane is not None and lane.path is not None and not lane.path.is_fixed:
            self.show_place()

    def _free_toggled(self, is_free: bool) -> None:
        if is_free:
            self._commands.free()
        else:
            self._turned()

    def _turned(self) -> None:
        place = self._state.place  # a box shows tenths: what was not typed stays as it is
        elevation = self.elevation.value() if place is None else place.direction.elevation_deg
        self._hand.set_place(direction=Direction(self.azimuth.value(), elevation), what="azimuth")

    def _lifted(self) -> None:
        place = self._state.place
        azimuth = self.azimuth.value() if place is None else place.direction.azimuth_deg
        self._hand.set_place(direction=Direction(azimuth, self.elevation.value()), what="elevation")

    def _widened(self, width_deg: float) -> None:
        lane = self._state.lane
        if lane is not None:
            gesture = self._hand.steps.gesture_of(("width", lane.lane_id))
            self._commands.widen(None if width_deg < 0.0 else width_deg, gesture)

    def _build(self) -> None:
        rows = (
            ("Azimuth", self.azimuth),
            ("Elevation", self.elevation),
            ("Distance", self.distance),
            ("Width", self.width_box),
        )
        grid = QGridLayout()
        grid.setHorizontalSpacing(6)
        grid.setVerticalSpacing(6)
        for index, (text, box) in enumerate(rows):
            label = role_label(text, "value")
            label.setBuddy(box)
            grid.addWidget(label, index // 2, 2 * (index % 2))
            grid.addWidget(box, index // 2, 2 * (index % 2) + 1)
        grid.setColumnStretch(1, 1)
        grid.setColumnStretch(3, 1)
        keys = QHBoxLayout()
        keys.setSpacing(2)
        for button in self.buttons:
            keys.addWidget(button)
        keys.addStretch(1)
        ways = QHBoxLayout()
        ways.setSpacing(8)
        ways.addWidget(role_label("Between", "value"))
        ways.addWidget(self.kind, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self.title)
        column.addWidget(self.free)
        column.addLayout(grid)
        column.addLayout(keys)
        column.addLayout(ways)


def _is_generated(block: Block) -> bool:
    return isinstance(block, GeneratedBlock)


def _box(low: float, high: float, unit: str) -> QDoubleSpinBox:
    box = QDoubleSpinBox()
    box.setRange(low, high)
    box.setDecimals(1)
    box.setSuffix(unit)
    box.setKeyboardTracking(False)
    box.setAlignment(Qt.AlignmentFlag.AlignRight)
    box.setMinimumWidth(_BOX_PX)
    box.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)  # as wide as the panel lets it be
    return box


def _show(box: QDoubleSpinBox, value: float) -> None:
    if box.hasFocus() and box.text() != box.textFromValue(box.value()) + box.suffix() and box.value() == value:
        return  # something is being typed
    if round(value, 1) != box.value():
        with QSignalBlocker(box):
            box.setValue(value)


def _button(action: QAction) -> QToolButton:
    button = QToolButton()
    button.setProperty("role", "switch")
    button.setDefaultAction(action)
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    button.setAccessibleName(action.text())
    button.setAccessibleDescription(action.statusTip())
    return button

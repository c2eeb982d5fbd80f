"""How a film is interpreted: its eyes, its projection, the field of view of its lenses, the length of a still."""

from enum import Enum
from typing import Final

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QComboBox, QDoubleSpinBox, QHBoxLayout, QWidget

from engine.contract.video import (
    LONGEST_STILL_S,
    NARROWEST_FOV_DEG,
    NO_CHOICE,
    USUAL_FOV_DEG,
    WIDEST_FOV_DEG,
    FilmChoice,
    Known,
    Projection,
    StereoLayout,
    VideoInfo,
)
from widgets.parts.describe import describe
from widgets.parts.elided_list import ElidedList

_LAYOUTS: Final[dict[Enum, str]] = {
    StereoLayout.MONO: "Mono",
    StereoLayout.TOP_BOTTOM: "Top and bottom",
    StereoLayout.LEFT_RIGHT: "Side by side",
}
_PROJECTIONS: Final[dict[Enum, str]] = {
    Projection.EQUIRECTANGULAR: "Equirectangular",
    Projection.CUBEMAP: "Cube map",
    Projection.EAC: "Equi-angular cube",
    Projection.FISHEYE: "Two fisheyes",
    Projection.FLAT: "Flat, in front",
}
_HOW_KNOWN: Final[dict[Known, str]] = {"file": "from the file", "guess": "guessed"}
_SHORTEST: Final = 7
SHORTEST_STILL_S: Final = 1.0
_AUTOMATIC: Final = "Automatic"


class FilmReading(QWidget):
    """Two lists and a number. The first row of a list is automatic, and shows what that resulted in.

    `choice_made` carries a FilmChoice, `still_wanted` the length of a still panorama in seconds.
    """

    choice_made = Signal(object)
    still_wanted = Signal(float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.layouts = _list_of(_LAYOUTS)
        self.projections = _list_of(_PROJECTIONS)
        self.fov = _number("°", decimals=0)
        describe(
            self.fov,
            "Field of view in degrees",
            "The angle that each lens sees, or that a flat film covers from side to side",
            "Alt+Shift+J",
        )
        self.still = _number(" s", decimals=1)
        self.still.setRange(SHORTEST_STILL_S, LONGEST_STILL_S)
        describe(
            self.still,
            "Length of the still panorama in seconds",
            "How long the still panorama lasts as a film, 1 s to 24 hours",
            "Alt+Shift+V",
        )
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        for control in (self.layouts, self.projections, self.fov, self.still):
            row.addWidget(control)
        self.layouts.activated.connect(self._choose)
        self.projections.activated.connect(self._choose)
        self.fov.valueChanged.connect(self._choose_fov)
        self.still.valueChanged.connect(self.still_wanted)
        self.show_film(None)

    def show_film(self, info: VideoInfo | None) -> None:
        """Show how a film is interpreted, and where that comes from."""
        self.setEnabled(info is not None)
        if info is None:
            _show(self.layouts, _LAYOUTS, None, "user")
            _show(self.projections, _PROJECTIONS, None, "user")
        else:
            _show(self.layouts, _LAYOUTS, info.layout, info.layout_source)
            _show(self.projections, _PROJECTIONS, info.projection, info.projection_source)
        self._describe_lists()
        has_fov = info is not None and info.projection in USUAL_FOV_DEG
        self.fov.setVisible(has_fov)
        if info is not None and has_fov:
            with QSignalBlocker(self.fov):
                self.fov.setRange(NARROWEST_FOV_DEG, WIDEST_FOV_DEG[info.projection])
                self.fov.setValue(info.fov_deg or USUAL_FOV_DEG[info.projection])
        is_still = info is not None and info.times == "still"
        self.still.setVisible(is_still)
        if info is not None and is_still:
            with QSignalBlocker(self.still):
                self.still.setValue(info.duration_s)
        self._info = info

    def _describe_lists(self) -> None:
        """Repeat the choice in the tooltips: in a narrow window it is shortened."""
        layout, projection = self.layouts.currentText(), self.projections.currentText()
        packed = "How the pictures for the two eyes are packed; change this if the film looks doubled"
        describe(self.layouts, "Layout of the film", f"{layout}. {packed}", "Alt+Shift+L")
        spread = "How the sphere is mapped to the picture; change this if the film looks bent or cut into pieces"
        describe(self.projections, "Projection of the film", f"{projection}. {spread}", "Alt+J")

    def _choose(self) -> None:
        projection = self.projections.currentData()
        before = self._info.choice if self._info is not None else NO_CHOICE
        fov_deg = before.fov_deg if projection is before.projection else None
        self.choice_made.emit(FilmChoice(self.layouts.currentData(), projection, fov_deg))

    def _choose_fov(self, fov_deg: float) -> None:
        if self._info is not None:
            self.choice_made.emit(FilmChoice(self.layouts.currentData(), self._info.projection, fov_deg))


def _number(unit: str, *, decimals: int) -> QDoubleSpinBox:
    """Return a field for a number that counts once it is typed to its end."""
    box = QDoubleSpinBox()
    box.setDecimals(decimals)
    box.setSuffix(unit)
    box.setKeyboardTracking(False)
    return box


def _list_of(names: dict[Enum, str]) -> QComboBox:
    """Return a list whose first row is automatic (None), followed by what can be chosen."""
    box = ElidedList()
    box.addItem(_AUTOMATIC, None)
    for value, name in names.items():
        box.addItem(name, value)
    box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
    box.setMinimumContentsLength(_SHORTEST)  # in a narrow window
    return box


def _show(box: QComboBox, names: dict[Enum, str], value: Enum | None, known: Known) -> None:
    """Show a value as the user's choice, or as the result of the automatic row."""
    with QSignalBlocker(box):
        if value is None or known == "user":
            box.setItemText(0, _AUTOMATIC)
            box.setCurrentIndex(0 if value is None else 1 + list(names).index(value))
        else:
            box.setItemText(0, f"{names[value]} ({_HOW_KNOWN[known]})")
            box.setCurrentIndex(0)

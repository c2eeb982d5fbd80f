"""Switches the energy map on and off, and sets how much of the film it covers."""

from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QSlider, QToolButton, QWidget

from widgets.parts.describe import describe

USUAL_PERCENT: Final = 60
_LEAST_PERCENT: Final = 10
_SLIDER_WIDTH: Final = 76


class MapControl(QWidget):
    """A button, and a slider while it is on. `opacity_changed` carries 0 (off) to 1."""

    opacity_changed = Signal(float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.button = QToolButton()
        self.button.setText("Energy map")
        self.button.setCheckable(True)
        self.button.setProperty("role", "switch")
        self.button.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Minimum)
        describe(self.button, "Energy map", "Show over the film where the sound comes from", "Alt+K")
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setRange(_LEAST_PERCENT, 100)
        self.slider.setValue(USUAL_PERCENT)
        self.slider.setFixedWidth(_SLIDER_WIDTH)
        self.slider.setVisible(False)
        describe(self.slider, "Opacity of the energy map", "How much of the film the map covers", "Alt+Shift+K")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.button)
        row.addWidget(self.slider)
        self.button.toggled.connect(self._switch)
        self.slider.valueChanged.connect(self._tell)

    @property
    def is_on(self) -> bool:
        """Whether the map is shown."""
        return self.button.isChecked()

    @property
    def percent(self) -> int:
        """The opacity while it is on."""
        return self.slider.value()

    def set_up(self, is_on: bool, percent: int) -> None:
        """Restore what was chosen before."""
        self.slider.setValue(percent)
        self.button.setChecked(is_on)

    def _switch(self, is_on: bool) -> None:
        self.slider.setVisible(is_on)
        self._tell()

    def _tell(self) -> None:
        self.opacity_changed.emit(self.percent / 100.0 if self.is_on else 0.0)

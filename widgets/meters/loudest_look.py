"""Says in words where most sound comes from."""

from typing import Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from engine.contract.beams import beam_form, loudest_beam
from engine.contract.directions import azimuth_elevation
from engine.contract.telemetry import FoaLevels
from widgets.parts.text import direction_text

_SMOOTHING: Final = 0.08
"""Over half a second, so that the words can be read."""
_EVERY: Final = 5
"""Words change at most five times per second: 25 levels come in that time."""
_SILENCE: Final = 1e-7
_EVEN_SHARE: Final = 0.45
"""The loudest beam of a diffuse field has a third of its energy, that of one source all of it."""


class LoudestLook(QLabel):
    """Shows "Loudest: 30° left, 10° up"; its size does not follow the text."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "muted")
        self.setAccessibleName("Loudest direction")
        self.setToolTip("The direction that most sound comes from; the front is that of the film")
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._covariance: NDArray[np.float64] | None = None
        self.clear_field()

    def clear_field(self) -> None:
        """Say that nothing sounds."""
        self._covariance = None
        self._age = 0
        self._say("silence")

    def show_levels(self, levels: FoaLevels) -> None:
        """Take the levels of the sound that is heard now."""
        if self._covariance is None or not np.isfinite(self._covariance).all():
            self._covariance = levels.covariance
        self._covariance = self._covariance + _SMOOTHING * (levels.covariance - self._covariance)
        self._age = (self._age + 1) % _EVERY
        if self._age != 1:
            return
        energy = 0.5 * float(np.trace(self._covariance))
        if not energy > _SILENCE:
            self._say("silence")
            return
        vector, most = loudest_beam(beam_form(self._covariance))
        if most < _EVEN_SHARE * energy:
            self._say("all around")
            return
        azimuth, elevation = (float(np.rad2deg(angle)) for angle in azimuth_elevation(vector))
        self._say(direction_text(azimuth, elevation))

    def _say(self, where: str) -> None:
        text = f"Loudest: {where}"
        if text != self.text():
            self.setText(text)

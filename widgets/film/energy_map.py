"""The energy of the sound field over the film: where first-order beams hear most."""

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage, QPainter

from engine.contract.beams import beam_energies, beam_form, loudest_beam
from engine.contract.telemetry import FoaLevels
from widgets.film.view_geometry import FlatView
from widgets.parts.pixels import ramp_colours
from widgets.parts.theme import DARK

LEAST_SHARE: Final = 0.2
"""Beams below this share of the energy show nothing. A diffuse field has a third everywhere: it is pale.

A beam of first order is wide: the square of what is above shows where its middle is.
"""
_LOUDEST_SHARE: Final = 0.5
"""An exponent below 1: by its share alone, the loudest beam of a mix of sources would hardly be seen."""
_CELL_PX: Final = 16
_SMOOTHING: Final = 0.25
_QUIET_DB: Final = -60.0
_LOUD_DB: Final = -30.0
"""From this level on the map does not fade: a finished mix is at -23 LUFS or so."""


class EnergyMap:
    """Keeps the smoothed field. `opacity` is 0 (off) to 1; what is drawn also fades with the level."""

    def __init__(self) -> None:
        self.opacity = 0.0
        self._covariance: NDArray[np.float64] | None = None
        self._shares: NDArray[np.float64] | None = None
        self._cells: tuple[FlatView, NDArray[np.float64]] | None = None
        self._pixels = np.empty((0, 0, 4), np.uint8)

    @property
    def is_on(self) -> bool:
        """Whether anything can be seen."""
        return self.opacity > 0.0 and self._covariance is not None

    def set_field(self, levels: FoaLevels | None) -> None:
        """Take the newest levels; the map moves smoothly. None clears it."""
        self._shares = None
        if levels is None:
            self._covariance = None
        elif self._covariance is None:
            self._covariance = levels.covariance
        else:
            self._covariance = self._covariance + _SMOOTHING * (levels.covariance - self._covariance)

    def level_db_at(self, vector: NDArray[np.float64]) -> float | None:
        """Return the level in dB of a beam along a unit vector (3,), 0 for a full-scale square; None without sound."""
        if self._covariance is None:
            return None
        energy = float(beam_energies(beam_form(self._covariance), vector))
        return 10.0 * math.log10(energy) if 1e-12 < energy < math.inf else None

    def form(self) -> tuple[NDArray[np.float64], float]:
        """Return the matrix (4, 4) of what beams show and how strongly to draw, 0 to 1.

        A beam of 1 shows all, one of `LEAST_SHARE` nothing.
        """
        covariance = np.zeros((4, 4)) if self._covariance is None else self._covariance
        energy = 0.5 * float(np.trace(covariance))
        if self.opacity <= 0.0 or not 1e-12 < energy < math.inf:
            return np.zeros((4, 4)), 0.0
        if self._shares is None:
            self._shares = _clearer(beam_form(covariance) / energy)
        level = (10.0 * math.log10(energy) - _QUIET_DB) / (_LOUD_DB - _QUIET_DB)
        return self._shares, self.opacity * min(1.0, max(0.0, level))

    def paint(self, painter: QPainter, flat: FlatView) -> None:
        """Draw the map over the whole view, as the shader does."""
        form, strength = self.form()
        shown = _shown(beam_energies(form, self._directions(flat)))
        alpha = strength * shown**2
        rgb = ramp_colours(shown, DARK)
        self._pixels = np.empty((*shown.shape, 4), np.uint8)  # premultiplied: blue, green, red, alpha
        self._pixels[..., :3] = np.round(rgb[..., ::-1] * alpha[..., None])
        self._pixels[..., 3] = np.round(255.0 * alpha)
        rows, columns = shown.shape
        image = QImage(self._pixels.data, columns, rows, 4 * columns, QImage.Format.Format_ARGB32_Premultiplied)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(QRectF(0.0, 0.0, flat.width, flat.height), image)

    def _directions(self, flat: FlatView) -> NDArray[np.float64]:
        """Return the directions (rows, columns, 3) at the middles of cells, kept for as long as the view stays."""
        if self._cells is None or self._cells[0] != flat:
            columns, rows = max(2, flat.width // _CELL_PX), max(2, flat.height // _CELL_PX)
            x = (np.arange(columns) + 0.5) * flat.width / columns
            y = (np.arange(rows) + 0.5) * flat.height / rows
            rays = np.empty((rows, columns, 3))
            rays[..., 0] = flat.focal_px
            rays[..., 1] = flat.width / 2.0 - x
            rays[..., 2] = (flat.height / 2.0 - y)[:, None]
            rays /= np.linalg.norm(rays, axis=-1, keepdims=True)
            self._cells = flat, rays @ flat.axes.T
        return self._cells[1]


def _clearer(shares: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the beams (4, 4) as shares of the energy, with what they show scaled so that the loudest is seen well."""
    _, loudest = loudest_beam(shares)
    shown = (loudest - LEAST_SHARE) / (1.0 - LEAST_SHARE)
    if shown <= 0.0:
        return shares
    scale = float(shown ** (_LOUDEST_SHARE - 1.0))
    clearer: NDArray[np.float64] = scale * shares
    clearer[0, 0] += (1.0 - scale) * LEAST_SHARE
    return clearer


def _shown(shares: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how much of each beam shows (...), 0 to 1."""
    shown: NDArray[np.float64] = np.clip((shares - LEAST_SHARE) / (1.0 - LEAST_SHARE), 0.0, 1.0)
    return shown
